//! Everybody hears everybody and always has a frame to send.

use super::{Check, Effort, cell};
use crate::ValidationError;
use crate::air::{Field, Traffic};
use crate::comparison::{Comparison, Curve, Findings, Origin, Plot, Point};
use crate::reference::Reference;
use crate::statistics::Estimate;
use crate::theory::access::Cell;
use node_lib::buffer_pool::AccessCategory;
use radio_lib::airtime::{SIFS, SLOT, ack_airtime, aifs, airtime, contention_window};
use radio_lib::{Profile, Rate};
use std::time::Duration;

pub(super) const CHECK: Check = Check {
    id: "saturation",
    title: "Saturation throughput of a cell",
    text: "Stations that always have a frame, best effort at 6 Mb/s, and one more that only listens and acknowledges; what it receives \
        counts. Unicasts are tried five times. The theory is Bianchi's model (IEEE JSAC 2000) with EDCA's windows, AIFS, the \
        retry limit and acknowledgements. It has all stations go on at the same time after a collision. The standard does not: who decoded \
        one of the frames waits for its acknowledgement, who heard an error EIFS, who only felt energy AIFS, and who \
        sent its time-out, or nothing after a broadcast. So fewer meet again than in theory, the more stations the fewer, and theory is \
        compared for a few stations only; ns-3, which has all that, for all. The tolerance is 5 % of what a single station achieves, widened to 10 % \
        for more than five: which of the headers that collide a neighbour still decodes, and so how long it waits, is judged differently, \
        and ns-3's time-out for an acknowledgement is 85 µs, ours the standard's 94.",
    run,
};

fn run(effort: Effort, reference: &Reference) -> Result<Findings, ValidationError> {
    let mut findings = Findings::default();
    for (unicast, payload, series) in
        [(true, 300, "unicast 300 B"), (false, 300, "broadcast 300 B"), (true, 1500, "unicast 1500 B")]
    {
        let mut ours = Vec::new();
        let alone = reference.value("saturation", series, 1.0)?.mean;
        for known in reference.series("saturation", series) {
            let stations = known.x as usize;
            let found = simulate(effort, cell::as_ns3(cell::no_fading()), stations, unicast, payload)?;
            ours.push(Point { x: known.x, y: found });
            let compare = |source: &str, reference: Estimate| Comparison {
                name: format!("{stations} stations, {series}"),
                source: source.to_owned(),
                reference,
                ours: found,
                tolerance: alone * if stations <= FEW { 0.05 } else { 0.1 },
                unit: "Mb/s",
            };
            findings.comparisons.push(compare("ns-3", known.value));
            if stations <= if unicast { FEW } else { 2 } {
                let theory = Estimate::exact(theory(stations as u32, unicast, payload));
                findings.comparisons.push(compare("Bianchi", theory));
            }
        }
        let curve = |origin, points| Curve { name: series.to_owned(), origin, points };
        let known = reference.series("saturation", series);
        let known = known.map(|known| Point { x: known.x, y: known.value }).collect();
        let model = (1..=50).map(|stations| Point {
            x: f64::from(stations),
            y: Estimate::exact(theory(stations, unicast, payload)),
        });
        if payload == 300 {
            findings.plots.push(Plot {
                id: if unicast { "saturation-unicast" } else { "saturation-broadcast" },
                title: if unicast { "Saturated stations, unicast" } else { "Saturated stations, broadcast" },
                x: "stations",
                y: "Mb/s",
                curves: vec![
                    curve(Origin::Theory, model.collect()),
                    curve(Origin::Ns3, known),
                    curve(Origin::Ours, ours),
                ],
            });
        }
    }
    Ok(findings)
}

/// Stations up to which it matters little who goes on first after a collision.
const FEW: usize = 5;

/// Mb/s that arrive.
fn simulate(
    effort: Effort,
    profile: Profile,
    stations: usize,
    unicast: bool,
    payload: usize,
) -> Result<Estimate, ValidationError> {
    let field = Field {
        profile,
        // The sink in the middle hears all equally well: of frames that collide it gets none.
        places: cell::circle(stations + 1).into_iter().take(stations).chain([[0.0; 2]]).collect(),
        silent: vec![stations],
        traffic: Traffic::Saturated,
        to: unicast.then_some(stations),
        sink: Some(stations),
        payload,
        duration: Duration::from_secs(effort.pick(1, 10)),
        bin: 50.0,
    };
    let megabits =
        |received: u64| received as f64 * payload as f64 * 8.0 / 1e6 / field.duration.as_secs_f64();
    let outcomes = field.runs(effort.pick(4, 10))?;
    let values: Vec<f64> = outcomes.iter().map(|run| megabits(run.received)).collect();
    Ok(Estimate::of_runs(&values))
}

/// Mb/s by Bianchi's model.
fn theory(stations: u32, unicast: bool, payload: usize) -> f64 {
    let category = AccessCategory::BestEffort;
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    let frame = micros(airtime(Rate::Mbps6, payload + radio_lib::airtime::PSDU_OVERHEAD));
    let (aifs, sifs, ack) = (micros(aifs(category)), micros(SIFS), micros(ack_airtime(Rate::Mbps6)));
    // EIFS: as if an acknowledgement at the lowest rate had followed.
    let eifs = sifs + micros(ack_airtime(Rate::Mbps3)) + aifs;
    let tries = if unicast { 5 } else { 1 };
    let cell = Cell {
        stations,
        windows: (0..tries).map(|retry| contention_window(category, retry) + 1).collect(),
        slot: micros(SLOT),
        success: frame + aifs + if unicast { sifs + ack } else { 0.0 },
        collision: frame + eifs,
    };
    cell.saturation().frames * payload as f64 * 8.0 / 1e6
}
