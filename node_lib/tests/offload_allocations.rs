//! That reading a virtio header, splitting a train and completing a checksum allocate nothing, counted.

use allocation_counter::measure;
use etherparse::PacketBuilder;
use node_lib::offload::{Offload, VIRTIO_HEADER};
use std::hint::black_box;

#[test]
fn splitting_allocates_nothing() {
    let mut inner = Vec::new();
    let builder = PacketBuilder::ethernet2([2; 6], [6; 6]).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
    builder.tcp(40_000, 80, 1, 500).write(&mut inner, &[0x5a; 60_000]).expect("a vector takes it");
    let mut header = [0; VIRTIO_HEADER];
    (header[0], header[1]) = (NEEDS_CSUM, GSO_TCPV4);
    for (field, value) in header[2..].chunks_exact_mut(2).zip([54u16, 1448, 34, 16]) {
        field.copy_from_slice(&value.to_ne_bytes());
    }

    let mut out = vec![0; inner.len()];
    let mut split = || {
        let offload = Offload::from_virtio(black_box(&header), &inner).expect("valid").expect("a train");
        for i in 0..offload.segments() {
            offload.write_segment(&inner, i, &mut out[..offload.segment_len(i)]).expect("the lengths fit");
        }
        offload.complete(&mut inner).expect("the length fits");
        assert_eq!((offload.segments(), offload.to_virtio()), (42, header));
    };
    // The counter must be alive: a test that counts nothing would pass by accident.
    assert_eq!(measure(|| drop(black_box(Box::new(black_box(1u8))))).count_total, 1);
    assert_eq!(measure(&mut split).count_total, 0);
}

const NEEDS_CSUM: u8 = 1;
const GSO_TCPV4: u8 = 1;
