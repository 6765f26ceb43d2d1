//! What may follow the fixed body of a control message: type 1, length 1, value.

use crate::addr::Mac;
use crate::messages::{ParseError, Stamp};
use zerocopy::byteorder::big_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// A validated sequence of extensions, without padding.
///
/// Types of ours have the right length and occur once; none below 0x80 follows one from 0x80 on, because the former
/// are what a relay copies on unchanged and authentication covers. Unknown types may have any value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extensions<'a>(&'a [u8]);

impl<'a> Extensions<'a> {
    /// None.
    pub const EMPTY: Extensions<'static> = Extensions(&[]);

    /// Reads the extensions at the start of `bytes`, up to the end or to a type of 0x00. What follows that is padding
    /// (Ethernet pads a heartbeat of 46 bytes to 60) and is not part of the result.
    ///
    /// # Errors
    /// [`ParseError::BadExtension`] where one runs past the end, has the wrong length, occurs twice, stands in the
    /// wrong place or names a neighbour that is not unicast; [`ParseError::BadSource`] for such an OBU.
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Result<Extensions<'a>, ParseError> {
        match bytes.first() {
            None | Some(&END) => Ok(Extensions::EMPTY),
            Some(_) => validate(bytes).map(Extensions),
        }
    }

    /// The bytes on the wire.
    #[inline]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// True if there are none.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in order, unknown ones included.
    #[inline]
    pub fn iter(self) -> ExtensionIter<'a> {
        ExtensionIter(self.0)
    }

    /// EPOCH: grows at each restart of the RSU.
    pub fn epoch(self) -> Option<u32> {
        U32::read_from_bytes(self.value(Extension::EPOCH)?).ok().map(U32::get)
    }

    /// PATH: the transmitter's advert.
    pub fn path(self) -> Option<Path> {
        PathValue::read_from_bytes(self.value(Extension::PATH)?).ok().map(Path::from)
    }

    /// HEARD: neighbours that the transmitter hears.
    pub fn heard(self) -> impl Iterator<Item = Mac> + 'a {
        entries::<Mac>(self.value(Extension::HEARD)).iter().copied()
    }

    /// SENDERS: the OBUs whose replies share the frame, each with its stamp.
    pub fn senders(self) -> impl Iterator<Item = (Mac, Stamp)> + 'a {
        entries::<SenderEntry>(self.value(Extension::SENDERS))
            .iter()
            .map(|entry| (entry.mac, Stamp { boot: entry.boot.get(), seq: entry.seq.get() }))
    }

    /// What a relay copies on unchanged: the bytes before the first extension whose type is 0x80 or above. AUTH is
    /// among them.
    pub fn protected(self) -> &'a [u8] {
        let mut iter = self.iter();
        loop {
            let rest = iter.0;
            match iter.next() {
                Some(extension) if extension.kind < FIRST_PER_HOP => {}
                _ => return self.0.strip_suffix(rest).unwrap_or_default(),
            }
        }
    }

    /// What [`validate`](Extensions::parse) has passed.
    #[inline]
    pub(super) fn trusted(bytes: &'a [u8]) -> Extensions<'a> {
        Extensions(bytes)
    }

    /// The last field of a message: all of them; none is no field.
    #[inline(always)]
    pub(super) fn last_field(self) -> Option<&'a [u8]> {
        (!self.0.is_empty()).then_some(self.0)
    }

    fn value(self, kind: u8) -> Option<&'a [u8]> {
        self.iter().find(|extension| extension.kind == kind).map(|extension| extension.value)
    }
}

/// One extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Its type; never 0x00.
    pub kind: u8,
    /// Its value, up to 255 bytes.
    pub value: &'a [u8],
}

impl Extension<'_> {
    /// How often the RSU has restarted. Value: 4 bytes.
    pub const EPOCH: u8 = 0x01;
    /// The OBUs whose replies share a frame. Value: up to 18 entries of mac 6, boot 4, seq 4.
    pub const SENDERS: u8 = 0x02;
    /// Reserved for authentication.
    pub const AUTH: u8 = 0x10;
    /// The transmitter's advert. Value: lag 1, class 1, cost 4, counter 2.
    pub const PATH: u8 = 0x80;
    /// Neighbours that the transmitter hears. Value: up to 4 addresses.
    pub const HEARD: u8 = 0x81;
}

/// The extensions of a message in order.
#[derive(Clone, Debug)]
pub struct ExtensionIter<'a>(&'a [u8]);

impl<'a> Iterator for ExtensionIter<'a> {
    type Item = Extension<'a>;

    #[inline]
    fn next(&mut self) -> Option<Extension<'a>> {
        let (&[kind, length], rest) = self.0.split_first_chunk()?;
        if kind == END {
            return None;
        }
        let (value, rest) = rest.split_at_checked(usize::from(length))?;
        self.0 = rest;
        Some(Extension { kind, value })
    }
}

/// PATH: what the transmitter of a heartbeat offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// How many ids the route is older than the heartbeat that carries it: route id = id - lag.
    pub lag: u8,
    /// 0: every link of the path was measured; 1: it leads through a node of version 1.
    pub class: u8,
    /// Cost of the path to the RSU, microseconds; saturating. [`Path::NO_ROUTE`] if there is none.
    pub cost: u32,
    /// Counts this transmitter's own heartbeats; only its gaps count as loss.
    pub counter: u16,
}

impl Path {
    /// The cost that says: no route.
    pub const NO_ROUTE: u32 = u32::MAX;
}

/// Checks the sequence that `bytes` starts with and returns it without what pads it.
pub(super) fn validate(bytes: &[u8]) -> Result<&[u8], ParseError> {
    let mut iter = ExtensionIter(bytes);
    let mut seen = 0u8;
    let mut highest = 0;
    for Extension { kind, value } in iter.by_ref() {
        if highest >= FIRST_PER_HOP && kind < FIRST_PER_HOP {
            return Err(ParseError::BadExtension);
        }
        highest = highest.max(kind);
        let bit = check_value(kind, value)?;
        if seen & bit != 0 {
            return Err(ParseError::BadExtension);
        }
        seen |= bit;
    }
    let rest = iter.0;
    if rest.first().is_some_and(|kind| *kind != END) {
        return Err(ParseError::BadExtension);
    }
    Ok(bytes.get(..bytes.len() - rest.len()).unwrap_or_default())
}

/// Checks the value of a type of ours. Each has a bit of its own; unknown types have none.
fn check_value(kind: u8, value: &[u8]) -> Result<u8, ParseError> {
    let fits = |fits: bool, bit: u8| if fits { Ok(bit) } else { Err(ParseError::BadExtension) };
    match kind {
        Extension::EPOCH => fits(value.len() == size_of::<U32>(), 1),
        Extension::SENDERS => match <[SenderEntry]>::ref_from_bytes(value) {
            Ok(list) if list.iter().all(|entry| entry.mac.is_unicast()) => Ok(2),
            Ok(_) => Err(ParseError::BadSource),
            Err(_) => Err(ParseError::BadExtension),
        },
        Extension::AUTH => Ok(4),
        Extension::PATH => fits(value.len() == size_of::<PathValue>(), 8),
        Extension::HEARD => match <[Mac]>::ref_from_bytes(value) {
            Ok(list) => fits(list.len() <= MAX_HEARD && list.iter().all(|mac| mac.is_unicast()), 16),
            Err(_) => Err(ParseError::BadExtension),
        },
        _ => Ok(0),
    }
}

/// The entries of a list that [`validate`] has passed.
fn entries<T: FromBytes + Immutable + KnownLayout + Unaligned>(value: Option<&[u8]>) -> &[T] {
    value.and_then(|value| <[T]>::ref_from_bytes(value).ok()).unwrap_or_default()
}

#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct SenderEntry {
    mac: Mac,
    boot: U32,
    seq: U32,
}

impl SenderEntry {
    pub(super) fn new(mac: Mac, stamp: Stamp) -> SenderEntry {
        SenderEntry { mac, boot: stamp.boot.into(), seq: stamp.seq.into() }
    }
}

#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct PathValue {
    lag: u8,
    class: u8,
    cost: U32,
    counter: U16,
}

impl From<PathValue> for Path {
    fn from(value: PathValue) -> Path {
        Path { lag: value.lag, class: value.class, cost: value.cost.get(), counter: value.counter.get() }
    }
}

impl From<Path> for PathValue {
    fn from(path: Path) -> PathValue {
        PathValue { lag: path.lag, class: path.class, cost: path.cost.into(), counter: path.counter.into() }
    }
}

/// Ends the list.
const END: u8 = 0x00;
/// From this type on, extensions change at each hop.
const FIRST_PER_HOP: u8 = 0x80;
const MAX_HEARD: usize = 4;
