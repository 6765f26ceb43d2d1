//! One stream of numbered frames from one application to another: what was sent, what arrived, how late.

use super::latency::Latencies;
use node_lib::time::Instant;
use std::collections::VecDeque;
use std::time::Duration;

/// How long a frame is waited for before it counts. Frames sent in the last second of a run are left out of all figures:
/// they had no full second to arrive in.
pub(crate) const SETTLE: Duration = Duration::from_secs(1);

/// The books of one stream.
///
/// Frames are numbered from 0 without gaps. Each is settled one second after it was sent: then it counts as sent and, if
/// it has arrived, as delivered with its latency. One that arrives later still counts when it does.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    /// Settled frames; of these, delivered; how late they were.
    pub(crate) settled: Settled,
    /// Frames that arrived again.
    pub(crate) repeated: u64,
    /// Frames that arrived after one sent later.
    pub(crate) reordered: u64,
    /// All frames so far, the warm-up's too.
    pub(crate) sent_ever: u64,
    /// All first arrivals so far.
    pub(crate) delivered_ever: u64,
    /// When a frame last arrived for the first time.
    pub(crate) last_delivery: Option<Instant>,
    /// One bit for each number that arrived.
    arrived: Vec<u64>,
    /// One more than the highest number that arrived.
    highest: u64,
    /// Frames sent after the warm-up that had not arrived when they were settled.
    overdue: Vec<Missing>,
    /// Frames that are not settled; the last one has the number `sent_ever - 1`.
    recent: VecDeque<Recent>,
}

/// Figures of settled frames sent after the warm-up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settled {
    /// Frames sent.
    pub(crate) sent: u64,
    /// Of these, delivered.
    pub(crate) delivered: u64,
    /// From sending to first arrival.
    pub(crate) latency: Latencies,
}

/// What an arrival was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// The first of this number.
    First,
    /// Another copy.
    Repeated,
    /// A number that was never sent.
    NeverSent,
}

/// A frame that didn't arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    number: u64,
    /// When it was sent.
    pub(crate) at: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Recent {
    at: Instant,
    latency: Option<Duration>,
}

impl Stream {
    /// Takes down that a frame is sent, and gives its number.
    pub(crate) fn send(&mut self, now: Instant, warmup: Instant) -> u64 {
        self.settle(now, warmup);
        self.recent.push_back(Recent { at: now, latency: None });
        self.sent_ever += 1;
        self.sent_ever - 1
    }

    /// Takes down that the frame with this number, sent at `sent`, has arrived.
    pub(crate) fn arrive(&mut self, now: Instant, warmup: Instant, number: u64, sent: Instant) -> Arrival {
        if number >= self.sent_ever {
            return Arrival::NeverSent;
        }
        let (word, bit) = ((number / 64) as usize, 1 << (number % 64));
        if self.arrived.len() <= word {
            self.arrived.resize(word + 1, 0);
        }
        if self.arrived[word] & bit != 0 {
            self.repeated += u64::from(sent >= warmup);
            return Arrival::Repeated;
        }
        self.arrived[word] |= bit;
        self.reordered += u64::from(sent >= warmup && number < self.highest);
        self.highest = self.highest.max(number + 1);
        self.delivered_ever += 1;
        self.last_delivery = Some(now);
        let latency = now.since(sent);
        let first = self.sent_ever - self.recent.len() as u64;
        match number.checked_sub(first) {
            Some(index) => self.recent[index as usize].latency = Some(latency),
            None if sent >= warmup => self.settled.deliver(latency),
            None => {}
        }
        Arrival::First
    }

    /// The number after the highest that arrived.
    pub(crate) fn expected(&self) -> u64 {
        self.highest
    }

    /// Whether the frame with this number has arrived.
    pub(crate) fn has(&self, number: u64) -> bool {
        let word = self.arrived.get((number / 64) as usize);
        word.is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// The settled frames that never arrived, in the order of their sending.
    pub(crate) fn lost(&self) -> impl Iterator<Item = Missing> {
        self.overdue.iter().copied().filter(|frame| !self.has(frame.number))
    }

    /// Counts the frames that have become old enough.
    pub(crate) fn settle(&mut self, now: Instant, warmup: Instant) {
        while let Some(frame) = self.recent.front().filter(|frame| frame.at + SETTLE <= now) {
            if frame.at >= warmup {
                self.settled.sent += 1;
                match frame.latency {
                    Some(latency) => self.settled.deliver(latency),
                    None => {
                        let number = self.sent_ever - self.recent.len() as u64;
                        self.overdue.push(Missing { number, at: frame.at });
                    }
                }
            }
            self.recent.pop_front();
        }
    }
}

impl Settled {
    fn deliver(&mut self, latency: Duration) {
        self.delivered += 1;
        self.latency.record(latency);
    }

    /// Adds another stream's figures.
    pub(crate) fn add(&mut self, other: &Settled) {
        self.sent += other.sent;
        self.delivered += other.delivered;
        self.latency.add(&other.latency);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    #[test]
    fn frames_count_when_they_had_a_second_to_arrive() {
        let mut stream = Stream::default();
        for (number, millis) in [0, 400, 800, 1200].into_iter().enumerate() {
            assert_eq!(stream.send(at(millis), Instant::ZERO), number as u64);
        }
        assert_eq!(stream.arrive(at(1210), Instant::ZERO, 1, at(400)), Arrival::First);
        assert_eq!(stream.arrive(at(1220), Instant::ZERO, 3, at(1200)), Arrival::First);
        stream.settle(at(1900), Instant::ZERO);
        assert_eq!((stream.settled.sent, stream.settled.delivered), (3, 1));
        assert_eq!(stream.settled.latency.quantiles().count, 1);
        let lost = |stream: &Stream| stream.lost().map(|frame| (frame.number, frame.at)).collect::<Vec<_>>();
        assert_eq!(lost(&stream), [(0, at(0)), (2, at(800))]);
        // Late, but it is there.
        assert_eq!(stream.arrive(at(1950), Instant::ZERO, 0, at(0)), Arrival::First);
        assert_eq!((stream.settled.sent, stream.settled.delivered), (3, 2));
        assert_eq!(lost(&stream), [(2, at(800))]);
        assert_eq!((stream.sent_ever, stream.delivered_ever, stream.reordered), (4, 3, 1));
    }

    #[test]
    fn repeats_and_forgeries_are_told_apart() {
        let mut stream = Stream::default();
        for millis in 0..200 {
            stream.send(at(millis), Instant::ZERO);
        }
        for number in (0..200).rev() {
            assert_eq!(stream.arrive(at(300), Instant::ZERO, number, at(number)), Arrival::First);
            assert_eq!(stream.arrive(at(300), Instant::ZERO, number, at(number)), Arrival::Repeated);
        }
        assert_eq!(stream.arrive(at(300), Instant::ZERO, 200, at(200)), Arrival::NeverSent);
        assert_eq!((stream.repeated, stream.reordered, stream.delivered_ever), (200, 199, 200));
    }

    #[test]
    fn the_warm_up_is_left_out() {
        let warmup = at(500);
        let mut stream = Stream::default();
        for millis in [100, 499, 500, 900] {
            let number = stream.send(at(millis), warmup);
            stream.arrive(at(millis + 3), warmup, number, at(millis));
        }
        assert_eq!(stream.arrive(at(910), warmup, 0, at(100)), Arrival::Repeated);
        stream.settle(at(10_000), warmup);
        assert_eq!((stream.settled.sent, stream.settled.delivered, stream.repeated), (2, 2, 0));
    }
}
