//! A car that drives from one RSU to the next.

use crate::support::run;
use sim_lib::results::Happening;

const WARMUP_US: u64 = 5_000_000;
const EXAMPLE: &str = include_str!("../../../examples/handover.yaml");

/// Blackouts of the handovers of the example with 50 seeds, ms, sorted; frames lost in them, repeated, and in all.
fn handovers(edit: impl Fn(&str) -> String) -> (Vec<f64>, u64, u64, u64) {
    let (mut blackouts, mut lost, mut repeated, mut sent) = (Vec::new(), 0, 0, 0);
    for seed in 1..=50 {
        let text = edit(EXAMPLE).replace("seed: 1\n", &format!("seed: {seed}\n"));
        let (outcome, watch) = run(&text);
        let summary = outcome.summary;
        blackouts.extend(watch.events.iter().filter_map(|event| match &event.what {
            Happening::Resumed { kind: "handover", blackout } if event.at_us >= WARMUP_US => {
                Some(blackout.blackout_ms)
            }
            _ => None,
        }));
        lost += summary.handovers.lost;
        repeated += summary.up.repeated + summary.down.repeated;
        sent += summary.up.sent + summary.down.sent;
    }
    blackouts.sort_by(f64::total_cmp);
    (blackouts, lost, repeated, sent)
}

fn p95(sorted: &[f64]) -> f64 {
    sorted[(sorted.len() * 95).div_ceil(100) - 1]
}

#[test]
fn a_hundred_handovers_between_overlapping_cells_interrupt_nothing() {
    let (blackouts, lost, repeated, sent) = handovers(str::to_owned);
    assert!(blackouts.len() >= 100, "{}", blackouts.len());
    assert!(p95(&blackouts) <= 100.0, "{blackouts:?}");
    // Each exit delivers a frame once. One whose acknowledgement was lost at the old RSU leaves at the new one too: rather
    // that than losing those that didn't get there.
    assert!(repeated <= 3, "{repeated} of {sent}");
    assert!(lost <= 2, "{lost} of {sent}");
}

/// With nothing but what the server pushes, nobody notices the move before the OBU tells of it.
#[test]
fn a_car_that_only_listens_is_told_of_where_it_goes() {
    let (blackouts, lost, repeated, sent) = handovers(|text| {
        let (head, traffic) = text.split_once("traffic:\n").unwrap();
        let push = &traffic[traffic.find("  - name: push").unwrap()..];
        // One frame of its own at the start, so that its OBU knows that it has a host.
        let hello =
            "  - { name: hello, kind: constant, from: car, to: server, rate: 1/s, size: 30, stop: 3s }\n";
        format!("{head}traffic:\n{hello}{push}")
    });
    assert!(blackouts.len() >= 100, "{}", blackouts.len());
    assert!(p95(&blackouts) <= 100.0, "{blackouts:?}");
    assert!(repeated <= 3, "{repeated} of {sent}");
    assert!(lost <= 2, "{lost} of {sent}");
}
