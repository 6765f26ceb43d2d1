//! Waiting: for a frame, for a deadline, for somebody who wakes us.

use crate::clock::Clock;
use crate::sys;
use node_lib::time::Instant;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// Watches descriptors and the clock.
#[derive(Debug)]
pub(crate) struct Poller {
    epoll: OwnedFd,
    events: Vec<libc::epoll_event>,
    /// How long to look again and again before going to sleep.
    busy: Duration,
}

impl Poller {
    /// One that watches nothing yet, for the thread that makes it. Before each sleep it spins for `busy`.
    pub(crate) fn new(busy: Duration) -> io::Result<Self> {
        sys::be_punctual()?;
        let events = vec![libc::epoll_event { events: 0, u64: 0 }; MOST_AT_ONCE];
        Ok(Poller { epoll: sys::epoll_create()?, events, busy })
    }

    /// Watches `fd`, which must stay open as long as this poller is used.
    pub(crate) fn watch(&self, fd: BorrowedFd<'_>, token: u64) -> io::Result<()> {
        sys::epoll_add(self.epoll.as_fd(), fd, token)
    }

    /// Watches `fd` no more.
    pub(crate) fn ignore(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        sys::epoll_remove(self.epoll.as_fd(), fd)
    }

    /// Waits until something can be read or `deadline` has come, whichever is first; gives the tokens of what can be read.
    pub(crate) fn wait(
        &mut self,
        clock: Clock,
        deadline: Option<Instant>,
    ) -> io::Result<impl Iterator<Item = u64> + '_> {
        let mut found = 0;
        if !self.busy.is_zero() {
            let until = std::time::Instant::now() + self.busy;
            let due = |deadline: Instant| clock.until(deadline).is_zero();
            loop {
                found = sys::epoll_wait(self.epoll.as_fd(), &mut self.events, Some(Duration::ZERO))?;
                if found > 0 || deadline.is_some_and(due) || std::time::Instant::now() >= until {
                    break;
                }
                std::hint::spin_loop();
            }
        }
        if found == 0 {
            let timeout = deadline.map(|deadline| clock.until(deadline));
            found = sys::epoll_wait(self.epoll.as_fd(), &mut self.events, timeout)?;
        }
        Ok(self.events[..found].iter().map(|event| event.u64))
    }
}

/// Descriptors that one wake-up reports; the rest is reported by the next.
const MOST_AT_ONCE: usize = 256;
