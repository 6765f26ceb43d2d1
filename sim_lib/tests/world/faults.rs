//! What breaks for a time: wires, clocks, the air.

use crate::support::{Watch, run, world};
use node_lib::time::Instant;
use sim_lib::results::Happening;
use sim_lib::world::Outcome;

/// A car between two RSUs on a wire with a server, 200 requests a second both ways.
fn street(profile: &str, faults: &str) -> String {
    format!(
        "
name: faults
duration: 12s
warmup: 1s
wired: {{latency: 1ms, hosts: [server]}}
nodes:
  car: {{role: obu, position: [50, 0]}}
  rsu1: {{role: rsu, position: [0, 0]}}
  rsu2: {{role: rsu, position: [0, 4000]}}
radio: {{profile: {profile}, geometric: {{fading: none}}, ideal: {{links: [{{between: [car, rsu1]}}]}}}}
traffic:
  - {{name: up, kind: constant, from: car, to: server, rate: 100, size: 100}}
  - {{name: own, kind: request, from: car, to: rsu1, rate: 100, size: 100}}
  - {{name: down, kind: constant, from: server, to: car, rate: 100, size: 100}}
faults:
{faults}
"
    )
}

/// What each second delivered of the frames that were sent in it: up and down.
fn shares(watch: &Watch) -> Vec<(f64, f64)> {
    let share = |delivered: u64, sent: u64| delivered as f64 / sent as f64;
    let rows = watch.seconds.iter();
    rows.map(|row| (share(row.up_delivered, row.up_sent), share(row.down_delivered, row.down_sent))).collect()
}

fn drops(outcome: &Outcome, name: &str) -> u64 {
    outcome.summary.drops.get(name).copied().unwrap_or_default()
}

#[test]
fn an_rsu_without_its_wire_still_has_its_own_host() {
    for profile in ["ideal", "geometric"] {
        let faults = "  - {at: 4s, backhaul_down: rsu1}\n  - {at: 6s, backhaul_up: rsu1}\n";
        let (outcome, watch) = run(&street(profile, faults));
        let shares = shares(&watch);
        // Of what goes up, the half for the RSU's own host.
        for second in [4, 5] {
            assert!((0.49..0.52).contains(&shares[second].0), "{profile}: {shares:?}");
            assert!((0.49..0.52).contains(&shares[second].1), "{profile}: {shares:?}");
        }
        for second in [2, 3, 7, 8] {
            assert!(shares[second].0 > 0.99 && shares[second].1 > 0.99, "{profile}: {shares:?}");
        }
        // Each frame up that wasn't for its own host. Those down the switch floods, to the other RSU, which takes them for its wire's.
        let cut = drops(&outcome, "wire.backhaul_down");
        assert!((198..=202).contains(&cut), "{profile}: {cut}");
        let flooded = drops(&outcome, "node.local_destination");
        assert!((198..=202).contains(&flooded), "{profile}: {flooded}");
        assert_eq!(watch.routes("car").count(), 1, "the protocol has no word for it: routes stay");
        let changes: Vec<_> = watch
            .events
            .iter()
            .filter_map(|event| match event.what {
                Happening::Backhaul { change } => Some((event.at_us, event.node.as_str(), change)),
                _ => None,
            })
            .collect();
        assert_eq!(changes, [(4_000_000, "rsu1", "down"), (6_000_000, "rsu1", "up")]);
    }
}

#[test]
fn clocks_that_are_set_back_interrupt_nothing() {
    for node in ["car", "rsu1"] {
        for by in ["50ms", "1s", "3999ms"] {
            let faults = format!("  - {{at: 4s, clock_step: {{node: {node}, back: {by}}}}}\n");
            let (outcome, watch) = run(&street("ideal", &faults));
            assert_eq!(watch.routes("car").count(), 1, "{node}, {by}");
            let (up, down) = (outcome.summary.up.ratio, outcome.summary.down.ratio);
            assert_eq!((up, down), (Some(1.0), Some(1.0)), "{node}, {by}");
        }
    }
}

#[test]
fn a_clock_set_forward_is_a_silence_that_ends_with_the_next_heartbeat() {
    for node in ["car", "rsu1"] {
        let faults = format!(
            "  - {{at: 4s, clock_step: {{node: {node}, forward: 1h}}}}\n  \
             - {{at: 6s, clock_step: {{node: {node}, back: 1h}}}}\n"
        );
        let (outcome, watch) = run(&street("ideal", &faults));
        let shares = shares(&watch);
        assert!(
            shares[4].0 > 0.75 && shares[5] == (1.0, 1.0) && shares[6] == (1.0, 1.0),
            "{node}: {shares:?}"
        );
        assert!(outcome.summary.up.ratio.unwrap() > 0.97, "{node}");
        let steps: Vec<i64> = watch
            .events
            .iter()
            .filter_map(|event| match event.what {
                Happening::ClockStep { by_us } => Some(by_us),
                _ => None,
            })
            .collect();
        assert_eq!(steps, [3_600_000_000, -3_600_000_000]);
    }
}

#[test]
fn a_clock_stays_set_over_a_restart() {
    let faults = "  - {at: 4s, clock_step: {node: car, forward: 100s}}\n  - {at: 5s, node_down: car}\n  \
        - {at: 6s, node_up: car}\n";
    let mut world = world(&street("ideal", faults));
    world.run_until(Instant::from_secs(8), &mut Watch::default()).unwrap();
    assert_eq!(world.clock("car"), Some(Instant::from_secs(108)));
    assert_eq!(world.clock("rsu1"), Some(Instant::from_secs(8)));
    assert!(world.route("car").is_some());
}

#[test]
fn a_burst_loses_what_it_says_where_it_says() {
    for profile in ["ideal", "geometric"] {
        let scopes = ["between: [car, rsu1]", "between: [rsu1, car]", "node: car", "node: rsu1", "loss: 1"];
        for scope in scopes {
            let faults = format!("  - {{at: 4s, burst: {{{scope}, until: 7s}}}}\n");
            let (outcome, watch) = run(&street(profile, &faults));
            let shares = shares(&watch);
            assert!(
                shares[4..7].iter().all(|(up, down)| *up < 0.02 && *down < 0.02),
                "{profile}: {shares:?}"
            );
            assert!(shares[8..].iter().all(|(up, down)| *up > 0.99 && *down > 0.99), "{profile}: {shares:?}");
            assert_eq!(watch.seconds[5].in_range, 0, "{profile}");
            assert!(outcome.summary.counters["radio.disturbed"] > 0);
            let told =
                watch.events.iter().filter(|event| matches!(event.what, Happening::Disturbance { .. }));
            assert_eq!(told.map(|event| event.at_us).collect::<Vec<_>>(), [4_000_000, 7_000_000]);
        }
        let elsewhere = "  - {at: 4s, burst: {node: rsu2, until: 7s}}\n";
        assert_eq!(run(&street(profile, elsewhere)).0.summary.up.ratio, Some(1.0), "{profile}");
    }
}

/// A quarter of the time is bursts; unicasts are tried five times within a few milliseconds, which a burst outlasts.
#[test]
fn bursts_take_their_share_of_the_time() {
    let faults = "  - {at: 0s, burst: {between: [car, rsu1], mean_burst: 200ms, mean_gap: 600ms}}\n";
    let mut shares = Vec::new();
    for seed in 1..=20 {
        let text = street("ideal", faults).replace("duration: 12s", &format!("duration: 60s\nseed: {seed}"));
        let (outcome, _) = run(&text);
        shares.push(outcome.summary.up.ratio.unwrap());
    }
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    // Routes are lost as well, in long bursts: then nothing is sent in the gap after them until a heartbeat comes.
    assert!((0.60..0.76).contains(&mean), "{mean} of {shares:?}");
    assert!(
        shares.iter().any(|share| (share - mean).abs() > 0.01),
        "each seed has its own bursts: {shares:?}"
    );
}

#[test]
fn one_burst_changes_no_draw_of_another() {
    let burst =
        "  - {at: 2s, burst: {between: [car, rsu1], until: 10s, mean_burst: 300ms, mean_gap: 300ms}}\n";
    let other = "  - {at: 1s, burst: {node: rsu2, mean_burst: 10ms, mean_gap: 10ms}}\n";
    let seconds = |faults: &str| {
        run(&street("ideal", faults)).1.seconds.iter().map(|row| row.up_delivered).collect::<Vec<_>>()
    };
    assert_eq!(seconds(burst), seconds(&format!("{other}{burst}")));
}

#[test]
fn nothing_is_heard_in_the_dark() {
    for profile in ["ideal", "geometric"] {
        // The car stands at 50 m, the RSU at 0 m.
        let inside = ["circle: [50, 0, 10]", "rectangle: [40, -10, 60, 10]", "circle: [0, 0, 10]"];
        for area in inside {
            let faults = format!("  - {{at: 4s, dark: {{{area}, until: 7s}}}}\n");
            let shares = shares(&run(&street(profile, &faults)).1);
            assert!(
                shares[4..7].iter().all(|(up, down)| *up < 0.02 && *down < 0.02),
                "{profile}: {shares:?}"
            );
            assert!(shares[8..].iter().all(|(up, down)| *up > 0.99 && *down > 0.99), "{profile}: {shares:?}");
        }
        let outside = "  - {at: 4s, dark: {circle: [25, 0, 10]}}\n";
        assert_eq!(run(&street(profile, outside)).0.summary.up.ratio, Some(1.0), "{profile}: between them");
    }
}
