//! Whether and when an RSU's newest heartbeat is relayed.
//!
//! A relay costs airtime, and who hears many needs few of them. What a relay is good for decides:
//!
//! * Whoever uses us has to hear of it each time. Such relays come first, so that all others can count them.
//! * Somebody may want us as a candidate, for the day when his next hop fails. He has enough of us once he hears
//!   `candidates` neighbours that offer about the same.
//! * Somebody may hear nobody but us; he can't have used us yet. So nobody stays silent for long where he hears few others,
//!   and nobody for ever.
//! * All this holds for the RSU that we use ourselves. Whoever hears us has a cheaper path to that one than to any other RSU
//!   through us. The next best one is told of now and then, for the day when the first fails; others not at all, unless
//!   somebody uses us towards them.

use super::originator::View;
use crate::addr::Mac;
use crate::random::Key;
use crate::time::Instant;
use std::time::Duration;

/// What an RSU is to this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// The one that it uses.
    InUse,
    /// The one that it would use next.
    Next,
    /// Another.
    Other,
}

/// One RSU's relays.
#[derive(Clone, Debug, Default)]
pub struct Relaying {
    /// When the newest id is to be relayed, if that is still to be done.
    pub at: Option<Instant>,
    /// When somebody last sent a reply or data through us towards this RSU.
    pub used: Option<Instant>,
    /// Neighbours that offered a path as good as ours with the newest id, as many as count.
    copies: Vec<Mac>,
    /// Ids in a row that were not relayed.
    suppressed: u8,
}

impl Relaying {
    /// A new id came; `draw` is the key of what is drawn for it.
    pub(super) fn begin(&mut self, view: View<'_>, draw: Key) {
        self.copies.clear();
        let (shortest, longest) = view.config.relay_wait;
        let split = shortest + longest.saturating_sub(shortest) * FIRST_TENTHS / 10;
        let (from, to) = if self.somebody_uses_us(view) { (shortest, split) } else { (split, longest) };
        let wait = Duration::from_micros(draw.between(from.as_micros() as u64, to.as_micros() as u64));
        // Ids that come faster than relays wait must not put the relay off for ever.
        let at = view.now + wait;
        self.at = Some(self.at.map_or(at, |earlier| earlier.min(at)));
    }

    /// A neighbour offered a path as good as ours with the newest id.
    pub(super) fn copy(&mut self, view: View<'_>, from: Mac) {
        if self.copies.len() < MANY * view.config.candidates && !self.copies.contains(&from) {
            self.copies.push(from);
        }
    }

    /// Whether the relay that is due is left out.
    pub fn suppress(&mut self, view: View<'_>, interest: Interest) -> bool {
        let heard = |times: usize| self.copies.len() >= times * view.config.candidates;
        let enough = match interest {
            _ if self.somebody_uses_us(view) => false,
            Interest::InUse if self.suppressed >= MOST_SUPPRESSED => false,
            Interest::InUse if self.suppressed >= SUPPRESSED => heard(MANY),
            Interest::InUse => heard(1),
            Interest::Next => heard(1) || self.suppressed < NEXT_BEST - 1,
            Interest::Other => true,
        };
        self.suppressed = if enough { self.suppressed.saturating_add(1) } else { 0 };
        enough
    }

    /// True if somebody sent a reply or data through us lately. Who has no data shows itself once a reply interval only.
    pub(super) fn somebody_uses_us(&self, view: View<'_>) -> bool {
        let config = view.config;
        let lately = (config.heartbeat_interval * 3).max(config.reply_interval + config.heartbeat_interval);
        self.used.is_some_and(|used| view.now.since(used) <= lately)
    }
}

/// The part of the relay wait, in tenths, in which those relay that somebody uses.
const FIRST_TENTHS: u32 = 3;
/// Relays suppressed in a row before it takes [`MANY`] times as many copies to suppress another.
const SUPPRESSED: u8 = 3;
const MANY: usize = 2;
/// Relays suppressed in a row at most. Who comes back to an RSU after long needs two heartbeats that agree (N8).
const MOST_SUPPRESSED: u8 = 7;
/// One id in so many is relayed for the next best RSU: often enough that one lost copy doesn't end the path.
const NEXT_BEST: u8 = 2;
