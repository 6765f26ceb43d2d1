//! The RSU's state machine.

mod data;
mod edge;
pub mod node;
