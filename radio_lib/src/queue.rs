//! Frames that wait for a radio.

use crate::kind::Kind;
use crate::medium::RadioId;
use node_lib::addr::Mac;
use node_lib::buffer_pool::{AccessCategory, Frame};
use std::collections::VecDeque;

/// A frame on its way through a radio.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) frame: Frame,
    pub(crate) kind: Kind,
    pub(crate) to: Destination,
    /// Transmissions made.
    pub(crate) attempts: u8,
    /// Number of the first of them.
    pub(crate) first: u64,
    /// True once the destination has it, whether or not its acknowledgement came back.
    pub(crate) delivered: bool,
}

/// Whom a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// All that hear it.
    Group,
    /// One station, by its address, and the radio that has this address, if one does.
    Station(Mac, Option<RadioId>),
}

impl Pending {
    pub(crate) fn is_untried_unicast_to(&self, station: Mac) -> bool {
        self.attempts == 0 && matches!(self.to, Destination::Station(mac, _) if mac == station)
    }
}

/// One radio's queues, one for each access category.
#[derive(Debug, Default)]
pub(crate) struct Queues([VecDeque<Pending>; 4]);

impl Queues {
    pub(crate) fn len_of(&self, category: AccessCategory) -> usize {
        self.0[category as usize].len()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(VecDeque::len).sum()
    }

    pub(crate) fn push_back(&mut self, pending: Pending) {
        self.0[pending.frame.category as usize].push_back(pending);
    }

    /// Puts a frame back that is to be tried next among those of its category.
    pub(crate) fn push_front(&mut self, pending: Pending) {
        self.0[pending.frame.category as usize].push_front(pending);
    }

    /// The categories that have frames, one bit each.
    pub(crate) fn waiting(&self) -> u8 {
        let bits = self.0.iter().enumerate().map(|(category, queue)| u8::from(!queue.is_empty()) << category);
        bits.sum()
    }

    /// The first frame of a category.
    pub(crate) fn pop_of(&mut self, category: AccessCategory) -> Option<Pending> {
        self.0[category as usize].pop_front()
    }

    /// The first frame of the most urgent category.
    pub(crate) fn pop(&mut self) -> Option<Pending> {
        self.0.iter_mut().rev().find_map(VecDeque::pop_front)
    }

    /// Takes out the untried unicasts to `station`, the most urgent first.
    pub(crate) fn withdraw(&mut self, station: Mac, mut each: impl FnMut(Pending)) {
        for queue in self.0.iter_mut().rev() {
            for _ in 0..queue.len() {
                let Some(pending) = queue.pop_front() else { break };
                if pending.is_untried_unicast_to(station) { each(pending) } else { queue.push_back(pending) }
            }
        }
    }

    /// All frames.
    pub(crate) fn frames(&self) -> impl Iterator<Item = &Frame> {
        self.0.iter().flatten().map(|pending| &pending.frame)
    }

    /// Forgets everything; returns how many frames that were.
    pub(crate) fn clear(&mut self) -> usize {
        let lost = self.len();
        self.0.iter_mut().for_each(VecDeque::clear);
        lost
    }
}
