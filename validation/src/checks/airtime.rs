//! How long frames take.

use super::{Check, Effort};
use crate::ValidationError;
use crate::comparison::{Comparison, Findings};
use crate::reference::Reference;
use crate::statistics::Estimate;
use radio_lib::Rate;
use radio_lib::airtime::{SIFS, SLOT, aifs, airtime};

pub(super) const CHECK: Check = Check {
    id: "airtime",
    title: "Airtime and intervals",
    text: "IEEE 802.11-2020, clause 17, with the timing of 10 MHz channels: preamble and header 40 µs, then symbols of 8 µs for 16 \
        bits of service, the PSDU and 6 bits of tail. The reference values are worked out by hand from that. ns-3 rounds to 4 µs, \
        the symbol of 20 MHz, so that its frames are up to 4 µs shorter. SIFS, slot and AIFS (best effort outside a BSS, AIFSN 6) \
        are of clauses 9.4.2.28 and 17.4.4.",
    run,
};

fn run(_: Effort, _: &Reference) -> Result<Findings, ValidationError> {
    let table = [
        (Rate::Mbps3, [88, 320, 848, 1384, 2720, 4048]),
        (Rate::Mbps6, [64, 184, 448, 712, 1384, 2048]),
        (Rate::Mbps12, [56, 112, 248, 376, 712, 1048]),
    ];
    let frames = table.into_iter().flat_map(|(rate, times)| {
        let sizes = [14, 100, 300, 500, 1000, 1500];
        sizes.into_iter().zip(times).map(move |(bytes, time)| {
            (format!("PSDU of {bytes} bytes at {rate}"), time, airtime(rate, bytes).as_micros())
        })
    });
    let intervals = [
        ("SIFS", 32, SIFS.as_micros()),
        ("slot", 13, SLOT.as_micros()),
        ("AIFS, best effort", 110, aifs(node_lib::buffer_pool::AccessCategory::BestEffort).as_micros()),
    ];
    let all = frames.chain(intervals.map(|(name, time, ours)| (name.to_owned(), time, ours)));
    let comparisons = all.map(|(name, time, ours)| Comparison {
        name,
        source: "IEEE 802.11".to_owned(),
        reference: Estimate::exact(f64::from(time)),
        ours: Estimate::exact(ours as f64),
        tolerance: 0.0,
        unit: "µs",
        known: 0.0,
    });
    Ok(Findings { comparisons: comparisons.collect(), plots: Vec::new() })
}
