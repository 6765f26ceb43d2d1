//! The direct ray and the one that the ground reflects.

use super::turns::cosine;
use super::{SPEED_OF_LIGHT, free_space_db, from_db};

/// Two-ray interference (Sommer and Dressler, "Using the right two-ray model? A measurement-based evaluation of PHY models
/// in VANETs", ACM MobiCom 2011 poster): free space times |1 + Γ exp(iφ)|², where φ is the phase between the rays and Γ the
/// ground's reflection coefficient for horizontal polarisation.
///
/// The formula itself, but for the cosine of the phase, which is within 7e-10.
#[derive(Clone, Debug)]
pub(crate) struct TwoRay {
    /// Gain of free space at 1 m.
    gain_at_1m: f64,
    /// Wavelengths a metre.
    waves_per_m: f64,
    /// Relative permittivity of the ground, less one.
    excess: f64,
}

impl TwoRay {
    pub(crate) fn new(frequency_ghz: f64, permittivity: f64) -> TwoRay {
        TwoRay {
            gain_at_1m: from_db(-free_space_db(frequency_ghz)),
            waves_per_m: frequency_ghz * 1e9 / SPEED_OF_LIGHT,
            excess: permittivity - 1.0,
        }
    }

    /// The gain over the ground distance whose square is `squared` m², between antennas at these heights.
    #[inline]
    pub(crate) fn at(&self, squared: f64, heights: [f64; 2]) -> f64 {
        let squared = squared.max(1.0);
        let (reflection, waves) = self.reflected(squared, heights);
        let interference = 1.0 + 2.0 * reflection * cosine(waves) + reflection * reflection;
        self.gain_at_1m / squared * interference.max(0.0)
    }

    /// A bound on the gain at this distance and at all that are greater, between antennas up to these heights; it falls
    /// with distance.
    ///
    /// With g = -Γ the interference is (1 - g)² + 2 g (1 - cos φ). Both g and, once the rays are less than half a wave
    /// apart, cos φ grow with distance.
    pub(crate) fn bound(&self, distance: f64, heights: [f64; 2]) -> f64 {
        let squared = (distance * distance).max(1.0);
        let (reflection, waves) = self.reflected(squared, heights);
        let apart = if waves < 0.5 { 1.0 - cosine(waves) } else { 2.0 };
        self.gain_at_1m / squared * ((1.0 + reflection) * (1.0 + reflection) + 2.0 * apart)
    }

    /// The reflection coefficient Γ = (sin θ - √(ε - cos² θ)) / (sin θ + √(ε - cos² θ)), and by how many waves the
    /// reflected ray is the longer one.
    #[inline]
    fn reflected(&self, squared: f64, [a, b]: [f64; 2]) -> (f64, f64) {
        let direct = (squared + (a - b) * (a - b)).sqrt();
        let longer = (squared + (a + b) * (a + b)).sqrt();
        let sine = (a + b) / longer;
        let root = (self.excess + sine * sine).sqrt();
        // Free of cancellation: longer² - direct² = 4 a b.
        ((sine - root) / (sine + root), 4.0 * a * b / (longer + direct) * self.waves_per_m)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published formula as it stands, with complex numbers, dB.
    fn published(frequency_ghz: f64, permittivity: f64, d: f64, ht: f64, hr: f64) -> f64 {
        let wavelength = SPEED_OF_LIGHT / (frequency_ghz * 1e9);
        let direct = libm::hypot(d, ht - hr);
        let reflected = libm::hypot(d, ht + hr);
        let phase = 2.0 * std::f64::consts::PI * (direct - reflected) / wavelength;
        let (sine, cosine) = ((ht + hr) / reflected, d / reflected);
        let root = libm::sqrt(permittivity - cosine * cosine);
        let gamma = (sine - root) / (sine + root);
        let (re, im) = (1.0 + gamma * libm::cos(phase), gamma * libm::sin(phase));
        20.0 * libm::log10(4.0 * std::f64::consts::PI * d / wavelength / libm::hypot(re, im))
    }

    #[test]
    fn gains_are_those_of_the_published_formula() {
        let mut worst: f64 = 0.0;
        for (frequency, permittivity, heights) in [
            (5.9, 1.02, [1.6, 1.6]),
            (5.89, 1.02, [1.895, 1.895]),
            (5.9, 1.5, [5.0, 1.6]),
            (0.76, 1.02, [3.0, 0.75]),
        ] {
            let law = TwoRay::new(frequency, permittivity);
            for step in 0..3000 {
                let d = libm::pow(1.0027, f64::from(step));
                let loss = -10.0 * libm::log10(law.at(d * d, heights));
                let expected = published(frequency, permittivity, d, heights[0], heights[1]);
                worst = worst.max((loss - expected).abs());
                let swapped = law.at(d * d, [heights[1], heights[0]]);
                assert_eq!(law.at(d * d, heights), swapped, "not symmetric at {d} m");
            }
        }
        println!("two-ray: worst difference from the published formula {worst:e} dB");
        assert!(worst < 1e-5, "{worst:e} dB");
    }

    #[test]
    fn far_away_it_is_the_law_of_the_fourth_power() {
        // Two-ray ground reflection: d^4 / (ht hr)², whatever the frequency, where the ground reflects everything.
        let law = TwoRay::new(5.9, 1.5);
        let loss = -10.0 * libm::log10(law.at(1e10, [1.5, 2.0]));
        let expected = 40.0 * 5.0 - 20.0 * libm::log10(1.5 * 2.0);
        assert!((loss - expected).abs() < 0.01, "{loss} dB instead of {expected}");
    }

    #[test]
    fn the_bound_falls_and_holds() {
        for heights in [[1.6, 1.6], [5.0, 1.6], [0.5, 30.0]] {
            let law = TwoRay::new(5.9, 1.02);
            let mut before = f64::INFINITY;
            for step in 0..4000 {
                let d = libm::pow(1.003, f64::from(step));
                let bound = law.bound(d, heights);
                assert!(
                    bound <= before && law.at(d * d, heights) <= bound * (1.0 + 1e-8),
                    "{heights:?} at {d} m"
                );
                before = bound;
            }
        }
    }
}
