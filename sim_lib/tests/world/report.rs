//! Small runs whose results are known.

use crate::support::run;
use sim_lib::world::Outcome;
use std::fmt::Write;

/// A chain of three OBUs on ideal links with some loss, traffic both ways.
const CHAIN: &str = "
name: chain
duration: 12s
warmup: 2s
seed: 5
nodes:
  rsu: {role: rsu}
  car1: {role: obu}
  car2: {role: obu}
  car3: {role: obu}
wired: {latency: 1ms, hosts: [server]}
radio:
  profile: ideal
  ideal:
    default: {latency: 1ms, loss: 0.1}
    links:
      - {between: [rsu, car1]}
      - {between: [car1, car2]}
      - {between: [car2, car3]}
traffic:
  - {name: up, kind: constant, from: vehicles, to: server, rate: 20, size: 200}
  - {name: ping, kind: request, from: server, to: vehicles, rate: 5, size: 64, response_size: 400}
";

fn table(outcome: &Outcome) -> String {
    let mut table = String::new();
    writeln!(
        table,
        "{:<5}{:<8}{:<8}{:<11}{:>5}{:>6}{:>9}{:>9}",
        "flow", "from", "to", "direction", "sent", "got", "p50 ms", "p99 ms"
    )
    .unwrap();
    for row in &outcome.flows {
        let ms = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"));
        writeln!(
            table,
            "{:<5}{:<8}{:<8}{:<11}{:>5}{:>6}{:>9}{:>9}",
            row.flow,
            row.from,
            row.to,
            row.direction,
            row.sent,
            row.delivered,
            ms(row.latency_median_ms),
            ms(row.latency_p99_ms)
        )
        .unwrap();
    }
    let summary = &outcome.summary;
    writeln!(
        table,
        "hops {:.3}, changes {}, failovers {}, handovers {}, outages {}",
        summary.hops_mean.unwrap(),
        summary.route_changes,
        summary.failovers.count,
        summary.handovers.count,
        summary.outages.count
    )
    .unwrap();
    table
}

#[test]
fn a_chain_with_loss() {
    insta::assert_snapshot!(table(&run(CHAIN).0));
}

/// Where nothing is lost on the way, nothing is lost at all: every frame that was sent and had the time is delivered
/// exactly once, and nothing is dropped anywhere.
#[test]
fn frames_are_conserved() {
    let (outcome, watch) = run(&CHAIN.replace("loss: 0.1", "loss: 0"));
    for row in &outcome.flows {
        assert_eq!((row.delivered, row.repeated), (row.sent, 0), "{row:?}");
        assert!(row.sent >= 45, "{row:?}");
    }
    let summary = outcome.summary;
    assert!(summary.drops.is_empty(), "{:?}", summary.drops);
    assert_eq!((summary.connected_share, summary.hops_mean), (Some(1.0), Some(2.0)));
    assert_eq!(summary.hops_share.len(), 3);
    let sent: u64 = watch.seconds.iter().map(|row| row.up_sent + row.down_sent).sum();
    let delivered: u64 = watch.seconds.iter().map(|row| row.up_delivered + row.down_delivered).sum();
    assert!(sent - delivered < 40, "only the start is lost: {sent} sent, {delivered} delivered");
}
