//! OpenStreetMap's XML: roads and buildings of a map extract (`map.osm`, `map.osm.gz`).
//!
//! ```
//! let text = r#"<osm version="0.6">
//!   <node id="1" lat="47.1400" lon="9.5200"/>
//!   <node id="2" lat="47.1410" lon="9.5200"/>
//!   <way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
//! </osm>"#;
//! let map = mobility_lib::osm::read_from(text.as_bytes(), "map.osm")?;
//! assert_eq!(map.ways.len(), 1);
//! let [from, to] = [1, 2].map(|node| map.nodes[&node].position);
//! assert!((from.distance(to) - 111.2).abs() < 0.1);
//! # Ok::<(), mobility_lib::MobilityError>(())
//! ```
//!
//! Read as a stream. Places become metres by a transverse Mercator projection centred on the roads, with the south-west corner of
//! the roads at (0, 0); they are rounded to millimetres, because the last digits of a projection depend on the machine's
//! mathematics. What tags mean is OpenStreetMap's wiki's to say (`Key:highway`, `Key:oneway`, `Key:lanes`, `Key:maxspeed`).

mod assemble;
mod parser;
mod tags;

pub use tags::{Class, Turns};

use crate::{MobilityError, Place, Position, xml};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;
use std::path::Path;

/// What is read of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// The projection in PROJ's terms.
    pub projection: String,
    /// The least and the greatest longitude and latitude of the roads, degrees.
    pub degrees: [(f64, f64); 2],
    /// The nodes of the roads by their id.
    pub nodes: BTreeMap<i64, Node>,
    /// The roads, in the order of the file. Where nodes are missing, a way is several of them.
    pub ways: Vec<Way>,
    /// The buildings.
    pub buildings: Vec<Building>,
    /// Which turns are not allowed.
    pub restrictions: Vec<Restriction>,
    /// What the file holds besides.
    pub skipped: Skipped,
    /// What was not understood, and replaced by a default.
    pub warnings: Vec<Warning>,
}

/// A node of a road.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
    /// Where it is.
    pub position: Position,
    /// What orders the traffic there.
    pub control: Option<Control>,
}

/// What orders the traffic at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Traffic lights.
    Signals,
    /// A stop sign.
    Stop,
    /// A sign to give way.
    GiveWay,
}

/// A road.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// OpenStreetMap's id of the way.
    pub id: i64,
    /// Its name, or else its reference; may be empty.
    pub name: String,
    /// The ids of its nodes; two at least, all of them in [`Map::nodes`].
    pub nodes: Vec<i64>,
    /// What sort of road.
    pub class: Class,
    /// Lanes along the nodes' order, and against it. 0: not allowed.
    pub lanes: [u32; 2],
    /// The speed limit along the nodes' order, and against it, metres per second.
    pub limits_mps: [f64; 2],
    /// It goes round a roundabout.
    pub roundabout: bool,
}

/// A building's outline.
#[derive(Clone, Debug, PartialEq)]
pub struct Building {
    /// `w` or `r` for a way or a relation, and OpenStreetMap's id.
    pub id: String,
    /// The corners, each once; three at least.
    pub outline: Vec<Position>,
}

/// A turn from one way to another that is forbidden, or the only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restriction {
    /// The way that it is about.
    pub from: i64,
    /// The node where it holds.
    pub via: i64,
    /// The way that is turned to.
    pub to: i64,
    /// Whether that is forbidden, or all else.
    pub turns: Turns,
}

/// How much of a map was left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Ways that cars don't use: paths, service roads, private roads, building sites.
    pub not_for_cars: u64,
    /// Nodes that roads name and the file doesn't have, as at the border of an extract.
    pub missing_nodes: u64,
    /// Roads and buildings of which too few nodes are there.
    pub cut_off: u64,
    /// Turn restrictions that are of another form, or lead beyond the extract.
    pub restrictions: u64,
    /// Warnings beyond the first thousand.
    pub warnings: u64,
}

/// Something that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where in the file.
    pub place: Place,
    /// What is wrong, and what was taken in its place.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Reads the map in the file `path`.
///
/// # Errors
/// If the file can't be opened or read; if it is not gzip or UTF-8, not whole, not well-formed, or not `<osm>`; if a node, way or
/// relation has no id or one that is there twice; if a node has no place on earth; if there is no road for cars, or they don't
/// lie together. The error says where, and what to do.
pub fn read(path: &Path) -> Result<Map, MobilityError> {
    let (file, name) = xml::open_file(path, "map")?;
    read_from(file, &name)
}

/// As [`read`], from any source of bytes; `name` stands for the file in messages.
///
/// # Errors
/// As [`read`].
pub fn read_from(reader: impl Read, name: &str) -> Result<Map, MobilityError> {
    let mut parser = parser::Parser::default();
    let end = xml::read(reader, name, &parser::MAP, &mut parser)?;
    assemble::assemble(parser.raw, end).map_err(|located| xml::locate(name, located))
}
