//! `events.jsonl` as a table: a column for every key that any event has.

use crate::error::ExportError;
use crate::rows::Row;
use serde_json::{Map, Value};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// All keys, in the order in which they come up.
pub fn columns(path: &Path) -> Result<Vec<String>, ExportError> {
    let mut columns: Vec<String> = Vec::new();
    objects(path, |event| {
        let new = event.keys().filter(|key| !columns.contains(*key)).cloned().collect::<Vec<_>>();
        columns.extend(new);
        Ok(())
    })?;
    Ok(columns)
}

/// Gives every event to `take`.
pub fn each(
    path: &Path,
    columns: &[String],
    mut take: impl FnMut(Row) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    objects(path, |event| {
        let cell = |name: &String| match event.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        take(columns.iter().map(cell).collect())
    })
}

fn objects(
    path: &Path,
    mut take: impl FnMut(Map<String, Value>) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let read = |source| ExportError::Read { path: path.to_owned(), source };
    let file = BufReader::new(File::open(path).map_err(read)?);
    for (line, text) in (1..).zip(file.lines()) {
        let event: Map<String, Value> = serde_json::from_str(&text.map_err(read)?).map_err(|error| {
            ExportError::Malformed { path: path.to_owned(), line, message: format!("no event: {error}") }
        })?;
        take(event)?;
    }
    Ok(())
}
