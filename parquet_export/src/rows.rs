//! A table's columns and rows, whatever its file is.

use crate::error::ExportError;
use crate::events;
use crate::folders::EVENTS;
use std::path::Path;

/// A row's cells; an empty one is missing.
pub type Row = Vec<String>;

/// Names of a table's columns.
pub fn columns(path: &Path) -> Result<Vec<String>, ExportError> {
    if path.file_name().is_some_and(|name| name == EVENTS) {
        return events::columns(path);
    }
    let mut reader = csv::Reader::from_path(path).map_err(|error| of_csv(path, error))?;
    let headers = reader.headers().map_err(|error| of_csv(path, error))?;
    Ok(headers.iter().map(str::to_owned).collect())
}

/// Gives every row, as wide as there are `columns`, to `take`.
pub fn each(
    path: &Path,
    columns: &[String],
    mut take: impl FnMut(Row) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    if path.file_name().is_some_and(|name| name == EVENTS) {
        return events::each(path, columns, take);
    }
    let mut reader = csv::Reader::from_path(path).map_err(|error| of_csv(path, error))?;
    for row in reader.records() {
        take(row.map_err(|error| of_csv(path, error))?.iter().map(str::to_owned).collect())?;
    }
    Ok(())
}

fn of_csv(path: &Path, error: csv::Error) -> ExportError {
    let line = error.position().map_or(1, csv::Position::line);
    let path = path.to_owned();
    match error.into_kind() {
        csv::ErrorKind::Io(source) => ExportError::Read { path, source },
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            ExportError::Malformed { path, line, message: format!("{len} cells instead of {expected_len}") }
        }
        other => ExportError::Malformed { path, line, message: format!("no CSV: {other:?}") },
    }
}
