//! One scenario file: what stands where, what moves, what is sent, what breaks.
//!
//! [`Scenario::load`] is the only way from a file to a [`Scenario`]; what it returns was checked as a whole. Every
//! mistake is one [`ScenarioError`] with file, line, column and a way to mend it.

mod check;
mod de;
mod error;
mod limits;
pub mod model;
mod overrides;
mod source;
mod tree;
pub mod units;

pub use error::{Place, ScenarioError};
pub use model::Scenario;
pub use overrides::{NotAnOverride, Override};

use check::Breach;
use garde::Validate;
use std::fs::File;
use std::path::{Path, PathBuf};
use tree::{Node, Origin, Step, Value, Way};

/// A scenario that was read and checked, with what is needed to repeat it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario, defaults and overrides included.
    pub scenario: Scenario,
    /// The file's text as it is.
    pub text: String,
    /// The file.
    pub file: PathBuf,
    /// The folder that the scenario's paths are relative to.
    pub base: PathBuf,
    /// The overrides, as they were given.
    pub overrides: Vec<Override>,
    /// BLAKE3 of the trace's bytes, in hexadecimal, where there is a trace.
    pub trace_hash: Option<String>,
    tree: Node,
}

impl Scenario {
    /// Reads a scenario file, applies `overrides` in their order, and checks the result. Of the trace only
    /// the hash is taken: its content, and names that must be vehicles of it, are checked by
    /// [`World::new`](crate::world::World::new).
    ///
    /// # Errors
    /// The first mistake in the order of the file, with its place; those of overrides come first.
    pub fn load(file: &Path, overrides: &[Override]) -> Result<Loaded, ScenarioError> {
        let text = source::text(file)?;
        let tree = source::tree(file, &text)?;
        Unchecked { file, text, tree, overrides }.check()
    }

    /// The scenario as YAML, every default written out.
    ///
    /// # Errors
    /// None is known; the serializer's signature has one.
    pub fn to_yaml(&self) -> Result<String, serde_saphyr::ser::Error> {
        serde_saphyr::to_string(self)
    }

    /// BLAKE3 of the scenario in its canonical form (compact JSON with every default), in hexadecimal. Equal scenarios
    /// have equal hashes, however their files were written.
    ///
    /// # Errors
    /// None is known; the serializer's signature has one.
    pub fn hash(&self) -> Result<String, serde_json::Error> {
        Ok(blake3::hash(&serde_json::to_vec(self)?).to_hex().to_string())
    }
}

impl Loaded {
    /// A mistake that was found after loading, at the place that `key` names (as in an override: `traffic.0.from`).
    pub fn mistake(&self, key: &str, message: impl Into<String>, help: Option<String>) -> ScenarioError {
        let steps: Vec<Step> = key.split('.').map(Step::from_key).collect();
        let (node, key) = self.tree.find(&steps);
        let origin = match (key, &node.value) {
            (Some(key), Value::Map(_) | Value::List(_)) => key.origin,
            _ => node.origin,
        };
        let source =
            Source { file: &self.file, text: &self.text, tree: &self.tree, overrides: &self.overrides };
        source.error(origin, message.into(), help)
    }
}

/// A scenario on its way from the file.
struct Unchecked<'a> {
    file: &'a Path,
    text: String,
    tree: Node,
    overrides: &'a [Override],
}

impl Unchecked<'_> {
    fn check(mut self) -> Result<Loaded, ScenarioError> {
        for (index, change) in self.overrides.iter().enumerate() {
            overrides::apply(&mut self.tree, change, index).map_err(|(message, help)| ScenarioError {
                option: Some(change.option.clone()),
                ..ScenarioError::whole(self.file, message, help)
            })?;
        }
        let source =
            Source { file: self.file, text: &self.text, tree: &self.tree, overrides: self.overrides };
        let scenario: Scenario = de::read(&self.tree).map_err(|mistake| {
            let message = match mistake.way.0.as_slice() {
                [] => mistake.message,
                _ => format!("in `{}`: {}", mistake.way, mistake.message),
            };
            source.error(mistake.origin.unwrap_or(self.tree.origin), message, mistake.help)
        })?;
        let ranges = scenario.validate().err().into_iter().flat_map(garde::Report::into_inner);
        let mut breaches: Vec<Breach> =
            ranges.map(|(path, error)| out_of_range(&self.tree, &path, &error)).collect();
        breaches.extend(check::check(&scenario));
        source.first(breaches)?;
        let base = self.file.parent().unwrap_or(Path::new("")).to_owned();
        let trace_hash = match &scenario.trace {
            None => None,
            Some(trace) => Some(hash_file(&base.join(&trace.file)).map_err(|error| {
                let (node, _) = self.tree.find(&Way::default().key("trace").key("file").0);
                let message = format!("the trace `{}` can't be read: {error}", trace.file.display());
                let help = "its path is relative to the scenario's folder".to_owned();
                source.error(node.origin, message, Some(help))
            })?),
        };
        let (overrides, file) = (self.overrides.to_vec(), self.file.to_owned());
        Ok(Loaded { scenario, text: self.text, file, base, overrides, trace_hash, tree: self.tree })
    }
}

/// What is needed to show where a mistake was made.
struct Source<'a> {
    file: &'a Path,
    text: &'a str,
    tree: &'a Node,
    overrides: &'a [Override],
}

impl Source<'_> {
    /// The breach that comes first, as an error; the others are counted in its help.
    fn first(&self, breaches: Vec<Breach>) -> Result<(), ScenarioError> {
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

    fn error(&self, origin: Origin, message: String, help: Option<String>) -> ScenarioError {
        let mut error = ScenarioError::whole(self.file, message, help);
        match origin {
            Origin::File { line, column, length } => {
                error.place = Some(error::place_of(self.text, line, column, length));
            }
            Origin::Override(index) => {
                error.option = self.overrides.get(index).map(|change| change.option.clone());
            }
        }
        error
    }
}

/// Overrides first, then by place.
fn order(origin: Origin) -> (usize, usize) {
    match origin {
        Origin::Override(index) => (0, index),
        Origin::File { line, column, .. } => (line, column),
    }
}

/// A limit of a single value.
fn out_of_range(tree: &Node, path: &garde::Path, error: &garde::Error) -> Breach {
    let steps = path.to_string();
    let steps = steps.split(['.', '[']).map(|step| match step.strip_suffix(']').map(str::parse) {
        Some(Ok(index)) => Step::Index(index),
        _ => Step::Key(step.to_owned()),
    });
    let way = Way(steps.collect());
    let (node, _) = tree.find(&way.0);
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
    Breach { way, at_key: false, message, help: None }
}

fn hash_file(file: &Path) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    std::io::copy(&mut File::open(file)?, &mut hasher)?;
    Ok(hasher.finalize().to_hex().to_string())
}
