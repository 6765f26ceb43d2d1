//! The cost of one reception in the geometric profile: 100 radios in 1 km², broadcasts of 300 bytes of payload.
//!
//! The throughput that is printed counts frames received; `radios` counts every radio within reach of a transmitter,
//! whether it received the frame or not.

mod square;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use node_lib::buffer_pool::{AccessCategory, Frame};
use node_lib::time::Instant;
use radio_lib::{Effect, Geometric, Medium, Profile, RadioId};
use square::{Square, broadcast};
use std::hint::black_box;
use std::time::Duration;

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
        let places = Square::new(radios, side_m);
        let medium = places.medium(Profile::Geometric(Geometric::default()));
        let frame = broadcast(AccessCategory::Video);
        Field { places, medium, now: Instant::ZERO, turn: 0, frame, out: Vec::new() }
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
