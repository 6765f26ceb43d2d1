//! Hosts, the wired segment and the TAPs.

use crate::support::run;

/// One car that reaches one of two RSUs, a server, ideal links without loss.
fn scenario(wired: &str, traffic: &str) -> String {
    format!(
        "
name: wire
duration: 6s
warmup: 2s
nodes:
  car: {{role: obu}}
  rsu1: {{role: rsu}}
  rsu2: {{role: rsu}}
{wired}
radio:
  profile: ideal
  ideal: {{links: [{{between: [car, rsu1], latency: 2ms}}]}}
traffic:
  - {{name: t, kind: {traffic}}}
"
    )
}

const WIRED: &str = "wired: {latency: 5ms, hosts: [server]}";

#[test]
fn a_round_trip_takes_the_sum_of_its_parts() {
    let (outcome, _) = run(&scenario(WIRED, "request, from: car, to: server, rate: 10, size: 100"));
    let rows: Vec<_> = outcome.flows.iter().map(|row| (row.direction, row.sent, row.delivered)).collect();
    assert_eq!(rows, [("request", 30, 30), ("response", 30, 30), ("round_trip", 30, 30)]);
    // Two milliseconds on the air and five on the wire, each way.
    let times: Vec<_> = outcome.flows.iter().map(|row| row.latency_median_ms.unwrap()).collect();
    assert!(
        (times[0] - 7.0).abs() < 0.02 && (times[1] - 7.0).abs() < 0.02 && (times[2] - 14.0).abs() < 0.02,
        "{times:?}"
    );
    let summary = outcome.summary;
    assert_eq!(summary.up.ratio, Some(1.0));
    assert_eq!(summary.down.ratio, Some(1.0));
    assert_eq!(summary.round_trip.goodput_bps, 30.0 * 100.0 * 8.0 / 3.0);
    assert_eq!(summary.drops.get("host.corrupted"), None);
}

#[test]
fn a_switch_that_has_learned_floods_no_more() {
    let (outcome, _) = run(&scenario(WIRED, "request, from: car, to: server, rate: 10, size: 100"));
    assert_eq!(outcome.summary.counters.get("wire.flooded"), None, "{:?}", outcome.summary.counters);
}

#[test]
fn an_rsu_has_a_host_of_its_own() {
    for wired in ["", WIRED] {
        let (outcome, _) = run(&scenario(wired, "request, from: car, to: rsu1, rate: 10, size: 100"));
        assert_eq!(outcome.summary.round_trip.ratio, Some(1.0), "{wired}");
        let time = outcome.summary.round_trip.latency.median_ms.unwrap();
        assert!((time - 4.0).abs() < 0.02, "{wired}: within its machine no wire is in the way: {time}");
    }
}

#[test]
fn the_host_of_another_rsu_is_reached_over_the_wire_only() {
    let traffic = "request, from: car, to: rsu2, rate: 10, size: 100";
    assert_eq!(run(&scenario(WIRED, traffic)).0.summary.round_trip.ratio, Some(1.0));
    assert_eq!(run(&scenario("", traffic)).0.summary.round_trip.ratio, Some(0.0));
}

#[test]
fn a_vehicle_that_is_silent_is_found() {
    let (outcome, _) = run(&scenario(WIRED, "constant, from: server, to: car, rate: 10, size: 100"));
    assert_eq!(outcome.summary.down.ratio, Some(1.0), "{:?}", outcome.summary);
}
