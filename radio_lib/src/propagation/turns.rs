//! The cosine of an angle in turns, fast and the same on all machines.

/// cos(2 π x): the sine of what is left to a quarter turn, by its series up to the 13th power. The series alternates, so
/// that it is off by less than its next term: (π/2)^15 / 15! < 7e-10.
#[inline]
pub(crate) fn cosine(turns: f64) -> f64 {
    // Adding a number of which half is no fraction any more rounds to a whole one. Beyond it there is nothing to round.
    let part = turns - ((turns + WHOLE) - WHOLE);
    let x = (0.25 - part.abs()) * std::f64::consts::TAU;
    let y = x * x;
    let series = SERIES.iter().fold(0.0, |sum, factor| sum * y + factor);
    x * series
}

/// 1.5 x 2^52.
const WHOLE: f64 = 6_755_399_441_055_744.0;
/// Factors of the sine's series, from that of x^13 to that of x.
const SERIES: [f64; 7] = [
    1.0 / 6_227_020_800.0,
    -1.0 / 39_916_800.0,
    1.0 / 362_880.0,
    -1.0 / 5040.0,
    1.0 / 120.0,
    -1.0 / 6.0,
    1.0,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosines_are_within_the_stated_error() {
        let mut worst: f64 = 0.0;
        for step in -100_000..100_000 {
            let turns = f64::from(step) * 1.37e-4;
            worst = worst.max((cosine(turns) - libm::cos(turns * std::f64::consts::TAU)).abs());
        }
        println!("worst error of the cosine: {worst:e}");
        assert!(worst < 7e-10, "{worst:e}");
        assert!([1e15, -1e17, f64::MAX].iter().all(|turns| cosine(*turns).abs() <= 1.0 + 7e-10));
    }
}
