//! What a report is made from: the files of a results folder.

use crate::error::{Failure, other};
use crate::experiment::pooled;
use config_lib::Interval;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sim_lib::results::{LiveFigures, Summary};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// What of a `manifest.json` a report tells.
#[derive(Debug, Deserialize)]
pub(super) struct Manifest {
    pub(super) version: String,
    pub(super) name: String,
    pub(super) seed: u64,
    pub(super) scenario_hash: String,
    pub(super) file_hashes: BTreeMap<String, String>,
    pub(super) overrides: Vec<String>,
    pub(super) scenario_text: String,
    pub(super) scenario: Described,
}

/// Of the scenario itself.
#[derive(Debug, Deserialize)]
pub(super) struct Described {
    #[serde(default)]
    pub(super) description: String,
    pub(super) protocol: Protocol,
}

/// Of the protocol's settings.
#[derive(Debug, Deserialize)]
pub(super) struct Protocol {
    pub(super) heartbeat_interval: Interval,
}

/// A row of `seconds.csv`, as far as it is drawn.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Second {
    pub(super) second: u64,
    pub(super) vehicles: u64,
    pub(super) in_range: u64,
    pub(super) connected: u64,
    pub(super) up_sent: u64,
    pub(super) down_sent: u64,
    pub(super) control_airtime_ms: f64,
    pub(super) relays_airtime_ms: f64,
    pub(super) replies_airtime_ms: f64,
    #[serde(default)]
    pub(super) cbr_mean: Option<f64>,
    #[serde(default)]
    pub(super) cbr_p95: Option<f64>,
    #[serde(default)]
    pub(super) cbr_max: Option<f64>,
    #[serde(default)]
    pub(super) beacons_airtime_ms: f64,
    pub(super) data_airtime_ms: f64,
}

/// A row of `tracks.csv`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Track {
    pub(super) second: u64,
    pub(super) node: String,
    pub(super) role: String,
    pub(super) x_m: Option<f64>,
    pub(super) y_m: Option<f64>,
    pub(super) hops: Option<u32>,
}

/// A row of `losses.csv`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Loss {
    pub(super) sent_us: u64,
    pub(super) direction: String,
    pub(super) x_m: Option<f64>,
    pub(super) y_m: Option<f64>,
}

/// A row of `latency.csv`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Step {
    pub(super) direction: String,
    pub(super) up_to_ms: f64,
    pub(super) frames: u64,
}

/// A row of `beacons.csv`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Reached {
    pub(super) from_m: f64,
    pub(super) to_m: f64,
    pub(super) ratio: Option<f64>,
}

/// A row of `gaps.csv`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Gap {
    pub(super) from_m: f64,
    pub(super) to_m: f64,
    pub(super) mean_ms: Option<f64>,
    pub(super) p95_ms: Option<f64>,
    pub(super) p99_ms: Option<f64>,
}

/// A run, as far as its folder tells of it. What is written at the end is not there if the run never came to it.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) manifest: Manifest,
    pub(super) summary: Option<Summary>,
    pub(super) live: Option<LiveFigures>,
    pub(super) seconds: Vec<Second>,
    pub(super) tracks: Vec<Track>,
    pub(super) losses: Vec<Loss>,
    pub(super) latency: Vec<Step>,
    pub(super) reached: Vec<Reached>,
    pub(super) gaps: Vec<Gap>,
    /// By kind, milliseconds.
    pub(super) blackouts: BTreeMap<String, Vec<f64>>,
}

impl Run {
    /// Reads a results folder.
    pub(super) fn read(folder: &Path) -> Result<Run, Failure> {
        let manifest = json(folder, "manifest.json")?;
        let summary: Option<Value> = if_there(folder, "summary.json")?;
        let live = summary.as_ref().filter(|summary| summary.get("apps").is_some()).cloned();
        let of_summary = |error| unreadable(&folder.join("summary.json"), &error);
        let summary = summary.map(serde_json::from_value::<Summary>).transpose().map_err(of_summary)?;
        let warmup_us = summary.as_ref().map_or(0, |summary| (summary.warmup_s * 1e6).round() as u64);
        Ok(Run {
            manifest,
            live: live.map(serde_json::from_value).transpose().map_err(of_summary)?,
            summary,
            seconds: rows(folder, "seconds.csv")?,
            tracks: rows(folder, "tracks.csv")?,
            losses: rows(folder, "losses.csv")?,
            latency: rows(folder, "latency.csv")?,
            reached: rows(folder, BEACONS)?,
            gaps: rows(folder, GAPS)?,
            blackouts: pooled::lengths([folder].into_iter(), warmup_us)?.blackouts,
        })
    }
}

/// A JSON file that has to be there.
pub(super) fn json<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<T, Failure> {
    let path = folder.join(name);
    let text = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
    serde_json::from_slice(&text).map_err(|error| unreadable(&path, &error))
}

/// A JSON file that may be there.
fn if_there<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Option<T>, Failure> {
    match folder.join(name).exists() {
        true => json(folder, name).map(Some),
        false => Ok(None),
    }
}

/// The rows of a table; none if the run ended before there was one. A last line without an end was torn off.
pub(super) fn rows<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Vec<T>, Failure> {
    let path = folder.join(name);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(|error| unreadable(&path, &error))?,
    };
    let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
    let mut reader = csv::Reader::from_reader(whole.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().map_err(|error| unreadable(&path, &error))
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    let help = "is it of this version? `roadmesh sim` makes it again".to_owned();
    other(format!("no report: `{}` can't be read: {error}", path.display()), Some(help))
}

pub(super) const BEACONS: &str = "beacons.csv";
pub(super) const GAPS: &str = "gaps.csv";
