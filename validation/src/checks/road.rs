//! A road full of beaconing vehicles.

use super::{Check, Effort, cell};
use crate::ValidationError;
use crate::air::{Field, Traffic};
use crate::comparison::{Comparison, Findings, Origin, Plot, Point, curves, tolerance};
use crate::reference::Reference;
use crate::statistics::Estimate;
use radio_lib::Propagation;
use std::time::Duration;

pub(super) const CHECK: Check = Check {
    id: "road",
    title: "Beacons on a busy road",
    text: "300 vehicles on 3 km of four lanes, one every 10 m, each with ten beacons of 300 bytes a second at 20 dBm and 6 Mb/s: delivery over \
        distance, where fading, contention and hidden terminals all matter. That is the curve by which the field judges beaconing \
        (for instance Torrent-Moreno, Mittag, Santi and Hartenstein, \"Vehicle-to-vehicle communication: fair transmit power \
        control for safety-critical information\", IEEE Trans. Vehicular Technology, 2009). The vehicles stand, at the same places \
        in ns-3. Reception is judged there for each stretch of a frame with its own interference, by us for the worst of them. The tolerance is 0.04, but no more than 30 % of the \
        reference, and at least 0.001.",
    run,
};

fn run(effort: Effort, reference: &Reference) -> Result<Findings, ValidationError> {
    let mut findings = Findings::default();
    let mut all = Vec::new();
    for (propagation, series) in [(cell::no_fading(), "no fading"), (Propagation::default(), "Nakagami")] {
        let (bins, busy) = simulate(effort, propagation)?;
        for known in reference.series("road", series).filter(|known| known.x <= FARTHEST_M) {
            let Some(found) = bins.iter().find(|point| (point.x - known.x).abs() < 1.0) else { continue };
            findings.comparisons.push(Comparison {
                name: format!("{series}, {} to {} m", known.x - BIN / 2.0, known.x + BIN / 2.0),
                source: "ns-3".to_owned(),
                reference: known.value,
                ours: found.y,
                tolerance: tolerance(0.04, 0.3, known.value.mean),
                unit: "",
                known: 0.0,
            });
        }
        let known = reference.value("road", &format!("{series} busy"), 0.0)?;
        findings.comparisons.push(Comparison {
            name: format!("{series}, channel busy"),
            source: "ns-3".to_owned(),
            reference: known,
            ours: busy,
            tolerance: tolerance(0.04, 0.3, known.mean),
            unit: "",
            known: 0.0,
        });
        let ns3 = reference.points("road", series);
        all.extend(curves(series, [(Origin::Ns3, ns3), (Origin::Ours, bins)]));
    }
    findings.plots.push(Plot {
        id: "road",
        title: "300 vehicles on 3 km, 10 Hz",
        x: "distance, m",
        y: "delivery ratio",
        curves: all,
    });
    Ok(findings)
}

/// Delivery over distance, and the share of the time in which the channel is busy.
fn simulate(effort: Effort, propagation: Propagation) -> Result<(Vec<Point>, Estimate), ValidationError> {
    let place =
        |vehicle: usize| [LENGTH_M * (vehicle as f64 + 0.5) / VEHICLES as f64, 4.0 * (vehicle % 4) as f64];
    let field = Field {
        profile: cell::as_ns3(propagation),
        places: (0..VEHICLES).map(place).collect(),
        silent: Vec::new(),
        traffic: Traffic::Spread(Duration::from_millis(100)),
        to: None,
        sink: None,
        payload: 300,
        duration: Duration::from_secs(effort.pick(1, 4)),
        bin: BIN,
    };
    let outcomes = field.runs(effort.pick(4, 8))?;
    let point = |bin: usize| {
        let share = |[sent, received]: [u64; 2]| received as f64 / sent as f64;
        let values: Vec<f64> = outcomes.iter().map(|run| share(run.bins[bin])).collect();
        Point { x: BIN * (bin as f64 + 0.5), y: Estimate::of_runs(&values) }
    };
    let bins = (0..(SHOWN_M / BIN) as usize).map(point).collect();
    let busy: Vec<f64> = outcomes.iter().map(|run| run.busy).collect();
    Ok((bins, Estimate::of_runs(&busy)))
}

const VEHICLES: usize = 300;
const LENGTH_M: f64 = 3000.0;
const BIN: f64 = 50.0;
/// Beyond, nearly nothing arrives.
const FARTHEST_M: f64 = 600.0;
const SHOWN_M: f64 = 800.0;
