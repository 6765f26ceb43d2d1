//! Limits of single values that a range doesn't express, for `#[garde(custom(…))]`.

use crate::units::Interval;

/// A name that can be a folder, a table's cell and a part of an override's key.
///
/// # Errors
/// What a name is like, if this is none.
pub fn name(name: &str, _: &()) -> garde::Result {
    let fits = !name.is_empty()
        && name.len() <= MAX_NAME
        && !name.starts_with('-')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if fits {
        Ok(())
    } else {
        Err(garde::Error::new(format_args!(
            "a name has 1 to {MAX_NAME} letters, digits, `-` and `_`, and doesn't start with `-`"
        )))
    }
}

/// How often the protocol may do something.
///
/// # Errors
/// The limits, if this is outside of them.
pub fn period(period: &Interval, _: &()) -> garde::Result {
    if (MIN_PERIOD..=MAX_PERIOD).contains(period) {
        Ok(())
    } else {
        Err(garde::Error::new(format_args!("this time is {MIN_PERIOD} to {MAX_PERIOD}")))
    }
}

/// An EtherType that is no length and belongs to nobody whose frames we would disturb.
///
/// # Errors
/// Why this one isn't ours to use.
pub fn ethertype(ethertype: &u16, _: &()) -> garde::Result {
    if *ethertype < MIN_ETHERTYPE {
        Err(garde::Error::new("an EtherType is 0x0600 or above; below that it is a length"))
    } else if let Some((_, owner)) = TAKEN_ETHERTYPES.iter().find(|(taken, _)| taken == ethertype) {
        Err(garde::Error::new(format_args!("this EtherType is {owner}'s; the default is 0x88b5")))
    } else {
        Ok(())
    }
}

const MAX_NAME: usize = 64;
const MIN_PERIOD: Interval = Interval::from_millis(1);
const MAX_PERIOD: Interval = Interval::from_secs(3600);
const MIN_ETHERTYPE: u16 = 0x0600;
const TAKEN_ETHERTYPES: [(u16, &str); 5] =
    [(0x0800, "IPv4"), (0x0806, "ARP"), (0x86dd, "IPv6"), (0x8947, "GeoNetworking"), (0x88dc, "WSMP")];
