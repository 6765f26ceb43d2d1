//! SUMO's road networks: `<net><location netOffset=".." projParameter=".."/><junction id=".." x=".." y=".."/>…</net>`.
//!
//! Read as a stream, plain or gzipped, for three things: where junctions are, where roads for cars are, and where a longitude and
//! latitude is. A network
//! that was made from a map names its projection in PROJ's terms, mostly UTM (`+proj=utm +zone=33 +ellps=WGS84 …`), and how far
//! it was moved afterwards. Results are rounded to millimetres: the last digits of a projection depend on the machine's
//! mathematics.

use crate::line;
use crate::projection::Projection;
use crate::xml::attribute::{OF_NETWORK, attributes, clip};
use crate::xml::source::fault;
use crate::xml::{self, DAMAGED, ElementFault, Handler, Located, Sort};
use crate::{MobilityError, NotThere, Place, Position};
use quick_xml::events::BytesStart;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// A road network: its junctions and its projection.
#[derive(Debug, Default)]
pub struct Network {
    junctions: BTreeMap<String, Position>,
    roads: Vec<Carriageway>,
    /// By junction: the lanes for cars that lead into it.
    lanes_into: BTreeMap<String, u32>,
    projection: Option<Projection>,
}

/// One direction of a road that is open to cars.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Carriageway {
    /// The edge's id.
    pub id: String,
    /// The junction that it leads from.
    pub from: String,
    /// The junction that it leads to.
    pub to: String,
    /// How many of its lanes are for cars.
    pub lanes: u32,
    /// The middle of one of them: two points at least.
    pub line: Vec<Position>,
}

impl Carriageway {
    /// How long it is, metres.
    pub fn length(&self) -> f64 {
        line::length(&self.line)
    }
}

/// Reads the network in the file `path`.
///
/// # Errors
/// If the file can't be opened or read; if it is not gzip or UTF-8, not whole, not well-formed, or not `<net>`; if a junction
/// has no id, x or y, or one that is no number, or is there twice; if a road leads from or to a junction that isn't there; if the
/// projection isn't known, or its offset isn't two numbers. The error says where, and what to do.
pub fn read(path: &Path) -> Result<Network, MobilityError> {
    let (file, name) = xml::open_file(path, "network")?;
    read_from(file, &name)
}

/// As [`read`], from any source of bytes; `name` stands for the file in messages.
///
/// # Errors
/// As [`read`].
pub fn read_from(reader: impl Read, name: &str) -> Result<Network, MobilityError> {
    let mut parser = Parser::default();
    xml::read(reader, name, &NETWORK, &mut parser)?;
    parser.check().map_err(|located| xml::locate(name, located))?;
    Ok(parser.network)
}

impl Network {
    /// Where the junction with this id is.
    pub fn junction(&self, id: &str) -> Option<Position> {
        self.junctions.get(id).copied()
    }

    /// The ids of all junctions, in their order. Those inside of junctions are left out.
    pub fn junctions(&self) -> impl Iterator<Item = &str> {
        self.junctions.keys().map(String::as_str)
    }

    /// Where this longitude and latitude is, both in degrees.
    ///
    /// # Errors
    /// [`NotThere`].
    pub fn place(&self, longitude: f64, latitude: f64) -> Result<Position, NotThere> {
        self.projection.as_ref().ok_or(NotThere::NoProjection)?.place(longitude, latitude)
    }

    /// The roads that are open to cars, in the order of the file.
    pub fn roads(&self) -> impl Iterator<Item = &Carriageway> {
        self.roads.iter()
    }

    /// How many lanes for cars lead into the junction with this id.
    pub fn lanes_into(&self, id: &str) -> u32 {
        self.lanes_into.get(id).copied().unwrap_or_default()
    }

    /// How places on earth become places of the network, if the network says so.
    pub fn projection(&self) -> Option<&Projection> {
        self.projection.as_ref()
    }
}

#[derive(Default)]
struct Parser {
    network: Network,
    /// The road that is being read, and where it stands.
    road: Option<(Carriageway, Place)>,
    /// Where each of the roads stands.
    places: Vec<Place>,
}

impl Handler for Parser {
    fn open(
        &mut self,
        element: &BytesStart<'_>,
        depth: usize,
        place: &dyn Fn() -> Place,
    ) -> Result<(), ElementFault> {
        match (depth, element.name().as_ref()) {
            (1, "location") => {
                let projection = location(element)?;
                self.network.projection = projection.or(self.network.projection.take());
            }
            (1, "junction") => self.add_junction(element)?,
            (1, "edge") => self.road = edge(element)?.map(|road| (road, place())),
            (2, "lane") => self.add_lane(element)?,
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, depth: usize) -> Result<bool, Located> {
        if depth == 1
            && let Some((road, place)) = self.road.take().filter(|(road, _)| road.lanes > 0)
        {
            *self.network.lanes_into.entry(road.to.clone()).or_default() += road.lanes;
            self.network.roads.push(road);
            self.places.push(place);
        }
        Ok(false)
    }
}

impl Parser {
    fn add_lane(&mut self, element: &BytesStart<'_>) -> Result<(), ElementFault> {
        let Some((road, _)) = &mut self.road else { return Ok(()) };
        let [allow, disallow, shape] = attributes(element, ["allow", "disallow", "shape"])?;
        if !for_cars(allow.as_ref().map(|allow| allow.raw()), disallow.as_ref().map(|classes| classes.raw()))
        {
            return Ok(());
        }
        let Some(shape) = shape else {
            return Err(ElementFault::whole("<lane> needs the attribute shape", NETWORK.written));
        };
        let points = shape.points()?;
        if points.len() < 2 {
            return Err(shape.wrong("the lane has fewer than two points", DAMAGED));
        }
        let sane = points.iter().map(|point| point.sane(Position { x: point.x, y: point.y }, OF_NETWORK));
        road.line = sane.collect::<Result<_, _>>()?;
        road.lanes += 1;
        Ok(())
    }

    fn add_junction(&mut self, element: &BytesStart<'_>) -> Result<(), ElementFault> {
        let [Some(id), Some(x), Some(y)] = attributes(element, ["id", "x", "y"])? else {
            let message = "<junction> needs the attributes id, x and y";
            return Err(ElementFault::whole(message, NETWORK.written));
        };
        let (name, position) = (id.name()?.into_owned(), Position { x: x.metres()?, y: y.metres()? });
        // Where lanes cross inside of a junction.
        if name.starts_with(':') {
            return Ok(());
        }
        let message = format!("there are two junctions with the id \"{}\"", clip(&name));
        match self.network.junctions.insert(name, position) {
            None => Ok(()),
            Some(_) => Err(id.wrong(message, DAMAGED)),
        }
    }

    /// Refuses roads that lead nowhere.
    fn check(&self) -> Result<(), Located> {
        for (road, place) in self.network.roads.iter().zip(&self.places) {
            for (leads, junction) in [("from", &road.from), ("to", &road.to)] {
                if !self.network.junctions.contains_key(junction) {
                    let message = format!(
                        "the edge \"{}\" leads {leads} the junction \"{}\", and there is no such junction",
                        clip(&road.id),
                        clip(junction)
                    );
                    let help =
                        "mend or remove the edge; netconvert cuts networks so that their junctions stay";
                    return Err((*place, fault(message, help)));
                }
            }
        }
        Ok(())
    }
}

/// Reads an `<edge>`; none if it is no road between junctions.
fn edge(element: &BytesStart<'_>) -> Result<Option<Carriageway>, ElementFault> {
    let [function, id, from, to] = attributes(element, ["function", "id", "from", "to"])?;
    // Within junctions, or for those on foot.
    if function.is_some_and(|function| function.raw() != "normal") {
        return Ok(None);
    }
    let (Some(id), Some(from), Some(to)) = (id, from, to) else {
        return Err(ElementFault::whole("<edge> needs the attributes id, from and to", NETWORK.written));
    };
    let [id, from, to] = [id.name()?, from.name()?, to.name()?].map(|name| name.into_owned());
    Ok(Some(Carriageway { id, from, to, ..Carriageway::default() }))
}

/// Whether a lane with these attributes is open to cars, as SUMO has it.
fn for_cars(allow: Option<&str>, disallow: Option<&str>) -> bool {
    let names_cars =
        |text: &str| text.split_ascii_whitespace().any(|class| class == "passenger" || class == "all");
    match (allow, disallow) {
        (Some(allow), _) => names_cars(allow),
        (None, Some(disallow)) => !names_cars(disallow),
        (None, None) => true,
    }
}

/// Reads a `<location>`; none if it says nothing of a projection.
pub(crate) fn location(element: &BytesStart<'_>) -> Result<Option<Projection>, ElementFault> {
    let [offset, text] = attributes(element, ["netOffset", "projParameter"])?;
    let moved = match &offset {
        None => Position { x: 0.0, y: 0.0 },
        Some(offset) => pair(offset.raw()).ok_or_else(|| {
            let message = format!("the offset \"{}\" is not two numbers", clip(offset.raw()));
            offset.wrong(message, DAMAGED)
        })?,
    };
    let Some(text) = text else { return Ok(None) };
    let projection = Projection::of_network(text.raw().trim().to_owned(), moved);
    if projection.is_mistaken() {
        let message = format!("the projection \"{}\" isn't known here", clip(text.raw()));
        let help = "let netconvert project to UTM (--proj.utm), or write projParameter=\"!\" if nothing is placed by degrees";
        return Err(text.wrong(message, help));
    }
    Ok(Some(projection))
}

/// `x,y`, both of them sane.
fn pair(text: &str) -> Option<Position> {
    let (x, y) = text.split_once(',')?;
    let position = Position { x: x.trim().parse().ok()?, y: y.trim().parse().ok()? };
    position.is_sane().then_some(position)
}

const NETWORK: Sort = Sort {
    name: "network",
    root: "net",
    written: "let netconvert or netgenerate write it: netconvert ... -o FILE.net.xml",
    give: "give a network of SUMO's, a file like town.net.xml or town.net.xml.gz",
};
