//! What comes from outside: hosts that are real, and hands that change the world as it runs.
//!
//! The host of a party is either simulated or live. A live one is somewhere else, with a network stack of its own: what it
//! sends is put in by [`World::host_frame`], and what reaches it comes out of [`World::next_for_host`]. Everything else
//! stays as it is: the same nodes, radio, wire and books. Flows of the scenario run at live hosts too, beside whatever the
//! host does by itself; their frames never leave the world.

use super::World;
use super::faults::Action;
use super::parties::PartyKind;
use super::plan::{self, Names};
use crate::error::SimError;
use crate::results::Happening;
use mobility_lib::{Position, Track};
use node_lib::buffer_pool::Frame;
use node_lib::time::Instant;
use radio_lib::LinkChange;

/// A frame for a live host.
#[derive(Debug)]
pub struct HostFrame {
    /// The party whose host it is, as [`World::party`] numbers it.
    pub party: u32,
    /// When it arrives there.
    pub due: Instant,
    /// The frame; its checksums may be left to do, and it may be a train.
    pub frame: Frame,
}

impl World {
    /// The number of the node or server with this name: of those known from the start in the order of names.
    pub fn party(&self, name: &str) -> Option<u32> {
        self.parties.find(name)
    }

    /// Name and kind of a party.
    ///
    /// # Panics
    /// If there is no party with this number.
    pub fn party_name(&self, party: u32) -> (&str, PartyKind) {
        let party = &self.parties[party as usize];
        (&party.name, party.kind)
    }

    /// Whether a party's host has its node's radio itself.
    ///
    /// # Panics
    /// If there is no party with this number.
    pub fn is_plain(&self, party: u32) -> bool {
        self.parties[party as usize].plain
    }

    /// Makes the host of a party live.
    ///
    /// # Panics
    /// If there is no party with this number.
    pub fn set_live(&mut self, party: u32) {
        self.live[party as usize] = true;
    }

    /// A live host sends a frame. Everything due up to `now` must have been handled ([`World::run_until`]); what is due at
    /// once because of this frame is handled by the next call of that.
    ///
    /// # Errors
    /// A fault of the program.
    ///
    /// # Panics
    /// If there is no party with this number.
    pub fn host_frame(&mut self, now: Instant, party: u32, frame: Frame) -> Result<(), SimError> {
        if self.is_powered(party) {
            self.host_sends(now, party, frame)
        } else {
            self.unpowered += 1;
            Ok(())
        }
    }

    /// The next frame that has reached a live host, in the order of their arrival.
    #[inline]
    pub fn next_for_host(&mut self) -> Option<HostFrame> {
        self.for_hosts.pop_front()
    }

    /// Whether a party is there and has power.
    ///
    /// # Panics
    /// If there is no party with this number.
    pub fn is_powered(&self, party: u32) -> bool {
        let kind = self.parties[party as usize].kind;
        kind == PartyKind::Server || self.states[party as usize].machine.is_some()
    }

    /// What the clock of the node with this name shows.
    pub fn clock(&self, node: &str) -> Option<Instant> {
        let rank = self.parties.find(node)?;
        Some(self.states[rank as usize].clock(self.now()))
    }

    /// Switches a node's power off or on again. A vehicle that isn't there stays away.
    ///
    /// # Errors
    /// [`SimError::UnknownName`], [`SimError::Impossible`] for a server.
    pub fn set_power(&mut self, now: Instant, node: &str, on: bool) -> Result<(), SimError> {
        let (rank, _) = self.names().radio("", node)?;
        let action = if on { Action::NodeUp } else { Action::NodeDown };
        self.apply(now, rank, action)
    }

    /// Changes the link between two nodes, in both directions.
    ///
    /// # Errors
    /// [`SimError::UnknownName`]; [`SimError::Impossible`] for a server, one node twice, or no link between them, which only
    /// putting it up makes; [`SimError::Radio`] for a value out of range.
    pub fn set_link(
        &mut self,
        now: Instant,
        [a, b]: [&str; 2],
        change: LinkChange,
        text: String,
    ) -> Result<(), SimError> {
        let names = self.names();
        let ends = [names.radio("", a)?, names.radio("", b)?];
        if a == b {
            return Err(plan::impossible("", "a link joins two nodes"));
        }
        if !self.medium.has_link(ends[0].1, ends[1].1) && change.down != Some(false) {
            return Err(plan::impossible("", "there is no link between them to change; `up` makes one"));
        }
        self.apply(now, ends[0].0, Action::Link { ends, change, text })?;
        Ok(())
    }

    fn names(&self) -> Names<'_> {
        Names { parties: &self.parties, join: self.joining.is_some() }
    }

    /// Takes a node to another place, where it stays.
    ///
    /// # Errors
    /// [`SimError::UnknownName`]; [`SimError::Impossible`] for a server, and on a radio on which places don't matter.
    pub fn set_position(&mut self, now: Instant, node: &str, [x, y]: [f64; 2]) -> Result<(), SimError> {
        let (rank, radio) = self.names().radio("", node)?;
        if !self.medium.has_places() {
            return Err(plan::impossible("", "on the ideal radio places don't matter: change its links"));
        }
        self.places.set(now, radio, Track::fixed(Position { x, y }));
        self.states[rank as usize].moved = true;
        self.report(now, rank, Happening::Moved { x, y });
        Ok(())
    }
}
