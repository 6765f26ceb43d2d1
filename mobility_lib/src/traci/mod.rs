//! Vehicles of a SUMO that runs beside us, by its remote control TraCI.
//!
//! Nothing here knows of sockets: whoever has one implements [`Link`], which carries a message there and its answer back.
//! [`Client`] speaks the few commands that it takes to follow all vehicles: which version, one step, subscribe, close.
//!
//! - **Time**: SUMO's floating car data says of each step where the vehicles are at its end, but by the time at which it
//!   began. TraCI's time after the step is one step later. A [`Client`]'s times are those of the floating car data.
//! - **Positions** are rounded to a millionth of a metre, so that a trace written with `--precision 6` says the same.
//! - **Vehicles** that SUMO takes off the road for a while (teleports) are left out meanwhile, as in floating car data.
//! - **Versions**: TraCI's API from 18 on, SUMO 1.0: there times are seconds.

mod client;
mod config;
mod wire;

pub use client::{Client, Hello, Link};
pub use config::input_files;
pub use wire::{LENGTH_BYTES, body_length};

/// What can be wrong with a conversation.
#[derive(Debug, thiserror::Error)]
pub enum TraciError {
    /// A message ends too early.
    #[error("a message ends in the middle of what it says")]
    Truncated,
    /// A length that nothing has.
    #[error("a message or a part of it has the impossible length {length}")]
    Length {
        /// As it was stated.
        length: u64,
    },
    /// A text that isn't UTF-8.
    #[error("a name isn't UTF-8")]
    NoText,
    /// A value of a type that was not asked for.
    #[error("a value has the unknown type 0x{unknown:02x}")]
    Type {
        /// The type.
        unknown: u8,
    },
    /// An answer to something else.
    #[error("the answer to command 0x{command:02x} is of another kind")]
    Unexpected {
        /// What was asked.
        command: u8,
    },
    /// SUMO won't.
    #[error("SUMO refuses command 0x{command:02x}: {text}")]
    Refused {
        /// What was asked.
        command: u8,
        /// What SUMO says.
        text: String,
    },
    /// Something impossible.
    #[error("SUMO says that \"{vehicle}\" is at ({x}, {y})")]
    NoPlace {
        /// The vehicle.
        vehicle: String,
        /// Metres.
        x: f64,
        /// Metres.
        y: f64,
    },
    /// Too old.
    #[error(
        "{program} speaks version {version} of TraCI, and {OLDEST} is the oldest that has times in seconds: use SUMO 1.0 or later"
    )]
    Version {
        /// As it calls itself.
        program: String,
        /// Of the protocol.
        version: i32,
    },
    /// A time that none is.
    #[error("SUMO's clock shows {seconds} s")]
    NoTime {
        /// As it was stated.
        seconds: f64,
    },
    /// The connection.
    #[error("{0}")]
    Link(String),
}

/// Of SUMO 1.0.
const OLDEST: i32 = 18;
