//! What an OBU says for its hosts, and to them.

mod bench;

use bench::{Beat, Bench, LEFT, ME, RSU, station, upstream_data};
use node_lib::addr::Mac;
use node_lib::control::drops::DropReason;
use node_lib::control::node::{Node, Reply, TxOutcome};
use node_lib::messages::ToUpstream;
use node_lib::resolution::{Said, announcement, answer, read};
use std::net::IpAddr;

const OTHER_RSU: u64 = 5;

fn host(i: u64) -> Mac {
    Mac::local(6, i)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// The question of `asker` for `target`, which is an announcement with another target.
fn arp_question(asker: (&str, u64), target: [u8; 4]) -> Vec<u8> {
    let mut question = announcement(Some(ip(asker.0)), host(asker.1)).to_vec();
    question[38..42].copy_from_slice(&target);
    question
}

/// What the frames among these announce, in their order.
fn announced(bench: &mut Bench) -> Vec<(Mac, Option<IpAddr>, Mac)> {
    let frames = bench.wires();
    let told = upstream_data(&frames).into_iter().filter_map(|(_, data)| {
        let ToUpstream { origin, routing, payload } = data;
        assert_eq!(origin, station(ME));
        match read(payload)? {
            Said::Tells { address, mac, to_all: true } => Some((routing.unwrap().rsu, address, mac)),
            _ => None,
        }
    });
    told.collect()
}

/// An RSU's own heartbeat, and a while in which everything due is done.
fn attach(bench: &mut Bench, rsu: u64, epoch: u32, id: u32) {
    let beat = Beat { rsu, epoch: Some(epoch), hops: 1, ..Beat::new(rsu, id, 0) };
    // One that contradicts what is known needs a second one that confirms it.
    let _ = bench.hear(beat);
    let _ = bench.hear(Beat { id: id + 1, ..beat });
    bench.pass(300_000);
}

#[test]
fn a_new_rsu_is_told_of_every_host_by_what_is_known_of_it() {
    let mut bench = Bench::new();
    // Heard before there was a route: one by its IPv4 address, one by its IPv6 address, one by a frame alone.
    assert_eq!(bench.tap(&announcement(Some(ip("10.0.0.1")), host(1))), Err(DropReason::NoRoute));
    assert_eq!(bench.tap(&announcement(Some(ip("fd00::2")), host(2))), Err(DropReason::NoRoute));
    assert_eq!(bench.tap(&announcement(None, host(3))), Err(DropReason::NoRoute));
    attach(&mut bench, RSU, 1, 1);
    let of = |rsu: u64| {
        let mut all = vec![
            (station(rsu), Some(ip("10.0.0.1")), host(1)),
            (station(rsu), Some(ip("fd00::2")), host(2)),
            (station(rsu), None, host(3)),
        ];
        all.sort();
        all
    };
    let sorted = |mut told: Vec<(Mac, Option<IpAddr>, Mac)>| {
        told.sort();
        told
    };
    assert_eq!(sorted(announced(&mut bench)), of(RSU));
    assert_eq!(bench.obu.counters().replies_sent, 0, "that did what a reply does");

    for id in 3..9 {
        bench.hear(Beat { hops: 1, ..Beat::new(RSU, id, 0) }).unwrap();
        bench.pass(200_000);
    }
    assert_eq!(announced(&mut bench), [], "once is enough");
    assert!(bench.obu.counters().replies_sent > 0, "and replies go on");

    // The RSU dies, another one takes over.
    attach(&mut bench, OTHER_RSU, 1, 1);
    for _ in 0..2 {
        bench.status(RSU, TxOutcome::Unacked, 5, None);
    }
    bench.pass(300_000);
    assert_eq!(sorted(announced(&mut bench)), of(OTHER_RSU));

    // It restarts, and has forgotten everything.
    attach(&mut bench, OTHER_RSU, 2, 1);
    assert_eq!(sorted(announced(&mut bench)), of(OTHER_RSU));
}

#[test]
fn without_hosts_there_is_nothing_to_announce_and_a_reply_is_sent() {
    let mut bench = Bench::new();
    attach(&mut bench, RSU, 1, 1);
    assert_eq!(announced(&mut bench), []);
    assert_eq!(bench.obu.counters().replies_sent, 1);
}

#[test]
fn a_hosts_question_is_answered_here_once_the_answer_has_passed() {
    let mut bench = Bench::new();
    bench.hear(Beat::new(LEFT, 1, 1000)).unwrap();
    bench.pass(50_000);
    bench.sent();
    let question = arp_question(("10.0.0.1", 1), [10, 0, 0, 9]);
    bench.tap(&question).unwrap();
    assert_eq!(upstream_data(&bench.wires()).len(), 1, "nobody knows yet");

    let told = answer((ip("10.0.0.9"), host(9)), (ip("10.0.0.1"), host(1))).unwrap();
    bench.downstream(LEFT, ME, Some((RSU, 1, 0, 7)), &told).unwrap();
    bench.sent();
    bench.tap(&question).unwrap();
    let [Reply::TapFlat(frame)] = &bench.sent()[..] else { panic!("an answer, and nothing on the air") };
    assert_eq!(frame[..], told[..]);
    assert_eq!(bench.obu.counters().answered_at_edge, 1);

    // A question to that host alone proves that it is still there, so it has to get it.
    let mut to_one = question.clone();
    to_one[..6].copy_from_slice(&host(9).0);
    bench.tap(&to_one).unwrap();
    assert_eq!(upstream_data(&bench.wires()).len(), 1);
    // What is asked of a host at the same TAP is nobody else's business.
    bench.tap(&announcement(Some(ip("10.0.0.2")), host(2))).unwrap();
    bench.sent();
    let local = arp_question(("10.0.0.1", 1), [10, 0, 0, 2]);
    assert_eq!(bench.tap(&local), Err(DropReason::LocalDestination));
}

#[test]
fn who_probes_an_address_that_another_has_is_told() {
    let mut bench = Bench::new();
    bench.hear(Beat::new(LEFT, 1, 1000)).unwrap();
    bench.pass(50_000);
    let told = answer((ip("10.0.0.9"), host(9)), (ip("10.0.0.1"), host(1))).unwrap();
    bench.downstream(LEFT, ME, Some((RSU, 1, 0, 7)), &told).unwrap();
    bench.sent();
    // A probe has no sender address (RFC 5227).
    let probe = |of: u64| {
        let mut probe = arp_question(("10.0.0.9", of), [10, 0, 0, 9]);
        probe[28..32].fill(0);
        probe
    };
    bench.tap(&probe(1)).unwrap();
    let [Reply::TapFlat(frame)] = &bench.sent()[..] else { panic!("a defence") };
    assert_eq!(read(frame), Some(Said::Tells { address: Some(ip("10.0.0.9")), mac: host(9), to_all: true }));
    bench.tap(&probe(9)).unwrap();
    assert_eq!(upstream_data(&bench.wires()).len(), 1, "its own address is no conflict");
}
