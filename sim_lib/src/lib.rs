//! The world: nodes, radio, mobility, traffic and faults, in virtual time, deterministic to the bit.
#![forbid(unsafe_code)]

pub mod error;
pub mod fidelity;
pub mod recorder;
pub mod results;
pub mod scenario;
pub mod sumo;
pub mod world;
