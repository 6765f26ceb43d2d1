//! Signals, taken by a thread of their own.

use nix::sys::signal::{SigSet, Signal};
use std::{io, thread};

/// The signals that a daemon answers to, kept from all threads that start from now on.
#[derive(Debug)]
pub(super) struct Signals(SigSet);

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Stop,
    Reload,
}

impl Signals {
    /// Keeps them from the caller and the threads that it starts afterwards.
    pub(super) fn block() -> io::Result<Signals> {
        let set = SigSet::from_iter([Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP]);
        set.thread_block()?;
        Ok(Signals(set))
    }

    /// Calls `act` for each one that comes, on a thread of its own.
    pub(super) fn watch(self, act: impl Fn(Asked) + Send + 'static) {
        thread::spawn(move || {
            while let Ok(signal) = self.0.wait() {
                act(if signal == Signal::SIGHUP { Asked::Reload } else { Asked::Stop });
            }
        });
    }
}
