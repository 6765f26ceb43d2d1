//! Everybody hears everybody.

use super::{Check, Effort, cell};
use crate::ValidationError;
use crate::air::{Field, Traffic};
use crate::comparison::{Comparison, Findings, Origin, Plot, Point, curves, tolerance};
use crate::reference::Reference;
use crate::statistics::Estimate;
use std::time::Duration;

pub(super) const CHECK: Check = Check {
    id: "contention",
    title: "Broadcasts of many within range of each other",
    text: "Broadcasts of 300 bytes at 6 Mb/s, best effort, from radios on a circle of 10 m without fading: what is lost is lost to \
        collisions. Each sends one frame at a random time of every interval, so that a run is no single sample of phases. ns-3 has \
        AIFSN 6 as outside a BSS. Two radios whose backoffs end in the same slot collide; so do two of which \
        one is due within the 4 µs in which ns-3 doesn't notice the other's frame yet, and for which ours is set the same. The tolerance is 0.02, but no more than 5 % of the reference.",
    run,
};

fn run(effort: Effort, reference: &Reference) -> Result<Findings, ValidationError> {
    let mut findings = Findings::default();
    let (mut ours, mut busy) = (Vec::new(), Vec::new());
    for known in reference.series("cell", "10 Hz delivery") {
        let found = simulate(effort, known.x as usize, 10)?;
        ours.push(Point { x: known.x, y: found.0 });
        busy.push(Point { x: known.x, y: found.1 });
    }
    let many = simulate(effort, 10, 100)?;
    let compare = |name: String, series: &str, x, ours| -> Result<Comparison, ValidationError> {
        let reference = reference.value("cell", series, x)?;
        let tolerance = tolerance(0.02, 0.05, reference.mean);
        Ok(Comparison { name, source: "ns-3".to_owned(), reference, ours, tolerance, unit: "", known: 0.0 })
    };
    let all = ours.iter().zip(&busy).map(|(ours, busy)| (10, ours.x, ours.y, busy.y));
    for (rate, x, delivery, busy) in all.chain([(100, 10.0, many.0, many.1)]) {
        let name = format!("{x} radios, {rate} Hz");
        findings.comparisons.extend([
            compare(format!("{name}: delivery"), &format!("{rate} Hz delivery"), x, delivery)?,
            compare(format!("{name}: channel busy"), &format!("{rate} Hz busy"), x, busy)?,
        ]);
    }
    let known = |series| reference.points("cell", series);
    let both = |name, series, ours| curves(name, [(Origin::Ns3, known(series)), (Origin::Ours, ours)]);
    findings.plots.push(Plot {
        id: "contention",
        title: "Broadcasts at 10 Hz, all in range",
        x: "radios",
        y: "share",
        curves: [both("delivery", "10 Hz delivery", ours), both("channel busy", "10 Hz busy", busy)].concat(),
    });
    Ok(findings)
}

/// Delivery, and the share of the time in which the channel is busy.
fn simulate(effort: Effort, radios: usize, rate: u32) -> Result<(Estimate, Estimate), ValidationError> {
    let field = Field {
        profile: cell::as_ns3(cell::no_fading()),
        places: cell::circle(radios),
        silent: Vec::new(),
        traffic: Traffic::Spread(Duration::from_secs(1) / rate),
        to: None,
        sink: None,
        payload: 300,
        duration: Duration::from_secs(effort.pick(1, 5)),
        bin: 50.0,
    };
    let outcomes = field.runs(effort.pick(5, 20))?;
    let receptions = |sent: u64| sent as f64 * (radios as f64 - 1.0);
    let delivery: Vec<f64> = outcomes.iter().map(|run| run.received as f64 / receptions(run.sent)).collect();
    let busy: Vec<f64> = outcomes.iter().map(|run| run.busy).collect();
    Ok((Estimate::of_runs(&delivery), Estimate::of_runs(&busy)))
}
