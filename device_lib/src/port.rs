//! What a driver drives: devices that frames come from and go to.

use node_lib::buffer_pool::Frame;
use node_lib::control::node::TxStatus;
use std::fmt;
use std::io;
use std::os::fd::BorrowedFd;

/// A device. It never blocks.
pub trait Port: fmt::Debug {
    /// What to watch for input.
    fn fd(&self) -> BorrowedFd<'_>;

    /// The next frame that has arrived, `None` where there is none now.
    ///
    /// # Errors
    /// What the system says; the device may go on working.
    fn recv(&mut self) -> io::Result<Option<Frame>>;

    /// Sends one frame by a write of its own. A device may hold it until the next one or [`Port::flush`] comes.
    ///
    /// # Errors
    /// [`Refused`] gives the frame back, where the device still has it.
    fn send(&mut self, frame: Frame) -> Result<(), Refused>;

    /// Sends what the device holds.
    ///
    /// # Errors
    /// As [`Port::send`].
    fn flush(&mut self) -> Result<(), Refused> {
        Ok(())
    }

    /// What the device says became of a unicast sent earlier; `None` where it has nothing more to say now.
    ///
    /// # Errors
    /// What the system says.
    fn status(&mut self) -> io::Result<Option<TxStatus>> {
        Ok(None)
    }

    /// Frames that the system dropped on their way in, since the last call.
    fn missed(&mut self) -> u64 {
        0
    }
}

/// A frame that a device would not send, or of which it sent a part.
#[derive(Debug)]
pub struct Refused {
    /// The frame.
    pub frame: Frame,
    /// How many were not sent: some or all of the segments of a train, or one.
    pub segments: usize,
    /// Why.
    pub error: io::Error,
}

impl Refused {
    /// Nothing of it was sent.
    pub fn whole(frame: Frame, error: io::Error) -> Self {
        Refused { segments: frame.segments(), frame, error }
    }

    /// True where the device is only busy: its queue is full, and the next frame may pass.
    pub fn is_full(&self) -> bool {
        matches!(self.error.raw_os_error(), Some(libc::EAGAIN | libc::ENOBUFS | libc::ENOMEM))
    }
}

impl Port for Box<dyn Port> {
    fn fd(&self) -> BorrowedFd<'_> {
        (**self).fd()
    }

    fn recv(&mut self) -> io::Result<Option<Frame>> {
        (**self).recv()
    }

    fn send(&mut self, frame: Frame) -> Result<(), Refused> {
        (**self).send(frame)
    }

    fn flush(&mut self) -> Result<(), Refused> {
        (**self).flush()
    }

    fn status(&mut self) -> io::Result<Option<TxStatus>> {
        (**self).status()
    }

    fn missed(&mut self) -> u64 {
        (**self).missed()
    }
}
