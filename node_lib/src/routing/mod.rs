//! Routing: who can be used towards an RSU, who is, and which neighbour leads to which OBU.
//!
//! # Why no loop forms
//! Per RSU, every node keeps the best advert that it ever transmitted, its feasibility distance FD. It takes a next hop
//! Y only if the best advert it stores from Y is better than its own FD. Adverts are totally ordered ([`Advert`]), and
//! Y's FD is at least as good as anything Y ever sent. So along any chain of next hops X → Y holds
//!
//! > FD(Y) at least as good as the advert of Y stored at X, which is better than FD(X)
//!
//! and FD improves strictly with every hop: a chain can't come back to where it began. The rules that keep this true
//! are named N1 to N8 where the code does them:
//!
//! * N1: a link costs at least 1; an RSU's own copy carries cost 0.
//! * N2: feasibility is tested against FD at every selection, never remembered. The next hop in use stays without a test.
//! * N3: a relay carries the advert of the *selected* next hop, whoever's copy triggered it; FD is updated first.
//! * N4: all of this is kept per RSU; a frame follows the RSU that it names.
//! * N5: a node that has just started has forgotten its FD, so only the RSU's own copies count until adverts arrive
//!   that can't stem from its former life.
//! * N6: a node that loses its last route says so once.
//! * N7: nodes that speak the base layout only make paths of class 1, which rank behind. Their cost is their number of hops;
//!   one that has no fewer than we said of the same id may have them from us.
//! * N8: a heartbeat far ahead of what is known, by its id or the uptime it tells, or that contradicts a first contact, changes
//!   nothing until the next one confirms it.

mod advert;
mod downstream;
mod keyed;
mod link;
mod neighbours;
mod offer;
mod originator;
mod relaying;
mod upstream;
mod window;

pub use advert::Advert;
pub use downstream::{DownstreamEntry, DownstreamTable, Learned};
pub use link::Link;
pub use neighbours::Neighbours;
pub use offer::Offer;
pub use originator::{Heard, Originator, View};
pub use relaying::{Interest, Relaying};
pub use upstream::{Due, NextHop, Upstream};
pub use window::{Repeats, Seen};
