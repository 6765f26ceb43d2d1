//! What attributes say.

use super::source::fault;
use super::{DAMAGED, ElementFault};
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

/// Where the attribute's value stands: bytes after the element's `<`.
pub(crate) fn offset_of(element: &BytesStart<'_>, attribute: &Attribute<'_>) -> usize {
    // An attribute of an event borrows from it, so the distance of their addresses is its place in the tag.
    let start: &str = element;
    1 + (attribute.value.as_ptr() as usize).saturating_sub(start.as_ptr() as usize).min(start.len())
}

pub(crate) fn name<'a>(attribute: &Attribute<'a>, offset: usize) -> Result<Cow<'a, str>, ElementFault> {
    let wrong = |message, help| ElementFault { offset, fault: fault(message, help) };
    let name = if attribute.value.bytes().any(|byte| byte == b'&' || byte < b' ') {
        attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|error| {
            wrong(format!("the id \"{}\" is not well-formed: {error}", clip(&attribute.value)), DAMAGED)
        })?
    } else {
        attribute.value.clone()
    };
    if name.is_empty() {
        return Err(wrong("the id is empty".into(), "give every vehicle an id of its own"));
    }
    Ok(name)
}

pub(crate) fn metres(attribute: &Attribute<'_>, offset: usize) -> Result<f64, ElementFault> {
    match attribute.value.trim().parse::<f64>() {
        Ok(metres) if metres.abs() <= crate::position::MAX_COORDINATE_M => Ok(metres),
        Ok(metres) if metres.is_finite() => Err(ElementFault {
            offset,
            fault: fault(
                format!("{} = {metres} is farther than any road", attribute.key.as_ref()),
                "coordinates are metres from the origin of the network; check the network's projection",
            ),
        }),
        _ => Err(ElementFault {
            offset,
            fault: fault(
                format!("{} = \"{}\" is not a number", attribute.key.as_ref(), clip(&attribute.value)),
                "give metres, as in 1234.50",
            ),
        }),
    }
}

/// Reads a shape, `x,y x,y,z …`: where each point stands, its text, and its x and y, which are finite.
pub(crate) fn points<'a>(
    attribute: &'a Attribute<'_>,
    offset: usize,
) -> Result<Vec<(usize, &'a str, f64, f64)>, ElementFault> {
    let start = attribute.value.as_ptr() as usize;
    let read = |word: &'a str| {
        let offset = offset + (word.as_ptr() as usize - start);
        let (x, y) = numbers(word).ok_or_else(|| ElementFault {
            offset,
            fault: fault(
                format!("the point \"{}\" is not two numbers", clip(word)),
                "a shape is pairs of numbers: \"0.00,0.00 10.50,0.00 10.50,8.25\"",
            ),
        })?;
        Ok((offset, word, x, y))
    };
    attribute.value.split_ascii_whitespace().map(read).collect()
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

pub(crate) fn attribute_fault(error: &AttrError) -> ElementFault {
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
