//! The XML files that are read here: one loop over their elements, and what is wrong with a file whatever it says.
//!
//! A reader is a [`Handler`]: it is told which elements begin and end and how deep they lie. The loop sees to the rest: gzip,
//! encodings, well-formedness, that the file is whole and of the right sort, and where everything stands.

pub(crate) mod attribute;
pub(crate) mod head;
pub(crate) mod source;

use crate::{MobilityError, Place};
use attribute::clip;
use quick_xml::Reader;
use quick_xml::encoding::EncodingError;
use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use source::{Fault, Source, fault};
use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What a file is called, and where it comes from.
#[derive(Debug)]
pub(crate) struct Sort {
    /// As in "the trace ends in the middle".
    pub(crate) name: &'static str,
    /// Its outermost element.
    pub(crate) root: &'static str,
    /// How to get one.
    pub(crate) written: &'static str,
    /// What to do about another file.
    pub(crate) give: &'static str,
}

/// What makes something of the elements of a file.
///
/// Depths count the elements that are open around something: that of the outermost element is 0, that of its content 1.
pub(crate) trait Handler {
    /// An element begins, at this depth; never the outermost one, whose name the loop checks. `place` tells where.
    fn open(
        &mut self,
        element: &BytesStart<'_>,
        depth: usize,
        place: &dyn Fn() -> Place,
    ) -> Result<(), ElementFault>;

    /// An element has ended, of this depth. Whether the rest of the file is of no importance.
    fn close(&mut self, _depth: usize) -> Result<bool, Located> {
        Ok(false)
    }

    /// What there may be between elements, at this depth.
    fn content(&self, depth: usize) -> Content {
        if depth <= 1 { Content::Elements } else { Content::Ignored }
    }

    /// A piece of the text at a depth that has [`Content::Text`].
    fn text(&mut self, _text: &str, _place: Place) {}

    /// The outermost element with its attributes.
    fn root(&mut self, _element: &BytesStart<'_>) -> Result<(), ElementFault> {
        Ok(())
    }

    /// A comment before the outermost element.
    fn heading(&mut self, _comment: &str) -> Result<(), Fault> {
        Ok(())
    }
}

/// What may stand between elements.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// White space alone.
    Elements,
    /// Text, which the handler wants.
    Text,
    /// Whatever there is: the handler doesn't know the element.
    Ignored,
}

/// A fault and its place.
pub(crate) type Located = (Place, Fault);

/// A fault of an element, and how many bytes after its `<` it lies.
#[derive(Debug)]
pub(crate) struct ElementFault {
    pub(crate) offset: usize,
    pub(crate) fault: Fault,
}

impl ElementFault {
    /// One of the element as a whole.
    pub(crate) fn whole(message: impl Into<String>, help: impl Into<String>) -> ElementFault {
        ElementFault { offset: 0, fault: fault(message, help) }
    }
}

/// Opens the file at `path` and reads it.
pub(crate) fn open_file(path: &Path, what: &str) -> Result<(File, String), MobilityError> {
    let file = path.display().to_string();
    match File::open(path) {
        Ok(opened) => Ok((opened, file)),
        Err(error) => Err(MobilityError::Open {
            file,
            message: format!("the {what} can't be opened: {error}"),
            help: "check the path; a relative path in a scenario counts from the scenario's folder".into(),
        }),
    }
}

/// Reads `reader`, a file of this sort, into the handler. Returns the place where reading ended; `name` stands for the file in
/// messages.
pub(crate) fn read(
    reader: impl Read,
    name: &str,
    sort: &'static Sort,
    handler: &mut impl Handler,
) -> Result<Place, MobilityError> {
    let locate = |located| locate(name, located);
    let source = source::open(reader, sort).map_err(|fault| locate((source::START, fault)))?;
    let mut reading = Reading { xml: Reader::from_reader(source), sort, depth: 0, root: Root::Awaited };
    reading.run(handler).map_err(locate)?;
    Ok(reading.xml.get_ref().here())
}

/// A fault in the file `name`.
pub(crate) fn locate(name: &str, (place, Fault { message, help }): Located) -> MobilityError {
    MobilityError::Trace { file: name.into(), place, message, help }
}

struct Reading<R> {
    xml: Reader<Source<R>>,
    sort: &'static Sort,
    /// How many elements are open.
    depth: usize,
    root: Root,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Root {
    Awaited,
    Open,
    Closed,
}

impl<R: Read> Reading<R> {
    fn run(&mut self, handler: &mut impl Handler) -> Result<(), Located> {
        let mut buffer = Vec::with_capacity(1024);
        loop {
            buffer.clear();
            self.xml.get_mut().set_mark();
            let event = match self.xml.read_event_into(&mut buffer) {
                Ok(event) => event,
                Err(error) => return Err(self.xml_fault(&error, &buffer)),
            };
            let stop = match event {
                Event::Start(element) => {
                    self.open(&element, handler)?;
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        return Err(self.here("elements are nested too deeply", DAMAGED));
                    }
                    false
                }
                Event::Empty(element) => {
                    self.open(&element, handler)?;
                    self.close(handler)?
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    self.close(handler)?
                }
                Event::Text(text) => {
                    self.text(&text, true, handler)?;
                    false
                }
                Event::CData(text) => {
                    self.text(&text, false, handler)?;
                    false
                }
                Event::GeneralRef(_) if handler.content(self.depth) == Content::Ignored => false,
                Event::GeneralRef(reference) => {
                    let text = self.resolve(&reference)?;
                    self.text(&text, false, handler)?;
                    false
                }
                Event::Comment(comment) => {
                    if self.root == Root::Awaited {
                        handler.heading(&comment).map_err(|fault| (self.xml.get_ref().marked(), fault))?;
                    }
                    false
                }
                Event::Eof => return self.end(),
                Event::Decl(_) | Event::PI(_) | Event::DocType(_) => false,
            };
            if stop {
                return Ok(());
            }
        }
    }

    fn open(&mut self, element: &BytesStart<'_>, handler: &mut impl Handler) -> Result<(), Located> {
        let place = || self.xml.get_ref().marked();
        let opened = match (self.depth, self.root) {
            (0, Root::Awaited) if element.local_name().as_ref() == self.sort.root => {
                self.root = Root::Open;
                handler.root(element)
            }
            (0, root) => {
                let name = element.name();
                let name = clip(name.as_ref());
                Err(match root {
                    Root::Awaited => ElementFault::whole(
                        format!("this is <{name}>, not <{}>", self.sort.root),
                        self.sort.give,
                    ),
                    Root::Open | Root::Closed => ElementFault::whole(
                        format!("<{name}> follows the end of the {}", self.sort.name),
                        self.ends(),
                    ),
                })
            }
            (depth, _) => handler.open(element, depth, &place),
        };
        opened.map_err(|fault| self.within(element, fault))
    }

    /// An element has ended; the depth is that of its parent's content.
    fn close(&mut self, handler: &mut impl Handler) -> Result<bool, Located> {
        if self.depth == 0 {
            self.root = Root::Closed;
        }
        handler.close(self.depth)
    }

    /// `blank`: white space at its beginning says nothing.
    fn text(&self, text: &str, blank: bool, handler: &mut impl Handler) -> Result<(), Located> {
        let marked = || self.xml.get_ref().marked();
        match handler.content(self.depth) {
            Content::Ignored => Ok(()),
            Content::Text => {
                handler.text(text, marked());
                Ok(())
            }
            Content::Elements => {
                let start = text.bytes().position(|byte| !(blank && byte.is_ascii_whitespace()));
                let Some(start) = start else { return Ok(()) };
                let place = source::advance(marked(), &text.as_bytes()[..start]);
                let message = format!("there is text between the elements: \"{}\"", clip(&text[start..]));
                let help = match self.root {
                    Root::Closed => format!("{}; remove what follows it", self.ends()),
                    Root::Awaited | Root::Open => DAMAGED.to_owned(),
                };
                Err((place, Fault { message, help }))
            }
        }
    }

    /// What `&…;` stands for.
    fn resolve(&self, reference: &BytesRef<'_>) -> Result<Cow<'static, str>, Located> {
        if let Ok(Some(character)) = reference.resolve_char_ref() {
            return Ok(character.to_string().into());
        }
        let name: &str = reference;
        resolve_predefined_entity(name).map(Cow::Borrowed).ok_or_else(|| {
            self.here(format!("&{}; stands for nothing known", clip(name)), "write & as &amp;")
        })
    }

    fn end(&self) -> Result<(), Located> {
        let here = self.xml.get_ref().here();
        let Sort { name, root, .. } = self.sort;
        match self.root {
            Root::Closed => Ok(()),
            Root::Open => {
                let message = format!("the {name} ends in the middle: </{root}> is missing");
                Err((here, fault(message, NOT_WHOLE)))
            }
            Root::Awaited => Err((here, fault(format!("the {name} has no <{root}>"), NOT_WHOLE))),
        }
    }

    fn ends(&self) -> String {
        format!("a {} ends with </{}>", self.sort.name, self.sort.root)
    }

    /// A fault at the start of the present event.
    fn here(&self, message: impl Into<String>, help: &str) -> Located {
        (self.xml.get_ref().marked(), fault(message, help))
    }

    /// A fault within the present element.
    fn within(&self, element: &BytesStart<'_>, fault: ElementFault) -> Located {
        let text: &str = element;
        let marked = self.xml.get_ref().marked();
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
    fn xml_fault(&mut self, error: &Error, buffer: &[u8]) -> Located {
        let here = self.xml.get_ref().here();
        if let Some(fault) = self.xml.get_mut().take_fault() {
            return (here, fault);
        }
        let marked = self.xml.get_ref().marked();
        match error {
            Error::Encoding(EncodingError::Utf8(error)) => {
                let valid = error.valid_up_to().min(buffer.len());
                let byte = buffer.get(valid).copied().unwrap_or_default();
                let place = source::advance(marked, &buffer[..valid]);
                (place, fault(format!("the byte 0x{byte:02X} is not UTF-8"), source::TO_UTF8))
            }
            Error::Syntax(SyntaxError::InvalidBangMarkup) => {
                (marked, fault("this is not well-formed XML: <! begins nothing known", DAMAGED))
            }
            Error::Syntax(error) => {
                (marked, fault(format!("the {} ends in the middle: {error}", self.sort.name), NOT_WHOLE))
            }
            Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
                let message =
                    format!("</{}> stands where <{}> should be closed", clip(found), clip(expected));
                (marked, fault(message, DAMAGED))
            }
            Error::IllFormed(IllFormedError::UnmatchedEndTag(found)) => {
                (marked, fault(format!("</{}> closes nothing", clip(found)), DAMAGED))
            }
            error => (marked, fault(format!("this is not well-formed XML: {error}"), DAMAGED)),
        }
    }
}

pub(crate) const DAMAGED: &str = "the file is damaged here: let the program that wrote it write it again";
pub(crate) const NOT_WHOLE: &str =
    "the file is not whole: copy it again, or let the program that writes it finish";
const MAX_DEPTH: usize = 64;
