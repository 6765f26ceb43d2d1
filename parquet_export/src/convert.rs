//! One table as a Parquet file.
//!
//! Every column is optional, `INT64`, `DOUBLE` or UTF-8, compressed by Snappy. Rows go out in groups, so that a table may be
//! larger than the memory.

use crate::error::ExportError;
use crate::kind::{Guess, Kind};
use crate::rows::{self, Row};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file that was written.
#[derive(Debug)]
pub struct Written {
    /// Where.
    pub path: PathBuf,
    /// How many rows it has.
    pub rows: usize,
}

/// Writes a table beside itself. The file is there whole, or not at all.
pub fn convert(table: &Path) -> Result<Written, ExportError> {
    let path = table.with_extension("parquet");
    let columns = rows::columns(table)?;
    let kinds = kinds(table, &columns)?;
    let wrong = |source: ParquetError| ExportError::Write { path: path.clone(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Readable as any file of the user's.
    let permissions = Permissions::from_mode(0o666);
    let draft = tempfile::Builder::new().permissions(permissions).tempfile_in(folder);
    let draft = draft.map_err(|error| wrong(error.into()))?;
    let file = draft.reopen().map_err(|error| wrong(error.into()))?;
    let mut writer = writer(file, &columns, &kinds).map_err(wrong)?;

    let mut group: Vec<Row> = Vec::new();
    let mut count = 0;
    rows::each(table, &columns, |row| {
        count += 1;
        group.push(row);
        if group.len() < GROUP { Ok(()) } else { write(&mut writer, &kinds, &mut group).map_err(wrong) }
    })?;
    write(&mut writer, &kinds, &mut group).map_err(wrong)?;
    writer.close().map_err(wrong)?;
    draft.persist(&path).map_err(|error| wrong(error.error.into()))?;
    Ok(Written { path, rows: count })
}

/// What each column holds: all rows are looked at.
fn kinds(table: &Path, columns: &[String]) -> Result<Vec<Kind>, ExportError> {
    let means = table.file_name().is_some_and(|name| MEANS.iter().any(|means| name == *means));
    let mut guesses: Vec<Guess> = columns.iter().map(|column| Guess::new(column, means)).collect();
    rows::each(table, columns, |row| {
        guesses.iter_mut().zip(&row).for_each(|(guess, cell)| guess.see(cell));
        Ok(())
    })?;
    Ok(guesses.into_iter().map(Guess::kind).collect())
}

fn writer(
    file: File,
    columns: &[String],
    kinds: &[Kind],
) -> Result<SerializedFileWriter<File>, ParquetError> {
    let column = |(name, kind): (&String, &Kind)| {
        let (physical, logical) = match kind {
            Kind::Integer => (Physical::INT64, None),
            Kind::Real => (Physical::DOUBLE, None),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let built = Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build();
        built.map(Arc::new)
    };
    let fields = columns.iter().zip(kinds).map(column).collect::<Result<Vec<_>, _>>()?;
    let schema = Type::group_type_builder("table").with_fields(fields).build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(format!("roadmesh {}", env!("CARGO_PKG_VERSION")))
        .build();
    SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))
}

/// Writes these rows as a group, and takes them.
fn write(
    writer: &mut SerializedFileWriter<File>,
    kinds: &[Kind],
    rows: &mut Vec<Row>,
) -> Result<(), ParquetError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut group = writer.next_row_group()?;
    for (index, kind) in kinds.iter().enumerate() {
        let cells = || rows.iter().map(|row| row[index].as_str());
        // 1 where there is a cell, 0 where there is none.
        let there: Vec<i16> = cells().map(|cell| i16::from(!cell.is_empty())).collect();
        let cells = || cells().filter(|cell| !cell.is_empty());
        let Some(mut column) = group.next_column()? else { break };
        let unfit = |cell: &str| ParquetError::General(format!("`{cell}` is no {kind:?}"));
        match column.untyped() {
            ColumnWriter::Int64ColumnWriter(column) => {
                let values = cells().map(|cell| cell.parse().map_err(|_| unfit(cell)));
                column.write_batch(&values.collect::<Result<Vec<i64>, _>>()?, Some(&there), None)?;
            }
            ColumnWriter::DoubleColumnWriter(column) => {
                let values = cells().map(|cell| cell.parse().map_err(|_| unfit(cell)));
                column.write_batch(&values.collect::<Result<Vec<f64>, _>>()?, Some(&there), None)?;
            }
            ColumnWriter::ByteArrayColumnWriter(column) => {
                let values: Vec<ByteArray> = cells().map(ByteArray::from).collect();
                column.write_batch(&values, Some(&there), None)?;
            }
            _ => return Err(ParquetError::General("a column of another type".to_owned())),
        }
        column.close()?;
    }
    group.close()?;
    rows.clear();
    Ok(())
}

/// Rows of a group.
const GROUP: usize = 100_000;
/// Tables of figures over runs.
const MEANS: [&str; 2] = ["runs.csv", "points.csv"];
