//! The movement of one thing.

use crate::position::MAX_COORDINATE_M;
use crate::{MobilityError, Position};

/// Where one moving or fixed thing is, as a function of time.
///
/// Between two samples the position is interpolated linearly. A track consists of one or several spans (see
/// [`Track::spans`]); outside them the thing is nowhere. Samples with a uniform step cost 16 bytes each, and
/// [`Track::at`] finds them by one division; each change of the step costs 40 bytes and lengthens a binary search.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    points: Vec<Position>,
    runs: Vec<Run>,
    spans: Vec<Span>,
    /// Holds its first position before the first sample and its last one after the last sample.
    holds: bool,
    /// Does the same again and again.
    lap: Option<Lap>,
    max_speed: f64,
}

/// What is done again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lap {
    /// How long it takes, microseconds.
    lasts_us: u64,
    /// How much of it is over at time 0.
    ahead_us: u64,
}

impl Lap {
    /// The time in the lap at this time.
    #[inline]
    fn time(self, at_us: u64) -> u64 {
        (at_us % self.lasts_us + self.ahead_us) % self.lasts_us
    }
}

/// An uninterrupted stretch of time in which something exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first instant at which it exists, in microseconds.
    pub start_us: u64,
    /// The first instant at which it no longer exists, in microseconds; `None` if it stays for ever.
    pub end_us: Option<u64>,
}

/// A stretch of a track in which it moves in a straight line at one speed.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub struct Segment {
    from_us: u64,
    /// How long it lasts, microseconds.
    lasts_us: u64,
    from: Position,
    /// How far it goes, metres.
    by: Position,
}

impl Segment {
    /// As [`Track::at`], if `at_us` lies in this stretch; `None` if it doesn't.
    #[inline]
    pub fn at(&self, at_us: u64) -> Option<Position> {
        let since_us = at_us.wrapping_sub(self.from_us);
        (since_us < self.lasts_us).then(|| {
            let fraction = since_us as f64 / self.lasts_us as f64;
            Position { x: self.from.x + self.by.x * fraction, y: self.from.y + self.by.y * fraction }
        })
    }
}

impl Default for Segment {
    /// One that lasts no time.
    fn default() -> Self {
        let origin = Position { x: 0.0, y: 0.0 };
        Segment { from_us: 0, lasts_us: 0, from: origin, by: origin }
    }
}

impl Track {
    /// Something that stays at `position` (finite) for ever.
    pub fn fixed(position: Position) -> Track {
        let mut builder = TrackBuilder::default();
        builder.push(0, position, false);
        builder.holding()
    }

    /// Something that moves from waypoint to waypoint in straight lines, each a time in microseconds and a place.
    /// It exists for ever: before the first time it stands at the first place, after the last at the last.
    ///
    /// # Errors
    /// If there is no waypoint, the times are not strictly increasing, or a coordinate is not a number or farther than
    /// 100 000 km from the origin.
    pub fn waypoints(waypoints: Vec<(u64, Position)>) -> Result<Track, MobilityError> {
        Ok(TrackBuilder::of_waypoints(waypoints)?.holding())
    }

    /// As [`Track::waypoints`], but it exists only from the first time to the last, both included.
    ///
    /// # Errors
    /// As [`Track::waypoints`].
    pub fn passing(waypoints: Vec<(u64, Position)>) -> Result<Track, MobilityError> {
        Ok(TrackBuilder::of_waypoints(waypoints)?.passing())
    }

    /// Something that was seen for the first time; [`Track::grow`] takes it on from there. It exists only from its first sample to its
    /// last, both included.
    pub fn seen(at_us: u64, position: Position) -> Track {
        let mut builder = TrackBuilder::default();
        builder.push(at_us, position, false);
        builder.passing()
    }

    /// Adds a sample to a track that [`Track::seen`] began. `joined`: it moved here from the sample before; otherwise it was
    /// away in between. Nothing changes at times up to that sample, which must be earlier; what isn't is left out.
    pub fn grow(&mut self, at_us: u64, position: Position, joined: bool) {
        if self.runs.last().is_none_or(|run| at_us <= run.last_us()) || self.holds || self.lap.is_some() {
            return;
        }
        extend(&mut self.points, &mut self.runs, &mut self.max_speed, at_us, position, joined);
        let end_us = Some(at_us.saturating_add(1));
        match self.spans.last_mut().filter(|_| joined) {
            Some(span) => span.end_us = end_us,
            None => self.spans.push(Span { start_us: at_us, end_us }),
        }
    }

    /// Something that goes round and round: from the first waypoint, whose time must be 0, to the last, which must be the
    /// same place, and again. At time 0 it is where the waypoints have it at `ahead_us`.
    ///
    /// # Errors
    /// As [`Track::waypoints`]; if there is only one; if it doesn't begin at 0, or doesn't end where it begins.
    pub fn looped(waypoints: Vec<(u64, Position)>, ahead_us: u64) -> Result<Track, MobilityError> {
        let index = waypoints.len().saturating_sub(1);
        let (first, last) = (waypoints.first().copied(), waypoints.last().copied());
        let track = TrackBuilder::of_waypoints(waypoints)?.holding();
        match (first, last) {
            (Some((0, first)), Some((lasts_us, last))) if lasts_us > 0 && first == last => {
                Ok(Track { lap: Some(Lap { lasts_us, ahead_us: ahead_us % lasts_us }), ..track })
            }
            _ => {
                let message =
                    "this is no round: it begins at time 0, and ends later, where it began".to_owned();
                let help = "end where the first waypoint is".to_owned();
                Err(MobilityError::Waypoint { index, message, help })
            }
        }
    }

    /// The position at `at_us` microseconds; `None` while it does not exist.
    #[inline]
    pub fn at(&self, at_us: u64) -> Option<Position> {
        let at_us = self.lap.map_or(at_us, |lap| lap.time(at_us));
        let after = match self.runs.as_slice() {
            [only] => usize::from(only.start_us <= at_us),
            runs => runs.partition_point(|run| run.start_us <= at_us),
        };
        let Some(run) = after.checked_sub(1).and_then(|index| self.runs.get(index)) else {
            return if self.holds { self.points.first().copied() } else { None };
        };
        let since_us = at_us - run.start_us;
        let index = since_us.checked_div(run.step_us).unwrap_or(u64::MAX);
        if index < run.steps {
            let here = run.first + index as usize;
            let fraction = (since_us - index * run.step_us) as f64 / run.step_us as f64;
            return Some(self.points[here].towards(self.points[here + 1], fraction));
        }
        self.beyond(run, after, at_us)
    }

    /// The stretch between two samples that `asked_us` lies in, to ask again nearby; `None` outside of the samples, and
    /// between two where the step changes.
    pub fn segment(&self, asked_us: u64) -> Option<Segment> {
        let at_us = self.lap.map_or(asked_us, |lap| lap.time(asked_us));
        let after = self.runs.partition_point(|run| run.start_us <= at_us);
        let run = &self.runs[after.checked_sub(1)?];
        let index = (at_us - run.start_us).checked_div(run.step_us).filter(|index| *index < run.steps)?;
        let here = run.first + index as usize;
        let (from, to) = (self.points[here], self.points[here + 1]);
        let by = Position { x: to.x - from.x, y: to.y - from.y };
        // In the first lap it may have begun before time 0; `Segment::at` counts from there all the same.
        let since_us = at_us - (run.start_us + index * run.step_us);
        Some(Segment { from_us: asked_us.wrapping_sub(since_us), lasts_us: run.step_us, from, by })
    }

    /// When it exists: stretches in the order of time, never empty. A fixed position or a list of waypoints has one, for
    /// ever. A vehicle of a trace exists from its first sample to its last, both included, so that a span ends one
    /// microsecond after the last sample; if it leaves the trace and comes back, it has several spans.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The first instant at which it exists and the first at which it no longer exists (`None`: it stays for ever), in
    /// microseconds. It may be away in between: see [`Track::spans`].
    pub fn life(&self) -> (u64, Option<u64>) {
        let start_us = self.spans.first().map_or(0, |span| span.start_us);
        (start_us, self.spans.last().and_then(|span| span.end_us))
    }

    /// The highest speed it ever has, in metres per second: the mean speed between two samples, the largest of them.
    pub fn max_speed(&self) -> f64 {
        self.max_speed
    }

    /// The corners of the smallest rectangle that holds it at all times: least x and y, greatest x and y.
    pub fn bounds(&self) -> (Position, Position) {
        let (mut least, mut greatest) = (self.points[0], self.points[0]);
        for point in &self.points {
            least = Position { x: least.x.min(point.x), y: least.y.min(point.y) };
            greatest = Position { x: greatest.x.max(point.x), y: greatest.y.max(point.y) };
        }
        (least, greatest)
    }

    /// The position at or after the last sample of `run`; `next` is the index of the run that follows.
    fn beyond(&self, run: &Run, next: usize, at_us: u64) -> Option<Position> {
        let last = self.points[run.first + run.steps as usize];
        let beyond_us = at_us - run.last_us();
        match self.runs.get(next) {
            _ if beyond_us == 0 => Some(last),
            Some(next) if next.joined => {
                let fraction = beyond_us as f64 / (next.start_us - run.last_us()) as f64;
                Some(last.towards(self.points[next.first], fraction))
            }
            None if self.holds => Some(last),
            Some(_) | None => None,
        }
    }
}

/// Builds a track from samples in the order of time.
#[derive(Debug, Default)]
pub(crate) struct TrackBuilder {
    points: Vec<Position>,
    runs: Vec<Run>,
    max_speed: f64,
}

impl TrackBuilder {
    /// Waypoints in the order of time.
    fn of_waypoints(waypoints: Vec<(u64, Position)>) -> Result<TrackBuilder, MobilityError> {
        if waypoints.is_empty() {
            let help = "give at least one time and position".into();
            return Err(MobilityError::Waypoint { index: 0, message: "there are no waypoints".into(), help });
        }
        let mut builder = TrackBuilder::default();
        let mut last_us = None;
        for (index, (at_us, position)) in waypoints.into_iter().enumerate() {
            if let Some(last_us) = last_us
                && at_us <= last_us
            {
                let message = format!("its time, {at_us} µs, is not after the one before, {last_us} µs");
                let help = "list the waypoints in the order of time, each time once".into();
                return Err(MobilityError::Waypoint { index, message, help });
            }
            if !position.is_sane() {
                let message = format!("({}, {}) is not a place", position.x, position.y);
                let help = format!("coordinates are metres, at most {MAX_COORDINATE_M:e} from the origin");
                return Err(MobilityError::Waypoint { index, message, help });
            }
            builder.push(at_us, position, true);
            last_us = Some(at_us);
        }
        Ok(builder)
    }

    /// Adds a sample, later than the one before. `joined`: it moved here from there; otherwise it was away in between.
    pub(crate) fn push(&mut self, at_us: u64, position: Position, joined: bool) {
        let TrackBuilder { points, runs, max_speed } = self;
        extend(points, runs, max_speed, at_us, position, joined);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The track of something that exists between its samples only; `None` if there are no samples.
    pub(crate) fn finish(self) -> Option<Track> {
        (!self.points.is_empty()).then(|| self.passing())
    }

    /// The same; there must be a sample.
    fn passing(self) -> Track {
        let mut spans: Vec<Span> = Vec::new();
        for run in &self.runs {
            let end_us = Some(run.last_us().saturating_add(1));
            match spans.last_mut() {
                Some(span) if run.joined => span.end_us = end_us,
                _ => spans.push(Span { start_us: run.start_us, end_us }),
            }
        }
        self.into_track(spans, false)
    }

    /// The track of something that stays for ever; there must be a sample.
    pub(crate) fn holding(self) -> Track {
        self.into_track(vec![Span { start_us: 0, end_us: None }], true)
    }

    fn into_track(mut self, spans: Vec<Span>, holds: bool) -> Track {
        self.points.shrink_to_fit();
        self.runs.shrink_to_fit();
        Track { points: self.points, runs: self.runs, spans, holds, lap: None, max_speed: self.max_speed }
    }
}

/// Adds a sample, later than the one before. `joined`: it moved here from there.
fn extend(
    points: &mut Vec<Position>,
    runs: &mut Vec<Run>,
    max_speed: &mut f64,
    at_us: u64,
    position: Position,
    joined: bool,
) {
    let first = points.len();
    let joined_to = points.last().copied().filter(|_| joined);
    points.push(position);
    let (Some(run), Some(from)) = (runs.last_mut(), joined_to) else {
        runs.push(Run { start_us: at_us, step_us: 0, steps: 0, first, joined: false });
        return;
    };
    let interval_us = at_us - run.last_us();
    *max_speed = max_speed.max(from.distance(position) * 1e6 / interval_us as f64);
    if run.steps == 0 || run.step_us == interval_us {
        run.step_us = interval_us;
        run.steps += 1;
    } else {
        runs.push(Run { start_us: at_us, step_us: 0, steps: 0, first, joined: true });
    }
}

/// Samples at equal distances in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    /// The time of the first sample.
    start_us: u64,
    /// The time between two samples; 0 if there is only one.
    step_us: u64,
    /// How many samples follow the first.
    steps: u64,
    /// The index of the first sample's position.
    first: usize,
    /// It moved from the last sample of the run before to the first of this one.
    joined: bool,
}

impl Run {
    #[inline]
    fn last_us(&self) -> u64 {
        self.start_us + self.step_us * self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(x: f64, y: f64) -> Position {
        Position { x, y }
    }

    fn track(samples: &[(u64, f64, bool)]) -> Track {
        let mut builder = TrackBuilder::default();
        for (at_us, x, joined) in samples {
            builder.push(*at_us, p(*x, 0.0), *joined);
        }
        builder.finish().expect("has samples")
    }

    #[test]
    fn a_fixed_thing_is_there_for_ever() {
        let mast = Track::fixed(p(3.0, 4.0));
        for at_us in [0, 1, u64::MAX] {
            assert_eq!(mast.at(at_us), Some(p(3.0, 4.0)));
        }
        assert_eq!(mast.life(), (0, None));
        assert_eq!(mast.max_speed(), 0.0);
        assert_eq!(mast.bounds(), (p(3.0, 4.0), p(3.0, 4.0)));
    }

    #[test]
    fn waypoints_are_held_before_and_after_and_met_exactly() {
        let track = Track::waypoints(vec![
            (10, p(0.0, 0.0)),
            (20, p(0.1, 0.7)),
            (50, p(0.3, 0.7)),
            (u64::MAX, p(0.3, 0.0)),
        ])
        .expect("valid");
        assert_eq!(track.at(0), Some(p(0.0, 0.0)));
        assert_eq!(track.at(20), Some(p(0.1, 0.7)));
        assert_eq!(track.at(50), Some(p(0.3, 0.7)));
        assert_eq!(track.at(15), Some(p(0.05, 0.35)));
        assert_eq!(track.at(u64::MAX), Some(p(0.3, 0.0)));
        assert_eq!(track.life(), (0, None));
        assert_eq!(track.bounds(), (p(0.0, 0.0), p(0.3, 0.7)));
        let short = Track::waypoints(vec![(10, p(0.0, 0.0)), (20, p(1.0, 0.0))]).expect("valid");
        assert_eq!(short.at(21), Some(p(1.0, 0.0)));
        assert_eq!(short.max_speed(), 1e5);
    }

    #[test]
    fn impossible_waypoints_are_refused_with_their_index() {
        let index_of = |waypoints| match Track::waypoints(waypoints) {
            Err(MobilityError::Waypoint { index, .. }) => Some(index),
            _ => None,
        };
        assert_eq!(index_of(vec![]), Some(0));
        assert_eq!(index_of(vec![(5, p(0.0, 0.0)), (5, p(1.0, 0.0))]), Some(1));
        assert_eq!(index_of(vec![(5, p(0.0, 0.0)), (4, p(1.0, 0.0))]), Some(1));
        assert_eq!(index_of(vec![(5, p(f64::NAN, 0.0))]), Some(0));
        assert_eq!(index_of(vec![(5, p(0.0, f64::INFINITY))]), Some(0));
        assert_eq!(index_of(vec![(5, p(0.0, -2e8))]), Some(0));
    }

    #[test]
    fn a_vehicle_exists_from_its_first_to_its_last_sample() {
        let track = track(&[(10, 0.0, false), (20, 10.0, true), (30, 30.0, true)]);
        assert_eq!(track.at(9), None);
        assert_eq!(track.at(10), Some(p(0.0, 0.0)));
        assert_eq!(track.at(25), Some(p(20.0, 0.0)));
        assert_eq!(track.at(30), Some(p(30.0, 0.0)));
        assert_eq!(track.at(31), None);
        assert_eq!(track.life(), (10, Some(31)));
        assert_eq!(track.runs.len(), 1);
        assert_eq!(track.max_speed(), 2e6);
    }

    #[test]
    fn a_vehicle_that_was_away_has_several_spans() {
        let track = track(&[
            (10, 0.0, false),
            (20, 10.0, true),
            (90, 500.0, false),
            (97, 507.0, true),
            (99, 508.0, true),
        ]);
        assert_eq!(track.at(20), Some(p(10.0, 0.0)));
        assert_eq!(track.at(21), None);
        assert_eq!(track.at(89), None);
        assert_eq!(track.at(90), Some(p(500.0, 0.0)));
        assert_eq!(track.at(98), Some(p(507.5, 0.0)));
        let spans = [Span { start_us: 10, end_us: Some(21) }, Span { start_us: 90, end_us: Some(100) }];
        assert_eq!(track.spans(), spans);
        assert_eq!(track.life(), (10, Some(100)));
        assert_eq!(track.max_speed(), 1e6, "the way it went while it was away is not a speed");
    }

    #[test]
    fn a_track_that_grows_is_the_same_as_one_that_is_made_at_once() {
        let samples = [
            (10, 0.0, false),
            (20, 10.0, true),
            (30, 15.0, true),
            (37, 20.0, true),
            (90, 500.0, false),
            (97, 507.0, true),
        ];
        let mut growing = Track::seen(10, p(0.0, 0.0));
        for count in 1..=samples.len() {
            if let Some((at_us, x, joined)) = samples[..count].last().filter(|_| count > 1) {
                growing.grow(*at_us, p(*x, 0.0), *joined);
                growing.grow(*at_us, p(77.0, 0.0), true);
            }
            assert_eq!(growing, track(&samples[..count]));
        }
        let mut fixed = Track::fixed(p(1.0, 1.0));
        fixed.grow(10, p(2.0, 2.0), true);
        assert_eq!(fixed, Track::fixed(p(1.0, 1.0)));
    }

    #[test]
    fn a_segment_gives_the_positions_of_its_track() {
        let track =
            track(&[(10, 0.1, false), (23, 10.7, true), (36, 30.3, true), (90, 0.3, false), (95, 0.7, true)]);
        for asked_us in 0..100 {
            let Some(segment) = track.segment(asked_us) else {
                assert!(!(10..36).contains(&asked_us) && !(90..95).contains(&asked_us), "{asked_us}");
                continue;
            };
            assert!(segment.at(asked_us).is_some());
            for at_us in 0..100 {
                assert!(segment.at(at_us).is_none_or(|place| Some(place) == track.at(at_us)), "{at_us}");
            }
        }
        assert_eq!(Segment::default().at(0), None);
    }

    #[test]
    fn one_sample_is_a_life_of_one_microsecond() {
        let track = track(&[(10, 7.0, false)]);
        assert_eq!((track.at(9), track.at(10), track.at(11)), (None, Some(p(7.0, 0.0)), None));
        assert_eq!(track.life(), (10, Some(11)));
    }
}
