//! Data through an RSU: vehicles' frames out, the host side's frames down.

use super::node::Rsu;
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::drops::DropReason;
use node_lib::control::node::Outbox;
use node_lib::core::{DownstreamPath, stamp_of};
use node_lib::hosts::{self, Place};
use node_lib::messages::{Data, Message, PacketType, Routing, UPSTREAM_V1_HEADER, UPSTREAM_V2_HEADER, relay};
use node_lib::resolution;
use node_lib::time::Instant;

impl Rsu {
    /// A frame of the host side goes to the OBU that its destination is behind; what has no known place is flooded,
    /// within its ration.
    pub(super) fn send_from_host(
        &mut self,
        now: Instant,
        frame: Frame,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        if self.is_ours(&frame) {
            return self.take_forwarded(now, frame, out);
        }
        let ends = self.core.accept_from_host(now, &frame)?;
        let destination = ends.0;
        if let Some(said) = resolution::read(&frame)
            && self.resolve_for_wire(now, ends, &said, out)?
        {
            return Ok(());
        }
        let segments = frame.segments();
        match self.place(now, destination) {
            Some(Place::Tap) => return Err(DropReason::LocalDestination),
            Some(Place::Obu(obu)) => self.send_to(now, obu, frame, out)?,
            None => self.flood(now, &frame, None, out)?,
        }
        self.core.counters.data_sent += segments as u64;
        Ok(())
    }

    /// A vehicle's frame leaves the radio here: to our host side, or down again to another vehicle.
    pub(super) fn upstream(
        &mut self,
        now: Instant,
        from: Mac,
        origin: Mac,
        routing: Option<Routing>,
        frame: Frame,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let (header, stamp) = match &routing {
            Some(routing) if routing.rsu != self.core.config.mac => return Err(DropReason::NotForUs),
            Some(routing) => (UPSTREAM_V2_HEADER, stamp_of(routing)),
            None => (UPSTREAM_V1_HEADER, None),
        };
        // Data that overtook other data teaches nothing, but is delivered all the same.
        let _ = self.core.learn_downstream(now, origin, from, stamp);
        let Some(hosts) = frame.get(header..).and_then(hosts::ethernet) else {
            return Err(DropReason::PayloadTooShort);
        };
        let mut frames = self.core.unseen(now, frame, stamp.map(|stamp| (origin, stamp)))?;
        frames.try_for_each(|frame| self.exit(now, origin, hosts, header, frame, out))
    }

    /// A vehicle's frame goes on from here, with `header` bytes of ours in front.
    fn exit(
        &mut self,
        now: Instant,
        origin: Mac,
        (destination, source): (Mac, Mac),
        header: usize,
        mut frame: Frame,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        self.core.hosts.learn(source, Place::Obu(origin), now);
        let said = resolution::read(&frame[header..]);
        if let Some(said) = &said {
            self.core.directory.learn(said, now);
        }
        if !destination.is_unicast()
            && let Some(said) = said
        {
            return self.resolve_for_vehicle(now, origin, (destination, source), &said, (frame, header), out);
        }
        match self.place(now, destination) {
            Some(Place::Obu(obu)) if obu == origin => Err(DropReason::LocalDestination),
            Some(Place::Obu(obu)) => {
                frame.strip_front(header);
                self.send_to(now, obu, frame, out)
            }
            Some(Place::Tap) => self.core.deliver(frame, header, out),
            None => {
                // As a switch would: to everybody but where it came from. The host side gets its copy whether or not the
                // ration allows more on the air.
                let mut inner = frame.clone();
                inner.strip_front(header);
                if let Err(reason @ DropReason::FloodRationed) = self.flood(now, &inner, Some(origin), out) {
                    self.core.counters.drop(reason);
                }
                self.core.deliver(frame, header, out)
            }
        }
    }

    /// Where a host is. One behind an OBU that is not reached through us any more is as good as unknown: it may be
    /// behind another RSU by now.
    pub(super) fn place(&self, now: Instant, host: Mac) -> Option<Place> {
        self.core.hosts.find(host, now).filter(|place| match place {
            Place::Tap => true,
            Place::Obu(obu) => self.core.downstream.get(now, *obu).is_some(),
        })
    }

    /// A frame that could not be sent to `failed` is tried again where another way is known.
    pub(super) fn resend(
        &mut self,
        now: Instant,
        failed: Mac,
        mut frame: Frame,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let again = self.core.count_resend(&mut frame);
        let PacketType::Data(Data::Downstream(data)) =
            Message::parse(&frame, self.core.config.ethertype)?.packet
        else {
            return Err(DropReason::Undeliverable);
        };
        let (destination, stamped) = (data.destination, data.routing.is_some());
        let next = match again.and_then(|()| self.core.downstream_hop(now, destination, None)) {
            Ok(next) => next,
            Err(reason) => return self.forward(now, frame, reason, out),
        };
        if next.legacy == stamped {
            // The new way speaks another version: the frame is wrapped again.
            let header = frame.len() - data.payload.len();
            frame.strip_front(header);
            return self.send_to(now, destination, frame, out);
        }
        if next.mac != failed {
            self.core.counters.data_rerouted += 1;
        }
        relay::rewrite(&mut frame, next.mac, self.core.config.mac)?;
        self.core.send_unicast(now, next.mac, frame, out);
        Ok(())
    }

    pub(super) fn send_to(
        &mut self,
        now: Instant,
        obu: Mac,
        frame: Frame,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let next = self.core.downstream_hop(now, obu, None)?;
        // The frame is numbered by us, so the exit counts us as its origin.
        let numbered_by = self.core.config.mac;
        let hop_limit = self.core.config.hop_limit;
        let stamp = self.core.next_stamp(frame.segments());
        let routing = Routing { rsu: numbered_by, stamp, flags: 0, hop_limit };
        self.core.send_downstream(
            now,
            frame,
            DownstreamPath { next, numbered_by, destination: obu, routing },
            out,
        )
    }

    /// A copy for every OBU but `except`, as far as the ration goes. `Err` if nobody got one.
    pub(super) fn flood(
        &mut self,
        now: Instant,
        frame: &Frame,
        except: Option<Mac>,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let mut obus = std::mem::take(&mut self.flooded);
        obus.clear();
        obus.extend(self.core.downstream.obus(now).filter(|obu| Some(*obu) != except));
        // An OBU that can't be reached is no reason to call the frame lost for the others, nor to spend the ration on it.
        obus.retain(|obu| self.core.downstream_hop(now, *obu, None).is_ok());
        let mut result = Err(DropReason::UnknownDestination);
        for obu in &obus {
            if !self.floods.take(now, frame.segments()) {
                if result.is_ok() {
                    self.core.counters.drop(DropReason::FloodRationed);
                } else {
                    result = Err(DropReason::FloodRationed);
                }
                break;
            }
            if let Err(reason) = self.send_to(now, *obu, frame.clone(), out) {
                self.core.counters.drop(reason);
            } else {
                result = Ok(());
            }
        }
        self.flooded = obus;
        result
    }
}
