//! The rates that unicasts are sent at.

use super::settings::RateControl;
use crate::airtime::Rate;
use crate::medium::RadioId;
use crate::queue::{Destination, Pending};
use crate::rate_control::Minstrel;
use node_lib::addr::Mac;
use node_lib::random::Key;
use node_lib::time::Instant;

/// What each radio has learned of the rates to each destination; nothing where rates are fixed.
#[derive(Debug)]
pub(super) struct Rates(Option<Vec<Learned>>);

#[derive(Debug, Default)]
struct Learned {
    minstrel: Minstrel<Mac>,
    /// Of the unicast that is in the air, or that waits for its acknowledgement.
    tried: Rate,
}

impl Rates {
    pub(super) fn new(control: RateControl, radios: usize) -> Rates {
        Rates(match control {
            RateControl::Fixed => None,
            RateControl::Minstrel => Some((0..radios).map(|_| Learned::default()).collect()),
        })
    }

    /// One radio more.
    pub(super) fn add(&mut self) {
        if let Some(all) = &mut self.0 {
            all.push(Learned::default());
        }
    }

    /// A radio forgets what it has learned.
    pub(super) fn reset(&mut self, radio: RadioId) {
        if let Some(all) = &mut self.0 {
            all[radio.index()] = Learned::default();
        }
    }

    /// The rate for the next attempt, where it is not that of the category.
    pub(super) fn choose(
        &mut self,
        now: Instant,
        radio: RadioId,
        pending: &Pending,
        key: Key,
    ) -> Option<Rate> {
        let Destination::Station(to, _) = pending.to else { return None };
        let Learned { minstrel, tried } = &mut self.0.as_mut()?[radio.index()];
        *tried = minstrel.choose(now, to, pending.attempts, key.with(pending.first));
        Some(*tried)
    }

    /// What became of the last attempt.
    pub(super) fn learn(&mut self, now: Instant, radio: RadioId, pending: &Pending, acked: bool) {
        if let (Destination::Station(to, _), Some(all)) = (pending.to, &mut self.0) {
            let Learned { minstrel, tried } = &mut all[radio.index()];
            minstrel.report(now, to, *tried, 1, acked);
        }
    }
}
