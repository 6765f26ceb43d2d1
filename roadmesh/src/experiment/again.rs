//! A run that was made, from its results folder: what is needed to make it again.

use crate::error::{Failure, input, other};
use config_lib::Override;
use serde::Deserialize;
use serde_json::Value;
use sim_lib::recorder::FORMAT;
use sim_lib::scenario::{Loaded, Scenario};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// What of a `manifest.json` makes a run again.
#[derive(Debug, Deserialize)]
struct Kept {
    format: String,
    version: String,
    scenario_hash: String,
    /// Earlier formats have none: they are refused for what they are.
    #[serde(default)]
    file_hashes: BTreeMap<String, String>,
    overrides: Vec<String>,
    scenario_text: String,
    /// Only what files it names is looked at before it is read again.
    scenario: Value,
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
    /// Reads a results folder. The files that its scenario names are looked for where `scenario`'s file is, or in this folder.
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
        for (key, what, _) in loaded.scenario.files() {
            if loaded.file_hashes.get(key) != kept.file_hashes.get(key) {
                let message = format!("the {what} there is another one than that of the run");
                return Err(loaded.source.mistake(key, message, Some(NAME_IT.to_owned())).into());
            }
        }
        let other_version = (kept.version != env!("CARGO_PKG_VERSION")).then_some(kept.version);
        let other_scenario = loaded.scenario.hash()? != kept.scenario_hash && other_version.is_none();
        if other_scenario {
            let message =
                format!("`{}` was changed: its scenario has another hash than it says", path.display());
            return Err(input(message, None));
        }
        Ok(Again { folder: folder.to_owned(), loaded, other_version })
    }
}

/// The folder that the paths of the scenario's files are relative to.
fn base(kept: &Kept, scenario: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(file) = scenario {
        return Ok(file.parent().unwrap_or(Path::new("")).to_owned());
    }
    let here = PathBuf::new();
    for key in kept.file_hashes.keys() {
        let file = kept.scenario.pointer(&format!("/{}", key.replace('.', "/"))).and_then(Value::as_str);
        if let Some(file) = file.filter(|file| !here.join(file).exists()) {
            let message = format!("the run's file `{file}` (`{key}`) is not in this folder");
            return Err(input(message, Some(NAME_IT.to_owned())));
        }
    }
    Ok(here)
}

fn again(text: &str) -> Result<Override, Failure> {
    match text.split_once('=') {
        Some((key, value)) => Ok(Override::new(key, value, format!("--set {text}"))),
        None => Err(other(format!("the manifest's override `{text}` makes no sense"), None)),
    }
}

const NAME_IT: &str =
    "name the scenario's file with --scenario: the files that it names are looked for beside it";
