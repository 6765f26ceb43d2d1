//! The road-side unit: where vehicles' traffic leaves the radio. Policy only; the mechanisms are node_lib's.
//!
//! An RSU broadcasts heartbeats, learns from replies and data which neighbour leads to which OBU, gives the vehicles'
//! frames to its host side, and sends the host side's frames down to the vehicles. Sans-IO, as all of the core: see
//! [`node_lib`].
#![forbid(unsafe_code)]

pub mod control;

pub use control::node::Rsu;
