//! From a file to its text, and from the text to a tree.

use crate::error::{ConfigError, place_of};
use crate::kind::Kind;
use crate::tree::{Node, Value};
use crate::yaml::{explain, parse};
use serde_saphyr::Error as YamlError;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// The text of a file.
pub(crate) fn text<T>(file: &Path, kind: &Kind<T>) -> Result<String, ConfigError> {
    let unreadable = |error: io::Error| {
        let help = match error.kind() {
            ErrorKind::NotFound => "check the path".to_owned(),
            ErrorKind::IsADirectory => format!("name the {}'s file, not its folder", kind.name),
            _ => "make the file readable".to_owned(),
        };
        ConfigError::whole(file, format!("can't be read: {error}"), Some(help))
    };
    let mut bytes = Vec::new();
    let limited = File::open(file).map_err(unreadable)?.take(MAX_BYTES + 1);
    { limited }.read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        let message = format!("larger than {} MiB: this can't be a {}", MAX_BYTES >> 20, kind.name);
        return Err(ConfigError::whole(file, message, Some(kind.if_too_large.to_owned())));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let before = String::from_utf8_lossy(&error.as_bytes()[..valid]);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        ConfigError {
            place: Some(place_of(&text, line, column, 1)),
            ..ConfigError::whole(file, "not UTF-8 text", Some("save the file as UTF-8".to_owned()))
        }
    })
}

/// The tree of a file's text. An empty file says nothing: it is as if there were none.
pub(crate) fn tree<T>(file: &Path, text: &str, kind: &Kind<T>) -> Result<Node, ConfigError> {
    let root = parse(text).map_err(|error| yaml_error(file, text, &error, kind.name))?;
    match root.value {
        Value::Map(_) => Ok(root),
        Value::Null => Ok(Node::empty()),
        _ => Err(ConfigError {
            place: Some(place_of(text, 1, 1, 0)),
            ..ConfigError::whole(
                file,
                format!("not a {}: expected a section of `key: value` lines", kind.name),
                Some(format!("begin with `{}: …`", kind.first_key)),
            )
        }),
    }
}

fn yaml_error(file: &Path, text: &str, error: &YamlError, kind: &str) -> ConfigError {
    let (message, help) = explain(error, kind);
    let place = error.location().filter(|location| location.line() > 0).map(|location| {
        let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let span = number(location.span().len());
        place_of(text, number(location.line()), number(location.column()), span.max(1))
    });
    ConfigError { place, ..ConfigError::whole(file, message, help) }
}

/// The largest file; more is data, not settings.
const MAX_BYTES: u64 = 16 << 20;
