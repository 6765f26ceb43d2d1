//! [`Frame`]: one frame on its way through a node, in a pooled buffer with headroom.

use crate::addr::Mac;
use crate::offload::Offload;
use bytes::BytesMut;
use std::cell::RefCell;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// Room in front of a new frame: an outer header (37 bytes at most) and, live, a virtio header go there without a copy.
pub const HEADROOM: usize = 64;

/// The sizes of the buffers that are kept for reuse: control messages, MTU-sized frames, GSO super-frames.
pub const FRAME_CLASSES: [usize; 3] = [256, 2048, 68 * 1024];

/// How many buffers of each class a thread keeps.
const KEPT: [usize; 3] = [4096, 4096, 256];

/// How a radio ranks a frame: the four EDCA access categories, most urgent last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessCategory {
    /// User data, unless its DSCP says otherwise.
    #[default]
    Background,
    /// Best effort.
    BestEffort,
    /// Heartbeats and replies.
    Video,
    /// Voice.
    Voice,
}

impl AccessCategory {
    /// All of them, the most urgent last.
    pub const ALL: [AccessCategory; 4] = [
        AccessCategory::Background,
        AccessCategory::BestEffort,
        AccessCategory::Video,
        AccessCategory::Voice,
    ];
}

/// A frame in a pooled buffer.
///
/// It keeps its own start and end, so that a header is put in front of it or taken off where it lies. When it is
/// dropped, the buffer goes back to the free list of the thread that drops it. Buffers are initialised once, when they
/// are made, and never zeroed again: what a reused buffer held before is overwritten by whoever makes the next frame.
pub struct Frame {
    /// Always as long as its class; empty only while the frame is being dropped.
    buf: BytesMut,
    start: u32,
    end: u32,
    /// What the host that made the frame left undone in it; the host's frame is the last part of this one.
    offload: Option<Offload>,
    /// How the radio ranks it.
    pub category: AccessCategory,
    /// How often this node has sent it again after a failure.
    pub resends: u8,
    /// The neighbour that this node has it from; `None` where it is our own host's. It must not go back there.
    pub came_from: Option<Mac>,
}

thread_local! {
    static FREE: RefCell<[Vec<BytesMut>; 3]> = const { RefCell::new([Vec::new(), Vec::new(), Vec::new()]) };
}

impl Frame {
    /// An uninitialised frame of `len` bytes (their content is unspecified) with [`HEADROOM`] in front.
    ///
    /// Lengths above the largest class get a buffer of their own that is not kept.
    ///
    /// # Panics
    /// If it is 4 GiB or more.
    pub fn with_len(len: usize) -> Frame {
        let need = HEADROOM + len;
        let end = u32::try_from(need).expect("frames are shorter than 4 GiB");
        let class = FRAME_CLASSES.iter().position(|class| need <= *class);
        let buf = class
            .and_then(reuse)
            .unwrap_or_else(|| BytesMut::zeroed(class.map_or(need, |class| FRAME_CLASSES[class])));
        Frame {
            buf,
            start: HEADROOM as u32,
            end,
            offload: None,
            category: AccessCategory::default(),
            resends: 0,
            came_from: None,
        }
    }

    /// A copy of `bytes`.
    #[inline]
    pub fn copy_from(bytes: &[u8]) -> Frame {
        let mut frame = Frame::with_len(bytes.len());
        frame.copy_from_slice(bytes);
        frame
    }

    /// Puts `len` bytes in front of the frame, with unspecified content, and returns them. Where the headroom is used
    /// up the frame moves to a larger buffer.
    pub fn push_front(&mut self, len: usize) -> &mut [u8] {
        if len > self.start as usize {
            let mut moved = Frame::with_len(len + self.len());
            moved[len..].copy_from_slice(self);
            moved.take_notes(self);
            moved.offload = self.offload;
            *self = moved;
        } else {
            self.start -= len as u32;
        }
        let start = self.start as usize;
        &mut self.buf[start..start + len]
    }

    /// Takes `len` bytes off the front; all there are if the frame is shorter.
    #[inline]
    pub fn strip_front(&mut self, len: usize) {
        self.start += len.min(self.len()) as u32;
        self.forget_broken_offload();
    }

    /// Forgets what is noted beside the bytes: a frame that has just arrived has no history here.
    #[inline]
    pub fn arrive(&mut self) {
        (self.category, self.resends, self.came_from) = (AccessCategory::default(), 0, None);
    }

    /// Cuts the frame to `len` bytes if it is longer.
    #[inline]
    pub fn truncate(&mut self, len: usize) {
        if len < self.len() {
            self.end = self.start + len as u32;
            self.offload = None;
        }
    }
}

/// Frames that a host left to its interface to finish. Whatever stands in front of the host's frame is the *outer header*.
impl Frame {
    /// What the host left undone.
    #[inline]
    pub fn offload(&self) -> Option<&Offload> {
        self.offload.as_ref()
    }

    /// Notes what the host left undone. The offload's frame is the last part of this one; it is forgotten if this frame is
    /// shorter than that.
    #[inline]
    pub fn set_offload(&mut self, offload: Option<Offload>) {
        self.offload = offload;
        self.forget_broken_offload();
    }

    /// True for a train of segments, which is more than one frame wherever that matters.
    #[inline]
    pub fn is_train(&self) -> bool {
        self.segments() > 1
    }

    /// How many frames it is on a wire.
    #[inline]
    pub fn segments(&self) -> usize {
        self.offload.map_or(1, |offload| offload.segments())
    }

    /// Length of the outer header, bytes. A frame that is finished has none.
    #[inline]
    pub fn outer_len(&self) -> usize {
        self.offload.map_or(0, |offload| self.len() - offload.inner_len())
    }

    /// Length of the longest frame that it is on a wire, each with the outer header, bytes.
    #[inline]
    pub fn longest(&self) -> usize {
        self.offload.map_or(self.len(), |offload| self.outer_len() + offload.longest())
    }

    /// Length of all frames that it is on a wire, each with the outer header, bytes.
    #[inline]
    pub fn wire_len(&self) -> usize {
        self.offload.map_or(self.len(), |offload| offload.wire_len(self.outer_len()))
    }

    /// Segment `index` as a frame of its own, with a copy of the outer header. `None` if there is no such segment.
    pub fn segment(&self, index: usize) -> Option<Frame> {
        let offload = self.offload.filter(|offload| index < offload.segments())?;
        let outer = self.outer_len();
        let mut segment = Frame::with_len(outer + offload.segment_len(index));
        let (header, inner) = segment.split_at_mut(outer);
        header.copy_from_slice(&self[..outer]);
        offload.write_segment(&self[outer..], index, inner).ok()?;
        segment.take_notes(self);
        Some(segment)
    }

    /// Completes the checksum of a frame that is no train; a train stays as it is.
    pub fn complete(&mut self) {
        if let Some(offload) = self.offload.filter(|offload| offload.segments() == 1) {
            let outer = self.outer_len();
            let completed = offload.complete(&mut self[outer..]);
            debug_assert!(completed.is_ok(), "the offload belongs to the frame");
            self.offload = None;
        }
    }

    fn forget_broken_offload(&mut self) {
        let len = self.len();
        self.offload = self.offload.filter(|offload| offload.inner_len() <= len);
    }
}

impl Frame {
    /// Takes over what is noted beside the bytes.
    fn take_notes(&mut self, other: &Frame) {
        (self.category, self.resends, self.came_from) = (other.category, other.resends, other.came_from);
    }
}

impl Deref for Frame {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.buf[self.start as usize..self.end as usize]
    }
}

impl DerefMut for Frame {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.buf[self.start as usize..self.end as usize]
    }
}

impl Clone for Frame {
    /// Copies the bytes into another pooled buffer.
    fn clone(&self) -> Frame {
        let mut copy = Frame::copy_from(self);
        copy.take_notes(self);
        copy.offload = self.offload;
        copy
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Frame) -> bool {
        self[..] == other[..] && self.offload == other.offload
    }
}

impl Eq for Frame {}

impl AsRef<[u8]> for Frame {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Frame({} bytes, {:02x?}…)", self.len(), &self[..self.len().min(16)])
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        let buf = std::mem::take(&mut self.buf);
        let Some(class) = FRAME_CLASSES.iter().position(|class| *class == buf.len()) else { return };
        // A thread that is ending has no free list any more; then the buffer is simply freed.
        let _ = FREE.try_with(|free| {
            if let Ok(mut free) = free.try_borrow_mut()
                && free[class].len() < KEPT[class]
            {
                free[class].push(buf);
            }
        });
    }
}

/// A buffer of this class from the free list; none where the list is empty, or gone because the thread is ending.
fn reuse(class: usize) -> Option<BytesMut> {
    FREE.try_with(|free| free.try_borrow_mut().ok()?.get_mut(class)?.pop()).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn headers_come_and_go_in_place() {
        let mut frame = Frame::copy_from(b"payload");
        let at = frame.as_ptr();
        frame.push_front(3).copy_from_slice(b"hdr");
        assert_eq!(&frame[..], b"hdrpayload");
        frame.strip_front(3);
        assert_eq!((&frame[..], frame.as_ptr()), (&b"payload"[..], at));
        frame.truncate(3);
        assert_eq!(&frame[..], b"pay");
        frame.strip_front(100);
        assert!(frame.is_empty());
    }

    #[test]
    fn headroom_that_is_used_up_moves_the_frame() {
        let mut frame = Frame::copy_from(b"x");
        frame.category = AccessCategory::Voice;
        frame.push_front(HEADROOM).fill(1);
        frame.push_front(10).fill(2);
        assert_eq!(frame.len(), 75);
        assert_eq!((&frame[..10], frame[74], frame.category), (&[2; 10][..], b'x', AccessCategory::Voice));
    }

    #[test]
    fn a_dropped_buffer_is_the_next_one_used() {
        for len in [10, 1500, 60_000] {
            let first = Frame::with_len(len).as_ptr();
            assert_eq!(Frame::with_len(len).as_ptr(), first, "{len}");
        }
        assert_eq!(Frame::with_len(200_000).len(), 200_000);
    }

    fn train() -> Frame {
        let payload: Vec<u8> = (0..5000).map(|at| (at % 251) as u8).collect();
        sample::train(Mac::local(6, 2), Mac::local(6, 1), &payload, 1000)
    }

    #[test]
    fn an_outer_header_comes_and_goes_and_the_offload_stays() {
        let bare = train();
        let mut frame = bare.clone();
        frame.push_front(37).fill(0xee);
        assert_eq!((frame.outer_len(), frame.offload()), (37, bare.offload()));
        assert_eq!((frame.segments(), frame.longest()), (5, 37 + sample::TCP_HEADERS + 1000));
        assert_eq!(frame.wire_len(), 5 * frame.longest());
        frame.strip_front(37);
        assert_eq!((frame.outer_len(), &frame), (0, &bare));
        frame.strip_front(1);
        assert_eq!(frame.offload(), None, "a frame that lost its front is another one");
    }

    #[test]
    fn a_frame_cut_off_has_no_offload() {
        let mut frame = train();
        frame.truncate(frame.len());
        assert!(frame.is_train());
        frame.truncate(frame.len() - 1);
        assert_eq!((frame.offload(), frame.segments(), frame.wire_len()), (None, 1, frame.len()));
        let (offload, mut short) = (train().offload, Frame::with_len(100));
        short.set_offload(offload);
        assert_eq!(short.offload(), None);
    }

    #[test]
    fn copies_and_moves_keep_the_offload() {
        let mut frame = train();
        let offload = frame.offload;
        frame.came_from = Some(Mac::local(2, 1));
        let copy = frame.clone();
        assert_eq!((&copy, copy.came_from), (&frame, frame.came_from));
        // Beyond the headroom the frame moves to another buffer.
        let moved_from = frame.as_ptr();
        frame.push_front(HEADROOM + 1).fill(0);
        assert_ne!(frame[HEADROOM + 1..].as_ptr(), moved_from);
        assert_eq!((frame.offload, frame.outer_len()), (offload, HEADROOM + 1));
        frame.arrive();
        assert_eq!((frame.offload, frame.came_from), (offload, None), "an arrival is history, not work done");
        let mut done = copy.clone();
        done.set_offload(None);
        assert_ne!(done, copy, "the bytes alone don't make a frame");
    }

    #[test]
    fn a_segment_has_the_outer_header_and_what_is_noted() {
        let mut frame = train();
        frame.push_front(22).fill(0xee);
        (frame.category, frame.resends, frame.came_from) = (AccessCategory::Voice, 3, Some(Mac::local(2, 1)));
        let mut payload = Vec::new();
        for index in 0..frame.segments() {
            let segment = frame.segment(index).unwrap();
            assert_eq!((segment[..22].to_vec(), segment.offload()), (vec![0xee; 22], None));
            assert_eq!((segment.category, segment.resends), (AccessCategory::Voice, 3));
            assert_eq!(segment.came_from, frame.came_from);
            payload.extend_from_slice(&segment[22 + sample::TCP_HEADERS..]);
        }
        assert_eq!(payload, frame[22 + sample::TCP_HEADERS..]);
        assert!(frame.segment(frame.segments()).is_none());
        assert!(Frame::with_len(100).segment(0).is_none(), "what is finished has no segments to write");
    }

    #[test]
    fn only_what_is_no_train_is_completed_in_place() {
        let mut frame = sample::unfinished(Mac::local(6, 2), Mac::local(6, 1), b"payload");
        let expected = frame.segment(0).unwrap();
        frame.push_front(37).fill(0xee);
        frame.complete();
        assert_eq!((&frame[..37], &frame[37..], frame.offload()), (&[0xee; 37][..], &expected[..], None));
        let mut whole = train();
        whole.complete();
        assert_eq!(whole, train());
    }
}
