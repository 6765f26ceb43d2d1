//! How shadowing changes along a way.

use super::{Check, Effort};
use crate::ValidationError;
use crate::comparison::{Comparison, Findings, Origin, Plot, Point, curves, formula, tolerance};
use crate::reference::Reference;
use crate::statistics::Estimate;
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::{Channel, Locations, PathLoss, Propagation, RadioId, Shadowing};

pub(super) const CHECK: Check = Check {
    id: "shadowing",
    title: "Shadowing along a way",
    text: "Shadowing of 3 dB with a decorrelation distance of 10 m (3GPP TR 37.885, line of sight), at one end's place and so many metres on, \
        over thousands of pairs: its standard deviation, and its autocorrelation against Gudmundson's exponential \
        (\"Correlation model for shadow fading in mobile radio systems\", Electronics Letters 27(23), 1991). \
        The tolerance of the latter is 0.05, but no more than 30 % of the reference.",
    run,
};

fn run(_: Effort, _: &Reference) -> Result<Findings, ValidationError> {
    let pairs: u64 = 40_000;
    let names: Vec<u64> = (0..=pairs).collect();
    let plain = Propagation { path_loss: PathLoss::FreeSpace, ..Propagation::default() };
    let shadowed =
        Propagation { shadowing: Some(Shadowing::uniform(SIGMA_DB, DECORRELATION_M)), ..plain.clone() };
    let plain = Channel::new(&plain, Key::seed(1), &names)?;
    let shadowed = Channel::new(&shadowed, Key::seed(1), &names)?;
    // Each other radio's shadowing to radio 0, once it has gone so far.
    let along = |gone: f64| -> Vec<f64> {
        let there = [START_M + gone, 0.0];
        let gain = |channel: &Channel, other: u64| {
            let ends = ((RadioId(0), [0.0; 2]), (RadioId(other as u32), there));
            channel.peek_gain(Instant::ZERO, ends.0, ends.1, &Nowhere)
        };
        (1..=pairs).map(|other| 10.0 * (gain(&shadowed, other) / gain(&plain, other)).log10()).collect()
    };
    let start = along(0.0);
    let sigma = (start.iter().map(|value| value * value).sum::<f64>() / pairs as f64).sqrt();
    let mut comparisons = vec![Comparison {
        name: "standard deviation".to_owned(),
        source: "setting".to_owned(),
        reference: Estimate::exact(SIGMA_DB),
        ours: Estimate { mean: sigma, half_width: 1.96 * sigma / (2.0 * pairs as f64).sqrt() },
        tolerance: 0.12,
        unit: "dB",
        known: 0.0,
    }];
    let mut ours = Vec::new();
    for metres in [1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0] {
        let expected = (-metres / DECORRELATION_M).exp();
        let found = correlation(&start, &along(metres));
        ours.push(Point { x: metres, y: found });
        comparisons.push(Comparison {
            name: format!("autocorrelation after {metres} m"),
            source: "Gudmundson".to_owned(),
            reference: Estimate::exact(expected),
            ours: found,
            tolerance: tolerance(0.05, 0.3, expected),
            unit: "",
            known: 0.0,
        });
    }
    let theory = formula((0..=50).map(f64::from), |x| (-x / DECORRELATION_M).exp());
    let plot = Plot {
        id: "shadowing",
        title: "Autocorrelation of shadowing",
        x: "metres driven",
        y: "correlation",
        curves: curves("autocorrelation", [(Origin::Theory, theory), (Origin::Ours, ours)]),
    };
    Ok(Findings { comparisons, plots: vec![plot] })
}

/// Of two samples whose means are 0; the interval by Fisher's transformation.
fn correlation(a: &[f64], b: &[f64]) -> Estimate {
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let found = product(a, b) / (product(a, a) * product(b, b)).sqrt();
    let half_width = 1.96 * (1.0 - found * found) / (a.len() as f64 - 3.0).sqrt();
    Estimate { mean: found, half_width }
}

/// No vehicle stands in the way, so nobody asks where they are.
struct Nowhere;

impl Locations for Nowhere {
    fn position(&self, _: RadioId, _: Instant) -> Option<[f64; 2]> {
        None
    }

    fn max_speed(&self) -> f64 {
        0.0
    }
}

const SIGMA_DB: f64 = 3.0;
const DECORRELATION_M: f64 = 10.0;
const START_M: f64 = 200.0;
