//! SUMO's polygons: `<additional><poly id=".." type="building.yes" shape="x,y x,y …"/>…</additional>`, as polyconvert writes them.
//!
//! Read as a stream, plain or gzipped, for what stands between the roads. The format is described in SUMO's manual under
//! "Simulation/Shapes".
//!
//! - **Types**: a polygon is taken if its `type` begins with one of [`ShapeOptions::types`]: buildings, unless told otherwise.
//!   polyconvert names types after OpenStreetMap's tags, as in `building.apartments` or `landuse.forest`.
//! - **Areas only**: a shape with fewer than three different corners, or one that neither is filled nor ends where it begins, is
//!   a line. It is counted and left out. So is the polygon that consists of nothing.
//! - **Degrees**: a polygon with `geo="true"` has longitudes and latitudes. They go through the projection of the network that
//!   the polygons are for; without a network, through that of the file's own `<location>`.

use crate::projection::Projection;
use crate::xml::attribute::{Point, Value, attributes, clip};
use crate::xml::{self, ElementFault, Handler, Sort};
use crate::{MobilityError, Network, Place, Position, net};
use quick_xml::events::BytesStart;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

/// Which shapes are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeOptions {
    /// Beginnings of types.
    pub types: Vec<String>,
}

impl Default for ShapeOptions {
    /// Buildings.
    fn default() -> ShapeOptions {
        ShapeOptions { types: vec!["building".to_owned()] }
    }
}

/// What a file of shapes holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shapes {
    /// The areas of the wanted types, in the order of the file.
    pub polygons: Vec<Polygon>,
    /// How many shapes of the wanted types are lines.
    pub lines: u64,
    /// How many polygons are of other types.
    pub others: u64,
}

/// An area with straight edges.
#[derive(Clone, Debug, PartialEq)]
pub struct Polygon {
    /// Its id in the file.
    pub id: String,
    /// Its type in the file, such as `building.yes`.
    pub kind: String,
    /// The corners in their order, at least three, metres. The last one is joined to the first one, and differs from it.
    pub corners: Vec<Position>,
}

/// Reads the shapes in the file `path`, which belong to `network`.
///
/// # Errors
/// If the file can't be opened or read; if it is not gzip or UTF-8, not whole, not well-formed, or not `<additional>`; if a polygon
/// has no id, the id of another one, or a shape that isn't pairs of numbers; if it has degrees and there is no projection for them; if
/// the file was made for another network. The error says where, and what to do.
pub fn read(path: &Path, options: &ShapeOptions, network: Option<&Network>) -> Result<Shapes, MobilityError> {
    let (file, name) = xml::open_file(path, "file of polygons")?;
    read_from(file, &name, options, network)
}

/// As [`read`], from any source of bytes; `name` stands for the file in messages.
///
/// # Errors
/// As [`read`].
pub fn read_from(
    reader: impl Read,
    name: &str,
    options: &ShapeOptions,
    network: Option<&Network>,
) -> Result<Shapes, MobilityError> {
    let projection = network.and_then(Network::projection);
    let mut parser =
        Parser { options, projection, own: None, ids: BTreeSet::new(), shapes: Shapes::default() };
    xml::read(reader, name, &SHAPES, &mut parser)?;
    Ok(parser.shapes)
}

struct Parser<'a> {
    options: &'a ShapeOptions,
    /// That of the network.
    projection: Option<&'a Projection>,
    /// That of the file itself.
    own: Option<Projection>,
    ids: BTreeSet<String>,
    shapes: Shapes,
}

impl Handler for Parser<'_> {
    fn open(
        &mut self,
        element: &BytesStart<'_>,
        depth: usize,
        _: &dyn Fn() -> Place,
    ) -> Result<(), ElementFault> {
        match (depth, element.name().as_ref()) {
            (1, "location") => self.location(element),
            (1, "poly") => self.poly(element),
            _ => Ok(()),
        }
    }
}

impl Parser<'_> {
    fn location(&mut self, element: &BytesStart<'_>) -> Result<(), ElementFault> {
        self.own = net::location(element)?;
        match (&self.own, self.projection) {
            (Some(own), Some(network)) if !own.agrees_with(network) => Err(ElementFault::whole(
                "the polygons were made for another network than the one they are used with",
                "let polyconvert make them for this one: polyconvert --net-file FILE.net.xml --osm-files … -o FILE.poly.xml",
            )),
            _ => Ok(()),
        }
    }

    fn poly(&mut self, element: &BytesStart<'_>) -> Result<(), ElementFault> {
        let [id, kind, shape, geo, fill] = attributes(element, ["id", "type", "shape", "geo", "fill"])?;
        let (Some(id), Some(shape)) = (id, shape) else {
            return Err(ElementFault::whole("<poly> needs the attributes id and shape", SHAPES.written));
        };
        let (name, kind) = (id.name()?, kind.map(|kind| kind.raw().to_owned()).unwrap_or_default());
        let (geo, filled) = (geo.is_some_and(|geo| geo.is_true()), fill.is_some_and(|fill| fill.is_true()));
        if !self.options.types.iter().any(|wanted| kind.starts_with(wanted.as_str())) {
            self.shapes.others += 1;
            return Ok(());
        }
        let name = name.into_owned();
        if !self.ids.insert(name.clone()) {
            let message = format!("there are two polygons with the id \"{}\"", clip(&name));
            return Err(id.wrong(message, "name each one once"));
        }
        let mut corners = self.corners(&shape, geo)?;
        let closed = corners.len() > 1 && corners.first() == corners.last();
        corners.dedup();
        if closed {
            corners.pop();
        }
        if corners.len() < 3 || !(closed || filled) {
            self.shapes.lines += 1;
            return Ok(());
        }
        self.shapes.polygons.push(Polygon { id: name, kind, corners });
        Ok(())
    }

    fn corners(&self, shape: &Value<'_>, geo: bool) -> Result<Vec<Position>, ElementFault> {
        let corner = |point: &Point<'_>| {
            let Point { x, y, .. } = *point;
            let corner = if geo { self.project(x, y) } else { Ok(Position { x, y }) };
            let corner = corner.map_err(|(message, help)| point.wrong(message, help))?;
            let help =
                "coordinates are metres from the origin of the network, unless the polygon has geo=\"true\"";
            point.sane(corner, help)
        };
        shape.points()?.iter().map(corner).collect()
    }

    fn project(&self, longitude: f64, latitude: f64) -> Result<Position, (String, &'static str)> {
        let Some(projection) = self.projection.or(self.own.as_ref()) else {
            return Err((
                "the corners are longitudes and latitudes, and no network says where these are".to_owned(),
                "name the network too, or let polyconvert write metres: leave out --proj.plain-geo",
            ));
        };
        projection.place(longitude, latitude).map_err(|error| {
            let message = format!("longitude {longitude}, latitude {latitude}: {error}");
            (message, "check the polygons against their network in netedit")
        })
    }
}

const SHAPES: Sort = Sort {
    name: "file of polygons",
    root: "additional",
    written: "let polyconvert write it: polyconvert --net-file FILE.net.xml --osm-files FILE.osm -o FILE.poly.xml",
    give: "give SUMO's polygons, a file like town.poly.xml or town.poly.xml.gz",
};
