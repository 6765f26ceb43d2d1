//! What a value was read from, and where in it a mistake was made.

use crate::breach::Breach;
use crate::de;
use crate::error::{ConfigError, place_of};
use crate::file;
use crate::kind::Kind;
use crate::overrides::{self, Override};
use crate::tree::{Node, Origin, Step, Value, Way};
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// What a value was read from: enough to repeat it, and to show where a mistake was made.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file's text as it is; empty without a file.
    pub text: String,
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// The folder that paths are relative to: the file's, or the one we are in.
    pub base: PathBuf,
    /// The overrides, as they were given.
    pub overrides: Vec<Override>,
    tree: Node,
}

impl Source {
    /// A mistake that was found after loading, at the place that `key` names (as in an override: `traffic.0.from`).
    pub fn mistake(&self, key: &str, message: impl Into<String>, help: Option<String>) -> ConfigError {
        let steps: Vec<Step> = key.split('.').map(Step::from_key).collect();
        let (node, key) = self.tree.find(&steps);
        let origin = match (key, &node.value) {
            (Some(key), Value::Map(_) | Value::List(_)) => key.origin,
            _ => node.origin,
        };
        self.error(origin, message.into(), help)
    }

    pub(crate) fn of_file<T>(file: &Path, kind: &Kind<T>) -> Result<Self, ConfigError> {
        Self::of_text(&file::text(file, kind)?, file, file.parent().unwrap_or(Path::new("")), kind)
    }

    pub(crate) fn of_text<T>(
        text: &str,
        file: &Path,
        base: &Path,
        kind: &Kind<T>,
    ) -> Result<Self, ConfigError> {
        let tree = file::tree(file, text, kind)?;
        let (text, file, base) = (text.to_owned(), Some(file.to_owned()), base.to_owned());
        Ok(Source { text, file, base, overrides: Vec::new(), tree })
    }

    pub(crate) fn without_file() -> Self {
        let (text, base) = (String::new(), PathBuf::new());
        Source { text, file: None, base, overrides: Vec::new(), tree: Node::empty() }
    }

    /// Puts `overrides` into the tree; `kind` is the name of the kind of file.
    pub(crate) fn apply(&mut self, overrides: &[Override], kind: &str) -> Result<(), ConfigError> {
        self.overrides = overrides.to_vec();
        for (index, change) in overrides.iter().enumerate() {
            overrides::apply(&mut self.tree, change, index, kind)
                .map_err(|(message, help)| self.error(Origin::Override(index), message, help))?;
        }
        Ok(())
    }

    /// The tree as a `T`. `if_empty` is what to do about an empty file that the overrides don't make up for.
    pub(crate) fn read<T: DeserializeOwned>(&self, if_empty: &str) -> Result<T, ConfigError> {
        de::read(&self.tree).map_err(|mistake| {
            if let (Some(file), Origin::Nowhere, Some(_)) = (&self.file, self.tree.origin, mistake.missing) {
                return ConfigError::whole(file, "the file is empty", Some(if_empty.to_owned()));
            }
            let message = match mistake.way.0.as_slice() {
                [] => mistake.message,
                _ => format!("in `{}`: {}", mistake.way, mistake.message),
            };
            let help = match (mistake.missing, &self.file) {
                (Some(key), Some(_)) => Some(format!("add `{key}: …`")),
                (Some(key), None) => {
                    Some(format!("give `{}` as an option, or in a file", mistake.way.key(key).dotted()))
                }
                (None, _) => mistake.help,
            };
            self.error(mistake.origin.unwrap_or(self.tree.origin), message, help)
        })
    }

    /// A limit of a single value, as a breach.
    pub(crate) fn out_of_range(&self, path: &garde::Path, error: &garde::Error) -> Breach {
        let steps = path.to_string();
        let steps = steps.split(['.', '[']).map(|step| match step.strip_suffix(']').map(str::parse) {
            Some(Ok(index)) => Step::Index(index),
            _ => Step::Key(step.to_owned()),
        });
        let way = Way(steps.collect());
        let (node, _) = self.tree.find(&way.0);
        let error = error.to_string();
        let error = match (error.strip_prefix("lower than "), error.strip_prefix("greater than ")) {
            (Some(limit), _) => format!("it must be at least {limit}"),
            (_, Some(limit)) => format!("it must be at most {limit}"),
            _ => error,
        };
        let message = match &node.value {
            Value::Integer(value) => format!("`{way}` is {value}: {error}"),
            Value::Float(value) => format!("`{way}` is {value}: {error}"),
            Value::Text(value) => format!("`{way}` is `{value}`: {error}"),
            _ => format!("`{way}`: {error}"),
        };
        Breach::at_value(way, message, "")
    }

    /// The breach that comes first, as an error; the others are counted in its help.
    pub(crate) fn first(&self, breaches: Vec<Breach>) -> Result<(), ConfigError> {
        let count = breaches.len();
        let placed = breaches.into_iter().map(|breach| (self.origin(&breach), breach));
        let Some((origin, breach)) = placed.min_by_key(|(origin, _)| order(*origin)) else { return Ok(()) };
        let mut help = breach.help;
        if count > 1 {
            let more =
                if count == 2 { "1 more mistake".to_owned() } else { format!("{} more mistakes", count - 1) };
            help =
                Some(help.map_or(format!("{more} after this one"), |help| {
                    format!("{help} ({more} after this one)")
                }));
        }
        Err(self.error(origin, breach.message, help))
    }

    fn origin(&self, breach: &Breach) -> Origin {
        let (node, key) = self.tree.find(&breach.way.0);
        match key {
            Some(key) if breach.at_key => key.origin,
            _ => node.origin,
        }
    }

    fn error(&self, origin: Origin, message: String, help: Option<String>) -> ConfigError {
        let (place, option) = match origin {
            Origin::File { line, column, length } => (Some(place_of(&self.text, line, column, length)), None),
            Origin::Override(index) => (None, self.overrides.get(index).map(|change| change.option.clone())),
            Origin::Nowhere => (None, None),
        };
        ConfigError { file: self.file.clone(), place, option, message, help }
    }
}

/// Overrides first, then by place; last what nobody wrote.
fn order(origin: Origin) -> (usize, usize) {
    match origin {
        Origin::Override(index) => (0, index),
        Origin::File { line, column, .. } => (line, column),
        Origin::Nowhere => (usize::MAX, 0),
    }
}
