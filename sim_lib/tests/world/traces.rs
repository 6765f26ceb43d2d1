//! What maps and distributions are drawn from agrees with the figures.

use crate::support::{Place, Watch, run, world};
use node_lib::time::Instant;
use sim_lib::results::Delivery;

/// A car drives out of the range of its RSU and back; another one stays; a third breaks down.
const ROAD: &str = "
name: road
duration: 60s
warmup: 3s
nodes:
  rsu: {role: rsu, position: [0, 0]}
  near: {role: obu, position: [50, 3]}
  far: {role: obu, waypoints: [[0, 60, 0], [10, 60, 0], [30, 1660, 0], [50, 60, 0]]}
  brief: {role: obu, waypoints: [[0, 0, -5], [25, 100, -5]]}
radio: {profile: geometric}
wired: {hosts: [server]}
faults: [{at: 25500ms, node_down: brief}]
traffic:
  - {name: up, kind: constant, from: vehicles, to: server, rate: 7, size: 200}
  - {name: down, kind: constant, from: server, to: vehicles, rate: 3, size: 300}
  - {name: ask, kind: request, from: vehicles, to: server, rate: 2, size: 64, response_size: 200}
";

/// Where `far` is, as the scenario has it.
fn far(second: f64) -> f64 {
    match second {
        10.0..30.0 => 60.0 + (second - 10.0) * 80.0,
        30.0..50.0 => 1660.0 - (second - 30.0) * 80.0,
        _ => 60.0,
    }
}

#[test]
fn tracks_tell_where_everybody_was_each_second_and_how_connected() {
    let (_, watch) = run(ROAD);
    for row in &watch.seconds {
        let there: Vec<&Place> = watch.tracks.iter().filter(|place| place.second == row.second).collect();
        let obus = || there.iter().filter(|place| place.role == "obu");
        assert_eq!(obus().count() as u64, row.vehicles, "second {}", row.second);
        assert_eq!(obus().filter(|place| place.hops.is_some()).count() as u64, row.connected);
        let node = |name: &str| there.iter().find(|place| place.node == name);
        assert_eq!(node("rsu").unwrap().at, Some([0.0, 0.0]));
        assert_eq!(node("far").unwrap().at, Some([far(row.second as f64), 0.0]));
        assert_eq!(node("brief").is_some(), (row.second <= 25), "second {}", row.second);
        assert!(there.iter().all(|place| place.rsu.is_some() == place.hops.is_some()));
        assert!(there.is_sorted_by_key(|place| &place.node));
    }
    assert!(watch.tracks.iter().any(|place| place.rsu.as_deref() == Some("rsu") && place.hops == Some(1)));
    assert!(watch.tracks.iter().any(|place| place.node == "far" && place.hops.is_none()));
}

#[test]
fn every_measured_frame_that_was_not_delivered_is_a_loss_at_its_vehicles_place() {
    let mut world = world(ROAD);
    let outcome = world.run(&mut Watch::default()).unwrap();
    let losses: Vec<_> = world.losses().collect();
    for (direction, Delivery { sent, delivered, .. }) in
        [("up", &outcome.summary.up), ("down", &outcome.summary.down)]
    {
        let lost = losses.iter().filter(|loss| loss.direction == direction);
        assert_eq!(lost.count() as u64, sent - delivered, "{direction}");
        assert!(sent > delivered);
    }
    for row in outcome.flows.iter().filter(|row| row.direction != "round_trip") {
        let vehicle = if row.from == "server" { &row.to } else { &row.from };
        let direction = if row.from == "server" { "down" } else { "up" };
        let lost = losses
            .iter()
            .filter(|loss| loss.flow == row.flow && loss.node == vehicle && loss.direction == direction);
        assert_eq!(lost.count() as u64, row.sent - row.delivered, "{row:?}");
    }
    let of_far = losses.iter().filter(|loss| loss.node == "far");
    for loss in of_far {
        let expected = far(loss.sent_us as f64 / 1e6);
        assert!((loss.x_m.unwrap() - expected).abs() < 0.0051, "{loss:?}, not {expected}");
        assert_eq!(loss.y_m, Some(0.0));
    }
    assert!(losses.iter().all(|loss| (3_000_000..=59_000_000).contains(&loss.sent_us)));
}

#[test]
fn who_is_moved_by_hand_lost_frames_where_it_was_then() {
    let text = "
name: moved
duration: 20s
nodes:
  rsu: {role: rsu, position: [0, 0]}
  car: {role: obu, position: [9000, 1]}
radio: {profile: geometric}
traffic:
  - {name: up, kind: constant, from: car, to: rsu, rate: 10, size: 100}
";
    let (mut world, mut watch) = (world(text), Watch::default());
    for (at, to) in [(5, [8000.0, 2.0]), (10, [7000.0, 3.0])] {
        let at = Instant::from_secs(at);
        world.run_until(at, &mut watch).unwrap();
        world.set_position(at, "car", to).unwrap();
    }
    world.run(&mut watch).unwrap();
    let place = |us: u64| match us {
        0..5_000_000 => 9000.0,
        5_000_000..10_000_000 => 8000.0,
        _ => 7000.0,
    };
    let losses: Vec<_> = world.losses().collect();
    assert!(losses.len() > 150, "{}", losses.len());
    assert!(losses.iter().all(|loss| loss.x_m == Some(place(loss.sent_us))), "{losses:?}");
}

#[test]
fn latencies_are_those_of_the_frames_delivered() {
    let (outcome, _) = run(ROAD);
    let summary = &outcome.summary;
    for (direction, delivery) in
        [("up", &summary.up), ("down", &summary.down), ("round_trip", &summary.round_trip)]
    {
        let steps = || outcome.latency.iter().filter(|step| step.direction == direction);
        assert_eq!(steps().map(|step| step.frames).sum::<u64>(), delivery.delivered, "{direction}");
        for (share, quantile) in [(0.5, delivery.latency.median_ms), (0.95, delivery.latency.p95_ms)] {
            let (mut so_far, wanted) = (0, (delivery.delivered as f64 * share).ceil() as u64);
            let step = steps().find(|step| {
                so_far += step.frames;
                so_far >= wanted
            });
            let (found, expected) = (step.unwrap().up_to_ms, quantile.unwrap());
            assert!(found >= expected * 0.998 && found < expected * 1.03, "{found} instead of {expected}");
        }
    }
}

#[test]
fn where_places_do_not_matter_there_are_none() {
    let text = "
name: ideal
duration: 10s
nodes:
  rsu: {role: rsu}
  car: {role: obu}
radio: {profile: ideal, ideal: {links: [{between: [rsu, car], loss: 0.5}]}}
traffic:
  - {name: up, kind: constant, from: car, to: rsu, rate: 10, size: 100}
";
    let (mut world, mut watch) = (world(text), Watch::default());
    world.run(&mut watch).unwrap();
    assert!(watch.tracks.len() == 20 && watch.tracks.iter().all(|place| place.at.is_none()));
    assert!(world.losses().count() > 0 && world.losses().all(|loss| loss.x_m.is_none()));
}
