//! When a station may send: EDCA's four contenders, what they count down, and what it is otherwise occupied with.

use super::ear::Ear;
use super::signal::SignalId;
use crate::airtime::{Rate, SLOT, aifs, contention_window};
use crate::kind::Kind;
use crate::medium::RadioId;
use node_lib::buffer_pool::AccessCategory;
use node_lib::random::Key;
use node_lib::time::Instant;

/// One station's medium access.
#[derive(Debug, Default)]
pub(crate) struct Station {
    backoffs: [Backoff; 4],
    /// Backoffs drawn, which number them.
    draws: u64,
    /// When it will send, unless the channel becomes busy before.
    pub(crate) planned: Option<Plan>,
    /// What it has in the air.
    pub(crate) sending: Option<Sending>,
    /// Until when a sent unicast waits for the beginning of its acknowledgement.
    pub(crate) awaiting: Option<Instant>,
    /// The acknowledgement that it owes.
    pub(crate) owed: Option<Owed>,
}

/// One access category.
#[derive(Clone, Copy, Debug, Default)]
struct Backoff {
    /// Slots that were left when the idle time that now passes began; or, while the channel is busy, that are left.
    slots: u32,
    /// How often the window has been doubled.
    stage: u8,
}

/// The next access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) at: Instant,
    /// The categories whose turn it is then, one bit each.
    pub(crate) ready: u8,
}

/// What a station has in the air.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sending {
    pub(crate) signal: SignalId,
    pub(crate) end: Instant,
    /// Whose frame it acknowledges; nobody's if it is a frame of its own.
    pub(crate) ack_to: Option<RadioId>,
}

/// An acknowledgement that is due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owed {
    pub(crate) at: Instant,
    pub(crate) to: RadioId,
    /// What it acknowledges.
    pub(crate) rate: Rate,
    pub(crate) kind: Kind,
    pub(crate) category: AccessCategory,
    pub(crate) number: u64,
}

impl Station {
    /// A frame has come to a category that had none. Unless the channel is idle it has to wait for its turn; what is left of
    /// an earlier backoff counts (IEEE 802.11-2016, 10.3.4.2).
    pub(crate) fn begin(&mut self, now: Instant, category: AccessCategory, ear: &Ear, key: Key) {
        let idle = ear.is_idle(now) && self.is_free();
        if !idle && self.backoffs[category as usize].slots == 0 {
            self.draw(category, key);
        }
    }

    /// Whether nothing but the channel keeps it from sending.
    pub(crate) fn is_free(&self) -> bool {
        self.sending.is_none() && self.awaiting.is_none() && self.owed.is_none()
    }

    /// Plans the access for the categories `waiting` (one bit each) whose turn comes first, should the channel stay idle.
    pub(crate) fn plan(&mut self, now: Instant, ear: &Ear, waiting: u8) -> Option<Plan> {
        self.planned = None;
        if ear.is_busy() || !self.is_free() {
            return None;
        }
        let from = ear.counts_from();
        for category in categories(waiting) {
            let at = now.max(from + aifs(category) + SLOT * self.backoffs[category as usize].slots);
            let ready = 1 << category as u8;
            self.planned = Some(match self.planned {
                Some(plan) if plan.at < at => plan,
                Some(plan) if plan.at == at => Plan { at, ready: plan.ready | ready },
                _ => Plan { at, ready },
            });
        }
        self.planned
    }

    /// The channel becomes busy; interframe spaces counted `from` then on. What has not been counted down is left for the next time. An
    /// access that comes before it has noticed, by `noticed`, goes ahead all the same.
    pub(crate) fn hold(&mut self, now: Instant, from: Instant, noticed: Instant) {
        for category in AccessCategory::ALL {
            let backoff = &mut self.backoffs[category as usize];
            let begin = from + aifs(category);
            if backoff.slots > 0 && begin <= now {
                // It counts at every boundary of a slot, the one at the end of AIFS and the one that brings another's frame
                // included (IEEE 802.11-2016, 10.22.2.4).
                let counted = now.since(begin).as_micros() / SLOT.as_micros() + 1;
                backoff.slots = backoff.slots.saturating_sub(counted as u32);
            }
        }
        self.planned = self.planned.filter(|plan| plan.at < noticed);
    }

    /// After a frame that is settled, sent or given up.
    pub(crate) fn renew(&mut self, category: AccessCategory, key: Key) {
        self.backoffs[category as usize].stage = 0;
        self.draw(category, key);
    }

    /// After a frame that was not acknowledged, or one that had to give way to a more urgent one of the same station.
    pub(crate) fn collide(&mut self, category: AccessCategory, key: Key) {
        let stage = &mut self.backoffs[category as usize].stage;
        *stage = stage.saturating_add(1);
        self.draw(category, key);
    }

    /// Whether anything is left to count down.
    pub(crate) fn counts(&self) -> bool {
        self.awaiting.is_some() || self.backoffs.iter().any(|backoff| backoff.slots > 0)
    }

    /// Forgets everything but how many draws it made.
    pub(crate) fn reset(&mut self) {
        *self = Station { draws: self.draws, ..Station::default() };
    }

    fn draw(&mut self, category: AccessCategory, key: Key) {
        let backoff = &mut self.backoffs[category as usize];
        let window = contention_window(category, backoff.stage);
        backoff.slots = key.with(self.draws).between(0, u64::from(window)) as u32;
        self.draws += 1;
    }
}

/// Categories by their bits, the most urgent last.
pub(crate) fn categories(bits: u8) -> impl DoubleEndedIterator<Item = AccessCategory> {
    AccessCategory::ALL.into_iter().filter(move |category| bits & 1 << *category as u8 != 0)
}
