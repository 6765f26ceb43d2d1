//! A beacon's bytes: the Ethernet header, and what its reception is measured by.

use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::time::Instant;
use radio_lib::{BEACON_ETHERTYPE, RadioId};

/// What a beacon says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Content {
    /// Who sent it.
    pub(crate) sender: RadioId,
    /// When.
    pub(crate) sent: Instant,
    /// Where the sender was then, metres; not numbers where places don't matter.
    pub(crate) place: [f64; 2],
    /// How far its reception is measured.
    pub(crate) measured: Measured,
}

/// How far a beacon's reception is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Measured {
    /// Not at all: it was sent in the warm-up, or too close to the end.
    Not = 0,
    /// For the gaps between receptions alone.
    Gaps = 1,
    /// For the delivery ratio too: the radios around its sender were counted.
    Delivery = 2,
}

impl Content {
    /// The frame, with `size` bytes after the Ethernet header, which are at least [`MIN_BEACON`](crate::scenario::beacons::MIN_BEACON).
    pub(crate) fn frame(&self, from: Mac, size: usize) -> Frame {
        let mut frame = Frame::with_len(ETHERNET_HEADER + size);
        let parts: [&[u8]; 8] = [
            &Mac::BROADCAST.0,
            &from.0,
            &BEACON_ETHERTYPE.to_be_bytes(),
            &self.sender.0.to_be_bytes(),
            &self.sent.as_micros().to_be_bytes(),
            &self.place[0].to_be_bytes(),
            &self.place[1].to_be_bytes(),
            &[self.measured as u8],
        ];
        let mut at = 0;
        for part in parts {
            frame[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        frame[at..].fill(0);
        frame
    }

    /// Reads a frame; `None` if it is no beacon.
    #[inline]
    pub(crate) fn of(frame: &[u8]) -> Option<Content> {
        if frame.get(ETHERTYPE_AT..ETHERNET_HEADER)? != BEACON_ETHERTYPE.to_be_bytes() {
            return None;
        }
        let rest = &frame[ETHERNET_HEADER..];
        let (sender, rest) = rest.split_first_chunk()?;
        let (sent, rest) = rest.split_first_chunk()?;
        let (x, rest) = rest.split_first_chunk()?;
        let (y, rest) = rest.split_first_chunk()?;
        Some(Content {
            sender: RadioId(u32::from_be_bytes(*sender)),
            sent: Instant::from_micros(u64::from_be_bytes(*sent)),
            place: [f64::from_be_bytes(*x), f64::from_be_bytes(*y)],
            measured: match rest.first()? {
                0 => Measured::Not,
                1 => Measured::Gaps,
                2 => Measured::Delivery,
                _ => return None,
            },
        })
    }
}

const ETHERTYPE_AT: usize = 12;
pub(super) const ETHERNET_HEADER: usize = 14;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::beacons::MIN_BEACON;
    use proptest::prelude::*;

    const FROM: Mac = Mac([2, 0, 0, 0, 0, 7]);

    fn content() -> Content {
        Content {
            sender: RadioId(0x0102_0304),
            sent: Instant::from_micros(0x0506_0708_090a_0b0c),
            place: [-1.5, 1e6],
            measured: Measured::Delivery,
        }
    }

    #[test]
    fn the_smallest_frame_holds_it_all() {
        for size in [MIN_BEACON, 300] {
            let frame = content().frame(FROM, size);
            assert_eq!(frame.len(), 14 + size);
            assert_eq!(frame[..14], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 7, 0x88, 0xb6]);
            assert_eq!(Content::of(&frame), Some(content()));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_beacon_or_none(bytes in prop::collection::vec(any::<u8>(), 0..60), marked: bool) {
            let mut bytes = bytes;
            if marked && bytes.len() >= ETHERNET_HEADER {
                bytes[ETHERTYPE_AT..ETHERNET_HEADER].copy_from_slice(&BEACON_ETHERTYPE.to_be_bytes());
            }
            let content = Content::of(&bytes);
            let long = bytes.len() >= ETHERNET_HEADER + 29;
            prop_assert!(content.is_none() || long);
            prop_assert_eq!(content.is_some(), long && bytes[12..14] == [0x88, 0xb6] && bytes[42] < 3);
        }
    }
}
