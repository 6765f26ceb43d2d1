//! What happens when a relay dies.

use crate::support::{Watch, world};
use node_lib::time::Instant;
use sim_lib::results::Happening;
use sim_lib::world::World;

/// An RSU, two relays side by side, and a car that reaches only the relays: 180 m a hop, 360 m to the RSU. The car
/// sends a hundred frames of `size` bytes a second.
fn diamond(seed: u64, size: usize, fault: &str) -> String {
    format!(
        "
name: diamond
duration: 12s
warmup: 2s
seed: {seed}
nodes:
  rsu: {{role: rsu, position: [0, 0]}}
  a: {{role: obu, position: [150, 60]}}
  b: {{role: obu, position: [150, -60]}}
  car: {{role: obu, position: [300, 0]}}
radio:
  profile: geometric
  geometric: {{fading: none, rate_mbps: 6, tx_power_dbm: 12}}
traffic:
  - {{name: up, kind: constant, from: car, to: rsu, rate: 100, size: {size}}}
{fault}"
    )
}

fn next_hop(world: &World) -> Option<String> {
    let route = world.route("car")?;
    world.name_of(route.next_hop).map(str::to_owned)
}

#[test]
fn a_dead_relay_is_replaced_by_transmit_status_within_50_ms() {
    for (seed, size) in (1..=12).zip([200, 600, 1000].into_iter().cycle()) {
        let mut settled = world(&diamond(seed, size, ""));
        settled.run_until(Instant::from_millis(5003), &mut Watch::default()).unwrap();
        let relay = next_hop(&settled).unwrap();
        let fault = format!("faults:\n  - {{at: 5003ms, node_down: {relay}}}\n");
        let mut watch = Watch::default();
        let outcome = world(&diamond(seed, size, &fault)).run(&mut watch).unwrap();
        let (at, change) = watch.routes("car").find(|(at, _)| *at >= 5_003_000).unwrap();
        let Happening::Route { kind, cause, from_hop, to_hop, .. } = change else { unreachable!() };
        assert_eq!((*kind, *cause, from_hop.as_ref()), ("failover", "unacked", Some(&relay)), "seed {seed}");
        assert_ne!(to_hop.as_ref(), Some(&relay), "seed {seed}");
        assert!(at <= 5_053_000, "seed {seed}: replaced only after {} µs", at - 5_003_000);
        let failovers = &outcome.summary.failovers;
        assert_eq!((failovers.count, failovers.blackout.count), (1, 1), "seed {seed}");
        let blackout = failovers.blackout.max_ms.unwrap();
        assert!(blackout <= 50.0, "seed {seed}: {blackout} ms without a delivery");
        let up = &outcome.summary.up;
        assert!(up.ratio.unwrap() >= 0.995, "seed {seed}: {} of {} frames delivered", up.delivered, up.sent);
        assert_eq!(up.repeated, 0, "seed {seed}");
    }
}

/// Without it, by the heartbeats that stay away: within three and a half intervals.
#[test]
fn without_transmit_status_missed_heartbeats_tell() {
    for seed in 1..=6 {
        let without = |fault: &str| format!("{}\nprotocol: {{tx_status: off}}\n", diamond(seed, 200, fault));
        let mut settled = world(&without(""));
        settled.run_until(Instant::from_millis(5003), &mut Watch::default()).unwrap();
        let relay = next_hop(&settled).unwrap();
        let mut watch = Watch::default();
        let fault = format!("faults:\n  - {{at: 5003ms, node_down: {relay}}}\n");
        let outcome = world(&without(&fault)).run(&mut watch).unwrap();
        let (_, change) = watch.routes("car").find(|(at, _)| *at >= 5_003_000).unwrap();
        let Happening::Route { kind, cause, .. } = change else { unreachable!() };
        assert_eq!((*kind, *cause), ("failover", "missed"), "seed {seed}");
        let blackout = outcome.summary.failovers.blackout.max_ms.unwrap();
        assert!((300.0..=700.0).contains(&blackout), "seed {seed}: {blackout} ms without a delivery");
    }
}

#[test]
fn a_relay_that_comes_back_is_a_new_node() {
    let fault = "faults:\n  - {at: 4s, node_down: a}\n  - {at: 4s, node_down: b}\n  - {at: 6s, node_up: a}\n";
    let mut watch = Watch::default();
    let mut world = world(&diamond(1, 200, fault));
    world.run_until(Instant::from_millis(5900), &mut watch).unwrap();
    assert!(world.node("a").is_none());
    assert_eq!(world.route("car"), None);
    world.run_until(Instant::from_secs(8), &mut watch).unwrap();
    assert_eq!(next_hop(&world).as_deref(), Some("a"));
    let outcome = world.run(&mut watch).unwrap();
    assert_eq!(outcome.summary.outages.count, 1);
    let outage = outcome.summary.outages.blackout.max_ms.unwrap();
    assert!((2000.0..2700.0).contains(&outage), "{outage} ms");
    let resumed =
        watch.events.iter().filter(|event| matches!(event.what, Happening::Resumed { kind: "outage", .. }));
    assert_eq!(resumed.count(), 1);
}

#[test]
fn a_link_that_is_cut_carries_nothing_until_it_is_mended() {
    let text = "
name: cut
duration: 8s
nodes:
  rsu: {role: rsu}
  car: {role: obu}
radio: {profile: ideal}
traffic:
  - {name: up, kind: constant, from: car, to: rsu, rate: 50, size: 100}
faults:
  - {at: 2s, link_down: [car, rsu]}
  - {at: 4s, link_up: [rsu, car]}
";
    let mut watch = Watch::default();
    let outcome = world(text).run(&mut watch).unwrap();
    let changes: Vec<_> = watch
        .events
        .iter()
        .filter_map(|event| match &event.what {
            Happening::Link { to, change } => {
                Some((event.at_us, event.node.as_str(), to.as_str(), change.as_str()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(changes, [(2_000_000, "car", "rsu", "down"), (4_000_000, "rsu", "car", "up")]);
    assert!(
        watch.seconds[2..4].iter().all(|row| row.up_sent == 50 && row.up_delivered <= 1),
        "{:?}",
        watch.seconds
    );
    assert_eq!(watch.seconds[2].in_range, 0);
    assert_eq!(watch.seconds[5].up_delivered, 50);
    let outage = outcome.summary.outages.blackout.max_ms.unwrap();
    assert!((2000.0..2700.0).contains(&outage), "{outage} ms");
}
