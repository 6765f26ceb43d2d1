//! What one neighbour offers towards one RSU.

use super::advert::Advert;
use crate::addr::Mac;
use crate::time::Instant;

/// One neighbour's heartbeats for one RSU: the best it ever advertised, and the latest.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The neighbour.
    pub via: Mac,
    /// True if its latest heartbeat had no PATH: it speaks the base layout only.
    pub legacy: bool,
    /// Its best advert so far: what feasibility is tested with (N2).
    pub best: Advert,
    /// Its latest advert: what it is ranked by. `None` once it said that it has no route.
    pub latest: Option<Advert>,
    /// Id of its latest heartbeat.
    pub id: u32,
    /// Duration of its latest heartbeat, milliseconds.
    pub duration_ms: u64,
    /// Hops of its latest heartbeat: transmissions from the RSU to us.
    pub hops: u32,
    /// When that was heard.
    pub heard: Instant,
    counter: Option<u16>,
    /// Until when what it said earlier may still arrive after its word that it has no route.
    withdrawn_until: Instant,
}

/// One heartbeat as an offer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heartbeat {
    pub via: Mac,
    pub id: u32,
    pub duration_ms: u64,
    pub hops: u32,
    pub advert: Advert,
    pub counter: Option<u16>,
    pub legacy: bool,
}

impl Offer {
    pub(super) fn new(now: Instant, beat: Heartbeat) -> Self {
        Offer {
            via: beat.via,
            legacy: beat.legacy,
            best: beat.advert,
            latest: Some(beat.advert),
            id: beat.id,
            duration_ms: beat.duration_ms,
            hops: beat.hops,
            heard: now,
            counter: beat.counter,
            withdrawn_until: Instant::ZERO,
        }
    }

    /// Takes another heartbeat. One that was overtaken by a later one can still be the best, but not the latest.
    pub(super) fn update(&mut self, now: Instant, beat: Heartbeat) {
        if beat.advert.better_than(&self.best) {
            self.best = beat.advert;
        }
        // A word of no route counts for what may have been under way with it, whatever id and counter it had: it may be forged.
        let over = self.latest.is_none() && now >= self.withdrawn_until;
        if !over && self.overtaken(beat.id, beat.counter) {
            return;
        }
        let best = self.best;
        *self = Offer { best, ..Offer::new(now, beat) };
    }

    /// The neighbour said that it has no route; what it said before arrives until `until`.
    pub(super) fn withdraw(&mut self, until: Instant, id: u32, counter: Option<u16>) {
        if !self.overtaken(id, counter) {
            self.latest = None;
            self.withdrawn_until = until;
            (self.id, self.counter) = (self.id.max(id), counter);
        }
    }

    /// True if what we have of the neighbour is later than a heartbeat with this id and counter.
    fn overtaken(&self, id: u32, counter: Option<u16>) -> bool {
        let behind = match (counter, self.counter) {
            (Some(new), Some(known)) => new.wrapping_sub(known) >= 1 << 15 || new == known,
            _ => false,
        };
        id < self.id || (id == self.id && behind)
    }
}
