//! The adaptive approach: LIMERIC.

use std::time::Duration;

/// LIMERIC (Bansal, Kenney, Rohrs: "LIMERIC: a linear adaptive message rate algorithm for DSRC congestion control", IEEE
/// Transactions on Vehicular Technology 62(9), 2013), as in ETSI TS 102 687 V1.2.1, clause 5.4, with the parameters of its table 3.
///
/// The share of time δ that a radio may send moves towards what brings the channel busy ratio to its target, every 200 ms:
/// δ ← (1 - α) δ + β (target - ratio), where the second term is limited on both sides, and so is δ. Among N radios that all hear
/// each other and whose frames don't overlap the ratio is N δ, so that all come to δ = β target / (α + N β), and the ratio to
/// target / (1 + α / (N β)).
#[derive(Clone, Debug)]
pub struct Limeric {
    /// δ: the share of time that it may send.
    duty_cycle: f64,
    busy_ratio: f64,
    /// The first of the two measurements between updates.
    first: Option<f64>,
}

impl Default for Limeric {
    /// Begins in the middle between the limits of δ.
    fn default() -> Self {
        Limeric { duty_cycle: (DELTA_MIN + DELTA_MAX) / 2.0, busy_ratio: 0.0, first: None }
    }
}

impl Limeric {
    /// See [`super::Controller::measured`].
    pub(super) fn measured(&mut self, busy_ratio: f64) {
        let Some(first) = self.first.take() else {
            self.first = Some(busy_ratio);
            return;
        };
        self.busy_ratio = 0.5 * self.busy_ratio + 0.25 * (first + busy_ratio);
        let towards = (BETA * (CBR_TARGET - self.busy_ratio)).clamp(LARGEST_LOSS, LARGEST_GAIN);
        self.duty_cycle = ((1.0 - ALPHA) * self.duty_cycle + towards).clamp(DELTA_MIN, DELTA_MAX);
    }

    /// From the start of a frame that takes `airtime` to that of the next: `airtime` is the share δ of it (annex B of TS 102 687).
    pub(super) fn interval(&self, airtime: Duration) -> Duration {
        airtime.div_f64(self.duty_cycle).clamp(SHORTEST, LONGEST)
    }
}

/// What the channel busy ratio is brought to, at most.
const CBR_TARGET: f64 = 0.68;
const ALPHA: f64 = 0.016;
const BETA: f64 = 0.0012;
const DELTA_MIN: f64 = 0.0006;
const DELTA_MAX: f64 = 0.03;
/// Limits of what one update adds.
const LARGEST_GAIN: f64 = 0.0005;
const LARGEST_LOSS: f64 = -0.00025;
const SHORTEST: Duration = Duration::from_millis(25);
const LONGEST: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    /// Radios that all hear each other, whose frames don't overlap, after so many updates.
    fn together(radios: &mut [Limeric], updates: usize) -> f64 {
        let busy = |radios: &[Limeric]| radios.iter().map(|radio| radio.duty_cycle).sum::<f64>().min(1.0);
        for _ in 0..updates {
            for _ in 0..2 {
                let now = busy(radios);
                radios.iter_mut().for_each(|radio| radio.measured(now));
            }
        }
        busy(radios)
    }

    #[test]
    fn the_channel_comes_to_the_fixed_point() {
        for count in [30, 50, 100, 200, 500] {
            let mut radios = vec![Limeric::default(); count];
            let found = together(&mut radios, 2000);
            let expected = CBR_TARGET / (1.0 + ALPHA / (count as f64 * BETA));
            assert!((found - expected).abs() < 1e-3, "{found} instead of {expected} with {count}");
        }
        // Few radios may all send as much as is allowed, and so many that each sends the least exceed the target.
        let alone = together(&mut [Limeric::default()], 500);
        assert!((alone - DELTA_MAX).abs() < 1e-9, "{alone}");
        let crowd = together(&mut vec![Limeric::default(); 1500], 2000);
        assert!((crowd - 1500.0 * DELTA_MIN).abs() < 1e-9, "{crowd}");
    }

    #[test]
    fn whoever_began_with_more_ends_with_the_same() {
        let start = |index: usize| DELTA_MIN + (DELTA_MAX - DELTA_MIN) * index as f64 / 99.0;
        let mut radios: Vec<Limeric> =
            (0..100).map(|index| Limeric { duty_cycle: start(index), ..Limeric::default() }).collect();
        together(&mut radios, 1000);
        let (sum, squares) = radios
            .iter()
            .map(|radio| radio.duty_cycle)
            .fold((0.0, 0.0), |(sum, squares), share| (sum + share, squares + share * share));
        let fairness = sum * sum / (100.0 * squares);
        assert!(fairness > 0.9999, "Jain's index is {fairness}");
    }

    #[test]
    fn the_interval_is_as_long_as_the_frame_needs_within_limits() {
        let with = |duty_cycle| Limeric { duty_cycle, ..Limeric::default() };
        let of = |limeric: &Limeric, micros| limeric.interval(Duration::from_micros(micros)).as_micros();
        assert_eq!(of(&with(0.004), 496), 124_000);
        assert_eq!(of(&with(DELTA_MAX), 496), 25_000, "never more often than this");
        assert_eq!(of(&with(DELTA_MIN), 1_000), 1_000_000, "and never less often than this");
    }

    #[test]
    fn each_update_is_limited() {
        let mut limeric = Limeric { duty_cycle: 0.01, ..Limeric::default() };
        (0..2).for_each(|_| limeric.measured(0.0));
        assert!((limeric.duty_cycle - (0.984 * 0.01 + 0.0005)).abs() < 1e-12);
        let mut limeric = Limeric { duty_cycle: 0.01, busy_ratio: 1.0, first: None };
        (0..2).for_each(|_| limeric.measured(1.0));
        assert!((limeric.duty_cycle - (0.984 * 0.01 - 0.00025)).abs() < 1e-12);
    }
}
