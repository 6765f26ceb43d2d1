//! What can be wrong with an offload.

use crate::control::drops::DropReason;

/// Why a virtio-net header doesn't fit its frame, or an [`Offload`](super::Offload) the slices it is used with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum OffloadError {
    /// A `gso_type` that is none of ours.
    #[error("unknown gso_type {0:#04x}")]
    UnknownType(u8),
    /// A checksum to complete that lies in the Ethernet header or past the end.
    #[error("the checksum to complete lies outside of the frame's payload")]
    ChecksumOutside,
    /// A train without a checksum to complete, or with one that is not that of its protocol.
    #[error("the checksum to complete is not that of the segments")]
    OtherChecksum,
    /// Segments of 0 bytes.
    #[error("segments without size")]
    NoSize,
    /// A train of another version of IP than its type says, or of something else.
    #[error("the frame is not of the IP version that its gso_type says")]
    OtherVersion,
    /// The headers end early or don't lead to the TCP or UDP header where the checksum starts.
    #[error("the headers don't lead to the segments' checksum")]
    BadHeaders,
    /// A train that is a fragment.
    #[error("a fragment can't be split into segments")]
    Fragment,
    /// The frame is not as long as the IP header says.
    #[error("the frame is not as long as its IP header says")]
    OtherLength,
    /// A train without payload.
    #[error("the frame has no payload to split")]
    NoPayload,
    /// A frame, a buffer or the number of a segment that are not of this offload.
    #[error("the frame, the buffer or the segment's number is not of this offload")]
    Mismatch,
}

impl From<OffloadError> for DropReason {
    fn from(_: OffloadError) -> DropReason {
        DropReason::BadOffload
    }
}
