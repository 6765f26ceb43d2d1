//! Minstrel finds the rate that brings the most.

use node_lib::buffer_pool::AccessCategory;
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::airtime::{
    ACK_TIMEOUT, SIFS, SLOT, ack_airtime, aifs, airtime, contention_window, psdu_bytes,
};
use radio_lib::{Minstrel, Rate, packet_success};
use std::time::Duration;

const FRAME: usize = 1214;
const ATTEMPTS: u8 = 5;

/// The time that an attempt takes after so many that failed, each of which doubles the window of the backoff.
fn time(rate: Rate, failed: u8, acked: bool) -> Duration {
    let category = AccessCategory::BestEffort;
    let backoff = SLOT * contention_window(category, failed) / 2;
    let answer = if acked { SIFS + ack_airtime(rate) } else { ACK_TIMEOUT };
    aifs(category) + backoff + airtime(rate, psdu_bytes(FRAME)) + answer
}

/// Frames a second that arrive on a link with this ratio of signal to noise, each tried at the rates that `choose` gives.
fn goodput(
    decibels: f64,
    key: Key,
    mut choose: impl FnMut(Instant, u8, Key) -> Rate,
    mut report: impl FnMut(Instant, Rate, bool),
) -> f64 {
    let ratio = 10f64.powf(decibels / 10.0);
    let success = Rate::ALL.map(|rate| packet_success(rate, ratio, psdu_bytes(FRAME)));
    let (mut now, mut measured, mut arrived) = (Duration::ZERO, Duration::ZERO, 0);
    for number in 0..20_000 {
        let frame = key.with(number);
        for failed in 0..ATTEMPTS {
            let at = Instant::ZERO + now;
            let rate = choose(at, failed, frame);
            let acked = frame.with(100 + u64::from(failed)).unit() < success[rate as usize];
            report(at, rate, acked);
            now += time(rate, failed, acked);
            // What it takes to learn at first is not looked at.
            if number >= 5_000 {
                measured += time(rate, failed, acked);
                arrived += u32::from(acked);
            }
            if acked {
                break;
            }
        }
    }
    f64::from(arrived) / measured.as_secs_f64()
}

#[test]
fn it_comes_within_five_percent_of_the_best_fixed_rate() {
    for decibels in [4.0, 6.5, 8.0, 10.5, 13.0, 15.0, 18.0, 21.0, 23.0, 30.0] {
        let key = Key::seed(7);
        let fixed = Rate::ALL.map(|rate| goodput(decibels, key, |_, _, _| rate, |_, _, _| {}));
        let best = fixed.into_iter().fold(0.0, f64::max);
        let control = std::cell::RefCell::new(Minstrel::default());
        let found = goodput(
            decibels,
            key,
            |now, failed, key| control.borrow_mut().choose(now, 1u32, failed, key),
            |now, rate, acked| control.borrow_mut().report(now, 1u32, rate, 1, acked),
        );
        assert!(found > 0.95 * best, "{found} frames/s at {decibels} dB instead of {best}: {fixed:?}");
    }
}

#[test]
fn it_follows_a_link_that_changes_and_keeps_destinations_apart() {
    let mut control = Minstrel::default();
    let mut now = Instant::ZERO;
    let mut most = [Rate::Mbps3; 2];
    for (phase, decibels) in [[30.0, 5.0], [5.0, 30.0]].into_iter().enumerate() {
        let mut counts = [[0; 8]; 2];
        for number in 0..20_000u64 {
            now += Duration::from_millis(1);
            for to in 0..2 {
                let key = Key::seed(3).with(phase as u64).with(number).with(to as u64);
                let rate = control.choose(now, to, 0, key);
                let success = packet_success(rate, 10f64.powf(decibels[to] / 10.0), psdu_bytes(FRAME));
                control.report(now, to, rate, 1, key.with(9).unit() < success);
                counts[to][rate as usize] += usize::from(number > 10_000);
            }
        }
        let before = most;
        for to in 0..2 {
            most[to] = Rate::ALL[(0..8).max_by_key(|rate| counts[to][*rate]).unwrap()];
        }
        assert!(phase == 0 || most == [before[1], before[0]], "{before:?} {most:?}");
    }
    assert_eq!(most[1], Rate::Mbps27);
}

#[test]
fn the_same_frame_has_the_same_choice() {
    let mut control = Minstrel::default();
    let mut samples = 0;
    for number in 0..10_000 {
        let key = Key::seed(1).with(number);
        let rate = control.choose(Instant::ZERO, 1u32, 0, key);
        assert_eq!(rate, control.choose(Instant::ZERO, 1u32, 0, key));
        assert_eq!(control.choose(Instant::ZERO, 1u32, 4, key), Rate::Mbps3, "the last try is the slowest");
        samples += u32::from(rate != Rate::Mbps6);
    }
    // Five of eight rates are faster than the one that it begins with, and one frame in ten tries one of the eight.
    assert!((samples as f64 / 10_000.0 - 0.1 * 5.0 / 8.0).abs() < 0.01, "{samples}");
}

#[test]
fn a_frame_that_fails_goes_down_from_the_best_rate_to_the_slowest() {
    let mut control = Minstrel::default();
    let at = |millis: u64| Instant::from_micros(millis * 1000);
    // 12 Mb/s brings the most, 24 Mb/s nearly as much, and only 6 Mb/s nearly always arrives.
    for (rate, arrived) in [(Rate::Mbps12, 9), (Rate::Mbps24, 5), (Rate::Mbps6, 10)] {
        (0..10).for_each(|frame| control.report(at(50), 1u32, rate, 1, frame < arrived));
    }
    let mut chains = std::collections::BTreeMap::<_, u32>::new();
    for number in 0..10_000 {
        let key = Key::seed(3).with(number);
        let chain = [0, 1, 2, 3, 4, 5].map(|failed| control.choose(at(200), 1u32, failed, key));
        *chains.entry(chain).or_default() += 1;
    }
    let [slowest, sure, best, second] = [Rate::Mbps3, Rate::Mbps6, Rate::Mbps12, Rate::Mbps24];
    let usual = chains.remove(&[best, best, second, sure, slowest, slowest]).unwrap_or(0);
    // One frame in ten samples one of the eight rates, of which one is the best itself.
    assert!((f64::from(usual) / 10_000.0 - (1.0 - 0.1 * 7.0 / 8.0)).abs() < 0.01, "{usual}");
    for rate in Rate::ALL.into_iter().filter(|rate| *rate != best) {
        let chain = if rate > best {
            [rate, best, best, sure, slowest, slowest]
        } else {
            [best, rate, best, sure, slowest, slowest]
        };
        let count = chains.remove(&chain).unwrap_or(0);
        assert!((f64::from(count) / 10_000.0 - 0.1 / 8.0).abs() < 0.004, "{rate}: {count}");
    }
    assert_eq!(chains.len(), 0, "{chains:?}");
}
