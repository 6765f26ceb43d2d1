//! Control messages: what nodes tell one another.

mod extension_buf;
mod extensions;
mod heartbeat;

pub use extension_buf::ExtensionBuf;
pub use extensions::{Extension, ExtensionIter, Extensions, Path};
pub use heartbeat::{Heartbeat, HeartbeatReply};

use super::ParseError;
use super::layout::{After, Encode, Writer, conversions};

/// A control message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control<'a> {
    /// From an RSU to everybody, relayed by OBUs.
    Heartbeat(Heartbeat<'a>),
    /// From an OBU to the RSU, along its route.
    HeartbeatReply(HeartbeatReply<'a>),
}

impl<'a> Control<'a> {
    /// Reads the message that starts with its subtype, at offset 15 of a frame.
    #[inline(always)]
    pub(super) fn parse<T>(bytes: &'a [u8], wrap: impl FnOnce(Control<'a>) -> T) -> Result<T, ParseError> {
        let (&subtype, body) = bytes.split_first().ok_or(ParseError::Truncated)?;
        match subtype {
            HEARTBEAT => Ok(wrap(Control::Heartbeat(Heartbeat::parse(body)?))),
            HEARTBEAT_REPLY => Ok(wrap(Control::HeartbeatReply(HeartbeatReply::parse(body)?))),
            _ => Err(ParseError::UnknownSubtype),
        }
    }
}

impl Encode for Control<'_> {
    #[inline(always)]
    fn encode<W: Writer>(&self, writer: W) -> W::Output {
        match self {
            Control::Heartbeat(heartbeat) => heartbeat.encode(After(&HEARTBEAT, writer)),
            Control::HeartbeatReply(reply) => reply.encode(After(&HEARTBEAT_REPLY, writer)),
        }
    }
}

conversions!(Control);

const HEARTBEAT: u8 = 0x00;
const HEARTBEAT_REPLY: u8 = 0x01;
