//! Traffic of our own: vehicles that follow, stop, turn and change lanes on the roads of a map.
//!
//! [`Idm`] is how a driver follows, [`Ring`] the field's usual test of it.

mod idm;
mod ring;

pub use idm::{Idm, ballistic};
pub use ring::Ring;
