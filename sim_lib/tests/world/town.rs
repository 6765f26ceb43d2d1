//! The committed town, with its invariants checked ten times a simulated second.

use crate::support::Watch;
use config_lib::Override;
use sim_lib::scenario::Scenario;
use sim_lib::world::World;
use std::path::Path;

/// With the radio that the scenario names, and with one on which nobody disturbs anybody and no building stands in the way.
#[test]
fn every_vehicle_in_range_gets_a_route_and_no_cycle_forms() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/town/scenario.yaml");
    println!(
        "radio      stays of 3 s in range  without a route  in range connected      up    down  channel busy"
    );
    for (profile, in_range, least) in [("80211p", 0.99, 0.92), ("geometric", 0.99, 0.98)] {
        let overrides = [("duration", "60s"), ("radio.profile", profile)]
            .map(|(key, value)| Override::new(key, value, format!("--set {key}={value}")));
        let loaded = Scenario::load(&file, &overrides).unwrap();
        let mut world = World::new(&loaded.scenario, &loaded.source.base).unwrap();
        world.set_checked(true);
        let summary = world.run(&mut Watch::default()).unwrap().summary;
        let [connected, up, down] = [summary.connected_in_range_share, summary.up.ratio, summary.down.ratio]
            .map(Option::unwrap_or_default);
        let busy = summary.channel.and_then(|load| load.mean).unwrap_or_default();
        println!(
            "{profile:9}{:23}{:17}{connected:20.4}{up:8.3}{down:8.3}{busy:14.3}",
            summary.stays_in_range, summary.stays_without_route
        );
        assert!(summary.vehicles_peak >= 100 && summary.stays_in_range >= 100);
        assert_eq!(summary.stays_without_route, 0);
        assert!(connected > in_range, "{connected}");
        for delivery in [&summary.up, &summary.down, &summary.round_trip] {
            assert!(
                delivery.sent > 1000 && delivery.ratio.is_some_and(|ratio| ratio > least),
                "{delivery:?}"
            );
        }
        // Beacons arrive, less often the farther away they come from; the channel is neither idle nor always busy.
        if profile == "80211p" {
            let beacons = summary.beacons.as_ref().unwrap();
            let near = beacons.ratio_by_distance[0].unwrap();
            assert!(near > 0.8 && beacons.ratio.is_some_and(|all| all < near / 2.0), "{beacons:?}");
            assert!(
                beacons.gaps.times.count > 10_000
                    && beacons.gaps.times.median_ms.is_some_and(|gap| gap >= 499.0)
            );
            assert!((0.05..0.5).contains(&busy), "{busy}");
        }
    }
}
