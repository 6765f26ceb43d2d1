//! Waking a driver from another thread.

use nix::sys::eventfd::{EfdFlags, EventFd};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

/// Wakes the [`Driver`](crate::driver::Driver) that listens to it. Clones wake the same one.
#[derive(Clone, Debug)]
pub struct Waker(Arc<EventFd>);

impl Waker {
    /// One that nobody listens to yet.
    ///
    /// # Errors
    /// What the system says.
    pub fn new() -> io::Result<Self> {
        let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
        Ok(Waker(Arc::new(EventFd::from_value_and_flags(0, flags)?)))
    }

    /// Wakes the driver. Several calls before it wakes are as one.
    pub fn wake(&self) {
        // It fails only where 2^64 - 2 calls are pending; then the driver wakes anyway.
        let _ = self.0.write(1);
    }

    /// The driver is awake.
    pub fn awake(&self) {
        // It fails only where nobody called.
        let _ = self.0.read();
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
