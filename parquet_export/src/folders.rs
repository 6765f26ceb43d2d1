//! The tables of a results folder.

use crate::error::ExportError;
use std::fs;
use std::path::{Path, PathBuf};

/// All tables in a folder and in the folders in it, in the order of their names.
pub fn tables(folder: &Path) -> Result<Vec<PathBuf>, ExportError> {
    let mut all = Vec::new();
    collect(folder, &mut all)?;
    if all.is_empty() {
        return Err(ExportError::Empty(folder.to_owned()));
    }
    Ok(all)
}

/// What isn't ours is not looked into: every folder of results has one of [`MARKS`]. Those of programs have none.
fn collect(folder: &Path, all: &mut Vec<PathBuf>) -> Result<(), ExportError> {
    let read = |source| ExportError::Read { path: folder.to_owned(), source };
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(read)? {
        entries.push(entry.map_err(read)?.path());
    }
    entries.sort();
    let ours = MARKS.iter().any(|name| folder.join(name).is_file());
    for path in entries {
        if path.is_dir() {
            collect(&path, all)?;
        } else if ours && is_table(&path) {
            all.push(path);
        }
    }
    Ok(())
}

fn is_table(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "csv") || path.file_name().is_some_and(|name| name == EVENTS)
}

/// Of one run; of several.
const MARKS: [&str; 2] = ["manifest.json", "summary.json"];
/// Events, one JSON object to a line.
pub const EVENTS: &str = "events.jsonl";
