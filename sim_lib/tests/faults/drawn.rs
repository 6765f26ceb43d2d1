//! Faults that a scenario has drawn.

use crate::violation;
use sim_lib::scenario::Scenario;
use sim_lib::scenario::faults::FaultKind;
use std::collections::BTreeSet;
use std::path::Path;

const NETWORKS: [&str; 2] = [
    "
wired: {hosts: [server]}
nodes:
  rsu1: {role: rsu}
  car1: {role: obu}
  car2: {role: obu}
radio:
  profile: ideal
  ideal: {links: [{between: [rsu1, car1]}, {between: [car1, car2]}]}
traffic: [{name: up, kind: request, from: vehicles, to: server, rate: 20, size: 100}]
",
    "
wired: {hosts: [server]}
nodes:
  rsu1: {role: rsu, position: [0, 0]}
  rsu2: {role: rsu, position: [500, 0]}
groups:
  cars: {count: 4, place: {road: {waypoints: [[0, 9], [500, 9]], speed: 20}}}
radio: {profile: geometric}
traffic: [{name: down, kind: constant, from: server, to: vehicles, rate: 20, size: 100}]
",
];

fn drawn(network: &str, seed: u64, spec: &str) -> Scenario {
    let head = format!("name: drawn\nduration: 12s\nwarmup: 2s\nseed: {seed}\nrandom_faults: {{{spec}}}\n");
    load(&format!("{head}{network}"))
}

fn load(text: &str) -> Scenario {
    let read = Scenario::load_text(text, Path::new("drawn.yaml"), Path::new(""), &[]);
    read.unwrap_or_else(|error| panic!("{error}\n{text}")).scenario
}

/// What the faults do, by name.
fn kinds(scenario: &Scenario) -> BTreeSet<&'static str> {
    let name = |kind: FaultKind<'_>| match kind {
        FaultKind::NodeDown(_) => "node",
        FaultKind::LinkDown(_) => "link",
        FaultKind::BackhaulDown(_) => "backhaul",
        FaultKind::ClockStep(step) if step.back.is_some() => "back",
        FaultKind::ClockStep(_) => "forward",
        FaultKind::Burst(_) => "burst",
        FaultKind::Dark(_) => "dark",
        FaultKind::NodeUp(_) | FaultKind::LinkUp(_) | FaultKind::BackhaulUp(_) | FaultKind::LinkLoss(_) => {
            "mended"
        }
    };
    scenario.faults.iter().map(|fault| name(fault.kind().unwrap())).collect()
}

/// Many of them, with clocks that are set back over and over: what is drawn is a scenario that could have been written, it runs,
/// and no invariant breaks.
#[test]
fn what_is_drawn_could_have_been_written_and_breaks_no_invariant() {
    let mut seen = [BTreeSet::new(), BTreeSet::new()];
    for seed in 0..20 {
        for (network, seen) in NETWORKS.iter().zip(&mut seen) {
            let scenario = drawn(network, seed, "count: 12, from: 0s, shortest: 50ms, longest: 4s");
            assert!(scenario.random_faults.is_none(), "each is there in words");
            assert!(scenario.faults.len() >= 12);
            assert_eq!(load(&scenario.to_yaml().unwrap()), scenario);
            seen.extend(kinds(&scenario));
            if let Some(violation) = violation(&scenario) {
                panic!("{violation}\n{}", scenario.to_yaml().unwrap());
            }
        }
    }
    let all = ["back", "backhaul", "burst", "forward", "mended", "node"];
    let with = |more: &'static str| all.into_iter().chain([more]).collect::<BTreeSet<_>>();
    assert_eq!(seen, [with("link"), with("dark")]);
}

#[test]
fn times_kinds_and_numbers_are_those_that_were_asked_for() {
    for seed in 0..50 {
        let spec = "kinds: [burst], from: 3s, until: 5s, shortest: 1s, longest: 2s";
        let scenario = drawn(NETWORKS[0], seed, &format!("count: 7, {spec}"));
        assert_eq!((scenario.faults.len(), kinds(&scenario).len()), (7, 1));
        for fault in &scenario.faults {
            let at = fault.at.micros();
            let length = fault.burst.as_ref().unwrap().until.unwrap().micros() - at;
            assert!((3_000_000..5_000_000).contains(&at) && (1_000_000..=2_000_000).contains(&length));
        }
        let more = drawn(NETWORKS[0], seed, &format!("count: 9, {spec}"));
        assert!(
            scenario.faults.iter().all(|fault| more.faults.contains(fault)),
            "those that were there stay"
        );
        let other = drawn(NETWORKS[0], seed + 1000, &format!("count: 7, {spec}"));
        assert_ne!(other.faults, scenario.faults);
    }
    // Without `from` the warm-up is left alone.
    let scenario = drawn(NETWORKS[0], 1, "count: 100, kinds: [clock]");
    assert!(scenario.faults.iter().all(|fault| fault.at.micros() >= 2_000_000));
}
