//! The cost of a field of vehicles that beacon at 10 Hz, 300 bytes each, in the profile `80211p`: interference, carrier sense and
//! contention included, applications and routing left out.
//!
//! One iteration is a tenth of a second of the field's time: so a field is simulated in real time if it takes 100 ms. The throughput
//! that is printed counts frames received. Fields of the same density show that cost grows with receptions.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use node_lib::addr::Mac;
use node_lib::buffer_pool::{AccessCategory, Frame};
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::{Dot11p, Effect, Locations, Medium, Profile, RadioId, RadioSetup};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::Duration;

/// Vehicles that drive up and down through a square.
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

/// A field with its events.
struct Field {
    places: Square,
    medium: Medium,
    /// What is due, by time and order: a radio's wake-up, or its next beacon.
    due: BinaryHeap<Reverse<(Instant, u64, RadioId, bool)>>,
    sequence: u64,
    frame: Frame,
    out: Vec<Effect>,
    end: Instant,
}

impl Field {
    fn new(radios: u32, side_m: f64) -> Field {
        let unit = |radio: u32, part: u64| Key::seed(3).with(u64::from(radio)).with(part).unit();
        let starts = (0..radios).map(|radio| [unit(radio, 0) * side_m, unit(radio, 1) * side_m]).collect();
        let setup = |radio: u32| RadioSetup { mac: Mac::local(2, u64::from(radio)), key: u64::from(radio) };
        let profile = Profile::Dot11p(Dot11p::default());
        let setups = (0..radios).map(setup).collect();
        let mut medium = Medium::new(profile, Key::seed(1), setups).expect("the default settings are valid");
        (0..radios).for_each(|radio| medium.set_up(Instant::ZERO, RadioId(radio), true));
        let mut frame = Frame::with_len(314);
        frame.fill(0xff);
        frame.category = AccessCategory::BestEffort;
        let mut field = Field {
            places: Square { side_m, starts },
            medium,
            due: BinaryHeap::new(),
            sequence: 0,
            frame,
            out: Vec::new(),
            end: Instant::ZERO,
        };
        for radio in 0..radios {
            field.push(Instant::from_micros((unit(radio, 2) * 1e5) as u64), RadioId(radio), true);
        }
        field
    }

    fn push(&mut self, at: Instant, radio: RadioId, beacon: bool) {
        self.due.push(Reverse((at, self.sequence, radio, beacon)));
        self.sequence += 1;
    }

    /// The next tenth of a second; how many frames were received.
    fn tenth(&mut self) -> usize {
        self.end += INTERVAL;
        let mut received = 0;
        while let Some(Reverse((at, _, radio, beacon))) = self.due.peek().copied() {
            if at > self.end {
                break;
            }
            self.due.pop();
            if beacon {
                self.push(at + INTERVAL, radio, true);
                self.medium.send(at, radio, self.frame.clone(), &self.places, &mut self.out);
            } else {
                self.medium.handle_wake(at, radio, &self.places, &mut self.out);
            }
            let mut out = std::mem::take(&mut self.out);
            for effect in out.drain(..) {
                match effect {
                    Effect::Wake { at, radio } => self.push(at, radio, false),
                    Effect::Broadcast { receptions, .. } => {
                        received += receptions.len();
                        self.medium.reuse(receptions);
                    }
                    Effect::Deliver { .. } | Effect::Status { .. } => {}
                }
            }
            self.out = out;
        }
        received
    }
}

fn beacons(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("beacons");
    group.sample_size(10);
    for (radios, side_m) in [(100, 1000.0), (250, 1500.0), (500, 2121.0), (1000, 3000.0), (2000, 4243.0)] {
        let mut field = Field::new(radios, side_m);
        field.tenth();
        let received = (0..3).map(|_| field.tenth()).sum::<usize>() / 3;
        println!("{radios} radios, {side_m} m: {received} receptions in 100 ms");
        group.throughput(Throughput::Elements(received as u64));
        group.bench_function(format!("{radios} radios in {side_m} m x {side_m} m"), |bencher| {
            bencher.iter(|| black_box(field.tenth()));
        });
    }
    group.finish();
}

criterion_group!(benches, beacons);
criterion_main!(benches);

/// Of the beacons, and of what is measured at once.
const INTERVAL: Duration = Duration::from_millis(100);
/// Metres per second.
const SPEED: f64 = 14.0;
