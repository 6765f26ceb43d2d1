//! Data through an OBU, of both versions, with what must not happen to it.

mod bench;

use bench::{Beat, Bench, CHILD, LEFT, ME, RIGHT, RSU, host_frame, parse, station, upstream_data};
use node_lib::addr::Mac;
use node_lib::buffer_pool::{AccessCategory, Frame};
use node_lib::control::config::DEFAULT_ETHERTYPE;
use node_lib::control::drops::DropReason;
use node_lib::control::node::{Node, Reply, RxMeta};
use node_lib::core::{COMMITTED, UNSTAMPED};
use node_lib::messages::{Data, PacketType, Routing, Stamp, ToDownstream, wrap_downstream};
use node_lib::sample;

const OTHER_RSU: u64 = 5;

fn routed() -> Bench {
    let mut bench = Bench::new();
    bench.hear(Beat::new(LEFT, 1, 1000)).unwrap();
    bench.pass(50_000);
    bench.sent();
    bench
}

fn downstream_data(bench: &mut Bench) -> Vec<(Mac, Vec<u8>, Option<u8>)> {
    let frames = bench.wires();
    let data = frames.iter().filter_map(|frame| match parse(frame).packet {
        PacketType::Data(Data::Downstream(ToDownstream { payload, routing, .. })) => {
            Some((parse(frame).to, payload.to_vec(), routing.map(|routing| routing.hop_limit)))
        }
        _ => None,
    });
    data.collect()
}

#[test]
fn a_hosts_frame_goes_up_numbered_and_untouched() {
    let mut bench = routed();
    for seq in 1..=2 {
        bench.tap(&host_frame(500)).unwrap();
        let frames = bench.wires();
        assert_eq!(frames[0].category, AccessCategory::Background);
        let (to, data) = upstream_data(&frames)[0];
        let routing = data.routing.unwrap();
        assert_eq!((to, data.origin, data.payload), (station(LEFT), station(ME), &host_frame(500)[..]));
        // The first number went into the reply that taught the path.
        assert_eq!((routing.rsu, routing.stamp.seq, routing.hop_limit), (station(RSU), seq + 1, 8));
    }
}

#[test]
fn what_a_host_may_not_send_has_a_reason() {
    let mut bench = routed();
    assert_eq!(bench.tap(&[0; 13]), Err(DropReason::PayloadTooShort));
    assert_eq!(bench.tap(&host_frame(2304 - 42)), Err(DropReason::TooLong));
    bench.tap(&host_frame(2304 - 43)).unwrap();
    let mut to_itself = host_frame(64);
    to_itself.copy_within(6..12, 0);
    assert_eq!(bench.tap(&to_itself), Err(DropReason::LocalDestination));
    assert_eq!(Bench::new().tap(&host_frame(64)), Err(DropReason::NoRoute));
    let drops: Vec<_> = bench.obu.counters().drops().collect();
    let expected = [DropReason::PayloadTooShort, DropReason::TooLong, DropReason::LocalDestination];
    assert!(expected.iter().all(|reason| drops.contains(&(*reason, 1))), "{drops:?}");
}

/// A train is as long as its longest segment, and takes as many numbers as it has segments.
#[test]
fn a_hosts_train_goes_up_whole_unless_a_segment_is_too_long() {
    let mut bench = routed();
    let train = |size| sample::train(Mac::local(6, 2), Mac::local(6, 1), &[0x5a; 30_000], size);
    let tap = |bench: &mut Bench, frame| bench.obu.handle_tap(bench.now, frame, &mut bench.out);
    let longest = (2304 - 43 - sample::TCP_HEADERS) as u16;
    assert_eq!(tap(&mut bench, train(longest + 1)), Err(DropReason::TooLong));
    tap(&mut bench, train(longest)).unwrap();
    tap(&mut bench, train(1000)).unwrap();
    let frames = bench.wires();
    let first = |at: usize| upstream_data(&frames)[at].1.routing.unwrap().stamp.seq;
    assert_eq!(frames.iter().map(Frame::segments).collect::<Vec<_>>(), [14, 30]);
    assert_eq!(first(1), first(0) + 14);
    assert_eq!(bench.obu.counters().data_sent, 44);
}

#[test]
fn the_exit_of_a_train_seen_in_part_gives_the_host_the_rest() {
    let mut bench = routed();
    let train = sample::train(Mac::local(6, 1), Mac::local(6, 2), &[0x5a; 5000], 1000);
    bench.downstream(LEFT, ME, Some((RSU, 12, 0, 8)), &train.segment(2).unwrap()).unwrap();
    let mut wrapped = train.clone();
    let routing = Routing { rsu: station(RSU), stamp: Stamp { boot: 1, seq: 10 }, flags: 0, hop_limit: 8 };
    let (me, rsu) = (station(ME), station(RSU));
    wrap_downstream(&mut wrapped, me, station(LEFT), DEFAULT_ETHERTYPE, rsu, me, Some(routing));
    bench.obu.handle_radio(bench.now, wrapped, RxMeta::default(), &mut bench.out).unwrap();
    let given: Vec<_> = bench.sent().iter().map(Reply::to_frame).collect();
    let expected = [2, 0, 1, 3, 4].map(|index| train.segment(index).unwrap());
    assert_eq!(given, expected);
    assert_eq!(bench.obu.counters().dropped(DropReason::Repeat), 1);
}

#[test]
fn a_relay_spends_a_hop_and_never_sends_back() {
    let mut bench = routed();
    bench.upstream(CHILD, CHILD, Some((RSU, 1, 0, 8)), &host_frame(100)).unwrap();
    let frames = bench.wires();
    let (to, data) = upstream_data(&frames)[0];
    assert_eq!((to, data.routing.unwrap().hop_limit, data.origin), (station(LEFT), 7, station(CHILD)));
    assert_eq!(
        bench.upstream(CHILD, CHILD, Some((RSU, 2, 0, 1)), &host_frame(100)),
        Err(DropReason::HopLimit)
    );
    assert_eq!(
        bench.upstream(LEFT, CHILD, Some((RSU, 3, 0, 8)), &host_frame(100)),
        Err(DropReason::WouldReturn)
    );
    assert_eq!(bench.upstream(CHILD, ME, Some((RSU, 3, 0, 8)), &host_frame(100)), Err(DropReason::OwnFrame));
}

#[test]
fn a_frame_whose_rsu_is_gone_changes_to_ours_once() {
    let mut bench = routed();
    bench.upstream(CHILD, CHILD, Some((OTHER_RSU, 1, 0, 8)), &host_frame(100)).unwrap();
    let frames = bench.wires();
    let (_, data) = upstream_data(&frames)[0];
    let routing = data.routing.unwrap();
    assert_eq!((routing.rsu, routing.flags), (station(RSU), COMMITTED));
    let again = bench.upstream(CHILD, CHILD, Some((OTHER_RSU, 2, COMMITTED, 8)), &host_frame(100));
    assert_eq!(again, Err(DropReason::NoRoute));
}

#[test]
fn the_way_back_is_learned_from_data_and_replies_with_newer_stamps_only() {
    let mut bench = routed();
    assert_eq!(
        bench.downstream(LEFT, CHILD, Some((RSU, 1, 0, 8)), &host_frame(99)),
        Err(DropReason::NoDownstream)
    );
    bench.upstream(RIGHT, CHILD, Some((RSU, 5, 0, 8)), &host_frame(100)).unwrap();
    // Older data through another neighbour is relayed, and teaches nothing.
    bench.upstream(CHILD, CHILD, Some((RSU, 4, 0, 8)), &host_frame(100)).unwrap();
    bench.sent();
    bench.downstream(LEFT, CHILD, Some((RSU, 1, 0, 8)), &host_frame(99)).unwrap();
    assert_eq!(downstream_data(&mut bench), [(station(RIGHT), host_frame(99), Some(7))]);
    bench.reply(CHILD, CHILD, Some(6)).unwrap();
    bench.downstream(LEFT, CHILD, Some((RSU, 2, 0, 8)), &host_frame(99)).unwrap();
    assert_eq!(downstream_data(&mut bench)[0].0, station(CHILD));
    let back = bench.downstream(CHILD, CHILD, Some((RSU, 3, 0, 8)), &host_frame(99));
    assert_eq!(back, Err(DropReason::WouldReturn));
    bench.pass(4_000_000);
    let ended = bench.downstream(LEFT, CHILD, Some((RSU, 4, 0, 8)), &host_frame(99));
    assert_eq!(ended, Err(DropReason::NoDownstream));
}

#[test]
fn the_exit_delivers_every_number_once() {
    let mut bench = routed();
    for seq in [1, 2, 2, 1, 3] {
        let _ = bench.downstream(LEFT, ME, Some((RSU, seq, 0, 8)), &host_frame(99));
    }
    let delivered = bench.sent().iter().filter(|reply| matches!(reply, Reply::TapFlat(_))).count();
    assert_eq!((delivered, bench.obu.counters().dropped(DropReason::Repeat)), (3, 2));
    // An origin without numbers can't be checked.
    for _ in 0..2 {
        bench.downstream(LEFT, ME, Some((RSU, 0, UNSTAMPED, 8)), &host_frame(99)).unwrap();
        bench.downstream(LEFT, ME, None, &host_frame(99)).unwrap();
    }
    assert_eq!(bench.sent().len(), 4);
}

#[test]
fn legacy_neighbours_get_the_base_layout_and_ours_get_version_2() {
    // A legacy next hop: its heartbeats have no PATH.
    let mut bench = Bench::new();
    bench.hear(Beat { epoch: None, path: None, ..Beat::new(LEFT, 1, 0) }).unwrap();
    assert_eq!(bench.next_hop(), Some(station(LEFT)));
    bench.sent();
    bench.tap(&host_frame(80)).unwrap();
    bench.upstream(CHILD, CHILD, Some((RSU, 1, 0, 8)), &host_frame(81)).unwrap();
    let frames = bench.wires();
    for (frame, len) in frames.iter().zip([80, 81]) {
        let (to, data) = upstream_data(std::slice::from_ref(frame))[0];
        assert_eq!((to, data.routing, data.payload), (station(LEFT), None, &host_frame(len)[..]));
    }
    // Down again, to an OBU that numbers its frames: version 2, without a number of its own.
    bench.downstream(LEFT, CHILD, None, &host_frame(82)).unwrap();
    assert_eq!(downstream_data(&mut bench), [(station(CHILD), host_frame(82), Some(8))]);

    // A legacy OBU below us, one of ours above.
    let mut bench = routed();
    bench.upstream(CHILD, CHILD, None, &host_frame(90)).unwrap();
    let frames = bench.wires();
    let (to, data) = upstream_data(&frames)[0];
    let routing = data.routing.unwrap();
    assert_eq!((to, routing.rsu, routing.flags), (station(LEFT), station(RSU), UNSTAMPED));
    bench.downstream(LEFT, CHILD, Some((RSU, 1, 0, 8)), &host_frame(91)).unwrap();
    assert_eq!(downstream_data(&mut bench), [(station(CHILD), host_frame(91), None)]);
}

#[test]
fn legacy_paths_rank_behind_and_one_sender_a_reply_goes_to_them() {
    let mut bench = Bench::new();
    bench.hear(Beat { epoch: None, path: None, hops: 1, ..Beat::new(LEFT, 1, 0) }).unwrap();
    bench.hear(Beat { epoch: None, ..Beat::new(RIGHT, 1, 50_000) }).unwrap();
    bench.pass(20_000);
    for id in 2..=6 {
        bench.hear(Beat { epoch: None, path: None, hops: 1, ..Beat::new(LEFT, id, 0) }).unwrap();
        bench.hear(Beat { epoch: None, ..Beat::new(RIGHT, id, 50_000) }).unwrap();
        bench.pass(200_000);
    }
    assert_eq!(bench.next_hop(), Some(station(RIGHT)), "a path of our own nodes is preferred at any cost");
}
