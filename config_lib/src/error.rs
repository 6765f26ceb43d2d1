//! What is wrong, and where.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A mistake in a file or in an override of it: one message, its place, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// Where in the file; `None` if the mistake isn't in its text: an override, or the file can't be read.
    pub place: Option<Box<Place>>,
    /// The option that holds the mistake, as it was given: `--set traffic.0.rate=x`.
    pub option: Option<String>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The same as bytes of `text`.
    pub span: Range<usize>,
    /// The file's text.
    pub text: String,
}

/// `file:line:column: message`, or `file: --set …: message`; what there isn't is left out.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}", file.display())?;
            if let Some(place) = &self.place {
                write!(f, ":{}:{}", place.line, place.column)?;
            }
            f.write_str(": ")?;
        }
        if let Some(option) = &self.option {
            write!(f, "{option}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    /// A mistake of the file as a whole.
    pub(crate) fn whole(file: &Path, message: impl Into<String>, help: Option<String>) -> Self {
        ConfigError { file: Some(file.to_owned()), place: None, option: None, message: message.into(), help }
    }
}

/// The place of a line and column (both from 1, columns in characters) and a number of characters in `text`. A place
/// without length reaches to the end of its line.
pub(crate) fn place_of(text: &str, line: usize, column: usize, length: usize) -> Box<Place> {
    let line_start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(line_start..).unwrap_or_default();
    let mark = if line == 1 && rest.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
    let this_line = rest[mark..].lines().next().unwrap_or_default();
    let offset = |chars: usize| this_line.char_indices().nth(chars).map_or(this_line.len(), |(at, _)| at);
    let start = offset(column.saturating_sub(1));
    let end = if length == 0 {
        start + this_line[start..].split(" #").next().unwrap_or_default().trim_end().len()
    } else {
        offset(column.saturating_sub(1).saturating_add(length))
    };
    let base = line_start + mark;
    Box::new(Place { line, column, span: base + start..base + end, text: text.to_owned() })
}

const BYTE_ORDER_MARK: char = '\u{feff}';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_and_spans_count_bytes() {
        let text = "\u{feff}a: é\nbé: x # note\n";
        let of = |line, column, length| {
            let place = place_of(text, line, column, length);
            (&text[place.span.clone()], place.line, place.column)
        };
        assert_eq!(of(1, 1, 1), ("a", 1, 1));
        assert_eq!(of(1, 4, 1), ("é", 1, 4));
        assert_eq!(of(2, 5, 1), ("x", 2, 5));
        assert_eq!(of(2, 1, 0), ("bé: x", 2, 1));
        assert_eq!(of(9, 9, 9), ("", 9, 9));
    }
}
