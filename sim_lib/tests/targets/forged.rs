//! What one forged or lost frame costs, with the policy `open`: at most one heartbeat interval of connectivity, or, of a
//! reply in the name of a vehicle that only listens, until its next reply.
//!
//! A chain without any way round, so that nothing hides: rsu - car1 - car2, and car3 behind car1, which only listens. car1 and
//! car2 send a hundred requests a second to the RSU's host and are answered; car3 is sent a hundred frames a second. The attacker
//! hears all four and is heard by them. It sends its frame at a time that has nothing to do with the heartbeats. What it costs
//! is the same run without the frame taken off: the frames lost more, of the flow and direction that lost most, times the time
//! between two of them.

use crate::attacker::{Attacker, Forgery, GREATEST};
use crate::estimate::Estimate;
use crate::lossy::{Lossy, Lost};
use crate::scenario;
use node_lib::messages::{Path, Stamp};
use node_lib::random::Key;
use sim_lib::world::{Outcome, Unobserved, World};
use std::path::Path as FilePath;

/// What happens once in a run.
#[derive(Clone, Copy, Debug)]
enum Once {
    Nothing,
    Forged(Forgery),
    /// The same, as the first that car2 hears after a restart.
    First(Forgery),
    Lost(&'static str, Lost),
}

impl Once {
    /// Whether it is a reply in the name of somebody who sends nothing else: it costs until that one's next reply.
    fn is_of_a_listener(self) -> bool {
        matches!(self, Once::Forged(Forgery::Reply { sender: "car3", .. }))
    }
}

const CASES: &[(&str, Once)] = &[
    ("heartbeat of the RSU, the next id before its time", own(1, 0, None)),
    ("... two ids ahead", own(2, 0, None)),
    ("... three ids ahead", own(3, 0, None)),
    ("... 32 ids ahead", own(32, 0, None)),
    ("... a million ids ahead", own(1_000_000, 0, None)),
    ("... the greatest id and duration", own(u32::MAX, 0, Some(u64::MAX))),
    ("... the next epoch", own(1, 1, Some(0))),
    ("... the greatest epoch", own(u32::MAX, u32::MAX, Some(u64::MAX))),
    ("... an id behind, uptime 0", own(0, 0, Some(0))),
    ("heartbeat of an RSU that isn't there", Once::Forged(Forgery::NoRsu)),
    ("advert better than any", advert("attacker", 0, 0, 1)),
    ("... of the next id", advert("attacker", 1, 0, 1)),
    ("advert of the next hop, of no use", advert("car1", 0, 0, Path::NO_ROUTE - 1)),
    ("... that lags", advert("car1", 1, 200, 1000)),
    ("... of no route", advert("car1", 0, 0, Path::NO_ROUTE)),
    ("... of no route, a million ids ahead", advert("car1", 1_000_000, 0, Path::NO_ROUTE)),
    ("advert of the RSU, of no route", advert("rsu", 0, 0, Path::NO_ROUTE)),
    ("... of no route, the greatest id", advert("rsu", u32::MAX, 0, Path::NO_ROUTE)),
    ("reply of who talks, to the RSU, some numbers ahead", reply("car2", "rsu", Some(ahead(800)))),
    ("... the greatest boot and number", reply("car2", "rsu", Some(GREATEST))),
    ("... to its relay", reply("car2", "car1", Some(GREATEST))),
    ("... without a stamp", reply("car2", "rsu", None)),
    ("reply of who listens, to the RSU, some numbers ahead", reply("car3", "rsu", Some(ahead(60)))),
    ("... the greatest boot and number", reply("car3", "rsu", Some(GREATEST))),
    ("... to its relay", reply("car3", "car1", Some(GREATEST))),
    ("data of who talks, far ahead", up("car2", "rsu", Stamp { boot: 1, seq: 1 << 30 })),
    ("... the greatest boot and number", up("car2", "rsu", GREATEST)),
    ("... to its relay", up("car2", "car1", GREATEST)),
    (
        "data of the RSU, the greatest boot and number",
        Once::Forged(Forgery::Down { to: "car1", stamp: GREATEST }),
    ),
    ("first heard: an id twenty ahead", first(20, 0, None)),
    ("... a million ahead", first(1_000_000, 0, None)),
    ("... uptime 0", first(1_000_000, 0, Some(0))),
    ("... the greatest duration", first(1, 0, Some(u64::MAX))),
    ("... the greatest epoch", first(1, u32::MAX, None)),
    ("... an RSU that isn't there", Once::First(Forgery::NoRsu)),
    ("lost: a heartbeat at car1", Once::Lost("car1", Lost::Heartbeat)),
    ("... a heartbeat at car2", Once::Lost("car2", Lost::Heartbeat)),
    ("... a reply at the RSU", Once::Lost("rsu", Lost::Reply)),
    ("... a reply at car1", Once::Lost("car1", Lost::Reply)),
    ("... data at the RSU", Once::Lost("rsu", Lost::Data)),
    ("... data at car1", Once::Lost("car1", Lost::Data)),
];

#[test]
fn one_forged_or_lost_frame_costs_an_interval_or_what_a_listener_waits() {
    println!("Connectivity lost by one frame, heartbeat intervals; {RUNS} runs each");
    println!("{:<56} {:>15}  {:>7} {:>7}", "", "mean ± (95 %)", "least", "most");
    // The same runs without the frame, with and without car2's restart.
    let without = [false, true]
        .map(|restarts| (1..=RUNS).map(|seed| lost(&run(seed, Once::Nothing, restarts))).collect::<Vec<_>>());
    let mut above = Vec::new();
    for (name, once) in CASES {
        let restarts = matches!(once, Once::First(_));
        let runs = (1..=RUNS).zip(&without[usize::from(restarts)]);
        let costs: Vec<f64> =
            runs.map(|(seed, without)| cost(&lost(&run(seed, *once, restarts)), without)).collect();
        let estimate = Estimate::of(&costs);
        println!("{name:<56} {estimate}");
        let bound = if once.is_of_a_listener() { A_LISTENERS } else { AN_INTERVAL };
        if estimate.most > bound {
            above.push((name, estimate.most));
        }
    }
    assert!(above.is_empty(), "more than an interval: {above:?}");
}

/// Intervals that the frame cost, from the frames that were lost with it and without it.
fn cost(with: &[u64], without: &[u64]) -> f64 {
    let more = with.iter().zip(without).map(|(with, without)| with.saturating_sub(*without));
    more.max().expect("there are flows") as f64 * SPACING_MS / INTERVAL_MS
}

/// Frames that were lost, by flow and direction.
fn lost(outcome: &Outcome) -> Vec<u64> {
    let measured = outcome.flows.iter().filter(|row| row.flow != "hello");
    measured.map(|row| row.sent - row.delivered).collect()
}

fn run(seed: u64, once: Once, restarts: bool) -> Outcome {
    let draw = Key::seed(seed).with_name("forged");
    let mut world =
        World::new(&scenario(&written(seed, restarts)), FilePath::new("")).expect("it is possible");
    let at = draw.between(5_000_000, 6_000_000);
    match once {
        Once::Nothing => Attacker::plan(Forgery::NoRsu, u64::MAX),
        Once::Forged(forgery) => Attacker::plan(forgery, at),
        Once::First(forgery) => Attacker::plan(forgery, RESTART_US + 500),
        Once::Lost(node, lost) => {
            Attacker::plan(Forgery::NoRsu, u64::MAX);
            Lossy::plan(lost, at);
            let make = if node == "rsu" { Lossy::make_rsu } else { Lossy::make_obu };
            assert!(world.replace_node(node, make));
        }
    }
    assert!(world.replace_node("attacker", Attacker::make));
    world.run(&mut Unobserved).expect("it runs")
}

fn written(seed: u64, restarts: bool) -> String {
    let faults = if restarts { "[{at: 4.5s, node_down: car2}, {at: 5.1s, node_up: car2}]" } else { "[]" };
    format!(
        "
name: forged
duration: 18s
warmup: 4s
seed: {seed}
nodes:
  rsu: {{role: rsu}}
  car1: {{role: obu}}
  car2: {{role: obu}}
  car3: {{role: obu}}
  attacker: {{role: obu}}
radio:
  profile: ideal
  ideal:
    default: {{latency: 1ms}}
    links:
      - {{between: [rsu, car1]}}
      - {{between: [car1, car2]}}
      - {{between: [car1, car3]}}
      - {{between: [attacker, rsu]}}
      - {{between: [attacker, car1]}}
      - {{between: [attacker, car2]}}
      - {{between: [attacker, car3]}}
traffic:
  - {{name: near, kind: request, from: car1, to: rsu, rate: 100, size: 100}}
  - {{name: far, kind: request, from: car2, to: rsu, rate: 100, size: 100}}
  - {{name: hello, kind: constant, from: car3, to: rsu, rate: 10, size: 100, stop: 3s}}
  - {{name: push, kind: constant, from: rsu, to: car3, rate: 100, size: 100}}
faults: {faults}
"
    )
}

const fn own(ahead: u32, epochs: u32, duration_ms: Option<u64>) -> Once {
    Once::Forged(Forgery::Own { ahead, epochs, duration_ms })
}

const fn first(ahead: u32, epochs: u32, duration_ms: Option<u64>) -> Once {
    Once::First(Forgery::Own { ahead, epochs, duration_ms })
}

const fn advert(from: &'static str, ahead: u32, lag: u8, cost: u32) -> Once {
    Once::Forged(Forgery::Advert { from, ahead, lag, cost })
}

const fn reply(sender: &'static str, to: &'static str, stamp: Option<Stamp>) -> Once {
    Once::Forged(Forgery::Reply { sender, to, stamp })
}

const fn up(origin: &'static str, to: &'static str, stamp: Stamp) -> Once {
    Once::Forged(Forgery::Up { origin, to, stamp })
}

/// A number of everybody's first life. At the time of the forgery car2 has sent some 600 frames and car3 some 35.
const fn ahead(seq: u32) -> Stamp {
    Stamp { boot: 1, seq }
}

/// An interval is drawn within ±10 %, and time is counted in frames of 0.05.
const AN_INTERVAL: f64 = 1.15;
/// A reply a second, the next one where the first comes within 100 ms of the forgery, and a frame.
const A_LISTENERS: f64 = 5.55;
const RUNS: u64 = 20;
const RESTART_US: u64 = 5_100_000;
const SPACING_MS: f64 = 10.0;
const INTERVAL_MS: f64 = 200.0;
