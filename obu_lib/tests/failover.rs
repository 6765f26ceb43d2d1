//! A next hop that dies is replaced in the same call, whatever form the frame had that found out.

mod bench;

use bench::{
    Beat, Bench, CHILD, LEFT, ME, RIGHT, RSU, heartbeats, host_frame, parse, station, upstream_data,
};
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::NodeConfig;
use node_lib::control::node::{Device, Event, ReplyType, RouteCause, TxOutcome};
use node_lib::messages::{Message, Path};
use obu_lib::control::dispatch::send_replies;
use std::io::{self, IoSlice};

/// An OBU that uses LEFT towards the RSU and knows RIGHT as a candidate.
fn diamond(config: NodeConfig) -> Bench {
    let mut bench = Bench::with(config);
    for id in 1..=3 {
        bench.hear(Beat::new(LEFT, id, 1000)).unwrap();
        bench.hear(Beat::new(RIGHT, id, 1200)).unwrap();
        bench.pass(200_000);
    }
    assert_eq!(bench.next_hop(), Some(station(LEFT)));
    bench.sent();
    bench.out.events.clear();
    bench
}

/// Refuses every frame for one neighbour, keeps the others.
struct Memory {
    refuses: Option<Mac>,
    frames: Vec<Vec<u8>>,
    pieces: Vec<usize>,
}

impl Memory {
    fn new(refuses: Option<Mac>) -> Memory {
        Memory { refuses, frames: Vec::new(), pieces: Vec::new() }
    }
}

impl Device for Memory {
    fn send(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<()> {
        let frame: Vec<u8> = pieces.iter().flat_map(|piece| piece.iter().copied()).collect();
        if self.refuses.is_some_and(|mac| frame.starts_with(&mac.0)) {
            return Err(io::ErrorKind::NetworkDown.into());
        }
        self.frames.push(frame);
        self.pieces.push(pieces.len());
        Ok(())
    }
}

/// A data frame of this OBU for LEFT, in each form.
fn forms(bench: &mut Bench) -> [ReplyType; 4] {
    bench.tap(&host_frame(200)).unwrap();
    let frame = bench.wires().remove(0);
    let message = parse(&frame);
    [
        ReplyType::WireFlat((&message).into()),
        ReplyType::Wire((&message).into()),
        ReplyType::TapFlat(host_frame(100)),
        ReplyType::Tap(vec![host_frame(20), vec![1, 2, 3]]),
    ]
}

#[test]
fn the_specified_line_compiles_as_written() {
    fn specified(message: Message<'_>) -> Result<Option<Vec<ReplyType>>, io::Error> {
        let flat: Vec<u8> = (&message).into();
        Ok(Some(vec![ReplyType::WireFlat(flat)]))
    }
    let mut bench = diamond(NodeConfig::new(station(ME)));
    bench.tap(&host_frame(64)).unwrap();
    let frame = bench.wires().remove(0);
    let replies = specified(parse(&frame)).unwrap().unwrap();
    assert_eq!(replies, [ReplyType::WireFlat(frame.to_vec())]);
}

#[test]
fn all_four_forms_reach_their_device() {
    let mut bench = diamond(NodeConfig::new(station(ME)));
    let replies = forms(&mut bench);
    let (mut wire, mut tap) = (Memory::new(None), Memory::new(None));
    send_replies(&mut bench.obu, bench.now, &replies, &mut wire, &mut tap, &mut bench.out).unwrap();
    assert_eq!(wire.frames[0], wire.frames[1], "nested, flattened, is the flat form");
    assert_eq!(tap.frames, [host_frame(100), [host_frame(20), vec![1, 2, 3]].concat()]);
    assert_eq!((wire.pieces[0], tap.pieces[0]), (1, 1), "a flat frame is one slice");
    assert!(wire.pieces[1] > 1 && tap.pieces[1] == 2);
}

#[test]
fn a_refused_radio_frame_promotes_the_next_candidate_in_either_form() {
    for form in 0..2 {
        let mut bench = diamond(NodeConfig::new(station(ME)));
        let reply = forms(&mut bench)[form].clone();
        let (mut wire, mut tap) = (Memory::new(Some(station(LEFT))), Memory::new(None));
        send_replies(&mut bench.obu, bench.now, &[reply], &mut wire, &mut tap, &mut bench.out).unwrap();
        assert_eq!(bench.next_hop(), Some(station(RIGHT)), "form {form}");
        // The frame itself left by the new next hop, and so did a reply that teaches the new path.
        let frames: Vec<Frame> = wire.frames.iter().map(|bytes| Frame::copy_from(bytes)).collect();
        assert_eq!(upstream_data(&frames).len(), 1, "form {form}");
        assert!(frames.iter().all(|frame| parse(frame).to == station(RIGHT)), "form {form}");
    }
}

#[test]
fn a_refused_host_frame_leaves_the_route_alone_in_either_form() {
    for form in 2..4 {
        let mut bench = diamond(NodeConfig::new(station(ME)));
        let reply = forms(&mut bench)[form].clone();
        let (mut wire, mut tap) = (Memory::new(None), Memory::new(Some(Mac::local(6, 2))));
        let result = send_replies(&mut bench.obu, bench.now, &[reply], &mut wire, &mut tap, &mut bench.out);
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::NetworkDown, "form {form}");
        assert_eq!(bench.next_hop(), Some(station(LEFT)), "form {form}");
    }
}

#[test]
fn two_unacknowledged_unicasts_in_a_row_promote_and_the_queue_follows() {
    let mut bench = diamond(NodeConfig::new(station(ME)));
    bench.tap(&host_frame(200)).unwrap();
    bench.tap(&host_frame(300)).unwrap();
    let frames = bench.wires();
    bench.status(LEFT, TxOutcome::Unacked, 5, Some(frames[0].clone()));
    let again = bench.wires();
    assert_eq!(upstream_data(&again)[0].0, station(LEFT), "one failure is a reason to try again");
    bench.status(LEFT, TxOutcome::Unacked, 5, Some(again[0].clone()));
    assert_eq!(bench.out.withdraw, [station(LEFT)], "what still waits for the dead one is asked back");
    assert!(matches!(
        bench.out.events[..],
        [Event::RouteChanged { from: Some(_), to: Some(to), cause: RouteCause::Unacked }] if to.next_hop == station(RIGHT)
    ));
    assert_eq!(upstream_data(&bench.wires())[0].0, station(RIGHT));
    bench.status(LEFT, TxOutcome::Withdrawn, 0, Some(frames[1].clone()));
    let withdrawn = bench.wires();
    let (to, data) = upstream_data(&withdrawn)[0];
    assert_eq!((to, data.payload), (station(RIGHT), &host_frame(300)[..]));
}

#[test]
fn an_acknowledgement_between_failures_starts_the_count_over() {
    let mut bench = diamond(NodeConfig::new(station(ME)));
    for _ in 0..5 {
        bench.status(LEFT, TxOutcome::Unacked, 5, None);
        bench.status(LEFT, TxOutcome::Acked, 1, None);
    }
    assert_eq!(bench.next_hop(), Some(station(LEFT)));
}

#[test]
fn missed_heartbeats_promote_without_any_transmit_status() {
    let mut bench = diamond(NodeConfig { tx_status: false, ..NodeConfig::new(station(ME)) });
    let silent_since = bench.now;
    for id in 4..=8 {
        bench.hear(Beat::new(RIGHT, id, 1200)).unwrap();
        bench.pass(200_000);
        if bench.next_hop() == Some(station(RIGHT)) {
            break;
        }
    }
    assert_eq!(bench.next_hop(), Some(station(RIGHT)));
    // LEFT was last heard one interval before `silent_since`.
    assert!(bench.now.since(silent_since).as_millis() <= 600, "{}", bench.now);
}

#[test]
fn the_word_of_no_route_promotes_at_once_and_silence_of_all_is_told_once() {
    let mut bench = diamond(NodeConfig::new(station(ME)));
    // Somebody uses us, and is to fail over.
    bench.upstream(CHILD, CHILD, Some((RSU, 1, 0, 8)), &host_frame(64)).unwrap();
    bench.sent();
    bench.hear(Beat::new(LEFT, 3, Path::NO_ROUTE)).unwrap();
    assert_eq!(bench.next_hop(), Some(station(RIGHT)));
    assert!(heartbeats(&bench.wires()).is_empty(), "there still is a route");
    bench.hear(Beat::new(RIGHT, 3, Path::NO_ROUTE)).unwrap();
    assert_eq!(bench.next_hop(), None);
    let frames = bench.wires();
    let told = heartbeats(&frames);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1.cost, Path::NO_ROUTE);
    // A route that comes and goes within the interval is not worth another word.
    bench.pass(10_000);
    assert!(heartbeats(&bench.wires()).is_empty());
    bench.tap(&host_frame(64)).unwrap_err();
}

#[test]
fn others_frames_leave_by_the_new_next_hop_too() {
    let mut bench = diamond(NodeConfig::new(station(ME)));
    bench.upstream(CHILD, CHILD, Some((RSU, 1, 0, 8)), &host_frame(400)).unwrap();
    let frame = bench.wires().remove(0);
    bench.status(LEFT, TxOutcome::SendError, 0, Some(frame));
    let frames = bench.wires();
    let (to, data) = upstream_data(&frames)[0];
    assert_eq!((to, data.origin), (station(RIGHT), station(CHILD)));
    assert_eq!(data.routing.map(|routing| routing.hop_limit), Some(7), "a retry spends no hop");
}
