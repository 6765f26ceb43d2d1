//! The messages of the protocol, as views of the frames that carry them.
//!
//! [`Message::parse`] is zero-copy, total and does not allocate: any byte string gives a message that borrows from it,
//! or a [`ParseError`]. The way back has four forms that give the same bytes: [`Message::emit`] into a slice,
//! [`Message::append_to`] a pooled buffer, `Vec<u8>` with one allocation of the exact size, and `Vec<Vec<u8>>` with one
//! vector a field. Each type states its layout once, as the sequence of its fields; all four are made from that.
//!
//! The tables of every layout, with examples, are in `docs/wire.md`.

pub mod control;
pub mod data;
mod error;
mod layout;
mod message;
mod packet_type;
mod scalars;

pub use control::{
    Control, Extension, ExtensionBuf, ExtensionIter, Extensions, Heartbeat, HeartbeatReply, Path,
};
pub use data::{
    DOWNSTREAM_V1_HEADER, DOWNSTREAM_V2_HEADER, Data, Routing, Stamp, ToDownstream, ToUpstream,
    UPSTREAM_V1_HEADER, UPSTREAM_V2_HEADER, each_segment, relay, split, wrap_downstream, wrap_upstream,
};
pub use error::{BufferTooSmall, ParseError};
pub use message::Message;
pub use packet_type::PacketType;
