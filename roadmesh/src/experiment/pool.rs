//! Several runs at the same time.

use super::one::{Spectator, simulate};
use crate::error::{Failure, other};
use crate::interrupt::Interrupt;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::prelude::*;
use serde_json::Value;
use sim_lib::results::Progress;
use sim_lib::scenario::Loaded;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// One run to make.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) loaded: Loaded,
    pub(crate) folder: PathBuf,
    /// Whether invariants are checked.
    pub(crate) checked: bool,
}

/// What became of a [`Job`]: the content of its `summary.json`, or none if it was not made to its end.
pub(crate) type Made = Option<Value>;

/// Makes all runs, `at_once` of them at the same time, each on one core. The order of the results is that of the jobs.
/// An interrupt ends those that run, and the others are not begun. The first failure ends all.
pub(crate) fn run(
    jobs: Vec<Job>,
    at_once: Option<usize>,
    shown: bool,
    interrupt: &Interrupt,
) -> Result<Vec<Made>, Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(at_once.unwrap_or(0)).build();
    let pool = pool.map_err(|error| other(format!("threads can't be started: {error}"), None))?;
    interrupt.run_begins();
    let crowd = Crowd {
        bar: bar(&jobs, shown),
        done: AtomicU64::new(0),
        all: jobs.len() as u64,
        failed: AtomicBool::new(false),
        interrupt: interrupt.clone(),
    };
    let made: Result<Vec<Made>, Failure> =
        pool.install(|| jobs.into_par_iter().map(|job| crowd.make(&job)).collect());
    crowd.bar.finish_and_clear();
    made
}

/// What all runs share.
struct Crowd {
    bar: ProgressBar,
    done: AtomicU64,
    all: u64,
    failed: AtomicBool,
    interrupt: Interrupt,
}

impl Crowd {
    fn make(&self, job: &Job) -> Result<Made, Failure> {
        if !self.goes_on() {
            return Ok(None);
        }
        let mut seat = Seat { crowd: self, checked: job.checked, before_us: 0 };
        let done = simulate(&job.loaded, &job.folder, Instant::now(), &mut seat);
        let done = done.inspect_err(|_| self.failed.store(true, Ordering::SeqCst))?;
        let count = self.done.fetch_add(1, Ordering::SeqCst) + 1;
        self.bar.set_message(format!("{count} of {} runs", self.all));
        if done.summary.partial { Ok(None) } else { done.figures(&job.loaded).map(Some) }
    }

    fn goes_on(&self) -> bool {
        !self.interrupt.asked() && !self.failed.load(Ordering::SeqCst)
    }
}

/// One run's view.
struct Seat<'a> {
    crowd: &'a Crowd,
    checked: bool,
    before_us: u64,
}

impl Spectator for Seat<'_> {
    fn wants_check(&self) -> bool {
        self.checked
    }

    fn progress(&mut self, progress: Progress) -> bool {
        self.crowd.bar.inc(progress.now_us.saturating_sub(self.before_us));
        self.before_us = progress.now_us;
        self.crowd.goes_on()
    }
}

/// A bar over the simulated time of all runs.
fn bar(jobs: &[Job], shown: bool) -> ProgressBar {
    let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
    let all = jobs.iter().map(|job| job.loaded.scenario.duration.micros()).sum();
    let bar = ProgressBar::with_draw_target(Some(all), target).with_style(style.progress_chars("━╸ "));
    bar.set_message(format!("0 of {} runs", jobs.len()));
    bar
}

const TEMPLATE: &str = "{bar:12} {msg} · {eta} left";
