//! A relay's data path makes no allocation.

mod bench;

use bench::{Beat, Bench, CHILD, LEFT, ME, RSU, host_frame, station};
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::DEFAULT_ETHERTYPE;
use node_lib::control::node::{Node, Outbox, Reply, RxMeta, TxOutcome, TxStatus};
use node_lib::messages::{
    Data, Message, PacketType, Routing, Stamp, ToDownstream, ToUpstream, UPSTREAM_V2_HEADER, wrap_upstream,
};
use node_lib::sample;

fn relay() -> Bench {
    let mut bench = Bench::new();
    bench.hear(Beat::new(LEFT, 1, 1000)).unwrap();
    bench.pass(100_000);
    bench.upstream(CHILD, CHILD, Some((RSU, 1, 0, 8)), &host_frame(1400)).unwrap();
    bench.sent();
    bench
}

/// Receives, looks up, rewrites and emits `count` frames as the shells do: the frame comes from the pool, goes through
/// the node, is handed to the link layer and comes back to the pool.
fn pump(bench: &mut Bench, out: &mut Outbox, template: &mut [u8], seq_at: usize, count: u32) {
    for seq in 0..count {
        template[seq_at..seq_at + 4].copy_from_slice(&(seq + 2).to_be_bytes());
        let frame = Frame::copy_from(template);
        bench.obu.handle_radio(bench.now, frame, RxMeta::default(), out).unwrap();
        let to = match &out.replies[..] {
            [Reply::WireFlat(frame)] => Mac(*frame.first_chunk().unwrap()),
            other => panic!("one frame goes on, not {other:?}"),
        };
        out.clear();
        let status = TxStatus { to, outcome: TxOutcome::Acked, attempts: 1, frame: None };
        bench.obu.handle_status(bench.now, status, out);
    }
}

#[test]
fn relaying_upstream_allocates_nothing() {
    let mut bench = relay();
    let payload = host_frame(1400);
    let routing = Routing { rsu: station(RSU), stamp: Stamp { boot: 1, seq: 0 }, flags: 0, hop_limit: 8 };
    let data = ToUpstream { origin: station(CHILD), routing: Some(routing), payload: &payload };
    let packet = PacketType::Data(Data::Upstream(data));
    let mut bytes: Vec<u8> =
        (&Message { to: station(ME), from: station(CHILD), marker: DEFAULT_ETHERTYPE, packet }).into();
    let mut out = Outbox::new();
    pump(&mut bench, &mut out, &mut bytes, 32, 10);
    let counted = allocation_counter::measure(|| pump(&mut bench, &mut out, &mut bytes, 32, 1000));
    assert_eq!(counted.count_total, 0, "{counted:?}");
    assert_eq!(bench.obu.counters().data_relayed, 1011);
}

/// A train stays the frame that it came as: the same bytes in the same memory, with what its host left undone.
#[test]
fn a_train_is_relayed_whole_where_it_lies() {
    let mut bench = relay();
    let mut train = sample::train(Mac::local(6, 2), Mac::local(6, 1), &[0x5a; 60_000], 1400);
    let (segments, offload) = (train.segments() as u64, *train.offload().unwrap());
    let routing = Routing { rsu: station(RSU), stamp: Stamp { boot: 1, seq: 0 }, flags: 0, hop_limit: 8 };
    let (me, child) = (station(ME), station(CHILD));
    wrap_upstream(&mut train, me, child, DEFAULT_ETHERTYPE, child, Some(routing));
    let mut out = Outbox::new();
    let mut relay = |count: u64| {
        for _ in 0..count {
            let frame = train.clone();
            let memory = frame.as_ptr();
            bench.obu.handle_radio(bench.now, frame, RxMeta::default(), &mut out).unwrap();
            let [Reply::WireFlat(frame)] = &out.replies[..] else { panic!("one frame goes on, not {out:?}") };
            assert_eq!((frame.as_ptr(), frame.offload()), (memory, Some(&offload)));
            assert_eq!(frame[UPSTREAM_V2_HEADER..], train[UPSTREAM_V2_HEADER..]);
            out.clear();
            let status = TxStatus { to: station(LEFT), outcome: TxOutcome::Acked, attempts: 1, frame: None };
            bench.obu.handle_status(bench.now, status, &mut out);
        }
    };
    relay(10);
    let counted = allocation_counter::measure(|| relay(100));
    assert_eq!(counted.count_total, 0, "{counted:?}");
    assert_eq!(bench.obu.counters().data_relayed, 1 + 110 * segments);
}

#[test]
fn relaying_downstream_allocates_nothing() {
    let mut bench = relay();
    let payload = host_frame(1400);
    let routing = Routing { rsu: station(RSU), stamp: Stamp { boot: 1, seq: 0 }, flags: 0, hop_limit: 8 };
    let (origin, destination) = (station(RSU), station(CHILD));
    let data = ToDownstream { origin, destination, routing: Some(routing), payload: &payload };
    let packet = PacketType::Data(Data::Downstream(data));
    let mut bytes: Vec<u8> =
        (&Message { to: station(ME), from: station(LEFT), marker: DEFAULT_ETHERTYPE, packet }).into();
    let mut out = Outbox::new();
    pump(&mut bench, &mut out, &mut bytes, 38, 10);
    let counted = allocation_counter::measure(|| pump(&mut bench, &mut out, &mut bytes, 38, 1000));
    assert_eq!(counted.count_total, 0, "{counted:?}");
    assert_eq!(bench.obu.counters().data_relayed, 1011);
}
