//! What version 2 of a data message adds to the addresses.

use crate::addr::Mac;
use crate::messages::ParseError;
use crate::messages::scalars::unicast;
use zerocopy::byteorder::big_endian::U32;

/// What version 2 of a data message adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Routing {
    /// The RSU that the frame goes to or comes from.
    pub rsu: Mac,
    /// The origin's number of this frame.
    pub stamp: Stamp,
    /// Three bits, 0 to 7; higher bits are not sent.
    pub flags: u8,
    /// Transmissions left, 0 to 31; higher bits are not sent.
    pub hop_limit: u8,
}

impl Routing {
    #[inline(always)]
    pub(super) fn from_wire(
        rsu: Mac,
        boot: U32,
        seq: U32,
        flags_and_limit: u8,
    ) -> Result<Routing, ParseError> {
        Ok(Routing {
            rsu: unicast(rsu).ok_or(ParseError::BadSource)?,
            stamp: Stamp { boot: boot.get(), seq: seq.get() },
            flags: flags_and_limit >> 5,
            hop_limit: flags_and_limit & HOP_LIMIT_MASK,
        })
    }

    #[inline]
    pub(super) fn flags_and_limit(&self) -> u8 {
        pack(self.flags, self.hop_limit)
    }
}

/// The number of one frame or reply of an origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Grows at each restart of the origin.
    pub boot: u32,
    /// Counts the origin's replies and data since that; wraps around.
    pub seq: u32,
}

impl Stamp {
    /// The number `count` after this one.
    #[inline]
    #[must_use]
    pub fn later(self, count: usize) -> Stamp {
        Stamp { seq: self.seq.wrapping_add(count as u32), ..self }
    }

    /// True for a greater boot, or for the same boot and a `seq` that is ahead by less than 2^31 in serial number
    /// arithmetic (RFC 1982). Not an order: it is not transitive once `seq` has wrapped around.
    #[inline]
    pub fn newer_than(self, other: Stamp) -> bool {
        let ahead = self.seq.wrapping_sub(other.seq);
        self.boot > other.boot || (self.boot == other.boot && ahead != 0 && ahead < 1 << 31)
    }
}

/// The byte that holds three bits of flags and five of hop limit.
#[inline]
pub(super) fn pack(flags: u8, hop_limit: u8) -> u8 {
    (flags << 5) | (hop_limit & HOP_LIMIT_MASK)
}

const HOP_LIMIT_MASK: u8 = 0x1f;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_is_a_later_boot_or_serially_ahead() {
        let at = |boot, seq| Stamp { boot, seq };
        assert!(at(2, 0).newer_than(at(1, 900)));
        assert!(!at(1, 900).newer_than(at(2, 0)));
        assert!(at(1, 6).newer_than(at(1, 5)));
        assert!(!at(1, 5).newer_than(at(1, 5)));
        assert!(!at(1, 5).newer_than(at(1, 6)));
        assert!(at(1, 3).newer_than(at(1, u32::MAX - 2)));
        assert!(at(1, (1 << 31) - 1).newer_than(at(1, 0)));
        assert!(!at(1, 1 << 31).newer_than(at(1, 0)), "undefined in RFC 1982: not newer, either way");
        assert!(!at(1, 0).newer_than(at(1, 1 << 31)));
    }
}
