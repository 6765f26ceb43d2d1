//! Radios that drive up and down through a square, for benchmarks.

use node_lib::addr::Mac;
use node_lib::buffer_pool::{AccessCategory, Frame};
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::{Locations, Medium, Profile, RadioId, RadioSetup};

pub(crate) struct Square {
    side_m: f64,
    pub(crate) starts: Vec<[f64; 2]>,
}

impl Square {
    pub(crate) fn new(radios: u32, side_m: f64) -> Square {
        let place = |radio| [unit(radio, 0) * side_m, unit(radio, 1) * side_m];
        Square { side_m, starts: (0..radios).map(place).collect() }
    }

    /// A medium for its radios, all of them up.
    pub(crate) fn medium(&self, profile: Profile) -> Medium {
        let radios = 0..self.starts.len() as u32;
        let setup = |radio: u32| RadioSetup { mac: Mac::local(2, u64::from(radio)), key: u64::from(radio) };
        let setups = radios.clone().map(setup).collect();
        let mut medium = Medium::new(profile, Key::seed(1), setups).expect("the default settings are valid");
        radios.for_each(|radio| medium.set_up(Instant::ZERO, RadioId(radio), true));
        medium
    }
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

/// A number between 0 and 1 of a radio's own.
pub(crate) fn unit(radio: u32, part: u64) -> f64 {
    Key::seed(3).with(u64::from(radio)).with(part).unit()
}

/// A broadcast with a packet of 300 bytes.
pub(crate) fn broadcast(category: AccessCategory) -> Frame {
    let mut frame = Frame::with_len(314);
    frame.fill(0xff);
    frame.category = category;
    frame
}

/// Metres per second.
const SPEED: f64 = 14.0;
