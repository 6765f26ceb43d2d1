//! How long a run took.

use sim_lib::recorder::Timing;
use sim_lib::world::Outcome;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use std::{env, thread};

/// Two clocks that started with a run: one to measure by, one for the date.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    setup: Instant,
    start: Instant,
    date: SystemTime,
}

impl Stopwatch {
    /// The run begins now; its preparation began at `setup`.
    pub(crate) fn start(setup: Instant) -> Self {
        Stopwatch { setup, start: Instant::now(), date: SystemTime::now() }
    }

    /// The run ends now.
    pub(crate) fn stop(self, outcome: &Outcome) -> Timing {
        let wall_s = self.start.elapsed().as_secs_f64();
        let per_second = |count: f64| Some(count / wall_s).filter(|speed| speed.is_finite());
        Timing {
            setup_s: (self.start - self.setup).as_secs_f64(),
            wall_s,
            simulated_s: outcome.summary.simulated_s,
            simulated_s_per_s: per_second(outcome.summary.simulated_s),
            events: outcome.events,
            events_per_s: per_second(outcome.events as f64),
            cores: thread::available_parallelism().map_or(1, usize::from),
            host: format!("{} {}", env::consts::OS, env::consts::ARCH),
            started_unix_s: self.date.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        }
    }
}
