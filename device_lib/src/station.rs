//! One node between a TAP and a radio, for a [`Driver`](crate::driver::Driver).

use crate::driver::Engine;
use crate::port::Refused;
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::node::{Event, Node, Outbox, Reply, RxMeta, TxOutcome, TxStatus};
use node_lib::time::Instant;
use std::collections::VecDeque;
use std::io;
use std::ops::ControlFlow;

/// The number that the driver must have given the TAP.
pub const TAP: usize = 0;
/// The number that the driver must have given the radio.
pub const RADIO: usize = 1;

/// A node and what it still wants sent.
#[derive(Debug)]
pub struct Station<S> {
    node: Box<dyn Node>,
    shell: S,
    /// Reused from call to call.
    out: Outbox,
    queue: VecDeque<(usize, Frame)>,
    counts: Counts,
}

/// What surrounds a station: whoever watches it and tells it what to do.
pub trait Shell {
    /// Why the station can't go on.
    type Error: From<io::Error>;

    /// The node tells of a change.
    fn event(&mut self, now: Instant, event: Event);

    /// A device would not send a frame, other than because its queue was full or the frame too long, or it could not be
    /// read. The station has counted it, and goes on if it may.
    ///
    /// # Errors
    /// Only what ends the station.
    fn trouble(&mut self, _now: Instant, _port: usize, _error: &io::Error) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Somebody signalled the driver. [`ControlFlow::Break`] ends it.
    ///
    /// # Errors
    /// Only what ends the station.
    fn woken(
        &mut self,
        now: Instant,
        node: &mut dyn Node,
        counts: &Counts,
    ) -> Result<ControlFlow<()>, Self::Error>;
}

/// Frames that got lost between the node and its devices, and what the devices said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The TAP would not take a frame: it is down.
    pub tap_refused: u64,
    /// The radio's queue was full.
    pub radio_full: u64,
    /// The frame was longer than the radio's interface carries.
    pub radio_too_long: u64,
    /// The radio would not send: its interface is down.
    pub radio_refused: u64,
    /// Reading failed.
    pub unreadable: u64,
    /// Frames that came to the radio's interface and found no room before they were read.
    pub radio_missed: u64,
    /// Unicasts given to the radio.
    pub unicasts: u64,
    /// Unicasts whose fate the radio told.
    pub statuses: u64,
}

impl<S: Shell> Station<S> {
    /// A station for this node.
    pub fn new(node: Box<dyn Node>, shell: S) -> Self {
        let counts = Counts::default();
        Station { node, shell, out: Outbox::new(), queue: VecDeque::new(), counts }
    }

    /// The node.
    pub fn node(&self) -> &dyn Node {
        self.node.as_ref()
    }

    /// What is around the node.
    pub fn shell(&self) -> &S {
        &self.shell
    }

    /// What got lost at the devices.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Queues what the node put out, and tells of what changed.
    fn collect(&mut self, now: Instant) {
        for reply in self.out.replies.drain(..) {
            let port = if reply.is_wire() { RADIO } else { TAP };
            let frame = match reply {
                Reply::WireFlat(frame) | Reply::TapFlat(frame) => frame,
                nested => nested.to_frame(),
            };
            self.counts.unicasts += u64::from(port == RADIO && unicast(&frame).is_some());
            self.queue.push_back((port, frame));
        }
        // A real radio has no way to hand back what it has queued.
        self.out.withdraw.clear();
        for event in self.out.events.drain(..) {
            self.shell.event(now, event);
        }
    }
}

impl<S: Shell> Engine for Station<S> {
    type Error = S::Error;

    fn receive(&mut self, now: Instant, port: usize, frame: Frame) -> Result<(), S::Error> {
        // The node has counted why it dropped a frame.
        let _ = match port {
            TAP => self.node.handle_tap(now, frame, &mut self.out),
            _ => self.node.handle_radio(now, frame, RxMeta::default(), &mut self.out),
        };
        self.collect(now);
        Ok(())
    }

    fn status(&mut self, now: Instant, _: usize, status: TxStatus) -> Result<(), S::Error> {
        self.counts.statuses += 1;
        // A node that was told to do without may have been told so because the radio tells lies.
        if self.node.config().tx_status {
            self.node.handle_status(now, status, &mut self.out);
            self.collect(now);
        }
        Ok(())
    }

    fn advance(&mut self, now: Instant) -> Result<ControlFlow<()>, S::Error> {
        self.node.handle_timeout(now, &mut self.out);
        self.collect(now);
        Ok(ControlFlow::Continue(()))
    }

    fn deadline(&self) -> Option<Instant> {
        self.node.poll_timeout().map(|(at, _)| at)
    }

    fn next_output(&mut self) -> Option<(usize, Frame)> {
        self.queue.pop_front()
    }

    fn refused(&mut self, now: Instant, port: usize, refused: Refused) -> Result<(), S::Error> {
        if port == TAP {
            self.counts.tap_refused += refused.segments as u64;
            return if refused.is_full() { Ok(()) } else { self.shell.trouble(now, port, &refused.error) };
        }
        let too_long = refused.error.raw_os_error() == Some(libc::EMSGSIZE);
        let count = match (refused.is_full(), too_long) {
            (true, _) => &mut self.counts.radio_full,
            (_, true) => &mut self.counts.radio_too_long,
            _ => &mut self.counts.radio_refused,
        };
        *count += refused.segments as u64;
        if !refused.is_full() && !too_long {
            self.shell.trouble(now, port, &refused.error)?;
        }
        let Some(to) = unicast(&refused.frame) else { return Ok(()) };
        // A queue that is full, or a frame that doesn't fit, says nothing of the neighbour.
        let outcome = if refused.is_full() || too_long { TxOutcome::Unacked } else { TxOutcome::SendError };
        let status = TxStatus { to, outcome, attempts: 0, frame: Some(refused.frame) };
        self.node.handle_status(now, status, &mut self.out);
        self.collect(now);
        Ok(())
    }

    fn unreadable(&mut self, now: Instant, port: usize, error: io::Error) -> Result<(), S::Error> {
        self.counts.unreadable += 1;
        self.shell.trouble(now, port, &error)
    }

    fn missed(&mut self, port: usize, frames: u64) {
        if port == RADIO {
            self.counts.radio_missed += frames;
        }
    }

    fn woken(&mut self, now: Instant) -> Result<ControlFlow<()>, S::Error> {
        self.shell.woken(now, self.node.as_mut(), &self.counts)
    }
}

/// Whom a frame is for, if that is one station.
fn unicast(frame: &[u8]) -> Option<Mac> {
    frame.first_chunk().map(|to| Mac(*to)).filter(|to| to.is_unicast())
}
