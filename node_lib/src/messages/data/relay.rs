//! What a relay changes in a data frame, where it lies. Nothing is allocated and nothing else is touched.

use super::routing::pack;
use super::{DOWNSTREAM_V2, DOWNSTREAM_V2_HEADER, UPSTREAM_V2, UPSTREAM_V2_HEADER};
use crate::addr::Mac;
use crate::messages::ParseError;
use crate::messages::packet_type::DATA;
use zerocopy::FromBytes;

/// Sends the frame on: from `from`, to `to`. For frames of any type.
///
/// # Errors
/// [`ParseError::Truncated`] if there is no Ethernet header.
#[inline]
pub fn rewrite(frame: &mut [u8], to: Mac, from: Mac) -> Result<(), ParseError> {
    let (addresses, _) = <[Mac; 2]>::mut_from_prefix(frame).map_err(|_| ParseError::Truncated)?;
    addresses[0] = to;
    addresses[1] = from;
    Ok(())
}

/// Sets the flags (0 to 7) and the hop limit (0 to 31) of a data frame of version 2.
///
/// # Errors
/// [`ParseError::Truncated`], [`ParseError::UnknownType`] or [`ParseError::UnknownSubtype`] if it is not one.
#[inline]
pub fn set_flags_and_hop_limit(frame: &mut [u8], flags: u8, hop_limit: u8) -> Result<(), ParseError> {
    *flags_and_limit(frame)? = pack(flags, hop_limit);
    Ok(())
}

/// Sets the hop limit (0 to 31) of a data frame of version 2 and leaves its flags.
///
/// # Errors
/// As [`set_flags_and_hop_limit`].
#[inline]
pub fn set_hop_limit(frame: &mut [u8], hop_limit: u8) -> Result<(), ParseError> {
    let byte = flags_and_limit(frame)?;
    *byte = pack(*byte >> 5, hop_limit);
    Ok(())
}

/// Sets the flags (0 to 7) of a data frame of version 2 and leaves its hop limit.
///
/// # Errors
/// As [`set_flags_and_hop_limit`].
#[inline]
pub fn set_flags(frame: &mut [u8], flags: u8) -> Result<(), ParseError> {
    let byte = flags_and_limit(frame)?;
    *byte = pack(flags, *byte);
    Ok(())
}

/// Names another RSU in a data frame of version 2.
///
/// # Errors
/// As [`set_flags_and_hop_limit`].
#[inline]
pub fn set_rsu(frame: &mut [u8], rsu: Mac) -> Result<(), ParseError> {
    header_len(frame)?;
    let target = frame.get_mut(RSU).ok_or(ParseError::Truncated)?;
    target.copy_from_slice(&rsu.0);
    Ok(())
}

#[inline]
fn flags_and_limit(frame: &mut [u8]) -> Result<&mut u8, ParseError> {
    let last = header_len(frame)? - 1;
    frame.get_mut(last).ok_or(ParseError::Truncated)
}

/// Length of the header of a data frame of version 2.
#[inline]
fn header_len(frame: &[u8]) -> Result<usize, ParseError> {
    let [.., kind, subtype] = frame.first_chunk::<16>().ok_or(ParseError::Truncated)?;
    match (*kind, *subtype) {
        (DATA, UPSTREAM_V2) => Ok(UPSTREAM_V2_HEADER),
        (DATA, DOWNSTREAM_V2) => Ok(DOWNSTREAM_V2_HEADER),
        (DATA, _) => Err(ParseError::UnknownSubtype),
        _ => Err(ParseError::UnknownType),
    }
}

/// Where both directions of version 2 name the RSU.
const RSU: std::ops::Range<usize> = 16..22;
