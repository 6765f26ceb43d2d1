//! Target T7: many live nodes, delays that are kept, and deliveries.

use super::labs::{RunningLab, chain, crowd};
use super::report::{Bound, Figure, Report};
use super::tools::{Tools, ping};
use super::{BenchArgs, quantile};
use crate::error::{Failure, other};
use crate::lab::build::build;
use crate::lab::host::LiveHost;
use serde_json::Value;
use sim_lib::world::{PartyKind, address};
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Measures, and adds what came of it.
pub(super) fn measure(args: &BenchArgs, tools: Tools, report: &mut Report) -> Result<(), Failure> {
    report.doing(&format!("{} nodes are made and taken away", args.nodes));
    make_and_drop(args.nodes, report)?;
    report.doing(&format!("a lab of {} nodes", args.nodes));
    converge(args.nodes, tools, report)?;
    if tools.ping {
        report.doing("a delay of 10 ms");
        keep_a_delay(report)?;
    }
    report.doing("deliveries among 100 nodes");
    deliver(report)
}

/// What it takes to make a node's surroundings, to have them, and to be rid of them.
fn make_and_drop(nodes: u32, report: &mut Report) -> Result<(), Failure> {
    let hosts: Vec<LiveHost> = (0..nodes).map(host).collect();
    let before = memory_kib();
    let start = Instant::now();
    let built = build(&hosts, 1500)?;
    let made = start.elapsed();
    let taken = before - memory_kib();
    let start = Instant::now();
    drop(built);
    let gone = start.elapsed();
    let each = |time: Duration| time.as_secs_f64() * 1e3 / f64::from(nodes);
    report.add(Figure::count("T7", "a node is made in", each(made), "ms", Bound::AtMost(1.0)));
    report.add(Figure::count("T7", "and gone in", each(gone), "ms", Bound::AtMost(0.1)));
    let memory = taken / f64::from(nodes);
    report.add(Figure::count("T7", "memory of the machine for each", memory, "KiB", Bound::AtMost(300.0)));
    Ok(())
}

fn host(number: u32) -> LiveHost {
    let name = format!("car{number}");
    LiveHost {
        party: number,
        kind: PartyKind::Obu,
        plain: false,
        mac: address::host_mac(&name),
        ipv6: address::host_ip(&name),
        ipv4: address::host_ipv4(number),
        name,
    }
}

/// How long a lab takes until everybody has a route, and whether everybody is answered then.
fn converge(nodes: u32, tools: Tools, report: &mut Report) -> Result<(), Failure> {
    let lab = RunningLab::start("bench-nodes", &crowd(1, nodes - 1, "200ms", "3600s"), &["--keep"])?;
    let what = format!("a lab of {nodes} nodes is up and converged in");
    report.add(Figure::count("T7", &what, lab.converged_in.as_secs_f64(), "s", Bound::AtMost(3.0)));
    if tools.ping {
        let answered = (1..nodes).filter(|car| {
            let node = format!("car{car}");
            // Whoever gets no answer counts as that.
            lab.host(&node).run(&["ping", "-q", "-c", "1", "-W", "5", "rsu1"]).is_ok()
        });
        let share = answered.count() as f64 / f64::from(nodes - 1);
        report.add(Figure::ratio(
            "",
            "of them, whose RSU answers",
            String::new(),
            share,
            Bound::AtLeast(1.0),
        ));
    }
    Ok(())
}

/// How late what takes 10 ms is, at 1000 frames a second: by the lab's own books, and as a host sees it.
fn keep_a_delay(report: &mut Report) -> Result<(), Failure> {
    let lab = RunningLab::start("bench-delay", &chain(1, "10ms"), &["--keep"])?;
    // A request and its answer are two frames.
    let times = ping(&lab.host("car1"), "rsu1", 3000, "0.002")?;
    let (summary, _) = lab.end()?;
    let of = |key: &str| summary["lateness"][key].as_f64().unwrap_or(f64::NAN) * 1000.0;
    report.add(Figure::count(
        "T7",
        "a delay of 10 ms is late by, median",
        of("median_ms"),
        "µs",
        Bound::AtMost(100.0),
    ));
    report.add(Figure::count("T7", "99 % of them by", of("p99_ms"), "µs", Bound::AtMost(300.0)));
    let late = |share| (quantile(&times, share) - 20_000.0) / 2.0;
    report.add(Figure::count("", "as a host sees it, one way, median", late(0.5), "µs", Bound::None));
    report.add(Figure::count("", "and 99 %", late(0.99), "µs", Bound::None));
    Ok(())
}

/// Two RSUs shout at a hundred nodes more than anybody could hear; what counts is how much was heard in how much time.
fn deliver(report: &mut Report) -> Result<(), Failure> {
    // That it doesn't keep up is what it is for.
    let scenario = crowd(2, 98, "1ms", "4s");
    let mut lab = RunningLab::spawn("bench-deliveries", &scenario, &[], Stdio::null())?;
    let (summary, timing) = lab.finish()?;
    let number =
        |value: &Value| value.as_f64().ok_or_else(|| other("a lab's results lack a figure".to_owned(), None));
    let received = number(&summary["counters"]["radio.received"])?;
    let per_s = received / number(&timing["wall_s"])?;
    report.add(Figure::count(
        "T7",
        "deliveries a second at 100 live nodes",
        per_s / 1e3,
        "k/s",
        Bound::AtLeast(400.0),
    ));
    Ok(())
}

/// Memory that is free for use, KiB.
fn memory_kib() -> f64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("MemAvailable:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1)).and_then(|number| number.parse().ok());
    number.unwrap_or(f64::NAN)
}
