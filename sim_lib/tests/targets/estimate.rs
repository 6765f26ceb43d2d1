//! What many runs say of one figure.

use statrs::distribution::{ContinuousCDF, StudentsT};
use std::fmt;

/// A mean with half the width of its 95 % confidence interval (Student's t), and the extremes.
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    pub mean: f64,
    pub half_width: f64,
    pub least: f64,
    pub most: f64,
}

impl Estimate {
    /// Of two values or more.
    pub fn of(values: &[f64]) -> Estimate {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let t = StudentsT::new(0.0, 1.0, count - 1.0).expect("two values or more").inverse_cdf(0.975);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Estimate { mean, half_width: t * (variance / count).sqrt(), least, most }
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Estimate { mean, half_width, least, most } = self;
        write!(f, "{mean:>7.3} ± {half_width:>5.3}  {least:>7.3} {most:>7.3}")
    }
}
