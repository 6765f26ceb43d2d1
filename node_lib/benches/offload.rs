//! What splitting a train costs, against copying the same bytes.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use etherparse::PacketBuilder;
use node_lib::offload::{Offload, VIRTIO_HEADER, ones_sum};
use std::hint::black_box;

/// A TCP super-frame of 64 KB. `split` writes its segments, each to a buffer of its own, `memcpy` copies the frame to
/// the same memory in one piece, and `checksum` only sums it up.
fn split(c: &mut Criterion) {
    let (header, inner) = super_frame();
    let offload = Offload::from_virtio(&header, &inner).expect("valid").expect("a train");
    let mut out = vec![0; offload.segments() * BUFFER];

    let mut group = c.benchmark_group("offload_64k");
    group.throughput(Throughput::Bytes(inner.len() as u64));
    group.bench_function("memcpy", |b| {
        b.iter(|| {
            out[..inner.len()].copy_from_slice(black_box(&inner));
            black_box(&mut out);
        })
    });
    group.bench_function("checksum", |b| b.iter(|| ones_sum(black_box(&inner))));
    group.bench_function("split", |b| {
        b.iter(|| {
            let inner = black_box(&inner);
            for (i, buffer) in out.chunks_exact_mut(BUFFER).enumerate() {
                let written = offload.write_segment(inner, i, &mut buffer[..offload.segment_len(i)]);
                black_box(written).expect("the lengths fit");
            }
            black_box(&mut out);
        })
    });
    group.bench_function("from_virtio", |b| {
        b.iter(|| black_box(Offload::from_virtio(black_box(&header), black_box(&inner))))
    });
    group.finish();
}

/// What a kernel gives: timestamps, and 45 full segments behind an MTU of 1500 bytes.
fn super_frame() -> ([u8; VIRTIO_HEADER], Vec<u8>) {
    let mut inner = Vec::new();
    PacketBuilder::ethernet2([2; 6], [6; 6])
        .ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64)
        .tcp(40_000, 80, 1, 500)
        .options_raw(&[1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2])
        .expect("12 bytes")
        .write(&mut inner, &[0x5a; 45 * 1448])
        .expect("a vector takes it");
    let mut header = [0; VIRTIO_HEADER];
    (header[0], header[1]) = (NEEDS_CSUM, GSO_TCPV4);
    for (field, value) in header[2..].chunks_exact_mut(2).zip([66u16, 1448, 34, 16]) {
        field.copy_from_slice(&value.to_ne_bytes());
    }
    (header, inner)
}

/// The size of buffer that a pool has for a segment, bytes.
const BUFFER: usize = 2048;
const NEEDS_CSUM: u8 = 1;
const GSO_TCPV4: u8 = 1;

criterion_group!(benches, split);
criterion_main!(benches);
