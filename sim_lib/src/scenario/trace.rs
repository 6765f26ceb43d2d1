//! Vehicles from a trace.

use super::sumo::SumoSpec;
use config_lib::Interval;
use garde::Validate;
use mobility_lib::{Format, TraceOptions};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A traffic trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct TraceSpec {
    /// A trace in one of the formats below, plain or gzipped; relative to the scenario's folder. This or `sumo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// A SUMO that runs beside the simulation, instead of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub sumo: Option<SumoSpec>,
    /// How it is written.
    #[serde(default)]
    pub format: TraceFormat,
    /// Time in the trace that becomes the start of the run.
    #[serde(default)]
    pub begin: Interval,
    /// A vehicle that is faster is a mistake of the trace, metres per second.
    #[serde(default = "hundred")]
    #[garde(range(min = 1.0, max = 10_000.0))]
    pub max_speed: f64,
    /// Whether the nodes of an ns-2 file are there before they first set out and after their last arrival.
    #[serde(default = "yes")]
    pub parked: bool,
}

/// How a trace is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TraceFormat {
    /// Its content tells.
    #[default]
    Auto,
    /// SUMO's floating car data.
    Fcd,
    /// Movements of ns-2.
    Ns2,
    /// GPS tracks.
    Gpx,
}

impl TraceSpec {
    /// All of this file, whatever its format.
    pub fn new(file: PathBuf) -> TraceSpec {
        TraceSpec {
            file: Some(file),
            sumo: None,
            format: TraceFormat::Auto,
            begin: Interval::ZERO,
            max_speed: hundred(),
            parked: yes(),
        }
    }

    /// The format, if the scenario says which.
    pub(crate) fn format(&self) -> Option<Format> {
        match self.format {
            TraceFormat::Auto => None,
            TraceFormat::Fcd => Some(Format::Fcd),
            TraceFormat::Ns2 => Some(Format::Ns2),
            TraceFormat::Gpx => Some(Format::Gpx),
        }
    }

    /// What a run of so many microseconds needs of it.
    pub(crate) fn options(&self, duration_us: u64) -> TraceOptions {
        let begin_us = self.begin.micros();
        let end_us = Some(begin_us.saturating_add(duration_us).saturating_add(MARGIN_US));
        TraceOptions { begin_us, end_us, max_speed_mps: self.max_speed, parked: self.parked }
    }
}

fn hundred() -> f64 {
    100.0
}

fn yes() -> bool {
    true
}

/// How much of a trace is read beyond the end of the run, so that movement at the end is interpolated.
const MARGIN_US: u64 = 10_000_000;
