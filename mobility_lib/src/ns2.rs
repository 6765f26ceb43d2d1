//! Movements of ns-2, as SUMO's traceExporter, BonnMotion and ns-2's own setdest write them.
//!
//! ```text
//! $node_(0) set X_ 150.0
//! $node_(0) set Y_ 20.5
//! $ns_ at 2.0 "$node_(0) setdest 250.0 20.5 13.9"
//! ```
//!
//! Read as a stream, plain or gzipped. They mean what they mean in ns-2:
//!
//! - `set X_` and `set Y_` say where a node stands at the start; `Z_` is ignored.
//! - `setdest x y speed` has the node leave, at that time and from wherever it is then, for (x, y), straight and at so many metres per
//!   second; there it stands until the next one. With a speed of 0 it stands where it is.
//! - A node is there from start to end, unless [`TraceOptions::parked`] is false: then it is there from when it first sets out to
//!   when it has arrived for the last time. Lines of SUMO's activity file, `$ns_ at 3.0 "$g(0) start"` and `stop`, say so exactly:
//!   append them to the movements.
//! - Commands of one node are in the order of time; those of different nodes may come in any order.
//! - `$god_` and Tcl's `set` are ignored, and so is what is scheduled for anything but a node.
//!
//! **SUMO's exporter** writes where a vehicle is at a time as where it sets out for at that time, so that everything arrives one
//! step later than in SUMO. [`TraceOptions::begin_us`] takes that step out again.

use crate::position::MAX_COORDINATE_M;
use crate::samples::{Sample, Samples, Window};
use crate::xml::attribute::clip;
use crate::xml::source::{self, Fault, Source, fault};
use crate::xml::{self, Located, NOT_WHOLE, Sort};
use crate::{Ignored, MobilityError, Position, Trace, TraceOptions, Track};
use std::collections::BTreeMap;
use std::io::{BufRead, Read};

/// Reads movements from any source of bytes; `name` stands for the file in messages. Node 3 becomes the vehicle `node3`.
///
/// # Errors
/// If it can't be read, or is not gzip or UTF-8; if a line is no command of this format, a number is none, a place is farther than
/// any road, a time is negative or before the node's last one; if a node moves before it has a place, has two, or is faster than
/// [`TraceOptions::max_speed_mps`]; if no node is left. The error says where, and what to do.
pub fn read_from(reader: impl Read, name: &str, options: &TraceOptions) -> Result<Trace, MobilityError> {
    let locate = |located| xml::locate(name, located);
    let source = source::open_text(reader, &MOVEMENTS).map_err(|fault| locate((source::START, fault)))?;
    let mut parser = Parser { options, nodes: BTreeMap::new(), ignored: Ignored::default() };
    let end = parser.lines(source).map_err(locate)?;
    parser.finish().map_err(|fault| locate((end, fault)))
}

struct Parser<'a> {
    options: &'a TraceOptions,
    nodes: BTreeMap<u32, Node>,
    ignored: Ignored,
}

/// A fault of a line, and how many bytes after its start it lies.
type LineFault = (usize, Fault);

/// A word, and how many bytes after the line's start it stands.
#[derive(Clone, Copy)]
struct Word<'a> {
    at: usize,
    text: &'a str,
}

impl Parser<'_> {
    /// Reads everything; returns where it ended.
    fn lines<R: Read>(&mut self, mut source: Source<R>) -> Result<crate::Place, Located> {
        let mut line = Vec::new();
        loop {
            line.clear();
            source.set_mark();
            match source.read_until(b'\n', &mut line) {
                Ok(0) => return Ok(source.here()),
                Ok(_) => {}
                Err(error) => {
                    let unknown = || fault(format!("the trace can't be read: {error}"), NOT_WHOLE);
                    return Err((source.here(), source.take_fault().unwrap_or_else(unknown)));
                }
            }
            let at = |offset: usize| source::advance(source.marked(), &line[..offset]);
            let text = match std::str::from_utf8(&line) {
                Ok(text) => text,
                Err(error) => {
                    let byte = line[error.valid_up_to()];
                    let fault = fault(format!("the byte 0x{byte:02X} is not UTF-8"), source::TO_UTF8);
                    return Err((at(error.valid_up_to()), fault));
                }
            };
            for statement in statements(text).map_err(|(offset, fault)| (at(offset), fault))? {
                self.statement(&statement).map_err(|(offset, fault)| (at(offset), fault))?;
            }
        }
    }

    fn statement(&mut self, words: &[Word<'_>]) -> Result<(), LineFault> {
        match words {
            [] => Ok(()),
            [node, set, axis, value] if set.text == "set" && is_node(node) => self.set(node, axis, value),
            [scheduler, at, time, command] if at.text == "at" && matches!(scheduler.text, "$ns_" | "$ns") => {
                self.at(time, &inner(*command))
            }
            [first, ..] if first.text == "$god_" || first.text == "set" => {
                self.ignored.others += 1;
                Ok(())
            }
            [first, ..] if matches!(first.text, "$ns_" | "$ns") || is_node(first) => {
                let message = "this line is no whole movement of ns-2's: it ends too early, or says too much";
                Err((first.at, fault(message, HOW)))
            }
            [first, ..] => {
                let message = format!("\"{}\" begins no movement of ns-2's", clip(first.text));
                Err((first.at, fault(message, HOW)))
            }
        }
    }

    fn set(&mut self, node: &Word<'_>, axis: &Word<'_>, value: &Word<'_>) -> Result<(), LineFault> {
        let entry = self.nodes.entry(number(node)?).or_default();
        let metres = metres(value)?;
        let slot = match axis.text {
            "X_" => &mut entry.x,
            "Y_" => &mut entry.y,
            "Z_" => return Ok(()),
            other => {
                let message = format!("a node has no \"{}\"", clip(other));
                return Err((axis.at, fault(message, "a place has X_, Y_ and perhaps Z_")));
            }
        };
        if slot.replace(metres).is_some() {
            let message = format!("the {} of this node is set a second time", axis.text);
            return Err((axis.at, fault(message, "a node has one place at the start: don't join traces")));
        }
        Ok(())
    }

    fn at(&mut self, time: &Word<'_>, command: &[Word<'_>]) -> Result<(), LineFault> {
        let at_us = microseconds(time)?;
        match command {
            [node, setdest, x, y, speed] if setdest.text == "setdest" && is_node(node) => {
                let to = Position { x: metres(x)?, y: metres(y)? };
                let speed_mps = self.speed(speed)?;
                let number = number(node)?;
                let entry = self.nodes.entry(number).or_default();
                entry.set_out(at_us, to, speed_mps).map_err(|wrong| {
                    let word = if wrong.of_time { time } else { node };
                    (word.at, fault(format!("the node {number} {}", wrong.message), wrong.help))
                })
            }
            [group, what] if matches!(what.text, "start" | "stop") && group.text.starts_with("$g(") => {
                let number = number(group)?;
                let entry = self.nodes.entry(number).or_default();
                entry.exists(at_us, what.text == "start").map_err(|message| {
                    let help = "each start has one stop after it";
                    (time.at, fault(format!("the node {number} {message}"), help))
                })
            }
            [node, ..] if is_node(node) => {
                let message = "this is scheduled for a node, and no movement";
                Err((node.at, fault(message, "a node that is under way is told `setdest x y speed`")))
            }
            _ => {
                self.ignored.others += 1;
                Ok(())
            }
        }
    }

    fn speed(&self, word: &Word<'_>) -> Result<f64, LineFault> {
        let max = self.options.max_speed_mps;
        match word.text.parse::<f64>() {
            Ok(speed) if (0.0..=max).contains(&speed) => Ok(speed),
            Ok(speed) if speed > max && speed.is_finite() => {
                let message = format!("a speed of {speed} m/s is faster than {max} m/s");
                let help = "speeds are metres per second; if it is really so fast, raise `max_speed`";
                Err((word.at, fault(message, help)))
            }
            _ => {
                let message = format!("the speed \"{}\" is not a number from 0 up", clip(word.text));
                Err((word.at, fault(message, "give metres per second, as in 13.90")))
            }
        }
    }

    fn finish(self) -> Result<Trace, Fault> {
        let parked = self.options.parked;
        if self.nodes.is_empty() {
            return Err(fault("the trace has no node", HOW));
        }
        let mut nodes = BTreeMap::new();
        let mut last_us = 0;
        for (number, node) in self.nodes {
            let Some(node) = node.arrive() else {
                let message = format!("the node {number} has no place at the start");
                let help = format!("add `$node_({number}) set X_ …` and `$node_({number}) set Y_ …`");
                return Err(fault(message, help));
            };
            last_us = last_us.max(node.until_us());
            nodes.insert(number, node);
        }
        let window = self.options.window(last_us, u64::MAX)?;
        let vehicles: BTreeMap<String, Track> = nodes
            .iter()
            .filter_map(|(number, node)| {
                Some((format!("node{number}"), node.track(window, parked, last_us)?))
            })
            .collect();
        if vehicles.is_empty() {
            return Err(fault(
                "no node is there in the time asked for",
                "choose another beginning, or have nodes stand before they set out",
            ));
        }
        Ok(Trace {
            vehicles,
            end_us: window.end_us.saturating_sub(window.begin_us),
            step_us: 0,
            ignored: self.ignored,
        })
    }
}

/// What is known of a node.
#[derive(Default)]
struct Node {
    x: Option<f64>,
    y: Option<f64>,
    samples: Samples,
    /// Where it is going, and when it will be there.
    going: Option<Sample>,
    /// When it first set out.
    first_us: Option<u64>,
    /// When it is there, if somebody says so.
    lives: Vec<(u64, Option<u64>)>,
}

/// What a node can't do.
struct Refusal {
    message: String,
    help: &'static str,
    /// Whether it is about the time.
    of_time: bool,
}

impl Node {
    fn set_out(&mut self, at_us: u64, to: Position, speed_mps: f64) -> Result<(), Refusal> {
        let Some(last) = self.samples.last().or_else(|| self.origin()) else {
            let help = "say where it stands before: `set X_` and `set Y_`";
            return Err(Refusal { message: "moves before it has a place".into(), help, of_time: false });
        };
        if self.samples.last().is_none() {
            self.samples.push(last.at_us, last.position);
        }
        if at_us < last.at_us {
            let message = format!(
                "is told to leave before it was told so the last time, at {} s",
                last.at_us as f64 / 1e6
            );
            let help = "the commands of one node are in the order of time";
            return Err(Refusal { message, help, of_time: true });
        }
        self.advance(at_us);
        self.first_us.get_or_insert(at_us);
        let from = self.samples.last().unwrap_or(last);
        let distance = from.position.distance(to);
        if distance > 0.0 && speed_mps > 0.0 {
            let lasts_us = (distance / speed_mps * 1e6).round().clamp(1.0, MAX_US);
            self.going = Some(Sample { at_us: at_us + lasts_us as u64, position: to });
        }
        Ok(())
    }

    /// Where it stands at the start.
    fn origin(&self) -> Option<Sample> {
        Some(Sample { at_us: 0, position: Position { x: self.x?, y: self.y? } })
    }

    /// Goes on to `at_us`, where it stops.
    fn advance(&mut self, at_us: u64) {
        let Some(last) = self.samples.last() else { return };
        let mut position = last.position;
        if let Some(going) = self.going.take() {
            if going.at_us >= at_us {
                position = last.between(going, at_us);
            } else {
                self.samples.push(going.at_us, going.position);
                position = going.position;
            }
        }
        if self.samples.last().is_some_and(|last| last.at_us < at_us) {
            self.samples.push(at_us, position);
        }
    }

    fn exists(&mut self, at_us: u64, starts: bool) -> Result<(), &'static str> {
        match (self.lives.last_mut(), starts) {
            (Some((_, None)), true) => Err("starts twice"),
            (Some((_, Some(stop_us))), true) if at_us <= *stop_us => Err("starts before it stopped"),
            (_, true) => {
                self.lives.push((at_us, None));
                Ok(())
            }
            (Some((start_us, stop)), false) if stop.is_none() && at_us >= *start_us => {
                *stop = Some(at_us);
                Ok(())
            }
            (_, false) => Err("stops without having started"),
        }
    }

    /// Lets it arrive where it goes; `None` if it never had a place.
    fn arrive(mut self) -> Option<Node> {
        let origin = self.origin()?;
        if self.samples.last().is_none() {
            self.samples.push(origin.at_us, origin.position);
        }
        if let Some(going) = self.going.take() {
            self.samples.push(going.at_us, going.position);
        }
        Some(self)
    }

    /// Until when something is known of it.
    fn until_us(&self) -> u64 {
        let arrived_us = self.samples.last().map_or(0, |last| last.at_us);
        let stopped_us = self.lives.last().map_or(0, |(start_us, stop_us)| stop_us.unwrap_or(*start_us));
        arrived_us.max(stopped_us)
    }

    fn track(&self, window: Window, parked: bool, last_us: u64) -> Option<Track> {
        let whole = self.samples.holding(Window { begin_us: 0, end_us: u64::MAX, max_gap_us: u64::MAX })?;
        let driving = match self.first_us {
            _ if !self.lives.is_empty() => {
                self.lives.iter().map(|(start, stop)| (*start, stop.unwrap_or(last_us))).collect()
            }
            _ if parked => return self.samples.holding(window),
            Some(first_us) => vec![(first_us, self.samples.last()?.at_us)],
            None => return None,
        };
        let mut samples = Samples::default();
        for (start_us, stop_us) in driving {
            samples.add_break();
            samples.push(start_us, whole.at(start_us)?);
            for sample in self.samples.within(start_us, stop_us) {
                samples.push(sample.at_us, sample.position);
            }
            if stop_us > start_us {
                samples.push(stop_us, whole.at(stop_us)?);
            }
        }
        samples.passing(window)
    }
}

/// The statements of a line, each as its words; what stands in quotation marks is one word.
fn statements(line: &str) -> Result<Vec<Vec<Word<'_>>>, LineFault> {
    let mut statements = vec![Vec::new()];
    let mut rest = line;
    loop {
        rest = rest.trim_start();
        let at = line.len() - rest.len();
        let Some(words) = statements.last_mut() else { break };
        match rest.as_bytes().first() {
            None => break,
            Some(b'#') if words.is_empty() => break,
            Some(b';') => {
                statements.push(Vec::new());
                rest = &rest[1..];
            }
            Some(b'"') => {
                let Some(length) = rest[1..].find('"') else {
                    return Err((at, fault("a quotation mark is missing", NOT_WHOLE)));
                };
                words.push(Word { at: at + 1, text: &rest[1..1 + length] });
                rest = &rest[length + 2..];
            }
            Some(_) => {
                let end = rest.find(|character: char| character.is_whitespace() || character == ';');
                let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
                words.push(Word { at, text: word });
                rest = after;
            }
        }
    }
    Ok(statements)
}

/// The words of a command in quotation marks.
fn inner(command: Word<'_>) -> Vec<Word<'_>> {
    let start = command.text.as_ptr() as usize;
    let place = |text: &str| command.at + (text.as_ptr() as usize - start);
    command.text.split_ascii_whitespace().map(|text| Word { at: place(text), text }).collect()
}

fn is_node(word: &Word<'_>) -> bool {
    word.text.starts_with("$node_(") || word.text.starts_with("$node(")
}

/// The number in `$node_(3)` or `$g(3)`.
fn number(word: &Word<'_>) -> Result<u32, LineFault> {
    let inside = word.text.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inside.and_then(|number| number.parse().ok()).ok_or_else(|| {
        let message = format!("\"{}\" names no node", clip(word.text));
        (word.at, fault(message, "nodes have numbers: $node_(0)"))
    })
}

fn metres(word: &Word<'_>) -> Result<f64, LineFault> {
    match word.text.parse::<f64>() {
        Ok(metres) if metres.abs() <= MAX_COORDINATE_M => Ok(metres),
        Ok(metres) if metres.is_finite() => Err((
            word.at,
            fault(
                format!("{} is farther than any road", clip(word.text)),
                "coordinates are metres from the origin of the map",
            ),
        )),
        _ => {
            let message = format!("\"{}\" is not a number", clip(word.text));
            Err((word.at, fault(message, "give metres, as in 1234.50")))
        }
    }
}

fn microseconds(word: &Word<'_>) -> Result<u64, LineFault> {
    match word.text.parse::<f64>() {
        Ok(seconds) if (0.0..=MAX_US / 1e6).contains(&seconds) => Ok((seconds * 1e6).round() as u64),
        _ => {
            let message =
                format!("the time \"{}\" is not a number from 0 to {:e}", clip(word.text), MAX_US / 1e6);
            Err((word.at, fault(message, "give seconds since the start, as in 12.50")))
        }
    }
}

const MOVEMENTS: Sort = Sort {
    name: "trace",
    root: "",
    written: "let SUMO's traceExporter.py write it: --ns2mobility-output FILE",
    give: HOW,
};
const HOW: &str =
    "lines are like `$node_(0) set X_ 150.0` or `$ns_ at 2.0 \"$node_(0) setdest 250.0 20.5 13.9\"`";
/// About 31 years.
const MAX_US: f64 = 1e15;
