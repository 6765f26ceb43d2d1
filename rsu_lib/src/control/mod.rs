//! The RSU's state machine.

mod data;
pub mod node;
