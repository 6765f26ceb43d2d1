//! What can be wrong with a frame, or with the buffer for one.

use crate::control::drops::DropReason;

/// Why a byte string is not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ParseError {
    /// It ends before the fixed part of its type does.
    #[error("the frame ends before its fixed body does")]
    Truncated,
    /// Another EtherType than ours.
    #[error("the frame has another EtherType")]
    ForeignEthertype,
    /// The packet type at offset 14 is none of ours.
    #[error("unknown packet type")]
    UnknownType,
    /// The subtype at offset 15 is none of its packet type's.
    #[error("unknown subtype")]
    UnknownSubtype,
    /// An extension runs past the end, has the wrong length, occurs twice or stands in the wrong place.
    #[error("malformed extension")]
    BadExtension,
    /// A duration above 2^64 - 1 milliseconds.
    #[error("the duration exceeds 64 bits of milliseconds")]
    BadDuration,
    /// The transmitter, at offset 6, is not a unicast address.
    #[error("the transmitter is not a unicast address")]
    BadTransmitter,
    /// A source, sender, origin, destination or RSU that is not a unicast address.
    #[error("an address that must name one node is not unicast")]
    BadSource,
    /// A packet of type Auth: its place in the layout is reserved.
    #[error("authentication packets are not supported")]
    AuthUnsupported,
}

impl From<ParseError> for DropReason {
    fn from(error: ParseError) -> DropReason {
        match error {
            ParseError::Truncated => DropReason::Truncated,
            ParseError::ForeignEthertype => DropReason::ForeignEthertype,
            ParseError::UnknownType => DropReason::UnknownType,
            ParseError::UnknownSubtype => DropReason::UnknownSubtype,
            ParseError::BadExtension => DropReason::BadExtension,
            ParseError::BadDuration => DropReason::BadDuration,
            ParseError::BadTransmitter => DropReason::BadTransmitter,
            ParseError::BadSource => DropReason::BadSource,
            ParseError::AuthUnsupported => DropReason::AuthUnsupported,
        }
    }
}

/// A message or an extension does not fit the buffer it was to be written to; the buffer is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{needed} bytes are needed, the buffer has {available}: provide a larger one")]
pub struct BufferTooSmall {
    /// Bytes needed.
    pub needed: usize,
    /// Bytes there are.
    pub available: usize,
}
