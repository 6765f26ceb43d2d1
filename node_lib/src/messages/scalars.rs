//! MAC addresses as scalars.
//!
//! Six bytes copied as an array go through the stack in pieces of four and two bytes, or of one and five, and stall the
//! wider load that follows. As two integers they stay in registers: that is worth 4 ns in the flat form, and more than
//! that in parsing.

use crate::addr::Mac;
use zerocopy::{FromBytes, Immutable, IntoBytes, transmute};

/// An address in two integers, in memory order.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable)]
#[repr(C, packed)]
pub(super) struct MacScalars {
    first: u32,
    last: u16,
}

/// The address, if it is unicast; the same as [`Mac::is_unicast`].
#[inline(always)]
pub(super) fn unicast(mac: Mac) -> Option<Mac> {
    let scalars: MacScalars = transmute!(mac);
    let group = u32::from_be(scalars.first) >> 24 & 1 != 0;
    let zero = scalars.first | u32::from(scalars.last) == 0;
    if group || zero { None } else { Some(transmute!(scalars)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unicast_is_what_mac_says() {
        for at in 0..6 {
            for byte in 0..=u8::MAX {
                for rest in [0, 2, 0xff] {
                    let mut bytes = [rest; 6];
                    bytes[at] = byte;
                    let mac = Mac(bytes);
                    assert_eq!(unicast(mac), Some(mac).filter(|mac| mac.is_unicast()));
                }
            }
        }
    }
}
