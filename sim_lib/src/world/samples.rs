//! What is looked at ten times a second: who is there, who is in range, who has a route.

use std::time::Duration;

/// Time between two samples.
pub(crate) const SAMPLING: Duration = Duration::from_millis(100);

/// A stay in range counts from this length on.
pub(crate) const STAY: Duration = Duration::from_secs(3);

/// What one sample of one vehicle saw.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Whether it is within one hop of an RSU.
    pub(crate) in_range: bool,
    /// Hops of its route, if it has one.
    pub(crate) hops: Option<u32>,
}

/// Sums of samples after the warm-up. Each stands for [`SAMPLING`] of one vehicle's time.
#[derive(Debug)]
pub(crate) struct Samples {
    /// All.
    pub(crate) all: u64,
    /// Of these, in range.
    pub(crate) in_range: u64,
    /// Connected: with a route.
    pub(crate) connected: u64,
    /// In range and connected.
    pub(crate) connected_in_range: u64,
    /// Connected, by hops; index 0 is one hop.
    pub(crate) hops: Vec<u64>,
    /// Stays in range of [`STAY`] or longer that are over.
    pub(crate) stays: u64,
    /// Of these, without a route at any sample.
    pub(crate) stays_without_route: u64,
    /// By party.
    open: Vec<Stay>,
}

/// A stay in range that goes on.
#[derive(Clone, Copy, Debug, Default)]
struct Stay {
    samples: u32,
    had_route: bool,
}

impl Samples {
    /// Nothing was seen yet.
    pub(crate) fn new(parties: usize) -> Self {
        Samples {
            all: 0,
            in_range: 0,
            connected: 0,
            connected_in_range: 0,
            hops: Vec::new(),
            stays: 0,
            stays_without_route: 0,
            open: vec![Stay::default(); parties],
        }
    }

    /// One party more.
    pub(crate) fn add_party(&mut self) {
        self.open.push(Stay::default());
    }

    /// Adds a sample of a vehicle.
    pub(crate) fn add(&mut self, party: u32, sample: Sample) {
        let connected = sample.hops.is_some();
        self.all += 1;
        self.in_range += u64::from(sample.in_range);
        self.connected += u64::from(connected);
        self.connected_in_range += u64::from(sample.in_range && connected);
        if let Some(hops) = sample.hops {
            let index = hops.saturating_sub(1) as usize;
            if self.hops.len() <= index {
                self.hops.resize(index + 1, 0);
            }
            self.hops[index] += 1;
        }
        if sample.in_range {
            let stay = &mut self.open[party as usize];
            stay.samples += 1;
            stay.had_route |= connected;
        } else {
            self.leave(party);
        }
    }

    /// A vehicle leaves the range of all RSUs, or the run.
    pub(crate) fn leave(&mut self, party: u32) {
        let stay = std::mem::take(&mut self.open[party as usize]);
        let (long, without) = stay.counts();
        self.stays += long;
        self.stays_without_route += without;
    }

    /// Stays of [`STAY`] or longer, and those without a route, with the ones that still go on.
    pub(crate) fn stays(&self) -> (u64, u64) {
        let open = self.open.iter().map(Stay::counts);
        open.fold((self.stays, self.stays_without_route), |(stays, without), (long, none)| {
            (stays + long, without + none)
        })
    }
}

impl Stay {
    fn counts(&self) -> (u64, u64) {
        let long = SAMPLING * self.samples >= STAY;
        (u64::from(long), u64::from(long && !self.had_route))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(samples: &mut Samples, count: usize, in_range: bool, hops: Option<u32>) {
        for _ in 0..count {
            samples.add(0, Sample { in_range, hops });
        }
    }

    #[test]
    fn stays_count_from_three_seconds_and_end_with_the_range() {
        let mut samples = Samples::new(1);
        add(&mut samples, 29, true, None);
        add(&mut samples, 1, false, None);
        assert_eq!(samples.stays(), (0, 0));
        add(&mut samples, 30, true, None);
        assert_eq!(samples.stays(), (1, 1), "it goes on, and counts");
        add(&mut samples, 1, true, Some(2));
        assert_eq!(samples.stays(), (1, 0));
        samples.leave(0);
        add(&mut samples, 40, true, None);
        assert_eq!(samples.stays(), (2, 1));
    }

    #[test]
    fn shares_are_of_time() {
        let mut samples = Samples::new(1);
        add(&mut samples, 5, true, Some(1));
        add(&mut samples, 3, false, Some(3));
        add(&mut samples, 2, true, None);
        assert_eq!(
            (samples.all, samples.in_range, samples.connected, samples.connected_in_range),
            (10, 7, 8, 5)
        );
        assert_eq!(samples.hops, [5, 0, 3]);
    }
}
