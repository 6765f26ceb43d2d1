//! SUMO's road networks: `<net><location netOffset=".." projParameter=".."/><junction id=".." x=".." y=".."/>…</net>`.
//!
//! Read as a stream, plain or gzipped, for two things: where a junction is, and where a longitude and latitude is. A network
//! that was made from a map names its projection in PROJ's terms, mostly UTM (`+proj=utm +zone=33 +ellps=WGS84 …`), and how far
//! it was moved afterwards. Results are rounded to millimetres: the last digits of a projection depend on the machine's
//! mathematics.

use crate::fcd::element::{DAMAGED, ElementFault, attribute_fault, clip, fault, metres, name, offset_of};
use crate::fcd::parser::{Located, MAX_DEPTH, NOT_WHOLE, locate_in, xml_fault};
use crate::fcd::source::{self, Fault, Sort, Source};
use crate::{MobilityError, Position};
use proj4rs::Proj;
use proj4rs::transform::transform;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A road network: its junctions and its projection.
#[derive(Debug)]
pub struct Network {
    junctions: BTreeMap<String, Position>,
    location: Option<Location>,
}

/// How places on earth become places of the network.
#[derive(Debug)]
struct Location {
    offset: Position,
    /// As the file has it.
    text: String,
    /// None where the network isn't of any place on earth, or the projection isn't known.
    projection: Option<Proj>,
}

/// Why a longitude and latitude is nowhere in a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotThere {
    /// It isn't made from a map.
    #[error("the network has no projection: it isn't of any place on earth")]
    NoProjection,
    /// The projection isn't known here.
    #[error("the network's projection `{0}` isn't known here")]
    Unknown(String),
    /// The projection has no such place.
    #[error("the network's projection has no place there")]
    Outside,
}

/// Reads the network in the file `path`.
///
/// # Errors
/// If the file can't be opened or read; if it is not gzip or UTF-8, not whole, not well-formed, or not `<net>`; if a junction
/// has no id, x or y, or one that is no number, or is there twice; if an offset isn't two numbers. The error says where, and
/// what to do.
pub fn read(path: &Path) -> Result<Network, MobilityError> {
    let name = path.display().to_string();
    match File::open(path) {
        Ok(file) => read_from(file, &name),
        Err(error) => Err(MobilityError::Open {
            file: name,
            message: format!("the network can't be opened: {error}"),
            help: "check the path; a relative path in a scenario counts from the scenario's folder".into(),
        }),
    }
}

/// As [`read`], from any source of bytes; `name` stands for the file in messages.
///
/// # Errors
/// As [`read`].
pub fn read_from(reader: impl Read, name: &str) -> Result<Network, MobilityError> {
    let locate =
        |(place, Fault { message, help })| MobilityError::Trace { file: name.into(), place, message, help };
    let source = source::open(reader, &NETWORK).map_err(|fault| locate((source::START, fault)))?;
    let mut parser = Parser {
        xml: Reader::from_reader(source),
        depth: 0,
        begun: false,
        network: Network { junctions: BTreeMap::new(), location: None },
    };
    parser.run().map_err(locate)?;
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
        let location = self.location.as_ref().ok_or(NotThere::NoProjection)?;
        let projection = match &location.projection {
            None if location.text == NO_PROJECTION => return Err(NotThere::NoProjection),
            None => return Err(NotThere::Unknown(clip(&location.text))),
            Some(projection) => projection,
        };
        let unknown = |_| NotThere::Unknown(clip(&location.text));
        let earth = Proj::from_proj_string(EARTH).map_err(unknown)?;
        let mut point = (longitude.to_radians(), latitude.to_radians(), 0.0);
        transform(&earth, projection, &mut point).map_err(|_| NotThere::Outside)?;
        let millimetres = |metres: f64| (metres * 1e3).round() / 1e3;
        let place = Position {
            x: millimetres(point.0 + location.offset.x),
            y: millimetres(point.1 + location.offset.y),
        };
        if place.is_sane() { Ok(place) } else { Err(NotThere::Outside) }
    }
}

struct Parser<R> {
    xml: Reader<Source<R>>,
    /// How many elements are open.
    depth: usize,
    /// `<net>` was there.
    begun: bool,
    network: Network,
}

impl<R: Read> Parser<R> {
    fn run(&mut self) -> Result<(), Located> {
        let mut buffer = Vec::with_capacity(1024);
        loop {
            buffer.clear();
            self.xml.get_mut().set_mark();
            let event = match self.xml.read_event_into(&mut buffer) {
                Ok(event) => event,
                Err(error) => return Err(xml_fault(&mut self.xml, &error, &buffer, &NETWORK)),
            };
            match event {
                Event::Start(element) => {
                    self.open(&element).map_err(|fault| locate_in(&self.xml, &element, fault))?;
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        let place = self.xml.get_ref().marked();
                        return Err((place, fault("elements are nested too deeply".into(), DAMAGED)));
                    }
                }
                Event::Empty(element) => {
                    self.open(&element).map_err(|fault| locate_in(&self.xml, &element, fault))?;
                }
                Event::End(_) => self.depth = self.depth.saturating_sub(1),
                Event::Eof => {
                    let here = self.xml.get_ref().here();
                    return match (self.begun, self.depth) {
                        (true, 0) => Ok(()),
                        (true, _) => {
                            let message = "the network ends in the middle: </net> is missing";
                            Err((here, fault(message.into(), NOT_WHOLE)))
                        }
                        (false, _) => Err((here, fault("the network has no <net>".into(), NOT_WHOLE))),
                    };
                }
                _ => {}
            }
        }
    }

    /// An element begins, at the present depth.
    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), ElementFault> {
        let name = element.name();
        let name: &str = name.as_ref();
        match (self.depth, name) {
            (0, "net") if !self.begun => self.begun = true,
            (0, _) => {
                let message = match self.begun {
                    false => format!("this is <{}>, not <net>", clip(name)),
                    true => format!("<{}> follows the end of the network", clip(name)),
                };
                return Err(ElementFault { offset: 0, fault: fault(message, NETWORK.give) });
            }
            (1, "location") => self.network.location = location(element)?.or(self.network.location.take()),
            (1, "junction") => self.junction(element)?,
            _ => {}
        }
        Ok(())
    }

    fn junction(&mut self, element: &BytesStart<'_>) -> Result<(), ElementFault> {
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
            return Err(ElementFault { offset: 0, fault: fault(message.into(), NETWORK.written) });
        };
        // Where lanes cross inside of a junction.
        if id.starts_with(':') {
            return Ok(());
        }
        let message = format!("there are two junctions with the id \"{}\"", clip(&id));
        match self.network.junctions.insert(id, Position { x, y }) {
            None => Ok(()),
            Some(_) => Err(ElementFault { offset, fault: fault(message, DAMAGED) }),
        }
    }
}

/// Reads a `<location>`; none if it says nothing of a projection.
fn location(element: &BytesStart<'_>) -> Result<Option<Location>, ElementFault> {
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
    Ok(text.map(|text| {
        let projection = Some(text.as_str()).filter(|text| *text != NO_PROJECTION);
        let projection = projection.and_then(|text| Proj::from_proj_string(text).ok());
        Location { offset: moved, text, projection }
    }))
}

/// `x,y`, both of them sane.
fn pair(text: &str) -> Option<Position> {
    let (x, y) = text.split_once(',')?;
    let position = Position { x: x.trim().parse().ok()?, y: y.trim().parse().ok()? };
    position.is_sane().then_some(position)
}

const NETWORK: Sort = Sort {
    name: "network",
    written: "let netconvert or netgenerate write it: netconvert ... -o FILE.net.xml",
    give: "give a network of SUMO's, a file like town.net.xml or town.net.xml.gz",
};
/// What SUMO says of a network that isn't of any place on earth.
const NO_PROJECTION: &str = "!";
/// Longitude and latitude as GPS has them.
const EARTH: &str = "+proj=longlat +datum=WGS84 +no_defs";
