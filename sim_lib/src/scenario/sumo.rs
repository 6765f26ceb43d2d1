//! Vehicles from a SUMO that runs beside the simulation.

use super::limits;
use config_lib::Interval;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A SUMO that is started for the run, or that listens somewhere already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SumoSpec {
    /// The configuration that SUMO is started with, as in `sumo -c`; relative to the scenario's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<PathBuf>,
    /// Where a SUMO listens that was started by somebody else: `host:port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect: Option<String>,
    /// The program: a path, or a name that is looked for in `SUMO_HOME`'s `bin` and on `PATH`.
    #[serde(default = "sumo")]
    pub binary: String,
    /// SUMO's seed. Without one it follows from the scenario's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(max = MOST_SEED)))]
    pub seed: Option<u32>,
    /// Further options of SUMO's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// How long SUMO may take to answer: to begin with, where it loads its network, and for each step.
    #[serde(default = "a_minute")]
    #[garde(custom(limits::patience))]
    pub timeout: Interval,
}

impl SumoSpec {
    /// The seed that SUMO is started with in a run with this one.
    pub fn seed(&self, seed: u64) -> u32 {
        self.seed.unwrap_or((seed % (u64::from(MOST_SEED) + 1)) as u32)
    }
}

fn sumo() -> String {
    "sumo".to_owned()
}

fn a_minute() -> Interval {
    Interval::from_secs(60)
}

/// SUMO's seeds are signed numbers of 32 bits.
const MOST_SEED: u32 = i32::MAX as u32;
