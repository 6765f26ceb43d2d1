//! Rate adaptation: which rate a unicast is sent at, from what became of those before.

use crate::airtime::{Rate, mean_unicast_time};
use node_lib::buffer_pool::AccessCategory;
use node_lib::random::Key;
use node_lib::time::Instant;
use std::time::Duration;

/// Minstrel, one radio's part of it: for each destination the rate that brought the most, and now and then another one, to see
/// whether it would bring more.
///
/// As in Linux's mac80211 (Documentation of Minstrel by Derek Smithies, linuxwireless.org; net/mac80211/rc80211_minstrel.c): every 100 ms a rate's
/// share of acknowledged transmissions moves a quarter of the way to what it was in that time, unless nothing was sent at it. Its throughput is
/// that share over the time that a frame of 1200 bytes takes if its first attempt succeeds, or nothing if the share is below 0.1.
///
/// A frame's attempts are: two at the rate of the highest throughput, one at that of the second highest, one at the fastest rate of
/// those that are acknowledged 95 times in 100 (or, if none is, at the one that is most often), and all others at the slowest. One frame
/// in ten samples a rate drawn from all: a faster one than the best in its first attempt, a slower one in its second; its third
/// attempt is at the best.
#[derive(Clone, Debug, Default)]
pub struct Minstrel<D> {
    /// In order of destination.
    destinations: Vec<(D, Station)>,
}

/// What is known of one destination.
#[derive(Clone, Debug)]
struct Station {
    updated: Instant,
    /// By rate, the slowest first.
    rates: [Known; RATES],
    best: usize,
    second: usize,
    surest: usize,
}

/// What is known of a rate.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// Share of transmissions that were acknowledged; none before the first.
    success: Option<f64>,
    /// Since the last update.
    attempts: u32,
    acked: u32,
}

impl<D: Copy + Ord> Minstrel<D> {
    /// The rate for one more attempt for a unicast to `to`, after `failed` of them. All attempts for a frame have the same key, and
    /// no two frames do.
    pub fn choose(&mut self, now: Instant, to: D, failed: u8, key: Key) -> Rate {
        let station = self.station(now, to);
        station.update(now);
        let Station { best, second, surest, .. } = *station;
        let sample =
            (key.with(SAMPLED).unit() < SAMPLES).then(|| key.with(WHICH).between(0, RATES as u64 - 1));
        let chain = match sample.map(|sample| sample as usize).filter(|sample| *sample != best) {
            Some(sample) if sample > best => [sample, best, best, surest],
            Some(sample) => [best, sample, best, surest],
            None => [best, best, second, surest],
        };
        Rate::ALL[chain.get(usize::from(failed)).copied().unwrap_or(0)]
    }

    /// What became of `attempts` transmissions at one rate, of which the last one was acknowledged, or none.
    pub fn report(&mut self, now: Instant, to: D, rate: Rate, attempts: u32, acked: bool) {
        let station = self.station(now, to);
        let known = &mut station.rates[rate as usize];
        known.attempts += attempts;
        known.acked += u32::from(acked);
        station.update(now);
    }

    fn station(&mut self, now: Instant, to: D) -> &mut Station {
        let at = match self.destinations.binary_search_by_key(&to, |(destination, _)| *destination) {
            Ok(at) => at,
            Err(at) => {
                self.destinations.insert(at, (to, Station::new(now)));
                at
            }
        };
        &mut self.destinations[at].1
    }
}

impl Station {
    fn new(now: Instant) -> Station {
        Station { updated: now, rates: [Known::default(); RATES], best: FIRST, second: FIRST, surest: 0 }
    }

    /// Learns from what was counted, if it is time.
    fn update(&mut self, now: Instant) {
        if now.since(self.updated) < UPDATES {
            return;
        }
        self.updated = now;
        for known in self.rates.iter_mut().filter(|known| known.attempts > 0) {
            let lately = f64::from(known.acked) / f64::from(known.attempts);
            let success = known.success.map_or(lately, |before| before + (lately - before) * WEIGHT);
            *known = Known { success: Some(success), attempts: 0, acked: 0 };
        }
        let success = |rate: usize| self.rates[rate].success.unwrap_or(0.0);
        let throughput = |rate: usize| match success(rate) {
            // Nothing that rarely arrives is worth a try.
            rare if rare < LEAST => 0.0,
            success => success / frame_time(Rate::ALL[rate]).as_secs_f64(),
        };
        // Of equals the slower one.
        let most = |value: &dyn Fn(usize) -> f64, but: Option<usize>| {
            let rates = (0..RATES).rev().filter(|rate| Some(*rate) != but);
            rates.max_by(|a, b| value(*a).total_cmp(&value(*b))).unwrap_or(0)
        };
        self.best = most(&throughput, None);
        self.second = most(&throughput, Some(self.best));
        // Of those that nearly always arrive, the fastest.
        let sure = |rate: usize| if success(rate) >= SURE { 1.0 + throughput(rate) } else { success(rate) };
        self.surest = most(&sure, None);
    }
}

/// How long a unicast of middling size takes at a rate, with everything around it.
fn frame_time(rate: Rate) -> Duration {
    mean_unicast_time(rate, FRAME, AccessCategory::BestEffort)
}

const RATES: usize = Rate::ALL.len();
/// The rate that a destination nothing is known of is tried at: 6 Mb/s.
const FIRST: usize = 2;
/// Frames that try another rate.
const SAMPLES: f64 = 0.1;
const UPDATES: Duration = Duration::from_millis(100);
/// Of what was measured since the last update.
const WEIGHT: f64 = 0.25;
const LEAST: f64 = 0.1;
const SURE: f64 = 0.95;
/// Bytes of the frame that throughput is compared by.
const FRAME: usize = 1200;
/// What draws are for.
const SAMPLED: u64 = 1;
const WHICH: u64 = 2;
