//! What an RSU does at the edge of the air: it answers for hosts, keeps broadcasts off the air that nobody there has a use for,
//! and hands on what an OBU left behind when it went to another RSU.

use super::node::Rsu;
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::drops::DropReason;
use node_lib::control::node::{Outbox, Reply};
use node_lib::core::{DownstreamPath, FORWARDED};
use node_lib::hosts::{self, Place};
use node_lib::messages::{self, DOWNSTREAM_V2_HEADER, Data, Message, PacketType, relay};
use node_lib::resolution::Said;
use node_lib::time::Instant;
use std::convert::Infallible;

impl Rsu {
    /// A frame of address resolution from the wired side. True if nothing more is to be done.
    ///
    /// # Errors
    /// [`DropReason::KeptOffAir`] for what vehicles need not hear.
    pub(super) fn resolve_for_wire(
        &mut self,
        now: Instant,
        ends: (Mac, Mac),
        said: &Said,
        out: &mut Outbox,
    ) -> Result<bool, DropReason> {
        let news = self.is_news(now, said);
        self.core.directory.learn(said, now);
        if ends.0.is_unicast() {
            return Ok(false);
        }
        match said {
            Said::Asks { .. } => {
                let Some((owner, answer)) = self.core.answer(now, said, ends) else { return Ok(false) };
                match self.place(now, owner) {
                    Some(Place::Obu(_)) => {
                        self.core.counters.answered_at_edge += 1;
                        out.replies.push(Reply::TapFlat(answer));
                        Ok(true)
                    }
                    // Who asks hears the answer there.
                    Some(Place::Tap) => Err(DropReason::KeptOffAir),
                    None => Ok(false),
                }
            }
            // Of hosts that moved to another RSU; vehicles know them by the same address as before.
            Said::Tells { .. } if !news => Err(DropReason::KeptOffAir),
            Said::Tells { .. } => Ok(false),
            Said::ForRouters => Err(DropReason::KeptOffAir),
        }
    }

    /// A broadcast of address resolution by a host behind `origin`, with `header` bytes of ours in front.
    pub(super) fn resolve_for_vehicle(
        &mut self,
        now: Instant,
        origin: Mac,
        (destination, source): (Mac, Mac),
        said: &Said,
        (frame, header): (Frame, usize),
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        if let Some((owner, answer)) = self.core.answer(now, said, (destination, source)) {
            match self.place(now, owner) {
                Some(Place::Obu(obu)) if obu == origin => return Err(DropReason::LocalDestination),
                Some(_) => {
                    self.core.counters.answered_at_edge += 1;
                    return self.send_to(now, origin, answer, out);
                }
                None => {}
            }
        }
        // Probes and announcements too are for the wire alone: hosts behind other vehicles are in the directory, or have never
        // said anything.
        if let Said::Asks { asker: Some(_), .. } = said {
            let mut inner = frame.clone();
            inner.strip_front(header);
            if let Err(reason @ DropReason::FloodRationed) = self.flood(now, &inner, Some(origin), out) {
                self.core.counters.drop(reason);
            }
        }
        self.core.deliver(frame, header, out)
    }

    /// Whether it was told of another owner before.
    fn is_news(&self, now: Instant, said: &Said) -> bool {
        match said {
            Said::Tells { address: Some(address), mac, .. } => {
                self.core.directory.find(*address, now).is_some_and(|owner| owner != *mac)
            }
            _ => false,
        }
    }

    /// Whether a frame of the wired side is another RSU's.
    pub(super) fn is_ours(&self, frame: &[u8]) -> bool {
        frame.get(12..14) == Some(&self.core.config.ethertype.to_be_bytes())
    }

    /// A frame that can't be sent to its OBU any more, for `reason`: if the wire has told that its host is there by now, the
    /// other RSUs get it, one of which reaches it.
    pub(super) fn forward(
        &mut self,
        now: Instant,
        mut frame: Frame,
        reason: DropReason,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let PacketType::Data(Data::Downstream(data)) =
            Message::parse(&frame, self.core.config.ethertype)?.packet
        else {
            return Err(reason);
        };
        let Some(routing) = data.routing.filter(|routing| routing.flags & FORWARDED == 0) else {
            return Err(reason);
        };
        let host = hosts::ethernet(data.payload).map(|(host, _)| host);
        if host.and_then(|host| self.core.hosts.find(host, now)) != Some(Place::Tap) {
            return Err(reason);
        }
        if frame.longest() > LONGEST_ON_WIRE {
            return Err(DropReason::TooLong);
        }
        relay::rewrite(&mut frame, Mac::BROADCAST, self.core.config.mac)?;
        relay::set_flags(&mut frame, routing.flags | FORWARDED)?;
        self.core.counters.data_forwarded += frame.segments() as u64;
        let Ok(()) = messages::each_segment(frame, |segment| {
            out.replies.push(Reply::TapFlat(segment));
            Ok::<(), Infallible>(())
        });
        Ok(())
    }

    /// A frame that another RSU hands on: for an OBU of ours, or not for us.
    pub(super) fn take_forwarded(
        &mut self,
        now: Instant,
        mut frame: Frame,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let message = Message::parse(&frame, self.core.config.ethertype)?;
        if message.from == self.core.config.mac {
            return Err(DropReason::OwnFrame);
        }
        let PacketType::Data(Data::Downstream(data)) = message.packet else {
            return Err(DropReason::NotForUs);
        };
        let (numbered_by, destination) = (data.origin, data.destination);
        let Some(routing) = data.routing.filter(|routing| routing.flags & FORWARDED != 0) else {
            return Err(DropReason::NotForUs);
        };
        let next = self.core.downstream_hop(now, destination, None).map_err(|_| DropReason::NotForUs)?;
        if next.legacy {
            frame.strip_front(DOWNSTREAM_V2_HEADER);
            let path = DownstreamPath { next, numbered_by, destination, routing };
            return self.core.send_downstream(now, frame, path, out);
        }
        frame.category = hosts::category(&frame[DOWNSTREAM_V2_HEADER..]);
        let hop_limit = self.core.config.hop_limit;
        self.core.relay_in_place(now, frame, next.mac, routing.flags, hop_limit, out)?;
        Ok(())
    }
}

/// An Ethernet frame of 1500 bytes and its header: what any wire carries.
const LONGEST_ON_WIRE: usize = 1514;
