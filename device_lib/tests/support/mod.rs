//! What tests put around the driver and its ports.
#![allow(dead_code, reason = "each test uses its part")]

pub mod engine;
pub mod memory;
