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
pub mod sumo;
pub mod trace;

pub use model::Scenario;
pub use schema::schema;

use config_lib::{ConfigError, Kind, Override, Source};
use mobility_lib::traci;
use model::RadioProfile;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

/// A scenario that was read and checked, with what is needed to repeat it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The scenario, defaults and overrides included.
    pub scenario: Scenario,
    /// What it was read from; its paths are relative to the folder there.
    pub source: Source,
    /// BLAKE3 of the bytes of each file that it names, in hexadecimal, by the key that names it; of a configuration of SUMO together
    /// with the files that this names.
    pub file_hashes: BTreeMap<String, String>,
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
        let hash = |(key, what, file): (&str, &str, &Path)| {
            let path = source.base.join(file);
            let wrong = |error: std::io::Error| {
                let message = format!("the {what} `{}` can't be read: {error}", file.display());
                let help = "its path is relative to the scenario's folder".to_owned();
                source.mistake(key, message, Some(help))
            };
            let mut hasher = blake3::Hasher::new();
            hash_file(&path, &mut hasher).map_err(wrong)?;
            if key == SUMO_CONFIG {
                hash_inputs(&path, &mut hasher)
                    .map_err(|(message, help)| source.mistake(key, message, Some(help)))?;
            }
            Ok((key.to_owned(), hasher.finalize().to_hex().to_string()))
        };
        let file_hashes = scenario.files().map(hash).collect::<Result<_, _>>()?;
        Ok(Loaded { scenario, source, file_hashes })
    }

    /// The files that the scenario is made of besides its own: the key that names each, what it is, and its path, which is relative to the
    /// scenario's folder.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &'static str, &Path)> {
        let trace = self.trace.as_ref().and_then(|trace| trace.file.as_deref());
        let trace = trace.map(|file| ("trace.file", "trace", file));
        let sumo = self.trace.as_ref().and_then(|trace| trace.sumo.as_ref()?.config.as_deref());
        let sumo = sumo.map(|file| (SUMO_CONFIG, "configuration of SUMO", file));
        let network =
            self.network.as_ref().map(|network| ("network.file", "network", network.file.as_path()));
        let buildings = self.radio.dot11p.propagation.buildings.as_deref();
        let buildings = buildings.filter(|_| self.radio.profile == RadioProfile::Dot11p);
        let buildings =
            buildings.map(|file| ("radio.80211p.propagation.buildings", "map of buildings", file));
        [trace, sumo, network, buildings].into_iter().flatten()
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

fn hash_file(file: &Path, hasher: &mut blake3::Hasher) -> std::io::Result<()> {
    std::io::copy(&mut File::open(file)?, hasher)?;
    Ok(())
}

/// Adds what a configuration of SUMO has SUMO read, or gives what is wrong and how to mend it.
fn hash_inputs(config: &Path, hasher: &mut blake3::Hasher) -> Result<(), (String, String)> {
    let inputs = traci::input_files(config).map_err(|error| (error.to_string(), error.help().to_owned()))?;
    let folder = config.parent().unwrap_or(Path::new(""));
    for input in inputs {
        hash_file(&folder.join(&input), hasher).map_err(|error| {
            let message = format!("SUMO's file `{}` can't be read: {error}", input.display());
            (message, "its path is relative to the folder of SUMO's configuration".to_owned())
        })?;
    }
    Ok(())
}

/// The key that names SUMO's configuration.
const SUMO_CONFIG: &str = "trace.sumo.config";

/// What is said of scenario files, and what must hold in them.
const KIND: Kind<Scenario> = Kind {
    name: "scenario",
    first_key: "name",
    if_empty: "a scenario has at least `name`, `duration`, `nodes`, `groups` or `trace`, and `radio`",
    if_too_large: "traces go into files of their own, see `trace`",
    check: check::check,
};
