//! Changes of the vehicles' upstream paths, and how long they interrupted traffic.

use super::latency::Latencies;
use super::traffic::{Delivered, Direction, Flow, Leg, Traffic};
use crate::results::{Blackout, Interruptions};
use node_lib::control::change::Change;
use node_lib::control::node::RouteCause;
use node_lib::time::Instant;
use std::time::Duration;

/// All changes of a run, and the interruptions that are going on.
///
/// An interruption begins with a failover, a handover or the loss of the path. It is measured in each direction in which a
/// flow of the vehicle is running, by the first such flow, and ends there with the first delivery of a frame sent after the
/// change; it is over when it has ended in every direction. Changes during an interruption belong to it; if one of them is
/// the loss of the path, it is an outage. One that the vehicle doesn't live to see the end of has no length.
#[derive(Debug)]
pub(crate) struct Watcher {
    warmup: Instant,
    /// By party.
    open: Vec<Option<Open>>,
    /// Frames of interruptions that are over: whether they arrived after all is looked up at the end.
    missing: Vec<(Change, Vec<Numbers>)>,
    /// All changes after the warm-up.
    pub(crate) changes: u64,
    failovers: Tally,
    handovers: Tally,
    outages: Tally,
}

#[derive(Debug, Default)]
struct Tally {
    count: u64,
    blackout: Latencies,
    detect: Latencies,
    decide: Latencies,
    /// By direction.
    first: [Latencies; 2],
}

/// An interruption that goes on.
#[derive(Clone, Debug)]
struct Open {
    change: Change,
    /// The first change.
    since: Instant,
    /// When there was a path again: at the first change, unless the path was lost.
    decided: Instant,
    /// From the last delivery over the old path to the first change, where that path failed.
    detect: Duration,
    /// By direction; `None` where no flow was running or nothing was delivered yet.
    ways: [Option<Way>; 2],
}

/// One direction of an interruption, at the receiver of one flow.
#[derive(Clone, Debug)]
struct Way {
    flow: u32,
    forward: bool,
    /// Time that normally lies between two frames.
    interval: Duration,
    /// The first number that had not arrived at the change.
    from: u64,
    /// The latest delivery.
    last: Instant,
    /// The longest time without a delivery so far, less what is normal.
    gap: Duration,
    end: Option<End>,
}

/// How an interruption ended in one direction.
#[derive(Clone, Copy, Debug)]
struct End {
    /// The frame that ended it.
    number: u64,
    /// From the decision to its delivery.
    first: Duration,
}

/// Numbers of frames of one leg of a flow: `from..to`.
#[derive(Clone, Copy, Debug)]
struct Numbers {
    flow: u32,
    forward: bool,
    from: u64,
    to: u64,
}

impl Watcher {
    /// Nothing has happened yet.
    pub(crate) fn new(parties: usize, warmup: Instant) -> Self {
        Watcher {
            warmup,
            open: vec![None; parties],
            missing: Vec::new(),
            changes: 0,
            failovers: Tally::default(),
            handovers: Tally::default(),
            outages: Tally::default(),
        }
    }

    /// One party more.
    pub(crate) fn add_party(&mut self) {
        self.open.push(None);
    }

    /// A vehicle's path has changed.
    pub(crate) fn changed(
        &mut self,
        now: Instant,
        party: u32,
        (change, cause): (Change, RouteCause),
        traffic: &Traffic,
    ) {
        if now >= self.warmup {
            self.changes += 1;
            if let Some(tally) = self.tally(change) {
                tally.count += 1;
            }
        }
        match &mut self.open[party as usize] {
            Some(open) => match change {
                Change::Lost => open.change = change,
                Change::Found => open.decided = now,
                Change::Failover | Change::Handover | Change::Better => {}
            },
            None if interrupts(change) => {
                self.open[party as usize] = Open::new(now, party, change, cause, traffic);
            }
            None => {}
        }
    }

    /// A frame was delivered. If that ends an interruption: which vehicle's, by what, and what it consisted of.
    pub(crate) fn delivered(
        &mut self,
        now: Instant,
        delivered: &Delivered,
        traffic: &Traffic,
    ) -> Option<(u32, Change, Blackout)> {
        let party = traffic.flows[delivered.flow as usize].vehicle();
        let open = self.open[party as usize].as_mut()?;
        open.deliver(now, delivered);
        let open = self.open[party as usize].take_if(|open| open.is_over(traffic))?;
        let blackout = open.blackout();
        if open.since >= self.warmup
            && let Some(tally) = self.tally(open.change)
        {
            tally.record(&open);
            self.missing.push((open.change, open.numbers().collect()));
        }
        Some((party, open.change, blackout))
    }

    /// A vehicle is gone.
    pub(crate) fn gone(&mut self, party: u32) {
        self.open[party as usize] = None;
    }

    /// Failovers, handovers and outages so far.
    pub(crate) fn results(&self, traffic: &Traffic) -> [Interruptions; 3] {
        let kinds = [
            (Change::Failover, &self.failovers),
            (Change::Handover, &self.handovers),
            (Change::Lost, &self.outages),
        ];
        kinds.map(|(change, tally)| {
            let mut lost: Vec<u64> = self
                .missing
                .iter()
                .filter(|(of, _)| *of == change)
                .map(|(_, numbers)| numbers.iter().map(|numbers| numbers.lost(traffic)).sum())
                .collect();
            lost.sort_unstable();
            // The smallest value that at least 95 % are not above, as the times' quantiles are.
            let p95 = (lost.len() * 95).div_ceil(100).checked_sub(1).map(|index| lost[index]);
            Interruptions {
                count: tally.count,
                blackout: tally.blackout.quantiles(),
                detect: tally.detect.quantiles(),
                decide: tally.decide.quantiles(),
                first_up: tally.first[Direction::Up as usize].quantiles(),
                first_down: tally.first[Direction::Down as usize].quantiles(),
                lost: lost.iter().sum(),
                lost_p95: p95,
            }
        })
    }

    fn tally(&mut self, change: Change) -> Option<&mut Tally> {
        match change {
            Change::Failover => Some(&mut self.failovers),
            Change::Handover => Some(&mut self.handovers),
            Change::Lost => Some(&mut self.outages),
            Change::Found | Change::Better => None,
        }
    }
}

impl Tally {
    fn record(&mut self, open: &Open) {
        self.blackout.record(open.length());
        self.detect.record(open.detect);
        self.decide.record(open.decide());
        for (first, end) in self.first.iter_mut().zip(open.ends()) {
            if let Some(end) = end {
                first.record(end.first);
            }
        }
    }
}

impl Open {
    /// `None` if no flow of the vehicle is running, or nothing was delivered yet.
    fn new(now: Instant, party: u32, change: Change, cause: RouteCause, traffic: &Traffic) -> Option<Open> {
        let ways = [Direction::Up, Direction::Down].map(|wanted| Way::new(party, wanted, traffic));
        let last = ways.iter().flatten().map(|way| way.last).max()?;
        let failed = !matches!(cause, RouteCause::Found | RouteCause::Better);
        let detect = if failed { now.since(last) } else { Duration::ZERO };
        Some(Open { change, since: now, decided: now, detect, ways })
    }

    fn deliver(&mut self, now: Instant, delivered: &Delivered) {
        let mut ways = self.ways.iter_mut().flatten();
        let of = |way: &&mut Way| way.flow == delivered.flow && way.forward == delivered.forward;
        let Some(way) = ways.find(of).filter(|way| way.end.is_none()) else { return };
        way.gap = way.gap.max(now.since(way.last).saturating_sub(way.interval));
        way.last = now;
        if delivered.sent >= self.since {
            way.end = Some(End { number: delivered.number, first: now.since(self.decided) });
        }
    }

    /// Whether it has ended wherever something is still sent.
    fn is_over(&self, traffic: &Traffic) -> bool {
        let ended = |way: &Way| way.end.is_some() || !traffic.flows[way.flow as usize].is_running();
        self.ways.iter().flatten().all(ended)
    }

    fn length(&self) -> Duration {
        self.ways.iter().flatten().map(|way| way.gap).max().unwrap_or_default()
    }

    fn decide(&self) -> Duration {
        self.decided.since(self.since)
    }

    fn ends(&self) -> [Option<End>; 2] {
        self.ways.each_ref().map(|way| way.as_ref()?.end)
    }

    fn blackout(&self) -> Blackout {
        let [up, down] = self.ways.each_ref().map(|way| way.as_ref().map(|way| millis(way.gap)));
        let [first_up, first_down] = self.ends().map(|end| end.map(|end| millis(end.first)));
        Blackout {
            blackout_ms: millis(self.length()),
            up_ms: up,
            down_ms: down,
            detect_ms: millis(self.detect),
            decide_ms: millis(self.decide()),
            first_up_ms: first_up,
            first_down_ms: first_down,
        }
    }

    /// The frames that should have arrived before those that ended it.
    fn numbers(&self) -> impl Iterator<Item = Numbers> {
        self.ways.iter().flatten().filter_map(|way| {
            let Way { flow, forward, from, .. } = *way;
            way.end.map(|End { number: to, .. }| Numbers { flow, forward, from, to })
        })
    }
}

impl Way {
    fn new(party: u32, wanted: Direction, traffic: &Traffic) -> Option<Way> {
        traffic.of_party(party).iter().find_map(|index| {
            let flow = &traffic.flows[*index as usize];
            let back = flow.back.as_ref().map(|(leg, _)| leg);
            let mut legs = [(true, Some(&flow.forward)), (false, back)].into_iter();
            let (forward, leg) = legs.find_map(|(forward, leg)| {
                let leg = leg.filter(|leg| leg.direction == wanted)?;
                Some((forward, leg))
            })?;
            if !flow.is_running() || flow.vehicle() != party {
                return None;
            }
            let last = leg.stream.last_delivery?;
            let (interval, from) = (flow.interval(), leg.stream.expected());
            Some(Way { flow: *index, forward, interval, from, last, gap: Duration::ZERO, end: None })
        })
    }
}

impl Numbers {
    fn lost(&self, traffic: &Traffic) -> u64 {
        let Flow { forward, back, .. } = &traffic.flows[self.flow as usize];
        let leg: Option<&Leg> = if self.forward { Some(forward) } else { back.as_ref().map(|(leg, _)| leg) };
        let missing = |leg: &Leg| (self.from..self.to).filter(|number| !leg.stream.has(*number)).count();
        leg.map_or(0, missing) as u64
    }
}

/// The name of the interruption that a change begins.
pub(crate) fn interruption(change: Change) -> &'static str {
    if change == Change::Lost { "outage" } else { change.name() }
}

fn interrupts(change: Change) -> bool {
    matches!(change, Change::Lost | Change::Failover | Change::Handover)
}

fn millis(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::address;
    use crate::world::traffic::{End, FlowSetup};
    use node_lib::buffer_pool::Frame;

    /// One flow up from party 0 to party 1, ten frames a second, the first at 0.
    struct Bench {
        traffic: Traffic,
        watcher: Watcher,
        run: u32,
    }

    impl Bench {
        fn new() -> Self {
            Bench::of(None)
        }

        /// The same with requests that are answered.
        fn with_answers() -> Self {
            Bench::of(Some(100))
        }

        fn of(response: Option<usize>) -> Self {
            let ends = ["car", "server"].map(|name| End {
                party: u32::from(name == "server"),
                host: address::host(name),
                vehicle: name == "car",
            });
            let (start, name) = (Instant::ZERO, String::new());
            let setup = FlowSetup {
                name,
                spec: 0,
                by_name: false,
                ends,
                rate: 10.0,
                size: 100,
                response,
                start,
                stop: None,
                phase: 0.0,
            };
            let mut traffic = Traffic::new(vec![setup], 2, Instant::ZERO);
            let (_, run) = traffic.start(0, Instant::ZERO).unwrap();
            Bench { traffic, watcher: Watcher::new(2, Instant::ZERO), run }
        }

        fn send(&mut self, millis: u64) -> Frame {
            self.traffic.send(0, self.run, Instant::from_millis(millis)).unwrap().0
        }

        fn deliver(&mut self, millis: u64, frame: &Frame) -> Option<(u32, Change, Blackout)> {
            let now = Instant::from_millis(millis);
            let delivered = self.traffic.receive(1, &address::host("server"), frame, now)?;
            self.watcher.delivered(now, &delivered, &self.traffic)
        }

        /// The server gets a request; its answer.
        fn answer(&mut self, millis: u64, request: &Frame) -> Frame {
            let now = Instant::from_millis(millis);
            let delivered = self.traffic.receive(1, &address::host("server"), request, now).unwrap();
            delivered.answer.unwrap().0
        }

        /// The car gets an answer.
        fn home(&mut self, millis: u64, answer: &Frame) -> Option<(u32, Change, Blackout)> {
            let now = Instant::from_millis(millis);
            let delivered = self.traffic.receive(0, &address::host("car"), answer, now)?;
            self.watcher.delivered(now, &delivered, &self.traffic)
        }

        fn change(&mut self, millis: u64, change: Change) {
            let cause = RouteCause::Unacked;
            self.watcher.changed(Instant::from_millis(millis), 0, (change, cause), &self.traffic);
        }

        /// Count, measured, lost of each kind.
        fn results(&self) -> [(u64, u64, u64); 3] {
            let results = self.watcher.results(&self.traffic);
            results.map(|result| (result.count, result.blackout.count, result.lost))
        }
    }

    #[test]
    fn a_blackout_is_the_longest_time_without_a_delivery() {
        let mut bench = Bench::new();
        let (first, second) = (bench.send(0), bench.send(100));
        assert_eq!(bench.deliver(5, &first), None);
        bench.change(150, Change::Failover);
        bench.change(160, Change::Handover);
        assert_eq!(bench.deliver(170, &second), None, "it was sent before");
        let third = bench.send(200);
        let (party, change, blackout) = bench.deliver(203, &third).unwrap();
        assert_eq!((party, change), (0, Change::Failover));
        let expected = Blackout {
            blackout_ms: 65.0,
            up_ms: Some(65.0),
            down_ms: None,
            detect_ms: 145.0,
            decide_ms: 0.0,
            first_up_ms: Some(53.0),
            first_down_ms: None,
        };
        assert_eq!(blackout, expected);
        assert_eq!(bench.results(), [(1, 1, 0), (1, 0, 0), (0, 0, 0)]);
        assert_eq!(bench.watcher.changes, 2);
    }

    #[test]
    fn what_never_arrives_is_lost_and_what_is_late_is_not() {
        let mut bench = Bench::new();
        let first = bench.send(0);
        bench.deliver(5, &first);
        let (late, _lost) = (bench.send(100), bench.send(200));
        bench.change(250, Change::Handover);
        let after = bench.send(300);
        assert!(bench.deliver(305, &after).is_some());
        assert_eq!(bench.results()[1], (1, 1, 2));
        bench.deliver(310, &late);
        assert_eq!(bench.results()[1], (1, 1, 1));
    }

    #[test]
    fn an_interruption_in_which_the_path_is_lost_is_an_outage() {
        let mut bench = Bench::new();
        let first = bench.send(0);
        bench.deliver(5, &first);
        for (millis, change) in [(150, Change::Failover), (170, Change::Lost), (400, Change::Found)] {
            bench.change(millis, change);
        }
        let later = bench.send(500);
        let (_, change, blackout) = bench.deliver(505, &later).unwrap();
        assert_eq!((change, blackout.blackout_ms, blackout.decide_ms), (Change::Lost, 400.0, 250.0));
        assert_eq!(bench.results(), [(1, 0, 0), (0, 0, 0), (1, 1, 0)]);
    }

    #[test]
    fn an_interruption_that_nobody_saw_has_no_length() {
        let mut bench = Bench::new();
        bench.change(10, Change::Lost);
        let frame = bench.send(100);
        assert_eq!(bench.deliver(105, &frame), None, "nothing was delivered before");
        bench.change(110, Change::Lost);
        bench.watcher.gone(0);
        let frame = bench.send(200);
        assert_eq!(bench.deliver(205, &frame), None, "the vehicle was gone");
        bench.change(210, Change::Better);
        let frame = bench.send(300);
        assert_eq!(bench.deliver(305, &frame), None, "that is no interruption");
        assert_eq!(bench.results()[2], (2, 0, 0));
    }

    #[test]
    fn an_interruption_is_over_when_both_directions_are() {
        let mut bench = Bench::with_answers();
        let request = bench.send(0);
        let answer = bench.answer(5, &request);
        assert_eq!(bench.home(9, &answer), None);
        bench.change(50, Change::Handover);
        let request = bench.send(100);
        let now = Instant::from_millis(105);
        let mut delivered = bench.traffic.receive(1, &address::host("server"), &request, now).unwrap();
        assert_eq!(
            bench.watcher.delivered(now, &delivered, &bench.traffic),
            None,
            "the way down is still open"
        );
        let answer = delivered.answer.take().unwrap().0;
        let (_, _, blackout) = bench.home(131, &answer).unwrap();
        assert_eq!((blackout.up_ms, blackout.down_ms), (Some(0.0), Some(22.0)));
        assert_eq!((blackout.first_up_ms, blackout.first_down_ms), (Some(55.0), Some(81.0)));
        assert_eq!((blackout.blackout_ms, blackout.detect_ms), (22.0, 41.0));
    }
}
