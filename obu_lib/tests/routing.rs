//! What an OBU relays, whom it uses, and how it answers.

mod bench;

use bench::{Beat, Bench, CHILD, LEFT, ME, RIGHT, RSU, heartbeats, parse, station};
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::NodeConfig;
use node_lib::control::drops::DropReason;
use node_lib::control::node::{Event, Node, RouteCause};
use node_lib::messages::{Control, HeartbeatReply, PacketType};

/// The replies among `frames`, with where they go.
fn replies(frames: &[Frame]) -> Vec<(Mac, HeartbeatReply<'_>)> {
    let replies = frames.iter().filter_map(|frame| match parse(frame).packet {
        PacketType::Control(Control::HeartbeatReply(reply)) => Some((parse(frame).to, reply)),
        _ => None,
    });
    replies.collect()
}

#[test]
fn a_first_heartbeat_gives_a_route_a_reply_and_one_relay() {
    let mut bench = Bench::new();
    bench.hear(Beat::new(RSU, 7, 0)).unwrap();
    assert_eq!(bench.next_hop(), Some(station(RSU)));
    assert!(matches!(
        bench.out.events[..],
        [Event::RouteChanged { from: None, cause: RouteCause::Found, .. }]
    ));
    let now = bench.wires();
    let sent = replies(&now);
    let (to, reply) = sent[0];
    assert_eq!(
        (to, reply.sender, reply.id, reply.hops, reply.duration_ms),
        (station(RSU), station(ME), 7, 1, 1400)
    );
    assert_eq!(reply.extensions.senders().next().map(|(sender, _)| sender), Some(station(ME)));
    // Copies of the same id are relayed once between them, 1 to 8 ms after the first.
    bench.hear(Beat::new(LEFT, 7, 3000)).unwrap();
    bench.pass(999);
    assert!(bench.wires().is_empty());
    bench.pass(50_000);
    let later = bench.wires();
    let relayed = heartbeats(&later);
    assert_eq!(relayed.len(), 1);
    let (beat, path) = relayed[0];
    assert_eq!((beat.id, beat.hops, beat.source, beat.extensions.epoch()), (7, 2, station(RSU), Some(1)));
    assert_eq!((path.lag, path.class), (0, 0));
    assert_eq!(Some(path.cost), bench.obu.route().map(|route| route.cost), "our cost, link included");
}

#[test]
fn a_relay_advertises_the_path_in_use_whoever_triggered_it() {
    let mut bench = Bench::new();
    bench.hear(Beat::new(LEFT, 1, 1000)).unwrap();
    bench.pass(100_000);
    bench.wires();
    // Id 2 comes from a costlier neighbour only: it is relayed with the path of LEFT, one id behind.
    bench.hear(Beat::new(RIGHT, 2, 9000)).unwrap();
    bench.pass(50_000);
    let frames = bench.wires();
    let (beat, path) = heartbeats(&frames)[0];
    assert_eq!((beat.id, path.lag, beat.hops), (2, 1, 3));
    assert!(path.cost < 9000, "{}", path.cost);
}

#[test]
fn a_neighbour_behind_us_is_no_candidate() {
    let mut bench = Bench::new();
    bench.hear(Beat::new(LEFT, 1, 1000)).unwrap();
    bench.pass(50_000);
    let frames = bench.wires();
    let ours = heartbeats(&frames)[0].1.cost;
    bench.hear(Beat { hops: 4, ..Beat::new(CHILD, 1, ours + 1) }).unwrap();
    bench.hear(Beat { hops: 4, ..Beat::new(RIGHT, 1, ours - 1) }).unwrap();
    let explanation = bench.obu.explain(station(RSU)).unwrap();
    let feasible: Vec<Mac> =
        explanation.candidates.iter().filter(|c| c.feasible).map(|c| c.neighbour).collect();
    assert_eq!(feasible, [station(LEFT), station(RIGHT)]);
}

#[test]
fn after_a_start_only_the_rsu_itself_is_believed_until_something_new_comes() {
    let mut bench = Bench::new();
    bench.now = node_lib::time::Instant::from_millis(50);
    bench.hear(Beat::new(LEFT, 1, 1000)).unwrap();
    assert_eq!(bench.next_hop(), None);
    bench.hear(Beat::new(RSU, 1, 0)).unwrap();
    assert_eq!(bench.next_hop(), Some(station(RSU)));
    let mut other = Bench::new();
    other.now = node_lib::time::Instant::from_millis(50);
    other.hear(Beat::new(LEFT, 1, 1000)).unwrap();
    other.pass(200_000);
    // Behind by one id: that path may still stem from before our start.
    other.hear(Beat { path: Some((1, 0, 1000)), ..Beat::new(RIGHT, 2, 0) }).unwrap();
    assert_eq!(other.next_hop(), None);
    other.hear(Beat::new(LEFT, 2, 1000)).unwrap();
    assert_eq!(other.next_hop(), Some(station(LEFT)));
}

#[test]
fn a_jump_and_a_new_epoch_need_a_second_word() {
    let mut bench = Bench::new();
    bench.hear(Beat::new(RSU, 1, 0)).unwrap();
    for forged in [Beat::new(RSU, 1000, 0), Beat { epoch: Some(9), ..Beat::new(RSU, 1, 0) }] {
        assert_eq!(bench.hear(forged), Err(DropReason::ProvisionalHeartbeat));
        bench.pass(200_000);
        let id = bench.obu.explain(station(RSU)).unwrap().id;
        bench.hear(Beat::new(RSU, id + 1, 0)).unwrap();
        assert_eq!(bench.next_hop(), Some(station(RSU)), "one forged heartbeat costs nothing");
    }
    assert_eq!(
        bench.hear(Beat { epoch: Some(2), ..Beat::new(RSU, 1, 0) }),
        Err(DropReason::ProvisionalHeartbeat)
    );
    bench.pass(200_000);
    bench.hear(Beat { epoch: Some(2), ..Beat::new(RSU, 2, 0) }).unwrap();
    let explanation = bench.obu.explain(station(RSU)).unwrap();
    assert_eq!((explanation.epoch, explanation.id), (Some(2), 2));
    assert_eq!(bench.next_hop(), Some(station(RSU)), "a restarted RSU is used again at once");
    assert_eq!(bench.hear(Beat::new(RSU, 5, 0)), Err(DropReason::StaleHeartbeat));
}

#[test]
fn a_better_path_must_stay_better_for_three_intervals() {
    let mut bench = Bench::new();
    let mut switched = None;
    for id in 1..=20 {
        bench.hear(Beat::new(LEFT, id, 10_000)).unwrap();
        if id >= 5 {
            bench.hear(Beat::new(RIGHT, id, 1000)).unwrap();
        }
        if switched.is_none() && bench.next_hop() == Some(station(RIGHT)) {
            switched = Some(id);
        }
        bench.pass(200_000);
    }
    // RIGHT is compared when the next id comes, the 6th, and three intervals later it has been better for long enough.
    assert_eq!(switched, Some(9));
    // 10 % better is not worth a change, ever.
    for id in 21..=40 {
        bench.hear(Beat::new(RIGHT, id, 10_000)).unwrap();
        bench.hear(Beat::new(LEFT, id, 9600)).unwrap();
        bench.pass(200_000);
    }
    assert_eq!(bench.next_hop(), Some(station(RIGHT)));
}

#[test]
fn relays_are_suppressed_where_others_said_enough_but_not_for_long_nor_while_in_use() {
    // One id in four where few others are heard, one in eight where many are; all of them while the child shows itself and for
    // 1.2 s after.
    for (others, silence) in [(2, 3), (3, 3), (4, 7), (9, 7)] {
        let config = NodeConfig { candidates: 2, ..NodeConfig::new(station(ME)) };
        let mut bench = Bench::with(config);
        let mut relayed = Vec::new();
        for id in 1..=48 {
            for other in 0..others {
                bench.hear(Beat::new(100 + other, id, 100)).unwrap();
            }
            if (17..=24).contains(&id) {
                bench.reply(CHILD, CHILD, Some(id)).unwrap();
            }
            bench.pass(200_000);
            let frames = bench.wires();
            relayed.extend(heartbeats(&frames).iter().map(|(beat, _)| beat.id));
        }
        let now_and_then = |ids: std::ops::RangeInclusive<u32>| ids.skip(silence).step_by(silence + 1);
        let expected: Vec<u32> = now_and_then(1..=16).chain(17..=29).chain(now_and_then(30..=48)).collect();
        assert_eq!(relayed, expected, "{others} others");
        assert_eq!(bench.obu.counters().relays_suppressed, 48 - relayed.len() as u64);
    }
}

#[test]
fn copies_count_unless_our_path_is_better_by_more_than_the_hysteresis() {
    let relays = |percent: u32| {
        let mut bench = Bench::with(NodeConfig { candidates: 2, ..NodeConfig::new(station(ME)) });
        let mut relayed = 0;
        for id in 1..=9 {
            bench.hear(Beat::new(RSU, id, 0)).unwrap();
            let ours = bench.obu.route().unwrap().cost;
            bench.hear(Beat::new(RIGHT, id, ours * percent / 100)).unwrap();
            bench.pass(200_000);
            relayed += heartbeats(&bench.wires()).len();
        }
        relayed
    };
    assert_eq!((relays(90), relays(114), relays(116)), (2, 2, 9));
}

#[test]
fn the_next_best_rsu_is_told_of_now_and_then_and_others_not_at_all() {
    let mut bench = Bench::new();
    let rsus = [RSU, 200, 201];
    let mut relayed = [0; 3];
    for id in 1..=20 {
        for (rsu, cost) in rsus.into_iter().zip([100, 5000, 9000]) {
            bench.hear(Beat { rsu, ..Beat::new(LEFT, id, cost) }).unwrap();
        }
        bench.pass(200_000);
        for (beat, _) in heartbeats(&bench.wires()) {
            relayed[rsus.iter().position(|rsu| station(*rsu) == beat.source).unwrap()] += 1;
        }
    }
    assert_eq!(relayed, [20, 10, 0]);
}

#[test]
fn replies_share_a_frame_and_keep_their_echo() {
    let mut bench = Bench::new();
    bench.hear(Beat::new(RSU, 1, 0)).unwrap();
    bench.pass(50_000);
    bench.wires();
    bench.reply(CHILD, CHILD, Some(1)).unwrap();
    bench.reply(CHILD, 20, Some(1)).unwrap();
    bench.pass(4_900);
    assert!(bench.wires().is_empty(), "they wait for each other for 5 ms");
    bench.pass(200);
    let frames = bench.wires();
    let sent = replies(&frames);
    assert_eq!(sent.len(), 1);
    let (to, reply) = sent[0];
    let senders: Vec<Mac> = reply.extensions.senders().map(|(sender, _)| sender).collect();
    assert_eq!((to, reply.sender, reply.id), (station(RSU), station(CHILD), 1));
    assert_eq!(senders, [station(CHILD), station(20)]);
    assert_eq!(bench.reply(CHILD, CHILD, Some(1)), Err(DropReason::Repeat));
    assert_eq!(bench.reply(RIGHT, CHILD, Some(0)), Err(DropReason::StaleStamp));
}

#[test]
fn an_idle_obu_replies_once_a_reply_interval() {
    let mut bench = Bench::new();
    let mut count = 0;
    for id in 1..=50 {
        bench.hear(Beat::new(RSU, id, 0)).unwrap();
        bench.pass(200_000);
        let frames = bench.wires();
        count += replies(&frames).len();
    }
    assert!((10..=11).contains(&count), "{count} replies in 10 s");
}

#[test]
fn without_transmit_status_a_link_known_to_work_both_ways_is_preferred() {
    let config = NodeConfig { tx_status: false, ..NodeConfig::new(station(ME)) };
    let mut bench = Bench::with(config);
    bench.hear(Beat::new(LEFT, 1, 1000)).unwrap();
    bench.hear(Beat::new(RIGHT, 1, 1500)).unwrap();
    let candidates = bench.obu.explain(station(RSU)).unwrap().candidates;
    assert!(candidates.iter().all(|candidate| !candidate.confirmed));
    assert_eq!(bench.next_hop(), Some(station(LEFT)), "better an unconfirmed link than none");
}

#[test]
fn of_two_rsus_the_cheaper_is_used_and_the_other_takes_over() {
    let mut bench = Bench::new();
    for id in 1..=3 {
        bench.hear(Beat::new(RSU, id, 0)).unwrap();
        bench.hear(Beat { from: 5, rsu: 5, hops: 1, ..Beat::new(5, id, 0) }).unwrap();
        bench.pass(200_000);
    }
    assert_eq!(
        bench.obu.route().map(|route| route.rsu),
        Some(station(RSU)),
        "equal costs: the lower address"
    );
    for id in 4..=8 {
        bench.hear(Beat { from: 5, rsu: 5, hops: 1, ..Beat::new(5, id, 0) }).unwrap();
        bench.pass(200_000);
    }
    assert_eq!(bench.obu.route().map(|route| route.rsu), Some(station(5)));
    assert!(bench.out.events.iter().any(|event| matches!(
        event,
        Event::RouteChanged { from: Some(from), to: Some(to), cause: RouteCause::Missed } if from.rsu != to.rsu
    )));
}

#[test]
fn paths_too_long_for_a_frame_are_not_advertised() {
    let mut bench = Bench::new();
    bench.hear(Beat { hops: 8, ..Beat::new(LEFT, 1, 1000) }).unwrap();
    bench.pass(50_000);
    let frames = bench.wires();
    assert!(heartbeats(&frames).is_empty());
}
