//! The radio as a state machine: propagation, reception and medium access.
//!
//! [`Medium`] takes frames, the time and where the radios are, and gives back [`Effect`]s: a frame that arrives at a
//! radio, what became of a unicast, and when it wants to be called again. It reads no clock, opens no socket and owns
//! no event queue: the same medium runs pinned to the wall clock and in virtual time.
//!
//! Three profiles exist. [`Ideal`] has fixed latency, jitter, loss and rate per link, for networking tests. [`Dot11p`] is
//! IEEE 802.11p (10 MHz channels at 5.9 GHz) from positions: path loss, fading, interference, packet errors, and stations that
//! contend for the channel by EDCA, each sensing it where it is. [`Geometric`] is the same **without contention between radios**:
//! each sends one frame at a time and waits AIFS and a backoff before each, but it neither defers to nor collides with
//! another radio's frames.
//!
//! Determinism: every draw is keyed by the seed, its purpose, the transmitter, the receiver and the transmitter's own
//! transmission counter. So the same calls give the same effects, and a radio that is out of reach changes nothing for
//! the others. Transcendental functions come from the `libm` crate.
#![forbid(unsafe_code)]

pub mod airtime;
pub mod congestion;
mod disturbance;
mod dot11p;
mod error;
mod fading;
mod field;
mod geometric;
mod grid;
mod ideal;
mod kind;
mod medium;
mod overrides;
mod propagation;
mod queue;
mod rate_control;
mod reception;
mod stats;

pub use airtime::Rate;
pub use disturbance::{Area, Disturbance, Scope};
pub use dot11p::{Access, Dot11p, RateControl};
pub use error::RadioError;
pub use fading::Fading;
pub use geometric::Geometric;
pub use grid::SEARCH_AGE;
pub use ideal::{Ideal, IdealLink, LinkParams};
pub use kind::{BEACON_ETHERTYPE, Kind};
pub use medium::{Effect, LinkChange, Locations, MeanLink, Medium, Profile, RadioId, RadioSetup, Reception};
pub use propagation::{
    Body, Buildings, Channel, Crossed, DualSlope, LogNormal, Mount, PathLoss, Placed, Propagation, Shadowing,
    WallLoss,
};
pub use rate_control::Minstrel;
pub use reception::{noise_dbm, packet_success};
pub use stats::{RadioStats, Sent};
