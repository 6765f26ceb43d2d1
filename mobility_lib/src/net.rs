//! SUMO's road networks: `<net><location netOffset=".." projParameter=".."/><junction id=".." x=".." y=".."/>…</net>`.
//!
//! Read as a stream, plain or gzipped, for two things: where a junction is, and where a longitude and latitude is. A network
//! that was made from a map names its projection in PROJ's terms, mostly UTM (`+proj=utm +zone=33 +ellps=WGS84 …`), and how far
//! it was moved afterwards. Results are rounded to millimetres: the last digits of a projection depend on the machine's
//! mathematics.

use crate::projection::Projection;
use crate::xml::attribute::{attribute_fault, clip, metres, name, offset_of};
use crate::xml::source::fault;
use crate::xml::{self, DAMAGED, ElementFault, Handler, Sort};
use crate::{MobilityError, NotThere, Place, Position};
use quick_xml::events::BytesStart;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// A road network: its junctions and its projection.
#[derive(Debug, Default)]
pub struct Network {
    junctions: BTreeMap<String, Position>,
    projection: Option<Projection>,
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
            _ => {}
        }
        Ok(())
    }
}

impl Network {
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
