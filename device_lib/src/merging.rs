//! Segments put together on their way to a host.

use crate::port::{Port, Refused};
use node_lib::buffer_pool::Frame;
use node_lib::control::node::TxStatus;
use node_lib::offload::Merger;
use std::io;
use std::os::fd::BorrowedFd;

/// A TAP that puts segments which follow each other together for its host (see [`Merger`]), within what is sent between two
/// calls of [`Port::flush`]. What it refuses may be what was sent before.
#[derive(Debug)]
pub struct Merging<P> {
    inner: P,
    merger: Merger,
}

impl<P: Port> Merging<P> {
    /// Merges what goes to `inner`; datagrams only where its host can take them apart.
    pub fn new(inner: P, datagrams: bool) -> Self {
        Merging { inner, merger: Merger::new(datagrams) }
    }
}

impl<P: Port> Port for Merging<P> {
    fn fd(&self) -> BorrowedFd<'_> {
        self.inner.fd()
    }

    fn recv(&mut self) -> io::Result<Option<Frame>> {
        self.inner.recv()
    }

    fn send(&mut self, frame: Frame) -> Result<(), Refused> {
        self.merger.push(frame).map_or(Ok(()), |ready| self.inner.send(ready))
    }

    fn flush(&mut self) -> Result<(), Refused> {
        self.merger.flush().map_or(Ok(()), |ready| self.inner.send(ready))
    }

    fn status(&mut self) -> io::Result<Option<TxStatus>> {
        self.inner.status()
    }

    fn missed(&mut self) -> u64 {
        self.inner.missed()
    }
}
