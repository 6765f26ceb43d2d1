//! What must always hold: looked at after every event, ten times a second, and each second.
//!
//! | invariant | what | when |
//! |---|---|---|
//! | `cycle` | next hops towards an RSU form no cycle among our nodes that are up | after every event |
//! | `stuck` | a next hop from which nothing has arrived for as long as the protocol allows is given up | ten times a second |
//! | `route` | a node that was offered a path often enough has had a route | with every offer |
//! | `vanished` | every frame of an application was delivered, was dropped for a reason, or is under way | each call of a node, each second, and at the end |
//! | `books` | what applications sent and got is what was counted; a radio has settled or holds all that it was given | each second, and at the end |
//! | `content` | no application got a frame that wasn't sent, or was changed on the way | each second, and at the end |
//! | `memory` | no table of a node holds more than it may | each second, and at the end |
//!
//! Without the check all of it costs a branch an event.

mod ledger;
mod memory;
mod routes;
#[cfg(test)]
mod tests;

use super::World;
use super::events::What;
use crate::error::SimError;
use crate::results::Violation;
use ledger::Ledger;
use node_lib::time::Instant;
use routes::Routes;

/// What has been seen of a run so far.
#[derive(Debug)]
pub(super) struct Checker {
    routes: Routes,
    ledger: Ledger,
    broken: Option<Box<Violation>>,
}

impl Checker {
    /// One party more.
    pub(super) fn add_party(&mut self) {
        self.routes.add_party();
    }
}

impl World {
    /// Has the invariants checked while the run goes; one that doesn't hold ends it with [`SimError::Violated`]. To be called
    /// before anything has happened.
    pub fn set_checked(&mut self, checked: bool) {
        let parties = self.parties.len();
        self.checker = checked.then(|| {
            Box::new(Checker { routes: Routes::new(parties), ledger: Ledger::default(), broken: None })
        });
    }

    /// Whether invariants are checked.
    #[inline]
    pub(super) fn is_checked(&self) -> bool {
        self.checker.is_some()
    }

    /// Looks at what an event is about to do.
    pub(super) fn check_before(&mut self, now: Instant, rank: u32, what: &What) {
        if let What::Radio(boot, frame, _) = what {
            self.check_reception(now, rank, *boot, frame);
        }
    }

    /// Looks at what an event has done to a node.
    pub(super) fn check_after(&mut self, rank: u32) -> Result<(), SimError> {
        self.check_next_hops(rank);
        self.verdict()
    }

    /// Looks at everybody, ten times a second.
    pub(super) fn check_sample(&mut self, now: Instant) -> Result<(), SimError> {
        self.check_silent_next_hops(now);
        if now.as_micros().is_multiple_of(1_000_000) {
            self.check_books()?;
        }
        self.verdict()
    }

    /// Balances the books: that of the frames, those of the radios, and the nodes' tables.
    ///
    /// # Errors
    /// [`SimError::Violated`]
    pub(super) fn check_books(&mut self) -> Result<(), SimError> {
        if self.is_checked() {
            self.check_frames();
            self.check_radios();
            self.check_memory();
        }
        self.verdict()
    }

    /// Something doesn't hold. The first violation counts.
    #[cold]
    pub(super) fn violated(&mut self, invariant: &'static str, ranks: &[u32], what: String) {
        let nodes = ranks.iter().map(|rank| self.parties[*rank as usize].name.clone()).collect();
        let at_us = self.now().as_micros();
        if let Some(checker) = &mut self.checker {
            checker.broken.get_or_insert(Box::new(Violation { invariant, at_us, nodes, what }));
        }
    }

    fn verdict(&mut self) -> Result<(), SimError> {
        match self.checker.as_mut().and_then(|checker| checker.broken.take()) {
            None => Ok(()),
            Some(violation) => Err(SimError::Violated(violation)),
        }
    }

    fn check_radios(&mut self) {
        for rank in 0..self.parties.len() as u32 {
            let Some(radio) = self.parties[rank as usize].radio else { continue };
            let (stats, queued) = (self.medium.stats(radio), self.medium.queued(radio) as u64);
            let (offered, settled) = (stats.offered, stats.settled());
            if offered != settled + queued {
                let what =
                    format!("the radio was given {offered} frames, settled {settled} and holds {queued}");
                self.violated("books", &[rank], what);
            }
        }
    }
}
