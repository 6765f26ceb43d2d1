//! Which folder results go to, and what may be there already.

use super::{APPS, FILES, MANIFEST, RecorderError, named};
use crate::scenario::Scenario;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What `manifest.json` states as its format; it makes a folder ours.
pub const FORMAT: &str = "roadmesh results 1";

/// Where results go unless the user says otherwise: `results/<name>-seed<seed>`.
pub fn default_folder(scenario: &Scenario) -> PathBuf {
    Path::new("results").join(format!("{}-seed{}", scenario.name, scenario.seed))
}

/// Makes the folder, or removes the results in it; true if there were any. Other files in a results folder are left
/// alone, and so is a folder that holds anything but results.
pub(super) fn prepare(folder: &Path) -> Result<bool, RecorderError> {
    fs::create_dir_all(folder).map_err(|error| named(folder, error))?;
    let mut entries = fs::read_dir(folder).map_err(|error| named(folder, error))?;
    if entries.next().is_none() {
        return Ok(false);
    }
    if !is_ours(folder) {
        return Err(RecorderError::Foreign(folder.to_owned()));
    }
    // What programs of an older live run wrote is part of its results.
    let apps = folder.join(APPS);
    match fs::remove_dir_all(&apps) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(named(&apps, error).into()),
        _ => {}
    }
    // The manifest goes last: should anything stop us halfway, the folder stays recognisable.
    for name in FILES.iter().rev() {
        let file = folder.join(name);
        match fs::remove_file(&file) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(named(&file, error).into()),
        }
    }
    Ok(true)
}

fn is_ours(folder: &Path) -> bool {
    let manifest = fs::read(folder.join(MANIFEST)).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap_or_default();
    let format = manifest.get("format").and_then(|format| format.as_str());
    format.is_some_and(|format| format.starts_with(FAMILY))
}

/// What the formats of all versions begin with.
const FAMILY: &str = "roadmesh results ";
