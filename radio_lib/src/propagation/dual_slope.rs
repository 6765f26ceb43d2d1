//! Path loss with two slopes.

use super::SPEED_OF_LIGHT;
use super::power::Power;
use crate::error::{RadioError, check};

/// Path loss that falls with one exponent up to a breakpoint and with another beyond it (Cheng et al., "Mobile
/// vehicle-to-vehicle narrow-band channel measurement and characterization of the 5.9 GHz DSRC frequency band", IEEE
/// JSAC 25(8), 2007). At 1 m it is that of free space; nearer than 1 m it stays there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DualSlope {
    /// Exponent up to the breakpoint.
    pub near_exponent: f64,
    /// Exponent beyond it.
    pub far_exponent: f64,
    /// The breakpoint, metres.
    pub breakpoint_m: f64,
}

impl Default for DualSlope {
    /// Exponents 2 and 4, breakpoint at 100 m.
    fn default() -> Self {
        DualSlope { near_exponent: 2.0, far_exponent: 4.0, breakpoint_m: 100.0 }
    }
}

impl DualSlope {
    /// The loss, dB, over `distance_m` metres at `frequency_ghz`:
    /// L(1 m) + 10 n1 lg(min(d, db)) + 10 n2 lg(max(d / db, 1)).
    pub fn loss_db(&self, frequency_ghz: f64, distance_m: f64) -> f64 {
        let distance = distance_m.max(1.0);
        free_space_db(frequency_ghz)
            + 10.0 * self.near_exponent * libm::log10(distance.min(self.breakpoint_m))
            + 10.0 * self.far_exponent * libm::log10((distance / self.breakpoint_m).max(1.0))
    }

    pub(crate) fn check(&self) -> Result<(), RadioError> {
        let exponent = "between 1 and 10";
        check((1.0..=10.0).contains(&self.near_exponent), "near_exponent", self.near_exponent, exponent)?;
        check((1.0..=10.0).contains(&self.far_exponent), "far_exponent", self.far_exponent, exponent)?;
        let ok = self.breakpoint_m >= 1.0 && self.breakpoint_m.is_finite();
        check(ok, "breakpoint_m", self.breakpoint_m, "at least 1 metre")
    }
}

/// Loss of free space over the first metre, dB: 20 lg(4 π f / c); 47.865 at 5.9 GHz.
pub(crate) fn free_space_db(frequency_ghz: f64) -> f64 {
    20.0 * libm::log10(4.0 * std::f64::consts::PI * frequency_ghz * 1e9 / SPEED_OF_LIGHT)
}

/// [`DualSlope`] prepared for the squared distance, relative to the power at 1 m. With the default exponents it costs
/// one division; others come from a table ([`Power`]).
#[derive(Clone, Debug)]
pub(crate) struct MeanGain {
    breakpoint_squared: f64,
    near: Slope,
    far: Slope,
}

/// factor x d^-exponent as a function of d².
#[derive(Clone, Debug)]
enum Slope {
    Square { factor: f64 },
    Fourth { factor: f64 },
    Any { factor: f64, power: Power },
}

impl MeanGain {
    pub(crate) fn new(path_loss: &DualSlope) -> MeanGain {
        let step = libm::pow(path_loss.breakpoint_m, path_loss.far_exponent - path_loss.near_exponent);
        MeanGain {
            breakpoint_squared: path_loss.breakpoint_m * path_loss.breakpoint_m,
            near: Slope::new(1.0, path_loss.near_exponent),
            far: Slope::new(step, path_loss.far_exponent),
        }
    }

    /// Mean power at a distance whose square is `squared` m², relative to that at 1 m.
    #[inline]
    pub(crate) fn at(&self, squared: f64) -> f64 {
        let slope = if squared <= self.breakpoint_squared { &self.near } else { &self.far };
        slope.at(squared.max(1.0))
    }
}

impl Slope {
    fn new(factor: f64, exponent: f64) -> Slope {
        if exponent == 2.0 {
            Slope::Square { factor }
        } else if exponent == 4.0 {
            Slope::Fourth { factor }
        } else {
            Slope::Any { factor, power: Power::new(exponent / 2.0) }
        }
    }

    #[inline]
    fn at(&self, squared: f64) -> f64 {
        match self {
            Slope::Square { factor } => factor / squared,
            Slope::Fourth { factor } => factor / (squared * squared),
            Slope::Any { factor, power } => factor * power.at(squared),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_those_of_the_formula() {
        let law = DualSlope::default();
        let table = [
            (0.1, 47.865),
            (1.0, 47.865),
            (10.0, 67.865),
            (100.0, 87.865),
            (200.0, 99.906),
            (1000.0, 127.865),
        ];
        for (distance, loss) in table {
            assert!(
                (law.loss_db(5.9, distance) - loss).abs() < 1e-3,
                "{distance} m: {}",
                law.loss_db(5.9, distance)
            );
        }
        // Half the frequency loses 6.02 dB less.
        assert!((law.loss_db(5.9, 50.0) - law.loss_db(2.95, 50.0) - 6.0206).abs() < 1e-4);
    }

    #[test]
    fn the_fast_form_is_the_same_law() {
        let laws = [
            DualSlope::default(),
            DualSlope { near_exponent: 1.9, far_exponent: 3.8, breakpoint_m: 104.0 },
            DualSlope { near_exponent: 4.0, far_exponent: 2.0, breakpoint_m: 20.0 },
        ];
        for law in laws {
            let fast = MeanGain::new(&law);
            for step in 0..400 {
                let distance = 0.5 * libm::pow(1.03, f64::from(step));
                let loss = free_space_db(5.9) - 10.0 * libm::log10(fast.at(distance * distance));
                let bound = if law == DualSlope::default() { 1e-9 } else { 3e-4 };
                assert!((loss - law.loss_db(5.9, distance)).abs() < bound, "{law:?} at {distance} m: {loss}");
            }
        }
    }

    #[test]
    fn impossible_laws_are_refused() {
        for law in [
            DualSlope { near_exponent: f64::NAN, ..DualSlope::default() },
            DualSlope { far_exponent: 0.0, ..DualSlope::default() },
            DualSlope { breakpoint_m: f64::INFINITY, ..DualSlope::default() },
        ] {
            assert!(matches!(law.check(), Err(RadioError::OutOfRange { .. })), "{law:?}");
        }
    }
}
