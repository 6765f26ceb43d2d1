//! What the elements of a trace say.

use super::source::Fault;
use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;
use quick_xml::events::attributes::{AttrError, Attribute};
use std::borrow::Cow;

/// A fault of an element, and how many bytes after its `<` it lies.
#[derive(Debug)]
pub(crate) struct ElementFault {
    pub(crate) offset: usize,
    pub(crate) fault: Fault,
}

/// A vehicle of a timestep.
#[derive(Debug)]
pub(crate) struct Vehicle<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// Metres per second; read only if it was asked for and is a number.
    pub(crate) speed: Option<f64>,
    /// Where the id stands: bytes after the element's `<`.
    pub(crate) id_offset: usize,
    /// Where x stands.
    pub(crate) x_offset: usize,
}

/// Reads a `<vehicle>`.
pub(crate) fn vehicle<'a>(
    element: &'a BytesStart<'_>,
    wants_speed: bool,
) -> Result<Vehicle<'a>, ElementFault> {
    let (mut id, mut x, mut y, mut speed) = (None, None, None, None);
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| attribute_fault(&error))?;
        let slot = match attribute.key.as_ref() {
            "id" => &mut id,
            "x" => &mut x,
            "y" => &mut y,
            "speed" if wants_speed => &mut speed,
            _ => continue,
        };
        let offset = offset_of(element, &attribute);
        if slot.is_some() {
            let message = format!("the attribute {} stands twice in <vehicle>", attribute.key.as_ref());
            return Err(ElementFault { offset, fault: fault(message, DAMAGED) });
        }
        *slot = Some((offset, attribute));
    }
    let (id_offset, id) = id.ok_or_else(|| missing("vehicle", "id"))?;
    let (x_offset, x) = x.ok_or_else(|| missing("vehicle", "x"))?;
    let (y_offset, y) = y.ok_or_else(|| missing("vehicle", "y"))?;
    Ok(Vehicle {
        id: name(&id, id_offset)?,
        x: metres(&x, x_offset)?,
        y: metres(&y, y_offset)?,
        speed: speed
            .and_then(|(_, attribute)| attribute.value.trim().parse().ok())
            .filter(|speed: &f64| speed.is_finite()),
        id_offset,
        x_offset,
    })
}

/// Reads the `time` of a `<timestep>`: microseconds, and where it stands.
pub(crate) fn time(element: &BytesStart<'_>) -> Result<(u64, usize), ElementFault> {
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| attribute_fault(&error))?;
        if attribute.key.as_ref() == "time" {
            let offset = offset_of(element, &attribute);
            let wrong = |message, help| ElementFault { offset, fault: fault(message, help) };
            let seconds = seconds(attribute.value.trim()).ok_or_else(|| {
                wrong(
                    format!("the time \"{}\" is not a number", clip(&attribute.value)),
                    "give seconds, as in 12.50",
                )
            })?;
            if seconds < 0.0 {
                let message = format!("the time {} is negative", clip(&attribute.value));
                return Err(wrong(message, "let SUMO begin at 0 or later"));
            }
            if seconds > MAX_SECONDS {
                let message =
                    format!("the time {} is more than {MAX_SECONDS:e} seconds", clip(&attribute.value));
                return Err(wrong(message, "give seconds since the start, not a date"));
            }
            return Ok(((seconds * 1e6).round() as u64, offset));
        }
    }
    Err(missing("timestep", "time"))
}

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

/// Seconds, or `[days:]hours:minutes:seconds`; `None` if it is neither or not finite.
fn seconds(text: &str) -> Option<f64> {
    let finite = |text: &str| text.parse::<f64>().ok().filter(|seconds| seconds.is_finite());
    let Some((high, low)) = text.rsplit_once(':') else {
        return finite(text);
    };
    let mut total = finite(low).filter(|seconds| (0.0..60.0).contains(seconds))?;
    let mut parts = high.rsplit(':');
    for (unit, limit) in [(60.0, 60), (3600.0, u32::MAX), (86400.0, u32::MAX)] {
        let Some(part) = parts.next() else {
            return (unit > 3600.0).then_some(total);
        };
        total += unit * f64::from(part.parse::<u32>().ok().filter(|part| *part < limit)?);
    }
    parts.next().is_none().then_some(total)
}

fn missing(element: &str, attribute: &str) -> ElementFault {
    let help = match attribute {
        "x" | "y" => "if SUMO was given --fcd-output.attributes, add id, x and y to its list",
        _ => "let SUMO write the trace again",
    };
    ElementFault { offset: 0, fault: fault(format!("<{element}> has no attribute {attribute}"), help) }
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
    ElementFault { offset: position + 1, fault: fault(message.into(), DAMAGED) }
}

pub(crate) fn fault(message: String, help: &str) -> Fault {
    Fault { message, help: help.into() }
}

pub(crate) const DAMAGED: &str = "the file is damaged here: let SUMO write it again";
const MAX_QUOTED: usize = 40;
/// About 31 years.
const MAX_SECONDS: f64 = 1e9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_clock_times() {
        assert_eq!(seconds("12.50"), Some(12.5));
        assert_eq!(seconds("00:01:02.5"), Some(62.5));
        assert_eq!(seconds("25:00:00"), Some(90_000.0));
        assert_eq!(seconds("1:01:00:00.00"), Some(90_000.0));
        for wrong in
            ["", ":", "1:2", "0:60:00", "0:00:60", "0:00:-1", "x", "nan", "inf", "1:2:3:4:5", "0::0", "1e999"]
        {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn quoted_text_is_short_and_harmless() {
        assert_eq!(clip("a\u{1b}[31m\n"), "a\\u{1b}[31m\\n");
        assert_eq!(clip(&"ä".repeat(500)).chars().count(), MAX_QUOTED + 1);
    }
}
