//! What a check found to be wrong.

use crate::tree::Way;

/// A rule that is broken, and the way to the value that breaks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    pub(crate) way: Way,
    /// Show the value's key rather than the value.
    pub(crate) at_key: bool,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Breach {
    /// A breach that is shown at the value. An empty `help` is none.
    pub fn at_value(way: Way, message: impl Into<String>, help: impl Into<String>) -> Self {
        Breach { way, at_key: false, message: message.into(), help: some(help.into()) }
    }

    /// A breach that is shown at the value's key. An empty `help` is none.
    pub fn at_key(way: Way, message: impl Into<String>, help: impl Into<String>) -> Self {
        Breach { at_key: true, ..Self::at_value(way, message, help) }
    }
}

fn some(help: String) -> Option<String> {
    Some(help).filter(|help| !help.is_empty())
}
