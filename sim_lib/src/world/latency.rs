//! Distributions of times.

use crate::results::Quantiles;
use hdrhistogram::Histogram;
use std::time::Duration;

/// Times in microseconds with three significant digits. It takes no memory until the first time is recorded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latencies(Option<Histogram<u32>>);

impl Latencies {
    /// Records one time.
    #[inline]
    pub(crate) fn record(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX).min(LONGEST);
        // It resizes itself as far as LONGEST needs.
        let recorded = self.0.get_or_insert_with(empty).record(micros);
        debug_assert!(recorded.is_ok());
    }

    /// Adds what another one recorded.
    pub(crate) fn add(&mut self, other: &Latencies) {
        if let Some(other) = &other.0 {
            let sum = self.0.get_or_insert_with(empty);
            // Both resize themselves and have the same precision, so this cannot fail.
            let added = sum.add(other);
            debug_assert!(added.is_ok());
        }
    }

    /// How many times are above `limit`.
    pub(crate) fn above(&self, limit: Duration) -> u64 {
        let limit = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX);
        let above = |times: &Histogram<u32>| times.len() as f64 * (1.0 - times.quantile_below(limit));
        self.0.as_ref().filter(|times| !times.is_empty()).map_or(0, |times| above(times).round() as u64)
    }

    /// The distribution: how many times are up to each limit, in milliseconds, and above the one before. [`STEPS`] limits lie
    /// between a time and ten times that; those that nothing falls to are left out.
    pub(crate) fn steps(&self) -> Vec<(f64, u64)> {
        let mut steps: Vec<(f64, u64)> = Vec::new();
        let recorded = self.0.iter().flat_map(Histogram::iter_recorded);
        for value in recorded {
            let (limit, count) = (limit(value.value_iterated_to()), u64::from(value.count_at_value()));
            match steps.last_mut() {
                Some(last) if last.0 == limit => last.1 += count,
                _ => steps.push((limit, count)),
            }
        }
        steps
    }

    /// The quantiles, milliseconds.
    pub(crate) fn quantiles(&self) -> Quantiles {
        let Some(times) = self.0.as_ref().filter(|times| !times.is_empty()) else {
            return Quantiles::default();
        };
        let at = |quantile| Some(times.value_at_quantile(quantile) as f64 / 1000.0);
        Quantiles {
            count: times.len(),
            median_ms: at(0.5),
            p95_ms: at(0.95),
            p99_ms: at(0.99),
            max_ms: Some(times.max() as f64 / 1000.0),
        }
    }
}

fn empty() -> Histogram<u32> {
    Histogram::new(DIGITS).expect("the number of digits is a constant in range")
}

/// The least of the limits that a time is not above, milliseconds.
fn limit(micros: u64) -> f64 {
    let step = libm::ceil(libm::log10(micros.max(1) as f64) * STEPS);
    libm::ceil(libm::pow(10.0, step / STEPS)) / 1000.0
}

const DIGITS: u8 = 3;

/// Limits between a time and ten times that, in [`Latencies::steps`].
const STEPS: f64 = 100.0;

/// One day. Longer ones are recorded as this; nothing in a network takes that long.
const LONGEST: u64 = 86_400_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_exact_to_three_digits() {
        let (mut odd, mut even) = (Latencies::default(), Latencies::default());
        assert_eq!(odd.quantiles(), Quantiles::default());
        for micros in 1..=10_000u64 {
            let half = if micros % 2 == 1 { &mut odd } else { &mut even };
            half.record(Duration::from_micros(micros * 10));
        }
        odd.add(&even);
        odd.add(&Latencies::default());
        let found = odd.quantiles();
        assert_eq!(found.count, 10_000);
        for (value, expected) in
            [(found.median_ms, 50.0), (found.p95_ms, 95.0), (found.p99_ms, 99.0), (found.max_ms, 100.0)]
        {
            let value = value.unwrap();
            assert!((value / expected - 1.0).abs() < 1e-3, "{value} instead of {expected}");
        }
    }

    #[test]
    fn steps_hold_every_time_between_two_limits() {
        let mut times = Latencies::default();
        assert_eq!(times.steps(), []);
        // From 1 µs to 3 h, each a little longer.
        let micros = || std::iter::successors(Some(0u64), |last| Some(last + last / 300 + 1));
        let micros = || micros().take_while(|micros| *micros < 10_800_000_000);
        micros().for_each(|micros| times.record(Duration::from_micros(micros)));
        let steps = times.steps();
        assert!(steps.len() < 1001, "{}", steps.len());
        let mut before = -1.0;
        for (limit, count) in steps {
            // Times are recorded to three digits.
            let within = |micros: &u64| {
                let millis = *micros as f64 / 1000.0;
                millis > before * 1.001 && millis <= limit
            };
            let found = micros().filter(within).count() as u64;
            assert!(count.abs_diff(found) <= 1 + count / 4, "{count} up to {limit} ms, {found} were there");
            assert!(before < limit && (before < 0.1 || limit / before < 1.04), "{before} {limit}");
            before = limit;
        }
        assert_eq!(times.steps().iter().map(|(_, count)| count).sum::<u64>(), micros().count() as u64);
        assert_eq!([1, 1000, 1001, 1024].map(limit), [0.001, 1.0, 1.024, 1.048]);
    }

    #[test]
    fn absurd_times_do_no_harm() {
        let mut times = Latencies::default();
        times.record(Duration::MAX);
        assert_eq!(times.quantiles().count, 1);
    }
}
