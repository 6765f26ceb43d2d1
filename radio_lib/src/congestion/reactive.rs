//! The reactive approach: a table.

use std::time::Duration;

/// A state for each range of the channel busy ratio, each with its interval between frames.
///
/// The ranges and intervals are those of the state machine with one relaxed, five active and one restrictive state that the CAR
/// 2 CAR Communication Consortium profiled (as in Vanetza's fully meshed state machine). As ETSI TS 102 687 V1.1.1 has it, a higher state needs
/// a second (`NDL_timeUp`) in which the load never was below its range, a lower one five seconds (`NDL_timeDown`) in which
/// it never was above.
#[derive(Clone, Debug)]
pub struct Reactive {
    state: usize,
    /// The last samples as states, and the place of the next one.
    samples: [u8; DOWN_SAMPLES],
    next: usize,
}

impl Default for Reactive {
    fn default() -> Self {
        Reactive { state: 0, samples: [0; DOWN_SAMPLES], next: 0 }
    }
}

impl Reactive {
    /// See [`super::Controller::measured`].
    pub(super) fn measured(&mut self, busy_ratio: f64) {
        let level = LIMITS.iter().filter(|limit| busy_ratio >= **limit).count();
        self.samples[self.next] = level as u8;
        self.next = (self.next + 1) % DOWN_SAMPLES;
        let back =
            |age: usize| usize::from(self.samples[(self.next + DOWN_SAMPLES - 1 - age) % DOWN_SAMPLES]);
        let lasted = (0..UP_SAMPLES).map(back).min().unwrap_or(0);
        let reached = (0..DOWN_SAMPLES).map(back).max().unwrap_or(0);
        if lasted > self.state {
            self.state = lasted;
        } else if reached < self.state {
            self.state = reached;
        }
    }

    /// From the start of a frame to that of the next, at least.
    pub(super) fn interval(&self) -> Duration {
        Duration::from_millis(INTERVALS_MS[self.state])
    }
}

/// Channel busy ratios from which the second state on hold.
const LIMITS: [f64; 6] = [0.19, 0.27, 0.35, 0.43, 0.51, 0.59];
/// Relaxed, active 1 to 5, restrictive.
const INTERVALS_MS: [u64; 7] = [60, 100, 180, 260, 340, 420, 460];
/// A second's and five seconds' samples.
const UP_SAMPLES: usize = 10;
const DOWN_SAMPLES: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    fn after(control: &mut Reactive, samples: usize, busy_ratio: f64) -> u128 {
        (0..samples).for_each(|_| control.measured(busy_ratio));
        control.interval().as_millis()
    }

    #[test]
    fn the_edges_of_the_table() {
        for (busy_ratio, interval) in [
            (0.0, 60),
            (0.189, 60),
            (0.19, 100),
            (0.269, 100),
            (0.27, 180),
            (0.349, 180),
            (0.35, 260),
            (0.429, 260),
            (0.43, 340),
            (0.509, 340),
            (0.51, 420),
            (0.589, 420),
            (0.59, 460),
            (1.0, 460),
        ] {
            assert_eq!(after(&mut Reactive::default(), 60, busy_ratio), interval, "{busy_ratio}");
        }
    }

    #[test]
    fn up_takes_a_second_and_down_five() {
        let mut control = Reactive::default();
        assert_eq!(after(&mut control, 9, 0.6), 60);
        assert_eq!(after(&mut control, 1, 0.6), 460);
        assert_eq!(after(&mut control, 49, 0.1), 460);
        assert_eq!(after(&mut control, 1, 0.1), 60);
        // One idle sample starts the second anew, one busy sample the five.
        assert_eq!(after(&mut control, 9, 0.3), 60);
        assert_eq!(after(&mut control, 1, 0.0), 60);
        assert_eq!(after(&mut control, 9, 0.3), 60);
        assert_eq!(after(&mut control, 1, 0.3), 180);
        assert_eq!(after(&mut control, 39, 0.0), 180);
        assert_eq!(after(&mut control, 1, 0.2), 180);
        assert_eq!(after(&mut control, 9, 0.0), 180);
        assert_eq!(after(&mut control, 1, 0.0), 100, "what was above 100 ms' range is 50 samples ago");
    }
}
