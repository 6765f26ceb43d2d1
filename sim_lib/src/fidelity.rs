//! Whether the host kept up with a live run: how late each delivery was against the time it was due, for how long everything
//! was behind the clock, and what the host dropped. All three are in no model; where they are too large, the run's figures are
//! the host's and not the network's.

use crate::results::{LatenessRow, Quantiles};
use crate::world::latency::Latencies;
use node_lib::time::Instant;
use std::time::Duration;

/// Watches over a live run.
#[derive(Debug)]
pub struct Fidelity {
    tolerance: Duration,
    warmup: Instant,
    /// The second that is going on, counted from 1, and what happened in it.
    second: u64,
    current: Latencies,
    behind: Duration,
    /// Until when that was looked at.
    looked: Instant,
    /// What the host has dropped so far, and what of it belongs to seconds that are over.
    drops: u64,
    drops_before: u64,
    /// After the warm-up: all of it.
    measured: Latencies,
    measured_drops: u64,
    measured_behind: Duration,
    seconds: u64,
    late_seconds: u64,
}

/// What came of it, after the warm-up.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Verdict {
    /// True if the host distorted the results: some second was late, or the host dropped frames.
    pub distorted: bool,
    /// How late deliveries were.
    pub lateness: Quantiles,
    /// Seconds in which more than one delivery in a hundred was later than the tolerance, or everything was later than that
    /// for more than a hundredth of the second.
    pub late_seconds: u64,
    /// How long everything was later than the tolerance, in all, milliseconds.
    pub behind_ms: f64,
    /// Seconds that were measured.
    pub seconds: u64,
    /// What is still good, milliseconds.
    pub tolerance_ms: f64,
    /// Frames that the host dropped.
    pub host_drops: u64,
}

impl Fidelity {
    /// A watch over a run with this tolerance and warm-up.
    pub fn new(tolerance: Duration, warmup: Instant) -> Self {
        Fidelity {
            tolerance,
            warmup,
            second: 1,
            current: Latencies::default(),
            behind: Duration::ZERO,
            looked: Instant::ZERO,
            drops: 0,
            drops_before: 0,
            measured: Latencies::default(),
            measured_drops: 0,
            measured_behind: Duration::ZERO,
            seconds: 0,
            late_seconds: 0,
        }
    }

    /// A frame that was due at `due` is delivered now.
    #[inline]
    pub fn delivered(&mut self, now: Instant, due: Instant) {
        self.current.record(now.since(due));
    }

    /// Something that was due at `due` is done only now. Frames that a host sends meanwhile wait unseen, so what counts is the
    /// time itself, where it is beyond the tolerance.
    #[inline]
    pub fn done(&mut self, now: Instant, due: Instant) {
        if now.since(due) > self.tolerance {
            self.behind += now.since(due.max(self.looked));
        }
        self.looked = now;
    }

    /// The host has dropped so many frames more.
    pub fn dropped(&mut self, count: u64) {
        self.drops += count;
    }

    /// The row of the second that is over at `now`, if one is.
    pub fn end_second(&mut self, now: Instant) -> Option<LatenessRow> {
        let end = Instant::from_secs(self.second);
        if now < end {
            return None;
        }
        let lateness = std::mem::take(&mut self.current);
        let behind = std::mem::take(&mut self.behind);
        let host_drops = self.drops - self.drops_before;
        self.drops_before = self.drops;
        let quantiles = lateness.quantiles();
        if end > self.warmup {
            self.seconds += 1;
            let late = lateness.above(self.tolerance) * 100 > quantiles.count;
            self.late_seconds += u64::from(late || behind > MOST_BEHIND);
            self.measured.add(&lateness);
            self.measured_drops += host_drops;
            self.measured_behind += behind;
        }
        let row = LatenessRow {
            second: self.second,
            deliveries: quantiles.count,
            median_ms: quantiles.median_ms,
            p99_ms: quantiles.p99_ms,
            max_ms: quantiles.max_ms,
            behind_ms: behind.as_micros() as f64 / 1000.0,
            host_drops,
        };
        // A host that slept for longer than a second has nothing to tell of those between.
        self.second = now.as_micros() / 1_000_000 + 1;
        Some(row)
    }

    /// The figures up to the last second that was over, with all drops that are known by now.
    pub fn verdict(&self) -> Verdict {
        let host_drops = self.measured_drops + (self.drops - self.drops_before);
        Verdict {
            distorted: self.late_seconds > 0 || host_drops > 0,
            lateness: self.measured.quantiles(),
            late_seconds: self.late_seconds,
            behind_ms: self.measured_behind.as_micros() as f64 / 1000.0,
            seconds: self.seconds,
            tolerance_ms: self.tolerance.as_micros() as f64 / 1000.0,
            host_drops,
        }
    }
}

/// A hundredth of a second.
const MOST_BEHIND: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;

    const TOLERANCE: Duration = Duration::from_millis(5);

    /// Delivers a hundred frames in each second, of which `late` are 20 ms late.
    fn run(fidelity: &mut Fidelity, seconds: std::ops::Range<u64>, late: u64) -> Vec<LatenessRow> {
        let mut rows = Vec::new();
        for second in seconds {
            for frame in 0..100 {
                let due = Instant::from_millis(second * 1000 + frame);
                let lateness = Duration::from_micros(if frame < late { 20_000 } else { 100 });
                fidelity.delivered(due + lateness, due);
            }
            rows.extend(fidelity.end_second(Instant::from_secs(second + 1)));
        }
        rows
    }

    #[test]
    fn one_delivery_in_a_hundred_may_be_late() {
        let mut fidelity = Fidelity::new(TOLERANCE, Instant::ZERO);
        let rows = run(&mut fidelity, 0..3, 1);
        assert_eq!(
            rows.iter().map(|row| (row.second, row.deliveries)).collect::<Vec<_>>(),
            [(1, 100), (2, 100), (3, 100)]
        );
        assert!(!fidelity.verdict().distorted);
        run(&mut fidelity, 3..4, 2);
        let verdict = fidelity.verdict();
        assert_eq!((verdict.distorted, verdict.late_seconds, verdict.seconds), (true, 1, 4));
    }

    #[test]
    fn standing_still_distorts_even_if_nobody_waits_for_a_frame() {
        let mut fidelity = Fidelity::new(TOLERANCE, Instant::ZERO);
        let at = Instant::from_millis;
        for (now, due) in [(100, 96), (200, 199), (300, 290), (302, 290)] {
            fidelity.done(at(now), at(due));
        }
        let row = fidelity.end_second(at(1000)).unwrap();
        assert_eq!(row.behind_ms, 12.0, "no time is counted twice");
        assert_eq!(fidelity.verdict().late_seconds, 1);
        fidelity.done(at(1500), at(1491));
        assert_eq!(fidelity.end_second(at(2000)).unwrap().behind_ms, 9.0);
        assert_eq!(fidelity.verdict().late_seconds, 1);
    }

    #[test]
    fn what_the_host_drops_distorts() {
        let mut fidelity = Fidelity::new(TOLERANCE, Instant::ZERO);
        fidelity.dropped(3);
        let rows = run(&mut fidelity, 0..2, 0);
        assert_eq!(rows.iter().map(|row| row.host_drops).collect::<Vec<_>>(), [3, 0]);
        let verdict = fidelity.verdict();
        assert_eq!((verdict.distorted, verdict.host_drops, verdict.late_seconds), (true, 3, 0));
    }

    #[test]
    fn the_warm_up_is_left_out_and_sleep_is_no_row() {
        let mut fidelity = Fidelity::new(TOLERANCE, Instant::from_secs(2));
        fidelity.dropped(1);
        assert_eq!(run(&mut fidelity, 0..2, 50).len(), 2);
        assert!(!fidelity.verdict().distorted);
        assert_eq!(fidelity.end_second(Instant::from_millis(2999)), None);
        let row = fidelity.end_second(Instant::from_secs(7)).unwrap();
        assert_eq!((row.second, row.deliveries, row.p99_ms), (3, 0, None));
        let row = fidelity.end_second(Instant::from_secs(8)).unwrap();
        assert_eq!(row.second, 8);
    }
}
