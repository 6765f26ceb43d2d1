//! The conversation: what is asked, and what the answers say.

use super::wire::{Part, Reader, Request, Value, put_double, put_text};
use super::{OLDEST, TraciError};
use crate::Position;
use std::collections::BTreeSet;
use std::fmt::Debug;

/// Carries messages to SUMO.
pub trait Link: Debug + Send {
    /// Sends a whole message, and gives the answer without its length.
    ///
    /// # Errors
    /// [`TraciError::Link`], and [`TraciError::Length`] from [`body_length`](super::body_length).
    fn exchange(&mut self, message: &[u8]) -> Result<Vec<u8>, TraciError>;

    /// Sends a message, and doesn't wait for the answer.
    fn send(&mut self, message: &[u8]);
}

/// What SUMO says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Hello {
    /// Its name and version.
    pub program: String,
    /// TraCI's version.
    pub version: i32,
    /// How long a step is, microseconds.
    pub step_us: u64,
    /// When its configuration ends, microseconds; nothing comes later. It leaves that to its clients.
    pub end_us: Option<u64>,
}

/// One side of a conversation with SUMO.
#[derive(Debug)]
pub struct Client<L> {
    link: L,
    hello: Hello,
    /// When the next step begins, microseconds.
    next_us: u64,
    /// Vehicles whose positions come with every step.
    followed: BTreeSet<String>,
    /// Whether steps tell of vehicles.
    following: bool,
}

/// What comes with a step or with a subscription.
#[derive(Debug, Default)]
struct Told {
    time: Option<f64>,
    /// Vehicles that came onto the road, and whether that was the first time.
    came: Vec<(String, bool)>,
    places: Vec<(String, Position)>,
}

impl<L: Link> Client<L> {
    /// Begins the conversation.
    ///
    /// # Errors
    /// [`TraciError`]; [`TraciError::Version`] for a SUMO that is too old.
    pub fn new(mut link: L) -> Result<Client<L>, TraciError> {
        let answer = ask(&mut link, GET_VERSION, &[])?;
        let mut reader = Reader::new(&answer);
        accept(GET_VERSION, reader.part()?)?;
        let Part { id: GET_VERSION, mut content } = reader.part()? else {
            return Err(TraciError::Unexpected { command: GET_VERSION });
        };
        let (version, program) = (content.integer()?, content.text()?.to_owned());
        if version < OLDEST {
            return Err(TraciError::Version { program, version });
        }
        let step_us = micros(simulation(&mut link, STEP_LENGTH)?)?;
        if step_us == 0 {
            return Err(TraciError::NoTime { seconds: 0.0 });
        }
        let end = simulation(&mut link, END)?;
        let end_us = if end >= 0.0 { Some(micros(end)?) } else { None };
        let next_us = micros(simulation(&mut link, TIME)?)?;
        let hello = Hello { program, version, step_us, end_us };
        Ok(Client { link, hello, next_us, followed: BTreeSet::new(), following: false })
    }

    /// What SUMO says of itself.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// When the next step begins, microseconds.
    pub fn next_us(&self) -> u64 {
        self.next_us
    }

    /// Lets SUMO make one step. Gives the time that floating car data would have for it, and calls `each` with every vehicle that
    /// is on the road then; nothing after the end of SUMO's configuration. Until `from_us` nobody is looked at.
    ///
    /// # Errors
    /// [`TraciError`]
    pub fn step(
        &mut self,
        from_us: u64,
        each: &mut dyn FnMut(&str, Position),
    ) -> Result<Option<u64>, TraciError> {
        let at_us = self.next_us;
        if self.hello.end_us.is_some_and(|end_us| at_us >= end_us) {
            return Ok(None);
        }
        if at_us >= from_us && !self.following {
            self.begin_to_follow()?;
        }
        let mut told = Told::default();
        let answer = self.link.exchange(&Request::of(STEP, &0f64.to_be_bytes()).finish())?;
        let mut reader = Reader::new(&answer);
        accept(STEP, reader.part()?)?;
        reader.integer()?;
        while !reader.is_at_end() {
            told.read(STEP, reader.part()?)?;
        }
        let next_us = match told.time {
            Some(time) => micros(time)?,
            None => at_us.saturating_add(self.hello.step_us),
        };
        if next_us <= at_us {
            return Err(TraciError::NoTime { seconds: next_us as f64 / 1e6 });
        }
        self.next_us = next_us;
        let came = std::mem::take(&mut told.came);
        self.subscribe(came.into_iter(), &mut told)?;
        told.places.iter().for_each(|(name, place)| each(name, *place));
        Ok(Some(next_us.saturating_sub(self.hello.step_us)))
    }

    /// Asks to be told of every vehicle, those that are there already and those that come.
    fn begin_to_follow(&mut self) -> Result<(), TraciError> {
        self.following = true;
        let mut message = Request::new();
        message.command(SUBSCRIBE_SIMULATION, &subscription("", &[TIME, CAME, CAME_BACK]));
        self.exchange(SUBSCRIBE_SIMULATION, message, &mut Told::default())?;
        let mut content = vec![NAMES];
        put_text(&mut content, "");
        let answer = ask(&mut self.link, GET_VEHICLE, &content)?;
        let Value::Texts(there) = variable(&answer, GET_VEHICLE)? else {
            return Err(TraciError::Unexpected { command: GET_VEHICLE });
        };
        // Where they are now is of the step before.
        let there = there.into_iter().map(|name| (name.to_owned(), true));
        self.subscribe(there, &mut Told::default())
    }

    /// Asks for the positions of vehicles with every step from now on; `told` gets those of now. A subscription outlives a
    /// teleport.
    fn subscribe(
        &mut self,
        names: impl Iterator<Item = (String, bool)>,
        told: &mut Told,
    ) -> Result<(), TraciError> {
        let mut message = Request::new();
        let mut any = false;
        for (name, first) in names {
            if first || !self.followed.contains(&name) {
                message.command(SUBSCRIBE_VEHICLE, &subscription(&name, &[PLACE]));
                self.followed.insert(name);
                any = true;
            }
        }
        if any { self.exchange(SUBSCRIBE_VEHICLE, message, told) } else { Ok(()) }
    }

    fn exchange(&mut self, command: u8, message: Request, told: &mut Told) -> Result<(), TraciError> {
        let answer = self.link.exchange(&message.finish())?;
        let mut reader = Reader::new(&answer);
        while !reader.is_at_end() {
            let part = reader.part()?;
            match part.id {
                // A vehicle may have come and gone within the step: what follows says so again.
                SUBSCRIBE_VEHICLE => {}
                id if id == command => accept(command, part)?,
                _ => told.read(command, part)?,
            }
        }
        Ok(())
    }
}

impl<L: Link> Client<L> {
    /// Tells SUMO that this was all.
    pub fn close(&mut self) {
        self.link.send(&Request::of(CLOSE, &[]).finish());
    }
}

impl Told {
    /// Reads one response to a subscription.
    fn read(&mut self, command: u8, Part { id, mut content }: Part<'_>) -> Result<(), TraciError> {
        if ![TELLS_OF_SIMULATION, TELLS_OF_VEHICLE].contains(&id) {
            return Err(TraciError::Unexpected { command });
        }
        let name = content.text()?;
        for _ in 0..content.byte()? {
            let (variable, status, value) = (content.byte()?, content.byte()?, content.value()?);
            match (id, variable, value) {
                // A vehicle that is no longer there.
                (TELLS_OF_VEHICLE, ..) if status != OK => {}
                (TELLS_OF_VEHICLE, PLACE, Value::Place(place)) => {
                    if let Some(place) = on_road(name, place)? {
                        self.places.push((name.to_owned(), place));
                    }
                }
                (TELLS_OF_SIMULATION, TIME, Value::Double(time)) => self.time = Some(time),
                (TELLS_OF_SIMULATION, CAME, Value::Texts(names)) => {
                    self.came.extend(names.into_iter().map(|name| (name.to_owned(), true)));
                }
                (TELLS_OF_SIMULATION, CAME_BACK, Value::Texts(names)) => {
                    self.came.extend(names.into_iter().map(|name| (name.to_owned(), false)));
                }
                _ => return Err(TraciError::Unexpected { command }),
            }
        }
        Ok(())
    }
}

/// Where a vehicle is; `None` while SUMO has it off the road.
fn on_road(vehicle: &str, [x, y]: [f64; 2]) -> Result<Option<Position>, TraciError> {
    if x == NOWHERE || y == NOWHERE {
        return Ok(None);
    }
    let round = |metres: f64| (metres * 1e6).round() / 1e6;
    let place = Position { x: round(x), y: round(y) };
    if place.is_sane() {
        Ok(Some(place))
    } else {
        Err(TraciError::NoPlace { vehicle: vehicle.to_owned(), x, y })
    }
}

fn ask(link: &mut impl Link, command: u8, content: &[u8]) -> Result<Vec<u8>, TraciError> {
    link.exchange(&Request::of(command, content).finish())
}

/// A number that SUMO knows of the whole simulation.
fn simulation(link: &mut impl Link, variable_id: u8) -> Result<f64, TraciError> {
    let mut content = vec![variable_id];
    put_text(&mut content, "");
    let answer = ask(link, GET_SIMULATION, &content)?;
    match variable(&answer, GET_SIMULATION)? {
        Value::Double(number) => Ok(number),
        _ => Err(TraciError::Unexpected { command: GET_SIMULATION }),
    }
}

/// The value in the answer to a question.
fn variable(answer: &[u8], command: u8) -> Result<Value<'_>, TraciError> {
    let mut reader = Reader::new(answer);
    accept(command, reader.part()?)?;
    let Part { id, mut content } = reader.part()?;
    if id != command + ANSWERS {
        return Err(TraciError::Unexpected { command });
    }
    content.byte()?;
    content.text()?;
    content.value()
}

/// Errors unless this says that the command was carried out.
fn accept(command: u8, Part { id, mut content }: Part<'_>) -> Result<(), TraciError> {
    let status = content.status()?;
    match (id == command, status.code) {
        (false, _) => Err(TraciError::Unexpected { command }),
        (true, OK) => Ok(()),
        (true, _) => Err(TraciError::Refused { command, text: status.text.to_owned() }),
    }
}

/// The content of a subscription to variables of something, from now on for ever.
fn subscription(of: &str, variables: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    put_double(&mut content, NOWHERE);
    put_double(&mut content, NOWHERE);
    put_text(&mut content, of);
    content.push(variables.len() as u8);
    content.extend(variables);
    content
}

/// SUMO's clock has milliseconds.
fn micros(seconds: f64) -> Result<u64, TraciError> {
    let millis = (seconds * 1e3).round();
    if (0.0..=MOST_MILLIS).contains(&millis) {
        Ok(millis as u64 * 1000)
    } else {
        Err(TraciError::NoTime { seconds })
    }
}

/// Commands.
const GET_VERSION: u8 = 0x00;
const STEP: u8 = 0x02;
const CLOSE: u8 = 0x7f;
const GET_VEHICLE: u8 = 0xa4;
const GET_SIMULATION: u8 = 0xab;
const SUBSCRIBE_VEHICLE: u8 = 0xd4;
const SUBSCRIBE_SIMULATION: u8 = 0xdb;
/// How much the answer's number is above a question's.
const ANSWERS: u8 = 0x10;
const TELLS_OF_VEHICLE: u8 = 0xe4;
const TELLS_OF_SIMULATION: u8 = 0xeb;

/// Variables.
const NAMES: u8 = 0x00;
const END: u8 = 0x1d;
const PLACE: u8 = 0x42;
const TIME: u8 = 0x66;
/// Vehicles that departed in the step.
const CAME: u8 = 0x74;
/// Vehicles whose teleport ended in the step.
const CAME_BACK: u8 = 0x78;
const STEP_LENGTH: u8 = 0x7b;

/// Of a command that was carried out.
const OK: u8 = 0;
/// What SUMO says for a coordinate or a time that there isn't.
const NOWHERE: f64 = -1_073_741_824.0;
/// A hundred years.
const MOST_MILLIS: f64 = 3.2e12;

#[cfg(test)]
mod tests;
