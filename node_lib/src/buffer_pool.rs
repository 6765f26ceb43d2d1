//! Buffers that are used again, so that a packet costs no allocation.
//!
//! [`get_buffer`] and [`return_buffer`] are a pool of growable buffers for whoever builds packets. [`Frame`] is a frame
//! with headroom on its way through a node; it returns to a pool of its own when dropped. Both pools belong to the
//! thread: nothing is locked.

mod frame;

pub use frame::{AccessCategory, FRAME_CLASSES, Frame, HEADROOM};

use bytes::BytesMut;
use std::cell::RefCell;

/// Capacities of the pooled buffers, bytes: control messages, small packets, packets of a full Ethernet MTU.
pub const BUFFER_CLASSES: [usize; 3] = [256, 512, 1500];

/// An empty buffer whose capacity is at least `size_hint` bytes: a pooled one of the smallest class that holds them, a
/// new one where the pool has none. Above the largest class it is always new.
#[inline]
pub fn get_buffer(size_hint: usize) -> BytesMut {
    match BUFFER_CLASSES.iter().position(|class| size_hint <= *class) {
        Some(class) => POOL
            .try_with(|pool| pool.borrow_mut()[class].pop())
            .ok()
            .flatten()
            .unwrap_or_else(|| BytesMut::with_capacity(BUFFER_CLASSES[class])),
        None => BytesMut::with_capacity(size_hint),
    }
}

/// Clears the buffer and keeps it for [`get_buffer`].
///
/// It is freed instead, if its capacity is not that of a class any more: `split_to`, `advance` and the like took some
/// away, or it was above the largest class. So it is where the pool already keeps 64 of its class.
#[inline]
pub fn return_buffer(mut buf: BytesMut) {
    buf.clear();
    let Some(class) = BUFFER_CLASSES.iter().position(|class| *class == buf.capacity()) else { return };
    // A thread that is ending has no pool any more; then the buffer is simply freed.
    let _ = POOL.try_with(|pool| {
        let kept = &mut pool.borrow_mut()[class];
        if kept.len() < KEPT {
            kept.push(buf);
        }
    });
}

thread_local! {
    static POOL: RefCell<[Vec<BytesMut>; 3]> = const { RefCell::new([const { Vec::new() }; 3]) };
}

/// How many buffers of each class a thread keeps: 145 kB in all.
const KEPT: usize = 64;
