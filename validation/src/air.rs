//! A field of radios and what they send: the same that `validation/ns3/radio.cc` has in ns-3.

use crate::ValidationError;
use node_lib::addr::Mac;
use node_lib::buffer_pool::{AccessCategory, Frame};
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::{Effect, Locations, Medium, Profile, RadioId, RadioSetup, Reception};
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::time::Duration;

/// Radios that stand still, and what they do.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) profile: Profile,
    pub(crate) places: Vec<[f64; 2]>,
    /// Radios that only listen.
    pub(crate) silent: Vec<usize>,
    pub(crate) traffic: Traffic,
    /// To whom; broadcasts without.
    pub(crate) to: Option<usize>,
    /// Only receptions by this radio count.
    pub(crate) sink: Option<usize>,
    /// Bytes above LLC.
    pub(crate) payload: usize,
    /// Measured time, after a warm-up of [`WARM_UP`].
    pub(crate) duration: Duration,
    /// Width of a bin of distance, metres.
    pub(crate) bin: f64,
}

/// When radios send.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Traffic {
    /// One frame in each interval, at a random time of it.
    Spread(Duration),
    /// One frame in each interval, always at the same time of it.
    Periodic(Duration),
    /// At random, this often a second on average.
    Poisson(f64),
    /// Whenever they can.
    Saturated,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// Frames handed to radios in the measured time; transmissions where they are saturated.
    pub(crate) sent: u64,
    /// Receptions of these frames; in the measured time where radios are saturated.
    pub(crate) received: u64,
    /// By distance: receptions that were possible, and those that came.
    pub(crate) bins: Vec<[u64; 2]>,
    /// Share of the measured time in which the channel was busy, on average over the radios.
    pub(crate) busy: f64,
    /// When frames of radio 0 came to radio 1.
    pub(crate) arrivals: Vec<Instant>,
}

impl Field {
    /// One run.
    pub(crate) fn run(&self, seed: u64) -> Result<Outcome, ValidationError> {
        let mut run = Run::new(self, Key::seed(seed))?;
        run.start();
        while run.step() {}
        run.note_busy(run.until);
        Ok(run.outcome)
    }

    /// Several runs, independent of each other.
    pub(crate) fn runs(&self, count: u64) -> Result<Vec<Outcome>, ValidationError> {
        (1..=count).map(|seed| self.run(seed)).collect()
    }

    fn distance(&self, from: usize, to: usize) -> f64 {
        let [a, b] = [self.places[from], self.places[to]];
        ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)).sqrt()
    }
}

impl Locations for Field {
    fn position(&self, radio: RadioId, _: Instant) -> Option<[f64; 2]> {
        self.places.get(radio.0 as usize).copied()
    }

    fn max_speed(&self) -> f64 {
        0.0
    }
}

struct Run<'a> {
    field: &'a Field,
    key: Key,
    medium: Medium,
    now: Instant,
    from: Instant,
    until: Instant,
    queue: BinaryHeap<Due>,
    sequence: u64,
    /// Frames that each radio was given.
    given: Vec<u64>,
    effects: Vec<Effect>,
    outcome: Outcome,
    /// Time in which the channel was busy at all radios together, up to the beginning and the end of the measured time.
    busy: [Option<Duration>; 2],
}

/// Something to do at a time.
struct Due {
    at: Instant,
    sequence: u64,
    what: What,
}

enum What {
    Effect(Effect),
    /// This radio's next frame.
    Send(usize),
}

impl<'a> Run<'a> {
    fn new(field: &'a Field, key: Key) -> Result<Run<'a>, ValidationError> {
        let names = 0..field.places.len() as u64;
        let setup = |name| RadioSetup { mac: mac(name), key: Key::seed(7).with(name).bits() };
        let mut medium = Medium::new(field.profile.clone(), key, names.clone().map(setup).collect())?;
        names.for_each(|radio| medium.set_up(Instant::ZERO, RadioId(radio as u32), true));
        let from = Instant::ZERO + WARM_UP;
        Ok(Run {
            field,
            key: key.with(TRAFFIC),
            medium,
            now: Instant::ZERO,
            from,
            until: from + field.duration,
            queue: BinaryHeap::new(),
            sequence: 0,
            given: vec![0; field.places.len()],
            effects: Vec::new(),
            outcome: Outcome::default(),
            busy: [None; 2],
        })
    }

    fn start(&mut self) {
        for radio in (0..self.field.places.len()).filter(|radio| !self.field.silent.contains(radio)) {
            self.schedule(radio);
        }
    }

    /// Does what is due next; false at the end.
    fn step(&mut self) -> bool {
        let Some(Due { at, what, .. }) = self.queue.pop() else { return false };
        self.note_busy(at);
        self.now = at;
        let mut effects = std::mem::take(&mut self.effects);
        match what {
            What::Send(radio) => self.send(radio, &mut effects),
            What::Effect(Effect::Wake { radio, .. }) => {
                self.medium.handle_wake(at, radio, self.field, &mut effects);
                self.refill(radio.0 as usize, &mut effects);
            }
            What::Effect(Effect::Broadcast { frame, receptions }) => {
                receptions.iter().for_each(|Reception { at, radio, .. }| self.received(*at, &frame, *radio));
                self.medium.reuse(receptions);
            }
            What::Effect(Effect::Deliver { radio, frame, .. }) => self.received(at, &frame, radio),
            What::Effect(Effect::Status { radio, .. }) => self.refill(radio.0 as usize, &mut effects),
        }
        effects.drain(..).for_each(|effect| self.push(effect.at(), What::Effect(effect)));
        self.effects = effects;
        // A saturated field never comes to rest by itself; another one is to deliver what it still has.
        self.field.traffic != Traffic::Saturated || self.now < self.until
    }

    /// Before the first event at or after a time it is known how busy the channel was until then.
    fn note_busy(&mut self, next: Instant) {
        for (index, at) in [self.from, self.until].into_iter().enumerate() {
            if at <= next && self.busy[index].is_none() {
                let radios = (0..self.field.places.len()).map(|radio| RadioId(radio as u32));
                self.busy[index] = radios.map(|radio| self.medium.busy_time(at, radio)).sum();
            }
        }
        if let [Some(before), Some(after)] = self.busy {
            let radios = self.field.places.len() as f64;
            self.outcome.busy = (after - before).as_secs_f64() / self.field.duration.as_secs_f64() / radios;
        }
    }

    fn push(&mut self, at: Instant, what: What) {
        self.queue.push(Due { at, sequence: self.sequence, what });
        self.sequence += 1;
    }

    /// Plans a radio's next frame.
    fn schedule(&mut self, radio: usize) {
        let number = self.given[radio];
        let draw = self.key.with(radio as u64).with(number).unit();
        let at = match self.field.traffic {
            Traffic::Spread(interval) => Instant::ZERO + interval * number as u32 + interval.mul_f64(draw),
            Traffic::Periodic(interval) => {
                let phase = self.key.with(radio as u64).with_name("phase").unit();
                Instant::ZERO + interval * number as u32 + interval.mul_f64(phase)
            }
            Traffic::Poisson(rate) => self.now + Duration::from_secs_f64(-(1.0 - draw).ln() / rate),
            Traffic::Saturated => Instant::ZERO,
        };
        if at < self.until {
            self.push(at, What::Send(radio));
        }
    }

    fn send(&mut self, radio: usize, effects: &mut Vec<Effect>) {
        self.give(radio, effects);
        if self.field.traffic == Traffic::Saturated {
            self.refill(radio, effects);
        } else {
            self.schedule(radio);
        }
    }

    /// Keeps a saturated radio's queue from running empty.
    fn refill(&mut self, radio: usize, effects: &mut Vec<Effect>) {
        if self.field.traffic != Traffic::Saturated || self.field.silent.contains(&radio) {
            return;
        }
        while self.medium.queued(RadioId(radio as u32)) < 4 {
            self.give(radio, effects);
        }
    }

    fn give(&mut self, radio: usize, effects: &mut Vec<Effect>) {
        self.given[radio] += 1;
        let to = self.field.to.map_or(Mac::BROADCAST, |to| mac(to as u64));
        let counts = self.measuring(self.now);
        let mut frame = Frame::with_len(radio_lib::airtime::ETHERNET_HEADER + self.field.payload);
        frame.fill(0x01);
        frame[..6].copy_from_slice(&to.0);
        frame[16..20].copy_from_slice(&(radio as u32).to_be_bytes());
        frame[20] = u8::from(counts);
        frame.category = AccessCategory::BestEffort;
        if counts {
            self.outcome.sent += 1;
            for other in (0..self.field.places.len()).filter(|other| *other != radio) {
                if let Some(bin) = self.bin(radio, other) {
                    bin[0] += 1;
                }
            }
        }
        self.medium.send(self.now, RadioId(radio as u32), frame, self.field, effects);
    }

    fn received(&mut self, at: Instant, frame: &Frame, radio: RadioId) {
        let (from, to) =
            (u32::from_be_bytes([frame[16], frame[17], frame[18], frame[19]]) as usize, radio.0 as usize);
        if self.field.sink.is_some_and(|sink| sink != to) {
            return;
        }
        let counts =
            if self.field.traffic == Traffic::Saturated { self.measuring(at) } else { frame[20] == 1 };
        if counts {
            self.outcome.received += 1;
            if (from, to) == (0, 1) {
                self.outcome.arrivals.push(at);
            }
            if let Some(bin) = self.bin(from, to) {
                bin[1] += 1;
            }
        }
    }

    fn bin(&mut self, from: usize, to: usize) -> Option<&mut [u64; 2]> {
        let index = (self.field.distance(from, to) / self.field.bin) as usize;
        if self.outcome.bins.len() <= index && index < MOST_BINS {
            self.outcome.bins.resize(index + 1, [0; 2]);
        }
        self.outcome.bins.get_mut(index)
    }

    fn measuring(&self, at: Instant) -> bool {
        self.from <= at && at < self.until
    }
}

impl Ord for Due {
    /// The heap gives the greatest first: that is the earliest.
    fn cmp(&self, other: &Due) -> Ordering {
        (other.at, other.sequence).cmp(&(self.at, self.sequence))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Due) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Due) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Due {}

fn mac(radio: u64) -> Mac {
    Mac::local(2, radio)
}

/// Time before anything counts.
pub(crate) const WARM_UP: Duration = Duration::from_millis(500);
const MOST_BINS: usize = 64;
/// Keys what radios send.
const TRAFFIC: u64 = 1;
