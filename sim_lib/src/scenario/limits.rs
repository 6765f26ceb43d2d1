//! Limits of single values that a range doesn't express, and that scenarios alone have.

use config_lib::{Interval, Rate};

/// Metres within a day's drive of the origin.
pub fn coordinate(metres: &f64, _: &()) -> garde::Result {
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

/// The rates of IEEE 802.11p in a 10 MHz channel, Mb/s.
pub(super) fn data_rate(rate: &f64, _: &()) -> garde::Result {
    if radio_lib::Rate::from_mbps(*rate).is_some() {
        Ok(())
    } else {
        Err(garde::Error::new("the data rates are 3, 4.5, 6, 9, 12, 18, 24 and 27 Mb/s"))
    }
}

/// How often a node sends beacons.
pub(super) fn beacon_rate(rate: &Rate, _: &()) -> garde::Result {
    if (MIN_BEACON_RATE..=MAX_BEACON_RATE).contains(&rate.per_second()) {
        Ok(())
    } else {
        Err(garde::Error::new(format_args!(
            "beacons are sent {MIN_BEACON_RATE} to {MAX_BEACON_RATE} times a second"
        )))
    }
}

/// How far a clock may be set.
pub(super) fn step(step: &Interval, _: &()) -> garde::Result {
    if *step > Interval::ZERO && *step <= MAX_STEP {
        Ok(())
    } else {
        Err(garde::Error::new(format_args!("a clock is set by more than 0s and at most {MAX_STEP}")))
    }
}

/// How long somebody is waited for.
pub(super) fn patience(time: &Interval, _: &()) -> garde::Result {
    if (Interval::from_secs(1)..=MAX_PATIENCE).contains(time) {
        Ok(())
    } else {
        Err(garde::Error::new(format_args!("this time is 1s to {MAX_PATIENCE}")))
    }
}

/// How long something lasts.
pub(super) fn length(length: &Interval, _: &()) -> garde::Result {
    if *length > Interval::ZERO && *length <= MAX_STEP {
        Ok(())
    } else {
        Err(garde::Error::new(format_args!("it lasts longer than 0s, and at most {MAX_STEP}")))
    }
}

/// How long a burst or the time to the next one lasts on average.
pub(super) fn mean_time(time: &Interval, _: &()) -> garde::Result {
    if *time >= SHORTEST_MEAN {
        Ok(())
    } else {
        Err(garde::Error::new(format_args!("a mean time is at least {SHORTEST_MEAN}")))
    }
}

/// The farthest that anything is from the origin, metres.
pub const MAX_COORDINATE: f64 = 1e7;
/// The longest delay of a link.
pub const MAX_DELAY: Interval = Interval::from_secs(60);
const MIN_BEACON_RATE: f64 = 0.01;
const MAX_BEACON_RATE: f64 = 1000.0;
const MAX_PATIENCE: Interval = Interval::from_secs(3600);
const MAX_STEP: Interval = Interval::from_secs(24 * 3600);
const SHORTEST_MEAN: Interval = Interval::from_millis(1);
