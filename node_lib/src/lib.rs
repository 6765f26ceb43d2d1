//! What every roadmesh node shares: messages, buffers, addresses, time, routing.
//!
//! This crate is sans-IO: it reads no clock, opens no socket, spawns no task and logs nothing. Frames and the time come
//! in as arguments, frames go out through an [`control::node::Outbox`]. `clippy.toml` bans what would break that.
#![forbid(unsafe_code)]

pub mod addr;
pub mod buffer_pool;
#[cfg(feature = "contract")]
pub mod contract;
pub mod control;
pub mod core;
pub mod hosts;
pub mod mac_map;
pub mod messages;
pub mod offload;
pub mod random;
pub mod resolution;
pub mod routing;
#[cfg(any(test, feature = "contract"))]
pub mod sample;
pub mod time;
