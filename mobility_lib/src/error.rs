//! What can be wrong with a trace or with waypoints.

use std::fmt;

/// Why a trace or a list of waypoints was refused, where, and what to do about it.
///
/// Its `Display` form is one line, `file:line:column: message` as far as these are known; [`MobilityError::help`] is
/// a second sentence that says how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MobilityError {
    /// The file can't be opened.
    #[error("{file}: {message}")]
    Open {
        /// The file as it was named.
        file: String,
        /// What the operating system says.
        message: String,
        /// What to do.
        help: String,
    },
    /// The trace can't be read, or says something impossible.
    #[error("{file}:{place}: {message}")]
    Trace {
        /// The file as it was named.
        file: String,
        /// Where in the file (uncompressed, if it is gzipped).
        place: Place,
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// Vehicles that are seen step by step do something impossible.
    #[error("{message}")]
    Moving {
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// A list of waypoints is impossible.
    #[error("waypoint {index}: {message}")]
    Waypoint {
        /// Which waypoint, counted from 0.
        index: usize,
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
}

/// A place in a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, counted from 1.
    pub line: u64,
    /// The column, in characters (not bytes), counted from 1.
    pub column: u64,
}

impl MobilityError {
    /// The file, if it is about one.
    pub fn file(&self) -> Option<&str> {
        match self {
            MobilityError::Open { file, .. } | MobilityError::Trace { file, .. } => Some(file),
            MobilityError::Waypoint { .. } | MobilityError::Moving { .. } => None,
        }
    }

    /// The line and column, if it is about the content of a file.
    pub fn place(&self) -> Option<Place> {
        match self {
            MobilityError::Trace { place, .. } => Some(*place),
            MobilityError::Open { .. } | MobilityError::Waypoint { .. } | MobilityError::Moving { .. } => {
                None
            }
        }
    }

    /// What is wrong, without its place.
    pub fn message(&self) -> &str {
        match self {
            MobilityError::Open { message, .. }
            | MobilityError::Trace { message, .. }
            | MobilityError::Moving { message, .. }
            | MobilityError::Waypoint { message, .. } => message,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &str {
        match self {
            MobilityError::Open { help, .. }
            | MobilityError::Trace { help, .. }
            | MobilityError::Moving { help, .. }
            | MobilityError::Waypoint { help, .. } => help,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}
