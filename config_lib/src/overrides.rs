//! Values given beside the file: `--set radio.geometric.tx_power_dbm=23`.

use crate::tree::{Key, Node, Origin, Value};
use crate::yaml::{explain, parse};

/// One value that replaces, or adds to, what a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Where: keys and list positions (from 0) with dots between, as in `traffic.0.rate`.
    pub key: String,
    /// What: YAML.
    pub value: String,
    /// How it was given, for messages: `--set traffic.0.rate=20`.
    pub option: String,
}

/// A text without `=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write it as KEY=VALUE, for example {example}")]
pub struct NotAnOverride {
    /// One that fits the kind of file.
    pub example: &'static str,
}

impl Override {
    /// `key` becomes `value`; `option` is how the user asked for it.
    pub fn new(key: impl Into<String>, value: impl Into<String>, option: impl Into<String>) -> Self {
        Override { key: key.into(), value: value.into(), option: option.into() }
    }

    /// `key=value`, as after `--set`; `example` is one that fits the kind of file.
    ///
    /// # Errors
    /// If there is no key before a `=`.
    pub fn set(text: &str, example: &'static str) -> Result<Self, NotAnOverride> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                Ok(Override::new(key.trim(), value.trim(), format!("--set {text}")))
            }
            _ => Err(NotAnOverride { example }),
        }
    }
}

/// Puts the override with index `index` into the tree; otherwise what is wrong with it, and what to do. `kind` is the
/// name of the kind of file.
pub(crate) fn apply(
    root: &mut Node,
    change: &Override,
    index: usize,
    kind: &str,
) -> Result<(), (String, Option<String>)> {
    let origin = Origin::Override(index);
    let value = parse(&change.value).map_err(|error| {
        let (message, help) = explain(&error, kind);
        (format!("the value is not YAML: {message}"), help)
    })?;
    *slot(root, &change.key, origin)? = value.attributed(origin);
    Ok(())
}

/// The place in the tree that `key` names. Sections that aren't there yet are made.
fn slot<'a>(root: &'a mut Node, key: &str, origin: Origin) -> Result<&'a mut Node, (String, Option<String>)> {
    let mut node = root;
    let mut above = String::new();
    for step in key.split('.') {
        if step.is_empty() {
            let parts: Vec<&str> = key.split('.').filter(|part| !part.is_empty()).collect();
            let help = match parts.as_slice() {
                [] => "name a key".to_owned(),
                parts => format!("write it like `{}`", parts.join(".")),
            };
            return Err((format!("`{key}` has an empty part"), Some(help)));
        }
        if matches!(node.value, Value::Null) {
            node.value = Value::Map(Vec::new());
            node.origin = origin;
        }
        node = match &mut node.value {
            Value::Map(entries) => {
                let at = entries.iter().position(|(key, _)| key.name == step).unwrap_or_else(|| {
                    let key = Key { name: step.to_owned(), origin };
                    entries.push((key, Node { value: Value::Null, origin }));
                    entries.len() - 1
                });
                &mut entries[at].1
            }
            Value::List(items) => {
                let (count, item) =
                    (items.len(), step.parse::<usize>().ok().and_then(|at| items.get_mut(at)));
                item.ok_or_else(|| {
                    let help = match count {
                        0 => format!("`{above}` is an empty list"),
                        1 => format!("the only entry of `{above}` is 0"),
                        _ => format!("the entries of `{above}` are 0 to {}", count - 1),
                    };
                    (format!("`{above}` has no entry `{step}`"), Some(help))
                })?
            }
            _ => return Err((format!("`{above}` is a value and has no `{step}` in it"), None)),
        };
        above = if above.is_empty() { step.to_owned() } else { format!("{above}.{step}") };
    }
    Ok(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_is_key_and_value() {
        for text in ["", "seed", "=1", " =1"] {
            let error = Override::set(text, "traffic.0.rate=20").unwrap_err();
            assert_eq!(error.to_string(), "write it as KEY=VALUE, for example traffic.0.rate=20");
        }
        let change = Override::set(" name = a=b ", "").unwrap();
        assert_eq!(change, Override::new("name", "a=b", "--set  name = a=b "));
    }

    #[test]
    fn a_key_with_an_empty_part_is_shown_without_it() {
        for (key, help) in
            [("a..b", "write it like `a.b`"), (".a", "write it like `a`"), ("..", "name a key")]
        {
            let mut root = parse("a: {}").unwrap();
            let (message, given) = apply(&mut root, &Override::new(key, "1", ""), 0, "file").unwrap_err();
            assert_eq!((message, given.as_deref()), (format!("`{key}` has an empty part"), Some(help)));
        }
    }
}
