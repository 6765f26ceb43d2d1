//! Values that are written as one text each: addresses.

use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};
use std::fmt::{self, Display};
use std::net::IpAddr;
use std::str::FromStr;

/// A value that is read and written as a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written<T>(pub(crate) T);

/// An address and the length of its network's prefix: `10.0.0.1/24`, `fd00::1/64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cidr {
    pub(crate) address: IpAddr,
    pub(crate) prefix: u8,
}

/// Why a text is no [`Cidr`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address with its prefix: write it like 10.0.0.1/24 or fd00::1/64")]
pub(crate) struct NotACidr;

impl FromStr for Cidr {
    type Err = NotACidr;

    fn from_str(text: &str) -> Result<Self, NotACidr> {
        let (address, prefix) = text.split_once('/').ok_or(NotACidr)?;
        let address: IpAddr = address.parse().map_err(|_| NotACidr)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.parse().ok().filter(|prefix| *prefix <= longest).ok_or(NotACidr)?;
        Ok(Cidr { address, prefix })
    }
}

impl Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl<T: Display> Serialize for Written<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Written).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_prefix_of_its_family() {
        for text in ["10.0.0.1/24", "0.0.0.0/0", "fd00::1/64", "::/128"] {
            assert_eq!(text.parse::<Cidr>().map(|cidr| cidr.to_string()).as_deref(), Ok(text));
        }
        for text in [
            "",
            "/",
            "10.0.0.1",
            "10.0.0.1/33",
            "10.0.0/8",
            "fd00::1/129",
            "fd00::1/-1",
            "a/24",
            "10.0.0.1/24/1",
        ] {
            assert_eq!(text.parse::<Cidr>(), Err(NotACidr), "{text}");
        }
    }
}
