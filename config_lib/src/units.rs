//! Times and rates as people write them: `300s`, `20ms`, `10/s`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::time::Duration;

/// A length of time, in whole microseconds. Written `250us`, `20ms`, `300s`, `5m` or `1h`, or as a bare number of
/// seconds; decimals are allowed (`1.5s`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval(Duration);

/// How often something happens, per second. Written `10` or `10/s`; finite, and greater than zero.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Rate(f64);

/// Why a text is not an [`Interval`] or a [`Rate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// Not a number and a unit of time.
    #[error("not a time: write it like 250us, 20ms, 300s, 5m or 1h, or as a bare number of seconds")]
    NotATime,
    /// Time doesn't run backwards here.
    #[error("a time can't be negative")]
    Negative,
    /// The clock counts microseconds.
    #[error("a time is a whole number of microseconds: nothing finer is simulated")]
    TooFine,
    /// A number without limits, or too large a one.
    #[error("a time can't be longer than {MAX_HOURS} hours")]
    TooLong,
    /// Not a number per second.
    #[error("not a rate: write it as a number per second, like 10 or 10/s")]
    NotARate,
    /// A rate of nothing, or less.
    #[error("a rate must be greater than zero and at most {MAX_RATE} per second")]
    BadRate,
}

impl Interval {
    /// No time at all.
    pub const ZERO: Interval = Interval(Duration::ZERO);

    /// `micros` microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        Interval(Duration::from_micros(micros))
    }

    /// `millis` milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Interval(Duration::from_millis(millis))
    }

    /// `secs` seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Interval(Duration::from_secs(secs))
    }

    /// The same as a standard duration.
    pub const fn get(self) -> Duration {
        self.0
    }

    /// The same in microseconds; `u64::MAX` for what is longer.
    pub const fn micros(self) -> u64 {
        let micros = self.0.as_micros();
        if micros > u64::MAX as u128 { u64::MAX } else { micros as u64 }
    }

    /// A number of seconds. Refuses what is negative, not finite, too long, or not a whole number of microseconds.
    pub fn from_secs_f64(secs: f64) -> Result<Self, UnitError> {
        scaled(secs, 1e6)
    }
}

impl Rate {
    /// `per_second` times a second, which must be finite and greater than zero.
    pub fn new(per_second: f64) -> Result<Self, UnitError> {
        if per_second > 0.0 && per_second <= MAX_RATE {
            Ok(Rate(per_second))
        } else {
            Err(UnitError::BadRate)
        }
    }

    /// Times per second.
    pub const fn per_second(self) -> f64 {
        self.0
    }
}

impl Deref for Interval {
    type Target = Duration;

    fn deref(&self) -> &Duration {
        &self.0
    }
}

impl From<Interval> for Duration {
    fn from(interval: Interval) -> Duration {
        interval.0
    }
}

impl FromStr for Interval {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let text = text.trim();
        let unit_at = text.find(|c: char| c.is_ascii_alphabetic() || c == 'µ').unwrap_or(text.len());
        let (number, unit) = text.split_at(unit_at);
        let number = number.trim_end();
        if !number.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
            return Err(UnitError::NotATime);
        }
        let number: f64 = number.parse().map_err(|_| UnitError::NotATime)?;
        let micros = match unit {
            "us" | "µs" => 1.0,
            "ms" => 1e3,
            "s" | "" => 1e6,
            "m" | "min" => 60e6,
            "h" => 3600e6,
            _ => return Err(UnitError::NotATime),
        };
        scaled(number, micros)
    }
}

impl FromStr for Rate {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let number = text.trim();
        let number = number.strip_suffix("/s").unwrap_or(number).trim_end();
        if !number.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
            return Err(UnitError::NotARate);
        }
        Rate::new(number.parse().map_err(|_| UnitError::NotARate)?)
    }
}

/// The largest unit that gives a whole number: `300s`, `1500ms`, `250us`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.micros() {
            micros if micros % 1_000_000 == 0 => write!(f, "{}s", micros / 1_000_000),
            micros if micros % 1000 == 0 => write!(f, "{}ms", micros / 1000),
            micros => write!(f, "{micros}us"),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", self.0)
    }
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Interval {
    fn schema_name() -> Cow<'static, str> {
        "Interval".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "250us, 20ms, 300s, 5m, 1h, or a bare number of seconds",
            "anyOf": [
                { "type": "number", "minimum": 0 },
                { "type": "string", "pattern": r"^\s*[+]?([0-9]+\.?[0-9]*|\.[0-9]+)\s*(us|µs|ms|s|m|min|h)?\s*$" },
            ],
        })
    }
}

impl JsonSchema for Rate {
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "per second: 10/s, or just 10",
            "anyOf": [
                { "type": "number", "exclusiveMinimum": 0, "maximum": MAX_RATE },
                { "type": "string", "pattern": r"^\s*[+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*(/s)?\s*$" },
            ],
        })
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Quantity { number: Interval::from_secs_f64, wrong: UnitError::NotATime })
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Quantity { number: Rate::new, wrong: UnitError::NotARate })
    }
}

/// Reads a number or a text as a `T`.
struct Quantity<T> {
    number: fn(f64) -> Result<T, UnitError>,
    wrong: UnitError,
}

impl<T: FromStr<Err = UnitError>> Visitor<'_> for Quantity<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.wrong == UnitError::NotATime {
            "a time such as 20ms"
        } else {
            "a rate such as 10/s"
        })
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        (self.number)(number).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        self.visit_f64(number as f64)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        self.visit_f64(number as f64)
    }
}

/// `number` times `micros` microseconds.
fn scaled(number: f64, micros: f64) -> Result<Interval, UnitError> {
    let exact = number * micros;
    if exact.is_nan() {
        return Err(UnitError::NotATime);
    }
    if exact < 0.0 {
        return Err(UnitError::Negative);
    }
    if exact > (MAX_HOURS * 3600) as f64 * 1e6 {
        return Err(UnitError::TooLong);
    }
    let whole = exact.round();
    // Decimal fractions such as 0.1 are not exact in binary: allow for their error, relative to the number's size.
    if (exact - whole).abs() > 1e-6 + exact * 1e-12 {
        return Err(UnitError::TooFine);
    }
    Ok(Interval::from_micros(whole as u64))
}

/// The longest time that can be written: ten years.
const MAX_HOURS: u64 = 87_600;
/// The highest rate: one per microsecond, the clock's tick.
const MAX_RATE: f64 = 1e6;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_are_read_in_every_unit() {
        for (text, micros) in [
            ("300s", 300_000_000),
            ("20ms", 20_000),
            ("250us", 250),
            ("250µs", 250),
            ("5m", 300_000_000),
            ("5min", 300_000_000),
            ("1h", 3_600_000_000),
            ("1.5 s", 1_500_000),
            (" 0.1s ", 100_000),
            ("7", 7_000_000),
            ("0", 0),
        ] {
            assert_eq!(text.parse::<Interval>().map(Interval::micros), Ok(micros), "{text}");
        }
    }

    #[test]
    fn other_times_are_refused_with_the_reason() {
        for (text, error) in [
            ("", UnitError::NotATime),
            ("soon", UnitError::NotATime),
            ("inf", UnitError::NotATime),
            ("nan", UnitError::NotATime),
            ("10 parsecs", UnitError::NotATime),
            ("10S", UnitError::NotATime),
            ("1s2", UnitError::NotATime),
            ("1e3ms", UnitError::NotATime),
            ("-1s", UnitError::Negative),
            ("0.5us", UnitError::TooFine),
            ("1.0000005s", UnitError::TooFine),
            ("87601h", UnitError::TooLong),
        ] {
            assert_eq!(text.parse::<Interval>(), Err(error), "{text}");
        }
    }

    #[test]
    fn rates_are_finite_and_positive() {
        assert_eq!("10/s".parse::<Rate>().map(Rate::per_second), Ok(10.0));
        assert_eq!(" 0.5 /s".parse::<Rate>().map(Rate::per_second), Ok(0.5));
        for (text, error) in [
            ("0", UnitError::BadRate),
            ("-1/s", UnitError::BadRate),
            ("2e6", UnitError::BadRate),
            ("1e999", UnitError::BadRate),
            ("ten", UnitError::NotARate),
            ("inf", UnitError::NotARate),
            ("10/m", UnitError::NotARate),
            ("", UnitError::NotARate),
        ] {
            assert_eq!(text.parse::<Rate>(), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn written_and_read_back(micros in 0..=MAX_HOURS * 3_600_000_000, rate in 1e-9..MAX_RATE) {
            let interval = Interval::from_micros(micros);
            prop_assert_eq!(interval.to_string().parse(), Ok(interval));
            let rate = Rate::new(rate).unwrap();
            prop_assert_eq!(rate.to_string().parse(), Ok(rate));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,20}") {
            let _ = text.parse::<Interval>();
            let _ = text.parse::<Rate>();
        }
    }
}
