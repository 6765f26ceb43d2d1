//! What an RSU does with frames from both sides.

mod bench;

use bench::{Bench, CAR, ME, OTHER_CAR, RELAY, ethernet, host, station};
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::{DEFAULT_ETHERTYPE, NodeConfig};
use node_lib::control::drops::DropReason;
use node_lib::control::node::{Node, Outbox, Reply, RxMeta, TxOutcome, TxStatus};
use node_lib::messages::{
    Control, DOWNSTREAM_V2_HEADER, Data, ExtensionBuf, HeartbeatReply, Message, PacketType, Routing, Stamp,
    ToUpstream,
};
use node_lib::sample;
use node_lib::time::Instant;
use rsu_lib::Rsu;
use std::time::Duration;

#[test]
fn heartbeats_come_every_interval_with_epoch_and_growing_ids() {
    let mut bench = Bench::new();
    let mut times = Vec::new();
    while let Some((at, _)) = bench.rsu.poll_timeout().filter(|(at, _)| *at <= Instant::from_secs(20)) {
        bench.rsu.handle_timeout(at, &mut bench.out);
        times.push(at);
        let [Reply::WireFlat(frame)] = &bench.out.replies[..] else { panic!("one heartbeat") };
        let message = Message::parse(frame, DEFAULT_ETHERTYPE).unwrap();
        let PacketType::Control(Control::Heartbeat(beat)) = message.packet else { panic!("a heartbeat") };
        assert!(message.to.is_broadcast());
        assert_eq!((beat.id as usize, beat.hops, beat.source), (times.len(), 1, station(ME)));
        assert_eq!((beat.duration_ms, beat.extensions.epoch()), (at.as_millis(), Some(7)));
        assert_eq!(beat.extensions.path().map(|path| (path.lag, path.class, path.cost)), Some((0, 0, 0)));
        bench.out.clear();
    }
    assert!(times[0] <= Instant::from_millis(200));
    let gaps: Vec<Duration> = times.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    assert!(gaps.iter().all(|gap| (180..=220).contains(&gap.as_millis())), "{gaps:?}");
    assert!((95..=105).contains(&times.len()), "{}", times.len());
}

#[test]
fn a_clock_that_is_set_stops_no_heartbeat_and_brings_no_younger_one() {
    let mut bench = Bench::new();
    let (mut ages, mut now) = (Vec::new(), Instant::from_secs(100));
    bench.rsu.handle_timeout(now, &mut bench.out);
    bench.out.clear();
    for to in [99_900, 40_000, 700_000, 10, 0, 5] {
        now = Instant::from_millis(to);
        bench.rsu.handle_timeout(now, &mut bench.out);
        for _ in 0..5 {
            let (at, _) = bench.rsu.poll_timeout().unwrap();
            assert!(at.since(now) <= Duration::from_millis(220), "{at} after {now}");
            now = at;
            bench.rsu.handle_timeout(now, &mut bench.out);
        }
        for reply in bench.out.replies.drain(..) {
            let frame = reply.to_frame();
            let message = Message::parse(&frame, DEFAULT_ETHERTYPE).unwrap();
            let PacketType::Control(Control::Heartbeat(beat)) = message.packet else { panic!("a heartbeat") };
            ages.push((beat.id, beat.duration_ms));
        }
    }
    assert!(ages.len() >= 30, "{ages:?}");
    assert!(ages.is_sorted(), "neither ids nor ages go back: {ages:?}");
}

#[test]
fn replies_teach_the_way_down_to_all_their_senders() {
    let mut bench = Bench::new();
    assert_eq!(bench.reply(RELAY, 99, &[(CAR, 1)]), Err(DropReason::NotOurReply));
    bench.reply(RELAY, ME, &[(CAR, 1), (OTHER_CAR, 1)]).unwrap();
    let entries: Vec<_> = bench.rsu.status().downstream.iter().map(|e| (e.obu, e.via)).collect();
    assert_eq!(entries, [(station(CAR), station(RELAY)), (station(OTHER_CAR), station(RELAY))]);
    assert_eq!(bench.reply(CAR, ME, &[(CAR, 1)]), Err(DropReason::Repeat));
    bench.reply(CAR, ME, &[(CAR, 2)]).unwrap();
    assert_eq!(bench.rsu.status().downstream[0].via, station(CAR));
}

#[test]
fn a_vehicles_frame_leaves_once_and_teaches_where_its_host_is() {
    let mut bench = Bench::new();
    let frame = ethernet(host(50), host(CAR), 300);
    bench.upstream(CAR, ME, 1, &frame).unwrap();
    assert_eq!(bench.upstream(CAR, ME, 1, &frame), Err(DropReason::Repeat));
    assert_eq!(bench.upstream(CAR, 99, 2, &frame), Err(DropReason::NotForUs));
    assert_eq!(bench.upstream(CAR, ME, 3, &frame[..13]), Err(DropReason::PayloadTooShort));
    assert_eq!(bench.delivered(), [frame]);
    let answer = ethernet(host(CAR), host(50), 200);
    bench.tap(&answer).unwrap();
    assert_eq!(bench.down(), [(station(RELAY), station(CAR), answer)]);
}

#[test]
fn vehicles_reach_each_other_through_the_rsu() {
    let mut bench = Bench::new();
    bench.upstream(CAR, ME, 1, &ethernet(host(50), host(CAR), 100)).unwrap();
    bench.upstream(OTHER_CAR, ME, 1, &ethernet(host(50), host(OTHER_CAR), 100)).unwrap();
    bench.delivered();
    let frame = ethernet(host(OTHER_CAR), host(CAR), 150);
    bench.upstream(CAR, ME, 2, &frame).unwrap();
    assert_eq!(bench.down(), [(station(RELAY), station(OTHER_CAR), frame)]);
}

#[test]
fn floods_are_rationed_and_local_frames_stay() {
    let mut bench = Bench::new();
    bench.reply(RELAY, ME, &[(CAR, 1), (OTHER_CAR, 1)]).unwrap();
    for _ in 0..200 {
        let _ = bench.tap(&ethernet(Mac::BROADCAST, host(50), 60));
    }
    assert_eq!(bench.down().len(), 50, "the ration of one second");
    assert!(bench.rsu.counters().dropped(DropReason::FloodRationed) >= 170);
    assert_eq!(bench.tap(&ethernet(host(50), host(51), 60)), Err(DropReason::LocalDestination));
    let mut nobody = Bench::new();
    assert_eq!(nobody.tap(&ethernet(host(9), host(50), 60)), Err(DropReason::UnknownDestination));
    assert_eq!(nobody.rsu.counters().dropped(DropReason::UnknownDestination), 1);
}

#[test]
fn a_vehicles_broadcast_reaches_the_wire_and_the_other_vehicles_but_not_itself() {
    let mut bench = Bench::new();
    bench.reply(RELAY, ME, &[(CAR, 1), (OTHER_CAR, 1)]).unwrap();
    let frame = ethernet(Mac::BROADCAST, host(CAR), 60);
    bench.upstream(CAR, ME, 2, &frame).unwrap();
    let replies = bench.out.replies.clone();
    assert_eq!(bench.down(), [(station(RELAY), station(OTHER_CAR), frame.clone())]);
    bench.out.replies = replies;
    assert_eq!(bench.delivered(), [frame]);
}

#[test]
fn a_neighbour_that_does_not_answer_is_given_up_until_it_is_heard() {
    let mut bench = Bench::new();
    bench.upstream(CAR, ME, 1, &ethernet(host(50), host(CAR), 100)).unwrap();
    bench.delivered();
    for attempt in 0..2 {
        bench.tap(&ethernet(host(CAR), host(50), 60)).unwrap();
        let Some(Reply::WireFlat(frame)) = bench.out.replies.pop() else { panic!("a frame goes down") };
        let status =
            TxStatus { to: station(RELAY), outcome: TxOutcome::Unacked, attempts: 5, frame: Some(frame) };
        bench.out.clear();
        bench.rsu.handle_status(bench.now, status, &mut bench.out);
        // The first failure is tried again on the same link; the second ends it.
        assert_eq!(bench.down().len(), 1 - attempt);
    }
    assert_eq!(bench.out.withdraw, [station(RELAY)]);
    assert_eq!(bench.tap(&ethernet(host(CAR), host(50), 60)), Err(DropReason::Undeliverable));
    bench.upstream(CAR, ME, 2, &ethernet(host(50), host(CAR), 100)).unwrap();
    bench.tap(&ethernet(host(CAR), host(50), 60)).unwrap();
}

/// The frames sent down since the last call.
fn wires(b: &mut Bench) -> Vec<Frame> {
    let replies = std::mem::take(&mut b.out.replies);
    replies
        .into_iter()
        .filter_map(|reply| if let Reply::WireFlat(f) = reply { Some(f) } else { None })
        .collect()
}

#[test]
fn a_flooded_train_keeps_what_its_host_left_undone() {
    let mut b = Bench::new();
    b.reply(RELAY, ME, &[(CAR, 1), (OTHER_CAR, 1)]).unwrap();
    let train = sample::train(host(9), host(50), &[0x5a; 9000], 1000);
    b.rsu.handle_tap(b.now, train.clone(), &mut b.out).unwrap();
    let frames = wires(&mut b);
    let mut numbers = Vec::new();
    for frame in &frames {
        assert_eq!((frame.offload(), frame.outer_len()), (train.offload(), DOWNSTREAM_V2_HEADER));
        assert_eq!(frame[DOWNSTREAM_V2_HEADER..], train[..]);
        let PacketType::Data(Data::Downstream(data)) =
            Message::parse(frame, DEFAULT_ETHERTYPE).unwrap().packet
        else {
            panic!("data")
        };
        numbers.push(data.routing.unwrap().stamp.seq);
    }
    assert_eq!(numbers, [1, 10], "a number for each segment");
    assert_eq!(b.rsu.counters().data_sent, 9);
}

#[test]
fn a_flooded_train_takes_the_ration_of_its_segments() {
    let mut b = Bench::new();
    b.reply(RELAY, ME, &[(CAR, 1), (OTHER_CAR, 1)]).unwrap();
    let train = sample::train(host(9), host(50), &[0x5a; 20_000], 1000);
    b.rsu.handle_tap(b.now, train.clone(), &mut b.out).unwrap();
    assert_eq!(wires(&mut b).len(), 2, "two trains of 20 out of the 50 frames of a second");
    assert_eq!(b.rsu.handle_tap(b.now, train, &mut b.out), Err(DropReason::FloodRationed));
    b.tap(&ethernet(Mac::BROADCAST, host(50), 60)).unwrap();
    assert_eq!(b.down().len(), 2, "what is left is for shorter ones");
}

#[test]
fn data_sent_counts_what_was_sent() {
    let mut b = Bench::new();
    assert_eq!(b.tap(&ethernet(host(9), host(50), 60)), Err(DropReason::UnknownDestination));
    assert_eq!(b.rsu.counters().data_sent, 0);
}

#[test]
fn a_vehicles_broadcast_beyond_the_ration_is_counted() {
    let mut b = Bench::new();
    b.reply(RELAY, ME, &[(CAR, 1), (OTHER_CAR, 1)]).unwrap();
    for seq in 2..=61 {
        b.upstream(CAR, ME, seq, &ethernet(Mac::BROADCAST, host(CAR), 60)).unwrap();
    }
    assert_eq!(b.down().len(), 50);
    assert_eq!(b.rsu.counters().dropped(DropReason::FloodRationed), 10);
}

#[test]
fn obus_that_are_gone_use_up_no_ration() {
    let mut b = Bench::new();
    for car in 100..160 {
        b.reply(RELAY, ME, &[(car, 1)]).unwrap();
    }
    b.now = Instant::from_millis(3600);
    b.reply(RELAY, ME, &[(CAR, 1)]).unwrap();
    b.now = Instant::from_millis(5000);
    b.reply(RELAY, ME, &[(CAR, 2)]).unwrap();
    assert_eq!(b.rsu.status().downstream.len(), 1);
    let _ = b.tap(&ethernet(Mac::BROADCAST, host(50), 60));
    assert_eq!(b.down().len(), 1, "the only live vehicle got nothing");
}

#[test]
fn a_vehicles_unknown_unicast_is_flooded() {
    let mut b = Bench::new();
    b.reply(RELAY, ME, &[(CAR, 1), (OTHER_CAR, 1)]).unwrap();
    b.upstream(CAR, ME, 2, &ethernet(host(OTHER_CAR), host(CAR), 60)).unwrap();
    assert_eq!(b.down().len(), 1, "go where a learning switch would send them");
}

#[test]
fn a_vehicle_that_is_gone_may_be_behind_the_wire() {
    let mut b = Bench::new();
    b.upstream(OTHER_CAR, ME, 1, &ethernet(host(50), host(OTHER_CAR), 60)).unwrap();
    b.now = Instant::from_secs(10);
    let r = b.upstream(CAR, ME, 1, &ethernet(host(OTHER_CAR), host(CAR), 60));
    assert_eq!(r, Ok(()), "it may be behind another RSU by now: the wire knows");
}

#[test]
fn a_forged_boot_number_silences_no_obu_for_long() {
    let mut b = Bench::new();
    let p = ethernet(host(50), host(CAR), 60);
    let routing =
        Routing { rsu: station(ME), stamp: Stamp { boot: u32::MAX, seq: 1 }, flags: 0, hop_limit: 7 };
    b.radio(
        99,
        PacketType::Data(Data::Upstream(ToUpstream {
            origin: station(CAR),
            routing: Some(routing),
            payload: &p,
        })),
    )
    .unwrap();
    b.now = Instant::from_secs(3600);
    assert_eq!(b.upstream(CAR, ME, 1, &p), Ok(()), "an hour later");
}

#[test]
fn every_sender_of_a_reply_that_teaches_nothing_is_counted() {
    let mut b = Bench::new();
    b.reply(RELAY, ME, &[(CAR, 1), (OTHER_CAR, 1)]).unwrap();
    let mut e = ExtensionBuf::new();
    e.push_senders(&[(station(OTHER_CAR), Stamp { boot: 1, seq: 1 })]).unwrap();
    let r = HeartbeatReply {
        duration_ms: 0,
        id: 1,
        hops: 1,
        source: station(ME),
        sender: station(CAR),
        extensions: e.as_extensions(),
    };
    let _ = b.radio(RELAY, PacketType::Control(Control::HeartbeatReply(r)));
    assert_eq!(b.rsu.counters().drops().map(|(_, n)| n).sum::<u64>(), 2, "the OBU counts both");
}

#[test]
fn a_full_table_makes_room_by_what_has_ended() {
    let config = NodeConfig { max_downstream: 2, ..NodeConfig::new(station(ME)) };
    let mut b = Bench::with(config);
    b.reply(RELAY, ME, &[(100, 1)]).unwrap();
    b.now = Instant::from_millis(3600);
    b.reply(RELAY, ME, &[(101, 1)]).unwrap();
    b.now = Instant::from_millis(4600);
    assert_eq!(b.reply(RELAY, ME, &[(CAR, 1)]), Ok(()), "there is room for a second");
}

#[test]
fn what_a_full_table_refuses_is_counted_and_those_in_it_stay() {
    let config = NodeConfig { max_downstream: 8, ..NodeConfig::new(station(ME)) };
    let mut b = Bench::with(config);
    b.reply(RELAY, ME, &[(CAR, 1)]).unwrap();
    let payload = ethernet(host(1), host(CAR), 100);
    for forged in 0..1000 {
        let answer = b.reply(RELAY, ME, &[(1000 + forged, 1)]);
        assert_eq!(answer, if forged < 7 { Ok(()) } else { Err(DropReason::TableFull) }, "{forged}");
        if forged % 100 == 0 {
            b.upstream(CAR, ME, 2 + forged as u32, &payload).unwrap();
        }
    }
    assert_eq!(b.rsu.status().downstream.len(), 8);
    assert_eq!(b.rsu.counters().dropped(DropReason::TableFull), 993);
    b.out.clear();
    b.tap(&ethernet(host(CAR), host(1), 100)).unwrap();
    assert_eq!(
        b.down().iter().map(|(via, obu, _)| (*via, *obu)).collect::<Vec<_>>(),
        [(station(RELAY), station(CAR))]
    );
}

#[test]
fn a_bare_reply_through_one_of_ours_does_not_make_it_legacy() {
    let mut b = Bench::new();
    // RELAY sends PATH in its heartbeats
    let mut e = ExtensionBuf::new();
    e.push_path(node_lib::messages::Path { lag: 0, class: 0, cost: 2000, counter: 1 }).unwrap();
    let h = node_lib::messages::Heartbeat {
        duration_ms: 0,
        id: 1,
        hops: 2,
        source: station(ME),
        extensions: e.as_extensions(),
    };
    let m = Message {
        to: Mac::BROADCAST,
        from: station(RELAY),
        marker: DEFAULT_ETHERTYPE,
        packet: PacketType::Control(Control::Heartbeat(h)),
    };
    b.rsu.handle_radio(b.now, m.to_frame(), RxMeta::default(), &mut b.out).unwrap();
    let r = HeartbeatReply {
        duration_ms: 0,
        id: 1,
        hops: 1,
        source: station(ME),
        sender: station(CAR),
        extensions: node_lib::messages::Extensions::EMPTY,
    };
    b.radio(RELAY, PacketType::Control(Control::HeartbeatReply(r))).unwrap();
    b.tap(&ethernet(Mac::BROADCAST, host(50), 60)).unwrap();
    let Reply::WireFlat(f) = &b.out.replies[0] else { panic!() };
    let PacketType::Data(Data::Downstream(d)) = Message::parse(f, DEFAULT_ETHERTYPE).unwrap().packet else {
        panic!()
    };
    assert!(d.routing.is_some(), "version 1 to a neighbour that sent PATH");
}

#[test]
fn a_huge_interval_overflows_nothing() {
    for which in 0..2 {
        let mut c = NodeConfig::new(station(ME));
        if which == 0 {
            c.heartbeat_interval = Duration::from_micros(u64::MAX)
        } else {
            c.heartbeat_interval = Duration::MAX
        }
        let r = std::panic::catch_unwind(|| {
            let mut rsu = Rsu::new(c, Instant::ZERO);
            let mut out = Outbox::new();
            let at = rsu.poll_timeout().unwrap().0;
            rsu.handle_timeout(at, &mut out);
        });
        assert!(r.is_ok(), "{which}");
    }
}
