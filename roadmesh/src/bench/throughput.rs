//! Targets T3 to T6: throughput, datagrams and round trips.

use super::daemons::Daemons;
use super::host::Host;
use super::labs::{RunningLab, chain};
use super::pair::Pair;
use super::report::{Bound, Figure, Report};
use super::tools::{Tools, ping, tcp, udp};
use super::{BenchArgs, median, quantile};
use crate::error::Failure;

/// What was measured, one value a repetition.
#[derive(Debug, Default)]
struct Series {
    veth: Vec<f64>,
    nooff: Vec<f64>,
    one_hop: Vec<f64>,
    three_hops: Vec<f64>,
    back: Vec<f64>,
    retransmits: u64,
    daemons: Vec<f64>,
    large_daemons: Vec<f64>,
    veth_datagrams: Vec<f64>,
    lab_datagrams: Vec<f64>,
    veth_per_core: Vec<f64>,
    lab_per_core: Vec<f64>,
    out_of_order: u64,
    veth_ping: Vec<f64>,
    lab_ping: Vec<f64>,
    daemon_ping: Vec<f64>,
}

/// Measures, and adds what came of it.
pub(super) fn measure(args: &BenchArgs, tools: Tools, report: &mut Report) -> Result<(), Failure> {
    report.doing("the kernel's wire, a lab of three hops, and two pairs of daemons are set up");
    let wire = Pair::new(ETHERNET, true)?;
    let lab = RunningLab::start("bench-throughput", &chain(3, "0s"), &["--keep"])?;
    let daemons = Daemons::start(ETHERNET)?;
    let large = Daemons::start(LARGEST)?;
    let mut series = Series::default();
    for repetition in 1..=args.repetitions {
        report.doing(&format!("throughput, {repetition} of {}", args.repetitions));
        if tools.iperf3 {
            stream(args, &wire, &lab, &daemons, &large, &mut series)?;
        }
        if tools.ping {
            round_trips(&wire, &lab, &daemons, &mut series)?;
        }
    }
    drop((lab, daemons, large));
    let mut busy_ping = Vec::new();
    if tools.ping {
        report.doing("round trips with busy polling");
        let lab = RunningLab::start("bench-busy", &chain(1, "0s"), &["--keep", "--busy-poll", "1s"])?;
        for _ in 0..args.repetitions {
            busy_ping.push(quantile(&ping(&lab.host("car1"), "rsu1", PINGS, PING_INTERVAL)?, 0.5));
        }
    }
    if tools.iperf3 {
        series.tell_throughput(report);
    }
    if tools.ping {
        series.tell_round_trips(busy_ping, report);
    }
    Ok(())
}

fn stream(
    args: &BenchArgs,
    wire: &Pair,
    lab: &RunningLab,
    daemons: &Daemons,
    large: &Daemons,
    series: &mut Series,
) -> Result<(), Failure> {
    let [here, there] = [0, 1].map(|end| Host::Namespace(&wire.ends[end]));
    let (address, seconds) = (Pair::address(1), args.seconds);
    let (rsu, near, far) = (lab.host("rsu1"), lab.host("car1"), lab.host("car3"));

    wire.set_offloads(false)?;
    series.nooff.push(tcp(&there, &here, &address, seconds)?.bits_per_s);
    wire.set_offloads(true)?;
    series.veth.push(tcp(&there, &here, &address, seconds)?.bits_per_s);
    let one_hop = tcp(&rsu, &near, "rsu1", seconds)?;
    series.one_hop.push(one_hop.bits_per_s);
    series.retransmits += one_hop.retransmits;
    series.back.push(tcp(&near, &rsu, "car1", seconds)?.bits_per_s);
    series.three_hops.push(tcp(&rsu, &far, "rsu1", seconds)?.bits_per_s);
    for (daemons, into) in [(daemons, &mut series.daemons), (large, &mut series.large_daemons)] {
        let (rsu, obu) = (daemons.host(0), daemons.host(1));
        into.push(tcp(&rsu, &obu, &Daemons::address(0), seconds)?.bits_per_s);
    }

    // As many as the wire carries are offered to the lab too: more than that only starves the receiver.
    let datagrams = udp(&there, &here, &address, seconds, None)?;
    series.veth_datagrams.push(datagrams.received_per_s);
    series.veth_per_core.push(datagrams.received_per_core_and_s);
    let datagrams = udp(&rsu, &near, "rsu1", seconds, Some(datagrams.received_per_s))?;
    series.lab_datagrams.push(datagrams.received_per_s);
    series.lab_per_core.push(datagrams.received_per_core_and_s);
    series.out_of_order += datagrams.out_of_order;
    Ok(())
}

fn round_trips(wire: &Pair, lab: &RunningLab, daemons: &Daemons, series: &mut Series) -> Result<(), Failure> {
    let median =
        |host: &Host<'_>, to: &str| Ok::<_, Failure>(quantile(&ping(host, to, PINGS, PING_INTERVAL)?, 0.5));
    series.veth_ping.push(median(&Host::Namespace(&wire.ends[0]), &Pair::address(1))?);
    series.lab_ping.push(median(&lab.host("car1"), "rsu1")?);
    series.daemon_ping.push(median(&daemons.host(1), &Daemons::address(0))?);
    Ok(())
}

impl Series {
    fn tell_throughput(&mut self, report: &mut Report) {
        let take = |values: &mut Vec<f64>| median(std::mem::take(values));
        let [veth, nooff] = [take(&mut self.veth), take(&mut self.nooff)];
        let giga = |bits: f64| format!("{:.2} Gb/s", bits / 1e9);
        report.add(Figure::plain("", "TCP, the kernel's wire (veth)", giga(veth)));
        report.add(Figure::plain("", "TCP, the same without offloads (nooff)", giga(nooff)));
        let one_hop = take(&mut self.one_hop);
        report.add(Figure::ratio(
            "T3",
            "TCP, one hop in a lab / nooff",
            giga(one_hop),
            one_hop / nooff,
            Bound::AtLeast(2.5),
        ));
        report.add(Figure::ratio(
            "T3",
            "TCP, one hop in a lab / veth",
            giga(one_hop),
            one_hop / veth,
            Bound::AtLeast(0.6),
        ));
        let back = take(&mut self.back);
        report.add(Figure::ratio(
            "",
            "TCP, the same from the RSU / nooff",
            giga(back),
            back / nooff,
            Bound::None,
        ));
        let far = take(&mut self.three_hops);
        report.add(Figure::ratio("", "TCP, three hops / nooff", giga(far), far / nooff, Bound::None));
        let retransmits = self.retransmits;
        report.add(Figure::count(
            "T6",
            "segments sent again, one hop",
            retransmits as f64,
            "",
            Bound::AtMost(0.0),
        ));
        let daemons = take(&mut self.daemons);
        report.add(Figure::ratio(
            "T5",
            "TCP, two daemons, 1500 B radio / nooff",
            giga(daemons),
            daemons / nooff,
            Bound::AtLeast(0.4),
        ));
        let large = take(&mut self.large_daemons);
        report.add(Figure::ratio(
            "T5",
            "TCP, two daemons, large radio / nooff",
            giga(large),
            large / nooff,
            Bound::AtLeast(1.3),
        ));
        let [wire, lab] = [take(&mut self.veth_datagrams), take(&mut self.lab_datagrams)];
        let kilo = |per_s: f64| format!("{:.0} k/s", per_s / 1e3);
        report.add(Figure::plain("", "datagrams of 1400 B, veth", kilo(wire)));
        report.add(Figure::ratio(
            "T6",
            "datagrams of 1400 B, one hop / veth",
            kilo(lab),
            lab / wire,
            Bound::AtLeast(0.9),
        ));
        let [wire, lab] = [take(&mut self.veth_per_core), take(&mut self.lab_per_core)];
        report.add(Figure::plain("", "datagrams a core, veth", kilo(wire)));
        report.add(Figure::ratio("", "datagrams a core, one hop / veth", kilo(lab), lab / wire, Bound::None));
        report.add(Figure::count(
            "T6",
            "datagrams out of order",
            self.out_of_order as f64,
            "",
            Bound::AtMost(0.0),
        ));
    }

    fn tell_round_trips(&mut self, busy: Vec<f64>, report: &mut Report) {
        let take = |values: &mut Vec<f64>| median(std::mem::take(values));
        let [veth, lab, daemons] =
            [take(&mut self.veth_ping), take(&mut self.lab_ping), take(&mut self.daemon_ping)];
        let busy = median(busy);
        report.add(Figure::plain("", "round trip, veth, median", format!("{veth:.0} µs")));
        report.add(Figure::count(
            "T4",
            "round trip added by one hop, idle",
            lab - veth,
            "µs",
            Bound::AtMost(80.0),
        ));
        report.add(Figure::count("T4", "the same with busy polling", busy - veth, "µs", Bound::AtMost(30.0)));
        report.add(Figure::count("", "round trip added by two daemons", daemons - veth, "µs", Bound::None));
    }
}

const ETHERNET: usize = 1500;
/// The most that a wire of the kernel's carries.
const LARGEST: usize = 65_535;
const PINGS: u32 = 500;
/// Long enough for everything to fall asleep between.
const PING_INTERVAL: &str = "0.005";
