//! A clock that is set, back or forward, under a running OBU.

mod bench;

use bench::{Beat, Bench, CHILD, LEFT, ME, RIGHT, RSU, host_frame, station};
use node_lib::control::node::{Event, Node, RouteCause};
use node_lib::time::Instant;

/// Two ways to the RSU, and 600 ms of heartbeats by both.
fn settled() -> Bench {
    let mut bench = Bench::new();
    for id in 1..=3 {
        bench.hear(Beat::new(LEFT, id, 1000)).unwrap();
        bench.hear(Beat::new(RIGHT, id, 9000)).unwrap();
        bench.pass(200_000);
    }
    assert_eq!(bench.next_hop(), Some(station(LEFT)));
    bench.sent();
    bench.out.clear();
    bench
}

/// Sets the clock, and has the OBU notice, as a shell does. What passed since it was last called is lost to it.
fn set(bench: &mut Bench, millis: u64) {
    bench.obu.handle_timeout(bench.now, &mut bench.out);
    bench.now = Instant::from_millis(millis);
    bench.obu.handle_timeout(bench.now, &mut bench.out);
}

#[test]
fn a_clock_set_back_keeps_no_next_hop_that_is_gone() {
    for to in [0, 5, 900, 1500, 1599] {
        let mut bench = settled();
        set(&mut bench, to);
        assert_eq!(bench.next_hop(), Some(station(LEFT)), "to {to} ms: the step alone changes nothing");
        assert!(bench.out.events.is_empty());
        // Only the other one goes on.
        for id in 4..=6 {
            bench.hear(Beat::new(RIGHT, id, 9000)).unwrap();
            bench.pass(200_000);
        }
        assert_eq!(bench.next_hop(), Some(station(RIGHT)), "to {to} ms");
        let causes: Vec<_> =
            bench.out.events.iter().map(|Event::RouteChanged { cause, .. }| *cause).collect();
        assert_eq!(causes, [RouteCause::Missed], "to {to} ms");
    }
}

#[test]
fn a_clock_set_back_holds_up_no_reply_and_no_relay() {
    let mut bench = settled();
    // Its own reply is due once a second without data; what waits does so no longer than before.
    let before = bench.obu.poll_timeout().unwrap().0.since(bench.now);
    set(&mut bench, 10);
    assert!(bench.obu.poll_timeout().unwrap().0.since(bench.now) <= before);
    bench.hear(Beat::new(LEFT, 4, 1000)).unwrap();
    bench.reply(CHILD, CHILD, Some(1)).unwrap();
    bench.pass(10_000);
    assert!(bench.sent().len() >= 2, "a heartbeat and the child's reply");
}

#[test]
fn a_clock_set_forward_is_a_long_silence_that_ends_with_the_next_heartbeat() {
    let mut bench = settled();
    set(&mut bench, 3_600_000);
    assert_eq!(bench.next_hop(), None);
    bench.hear(Beat::new(LEFT, 4, 1000)).unwrap();
    assert_eq!(bench.next_hop(), Some(station(LEFT)));
    bench.tap(&host_frame(200)).unwrap();
    bench.upstream(CHILD, CHILD, Some((RSU, 1, 0, 8)), &host_frame(200)).unwrap();
    bench.downstream(LEFT, CHILD, Some((RSU, 1, 0, 8)), &host_frame(200)).unwrap();
    bench.downstream(LEFT, ME, Some((RSU, 2, 0, 8)), &host_frame(200)).unwrap();
    // And back again, as when a clock is corrected twice.
    set(&mut bench, 2000);
    bench.hear(Beat::new(LEFT, 5, 1000)).unwrap();
    assert_eq!(bench.next_hop(), Some(station(LEFT)));
}
