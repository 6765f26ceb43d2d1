//! A train of segments, wrapped whole, taken apart.

use super::{DOWNSTREAM_V2, DOWNSTREAM_V2_HEADER, UPSTREAM_V2, UPSTREAM_V2_HEADER};
use crate::buffer_pool::Frame;
use crate::messages::packet_type::DATA;

/// Gives each segment of a train as a frame of its own, complete, in order, until `each` fails. In data frames of version 2
/// each has its own number: a train has as many as it has segments, and its header has the first. A frame that is no train
/// has no segments to give.
///
/// # Errors
/// That of `each`.
pub fn split<E>(train: &Frame, mut each: impl FnMut(Frame) -> Result<(), E>) -> Result<(), E> {
    if !train.is_train() {
        return Ok(());
    }
    let number = number_at(train);
    for index in 0..train.segments() {
        let Some(mut segment) = train.segment(index) else { continue };
        if let Some(number) = number.and_then(|at| segment.get_mut(at..)?.first_chunk_mut()) {
            *number = u32::from_be_bytes(*number).wrapping_add(index as u32).to_be_bytes();
        }
        each(segment)?;
    }
    Ok(())
}

/// Gives a frame as it is on a wire: a train as its segments, as [`split`] does; any other frame itself, its checksum
/// complete.
///
/// # Errors
/// That of `each`.
pub fn each_segment<E>(mut frame: Frame, mut each: impl FnMut(Frame) -> Result<(), E>) -> Result<(), E> {
    if frame.is_train() {
        split(&frame, each)
    } else {
        frame.complete();
        each(frame)
    }
}

/// Where the number stands, if the outer header is one of a data frame of version 2.
fn number_at(train: &Frame) -> Option<usize> {
    let (kind, subtype) = (*train.get(14)?, *train.get(15)?);
    match (train.outer_len(), kind, subtype) {
        (UPSTREAM_V2_HEADER, DATA, UPSTREAM_V2) => Some(UPSTREAM_V2_NUMBER),
        (DOWNSTREAM_V2_HEADER, DATA, DOWNSTREAM_V2) => Some(DOWNSTREAM_V2_NUMBER),
        _ => None,
    }
}

/// Offsets of seq.
const UPSTREAM_V2_NUMBER: usize = 32;
const DOWNSTREAM_V2_NUMBER: usize = 38;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::Mac;
    use crate::messages::{DOWNSTREAM_V1_HEADER, Data, UPSTREAM_V1_HEADER};
    use crate::messages::{Message, PacketType, Routing, Stamp, wrap_downstream, wrap_upstream};
    use crate::sample;
    use std::convert::Infallible;

    const MARKER: u16 = 0x88b5;

    fn station(i: u64) -> Mac {
        Mac::local(2, i)
    }

    fn train() -> Frame {
        sample::train(Mac::local(6, 2), Mac::local(6, 1), &[0x5a; 4321], 1000)
    }

    fn up(mut frame: Frame, routing: Option<Routing>) -> Frame {
        wrap_upstream(&mut frame, station(1), station(2), MARKER, station(3), routing);
        frame
    }

    fn down(mut frame: Frame, routing: Option<Routing>) -> Frame {
        wrap_downstream(&mut frame, station(1), station(2), MARKER, station(3), station(4), routing);
        frame
    }

    fn numbered(seq: u32) -> Option<Routing> {
        Some(Routing { rsu: station(9), stamp: Stamp { boot: 7, seq }, flags: 2, hop_limit: 5 })
    }

    fn segments(frame: Frame) -> Vec<Frame> {
        let mut segments = Vec::new();
        let Ok(()) = each_segment(frame, |segment| {
            segments.push(segment);
            Ok::<(), Infallible>(())
        });
        segments
    }

    fn routing(frame: &Frame) -> Option<Routing> {
        match Message::parse(frame, MARKER).unwrap().packet {
            PacketType::Data(Data::Upstream(data)) => data.routing,
            PacketType::Data(Data::Downstream(data)) => data.routing,
            PacketType::Control(_) => panic!("data"),
        }
    }

    #[test]
    fn the_segments_of_version_2_are_numbered_across_the_end_of_the_numbers() {
        for (wrap, header) in [(up as fn(_, _) -> _, UPSTREAM_V2_HEADER), (down, DOWNSTREAM_V2_HEADER)] {
            for first in [1, u32::MAX - 2] {
                let bare: Vec<Frame> = segments(train());
                let segments = segments(wrap(train(), numbered(first)));
                assert_eq!(segments.len(), 5);
                for (index, segment) in segments.iter().enumerate() {
                    assert_eq!(routing(segment), numbered(first.wrapping_add(index as u32)), "{index}");
                    assert_eq!(segment[header..], bare[index][..], "{index}");
                    assert_eq!(segment.offload(), None);
                }
            }
        }
    }

    #[test]
    fn version_1_has_no_numbers_and_stays_as_it_is() {
        for (wrap, header) in [(up as fn(_, _) -> _, UPSTREAM_V1_HEADER), (down, DOWNSTREAM_V1_HEADER)] {
            let whole: Frame = wrap(train(), None);
            for segment in segments(whole.clone()) {
                assert_eq!(segment[..header], whole[..header]);
            }
        }
    }

    /// Its first two bytes after the EtherType would be those of a data frame.
    #[test]
    fn a_hosts_train_that_looks_like_data_is_not_numbered() {
        let (mut bare, mut wrapped) = (train(), up(train(), None));
        for (frame, at) in [(&mut bare, 14), (&mut wrapped, 14)] {
            frame[at..at + 2].copy_from_slice(&[DATA, UPSTREAM_V2]);
        }
        for frame in [bare, wrapped] {
            let at = UPSTREAM_V2_NUMBER;
            let numbers: Vec<_> =
                segments(frame).iter().map(|segment| segment[at..at + 4].to_vec()).collect();
            assert!(numbers.iter().all(|number| *number == numbers[0]), "{numbers:?}");
        }
    }

    #[test]
    fn what_is_no_train_comes_as_itself_with_its_checksum() {
        let finished = Frame::copy_from(b"anything at all");
        assert_eq!(segments(finished.clone()), std::slice::from_ref(&finished));
        assert_eq!(split(&finished, |_| Err("never called")), Ok(()));
        let unfinished = up(sample::unfinished(Mac::local(6, 2), Mac::local(6, 1), b"hello"), numbered(8));
        let expected = unfinished.segment(0).unwrap();
        assert_eq!(segments(unfinished), [expected]);
    }

    #[test]
    fn a_failure_ends_it() {
        let mut given = 0;
        let result = split(&train(), |_| {
            given += 1;
            if given == 2 { Err("enough") } else { Ok(()) }
        });
        assert_eq!((result, given), (Err("enough"), 2));
    }
}
