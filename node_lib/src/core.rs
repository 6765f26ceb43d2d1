//! What every role is made of: the verbs that OBU and RSU share.

use crate::addr::Mac;
use crate::buffer_pool::{AccessCategory, Frame};
use crate::control::config::NodeConfig;
use crate::control::drops::{Counters, DropReason};
use crate::control::node::{Outbox, Reply, TxOutcome, TxStatus};
use crate::hosts::{self, Hosts};
use crate::messages::{
    Control, DOWNSTREAM_V2_HEADER, Data, ExtensionBuf, Heartbeat, HeartbeatReply, Message, PacketType,
    ParseError, Path, Routing, Stamp, UPSTREAM_V2_HEADER, relay, wrap_downstream, wrap_upstream,
};
use crate::resolution::{self, Directory, Said};
use crate::routing::{DownstreamTable, Learned, Neighbours, NextHop, Repeats, Seen, View};
use crate::time::{Instant, Steady};
use std::time::Duration;

/// Flag of a data frame: its RSU was replaced once by a relay that could not reach the first one.
pub const COMMITTED: u8 = 0b001;
/// Flag of a data frame: it comes from a legacy OBU, which numbers nothing; its stamp says nothing.
pub const UNSTAMPED: u8 = 0b010;
/// Flag of a data frame: an RSU that lost its OBU handed it to the other RSUs on its wire.
pub const FORWARDED: u8 = 0b100;

/// The shared part of a node.
#[derive(Debug)]
pub struct Core {
    /// The settings.
    pub config: NodeConfig,
    /// What was counted.
    pub counters: Counters,
    /// Everyone we hear.
    pub neighbours: Neighbours,
    /// Which neighbour leads to which OBU.
    pub downstream: DownstreamTable,
    /// Which host is where.
    pub hosts: Hosts,
    /// Which host has which address.
    pub directory: Directory,
    /// What the exit has delivered.
    pub repeats: Repeats,
    /// The latest time at which this node did something, as it counts time itself.
    pub told: Instant,
    /// From the time that this node is told to its own: what a role's methods are called with goes through here first.
    pub steady: Steady,
    started: Instant,
    /// The next heartbeat's PATH counter.
    beats: u16,
    /// The next stamp's number.
    seq: u32,
    outstanding: u32,
    probe: Option<(Mac, Instant)>,
}

/// What follows from a transmit status.
#[derive(Debug)]
pub enum Verdict {
    /// Nothing more to do.
    Settled,
    /// The frame is still to be sent.
    Resend(Frame),
    /// The neighbour has just been given up; the frame, if the link layer still had it, is still to be sent.
    Failed(Option<Frame>),
}

impl Core {
    /// A node that starts now.
    pub fn new(config: NodeConfig, now: Instant) -> Self {
        let config = config.within_limits();
        // A missed refreshment or two must not end an entry; three do.
        let lifetime = config.reply_interval * 3 + config.reply_interval / 2;
        Core {
            counters: Counters::default(),
            neighbours: Neighbours::new(config.airtime, config.heartbeat_interval),
            downstream: DownstreamTable::new(config.max_downstream, lifetime, config.max_age),
            hosts: Hosts::new(config.max_hosts),
            directory: Directory::new(config.max_hosts * ADDRESSES_EACH),
            repeats: Repeats::new(config.max_downstream),
            told: now,
            steady: Steady::new(now),
            started: now,
            // A restarted node's counter must not seem to go on from where it stopped.
            beats: config.key.with(FIRST_COUNTER).with(u64::from(config.boot)).bits() as u16,
            seq: 0,
            outstanding: 0,
            probe: None,
            config,
        }
    }

    /// What decisions are made from.
    pub fn view(&self, now: Instant) -> View<'_> {
        View { now, neighbours: &self.neighbours, config: &self.config }
    }

    /// Time since this node started.
    pub fn uptime(&self, now: Instant) -> Duration {
        now.since(self.started)
    }

    /// The time is `now`, and something is to be done; gives the time as this node counts it.
    #[inline]
    pub fn tell(&mut self, now: Instant) -> Instant {
        self.told = self.steady.tell(now);
        self.told
    }

    /// Calls `each` with the name of every table, how much it holds, and the most that it may.
    pub fn tables(&self, mut each: impl FnMut(&'static str, usize, usize)) {
        let (neighbours, most) = self.neighbours.fill();
        each("neighbours", neighbours, most);
        each("downstream entries", self.downstream.held(), self.config.max_downstream);
        each("hosts", self.hosts.held(), self.config.max_hosts.max(1));
        each("addresses", self.directory.held(), (self.config.max_hosts * ADDRESSES_EACH).max(1));
        each("windows", self.repeats.held(), self.config.max_downstream.max(1));
    }

    /// Parses a frame from the radio and makes sure that it is somebody else's and for us.
    #[inline]
    pub fn receive<'a>(&mut self, now: Instant, frame: &'a [u8]) -> Result<Message<'a>, DropReason> {
        let message = Message::parse(frame, self.config.ethertype).map_err(DropReason::from)?;
        if message.from == self.config.mac {
            return Err(DropReason::OwnFrame);
        }
        if message.to != self.config.mac && !message.to.is_broadcast() {
            return Err(DropReason::NotForUs);
        }
        let heartbeat = matches!(message.packet, PacketType::Control(Control::Heartbeat(_)));
        // Whatever else is sent to everybody would be relayed by everybody.
        if message.to.is_broadcast() && !heartbeat {
            return Err(DropReason::NotForUs);
        }
        let ours = match &message.packet {
            PacketType::Control(Control::Heartbeat(heartbeat)) => heartbeat.extensions.path().is_some(),
            PacketType::Control(Control::HeartbeatReply(reply)) => !reply.extensions.is_empty(),
            PacketType::Data(Data::Upstream(data)) => data.routing.is_some(),
            PacketType::Data(Data::Downstream(data)) => data.routing.is_some(),
        };
        if let Some(link) = self.neighbours.hear(message.from, now) {
            link.ours |= ours;
        }
        Ok(message)
    }

    /// Notes what a heartbeat says of the link it came over.
    pub fn note_heartbeat(&mut self, now: Instant, from: Mac, heartbeat: &Heartbeat<'_>) {
        let Some(link) = self.neighbours.get_mut(from) else { return };
        if let Some(path) = heartbeat.extensions.path() {
            link.count(path.counter, self.config.airtime);
        }
        if heartbeat.extensions.heard().any(|heard| heard == self.config.mac) {
            link.name_us(now);
        }
    }

    /// Broadcasts a heartbeat for `source`, with the protected extensions as they are and PATH and HEARD of our own.
    /// Returns whether it was sent.
    pub fn send_heartbeat(&mut self, now: Instant, announcement: Announcement<'_>, out: &mut Outbox) -> bool {
        let lately = self.config.heartbeat_interval * HEARD_LATELY;
        let mut heard = [Mac::default(); 4];
        let since = Instant::from_micros(now.as_micros().saturating_sub(lately.as_micros() as u64));
        let count = self.neighbours.take_turns(since, &mut heard);

        let mut extensions = ExtensionBuf::new();
        let Announcement { source, duration_ms, id, hops, lag, class, cost, protected } = announcement;
        let path = Path { lag, class, cost, counter: self.beats };
        let fits = extensions
            .push_raw(protected)
            .and_then(|()| extensions.push_path(path))
            .and_then(|()| if count > 0 { extensions.push_heard(&heard[..count]) } else { Ok(()) });
        if fits.is_err() {
            // Protected extensions so long that ours don't fit beside them: no relay can carry them.
            self.counters.drop(DropReason::BadExtension);
            return false;
        }
        self.beats = self.beats.wrapping_add(1);
        let heartbeat = Heartbeat { duration_ms, id, hops, source, extensions: extensions.as_extensions() };
        let frame = self.control(Mac::BROADCAST, Control::Heartbeat(heartbeat));
        out.replies.push(Reply::WireFlat(frame));
        true
    }

    /// Sends a reply towards an RSU.
    pub fn send_reply(&mut self, now: Instant, to: Mac, reply: HeartbeatReply<'_>, out: &mut Outbox) {
        let frame = self.control(to, Control::HeartbeatReply(reply));
        self.counters.replies_sent += 1;
        self.send_unicast(now, to, frame, out);
    }

    /// Sends a frame that is whole, towards the neighbour it names.
    #[inline]
    pub fn send_unicast(&mut self, now: Instant, to: Mac, frame: Frame, out: &mut Outbox) {
        if self.config.tx_status {
            // Only a frame that meets an idle radio measures the link and not our own queue.
            if self.outstanding == 0 {
                self.probe = Some((to, now));
            }
            self.outstanding += 1;
        }
        out.replies.push(Reply::WireFlat(frame));
    }

    /// Counts that a frame is sent again by this node.
    ///
    /// # Errors
    /// [`DropReason::Undeliverable`] once that has happened often enough.
    pub fn count_resend(&self, frame: &mut Frame) -> Result<(), DropReason> {
        if frame.resends >= MOST_RESENDS {
            return Err(DropReason::Undeliverable);
        }
        frame.resends += 1;
        Ok(())
    }

    /// The next number of this node's replies and data, for a frame that takes `count` of them: a train has one for each
    /// of its segments.
    pub fn next_stamp(&mut self, count: usize) -> Stamp {
        let first = Stamp { boot: self.config.boot, seq: self.seq.wrapping_add(1) };
        self.seq = self.seq.wrapping_add(count as u32);
        first
    }

    /// Learns from what became of a unicast.
    pub fn settle(&mut self, now: Instant, status: TxStatus) -> Verdict {
        let TxStatus { to, outcome, attempts, frame } = status;
        self.outstanding = self.outstanding.saturating_sub(1);
        let probe = self.probe.take_if(|(mac, _)| *mac == to);
        match outcome {
            TxOutcome::Acked => {
                if let Some(link) = self.neighbours.get_mut(to) {
                    link.acked(attempts, self.config.airtime);
                    if let Some((_, sent)) = probe
                        && attempts == 1
                    {
                        let airtime = self.config.airtime;
                        link.round_trip(now.since(sent).saturating_sub(airtime), airtime);
                    }
                }
                Verdict::Settled
            }
            // Never on the air: the link layer's queue was full, and it has counted that.
            TxOutcome::Unacked if attempts == 0 => Verdict::Settled,
            TxOutcome::Unacked => {
                let (limit, airtime) = (self.config.tx_failures.max(1), self.config.airtime);
                let failed = self.neighbours.sent(to, now).is_some_and(|link| {
                    let failed = !link.failed && link.unacked(attempts, airtime) >= limit;
                    if failed {
                        link.fail();
                    }
                    failed
                });
                self.undelivered(failed, frame)
            }
            TxOutcome::SendError => {
                let failed = self.neighbours.sent(to, now).is_some_and(|link| {
                    let failed = !link.failed;
                    link.fail();
                    failed
                });
                self.undelivered(failed, frame)
            }
            TxOutcome::Withdrawn => self.undelivered(false, frame),
        }
    }

    fn undelivered(&mut self, failed: bool, frame: Option<Frame>) -> Verdict {
        if frame.is_none() {
            self.counters.drop(DropReason::Undeliverable);
        }
        match frame {
            frame if failed => Verdict::Failed(frame),
            Some(frame) => Verdict::Resend(frame),
            None => Verdict::Settled,
        }
    }

    /// Puts an Upstream header in front of a host's frame and sends it. Legacy next hops get version 1.
    ///
    /// # Errors
    /// [`DropReason::TooLong`] where the radio can't carry the frame with its header.
    #[inline]
    pub fn send_upstream(
        &mut self,
        now: Instant,
        mut frame: Frame,
        path: UpstreamPath,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let UpstreamPath { next, origin, routing } = path;
        frame.category = hosts::category(&frame);
        let routing = (!next.legacy).then_some(routing);
        wrap_upstream(&mut frame, next.mac, self.config.mac, self.config.ethertype, origin, routing);
        self.send_wrapped(now, next, frame, out)
    }

    /// Puts a Downstream header in front of a host's frame and sends it. Version 2 names whose number the frame carries
    /// as its origin; legacy next hops get version 1, whose origin is the host that sent it.
    ///
    /// # Errors
    /// [`DropReason::TooLong`] where the radio can't carry the frame with its header.
    #[inline]
    pub fn send_downstream(
        &mut self,
        now: Instant,
        mut frame: Frame,
        path: DownstreamPath,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let DownstreamPath { next, numbered_by, destination, routing } = path;
        let origin = match hosts::ethernet(&frame) {
            Some((_, host)) if next.legacy && host.is_unicast() => host,
            _ => numbered_by,
        };
        frame.category = hosts::category(&frame);
        let routing = (!next.legacy).then_some(routing);
        wrap_downstream(
            &mut frame,
            next.mac,
            self.config.mac,
            self.config.ethertype,
            origin,
            destination,
            routing,
        );
        self.send_wrapped(now, next, frame, out)
    }

    fn send_wrapped(
        &mut self,
        now: Instant,
        next: NextHop,
        frame: Frame,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        if frame.longest() > self.config.radio_mtu {
            return Err(DropReason::TooLong);
        }
        self.send_unicast(now, next.mac, frame, out);
        Ok(())
    }

    /// Relays a data frame of version 2 where it lies: new addresses, new flags and hop limit, nothing else.
    #[inline]
    pub fn relay_in_place(
        &mut self,
        now: Instant,
        mut frame: Frame,
        to: Mac,
        flags: u8,
        hop_limit: u8,
        out: &mut Outbox,
    ) -> Result<(), ParseError> {
        relay::rewrite(&mut frame, to, self.config.mac)?;
        relay::set_flags_and_hop_limit(&mut frame, flags, hop_limit)?;
        self.count_relayed(&frame);
        self.send_unicast(now, to, frame, out);
        Ok(())
    }

    /// Learns the way to `obu`; `Err` where the stamp is not newer.
    pub fn learn_downstream(
        &mut self,
        now: Instant,
        obu: Mac,
        via: Mac,
        stamp: Option<Stamp>,
    ) -> Result<(), DropReason> {
        if obu == self.config.mac {
            return Err(DropReason::OwnFrame);
        }
        match self.downstream.learn(now, obu, via, stamp) {
            Learned::Newer => Ok(()),
            Learned::Same => Err(DropReason::Repeat),
            Learned::Stale => Err(DropReason::StaleStamp),
            Learned::Full => Err(DropReason::TableFull),
        }
    }

    /// The neighbour that leads to `obu`, unless that is where the frame came from or it doesn't answer any more.
    #[inline]
    pub fn downstream_hop(
        &self,
        now: Instant,
        obu: Mac,
        came_from: Option<Mac>,
    ) -> Result<NextHop, DropReason> {
        let entry = self.downstream.get(now, obu).ok_or(DropReason::NoDownstream)?;
        if Some(entry.via) == came_from {
            return Err(DropReason::WouldReturn);
        }
        if self.neighbours.failed(entry.via) {
            return Err(DropReason::Undeliverable);
        }
        let legacy = !self.neighbours.get(entry.via).is_some_and(|link| link.ours);
        Ok(NextHop { mac: entry.via, legacy })
    }

    /// The exit: takes the header off and gives the frame to the host.
    pub fn deliver(&mut self, mut frame: Frame, header: usize, out: &mut Outbox) -> Result<(), DropReason> {
        frame.strip_front(header);
        if frame.len() < ETHERNET_HEADER {
            return Err(DropReason::PayloadTooShort);
        }
        self.counters.data_delivered += frame.segments() as u64;
        out.replies.push(Reply::TapFlat(frame));
        Ok(())
    }

    /// What of a frame that reached its exit has not been there before: the frame; of a train of which some segments have,
    /// the others, one by one.
    ///
    /// # Errors
    /// All of it has been there, or is too old to tell.
    pub fn unseen(
        &mut self,
        now: Instant,
        frame: Frame,
        numbered: Option<(Mac, Stamp)>,
    ) -> Result<impl Iterator<Item = Frame> + use<>, DropReason> {
        let (mut whole, mut parts) = (None, Vec::new());
        let Some((origin, first)) = numbered else { return Ok(Some(frame).into_iter().chain(parts)) };
        let mut refused = None;
        let count = frame.segments();
        let split = count > 1 && !self.repeats.is_new(origin, first, count, now);
        for index in 0..count {
            let reason = match self.repeats.note(origin, first.later(index), now) {
                Seen::New if split => {
                    parts.extend(frame.segment(index));
                    continue;
                }
                Seen::New => continue,
                Seen::Repeat => DropReason::Repeat,
                Seen::Outside => DropReason::OutsideWindow,
            };
            if let Some(earlier) = refused.replace(reason) {
                self.counters.drop(earlier);
            }
        }
        match refused {
            Some(reason) if parts.is_empty() => return Err(reason),
            Some(reason) => drop(self.counters.drop(reason)),
            None => whole = Some(frame),
        }
        Ok(whole.into_iter().chain(parts))
    }

    /// Counts data sent on for others.
    pub fn count_relayed(&mut self, frame: &Frame) {
        self.counters.data_relayed += frame.segments() as u64;
    }

    /// Checks a host's frame and learns its sender; gives its destination and source.
    pub fn accept_from_host(&mut self, now: Instant, frame: &Frame) -> Result<(Mac, Mac), DropReason> {
        let (destination, source) = hosts::ethernet(frame).ok_or(DropReason::PayloadTooShort)?;
        if frame.longest() + UPSTREAM_V2_HEADER.max(DOWNSTREAM_V2_HEADER) > self.config.radio_mtu {
            return Err(DropReason::TooLong);
        }
        self.hosts.learn(source, hosts::Place::Tap, now);
        Ok((destination, source))
    }

    /// The answer to a question for an address, if it is known; `place` decides whether who asks may be told where it is.
    /// Questions that go to one host alone are for that host: they prove that it is still there.
    pub fn answer(
        &mut self,
        now: Instant,
        said: &Said,
        (destination, source): (Mac, Mac),
    ) -> Option<(Mac, Frame)> {
        let Said::Asks { target, asker } = *said else { return None };
        let owner = self.directory.find(target, now).filter(|_| !destination.is_unicast())?;
        let frame = match asker {
            Some(asker) => resolution::answer((target, owner), asker)?,
            // Who wants the address for itself is told whose it is, unless it is its own.
            None if owner == source => return None,
            None => resolution::announcement(Some(target), owner),
        };
        Some((owner, frame))
    }

    fn control(&self, to: Mac, control: Control<'_>) -> Frame {
        let packet = PacketType::Control(control);
        let message = Message { to, from: self.config.mac, marker: self.config.ethertype, packet };
        let mut frame = message.to_frame();
        frame.category = AccessCategory::Video;
        frame
    }
}

/// A heartbeat to broadcast; PATH's counter and HEARD are added.
#[derive(Clone, Copy, Debug)]
pub struct Announcement<'a> {
    /// The RSU.
    pub source: Mac,
    /// Its uptime, milliseconds.
    pub duration_ms: u64,
    /// Sequence number.
    pub id: u32,
    /// Transmissions, this one included.
    pub hops: u32,
    /// Ids that the path lags behind.
    pub lag: u8,
    /// Class of the path.
    pub class: u8,
    /// Cost of the path, microseconds.
    pub cost: u32,
    /// EPOCH and whatever else doesn't change on the way.
    pub protected: &'a [u8],
}

/// Where a host's frame goes upstream.
#[derive(Clone, Copy, Debug)]
pub struct UpstreamPath {
    /// The next hop.
    pub next: NextHop,
    /// The OBU it comes from.
    pub origin: Mac,
    /// What version 2 adds.
    pub routing: Routing,
}

/// Where a host's frame goes downstream.
#[derive(Clone, Copy, Debug)]
pub struct DownstreamPath {
    /// The next hop.
    pub next: NextHop,
    /// Whose number the frame carries.
    pub numbered_by: Mac,
    /// The OBU it goes to.
    pub destination: Mac,
    /// What version 2 adds.
    pub routing: Routing,
}

/// The stamp of a data frame, unless it has none that means anything.
#[inline]
pub fn stamp_of(routing: &Routing) -> Option<Stamp> {
    (routing.flags & UNSTAMPED == 0).then_some(routing.stamp)
}

/// Times that a frame is sent again by one node: a retry on the same link and as many other next hops as are kept ready.
const MOST_RESENDS: u8 = 4;
/// Length of an Ethernet header, bytes.
pub const ETHERNET_HEADER: usize = 14;
/// Network addresses that a host has, as a rule: two of IPv6 and one of IPv4.
const ADDRESSES_EACH: usize = 3;
/// Intervals within which a neighbour must have been heard to be named in HEARD.
const HEARD_LATELY: u32 = 5;
/// Purpose of a draw.
const FIRST_COUNTER: u64 = 0x636f_756e;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    const OBU: u64 = 3;

    fn station(i: u64) -> Mac {
        Mac::local(2, i)
    }

    fn core() -> Core {
        Core::new(NodeConfig::new(station(1)), Instant::ZERO)
    }

    fn at(seq: u32) -> Stamp {
        Stamp { boot: 1, seq }
    }

    /// A train of five with a header of version 2 in front, numbered from `seq` on.
    fn train(seq: u32) -> (Frame, Option<(Mac, Stamp)>) {
        let mut frame = sample::train(Mac::local(6, 2), Mac::local(6, 1), &[0x5a; 4321], 1000);
        let routing = Routing { rsu: station(1), stamp: at(seq), flags: 0, hop_limit: 8 };
        wrap_upstream(&mut frame, station(1), station(2), 0x88b5, station(OBU), Some(routing));
        (frame, Some((station(OBU), at(seq))))
    }

    /// What of a train has not been seen, or why none of it.
    fn unseen(
        core: &mut Core,
        (frame, numbered): (Frame, Option<(Mac, Stamp)>),
    ) -> Result<Vec<Frame>, DropReason> {
        core.unseen(Instant::ZERO, frame, numbered).map(Iterator::collect)
    }

    #[test]
    fn a_train_that_is_new_stays_whole_and_once_is_enough() {
        let mut core = core();
        for seq in [u32::MAX - 2, 3] {
            let (frame, numbered) = train(seq);
            let memory = frame.as_ptr();
            let got = unseen(&mut core, (frame, numbered)).unwrap();
            assert_eq!(got, [train(seq).0]);
            assert_eq!(got[0].as_ptr(), memory, "the very frame");
            assert_eq!(core.counters.drops().count(), 0);
        }
        // The last of the five reasons is for the caller to count, as that of a single frame is.
        assert_eq!(unseen(&mut core, train(3)), Err(DropReason::Repeat));
        assert_eq!(core.counters.dropped(DropReason::Repeat), 4);
    }

    #[test]
    fn of_a_train_seen_in_part_the_rest_is_given_segment_by_segment() {
        let mut core = core();
        for seen in [11, 13] {
            core.repeats.note(station(OBU), at(seen), Instant::ZERO);
        }
        let (frame, numbered) = train(10);
        let missing: Vec<Frame> = [0, 2, 4].into_iter().filter_map(|index| frame.segment(index)).collect();
        assert_eq!(unseen(&mut core, (frame, numbered)).unwrap(), missing);
        assert_eq!(core.counters.dropped(DropReason::Repeat), 2);
        // Those were noted too.
        assert_eq!(unseen(&mut core, train(10)), Err(DropReason::Repeat));
        assert_eq!(core.counters.dropped(DropReason::Repeat), 2 + 4);
    }

    #[test]
    fn each_number_too_old_to_tell_is_counted() {
        let mut core = core();
        core.repeats.note(station(OBU), at(1026), Instant::ZERO);
        let (frame, numbered) = train(1);
        let missing: Vec<Frame> = (2..5).filter_map(|index| frame.segment(index)).collect();
        assert_eq!(unseen(&mut core, (frame, numbered)).unwrap(), missing, "1 and 2 are outside the window");
        assert_eq!(core.counters.dropped(DropReason::OutsideWindow), 2);
    }

    #[test]
    fn without_numbers_nothing_can_be_told() {
        let mut core = core();
        for _ in 0..2 {
            assert_eq!(unseen(&mut core, (train(1).0, None)).unwrap(), [train(1).0]);
        }
    }

    #[test]
    fn a_train_takes_as_many_numbers_as_it_has_segments_and_counts_as_many() {
        let mut core = core();
        assert_eq!(core.next_stamp(5), at(1));
        assert_eq!(core.next_stamp(1), at(6));
        core.seq = u32::MAX - 1;
        assert_eq!((core.next_stamp(3), core.next_stamp(1)), (at(u32::MAX), at(2)));
        let mut out = Outbox::new();
        core.count_relayed(&train(1).0);
        core.deliver(train(1).0, UPSTREAM_V2_HEADER, &mut out).unwrap();
        assert_eq!((core.counters.data_relayed, core.counters.data_delivered), (5, 5));
        let [Reply::TapFlat(frame)] = &out.replies[..] else { panic!("one frame, not {out:?}") };
        assert_eq!((frame.segments(), frame.outer_len()), (5, 0));
    }

    #[test]
    fn a_long_train_of_short_segments_passes_and_a_segment_too_long_does_not() {
        let mut core = core();
        let room = core.config.radio_mtu - DOWNSTREAM_V2_HEADER - sample::TCP_HEADERS;
        let train =
            |size: usize| sample::train(Mac::local(6, 2), Mac::local(6, 1), &[0; 60_000], size as u16);
        assert_eq!(
            core.accept_from_host(Instant::ZERO, &train(room)),
            Ok((Mac::local(6, 2), Mac::local(6, 1)))
        );
        assert_eq!(core.accept_from_host(Instant::ZERO, &train(room + 1)), Err(DropReason::TooLong));
    }
}
