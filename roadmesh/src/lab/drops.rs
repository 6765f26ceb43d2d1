//! Frames that the system dropped on their way from the hosts to us, because we didn't keep up.

use super::build::Surroundings;
use super::host::LiveHost;
use device_lib::netlink::Netlink;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A thread that looks once a second, and at the end.
#[derive(Debug)]
pub(crate) struct Drops {
    /// It ends when this goes.
    stop: Sender<()>,
    new: Receiver<u64>,
    thread: JoinHandle<()>,
}

impl Drops {
    /// Looks at the hosts' interfaces from now on.
    pub(crate) fn watch(hosts: &[LiveHost], surroundings: &[Surroundings]) -> Self {
        let ((stop, stopped), (to_loop, new)) = (channel::<()>(), channel());
        let mut watched: Vec<Watched> = Vec::new();
        for (host, surroundings) in hosts.iter().zip(surroundings) {
            // Where that can't be opened, its drops stay unknown.
            if let Ok(netlink) = surroundings.net.run(Netlink::open) {
                watched.push(Watched { interface: host.interface(), netlink, dropped: 0, carrier: false });
            }
        }
        // What was dropped before there was a lab is nobody's loss.
        for watched in &mut watched {
            watched.look();
        }
        let thread = thread::spawn(move || {
            loop {
                let over = stopped.recv_timeout(LOOKING) == Err(RecvTimeoutError::Disconnected);
                let new: u64 = watched.iter_mut().map(Watched::look).sum();
                // Nobody may want to know any more.
                let _ = to_loop.send(new);
                if over {
                    return;
                }
            }
        });
        Drops { stop, new, thread }
    }

    /// What was dropped since the last call.
    pub(crate) fn so_far(&self) -> u64 {
        self.new.try_iter().sum()
    }

    /// Ends the thread, and gives what was dropped since the last call.
    pub(crate) fn end(self) -> u64 {
        drop(self.stop);
        // It has nothing that could panic.
        let _ = self.thread.join();
        self.new.try_iter().sum()
    }
}

/// An interface whose drops are watched.
struct Watched {
    interface: &'static str,
    netlink: Netlink,
    dropped: u64,
    carrier: bool,
}

impl Watched {
    /// What was dropped since the last look, unless there was no carrier: that is what a host without power does.
    fn look(&mut self) -> u64 {
        let Ok((dropped, carrier)) = self.netlink.tx_dropped(self.interface) else { return 0 };
        let new = dropped.saturating_sub(self.dropped);
        let counts = carrier && self.carrier;
        (self.dropped, self.carrier) = (dropped, carrier);
        if counts { new } else { 0 }
    }
}

const LOOKING: Duration = Duration::from_secs(1);
