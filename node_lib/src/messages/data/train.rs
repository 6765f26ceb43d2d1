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
