//! A small world around a medium: it keeps the effects in order and the radios in place.
#![allow(dead_code, reason = "each test file uses its part")]

use node_lib::addr::Mac;
use node_lib::buffer_pool::{AccessCategory, Frame};
use node_lib::control::node::{RxMeta, TxStatus};
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::{Effect, Locations, Medium, Profile, RadioId, RadioSetup, Reception};
use std::collections::BTreeMap;

/// Radios on straight lines.
#[derive(Clone)]
pub(crate) struct Lines {
    /// Position at time zero (metres) and velocity (m/s); `None`: not there.
    pub(crate) radios: Vec<Option<([f64; 2], [f64; 2])>>,
    pub(crate) max_speed: f64,
}

impl Lines {
    pub(crate) fn standing(places: &[[f64; 2]]) -> Lines {
        Lines { radios: places.iter().map(|place| Some((*place, [0.0; 2]))).collect(), max_speed: 0.0 }
    }
}

impl Locations for Lines {
    fn position(&self, radio: RadioId, at: Instant) -> Option<[f64; 2]> {
        let (start, velocity) = self.radios[radio.0 as usize]?;
        let seconds = at.as_secs_f64();
        Some([start[0] + velocity[0] * seconds, start[1] + velocity[1] * seconds])
    }

    fn max_speed(&self) -> f64 {
        self.max_speed
    }
}

/// What arrived, with the time.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) at: Instant,
    pub(crate) radio: RadioId,
    pub(crate) frame: Frame,
    pub(crate) meta: RxMeta,
}

/// A medium with an event queue.
pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) medium: Medium,
    pub(crate) places: Lines,
    queue: BTreeMap<(Instant, u64), Effect>,
    sequence: u64,
    pub(crate) delivered: Vec<Delivery>,
    pub(crate) statuses: Vec<(Instant, RadioId, TxStatus)>,
    /// Every effect in the order it was given, as text.
    pub(crate) log: Option<Vec<String>>,
}

impl World {
    /// All radios are named by their number and up.
    pub(crate) fn new(profile: Profile, places: Lines) -> World {
        let names = (0..places.radios.len() as u64).collect();
        World::named(profile, places, names)
    }

    pub(crate) fn named(profile: Profile, places: Lines, names: Vec<u64>) -> World {
        let radios =
            names.iter().map(|name| RadioSetup { mac: mac(*name), key: Key::seed(77).with(*name).bits() });
        let count = names.len() as u32;
        let mut medium = Medium::new(profile, Key::seed(1), radios.collect()).expect("valid settings");
        (0..count).for_each(|radio| medium.set_up(Instant::ZERO, RadioId(radio), true));
        World {
            now: Instant::ZERO,
            medium,
            places,
            queue: BTreeMap::new(),
            sequence: 0,
            delivered: Vec::new(),
            statuses: Vec::new(),
            log: None,
        }
    }

    pub(crate) fn send(&mut self, radio: u32, frame: Frame) {
        let mut out = Vec::new();
        self.medium.send(self.now, RadioId(radio), frame, &self.places, &mut out);
        self.take(out);
    }

    pub(crate) fn withdraw(&mut self, radio: u32, to: Mac) {
        let mut out = Vec::new();
        self.medium.withdraw(self.now, RadioId(radio), to, &mut out);
        self.take(out);
    }

    pub(crate) fn set_up(&mut self, radio: u32, up: bool) {
        self.medium.set_up(self.now, RadioId(radio), up);
    }

    /// Handles everything that is due until `end`, then it is `end`.
    pub(crate) fn run_until(&mut self, end: Instant) {
        while let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= end) {
            let ((at, _), effect) = entry.remove_entry();
            self.now = at;
            match effect {
                Effect::Wake { radio, .. } => {
                    let mut out = Vec::new();
                    self.medium.handle_wake(at, radio, &self.places, &mut out);
                    self.take(out);
                }
                Effect::Deliver { radio, frame, meta, .. } => {
                    self.delivered.push(Delivery { at, radio, frame, meta });
                }
                Effect::Broadcast { .. } => unreachable!("it is taken apart when it is queued"),
                Effect::Status { radio, status, .. } => self.statuses.push((at, radio, status)),
            }
        }
        self.now = end;
    }

    /// Handles everything there is.
    pub(crate) fn run(&mut self) {
        while let Some((&(at, _), _)) = self.queue.last_key_value() {
            self.run_until(at);
        }
    }

    /// When something arrived at `radio`, microseconds.
    pub(crate) fn arrivals(&self, radio: u32) -> Vec<u64> {
        self.delivered.iter().filter(|one| one.radio.0 == radio).map(|one| one.at.as_micros()).collect()
    }

    pub(crate) fn take(&mut self, out: Vec<Effect>) {
        for effect in out {
            assert!(effect.at() >= self.now, "an effect in the past: {effect:?} at {}", self.now);
            if let Some(log) = &mut self.log {
                log.push(format!("{effect:?}"));
            }
            if let Effect::Broadcast { frame, receptions } = effect {
                assert!(!receptions.is_empty() && receptions.is_sorted_by(|a, b| a.radio < b.radio));
                for Reception { at, radio, meta } in receptions {
                    self.queue(Effect::Deliver { at, radio, frame: frame.clone(), meta });
                }
            } else {
                self.queue(effect);
            }
        }
    }

    fn queue(&mut self, effect: Effect) {
        self.queue.insert((effect.at(), self.sequence), effect);
        self.sequence += 1;
    }
}

/// The address of the radio called `name`.
pub(crate) fn mac(name: u64) -> Mac {
    Mac::local(2, name)
}

/// A data frame of `len` bytes, Ethernet header included.
pub(crate) fn frame(to: Mac, len: usize, category: AccessCategory) -> Frame {
    let mut frame = Frame::with_len(len);
    frame.fill(0x01);
    frame[..6].copy_from_slice(&to.0);
    frame.category = category;
    frame
}

/// The same with a number behind the header.
pub(crate) fn numbered(to: Mac, len: usize, number: u32) -> Frame {
    let mut frame = frame(to, len, AccessCategory::default());
    frame[16..20].copy_from_slice(&number.to_be_bytes());
    frame
}

pub(crate) fn number(frame: &Frame) -> u32 {
    u32::from_be_bytes([frame[16], frame[17], frame[18], frame[19]])
}

/// The ratio is within five standard errors of the probability.
pub(crate) fn assert_ratio(hits: u64, trials: u64, probability: f64) {
    let ratio = hits as f64 / trials as f64;
    let error = (probability * (1.0 - probability) / trials as f64).sqrt();
    assert!((ratio - probability).abs() <= 5.0 * error, "{ratio} of {trials}, expected {probability}");
}
