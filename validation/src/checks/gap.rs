//! How long a receiver waits for the next beacon.

use super::{Check, Effort};
use crate::ValidationError;
use crate::air::{Field, Traffic};
use crate::comparison::{Comparison, Findings, Origin, Plot, Point, curves, tolerance};
use crate::reference::Reference;
use crate::statistics::Estimate;
use crate::theory::delivery::Link;
use radio_lib::{Geometric, Profile};
use std::time::Duration;

pub(super) const CHECK: Check = Check {
    id: "gap",
    title: "Time between two receptions of a beacon",
    text: "A beacon every 100 ms over 300 m with Nakagami fading, which is drawn anew for each frame, so that losses are \
        independent: the number of intervals between two receptions is geometrically distributed, P(gap > k) = (1 - p)^k, with p \
        by the integral of the check above. Inter-reception time is the usual measure of awareness (ElBatt et al., \"Cooperative \
        collision warning using dedicated short range wireless communications\", VANET 2006). The tolerance is 0.015, but no more than a quarter of the reference.",
    run,
};

fn run(effort: Effort, _: &Reference) -> Result<Findings, ValidationError> {
    let distance = 300.0;
    let field = Field {
        profile: Profile::Geometric(Geometric::default()),
        places: vec![[0.0; 2], [distance, 0.0]],
        silent: vec![1],
        traffic: Traffic::Periodic(INTERVAL),
        to: None,
        sink: None,
        payload: 300,
        duration: Duration::from_secs(effort.pick(3000, 20_000)),
        bin: 50.0,
    };
    let arrivals = field.run(1)?.arrivals;
    let gaps: Vec<u64> = arrivals
        .windows(2)
        .map(|pair| (pair[1].since(pair[0]).as_secs_f64() / INTERVAL.as_secs_f64()).round() as u64)
        .collect();
    let p = Link { tx_power: 20.0, noise_figure: 6.0, bytes: 338.0, fading: true }.delivery(distance);
    let longer = |than: u64| {
        let count = gaps.iter().filter(|gap| **gap > than).count();
        Estimate::of_trials(count as u64, gaps.len() as u64)
    };
    let expected = |than: u64| (1.0 - p).powf(than as f64);
    let compare = |than| Comparison {
        name: format!("share of gaps longer than {than}00 ms"),
        source: "geometric distribution".to_owned(),
        reference: Estimate::exact(expected(than)),
        ours: longer(than),
        tolerance: tolerance(0.015, 0.25, expected(than)),
        unit: "",
        known: 0.0,
    };
    let points = |of: &dyn Fn(u64) -> Estimate| {
        (0..=6).map(|than| Point { x: 100.0 * than as f64, y: of(than) }).collect()
    };
    let plot = Plot {
        id: "gap",
        title: "Gaps between receptions over 300 m",
        x: "ms",
        y: "share of gaps that are longer",
        curves: curves(
            "300 m",
            [
                (Origin::Theory, points(&|than| Estimate::exact(expected(than)))),
                (Origin::Ours, points(&longer)),
            ],
        ),
    };
    Ok(Findings { comparisons: (1..=4).map(compare).collect(), plots: vec![plot] })
}

const INTERVAL: Duration = Duration::from_millis(100);
