//! What a scenario says of a live run: who is live, which programs run there, and how late is too late.

use config_lib::{Interval, limits};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What holds for `roadmesh lab` alone; a simulation leaves it aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct LabSpec {
    /// Who has a network namespace: nodes, groups, hosts of `wired.hosts`, vehicles of the trace. Everybody if it is empty.
    /// All others are simulated.
    pub live: Vec<String>,
    /// A run counts as distorted if in some second more than one delivery in a hundred was later than this.
    pub tolerance: Interval,
    /// Programs that start with their node.
    #[garde(dive)]
    pub apps: Vec<AppSpec>,
}

/// A program that runs in a node's namespace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct AppSpec {
    /// A name for tables and files.
    #[garde(custom(limits::name))]
    pub name: String,
    /// The node or host that it runs at.
    pub node: String,
    /// What is run, by `sh -c`.
    pub command: String,
    /// How long after its node it starts.
    #[serde(default)]
    pub start: Interval,
    /// The exit code it must end with before the run does. Without it, it may run to the end, and if it ends by itself, it
    /// must be with 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<u8>,
}

impl Default for LabSpec {
    fn default() -> Self {
        LabSpec { live: Vec::new(), tolerance: Interval::from_millis(5), apps: Vec::new() }
    }
}
