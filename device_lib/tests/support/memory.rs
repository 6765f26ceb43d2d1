//! A port whose other end is the test.

use device_lib::port::{Port, Refused};
use node_lib::buffer_pool::Frame;
use std::collections::VecDeque;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex};

/// The port: there is a byte in its pipe for each frame that waits.
#[derive(Debug)]
pub struct Memory {
    waiting: PipeReader,
    inner: Arc<Mutex<Inner>>,
}

/// The other end.
#[derive(Debug)]
pub struct End {
    waiting: PipeWriter,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    incoming: VecDeque<Frame>,
    sent: Vec<Frame>,
    /// Frames that will be refused, of those that are sent next.
    refusals: usize,
}

pub fn memory() -> (Memory, End) {
    let (reader, writer) = io::pipe().unwrap();
    let inner = Arc::new(Mutex::new(Inner::default()));
    (Memory { waiting: reader, inner: inner.clone() }, End { waiting: writer, inner })
}

impl End {
    /// Lets a frame arrive at the port.
    pub fn arrive(&mut self, frame: Frame) {
        self.inner.lock().unwrap().incoming.push_back(frame);
        self.waiting.write_all(&[0]).unwrap();
    }

    /// What the port has sent since the last call.
    pub fn sent(&self) -> Vec<Frame> {
        std::mem::take(&mut self.inner.lock().unwrap().sent)
    }

    /// The port refuses the next `count` frames: it is down.
    pub fn refuse(&self, count: usize) {
        self.inner.lock().unwrap().refusals = count;
    }
}

impl Port for Memory {
    fn fd(&self) -> BorrowedFd<'_> {
        self.waiting.as_fd()
    }

    fn recv(&mut self) -> io::Result<Option<Frame>> {
        let Some(frame) = self.inner.lock().unwrap().incoming.pop_front() else { return Ok(None) };
        // Its byte may be under way still.
        self.waiting.read_exact(&mut [0])?;
        Ok(Some(frame))
    }

    fn send(&mut self, frame: Frame) -> Result<(), Refused> {
        let mut inner = self.inner.lock().unwrap();
        if inner.refusals > 0 {
            inner.refusals -= 1;
            return Err(Refused::whole(frame, io::ErrorKind::NetworkDown.into()));
        }
        inner.sent.push(frame);
        Ok(())
    }
}
