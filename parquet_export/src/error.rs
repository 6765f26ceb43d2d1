//! Why something can't be exported.

use parquet::errors::ParquetError;
use std::io;
use std::path::PathBuf;

/// Why something can't be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A folder or file can't be read.
    #[error("`{}` can't be read: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no table in a folder.
    #[error("`{}` holds no results", .0.display())]
    Empty(PathBuf),
    /// A line is not what it should be.
    #[error("`{}`, line {line}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        message: String,
    },
    /// A file can't be written.
    #[error("can't write `{}`: {source}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: ParquetError,
    },
}

impl ExportError {
    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            ExportError::Read { .. } | ExportError::Empty(_) => {
                Some("name the folder that a run, many runs or a sweep left")
            }
            ExportError::Malformed { .. } => {
                Some("it was changed, or is of another program: make the run again")
            }
            ExportError::Write { .. } => Some("check the space and the permissions there"),
        }
    }

    /// 2 where the input is wrong, otherwise 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            ExportError::Write { .. } => 1,
            ExportError::Read { .. } | ExportError::Empty(_) | ExportError::Malformed { .. } => 2,
        }
    }
}
