//! How far the power of one frame is from its mean.

use crate::error::{RadioError, check};

/// Fading of one frame's power. A frame's acknowledgement fades independently of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fading {
    /// Every frame arrives with its mean power.
    None,
    /// Nakagami-m: the power is Gamma distributed with shape m and mean 1 (Cheng et al., IEEE JSAC 2007).
    Nakagami {
        /// m up to `change_m`.
        m_near: f64,
        /// m beyond it.
        m_far: f64,
        /// Where m changes, metres.
        change_m: f64,
    },
}

impl Default for Fading {
    /// Nakagami with m = 1.5 up to 80 m and 0.75 beyond.
    fn default() -> Self {
        Fading::Nakagami { m_near: 1.5, m_far: 0.75, change_m: 80.0 }
    }
}

impl Fading {
    /// Rayleigh, of many rays of which none is the strongest: Nakagami with m = 1.
    pub const RAYLEIGH: Fading = Fading::Nakagami { m_near: 1.0, m_far: 1.0, change_m: 0.0 };

    pub(crate) fn check(&self) -> Result<(), RadioError> {
        let Fading::Nakagami { m_near, m_far, change_m } = *self else { return Ok(()) };
        check((0.5..=50.0).contains(&m_near), "m_near", m_near, "between 0.5 and 50")?;
        check((0.5..=50.0).contains(&m_far), "m_far", m_far, "between 0.5 and 50")?;
        check(change_m >= 0.0 && change_m.is_finite(), "change_m", change_m, "0 metres or more")
    }
}

/// [`Fading`] prepared for drawing.
#[derive(Clone, Debug)]
pub(crate) enum Fader {
    Steady,
    Nakagami { change_squared: f64, near: GainTable, far: GainTable },
}

impl Fader {
    pub(crate) fn new(fading: Fading) -> Fader {
        match fading {
            Fading::None => Fader::Steady,
            Fading::Nakagami { m_near, m_far, change_m } => Fader::Nakagami {
                change_squared: change_m * change_m,
                near: GainTable::new(m_near),
                far: GainTable::new(m_far),
            },
        }
    }

    /// The gain on power for the uniform draw `draw` / 2^32, at a distance whose square is `squared` m².
    #[inline]
    pub(crate) fn gain(&self, draw: u32, squared: f64) -> f64 {
        self.table(self.is_near(squared)).map_or(1.0, |table| table.gain(draw))
    }

    /// Mean of `value` over the gain, for near or for far radios.
    pub(crate) fn mean(&self, near: bool, value: impl Fn(f64) -> f64) -> f64 {
        self.table(near).map_or_else(|| value(1.0), |table| table.mean(&value))
    }

    /// Whether a distance whose square is `squared` m² is near; all is where fading doesn't change with distance.
    #[inline]
    pub(crate) fn is_near(&self, squared: f64) -> bool {
        match self {
            Fader::Steady => true,
            Fader::Nakagami { change_squared, .. } => squared <= *change_squared,
        }
    }

    /// The larger of the means with near and with far fading, whatever the distance. For a `value` that doesn't grow
    /// with distance this doesn't either.
    pub(crate) fn largest_mean(&self, value: impl Fn(f64) -> f64) -> f64 {
        match self {
            Fader::Steady => value(1.0),
            Fader::Nakagami { near, far, .. } => near.mean(&value).max(far.mean(&value)),
        }
    }

    #[inline]
    fn table(&self, is_near: bool) -> Option<&GainTable> {
        match self {
            Fader::Steady => None,
            Fader::Nakagami { near, far, .. } => Some(if is_near { near } else { far }),
        }
    }
}

/// The inverse of the Gamma(m, 1/m) distribution function.
///
/// Each tail is tabulated over its own probability, from 2^-33 to 1/2, with 32 points an octave and linear between
/// them: both tails are straight enough on that scale for a relative error below 5e-4 (0.002 dB).
#[derive(Clone, Debug)]
pub(crate) struct GainTable {
    /// Gains that are not exceeded with the tabulated probability.
    lower: Vec<f64>,
    /// Gains that are exceeded with the tabulated probability.
    upper: Vec<f64>,
}

impl GainTable {
    pub(crate) fn new(m: f64) -> GainTable {
        let gamma = Gamma { m, log_gamma: libm::lgamma(m) };
        let median = gamma.median();
        let probabilities = (0..=POINTS).rev().map(|index| tail(index) / TWO_32);
        let mut y = median;
        let mut lower: Vec<f64> = probabilities
            .clone()
            .map(|p| {
                y = gamma.inverse_lower(p, y);
                y / m
            })
            .collect();
        y = median;
        let mut upper: Vec<f64> = probabilities
            .map(|q| {
                y = gamma.inverse_upper(q, y);
                y / m
            })
            .collect();
        lower.reverse();
        upper.reverse();
        GainTable { lower, upper }
    }

    #[inline]
    fn gain(&self, draw: u32) -> f64 {
        if draw >> 31 == 0 {
            interpolate(&self.lower, f64::from(draw) + 0.5)
        } else {
            interpolate(&self.upper, f64::from(u32::MAX - draw) + 0.5)
        }
    }

    /// Mean of `value` over the distribution: each tail in 24 octaves of probability, each in 16 strips.
    fn mean(&self, value: &impl Fn(f64) -> f64) -> f64 {
        let mut sum = 0.0;
        let mut bottom = TWO_32 / 2.0;
        for _ in 0..MEAN_OCTAVES {
            bottom /= 2.0;
            let width = bottom / MEAN_STRIPS;
            let strips = (0..MEAN_STRIPS as u32).map(|strip| bottom + width * (f64::from(strip) + 0.5));
            let octave: f64 = strips
                .map(|tail| value(interpolate(&self.lower, tail)) + value(interpolate(&self.upper, tail)))
                .sum();
            sum += octave * width;
        }
        // What is left of either tail lies beyond its last strip.
        sum += bottom * (value(interpolate(&self.lower, bottom)) + value(interpolate(&self.upper, bottom)));
        sum / TWO_32
    }
}

/// The gain at a tail of probability `tail` / 2^32, which is at least 2^-33 and at most 1/2.
#[inline]
fn interpolate(table: &[f64], tail: f64) -> f64 {
    let raw = tail.to_bits();
    let index = ((raw >> FRACTION_BITS) - FIRST) as usize;
    let fraction = (raw & FRACTION_MASK) as f64 * FRACTION_UNIT;
    match table.get(index..) {
        Some([left, right, ..]) => left + (right - left) * fraction,
        Some([last]) => *last,
        _ => 0.0,
    }
}

/// The tail, in units of 2^-32, that the point `index` of a table stands for.
fn tail(index: u64) -> f64 {
    f64::from_bits((FIRST + index) << FRACTION_BITS)
}

/// Gamma distribution with shape m and scale 1.
struct Gamma {
    m: f64,
    log_gamma: f64,
}

impl Gamma {
    fn median(&self) -> f64 {
        let (mut low, mut high) = (0.0, self.m + 10.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if self.cumulative(middle).0 < 0.5 { low = middle } else { high = middle }
        }
        (low + high) / 2.0
    }

    /// The y with P(y) = p, by Newton's method for ln P over ln y, from a start nearby.
    fn inverse_lower(&self, p: f64, start: f64) -> f64 {
        let target = libm::log(p);
        let mut z = libm::log(start);
        for _ in 0..MAX_STEPS {
            let y = libm::exp(z);
            let below = self.cumulative(y).0;
            let step = (target - libm::log(below)) * below / (y * self.density(y));
            z += step;
            if step.abs() < 1e-13 {
                break;
            }
        }
        libm::exp(z)
    }

    /// The y with 1 - P(y) = q, by Newton's method for ln(1 - P) over y, from a start nearby.
    fn inverse_upper(&self, q: f64, start: f64) -> f64 {
        let target = libm::log(q);
        let mut y = start;
        for _ in 0..MAX_STEPS {
            let above = self.cumulative(y).1;
            let step = (libm::log(above) - target) * above / self.density(y);
            y += step;
            if step.abs() < 1e-13 * y {
                break;
            }
        }
        y
    }

    fn density(&self, y: f64) -> f64 {
        libm::exp((self.m - 1.0) * libm::log(y) - y - self.log_gamma)
    }

    /// P(y) and 1 - P(y): the regularised incomplete gamma functions, by the series below m + 1 and by the continued
    /// fraction above (Abramowitz and Stegun 6.5.29 and 6.5.31; the fraction by Lentz's method).
    fn cumulative(&self, y: f64) -> (f64, f64) {
        let scale = libm::exp(self.m * libm::log(y) - y - self.log_gamma);
        if y < self.m + 1.0 {
            let mut term = 1.0 / self.m;
            let mut sum = term;
            let mut n = self.m;
            while term > sum * 1e-17 {
                n += 1.0;
                term *= y / n;
                sum += term;
            }
            let lower = sum * scale;
            (lower, 1.0 - lower)
        } else {
            let mut b = y + 1.0 - self.m;
            let mut c = f64::MAX;
            let mut d = 1.0 / b;
            let mut fraction = d;
            for i in 1..1000 {
                let i = f64::from(i);
                let a = -i * (i - self.m);
                b += 2.0;
                d = 1.0 / (a * d + b);
                c = b + a / c;
                fraction *= c * d;
                if (c * d - 1.0).abs() < 1e-16 {
                    break;
                }
            }
            let upper = fraction * scale;
            (1.0 - upper, upper)
        }
    }
}

const TWO_32: f64 = 4_294_967_296.0;
/// Bits of a double below the table's resolution of 2^5 points an octave.
const FRACTION_BITS: u32 = 52 - 5;
const FRACTION_MASK: u64 = (1 << FRACTION_BITS) - 1;
const FRACTION_UNIT: f64 = 1.0 / (1u64 << FRACTION_BITS) as f64;
/// The first tabulated tail, 0.5, at the table's resolution.
const FIRST: u64 = 0.5f64.to_bits() >> FRACTION_BITS;
/// From 0.5 to 2^31: 32 octaves.
const POINTS: u64 = 32 * 32;
const MEAN_OCTAVES: u32 = 24;
const MEAN_STRIPS: f64 = 16.0;
const MAX_STEPS: u32 = 60;

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::gamma::{gamma_lr, gamma_ur};

    const SHAPES: [f64; 6] = [0.5, 0.75, 1.0, 1.5, 4.0, 50.0];

    #[test]
    fn the_incomplete_gamma_function_agrees_with_another_library() {
        for m in SHAPES {
            let gamma = Gamma { m, log_gamma: libm::lgamma(m) };
            for step in 1..2000 {
                let y = f64::from(step) * 0.05;
                let (lower, upper) = gamma.cumulative(y);
                assert!((lower - gamma_lr(m, y)).abs() < 1e-11, "P({m}, {y})");
                assert!((upper - gamma_ur(m, y)).abs() < 1e-11, "Q({m}, {y})");
            }
        }
    }

    #[test]
    fn gains_are_within_five_in_ten_thousand_of_the_exact_ones() {
        for m in SHAPES {
            let table = GainTable::new(m);
            let gamma = Gamma { m, log_gamma: libm::lgamma(m) };
            let mut worst: f64 = 0.0;
            // Both tails, down to one draw in 2^32, at points that are not those of the table.
            for step in 0..3000 {
                let draw = libm::pow(2.0, 31.0 - f64::from(step) * 0.0103).floor();
                let p = (draw + 0.5) / TWO_32;
                let lower = gamma.inverse_lower(p, gamma.median()) / m;
                let upper = gamma.inverse_upper(p, gamma.median()) / m;
                // The other library's function is zero for very small arguments.
                let exact = p < 1e-6 || (gamma_lr(m, lower * m) / p - 1.0).abs() < 1e-9;
                assert!(exact, "m {m}, lower tail {p:e}");
                let draw = (draw as u32).min(u32::MAX / 2);
                worst = worst.max((table.gain(draw) / lower - 1.0).abs());
                worst = worst.max((table.gain(u32::MAX - draw) / upper - 1.0).abs());
            }
            println!("m {m}: worst relative error of the gain {worst:e}");
            assert!(worst < 5e-4, "m {m}: {worst:e}");
        }
    }

    #[test]
    fn gains_grow_with_the_draw() {
        let table = GainTable::new(0.75);
        let draws = (0..1 << 16).map(|high: u32| table.gain(high << 16));
        assert!(draws.clone().zip(draws.skip(1)).all(|(a, b)| a < b));
        assert!(table.gain(0) > 0.0 && table.gain(u32::MAX).is_finite());
    }

    #[test]
    fn means_are_those_of_the_distribution() {
        for m in SHAPES {
            let table = GainTable::new(m);
            assert!((table.mean(&|_| 1.0) - 1.0).abs() < 1e-12);
            assert!((table.mean(&|gain| gain) - 1.0).abs() < 1e-3, "m {m}: {}", table.mean(&|gain| gain));
            let variance = table.mean(&|gain| (gain - 1.0) * (gain - 1.0));
            assert!((variance * m - 1.0).abs() < 2e-3, "m {m}: variance {variance}");
            // A probability far in the tail is resolved, as the cut-off radius needs it.
            let far = table.mean(&|gain| f64::from(u8::from(gain * m > 14.0)));
            let exact = gamma_ur(m, 14.0);
            assert!(m > 10.0 || (far / exact - 1.0).abs() < 0.1, "m {m}: {far:e} instead of {exact:e}");
        }
    }

    #[test]
    fn rayleigh_fading_is_exponential_in_power() {
        let fader = Fader::new(Fading::RAYLEIGH);
        for draw in [0, 1, 1000, 1 << 20, 1 << 30, 1 << 31, 3 << 30, u32::MAX - 1000, u32::MAX] {
            let exact = -libm::log1p(-(f64::from(draw) + 0.5) / TWO_32);
            let gain = fader.gain(draw, 100.0);
            assert!((gain / exact - 1.0).abs() < 5e-4, "{draw}: {gain}, not {exact}");
        }
    }

    #[test]
    fn impossible_fading_is_refused() {
        let fading = Fading::Nakagami { m_near: 0.4, m_far: 1.0, change_m: 80.0 };
        let expected =
            RadioError::OutOfRange { setting: "m_near", value: 0.4, allowed: "between 0.5 and 50" };
        assert_eq!(fading.check(), Err(expected));
        assert_eq!(Fading::None.check(), Ok(()));
    }
}
