//! One scenario file: what stands where, what moves, what is sent, what breaks.
//!
//! [`Scenario::load`] is the only way from a file to a [`Scenario`]; what it returns was checked as a whole. Every
//! mistake is one [`ConfigError`] with file, line, column and a way to mend it.

pub mod beacons;
mod check;
mod dot11p;
pub mod faults;
pub mod group;
pub mod lab;
pub mod limits;
pub mod model;
pub mod network;
pub mod propagation;
mod protocol;
pub mod random_faults;
mod schema;
pub mod trace;

pub use model::Scenario;
pub use schema::schema;

use config_lib::{ConfigError, Kind, Override, Source};
use std::fs::File;
use std::path::Path;

/// A scenario that was read and checked, with what is needed to repeat it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario, defaults and overrides included.
    pub scenario: Scenario,
    /// What it was read from; its paths are relative to the folder there.
    pub source: Source,
    /// BLAKE3 of the trace's bytes, in hexadecimal, where there is a trace.
    pub trace_hash: Option<String>,
}

impl Scenario {
    /// Reads a scenario file, applies `overrides` in their order, and checks the result. Of the trace only
    /// the hash is taken: its content, and names that must be vehicles of it, are checked by
    /// [`World::new`](crate::world::World::new).
    ///
    /// # Errors
    /// The first mistake in the order of the file, with its place; those of overrides come first.
    pub fn load(file: &Path, overrides: &[Override]) -> Result<Loaded, ConfigError> {
        Self::complete(KIND.load(Some(file), overrides)?)
    }

    /// As [`Scenario::load`], from the text that a results folder keeps. Mistakes name `file`; the trace's path is relative to
    /// `base`.
    ///
    /// # Errors
    /// As [`Scenario::load`].
    pub fn load_text(
        text: &str,
        file: &Path,
        base: &Path,
        overrides: &[Override],
    ) -> Result<Loaded, ConfigError> {
        Self::complete(KIND.load_text(text, file, base, overrides)?)
    }

    fn complete(loaded: config_lib::Loaded<Scenario>) -> Result<Loaded, ConfigError> {
        let config_lib::Loaded { value: mut scenario, source } = loaded;
        let network = network::resolve(&mut scenario, &source)?;
        propagation::resolve(&mut scenario, network.as_ref(), &source)?;
        random_faults::resolve(&mut scenario);
        let trace_hash = match &scenario.trace {
            None => None,
            Some(trace) => Some(hash_file(&source.base.join(&trace.file)).map_err(|error| {
                let message = format!("the trace `{}` can't be read: {error}", trace.file.display());
                let help = "its path is relative to the scenario's folder".to_owned();
                source.mistake("trace.file", message, Some(help))
            })?),
        };
        Ok(Loaded { scenario, source, trace_hash })
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

fn hash_file(file: &Path) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    std::io::copy(&mut File::open(file)?, &mut hasher)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// What is said of scenario files, and what must hold in them.
const KIND: Kind<Scenario> = Kind {
    name: "scenario",
    first_key: "name",
    if_empty: "a scenario has at least `name`, `duration`, `nodes`, `groups` or `trace`, and `radio`",
    if_too_large: "traces go into files of their own, see `trace`",
    check: check::check,
};
