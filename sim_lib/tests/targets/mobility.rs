//! Delivery in motion: the tests `mobility1` and `mobility2` of meshnet-lab, as its README of 2024 and its code describe them.
//!
//! Fifty nodes at random places in a square kilometre, and the 150 shortest links between them, of 1 ms and without loss. Again and
//! again all nodes are moved by the same distance, each in a direction of its own, and the 150 shortest links are what there is;
//! some seconds later 200 pings go out within two seconds, between nodes that are connected over two hops or more.
//!
//! Two things differ. We route between vehicles and road-side units, so that one of the fifty nodes is an RSU, and all pings
//! go to it from vehicles drawn at random. And each seed has places, moves and pings of its own, where meshnet-lab draws
//! them once and for all.

use crate::estimate::Estimate;
use crate::scenario;
use node_lib::random::Key;
use sim_lib::world::{Unobserved, World};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// How a test moves and waits.
struct Course {
    name: &'static str,
    /// Metres of each move.
    moves: Vec<f64>,
    /// Seconds from a move to the pings.
    wait: usize,
}

/// Links by the numbers of their ends, lower first.
type Links = BTreeSet<(usize, usize)>;

#[test]
fn ninety_nine_in_a_hundred_arrive_after_a_move() {
    measure(&[course("10 m", &[60.0; 4], 10), course("far", &[150.0, 400.0], 15)], 3);
}

/// The whole tests; a minute or two: `cargo test -p sim_lib --test targets mobility -- --ignored --nocapture`.
#[test]
#[ignore = "takes a minute or two"]
fn mobility_as_in_meshnet_lab() {
    let far: Vec<f64> = (1..=8).flat_map(|step| [f64::from(step) * 50.0; 6]).collect();
    let courses = [
        course("mobility1, 10 m, 10 s after", &[10.0; 30], 10),
        course("mobility1, 30 m, 10 s after", &[30.0; 30], 10),
        course("mobility1, 60 m, 10 s after", &[60.0; 30], 10),
        course("mobility2, 50 to 400 m, 15 s after", &far, 15),
    ];
    measure(&courses, 20);
}

fn measure(courses: &[Course], runs: u64) {
    println!("Delivery ratio of pings there and back; {runs} runs each");
    println!("{:<36} {:>15}  {:>7} {:>7}  {:>7}", "", "mean ± (95 %)", "least", "most", "pings");
    for course in courses {
        let (mut ratios, mut pings) = (Vec::new(), 0);
        for seed in 1..=runs {
            let text = written(course, seed);
            let mut world = World::new(&scenario(&text), Path::new("")).expect("it is possible");
            let round_trip = world.run(&mut Unobserved).expect("it runs").summary.round_trip;
            ratios.push(round_trip.ratio.expect("there are pings"));
            pings += round_trip.sent;
        }
        let estimate = Estimate::of(&ratios);
        println!("{:<36} {estimate}  {pings:>7}", course.name);
        assert!(estimate.mean >= 0.99, "{}: {ratios:?}", course.name);
    }
}

fn course(name: &'static str, moves: &[f64], wait: usize) -> Course {
    Course { name, moves: moves.to_vec(), wait }
}

/// The scenario: every link that there ever is, faults that take it away and bring it back, and pings after each move.
fn written(course: &Course, seed: u64) -> String {
    let key = Key::seed(seed).with_name(course.name);
    let mut places: Vec<[f64; 2]> =
        (0..NODES).map(|node| [0, 1].map(|axis| key.with(node as u64).with(axis).unit() * SIDE)).collect();
    let mut steps = vec![shortest(&places)];
    for (step, distance) in (0..).zip(&course.moves) {
        for (node, place) in (0..).zip(&mut places) {
            let direction = key.with_name("move").with(step).with(node).unit() * std::f64::consts::TAU;
            *place = [place[0] + distance * direction.cos(), place[1] + distance * direction.sin()];
        }
        steps.push(shortest(&places));
    }

    let period = course.wait + PINGING;
    let duration = START + course.moves.len() * period + 1;
    let mut text =
        format!("name: mobility\nduration: {duration}s\nseed: {seed}\nprotocol: {{hop_limit: 16}}\n");
    text.push_str("nodes:\n  n0: {role: rsu}\n");
    (1..NODES).for_each(|node| writeln!(text, "  n{node}: {{role: obu}}").expect("a String takes all"));
    text.push_str("radio:\n  profile: ideal\n  ideal:\n    default: {latency: 1ms}\n    links:\n");
    let ever: Links = steps.iter().flatten().copied().collect();
    ever.iter().for_each(|(a, b)| writeln!(text, "      - {{between: [n{a}, n{b}]}}").expect("as above"));
    text.push_str("faults:\n");
    for (a, b) in ever.difference(&steps[0]) {
        writeln!(text, "  - {{at: 0s, link_down: [n{a}, n{b}]}}").expect("as above");
    }
    for (step, pair) in steps.windows(2).enumerate() {
        let at = START + step * period;
        let mut change = |links: &Links, others: &Links, what: &str| {
            for (a, b) in links.difference(others) {
                writeln!(text, "  - {{at: {at}s, {what}: [n{a}, n{b}]}}").expect("as above");
            }
        };
        change(&pair[0], &pair[1], "link_down");
        change(&pair[1], &pair[0], "link_up");
    }
    text.push_str("traffic:\n");
    for (step, links) in steps[1..].iter().enumerate() {
        let start = START + step * period + course.wait;
        let far: Vec<usize> =
            hops(links).into_iter().filter(|(_, hops)| *hops >= 2).map(|(node, _)| node).collect();
        let mut pings: BTreeMap<usize, u64> = BTreeMap::new();
        for ping in 0..PINGS.min(far.len() as u64 * PINGS) {
            let drawn = key.with_name("ping").with(step as u64).with(ping).between(0, far.len() as u64 - 1);
            *pings.entry(far[drawn as usize]).or_default() += 1;
        }
        for (node, count) in pings {
            let rate = count as f64 / PINGING as f64;
            let (from, stop) = (format!("n{node}"), start + PINGING);
            writeln!(
                text,
                "  - {{name: s{step}-{node}, kind: request, from: {from}, to: n0, rate: {rate}, size: 64, start: {start}s, stop: {stop}s}}"
            )
            .expect("as above");
        }
    }
    text
}

/// The shortest links.
fn shortest(places: &[[f64; 2]]) -> Links {
    let pairs = (0..NODES).flat_map(|b| (0..b).map(move |a| (a, b)));
    let length = |(a, b): (usize, usize)| {
        let ([ax, ay], [bx, by]) = (places[a], places[b]);
        (ax - bx).hypot(ay - by)
    };
    let mut all: Vec<_> = pairs.collect();
    all.sort_by(|a, b| length(*a).total_cmp(&length(*b)));
    all.into_iter().take(LINKS).collect()
}

/// Hops to the RSU, of all that are connected to it.
fn hops(links: &Links) -> BTreeMap<usize, usize> {
    let mut found = BTreeMap::from([(0, 0)]);
    let mut edge = vec![0];
    for hops in 1.. {
        let next: Vec<usize> = links
            .iter()
            .flat_map(|(a, b)| [(*a, *b), (*b, *a)])
            .filter(|(from, to)| edge.contains(from) && !found.contains_key(to))
            .map(|(_, to)| to)
            .collect();
        if next.is_empty() {
            break;
        }
        found.extend(next.iter().map(|node| (*node, hops)));
        edge = next;
    }
    found
}

const NODES: usize = 50;
const LINKS: usize = 150;
/// Metres.
const SIDE: f64 = 1000.0;
const PINGS: u64 = 200;
/// Seconds: until the first move, and that pings take.
const START: usize = 30;
const PINGING: usize = 2;
