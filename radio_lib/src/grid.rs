//! Who may be within a radius: a uniform grid over positions that are up to half a second old.

use crate::medium::{Locations, RadioId};
use node_lib::time::Instant;
use std::time::Duration;

/// A uniform grid, hashed so that its size depends on the number of radios and not on the area.
///
/// It is rebuilt when its positions are older than [`SEARCH_AGE`]; in between the search radius grows by how far a
/// radio can have come. Searching allocates nothing once the lists have grown to their size.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    cell_m: f64,
    built: Option<Instant>,
    max_speed: f64,
    /// Where each bucket's entries start; the last one is their number.
    starts: Vec<u32>,
    entries: Vec<Entry>,
    /// Radios that had no position when the grid was built: they may appear anywhere.
    unplaced: RadioSet,
    /// One bit a radio, so that what is found comes out in order and once.
    marks: Vec<u64>,
    found: Vec<RadioId>,
    placed: Vec<(u32, Entry)>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    radio: u32,
    position: [f64; 2],
}

/// A set of radios, one bit each.
#[derive(Clone, Debug)]
pub(crate) struct RadioSet(Vec<u64>);

impl RadioSet {
    /// The empty set, for numbers below `radios`.
    pub(crate) fn new(radios: usize) -> RadioSet {
        RadioSet(vec![0; radios.div_ceil(64)])
    }

    /// Makes it a set for numbers below `radios`, which is more than before.
    pub(crate) fn grow(&mut self, radios: usize) {
        self.0.resize(radios.div_ceil(64), 0);
    }

    /// Puts a radio in or takes it out.
    pub(crate) fn set(&mut self, radio: RadioId, member: bool) {
        let (word, bit) = (&mut self.0[radio.index() / 64], radio.0 % 64);
        *word = *word & !(1 << bit) | u64::from(member) << bit;
    }
}

impl Grid {
    /// A grid for `radios` radios, best for searches within about `radius_m`.
    pub(crate) fn new(radios: usize, radius_m: f64) -> Grid {
        Grid {
            cell_m: (radius_m / 2.0).max(1.0),
            built: None,
            max_speed: 0.0,
            starts: vec![0; radios.next_power_of_two() * 2 + 1],
            entries: Vec::with_capacity(radios),
            unplaced: RadioSet::new(radios),
            marks: vec![0; radios.div_ceil(64)],
            found: Vec::with_capacity(radios),
            placed: Vec::with_capacity(radios),
        }
    }

    /// Makes it a grid for `radios` radios, which is more than before; its positions are out of date.
    pub(crate) fn grow(&mut self, radios: usize) {
        self.built = None;
        self.starts.resize(radios.next_power_of_two() * 2 + 1, 0);
        self.unplaced.grow(radios);
        self.marks.resize(radios.div_ceil(64), 0);
    }

    /// Brings the grid's positions up to date where they are too old.
    pub(crate) fn refresh(&mut self, now: Instant, radios: usize, locations: &dyn Locations) {
        if self.built.is_some_and(|built| built <= now && now.since(built) <= SEARCH_AGE) {
            return;
        }
        self.built = Some(now);
        // A bound that is not a number bounds nothing.
        let max_speed = locations.max_speed();
        self.max_speed = if max_speed >= 0.0 { max_speed } else { f64::INFINITY };
        self.placed.clear();
        self.starts.fill(0);
        for radio in 0..radios as u32 {
            let position = locations.position(RadioId(radio), now).filter(is_finite);
            self.unplaced.set(RadioId(radio), position.is_none());
            if let Some(position) = position {
                let bucket = self.bucket(self.cell(position[0]), self.cell(position[1]));
                self.starts[bucket + 1] += 1;
                self.placed.push((bucket as u32, Entry { radio, position }));
            }
        }
        self.placed.sort_unstable_by_key(|(bucket, entry)| (*bucket, entry.radio));
        self.entries.clear();
        self.entries.extend(self.placed.iter().map(|(_, entry)| *entry));
        for bucket in 1..self.starts.len() {
            self.starts[bucket] += self.starts[bucket - 1];
        }
    }

    /// Every radio of `among` that may be within `radius_m` of `centre` at `now`, in order of number; some of them are
    /// further away. [`Grid::refresh`] comes first.
    pub(crate) fn search(
        &mut self,
        now: Instant,
        centre: [f64; 2],
        radius_m: f64,
        among: &RadioSet,
    ) -> &[RadioId] {
        let age = self.built.map_or(0.0, |built| now.since(built).as_secs_f64());
        // An unbounded speed stays one even at age zero, where the product would not be a number.
        let moved = if self.max_speed.is_finite() { self.max_speed * age } else { f64::INFINITY };
        let reach = radius_m + moved + ROUNDING_M;
        let [left, right] = [centre[0] - reach, centre[0] + reach].map(|x| self.cell(x));
        let [bottom, top] = [centre[1] - reach, centre[1] + reach].map(|y| self.cell(y));
        let side = |low: i64, high: i64| high.saturating_sub(low).saturating_add(1);
        let cells = side(left, right).saturating_mul(side(bottom, top));
        if cells < self.entries.len() as i64 {
            for x in left..=right {
                for y in bottom..=top {
                    let bucket = self.bucket(x, y);
                    let [start, end] = [self.starts[bucket], self.starts[bucket + 1]].map(|at| at as usize);
                    mark_near(&mut self.marks, &self.entries[start..end], centre, reach);
                }
            }
        } else {
            mark_near(&mut self.marks, &self.entries, centre, reach);
        }
        self.found.clear();
        for (word, marks) in self.marks.iter_mut().enumerate() {
            let mut left = (std::mem::take(marks) | self.unplaced.0[word]) & among.0[word];
            while left != 0 {
                self.found.push(RadioId(word as u32 * 64 + left.trailing_zeros()));
                left &= left - 1;
            }
        }
        &self.found
    }

    fn cell(&self, coordinate: f64) -> i64 {
        (coordinate / self.cell_m).floor() as i64
    }

    fn bucket(&self, x: i64, y: i64) -> usize {
        let mixed =
            (x as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (y as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
        // The number of buckets is a power of two; the high bits are the well mixed ones.
        (mixed ^ (mixed >> 32)) as usize & (self.starts.len() - 2)
    }
}

/// The square of the distance between two places, m².
#[inline]
pub(crate) fn squared_distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    let (x, y) = (a[0] - b[0], a[1] - b[1]);
    x * x + y * y
}

fn is_finite(position: &[f64; 2]) -> bool {
    position.iter().all(|coordinate| coordinate.is_finite())
}

#[inline]
fn mark_near(marks: &mut [u64], entries: &[Entry], centre: [f64; 2], reach: f64) {
    for entry in entries {
        let near = squared_distance(entry.position, centre) <= reach * reach;
        marks[entry.radio as usize / 64] |= u64::from(near) << (entry.radio % 64);
    }
}

/// Receivers are searched for by positions that are up to so old.
pub const SEARCH_AGE: Duration = Duration::from_millis(500);
/// More than what rounding does to a position.
const ROUNDING_M: f64 = 0.01;

#[cfg(test)]
mod tests {
    use super::*;
    use node_lib::random::Key;

    /// Radios that move on straight lines; every seventh is there only after one second.
    struct Field {
        side_m: f64,
        speed: f64,
        bound: f64,
    }

    impl Locations for Field {
        fn position(&self, radio: RadioId, at: Instant) -> Option<[f64; 2]> {
            let key = Key::seed(9).with(u64::from(radio.0));
            let along = self.speed * at.as_secs_f64();
            let late = radio.0.is_multiple_of(7) && at < Instant::from_secs(1);
            let start = [key.with(0).unit() - 0.5, key.with(1).unit() - 0.5].map(|unit| unit * self.side_m);
            (!late).then_some([start[0] + along * 0.6, start[1] - along * 0.8])
        }

        fn max_speed(&self) -> f64 {
            self.bound
        }
    }

    fn everyone(radios: usize) -> RadioSet {
        let mut all = RadioSet::new(radios);
        (0..radios as u32).for_each(|radio| all.set(RadioId(radio), true));
        all
    }

    #[test]
    fn nobody_within_the_radius_is_missed() {
        // Side of the field, speed, what is said of the speed, and which share of the radios a search may find.
        let fields = [
            (1e3, 0.0, 0.0, 1.0),
            (2e4, 40.0, 40.0, 0.05),
            (1e9, 40.0, 50.0, 0.05),
            (2e4, 40.0, f64::INFINITY, 1.0),
            (2e4, 40.0, f64::NAN, 1.0),
        ];
        for (side_m, speed, bound, share) in fields {
            let (radios, radius) = (500, 800.0);
            let field = Field { side_m, speed, bound };
            let mut grid = Grid::new(radios, radius);
            let all = everyone(radios);
            let mut builds = 0;
            for step in 0..200u64 {
                let now = Instant::from_millis(step * 37);
                let before = grid.built;
                grid.refresh(now, radios, &field);
                builds += u32::from(grid.built != before);
                let Some(centre) = field.position(RadioId(step as u32 + 1), now) else { continue };
                let found = grid.search(now, centre, radius, &all).to_vec();
                assert!(found.windows(2).all(|pair| pair[0] < pair[1]));
                for radio in (0..radios as u32).map(RadioId) {
                    let near = field
                        .position(radio, now)
                        .is_some_and(|position| squared_distance(position, centre) <= radius * radius);
                    assert!(!near || found.contains(&radio), "{radio:?} at {now} in a field of {side_m} m");
                }
                let late = now < Instant::from_millis(1500);
                assert!(
                    late || found.len() as f64 <= share * radios as f64,
                    "{} found at {now}",
                    found.len()
                );
            }
            assert_eq!(builds, 15, "one build in 500 ms or a little more");
        }
    }

    #[test]
    fn positions_that_are_not_numbers_are_no_positions() {
        struct Nowhere;
        impl Locations for Nowhere {
            fn position(&self, radio: RadioId, _: Instant) -> Option<[f64; 2]> {
                Some([[f64::NAN, 0.0], [0.0, f64::INFINITY], [1.0, 1.0]][radio.0 as usize])
            }
            fn max_speed(&self) -> f64 {
                0.0
            }
        }
        let mut grid = Grid::new(3, 10.0);
        grid.refresh(Instant::ZERO, 3, &Nowhere);
        let mut asked = everyone(3);
        assert_eq!(grid.search(Instant::ZERO, [100.0, 0.0], 10.0, &asked), [RadioId(0), RadioId(1)]);
        asked.set(RadioId(0), false);
        assert_eq!(grid.search(Instant::ZERO, [1.0, 0.0], 10.0, &asked), [RadioId(1), RadioId(2)]);
    }
}
