//! From the samples of a trace to tracks.

use super::MAX_GAP_STEPS;
use crate::samples::Samples;
use crate::xml::attribute::clip;
use crate::xml::source::{Fault, fault};
use crate::{Ignored, Position, Trace, TraceOptions};
use std::collections::BTreeMap;

/// Collects samples timestep by timestep.
pub(super) struct Builder<'a> {
    options: &'a TraceOptions,
    names: BTreeMap<String, usize>,
    vehicles: Vec<Vehicle>,
    /// The vehicles of the last timestep and of this one, in the order of the file. SUMO keeps this order, so that the
    /// next vehicle is found without a search.
    last_order: Vec<usize>,
    order: Vec<usize>,
    expected: usize,
    now_us: Option<u64>,
    /// How many timesteps with vehicles there were, and the time of the last.
    filled: u64,
    filled_us: Option<u64>,
    /// How often each time between two timesteps with vehicles occurred.
    intervals: BTreeMap<u64, u64>,
    degrees: Degrees,
}

/// What is wrong with a sample.
pub(super) enum SampleFault {
    /// With its vehicle's name.
    Name(Fault),
    /// With its position.
    Position(Fault),
}

impl<'a> Builder<'a> {
    pub(super) fn new(options: &'a TraceOptions) -> Builder<'a> {
        Builder {
            options,
            names: BTreeMap::new(),
            vehicles: Vec::new(),
            last_order: Vec::new(),
            order: Vec::new(),
            expected: 0,
            now_us: None,
            filled: 0,
            filled_us: None,
            intervals: BTreeMap::new(),
            degrees: Degrees { possible: true, moved_m: 0.0, driven_m: 0.0 },
        }
    }

    /// A timestep begins.
    pub(super) fn timestep(&mut self, at_us: u64) -> Result<(), Fault> {
        if let Some(last_us) = self.now_us
            && at_us <= last_us
        {
            let message = format!("the time {} is not after the one before, {}", secs(at_us), secs(last_us));
            return Err(fault(
                message,
                "timesteps must be in the order of time, each time once: don't join traces",
            ));
        }
        self.now_us = Some(at_us);
        if !self.order.is_empty() {
            std::mem::swap(&mut self.order, &mut self.last_order);
            self.order.clear();
        }
        self.expected = 0;
        Ok(())
    }

    /// Whether a vehicle's speed would still be of use.
    pub(super) fn wants_speed(&self) -> bool {
        self.degrees.possible
    }

    /// A vehicle of the present timestep.
    pub(super) fn vehicle(
        &mut self,
        id: &str,
        position: Position,
        speed: Option<f64>,
    ) -> Result<(), SampleFault> {
        let at_us = self.now_us.unwrap_or(0);
        if self.order.is_empty() {
            self.first_vehicle(at_us);
        }
        let index = self.find(id);
        self.order.push(index);
        let vehicle = &mut self.vehicles[index];
        if let Some(last) = vehicle.samples.last() {
            if last.at_us == at_us {
                let message =
                    format!("the vehicle \"{}\" is twice in the timestep {}", clip(id), secs(at_us));
                return Err(SampleFault::Name(fault(message, "give every vehicle an id of its own")));
            }
            let interval_s = (at_us - last.at_us) as f64 / 1e6;
            let distance = last.position.distance(position);
            if distance > self.options.max_speed_mps * interval_s {
                if vehicle.seen_in + 1 == self.filled {
                    return Err(SampleFault::Position(jump(
                        id,
                        distance,
                        interval_s,
                        self.options.max_speed_mps,
                    )));
                }
                vehicle.samples.add_break();
            }
            self.degrees.observe(distance, speed.unwrap_or(0.0) * interval_s);
            if last.at_us < self.options.begin_us && at_us <= self.options.begin_us {
                vehicle.samples.clear();
            }
        }
        self.degrees.locate(position);
        vehicle.seen_in = self.filled;
        vehicle.samples.push(at_us, position);
        Ok(())
    }

    /// Whether nothing that comes later is asked for. To be called at the end of a timestep.
    pub(super) fn is_done(&self) -> bool {
        self.options.end_us.is_some_and(|end_us| self.now_us.is_some_and(|now_us| now_us >= end_us))
    }

    /// Whether the positions must be degrees: the vehicles hardly move, and yet they have speed.
    pub(super) fn holds_degrees(&self) -> bool {
        self.degrees.possible
            && self.degrees.driven_m > 50.0
            && self.degrees.moved_m < self.degrees.driven_m / 1000.0
    }

    /// All timesteps have been read.
    pub(super) fn finish(self, ignored: Ignored) -> Result<Trace, Fault> {
        let Some(last_us) = self.now_us else {
            return Err(fault("the trace has no <timestep>", "let SUMO run for at least one step"));
        };
        let step_us = commonest(&self.intervals);
        let window = self.options.window(last_us, step_us.saturating_mul(MAX_GAP_STEPS))?;
        let mut vehicles = BTreeMap::new();
        let mut read = self.vehicles;
        for (name, index) in self.names {
            let Vehicle { samples, .. } = std::mem::take(&mut read[index]);
            if let Some(track) = samples.passing(window) {
                vehicles.insert(name, track);
            }
        }
        if vehicles.is_empty() {
            let message = format!(
                "there is no vehicle between {} s and {} s",
                secs(window.begin_us),
                secs(window.end_us)
            );
            return Err(fault(
                message,
                "check the demand of the SUMO run, and the beginning and end asked for",
            ));
        }
        Ok(Trace { vehicles, end_us: window.end_us.saturating_sub(window.begin_us), step_us, ignored })
    }

    fn first_vehicle(&mut self, at_us: u64) {
        self.filled += 1;
        if let Some(last_us) = self.filled_us.replace(at_us) {
            *self.intervals.entry(at_us - last_us).or_default() += 1;
        }
    }

    /// The index of the vehicle `id`; a new one if it is new.
    fn find(&mut self, id: &str) -> usize {
        // Some vehicles may have left: the expected one is the next in the last order, or one of the few behind it.
        let rest = self.last_order.get(self.expected..).unwrap_or_default();
        let ahead = rest.iter().take(LOOK_AHEAD).position(|index| self.vehicles[*index].name == id);
        if let Some(ahead) = ahead {
            let index = rest[ahead];
            self.expected += ahead + 1;
            return index;
        }
        if let Some(index) = self.names.get(id) {
            return *index;
        }
        let index = self.vehicles.len();
        self.names.insert(id.to_owned(), index);
        self.vehicles.push(Vehicle { name: id.to_owned(), ..Vehicle::default() });
        index
    }
}

/// A vehicle of the trace.
#[derive(Default)]
struct Vehicle {
    name: String,
    samples: Samples,
    /// The last timestep that had it, by the count of timesteps with vehicles.
    seen_in: u64,
}

/// Tells degrees from metres.
struct Degrees {
    /// All coordinates so far are within the range of longitude and latitude.
    possible: bool,
    /// How far the vehicles moved by their coordinates, and by their speed.
    moved_m: f64,
    driven_m: f64,
}

impl Degrees {
    fn observe(&mut self, moved_m: f64, driven_m: f64) {
        if self.possible {
            self.moved_m += moved_m;
            self.driven_m += driven_m;
        }
    }

    fn locate(&mut self, position: Position) {
        self.possible &= position.x.abs() <= 180.0 && position.y.abs() <= 90.0;
    }
}

/// The interval that occurs most often, the shortest of them if there are several; 0 if there is none.
fn commonest(intervals: &BTreeMap<u64, u64>) -> u64 {
    let mut best = (0, 0);
    for (interval, count) in intervals {
        if *count > best.1 {
            best = (*interval, *count);
        }
    }
    best.0
}

fn jump(id: &str, distance: f64, interval_s: f64, max_speed: f64) -> Fault {
    let message = format!(
        "the vehicle \"{}\" jumps {distance:.0} m in {interval_s} s, faster than {max_speed} m/s",
        clip(id)
    );
    fault(message, "two vehicles may share this id; if it is really so fast, raise `max_speed`")
}

/// Microseconds as seconds.
fn secs(us: u64) -> f64 {
    us as f64 / 1e6
}

/// How many vehicles may leave at once before a search by name is cheaper.
const LOOK_AHEAD: usize = 4;
