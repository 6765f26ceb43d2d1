//! [`Propagation`] prepared for the radios of a run.

use super::{DualSlope, MeanGain, PathLoss, Propagation, free_space_db};
use crate::error::RadioError;
use crate::fading::Fader;
use crate::grid::squared_distance;
use crate::medium::{Locations, RadioId};
use node_lib::random::Key;
use node_lib::time::Instant;

/// Gains between antennas, as a function of the seed, the two radios, time and positions: what was asked before changes
/// no answer.
#[derive(Clone, Debug)]
pub struct Channel {
    gain_at_1m: f64,
    law: MeanGain,
    fader: Fader,
}

/// A radio and where it is.
pub type Placed = (RadioId, [f64; 2]);

impl Channel {
    /// The channel between radios of these names, which their draws are keyed by.
    ///
    /// # Errors
    /// [`RadioError::OutOfRange`]: a setting.
    pub fn new(settings: &Propagation, _seed: Key, _names: &[u64]) -> Result<Channel, RadioError> {
        settings.check()?;
        let law = match settings.path_loss {
            PathLoss::FreeSpace => DualSlope { near_exponent: 2.0, far_exponent: 2.0, breakpoint_m: 1.0 },
            PathLoss::DualSlope(law) => law,
        };
        Ok(Channel {
            gain_at_1m: libm::pow(10.0, -free_space_db(settings.frequency_ghz) / 10.0),
            law: MeanGain::new(&law),
            fader: Fader::new(settings.fading.unwrap_or_else(|| settings.path_loss.fading())),
        })
    }

    /// Mean gain on power between isotropic antennas of two radios at these positions, linear: the same both ways, and
    /// finite.
    #[inline]
    pub fn mean_gain(&mut self, now: Instant, a: Placed, b: Placed, locations: &dyn Locations) -> f64 {
        self.peek_gain(now, a, b, locations)
    }

    /// [`Channel::mean_gain`] without what that remembers to be faster; the same figure.
    #[inline]
    pub fn peek_gain(&self, _now: Instant, a: Placed, b: Placed, _locations: &dyn Locations) -> f64 {
        self.gain_at_1m * self.law.at(squared_distance(a.1, b.1))
    }

    /// Fading of one frame at one receiver: the gain on power for the uniform draw `draw` / 2^32, at a distance whose
    /// square is `squared` m². It grows with the draw.
    #[inline]
    pub fn fade(&self, draw: u32, squared: f64) -> f64 {
        self.fader.gain(draw, squared)
    }

    /// Mean of `value` over the gain of fading, at a distance whose square is `squared` m².
    pub fn mean_over_fading(&self, squared: f64, value: impl Fn(f64) -> f64) -> f64 {
        self.fader.mean(squared, value)
    }

    /// The larger of the means of `value` with near and with far fading, whatever the distance.
    pub fn largest_mean_over_fading(&self, value: impl Fn(f64) -> f64) -> f64 {
        self.fader.largest_mean(value)
    }

    /// A distance, metres, beyond which the mean gain is below `least`, at most 10 000 km.
    pub fn reach_m(&self, least: f64) -> f64 {
        let reaches = |distance: f64| self.gain_at_1m * self.law.at(distance * distance) >= least;
        let mut far = 1.0;
        while far < LARGEST_REACH_M && reaches(far) {
            far *= 2.0;
        }
        let mut near = far / 2.0;
        for _ in 0..30 {
            let middle = (near + far) / 2.0;
            if reaches(middle) { near = middle } else { far = middle }
        }
        far
    }
}

const LARGEST_REACH_M: f64 = 1e7;

#[cfg(test)]
mod tests {
    use super::*;

    /// A field without a clock: positions come with the question.
    struct Still;

    impl Locations for Still {
        fn position(&self, _: RadioId, _: Instant) -> Option<[f64; 2]> {
            None
        }

        fn max_speed(&self) -> f64 {
            0.0
        }
    }

    fn channel(path_loss: PathLoss) -> Channel {
        let settings = Propagation { path_loss, ..Propagation::default() };
        Channel::new(&settings, Key::seed(1), &[1, 2]).expect("valid settings")
    }

    fn loss_db(channel: &Channel, distance: f64) -> f64 {
        let ends = [(RadioId(0), [3.0, -4.0]), (RadioId(1), [3.0, distance - 4.0])];
        -10.0 * libm::log10(channel.peek_gain(Instant::ZERO, ends[0], ends[1], &Still))
    }

    #[test]
    fn gains_are_those_of_the_formulas() {
        let (free, dual) = (channel(PathLoss::FreeSpace), channel(PathLoss::default()));
        for (distance, in_free_space, dual_slope) in [
            (0.0, 47.865, 47.865),
            (1.0, 47.865, 47.865),
            (100.0, 87.865, 87.865),
            (1000.0, 107.865, 127.865),
        ] {
            assert!((loss_db(&free, distance) - in_free_space).abs() < 1e-3, "free space, {distance} m");
            assert!((loss_db(&dual, distance) - dual_slope).abs() < 1e-3, "dual slope, {distance} m");
        }
    }

    #[test]
    fn nothing_reaches_beyond_the_reach() {
        for path_loss in [PathLoss::FreeSpace, PathLoss::default()] {
            let channel = channel(path_loss);
            for least_db in [-60.0, -90.0, -120.0, -150.0] {
                let reach = channel.reach_m(libm::pow(10.0, least_db / 10.0));
                assert!(
                    (loss_db(&channel, reach) + least_db).abs() < 1e-3,
                    "{path_loss:?}, {least_db} dB: {reach} m"
                );
            }
        }
    }

    #[test]
    fn impossible_settings_are_refused() {
        let settings = [
            Propagation { frequency_ghz: 0.0, ..Propagation::default() },
            Propagation {
                path_loss: PathLoss::DualSlope(DualSlope { breakpoint_m: 0.0, ..DualSlope::default() }),
                ..Propagation::default()
            },
        ];
        for settings in settings {
            let refused = Channel::new(&settings, Key::seed(1), &[]);
            assert!(matches!(refused, Err(RadioError::OutOfRange { .. })), "{settings:?}");
        }
    }
}
