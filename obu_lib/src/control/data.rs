//! Data through an OBU: its host's frames up, others' frames on, its own frames out.

use super::node::Obu;
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::drops::DropReason;
use node_lib::control::node::Outbox;
use node_lib::core::{COMMITTED, DownstreamPath, UNSTAMPED, UpstreamPath, stamp_of};
use node_lib::hosts::{self, Place};
use node_lib::messages::{
    Control, DOWNSTREAM_V1_HEADER, DOWNSTREAM_V2_HEADER, Data, Message, PacketType, Routing, Stamp,
    UPSTREAM_V1_HEADER, UPSTREAM_V2_HEADER, relay,
};
use node_lib::routing::NextHop;
use node_lib::time::Instant;

impl Obu {
    /// A frame of this OBU's host goes to the RSU in use.
    pub(super) fn send_from_host(
        &mut self,
        now: Instant,
        frame: Frame,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let destination = self.core.accept_from_host(now, &frame)?;
        if destination.is_unicast() && self.core.hosts.find(destination, now) == Some(Place::Tap) {
            return Err(DropReason::LocalDestination);
        }
        let (rsu, next) = self.upstream.active().ok_or(DropReason::NoRoute)?;
        let routing =
            Routing { rsu, stamp: self.core.next_stamp(), flags: 0, hop_limit: self.core.config.hop_limit };
        self.core.counters.data_sent += 1;
        let origin = self.core.config.mac;
        self.core.send_upstream(now, frame, UpstreamPath { next, origin, routing }, out);
        if !next.legacy {
            self.replies.path_refreshed(now, &self.core.config);
        }
        Ok(())
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
        let _ = self.core.learn_downstream(
            now,
            origin,
            from,
            routing.is_none(),
            routing.as_ref().and_then(stamp_of),
        );
        let Some(routing) = routing else { return self.relay_legacy_upstream(now, from, origin, frame, out) };
        let hop_limit = spend_hop(routing.hop_limit)?;
        let (rsu, flags, next) = self.towards(routing.rsu, routing.flags)?;
        if next.mac == from {
            return Err(DropReason::WouldReturn);
        }
        self.upstream.used(rsu, now);
        frame.category = hosts::category(&frame[UPSTREAM_V2_HEADER..]);
        if next.legacy {
            frame.strip_front(UPSTREAM_V2_HEADER);
            self.core.counters.data_relayed += 1;
            self.core.send_upstream(now, frame, UpstreamPath { next, origin, routing }, out);
            return Ok(());
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
            return self.core.deliver(now, frame, header, numbered, out);
        }
        let next = self.core.downstream_hop(now, destination, Some(from))?;
        let hop_limit =
            routing.map_or(Ok(self.core.config.hop_limit), |routing| spend_hop(routing.hop_limit))?;
        frame.category = hosts::category(&frame[header..]);
        match routing {
            Some(routing) if !next.legacy => {
                self.core.relay_in_place(now, frame, next.mac, routing.flags, hop_limit, out)?;
            }
            None if next.legacy => {
                relay::rewrite(&mut frame, next.mac, self.core.config.mac)?;
                self.core.counters.data_relayed += 1;
                self.core.send_unicast(now, next.mac, frame, out);
            }
            _ => {
                let routing = match routing {
                    Some(routing) => routing,
                    None => self.unstamped(self.upstream.active().ok_or(DropReason::NoRoute)?.0),
                };
                frame.strip_front(header);
                self.core.counters.data_relayed += 1;
                self.core.send_downstream(
                    now,
                    frame,
                    DownstreamPath { next, origin, destination, routing },
                    out,
                );
            }
        }
        Ok(())
    }

    /// A frame that could not be sent to `failed` leaves by whatever next hop is in use now.
    pub(super) fn resend(
        &mut self,
        now: Instant,
        failed: Mac,
        mut frame: Frame,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        if frame.resends >= MOST_RESENDS {
            return Err(DropReason::Undeliverable);
        }
        frame.resends += 1;
        let message = Message::parse(&frame, self.core.config.ethertype)?;
        let next = match message.packet {
            // A heartbeat is a broadcast and has no status.
            PacketType::Control(Control::Heartbeat(_)) => return Err(DropReason::Undeliverable),
            PacketType::Control(Control::HeartbeatReply(reply)) => {
                self.upstream.next_hop(reply.source).ok_or(DropReason::NoRoute)?
            }
            PacketType::Data(Data::Upstream(data)) => {
                let (origin, routing) = (data.origin, data.routing);
                let next = self.redirect(origin, routing, &mut frame)?;
                if next.legacy != routing.is_none() {
                    let header = if routing.is_some() { UPSTREAM_V2_HEADER } else { UPSTREAM_V1_HEADER };
                    let rsu = self.upstream.active().ok_or(DropReason::NoRoute)?.0;
                    frame.strip_front(header);
                    let routing = routing.unwrap_or_else(|| self.unstamped(rsu));
                    self.core.counters.data_rerouted += 1;
                    self.core.send_upstream(now, frame, UpstreamPath { next, origin, routing }, out);
                    return Ok(());
                }
                next
            }
            PacketType::Data(Data::Downstream(data)) => {
                // What came from above must not go back up.
                let above = data.routing.and_then(|routing| self.upstream.next_hop(routing.rsu));
                self.core.downstream_hop(now, data.destination, above.map(|next| next.mac))?
            }
        };
        if next.mac != failed {
            self.core.counters.data_rerouted += 1;
        }
        relay::rewrite(&mut frame, next.mac, self.core.config.mac)?;
        self.core.send_unicast(now, next.mac, frame, out);
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
        self.core.counters.data_relayed += 1;
        if next.legacy {
            frame.category = hosts::category(&frame[UPSTREAM_V1_HEADER..]);
            relay::rewrite(&mut frame, next.mac, self.core.config.mac)?;
            self.core.send_unicast(now, next.mac, frame, out);
        } else {
            frame.strip_front(UPSTREAM_V1_HEADER);
            let routing = self.unstamped(rsu);
            self.core.send_upstream(now, frame, UpstreamPath { next, origin, routing }, out);
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

/// The hop limit that a relay passes on.
fn spend_hop(hop_limit: u8) -> Result<u8, DropReason> {
    if hop_limit <= 1 { Err(DropReason::HopLimit) } else { Ok(hop_limit - 1) }
}

/// Times that a frame is sent again by one node: a retry on the same link and as many other next hops as are kept.
const MOST_RESENDS: u8 = 4;
