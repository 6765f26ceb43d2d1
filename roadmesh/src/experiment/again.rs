//! A run that was made, from its results folder: what is needed to make it again.

use crate::error::{Failure, input, other};
use config_lib::Override;
use serde::Deserialize;
use sim_lib::recorder::FORMAT;
use sim_lib::scenario::{Loaded, Scenario};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// What of a `manifest.json` makes a run again.
#[derive(Debug, Deserialize)]
struct Kept {
    format: String,
    version: String,
    scenario_hash: String,
    trace_hash: Option<String>,
    overrides: Vec<String>,
    scenario_text: String,
    scenario: KeptScenario,
}

/// What is looked at before the scenario is read again.
#[derive(Debug, Deserialize)]
struct KeptScenario {
    #[serde(default)]
    trace: Option<KeptTrace>,
}

#[derive(Debug, Deserialize)]
struct KeptTrace {
    file: PathBuf,
}

/// A run that can be made again.
#[derive(Debug)]
pub(crate) struct Again {
    pub(crate) folder: PathBuf,
    pub(crate) loaded: Loaded,
    /// The version that made it, if that is another one.
    pub(crate) other_version: Option<String>,
}

impl Again {
    /// Reads a results folder. Its trace is looked for where `scenario`'s file is, or in this folder.
    pub(crate) fn read(folder: &Path, scenario: Option<&Path>) -> Result<Again, Failure> {
        let path = folder.join("manifest.json");
        let text = fs::read(&path).map_err(|error| {
            let help = "name the folder that a run left, with its manifest.json".to_owned();
            input(format!("`{}` can't be read: {error}", path.display()), Some(help))
        })?;
        let kept: Kept = serde_json::from_slice(&text)
            .map_err(|error| input(format!("`{}` is no manifest of a run: {error}", path.display()), None))?;
        if kept.format != FORMAT {
            let message = format!(
                "`{}` has the format `{}`, and this version reads `{FORMAT}`",
                path.display(),
                kept.format
            );
            return Err(input(message, Some("use the version that made it".to_owned())));
        }
        if folder.join("lateness.csv").exists() {
            let message = format!(
                "`{}` is of a live run: it was measured, and no second one is the same",
                folder.display()
            );
            return Err(input(message, Some("simulate its scenario: `roadmesh sim`".to_owned())));
        }
        let base = base(&kept, scenario)?;
        let overrides: Vec<Override> =
            kept.overrides.iter().map(|text| again(text)).collect::<Result<_, _>>()?;
        let loaded = Scenario::load_text(&kept.scenario_text, &path, &base, &overrides)?;
        if loaded.trace_hash != kept.trace_hash {
            let message = "the trace there is another one than that of the run".to_owned();
            return Err(loaded.source.mistake("trace.file", message, Some(NAME_IT.to_owned())).into());
        }
        let other_version = (kept.version != env!("CARGO_PKG_VERSION")).then_some(kept.version);
        if loaded.scenario.hash()? != kept.scenario_hash && other_version.is_none() {
            let message =
                format!("`{}` was changed: its scenario has another hash than it says", path.display());
            return Err(input(message, None));
        }
        Ok(Again { folder: folder.to_owned(), loaded, other_version })
    }
}

/// The folder that the trace's path is relative to.
fn base(kept: &Kept, scenario: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(file) = scenario {
        return Ok(file.parent().unwrap_or(Path::new("")).to_owned());
    }
    let here = PathBuf::new();
    match &kept.scenario.trace {
        Some(trace) if !here.join(&trace.file).exists() => {
            let message = format!("the run's trace `{}` is not in this folder", trace.file.display());
            Err(input(message, Some(NAME_IT.to_owned())))
        }
        _ => Ok(here),
    }
}

fn again(text: &str) -> Result<Override, Failure> {
    match text.split_once('=') {
        Some((key, value)) => Ok(Override::new(key, value, format!("--set {text}"))),
        None => Err(other(format!("the manifest's override `{text}` makes no sense"), None)),
    }
}

const NAME_IT: &str = "name the scenario's file with --scenario: the trace is looked for beside it";
