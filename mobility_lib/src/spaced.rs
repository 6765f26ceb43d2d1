//! Places that keep a distance from each other.

use crate::Position;
use std::collections::BTreeMap;

/// Places of which no two are nearer than a distance, by squares of its size.
pub(crate) struct Spaced {
    spacing_m: f64,
    squares: BTreeMap<(i64, i64), Vec<Position>>,
}

impl Spaced {
    pub(crate) fn new(spacing_m: f64) -> Spaced {
        Spaced { spacing_m, squares: BTreeMap::new() }
    }

    /// Takes a place, however near to others.
    pub(crate) fn add(&mut self, place: Position) {
        self.squares.entry(self.square(place)).or_default().push(place);
    }

    /// Takes a place if it is far enough from all that were taken before.
    pub(crate) fn takes(&mut self, place: Position) -> bool {
        if self.spacing_m <= ROUNDING_M {
            return true;
        }
        let (x, y) = self.square(place);
        let mut around = (x - 1..=x + 1).flat_map(|x| (y - 1..=y + 1).map(move |y| (x, y)));
        let near = |other: &Position| place.distance(*other) < self.spacing_m - ROUNDING_M;
        let free = !around.any(|square| self.squares.get(&square).is_some_and(|all| all.iter().any(near)));
        if free {
            self.add(place);
        }
        free
    }

    fn square(&self, Position { x, y }: Position) -> (i64, i64) {
        // Without a distance nobody asks.
        let size = self.spacing_m.max(1.0);
        ((x / size).floor() as i64, (y / size).floor() as i64)
    }
}

/// Lengths are sums.
const ROUNDING_M: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_takes_what_comparing_all_pairs_does(
            places in vec((-50.0..50.0f64, -50.0..50.0f64), 0..60),
            spacing in 0.0..40.0f64,
        ) {
            let mut spaced = Spaced::new(spacing);
            let mut kept: Vec<Position> = Vec::new();
            for (x, y) in places {
                let place = Position { x, y };
                let far = kept.iter().all(|other| other.distance(place) >= spacing - ROUNDING_M);
                prop_assert_eq!(spaced.takes(place), far);
                if far {
                    kept.push(place);
                }
            }
        }
    }
}
