//! Decoding a frame, and what a relay does with it: in place, against taking it apart and putting it together.

use criterion::{Criterion, criterion_group, criterion_main};
use node_lib::addr::Mac;
use node_lib::messages::{
    Control, Data, Extensions, Heartbeat, Message, PacketType, Routing, Stamp, ToUpstream, relay,
};
use std::hint::black_box;

/// `borrowed` reads every field where it lies. `owned` gives each field a vector of its own, as a decoder does whose
/// result outlives the frame.
fn decode(c: &mut Criterion) {
    let heartbeat =
        Heartbeat { duration_ms: 90_000, id: 450, hops: 1, source: RSU, extensions: Extensions::EMPTY };
    let packet = PacketType::Control(Control::Heartbeat(heartbeat));
    let frame = Vec::from(&Message { to: Mac::BROADCAST, from: RSU, marker: MARKER, packet });

    let mut group = c.benchmark_group("decode");
    group.bench_function("borrowed", |b| {
        b.iter(|| {
            black_box(&Message::parse(black_box(&frame), MARKER));
        })
    });
    group.bench_function("owned", |b| b.iter(|| owned(black_box(&frame))));
    group.finish();
}

/// A frame of 1400 bytes payload arrives and leaves with other addresses and one transmission less to go. `in_place`
/// parses it and changes those bytes; `decode_re_encode` decodes it to owned fields, replaces three and joins them;
/// `parse_re_encode` parses it borrowed and encodes the changed message flat.
fn relay_data(c: &mut Criterion) {
    let payload = [0x5a; 1400];
    let routing = Routing { rsu: RSU, stamp: Stamp { boot: 1, seq: 7 }, flags: 0, hop_limit: 8 };
    let upstream = ToUpstream { origin: OBU, routing: Some(routing), payload: &payload };
    let message =
        Message { to: RELAY, from: OBU, marker: MARKER, packet: PacketType::Data(Data::Upstream(upstream)) };
    let arrived: Vec<u8> = Vec::from(&message);

    let mut group = c.benchmark_group("relay");
    let mut frame = arrived.clone();
    group.bench_function("in_place", |b| {
        b.iter(|| {
            let hop_limit = hop_limit(black_box(&frame));
            let relayed = relay::rewrite(&mut frame, *black_box(&RSU), *black_box(&RELAY))
                .and_then(|()| relay::set_hop_limit(&mut frame, hop_limit.wrapping_sub(1)));
            black_box(&mut frame);
            relayed
        });
    });
    group.bench_function("decode_re_encode", |b| {
        b.iter(|| {
            let mut fields = owned(black_box(&arrived));
            fields[0] = RSU.0.to_vec();
            fields[1] = RELAY.0.to_vec();
            fields[9][0] -= 1;
            fields.concat()
        });
    });
    group.bench_function("parse_re_encode", |b| {
        b.iter(|| {
            let mut message = Message::parse(black_box(&arrived), MARKER).expect("a valid frame");
            (message.to, message.from) = (RSU, RELAY);
            if let PacketType::Data(Data::Upstream(ToUpstream { routing: Some(routing), .. })) =
                &mut message.packet
            {
                routing.hop_limit -= 1;
            }
            Vec::<u8>::from(&message)
        });
    });
    group.finish();
}

fn owned(frame: &[u8]) -> Vec<Vec<u8>> {
    Vec::from(&Message::parse(frame, MARKER).expect("a valid frame"))
}

fn hop_limit(frame: &[u8]) -> u8 {
    match Message::parse(frame, MARKER).map(|message| message.packet) {
        Ok(PacketType::Data(Data::Upstream(ToUpstream { routing: Some(routing), .. }))) => routing.hop_limit,
        _ => 0,
    }
}

const MARKER: u16 = 0x88b5;
const RSU: Mac = Mac([2, 0, 0, 0, 0, 1]);
const OBU: Mac = Mac([2, 0, 0, 0, 0, 2]);
const RELAY: Mac = Mac([2, 0, 0, 0, 0, 3]);

criterion_group!(benches, decode, relay_data);
criterion_main!(benches);
