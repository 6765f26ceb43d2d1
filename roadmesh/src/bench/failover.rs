//! Target R2, live: a diamond whose active relay loses its power again and again while a TCP connection runs.

use super::labs::RunningLab;
use super::report::{Bound, Figure, Report};
use super::tools::{Tools, longest_stall};
use crate::error::{Failure, other};
use serde_json::Value;
use std::thread;
use std::time::Duration;

/// Measures, and adds what came of it.
pub(super) fn measure(tools: Tools, report: &mut Report) -> Result<(), Failure> {
    if !tools.iperf3 {
        return Ok(());
    }
    report.doing(&format!("a diamond, whose active relay loses its power {TIMES} times"));
    let lab = RunningLab::start("bench-diamond", DIAMOND, &["--keep"])?;
    let (rsu, car) = (lab.host("rsu1"), lab.host("car"));
    let (killed, stalled) = thread::scope(|scope| {
        let connection = scope.spawn(|| longest_stall(&rsu, &car, "rsu1", SECONDS));
        let killed = (0..TIMES).try_for_each(|_| kill_the_relay(&lab));
        (killed, connection.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    killed?;
    let stalled = stalled?;
    let (summary, _) = lab.end()?;
    let of = |key: &str| summary["failovers"]["blackout"][key].as_f64().unwrap_or(f64::NAN);
    let what = format!("a relay dies {TIMES} times: failovers");
    report.add(Figure::count("R2", &what, of("count"), "", Bound::AtLeast(TIMES.into())));
    report.add(Figure::count("", "blackout of a flow, median", of("median_ms"), "ms", Bound::None));
    report.add(Figure::count("R2", "blackout of a flow, 95 %", of("p95_ms"), "ms", Bound::AtMost(50.0)));
    report.add(Figure::count("", "blackout of a flow, longest", of("max_ms"), "ms", Bound::None));
    report.add(Figure::count(
        "",
        "TCP stalled, to whole tenths of a second",
        stalled * 1e3,
        "ms",
        Bound::None,
    ));
    Ok(())
}

/// Takes the power of the relay that the car uses, once it has two to choose from, and gives it back.
fn kill_the_relay(lab: &RunningLab) -> Result<(), Failure> {
    let relay = loop {
        let explained: Value = lab.told(&["ctl", "--json"], &["car", "explain", "rsu1"])?;
        let candidates = explained["rsus"][0]["candidates"].as_array();
        let feasible = candidates.map_or(0, |all| all.iter().filter(|one| one["feasible"] == true).count());
        let status: Value = lab.told(&["ctl", "--json"], &["car", "status"])?;
        match status["route"]["next_hop"].as_str() {
            Some(relay) if feasible >= 2 => break relay.to_owned(),
            _ => thread::sleep(Duration::from_millis(50)),
        }
    };
    lab.command(&["down"], &[&relay])?;
    thread::sleep(Duration::from_millis(500));
    lab.command(&["up"], &[&relay]).map_err(|_| other(format!("`{relay}` doesn't come back"), None))
}

/// Two relays between a car and its RSU, and a frame every 2 ms to measure with. The links take 1 ms, as a radio would.
const DIAMOND: &str = "{ name: diamond, duration: 3600s, nodes: { rsu1: { role: rsu }, left: { role: obu },
    right: { role: obu }, car: { role: obu } }, radio: { profile: ideal, ideal: { default: { latency: 1ms }, links: [
    { between: [rsu1, left] }, { between: [rsu1, right] }, { between: [left, car] }, { between: [right, car] } ] } },
    traffic: [ { name: probe, kind: constant, from: car, to: rsu1, rate: 500/s, size: 64 } ] }";
const TIMES: u32 = 10;
/// Time enough for all of them.
const SECONDS: u32 = 20;
