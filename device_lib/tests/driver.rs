//! The loop, with ports whose other end is the test. What hangs here instead of failing is a driver that sleeps too long.

mod support;

use device_lib::clock::Clock;
use device_lib::driver::{BATCH, REST};
use device_lib::fault::{Faults, Faulty};
use device_lib::port::{Port, Refused};
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::node::TxStatus;
use node_lib::random::Key;
use node_lib::sample;
use node_lib::time::Instant;
use std::io;
use std::os::fd::BorrowedFd;
use std::thread;
use std::time::Duration;
use support::engine::{Bench, Told};
use support::memory::{Memory, memory};

fn ports<const N: usize>(ports: [impl Port + 'static; N]) -> impl Iterator<Item = Box<dyn Port>> {
    ports.into_iter().map(|port| Box::new(port) as Box<dyn Port>)
}

fn frame(number: u32) -> Frame {
    Frame::copy_from(&number.to_be_bytes())
}

#[test]
fn a_deadline_is_never_early_and_wakes_once() {
    for busy in [Duration::ZERO, Duration::from_micros(300)] {
        let clock = Clock::start();
        let mut bench = Bench::with(clock, busy, []);
        // Waits of all kinds: none at all, a few microseconds, more than the busy time.
        let mut waits = (0..300u64).map(|at| Duration::from_micros(at * at % 1009));
        bench.set_deadline(clock.now());
        bench.run(|now, told, wishes| {
            assert!(matches!(told, Told::Turn));
            assert!(now >= wishes.deadline.unwrap(), "woken at {now} for {:?}", wishes.deadline);
            match waits.next() {
                Some(wait) => wishes.deadline = Some(now + wait),
                None => (wishes.deadline, wishes.stop) = (None, true),
            }
        });
    }
}

#[test]
fn a_frame_ends_the_wait() {
    let (port, mut end) = memory();
    let mut bench = Bench::new(ports([port]));
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(20));
            end.arrive(frame(7));
        });
        bench.run(|_, told, wishes| {
            if let Told::Frame(port, got) = told {
                assert_eq!((port, got), (0, frame(7)));
                wishes.stop = true;
            }
        });
    });
}

#[test]
fn a_wake_up_ends_the_wait_and_a_break_the_loop() {
    let mut bench = Bench::new([]);
    bench.set_deadline(Instant::MAX);
    for _ in 0..2 {
        let stopper = bench.stopper();
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(20));
                drop(stopper);
            });
            bench.run(|now, told, _| panic!("{told:?} at {now}, with nothing to do"));
        });
    }
}

#[test]
fn a_busy_port_leaves_the_others_their_turn() {
    let ((busy, mut busy_end), (calm, mut calm_end)) = (memory(), memory());
    let mut bench = Bench::new(ports([busy, calm]));
    const FRAMES: usize = 20 * BATCH;
    (0..FRAMES).for_each(|number| busy_end.arrive(frame(number as u32)));
    calm_end.arrive(frame(0));
    let (mut counts, mut in_turn) = ([0u32; 2], [0; 2]);
    bench.run(|_, told, wishes| match told {
        Told::Frame(port, got) => {
            in_turn[port] += 1;
            assert_eq!(got, frame(counts[port]), "in the order in which they came");
            counts[port] += 1;
        }
        Told::Turn => {
            assert!(in_turn[0] <= BATCH, "{} frames in one turn", in_turn[0]);
            assert_eq!(in_turn[1], 1, "every turn has one of the calm port");
            in_turn = [0; 2];
            calm_end.arrive(frame(counts[1]));
            wishes.stop = counts[0] as usize == FRAMES;
        }
        other => panic!("{other:?}"),
    });
}

/// A port that has more than one batch of frames, with nothing left to read: what a decorator keeps has no event.
#[test]
fn what_a_port_keeps_is_fetched_without_an_event() {
    let (port, mut end) = memory();
    let twice = Faults { repeat: 1.0, ..Faults::default() };
    let mut bench = Bench::new(ports([Faulty::new(port, twice, Key::seed(1))]));
    let train = sample::train(Mac::local(6, 2), Mac::local(6, 1), &[0x5a; 10 * BATCH * 10], 10);
    let expected = 2 * train.segments();
    assert!(expected > 10 * BATCH);
    end.arrive(train);
    let mut count = 0;
    bench.run(|_, told, wishes| {
        count += usize::from(matches!(told, Told::Frame(..)));
        wishes.stop = count == expected;
    });
}

#[test]
fn what_a_port_refuses_is_given_back() {
    let (port, end) = memory();
    end.refuse(2);
    let mut bench = Bench::new(ports([port]));
    bench.set_deadline(Instant::ZERO);
    let mut refused = Vec::new();
    bench.run(|_, told, wishes| match told {
        Told::Turn => {
            wishes.deadline = None;
            wishes.send.extend((0..3).map(|number| (0, frame(number))));
        }
        Told::Refused(port, given_back) => {
            assert_eq!(port, 0);
            assert!(!given_back.is_full());
            refused.push(given_back.frame);
            wishes.stop = refused.len() == 2;
        }
        other => panic!("{other:?}"),
    });
    assert_eq!((refused, end.sent()), (vec![frame(0), frame(1)], vec![frame(2)]));
}

/// Gives an error for the first status and for the first frame that it is asked for.
#[derive(Debug)]
struct Moody(Memory, [bool; 2]);

impl Port for Moody {
    fn fd(&self) -> BorrowedFd<'_> {
        self.0.fd()
    }

    fn recv(&mut self) -> io::Result<Option<Frame>> {
        if std::mem::take(&mut self.1[1]) { Err(io::Error::from_raw_os_error(5)) } else { self.0.recv() }
    }

    fn send(&mut self, frame: Frame) -> Result<(), Refused> {
        self.0.send(frame)
    }

    fn status(&mut self) -> io::Result<Option<TxStatus>> {
        if std::mem::take(&mut self.1[0]) { Err(io::Error::from_raw_os_error(5)) } else { self.0.status() }
    }
}

#[test]
fn a_port_that_cant_be_read_is_told_of_and_tried_again_after_a_rest() {
    let (port, mut end) = memory();
    let mut bench = Bench::new(ports([Moody(port, [true; 2])]));
    end.arrive(frame(0));
    let mut failed = Vec::new();
    bench.run(|now, told, wishes| match told {
        Told::Unreadable(port, error) => {
            assert_eq!((port, error.raw_os_error()), (0, Some(5)));
            failed.push(now);
        }
        Told::Frame(..) => {
            assert!(now >= failed[1] + REST, "{failed:?} {now}");
            wishes.stop = true;
        }
        Told::Turn => {}
        other => panic!("{other:?}"),
    });
    assert_eq!(failed.len(), 2, "the status and the frame");
}
