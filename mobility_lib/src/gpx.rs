//! GPS tracks: `<gpx><trk><name>..</name><trkseg><trkpt lat=".." lon=".."><time>..</time></trkpt>…</trkseg></trk></gpx>`.
//!
//! Read as a stream, plain or gzipped. The format is described at <https://www.topografix.com/gpx.asp>. (Not by the crate `gpx`: its
//! errors have no places, and it refuses the times that SUMO writes.)
//!
//! - **Vehicles**: each track is one, by its name; tracks without are `track1`, `track2` and so on. It exists while its segments
//!   last; between two segments it is away.
//! - **Times** are those of ISO 8601, `2026-05-01T12:00:00.5Z` (without a zone: UTC); the earliest one of the file is 0. SUMO's
//!   traceExporter writes seconds instead, which are taken as they are.
//! - **Places** are longitudes and latitudes, WGS 84. They go through the projection of a network, if there is one. Otherwise the
//!   first point of the file is (0, 0), x grows to the east and y to the north ([`Projection::local`]).
//! - Waypoints and routes are counted and otherwise ignored: they say nothing of when.

use crate::samples::Samples;
use crate::xml::attribute::{Value, attributes, clip};
use crate::xml::source::{Fault, advance, fault};
use crate::xml::{self, Content, ElementFault, Handler, Located, Sort};
use crate::{Ignored, MobilityError, Place, Position, Projection, Trace, TraceOptions};
use chrono::{DateTime, NaiveDateTime};
use quick_xml::events::BytesStart;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// Reads tracks from any source of bytes; `name` stands for the file in messages.
///
/// # Errors
/// If it can't be read; if it is not gzip or UTF-8, not whole, not well-formed, or not `<gpx>`; if a point has no longitude, latitude
/// or time, or one that is none; if the times of a track don't grow, or some are dates and others seconds; if two tracks have one
/// name; if a vehicle is faster than [`TraceOptions::max_speed_mps`]; if the projection has no such place; if no track is left. The
/// error says where, and what to do.
pub fn read_from(
    reader: impl Read,
    name: &str,
    options: &TraceOptions,
    projection: Option<&Projection>,
) -> Result<Trace, MobilityError> {
    let mut parser = Parser {
        options,
        network: projection,
        local: None,
        clock: None,
        first_date_us: None,
        tracks: Vec::new(),
        names: BTreeSet::new(),
        ignored: Ignored::default(),
        track: None,
        in_segment: false,
        begins: false,
        point: None,
        reading: None,
    };
    let end = xml::read(reader, name, &GPX, &mut parser)?;
    parser.finish().map_err(|fault| xml::locate(name, (end, fault)))
}

struct Parser<'a> {
    options: &'a TraceOptions,
    /// That of the network, if there is one.
    network: Option<&'a Projection>,
    /// The file's own; none before the first point.
    local: Option<Projection>,
    /// How times are written; none before the first one.
    clock: Option<Clock>,
    /// The first date, microseconds since 1970.
    first_date_us: Option<i64>,
    tracks: Vec<GpsTrack>,
    names: BTreeSet<String>,
    ignored: Ignored,
    track: Option<GpsTrack>,
    in_segment: bool,
    /// The next point is the first one of its segment.
    begins: bool,
    point: Option<Point>,
    reading: Option<Reading>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Clock {
    Dates,
    Seconds,
}

#[derive(Default)]
struct GpsTrack {
    name: String,
    /// The microseconds of their clock, and whether the point begins a segment.
    points: Vec<(i64, Position, bool)>,
}

struct Point {
    place: Place,
    position: Position,
    at_us: Option<i64>,
}

/// The text of an element that is wanted.
struct Reading {
    what: What,
    text: String,
    /// Where it starts; its element, while there is none.
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Name,
    Time,
}

impl Handler for Parser<'_> {
    fn open(
        &mut self,
        element: &BytesStart<'_>,
        depth: usize,
        place: &dyn Fn() -> Place,
    ) -> Result<(), ElementFault> {
        match (depth, element.local_name().as_ref()) {
            (1, "trk") => self.track = Some(GpsTrack::default()),
            (1, "wpt" | "rte") => self.ignored.others += 1,
            (2, "name") if self.track.is_some() => self.reading = Some(Reading::new(What::Name, place())),
            (2, "trkseg") if self.track.is_some() => (self.in_segment, self.begins) = (true, true),
            (3, "trkpt") if self.in_segment => {
                let position = self.position(element)?;
                self.point = Some(Point { place: place(), position, at_us: None });
            }
            (4, "time") if self.point.is_some() => self.reading = Some(Reading::new(What::Time, place())),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, depth: usize) -> Result<bool, Located> {
        if let Some(Reading { what, text, place }) = self.reading.take() {
            match what {
                What::Name => self.name(text.trim()).map_err(|fault| (place, fault))?,
                What::Time => {
                    let at_us = self.time(text.trim()).map_err(|fault| (place, fault))?;
                    if let Some(point) = &mut self.point {
                        point.at_us = Some(at_us);
                    }
                }
            }
        } else if depth == 3 {
            if let Some(point) = self.point.take() {
                let place = point.place;
                self.add(point).map_err(|fault| (place, fault))?;
            }
        } else if depth == 2 {
            self.in_segment = false;
        } else if depth == 1 {
            self.tracks.extend(self.track.take());
        }
        Ok(false)
    }

    fn content(&self, depth: usize) -> Content {
        let known = match depth {
            0 | 1 => true,
            2 => self.track.is_some(),
            3 => self.in_segment,
            4 => self.point.is_some(),
            _ => false,
        };
        match (&self.reading, known) {
            (Some(_), _) => Content::Text,
            (None, true) => Content::Elements,
            (None, false) => Content::Ignored,
        }
    }

    fn text(&mut self, text: &str, place: Place) {
        let Some(reading) = &mut self.reading else { return };
        let blank = text.len() - text.trim_start().len();
        if reading.text.is_empty() && blank < text.len() {
            reading.place = advance(place, &text.as_bytes()[..blank]);
        }
        let wanted = MAX_TEXT.saturating_sub(reading.text.len());
        reading.text.extend(text.chars().take(wanted));
    }
}

impl Reading {
    fn new(what: What, place: Place) -> Reading {
        Reading { what, text: String::new(), place }
    }
}

impl Parser<'_> {
    /// Reads where a point is.
    fn position(&mut self, element: &BytesStart<'_>) -> Result<Position, ElementFault> {
        let [lon, lat] = attributes(element, ["lon", "lat"])?;
        let (Some(lon), Some(lat)) = (lon, lat) else {
            return Err(ElementFault::whole("<trkpt> needs the attributes lon and lat", GPX.give));
        };
        let (longitude, latitude) = (degrees(&lon, 180.0)?, degrees(&lat, 90.0)?);
        let projection = match self.network {
            Some(network) => network,
            None => self.local.get_or_insert_with(|| Projection::local(longitude, latitude)),
        };
        projection.place(longitude, latitude).map_err(|error| {
            let message = format!("longitude {longitude}, latitude {latitude}: {error}");
            let help = "the tracks must be of the network's part of the world; without `network`, the first point is (0, 0)";
            lon.wrong(message, help)
        })
    }

    fn name(&mut self, name: &str) -> Result<(), Fault> {
        let Some(track) = self.track.as_mut().filter(|_| !name.is_empty()) else { return Ok(()) };
        name.clone_into(&mut track.name);
        if self.names.insert(name.to_owned()) {
            Ok(())
        } else {
            let message = format!("there are two tracks with the name \"{}\"", clip(name));
            Err(fault(message, "each track is a vehicle: give each a name of its own, or none"))
        }
    }

    /// Reads a time: microseconds of its clock.
    fn time(&mut self, text: &str) -> Result<i64, Fault> {
        let (at_us, clock) = match text.parse::<f64>() {
            Ok(seconds) if (0.0..=MAX_SECONDS).contains(&seconds) => {
                ((seconds * 1e6).round() as i64, Clock::Seconds)
            }
            Ok(_) => {
                let message = format!("the time {} is not from 0 to {MAX_SECONDS:e} seconds", clip(text));
                return Err(fault(message, "give seconds since the start, or dates: 2026-05-01T12:00:00Z"));
            }
            Err(_) => {
                let at_us = date(text).ok_or_else(|| {
                    let message = format!("the time \"{}\" is neither a date nor seconds", clip(text));
                    fault(message, "write it like 2026-05-01T12:00:00Z")
                })?;
                let first_us = *self.first_date_us.get_or_insert(at_us);
                if at_us.abs_diff(first_us) as f64 > MAX_SECONDS * 1e6 {
                    let message = format!("the date {} is decades away from the first one", clip(text));
                    return Err(fault(
                        message,
                        "leave out what a receiver recorded without knowing the time",
                    ));
                }
                (at_us, Clock::Dates)
            }
        };
        if *self.clock.get_or_insert(clock) == clock {
            return Ok(at_us);
        }
        let message = format!("the time \"{}\" is not written as the ones before", clip(text));
        Err(fault(message, "times are all dates, or all seconds: don't join tracks of different kinds"))
    }

    /// A point has ended.
    fn add(&mut self, point: Point) -> Result<(), Fault> {
        let Some(track) = &mut self.track else { return Ok(()) };
        let Some(at_us) = point.at_us else {
            let help = "a track without times says where somebody drove, not when: have them recorded too";
            return Err(fault("the point has no time", help));
        };
        let begins = std::mem::take(&mut self.begins);
        if let Some((last_us, last, _)) = track.points.last().copied() {
            if at_us <= last_us {
                let message = "the time of the point is not after that of the point before in its track";
                return Err(fault(message, "list the points in the order of time, each time once"));
            }
            let (distance, seconds) = (last.distance(point.position), at_us.abs_diff(last_us) as f64 / 1e6);
            let max = self.options.max_speed_mps;
            if !begins && distance > max * seconds {
                let message = format!(
                    "the vehicle jumps {distance:.0} m in {seconds} s, faster than {max} m/s: the point is {} m, {} m",
                    point.position.x, point.position.y
                );
                let help = "if the receiver lost its way, begin a new <trkseg> there; if it is really so fast, raise `max_speed`";
                return Err(fault(message, help));
            }
        }
        track.points.push((at_us, point.position, begins));
        Ok(())
    }

    fn finish(self) -> Result<Trace, Fault> {
        let times = || self.tracks.iter().flat_map(|track| track.points.iter().map(|(at_us, ..)| *at_us));
        let (Some(first_us), Some(last_us)) = (times().min(), times().max()) else {
            let help = "give tracks that were recorded: <trk> with <trkseg> and <trkpt>; waypoints and routes don't move";
            return Err(fault("there is no point of a track", help));
        };
        let zero_us = if self.clock == Some(Clock::Dates) { first_us } else { 0 };
        let since = |at_us: i64| at_us.abs_diff(zero_us);
        let last_us = since(last_us);
        let window = self.options.window(last_us, u64::MAX)?;
        let mut vehicles = BTreeMap::new();
        for (number, track) in (1..).zip(&self.tracks) {
            let mut samples = Samples::default();
            for (at_us, position, begins) in &track.points {
                if *begins {
                    samples.add_break();
                }
                samples.push(since(*at_us), *position);
            }
            let Some(passing) = samples.passing(window) else { continue };
            let name = if track.name.is_empty() { format!("track{number}") } else { track.name.clone() };
            if vehicles.insert(name.clone(), passing).is_some() {
                let message = format!("a track without a name would be \"{name}\", as another one is");
                return Err(fault(message, "give it a name of its own"));
            }
        }
        if vehicles.is_empty() {
            return Err(fault(
                "no track lies in the time asked for",
                "check the beginning and end asked for",
            ));
        }
        Ok(Trace {
            vehicles,
            end_us: window.end_us.saturating_sub(window.begin_us),
            step_us: 0,
            ignored: self.ignored,
        })
    }
}

fn degrees(value: &Value<'_>, limit: f64) -> Result<f64, ElementFault> {
    match value.raw().trim().parse::<f64>() {
        Ok(degrees) if degrees.abs() <= limit => Ok(degrees),
        _ => {
            let (key, text) = (value.key(), clip(value.raw()));
            let message = format!("{key} = \"{text}\" is not a number from -{limit} to {limit}");
            let help = "GPX has degrees, WGS 84; if these are metres, let SUMO write its trace with --fcd-output.geo";
            Err(value.wrong(message, help))
        }
    }
}

/// Microseconds since 1970 of a date.
fn date(text: &str) -> Option<i64> {
    match DateTime::parse_from_rfc3339(text) {
        Ok(date) => Some(date.timestamp_micros()),
        Err(_) => {
            let date = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
            Some(date.and_utc().timestamp_micros())
        }
    }
}

const GPX: Sort = Sort {
    name: "file of tracks",
    root: "gpx",
    written: "let SUMO write it (--fcd-output.geo, then traceExporter.py --gpx-output FILE), or a receiver record it",
    give: "give a GPX file with tracks",
};
/// No name or time is longer.
const MAX_TEXT: usize = 1000;
/// About 31 years.
const MAX_SECONDS: f64 = 1e9;
