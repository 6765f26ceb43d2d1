//! Applications: who sends what to whom, and what arrived.

use super::packet::{Content, HostAddress, Kind, Refusal, Template, receive};
use super::stream::{Arrival, Stream};
use node_lib::buffer_pool::Frame;
use node_lib::time::Instant;
use std::time::Duration;

/// Which way a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From a vehicle to an RSU or a server.
    Up = 0,
    /// To a vehicle.
    Down = 1,
}

impl Direction {
    /// Its name in results.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Direction::Up => "up",
            Direction::Down => "down",
        }
    }
}

/// What a flow is made from.
#[derive(Clone, Debug)]
pub(crate) struct FlowSetup {
    /// Its name.
    pub(crate) name: String,
    /// Which of the scenario's entries it comes of.
    pub(crate) spec: u32,
    /// Whether the flows of this entry are in the order of their ends' names.
    pub(crate) by_name: bool,
    /// The parties at its ends.
    pub(crate) ends: [End; 2],
    /// Frames or requests per second.
    pub(crate) rate: f64,
    /// UDP payload of a frame or request, bytes.
    pub(crate) size: usize,
    /// UDP payload of a response, bytes; `None` for one-way flows.
    pub(crate) response: Option<usize>,
    /// When it starts and, perhaps, stops.
    pub(crate) start: Instant,
    /// See `start`.
    pub(crate) stop: Option<Instant>,
    /// Time from its start, or from the time that both ends are there, to its first frame, as a share of its interval.
    pub(crate) phase: f64,
}

/// One end of a flow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    /// The party.
    pub(crate) party: u32,
    /// Its host.
    pub(crate) host: HostAddress,
    /// Whether it is an OBU.
    pub(crate) vehicle: bool,
}

/// One flow and its books.
#[derive(Debug)]
pub(crate) struct Flow {
    /// Its name.
    pub(crate) name: String,
    spec: u32,
    by_name: bool,
    /// Sender and receiver.
    pub(crate) ends: [End; 2],
    /// One-way frames or requests.
    pub(crate) forward: Leg,
    /// Responses, and the requests' round trips.
    pub(crate) back: Option<(Leg, Stream)>,
    /// Whether it is sending.
    running: bool,
    /// Which run of it this is: a frame scheduled in an earlier one is not sent.
    run: u32,
    /// Time of the first frame of this run, and frames since.
    base: Instant,
    count: u64,
    rate: f64,
    start: Instant,
    stop: Instant,
    phase: f64,
}

/// One direction of a flow.
#[derive(Debug)]
pub(crate) struct Leg {
    /// Which way it goes.
    pub(crate) direction: Direction,
    /// Payload of each frame, bytes.
    pub(crate) size: usize,
    /// Its books.
    pub(crate) stream: Stream,
    kind: Kind,
    template: Template,
}

/// A frame that reached the application it was for, for the first time.
#[derive(Debug)]
pub(crate) struct Delivered {
    /// The flow.
    pub(crate) flow: u32,
    /// Which way it went.
    pub(crate) direction: Direction,
    /// Whether it was one-way or a request; otherwise a response.
    pub(crate) forward: bool,
    /// Its number in that leg of the flow.
    pub(crate) number: u64,
    /// When it was sent.
    pub(crate) sent: Instant,
    /// If it was a request: the response to send, and which way it goes.
    pub(crate) answer: Option<(Frame, Direction)>,
}

/// All flows.
#[derive(Debug)]
pub(crate) struct Traffic {
    /// The flows; a frame's payload names its index here.
    pub(crate) flows: Vec<Flow>,
    by_party: Vec<Vec<u32>>,
    warmup: Instant,
    /// Frames that arrived otherwise than they were sent, or that were never sent.
    pub(crate) corrupted: u64,
    /// Frames that reached a host they were not addressed to.
    pub(crate) not_for_us: u64,
    /// Frames that are no traffic of ours: neighbour discovery and the like.
    pub(crate) foreign: u64,
}

impl Traffic {
    /// The flows of a run with parties numbered from 0 to below `parties`.
    pub(crate) fn new(setups: Vec<FlowSetup>, parties: usize, warmup: Instant) -> Self {
        let mut by_party = vec![Vec::new(); parties];
        for (index, setup) in (0..).zip(&setups) {
            for end in &setup.ends {
                by_party[end.party as usize].push(index);
            }
        }
        let flows = setups.into_iter().map(Flow::new).collect();
        Traffic { flows, by_party, warmup, corrupted: 0, not_for_us: 0, foreign: 0 }
    }

    /// One party more.
    pub(crate) fn add_party(&mut self) {
        self.by_party.push(Vec::new());
    }

    /// More flows. `places` is by party its place in the order of names.
    pub(crate) fn add(&mut self, setups: Vec<FlowSetup>, places: &[u32]) {
        for setup in setups {
            let (index, ends) = (self.flows.len() as u32, setup.ends);
            self.flows.push(Flow::new(setup));
            let own = self.order(index, places);
            for end in ends {
                let list = &self.by_party[end.party as usize];
                let at = list.partition_point(|other| self.order(*other, places) < own);
                self.by_party[end.party as usize].insert(at, index);
            }
        }
    }

    /// All flows in the order of the scenario's entries, and of names where an entry goes by those.
    pub(crate) fn in_order(&self, places: &[u32]) -> impl Iterator<Item = &Flow> {
        let mut order: Vec<u32> = (0..self.flows.len() as u32).collect();
        order.sort_by_cached_key(|index| self.order(*index, places));
        order.into_iter().map(|index| &self.flows[index as usize])
    }

    fn order(&self, index: u32, places: &[u32]) -> (u32, u32, u32) {
        let Flow { spec, by_name, ends, .. } = &self.flows[index as usize];
        let [from, to] = ends.map(|end| places[end.party as usize]);
        if *by_name { (*spec, from, to) } else { (*spec, index, 0) }
    }

    /// The flows that begin or end at a party, in this order.
    pub(crate) fn of_party(&self, party: u32) -> &[u32] {
        &self.by_party[party as usize]
    }

    /// Both ends are there: the time of the flow's first frame, and its run. `None` if it runs already, or not again.
    pub(crate) fn start(&mut self, flow: u32, now: Instant) -> Option<(Instant, u32)> {
        let flow = &mut self.flows[flow as usize];
        let base = now.max(flow.start) + flow.intervals(flow.phase);
        if flow.running || base >= flow.stop {
            return None;
        }
        flow.running = true;
        flow.run += 1;
        (flow.base, flow.count) = (base, 0);
        Some((base, flow.run))
    }

    /// An end is gone: nothing is sent until [`Traffic::start`].
    pub(crate) fn halt(&mut self, flow: u32) {
        self.flows[flow as usize].running = false;
    }

    /// The frame that is due at `now` in this run of the flow, and the time of the next one.
    pub(crate) fn send(&mut self, index: u32, run: u32, now: Instant) -> Option<(Frame, Option<Instant>)> {
        let flow = &mut self.flows[index as usize];
        if !flow.running || flow.run != run {
            return None;
        }
        let (number, frame) = flow.forward.send(index, now, self.warmup, None);
        if let Some((_, round_trip)) = &mut flow.back {
            let same = round_trip.send(now, self.warmup);
            debug_assert_eq!(same, number);
        }
        flow.count += 1;
        let next = flow.base + flow.intervals(flow.count as f64);
        flow.running = next < flow.stop;
        Some((frame, flow.running.then_some(next)))
    }

    /// Whether a frame that reached the host `me` of `party` belongs to a flow that leads there.
    pub(crate) fn awaits(&self, party: u32, me: &HostAddress, frame: &[u8]) -> bool {
        !self.flows.is_empty() && receive(frame, me).is_ok_and(|content| self.leads_to(party, &content))
    }

    /// A frame reached the host `me` of `party`. What is not wanted there is counted, and gives `None`.
    pub(crate) fn receive(
        &mut self,
        party: u32,
        me: &HostAddress,
        frame: &[u8],
        now: Instant,
    ) -> Option<Delivered> {
        let content = match receive(frame, me) {
            Ok(content) => content,
            Err(refusal) => {
                *match refusal {
                    Refusal::Foreign => &mut self.foreign,
                    Refusal::NotForUs => &mut self.not_for_us,
                    Refusal::Corrupted => &mut self.corrupted,
                } += 1;
                return None;
            }
        };
        let arrived = self.arrive(party, &content, now);
        match arrived {
            Some(Ok(delivered)) => Some(delivered),
            Some(Err(Arrival::Repeated)) => None,
            _ => {
                self.corrupted += 1;
                None
            }
        }
    }

    /// Counts what is old enough, at the end of a run or of a part of it.
    pub(crate) fn settle(&mut self, now: Instant) {
        for flow in &mut self.flows {
            flow.forward.stream.settle(now, self.warmup);
            if let Some((leg, round_trip)) = &mut flow.back {
                leg.stream.settle(now, self.warmup);
                round_trip.settle(now, self.warmup);
            }
        }
    }

    fn leads_to(&self, party: u32, content: &Content) -> bool {
        let flow = self.flows.get(content.flow as usize);
        flow.and_then(|flow| flow.towards(content.kind)).is_some_and(|end| end.party == party)
    }

    /// Books an arrival; `None` if its flow doesn't lead here.
    fn arrive(&mut self, party: u32, content: &Content, now: Instant) -> Option<Result<Delivered, Arrival>> {
        if !self.leads_to(party, content) {
            return None;
        }
        let flow = self.flows.get_mut(content.flow as usize)?;
        let forward = content.kind != Kind::Response;
        let leg = if forward { &mut flow.forward } else { &mut flow.back.as_mut()?.0 };
        let arrival = leg.stream.arrive(now, self.warmup, content.number.into(), content.sent);
        if arrival != Arrival::First {
            return Some(Err(arrival));
        }
        let direction = leg.direction;
        let answer = match (&mut flow.back, content.kind) {
            (Some((back, _)), Kind::Request) => {
                Some((back.send(content.flow, now, self.warmup, Some(content)).1, back.direction))
            }
            (Some((_, round_trip)), Kind::Response) => {
                round_trip.arrive(now, self.warmup, content.asked_number.into(), content.asked);
                None
            }
            _ => None,
        };
        let (flow, number, sent) = (content.flow, content.number.into(), content.sent);
        Some(Ok(Delivered { flow, direction, forward, number, sent, answer }))
    }
}

impl Flow {
    fn new(setup: FlowSetup) -> Self {
        let [from, to] = setup.ends;
        let back = setup.response.map(|size| (Leg::new(Kind::Response, to, from, size), Stream::default()));
        let kind = if back.is_some() { Kind::Request } else { Kind::Constant };
        Flow {
            name: setup.name,
            spec: setup.spec,
            by_name: setup.by_name,
            ends: setup.ends,
            forward: Leg::new(kind, from, to, setup.size),
            back,
            running: false,
            run: 0,
            base: Instant::ZERO,
            count: 0,
            rate: setup.rate,
            start: setup.start,
            stop: setup.stop.unwrap_or(Instant::MAX),
            phase: setup.phase,
        }
    }

    /// Where its frames of this kind go; `None` if it has none.
    fn towards(&self, kind: Kind) -> Option<&End> {
        match kind {
            Kind::Response => self.back.as_ref().map(|_| &self.ends[0]),
            kind => (kind == self.forward.kind).then_some(&self.ends[1]),
        }
    }

    /// Whether it is sending.
    pub(crate) fn is_running(&self) -> bool {
        self.running
    }

    /// Time between two of its frames.
    pub(crate) fn interval(&self) -> Duration {
        self.intervals(1.0)
    }

    /// Time that so many of its frames take; for ever if that is longer than anything.
    fn intervals(&self, count: f64) -> Duration {
        Duration::try_from_secs_f64(count / self.rate).unwrap_or(Duration::MAX)
    }

    /// Its requests and responses, or what else it sends.
    pub(crate) fn legs(&self) -> impl Iterator<Item = &Leg> {
        std::iter::once(&self.forward).chain(self.back.iter().map(|(leg, _)| leg))
    }

    /// Its vehicle: the receiver if it goes down, else the sender.
    pub(crate) fn vehicle(&self) -> u32 {
        self.ends[usize::from(self.forward.direction == Direction::Down)].party
    }
}

impl Leg {
    fn new(kind: Kind, from: End, to: End, size: usize) -> Self {
        let direction = if to.vehicle { Direction::Down } else { Direction::Up };
        Leg {
            direction,
            size,
            stream: Stream::default(),
            kind,
            template: Template::new(kind, from.host, to.host, size),
        }
    }

    fn send(&mut self, flow: u32, now: Instant, warmup: Instant, request: Option<&Content>) -> (u64, Frame) {
        let number = self.stream.send(now, warmup);
        let frame = self.template.frame(&Content {
            kind: self.kind,
            flow,
            number: number as u32,
            sent: now,
            asked_number: request.map_or(0, |request| request.number),
            asked: request.map_or(Instant::ZERO, |request| request.sent),
        });
        (number, frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::address;
    use crate::world::latency::Latencies;

    const WARMUP: Instant = Instant::ZERO;

    fn end(party: u32, name: &str, vehicle: bool) -> End {
        End { party, host: address::host(name), vehicle }
    }

    fn setup(response: Option<usize>) -> FlowSetup {
        FlowSetup {
            name: "f".into(),
            spec: 0,
            by_name: false,
            ends: [end(0, "car", true), end(1, "server", false)],
            rate: 30.0,
            size: 200,
            response,
            start: Instant::from_secs(1),
            stop: Some(Instant::from_secs(2)),
            phase: 0.5,
        }
    }

    #[test]
    fn frames_are_sent_at_the_rate_without_drift() {
        let mut traffic = Traffic::new(vec![setup(None)], 2, WARMUP);
        let (mut at, run) = traffic.start(0, Instant::ZERO).unwrap();
        assert_eq!(traffic.start(0, Instant::ZERO), None);
        let mut times = Vec::new();
        while let Some((frame, next)) = traffic.send(0, run, at) {
            assert_eq!(frame.len(), 262);
            times.push(at.as_micros());
            at = next.unwrap_or(at);
        }
        assert_eq!(times.len(), 30);
        assert_eq!((times[0], times[29]), (1_016_667, 1_983_334));
    }

    #[test]
    fn a_halted_flow_forgets_what_was_scheduled() {
        let mut traffic = Traffic::new(vec![setup(None)], 2, WARMUP);
        let (at, first) = traffic.start(0, Instant::ZERO).unwrap();
        traffic.halt(0);
        assert!(traffic.send(0, first, at).is_none());
        let (at, second) = traffic.start(0, at).unwrap();
        assert!(traffic.send(0, first, at).is_none());
        assert!(traffic.send(0, second, at).is_some());
        traffic.halt(0);
        assert_eq!(traffic.start(0, Instant::from_secs(2)), None, "it has stopped for good");
    }

    #[test]
    fn a_request_is_answered_once_and_timed_at_the_requester() {
        let mut traffic = Traffic::new(vec![setup(Some(500))], 2, WARMUP);
        let (at, run) = traffic.start(0, Instant::ZERO).unwrap();
        let (request, _) = traffic.send(0, run, at).unwrap();
        let server = address::host("server");
        let there = traffic.receive(1, &server, &request, at + Duration::from_millis(3)).unwrap();
        assert_eq!((there.direction, there.forward), (Direction::Up, true));
        let (response, direction) = there.answer.unwrap();
        assert_eq!(direction, Direction::Down);
        assert_eq!(response.len(), 562);
        assert!(traffic.receive(1, &server, &request, at + Duration::from_millis(4)).is_none());
        let car = address::host("car");
        let back = traffic.receive(0, &car, &response, at + Duration::from_millis(8)).unwrap();
        assert_eq!((back.direction, back.forward, back.answer), (Direction::Down, false, None));
        traffic.settle(Instant::from_secs(9));
        let (leg, round_trip) = traffic.flows[0].back.as_ref().unwrap();
        assert_eq!((leg.stream.settled.sent, leg.stream.settled.delivered), (1, 1));
        let max = |latency: &Latencies| latency.quantiles().max_ms.unwrap().round();
        assert_eq!(max(&leg.stream.settled.latency), 5.0);
        assert_eq!(max(&round_trip.settled.latency), 8.0);
        assert_eq!(traffic.flows[0].forward.stream.repeated, 1);
    }

    #[test]
    fn strays_and_forgeries_are_counted() {
        let mut traffic = Traffic::new(vec![setup(None)], 3, WARMUP);
        let (at, run) = traffic.start(0, Instant::ZERO).unwrap();
        let (frame, _) = traffic.send(0, run, at).unwrap();
        let server = address::host("server");
        assert!(traffic.receive(0, &address::host("car"), &frame, at).is_none());
        assert!(traffic.receive(2, &server, &frame, at).is_none(), "the address is right, the party is not");
        assert!(traffic.receive(1, &server, &frame[..40], at).is_none());
        assert_eq!((traffic.not_for_us, traffic.corrupted), (1, 2));
        assert!(traffic.receive(1, &server, &frame, at).is_some());
    }
}
