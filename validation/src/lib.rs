//! roadmesh's radio and roads against what others say: published values, theory, and ns-3.
//!
//! [`checks`] lists the experiments. Each drives the models that simulations use, sets the result beside its references as
//! [`Comparison`]s, each with its tolerance, and gives the curves for a plot. What theory says is computed here
//! ([`theory`]) with none of the models' own code; what ns-3 says was measured by `validation/ns3/run.py` and is stored
//! beside it ([`Reference::stored`]). [`fields`] measures what simulating costs.
#![forbid(unsafe_code)]

mod air;
mod checks;
mod comparison;
pub mod fields;
mod reference;
mod statistics;
pub mod theory;

pub use checks::{Check, Effort, checks};
pub use comparison::{Comparison, Curve, Findings, Origin, Plot, Point, Verdict};
pub use reference::{Reference, Value};
pub use statistics::{CONFIDENCE, Estimate};

/// The files that measure ns-3's values: their names, and what is in them. `run.py` needs the others beside it.
pub const NS3_PROGRAMS: [(&str, &str); 3] = [
    ("run.py", include_str!("../ns3/run.py")),
    ("radio.cc", include_str!("../ns3/radio.cc")),
    ("thresholds.cc", include_str!("../ns3/thresholds.cc")),
];

/// Why an experiment could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ValidationError {
    /// The medium refused its settings.
    #[error("{0}")]
    Radio(#[from] radio_lib::RadioError),
    /// A line of ns-3's results can't be read.
    #[error("ns-3's results, line {line}: {problem}")]
    Reference {
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// A line of what fields cost can't be read.
    #[error("what fields cost, line {line}: {problem}")]
    Fields {
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// ns-3's results lack a value that an experiment is compared with.
    #[error("ns-3's results lack `{experiment}`, `{series}`, {x}; `validation/ns3/run.py` makes them anew")]
    Missing {
        /// The experiment.
        experiment: String,
        /// The series.
        series: String,
        /// Where in the series.
        x: f64,
    },
}
