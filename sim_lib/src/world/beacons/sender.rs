//! One node's beacons: when the next one is due.

use crate::scenario::beacons::BeaconSpec;
use node_lib::buffer_pool::AccessCategory;
use node_lib::random::Key;
use node_lib::time::Instant;
use std::time::Duration;

/// A node that sends beacons while it is up.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    key: Key,
    interval: Duration,
    /// As a share of the interval.
    jitter: f64,
    start: Instant,
    stop: Option<Instant>,
    /// Bytes after the Ethernet header.
    pub(crate) size: usize,
    pub(crate) category: AccessCategory,
    /// Of the node's present life: since when it sends, once that is known.
    since: Option<Instant>,
    /// Without jitter, when the next one is due.
    due: Instant,
    /// Beacons sent in all lives.
    number: u64,
}

impl Sender {
    /// As the scenario has it; the key is of this node alone.
    pub(crate) fn new(spec: &BeaconSpec, key: Key) -> Sender {
        Sender {
            key,
            interval: Duration::from_secs_f64(spec.rate.per_second().recip()),
            jitter: spec.jitter,
            start: Instant::from_micros(spec.start.micros()),
            stop: spec.stop.map(|stop| Instant::from_micros(stop.micros())),
            size: spec.size,
            category: spec.category.into(),
            since: None,
            due: Instant::ZERO,
            number: 0,
        }
    }

    /// The node comes up with this boot number: when it sends its first beacon, if it does.
    pub(crate) fn begin(&mut self, now: Instant, boot: u32) -> Option<Instant> {
        let phase = self.key.with(PHASE).with(boot.into()).unit();
        self.since = Some(now.max(self.start));
        self.due = now.max(self.start) + self.interval.mul_f64(phase);
        self.next()
    }

    /// A beacon is sent: whether it is one of the one in `one_in` that are measured, and when the next one is due, `at_least` so much
    /// later.
    pub(crate) fn sent(&mut self, now: Instant, one_in: u32, at_least: Duration) -> (bool, Option<Instant>) {
        let first = self.key.with(CHOICE).between(0, u64::from(one_in) - 1);
        let chosen = (self.number + first).is_multiple_of(one_in.into());
        self.number += 1;
        self.due += self.interval.max(at_least);
        (chosen, self.next().map(|next| next.max(now + at_least)))
    }

    /// The node goes down: how long it has sent, of the time from `from` to `to`.
    pub(crate) fn end(&mut self, now: Instant, from: Instant, to: Instant) -> Duration {
        let time = self.time(now, from, to);
        self.since = None;
        time
    }

    /// How long it has sent in its present life, of the time from `from` to `to`.
    pub(crate) fn time(&self, now: Instant, from: Instant, to: Instant) -> Duration {
        let Some(since) = self.since else { return Duration::ZERO };
        let end = now.min(to).min(self.stop.unwrap_or(to));
        end.since(since.max(from))
    }

    fn next(&self) -> Option<Instant> {
        let later = self.key.with(JITTER).with(self.number).unit() * self.jitter;
        let at = self.due + self.interval.mul_f64(later);
        self.stop.is_none_or(|stop| at < stop).then_some(at)
    }
}

/// What draws are for.
const PHASE: u64 = 1;
const JITTER: u64 = 2;
const CHOICE: u64 = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::beacons::Category;
    use config_lib::{Interval, Rate};

    fn sender(jitter: f64, key: u64) -> Sender {
        let spec = BeaconSpec {
            from: "a".to_owned(),
            rate: Rate::new(10.0).unwrap(),
            jitter,
            size: 300,
            category: Category::default(),
            start: Interval::from_secs(1),
            stop: Some(Interval::from_secs(3)),
        };
        Sender::new(&spec, Key::seed(key))
    }

    fn times(mut sender: Sender) -> Vec<u64> {
        let mut next = sender.begin(Instant::ZERO, 1);
        let mut times = Vec::new();
        while let Some(at) = next {
            times.push(at.as_micros());
            next = sender.sent(at, 4, Duration::ZERO).1;
        }
        times
    }

    #[test]
    fn they_come_at_equal_times_from_a_random_one_on() {
        let all: Vec<Vec<u64>> = (0..50).map(|key| times(sender(0.0, key))).collect();
        for times in &all {
            assert_eq!(times.len(), 20);
            assert!((1_000_000..1_100_000).contains(&times[0]));
            assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 100_000));
        }
        let mean = all.iter().map(|times| (times[0] - 1_000_000) as f64).sum::<f64>() / all.len() as f64;
        assert!((mean / 50_000.0 - 1.0).abs() < 0.3, "{mean}");
    }

    #[test]
    fn a_longer_interval_moves_the_next_one() {
        let mut sender = sender(0.0, 1);
        let first = sender.begin(Instant::ZERO, 1).unwrap();
        let next = sender.sent(first, 1, Duration::from_millis(260)).1.unwrap();
        assert_eq!(next.since(first), Duration::from_millis(260));
        assert_eq!(
            sender.sent(next, 1, Duration::from_millis(60)).1.unwrap().since(next),
            Duration::from_millis(100)
        );
    }

    #[test]
    fn jitter_moves_each_and_adds_up_to_nothing() {
        let (jittered, regular) = (times(sender(0.5, 3)), times(sender(0.0, 3)));
        let later: Vec<u64> = jittered.iter().zip(&regular).map(|(a, b)| a - b).collect();
        assert!(later.iter().all(|later| *later < 50_000));
        assert!(later.windows(2).any(|pair| pair[0].abs_diff(pair[1]) > 10_000), "{later:?}");
    }

    #[test]
    fn jitter_brings_no_two_nearer_than_allowed() {
        let (mut sender, least) = (sender(1.0, 4), Duration::from_millis(150));
        let mut at = sender.begin(Instant::ZERO, 1).unwrap();
        while let Some(next) = sender.sent(at, 1, least).1 {
            assert!(next.since(at) >= least);
            at = next;
        }
        assert!(at > Instant::from_secs(2));
    }

    #[test]
    fn one_in_four_is_measured() {
        for key in 0..10 {
            let mut sender = sender(0.0, key);
            sender.begin(Instant::ZERO, 1);
            let chosen: Vec<bool> =
                (0..400).map(|_| sender.sent(Instant::ZERO, 4, Duration::ZERO).0).collect();
            assert_eq!(chosen.iter().filter(|chosen| **chosen).count(), 100);
        }
    }

    #[test]
    fn the_time_it_sends_is_that_of_its_life_within_limits() {
        let mut sender = sender(0.0, 1);
        let [half, two, four] = [500, 2000, 4000].map(Instant::from_millis);
        sender.begin(half, 1);
        assert_eq!(sender.time(two, Instant::ZERO, four), Duration::from_secs(1));
        assert_eq!(sender.time(four, Instant::ZERO, four), Duration::from_secs(2), "it stops");
        assert_eq!(sender.end(two, Instant::from_millis(1500), four), Duration::from_millis(500));
        assert_eq!(sender.time(four, Instant::ZERO, four), Duration::ZERO);
    }
}
