//! Lines that vehicles drive along.

use crate::Position;
use crate::line::Line;
use std::ops::Deref;

/// A line, and how fast its bends can be driven through.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    line: Line,
    /// The greatest speed at each point that its bend allows, metres per second.
    bends: Vec<f64>,
}

impl Path {
    /// The line through these points, two at least; those closer together than a centimetre count once.
    pub(super) fn new(points: &[Position]) -> Path {
        let mut kept: Vec<Position> = Vec::with_capacity(points.len());
        for point in points {
            if kept.last().is_none_or(|last| last.distance(*point) > 0.01) {
                kept.push(*point);
            }
        }
        if kept.len() < 2 {
            let first = points[0];
            kept = vec![first, Position { x: first.x + 0.01, y: first.y }];
        }
        let mut path = Path { line: Line::new(kept), bends: Vec::new() };
        path.bends = path.bends();
        path
    }

    /// The direction of travel there, as a vector of length 1.
    pub(super) fn direction(&self, along: f64) -> (f64, f64) {
        let index = self.piece(along);
        let (from, to) = (self.points[index], self.points[index + 1]);
        let length = from.distance(to);
        ((to.x - from.x) / length, (to.y - from.y) / length)
    }

    /// The greatest speed there if one brakes by `braking` (m/s²) ahead of the bends that follow.
    pub(super) fn bend_limit(&self, along: f64, braking: f64) -> f64 {
        let mut limit = f64::INFINITY;
        let from = self.piece(along);
        for index in from..self.points.len() {
            let ahead = self.along[index] - along;
            if ahead > LOOK_M {
                break;
            }
            let bend = self.bends[index];
            if bend.is_finite() {
                limit = f64::min(limit, (bend * bend + 2.0 * braking * ahead.max(0.0)).sqrt());
            }
        }
        limit
    }

    /// The speed at which the sideways acceleration in the circle through the places around each point is the limit.
    fn bends(&self) -> Vec<f64> {
        let bend = |along: &f64| {
            let reach = BEND_M.min(*along).min(self.length() - along);
            if reach < 0.5 {
                return f64::INFINITY;
            }
            let [a, b, c] = [along - reach, *along, along + reach].map(|along| self.at(along));
            let area = 0.5 * ((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)).abs();
            let radius = a.distance(b) * b.distance(c) * c.distance(a) / (4.0 * area);
            let speed = (SIDEWAYS_MPS2 * radius).sqrt();
            if speed < 60.0 { speed.max(SLOWEST_BEND_MPS) } else { f64::INFINITY }
        };
        self.along.iter().map(bend).collect()
    }
}

/// A path is a line.
impl Deref for Path {
    type Target = Line;

    fn deref(&self) -> &Line {
        &self.line
    }
}

/// A line of straight pieces, moved to the right by `right` metres (negative: to the left).
pub(super) fn offset(points: &[Position], right: f64) -> Vec<Position> {
    let normal = |from: Position, to: Position| {
        let length = from.distance(to);
        ((to.y - from.y) / length, (from.x - to.x) / length)
    };
    let last = points.len() - 1;
    let moved = |index: usize| {
        let before = normal(points[index.max(1) - 1], points[index.max(1)]);
        let after = normal(points[index.min(last - 1)], points[index.min(last - 1) + 1]);
        let sum = (before.0 + after.0, before.1 + after.1);
        let square = sum.0 * sum.0 + sum.1 * sum.1;
        // A corner moves along its bisector, but not far out where the line all but turns back.
        let scale = 2.0 * right / square.max(1.0);
        Position { x: points[index].x + sum.0 * scale, y: points[index].y + sum.1 * scale }
    };
    (0..points.len()).map(moved).collect()
}

/// Corners rounded over at most `reach` metres on each side.
pub(super) fn rounded(points: &[Position], reach: f64) -> Vec<Position> {
    let mut line = vec![points[0]];
    for corner in points.windows(3) {
        let [before, here, after] = [corner[0], corner[1], corner[2]];
        let reach = reach.min(0.5 * before.distance(here)).min(0.5 * here.distance(after));
        let from = here.towards(before, reach / before.distance(here));
        let to = here.towards(after, reach / here.distance(after));
        for step in 0..=4 {
            let t = f64::from(step) / 4.0;
            line.push(from.towards(here, t).towards(here.towards(to, t), t));
        }
    }
    line.push(points[points.len() - 1]);
    line
}

/// A smooth line from a place and direction to another.
pub(super) fn curve(
    from: Position,
    out: (f64, f64),
    to: Position,
    into: (f64, f64),
    handle: f64,
) -> Vec<Position> {
    let a = Position { x: from.x + out.0 * handle, y: from.y + out.1 * handle };
    let b = Position { x: to.x - into.0 * handle, y: to.y - into.1 * handle };
    let bezier = |step: u32| {
        let t = f64::from(step) / f64::from(CURVE_STEPS);
        let [first, second, third] = [from.towards(a, t), a.towards(b, t), b.towards(to, t)];
        first.towards(second, t).towards(second.towards(third, t), t)
    };
    (0..=CURVE_STEPS).map(bezier).collect()
}

/// The sideways acceleration that drivers put up with, m/s²: an assumption; tyres hold three times as much.
const SIDEWAYS_MPS2: f64 = 2.0;
/// However narrow a bend, it can be driven through at this speed.
const SLOWEST_BEND_MPS: f64 = 2.5;
/// Bends are measured over so many metres before and behind a place.
const BEND_M: f64 = 4.0;
/// Bends farther ahead than this are no reason to brake yet.
const LOOK_M: f64 = 300.0;
const CURVE_STEPS: u32 = 12;

#[cfg(test)]
mod tests {
    use super::*;

    fn places<const N: usize>(places: [(f64, f64); N]) -> Vec<Position> {
        places.map(|(x, y)| Position { x, y }).to_vec()
    }

    #[test]
    fn lanes_lie_to_the_right() {
        let moved = offset(&places([(0.0, 0.0), (100.0, 0.0), (100.0, 100.0)]), 2.0);
        assert_eq!(moved, places([(0.0, -2.0), (102.0, -2.0), (102.0, 100.0)]));
    }

    #[test]
    fn a_circle_is_driven_at_the_speed_that_its_radius_allows() {
        let circle: Vec<_> = (0..=200)
            .map(|step| {
                let angle = f64::from(step) * 0.01;
                Position { x: 50.0 * libm::cos(angle), y: 50.0 * libm::sin(angle) }
            })
            .collect();
        let path = Path::new(&circle);
        let expected = (SIDEWAYS_MPS2 * 50.0).sqrt();
        assert!((path.bend_limit(50.0, 1.0) - expected).abs() < 0.05 * expected);
        assert!(
            Path::new(&places([(0.0, 0.0), (10.0, 0.0), (20.0, 0.0)])).bend_limit(0.0, 1.0).is_infinite()
        );
    }
}
