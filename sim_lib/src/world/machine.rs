//! The kinds of node behind one face, without a virtual call on the hot path of ours.

use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::NodeConfig;
use node_lib::control::drops::{Counters, DropReason};
use node_lib::control::node::{Node, Outbox, Route, RxMeta, TimerReason, TxStatus};
use node_lib::time::Instant;
use obu_lib::Obu;
use rsu_lib::Rsu;

/// A running node.
#[derive(Debug)]
pub(crate) enum Machine {
    /// An on-board unit.
    Obu(Box<Obu>),
    /// A road-side unit.
    Rsu(Box<Rsu>),
    /// A node of another make.
    Other(Box<dyn Node>),
}

/// Makes a node that starts at the given time.
pub type MakeNode = fn(NodeConfig, Instant) -> Box<dyn Node>;

impl Machine {
    /// A node that has just been switched on.
    pub(crate) fn new(rsu: bool, config: NodeConfig, now: Instant) -> Self {
        if rsu {
            Machine::Rsu(Box::new(Rsu::new(config, now)))
        } else {
            Machine::Obu(Box::new(Obu::new(config, now)))
        }
    }

    /// The upstream path in use; an RSU has none.
    #[inline]
    pub(crate) fn route(&self) -> Option<Route> {
        match self {
            Machine::Obu(obu) => obu.route(),
            Machine::Rsu(_) => None,
            Machine::Other(node) => node.status().upstream,
        }
    }

    /// Where frames for `rsu` go from here.
    pub(crate) fn next_hop(&self, rsu: Mac) -> Option<Mac> {
        match self {
            Machine::Obu(obu) => obu.next_hop(rsu),
            Machine::Rsu(_) => None,
            Machine::Other(node) => node.explain(rsu)?.selected.map(|route| route.next_hop),
        }
    }

    /// The node, whichever it is.
    #[inline]
    pub(crate) fn node(&self) -> &dyn Node {
        match self {
            Machine::Obu(obu) => obu.as_ref(),
            Machine::Rsu(rsu) => rsu.as_ref(),
            Machine::Other(node) => node.as_ref(),
        }
    }

    #[inline]
    pub(crate) fn handle_tap(
        &mut self,
        now: Instant,
        frame: Frame,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        match self {
            Machine::Obu(obu) => obu.handle_tap(now, frame, out),
            Machine::Rsu(rsu) => rsu.handle_tap(now, frame, out),
            Machine::Other(node) => node.handle_tap(now, frame, out),
        }
    }

    #[inline]
    pub(crate) fn handle_radio(
        &mut self,
        now: Instant,
        frame: Frame,
        meta: RxMeta,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        match self {
            Machine::Obu(obu) => obu.handle_radio(now, frame, meta, out),
            Machine::Rsu(rsu) => rsu.handle_radio(now, frame, meta, out),
            Machine::Other(node) => node.handle_radio(now, frame, meta, out),
        }
    }

    #[inline]
    pub(crate) fn handle_status(&mut self, now: Instant, status: TxStatus, out: &mut Outbox) {
        match self {
            Machine::Obu(obu) => obu.handle_status(now, status, out),
            Machine::Rsu(rsu) => rsu.handle_status(now, status, out),
            Machine::Other(node) => node.handle_status(now, status, out),
        }
    }

    #[inline]
    pub(crate) fn handle_timeout(&mut self, now: Instant, out: &mut Outbox) {
        match self {
            Machine::Obu(obu) => obu.handle_timeout(now, out),
            Machine::Rsu(rsu) => rsu.handle_timeout(now, out),
            Machine::Other(node) => node.handle_timeout(now, out),
        }
    }

    #[inline]
    pub(crate) fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        match self {
            Machine::Obu(obu) => obu.poll_timeout(),
            Machine::Rsu(rsu) => rsu.poll_timeout(),
            Machine::Other(node) => node.poll_timeout(),
        }
    }

    pub(crate) fn counters(&self) -> &Counters {
        match self {
            Machine::Obu(obu) => obu.counters(),
            Machine::Rsu(rsu) => rsu.counters(),
            Machine::Other(node) => node.counters(),
        }
    }
}
