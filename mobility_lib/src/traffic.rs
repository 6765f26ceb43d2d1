//! Traffic of our own: vehicles that follow, stop, turn and change lanes on the roads of a map.
//!
//! A [`Network`] is made of a [`Map`](crate::osm::Map), and [`Traffic`] drives on it, the same for the same seed. [`Idm`] is how a
//! driver follows, [`Ring`] the field's usual test of it.

mod crossing;
mod idm;
mod mobil;
mod network;
mod path;
mod ring;
mod signals;
mod sim;
mod vehicle;

pub use idm::{Idm, ballistic};
pub use network::{Dropped, Extent, Network};
pub use ring::Ring;
pub use sim::{NoRoom, STEP_S, Seen, Settings, Traffic};
