//! From samples to tracks.

use crate::track::TrackBuilder;
use crate::{Position, Track};

/// Where something was at some times, in their order.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    samples: Vec<Sample>,
    /// The indices of samples that it can't have come to from the sample before.
    breaks: Vec<usize>,
}

/// Where it was at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) at_us: u64,
    pub(crate) position: Position,
}

/// A part of a trace's time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// What becomes 0, microseconds.
    pub(crate) begin_us: u64,
    /// What is later is left out, microseconds.
    pub(crate) end_us: u64,
    /// Samples farther apart are no movement, microseconds.
    pub(crate) max_gap_us: u64,
}

impl Samples {
    /// Adds a sample, later than the one before.
    pub(crate) fn push(&mut self, at_us: u64, position: Position) {
        self.samples.push(Sample { at_us, position });
    }

    /// The next sample can't have been come to from the one before.
    pub(crate) fn add_break(&mut self) {
        self.breaks.push(self.samples.len());
    }

    pub(crate) fn first(&self) -> Option<Sample> {
        self.samples.first().copied()
    }

    pub(crate) fn last(&self) -> Option<Sample> {
        self.samples.last().copied()
    }

    /// The samples after one time and before another.
    pub(crate) fn within(&self, after_us: u64, before_us: u64) -> impl Iterator<Item = Sample> {
        let inside = move |sample: &Sample| sample.at_us > after_us && sample.at_us < before_us;
        self.samples.iter().copied().filter(inside)
    }

    pub(crate) fn clear(&mut self) {
        self.samples.clear();
        self.breaks.clear();
    }

    /// The track of something that exists between its samples only; `None` if it doesn't exist in this window.
    pub(crate) fn passing(&self, window: Window) -> Option<Track> {
        self.builder(window).finish()
    }

    /// The track of something that was always there; `None` if there are no samples.
    pub(crate) fn holding(&self, window: Window) -> Option<Track> {
        let builder = self.builder(window);
        if !builder.is_empty() {
            return Some(builder.holding());
        }
        let last = self.last()?;
        let alone = if last.at_us < window.begin_us { last } else { self.first()? };
        Some(Track::fixed(alone.position))
    }

    fn builder(&self, Window { begin_us, end_us, max_gap_us }: Window) -> TrackBuilder {
        let mut track = TrackBuilder::default();
        let mut breaks = self.breaks.iter().copied().peekable();
        let mut last: Option<Sample> = None;
        for (index, sample) in self.samples.iter().copied().enumerate() {
            let broken = breaks.next_if_eq(&index).is_some();
            let from = last.replace(sample).filter(|last| !broken && sample.at_us - last.at_us <= max_gap_us);
            if sample.at_us < begin_us {
                continue;
            }
            let mut joined = from.is_some();
            if let Some(from) = from.filter(|from| from.at_us < begin_us) {
                joined = sample.at_us > begin_us;
                if joined {
                    track.push(0, from.between(sample, begin_us), false);
                }
            }
            if sample.at_us > end_us {
                if let Some(from) = from.filter(|from| from.at_us.max(begin_us) < end_us) {
                    track.push(end_us - begin_us, from.between(sample, end_us), true);
                }
                break;
            }
            track.push(sample.at_us - begin_us, sample.position, joined);
        }
        track
    }
}

impl Sample {
    /// Where it is on its way to `to`.
    pub(crate) fn between(self, to: Sample, at_us: u64) -> Position {
        self.position.towards(to.position, (at_us - self.at_us) as f64 / (to.at_us - self.at_us) as f64)
    }
}
