//! From the start to working routes.

use crate::support::{Watch, world};
use node_lib::time::Instant;
use sim_lib::world::World;
use sim_lib::world::address::radio_mac;
use std::fmt::Write;

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
