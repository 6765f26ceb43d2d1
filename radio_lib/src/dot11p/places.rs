//! Where the radios are, looked up a hundred times a second.

use crate::medium::{Locations, RadioId};
use node_lib::time::Instant;

/// The radios' places at the last whole hundredth of a second, so that a transmission costs no look-up for each receiver. A car at
/// 50 m/s is half a metre further by the end of it, which at 20 m is 0.2 dB. Who wasn't there yet is looked up every time. So they
/// are a function of time alone.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    tick: Option<u64>,
    all: Vec<Option<[f64; 2]>>,
}

impl Places {
    pub(crate) fn new(radios: usize) -> Places {
        Places { tick: None, all: vec![None; radios] }
    }

    /// One radio more.
    pub(crate) fn add(&mut self) {
        self.tick = None;
        self.all.push(None);
    }

    /// Brings them up to date.
    #[inline]
    pub(crate) fn refresh(&mut self, now: Instant, locations: &dyn Locations) {
        let tick = now.as_micros() / TICK_US;
        if self.tick != Some(tick) {
            self.tick = Some(tick);
            let at = Instant::from_micros(tick * TICK_US);
            for (radio, place) in (0..).map(RadioId).zip(&mut self.all) {
                *place = locations.position(radio, at);
            }
        }
    }

    #[inline]
    pub(crate) fn of(&self, radio: RadioId, now: Instant, locations: &dyn Locations) -> Option<[f64; 2]> {
        self.all[radio.index()].or_else(|| locations.position(radio, now))
    }
}

const TICK_US: u64 = 10_000;
