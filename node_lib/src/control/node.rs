//! The shape of a node: frames and the time go in, frames come out.

use super::config::NodeConfig;
use super::drops::{Counters, DropReason};
use crate::addr::Mac;
use crate::buffer_pool::Frame;
use crate::time::Instant;
use std::fmt;
use std::io::{self, IoSlice};

/// One frame to send: on the radio (`Wire`) or to the host (`Tap`), as one flat buffer or as a list of vectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply<B> {
    /// A flat frame for the radio.
    WireFlat(B),
    /// A flat frame for the host's TAP.
    TapFlat(B),
    /// A frame for the radio, one vector a field.
    Wire(Vec<Vec<u8>>),
    /// A frame for the host's TAP, one vector a field.
    Tap(Vec<Vec<u8>>),
}

/// The specified form: every flat frame is a vector of its own.
pub type ReplyType = Reply<Vec<u8>>;

impl<B: AsRef<[u8]>> Reply<B> {
    /// True for what goes on the radio.
    pub fn is_wire(&self) -> bool {
        matches!(self, Reply::WireFlat(_) | Reply::Wire(_))
    }

    /// Writes the frame to the device it is for: a flat one as a single slice, a nested one as one slice a field.
    ///
    /// # Errors
    /// Whatever the device says.
    pub fn send(&self, wire: &mut impl Device, tap: &mut impl Device) -> io::Result<()> {
        match self {
            Reply::WireFlat(frame) => wire.send(&[IoSlice::new(frame.as_ref())]),
            Reply::TapFlat(frame) => tap.send(&[IoSlice::new(frame.as_ref())]),
            Reply::Wire(fields) => wire.send(&slices(fields)),
            Reply::Tap(fields) => tap.send(&slices(fields)),
        }
    }

    /// A copy of the frame's bytes in one pooled buffer.
    pub fn to_frame(&self) -> Frame {
        match self {
            Reply::WireFlat(frame) | Reply::TapFlat(frame) => Frame::copy_from(frame.as_ref()),
            Reply::Wire(fields) | Reply::Tap(fields) => Frame::copy_from(&fields.concat()),
        }
    }
}

fn slices(fields: &[Vec<u8>]) -> Vec<IoSlice<'_>> {
    fields.iter().map(|field| IoSlice::new(field)).collect()
}

/// Where frames are written to: a TAP, a packet socket, a test's memory.
pub trait Device {
    /// Sends one frame, given in pieces.
    ///
    /// # Errors
    /// The device refused it; nothing was sent.
    fn send(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<()>;
}

/// What a node wants done, in order; owned and reused by the caller.
#[derive(Debug, Default)]
pub struct Outbox {
    /// Frames to send, in order.
    pub replies: Vec<Reply<Frame>>,
    /// Neighbours whose queued unicasts the link layer should hand back (as [`TxOutcome::Withdrawn`]) instead of
    /// trying them. A link layer without that ability ignores it.
    pub withdraw: Vec<Mac>,
    /// What changed, for whoever watches.
    pub events: Vec<Event>,
}

impl Outbox {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.replies.clear();
        self.withdraw.clear();
        self.events.clear();
    }

    /// True if nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.replies.is_empty() && self.withdraw.is_empty() && self.events.is_empty()
    }
}

/// What the radio knows of a frame that it received.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RxMeta {
    /// Received power, dBm, where the radio tells it.
    pub power_dbm: Option<f32>,
}

/// What became of a frame that was handed to the link layer.
#[derive(Debug)]
pub struct TxStatus {
    /// The neighbour it was for (never the broadcast address: broadcasts have no status).
    pub to: Mac,
    /// What happened.
    pub outcome: TxOutcome,
    /// Transmissions made, the first one included; 0 if it was never on the air.
    pub attempts: u8,
    /// The frame itself where it was not delivered and the layer still has it.
    pub frame: Option<Frame>,
}

/// How a transmission ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TxOutcome {
    /// The neighbour acknowledged it.
    Acked,
    /// No acknowledgement came, after all the radio's retries.
    Unacked,
    /// The interface refused it.
    SendError,
    /// It was handed back untried, because the node asked for that.
    Withdrawn,
}

/// Why the node wants to be called at its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerReason {
    /// An RSU's next heartbeat.
    Heartbeat,
    /// A heartbeat that waits to be relayed.
    Relay,
    /// A reply that waits to share its frame, or is due.
    Reply,
    /// A neighbour whose heartbeats are overdue.
    Missed,
    /// An entry that ends.
    Expiry,
}

/// An upstream path as its node sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The RSU it leads to.
    pub rsu: Mac,
    /// The neighbour that frames go to.
    pub next_hop: Mac,
    /// Transmissions to the RSU.
    pub hops: u32,
    /// Cost of the whole path, microseconds.
    pub cost: u32,
}

/// Something that changed in a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The upstream path changed: another next hop, another RSU, or none.
    RouteChanged {
        /// The path before.
        from: Option<Route>,
        /// The path now.
        to: Option<Route>,
        /// Why.
        cause: RouteCause,
    },
}

/// Why an upstream path changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteCause {
    /// There was none, and now there is.
    Found,
    /// Another next hop or RSU has been better for long enough.
    Better,
    /// Unicasts were not acknowledged.
    Unacked,
    /// The interface refused a frame.
    SendError,
    /// The next hop's heartbeats stayed away.
    Missed,
    /// The next hop said that it has no route.
    NoRoute,
    /// The next hop's advert stopped being usable: the RSU restarted or its state was flushed.
    Flushed,
}

impl RouteCause {
    /// Its name in logs and results.
    pub const fn name(self) -> &'static str {
        match self {
            RouteCause::Found => "found",
            RouteCause::Better => "better",
            RouteCause::Unacked => "unacked",
            RouteCause::SendError => "send_error",
            RouteCause::Missed => "missed",
            RouteCause::NoRoute => "no_route",
            RouteCause::Flushed => "flushed",
        }
    }
}

/// A node: an OBU or an RSU. It owns no clock and no socket.
pub trait Node: fmt::Debug {
    /// A frame from the host.
    fn handle_tap(&mut self, now: Instant, frame: Frame, out: &mut Outbox) -> Result<(), DropReason>;

    /// A frame from the radio.
    fn handle_radio(
        &mut self,
        now: Instant,
        frame: Frame,
        meta: RxMeta,
        out: &mut Outbox,
    ) -> Result<(), DropReason>;

    /// What became of a unicast that this node sent.
    fn handle_status(&mut self, now: Instant, status: TxStatus, out: &mut Outbox);

    /// Does what is due at `now`; does nothing before the deadline.
    fn handle_timeout(&mut self, now: Instant, out: &mut Outbox);

    /// When the node next wants [`Node::handle_timeout`], and why.
    fn poll_timeout(&self) -> Option<(Instant, TimerReason)>;

    /// The settings.
    fn config(&self) -> &NodeConfig;

    /// Takes over what [`NodeConfig::take_over`] does.
    fn reconfigure(&mut self, settings: &NodeConfig);

    /// Everything that was counted.
    fn counters(&self) -> &Counters;

    /// A picture of the node for people and programs.
    fn status(&self) -> super::status::Status;

    /// Why the node routes towards `rsu` as it does.
    fn explain(&self, rsu: Mac) -> Option<super::status::Explanation>;
}
