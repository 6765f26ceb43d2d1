//! What the elements of a trace say.

use crate::xml::ElementFault;
use crate::xml::attribute::{attributes, clip};
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
    let [id, x, y, speed] = attributes(element, ["id", "x", "y", "speed"])?;
    let id = id.ok_or_else(|| missing("vehicle", "id"))?;
    let x = x.ok_or_else(|| missing("vehicle", "x"))?;
    let y = y.ok_or_else(|| missing("vehicle", "y"))?;
    Ok(Vehicle {
        id_offset: id.offset,
        x_offset: x.offset,
        id: id.name()?,
        x: x.metres()?,
        y: y.metres()?,
        speed: speed
            .filter(|_| wants_speed)
            .and_then(|speed| speed.raw().trim().parse().ok())
            .filter(|speed: &f64| speed.is_finite()),
    })
}

/// Reads the `time` of a `<timestep>`: microseconds, and where it stands.
pub(crate) fn time(element: &BytesStart<'_>) -> Result<(u64, usize), ElementFault> {
    let [time] = attributes(element, ["time"])?;
    let time = time.ok_or_else(|| missing("timestep", "time"))?;
    let text = clip(time.raw());
    let seconds = seconds(time.raw().trim()).ok_or_else(|| {
        time.wrong(format!("the time \"{text}\" is not a number"), "give seconds, as in 12.50")
    })?;
    if seconds < 0.0 {
        return Err(time.wrong(format!("the time {text} is negative"), "let SUMO begin at 0 or later"));
    }
    if seconds > MAX_SECONDS {
        let message = format!("the time {text} is more than {MAX_SECONDS:e} seconds");
        return Err(time.wrong(message, "give seconds since the start, not a date"));
    }
    Ok(((seconds * 1e6).round() as u64, time.offset))
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
