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
//!   between, and its [`Track`](crate::Track) has one span more. A vehicle that is missing from a timestep and returns too far away to
//!   have driven there (SUMO's teleporting) was away too. The trace's step is the commonest time between two
//!   timesteps that have vehicles, so that traces recorded with `--device.fcd.period` are read as they are meant.
//! - **Persons and containers** are counted and otherwise ignored, as are elements that this reader doesn't know.
//! - **Refused**, with file, line and column: anything that is not well-formed UTF-8 XML or not whole, and anything that
//!   can't be true, see [`read`].

mod builder;
mod element;
pub(crate) mod parser;

use crate::{MobilityError, Trace, TraceOptions, xml};
use std::io::Read;
use std::path::Path;

/// Reads the trace in the file `path`.
///
/// # Errors
/// If the file can't be opened or read; if it is not gzip or UTF-8, not whole, not well-formed, or not
/// `<fcd-export>`; if an `id`, `x`, `y` or `time` is missing or no number; if timesteps are not in the order of time or
/// a time is negative; if a vehicle is twice in a timestep or faster than [`TraceOptions::max_speed_mps`]; if the positions
/// are degrees; if no vehicle is left. The error says where, and what to do.
pub fn read(path: &Path, options: &TraceOptions) -> Result<Trace, MobilityError> {
    let (file, name) = xml::open_file(path, "trace")?;
    read_from(file, &name, options)
}

/// As [`read`], from any source of bytes; `name` stands for the file in messages. It reads in blocks, so that `reader`
/// needs no buffer of its own; to watch progress, hand over a reader that counts.
///
/// # Errors
/// As [`read`].
pub fn read_from(reader: impl Read, name: &str, options: &TraceOptions) -> Result<Trace, MobilityError> {
    parser::parse(reader, name, options)
}

/// Samples farther apart than this many steps of the trace are two lives.
pub const MAX_GAP_STEPS: u64 = 3;
