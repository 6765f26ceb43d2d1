//! The cost of one reception in the geometric profile: 100 radios in 1 km², broadcasts of 300 bytes of payload.
//!
//! The throughput that is printed counts frames received; `radios` counts every radio within reach of a transmitter,
//! whether it received the frame or not.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use node_lib::addr::Mac;
use node_lib::buffer_pool::{AccessCategory, Frame};
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::{Effect, Geometric, Locations, Medium, Profile, RadioId, RadioSetup};
use std::hint::black_box;
use std::time::Duration;

/// Radios that drive up and down through a square.
struct Square {
    side_m: f64,
    starts: Vec<[f64; 2]>,
}

impl Locations for Square {
    fn position(&self, radio: RadioId, at: Instant) -> Option<[f64; 2]> {
        let [x, y] = self.starts[radio.0 as usize];
        let travelled = (y + SPEED * at.as_secs_f64()) % (2.0 * self.side_m);
        Some([x, if travelled > self.side_m { 2.0 * self.side_m - travelled } else { travelled }])
    }

    fn max_speed(&self) -> f64 {
        SPEED
    }
}

/// A medium whose radios broadcast in turn.
struct Field {
    places: Square,
    medium: Medium,
    now: Instant,
    turn: u32,
    frame: Frame,
    out: Vec<Effect>,
}

impl Field {
    fn new(radios: u32, side_m: f64) -> Field {
        let unit = |radio: u32, part: u64| Key::seed(3).with(u64::from(radio)).with(part).unit();
        let starts = (0..radios).map(|radio| [unit(radio, 0) * side_m, unit(radio, 1) * side_m]).collect();
        let setup = |radio: u32| RadioSetup { mac: Mac::local(2, u64::from(radio)), key: u64::from(radio) };
        let profile = Profile::Geometric(Geometric::default());
        let setups = (0..radios).map(setup).collect();
        let mut medium = Medium::new(profile, Key::seed(1), setups).expect("the default settings are valid");
        (0..radios).for_each(|radio| medium.set_up(Instant::ZERO, RadioId(radio), true));
        let mut frame = Frame::with_len(314);
        frame.fill(0xff);
        frame.category = AccessCategory::Video;
        Field {
            places: Square { side_m, starts },
            medium,
            now: Instant::ZERO,
            turn: 0,
            frame,
            out: Vec::new(),
        }
    }

    /// One broadcast from beginning to end; how many received it.
    fn broadcast(&mut self) -> usize {
        let radio = RadioId(self.turn);
        self.turn = (self.turn + 1) % self.places.starts.len() as u32;
        self.now += Duration::from_millis(1);
        self.out.clear();
        self.medium.send(self.now, radio, self.frame.clone(), &self.places, &mut self.out);
        let end = self.out.first().map_or(self.now, Effect::at);
        self.out.clear();
        self.medium.handle_wake(end, radio, &self.places, &mut self.out);
        let Some(Effect::Broadcast { receptions, .. }) = self.out.pop() else { return 0 };
        let received = receptions.len();
        self.medium.reuse(receptions);
        received
    }

    /// Mean number of radios that a broadcast reaches, and that receive it.
    fn means(radios: u32, side_m: f64) -> (f64, f64) {
        let mut field = Field::new(radios, side_m);
        let rounds = 20 * radios;
        let received: usize = (0..rounds).map(|_| field.broadcast()).sum();
        let failed = |radio| {
            let stats = field.medium.stats(RadioId(radio));
            stats.below_sensitivity + stats.decode_errors
        };
        let failed: u64 = (0..radios).map(failed).sum();
        let (received, rounds) = (received as f64, f64::from(rounds));
        ((received + failed as f64) / rounds, received / rounds)
    }
}

fn receptions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("receptions");
    for (radios, side_m) in [(100, 1000.0), (200, 2000.0), (1000, 3000.0)] {
        let (within, received) = Field::means(radios, side_m);
        println!(
            "{radios} radios, {side_m} m: {within:.1} within reach of a broadcast, {received:.1} receive it"
        );
        group.throughput(Throughput::Elements(received.round() as u64));
        group.bench_function(format!("{radios} radios in {side_m} m x {side_m} m"), |bencher| {
            let mut field = Field::new(radios, side_m);
            bencher.iter(|| black_box(field.broadcast()));
        });
    }
    group.finish();
}

criterion_group!(benches, receptions);
criterion_main!(benches);

/// Metres per second.
const SPEED: f64 = 14.0;
