//! The XML of a trace.

use super::builder::{Builder, SampleFault};
use super::element;
use crate::xml::attribute::is_true;
use crate::xml::source::{Fault, fault};
use crate::xml::{self, Content, DAMAGED, ElementFault, Handler, Located, Sort};
use crate::{Ignored, MobilityError, Place, Position, Trace, TraceOptions};
use quick_xml::events::BytesStart;
use std::io::Read;

/// Reads a whole trace.
pub(super) fn parse(reader: impl Read, name: &str, options: &TraceOptions) -> Result<Trace, MobilityError> {
    let mut parser = Parser {
        builder: Builder::new(options),
        ignored: Ignored::default(),
        in_timestep: false,
        first_vehicle: None,
    };
    let end = xml::read(reader, name, &TRACE, &mut parser)?;
    if let Some(place) = parser.first_vehicle.filter(|_| parser.builder.holds_degrees()) {
        return Err(xml::locate(name, (place, degrees())));
    }
    parser.builder.finish(parser.ignored).map_err(|fault| xml::locate(name, (end, fault)))
}

struct Parser<'a> {
    builder: Builder<'a>,
    ignored: Ignored,
    /// The element at depth 1 is a `<timestep>`.
    in_timestep: bool,
    /// The place of the first vehicle.
    first_vehicle: Option<Place>,
}

impl Handler for Parser<'_> {
    fn open(
        &mut self,
        element: &BytesStart<'_>,
        depth: usize,
        place: &dyn Fn() -> Place,
    ) -> Result<(), ElementFault> {
        let name = element.name();
        match (depth, name.as_ref()) {
            (1, "timestep") => {
                let (at_us, offset) = element::time(element)?;
                self.in_timestep = true;
                return self.builder.timestep(at_us).map_err(|fault| ElementFault { offset, fault });
            }
            (1, "vehicle") => {
                return Err(ElementFault::whole("<vehicle> stands outside <timestep>", DAMAGED));
            }
            (2, "vehicle") if self.in_timestep => return self.vehicle(element, place),
            (2, "timestep") if self.in_timestep => {
                let help = "</timestep> is missing before it";
                return Err(ElementFault::whole("<timestep> stands inside <timestep>", help));
            }
            (2, "person") if self.in_timestep => self.ignored.persons += 1,
            (2, "container") if self.in_timestep => self.ignored.containers += 1,
            _ => self.ignored.others += 1,
        }
        Ok(())
    }

    fn close(&mut self, depth: usize) -> Result<bool, Located> {
        Ok(depth == 1 && std::mem::take(&mut self.in_timestep) && self.builder.is_done())
    }

    fn content(&self, depth: usize) -> Content {
        let known = depth <= 1 || (depth == 2 && self.in_timestep);
        if known { Content::Elements } else { Content::Ignored }
    }

    fn heading(&mut self, comment: &str) -> Result<(), Fault> {
        if says_geo(comment) { Err(degrees()) } else { Ok(()) }
    }
}

impl Parser<'_> {
    fn vehicle(&mut self, element: &BytesStart<'_>, place: &dyn Fn() -> Place) -> Result<(), ElementFault> {
        let vehicle = element::vehicle(element, self.builder.wants_speed())?;
        if self.first_vehicle.is_none() {
            self.first_vehicle = Some(place());
        }
        let position = Position { x: vehicle.x, y: vehicle.y };
        self.builder.vehicle(&vehicle.id, position, vehicle.speed).map_err(|fault| match fault {
            SampleFault::Name(fault) => ElementFault { offset: vehicle.id_offset, fault },
            SampleFault::Position(fault) => ElementFault { offset: vehicle.x_offset, fault },
        })
    }
}

/// Whether SUMO's header comment, which lists its options, says that positions are degrees.
fn says_geo(comment: &str) -> bool {
    let Some((_, after)) = comment.split_once("<fcd-output.geo value=\"") else {
        return false;
    };
    let value = after.split('"').next().unwrap_or_default();
    is_true(value)
}

fn degrees() -> Fault {
    fault("the positions are longitudes and latitudes, not metres", "run SUMO without --fcd-output.geo")
}

/// What a trace is called, and where it comes from.
pub(crate) const TRACE: Sort = Sort {
    name: "trace",
    root: "fcd-export",
    written: "let SUMO write it: sumo ... --fcd-output FILE; or give movements of ns-2 or GPS tracks (GPX)",
    give: "give the file that SUMO wrote with --fcd-output, movements of ns-2 (`$node_(0) set X_ 1.0`), or GPS tracks (GPX)",
};
