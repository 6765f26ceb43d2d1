//! The committed town, with its invariants checked ten times a simulated second.

use crate::support::Watch;
use config_lib::Override;
use sim_lib::scenario::Scenario;
use sim_lib::world::World;
use std::path::Path;

#[test]
fn every_vehicle_in_range_gets_a_route_and_no_cycle_forms() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/town/scenario.yaml");
    let shorter = Override::new("duration", "60s", "--duration 60s");
    let loaded = Scenario::load(&file, &[shorter]).unwrap();
    let mut world = World::new(&loaded.scenario, &loaded.source.base).unwrap();
    world.set_checked(true);
    let summary = world.run(&mut Watch::default()).unwrap().summary;
    println!(
        "{} stays of 3 s or longer in range, {} without a route",
        summary.stays_in_range, summary.stays_without_route
    );
    assert!(summary.vehicles_peak >= 100 && summary.stays_in_range >= 100);
    assert_eq!(summary.stays_without_route, 0);
    assert!(summary.connected_in_range_share.is_some_and(|share| share > 0.99));
    for delivery in [&summary.up, &summary.down, &summary.round_trip] {
        assert!(delivery.sent > 1000 && delivery.ratio.is_some_and(|ratio| ratio > 0.98), "{delivery:?}");
    }
}
