//! Limits of single values that a range doesn't express.

use super::units::Interval;

/// A name that can be a folder, a table's cell and a part of an override's key.
pub(super) fn name(name: &str, _: &()) -> garde::Result {
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

/// Metres within a day's drive of the origin.
pub(super) fn coordinate(metres: &f64, _: &()) -> garde::Result {
    if metres.abs() <= MAX_COORDINATE {
        Ok(())
    } else {
        Err(garde::Error::new(format_args!("a coordinate is at most {MAX_COORDINATE} m from the origin")))
    }
}

/// How long something may take on its way.
pub(super) fn delay(delay: &Interval, _: &()) -> garde::Result {
    if *delay <= MAX_DELAY {
        Ok(())
    } else {
        Err(garde::Error::new(format_args!("a delay is at most {MAX_DELAY}")))
    }
}

/// How often the protocol may do something.
pub(super) fn period(period: &Interval, _: &()) -> garde::Result {
    if (MIN_PERIOD..=MAX_PERIOD).contains(period) {
        Ok(())
    } else {
        Err(garde::Error::new(format_args!("this time is {MIN_PERIOD} to {MAX_PERIOD}")))
    }
}

/// The rates of IEEE 802.11p in a 10 MHz channel, Mb/s.
pub(super) fn data_rate(rate: &f64, _: &()) -> garde::Result {
    if DATA_RATES.contains(rate) {
        Ok(())
    } else {
        Err(garde::Error::new("the data rates are 3, 4.5, 6, 9, 12, 18, 24 and 27 Mb/s"))
    }
}

/// An EtherType that is no length and belongs to nobody whose frames we would disturb.
pub(super) fn ethertype(ethertype: &u16, _: &()) -> garde::Result {
    if *ethertype < MIN_ETHERTYPE {
        Err(garde::Error::new("an EtherType is 0x0600 or above; below that it is a length"))
    } else if let Some((_, owner)) = TAKEN_ETHERTYPES.iter().find(|(taken, _)| taken == ethertype) {
        Err(garde::Error::new(format_args!("this EtherType is {owner}'s; the default is 0x88b5")))
    } else {
        Ok(())
    }
}

const MAX_NAME: usize = 64;
const MAX_COORDINATE: f64 = 1e7;
const MAX_DELAY: Interval = Interval::from_secs(60);
const MIN_PERIOD: Interval = Interval::from_millis(1);
const MAX_PERIOD: Interval = Interval::from_secs(3600);
const DATA_RATES: [f64; 8] = [3.0, 4.5, 6.0, 9.0, 12.0, 18.0, 24.0, 27.0];
const MIN_ETHERTYPE: u16 = 0x0600;
const TAKEN_ETHERTYPES: [(u16, &str); 5] =
    [(0x0800, "IPv4"), (0x0806, "ARP"), (0x86dd, "IPv6"), (0x8947, "GeoNetworking"), (0x88dc, "WSMP")];
