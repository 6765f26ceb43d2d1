//! What a reception costs the allocator: nothing, once lists and buffers have grown to their size.

mod common;

use common::{Lines, frame};
use node_lib::addr::Mac;
use node_lib::buffer_pool::AccessCategory;
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::{Dot11p, Effect, Geometric, Medium, Profile, RadioId, RadioSetup};
use std::time::Duration;

#[test]
fn a_broadcast_in_steady_state_allocates_nothing() {
    for profile in [Profile::Geometric(Geometric::default()), Profile::Dot11p(Dot11p::default())] {
        allocates_nothing(profile);
    }
}

fn allocates_nothing(profile: Profile) {
    let mut field = Field::new(profile, 100);
    let warmed_up = field.broadcast(500);
    let mut received = 0;
    let counted = allocation_counter::measure(|| received = field.broadcast(500));
    assert!(warmed_up > 10_000 && received > 10_000, "{warmed_up}, then {received} receptions");
    assert_eq!((counted.count_total, counted.bytes_total), (0, 0), "in {received} receptions");
}

/// Radios that drive through a square kilometre and broadcast in turn.
struct Field {
    places: Lines,
    medium: Medium,
    now: Instant,
    sent: u32,
    out: Vec<Effect>,
}

impl Field {
    fn new(profile: Profile, radios: u32) -> Field {
        let unit = |radio: u32, part: u64| Key::seed(3).with(u64::from(radio)).with(part).unit();
        let line = |radio| Some(([unit(radio, 0) * 1e3, unit(radio, 1) * 1e3], [10.0, -10.0]));
        let places = Lines { radios: (0..radios).map(line).collect(), max_speed: 15.0 };
        let setup = |radio: u32| RadioSetup { mac: Mac::local(2, u64::from(radio)), key: u64::from(radio) };
        let mut medium =
            Medium::new(profile, Key::seed(1), (0..radios).map(setup).collect()).expect("valid settings");
        (0..radios).for_each(|radio| medium.set_up(Instant::ZERO, RadioId(radio), true));
        Field { places, medium, now: Instant::ZERO, sent: 0, out: Vec::new() }
    }

    /// Sends `count` broadcasts, one after the other, each received by those who hear it in a copy of their own. Returns
    /// how many receptions that were.
    fn broadcast(&mut self, count: u32) -> usize {
        let mut received = 0;
        for _ in 0..count {
            let radio = RadioId(self.sent % self.places.radios.len() as u32);
            self.sent += 1;
            self.now += Duration::from_millis(5);
            let frame = frame(Mac::BROADCAST, 90, AccessCategory::Video);
            self.medium.send(self.now, radio, frame, &self.places, &mut self.out);
            while let Some(effect) = self.out.pop() {
                match effect {
                    Effect::Wake { at, radio } => {
                        self.medium.handle_wake(at, radio, &self.places, &mut self.out)
                    }
                    Effect::Broadcast { frame, receptions } => {
                        received += receptions.iter().filter(|_| frame.clone() == frame).count();
                        self.medium.reuse(receptions);
                    }
                    other => panic!("a broadcast leads to {other:?}"),
                }
            }
        }
        received
    }
}
