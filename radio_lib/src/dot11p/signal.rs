//! Signals that are in the air.

use super::ear::{Heed, Power};
use crate::airtime::Rate;
use crate::medium::RadioId;
use node_lib::random::Key;
use node_lib::time::Instant;

/// A signal in the air, by its place in the list of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignalId(u32);

impl SignalId {
    /// No signal.
    pub(crate) const NONE: SignalId = SignalId(u32::MAX);

    fn index(self) -> usize {
        self.0 as usize
    }
}

/// One transmission, from its beginning to its end.
#[derive(Debug)]
pub(crate) struct Signal {
    pub(crate) from: RadioId,
    /// Of its draws at those it reaches.
    pub(crate) key: Key,
    pub(crate) start: Instant,
    pub(crate) rate: Rate,
    /// Of its PSDU.
    pub(crate) bits: f64,
    /// Its sender was switched off: nobody can decode it any more. What is left of it keeps others busy until its end.
    pub(crate) cut: bool,
    /// Everybody it reaches, in order of radio.
    pub(crate) heard: Vec<Heard>,
}

impl Signal {
    /// A radio that decodes it sends something itself.
    pub(crate) fn stop_heeding(&mut self, radio: RadioId) {
        if let Ok(at) = self.heard.binary_search_by_key(&radio, |heard| heard.radio) {
            self.heard[at].heed = Heed::Deaf;
        }
    }
}

/// A signal at one radio.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard {
    pub(crate) radio: RadioId,
    /// A uniform draw: see [`luck`].
    pub(crate) draw: u32,
    pub(crate) power: Power,
    /// Of its distance when the signal began, m².
    pub(crate) squared: f32,
    pub(crate) heed: Heed,
}

/// A draw as a number in (0, 1).
#[inline]
pub(crate) fn luck(draw: u32) -> f64 {
    (f64::from(draw) + 0.5) / 4_294_967_296.0
}

/// All of them. Places and lists are used again, so that in steady state nothing is allocated.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    all: Vec<Signal>,
    free: Vec<SignalId>,
}

impl Signals {
    /// A new one, with an empty list of those it reaches.
    pub(crate) fn begin(
        &mut self,
        from: RadioId,
        key: Key,
        start: Instant,
        rate: Rate,
        bits: f64,
    ) -> SignalId {
        let new = |heard| Signal { from, key, start, rate, bits, cut: false, heard };
        if let Some(id) = self.free.pop() {
            let place = &mut self.all[id.index()];
            *place = new(std::mem::take(&mut place.heard));
            return id;
        }
        self.all.push(new(Vec::new()));
        SignalId(self.all.len() as u32 - 1)
    }

    pub(crate) fn get_mut(&mut self, id: SignalId) -> &mut Signal {
        &mut self.all[id.index()]
    }

    /// Takes out one that ends; [`Signals::end`] takes it back.
    pub(crate) fn take(&mut self, id: SignalId) -> Signal {
        let signal = &mut self.all[id.index()];
        Signal { heard: std::mem::take(&mut signal.heard), ..*signal }
    }

    /// Its place and its list may be used again.
    pub(crate) fn end(&mut self, id: SignalId, mut signal: Signal) {
        signal.heard.clear();
        self.all[id.index()] = signal;
        self.free.push(id);
    }
}
