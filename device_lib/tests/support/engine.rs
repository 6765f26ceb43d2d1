//! An engine that is one function.

use device_lib::clock::Clock;
use device_lib::driver::{Driver, Engine};
use device_lib::port::{Port, Refused};
use node_lib::buffer_pool::Frame;
use node_lib::control::node::TxStatus;
use node_lib::time::Instant;
use std::collections::VecDeque;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::ops::ControlFlow;
use std::os::fd::AsFd;
use std::time::Duration;

/// What the driver tells its engine.
#[derive(Debug)]
pub enum Told {
    /// A frame came in.
    Frame(usize, Frame),
    /// A device would not send a frame.
    Refused(usize, Refused),
    /// A device could not be read.
    Unreadable(usize, io::Error),
    /// What is due is to be done: the end of a turn.
    Turn,
}

/// What the function wants done.
#[derive(Debug, Default)]
pub struct Wishes {
    pub send: VecDeque<(usize, Frame)>,
    pub deadline: Option<Instant>,
    /// Ends [`Bench::run`].
    pub stop: bool,
}

/// A driver, and what it drives.
pub struct Bench {
    driver: Driver,
    wishes: Wishes,
    stopped: PipeReader,
    stop: PipeWriter,
}

/// Ends [`Bench::run`] from another thread, when it is dropped.
pub struct Stopper(PipeWriter);

struct Of<'a, F> {
    tell: F,
    wishes: &'a mut Wishes,
    stopped: &'a PipeReader,
    stop: &'a PipeWriter,
}

impl Bench {
    pub fn new(ports: impl IntoIterator<Item = Box<dyn Port>>) -> Bench {
        Bench::with(Clock::start(), Duration::ZERO, ports)
    }

    pub fn with(clock: Clock, busy: Duration, ports: impl IntoIterator<Item = Box<dyn Port>>) -> Bench {
        let mut driver = Driver::new(clock, busy).unwrap();
        for (number, port) in ports.into_iter().enumerate() {
            assert_eq!(driver.add(port).unwrap(), number);
        }
        let (stopped, stop) = io::pipe().unwrap();
        driver.listen(stopped.as_fd()).unwrap();
        Bench { driver, wishes: Wishes::default(), stopped, stop }
    }

    /// Drives until `tell` or a [`Stopper`] ends it.
    pub fn run(&mut self, tell: impl FnMut(Instant, Told, &mut Wishes)) {
        let Bench { driver, wishes, stopped, stop } = self;
        driver.run(&mut Of { tell, wishes, stopped, stop }).unwrap();
        wishes.stop = false;
    }

    pub fn stopper(&self) -> Stopper {
        Stopper(self.stop.try_clone().unwrap())
    }

    /// Makes room for as many frames to be sent in one turn.
    pub fn make_room(&mut self, frames: usize) {
        self.wishes.send.reserve(frames);
    }

    pub fn set_deadline(&mut self, deadline: Instant) {
        self.wishes.deadline = Some(deadline);
    }
}

impl Drop for Stopper {
    fn drop(&mut self) {
        // A bench that is gone needs no waking.
        let _ = self.0.write_all(&[0]);
    }
}

impl<F: FnMut(Instant, Told, &mut Wishes)> Of<'_, F> {
    fn tell(&mut self, now: Instant, told: Told) -> io::Result<()> {
        let before = self.wishes.stop;
        (self.tell)(now, told, self.wishes);
        if self.wishes.stop && !before { self.stop.write_all(&[0]) } else { Ok(()) }
    }
}

impl<F: FnMut(Instant, Told, &mut Wishes)> Engine for Of<'_, F> {
    type Error = io::Error;

    fn receive(&mut self, now: Instant, port: usize, frame: Frame) -> io::Result<()> {
        self.tell(now, Told::Frame(port, frame))
    }

    fn status(&mut self, _: Instant, _: usize, _: TxStatus) -> io::Result<()> {
        Ok(())
    }

    fn advance(&mut self, now: Instant) -> io::Result<ControlFlow<()>> {
        self.tell(now, Told::Turn)?;
        Ok(ControlFlow::Continue(()))
    }

    fn deadline(&self) -> Option<Instant> {
        self.wishes.deadline
    }

    fn next_output(&mut self) -> Option<(usize, Frame)> {
        self.wishes.send.pop_front()
    }

    fn refused(&mut self, now: Instant, port: usize, refused: Refused) -> io::Result<()> {
        self.tell(now, Told::Refused(port, refused))
    }

    fn unreadable(&mut self, now: Instant, port: usize, error: io::Error) -> io::Result<()> {
        self.tell(now, Told::Unreadable(port, error))
    }

    fn woken(&mut self, _: Instant) -> io::Result<ControlFlow<()>> {
        self.stopped.read_exact(&mut [0])?;
        Ok(ControlFlow::Break(()))
    }
}
