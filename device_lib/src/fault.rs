//! Faults on purpose: a port that loses, damages, cuts off and repeats frames.

use crate::port::{Port, Refused};
use node_lib::buffer_pool::Frame;
use node_lib::control::node::TxStatus;
use node_lib::messages;
use node_lib::random::Key;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::os::fd::BorrowedFd;

/// Probabilities, each between 0 and 1, of what happens to a frame in either direction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// It is lost.
    pub lose: f64,
    /// One of its bits is turned over.
    pub damage: f64,
    /// It ends too early.
    pub cut: f64,
    /// It comes twice.
    pub repeat: f64,
}

/// A port with [`Faults`]. A train counts as the segments that it is. The same key gives the same faults.
#[derive(Debug)]
pub struct Faulty<P> {
    inner: P,
    faults: Faults,
    key: Key,
    /// Frames seen, which number the draws.
    count: u64,
    incoming: VecDeque<Frame>,
    outgoing: VecDeque<Frame>,
}

impl<P: Port> Faulty<P> {
    /// Puts faults around a port.
    pub fn new(inner: P, faults: Faults, key: Key) -> Self {
        Faulty { inner, faults, key, count: 0, incoming: VecDeque::new(), outgoing: VecDeque::new() }
    }
}

impl<P: Port> Port for Faulty<P> {
    fn fd(&self) -> BorrowedFd<'_> {
        self.inner.fd()
    }

    fn recv(&mut self) -> io::Result<Option<Frame>> {
        loop {
            if let Some(frame) = self.incoming.pop_front() {
                return Ok(Some(frame));
            }
            let Some(frame) = self.inner.recv()? else { return Ok(None) };
            meddle(frame, self.faults, self.key, &mut self.count, &mut self.incoming);
        }
    }

    fn send(&mut self, frame: Frame) -> Result<(), Refused> {
        meddle(frame, self.faults, self.key, &mut self.count, &mut self.outgoing);
        // What is refused doesn't keep the rest from being tried; nothing is kept for later.
        let mut result: Result<(), Refused> = Ok(());
        for frame in self.outgoing.drain(..) {
            result = match (result, self.inner.send(frame)) {
                (Err(first), Err(next)) => Err(Refused { segments: first.segments + next.segments, ..first }),
                (result, next) => result.and(next),
            };
        }
        result
    }

    fn flush(&mut self) -> Result<(), Refused> {
        self.inner.flush()
    }

    fn status(&mut self) -> io::Result<Option<TxStatus>> {
        self.inner.status()
    }

    fn missed(&mut self) -> u64 {
        self.inner.missed()
    }
}

/// Puts into `out` what becomes of a frame.
fn meddle(frame: Frame, faults: Faults, key: Key, count: &mut u64, out: &mut VecDeque<Frame>) {
    let result: Result<(), Infallible> = messages::each_segment(frame, |mut frame| {
        let draw = key.with(*count);
        *count += 1;
        let happens = |purpose, probability| probability > 0.0 && draw.with(purpose).unit() < probability;
        let pick =
            |purpose, below: usize| draw.with(purpose).between(0, below.saturating_sub(1) as u64) as usize;
        if happens(LOSE, faults.lose) {
            return Ok(());
        }
        if happens(DAMAGE, faults.damage) && !frame.is_empty() {
            let bit = pick(WHICH_BIT, frame.len() * 8);
            frame[bit / 8] ^= 1 << (bit % 8);
        }
        if happens(CUT, faults.cut) {
            let length = pick(WHERE, frame.len());
            frame.truncate(length);
        }
        if happens(REPEAT, faults.repeat) {
            out.push_back(frame.clone());
        }
        out.push_back(frame);
        Ok(())
    });
    let Ok(()) = result;
}

/// Purposes of draws.
const LOSE: u64 = 0x30;
const DAMAGE: u64 = 0x31;
const WHICH_BIT: u64 = 0x32;
const CUT: u64 = 0x33;
const WHERE: u64 = 0x34;
const REPEAT: u64 = 0x35;
