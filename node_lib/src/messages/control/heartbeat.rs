//! The heartbeat of an RSU and the reply of an OBU.

use super::Extensions;
use crate::addr::Mac;
use crate::messages::ParseError;
use crate::messages::layout::{Encode, Writer, conversions, layout};
use crate::messages::scalars::unicast;
use zerocopy::byteorder::big_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// An RSU says that it is there; each OBU that relays it says how far away.
///
/// On the wire: duration 16, id 4, hops 4, source 6, extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat<'a> {
    /// Uptime of the RSU, milliseconds. Its 128 bits on the wire must fit 64.
    pub duration_ms: u64,
    /// Sequence number.
    pub id: u32,
    /// Transmissions so far, the RSU's own included.
    pub hops: u32,
    /// The RSU.
    pub source: Mac,
    /// What follows the fixed body.
    pub extensions: Extensions<'a>,
}

impl<'a> Heartbeat<'a> {
    #[inline(always)]
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Heartbeat<'a>, ParseError> {
        let (body, extensions) = HeartbeatBody::ref_from_prefix(bytes).map_err(|_| ParseError::Truncated)?;
        Ok(Heartbeat {
            duration_ms: body.duration.get()?,
            id: body.id.get(),
            hops: body.hops.get(),
            source: unicast(body.source).ok_or(ParseError::BadSource)?,
            extensions: Extensions::parse(extensions)?,
        })
    }
}

impl Encode for Heartbeat<'_> {
    #[inline(always)]
    fn encode<W: Writer>(&self, writer: W) -> W::Output {
        let body = HeartbeatBody {
            duration: Duration::from(self.duration_ms),
            id: self.id.into(),
            hops: self.hops.into(),
            source: self.source,
        };
        writer.write(&body, self.extensions.last_field())
    }
}

/// An OBU answers a heartbeat along its route, which tells every node on the way where it is.
///
/// On the wire: duration 16, id 4, hops 4, source 6, sender 6, extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeartbeatReply<'a> {
    /// The heartbeat's duration, milliseconds.
    pub duration_ms: u64,
    /// The heartbeat's sequence number.
    pub id: u32,
    /// The heartbeat's hops.
    pub hops: u32,
    /// The RSU.
    pub source: Mac,
    /// The OBU that replies.
    pub sender: Mac,
    /// What follows the fixed body.
    pub extensions: Extensions<'a>,
}

impl<'a> HeartbeatReply<'a> {
    #[inline(always)]
    pub(super) fn parse(bytes: &'a [u8]) -> Result<HeartbeatReply<'a>, ParseError> {
        let (body, extensions) = ReplyBody::ref_from_prefix(bytes).map_err(|_| ParseError::Truncated)?;
        Ok(HeartbeatReply {
            duration_ms: body.duration.get()?,
            id: body.id.get(),
            hops: body.hops.get(),
            source: unicast(body.source).ok_or(ParseError::BadSource)?,
            sender: unicast(body.sender).ok_or(ParseError::BadSource)?,
            extensions: Extensions::parse(extensions)?,
        })
    }
}

impl Encode for HeartbeatReply<'_> {
    #[inline(always)]
    fn encode<W: Writer>(&self, writer: W) -> W::Output {
        let body = ReplyBody {
            duration: Duration::from(self.duration_ms),
            id: self.id.into(),
            hops: self.hops.into(),
            source: self.source,
            sender: self.sender,
        };
        writer.write(&body, self.extensions.last_field())
    }
}

conversions!(Heartbeat, HeartbeatReply);

layout! {
    struct HeartbeatBody {
        duration: Duration,
        id: U32,
        hops: U32,
        source: Mac,
    }

    struct ReplyBody {
        duration: Duration,
        id: U32,
        hops: U32,
        source: Mac,
        sender: Mac,
    }
}

/// 128 bits of which the upper half must be zero.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Duration {
    upper: U64,
    lower: U64,
}

impl Duration {
    #[inline]
    fn get(&self) -> Result<u64, ParseError> {
        if self.upper == U64::ZERO { Ok(self.lower.get()) } else { Err(ParseError::BadDuration) }
    }
}

impl From<u64> for Duration {
    #[inline]
    fn from(duration_ms: u64) -> Duration {
        Duration { upper: U64::ZERO, lower: duration_ms.into() }
    }
}
