//! What attributes say.

use super::source::fault;
use super::{DAMAGED, ElementFault};
use crate::Position;
use crate::position::MAX_COORDINATE_M;
use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;
use quick_xml::events::attributes::{AttrError, Attribute};
use std::borrow::Cow;

/// `text` as it goes into a message: not too long, nothing that a terminal would act on.
pub(crate) fn clip(text: &str) -> String {
    let mut clipped: String = text.chars().take(MAX_QUOTED).collect::<String>().escape_debug().to_string();
    if text.chars().nth(MAX_QUOTED).is_some() {
        clipped.push('…');
    }
    clipped
}

/// An attribute of an element.
pub(crate) struct Value<'a> {
    attribute: Attribute<'a>,
    /// Where its value stands: bytes after the element's `<`.
    pub(crate) offset: usize,
}

/// The attributes of an element with these keys, in the keys' order.
pub(crate) fn attributes<'a, const N: usize>(
    element: &'a BytesStart<'_>,
    keys: [&str; N],
) -> Result<[Option<Value<'a>>; N], ElementFault> {
    let mut values = [const { None }; N];
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| attribute_fault(&error))?;
        let key = attribute.key.as_ref();
        let Some(index) = keys.iter().position(|wanted| *wanted == key) else { continue };
        let offset = offset_of(element, &attribute);
        if values[index].is_some() {
            let message = format!("the attribute {key} stands twice in <{}>", clip(element.name().as_ref()));
            return Err(ElementFault { offset, fault: fault(message, DAMAGED) });
        }
        values[index] = Some(Value { attribute, offset });
    }
    Ok(values)
}

/// Bytes from the element's `<` to the attribute's value.
fn offset_of(element: &BytesStart<'_>, attribute: &Attribute<'_>) -> usize {
    // An attribute of an event borrows from it, so the distance of their addresses is its place in the tag.
    let start: &str = element;
    1 + (attribute.value.as_ptr() as usize).saturating_sub(start.as_ptr() as usize).min(start.len())
}

impl<'a> Value<'a> {
    /// As it is written.
    pub(crate) fn raw(&self) -> &str {
        &self.attribute.value
    }

    pub(crate) fn key(&self) -> &str {
        self.attribute.key.as_ref()
    }

    /// A fault of the value.
    pub(crate) fn wrong(&self, message: impl Into<String>, help: impl Into<String>) -> ElementFault {
        ElementFault { offset: self.offset, fault: fault(message, help) }
    }

    /// With what `&…;` stands for.
    pub(crate) fn text(&self) -> Result<Cow<'a, str>, ElementFault> {
        let value = &self.attribute.value;
        if !value.bytes().any(|byte| byte == b'&' || byte < b' ') {
            return Ok(value.clone());
        }
        self.attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|error| {
            self.wrong(format!("the {} \"{}\" is not well-formed: {error}", self.key(), clip(value)), DAMAGED)
        })
    }

    /// What something is called.
    pub(crate) fn name(&self) -> Result<Cow<'a, str>, ElementFault> {
        let name = self.text()?;
        if name.is_empty() {
            let key = self.key();
            let help = format!("say what is meant, as in {key}=\"a1\"; each id is there once");
            return Err(self.wrong(format!("the {key} is empty"), help));
        }
        Ok(name)
    }

    /// Whether it is true, as SUMO reads it.
    pub(crate) fn is_true(&self) -> bool {
        is_true(self.raw())
    }

    /// A coordinate.
    pub(crate) fn metres(&self) -> Result<f64, ElementFault> {
        match self.raw().trim().parse::<f64>() {
            Ok(metres) if metres.abs() <= MAX_COORDINATE_M => Ok(metres),
            Ok(metres) if metres.is_finite() => {
                Err(self.wrong(format!("{} = {metres} is farther than any road", self.key()), OF_NETWORK))
            }
            _ => Err(self.wrong(
                format!("{} = \"{}\" is not a number", self.key(), clip(self.raw())),
                "give metres, as in 1234.50",
            )),
        }
    }

    /// Reads a shape, `x,y x,y,z …`: where each point stands, its text, and its x and y, which are finite.
    pub(crate) fn points(&self) -> Result<Vec<Point<'_>>, ElementFault> {
        let start = self.raw().as_ptr() as usize;
        let read = |text| {
            let offset = self.offset + (str::as_ptr(text) as usize - start);
            let (x, y) = numbers(text).ok_or_else(|| ElementFault {
                offset,
                fault: fault(
                    format!("the point \"{}\" is not two numbers", clip(text)),
                    "a shape is pairs of numbers: \"0.00,0.00 10.50,0.00 10.50,8.25\"",
                ),
            })?;
            Ok(Point { offset, text, x, y })
        };
        self.raw().split_ascii_whitespace().map(read).collect()
    }
}

/// A point of a shape.
pub(crate) struct Point<'a> {
    offset: usize,
    text: &'a str,
    pub(crate) x: f64,
    pub(crate) y: f64,
}

impl Point<'_> {
    /// A fault of this point.
    pub(crate) fn wrong(&self, message: impl Into<String>, help: impl Into<String>) -> ElementFault {
        ElementFault { offset: self.offset, fault: fault(message, help) }
    }

    /// `position`, which is where the point is, if there can be roads.
    pub(crate) fn sane(&self, position: Position, help: &str) -> Result<Position, ElementFault> {
        if position.is_sane() {
            return Ok(position);
        }
        Err(self.wrong(format!("the point {} is farther than any road", clip(self.text)), help))
    }
}

/// SUMO's words for true.
pub(crate) fn is_true(text: &str) -> bool {
    ["true", "1", "yes", "on", "x", "t"].iter().any(|yes| text.trim().eq_ignore_ascii_case(yes))
}

/// `x,y` or `x,y,z`.
fn numbers(word: &str) -> Option<(f64, f64)> {
    let mut parts = word.split(',').map(|part| part.parse::<f64>().ok().filter(|part| part.is_finite()));
    let (x, y) = (parts.next()??, parts.next()??);
    match (parts.next(), parts.next()) {
        (None | Some(Some(_)), None) => Some((x, y)),
        _ => None,
    }
}

fn attribute_fault(error: &AttrError) -> ElementFault {
    let (position, message) = match error {
        AttrError::ExpectedEq(position) => (*position, "an attribute's name is not followed by ="),
        AttrError::ExpectedValue(position) => (*position, "an attribute has no value after its ="),
        AttrError::UnquotedValue(position) => (*position, "an attribute's value has no quotation marks"),
        AttrError::ExpectedQuote(position, _) => {
            (*position, "an attribute's value has no closing quotation mark")
        }
        AttrError::Duplicated(position, _) => (*position, "an attribute stands twice"),
    };
    // Positions count from the tag's name.
    ElementFault { offset: position + 1, fault: fault(message, DAMAGED) }
}

/// What to do about a place far away.
pub(crate) const OF_NETWORK: &str =
    "coordinates are metres from the origin of the network; check the network's projection";
const MAX_QUOTED: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_is_short_and_harmless() {
        assert_eq!(clip("a\u{1b}[31m\n"), "a\\u{1b}[31m\\n");
        assert_eq!(clip(&"ä".repeat(500)).chars().count(), MAX_QUOTED + 1);
    }
}
