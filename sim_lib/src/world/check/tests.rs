//! Each invariant is broken on purpose, and that is noticed.

use super::*;
use crate::scenario::Scenario;
use crate::world::Unobserved;
use node_lib::buffer_pool::Frame;
use node_lib::messages::{Control, ExtensionBuf, Heartbeat, Message, PacketType, Path};
use std::path::Path as FilePath;

/// A car two hops from an RSU that has a server behind it, three seconds into a run.
fn world() -> World {
    let text = "
name: broken
duration: 9s
wired: {hosts: [server]}
nodes:
  a: {role: obu}
  b: {role: obu}
  rsu: {role: rsu}
radio: {profile: ideal, ideal: {links: [{between: [a, b], latency: 5ms}, {between: [b, rsu], latency: 5ms}]}}
traffic:
  - {name: up, kind: request, from: a, to: server, rate: 200, size: 100}
";
    let place = FilePath::new("scenario.yaml");
    let loaded = Scenario::load_text(text, place, FilePath::new(""), &[]).unwrap();
    let mut world = World::with_trace(&loaded.scenario, None).unwrap();
    world.set_checked(true);
    world.run_until(Instant::from_secs(3), &mut Unobserved).unwrap();
    assert!(world.route("a").is_some());
    world
}

/// What the rest of the run finds.
fn found(mut world: World) -> Violation {
    match world.run(&mut Unobserved) {
        Err(SimError::Violated(violation)) => *violation,
        other => panic!("nothing was found: {other:?}"),
    }
}

fn routes(world: &mut World) -> &mut Routes {
    &mut world.checker.as_mut().unwrap().routes
}

#[test]
fn a_run_in_order_has_no_violation() {
    let outcome = world().run(&mut Unobserved).unwrap();
    assert!(outcome.summary.up.delivered > 1000);
}

#[test]
fn a_frame_that_gets_nowhere_is_missed() {
    let mut world = world();
    // The application sends it, and it gets nowhere.
    let (frame, _) = world.traffic.send(0, 1, world.now()).unwrap();
    world.note_sent(&frame);
    let violation = found(world);
    assert_eq!(violation.invariant, "vanished", "{violation}");
    assert!(violation.what.contains("of flow up is nowhere"), "{violation}");
}

#[test]
fn a_node_that_swallows_a_frame_is_named() {
    let mut world = world();
    let flow = world.traffic.send(0, 1, world.now()).unwrap().0;
    let fate = world.fate_of(0, &flow);
    assert!(fate.is_some());
    world.note_fate(0, fate, None);
    let violation = found(world);
    assert_eq!(
        (violation.invariant, &violation.nodes[..]),
        ("vanished", &["a".to_owned()][..]),
        "{violation}"
    );
}

#[test]
fn a_frame_that_was_not_booked_is_missed() {
    let mut world = world();
    world.traffic.flows[0].forward.stream.delivered_ever -= 1;
    assert_eq!(found(world).invariant, "books");
}

#[test]
fn a_frame_that_was_changed_is_noticed() {
    let mut world = world();
    world.traffic.corrupted += 1;
    assert_eq!(found(world).invariant, "content");
}

#[test]
fn a_cycle_is_named() {
    let mut world = world();
    let (a, b, rsu) = (0, 1, 2);
    let routes = routes(&mut world);
    routes.pretend(b, rsu, a);
    routes.pretend(a, rsu, rsu);
    world.check_next_hops(a);
    let violation = found(world);
    assert_eq!(violation.invariant, "cycle");
    assert_eq!(violation.nodes, ["a", "b", "a"]);
    assert_eq!(violation.what, "next hops towards rsu form a cycle: a → b → a");
}

#[test]
fn a_next_hop_that_is_kept_too_long_is_named() {
    let mut world = world();
    // As if b led to another node, of which nothing was ever heard.
    routes(&mut world).pretend(1, 2, 0);
    routes(&mut world).forget(1, 0);
    world.check_silent_next_hops(Instant::from_secs(3));
    let violation = found(world);
    assert_eq!((violation.invariant, &violation.nodes[..]), ("stuck", &["b".to_owned(), "a".to_owned()][..]));
}

#[test]
fn a_node_that_takes_no_path_is_named() {
    let mut world = world();
    // A new car is offered paths by b, and doesn't get to see them.
    let state = &mut world.states[0];
    state.boot += 1;
    let config = node_lib::control::config::NodeConfig::new(node_lib::addr::Mac::local(2, 77));
    state.machine = Some(crate::world::machine::Machine::new(false, config, Instant::from_secs(3)));
    let boot = state.boot;
    for id in 1..=7 {
        let frame = heartbeat(id);
        world.check_reception(Instant::from_secs(3), 0, boot, &frame);
        assert_eq!(world.checker.as_ref().unwrap().broken.is_some(), id == 7, "after {id}");
    }
    let violation = found(world);
    assert_eq!(violation.invariant, "route");
    assert_eq!(violation.nodes, ["a", "b", "rsu"]);
}

/// One of b's for the RSU.
fn heartbeat(id: u32) -> Frame {
    let mac = crate::world::address::radio_mac;
    let mut extensions = ExtensionBuf::new();
    extensions.push_epoch(1).unwrap();
    extensions.push_path(Path { lag: 0, class: 0, cost: 100, counter: id as u16 }).unwrap();
    let extensions = extensions.as_extensions();
    let heartbeat = Heartbeat { duration_ms: 0, id, hops: 2, source: mac("rsu"), extensions };
    let packet = PacketType::Control(Control::Heartbeat(heartbeat));
    let to = node_lib::addr::Mac::BROADCAST;
    Message { to, from: mac("b"), marker: 0x88b5, packet }.to_frame()
}
