//! Where every frame of every application is: delivered, dropped for a reason, or under way.

use crate::world::World;
use crate::world::events::What;
use crate::world::packet::{self, Content, Kind};
use node_lib::buffer_pool::Frame;
use node_lib::control::node::Reply;
use node_lib::messages::{Data, Message, PacketType};
use std::collections::{BTreeMap, BTreeSet};

/// A frame of an application: its flow, whether it is a response, and its number.
type Id = (u32, bool, u32);

/// The book of all frames.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    sent: u64,
    delivered: u64,
    /// By reason.
    lost: BTreeMap<&'static str, u64>,
    /// Those that are neither delivered nor known to be lost, and why the latest copy was dropped, if one was.
    open: BTreeMap<Id, Option<&'static str>>,
}

/// What is to be watched of one call of a node: which frame goes in, and what was dropped before.
#[derive(Clone, Copy, Debug)]
pub(in crate::world) struct Fate {
    id: Id,
    drops: u64,
}

impl World {
    /// An application sends this frame.
    pub(in crate::world) fn note_sent(&mut self, frame: &[u8]) {
        let Some(id) = self.identity(frame) else { return };
        if let Some(checker) = &mut self.checker {
            checker.ledger.sent += 1;
            checker.ledger.open.insert(id, None);
        }
    }

    /// An application got this frame, for the first time or `again`; if it was neither, it had no use for it.
    pub(in crate::world) fn note_received(&mut self, frame: &[u8], first: bool) {
        let Some(id) = self.identity(frame) else { return };
        if !first {
            return self.note_dropped(frame, "refused by the host");
        }
        let Some(checker) = &mut self.checker else { return };
        checker.ledger.delivered += 1;
        if checker.ledger.open.remove(&id).is_none() {
            let what = format!("{} arrived after no copy of it was left", self.name_of_frame(id));
            self.violated("vanished", &[], what);
        }
    }

    /// A copy of a frame is dropped.
    pub(in crate::world) fn note_dropped(&mut self, frame: &[u8], reason: &'static str) {
        if !self.is_checked() {
            return;
        }
        if let Some(id) = self.identity(frame) {
            self.note_lost(id, reason);
        }
    }

    /// A frame is about to go into a node. None if that is of no interest.
    #[inline]
    pub(in crate::world) fn fate_of(&self, rank: u32, frame: &[u8]) -> Option<Fate> {
        if !self.is_checked() {
            return None;
        }
        Some(Fate { id: self.identity(frame)?, drops: self.drops_of(rank) })
    }

    /// The node has done what it does: the frame goes on, or it was dropped, for `reason` where the node gave one.
    pub(in crate::world) fn note_fate(
        &mut self,
        rank: u32,
        fate: Option<Fate>,
        reason: Option<&'static str>,
    ) {
        let Some(Fate { id, drops }) = fate else { return };
        // Nodes of another make count as they like, and send to everybody what may reach nobody.
        if self.parties[rank as usize].make.is_some() {
            return self.note_lost(id, "left to a node of another make");
        }
        let goes_on = self.out.replies.iter().any(|reply| match reply {
            Reply::WireFlat(frame) | Reply::TapFlat(frame) => self.identity(frame) == Some(id),
            Reply::Wire(fields) | Reply::Tap(fields) => self.identity(&fields.concat()) == Some(id),
        });
        let counted = self.drops_of(rank) > drops;
        match (goes_on, reason) {
            (true, _) => {}
            (false, Some(reason)) => self.note_lost(id, reason),
            (false, None) if counted => self.note_lost(id, "dropped by a node"),
            (false, None) => {
                let what = format!(
                    "{} went into the node, and neither out nor into its counts",
                    self.name_of_frame(id)
                );
                self.violated("vanished", &[rank], what);
            }
        }
    }

    /// A radio is about to lose all that it holds.
    pub(in crate::world) fn note_radio_down(&mut self, rank: u32) {
        let Some(radio) = self.parties[rank as usize].radio.filter(|_| self.is_checked()) else { return };
        let held: Vec<Id> = self.medium.frames(radio).filter_map(|frame| self.identity(frame)).collect();
        held.into_iter().for_each(|id| self.note_lost(id, "the radio went down"));
    }

    /// Balances the book.
    pub(super) fn check_frames(&mut self) {
        let radios = self.parties.iter().filter_map(|party| party.radio);
        let held = radios.flat_map(|radio| self.medium.frames(radio));
        let queued = self.queue.items().filter_map(|(_, what)| frame_of(what));
        let bundled = self.queue.commons();
        let frames = held.chain(queued).chain(bundled);
        let under_way: BTreeSet<Id> = frames.filter_map(|frame| self.identity(frame)).collect();
        let Some(checker) = &mut self.checker else { return };
        let ledger = &mut checker.ledger;
        let mut vanished = None;
        ledger.open.retain(|id, dropped| match dropped {
            _ if under_way.contains(id) => true,
            Some(reason) => {
                *ledger.lost.entry(reason).or_default() += 1;
                false
            }
            None => {
                vanished.get_or_insert(*id);
                true
            }
        });
        if let Some(id) = vanished {
            let what = format!("{} is nowhere, and nobody dropped it", self.name_of_frame(id));
            return self.violated("vanished", &[], what);
        }
        self.check_totals();
    }

    /// The book against what the applications counted.
    fn check_totals(&mut self) {
        let Some(checker) = &self.checker else { return };
        let Ledger { sent, delivered, lost, open } = &checker.ledger;
        let lost: u64 = lost.values().sum();
        let (mut sent_ever, mut delivered_ever) = (0, 0);
        for flow in &self.traffic.flows {
            let back = flow.back.iter().map(|(leg, _)| &leg.stream);
            for stream in std::iter::once(&flow.forward.stream).chain(back) {
                sent_ever += stream.sent_ever;
                delivered_ever += stream.delivered_ever;
            }
        }
        let under_way = open.len() as u64;
        if (sent_ever, delivered_ever) != (*sent, *delivered) || *sent != delivered + lost + under_way {
            let what = format!(
                "applications counted {sent_ever} frames sent and {delivered_ever} delivered; of {sent} that were seen, \
                 {delivered} were delivered, {lost} lost, and {under_way} are under way"
            );
            return self.violated("books", &[], what);
        }
        let corrupted = self.traffic.corrupted;
        if corrupted > 0 {
            self.violated(
                "content",
                &[],
                format!("{corrupted} frames arrived otherwise than they were sent"),
            );
        }
    }

    fn note_lost(&mut self, id: Id, reason: &'static str) {
        let open = self.checker.as_mut().and_then(|checker| checker.ledger.open.get_mut(&id));
        if let Some(dropped) = open {
            *dropped = Some(reason);
        }
    }

    fn drops_of(&self, rank: u32) -> u64 {
        let machine = self.states[rank as usize].machine.as_ref();
        machine.map_or(0, |machine| machine.counters().drops().map(|(_, count)| count).sum())
    }

    /// Which frame of an application it is, or carries.
    fn identity(&self, frame: &[u8]) -> Option<Id> {
        self.checker.as_ref()?;
        let marker = self.config.ethertype.to_be_bytes();
        let Content { flow, kind, number, .. } = if frame.get(12..14) == Some(&marker) {
            match Message::parse(frame, self.config.ethertype).ok()?.packet {
                PacketType::Data(Data::Upstream(data)) => packet::peek(data.payload)?,
                PacketType::Data(Data::Downstream(data)) => packet::peek(data.payload)?,
                PacketType::Control(_) => return None,
            }
        } else {
            packet::peek(frame)?
        };
        Some((flow, kind == Kind::Response, number))
    }

    fn name_of_frame(&self, (flow, response, number): Id) -> String {
        let name = self.traffic.flows.get(flow as usize).map_or("?", |flow| &flow.name);
        format!("{} {number} of flow {name}", if response { "response" } else { "frame" })
    }
}

/// The frame that an event is about.
fn frame_of(what: &What) -> Option<&Frame> {
    match what {
        What::Radio(_, frame, _) | What::Tap(frame) | What::Host(frame) | What::Emit(frame) => Some(frame),
        What::Status(_, status) => status.frame.as_ref(),
        _ => None,
    }
}
