//! One radio's state, and what it has in the air.

use super::{Locations, RadioId, RadioSetup};
use crate::disturbance::Disturbances;
use crate::queue::{Pending, Queues};
use crate::stats::RadioStats;
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::random::Key;
use node_lib::time::Instant;
use std::time::Duration;

/// One radio's state. The fields stand so that what each broadcast touches at every radio within reach, down to the
/// counts of failures that come first in the statistics, lies in one cache line.
#[derive(Debug)]
#[repr(C, align(64))]
pub(crate) struct Radio {
    /// Since when it has been up.
    pub(crate) up_since: Option<Instant>,
    /// Names it in the draws of those that send to it.
    pub(crate) name: u64,
    pub(crate) stats: RadioStats,
    /// Key of the draws of its own transmissions.
    pub(crate) key: Key,
    /// Transmissions begun, which number its draws.
    pub(crate) transmissions: u64,
    pub(crate) queues: Queues,
    pub(crate) current: Option<Attempt>,
}

/// A transmission that is on the air or waits for it.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) pending: Pending,
    pub(crate) slot: AirSlot,
    /// Number of the transmission.
    pub(crate) number: u64,
}

/// Who sends a unicast, and to whom; `to` is `None` where no radio has that address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) from: RadioId,
    pub(crate) mac: Mac,
    pub(crate) to: Option<RadioId>,
}

/// What decides on a transmission's fate besides its link.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) disturbances: &'a Disturbances,
    pub(crate) loc: &'a dyn Locations,
}

impl Surroundings<'_> {
    /// Whether the transmission with this key is lost to what disturbs it.
    #[inline]
    pub(crate) fn swallow(&self, key: Key, from: RadioId, to: RadioId, at: Instant) -> bool {
        !self.disturbances.is_empty() && self.disturbances.swallow(key, from, to, at, self.loc)
    }
}

/// When a transmission is on the air.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AirSlot {
    pub(crate) start: Instant,
    pub(crate) end: Instant,
}

impl Radio {
    pub(super) fn new(seed: Key, setup: &RadioSetup) -> Radio {
        Radio {
            up_since: None,
            name: setup.key,
            key: seed.with(setup.key),
            transmissions: 0,
            stats: RadioStats::default(),
            queues: Queues::default(),
            current: None,
        }
    }

    /// True if it has been up since `start` at the latest.
    #[inline]
    pub(crate) fn listens_since(&self, start: Instant) -> bool {
        self.up_since.is_some_and(|since| since <= start)
    }

    /// Counts `count` transmissions of a frame, of `airtime` together.
    pub(crate) fn count_transmissions(&mut self, pending: &Pending, count: u64, airtime: Duration) {
        let sent = &mut self.stats.sent[pending.kind as usize];
        let segments = pending.frame.segments() as u64;
        if pending.attempts == 0 {
            sent.frames += segments;
            sent.bytes += pending.frame.wire_len() as u64;
        }
        sent.transmissions += count * segments;
        sent.airtime += airtime;
    }

    pub(crate) fn count_received(&mut self, frame: &Frame) {
        self.stats.received += frame.segments() as u64;
        self.stats.received_bytes += frame.wire_len() as u64;
    }

    /// Puts a frame back that is to be tried again.
    pub(crate) fn retry(&mut self, pending: Pending) {
        self.queues.push_front(pending);
    }
}
