//! The ideal profile: every link has a fixed latency, jitter, loss and rate.

use crate::error::{RadioError, check};
use crate::medium::{
    AirSlot, Attempt, Effect, Ends, LinkChange, Radio, RadioId, Slots, Surroundings, check_ends,
};
use crate::queue::{Destination, Pending};
use node_lib::buffer_pool::Frame;
use node_lib::control::node::{RxMeta, TxOutcome, TxStatus};
use node_lib::random::Key;
use node_lib::time::Instant;
use std::time::Duration;

/// Links with fixed properties, for networking tests.
///
/// A frame whose link has a rate occupies its radio while it is serialised (all its bytes, Ethernet header included);
/// a broadcast takes the time that the slowest of the radio's links needs. A unicast is tried up to `attempts` times;
/// each try needs the frame and its acknowledgement to escape `loss`, and a try that fails is noticed after
/// max(2 x latency + jitter, 1 ms). The fate of all tries is settled by the state of the link when the first one ends,
/// and their serialisation occupies the radio from there on. What a receiver gets from one transmitter is delivered in
/// the order it was sent; a repetition is not delivered again. A unicast that nobody can hear takes the same time as
/// one that is lost. A train of segments is carried whole by links that neither lose anything nor limit the rate.
#[derive(Clone, Debug)]
pub struct Ideal {
    /// Links, each for both directions.
    pub links: Vec<IdealLink>,
    /// What joins every two radios that no link joins; they are not joined without it. It takes about 50 bytes of
    /// memory for every ordered pair of radios.
    pub full_mesh: Option<LinkParams>,
    /// Transmissions that a unicast may make, at least 1.
    pub attempts: u8,
    /// Frames that each of a radio's queues (one for each access category) holds, at least 1.
    pub queue: usize,
}

impl Default for Ideal {
    /// No links; 5 attempts; 64 frames a queue.
    fn default() -> Self {
        Ideal { links: Vec::new(), full_mesh: None, attempts: 5, queue: 64 }
    }
}

/// One link, the same in both directions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IdealLink {
    /// One end.
    pub a: RadioId,
    /// The other end.
    pub b: RadioId,
    /// Time from the end of the transmission to the delivery.
    pub latency: Duration,
    /// Largest additional latency; uniform, in whole microseconds.
    pub jitter: Duration,
    /// Probability that one transmission is lost.
    pub loss: f64,
    /// Bits per second; no limit without it.
    pub rate_bps: Option<u64>,
}

/// Properties of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkParams {
    /// As [`IdealLink::latency`].
    pub latency: Duration,
    /// As [`IdealLink::jitter`].
    pub jitter: Duration,
    /// As [`IdealLink::loss`].
    pub loss: f64,
    /// As [`IdealLink::rate_bps`].
    pub rate_bps: Option<u64>,
}

/// The state behind the profile.
#[derive(Debug)]
pub(crate) struct IdealModel {
    attempts: u8,
    /// What joins every two radios.
    full_mesh: Option<LinkParams>,
    /// Each radio's links, in order of the radio at the other end.
    peers: Vec<Vec<Peer>>,
    /// When each radio's last serialisation is over, nanoseconds.
    free_ns: Vec<u64>,
}

/// One direction of a link.
#[derive(Clone, Debug)]
struct Peer {
    radio: RadioId,
    down: bool,
    latency_us: u64,
    jitter_us: u64,
    loss: f64,
    rate_bps: Option<u64>,
    /// When the last frame in this direction is delivered: the next one doesn't overtake it.
    last_delivery: Instant,
}

impl Slots for IdealModel {
    fn plan(&self, now: Instant, radio: RadioId, pending: &Pending, _: u64, _: &Radio) -> AirSlot {
        let free = Instant::from_micros(self.free_ns[radio.index()].div_ceil(1000));
        let start = now.max(free);
        let end_ns = self.begin_ns(radio, start).saturating_add(self.serialisation_ns(radio, pending));
        AirSlot { start, end: Instant::from_micros(end_ns.div_ceil(1000)).max(start) }
    }

    fn complete(
        &mut self,
        now: Instant,
        radio: RadioId,
        attempt: Attempt,
        radios: &mut [Radio],
        air: Surroundings<'_>,
        out: &mut Vec<Effect>,
    ) {
        let begin_ns = self.begin_ns(radio, attempt.slot.start);
        let busy_ns = match attempt.pending.to {
            Destination::Group => self.broadcast(now, radio, attempt, radios, air, out),
            Destination::Station(mac, to) => {
                self.unicast(now, Ends { from: radio, mac, to }, attempt, radios, air, out)
            }
        };
        self.free_ns[radio.index()] = begin_ns.saturating_add(busy_ns);
    }
}

impl IdealModel {
    pub(crate) fn new(ideal: &Ideal, radios: usize) -> Result<IdealModel, RadioError> {
        check(ideal.attempts > 0, "attempts", 0.0, "at least 1")?;
        check(ideal.queue > 0, "queue", 0.0, "at least 1")?;
        let mut peers: Vec<Vec<Peer>> = vec![Vec::new(); radios];
        if let Some(params) = &ideal.full_mesh {
            params.check()?;
            for (radio, peers) in peers.iter_mut().enumerate() {
                let others = (0..radios).filter(|other| *other != radio);
                peers.extend(others.map(|other| Peer::new(RadioId(other as u32), params)));
            }
        }
        let mut declared: Vec<(RadioId, RadioId)> = Vec::with_capacity(ideal.links.len());
        for link in &ideal.links {
            check_ends(link.a, link.b, radios)?;
            let params = link.params();
            params.check()?;
            *peer_entry(&mut peers[link.a.index()], link.b) = Peer::new(link.b, &params);
            *peer_entry(&mut peers[link.b.index()], link.a) = Peer::new(link.a, &params);
            declared.push((link.a.min(link.b), link.a.max(link.b)));
        }
        declared.sort_unstable();
        if let Some(pair) = declared.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(RadioError::DuplicateLink { a: pair[0].0, b: pair[0].1 });
        }
        Ok(IdealModel {
            attempts: ideal.attempts,
            full_mesh: ideal.full_mesh,
            peers,
            free_ns: vec![0; radios],
        })
    }

    /// One radio more.
    pub(crate) fn add(&mut self) {
        let radio = RadioId(self.peers.len() as u32);
        let mut own = Vec::new();
        if let Some(params) = &self.full_mesh {
            own.extend((0..radio.0).map(|other| Peer::new(RadioId(other), params)));
            self.peers.iter_mut().for_each(|peers| peers.push(Peer::new(radio, params)));
        }
        self.peers.push(own);
        self.free_ns.push(0);
    }

    pub(crate) fn set_link(&mut self, a: RadioId, b: RadioId, change: &LinkChange) -> Result<(), RadioError> {
        check_change(change)?;
        for (from, to) in [(a, b), (b, a)] {
            peer_entry(&mut self.peers[from.index()], to).change(change);
        }
        Ok(())
    }

    pub(crate) fn has_link(&self, a: RadioId, b: RadioId) -> bool {
        self.peer(a, b).is_some()
    }

    pub(crate) fn expected_delivery(&self, from: RadioId, to: RadioId) -> f64 {
        self.peer(from, to).filter(|peer| !peer.down).map_or(0.0, |peer| 1.0 - peer.loss)
    }

    pub(crate) fn linked(&self, radio: RadioId) -> impl Iterator<Item = RadioId> + '_ {
        self.peers[radio.index()].iter().filter(|peer| !peer.down).map(|peer| peer.radio)
    }

    /// Whether nothing is lost and nothing takes airtime on the way, so that a train fares as each of its segments would.
    pub(crate) fn is_perfect(&self, from: RadioId, to: Destination) -> bool {
        match to {
            Destination::Station(_, to) => {
                to.and_then(|to| self.peer(from, to)).is_none_or(|peer| peer.is_perfect())
            }
            Destination::Group => self.peers[from.index()].iter().all(Peer::is_perfect),
        }
    }

    /// The radio forgets what it was doing.
    pub(crate) fn silence(&mut self, radio: RadioId) {
        self.free_ns[radio.index()] = 0;
    }

    /// Returns how long it occupies the radio, nanoseconds.
    fn broadcast(
        &mut self,
        now: Instant,
        radio: RadioId,
        attempt: Attempt,
        radios: &mut [Radio],
        air: Surroundings<'_>,
        out: &mut Vec<Effect>,
    ) -> u64 {
        let serialisation_ns = self.serialisation_ns(radio, &attempt.pending);
        let sender = &mut radios[radio.index()];
        sender.count_transmissions(&attempt.pending, 1, Duration::from_nanos(serialisation_ns));
        sender.stats.broadcasts += 1;
        let key = sender.key.with(RECEPTION).with(attempt.number);
        for peer in self.peers[radio.index()].iter_mut().filter(|peer| !peer.down) {
            let receiver = &mut radios[peer.radio.index()];
            if !receiver.listens_since(attempt.slot.start) {
                continue;
            }
            let key = key.with(receiver.name);
            if peer.loses(key) {
                receiver.stats.link_losses += 1;
            } else if air.swallow(key, radio, peer.radio, now) {
                receiver.stats.disturbed += 1;
            } else {
                peer.deliver(now + peer.delay(key), attempt.pending.frame.clone(), receiver, out);
            }
        }
        serialisation_ns
    }

    /// Makes all attempts; returns how long they occupy the radio, nanoseconds.
    fn unicast(
        &mut self,
        now: Instant,
        ends: Ends,
        attempt: Attempt,
        radios: &mut [Radio],
        air: Surroundings<'_>,
        out: &mut Vec<Effect>,
    ) -> u64 {
        let Ends { from: radio, mac, to } = ends;
        let Attempt { pending, slot, number } = attempt;
        let serialisation_ns = self.serialisation_ns(radio, &pending);
        let serialisation = Duration::from_nanos(serialisation_ns);
        let key = radios[radio.index()].key;
        let mut peer = to.and_then(|to| peer_mut(&mut self.peers[radio.index()], to));
        let timeout = peer.as_ref().map_or(SHORTEST_TIMEOUT, |peer| peer.timeout());
        let hears = |peer: &&mut Peer| !peer.down && radios[peer.radio.index()].listens_since(slot.start);
        let mut tries = Tries { made: 0, end: now, arrival: None, acked: None };
        peer = peer.filter(hears);
        match &peer {
            Some(peer) => {
                let receiver = &mut radios[peer.radio.index()];
                while tries.acked.is_none() && tries.made < self.attempts {
                    let number = number + u64::from(tries.made);
                    tries
                        .attempt(peer, key, number, receiver, |key| air.swallow(key, radio, peer.radio, now));
                    tries.end = tries.end + timeout + serialisation;
                }
            }
            None => {
                tries.made = self.attempts;
                tries.end = (0..tries.made).fold(now, |end, _| end + timeout + serialisation);
            }
        }
        let Tries { made, end, arrival, acked } = tries;
        let sender = &mut radios[radio.index()];
        sender.transmissions += u64::from(made) - 1;
        sender.count_transmissions(&pending, u64::from(made), serialisation * u32::from(made));
        match acked {
            Some(_) => sender.stats.acked += 1,
            None => sender.stats.unacked += 1,
        }
        // The receiver gets the frame itself, unless the sender is to have it back as well.
        let back = match (peer, arrival) {
            (Some(peer), Some(arrival)) => {
                let back = acked.is_none().then(|| pending.frame.clone());
                peer.deliver(arrival, pending.frame, &mut radios[peer.radio.index()], out);
                back
            }
            _ => Some(pending.frame),
        };
        // The time of a try that was not made is not waited for.
        let gave_up = Instant::from_micros(end.as_micros().saturating_sub(whole_micros(serialisation)));
        let (at, outcome) = match acked {
            Some(at) => (at, TxOutcome::Acked),
            None => (gave_up, TxOutcome::Unacked),
        };
        let status = TxStatus { to: mac, outcome, attempts: made, frame: back };
        out.push(Effect::Status { at, radio, status });
        serialisation_ns.saturating_mul(u64::from(made))
    }

    fn peer(&self, from: RadioId, to: RadioId) -> Option<&Peer> {
        let peers = &self.peers[from.index()];
        peers.binary_search_by_key(&to, |peer| peer.radio).ok().map(|at| &peers[at])
    }

    /// How long the frame takes to leave: at its link's rate, or at the slowest of all links that are up.
    fn serialisation_ns(&self, radio: RadioId, pending: &Pending) -> u64 {
        let link = match pending.to {
            Destination::Station(_, Some(to)) => self.peer(radio, to),
            _ => None,
        };
        let rate = match link {
            Some(peer) => peer.rate_bps,
            None => self.peers[radio.index()]
                .iter()
                .filter(|peer| !peer.down)
                .filter_map(|peer| peer.rate_bps)
                .min(),
        };
        rate.map_or(0, |rate| (pending.frame.len() as u64 * 8_000_000_000).div_ceil(rate))
    }

    /// When a transmission that begins at `start` really begins: where the one before it ended less than a microsecond
    /// earlier, there, so that rounding to microseconds does not lower the rate.
    fn begin_ns(&self, radio: RadioId, start: Instant) -> u64 {
        let start_ns = start.as_micros().saturating_mul(1000);
        let free_ns = self.free_ns[radio.index()];
        if free_ns <= start_ns && start_ns - free_ns < 1000 { free_ns } else { start_ns }
    }
}

/// How the tries of one unicast go.
struct Tries {
    made: u8,
    /// When the next one begins to be under way.
    end: Instant,
    /// When the frame arrives for the first time.
    arrival: Option<Instant>,
    /// When the sender knows that it did.
    acked: Option<Instant>,
}

impl Tries {
    /// One try; `swallowed` tells of a transmission's key whether it is lost to what disturbs the link.
    fn attempt(
        &mut self,
        peer: &Peer,
        key: Key,
        number: u64,
        receiver: &mut Radio,
        swallowed: impl Fn(Key) -> bool,
    ) {
        self.made += 1;
        let forth = key.with(RECEPTION).with(number).with(receiver.name);
        if peer.loses(forth) {
            receiver.stats.link_losses += 1;
            return;
        }
        if swallowed(forth) {
            receiver.stats.disturbed += 1;
            return;
        }
        let arrival = self.end + peer.delay(forth);
        if self.arrival.is_some() {
            receiver.stats.duplicates += 1;
        }
        self.arrival.get_or_insert(arrival);
        let back = key.with(ACKNOWLEDGEMENT).with(number).with(receiver.name);
        if !peer.loses(back) && !swallowed(back) {
            self.acked = Some(arrival + Duration::from_micros(peer.latency_us));
        }
    }
}

impl Peer {
    fn new(radio: RadioId, params: &LinkParams) -> Peer {
        Peer {
            radio,
            down: false,
            latency_us: whole_micros(params.latency),
            jitter_us: whole_micros(params.jitter),
            loss: params.loss,
            rate_bps: params.rate_bps,
            last_delivery: Instant::ZERO,
        }
    }

    fn change(&mut self, change: &LinkChange) {
        self.down = change.down.unwrap_or(self.down);
        self.loss = change.loss.unwrap_or(self.loss);
        self.latency_us = change.latency.map_or(self.latency_us, whole_micros);
        self.jitter_us = change.jitter.map_or(self.jitter_us, whole_micros);
        self.rate_bps = change.rate_bps.unwrap_or(self.rate_bps);
        if change.latency.is_some() || change.jitter.is_some() {
            // What is under way at the old delay doesn't hold up what is sent at the new one.
            self.last_delivery = Instant::ZERO;
        }
    }

    fn is_perfect(&self) -> bool {
        self.down || (self.loss == 0.0 && self.rate_bps.is_none())
    }

    fn loses(&self, key: Key) -> bool {
        self.loss > 0.0 && key.with(LOSS).unit() < self.loss
    }

    fn delay(&self, key: Key) -> Duration {
        let jitter = if self.jitter_us > 0 { key.with(JITTER).between(0, self.jitter_us) } else { 0 };
        Duration::from_micros(self.latency_us.saturating_add(jitter))
    }

    fn timeout(&self) -> Duration {
        let round_trip = self.latency_us.saturating_mul(2).saturating_add(self.jitter_us);
        Duration::from_micros(round_trip).max(SHORTEST_TIMEOUT)
    }

    fn deliver(&mut self, arrival: Instant, frame: Frame, receiver: &mut Radio, out: &mut Vec<Effect>) {
        let at = arrival.max(self.last_delivery);
        self.last_delivery = at;
        receiver.count_received(&frame);
        out.push(Effect::Deliver { at, radio: self.radio, frame, meta: RxMeta { power_dbm: None } });
    }
}

impl IdealLink {
    fn params(&self) -> LinkParams {
        LinkParams { latency: self.latency, jitter: self.jitter, loss: self.loss, rate_bps: self.rate_bps }
    }
}

impl LinkParams {
    fn check(&self) -> Result<(), RadioError> {
        check_change(&LinkChange {
            loss: Some(self.loss),
            rate_bps: Some(self.rate_bps),
            ..LinkChange::default()
        })
    }
}

/// Errors where a link can't have a property.
pub(crate) fn check_change(change: &LinkChange) -> Result<(), RadioError> {
    if let Some(loss) = change.loss {
        check((0.0..=1.0).contains(&loss), "loss", loss, "between 0 and 1")?;
    }
    check(change.rate_bps != Some(Some(0)), "rate_bps", 0.0, "at least 1 bit per second")
}

/// The entry for `radio`, made where there is none.
fn peer_entry(peers: &mut Vec<Peer>, radio: RadioId) -> &mut Peer {
    let at = match peers.binary_search_by_key(&radio, |peer| peer.radio) {
        Ok(at) => at,
        Err(at) => {
            peers.insert(at, Peer::new(radio, &LinkParams::default()));
            at
        }
    };
    &mut peers[at]
}

fn peer_mut(peers: &mut [Peer], radio: RadioId) -> Option<&mut Peer> {
    peers.binary_search_by_key(&radio, |peer| peer.radio).ok().map(|at| &mut peers[at])
}

/// Microseconds, rounded up.
fn whole_micros(duration: Duration) -> u64 {
    (Instant::ZERO + duration).as_micros()
}

/// The shortest time after which a missing acknowledgement is noticed.
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(1);

/// Purposes of draws.
const RECEPTION: u64 = 0x10;
const ACKNOWLEDGEMENT: u64 = 0x11;
const LOSS: u64 = 0x12;
const JITTER: u64 = 0x13;
