//! What the elements of a trace say.

use crate::xml::attribute::{attribute_fault, clip, metres, name, offset_of};
use crate::xml::source::fault;
use crate::xml::{DAMAGED, ElementFault};
use quick_xml::events::BytesStart;
use std::borrow::Cow;

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
    ElementFault::whole(format!("<{element}> has no attribute {attribute}"), help)
}

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
}
