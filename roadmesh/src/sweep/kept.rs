//! Runs that are there from before.

use crate::error::Failure;
use crate::experiment::folder::SUMMARY;
use crate::experiment::pool::Made;
use serde_json::Value;
use sim_lib::recorder::Manifest;
use sim_lib::scenario::Loaded;
use std::fs;
use std::path::Path;

/// The content of the `summary.json` of a run in this folder, if it is one of this scenario (settings, seed and files
/// included) by this version that was made to its end.
pub(crate) fn figures_of(folder: &Path, loaded: &Loaded) -> Result<Made, Failure> {
    let read =
        |name: &str| -> Option<Value> { serde_json::from_slice(&fs::read(folder.join(name)).ok()?).ok() };
    let (Some(made), Some(summary)) = (read("manifest.json"), read(SUMMARY)) else { return Ok(None) };
    let wanted = serde_json::to_value(Manifest::new(loaded)?)?;
    let same = |key: &&str| made.get(*key) == wanted.get(*key);
    let whole =
        summary["partial"] == Value::Bool(false) && summary["scenario_hash"] == wanted["scenario_hash"];
    Ok((whole && IDENTITY.iter().all(same)).then_some(summary))
}

/// What makes two runs the same one.
const IDENTITY: [&str; 4] = ["format", "version", "scenario_hash", "file_hashes"];
