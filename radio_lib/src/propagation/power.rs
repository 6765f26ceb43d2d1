//! Powers with any exponent, fast.

/// x^-h for x of at least 1: a table of the octaves, and one of the powers within an octave, 256 points and linear between
/// them.
///
/// The power is convex, so that the line between two points lies above it, relatively by at most
/// h (h + 1) / 8 x (1 / 256)²: below 6e-5 (0.0003 dB) for h up to 5.
#[derive(Clone, Debug)]
pub(crate) struct Power {
    octaves: Vec<f64>,
    within: Vec<f64>,
}

impl Power {
    pub(crate) fn new(h: f64) -> Power {
        let steps = 1u32 << STEP_BITS;
        Power {
            octaves: (0..1024).map(|octave| libm::exp2(-h * f64::from(octave))).collect(),
            within: (0..=steps).map(|step| libm::pow(1.0 + f64::from(step) / f64::from(steps), -h)).collect(),
        }
    }

    /// x^-h; that of 1 for a smaller x, zero for infinity.
    #[inline]
    pub(crate) fn at(&self, x: f64) -> f64 {
        let raw = x.max(1.0).to_bits();
        let octave = ((raw >> 52) - 1023) as usize;
        let step = (raw >> FRACTION_BITS) as usize & ((1 << STEP_BITS) - 1);
        let fraction = (raw & ((1 << FRACTION_BITS) - 1)) as f64 * (1.0 / (1u64 << FRACTION_BITS) as f64);
        match (self.octaves.get(octave), self.within.get(step..)) {
            (Some(octave), Some([left, right, ..])) => octave * (left + (right - left) * fraction),
            _ => 0.0,
        }
    }
}

const STEP_BITS: u32 = 8;
const FRACTION_BITS: u32 = 52 - STEP_BITS;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_within_the_stated_error() {
        for h in [0.5, 0.835, 1.5, 1.9, 5.0] {
            let power = Power::new(h);
            let bound = h * (h + 1.0) / 8.0 / 65536.0;
            let mut worst: f64 = 0.0;
            for step in 0..200_000 {
                let x = libm::exp2(f64::from(step) * 2.3e-4);
                let error = power.at(x) * libm::pow(x, h) - 1.0;
                assert!(error > -1e-12 && error < bound * 1.001, "{x}^-{h}: {error:e}, bound {bound:e}");
                worst = worst.max(error);
            }
            println!("h {h}: worst relative error {worst:e}, bound {bound:e}");
            assert!(worst > 0.9 * bound, "the bound is not tight: {worst:e} of {bound:e}");
        }
    }

    #[test]
    fn every_number_has_a_power() {
        let power = Power::new(0.835);
        assert_eq!(power.at(0.0), 1.0);
        assert_eq!(power.at(1.0), 1.0);
        assert_eq!(power.at(f64::INFINITY), 0.0);
        assert!((0.0..1e-200).contains(&power.at(f64::MAX)));
    }
}
