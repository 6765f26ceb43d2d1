//! Buildings that stand in the way.

use super::cells::{Bounds, Cells, MARGIN_M, Strip};
use crate::error::{RadioError, check};
use std::ops::ControlFlow;

/// Outlines of buildings, with an index of their walls. They are taken to be higher than every antenna.
#[derive(Clone, Debug)]
pub struct Buildings {
    outlines: Vec<Outline>,
    /// All walls, building by building, each with the inside to its left.
    walls: Vec<Wall>,
    bounds: Bounds,
    walls_at: Cells,
    /// The walls once more, in the order of the cells that they are in.
    walls_by_cell: Vec<Wall>,
    outlines_at: Cells,
}

/// What a line between two antennas goes through.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Crossed {
    /// Outer walls.
    pub walls: u32,
    /// Metres inside of buildings.
    pub inside_m: f64,
}

/// What buildings take from a link that goes through them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WallLoss {
    /// For each outer wall, dB.
    pub wall_db: f64,
    /// For each metre inside, dB.
    pub inside_db_per_m: f64,
}

impl Default for WallLoss {
    /// 9 dB a wall and 0.4 dB a metre (Sommer, Eckhoff, German and Dressler, "A computationally inexpensive empirical model of
    /// IEEE 802.11p radio shadowing in urban environments", WONS 2011).
    fn default() -> Self {
        WallLoss { wall_db: 9.0, inside_db_per_m: 0.4 }
    }
}

impl WallLoss {
    /// The loss, dB.
    pub fn loss_db(&self, crossed: &Crossed) -> f64 {
        self.wall_db * f64::from(crossed.walls) + self.inside_db_per_m * crossed.inside_m
    }

    pub(super) fn check(&self) -> Result<(), RadioError> {
        let WallLoss { wall_db, inside_db_per_m } = *self;
        check((0.0..=100.0).contains(&wall_db), "wall_db", wall_db, "between 0 and 100 dB")?;
        let ok = (0.0..=100.0).contains(&inside_db_per_m);
        check(ok, "inside_db_per_m", inside_db_per_m, "between 0 and 100 dB")
    }
}

#[derive(Clone, Debug)]
struct Outline {
    bounds: Bounds,
    /// Its part of all walls.
    first: usize,
    end: usize,
}

#[derive(Clone, Copy, Debug)]
struct Wall {
    from: [f64; 2],
    to: [f64; 2],
}

impl Buildings {
    /// Buildings with these outlines: the corners in order, metres, either way round; the first may be repeated at the
    /// end. Courtyards are not known; where buildings overlap, each counts.
    ///
    /// # Errors
    /// [`RadioError::Outline`]: an outline with fewer than three corners, without area, that crosses itself, or with a
    /// corner that is no place.
    pub fn new(outlines: &[Vec<[f64; 2]>]) -> Result<Buildings, RadioError> {
        let mut buildings = Buildings {
            outlines: Vec::with_capacity(outlines.len()),
            walls: Vec::new(),
            bounds: Bounds::EMPTY,
            walls_at: Cells::default(),
            walls_by_cell: Vec::new(),
            outlines_at: Cells::default(),
        };
        for (building, corners) in outlines.iter().enumerate() {
            let refused = |problem| RadioError::Outline { building, problem };
            let corners = proper(corners).map_err(refused)?;
            let first = buildings.walls.len();
            let next = corners.iter().cycle().skip(1);
            buildings.walls.extend(corners.iter().zip(next).map(|(from, to)| Wall { from: *from, to: *to }));
            let bounds = corners.iter().fold(Bounds::EMPTY, |bounds, corner| bounds.with(*corner));
            buildings.bounds = buildings.bounds.with(bounds.low).with(bounds.high);
            buildings.outlines.push(Outline { bounds, first, end: buildings.walls.len() });
        }
        let walls =
            buildings.walls.iter().map(|wall| Strip { from: wall.from, to: wall.to, margin: MARGIN_M });
        buildings.walls_at.fill(walls, LEAST_CELL_M);
        let ordered = buildings.walls_at.all().iter().map(|wall| buildings.walls[*wall as usize]);
        buildings.walls_by_cell = ordered.collect();
        // A building is in the cells of a strip that covers its bounds.
        let outlines = buildings.outlines.iter().map(|outline| outline.bounds.strip());
        buildings.outlines_at.fill(outlines, LEAST_CELL_M);
        Ok(buildings)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.outlines.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.outlines.is_empty()
    }

    /// What the line from `a` to `b` goes through, the same both ways. An end inside of a building counts as inside up to
    /// the wall. The line's first and last centimetre are left out, so that an antenna at a wall is on the side that the line
    /// is on.
    pub fn crossed(&self, a: [f64; 2], b: [f64; 2]) -> Crossed {
        self.crossed_within(a, b, u32::MAX).unwrap_or_default()
    }

    /// [`Buildings::crossed`], or `None` as soon as it is more than `most` walls: in a town, long before the other end.
    pub fn crossed_within(&self, a: [f64; 2], b: [f64; 2], most: u32) -> Option<Crossed> {
        let (a, b) = if b < a { (b, a) } else { (a, b) };
        let way = minus(b, a);
        let length = libm::hypot(way[0], way[1]);
        if !(self.bounds.overlaps(&Bounds::EMPTY.with(a).with(b)) && length > 2.0 * END_M) {
            return Some(Crossed::default());
        }
        let end = way.map(|part| part * (END_M / length));
        let (a, b) = ([a[0] + end[0], a[1] + end[1]], minus(b, end));
        let mut tally = Tally::default();
        self.crossings(a, b, |share, enters| {
            tally.add(share, enters);
            if tally.walls > most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if tally.walls > most {
            return None;
        }
        let around = |point| i64::from(self.around(point));
        let inside_at_end = match (around(a), around(b)) {
            (at_start, at_end) if at_start + tally.entered == at_end => at_end,
            // The line is along a wall, give or take a rounding: what the other walls say holds.
            _ => tally.entered.max(0),
        };
        let share = (tally.inside + inside_at_end as f64).max(0.0);
        Some(Crossed { walls: tally.walls, inside_m: share * (length - 2.0 * END_M) })
    }

    /// Calls `crossing` for each wall that the line from `a` to `b` goes through, with the share of the line that lies
    /// before it, and whether it goes in or out, until it says that it is enough.
    #[inline]
    fn crossings(&self, a: [f64; 2], b: [f64; 2], mut crossing: impl FnMut(f64, bool) -> ControlFlow<()>) {
        let along = [b[0] - a[0], b[1] - a[1]];
        let length_squared = along[0] * along[0] + along[1] * along[1];
        self.walls_at.along(&Strip { from: a, to: b, margin: MARGIN_M }, |cell| {
            for Wall { from, to } in &self.walls_by_cell[self.walls_at.range(cell)] {
                let (from, to) = (*from, *to);
                let (left, right) = (side(along, a, from), side(along, a, to));
                // Of a corner on the line, one of the two walls counts, or none or both.
                if (left < 0.0) == (right < 0.0) {
                    continue;
                }
                let part = left / (left - right);
                let point = [0, 1].map(|axis| from[axis] + part * (to[axis] - from[axis]));
                let share = ((point[0] - a[0]) * along[0] + (point[1] - a[1]) * along[1]) / length_squared;
                // A wall may be in several of the cells: it counts in the one where it is crossed.
                if (0.0..1.0).contains(&share) && self.walls_at.cell(point) == cell {
                    crossing(share, right < left)?;
                }
            }
            ControlFlow::Continue(())
        });
    }

    /// How many buildings are around a point.
    fn around(&self, point: [f64; 2]) -> u32 {
        if !self.bounds.contains(point) {
            return 0;
        }
        let candidates = self.outlines_at.items(self.outlines_at.cell(point)).iter();
        let outlines = candidates.map(|index| &self.outlines[*index as usize]);
        outlines.filter(|outline| outline.bounds.contains(point) && self.is_inside(outline, point)).count()
            as u32
    }

    /// Whether a ray to the right goes through an odd number of walls.
    fn is_inside(&self, outline: &Outline, [x, y]: [f64; 2]) -> bool {
        let crossed = self.walls[outline.first..outline.end].iter().filter(|wall| {
            let Wall { from, to } = wall;
            (from[1] > y) != (to[1] > y)
                && x < from[0] + (y - from[1]) / (to[1] - from[1]) * (to[0] - from[0])
        });
        crossed.count() % 2 == 1
    }
}

#[derive(Default)]
struct Tally {
    walls: u32,
    /// Times in, less times out.
    entered: i64,
    /// Shares where it goes out, less those where it goes in.
    inside: f64,
}

impl Tally {
    fn add(&mut self, share: f64, enters: bool) {
        self.walls += 1;
        self.entered += if enters { 1 } else { -1 };
        self.inside += if enters { -share } else { share };
    }
}

/// The corners without repetitions, with the inside to the left.
fn proper(corners: &[[f64; 2]]) -> Result<Vec<[f64; 2]>, &'static str> {
    if !corners.iter().flatten().all(|value| value.abs() <= LARGEST_M) {
        return Err("a corner is no place: coordinates are metres, finite, within 1e8");
    }
    let mut corners = corners.to_vec();
    corners.dedup();
    while corners.len() > 1 && corners.first() == corners.last() {
        corners.pop();
    }
    if corners.len() < 3 {
        return Err("an outline needs three different corners");
    }
    let next = corners.iter().cycle().skip(1);
    let origin = corners[0];
    let area: f64 =
        corners.iter().zip(next).map(|(from, to)| side(minus(*from, origin), origin, *to)).sum::<f64>() / 2.0;
    if area.abs() < LEAST_AREA_M2 {
        return Err("an outline needs an area: its corners lie on a line");
    }
    if crosses_itself(&corners) {
        return Err("the outline crosses itself");
    }
    if area < 0.0 {
        corners.reverse();
    }
    Ok(corners)
}

fn crosses_itself(corners: &[[f64; 2]]) -> bool {
    let wall = |index: usize| (corners[index], corners[(index + 1) % corners.len()]);
    let apart = |(a, b): ([f64; 2], [f64; 2]), (c, d): ([f64; 2], [f64; 2])| {
        let along = minus(b, a);
        side(along, a, c) * side(along, a, d) >= 0.0
    };
    (0..corners.len()).any(|first| {
        (first + 1..corners.len()).any(|second| {
            let (one, other) = (wall(first), wall(second));
            !apart(one, other) && !apart(other, one)
        })
    })
}

/// On which side of the line from `start` in the direction `along` a point lies: positive is left.
#[inline]
fn side(along: [f64; 2], start: [f64; 2], point: [f64; 2]) -> f64 {
    along[0] * (point[1] - start[1]) - along[1] * (point[0] - start[0])
}

fn minus(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

const LEAST_CELL_M: f64 = 8.0;
const LARGEST_M: f64 = 1e8;
/// What is left out at either end of a line.
const END_M: f64 = 0.01;
const LEAST_AREA_M2: f64 = 1e-3;

#[cfg(test)]
mod tests {
    use super::*;
    use node_lib::random::Key;

    fn square(x: f64, y: f64, side: f64) -> Vec<[f64; 2]> {
        vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side]]
    }

    /// A thousand houses of 4 to 8 corners in a square of 600 m.
    fn town() -> Vec<Vec<[f64; 2]>> {
        let unit = |house: u64, part: u64| Key::seed(1).with(house).with(part).unit();
        let house = |house: u64| {
            let corners = 4 + (unit(house, 0) * 5.0) as u32;
            let centre = [unit(house, 1) * 600.0, unit(house, 2) * 600.0];
            let corner = |corner: u32| {
                let angle = std::f64::consts::TAU * f64::from(corner) / f64::from(corners);
                let radius = 4.0 + 8.0 * unit(house, 10 + u64::from(corner));
                [centre[0] + radius * angle.cos(), centre[1] + radius * angle.sin()]
            };
            let outline: Vec<_> = (0..corners).map(corner).collect();
            if house.is_multiple_of(2) { outline } else { outline.into_iter().rev().collect() }
        };
        (0..1000).map(house).collect()
    }

    /// The same by looking at every wall, and at the middle of each part of the line.
    fn crossed_slowly(outlines: &[Vec<[f64; 2]>], a: [f64; 2], b: [f64; 2]) -> Crossed {
        let length = (b[0] - a[0]).hypot(b[1] - a[1]);
        let mut all = Crossed::default();
        for corners in outlines {
            let mut cuts = vec![0.0, 1.0];
            for (from, to) in corners.iter().zip(corners.iter().cycle().skip(1)) {
                let (d, e) = ([b[0] - a[0], b[1] - a[1]], [to[0] - from[0], to[1] - from[1]]);
                let cross = d[0] * e[1] - d[1] * e[0];
                let offset = [from[0] - a[0], from[1] - a[1]];
                let t = (offset[0] * e[1] - offset[1] * e[0]) / cross;
                let u = (offset[0] * d[1] - offset[1] * d[0]) / cross;
                if (0.0..1.0).contains(&t) && (0.0..1.0).contains(&u) {
                    cuts.push(t);
                }
            }
            cuts.sort_by(f64::total_cmp);
            all.walls += cuts.len() as u32 - 2;
            for part in cuts.windows(2) {
                let middle = (part[0] + part[1]) / 2.0;
                let point = [a[0] + middle * (b[0] - a[0]), a[1] + middle * (b[1] - a[1])];
                if winds(corners, point) {
                    all.inside_m += (part[1] - part[0]) * length;
                }
            }
        }
        all
    }

    /// Whether the corners go around a point: the sum of the angles.
    fn winds(corners: &[[f64; 2]], point: [f64; 2]) -> bool {
        let turn = corners.iter().zip(corners.iter().cycle().skip(1)).map(|(from, to)| {
            let (p, q) = ([from[0] - point[0], from[1] - point[1]], [to[0] - point[0], to[1] - point[1]]);
            (p[0] * q[1] - p[1] * q[0]).atan2(p[0] * q[0] + p[1] * q[1])
        });
        turn.sum::<f64>().abs() > 3.0
    }

    #[test]
    fn a_square_is_two_walls_and_its_width() {
        let one = Buildings::new(&[square(10.0, -5.0, 10.0)]).expect("a square");
        let table = [
            ([0.0, 0.0], [30.0, 0.0], 2, 10.0),
            ([0.0, 0.0], [15.0, 0.0], 1, 5.0),
            ([12.0, 0.0], [15.0, 0.0], 0, 3.0),
            ([0.0, 0.0], [9.0, 0.0], 0, 0.0),
            ([0.0, 6.0], [30.0, 6.0], 0, 0.0),
            ([15.0, -20.0], [15.0, 20.0], 2, 10.0),
            // Through two corners, once through the building.
            ([0.0, -15.0], [30.0, 15.0], 2, 200f64.sqrt()),
        ];
        for (a, b, walls, inside_m) in table {
            for (from, to) in [(a, b), (b, a)] {
                let found = one.crossed(from, to);
                assert_eq!(found.walls, walls, "{from:?} to {to:?}");
                assert!((found.inside_m - inside_m).abs() < 0.021, "{from:?} to {to:?}: {found:?}");
            }
        }
        let loss = WallLoss::default().loss_db(&one.crossed([0.0, 0.0], [30.0, 0.0]));
        assert!((loss - (2.0 * 9.0 + 10.0 * 0.4)).abs() < 0.01, "{loss} dB");
    }

    #[test]
    fn a_town_is_crossed_as_by_looking_at_every_wall() {
        let outlines = town();
        let town = Buildings::new(&outlines).expect("proper outlines");
        let unit = |line: u64, part: u64| Key::seed(2).with(line).with(part).unit();
        let mut walls = 0;
        for line in 0..400 {
            let place = |part| unit(line, part) * 800.0 - 100.0;
            let (a, b) = ([place(0), place(1)], [place(2), place(3)]);
            let end = minus(b, a).map(|part| part * END_M / minus(b, a)[0].hypot(minus(b, a)[1]));
            let inner = (minus(a, [-end[0], -end[1]]), minus(b, end));
            let (found, expected) = (town.crossed(a, b), crossed_slowly(&outlines, inner.0, inner.1));
            assert_eq!(found.walls, expected.walls, "{a:?} to {b:?}");
            assert!((found.inside_m - expected.inside_m).abs() < 1e-6, "{found:?} instead of {expected:?}");
            assert_eq!(found, town.crossed(b, a));
            walls += found.walls;
        }
        assert!(walls > 4000, "only {walls} walls tried");
    }

    /// Positions on walls and corners, and lines along walls, are where rounding decides.
    #[test]
    fn no_line_is_longer_inside_than_it_is() {
        let grid: Vec<_> = (0..25)
            .map(|cell| square(f64::from(cell % 5) * 20.0, f64::from(cell / 5) * 20.0, 10.0))
            .collect();
        let grid = Buildings::new(&grid).expect("squares");
        let places: Vec<[f64; 2]> =
            (0..400).map(|index| [f64::from(index % 20) * 5.0, f64::from(index / 20) * 5.0]).collect();
        for a in places.iter().step_by(7) {
            for b in &places {
                let found = grid.crossed(*a, *b);
                let length = (a[0] - b[0]).hypot(a[1] - b[1]);
                assert!((0.0..=length + 1e-9).contains(&found.inside_m), "{a:?} to {b:?}: {found:?}");
                assert!(found.walls <= 20, "{a:?} to {b:?}: {found:?}");
            }
        }
    }

    #[test]
    fn outlines_without_an_inside_are_refused() {
        let table = [
            (vec![[0.0, 0.0], [1.0, 1.0], [0.0, 0.0]], "three different corners"),
            (vec![[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]], "an area"),
            (vec![[0.0, 0.0], [f64::NAN, 1.0], [2.0, 0.0]], "no place"),
            (vec![[0.0, 0.0], [4.0, 4.0], [4.0, 0.0], [0.0, 3.0]], "crosses itself"),
            (vec![], "three different corners"),
        ];
        for (corners, expected) in table {
            let refused = Buildings::new(&[square(0.0, 0.0, 1.0), corners]).map(|found| found.len());
            let message = refused.expect_err(expected).to_string();
            assert!(message.starts_with("building 1: ") && message.contains(expected), "{message}");
        }
        let closed = [vec![[0.0, 0.0], [4.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 0.0]]];
        assert_eq!(Buildings::new(&closed).map(|found| found.len()), Ok(1));
    }
}
