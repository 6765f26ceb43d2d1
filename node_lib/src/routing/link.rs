//! What is known of the link to one neighbour, and what it costs.

use crate::control::status::LinkParts;
use crate::time::Instant;
use std::time::Duration;

/// The link to one neighbour.
///
/// Its cost is the expected time to get a full-sized unicast across: the airtime over the delivery ratio both ways (De
/// Couto et al., "A high-throughput path metric for multi-hop wireless routing", MobiCom 2003; Draves et al., MobiCom
/// 2004), plus what round trips took beyond that airtime.
///
/// It fits a cache line: every heartbeat heard in a crowd touches one.
#[derive(Clone, Debug)]
pub struct Link {
    /// When anything was last heard from the neighbour.
    pub heard: Instant,
    /// When it last named us among those it hears.
    heard_us: Option<NonZeroMicros>,
    counter: Option<u16>,
    receive: Ratio,
    send: Option<Ratio>,
    /// Smoothed time from handing over a unicast to its acknowledgement, beyond its airtime, microseconds.
    delay: f32,
    /// What follows from all this; kept, because it is read far more often than it changes.
    cost: u32,
    failures: u8,
    /// True once it sent something that the base layout doesn't have: PATH, SENDERS or data of version 2.
    pub ours: bool,
    /// True from the unicasts that failed until the neighbour is heard again.
    pub failed: bool,
}

impl Link {
    /// A neighbour heard for the first time; a full-sized unicast to it takes `airtime`.
    pub fn new(now: Instant, airtime: Duration) -> Self {
        let mut link = Link {
            heard: now,
            heard_us: None,
            counter: None,
            receive: Ratio::new(),
            send: None,
            delay: 0.0,
            cost: 0,
            failures: 0,
            ours: false,
            failed: false,
        };
        link.weigh(airtime);
        link
    }

    /// True if the link is known to carry frames both ways: worth more than any that only claims to be there.
    pub fn proven(&self) -> bool {
        self.send.is_some() || self.heard_us.is_some()
    }

    /// The neighbour named us among those it hears.
    pub fn name_us(&mut self, now: Instant) {
        self.heard_us = NonZeroMicros::new(now.as_micros().max(1));
    }

    /// True if the neighbour named us within the last `lately`.
    pub fn hears_us(&self, now: Instant, lately: Duration) -> bool {
        self.heard_us.is_some_and(|at| now.since(Instant::from_micros(at.get())) <= lately)
    }

    /// A heartbeat with this counter arrived: gaps are heartbeats that were lost. Repeats and late ones say nothing;
    /// after a gap too long to be loss (a restart, a long absence) counting begins anew.
    pub fn count(&mut self, counter: u16, airtime: Duration) {
        let gap = self.counter.map_or(1, |last| counter.wrapping_sub(last));
        if gap == 0 || gap > u16::MAX - LONGEST_GAP {
            return;
        }
        if gap <= LONGEST_GAP {
            (1..gap).for_each(|_| self.receive.sample(false));
        }
        self.receive.sample(true);
        self.counter = Some(counter);
        // A neighbour that was given up for its unicasts earns another try by being heard, and what was measured of one that
        // has not been used since says less and less.
        if let Some(send) = &mut self.send {
            send.recover(self.receive.value * self.receive.value);
            self.delay -= self.delay * FADE;
        }
        self.weigh(airtime);
    }

    /// A unicast to the neighbour was acknowledged, after `attempts` transmissions.
    pub fn acked(&mut self, attempts: u8, airtime: Duration) {
        let send = self.send.get_or_insert(self.receive);
        (1..attempts.min(MOST_ATTEMPTS)).for_each(|_| send.sample(false));
        send.sample(true);
        self.failures = 0;
        self.weigh(airtime);
    }

    /// A unicast was not acknowledged. Returns how many failed in a row.
    pub fn unacked(&mut self, attempts: u8, airtime: Duration) -> u8 {
        let send = self.send.get_or_insert(self.receive);
        (0..attempts.min(MOST_ATTEMPTS)).for_each(|_| send.sample(false));
        self.failures = self.failures.saturating_add(1);
        self.weigh(airtime);
        self.failures
    }

    /// The neighbour is given up until it is heard again.
    pub fn fail(&mut self) {
        self.failed = true;
        self.failures = 0;
    }

    /// A unicast that met an idle radio and was acknowledged at once took `delay` beyond its airtime.
    pub fn round_trip(&mut self, delay: Duration, airtime: Duration) {
        self.delay += (micros(delay) - self.delay) * DELAY_GAIN;
        self.weigh(airtime);
    }

    /// Cost of the link, microseconds; at least 1 (N1).
    #[inline]
    pub fn cost(&self) -> u32 {
        self.cost
    }

    /// What the cost is made of.
    pub fn parts(&self) -> LinkParts {
        LinkParts {
            heartbeats: self.receive.value,
            acknowledged: self.send.map(|send| send.value),
            delay_us: self.delay,
        }
    }

    fn weigh(&mut self, airtime: Duration) {
        // An acknowledged transmission was received both ways; a ratio of heartbeats holds for one way only. Where unicasts are
        // few, the heartbeats tell first that a link gets worse.
        let heartbeats = self.receive.value * self.receive.value;
        let both = self.send.map_or(heartbeats, |send| send.value.min(heartbeats));
        let cost = micros(airtime) / both.max(LOWEST_RATIO) + self.delay;
        self.cost = (cost as u32).clamp(1, COSTLIEST);
    }
}

/// A time in microseconds, in 8 bytes with its absence.
type NonZeroMicros = std::num::NonZeroU64;

fn micros(duration: Duration) -> f32 {
    duration.as_secs_f32() * 1e6
}

/// A delivery ratio that is fast to worsen and slow to improve.
#[derive(Clone, Copy, Debug)]
struct Ratio {
    value: f32,
    samples: u16,
}

impl Ratio {
    fn new() -> Self {
        Ratio { value: FIRST_GUESS, samples: 0 }
    }

    #[inline]
    fn sample(&mut self, success: bool) {
        // The first samples weigh as in a plain mean over them and the guess.
        self.samples = self.samples.saturating_add(1);
        let first = 1.0 / f32::from(self.samples + PRIOR.min(u16::MAX - self.samples));
        if success {
            self.value += (1.0 - self.value) * first.max(IMPROVE);
        } else {
            self.value -= self.value * first.max(WORSEN);
        }
    }

    /// Moves up to what would be expected of a link that was never used: fast to the first guess, slowly beyond.
    #[inline]
    fn recover(&mut self, expected: f32) {
        self.value += (FIRST_GUESS - self.value).max(0.0) * IMPROVE;
        self.value += (expected - self.value).max(0.0) * FADE;
    }
}

/// Weight of one success and of one loss. The estimate settles below the true ratio p, at p/(p + 2(1 − p)): a link that
/// loses is worth less than its mean says, because losses come in bursts.
const IMPROVE: f32 = 1.0 / 16.0;
const WORSEN: f32 = 1.0 / 8.0;
/// How fast what was measured by unicasts gives way to what heartbeats tell: half of it in some nine seconds.
const FADE: f32 = 1.0 / 64.0;
/// A new neighbour counts as if two of three heartbeats had arrived.
const FIRST_GUESS: f32 = 2.0 / 3.0;
const PRIOR: u16 = 3;
const LOWEST_RATIO: f32 = 1.0 / 64.0;
const DELAY_GAIN: f32 = 1.0 / 8.0;
const LONGEST_GAP: u16 = 32;
const MOST_ATTEMPTS: u8 = 16;
/// So that a path of 255 links still has a cost below "no route".
const COSTLIEST: u32 = 10_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::Mac;

    const AIRTIME: Duration = Duration::from_micros(2400);

    fn heard(counters: impl IntoIterator<Item = u16>) -> Link {
        let mut link = Link::new(Instant::ZERO, AIRTIME);
        counters.into_iter().for_each(|counter| link.count(counter, AIRTIME));
        link
    }

    #[test]
    fn a_link_fits_a_cache_line() {
        assert!(size_of::<(Mac, Link)>() <= 64, "{}", size_of::<(Mac, Link)>());
    }

    #[test]
    fn a_link_that_loses_costs_more() {
        let clean = heard(0..100).cost();
        let lossy = heard((0..200).step_by(2)).cost();
        assert!((2400..2500).contains(&clean), "{clean}");
        // Half the heartbeats lost: the estimate settles near 1/3 each way, 1/9 both ways.
        assert!((15_000..30_000).contains(&lossy), "{lossy}");
    }

    #[test]
    fn it_worsens_faster_than_it_improves() {
        let clean = heard(0..100);
        let mut worse = clean.clone();
        worse.count(103, AIRTIME);
        let after_loss = worse.cost();
        assert!(after_loss > clean.cost() * 3 / 2, "{after_loss}");
        worse.count(104, AIRTIME);
        worse.count(105, AIRTIME);
        assert!(worse.cost() > clean.cost() * 5 / 4);
    }

    #[test]
    fn repeats_late_ones_and_restarts_are_not_loss() {
        let steady = heard(0..50);
        let mut odd = steady.clone();
        odd.count(49, AIRTIME);
        odd.count(40, AIRTIME);
        assert_eq!(odd.cost(), steady.cost());
        odd.count(30_000, AIRTIME);
        assert!(odd.cost() <= steady.cost());
        let mut wrapped = heard(65_500..=65_535);
        let before = wrapped.cost();
        wrapped.count(0, AIRTIME);
        assert!(wrapped.cost() <= before);
    }

    #[test]
    fn transmit_status_replaces_the_guess_and_counts_failures_in_a_row() {
        let mut link = heard(0..100);
        assert_eq!(link.unacked(5, AIRTIME), 1);
        assert_eq!(link.unacked(5, AIRTIME), 2);
        assert!(link.cost() > 8000, "{}", link.cost());
        link.acked(1, AIRTIME);
        assert_eq!(link.unacked(5, AIRTIME), 1);
    }

    #[test]
    fn delay_beyond_the_airtime_counts_and_the_cost_is_bounded() {
        let mut link = heard(0..100);
        let before = link.cost();
        (0..50).for_each(|_| link.round_trip(Duration::from_millis(20), AIRTIME));
        assert!((before + 19_000..before + 21_000).contains(&link.cost()));
        assert_eq!(Link::new(Instant::ZERO, Duration::ZERO).cost(), 1);
        assert_eq!(Link::new(Instant::ZERO, Duration::from_secs(1000)).cost(), COSTLIEST);
    }
}
