//! Changes of the vehicles' upstream paths, and how long they interrupted traffic.

use super::latency::Latencies;
use super::traffic::{Delivered, Direction, Traffic};
use crate::results::Interruptions;
use node_lib::control::change::Change;
use node_lib::time::Instant;
use std::time::Duration;

/// All changes of a run, and the interruptions that are going on.
///
/// An interruption begins with a failover, a handover or the loss of the path, and ends with the first delivery of a
/// frame sent after that. Its length counts from the last delivery before, less the time that normally lies between two
/// frames of the flow. It is measured by one flow of the vehicle: the first running one that goes up, or else that
/// comes down. Changes during an interruption belong to it; if one of them is the loss of the path, it is an outage. One
/// that the vehicle doesn't live to see the end of has no length.
#[derive(Debug)]
pub(crate) struct Watcher {
    warmup: Instant,
    /// By party.
    open: Vec<Option<Open>>,
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
}

/// An interruption that goes on.
#[derive(Clone, Copy, Debug)]
struct Open {
    change: Change,
    since: Instant,
    /// The last delivery before.
    last: Instant,
    flow: u32,
    interval: Duration,
}

impl Watcher {
    /// Nothing has happened yet.
    pub(crate) fn new(parties: usize, warmup: Instant) -> Self {
        Watcher {
            warmup,
            open: vec![None; parties],
            changes: 0,
            failovers: Tally::default(),
            handovers: Tally::default(),
            outages: Tally::default(),
        }
    }

    /// A vehicle's path has changed.
    pub(crate) fn changed(&mut self, now: Instant, party: u32, change: Change, traffic: &Traffic) {
        if now >= self.warmup {
            self.changes += 1;
            if let Some(tally) = self.tally(change) {
                tally.count += 1;
            }
        }
        match &mut self.open[party as usize] {
            Some(open) if change == Change::Lost => open.change = change,
            None if interrupts(change) => self.open[party as usize] = Open::new(now, party, change, traffic),
            _ => {}
        }
    }

    /// A frame was delivered. If that ends an interruption: which vehicle's, by what, and how long it was.
    pub(crate) fn delivered(
        &mut self,
        now: Instant,
        delivered: &Delivered,
        traffic: &Traffic,
    ) -> Option<(u32, Change, Duration)> {
        if !delivered.forward {
            return None;
        }
        let party = traffic.flows[delivered.flow as usize].vehicle();
        let ends = |open: &mut Open| open.flow == delivered.flow && delivered.sent >= open.since;
        let open = self.open[party as usize].take_if(ends)?;
        let length = now.since(open.last).saturating_sub(open.interval);
        if open.since >= self.warmup
            && let Some(tally) = self.tally(open.change)
        {
            tally.blackout.record(length);
        }
        Some((party, open.change, length))
    }

    /// A vehicle is gone.
    pub(crate) fn gone(&mut self, party: u32) {
        self.open[party as usize] = None;
    }

    /// Failovers, handovers and outages so far.
    pub(crate) fn results(&self) -> [Interruptions; 3] {
        [&self.failovers, &self.handovers, &self.outages]
            .map(|tally| Interruptions { count: tally.count, blackout: tally.blackout.quantiles() })
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

impl Open {
    /// `None` if no flow of the vehicle is running, or nothing was delivered yet.
    fn new(now: Instant, party: u32, change: Change, traffic: &Traffic) -> Option<Open> {
        let running = |wanted: Direction| {
            let mut flows = traffic.of_party(party).iter().copied();
            flows.find(|index| {
                let flow = &traffic.flows[*index as usize];
                flow.is_running() && flow.forward.direction == wanted && flow.vehicle() == party
            })
        };
        let index = running(Direction::Up).or_else(|| running(Direction::Down))?;
        let flow = &traffic.flows[index as usize];
        let last = flow.forward.stream.last_delivery?;
        Some(Open { change, since: now, last, flow: index, interval: flow.interval() })
    }
}

/// The name of the interruption that a change begins.
pub(crate) fn interruption(change: Change) -> &'static str {
    if change == Change::Lost { "outage" } else { change.name() }
}

fn interrupts(change: Change) -> bool {
    matches!(change, Change::Lost | Change::Failover | Change::Handover)
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
            let ends = ["car", "server"].map(|name| End {
                party: u32::from(name == "server"),
                host: address::host(name),
                vehicle: name == "car",
            });
            let (start, name) = (Instant::ZERO, String::new());
            let setup = FlowSetup {
                name,
                ends,
                rate: 10.0,
                size: 100,
                response: None,
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

        fn deliver(&mut self, millis: u64, frame: &Frame) -> Option<(u32, Change, Duration)> {
            let now = Instant::from_millis(millis);
            let delivered = self.traffic.receive(1, &address::host("server"), frame, now)?;
            self.watcher.delivered(now, &delivered, &self.traffic)
        }

        fn change(&mut self, millis: u64, change: Change) {
            self.watcher.changed(Instant::from_millis(millis), 0, change, &self.traffic);
        }
    }

    #[test]
    fn a_blackout_reaches_from_delivery_to_delivery() {
        let mut bench = Bench::new();
        let (first, second) = (bench.send(0), bench.send(100));
        assert_eq!(bench.deliver(5, &first), None);
        bench.change(150, Change::Failover);
        bench.change(160, Change::Handover);
        assert_eq!(bench.deliver(170, &second), None, "it was sent before");
        let third = bench.send(200);
        let length = Duration::from_millis(203 - 5 - 100);
        assert_eq!(bench.deliver(203, &third), Some((0, Change::Failover, length)));
        let [failovers, handovers, outages] = bench.watcher.results();
        assert_eq!((failovers.count, failovers.blackout.count), (1, 1));
        assert_eq!((handovers.count, handovers.blackout.count), (1, 0));
        assert_eq!((outages.count, bench.watcher.changes), (0, 2));
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
        assert_eq!(bench.deliver(505, &later), Some((0, Change::Lost, Duration::from_millis(400))));
        assert_eq!(
            bench.watcher.results().map(|result| (result.count, result.blackout.count)),
            [(1, 0), (0, 0), (1, 1)]
        );
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
        let outages = &bench.watcher.results()[2];
        assert_eq!((outages.count, outages.blackout.count), (2, 0));
    }
}
