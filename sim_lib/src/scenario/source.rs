//! From bytes to a tree: reading a file, and telling what is wrong with its YAML.

use super::error::{ScenarioError, place_of};
use super::tree::{Node, Value};
use serde_saphyr::Error as YamlError;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The text of a scenario file.
pub(super) fn text(file: &Path) -> Result<String, ScenarioError> {
    let unreadable = |error: std::io::Error| {
        let help = match error.kind() {
            std::io::ErrorKind::NotFound => "check the path",
            std::io::ErrorKind::IsADirectory => "name the scenario's file, not its folder",
            _ => "make the file readable",
        };
        ScenarioError::whole(file, format!("can't be read: {error}"), Some(help.to_owned()))
    };
    let mut bytes = Vec::new();
    let limited = File::open(file).map_err(unreadable)?.take(MAX_BYTES + 1);
    { limited }.read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        let message = format!("larger than {} MiB: this can't be a scenario", MAX_BYTES >> 20);
        return Err(ScenarioError::whole(
            file,
            message,
            Some("traces go into files of their own, see `trace`".into()),
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let before = String::from_utf8_lossy(&error.as_bytes()[..valid]);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        ScenarioError {
            place: Some(place_of(&text, line, column, 1)),
            ..ScenarioError::whole(file, "not UTF-8 text", Some("save the file as UTF-8".to_owned()))
        }
    })
}

/// The tree of a scenario's text.
pub(super) fn tree(file: &Path, text: &str) -> Result<Node, ScenarioError> {
    let root = parse(text).map_err(|error| yaml_error(file, text, &error))?;
    match root.value {
        Value::Map(_) => Ok(root),
        Value::Null => Err(ScenarioError::whole(
            file,
            "the file is empty",
            Some("a scenario has at least `name`, `duration`, `nodes` or `trace`, and `radio`".to_owned()),
        )),
        _ => Err(ScenarioError {
            place: Some(place_of(text, 1, 1, 0)),
            ..ScenarioError::whole(
                file,
                "not a scenario: expected a section of `key: value` lines",
                Some("begin with `name: …`".to_owned()),
            )
        }),
    }
}

/// Any YAML text as a tree; of bounded size, whatever the text.
pub(super) fn parse(text: &str) -> Result<Node, YamlError> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        budget: serde_saphyr::budget! {
            max_depth: 32,
            max_nodes: 1_000_000,
            max_documents: 2,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 100_000,
            max_replay_stack_depth: 8,
        },
    };
    serde_saphyr::from_str_with_options(text, options)
}

/// What is wrong with a text that is no YAML, and what to do.
pub(super) fn explain(error: &YamlError) -> (String, Option<&'static str>) {
    match error.without_snippet() {
        YamlError::MultipleDocuments { .. } => (
            "a second document begins here".to_owned(),
            Some("a scenario is one document: put the others into files of their own"),
        ),
        YamlError::DuplicateMappingKey { key: Some(key), .. } => {
            (format!("the key `{key}` is here a second time"), Some("keep one of the two"))
        }
        YamlError::NonFiniteFloat { value, .. } => (format!("`{value}` is not a finite number"), None),
        YamlError::UnknownAnchor { .. } => {
            ("this alias has no anchor".to_owned(), Some("define it before with `&name`, or quote the text"))
        }
        YamlError::AliasReplayLimitExceeded { .. }
        | YamlError::AliasExpansionLimitExceeded { .. }
        | YamlError::AliasReplayStackDepthExceeded { .. }
        | YamlError::AliasReplayCounterOverflow { .. } => {
            ("the aliases expand to too much".to_owned(), Some("write the values out"))
        }
        YamlError::AliasError { error, .. } => explain(error),
        YamlError::Budget { .. } => {
            ("nested too deeply or too large".to_owned(), Some("a scenario is at most 32 levels deep"))
        }
        YamlError::ExternalMessage { msg, .. } | YamlError::Message { msg, .. } if msg.contains("tab") => {
            (msg.clone(), Some("indent with spaces"))
        }
        YamlError::ExternalMessage { msg, .. } | YamlError::Message { msg, .. } => {
            let layout = msg.contains("mapping values") || msg.contains("did not find expected");
            (
                msg.clone(),
                layout.then_some("check the indentation and the brackets of this line and those before"),
            )
        }
        YamlError::Unexpected { expected: "string scalar", .. } => {
            ("a key must be a plain text".to_owned(), Some("write `key: value`"))
        }
        other => {
            let text = other.to_string();
            (text.split(" at line ").next().unwrap_or(&text).to_owned(), None)
        }
    }
}

fn yaml_error(file: &Path, text: &str, error: &YamlError) -> ScenarioError {
    let (message, help) = explain(error);
    let place = error.location().filter(|location| location.line() > 0).map(|location| {
        let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let span = number(location.span().len());
        place_of(text, number(location.line()), number(location.column()), span.max(1))
    });
    ScenarioError { place, ..ScenarioError::whole(file, message, help.map(str::to_owned)) }
}

/// The largest scenario file.
const MAX_BYTES: u64 = 16 << 20;
