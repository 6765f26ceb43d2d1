//! Two that don't hear each other.

use super::{Check, Effort, cell};
use crate::ValidationError;
use crate::air::{Field, Traffic};
use crate::comparison::{Comparison, Findings, Origin, Plot, Point, curves, formula};
use crate::reference::Reference;
use crate::statistics::Estimate;
use crate::theory::hidden::delivery;
use crate::theory::timing;
use std::time::Duration;

pub(super) const CHECK: Check = Check {
    id: "hidden",
    title: "Hidden terminals",
    text: "A - B - C: A and C broadcast 300 bytes at random times (Poisson) and are too far from each other to notice anything; B hears \
        both equally well, and no fading. What overlaps is lost, both of it: frames of equal power are 0 dB apart, and capture is \
        off. The closed form is (1 - λT) exp(-λT) (the unslotted ALOHA's exp(-2λT), for transmitters whose own frames don't overlap), for \
        λT up to 0.15; beyond, queues form. In ns-3 the losses are given as a matrix.",
    run,
};

fn run(effort: Effort, reference: &Reference) -> Result<Findings, ValidationError> {
    let time = timing::frame(6.0, 300.0 + timing::OVERHEAD) / 1e6;
    let mut comparisons = Vec::new();
    let mut ours = Vec::new();
    for known in reference.series("hidden", SERIES) {
        let found = simulate(effort, known.x)?;
        ours.push(Point { x: known.x, y: found });
        let compare = |source: &str, reference| Comparison {
            name: format!("{} frames a second each", known.x),
            source: source.to_owned(),
            reference,
            ours: found,
            tolerance: 0.02,
            unit: "",
            known: 0.0,
        };
        comparisons.push(compare("ns-3", known.value));
        if known.x * time <= 0.15 {
            comparisons.push(compare("closed form", Estimate::exact(delivery(known.x, time))));
        }
    }
    let theory = formula((1..=50).map(|step| f64::from(step) * 10.0), |rate| delivery(rate, time));
    let ns3 = reference.points("hidden", SERIES);
    let plot = Plot {
        id: "hidden",
        title: "Hidden terminals",
        x: "frames a second from each",
        y: "delivery ratio",
        curves: curves("delivery at B", [(Origin::Theory, theory), (Origin::Ns3, ns3), (Origin::Ours, ours)]),
    };
    Ok(Findings { comparisons, plots: vec![plot] })
}

/// Share of the frames that arrive at B.
fn simulate(effort: Effort, rate: f64) -> Result<Estimate, ValidationError> {
    let field = Field {
        profile: cell::as_ns3(cell::no_fading()),
        // A loss of 105 dB over 270 m leaves 13 dB over the noise; twice as far it is 1 dB, too little for any frame.
        places: vec![[0.0; 2], [HOP_M, 0.0], [2.0 * HOP_M, 0.0]],
        silent: vec![1],
        traffic: Traffic::Poisson(rate),
        to: None,
        sink: Some(1),
        payload: 300,
        duration: Duration::from_secs_f64(effort.pick(1000.0, 10_000.0) / rate),
        bin: 50.0,
    };
    let outcomes = field.runs(10)?;
    let values: Vec<f64> = outcomes.iter().map(|run| run.received as f64 / run.sent as f64).collect();
    Ok(Estimate::of_runs(&values))
}

const SERIES: &str = "broadcast 300 B";
const HOP_M: f64 = 270.0;
