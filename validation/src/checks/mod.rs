//! The experiments.

mod airtime;
mod cell;
mod contention;
mod delivery;
mod following;
mod gap;
mod hidden;
mod reception;
mod road;
mod saturation;
mod shadowing;

use crate::ValidationError;
use crate::comparison::Findings;
use crate::reference::Reference;

/// One experiment.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Lower case, with hyphens.
    pub id: &'static str,
    /// What is compared.
    pub title: &'static str,
    /// What it is compared with, where that is from, and what is modelled differently.
    pub text: &'static str,
    run: fn(Effort, &Reference) -> Result<Findings, ValidationError>,
}

/// How much is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Enough for the tolerances, in some seconds for all checks: for tests.
    Quick,
    /// Enough for curves: a minute or two.
    Full,
}

impl Effort {
    /// One of two numbers.
    fn pick<T>(self, quick: T, full: T) -> T {
        match self {
            Effort::Quick => quick,
            Effort::Full => full,
        }
    }
}

impl Check {
    /// Runs it.
    ///
    /// # Errors
    /// [`ValidationError`]: the reference lacks a value, or a model refuses its settings.
    pub fn run(&self, effort: Effort, reference: &Reference) -> Result<Findings, ValidationError> {
        (self.run)(effort, reference)
    }
}

/// All of them.
pub fn checks() -> Vec<Check> {
    vec![
        airtime::CHECK,
        reception::CHECK,
        delivery::CHECK,
        gap::CHECK,
        shadowing::CHECK,
        contention::CHECK,
        saturation::CHECK,
        hidden::CHECK,
        road::CHECK,
        following::CHECK,
    ]
}
