//! What forged, malformed and unlucky frames, odd settings and legacy neighbours must not do to an OBU.

mod bench;
use bench::*;
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::{DEFAULT_ETHERTYPE, NodeConfig};
use node_lib::control::drops::DropReason;
use node_lib::control::node::{Device, Node, ReplyType, TxOutcome};
use node_lib::messages::*;
use obu_lib::control::dispatch::send_replies;
use std::io::{self, IoSlice};
use std::time::Duration;

fn cfg() -> NodeConfig {
    NodeConfig::new(station(ME))
}
fn diamond() -> Bench {
    let mut b = Bench::with(cfg());
    for id in 1..=3 {
        b.hear(Beat::new(LEFT, id, 1000)).unwrap();
        b.hear(Beat::new(RIGHT, id, 1200)).unwrap();
        b.pass(200_000);
    }
    b.sent();
    b
}
fn flood(b: &mut Bench) {
    for i in 0..300 {
        // forged transmitters: any frame at all addressed to us
        let _ = b.downstream(1000 + i, 999, Some((RSU, 1, 0, 8)), &host_frame(60));
    }
    b.sent();
}

#[test]
fn failover_works_after_a_flood_of_forged_transmitters() {
    let mut b = diamond();
    flood(&mut b);
    b.tap(&host_frame(100)).unwrap();
    let f = b.wires().remove(0);
    b.status(LEFT, TxOutcome::SendError, 0, Some(f));
    assert_eq!(b.next_hop(), Some(station(RIGHT)));
}
struct Dead(u32);
impl Device for Dead {
    fn send(&mut self, _: &[IoSlice<'_>]) -> io::Result<()> {
        self.0 += 1;
        assert!(self.0 < 1000, "endless: the same frame is sent again and again");
        Err(io::ErrorKind::NetworkDown.into())
    }
}

#[test]
fn a_device_that_refuses_everything_is_given_up() {
    let mut b = diamond();
    b.tap(&host_frame(100)).unwrap();
    let f = b.wires().remove(0);
    flood(&mut b);
    let reply = ReplyType::WireFlat(f.to_vec());
    send_replies(&mut b.obu, b.now, &[reply], &mut Dead(0), &mut Dead(0), &mut b.out).unwrap();
}

#[test]
fn failover_works_with_long_heartbeat_intervals() {
    let mut b = Bench::with(NodeConfig { heartbeat_interval: Duration::from_secs(6), ..cfg() });
    for id in 1..=3 {
        b.hear(Beat::new(LEFT, id, 1000)).unwrap();
        b.pass(3_000_000);
        b.hear(Beat::new(RIGHT, id, 1200)).unwrap();
        b.pass(3_000_000);
    }
    b.pass(2_600_000);
    b.hear(Beat::new(RIGHT, 4, 1200)).unwrap();
    assert_eq!(b.next_hop(), Some(station(LEFT)));
    b.status(LEFT, TxOutcome::SendError, 0, None);
    assert_eq!(b.next_hop(), Some(station(RIGHT)));
}

#[test]
fn one_forged_epoch_after_a_copy_without_one_changes_nothing() {
    let mut b = Bench::new();
    b.hear(Beat { epoch: None, path: None, ..Beat::new(LEFT, 1, 0) }).unwrap();
    let _ = b.hear(Beat { epoch: Some(u32::MAX), ..Beat::new(RIGHT, 1, 1000) });
    for id in 2..=6 {
        b.pass(200_000);
        let r = b.hear(Beat::new(RSU, id, 0));
        if id >= 4 {
            assert_eq!(r, Ok(()));
        }
    }
}

#[test]
fn a_forged_first_epoch_is_overcome() {
    let mut b = Bench::new();
    let _ = b.hear(Beat { epoch: Some(u32::MAX), ..Beat::new(RIGHT, 1, 1000) });
    b.pass(60_000_000);
    let mut last = Ok(());
    for id in 300..=600 {
        b.pass(200_000);
        last = b.hear(Beat::new(RSU, id, 0));
    }
    assert_eq!(last, Ok(()));
}

#[test]
fn a_forged_first_id_is_overcome() {
    let mut b = Bench::new();
    let _ = b.hear(Beat::new(RIGHT, 1_000_000, 1000));
    b.pass(60_000_000);
    let mut last = Ok(());
    for id in 300..=600 {
        b.pass(200_000);
        last = b.hear(Beat::new(RSU, id, 0));
    }
    assert_eq!(last, Ok(()));
}

/// Its id and counter are as good as any; what the neighbour goes on to say undoes it.
#[test]
fn a_forged_word_of_no_route_lasts_until_the_next_heartbeat() {
    for id in [3, 4, 1_000_000, u32::MAX] {
        let mut b = Bench::new();
        for id in 1..=3 {
            b.hear(Beat::new(LEFT, id, 1000)).unwrap();
            b.pass(200_000);
        }
        b.hear(Beat { path: Some((0, 0, Path::NO_ROUTE)), ..Beat::new(LEFT, id, 0) }).unwrap();
        assert_eq!(b.next_hop(), None);
        b.pass(20_000);
        b.hear(Beat::new(LEFT, 4, 1000)).unwrap();
        assert_eq!(b.next_hop(), Some(station(LEFT)), "after id {id}");
    }
}

#[test]
fn a_first_contact_that_was_forged_costs_one_heartbeat() {
    let mut wrong = [Beat::new(RIGHT, 30, 1000), Beat::new(RIGHT, u32::MAX, 0), Beat::new(RIGHT, 11, 1000)];
    wrong[2].epoch = Some(u32::MAX);
    for forged in wrong {
        let mut b = Bench::new();
        b.hear(forged).unwrap();
        b.pass(200_000);
        assert_eq!(b.hear(Beat::new(LEFT, 11, 1000)), Err(DropReason::ProvisionalHeartbeat));
        b.pass(200_000);
        b.hear(Beat::new(LEFT, 12, 1000)).unwrap();
        assert_eq!(b.next_hop(), Some(station(LEFT)), "after {:?}", (forged.epoch, forged.id));
        let known = b.obu.explain(station(RSU)).unwrap();
        assert_eq!((known.epoch, known.id), (Some(1), 12));
    }
}

#[test]
fn an_rsu_heard_but_once_gives_way_to_one_heard_twice() {
    let mut b = Bench::new();
    b.hear(Beat { rsu: 50, ..Beat::new(50, 25, 0) }).unwrap();
    b.hear(Beat::new(LEFT, 1, 9000)).unwrap();
    let rsu = |b: &Bench| b.obu.route().map(|route| route.rsu);
    assert_eq!(rsu(&b), Some(station(50)));
    b.pass(200_000);
    b.hear(Beat::new(LEFT, 2, 9000)).unwrap();
    assert_eq!(rsu(&b), Some(station(RSU)));
    // However near it seems, it is not taken again before its second word.
    b.hear(Beat { rsu: 51, ..Beat::new(51, 25, 0) }).unwrap();
    for id in 3..=12 {
        b.pass(200_000);
        b.hear(Beat::new(LEFT, id, 9000)).unwrap();
        assert_eq!(rsu(&b), Some(station(RSU)));
    }
}

#[test]
fn an_uptime_ahead_of_its_time_needs_a_second_word() {
    let mut b = diamond();
    let mut extensions = ExtensionBuf::new();
    extensions.push_epoch(1).unwrap();
    extensions.push_path(Path { lag: 0, class: 0, cost: 0, counter: 1 }).unwrap();
    let extensions = extensions.as_extensions();
    let beat = Heartbeat { duration_ms: u64::MAX, id: 4, hops: 1, source: station(RSU), extensions };
    let heard = b.radio(Mac::BROADCAST, RSU, PacketType::Control(Control::Heartbeat(beat)));
    assert_eq!(heard, Err(DropReason::ProvisionalHeartbeat));
    b.pass(50_000);
    assert!(heartbeats(&b.wires()).is_empty(), "it is relayed");
    b.hear(Beat::new(LEFT, 4, 1000)).unwrap();
    assert_eq!(b.next_hop(), Some(station(LEFT)));
}

#[test]
fn an_id_ahead_of_its_time_cuts_no_route() {
    let mut b = diamond();
    let _ = b.hear(Beat::new(77, 3 + 32, 3_000_000_000));
    assert_eq!(b.next_hop(), Some(station(LEFT)), "one forged id took the route");
}

#[test]
fn a_malformed_heartbeat_changes_nothing() {
    let mut b = Bench::new();
    let r = b.hear(Beat { rsu: 50, path: Some((5, 0, 1000)), ..Beat::new(LEFT, 1, 0) });
    assert_eq!(r, Err(DropReason::BadExtension));
    assert!(b.obu.explain(station(50)).is_none(), "a dropped heartbeat made an RSU known");
}

#[test]
fn a_heartbeat_that_names_us_as_the_rsu_is_refused() {
    let mut b = Bench::new();
    let r = b.hear(Beat { rsu: ME, ..Beat::new(LEFT, 1, 1000) });
    b.pass(50_000);
    let own = b.wires();
    let as_rsu = heartbeats(&own).iter().any(|(h, _)| h.source == station(ME));
    assert!(r.is_err() && !as_rsu, "{r:?}, we transmit heartbeats with from = source = us: {as_rsu}");
}

#[test]
fn an_overtaken_heartbeat_does_not_undo_no_route() {
    let mut b = Bench::new();
    let beat = |b: &mut Bench, id: u32, cost: u32, counter: u16| {
        let mut e = ExtensionBuf::new();
        e.push_epoch(1).unwrap();
        e.push_path(Path { lag: 0, class: 0, cost, counter }).unwrap();
        let h = Heartbeat {
            duration_ms: u64::from(id) * 200,
            id,
            hops: 2,
            source: station(RSU),
            extensions: e.as_extensions(),
        };
        b.radio(Mac::BROADCAST, LEFT, PacketType::Control(Control::Heartbeat(h)))
    };
    beat(&mut b, 4, 1000, 9).unwrap();
    beat(&mut b, 5, Path::NO_ROUTE, 11).unwrap();
    assert_eq!(b.next_hop(), None);
    beat(&mut b, 5, 1000, 10).unwrap();
    assert_eq!(b.next_hop(), None, "an older heartbeat undid the later word of no route");
}
// legacy
#[test]
fn a_crowd_of_legacy_neighbours_does_not_shut_ours_out() {
    let mut b = Bench::new();
    for id in 1..=12 {
        for i in 0..8 {
            b.hear(Beat { epoch: None, path: None, hops: 2, ..Beat::new(100 + i, id, 0) }).unwrap();
        }
        b.hear(Beat { epoch: None, ..Beat::new(RIGHT, id, 5000) }).unwrap();
        b.pass(200_000);
    }
    assert_eq!(b.next_hop(), Some(station(RIGHT)), "class 0 before class 1");
}

#[test]
fn legacy_copies_suppress_no_relay_of_a_path_of_ours() {
    let mut b = Bench::new();
    b.hear(Beat::new(LEFT, 1, 1000)).unwrap();
    b.pass(200_000);
    b.sent();
    b.hear(Beat::new(LEFT, 2, 1000)).unwrap();
    for i in 0..3 {
        b.hear(Beat { epoch: None, path: None, hops: 7, ..Beat::new(100 + i, 2, 0) }).unwrap();
    }
    b.pass(50_000);
    let f = b.wires();
    assert_eq!(heartbeats(&f).len(), 1, "class 1 is worse than ours");
}

#[test]
fn a_bare_reply_through_one_of_ours_does_not_make_it_legacy() {
    let mut b = Bench::new();
    b.hear(Beat::new(LEFT, 1, 1000)).unwrap();
    b.hear(Beat::new(CHILD, 1, 9000)).unwrap(); // CHILD sends PATH
    b.pass(50_000);
    b.reply(CHILD, 20, None).unwrap(); // a legacy OBU 20 below CHILD
    b.sent();
    b.downstream(LEFT, 20, Some((RSU, 1, 0, 8)), &host_frame(99)).unwrap();
    let f = b.wires().remove(0);
    let PacketType::Data(Data::Downstream(d)) = parse(&f).packet else { panic!() };
    assert!(d.routing.is_some(), "version 1 to a neighbour that sent PATH");
}

#[test]
fn a_downstream_frame_is_sent_again_in_the_version_of_its_new_next_hop() {
    let mut b = diamond();
    b.upstream(CHILD, 20, Some((RSU, 1, 0, 8)), &host_frame(60)).unwrap();
    b.pass(2_000_000);
    b.hear(Beat::new(LEFT, 4, 1000)).unwrap();
    b.sent();
    b.downstream(LEFT, 20, Some((RSU, 1, 0, 8)), &host_frame(99)).unwrap();
    let f = b.wires().remove(0);
    b.reply(30, 20, None).unwrap(); // now through a legacy neighbour
    b.sent();
    b.status(CHILD, TxOutcome::Unacked, 5, Some(f));
    let f = b.wires().remove(0);
    let m = parse(&f);
    let PacketType::Data(Data::Downstream(d)) = m.packet else { panic!() };
    assert_eq!((m.to, d.routing), (station(30), None), "version 2 to a legacy neighbour");
}

#[test]
fn replies_are_sent_again_to_a_legacy_next_hop_one_by_one() {
    let mut b = Bench::new();
    for id in 1..=3 {
        b.hear(Beat { epoch: None, ..Beat::new(LEFT, id, 1000) }).unwrap();
        b.hear(Beat { epoch: None, path: None, ..Beat::new(RIGHT, id, 0) }).unwrap();
        b.pass(200_000);
    }
    b.hear(Beat { epoch: None, path: None, ..Beat::new(RIGHT, 4, 0) }).unwrap();
    b.pass(9000);
    b.sent();
    b.reply(CHILD, CHILD, Some(1)).unwrap();
    b.reply(CHILD, 20, Some(1)).unwrap();
    b.pass(6000);
    let f = b
        .wires()
        .into_iter()
        .find(|f| matches!(parse(f).packet, PacketType::Control(Control::HeartbeatReply(_))))
        .unwrap();
    assert_eq!(parse(&f).to, station(LEFT));
    let before = b.obu.counters().data_rerouted;
    b.status(LEFT, TxOutcome::SendError, 0, Some(f));
    let rerouted = b.obu.counters().data_rerouted - before;
    let frames = b.wires();
    let mut with_senders = 0;
    let mut n = 0;
    for f in &frames {
        if let PacketType::Control(Control::HeartbeatReply(r)) = parse(f).packet {
            n += 1;
            with_senders += r.extensions.senders().count();
            assert_eq!(parse(f).to, station(RIGHT));
        }
    }
    assert_eq!(
        (with_senders, rerouted),
        (0, 0),
        "SENDERS sent to a legacy neighbour ({n} replies), replies counted as data"
    );
}

#[test]
fn an_upstream_frame_sent_again_never_returns() {
    let mut b = Bench::new();
    let leg = |from, id, hops| Beat { epoch: None, path: None, hops, ..Beat::new(from, id, 0) };
    b.hear(leg(LEFT, 1, 1)).unwrap();
    b.pass(100_000);
    b.hear(leg(CHILD, 2, 3)).unwrap();
    b.sent();
    assert_eq!(b.next_hop(), Some(station(LEFT)));
    b.upstream(CHILD, CHILD, None, &host_frame(90)).unwrap();
    let f = b.wires().remove(0);
    b.status(LEFT, TxOutcome::SendError, 0, Some(f));
    let frames = b.wires();
    let to: Vec<Mac> = upstream_data(&frames).iter().map(|(to, _)| *to).collect();
    assert!(!to.contains(&station(CHILD)), "back to the neighbour it came from: {to:?}");
}

/// Its hops are fewer than any cost in microseconds; but it has them from us.
#[test]
fn a_legacy_neighbour_that_relays_us_is_no_way_to_the_rsu() {
    let mut b = Bench::new();
    let leg = |from, id, hops| Beat { epoch: None, path: None, hops, ..Beat::new(from, id, 0) };
    for id in 1..=8 {
        b.hear(leg(RSU, id, 1)).unwrap();
        b.pass(100_000);
        b.hear(leg(CHILD, id, 3)).unwrap();
        b.pass(100_000);
        // The link to the RSU is bad, so that the one to the child seems better.
        b.status(RSU, TxOutcome::Acked, 5, None);
        assert_eq!(b.next_hop(), Some(station(RSU)), "{id}");
    }
    b.hear(leg(RSU, 9, 1)).unwrap();
    b.status(RSU, TxOutcome::SendError, 0, None);
    assert_eq!(b.next_hop(), None);
    // A newer heartbeat than any we sent can't be ours.
    b.hear(leg(CHILD, 9, 5)).unwrap();
    assert_eq!(b.next_hop(), Some(station(CHILD)));
}

#[test]
fn a_legacy_neighbour_with_fewer_hops_than_we_said_is_a_way_out() {
    let mut b = Bench::new();
    let leg = |from, id, hops| Beat { epoch: None, path: None, hops, ..Beat::new(from, id, 0) };
    for id in 1..=3 {
        b.hear(leg(LEFT, id, 2)).unwrap();
        b.hear(leg(RIGHT, id, 2)).unwrap();
        b.pass(200_000);
    }
    let first = b.next_hop();
    assert!(first == Some(station(LEFT)) || first == Some(station(RIGHT)));
    let (used, other) = if first == Some(station(LEFT)) { (LEFT, RIGHT) } else { (RIGHT, LEFT) };
    b.status(used, TxOutcome::SendError, 0, None);
    assert_eq!(b.next_hop(), Some(station(other)));
}

fn reply_senders(frames: &[Frame]) -> Vec<(Mac, Mac)> {
    let mut senders = Vec::new();
    for frame in frames {
        let m = parse(frame);
        if let PacketType::Control(Control::HeartbeatReply(r)) = m.packet {
            let all = r.extensions.senders().map(|(sender, _)| sender).chain([r.sender]);
            senders.extend(all.map(|sender| (m.to, sender)));
        }
    }
    senders
}

#[test]
fn a_reply_sent_again_never_returns() {
    for stamp in [None, Some(1)] {
        let mut b = diamond(); // next hop LEFT
        b.reply(RIGHT, RIGHT, stamp).unwrap();
        b.pass(6000);
        let frames = b.wires();
        assert!(reply_senders(&frames).contains(&(station(LEFT), station(RIGHT))));
        let f = frames.into_iter().find(|f| !reply_senders(std::slice::from_ref(f)).is_empty()).unwrap();
        b.status(LEFT, TxOutcome::SendError, 0, Some(f));
        b.pass(6000);
        assert_eq!(b.next_hop(), Some(station(RIGHT)));
        let back = (station(RIGHT), station(RIGHT));
        assert!(!reply_senders(&b.wires()).contains(&back), "a reply went back to its sender");
        assert_eq!(b.obu.counters().dropped(DropReason::WouldReturn), 1);
    }
}

#[test]
fn a_reply_that_waits_for_others_does_not_return_when_the_next_hop_changes() {
    let mut b = diamond();
    b.reply(RIGHT, RIGHT, Some(1)).unwrap();
    b.reply(CHILD, CHILD, Some(1)).unwrap();
    b.status(LEFT, TxOutcome::SendError, 0, None);
    b.pass(6000);
    let senders = reply_senders(&b.wires());
    assert!(senders.contains(&(station(RIGHT), station(CHILD))), "{senders:?}");
    assert!(!senders.contains(&(station(RIGHT), station(RIGHT))), "{senders:?}");
}

#[test]
fn a_downstream_frame_sent_again_never_returns() {
    let mut b = diamond(); // next hop LEFT
    b.upstream(CHILD, 20, Some((RSU, 1, 0, 8)), &host_frame(60)).unwrap();
    b.sent();
    b.downstream(RIGHT, 20, Some((RSU, 1, 0, 8)), &host_frame(99)).unwrap();
    let f = b.wires().remove(0);
    assert_eq!(parse(&f).to, station(CHILD));
    b.upstream(RIGHT, 20, Some((RSU, 2, 0, 8)), &host_frame(60)).unwrap(); // 20 is now below RIGHT
    b.sent();
    b.status(CHILD, TxOutcome::Unacked, 5, Some(f));
    let frames = b.wires();
    assert!(frames.iter().all(|f| parse(f).to != station(RIGHT)), "a downstream frame returned");
}

#[test]
fn version_1_names_the_host_as_origin() {
    let mut b = diamond();
    b.upstream(CHILD, CHILD, None, &host_frame(60)).unwrap();
    b.sent();
    b.downstream(LEFT, CHILD, Some((RSU, 1, 0, 8)), &host_frame(99)).unwrap();
    let f = b.wires().remove(0);
    let PacketType::Data(Data::Downstream(d)) = parse(&f).packet else { panic!() };
    assert_eq!(
        d.origin,
        Mac::local(6, 1),
        "send_downstream: version 1's origin is the host that sent the frame"
    );
}

#[test]
fn a_conversion_beyond_the_mtu_is_refused() {
    let mut b = diamond();
    b.upstream(CHILD, CHILD, None, &host_frame(2304 - 22)).map_err(|_| ()).ok();
    assert!(b.wires().iter().all(|f| f.len() <= 2304), "longer than the radio carries");
}
// config
#[test]
fn a_reply_interval_of_zero_still_moves_on() {
    let mut b = Bench::with(NodeConfig { reply_interval: Duration::ZERO, ..cfg() });
    b.hear(Beat::new(RSU, 1, 0)).unwrap();
    for _ in 0..100 {
        let Some((at, _)) = b.obu.poll_timeout() else { return };
        if at > b.now {
            return;
        }
        b.obu.handle_timeout(b.now, &mut b.out);
    }
    panic!("the deadline never passes {}", b.now);
}

#[test]
fn an_absurd_hysteresis_overflows_nothing() {
    let mut b = Bench::with(NodeConfig { hysteresis_percent: u32::MAX, ..cfg() });
    b.hear(Beat::new(RIGHT, 1, u32::MAX - 1)).unwrap();
    b.hear(Beat::new(LEFT, 1, u32::MAX - 1)).unwrap();
    b.hear(Beat::new(RIGHT, 2, u32::MAX - 1)).unwrap();
}

#[test]
fn a_hop_limit_beyond_its_five_bits_is_held_within() {
    let mut b = Bench::with(NodeConfig { hop_limit: 32, ..cfg() });
    b.hear(Beat::new(LEFT, 1, 1000)).unwrap();
    b.sent();
    b.tap(&host_frame(60)).unwrap();
    let f = b.wires();
    assert_ne!(upstream_data(&f)[0].1.routing.unwrap().hop_limit, 0);
}

#[test]
fn one_sender_takes_one_place_among_waiting_replies() {
    let mut b = diamond();
    for seq in 1..=1000 {
        b.reply(CHILD, CHILD, Some(seq)).unwrap();
    }
    b.pass(6000);
    let n = b.wires().len();
    assert_eq!(n, 1, "one sender: one entry, one frame");
}

#[test]
fn a_relay_that_does_not_fit_is_not_counted_as_one() {
    let mut b = Bench::new();
    let mut bytes = Vec::new();
    bytes.extend([0x01, 4, 0, 0, 0, 1]);
    bytes.extend([0x20, 255]);
    bytes.extend([7; 255]);
    bytes.extend([0x21, 100]);
    bytes.extend([7; 100]);
    bytes.extend([0x80, 8, 0, 0, 0, 0, 3, 0xe8, 0, 1]);
    let h = Heartbeat {
        duration_ms: 200,
        id: 1,
        hops: 2,
        source: station(RSU),
        extensions: Extensions::parse(&bytes).unwrap(),
    };
    b.radio(Mac::BROADCAST, LEFT, PacketType::Control(Control::Heartbeat(h))).unwrap();
    b.pass(50_000);
    let f = b.wires();
    assert_eq!(heartbeats(&f).len() as u64, b.obu.counters().heartbeats_relayed);
}

#[test]
fn a_frame_lost_with_its_status_is_counted() {
    let mut b = diamond();
    b.tap(&host_frame(60)).unwrap();
    b.status(LEFT, TxOutcome::Unacked, 5, None);
    assert_eq!(
        b.obu.counters().drops().map(|(_, n)| n).sum::<u64>(),
        1,
        "protocol: else it is lost and counted"
    );
}

#[test]
fn the_epoch_survives_a_first_copy_that_lost_it() {
    let mut b = Bench::new();
    b.hear(Beat::new(LEFT, 1, 1000)).unwrap();
    b.pass(200_000);
    b.hear(Beat { epoch: None, path: None, ..Beat::new(RIGHT, 2, 0) }).unwrap();
    b.hear(Beat::new(LEFT, 2, 1000)).unwrap();
    b.sent();
    b.pass(50_000);
    let f = b.wires();
    assert_eq!(heartbeats(&f)[0].0.extensions.epoch(), Some(1));
}

#[test]
fn a_refused_frame_tells_of_the_changed_path() {
    let mut b = diamond();
    b.out.events.clear();
    b.tap(&host_frame(100)).unwrap();
    let f = b.wires().remove(0);
    let _ = send_replies(
        &mut b.obu,
        b.now,
        &[ReplyType::WireFlat(f.to_vec())],
        &mut Dead(0),
        &mut Dead(0),
        &mut b.out,
    );
    // only a later call could tell
    b.pass(1000);
    assert!(!b.out.events.is_empty(), "RouteChanged never reaches anybody");
    let _ = DEFAULT_ETHERTYPE;
}

#[test]
fn data_addressed_to_everybody_is_not_relayed() {
    let mut b = diamond();
    let data = ToUpstream {
        origin: station(CHILD),
        routing: Some(Routing {
            rsu: station(RSU),
            stamp: Stamp { boot: 1, seq: 1 },
            flags: 0,
            hop_limit: 8,
        }),
        payload: &host_frame(60),
    };
    let r = b.radio(Mac::BROADCAST, CHILD, PacketType::Data(Data::Upstream(data)));
    assert_eq!(r, Err(DropReason::NotForUs));
}

#[test]
fn ids_that_come_fast_do_not_put_relays_off() {
    let mut b = Bench::with(NodeConfig { candidates: 99, ..cfg() });
    for id in 1..=200 {
        b.hear(Beat::new(LEFT, id, 1000)).unwrap();
        b.pass(900);
    }
    let f = b.wires();
    assert!(!heartbeats(&f).is_empty(), "each new id puts the relay off");
}
