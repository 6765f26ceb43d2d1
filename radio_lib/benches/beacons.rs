//! The cost of a field of vehicles that beacon at 10 Hz, 300 bytes each, in the profile `80211p`: interference, carrier sense and
//! contention included, applications and routing left out.
//!
//! One iteration is a tenth of a second of the field's time: so a field is simulated in real time if it takes 100 ms. The throughput
//! that is printed counts frames received. Fields of the same density show that cost grows with receptions.

mod square;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use node_lib::buffer_pool::{AccessCategory, Frame};
use node_lib::time::Instant;
use radio_lib::{Dot11p, Effect, Medium, Profile, RadioId};
use square::{Square, broadcast, unit};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::Duration;

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
        let places = Square::new(radios, side_m);
        let medium = places.medium(Profile::Dot11p(Dot11p::default()));
        let frame = broadcast(AccessCategory::BestEffort);
        let mut field = Field {
            places,
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
