//! The OBU's state machine.

mod data;
pub mod dispatch;
pub mod node;
mod replies;
