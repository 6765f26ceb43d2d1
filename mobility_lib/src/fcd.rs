//! SUMO's floating car data: `<fcd-export><timestep time=".."><vehicle id=".." x=".." y=".."/></timestep></fcd-export>`.
//!
//! A trace is read as a stream, plain or gzipped; which of the two is told by its first bytes, not by its name. Of a
//! vehicle, `id`, `x` and `y` are needed, everything else is optional and ignored. The format is described in SUMO's
//! manual under "Simulation/Output/FCDOutput".
//!
//! - **Units**: `x` and `y` are metres. Traces written with `--fcd-output.geo` hold degrees instead. They are refused, if
//!   SUMO's own header says so or if the vehicles move a thousand times slower than their `speed` tells; a geographic
//!   trace that has neither can't be told from one in metres. `time` is seconds, or `[days:]hours:minutes:seconds`
//!   (`--human-readable-time`).
//! - **Life**: a vehicle exists from its first sample to its last, both included. Two samples at most
//!   [`MAX_GAP_STEPS`] of the trace's steps apart are one movement; if they are farther apart the vehicle was away in
//!   between, and its [`Track`] has one span more. A vehicle that is missing from a timestep and returns too far away to
//!   have driven there (SUMO's teleporting) was away too. The trace's step is the commonest time between two
//!   timesteps that have vehicles, so that traces recorded with `--device.fcd.period` are read as they are meant.
//! - **Persons and containers** are counted and otherwise ignored, as are elements that this reader doesn't know.
//! - **Refused**, with file, line and column: anything that is not well-formed UTF-8 XML or not whole, and anything that
//!   can't be true, see [`read`].

mod builder;
mod element;
pub(crate) mod parser;

use crate::{MobilityError, Position, Track, xml};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// Which part of a trace is read, and what is believed.
#[derive(Clone, Debug, PartialEq)]
pub struct FcdOptions {
    /// The trace's time that becomes 0, in microseconds. What is earlier is left out; a vehicle that is on its way at
    /// this instant starts where it is by interpolation.
    pub begin_us: u64,
    /// The trace's time at which reading stops, in microseconds of the trace. What is later is not read, and so not
    /// checked either. `None`: read to the end.
    pub end_us: Option<u64>,
    /// A vehicle that is faster from one timestep to the next, in metres per second, is an error.
    pub max_speed_mps: f64,
}

impl Default for FcdOptions {
    /// All of the trace; faster than 100 m/s (360 km/h) is an error.
    fn default() -> FcdOptions {
        FcdOptions { begin_us: 0, end_us: None, max_speed_mps: 100.0 }
    }
}

/// A trace: the movement of many vehicles.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The vehicles by name. Only those that exist at some time between begin and end; there is at least one.
    pub vehicles: BTreeMap<String, Track>,
    /// The time of the last timestep (or of [`FcdOptions::end_us`], if the trace goes on), counted from
    /// [`FcdOptions::begin_us`], in microseconds.
    pub end_us: u64,
    /// The commonest time between two timesteps, in microseconds; 0 if only one has vehicles.
    pub step_us: u64,
    /// What the trace holds besides vehicles.
    pub ignored: Ignored,
}

/// How many elements of a trace were ignored. A person seen in ten timesteps counts ten times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    /// `<person>` elements.
    pub persons: u64,
    /// `<container>` elements.
    pub containers: u64,
    /// Elements that this reader doesn't know.
    pub others: u64,
}

impl Trace {
    /// The corners of the smallest rectangle that holds all vehicles at all times: least x and y, greatest x and y.
    pub fn bounds(&self) -> (Position, Position) {
        let nowhere = Position { x: f64::INFINITY, y: f64::INFINITY };
        let mut bounds = (nowhere, Position { x: -nowhere.x, y: -nowhere.y });
        for (least, greatest) in self.vehicles.values().map(Track::bounds) {
            bounds.0 = Position { x: bounds.0.x.min(least.x), y: bounds.0.y.min(least.y) };
            bounds.1 = Position { x: bounds.1.x.max(greatest.x), y: bounds.1.y.max(greatest.y) };
        }
        bounds
    }
}

/// Reads the trace in the file `path`.
///
/// # Errors
/// If the file can't be opened or read; if it is not gzip or UTF-8, not whole, not well-formed, or not
/// `<fcd-export>`; if an `id`, `x`, `y` or `time` is missing or no number; if timesteps are not in the order of time or
/// a time is negative; if a vehicle is twice in a timestep or faster than [`FcdOptions::max_speed_mps`]; if the positions
/// are degrees; if no vehicle is left. The error says where, and what to do.
pub fn read(path: &Path, options: &FcdOptions) -> Result<Trace, MobilityError> {
    let (file, name) = xml::open_file(path, "trace")?;
    read_from(file, &name, options)
}

/// As [`read`], from any source of bytes; `name` stands for the file in messages. It reads in blocks, so that `reader`
/// needs no buffer of its own; to watch progress, hand over a reader that counts.
///
/// # Errors
/// As [`read`].
pub fn read_from(reader: impl Read, name: &str, options: &FcdOptions) -> Result<Trace, MobilityError> {
    parser::parse(reader, name, options)
}

/// Samples farther apart than this many steps of the trace are two lives.
pub const MAX_GAP_STEPS: u64 = 3;
