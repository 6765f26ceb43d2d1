//! What leaves a `Merger` can be taken apart into exactly what went in, whatever neighbours think up.

use node_lib::buffer_pool::Frame;
use node_lib::messages::each_segment;
use node_lib::offload::{Merger, ones_sum};
use std::convert::Infallible;

/// A TCP segment over IPv4 behind so many VLAN tags, with right checksums.
fn segment(tags: usize, id: u16, sequence: u32, payload: &[u8]) -> Frame {
    let length = ((40 + payload.len()) as u16).to_be_bytes();
    let mut ip = [&[0x45, 0][..], &length, &id.to_be_bytes(), &[0x40, 0, 64, 6, 0, 0], &[10; 8]].concat();
    let sum = !ones_sum(&ip);
    ip[10..12].copy_from_slice(&sum.to_be_bytes());
    let fixed = [0, 0, 0, 9, 0x50, 0x10, 0xff, 0xff, 0, 0, 0, 0];
    let mut tcp = [&[0x9c, 0x40, 0, 80][..], &sequence.to_be_bytes(), &fixed, payload].concat();
    let pseudo = [&[10; 8][..], &[0, 6], &(tcp.len() as u16).to_be_bytes(), &tcp].concat();
    tcp[16..18].copy_from_slice(&(!ones_sum(&pseudo)).to_be_bytes());
    Frame::copy_from(&[&[6; 12][..], &[0x81, 0, 0, 1].repeat(tags), &[8, 0], &ip, &tcp].concat())
}

/// How many frames leave the merger, and their segments.
fn through(frames: &[Frame]) -> (usize, Vec<Frame>) {
    let mut merger = Merger::new(true);
    let mut out: Vec<Frame> = frames.iter().filter_map(|frame| merger.push(frame.clone())).collect();
    out.extend(merger.flush());
    let count = out.len();
    let mut apart = Vec::new();
    for frame in out {
        let Ok(()) = each_segment(frame, |segment| {
            apart.push(segment);
            Ok::<(), Infallible>(())
        });
    }
    (count, apart)
}

#[test]
fn a_tower_of_tags_fits_no_buffer() {
    for (tags, expected) in [(0, 1), (2, 1), (1000, 1), (1020, 2)] {
        let payload = [1; 4678];
        let frames: Vec<Frame> =
            (0..14).map(|at| segment(tags, 7 + at as u16, 1 + 4678 * at, &payload)).collect();
        let (count, apart) = through(&frames);
        assert!(apart == frames, "{tags}");
        assert_eq!(count, expected, "{tags}");
    }
}

#[test]
fn ids_that_are_not_counted_upwards_would_be() {
    for (ids, expected) in [([5, 6, 7, 8], 1), ([0, 0, 0, 0], 4), ([5, 6, 5, 8], 3), ([65_535, 0, 1, 2], 1)] {
        let frames: Vec<Frame> =
            (0..).zip(ids).map(|(at, id)| segment(0, id, 1 + 1000 * at, &[1; 1000])).collect();
        let (count, apart) = through(&frames);
        assert!(apart == frames, "{ids:?}");
        assert_eq!(count, expected, "{ids:?}");
    }
}
