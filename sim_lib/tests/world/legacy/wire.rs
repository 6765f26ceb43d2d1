//! The base layout, by the tables of docs/wire.md alone: none of our own code for it is used here.

/// Where a field stands, and how long it is.
pub type Field = std::ops::Range<usize>;

pub const TO: Field = 0..6;
pub const FROM: Field = 6..12;
const MARKER: Field = 12..14;
const KIND: Field = 14..16;

/// Of both control messages.
pub const DURATION: Field = 16..32;
pub const ID: Field = 32..36;
pub const HOPS: Field = 36..40;
pub const SOURCE: Field = 40..46;
/// Of a reply.
pub const SENDER: Field = 46..52;

/// Of both data messages.
pub const ORIGIN: Field = 16..22;
/// Of a Downstream message.
pub const DESTINATION: Field = 22..28;

/// Packet type and subtype.
pub type Kind = [u8; 2];
pub const HEARTBEAT: Kind = [0, 0];
pub const REPLY: Kind = [0, 1];
pub const UPSTREAM: Kind = [1, 0];
pub const DOWNSTREAM: Kind = [1, 1];

/// Lengths up to where extensions or the payload begin.
pub const REPLY_LENGTH: usize = 52;
pub const UPSTREAM_LENGTH: usize = 22;
pub const DOWNSTREAM_LENGTH: usize = 28;

pub type Address = [u8; 6];
pub const EVERYBODY: Address = [0xff; 6];

pub fn kind(frame: &[u8]) -> Kind {
    assert_eq!(frame[MARKER], [0x30, 0x30]);
    field(frame, KIND)
}

pub fn field<const N: usize>(frame: &[u8], at: Field) -> [u8; N] {
    frame[at].try_into().unwrap()
}

pub fn number(frame: &[u8], at: Field) -> u128 {
    frame[at].iter().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// A frame with its fields in order; an integer's bytes are its big-endian ones.
pub fn frame(to: Address, from: Address, kind: Kind, rest: &[&[u8]]) -> Vec<u8> {
    [&to[..], &from, &[0x30, 0x30], &kind, &rest.concat()].concat()
}
