//! Where everything is at a time: traces, fixed positions, waypoints.
//!
//! Mobility is a function of time, not a stream of ticks: a [`Track`] answers [`Track::at`] for any instant, in any
//! order, without state. Positions are metres in a plane, times are microseconds since the start of the run.
//!
//! ```
//! use mobility_lib::{Position, Track};
//!
//! let mast = Track::fixed(Position { x: 50.0, y: 20.0 });
//! let van = Track::waypoints(vec![
//!     (0, Position { x: 0.0, y: 0.0 }),
//!     (10_000_000, Position { x: 100.0, y: 0.0 }),
//! ])?;
//! assert_eq!(van.at(2_500_000), Some(Position { x: 25.0, y: 0.0 }));
//! assert_eq!(van.max_speed(), 10.0);
//! assert!(mast.at(0).is_some_and(|mast| van.at(5_000_000).is_some_and(|van| mast.distance(van) == 20.0)));
//! # Ok::<(), mobility_lib::MobilityError>(())
//! ```
//!
//! Vehicles that a running SUMO tells of step by step come by [`traci`] and [`following`].
//!
//! Traces come from SUMO's floating car data ([`fcd`]), ns-2's movements ([`ns2`]) or GPS tracks ([`gpx`]): see [`trace`]. SUMO's
//! road networks say where junctions are, and where a longitude and latitude is: see [`net`]. Its polygons say what stands between
//! the roads: see [`shapes`]. Roads and buildings come from OpenStreetMap too: see [`osm`].
#![forbid(unsafe_code)]

mod error;
pub mod fcd;
pub mod following;
pub mod gpx;
mod line;
pub mod net;
pub mod ns2;
pub mod osm;
pub mod placement;
mod position;
mod projection;
mod road;
mod samples;
pub mod shapes;
mod spaced;
pub mod trace;
pub mod traci;
mod track;
pub mod traffic;
mod xml;

pub use error::{MobilityError, Place};
pub use net::Network;
pub use position::Position;
pub use projection::{NotThere, Projection};
pub use road::Road;
pub use shapes::{Polygon, ShapeOptions, Shapes};
pub use trace::{Format, Ignored, Trace, TraceOptions};
pub use track::{Segment, Span, Track};

/// The name of the outermost element of the file, plain or gzipped; none if it can't be read or isn't XML.
pub fn outermost(path: &std::path::Path) -> Option<String> {
    xml::head::root(&xml::head::head(path)?).map(str::to_owned)
}
