//! Of the radios around a sender, how many receive its beacons.

use crate::results::{BeaconRow, ratio};

/// Radios that were within a distance of the senders of beacons, and those that received them, by steps of distance.
#[derive(Debug)]
pub(crate) struct DeliveryBooks {
    step_m: f64,
    /// Empty where distance doesn't matter.
    steps: Vec<Count>,
    /// At all distances.
    pub(crate) all: Count,
}

/// Beacons times radios.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// That could have received one.
    pub(crate) around: u64,
    /// That did.
    pub(crate) received: u64,
}

impl DeliveryBooks {
    /// In steps of `step_m` metres up to `cutoff_m`, if distance matters.
    pub(crate) fn new(step_m: f64, cutoff_m: Option<f64>) -> DeliveryBooks {
        let steps = cutoff_m.map_or(0, |cutoff| (cutoff / step_m).ceil() as usize);
        DeliveryBooks { step_m, steps: vec![Count::default(); steps], all: Count::default() }
    }

    /// A radio was at this distance when a beacon was sent.
    #[inline]
    pub(crate) fn around(&mut self, distance: Option<f64>) {
        self.all.around += 1;
        if let Some(count) = self.at(distance) {
            count.around += 1;
        }
    }

    /// A radio that was at this distance when a beacon was sent received it.
    #[inline]
    pub(crate) fn received(&mut self, distance: Option<f64>) {
        self.all.received += 1;
        if let Some(count) = self.at(distance) {
            count.received += 1;
        }
    }

    /// A row for each step of distance.
    pub(crate) fn rows(&self) -> impl Iterator<Item = BeaconRow> {
        (0..).zip(&self.steps).map(|(index, count)| BeaconRow {
            from_m: f64::from(index) * self.step_m,
            to_m: f64::from(index + 1) * self.step_m,
            around: count.around,
            received: count.received,
            ratio: ratio(count.received, count.around),
        })
    }

    #[inline]
    fn at(&mut self, distance: Option<f64>) -> Option<&mut Count> {
        self.steps.get_mut((distance? / self.step_m) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_distance_has_its_step() {
        let mut books = DeliveryBooks::new(25.0, Some(60.0));
        for (distance, received) in [(0.0, true), (24.9, false), (25.0, true), (74.9, false), (75.0, true)] {
            books.around(Some(distance));
            if received {
                books.received(Some(distance));
            }
        }
        books.around(None);
        let rows: Vec<_> =
            books.rows().map(|row| (row.from_m, row.to_m, row.around, row.received, row.ratio)).collect();
        assert_eq!(
            rows,
            [(0.0, 25.0, 2, 1, Some(0.5)), (25.0, 50.0, 1, 1, Some(1.0)), (50.0, 75.0, 1, 0, Some(0.0))]
        );
        assert_eq!(books.all, Count { around: 6, received: 3 });
        assert_eq!(DeliveryBooks::new(25.0, None).rows().count(), 0);
    }
}
