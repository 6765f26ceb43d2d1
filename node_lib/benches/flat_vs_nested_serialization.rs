//! Encoding: the flat form against the nested one, and the forms that don't allocate at all.
//!
//! Each benchmark starts from a message whose fields the compiler can't know, and ends with the bytes in a buffer.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use node_lib::addr::Mac;
use node_lib::buffer_pool::{get_buffer, return_buffer};
use node_lib::messages::{Control, Data, Extensions, Heartbeat, Message, PacketType, ToUpstream};
use std::hint::black_box;

fn heartbeat(c: &mut Criterion) {
    let heartbeat = Heartbeat {
        duration_ms: 90_000,
        id: 450,
        hops: 1,
        source: Mac([2, 0, 0, 0, 0, 1]),
        extensions: Extensions::EMPTY,
    };
    let packet = PacketType::Control(Control::Heartbeat(heartbeat));
    encodings(c.benchmark_group("heartbeat"), message(Mac::BROADCAST, packet));
}

fn upstream(c: &mut Criterion) {
    let payload = [0x5a; 1400];
    let upstream = ToUpstream { origin: Mac([2, 0, 0, 0, 0, 2]), routing: None, payload: &payload };
    let packet = PacketType::Data(Data::Upstream(upstream));
    encodings(c.benchmark_group("upstream_1400"), message(Mac([2, 0, 0, 0, 0, 1]), packet));
}

fn encodings(mut group: BenchmarkGroup<'_, WallTime>, message: Message<'_>) {
    group.bench_function("flat", |b| b.iter(|| Vec::<u8>::from(black_box(&message))));
    group.bench_function("nested", |b| b.iter(|| Vec::<Vec<u8>>::from(black_box(&message))));
    group.bench_function("nested_then_flatten", |b| {
        b.iter(|| Vec::<Vec<u8>>::from(black_box(&message)).concat());
    });
    group.bench_function("pooled", |b| {
        b.iter(|| {
            let mut buf = get_buffer(message.wire_len());
            black_box(&message).append_to(&mut buf);
            black_box(&buf[..]);
            return_buffer(buf);
        });
    });
    let mut out = [0; 1500];
    group.bench_function("borrowed", |b| {
        b.iter(|| {
            let written = black_box(&message).emit(&mut out);
            black_box(&out);
            written
        });
    });
    group.finish();
}

fn message(to: Mac, packet: PacketType<'_>) -> Message<'_> {
    Message { to, from: Mac([2, 0, 0, 0, 0, 3]), marker: 0x88b5, packet }
}

criterion_group!(benches, heartbeat, upstream);
criterion_main!(benches);
