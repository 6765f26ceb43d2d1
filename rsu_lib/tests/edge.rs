//! What an RSU does at the edge of the air.

mod bench;

use bench::{Bench, CAR, ME, OTHER_CAR, RELAY, ethernet, host, station};
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::drops::DropReason;
use node_lib::control::node::{Node, Reply, TxOutcome, TxStatus};
use node_lib::core::FORWARDED;
use node_lib::messages::{Data, Message, PacketType};
use node_lib::resolution::{Said, announcement, answer, read};
use std::net::IpAddr;

const SERVER: u64 = 9;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// The question of `asker` for `target`, which is an announcement with another target.
fn question(asker: (&str, u64), target: [u8; 4]) -> Vec<u8> {
    let mut question = announcement(Some(ip(asker.0)), host(asker.1)).to_vec();
    question[38..42].copy_from_slice(&target);
    question
}

/// Two cars, whose hosts have said who they are.
fn attached() -> Bench {
    let mut b = Bench::new();
    b.upstream(CAR, ME, 1, &announcement(Some(ip("10.0.0.3")), host(CAR))).unwrap();
    b.upstream(OTHER_CAR, ME, 1, &announcement(Some(ip("10.0.0.4")), host(OTHER_CAR))).unwrap();
    b.out.clear();
    b
}

#[test]
fn announcements_reach_the_wire_and_no_other_car() {
    let mut b = attached();
    let told = announcement(Some(ip("10.0.0.3")), host(CAR));
    b.upstream(CAR, ME, 2, &told).unwrap();
    let [Reply::TapFlat(frame)] = &b.out.replies[..] else { panic!("the wire alone: {:?}", b.out) };
    assert_eq!(frame[..], told[..]);
}

#[test]
fn questions_from_the_wire_are_answered_without_the_air() {
    let mut b = attached();
    b.tap(&question(("10.0.0.9", SERVER), [10, 0, 0, 3])).unwrap();
    let [Reply::TapFlat(frame)] = &b.out.replies[..] else { panic!("an answer: {:?}", b.out) };
    let expected = answer((ip("10.0.0.3"), host(CAR)), (ip("10.0.0.9"), host(SERVER))).unwrap();
    assert_eq!(frame[..], expected[..]);
    assert_eq!(b.rsu.counters().answered_at_edge, 1);
    b.out.clear();
    // Nobody has told of that one: all cars are asked.
    b.tap(&question(("10.0.0.9", SERVER), [10, 0, 0, 77])).unwrap();
    assert_eq!(b.down().len(), 2);
    // Who is on the wire answers there.
    let on_wire = b.tap(&question(("10.0.0.8", 8), [10, 0, 0, 9]));
    assert_eq!((on_wire, b.down().len()), (Err(DropReason::KeptOffAir), 0));
}

#[test]
fn questions_of_cars_are_answered_to_them_alone() {
    let mut b = attached();
    for (target, owner) in [([10, 0, 0, 4], OTHER_CAR), ([10, 0, 0, 9], SERVER)] {
        // The server is known once it has asked for somebody.
        b.tap(&question(("10.0.0.9", SERVER), [10, 0, 0, 3])).unwrap();
        b.out.clear();
        b.upstream(CAR, ME, 10 + owner as u32, &question(("10.0.0.3", CAR), target)).unwrap();
        let down = b.down();
        let [(via, obu, payload)] = &down[..] else { panic!("{down:?}") };
        assert_eq!((*via, *obu), (station(RELAY), station(CAR)));
        let address = IpAddr::from(target);
        assert_eq!(
            read(payload),
            Some(Said::Tells { address: Some(address), mac: host(owner), to_all: false })
        );
        assert!(b.delivered().is_empty(), "the wire needn't be asked");
    }
    // Unknown: the wire and the other car are asked.
    b.upstream(CAR, ME, 50, &question(("10.0.0.3", CAR), [10, 0, 0, 77])).unwrap();
    let replies = b.out.replies.len();
    assert_eq!((b.down().len(), replies), (1, 2));
}

#[test]
fn what_only_routers_or_switches_want_stays_off_the_air() {
    let mut b = attached();
    for seen_before in [false, true] {
        let told = b.tap(&announcement(Some(ip("10.0.0.9")), host(SERVER)));
        assert_eq!(told, Err(DropReason::KeptOffAir), "{seen_before}");
    }
    // Another machine has taken the address over: cars have to know.
    b.tap(&announcement(Some(ip("10.0.0.9")), host(8))).unwrap();
    assert_eq!(b.down().len(), 2);
}

/// A car has left for another RSU, whose announcement has come over the wire; what is on its way to it is handed on.
#[test]
fn what_a_car_left_behind_is_handed_to_the_rsu_it_went_to() {
    let mut b = attached();
    let payload = ethernet(host(CAR), host(SERVER), 300);
    let fail = |b: &mut Bench| {
        b.tap(&payload).unwrap();
        let Some(Reply::WireFlat(frame)) = b.out.replies.pop() else { panic!("on the air") };
        frame
    };
    let lost = |b: &mut Bench, frame: Frame| {
        let status =
            TxStatus { to: station(RELAY), outcome: TxOutcome::Unacked, attempts: 5, frame: Some(frame) };
        b.rsu.handle_status(b.now, status, &mut b.out);
    };
    let frames = [fail(&mut b), fail(&mut b), fail(&mut b)];
    b.out.clear();
    let [first, second, third] = frames;
    lost(&mut b, first);
    b.out.clear();
    lost(&mut b, second);
    assert_eq!(b.rsu.counters().data_forwarded, 0, "nobody has told where it is");
    assert_eq!(b.rsu.counters().dropped(DropReason::Undeliverable), 1);

    assert_eq!(b.tap(&announcement(None, host(CAR))), Err(DropReason::KeptOffAir));
    b.out.clear();
    let status =
        TxStatus { to: station(RELAY), outcome: TxOutcome::Withdrawn, attempts: 0, frame: Some(third) };
    b.rsu.handle_status(b.now, status, &mut b.out);
    let [Reply::TapFlat(handed)] = &b.out.replies[..] else { panic!("to the wire: {:?}", b.out) };
    assert_eq!(b.rsu.counters().data_forwarded, 1);
    let handed = handed.to_vec();
    let message = Message::parse(&handed, 0x88b5).unwrap();
    assert_eq!((message.to, message.from), (Mac::BROADCAST, station(ME)));

    // The other RSU knows the car; a third one doesn't.
    let mut other = Bench::with_mac(77);
    other.upstream(CAR, 77, 5, &announcement(None, host(CAR))).unwrap();
    other.out.clear();
    other.tap(&handed).unwrap();
    let [Reply::WireFlat(frame)] = &other.out.replies[..] else { panic!("on the air: {:?}", other.out) };
    let message = Message::parse(frame, 0x88b5).unwrap();
    let PacketType::Data(Data::Downstream(data)) = message.packet else { panic!("{message:?}") };
    assert_eq!((message.to, message.from, data.destination), (station(RELAY), station(77), station(CAR)));
    assert_eq!((data.origin, data.payload), (station(ME), &payload[..]), "with the number it had");
    assert_eq!(data.routing.unwrap().flags, FORWARDED);
    assert_eq!(Bench::with_mac(78).tap(&handed), Err(DropReason::NotForUs));

    // It is handed on once in its life.
    let frame = frame.clone();
    assert_eq!(other.tap(&announcement(None, host(CAR))), Err(DropReason::KeptOffAir));
    for outcome in [TxOutcome::SendError, TxOutcome::Withdrawn] {
        let status = TxStatus { to: station(RELAY), outcome, attempts: 0, frame: Some(frame.clone()) };
        other.rsu.handle_status(other.now, status, &mut other.out);
    }
    assert_eq!(other.rsu.counters().data_forwarded, 0);
    assert_eq!(other.rsu.counters().dropped(DropReason::Undeliverable), 2);
}

#[test]
fn frames_of_ours_that_no_rsu_sends_are_refused() {
    let mut b = attached();
    let mut frame = ethernet(Mac::BROADCAST, host(SERVER), 100);
    frame[12..14].copy_from_slice(&[0x88, 0xb5]);
    for kind in [[1u8, 3], [1, 2], [0, 0], [9, 9]] {
        frame[14..16].copy_from_slice(&kind);
        assert!(b.tap(&frame).is_err(), "{kind:?}");
    }
    assert!(b.out.replies.is_empty());
}
