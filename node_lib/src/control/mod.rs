//! What drives a node, and what a node gives back.

pub mod change;
pub mod config;
pub mod drops;
pub mod node;
pub mod status;
