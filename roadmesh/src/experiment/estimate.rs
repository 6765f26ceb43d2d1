//! What several runs say of one figure.

use serde::{Deserialize, Serialize};
pub(crate) use validation::CONFIDENCE;

/// Mean and spread of a figure over independent runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Estimate {
    /// Runs that have the figure.
    pub(crate) runs: usize,
    pub(crate) mean: f64,
    /// Half the width of the 95 % confidence interval of the mean, by Student's t; none for a single run.
    pub(crate) half_width: Option<f64>,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Estimate {
    /// `None` without values.
    pub(crate) fn of(values: &[f64]) -> Option<Estimate> {
        let runs = values.len();
        let (min, max) = (values.iter().copied().reduce(f64::min)?, values.iter().copied().reduce(f64::max)?);
        let validation::Estimate { mean, half_width } = validation::Estimate::of_runs(values);
        let half_width = half_width.is_finite().then_some(half_width);
        Some(Estimate { runs, mean, half_width, min, max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_students() {
        assert_eq!(Estimate::of(&[]), None);
        assert_eq!(Estimate::of(&[3.0]).unwrap().half_width, None);
        // Two degrees of freedom: t is 4.302653, the standard deviation 1.
        let three = Estimate::of(&[1.0, 2.0, 3.0]).unwrap();
        assert_eq!((three.runs, three.mean, three.min, three.max), (3, 2.0, 1.0, 3.0));
        assert!((three.half_width.unwrap() - 4.302_653 / 3f64.sqrt()).abs() < 1e-4);
        assert_eq!(Estimate::of(&[5.0; 10]).unwrap().half_width, Some(0.0));
    }

    /// Of intervals made from normal samples, 95 in 100 hold the true mean.
    #[test]
    fn they_cover_as_often_as_they_say() {
        let key = node_lib::random::Key::seed(1);
        let normal = |run: u64, sample: u64| {
            let draw = key.with(run).with(sample);
            let (a, b) = (draw.with(0).unit().max(1e-12), draw.with(1).unit());
            (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
        };
        let covered = (0..4000).filter(|run| {
            let samples: Vec<f64> = (0..5).map(|sample| normal(*run, sample)).collect();
            let estimate = Estimate::of(&samples).unwrap();
            estimate.mean.abs() <= estimate.half_width.unwrap()
        });
        let share = covered.count() as f64 / 4000.0;
        assert!((share - CONFIDENCE).abs() < 0.015, "{share}");
    }
}
