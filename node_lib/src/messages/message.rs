//! The outermost layer: an Ethernet header.

use super::layout::{After, Encode, End, Front, Length, Writer, conversions, layout};
use super::scalars::{MacScalars, unicast};
use super::{BufferTooSmall, PacketType, ParseError};
use crate::addr::Mac;
use crate::buffer_pool::Frame;
use bytes::BytesMut;
use zerocopy::byteorder::big_endian::U16;
use zerocopy::{FromBytes, Immutable, IntoBytes, transmute};

/// A whole frame: an Ethernet header, then the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The next hop, or the broadcast address.
    pub to: Mac,
    /// The node that transmits this copy.
    pub from: Mac,
    /// The EtherType.
    pub marker: u16,
    /// What it carries.
    pub packet: PacketType<'a>,
}

impl<'a> Message<'a> {
    /// Reads a frame whose EtherType must be `marker`. The message borrows from `bytes`; nothing is allocated.
    ///
    /// # Errors
    /// See [`ParseError`]. That `from` is the node itself is for the node to check.
    #[inline]
    pub fn parse(bytes: &'a [u8], marker: u16) -> Result<Message<'a>, ParseError> {
        let (header, packet) = Header::ref_from_prefix(bytes).map_err(|_| ParseError::Truncated)?;
        if header.marker.get() != marker {
            return Err(ParseError::ForeignEthertype);
        }
        let from = unicast(header.from).ok_or(ParseError::BadTransmitter)?;
        PacketType::parse(packet, |packet| Message { to: header.to, from, marker, packet })
    }

    /// Length on the wire, bytes.
    #[inline]
    pub fn wire_len(&self) -> usize {
        self.encode(Length)
    }

    /// Writes the message to the front of `out` and returns its length. Nothing is allocated.
    ///
    /// # Errors
    /// [`BufferTooSmall`] if `out` is shorter than [`Message::wire_len`]; then nothing is written.
    #[inline]
    pub fn emit(&self, out: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let available = out.len();
        let needed = self.encode(Front(out));
        if needed <= available { Ok(needed) } else { Err(BufferTooSmall { needed, available }) }
    }

    /// Appends the message to `buf`, as taken from [`get_buffer`](crate::buffer_pool::get_buffer). It allocates only
    /// if the capacity is too small.
    #[inline]
    pub fn append_to(&self, buf: &mut BytesMut) {
        self.encode(End(buf));
    }

    /// The message in a pooled frame.
    #[inline]
    pub fn to_frame(&self) -> Frame {
        let mut frame = Frame::with_len(self.wire_len());
        self.encode(Front(&mut frame));
        frame
    }
}

impl Encode for Message<'_> {
    #[inline(always)]
    fn encode<W: Writer>(&self, writer: W) -> W::Output {
        let header = Header::new(self.to, self.from, self.marker);
        self.packet.encode(After(&header, writer))
    }
}

conversions!(Message);

layout! {
    struct Header {
        to: Mac,
        from: Mac,
        marker: U16,
    }
}

impl Header {
    #[inline(always)]
    fn new(to: Mac, from: Mac, marker: u16) -> Header {
        let (to, from): (MacScalars, MacScalars) = (transmute!(to), transmute!(from));
        transmute!(HeaderScalars { to, from, marker: marker.to_be() })
    }
}

#[derive(IntoBytes, Immutable)]
#[repr(C, packed)]
struct HeaderScalars {
    to: MacScalars,
    from: MacScalars,
    marker: u16,
}
