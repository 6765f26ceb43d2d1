//! Vehicles that are seen step by step, while somebody else already asks where they are.
//!
//! [`fcd`](crate::fcd) makes tracks of a trace that it has read to its end. [`Follower`] says of each step as it comes what
//! is new of which vehicle, by the same rules, so that a [`Track`](crate::Track) that grows by that is the same at every time
//! that is settled. What is settled trails the last step by [`MAX_GAP_STEPS`] steps: only then it is known that a vehicle
//! which was not seen since is gone.

use crate::fcd::MAX_GAP_STEPS;
use crate::xml::attribute::clip;
use crate::{MobilityError, Position, TraceOptions};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// Whoever tells of vehicles step by step.
pub trait Steps: Debug + Send {
    /// How long a step is, microseconds; at least 1.
    fn step_us(&self) -> u64;

    /// The next step: its time, microseconds, later than that of the one before, having called `each` with every vehicle that is
    /// there; `None` if none comes any more.
    ///
    /// # Errors
    /// Why it can't tell.
    fn next(
        &mut self,
        each: &mut dyn FnMut(&str, Position),
    ) -> Result<Option<u64>, Box<dyn std::error::Error + Send + Sync>>;
}

/// Makes of what is seen in each step what is new of a vehicle's track.
#[derive(Debug)]
pub struct Follower {
    options: TraceOptions,
    max_gap_us: u64,
    names: BTreeMap<String, usize>,
    vehicles: Vec<Vehicle>,
    /// How many steps with vehicles there were.
    filled: u64,
    at_us: Option<u64>,
}

/// What is known of a vehicle.
#[derive(Debug)]
struct Vehicle {
    last: (u64, Position),
    /// The last step that had it, by the count of steps with vehicles.
    seen_in: u64,
}

/// A vehicle was seen. Times are counted from [`TraceOptions::begin_us`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sighting {
    /// The vehicle, numbered by its first sighting.
    pub vehicle: usize,
    /// Where it was at time 0, if it was on its way then and this is its first place since.
    pub at_zero: Option<Position>,
    /// When, microseconds.
    pub at_us: u64,
    /// Where.
    pub position: Position,
    /// Whether it moved here from where it was before; otherwise it was away in between.
    pub joined: bool,
}

impl Follower {
    /// For steps of this length. Of the options, the end doesn't matter here.
    pub fn new(options: TraceOptions, step_us: u64) -> Follower {
        let max_gap_us = step_us.saturating_mul(MAX_GAP_STEPS);
        Follower { options, max_gap_us, names: BTreeMap::new(), vehicles: Vec::new(), filled: 0, at_us: None }
    }

    /// How long a vehicle may go unseen before it counts as gone, microseconds.
    pub fn max_gap_us(&self) -> u64 {
        self.max_gap_us
    }

    /// How fast a vehicle may be, metres per second.
    pub fn max_speed(&self) -> f64 {
        self.options.max_speed_mps
    }

    /// A vehicle is there at `at_us`, which is the time of the sighting before or later. `None` if it is too early to count.
    ///
    /// # Errors
    /// [`MobilityError::Moving`]: it is faster than allowed, or there twice.
    pub fn see(
        &mut self,
        at_us: u64,
        name: &str,
        position: Position,
    ) -> Result<Option<Sighting>, MobilityError> {
        if self.at_us != Some(at_us) {
            self.at_us = Some(at_us);
            self.filled += 1;
        }
        let begin_us = self.options.begin_us;
        let (index, from) = match self.names.get(name) {
            None => {
                let index = self.vehicles.len();
                self.names.insert(name.to_owned(), index);
                self.vehicles.push(Vehicle { last: (at_us, position), seen_in: 0 });
                (index, None)
            }
            Some(index) => (*index, self.from(*index, at_us, name, position)?),
        };
        let vehicle = &mut self.vehicles[index];
        vehicle.last = (at_us, position);
        vehicle.seen_in = self.filled;
        if at_us < begin_us {
            return Ok(None);
        }
        let mut joined = from.is_some();
        let mut at_zero = None;
        if let Some((before_us, before)) = from.filter(|(before_us, _)| *before_us < begin_us) {
            joined = at_us > begin_us;
            let fraction = (begin_us - before_us) as f64 / (at_us - before_us) as f64;
            at_zero = joined.then(|| before.towards(position, fraction));
        }
        Ok(Some(Sighting { vehicle: index, at_zero, at_us: at_us - begin_us, position, joined }))
    }

    /// Whether a vehicle is known to have left after its last sighting, all steps up to `at_us` having been told.
    pub fn has_left(&self, vehicle: usize, at_us: u64) -> bool {
        let last_us = self.vehicles[vehicle].last.0;
        last_us < at_us && last_us.saturating_add(self.max_gap_us) <= at_us
    }

    /// Where it came from, if it drove here from there.
    fn from(
        &self,
        index: usize,
        at_us: u64,
        name: &str,
        position: Position,
    ) -> Result<Option<(u64, Position)>, MobilityError> {
        let Vehicle { last: (last_us, last), seen_in, .. } = self.vehicles[index];
        let fault = |message: String, help: &str| MobilityError::Moving { message, help: help.to_owned() };
        if last_us >= at_us {
            let message = format!("the vehicle \"{}\" is twice in the step {}", clip(name), secs(at_us));
            return Err(fault(message, "give every vehicle an id of its own"));
        }
        let interval_s = (at_us - last_us) as f64 / 1e6;
        let distance = last.distance(position);
        if distance > self.options.max_speed_mps * interval_s {
            if seen_in + 1 == self.filled {
                let message = format!(
                    "the vehicle \"{}\" jumps {distance:.0} m in {interval_s} s at {}, faster than {} m/s",
                    clip(name),
                    secs(at_us),
                    self.options.max_speed_mps
                );
                return Err(fault(message, "if it is really so fast, raise `trace.max_speed`"));
            }
            return Ok(None);
        }
        Ok((at_us - last_us <= self.max_gap_us).then_some((last_us, last)))
    }
}

fn secs(us: u64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Track, fcd};
    use proptest::prelude::*;

    const STEP_US: u64 = 500_000;

    /// What each step has: by vehicle where it is, if it is there.
    type Seen = Vec<Vec<Option<f64>>>;

    fn options(begin_us: u64) -> TraceOptions {
        TraceOptions { begin_us, ..TraceOptions::default() }
    }

    fn name(vehicle: usize) -> String {
        format!("v{}", (b'z' - vehicle as u8) as char)
    }

    fn trace(seen: &Seen) -> String {
        let mut text = "<fcd-export>".to_owned();
        for (step, vehicles) in seen.iter().enumerate() {
            text += &format!("<timestep time=\"{}\">", step as f64 * 0.5);
            for (vehicle, x) in vehicles.iter().enumerate() {
                let Some(x) = x else { continue };
                text += &format!("<vehicle id=\"{}\" x=\"{x}\" y=\"300\"/>", name(vehicle));
            }
            text += "</timestep>";
        }
        text + "</fcd-export>"
    }

    fn follow(seen: &Seen, begin_us: u64) -> Result<BTreeMap<String, Track>, MobilityError> {
        let mut follower = Follower::new(options(begin_us), STEP_US);
        let mut tracks: BTreeMap<usize, (String, Track)> = BTreeMap::new();
        for (step, vehicles) in seen.iter().enumerate() {
            for (vehicle, x) in vehicles.iter().enumerate() {
                let Some(x) = x else { continue };
                let position = Position { x: *x, y: 300.0 };
                let sighting = follower.see(step as u64 * STEP_US, &name(vehicle), position)?;
                let Some(Sighting { vehicle: index, at_zero, at_us, position, joined }) = sighting else {
                    continue;
                };
                let first = at_zero.map_or((at_us, position), |place| (0, place));
                let (_, track) =
                    tracks.entry(index).or_insert_with(|| (name(vehicle), Track::seen(first.0, first.1)));
                track.grow(at_us, position, joined);
            }
        }
        Ok(tracks.into_values().collect())
    }

    #[test]
    fn who_was_not_seen_for_three_steps_has_left() {
        let mut follower = Follower::new(options(0), STEP_US);
        let place = Position { x: 1.0, y: 1.0 };
        let seen = follower.see(0, "a", place).unwrap().unwrap();
        assert_eq!(seen, Sighting { vehicle: 0, at_zero: None, at_us: 0, position: place, joined: false });
        let left = [0, 1, 2, 3, 4].map(|step| follower.has_left(0, step * STEP_US));
        assert_eq!(left, [false, false, false, true, true]);
        assert!(follower.see(3 * STEP_US, "a", place).unwrap().unwrap().joined);
        assert!(!follower.see(7 * STEP_US, "a", place).unwrap().unwrap().joined);
    }

    #[test]
    fn what_no_vehicle_does_is_refused() {
        let mut follower = Follower::new(options(0), STEP_US);
        follower.see(0, "a", Position { x: 0.0, y: 0.0 }).unwrap();
        let twice = follower.see(0, "a", Position { x: 0.0, y: 0.0 }).unwrap_err();
        assert_eq!(twice.to_string(), "the vehicle \"a\" is twice in the step 0");
        let jump = follower.see(STEP_US, "a", Position { x: 60.0, y: 0.0 }).unwrap_err();
        assert_eq!(jump.to_string(), "the vehicle \"a\" jumps 60 m in 0.5 s at 0.5, faster than 100 m/s");
        assert!(jump.help().contains("max_speed"));
    }

    proptest! {
        /// Whoever comes, goes, is away and jumps: the tracks are those of the same trace read at once, or both are refused.
        #[test]
        fn tracks_are_those_of_floating_car_data(
            seen in prop::collection::vec(prop::collection::vec(prop::option::weighted(0.7, 0.0..58.0f64), 3), 2..14),
            begin in 0u64..8,
        ) {
            let begin_us = begin * 300_000;
            // Of both the commonest step is the same: somebody is there all the time.
            let mut seen = seen;
            seen.iter_mut().for_each(|vehicles| vehicles.push(Some(250.0)));
            let read = fcd::read_from(trace(&seen).as_bytes(), "trace", &options(begin_us));
            match (follow(&seen, begin_us), read) {
                (Ok(tracks), Ok(trace)) => prop_assert_eq!(tracks, trace.vehicles),
                (Ok(tracks), Err(_)) => prop_assert!(tracks.is_empty(), "{:?}", tracks),
                (Err(_), read) => prop_assert!(read.is_err()),
            }
        }
    }
}
