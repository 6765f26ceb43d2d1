//! From the start to working routes.

use crate::support::{Watch, run, world};
use node_lib::time::Instant;
use sim_lib::results::Happening;
use sim_lib::world::World;
use sim_lib::world::address::radio_mac;
use std::collections::BTreeMap;
use std::fmt::Write;

const EXAMPLE: &str = include_str!("../../../examples/targets/convergence.yaml");

/// An RSU and `hops` OBUs in a row, on ideal links of 1 ms.
fn chain(hops: usize, seed: u64) -> String {
    let mut text = format!("name: chain\nduration: 10s\nseed: {seed}\nnodes:\n  rsu: {{role: rsu}}\n");
    for hop in 1..=hops {
        writeln!(text, "  car{hop}: {{role: obu}}").unwrap();
    }
    text.push_str("radio:\n  profile: ideal\n  ideal:\n    links:\n");
    for hop in 1..=hops {
        let before = if hop == 1 { "rsu".to_owned() } else { format!("car{}", hop - 1) };
        writeln!(text, "      - {{between: [{before}, car{hop}]}}").unwrap();
    }
    text
}

fn knows_downstream(world: &World, obu: &str) -> bool {
    let status = world.node("rsu").unwrap().status();
    status.downstream.iter().any(|entry| entry.obu == radio_mac(obu))
}

#[test]
fn a_chain_converges_within_two_intervals_and_20_ms_a_hop() {
    for seed in 1..=50 {
        let mut world = world(&chain(3, seed));
        for hop in 1..=3u64 {
            let bound = Instant::from_millis(2 * 200 + 20 * hop);
            world.run_until(bound, &mut Watch::default()).unwrap();
            let car = format!("car{hop}");
            let route =
                world.route(&car).unwrap_or_else(|| panic!("seed {seed}: {car} has no route at {bound}"));
            assert_eq!((route.rsu, u64::from(route.hops)), (radio_mac("rsu"), hop), "seed {seed}: {car}");
            assert!(knows_downstream(&world, &car), "seed {seed}: the RSU doesn't know {car} at {bound}");
        }
    }
}

#[test]
fn a_node_without_a_link_has_no_route() {
    let mut text = chain(2, 1);
    text = text.replace("  car1: {role: obu}", "  car1: {role: obu}\n  hermit: {role: obu}");
    let mut world = world(&text);
    world.run_until(Instant::from_secs(3), &mut Watch::default()).unwrap();
    assert!(world.route("car2").is_some());
    assert_eq!(world.route("hermit"), None);
    assert!(!knows_downstream(&world, "hermit"));
}

/// Hops and milliseconds of the first routes of a run.
fn converged(watch: &Watch) -> Vec<(u32, f64)> {
    let found = watch.events.iter().filter_map(|event| match event.what {
        Happening::Converged { hops, after_ms } => Some((hops, after_ms)),
        _ => None,
    });
    found.collect()
}

#[test]
fn first_routes_over_one_to_eight_hops_are_found_within_the_bound() {
    let mut times: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for seed in 1..=20 {
        let text = EXAMPLE.replace("seed: 1\n", &format!("seed: {seed}\n"));
        let (outcome, watch) = run(&text);
        let found = converged(&watch);
        assert_eq!(outcome.summary.convergence.count, found.len() as u64, "seed {seed}");
        found.into_iter().for_each(|(hops, after_ms)| times.entry(hops).or_default().push(after_ms));
    }
    assert_eq!(times.keys().copied().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8]);
    for (hops, times) in &mut times {
        assert_eq!(times.len(), 20 * 4, "{hops} hops: a cold start and three restarts in each run");
        times.sort_by(f64::total_cmp);
        let p95 = times[times.len() * 95 / 100 - 1];
        assert!(p95 <= 400.0 + 20.0 * f64::from(*hops), "{hops} hops: {p95} ms");
    }
}

#[test]
fn time_counts_from_where_there_could_be_a_route() {
    // On the ideal radio from the fault that makes the link; before it the car had been up for five seconds.
    let link = "
name: link
duration: 8s
nodes: {rsu: {role: rsu}, car1: {role: obu}, car2: {role: obu}}
radio: {profile: ideal, ideal: {links: [{between: [rsu, car1]}, {between: [car1, car2]}]}}
faults: [{at: 0s, link_down: [rsu, car1]}, {at: 5s, link_up: [rsu, car1]}]
";
    let (outcome, watch) = run(link);
    assert_eq!(outcome.summary.convergence_by_hops.iter().map(|hops| hops.count).collect::<Vec<_>>(), [1, 1]);
    assert!(converged(&watch).iter().all(|(_, after_ms)| (1.0..450.0).contains(after_ms)), "{watch:?}");

    // On a geometric radio from where the cars are in reach: they stand far away, and are here within half a second.
    let drive = "
name: drive
duration: 20s
warmup: 1s
nodes:
  rsu: {role: rsu, position: [0, 0]}
  car1: {role: obu, waypoints: [[10, 3000, 0], [10.5, 100, 0]]}
  car2: {role: obu, waypoints: [[10, 3000, 90], [10.5, 100, 90]]}
radio: {profile: geometric, geometric: {fading: none}}
";
    let (outcome, watch) = run(drive);
    let found = converged(&watch);
    assert_eq!((found.len(), outcome.summary.convergence.count), (2, 2), "{found:?}");
    assert!(found.iter().all(|(_, after_ms)| *after_ms < 450.0), "{found:?}");

    // What could be before the warm-up is over is not measured.
    let (outcome, watch) = run(&drive.replace("warmup: 1s", "warmup: 15s"));
    assert_eq!((converged(&watch), outcome.summary.convergence.count), (vec![], 0));
}
