//! The on-board unit: a vehicle's node. Policy only; the mechanisms are node_lib's.
//!
//! An OBU learns paths to RSUs from their heartbeats, relays those, and answers them with replies from which the RSU
//! and the relays between learn the way back. Frames of its host go to the RSU that it uses, frames of others go on to
//! the RSU that they name. Sans-IO, as all of the core: see [`node_lib`].
#![forbid(unsafe_code)]

pub mod control;

pub use control::node::Obu;
