//! What an experiment found.

use crate::statistics::Estimate;

/// One value beside another.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What was compared.
    pub name: String,
    /// Where the reference is from.
    pub source: String,
    /// What others say.
    pub reference: Estimate,
    /// What our models say.
    pub ours: Estimate,
    /// By how much ours is known to differ from the reference; 0 where it should not.
    pub known: f64,
    /// How far the two may be apart, or their difference from the one that is known.
    pub tolerance: f64,
    /// Of all three: `dB`, `Mb/s`, or nothing for a ratio.
    pub unit: &'static str,
}

/// Whether two values agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are no farther apart than the tolerance.
    Agrees,
    /// They differ by what is known, give or take the tolerance.
    DiffersAsKnown,
    /// Neither.
    Disagrees,
    /// One of them is not known well enough: its interval is wider than the tolerance.
    TooUncertain,
}

impl Comparison {
    /// Whether the values agree.
    pub fn verdict(&self) -> Verdict {
        let apart = (self.ours.mean - self.reference.mean - self.known).abs();
        if self.ours.half_width.max(self.reference.half_width) > self.tolerance {
            Verdict::TooUncertain
        } else if apart <= self.tolerance {
            if self.known == 0.0 { Verdict::Agrees } else { Verdict::DiffersAsKnown }
        } else {
            // Not a number is no agreement either.
            Verdict::Disagrees
        }
    }
}

/// This share of the reference, at most `gate`, and at least what tells a reference of 0 from one that is not.
pub(crate) fn tolerance(gate: f64, share: f64, reference: f64) -> f64 {
    (share * reference).clamp(LEAST_TOLERANCE, gate)
}

const LEAST_TOLERANCE: f64 = 0.001;

/// All that came of one experiment.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The values.
    pub comparisons: Vec<Comparison>,
    /// The curves.
    pub plots: Vec<Plot>,
}

/// Curves over one axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// Names its file: lower case, with hyphens.
    pub id: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// Of the horizontal axis, with its unit.
    pub x: &'static str,
    /// Of the vertical axis, with its unit.
    pub y: &'static str,
    /// The curves.
    pub curves: Vec<Curve>,
}

/// One curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// What it is, where a plot has several of one origin.
    pub name: String,
    /// Who says so.
    pub origin: Origin,
    /// In order of x.
    pub points: Vec<Point>,
}

/// What each of them says of one thing.
pub(crate) fn curves<const N: usize>(name: &str, by: [(Origin, Vec<Point>); N]) -> Vec<Curve> {
    by.map(|(origin, points)| Curve { name: name.to_owned(), origin, points }).into()
}

/// The points of a formula.
pub(crate) fn formula(xs: impl IntoIterator<Item = f64>, of: impl Fn(f64) -> f64) -> Vec<Point> {
    xs.into_iter().map(|x| Point { x, y: Estimate::exact(of(x)) }).collect()
}

/// Whom a curve is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Our models.
    Ours,
    /// Theory.
    Theory,
    /// ns-3.
    Ns3,
}

/// A point of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Where.
    pub x: f64,
    /// How much.
    pub y: Estimate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_needs_closeness_and_certainty() {
        let compare = |ours, half_width| Comparison {
            name: String::new(),
            source: String::new(),
            reference: Estimate::exact(1.0),
            ours: Estimate { mean: ours, half_width },
            known: 0.0,
            tolerance: 0.1,
            unit: "",
        };
        assert_eq!(compare(1.05, 0.01).verdict(), Verdict::Agrees);
        assert_eq!(compare(1.15, 0.01).verdict(), Verdict::Disagrees);
        assert_eq!(compare(1.0, 0.2).verdict(), Verdict::TooUncertain);
        assert_eq!(compare(f64::NAN, 0.0).verdict(), Verdict::Disagrees);
        let vague = Estimate { mean: 1.0, half_width: 0.2 };
        assert_eq!(Comparison { reference: vague, ..compare(1.0, 0.01) }.verdict(), Verdict::TooUncertain);
        // What is known to differ has to go on differing.
        let known = |ours| Comparison { known: 0.5, ..compare(ours, 0.01) }.verdict();
        assert_eq!([1.45, 1.55].map(known), [Verdict::DiffersAsKnown; 2]);
        assert_eq!([1.0, 1.35, 1.65].map(known), [Verdict::Disagrees; 3]);
    }
}
