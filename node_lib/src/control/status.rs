//! A node's picture of itself, for people and programs.

use super::node::Route;
use crate::addr::Mac;
use crate::time::Instant;

/// A picture of one node.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The node's address.
    pub mac: Mac,
    /// The path in use, where there is one. An RSU has none.
    pub upstream: Option<Route>,
    /// What is known of each RSU.
    pub rsus: Vec<Explanation>,
    /// Which neighbour leads to which OBU.
    pub downstream: Vec<Downstream>,
}

impl Status {
    /// The same with every time put through `translate`.
    #[must_use]
    pub fn with_times(mut self, translate: impl Fn(Instant) -> Instant) -> Self {
        for entry in &mut self.downstream {
            entry.refreshed = translate(entry.refreshed);
        }
        self.rsus = self.rsus.into_iter().map(|rsu| rsu.with_times(&translate)).collect();
        self
    }
}

impl Explanation {
    /// The same with every time put through `translate`.
    #[must_use]
    pub fn with_times(mut self, translate: impl Fn(Instant) -> Instant) -> Self {
        for candidate in &mut self.candidates {
            candidate.heard = translate(candidate.heard);
        }
        self
    }
}

/// One downstream entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Downstream {
    /// The OBU.
    pub obu: Mac,
    /// The neighbour that frames for it go to.
    pub via: Mac,
    /// When the entry was last refreshed.
    pub refreshed: Instant,
}

/// Why a node routes towards one RSU as it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The RSU.
    pub rsu: Mac,
    /// Its epoch, if it told one.
    pub epoch: Option<u32>,
    /// The newest heartbeat id known.
    pub id: u32,
    /// The best advert ever transmitted: (epoch, route id, class, cost).
    pub feasibility_distance: Option<(u32, u32, u8, u32)>,
    /// The path in use towards this RSU.
    pub selected: Option<Route>,
    /// Every neighbour that advertised it, best first.
    pub candidates: Vec<Candidate>,
}

/// What the cost of a link is made of: the airtime of a full-sized unicast, over the lower of the share acknowledged and the
/// square of the share of heartbeats that arrive, and the delay.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkParts {
    /// Share of the neighbour's heartbeats that arrive, as estimated.
    pub heartbeats: f32,
    /// Share of transmissions to it that are acknowledged, as estimated; none where none was made.
    pub acknowledged: Option<f32>,
    /// What round trips took beyond their airtime, microseconds.
    pub delay_us: f32,
}

/// One neighbour's offer.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The neighbour.
    pub neighbour: Mac,
    /// Its latest advert: (route id, class, cost in microseconds); cost `u32::MAX` is "no route".
    pub advert: (u32, u8, u32),
    /// Cost of the link to it, microseconds.
    pub link_cost: u32,
    /// What that is made of.
    pub link: LinkParts,
    /// Whether it may be used now.
    pub feasible: bool,
    /// Whether the link is known to work both ways.
    pub confirmed: bool,
    /// When it was last heard.
    pub heard: Instant,
}
