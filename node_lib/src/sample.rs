//! Frames as hosts give them to their TAPs, for tests.

use crate::addr::Mac;
use crate::buffer_pool::Frame;
use crate::offload::{Offload, VIRTIO_HEADER, ones_sum};

/// A train of TCP segments over IPv4 with `size` bytes of `payload` each, as a kernel leaves it: one packet, and the sum of
/// the pseudo-header where its checksum belongs.
///
/// # Panics
/// If the payload is empty or longer than an IPv4 packet takes, or `size` is 0.
pub fn train(to: Mac, from: Mac, payload: &[u8], size: u16) -> Frame {
    tcp(to, from, payload, TCPV4, size)
}

/// A TCP segment over IPv4 whose checksum is left to do.
///
/// # Panics
/// If the payload is longer than an IPv4 packet takes.
pub fn unfinished(to: Mac, from: Mac, payload: &[u8]) -> Frame {
    tcp(to, from, payload, NONE, 0)
}

fn tcp(to: Mac, from: Mac, payload: &[u8], kind: u8, size: u16) -> Frame {
    let length =
        |headers: usize| u16::try_from(headers + payload.len()).expect("an IPv4 packet").to_be_bytes();
    let ends = [SOURCE, DESTINATION].concat();
    let mut ip = [&[0x45, 0][..], &length(40), &[0, 7, 0x40, 0, 64, TCP, 0, 0], &ends].concat();
    let checksum = !ones_sum(&ip);
    ip[10..12].copy_from_slice(&checksum.to_be_bytes());
    let pseudo = [&ends[..], &[0, TCP], &length(20)].concat();
    let mut tcp =
        [&[0x9c, 0x40, 0, 80][..], &FIRST.to_be_bytes(), &[0; 4], &[0x50, 0x18, 0xff, 0xff]].concat();
    tcp.extend([ones_sum(&pseudo).to_be_bytes(), [0, 0]].concat());
    let mut frame = Frame::copy_from(&[&to.0[..], &from.0, &[8, 0], &ip, &tcp, payload].concat());
    let mut header = [0; VIRTIO_HEADER];
    (header[0], header[1]) = (NEEDS_CSUM, kind);
    for (field, value) in header[4..].chunks_exact_mut(2).zip([size, 34, 16]) {
        field.copy_from_slice(&value.to_ne_bytes());
    }
    let offload = Offload::from_virtio(&header, &frame).expect("the header belongs to the frame");
    frame.set_offload(offload);
    frame
}

/// Bytes in front of the payload: Ethernet, IPv4 and TCP.
pub const TCP_HEADERS: usize = 14 + 20 + 20;
/// The sequence number of the first byte.
pub const FIRST: u32 = u32::MAX - 2000;
/// The hosts' addresses.
pub const SOURCE: [u8; 4] = [10, 0, 0, 1];
/// The hosts' addresses.
pub const DESTINATION: [u8; 4] = [10, 0, 0, 2];
const TCP: u8 = 6;
/// `VIRTIO_NET_HDR_F_NEEDS_CSUM`, `VIRTIO_NET_HDR_GSO_NONE` and `VIRTIO_NET_HDR_GSO_TCPV4`.
const NEEDS_CSUM: u8 = 1;
const NONE: u8 = 0;
const TCPV4: u8 = 1;
