//! The same scenario gives the same run, and what is far away changes nothing.

use crate::support::{Watch, run, world};
use node_lib::time::Instant;
use sim_lib::world::World;
use std::fmt::Write;

/// Ten cars that pass two RSUs, fading radio, traffic both ways, a relay that fails.
fn street(seed: u64, more: &str) -> String {
    let mut text = format!(
        "
name: street
duration: 20s
warmup: 2s
seed: {seed}
wired: {{latency: 1ms, hosts: [server]}}
radio: {{profile: geometric}}
traffic:
  - {{name: up, kind: constant, from: vehicles, to: server, rate: 10, size: 200}}
  - {{name: down, kind: constant, from: server, to: vehicles, rate: 5, size: 300}}
  - {{name: ping, kind: request, from: vehicles, to: server, rate: 2, size: 64}}
faults:
  - {{at: 9s, node_down: car3}}
  - {{at: 12s, node_up: car3}}
  - {{at: 14s, link_loss: {{between: [rsu1, car1], loss: 0.5}}}}
nodes:
  rsu1: {{role: rsu, position: [0, 0]}}
  rsu2: {{role: rsu, position: [500, 0]}}
"
    );
    for car in 0..10 {
        let start = f64::from(car) * 60.0;
        writeln!(
            text,
            "  car{car}: {{role: obu, waypoints: [[0, {start}, 10], [20, {}, 10]]}}",
            start + 280.0
        )
        .unwrap();
    }
    text.push_str(more);
    text
}

#[test]
fn two_runs_are_equal() {
    let (first, second) = (run(&street(7, "")), run(&street(7, "")));
    assert_eq!(first, second);
    let (outcome, watch) = first;
    assert!(outcome.summary.up.delivered > 1000, "something happened: {:?}", outcome.summary.up);
    assert!(watch.routes("car5").count() > 0);
    assert_ne!(run(&street(8, "")).0, outcome, "the seed matters");
}

#[test]
fn stepping_is_running() {
    let (outcome, all) = run(&street(3, ""));
    let mut world = world(&street(3, ""));
    let mut watch = Watch::default();
    while world.next_event().is_some_and(|at| at <= world.end()) {
        let at = world.next_event().unwrap();
        assert!(world.step(&mut watch).unwrap());
        assert_eq!(world.now(), at);
    }
    assert_eq!((watch.events, watch.seconds), (all.events, all.seconds));
    assert_eq!(world.outcome(false), outcome);
}

/// A whole other town, 100 km away, with names that rank before, between and after the others. There is no wire, which
/// would join it to them, and no traffic from one to the other.
#[test]
fn a_node_far_away_changes_nothing() {
    let street = |more: &str| {
        let text = street(7, more)
            .replace("wired: {latency: 1ms, hosts: [server]}", "")
            .replace("to: server", "to: rsu1");
        text.replace("from: server, to: vehicles", "from: rsu1, to: car4")
    };
    let far = "
  aaa: {role: obu, position: [100000, 100000]}
  car55: {role: obu, waypoints: [[0, 100100, 100000], [20, 100200, 100000]]}
  zzz: {role: rsu, position: [100050, 100000]}
";
    let names = ["aaa", "car55", "zzz"];
    let ((near, near_watch), (both, both_watch)) = (run(&street("")), run(&street(far)));
    assert!(both_watch.routes("aaa").count() > 0, "the other town works too");
    let others = |watch: Watch| {
        let mut events = watch.events;
        events.retain(|event| !names.contains(&event.node.as_str()));
        events
    };
    let (alone, together) = (others(near_watch), others(both_watch));
    assert_eq!(alone.len(), together.len());
    for (alone, together) in alone.iter().zip(&together) {
        assert_eq!(alone, together);
    }
    let mut rows = both.flows;
    rows.retain(|row| ![&row.from, &row.to].iter().any(|end| names.contains(&end.as_str())));
    assert!(rows.iter().any(|row| row.delivered > 100));
    assert_eq!(near.flows, rows);
}

#[test]
fn a_run_that_is_ended_early_holds_for_its_part() {
    let until = Instant::from_secs(8);
    let mut watch = Watch { until: Some(until), ..Watch::default() };
    let mut world: World = world(&street(7, ""));
    let outcome = world.run(&mut watch).unwrap();
    assert!(outcome.summary.partial);
    assert!(world.now() >= until && world.now() < until + std::time::Duration::from_millis(200));
    assert_eq!(outcome.summary.simulated_s, world.now().as_secs_f64());
    assert!(watch.progress >= 80, "asked at least every 100 ms: {}", watch.progress);
    let (_, full) = run(&street(7, ""));
    assert_eq!(watch.seconds[..], full.seconds[..8]);
    assert!(full.events.starts_with(&watch.events));
}
