//! The wall clock as the core knows time.

use node_lib::time::Instant;

/// Microseconds since the clock was made, by the machine's monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: std::time::Instant,
}

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        Clock { start: std::time::Instant::now() }
    }

    /// Now, rounded down.
    #[inline]
    pub fn now(&self) -> Instant {
        Instant::from_micros(self.start.elapsed().as_micros() as u64)
    }

    /// Time from now until `at`, to the nanosecond; zero if it is past.
    #[inline]
    pub fn until(&self, at: Instant) -> std::time::Duration {
        std::time::Duration::from_micros(at.as_micros()).saturating_sub(self.start.elapsed())
    }
}
