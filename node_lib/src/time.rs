//! Time as the core knows it: it is told, never read.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

/// A point in time: microseconds since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The start of the run.
    pub const ZERO: Instant = Instant(0);
    /// Later than anything that happens.
    pub const MAX: Instant = Instant(u64::MAX);

    /// The instant `micros` microseconds after the start.
    #[inline]
    pub const fn from_micros(micros: u64) -> Self {
        Instant(micros)
    }

    /// The instant `millis` milliseconds after the start.
    #[inline]
    pub const fn from_millis(millis: u64) -> Self {
        Instant(millis * 1000)
    }

    /// The instant `secs` seconds after the start.
    #[inline]
    pub const fn from_secs(secs: u64) -> Self {
        Instant(secs * 1_000_000)
    }

    /// Microseconds since the start.
    #[inline]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Whole milliseconds since the start.
    #[inline]
    pub const fn as_millis(self) -> u64 {
        self.0 / 1000
    }

    /// Seconds since the start.
    #[inline]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Time since `earlier`; zero if `earlier` is later.
    #[inline]
    pub const fn since(self, earlier: Instant) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// Rounds the duration up to whole microseconds, so that a deadline is never early; saturates at [`Instant::MAX`].
impl Add<Duration> for Instant {
    type Output = Instant;

    #[inline]
    fn add(self, by: Duration) -> Instant {
        let micros = by
            .as_secs()
            .saturating_mul(1_000_000)
            .saturating_add(u64::from(by.subsec_nanos().div_ceil(1000)));
        Instant(self.0.saturating_add(micros))
    }
}

impl AddAssign<Duration> for Instant {
    #[inline]
    fn add_assign(&mut self, by: Duration) {
        *self = *self + by;
    }
}

/// As [`Instant::since`].
impl Sub for Instant {
    type Output = Duration;

    #[inline]
    fn sub(self, earlier: Instant) -> Duration {
        self.since(earlier)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}s", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// A node's own time, from the time that it is told: it never goes back.
///
/// A clock that is set back would otherwise leave every deadline as far ahead, and everything that was heard as young, as
/// the step is long: an RSU would be silent for that time, and an OBU keep a next hop that is gone. So where the time told
/// lies before the latest one, the node's own stands still and goes on from there. A clock that is set forward can't be told
/// from a long silence, and is taken for one.
#[derive(Clone, Copy, Debug)]
pub struct Steady {
    /// The latest time told.
    latest: Instant,
    /// How far the node's own time is ahead of it, microseconds.
    ahead_us: u64,
}

impl Steady {
    /// From `now` on; until a step back, the node's own time is the time told.
    pub const fn new(now: Instant) -> Self {
        Steady { latest: now, ahead_us: 0 }
    }

    /// The time is `now`, as it is told; gives the node's own.
    #[inline]
    pub const fn tell(&mut self, now: Instant) -> Instant {
        self.ahead_us = self.ahead_us.saturating_add(self.latest.0.saturating_sub(now.0));
        self.latest = now;
        Instant(now.0.saturating_add(self.ahead_us))
    }

    /// What will be told when the node's own time is `at`.
    #[inline]
    pub const fn as_told(&self, at: Instant) -> Instant {
        Instant(at.0.saturating_sub(self.ahead_us))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_time_stands_still_over_a_step_back() {
        let mut steady = Steady::new(Instant::from_secs(5));
        let at = Instant::from_secs;
        assert_eq!([5, 7, 7, 60].map(|now| steady.tell(at(now))), [5, 7, 7, 60].map(at));
        assert_eq!([50, 51, 49, 70].map(|now| steady.tell(at(now))), [60, 61, 61, 82].map(at));
        assert_eq!((steady.as_told(at(90)), steady.as_told(at(1))), (at(78), at(0)));
    }

    #[test]
    fn deadlines_round_up_and_saturate() {
        assert_eq!(Instant::ZERO + Duration::from_nanos(1), Instant::from_micros(1));
        assert_eq!(Instant::MAX + Duration::MAX, Instant::MAX);
        assert_eq!(Instant::ZERO - Instant::from_secs(1), Duration::ZERO);
        assert_eq!(Instant::from_micros(1_000_002).to_string(), "1.000002s");
    }
}
