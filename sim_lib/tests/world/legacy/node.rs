//! An OBU and an RSU that speak the base layout and nothing else.

use super::wire::{self, Address};
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::NodeConfig;
use node_lib::control::drops::{Counters, DropReason};
use node_lib::control::node::{Node, Outbox, Reply, RxMeta, TimerReason, TxStatus};
use node_lib::control::status::{Explanation, Status};
use node_lib::time::Instant;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

/// What a make of node does; [`Legacy`] is what surrounds it.
pub trait Role: fmt::Debug {
    fn host_sends(&mut self, frame: &[u8], out: &mut Sink);
    fn radio_hears(&mut self, now: Instant, frame: &[u8], out: &mut Sink);
    fn due(&mut self, now: Instant, out: &mut Sink);
    fn deadline(&self) -> Option<Instant>;
}

/// Frames for the radio and for the host.
#[derive(Debug, Default)]
pub struct Sink {
    radio: Vec<Vec<u8>>,
    host: Vec<Vec<u8>>,
}

/// Relays heartbeats, replies to them, and sends data to the neighbour with the fewest hops.
#[derive(Debug)]
pub struct Obu {
    me: Address,
    /// What is known of each RSU.
    rsus: BTreeMap<Address, Known>,
    /// Which neighbour leads to which OBU below.
    below: BTreeMap<Address, Address>,
    /// Heartbeats to relay, and when.
    waiting: Vec<(Instant, Vec<u8>)>,
}

#[derive(Debug)]
struct Known {
    /// Of the newest heartbeat.
    id: u128,
    duration: u128,
    /// The neighbour that it came from with the fewest hops, and those.
    next: Address,
    hops: u128,
    ids: BTreeSet<u128>,
}

/// Sends heartbeats, and knows which neighbour leads to which OBU and which OBU to which host.
#[derive(Debug)]
pub struct Rsu {
    me: Address,
    start: Instant,
    next: Instant,
    interval: Duration,
    id: u32,
    obus: BTreeMap<Address, Address>,
    hosts: BTreeMap<Address, Address>,
}

impl Obu {
    pub fn new(me: Mac) -> Obu {
        Obu { me: me.0, rsus: BTreeMap::new(), below: BTreeMap::new(), waiting: Vec::new() }
    }

    fn heartbeat(&mut self, now: Instant, from: Address, frame: &[u8], out: &mut Sink) {
        let source = wire::field(frame, wire::SOURCE);
        let [duration, id, hops] =
            [wire::DURATION, wire::ID, wire::HOPS].map(|field| wire::number(frame, field));
        // A copy may be late by milliseconds; what is this much younger is a new life.
        if self.rsus.get(&source).is_some_and(|known| duration + 1000 < known.duration) {
            self.rsus.remove(&source);
        }
        let fresh = Known { id, duration, next: from, hops, ids: BTreeSet::new() };
        let known = self.rsus.entry(source).or_insert(fresh);
        if id > known.id || (id == known.id && hops < known.hops) {
            (known.id, known.duration, known.next, known.hops) = (id, duration, from, hops);
        }
        if !known.ids.insert(id) {
            return;
        }
        let next = known.next;
        let relayed = wire::frame(
            wire::EVERYBODY,
            self.me,
            wire::HEARTBEAT,
            &[&frame[wire::DURATION], &frame[wire::ID], &(hops as u32 + 1).to_be_bytes(), &source],
        );
        self.waiting.push((now + RELAY_WAIT, relayed));
        let echo = &frame[wire::DURATION.start..wire::SOURCE.end];
        out.radio.push(wire::frame(next, self.me, wire::REPLY, &[echo, &self.me]));
    }

    fn reply(&mut self, from: Address, frame: &[u8], out: &mut Sink) {
        let source: Address = wire::field(frame, wire::SOURCE);
        let Some(known) = self.rsus.get(&source) else { return };
        if !known.ids.contains(&wire::number(frame, wire::ID)) {
            return;
        }
        self.below.insert(wire::field(frame, wire::SENDER), from);
        self.pass_on(known.next, from, frame, out);
    }

    /// The neighbour with the fewest hops to any RSU.
    fn upwards(&self) -> Option<Address> {
        self.rsus.values().min_by_key(|known| known.hops).map(|known| known.next)
    }

    fn pass_on(&self, to: Address, from: Address, frame: &[u8], out: &mut Sink) {
        if to != from {
            out.radio.push([&to[..], &self.me, &frame[wire::FROM.end..]].concat());
        }
    }
}

impl Role for Obu {
    fn host_sends(&mut self, frame: &[u8], out: &mut Sink) {
        if let Some(next) = self.upwards() {
            out.radio.push(wire::frame(next, self.me, wire::UPSTREAM, &[&self.me, frame]));
        }
    }

    fn radio_hears(&mut self, now: Instant, frame: &[u8], out: &mut Sink) {
        let from = wire::field(frame, wire::FROM);
        match base_layout(frame, self.me) {
            Some(wire::HEARTBEAT) => self.heartbeat(now, from, frame, out),
            Some(wire::REPLY) => self.reply(from, frame, out),
            Some(wire::UPSTREAM) => {
                if let Some(next) = self.upwards() {
                    self.pass_on(next, from, frame, out);
                }
            }
            Some(wire::DOWNSTREAM) => {
                let destination: Address = wire::field(frame, wire::DESTINATION);
                match self.below.get(&destination) {
                    _ if destination == self.me => out.host.push(frame[wire::DOWNSTREAM_LENGTH..].to_vec()),
                    Some(next) => self.pass_on(*next, from, frame, out),
                    None => {}
                }
            }
            _ => {}
        }
    }

    fn due(&mut self, now: Instant, out: &mut Sink) {
        let due = self.waiting.extract_if(.., |(at, _)| *at <= now);
        out.radio.extend(due.map(|(_, heartbeat)| heartbeat));
    }

    fn deadline(&self) -> Option<Instant> {
        self.waiting.iter().map(|(at, _)| *at).min()
    }
}

impl Rsu {
    pub fn new(config: &NodeConfig, now: Instant) -> Rsu {
        Rsu {
            me: config.mac.0,
            start: now,
            next: now + config.heartbeat_interval,
            interval: config.heartbeat_interval,
            id: 0,
            obus: BTreeMap::new(),
            hosts: BTreeMap::new(),
        }
    }
}

impl Role for Rsu {
    /// To the OBU that the destination is behind; to all where nobody knows it.
    fn host_sends(&mut self, frame: &[u8], out: &mut Sink) {
        let (to, host): (Address, Address) = (wire::field(frame, 0..6), wire::field(frame, 6..12));
        let known = self.hosts.get(&to).copied();
        for (obu, next) in self.obus.iter().filter(|(obu, _)| known.is_none_or(|known| known == **obu)) {
            out.radio.push(wire::frame(*next, self.me, wire::DOWNSTREAM, &[&host, obu, frame]));
        }
    }

    fn radio_hears(&mut self, _: Instant, frame: &[u8], out: &mut Sink) {
        let from = wire::field(frame, wire::FROM);
        match base_layout(frame, self.me) {
            Some(wire::REPLY) if frame[wire::SOURCE] == self.me => {
                self.obus.insert(wire::field(frame, wire::SENDER), from);
            }
            Some(wire::UPSTREAM) => {
                let (origin, payload) = (wire::field(frame, wire::ORIGIN), &frame[wire::UPSTREAM_LENGTH..]);
                self.obus.insert(origin, from);
                self.hosts.insert(wire::field(payload, 6..12), origin);
                out.host.push(payload.to_vec());
            }
            _ => {}
        }
    }

    fn due(&mut self, now: Instant, out: &mut Sink) {
        if now < self.next {
            return;
        }
        self.id += 1;
        self.next = now + self.interval;
        let uptime = now.since(self.start).as_millis().to_be_bytes();
        let fields: [&[u8]; 4] = [&uptime, &self.id.to_be_bytes(), &1u32.to_be_bytes(), &self.me];
        out.radio.push(wire::frame(wire::EVERYBODY, self.me, wire::HEARTBEAT, &fields));
    }

    fn deadline(&self) -> Option<Instant> {
        Some(self.next)
    }
}

/// The kind of a frame for this node, if it is one of the base layout. Whoever sends it something else has not
/// understood whom it talks to: extensions may follow a heartbeat, which is for everybody, and nothing else.
fn base_layout(frame: &[u8], me: Address) -> Option<wire::Kind> {
    let kind = wire::kind(frame);
    if frame[wire::TO] != me {
        return (frame[wire::TO] == wire::EVERYBODY && kind == wire::HEARTBEAT).then_some(kind);
    }
    match kind {
        wire::REPLY => assert_eq!(frame.len(), wire::REPLY_LENGTH, "extensions in a reply to a legacy node"),
        wire::UPSTREAM | wire::DOWNSTREAM => {}
        other => panic!("{other:02x?} sent to a legacy node"),
    }
    Some(kind)
}

/// A legacy node as a [`Node`].
#[derive(Debug)]
pub struct Legacy<R> {
    role: R,
    config: NodeConfig,
    counters: Counters,
}

impl<R: Role> Legacy<R> {
    pub fn new(role: R, config: NodeConfig) -> Self {
        Legacy { role, config, counters: Counters::default() }
    }

    fn run(&mut self, out: &mut Outbox, work: impl FnOnce(&mut R, &mut Sink)) {
        let mut sink = Sink::default();
        work(&mut self.role, &mut sink);
        let radio = sink.radio.iter().map(|frame| Reply::WireFlat(Frame::copy_from(frame)));
        let host = sink.host.iter().map(|frame| Reply::TapFlat(Frame::copy_from(frame)));
        out.replies.extend(radio.chain(host));
    }
}

impl<R: Role> Node for Legacy<R> {
    fn handle_tap(&mut self, _: Instant, frame: Frame, out: &mut Outbox) -> Result<(), DropReason> {
        self.run(out, |role, out| role.host_sends(&frame, out));
        Ok(())
    }

    fn handle_radio(
        &mut self,
        now: Instant,
        frame: Frame,
        _: RxMeta,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        self.run(out, |role, out| role.radio_hears(now, &frame, out));
        Ok(())
    }

    fn handle_status(&mut self, _: Instant, _: TxStatus, _: &mut Outbox) {}

    fn handle_timeout(&mut self, now: Instant, out: &mut Outbox) {
        self.run(out, |role, out| role.due(now, out));
    }

    fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        self.role.deadline().map(|at| (at, TimerReason::Heartbeat))
    }

    fn config(&self) -> &NodeConfig {
        &self.config
    }

    fn reconfigure(&mut self, _: &NodeConfig) {}

    fn counters(&self) -> &Counters {
        &self.counters
    }

    fn status(&self) -> Status {
        Status { mac: self.config.mac, upstream: None, rsus: Vec::new(), downstream: Vec::new() }
    }

    fn explain(&self, _: Mac) -> Option<Explanation> {
        None
    }
}

/// How long a heartbeat waits before it is relayed.
const RELAY_WAIT: Duration = Duration::from_millis(3);
