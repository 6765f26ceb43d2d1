//! Data messages: frames of the application on their way up to an RSU or down to an OBU.

pub mod relay;
mod routing;
mod train;
mod wrap;

pub use routing::{Routing, Stamp};
pub use train::{each_segment, split};
pub use wrap::{wrap_downstream, wrap_upstream};

use super::ParseError;
use super::layout::{After, Encode, Writer, conversions, layout};
use super::scalars::unicast;
use crate::addr::Mac;
use zerocopy::FromBytes;
use zerocopy::byteorder::big_endian::U32;

/// Offset of the payload of an Upstream frame of version 1, bytes.
pub const UPSTREAM_V1_HEADER: usize = 22;
/// Offset of the payload of an Upstream frame of version 2, bytes.
pub const UPSTREAM_V2_HEADER: usize = 37;
/// Offset of the payload of a Downstream frame of version 1, bytes.
pub const DOWNSTREAM_V1_HEADER: usize = 28;
/// Offset of the payload of a Downstream frame of version 2, bytes.
pub const DOWNSTREAM_V2_HEADER: usize = 43;

/// A data message, of either version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data<'a> {
    /// From an OBU to its RSU.
    Upstream(ToUpstream<'a>),
    /// From an RSU to an OBU.
    Downstream(ToDownstream<'a>),
}

/// A frame of the application on its way from an OBU to its RSU.
///
/// On the wire, version 1: origin 6, payload. Version 2: rsu 6, origin 6, boot 4, seq 4, flags and hop limit 1, payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToUpstream<'a> {
    /// The OBU.
    pub origin: Mac,
    /// What version 2 adds; `None` is version 1.
    pub routing: Option<Routing>,
    /// One whole Ethernet frame. Where the outer frame was padded, so is this.
    pub payload: &'a [u8],
}

/// A frame of the application on its way from an RSU to an OBU.
///
/// On the wire, version 1: origin 6, destination 6, payload. Version 2: rsu 6, origin 6, destination 6, boot 4, seq 4,
/// flags and hop limit 1, payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToDownstream<'a> {
    /// Who sent it.
    pub origin: Mac,
    /// The OBU.
    pub destination: Mac,
    /// What version 2 adds; `None` is version 1.
    pub routing: Option<Routing>,
    /// One whole Ethernet frame. Where the outer frame was padded, so is this.
    pub payload: &'a [u8],
}

impl<'a> Data<'a> {
    /// Reads the message that starts with its subtype, at offset 15 of a frame.
    #[inline(always)]
    pub(super) fn parse<T>(bytes: &'a [u8], wrap: impl FnOnce(Data<'a>) -> T) -> Result<T, ParseError> {
        let (&subtype, body) = bytes.split_first().ok_or(ParseError::Truncated)?;
        match subtype {
            UPSTREAM_V1 => {
                let (body, payload) = UpstreamV1::ref_from_prefix(body).map_err(|_| ParseError::Truncated)?;
                let origin = unicast(body.origin).ok_or(ParseError::BadSource)?;
                Ok(wrap(Data::Upstream(ToUpstream { origin, routing: None, payload })))
            }
            DOWNSTREAM_V1 => {
                let (body, payload) =
                    DownstreamV1::ref_from_prefix(body).map_err(|_| ParseError::Truncated)?;
                let origin = unicast(body.origin).ok_or(ParseError::BadSource)?;
                let destination = unicast(body.destination).ok_or(ParseError::BadSource)?;
                Ok(wrap(Data::Downstream(ToDownstream { origin, destination, routing: None, payload })))
            }
            UPSTREAM_V2 => {
                let (body, payload) = UpstreamV2::ref_from_prefix(body).map_err(|_| ParseError::Truncated)?;
                let routing = Routing::from_wire(body.rsu, body.boot, body.seq, body.flags_and_limit)?;
                let origin = unicast(body.origin).ok_or(ParseError::BadSource)?;
                Ok(wrap(Data::Upstream(ToUpstream { origin, routing: Some(routing), payload })))
            }
            DOWNSTREAM_V2 => {
                let (body, payload) =
                    DownstreamV2::ref_from_prefix(body).map_err(|_| ParseError::Truncated)?;
                let routing = Routing::from_wire(body.rsu, body.boot, body.seq, body.flags_and_limit)?;
                let origin = unicast(body.origin).ok_or(ParseError::BadSource)?;
                let destination = unicast(body.destination).ok_or(ParseError::BadSource)?;
                Ok(wrap(Data::Downstream(ToDownstream {
                    origin,
                    destination,
                    routing: Some(routing),
                    payload,
                })))
            }
            _ => Err(ParseError::UnknownSubtype),
        }
    }
}

impl Encode for Data<'_> {
    #[inline(always)]
    fn encode<W: Writer>(&self, writer: W) -> W::Output {
        match self {
            Data::Upstream(data) if data.routing.is_some() => data.encode(After(&UPSTREAM_V2, writer)),
            Data::Upstream(data) => data.encode(After(&UPSTREAM_V1, writer)),
            Data::Downstream(data) if data.routing.is_some() => data.encode(After(&DOWNSTREAM_V2, writer)),
            Data::Downstream(data) => data.encode(After(&DOWNSTREAM_V1, writer)),
        }
    }
}

impl Encode for ToUpstream<'_> {
    #[inline(always)]
    fn encode<W: Writer>(&self, writer: W) -> W::Output {
        let ToUpstream { origin, routing, payload } = *self;
        match routing {
            None => writer.write(&UpstreamV1 { origin }, Some(payload)),
            Some(routing) => {
                let body = UpstreamV2 {
                    rsu: routing.rsu,
                    origin,
                    boot: routing.stamp.boot.into(),
                    seq: routing.stamp.seq.into(),
                    flags_and_limit: routing.flags_and_limit(),
                };
                writer.write(&body, Some(payload))
            }
        }
    }
}

impl Encode for ToDownstream<'_> {
    #[inline(always)]
    fn encode<W: Writer>(&self, writer: W) -> W::Output {
        let ToDownstream { origin, destination, routing, payload } = *self;
        match routing {
            None => writer.write(&DownstreamV1 { origin, destination }, Some(payload)),
            Some(routing) => {
                let body = DownstreamV2 {
                    rsu: routing.rsu,
                    origin,
                    destination,
                    boot: routing.stamp.boot.into(),
                    seq: routing.stamp.seq.into(),
                    flags_and_limit: routing.flags_and_limit(),
                };
                writer.write(&body, Some(payload))
            }
        }
    }
}

conversions!(Data, ToUpstream, ToDownstream);

layout! {
    struct UpstreamV1 {
        origin: Mac,
    }

    struct DownstreamV1 {
        origin: Mac,
        destination: Mac,
    }

    struct UpstreamV2 {
        rsu: Mac,
        origin: Mac,
        boot: U32,
        seq: U32,
        flags_and_limit: u8,
    }

    struct DownstreamV2 {
        rsu: Mac,
        origin: Mac,
        destination: Mac,
        boot: U32,
        seq: U32,
        flags_and_limit: u8,
    }
}

const UPSTREAM_V1: u8 = 0x00;
const DOWNSTREAM_V1: u8 = 0x01;
const UPSTREAM_V2: u8 = 0x02;
const DOWNSTREAM_V2: u8 = 0x03;
