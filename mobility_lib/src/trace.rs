//! Traces: the movement of many vehicles, from a file of one of several formats.

use crate::samples::Window;
use crate::xml::source::{Fault, fault};
use crate::{MobilityError, Position, Projection, Track, fcd, gpx, ns2, xml};
use std::collections::BTreeMap;
use std::path::Path;

/// Which part of a trace is read, and what is believed.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceOptions {
    /// The trace's time that becomes 0, in microseconds. What is earlier is left out; a vehicle that is on its way at
    /// this instant starts where it is by interpolation.
    pub begin_us: u64,
    /// The trace's time at which reading stops, in microseconds of the trace. What is later is not used, and in FCD neither
    /// read nor checked. `None`: read to the end.
    pub end_us: Option<u64>,
    /// A vehicle that is faster from one sample to the next, in metres per second, is an error.
    pub max_speed_mps: f64,
    /// Whether the nodes of an ns-2 file are there before they first set out and after their last arrival, as in ns-2.
    pub parked: bool,
}

impl Default for TraceOptions {
    /// All of the trace; faster than 100 m/s (360 km/h) is an error; nodes are there from start to end.
    fn default() -> TraceOptions {
        TraceOptions { begin_us: 0, end_us: None, max_speed_mps: 100.0, parked: true }
    }
}

impl TraceOptions {
    /// The part that is asked for of a trace that ends at `last_us`.
    pub(crate) fn window(&self, last_us: u64, max_gap_us: u64) -> Result<Window, Fault> {
        let begin_us = self.begin_us;
        if last_us < begin_us {
            let [last, begin] = [last_us, begin_us].map(|us| us as f64 / 1e6);
            let message = format!("the trace ends at {last} s, before the beginning asked for, {begin} s");
            return Err(fault(message, "choose an earlier beginning"));
        }
        Ok(Window { begin_us, end_us: self.end_us.map_or(last_us, |end_us| end_us.min(last_us)), max_gap_us })
    }
}

/// A trace: the movement of many vehicles.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The vehicles by name. Only those that exist at some time between begin and end; there is at least one.
    pub vehicles: BTreeMap<String, Track>,
    /// The time of the last sample (or of [`TraceOptions::end_us`], if the trace goes on), counted from
    /// [`TraceOptions::begin_us`], in microseconds.
    pub end_us: u64,
    /// The commonest time between two timesteps, in microseconds; 0 if only one has vehicles, or the format has no timesteps.
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
    /// Elements or commands that the reader doesn't know or has no use for.
    pub others: u64,
}

/// How a trace is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// SUMO's floating car data: see [`fcd`].
    Fcd,
    /// Movements of ns-2: see [`ns2`].
    Ns2,
    /// GPS tracks: see [`gpx`].
    Gpx,
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

/// Reads the trace in the file `path`. `projection` is where longitudes and latitudes are; without one, a GPX file has its own
/// plane.
///
/// # Errors
/// As [`fcd::read`], [`ns2::read_from`] and [`gpx::read_from`].
pub fn read(
    path: &Path,
    format: Format,
    options: &TraceOptions,
    projection: Option<&Projection>,
) -> Result<Trace, MobilityError> {
    let (file, name) = xml::open_file(path, "trace")?;
    match format {
        Format::Fcd => fcd::read_from(file, &name, options),
        Format::Ns2 => ns2::read_from(file, &name, options),
        Format::Gpx => gpx::read_from(file, &name, options, projection),
    }
}

/// The format of the trace in the file `path`, by its content: see [`recognise`]. If it can't be read, reading it will say why.
pub fn format_of(path: &Path) -> Format {
    xml::head::head(path).map_or(Format::Fcd, |head| recognise(&head))
}

/// The format of a trace that begins like this, uncompressed: GPX if its outermost element says so, ns-2 if it begins with one of
/// Tcl's variables or comments, otherwise FCD.
pub fn recognise(head: &str) -> Format {
    if head.trim_start_matches('\u{feff}').trim_start().starts_with(['$', '#']) {
        return Format::Ns2;
    }
    match xml::head::root(head) {
        Some("gpx") => Format::Gpx,
        _ => Format::Fcd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_tells_the_format() {
        for (head, format) in [
            ("<fcd-export>", Format::Fcd),
            ("<?xml version='1.0'?>\n<!-- <gpx> -->\n<fcd-export>", Format::Fcd),
            ("\u{feff}<?xml version='1.0'?>\n<!-- -->\n<gpx\nversion='1.1'>", Format::Gpx),
            ("<gpx/>", Format::Gpx),
            ("<gpxx>", Format::Fcd),
            ("\n $node_(0) set X_ 1", Format::Ns2),
            ("# made by BonnMotion", Format::Ns2),
            ("<!-- never closed", Format::Fcd),
            ("", Format::Fcd),
        ] {
            assert_eq!(recognise(head), format, "{head}");
        }
    }
}
