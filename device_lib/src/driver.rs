//! The one loop of a live node, or of many.

use crate::clock::Clock;
use crate::poller::Poller;
use crate::port::{Port, Refused};
use node_lib::buffer_pool::Frame;
use node_lib::control::node::TxStatus;
use node_lib::time::Instant;
use std::io;
use std::ops::ControlFlow;
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// What a driver drives: a state machine behind ports that are numbered from 0.
pub trait Engine {
    /// Why it can't go on.
    type Error: From<io::Error>;

    /// A frame came in.
    ///
    /// # Errors
    /// Only what ends the run.
    fn receive(&mut self, now: Instant, port: usize, frame: Frame) -> Result<(), Self::Error>;

    /// A device says what became of a unicast.
    ///
    /// # Errors
    /// As [`Engine::receive`].
    fn status(&mut self, now: Instant, port: usize, status: TxStatus) -> Result<(), Self::Error>;

    /// Everything that is due is to be done. [`ControlFlow::Break`] ends the loop.
    ///
    /// # Errors
    /// As [`Engine::receive`].
    fn advance(&mut self, now: Instant) -> Result<ControlFlow<()>, Self::Error>;

    /// When it wants [`Engine::advance`] next.
    fn deadline(&self) -> Option<Instant>;

    /// The next frame to send, and where.
    fn next_output(&mut self) -> Option<(usize, Frame)>;

    /// A device would not send a frame.
    ///
    /// # Errors
    /// As [`Engine::receive`].
    fn refused(&mut self, now: Instant, port: usize, refused: Refused) -> Result<(), Self::Error>;

    /// A device could not be read.
    ///
    /// # Errors
    /// As [`Engine::receive`].
    fn unreadable(&mut self, now: Instant, port: usize, error: io::Error) -> Result<(), Self::Error>;

    /// The system dropped this many frames on their way into a port. It is asked whenever somebody wakes the loop, just
    /// before [`Engine::woken`]: never for each frame.
    fn missed(&mut self, _port: usize, _frames: u64) {}

    /// Somebody signalled a descriptor given to [`Driver::listen`]. [`ControlFlow::Break`] ends the loop.
    ///
    /// # Errors
    /// As [`Engine::receive`].
    fn woken(&mut self, now: Instant) -> Result<ControlFlow<()>, Self::Error>;
}

/// Ports, a clock, and the loop. It belongs to the thread that makes it.
#[derive(Debug)]
pub struct Driver {
    clock: Clock,
    poller: Poller,
    ports: Vec<Box<dyn Port>>,
    /// Ports that may have more to read than one turn takes.
    again: Vec<usize>,
    ready: Vec<usize>,
    /// Ports that may hold something to send.
    touched: Vec<usize>,
    /// Ports that could not be read, and until when they are left alone.
    resting: Vec<(Instant, usize)>,
}

impl Driver {
    /// A driver without ports. Before each sleep it looks again and again for `busy`: that spares the time of waking up, and
    /// takes a whole core for it.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(clock: Clock, busy: Duration) -> io::Result<Self> {
        Ok(Driver {
            clock,
            poller: Poller::new(busy)?,
            ports: Vec::new(),
            again: Vec::new(),
            ready: Vec::new(),
            touched: Vec::new(),
            resting: Vec::new(),
        })
    }

    /// Takes a device on, and gives its number.
    ///
    /// # Errors
    /// What the system says.
    pub fn add(&mut self, port: Box<dyn Port>) -> io::Result<usize> {
        let number = self.ports.len();
        self.poller.watch(port.fd(), number as u64)?;
        self.ports.push(port);
        // So that the loop itself never allocates.
        self.again.reserve(self.ports.len());
        self.ready.reserve(self.ports.len());
        self.touched.reserve(self.ports.len());
        Ok(number)
    }

    /// Calls [`Engine::woken`] whenever `fd`, which stays open as long as the driver runs, can be read.
    ///
    /// # Errors
    /// What the system says.
    pub fn listen(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        self.poller.watch(fd, WOKEN)
    }

    /// Drives `engine` until it breaks off.
    ///
    /// Each turn takes up to [`BATCH`] frames from each port that has some, then does what is due, then sends what came of
    /// both; and sleeps until a frame comes, the deadline is there, or somebody wakes it. A port whose device the system
    /// gives an error for has [`REST`] before it is read again: a device that is gone has one every time.
    ///
    /// # Errors
    /// Those of the engine, and of waiting.
    pub fn run<E: Engine>(&mut self, engine: &mut E) -> Result<(), E::Error> {
        loop {
            self.wake_rested()?;
            let rested = self.resting.iter().map(|(until, _)| *until);
            let deadline = match self.again[..] {
                [] => engine.deadline().into_iter().chain(rested).min(),
                _ => Some(Instant::ZERO),
            };
            self.ready.append(&mut self.again);
            let kept = self.ready.len();
            let mut woken = false;
            for token in self.poller.wait(self.clock, deadline)? {
                match token {
                    WOKEN => woken = true,
                    // One that is here already has its turn anyway, and no second one.
                    port if self.ready[..kept].contains(&(port as usize)) => {}
                    port => self.ready.push(port as usize),
                }
            }
            if woken && self.wake(engine)?.is_break() {
                return Ok(());
            }
            while let Some(port) = self.ready.pop() {
                self.drain(port, engine)?;
            }
            if engine.advance(self.clock.now())?.is_break() {
                return Ok(());
            }
            self.send(engine)?;
        }
    }

    /// Sends what the engine puts out, and what comes of frames that are refused.
    fn send<E: Engine>(&mut self, engine: &mut E) -> Result<(), E::Error> {
        loop {
            while let Some((port, frame)) = engine.next_output() {
                if self.touched.last() != Some(&port) {
                    self.touched.push(port);
                }
                if let Err(refused) = self.ports[port].send(frame) {
                    engine.refused(self.clock.now(), port, refused)?;
                }
            }
            let Some(port) = self.touched.pop() else { return Ok(()) };
            if let Err(refused) = self.ports[port].flush() {
                engine.refused(self.clock.now(), port, refused)?;
            }
        }
    }

    fn wake<E: Engine>(&mut self, engine: &mut E) -> Result<ControlFlow<()>, E::Error> {
        for (number, port) in self.ports.iter_mut().enumerate() {
            engine.missed(number, port.missed());
        }
        engine.woken(self.clock.now())
    }

    fn drain<E: Engine>(&mut self, port: usize, engine: &mut E) -> Result<(), E::Error> {
        let now = self.clock.now();
        loop {
            match self.ports[port].status() {
                Ok(Some(status)) => engine.status(now, port, status)?,
                Ok(None) => break,
                Err(error) => break engine.unreadable(now, port, error)?,
            }
        }
        for _ in 0..BATCH {
            match self.ports[port].recv() {
                Ok(Some(frame)) => engine.receive(now, port, frame)?,
                Ok(None) => return Ok(()),
                Err(error) => {
                    let of_system = error.raw_os_error().is_some();
                    engine.unreadable(now, port, error)?;
                    if of_system {
                        self.poller.ignore(self.ports[port].fd())?;
                        self.resting.push((now + REST, port));
                        return Ok(());
                    }
                }
            }
        }
        self.again.push(port);
        Ok(())
    }

    /// Reads ports again whose rest is over.
    fn wake_rested(&mut self) -> io::Result<()> {
        if self.resting.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        while let Some(at) = self.resting.iter().position(|(until, _)| *until <= now) {
            let (_, port) = self.resting.swap_remove(at);
            self.poller.watch(self.ports[port].fd(), port as u64)?;
        }
        Ok(())
    }
}

/// Frames that one port may give in one turn.
pub const BATCH: usize = 64;
/// How long a device that could not be read is left alone.
pub const REST: Duration = Duration::from_millis(100);
/// The token of the descriptor that wakes the loop.
const WOKEN: u64 = u64::MAX;
