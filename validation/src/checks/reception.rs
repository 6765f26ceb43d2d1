//! At which ratio of signal to noise frames are lost.

use super::{Check, Effort};
use crate::ValidationError;
use crate::comparison::{Comparison, Curve, Findings, Origin, Plot, Point, formula};
use crate::reference::Reference;
use crate::statistics::Estimate;
use radio_lib::{Rate, packet_success};

pub(super) const CHECK: Check = Check {
    id: "reception",
    title: "Packet errors over the ratio of signal to noise",
    text: "The ratios at which 50, 10 and 1 % of the frames are lost, for each rate and three sizes, against ns-3's NIST error rate \
        model (Pei and Henderson, \"Validation of OFDM error rate model in ns-3\", 2010), which was itself checked against a \
        testbed. Both treat a frame as its PSDU and the 24 bits of the SIGNAL field.",
    run,
};

fn run(_: Effort, reference: &Reference) -> Result<Findings, ValidationError> {
    let mut findings = Findings::default();
    for rate in Rate::ALL {
        for bytes in [100, 300, 1500] {
            for errors in [0.5, 0.1, 0.01] {
                let series = format!("{} Mb/s {bytes} B", rate.mbps());
                findings.comparisons.push(Comparison {
                    name: format!("{rate}, {bytes} bytes, {} % lost", errors * 100.0),
                    source: "ns-3".to_owned(),
                    reference: reference.value("threshold", &series, errors)?,
                    ours: Estimate::exact(threshold(rate, bytes, errors)),
                    tolerance: 0.05,
                    unit: "dB",
                    known: 0.0,
                });
            }
        }
    }
    let curve = |rate: Rate| Curve {
        name: rate.to_string(),
        origin: Origin::Ours,
        points: formula((0..=260).map(|step| f64::from(step) / 10.0), |db| {
            1.0 - packet_success(rate, linear(db), 300)
        }),
    };
    let known = |rate: Rate| {
        let series = format!("{} Mb/s 300 B", rate.mbps());
        let values = reference.series("threshold", &series);
        let mut points: Vec<Point> =
            values.map(|value| Point { x: value.value.mean, y: Estimate::exact(value.x) }).collect();
        points.sort_by(|a, b| a.x.total_cmp(&b.x));
        Curve { name: rate.to_string(), origin: Origin::Ns3, points }
    };
    let shown = [Rate::Mbps3, Rate::Mbps6, Rate::Mbps12, Rate::Mbps27];
    findings.plots.push(Plot {
        id: "reception",
        title: "Lost frames of 300 bytes",
        x: "signal to noise, dB",
        y: "share lost",
        curves: shown.map(curve).into_iter().chain(shown.map(known)).collect(),
    });
    Ok(findings)
}

/// The ratio, dB, at which `errors` of the frames are lost.
fn threshold(rate: Rate, bytes: usize, errors: f64) -> f64 {
    let (mut low, mut high) = (-10.0, 40.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if packet_success(rate, linear(middle), bytes) < 1.0 - errors { low = middle } else { high = middle }
    }
    low
}

fn linear(db: f64) -> f64 {
    10f64.powf(db / 10.0)
}
