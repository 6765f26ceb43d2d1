//! Keyed randomness: a draw depends on the run's seed and on what it is for, never on what was drawn before.
//!
//! So a node added far away changes no other node's draws, and the order in which events are handled doesn't matter.
//! The mixing function is the finalizer of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
//! generators", OOPSLA 2014).

/// What a draw is for: a seed and the parts mixed into it so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    /// The key of a whole run.
    pub const fn seed(seed: u64) -> Key {
        Key(mix(seed ^ 0x726f_6164_6d65_7368))
    }

    /// This key narrowed by one more part: a purpose, a node, a sequence number.
    #[inline]
    #[must_use]
    pub const fn with(self, part: u64) -> Key {
        Key(mix(self.0.wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(23) ^ mix(part.wrapping_add(GOLDEN))))
    }

    /// This key narrowed by a name.
    #[must_use]
    pub fn with_name(self, name: &str) -> Key {
        let parts = name.as_bytes().chunks(8);
        parts.fold(self.with(name.len() as u64), |key, chunk| {
            key.with(chunk.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte)))
        })
    }

    /// The draw itself: 64 uniform bits. The same key gives the same bits.
    #[inline]
    pub const fn bits(self) -> u64 {
        mix(self.0.wrapping_add(GOLDEN))
    }

    /// A uniform number in [0, 1), with 53 bits.
    #[inline]
    pub fn unit(self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A uniform integer in `low..=high` (`low` if the range is empty). The bias is below 2^-64 times the range.
    #[inline]
    pub fn between(self, low: u64, high: u64) -> u64 {
        let span = u128::from(high.saturating_sub(low)) + 1;
        low + ((u128::from(self.bits()) * span) >> 64) as u64
    }
}

#[inline]
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// 2^64 divided by the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_draws_the_same_and_parts_do_not_commute() {
        let key = Key::seed(7).with(1).with(2);
        assert_eq!(key.bits(), Key::seed(7).with(1).with(2).bits());
        assert_ne!(key.bits(), Key::seed(7).with(2).with(1).bits());
        assert_ne!(key.bits(), Key::seed(8).with(1).with(2).bits());
        assert_ne!(Key::seed(7).with_name("car1").bits(), Key::seed(7).with_name("car2").bits());
    }

    #[test]
    fn consecutive_keys_are_uniform_and_uncorrelated() {
        let n = 100_000;
        let draw = |i: u64| Key::seed(1).with(i).unit();
        let mean = (0..n).map(draw).sum::<f64>() / n as f64;
        let lag1 = (0..n).map(|i| (draw(i) - 0.5) * (draw(i + 1) - 0.5)).sum::<f64>() / n as f64 * 12.0;
        // Five standard errors of the mean of n uniforms, and of the correlation.
        assert!((mean - 0.5).abs() < 5.0 * (1.0 / 12.0f64 / n as f64).sqrt(), "mean {mean}");
        assert!(lag1.abs() < 5.0 / (n as f64).sqrt(), "correlation {lag1}");
    }

    #[test]
    fn between_reaches_both_ends_and_nothing_else() {
        let seen = (0..1000).map(|i| Key::seed(3).with(i).between(5, 8)).fold([0; 4], |mut seen, v| {
            seen[v as usize - 5] += 1;
            seen
        });
        assert!(seen.iter().all(|count| *count > 150), "{seen:?}");
        assert_eq!(Key::seed(3).between(9, 2), 9);
    }
}
