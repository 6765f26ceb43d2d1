//! The TAP's MTU: what fits the radio behind our header.

use node_lib::core::ETHERNET_HEADER;
use node_lib::messages::{DOWNSTREAM_V2_HEADER, UPSTREAM_V2_HEADER};

/// An MTU and why it is that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mtu {
    pub(crate) bytes: usize,
    pub(crate) because: String,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoMtu {
    /// The radio carries too little for IPv6; it would have to carry this much.
    RadioTooSmall { needed: usize },
    /// The one wanted is more than fits.
    TooLarge { most: usize },
}

impl Mtu {
    /// The MTU beside a radio whose interface has the MTU `radio`.
    pub(crate) fn choose(radio: usize, wanted: Option<usize>) -> Result<Mtu, NoMtu> {
        let most = (radio + ETHERNET_HEADER).saturating_sub(HEADERS).min(LARGEST);
        match wanted {
            _ if most < SMALLEST => {
                Err(NoMtu::RadioTooSmall { needed: SMALLEST + HEADERS - ETHERNET_HEADER })
            }
            Some(wanted) if wanted > most => Err(NoMtu::TooLarge { most }),
            Some(wanted) => Ok(Mtu { bytes: wanted, because: "as it was set".to_owned() }),
            None if most >= USUAL => {
                Ok(Mtu { bytes: USUAL, because: format!("the usual one; the radio has room for {most}") })
            }
            None => {
                let because = format!("the radio's {radio} less our header of {OURS}");
                Ok(Mtu { bytes: most, because })
            }
        }
    }
}

/// Our header at its longest.
const OURS: usize =
    if DOWNSTREAM_V2_HEADER > UPSTREAM_V2_HEADER { DOWNSTREAM_V2_HEADER } else { UPSTREAM_V2_HEADER };
/// What stands in front of a host's packet on the air: our header, and the packet's own Ethernet header.
const HEADERS: usize = OURS + ETHERNET_HEADER;
/// What IPv6 needs (RFC 8200, section 5).
const SMALLEST: usize = 1280;
const USUAL: usize = 1500;
/// The largest that the kernel gives a TAP.
const LARGEST: usize = 65_535 - ETHERNET_HEADER;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_and_no_more_than_is_usual() {
        let mtu = |radio| Mtu::choose(radio, None).map(|mtu| mtu.bytes);
        assert_eq!(
            [1323, 1500, 1542, 1543, 2304, 65_535].map(mtu),
            [Ok(1280), Ok(1457), Ok(1499), Ok(1500), Ok(1500), Ok(1500)]
        );
        let small = Err(NoMtu::RadioTooSmall { needed: 1323 });
        assert_eq!([0, 56, 576, 1322].map(mtu), [small; 4]);
        assert_eq!(Mtu::choose(1500, None).unwrap().because, "the radio's 1500 less our header of 43");
    }

    #[test]
    fn one_that_is_wanted_must_fit() {
        let mtu = |radio, wanted| Mtu::choose(radio, Some(wanted)).map(|mtu| mtu.bytes);
        assert_eq!(mtu(1500, 1280), Ok(1280));
        assert_eq!(mtu(1500, 1457), Ok(1457));
        assert_eq!(mtu(1500, 1458), Err(NoMtu::TooLarge { most: 1457 }));
        assert_eq!(mtu(9000, 8957), Ok(8957));
        assert_eq!(mtu(80_000, 65_535), Err(NoMtu::TooLarge { most: 65_521 }));
        assert_eq!(mtu(1300, 1280), Err(NoMtu::RadioTooSmall { needed: 1323 }));
    }
}
