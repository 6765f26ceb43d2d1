//! Data through an OBU: its host's frames up, others' frames on, its own frames out.

use super::node::Obu;
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::drops::DropReason;
use node_lib::control::node::{Outbox, Reply};
use node_lib::core::{COMMITTED, DownstreamPath, UNSTAMPED, UpstreamPath, stamp_of};
use node_lib::hosts::{self, Place};
use node_lib::messages::{
    Control, DOWNSTREAM_V1_HEADER, DOWNSTREAM_V2_HEADER, Data, Extensions, HeartbeatReply, Message,
    PacketType, Routing, Stamp, UPSTREAM_V1_HEADER, UPSTREAM_V2_HEADER, relay,
};
use node_lib::resolution::{self, Said};
use node_lib::routing::NextHop;
use node_lib::time::Instant;
use std::net::IpAddr;

impl Obu {
    /// A frame of this OBU's host goes to the RSU in use.
    pub(super) fn send_from_host(
        &mut self,
        now: Instant,
        frame: Frame,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let ends = self.core.accept_from_host(now, &frame)?;
        let destination = ends.0;
        if destination.is_unicast() && self.core.hosts.find(destination, now) == Some(Place::Tap) {
            return Err(DropReason::LocalDestination);
        }
        if let Some(said) = resolution::read(&frame)
            && self.answer_host(now, ends, &said, out)?
        {
            return Ok(());
        }
        let (rsu, next) = self.upstream.active().ok_or(DropReason::NoRoute)?;
        let segments = frame.segments();
        let stamp = self.core.next_stamp(segments);
        let routing = Routing { rsu, stamp, flags: 0, hop_limit: self.core.config.hop_limit };
        let origin = self.core.config.mac;
        self.core.send_upstream(now, frame, UpstreamPath { next, origin, routing }, out)?;
        self.core.counters.data_sent += segments as u64;
        if !next.legacy && self.replies.has_told(rsu, self.upstream.epoch(rsu)) {
            self.replies.path_refreshed(now, &self.core.config);
        }
        Ok(())
    }

    /// A frame of address resolution by this OBU's host. True if it was answered here.
    fn answer_host(
        &mut self,
        now: Instant,
        ends: (Mac, Mac),
        said: &Said,
        out: &mut Outbox,
    ) -> Result<bool, DropReason> {
        self.core.directory.learn(said, now);
        let Some((owner, answer)) = self.core.answer(now, said, ends) else { return Ok(false) };
        if self.core.hosts.find(owner, now) == Some(Place::Tap) {
            return Err(DropReason::LocalDestination);
        }
        self.core.counters.answered_at_edge += 1;
        out.replies.push(Reply::TapFlat(answer));
        Ok(true)
    }

    /// Tells an RSU, and what is behind it, of the hosts behind this OBU: each by the addresses that are known of it. False
    /// if there was none to tell of.
    pub(super) fn announce_hosts(&mut self, now: Instant, rsu: Mac, next: NextHop, out: &mut Outbox) -> bool {
        let mut announced = false;
        for host in self.core.hosts.at_tap(now, MOST_ANNOUNCED) {
            let known: Vec<IpAddr> =
                self.core.directory.addresses_of(host, now).take(MOST_ADDRESSES).collect();
            let frames = match known.is_empty() {
                true => vec![resolution::announcement(None, host)],
                false => known.iter().map(|address| resolution::announcement(Some(*address), host)).collect(),
            };
            for frame in frames {
                let stamp = self.core.next_stamp(1);
                let routing = Routing { rsu, stamp, flags: 0, hop_limit: self.core.config.hop_limit };
                let path = UpstreamPath { next, origin: self.core.config.mac, routing };
                match self.core.send_upstream(now, frame, path, out) {
                    Ok(()) => {
                        self.core.counters.hosts_announced += 1;
                        announced = true;
                    }
                    Err(reason) => {
                        self.core.counters.drop(reason);
                    }
                }
            }
        }
        announced
    }

    /// A frame of somebody below us goes on to the RSU it names (N4), and the way back is learned from it.
    pub(super) fn relay_upstream(
        &mut self,
        now: Instant,
        from: Mac,
        origin: Mac,
        routing: Option<Routing>,
        mut frame: Frame,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        if origin == self.core.config.mac {
            return Err(DropReason::OwnFrame);
        }
        // Frames overtake each other, so an old stamp is no reason to drop data; it just teaches nothing.
        let _ = self.core.learn_downstream(now, origin, from, routing.as_ref().and_then(stamp_of));
        let Some(routing) = routing else { return self.relay_legacy_upstream(now, from, origin, frame, out) };
        let hop_limit = spend_hop(routing.hop_limit)?;
        let (rsu, flags, next) = self.towards(routing.rsu, routing.flags)?;
        if next.mac == from {
            return Err(DropReason::WouldReturn);
        }
        self.upstream.used(rsu, now);
        frame.came_from = Some(from);
        frame.category = hosts::category(&frame[UPSTREAM_V2_HEADER..]);
        if next.legacy {
            frame.strip_front(UPSTREAM_V2_HEADER);
            self.core.count_relayed(&frame);
            return self.core.send_upstream(now, frame, UpstreamPath { next, origin, routing }, out);
        }
        if rsu != routing.rsu {
            relay::set_rsu(&mut frame, rsu)?;
        }
        self.core.relay_in_place(now, frame, next.mac, flags, hop_limit, out)?;
        Ok(())
    }

    /// A frame from above: for our host, or for somebody below us.
    pub(super) fn downstream(
        &mut self,
        now: Instant,
        from: Mac,
        (origin, destination): (Mac, Mac),
        routing: Option<Routing>,
        mut frame: Frame,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let header = if routing.is_some() { DOWNSTREAM_V2_HEADER } else { DOWNSTREAM_V1_HEADER };
        if destination == self.core.config.mac {
            let numbered = routing.as_ref().and_then(stamp_of).map(|stamp| (origin, stamp));
            if let Some(said) = frame.get(header..).and_then(resolution::read) {
                self.core.directory.learn(&said, now);
            }
            let mut frames = self.core.unseen(now, frame, numbered)?;
            return frames.try_for_each(|frame| self.core.deliver(frame, header, out));
        }
        let next = self.core.downstream_hop(now, destination, Some(from))?;
        let hop_limit =
            routing.map_or(Ok(self.core.config.hop_limit), |routing| spend_hop(routing.hop_limit))?;
        frame.came_from = Some(from);
        frame.category = hosts::category(&frame[header..]);
        match routing {
            Some(routing) if !next.legacy => {
                self.core.relay_in_place(now, frame, next.mac, routing.flags, hop_limit, out)?;
            }
            None if next.legacy => {
                relay::rewrite(&mut frame, next.mac, self.core.config.mac)?;
                self.core.count_relayed(&frame);
                self.core.send_unicast(now, next.mac, frame, out);
            }
            _ => {
                frame.strip_front(header);
                self.core.count_relayed(&frame);
                self.convert_downstream(now, frame, next, (origin, destination), routing, out)?;
            }
        }
        Ok(())
    }

    /// Sends a host's frame down in the version that the next hop speaks, where it came in the other one.
    fn convert_downstream(
        &mut self,
        now: Instant,
        frame: Frame,
        next: NextHop,
        (numbered_by, destination): (Mac, Mac),
        routing: Option<Routing>,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let routing = match routing {
            Some(routing) => routing,
            None => self.unstamped(self.upstream.active().ok_or(DropReason::NoRoute)?.0),
        };
        self.core.send_downstream(now, frame, DownstreamPath { next, numbered_by, destination, routing }, out)
    }

    /// A frame that could not be sent to `failed` leaves by whatever next hop is in use now, in the version that it
    /// speaks, but never back to where it came from (N7).
    pub(super) fn resend(
        &mut self,
        now: Instant,
        failed: Mac,
        mut frame: Frame,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        self.core.count_resend(&mut frame)?;
        let came_from = frame.came_from;
        let message = Message::parse(&frame, self.core.config.ethertype)?;
        let header = match message.packet {
            PacketType::Data(Data::Upstream(data)) => frame.len() - data.payload.len(),
            PacketType::Data(Data::Downstream(data)) => frame.len() - data.payload.len(),
            PacketType::Control(_) => 0,
        };
        let next = match message.packet {
            // A heartbeat is a broadcast and has no status.
            PacketType::Control(Control::Heartbeat(_)) => return Err(DropReason::Undeliverable),
            PacketType::Control(Control::HeartbeatReply(reply)) => {
                let next = self.upstream.next_hop(reply.source).ok_or(DropReason::NoRoute)?;
                let mut senders = reply.extensions.senders().map(|(sender, _)| sender).chain([reply.sender]);
                if senders.any(|sender| self.would_return(now, sender, next.mac)) {
                    return Err(DropReason::WouldReturn);
                }
                if next.legacy && !reply.extensions.is_empty() {
                    return self.resend_to_legacy(now, next.mac, &frame, out);
                }
                next
            }
            PacketType::Data(Data::Upstream(data)) => {
                let (origin, routing) = (data.origin, data.routing);
                let next = self.redirect(origin, routing, &mut frame)?;
                if Some(next.mac) == came_from {
                    return Err(DropReason::WouldReturn);
                }
                self.count_rerouted(next, failed);
                if next.legacy == routing.is_some() {
                    let rsu = self.upstream.active().ok_or(DropReason::NoRoute)?.0;
                    frame.strip_front(header);
                    let routing = routing.unwrap_or_else(|| self.unstamped(rsu));
                    return self.core.send_upstream(now, frame, UpstreamPath { next, origin, routing }, out);
                }
                next
            }
            PacketType::Data(Data::Downstream(data)) => {
                let (ends, routing) = ((data.origin, data.destination), data.routing);
                let next = self.core.downstream_hop(now, data.destination, came_from)?;
                self.count_rerouted(next, failed);
                if next.legacy == routing.is_some() {
                    frame.strip_front(header);
                    return self.convert_downstream(now, frame, next, ends, routing, out);
                }
                next
            }
        };
        relay::rewrite(&mut frame, next.mac, self.core.config.mac)?;
        self.core.send_unicast(now, next.mac, frame, out);
        Ok(())
    }

    fn count_rerouted(&mut self, next: NextHop, failed: Mac) {
        self.core.counters.data_rerouted += u64::from(next.mac != failed);
    }

    /// A reply of several senders, for a next hop that knows one a frame.
    fn resend_to_legacy(
        &mut self,
        now: Instant,
        to: Mac,
        frame: &Frame,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let message = Message::parse(frame, self.core.config.ethertype)?;
        if let PacketType::Control(Control::HeartbeatReply(reply)) = message.packet {
            for (sender, _) in reply.extensions.senders() {
                let bare = HeartbeatReply { sender, extensions: Extensions::EMPTY, ..reply };
                self.core.send_reply(now, to, bare, out);
            }
        }
        Ok(())
    }

    /// Version 1 names no RSU: ours is as good as any. It has no hop limit either, but never goes back (N7).
    fn relay_legacy_upstream(
        &mut self,
        now: Instant,
        from: Mac,
        origin: Mac,
        mut frame: Frame,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let (rsu, next) = self.upstream.active().ok_or(DropReason::NoRoute)?;
        if next.mac == from {
            return Err(DropReason::WouldReturn);
        }
        self.upstream.used(rsu, now);
        frame.came_from = Some(from);
        self.core.count_relayed(&frame);
        if next.legacy {
            frame.category = hosts::category(&frame[UPSTREAM_V1_HEADER..]);
            relay::rewrite(&mut frame, next.mac, self.core.config.mac)?;
            self.core.send_unicast(now, next.mac, frame, out);
        } else {
            frame.strip_front(UPSTREAM_V1_HEADER);
            let routing = self.unstamped(rsu);
            self.core.send_upstream(now, frame, UpstreamPath { next, origin, routing }, out)?;
        }
        Ok(())
    }

    /// The next hop for the RSU that a frame names. Where that became unreachable the frame may change to the RSU that
    /// we use, once in its life.
    fn towards(&self, named: Mac, flags: u8) -> Result<(Mac, u8, NextHop), DropReason> {
        if let Some(next) = self.upstream.next_hop(named) {
            return Ok((named, flags, next));
        }
        if flags & COMMITTED != 0 {
            return Err(DropReason::NoRoute);
        }
        let (rsu, next) = self.upstream.active().ok_or(DropReason::NoRoute)?;
        Ok((rsu, flags | COMMITTED, next))
    }

    /// The next hop for an upstream frame that failed; names another RSU in it where that is needed. For frames of our
    /// own host the choice is ours and costs them nothing.
    fn redirect(
        &self,
        origin: Mac,
        routing: Option<Routing>,
        frame: &mut Frame,
    ) -> Result<NextHop, DropReason> {
        let Some(routing) = routing else {
            return self.upstream.active().map(|(_, next)| next).ok_or(DropReason::NoRoute);
        };
        let (rsu, mut flags, next) = self.towards(routing.rsu, routing.flags)?;
        if rsu != routing.rsu {
            if origin == self.core.config.mac {
                flags = routing.flags;
            }
            relay::set_rsu(frame, rsu)?;
            relay::set_flags(frame, flags)?;
        }
        Ok(next)
    }

    fn unstamped(&self, rsu: Mac) -> Routing {
        let stamp = Stamp { boot: 0, seq: 0 };
        Routing { rsu, stamp, flags: UNSTAMPED, hop_limit: self.core.config.hop_limit }
    }
}

/// Hosts that a new RSU is told of at once, and addresses of each.
const MOST_ANNOUNCED: usize = 16;
const MOST_ADDRESSES: usize = 4;

/// The hop limit that a relay passes on.
fn spend_hop(hop_limit: u8) -> Result<u8, DropReason> {
    if hop_limit <= 1 { Err(DropReason::HopLimit) } else { Ok(hop_limit - 1) }
}
