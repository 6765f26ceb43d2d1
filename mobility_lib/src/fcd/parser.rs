//! The XML of a trace.

use super::builder::{Builder, SampleFault};
use super::element::{self, DAMAGED, ElementFault, clip, fault};
use super::source::{self, Fault, Sort, Source};
use super::{FcdOptions, Ignored, Trace};
use crate::{MobilityError, Place, Position};
use quick_xml::Reader;
use quick_xml::encoding::EncodingError;
use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::events::{BytesStart, Event};
use std::io::Read;

/// Reads a whole trace.
pub(super) fn parse(reader: impl Read, name: &str, options: &FcdOptions) -> Result<Trace, MobilityError> {
    let locate =
        |(place, Fault { message, help })| MobilityError::Trace { file: name.into(), place, message, help };
    let source = source::open(reader, &TRACE).map_err(|fault| locate((source::START, fault)))?;
    let mut parser = Parser {
        xml: Reader::from_reader(source),
        builder: Builder::new(options),
        ignored: Ignored::default(),
        depth: 0,
        root: Root::Awaited,
        in_timestep: false,
        first_vehicle: None,
    };
    parser.run().map_err(locate)?;
    let end = parser.xml.get_ref().here();
    if let Some(place) = parser.first_vehicle.filter(|_| parser.builder.holds_degrees()) {
        return Err(locate((place, degrees())));
    }
    parser.builder.finish(parser.ignored).map_err(|fault| locate((end, fault)))
}

struct Parser<'a, R> {
    xml: Reader<Source<R>>,
    builder: Builder<'a>,
    ignored: Ignored,
    /// How many elements are open.
    depth: usize,
    root: Root,
    /// The element at depth 2 is a `<timestep>`.
    in_timestep: bool,
    /// The place of the first vehicle.
    first_vehicle: Option<Place>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Root {
    Awaited,
    Open,
    Closed,
}

/// A fault and its place.
pub(crate) type Located = (Place, Fault);

impl<R: Read> Parser<'_, R> {
    fn run(&mut self) -> Result<(), Located> {
        let mut buffer = Vec::with_capacity(1024);
        loop {
            buffer.clear();
            self.xml.get_mut().set_mark();
            let event = match self.xml.read_event_into(&mut buffer) {
                Ok(event) => event,
                Err(error) => return Err(xml_fault(&mut self.xml, &error, &buffer, &TRACE)),
            };
            let stop = match event {
                Event::Start(element) => {
                    self.open(&element).map_err(|fault| locate_in(&self.xml, &element, fault))?;
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        return Err(self.locate("elements are nested too deeply".into(), DAMAGED));
                    }
                    false
                }
                Event::Empty(element) => {
                    self.open(&element).map_err(|fault| locate_in(&self.xml, &element, fault))?;
                    self.close()
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    self.close()
                }
                Event::Text(text) => {
                    self.check_text(&text)?;
                    false
                }
                Event::CData(_) | Event::GeneralRef(_) if self.in_known() => {
                    return Err(self.locate("there is text between the elements".into(), DAMAGED));
                }
                Event::Comment(comment) => {
                    if self.root == Root::Awaited && says_geo(&comment) {
                        return Err((self.xml.get_ref().marked(), degrees()));
                    }
                    false
                }
                Event::Eof => return self.end(),
                Event::CData(_)
                | Event::GeneralRef(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_) => false,
            };
            if stop {
                return Ok(());
            }
        }
    }

    /// An element begins, at the present depth.
    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), ElementFault> {
        let wrong = |message: String, help: &str| ElementFault { offset: 0, fault: fault(message, help) };
        let name = element.name();
        let name: &str = name.as_ref();
        match (self.depth, name) {
            (0, _) if self.root == Root::Closed => Err(wrong(
                format!("<{}> follows the end of the trace", clip(name)),
                "a trace ends with </fcd-export>",
            )),
            (0, "fcd-export") => {
                self.root = Root::Open;
                Ok(())
            }
            (0, _) => Err(wrong(
                format!("this is <{}>, not <fcd-export>", clip(name)),
                "give the file that SUMO wrote with --fcd-output, not another of its files",
            )),
            (1, "timestep") => {
                let (at_us, offset) = element::time(element)?;
                self.in_timestep = true;
                self.builder.timestep(at_us).map_err(|fault| ElementFault { offset, fault })
            }
            (1, "vehicle") => Err(wrong("<vehicle> stands outside <timestep>".into(), DAMAGED)),
            (2, "vehicle") if self.in_timestep => self.vehicle(element),
            (2, "timestep") if self.in_timestep => {
                Err(wrong("<timestep> stands inside <timestep>".into(), "</timestep> is missing before it"))
            }
            (2, "person") if self.in_timestep => {
                self.ignored.persons += 1;
                Ok(())
            }
            (2, "container") if self.in_timestep => {
                self.ignored.containers += 1;
                Ok(())
            }
            _ => {
                self.ignored.others += 1;
                Ok(())
            }
        }
    }

    fn vehicle(&mut self, element: &BytesStart<'_>) -> Result<(), ElementFault> {
        let vehicle = element::vehicle(element, self.builder.wants_speed())?;
        if self.first_vehicle.is_none() {
            self.first_vehicle = Some(self.xml.get_ref().marked());
        }
        let position = Position { x: vehicle.x, y: vehicle.y };
        self.builder.vehicle(&vehicle.id, position, vehicle.speed).map_err(|fault| match fault {
            SampleFault::Name(fault) => ElementFault { offset: vehicle.id_offset, fault },
            SampleFault::Position(fault) => ElementFault { offset: vehicle.x_offset, fault },
        })
    }

    /// An element has ended; the depth is that of its parent's content. Whether reading can stop here.
    fn close(&mut self) -> bool {
        match self.depth {
            0 => {
                self.root = Root::Closed;
                false
            }
            1 => std::mem::take(&mut self.in_timestep) && self.builder.is_done(),
            _ => false,
        }
    }

    /// Whether the content that is read belongs to an element this reader knows.
    fn in_known(&self) -> bool {
        self.depth <= 1 || (self.depth == 2 && self.in_timestep)
    }

    /// Between the elements that this reader knows there is nothing but white space.
    fn check_text(&self, text: &str) -> Result<(), Located> {
        match text.bytes().position(|byte| !byte.is_ascii_whitespace()) {
            Some(start) if self.in_known() => {
                let place = source::advance(self.xml.get_ref().marked(), &text.as_bytes()[..start]);
                let message = format!("there is text between the elements: \"{}\"", clip(&text[start..]));
                let help = match self.root {
                    Root::Closed => "a trace ends with </fcd-export>; remove what follows it",
                    Root::Awaited | Root::Open => DAMAGED,
                };
                Err((place, fault(message, help)))
            }
            _ => Ok(()),
        }
    }

    fn end(&self) -> Result<(), Located> {
        let here = self.xml.get_ref().here();
        match self.root {
            Root::Closed => Ok(()),
            Root::Open => {
                Err((here, fault("the trace ends in the middle: </fcd-export> is missing".into(), NOT_WHOLE)))
            }
            Root::Awaited => Err((here, fault("the trace has no <fcd-export>".into(), NOT_WHOLE))),
        }
    }

    /// A fault at the start of the present event.
    fn locate(&self, message: String, help: &str) -> Located {
        (self.xml.get_ref().marked(), fault(message, help))
    }
}

/// A fault within the present element.
pub(crate) fn locate_in<R: Read>(
    xml: &Reader<Source<R>>,
    element: &BytesStart<'_>,
    fault: ElementFault,
) -> Located {
    let text: &str = element;
    let marked = xml.get_ref().marked();
    let place = match fault.offset.checked_sub(1) {
        Some(offset) => {
            let inside = source::advance(marked, &text.as_bytes()[..offset.min(text.len())]);
            // The `<`, which `text` leaves out, is on the first line.
            Place { column: inside.column + u64::from(inside.line == marked.line), ..inside }
        }
        None => marked,
    };
    (place, fault.fault)
}

/// What the XML reader refused. `buffer` holds the bytes of the event so far.
pub(crate) fn xml_fault<R: Read>(
    xml: &mut Reader<Source<R>>,
    error: &Error,
    buffer: &[u8],
    sort: &Sort,
) -> Located {
    let here = xml.get_ref().here();
    if let Some(fault) = xml.get_mut().take_fault() {
        return (here, fault);
    }
    let marked = xml.get_ref().marked();
    match error {
        Error::Encoding(EncodingError::Utf8(error)) => {
            let valid = error.valid_up_to().min(buffer.len());
            let byte = buffer.get(valid).copied().unwrap_or_default();
            let place = source::advance(marked, &buffer[..valid]);
            let help =
                "it must be UTF-8; if it is Latin-1, convert it: iconv -f ISO-8859-1 -t UTF-8 OLD > NEW";
            (place, fault(format!("the byte 0x{byte:02X} is not UTF-8"), help))
        }
        Error::Syntax(SyntaxError::InvalidBangMarkup) => {
            (marked, fault("this is not well-formed XML: <! begins nothing known".into(), DAMAGED))
        }
        Error::Syntax(error) => {
            (marked, fault(format!("the {} ends in the middle: {error}", sort.name), NOT_WHOLE))
        }
        Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
            let message = format!("</{}> stands where <{}> should be closed", clip(found), clip(expected));
            (marked, fault(message, DAMAGED))
        }
        Error::IllFormed(IllFormedError::UnmatchedEndTag(found)) => {
            (marked, fault(format!("</{}> closes nothing", clip(found)), DAMAGED))
        }
        error => (marked, fault(format!("this is not well-formed XML: {error}"), DAMAGED)),
    }
}

/// Whether SUMO's header comment, which lists its options, says that positions are degrees.
fn says_geo(comment: &str) -> bool {
    let Some((_, after)) = comment.split_once("<fcd-output.geo value=\"") else {
        return false;
    };
    let value = after.split('"').next().unwrap_or_default();
    ["true", "1", "yes", "on", "x", "t"].iter().any(|yes| value.eq_ignore_ascii_case(yes))
}

fn degrees() -> Fault {
    let message = "the positions are longitudes and latitudes, not metres";
    fault(message.into(), "run SUMO without --fcd-output.geo")
}

/// What a trace is called, and where it comes from.
pub(crate) const TRACE: Sort = Sort {
    name: "trace",
    written: "let SUMO write it: sumo ... --fcd-output FILE",
    give: "give the file that SUMO wrote with --fcd-output",
};
pub(crate) const NOT_WHOLE: &str =
    "the file is not whole: copy it again, or let the program that writes it finish";
pub(crate) const MAX_DEPTH: usize = 64;
