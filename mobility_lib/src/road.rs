//! A way that many drive along, each from its own place.

use crate::line::Line;
use crate::{MobilityError, Position, Track};

/// Straight lines from place to place, driven along at a constant speed.
///
/// ```
/// use mobility_lib::{Position, Road};
///
/// let corners = [(0.0, 0.0), (100.0, 0.0), (100.0, 50.0)].map(|(x, y)| Position { x, y });
/// let road = Road::new(corners.to_vec())?;
/// assert_eq!(road.length(), 150.0);
/// let car = road.pass(90.0, 10.0)?;
/// assert_eq!(car.at(2_000_000), Some(Position { x: 100.0, y: 10.0 }));
/// assert_eq!(car.at(6_000_001), None, "it has left");
/// # Ok::<(), mobility_lib::MobilityError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Road {
    line: Line,
}

impl Road {
    /// The road through these places.
    ///
    /// # Errors
    /// If there are fewer than two, one is no place, or one is less than a centimetre from the one before.
    pub fn new(points: Vec<Position>) -> Result<Road, MobilityError> {
        let wrong = |index, message: String, help: &str| {
            Err(MobilityError::Waypoint { index, message, help: help.to_owned() })
        };
        if points.len() < 2 {
            return wrong(0, "a road leads from one place to another".to_owned(), "give at least two places");
        }
        for (index, point) in points.iter().enumerate() {
            if !point.is_sane() {
                let help = "coordinates are metres";
                return wrong(index, format!("({}, {}) is not a place", point.x, point.y), help);
            }
            if let Some(before) = index.checked_sub(1)
                && points[before].distance(*point) < MIN_DISTANCE_M
            {
                let message = format!("it is at ({}, {}), as the one before", point.x, point.y);
                return wrong(index, message, "leave one of them out");
            }
        }
        Ok(Road { line: Line::new(points) })
    }

    /// The same road, and from its end straight back to its start, if it doesn't end there anyway.
    #[must_use]
    pub fn closed(mut self) -> Road {
        let Line { points, along } = &mut self.line;
        let (first, last) = (points[0], points[points.len() - 1]);
        if last.distance(first) >= MIN_DISTANCE_M {
            along.push(along[along.len() - 1] + last.distance(first));
            points.push(first);
        }
        self
    }

    /// The same road, and all the way back along it.
    #[must_use]
    pub fn there_and_back(mut self) -> Road {
        let length = self.length();
        let Line { points, along } = &mut self.line;
        for index in (0..points.len() - 1).rev() {
            points.push(points[index]);
            along.push(2.0 * length - along[index]);
        }
        self
    }

    /// Its length, metres.
    pub fn length(&self) -> f64 {
        self.line.length()
    }

    /// Somebody who is `offset` metres (0 to [`Road::length`]) along the road at the start, drives to its end at `speed`
    /// metres per second, and isn't there any more afterwards.
    ///
    /// # Errors
    /// If it is so slow that the clock's range isn't enough.
    pub fn pass(&self, offset: f64, speed: f64) -> Result<Track, MobilityError> {
        let Line { points, along } = &self.line;
        let ahead = along.partition_point(|along| *along <= offset);
        let mut samples = vec![(0, self.line.at(offset))];
        for index in ahead..points.len() {
            let at_us = micros(along[index] - offset, speed);
            // Less than a tick ahead of the start.
            if at_us > 0 {
                samples.push((at_us, points[index]));
            }
        }
        Track::passing(samples)
    }

    /// Somebody who is `offset` metres along the road at the start and drives round and round at `speed` metres per second;
    /// the road has to end where it starts.
    ///
    /// # Errors
    /// If it is so slow that the clock's range isn't enough.
    pub fn lap(&self, offset: f64, speed: f64) -> Result<Track, MobilityError> {
        let samples = self.line.along.iter().zip(&self.line.points);
        let samples = samples.map(|(along, point)| (micros(*along, speed), *point)).collect();
        Track::looped(samples, micros(offset, speed))
    }
}

/// How long it takes to drive so far; the greatest there is, if that isn't enough.
fn micros(metres: f64, speed: f64) -> u64 {
    (metres / speed * 1e6).round() as u64
}

/// Places nearer than this are the same.
const MIN_DISTANCE_M: f64 = 0.01;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn p(x: f64, y: f64) -> Position {
        Position { x, y }
    }

    fn square() -> Road {
        let corners = vec![p(0.0, 0.0), p(100.0, 0.0), p(100.0, 100.0), p(0.0, 100.0)];
        Road::new(corners).expect("a road").closed()
    }

    #[test]
    fn a_lap_comes_round_again() {
        let road = square();
        assert_eq!(road.length(), 400.0);
        let car = road.lap(150.0, 10.0).expect("a track");
        for lap in [0, 1, 1_000_000] {
            let from_us = lap * 40_000_000;
            assert_eq!(car.at(from_us), Some(p(100.0, 50.0)));
            assert_eq!(car.at(from_us + 10_000_000), Some(p(50.0, 100.0)));
            assert_eq!(car.at(from_us + 25_000_000), Some(p(0.0, 0.0)));
            assert_eq!(car.at(from_us + 30_000_000), Some(p(50.0, 0.0)));
        }
        assert_eq!(car.life(), (0, None));
        assert!((car.max_speed() - 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_closed_road_stays_closed() {
        assert_eq!(square().closed(), square());
    }

    #[test]
    fn there_and_back_is_twice_as_long() {
        let road =
            Road::new(vec![p(0.0, 0.0), p(30.0, 40.0), p(30.0, 0.0)]).expect("a road").there_and_back();
        assert_eq!(road.length(), 180.0);
        let car = road.lap(0.0, 1.0).expect("a track");
        for at_us in [20_000_000, 70_000_000, 89_000_000] {
            assert_eq!(car.at(at_us), car.at(180_000_000 - at_us));
        }
    }

    #[test]
    fn who_starts_at_the_end_is_gone_at_once() {
        let road = Road::new(vec![p(0.0, 0.0), p(10.0, 0.0)]).expect("a road");
        let car = road.pass(10.0, 1.0).expect("a track");
        assert_eq!((car.at(0), car.at(1)), (Some(p(10.0, 0.0)), None));
    }

    #[test]
    fn impossible_roads_are_refused_with_the_place_that_is_wrong() {
        for (points, wrong) in [
            (vec![], 0),
            (vec![p(0.0, 0.0)], 0),
            (vec![p(0.0, 0.0), p(0.0, 0.001)], 1),
            (vec![p(0.0, 0.0), p(1.0, 0.0), p(f64::NAN, 0.0)], 2),
            (vec![p(0.0, 0.0), p(1e9, 0.0)], 1),
        ] {
            let error = Road::new(points).expect_err("no road");
            assert!(matches!(error, MobilityError::Waypoint { index, .. } if index == wrong), "{error}");
        }
        let endless = square().lap(0.0, 1e-15).expect_err("no clock counts so far");
        assert!(!endless.help().is_empty());
    }

    proptest! {
        #[test]
        fn everybody_keeps_to_the_road_at_its_speed(
            points in prop::collection::vec((-1000.0..1000.0f64, -1000.0..1000.0f64), 2..8),
            share in 0.0..1.0f64,
            speed in 0.1..50.0f64,
            at_us in 0..1_000_000_000u64,
        ) {
            let points = points.into_iter().map(|(x, y)| p(x, y)).collect();
            let Ok(road) = Road::new(points) else { return Ok(()) };
            let round = road.clone().there_and_back();
            let offset = share * round.length();
            let car = round.lap(offset, speed).expect("a track");
            let (here, later) = (car.at(at_us).expect("it is there"), car.at(at_us + 1000).expect("it is there"));
            // Each corner is met to the microsecond, which is as far as the speed takes it in that time.
            prop_assert!(here.distance(later) <= speed * 1e-3 * (1.0 + 1e-3) + speed * 2e-6);
            let driven = (offset + speed * at_us as f64 * 1e-6) % round.length();
            let exact = round.line.at(driven);
            let laps = 1.0 + speed * at_us as f64 * 1e-6 / round.length();
            prop_assert!(here.distance(exact) <= speed * 1e-6 * 2.0 * laps + 1e-6, "{here:?} {exact:?}");
            prop_assert_eq!(car.segment(at_us).and_then(|segment| segment.at(at_us)).unwrap_or(here), here);
        }
    }
}
