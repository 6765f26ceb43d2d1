//! The progress bar: how far a run is, how fast, and when it will be over.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sim_lib::results::Progress;
use std::time::{Duration, Instant};

/// A bar on the standard error, if that is a terminal.
#[derive(Debug)]
pub(crate) struct Bar {
    bar: ProgressBar,
    speed: Speed,
    /// If the run keeps pace with the clock: whether it ends by itself.
    real_time: Option<bool>,
}

impl Bar {
    /// A bar; an invisible one unless `shown`.
    pub(crate) fn new(shown: bool) -> Self {
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(None, target).with_style(style.progress_chars("━╸ "));
        bar.set_message("starting");
        Bar { bar, speed: Speed::new(Instant::now()), real_time: None }
    }

    /// The same for a run that keeps pace with the clock; `ends` if it does so by itself.
    pub(crate) fn in_real_time(self, ends: bool) -> Self {
        Bar { real_time: Some(ends), ..self }
    }

    /// Shows how far the run is.
    pub(crate) fn update(&mut self, progress: Progress) {
        if self.bar.is_hidden() {
            return;
        }
        if self.speed.update(Instant::now(), progress.now_us) {
            self.bar.set_length(progress.end_us);
            self.bar.set_position(progress.now_us);
            self.bar.set_message(match self.real_time {
                Some(ends) => describe(progress, ends),
                None => self.speed.describe(progress),
            });
        }
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// Simulated time against wall time, over the last seconds.
#[derive(Debug)]
struct Speed {
    at: Instant,
    now_us: u64,
    /// Simulated seconds per second; none before the first interval is over.
    smoothed: Option<f64>,
}

impl Speed {
    fn new(at: Instant) -> Self {
        Speed { at, now_us: 0, smoothed: None }
    }

    /// Takes a measurement, unless the last one is too close; true if it did.
    fn update(&mut self, at: Instant, now_us: u64) -> bool {
        let wall = at.saturating_duration_since(self.at);
        if wall < STEP {
            return false;
        }
        let latest = now_us.saturating_sub(self.now_us) as f64 / 1e6 / wall.as_secs_f64();
        self.smoothed = Some(self.smoothed.map_or(latest, |speed| speed + SMOOTHING * (latest - speed)));
        (self.at, self.now_us) = (at, now_us);
        true
    }

    fn describe(&self, progress: Progress) -> String {
        let Progress { now_us, end_us, nodes, .. } = progress;
        let simulated = format!("{} of {} s simulated", now_us / 1_000_000, end_us.div_ceil(1_000_000));
        let Some(speed) = self.smoothed.filter(|speed| *speed > 0.0) else {
            return format!("{simulated} · {nodes} nodes");
        };
        let left = end_us.saturating_sub(now_us) as f64 / 1e6 / speed;
        format!("{simulated} · {speed:.1}x real time · {nodes} nodes · {} left", clock(left))
    }
}

/// Of a run that keeps pace with the clock.
fn describe(progress: Progress, ends: bool) -> String {
    let Progress { now_us, end_us, nodes, .. } = progress;
    let end = if ends { format!(" of {}", end_us.div_ceil(1_000_000)) } else { String::new() };
    format!("{}{end} s live · {nodes} nodes", now_us / 1_000_000)
}

/// A rough length of time: `12 s`, `3:05 min`, `2:00 h`.
fn clock(seconds: f64) -> String {
    let whole = seconds.ceil() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{}:{:02} min", whole / 60, whole % 60),
        _ => format!("{}:{:02} h", whole / 3600, whole / 60 % 60),
    }
}

const TEMPLATE: &str = "{bar:12} {wide_msg}";
/// Time between two measurements: short enough to look alive, long enough to cost nothing.
const STEP: Duration = Duration::from_millis(100);
/// Weight of the latest measurement; the memory is some two seconds.
const SMOOTHING: f64 = 0.05;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speed_follows_and_the_rest_is_estimated() {
        let start = Instant::now();
        let mut speed = Speed::new(start);
        assert!(!speed.update(start + Duration::from_millis(50), 1_000_000), "too soon to measure");
        assert!(speed.update(start + Duration::from_millis(500), 5_000_000));
        let progress = Progress { now_us: 5_000_000, end_us: 25_000_000, nodes: 4, events: 1 };
        assert_eq!(speed.describe(progress), "5 of 25 s simulated · 10.0x real time · 4 nodes · 2 s left");
        assert!(speed.update(start + Duration::from_millis(1000), 5_000_000), "nothing moved");
        assert_eq!(speed.describe(progress), "5 of 25 s simulated · 9.5x real time · 4 nodes · 3 s left");
    }

    #[test]
    fn times_are_short_to_read() {
        assert_eq!([0.2, 59.0, 185.0, 7200.0].map(clock), ["1 s", "59 s", "3:05 min", "2:00 h"]);
    }
}
