//! Which folder results go to, and what may be there already.

use super::{APPS, FILES, MANIFEST, RecorderError, named};
use crate::scenario::Scenario;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// What `manifest.json` states as its format; it makes a folder ours.
pub const FORMAT: &str = "roadmesh results 2";

/// Where results of a run with this name go unless the user says otherwise: `results/<name>-seed<seed>`.
pub fn default_folder(name: &str, scenario: &Scenario) -> PathBuf {
    Path::new("results").join(format!("{name}-seed{}", scenario.seed))
}

/// Makes the folder this run's own for as long as the file that is returned is open.
pub(super) fn lock(folder: &Path) -> Result<File, RecorderError> {
    fs::create_dir_all(folder).map_err(|error| named(folder, error))?;
    let handle = File::open(folder).map_err(|error| named(folder, error))?;
    match handle.try_lock() {
        Ok(()) => Ok(handle),
        Err(TryLockError::WouldBlock) => Err(RecorderError::InUse(folder.to_owned())),
        // Some file systems know no locks.
        Err(TryLockError::Error(_)) => Ok(handle),
    }
}

/// Removes the results in the folder; true if there were any. Other files in a results folder are left
/// alone, and so is a folder that holds anything but results.
pub(super) fn prepare(folder: &Path) -> Result<bool, RecorderError> {
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
    let files = FILES.iter().rev().map(|name| folder.join(name));
    // What was made of a table goes with it.
    for file in files.flat_map(|file| [file.with_extension("parquet"), file]) {
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
