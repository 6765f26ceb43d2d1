//! The second layer: what kind of packet a message carries.

use super::layout::{After, Encode, Writer, conversions};
use super::{Control, Data, ParseError};

/// What a message carries. Type 0x02, Auth, is reserved: parsing it gives [`ParseError::AuthUnsupported`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketType<'a> {
    /// Between the nodes themselves.
    Control(Control<'a>),
    /// A frame of the application.
    Data(Data<'a>),
}

impl<'a> PacketType<'a> {
    /// Reads the packet that starts with its type, at offset 14 of a frame.
    ///
    /// What is read goes into `wrap`, layer by layer, so that a message is made once, where it is to be; handed
    /// upwards as a value, it would be copied at each layer.
    #[inline(always)]
    pub(super) fn parse<T>(bytes: &'a [u8], wrap: impl FnOnce(PacketType<'a>) -> T) -> Result<T, ParseError> {
        let (&kind, rest) = bytes.split_first().ok_or(ParseError::Truncated)?;
        match kind {
            CONTROL => Control::parse(rest, |control| wrap(PacketType::Control(control))),
            DATA => Data::parse(rest, |data| wrap(PacketType::Data(data))),
            AUTH => Err(ParseError::AuthUnsupported),
            _ => Err(ParseError::UnknownType),
        }
    }
}

impl Encode for PacketType<'_> {
    #[inline(always)]
    fn encode<W: Writer>(&self, writer: W) -> W::Output {
        match self {
            PacketType::Control(control) => control.encode(After(&CONTROL, writer)),
            PacketType::Data(data) => data.encode(After(&DATA, writer)),
        }
    }
}

conversions!(PacketType);

const CONTROL: u8 = 0x00;
pub(super) const DATA: u8 = 0x01;
const AUTH: u8 = 0x02;
