//! YAML, and what is wrong with a text that is none.

use crate::tree::Node;
use serde_saphyr::Error as YamlError;

/// Any YAML text as a tree; of bounded size, whatever the text.
pub(crate) fn parse(text: &str) -> Result<Node, YamlError> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
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

/// What is wrong with a text that is no YAML, and what to do; `kind` is the name of the kind of file.
pub(crate) fn explain(error: &YamlError, kind: &str) -> (String, Option<String>) {
    let mended = |message: &str, help: &str| (message.to_owned(), Some(help.to_owned()));
    match error.without_snippet() {
        YamlError::MultipleDocuments { .. } => mended(
            "a second document begins here",
            &format!("a {kind} is one document: put the others into files of their own"),
        ),
        YamlError::DuplicateMappingKey { key: Some(key), .. } => {
            mended(&format!("the key `{key}` is here a second time"), "keep one of the two")
        }
        YamlError::NonFiniteFloat { value, .. } => (format!("`{value}` is not a finite number"), None),
        YamlError::UnknownAnchor { .. } => {
            mended("this alias has no anchor", "define it before with `&name`, or quote the text")
        }
        YamlError::AliasReplayLimitExceeded { .. }
        | YamlError::AliasExpansionLimitExceeded { .. }
        | YamlError::AliasReplayStackDepthExceeded { .. }
        | YamlError::AliasReplayCounterOverflow { .. } => {
            mended("the aliases expand to too much", "write the values out")
        }
        YamlError::AliasError { error, .. } => explain(error, kind),
        YamlError::Budget { .. } => {
            mended("nested too deeply or too large", &format!("a {kind} is at most {MAX_DEPTH} levels deep"))
        }
        YamlError::ExternalMessage { msg, .. } | YamlError::Message { msg, .. } if msg.contains("tab") => {
            mended(msg, "indent with spaces")
        }
        YamlError::ExternalMessage { msg, .. } | YamlError::Message { msg, .. }
            if msg.contains("mapping values") || msg.contains("did not find expected") =>
        {
            mended(msg, "check the indentation and the brackets of this line and those before")
        }
        YamlError::ExternalMessage { msg, .. } | YamlError::Message { msg, .. } => (msg.clone(), None),
        YamlError::Unexpected { expected: "string scalar", .. } => {
            mended("a key must be a plain text", "write `key: value`")
        }
        other => {
            let text = other.to_string();
            (text.split(" at line ").next().unwrap_or(&text).to_owned(), None)
        }
    }
}

/// How deep a text may be nested.
const MAX_DEPTH: usize = 32;
