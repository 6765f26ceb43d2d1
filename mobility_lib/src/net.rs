//! SUMO's road networks: `<net><location netOffset=".." projParameter=".."/><junction id=".." x=".." y=".."/>…</net>`.
//!
//! Read as a stream, plain or gzipped, for three things: where junctions are, where roads for cars are, and where a longitude and
//! latitude is. A network
//! that was made from a map names its projection in PROJ's terms, mostly UTM (`+proj=utm +zone=33 +ellps=WGS84 …`), and how far
//! it was moved afterwards. Results are rounded to millimetres: the last digits of a projection depend on the machine's
//! mathematics.

use crate::projection::Projection;
use crate::xml::attribute::{attribute_fault, clip, metres, name, offset_of, points};
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
    /// The road that is being read.
    road: Option<Carriageway>,
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
        self.line.windows(2).map(|ends| ends[0].distance(ends[1])).sum()
    }
}

/// Reads the network in the file `path`.
///
/// # Errors
/// If the file can't be opened or read; if it is not gzip or UTF-8, not whole, not well-formed, or not `<net>`; if a junction
/// has no id, x or y, or one that is no number, or is there twice; if an offset isn't two numbers. The error says where, and
/// what to do.
pub fn read(path: &Path) -> Result<Network, MobilityError> {
    let (file, name) = xml::open_file(path, "network")?;
    read_from(file, &name)
}

/// As [`read`], from any source of bytes; `name` stands for the file in messages.
///
/// # Errors
/// As [`read`].
pub fn read_from(reader: impl Read, name: &str) -> Result<Network, MobilityError> {
    let mut network = Network::default();
    xml::read(reader, name, &NETWORK, &mut network)?;
    Ok(network)
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

impl Handler for Network {
    fn open(
        &mut self,
        element: &BytesStart<'_>,
        depth: usize,
        _: &dyn Fn() -> Place,
    ) -> Result<(), ElementFault> {
        match (depth, element.name().as_ref()) {
            (1, "location") => self.projection = location(element)?.or(self.projection.take()),
            (1, "junction") => self.add_junction(element)?,
            (1, "edge") => self.road = edge(element)?,
            (2, "lane") => self.add_lane(element)?,
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, depth: usize) -> Result<bool, Located> {
        if depth == 1
            && let Some(road) = self.road.take().filter(|road| road.lanes > 0)
        {
            *self.lanes_into.entry(road.to.clone()).or_default() += road.lanes;
            self.roads.push(road);
        }
        Ok(false)
    }
}

impl Network {
    fn add_lane(&mut self, element: &BytesStart<'_>) -> Result<(), ElementFault> {
        let Some(road) = &mut self.road else { return Ok(()) };
        let (mut allow, mut disallow, mut shape) = (None, None, None);
        for attribute in element.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| attribute_fault(&error))?;
            match attribute.key.as_ref() {
                "allow" => allow = Some(attribute.value),
                "disallow" => disallow = Some(attribute.value),
                "shape" => shape = Some((offset_of(element, &attribute), attribute)),
                _ => {}
            }
        }
        if !for_cars(allow.as_deref(), disallow.as_deref()) {
            return Ok(());
        }
        let Some((offset, shape)) = shape else {
            return Err(ElementFault::whole("<lane> needs the attribute shape", NETWORK.written));
        };
        let line: Vec<Position> =
            points(&shape, offset)?.into_iter().map(|(_, _, x, y)| Position { x, y }).collect();
        if line.len() < 2 || !line.iter().all(|point| point.is_sane()) {
            let fault = fault("the shape of the lane is no line of this world", DAMAGED);
            return Err(ElementFault { offset, fault });
        }
        road.lanes += 1;
        road.line = line;
        Ok(())
    }

    fn add_junction(&mut self, element: &BytesStart<'_>) -> Result<(), ElementFault> {
        let (mut id, mut x, mut y) = (None, None, None);
        for attribute in element.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| attribute_fault(&error))?;
            let offset = offset_of(element, &attribute);
            match attribute.key.as_ref() {
                "id" => id = Some((name(&attribute, offset)?.into_owned(), offset)),
                "x" => x = Some(metres(&attribute, offset)?),
                "y" => y = Some(metres(&attribute, offset)?),
                _ => {}
            }
        }
        let (Some((id, offset)), Some(x), Some(y)) = (id, x, y) else {
            let message = "<junction> needs the attributes id, x and y";
            return Err(ElementFault::whole(message, NETWORK.written));
        };
        // Where lanes cross inside of a junction.
        if id.starts_with(':') {
            return Ok(());
        }
        let message = format!("there are two junctions with the id \"{}\"", clip(&id));
        match self.junctions.insert(id, Position { x, y }) {
            None => Ok(()),
            Some(_) => Err(ElementFault { offset, fault: fault(message, DAMAGED) }),
        }
    }
}

/// Reads an `<edge>`; none if it is no road between junctions.
fn edge(element: &BytesStart<'_>) -> Result<Option<Carriageway>, ElementFault> {
    let mut road = Carriageway::default();
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| attribute_fault(&error))?;
        let slot = match attribute.key.as_ref() {
            // Within junctions, or for those on foot.
            "function" if attribute.value != "normal" => return Ok(None),
            "id" => &mut road.id,
            "from" => &mut road.from,
            "to" => &mut road.to,
            _ => continue,
        };
        *slot = name(&attribute, offset_of(element, &attribute))?.into_owned();
    }
    let complete = ![&road.id, &road.from, &road.to].into_iter().any(String::is_empty);
    let message = "<edge> needs the attributes id, from and to";
    complete.then_some(Some(road)).ok_or_else(|| ElementFault::whole(message, NETWORK.written))
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
    let (mut moved, mut text) = (Position { x: 0.0, y: 0.0 }, None);
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| attribute_fault(&error))?;
        match attribute.key.as_ref() {
            "netOffset" => {
                moved = pair(&attribute.value).ok_or_else(|| ElementFault {
                    offset: offset_of(element, &attribute),
                    fault: fault(
                        format!("the offset \"{}\" is not two numbers", clip(&attribute.value)),
                        DAMAGED,
                    ),
                })?;
            }
            "projParameter" => text = Some(attribute.value.trim().to_owned()),
            _ => {}
        }
    }
    Ok(text.map(|text| Projection::of_network(text, moved)))
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
