//! What can be wrong with a medium's settings.

use crate::medium::RadioId;
use node_lib::addr::Mac;

/// A setting that makes no sense, with its place.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum RadioError {
    /// Two radios have the same address.
    #[error("radios {first:?} and {second:?} have the same address {mac}: give each radio its own")]
    DuplicateMac {
        /// The address.
        mac: Mac,
        /// The radio with the lower number.
        first: RadioId,
        /// The other one.
        second: RadioId,
    },
    /// A radio's address is not a unicast address.
    #[error("radio {radio:?} has the address {mac}, which does not name one station: clear its group bit")]
    NotUnicast {
        /// The radio.
        radio: RadioId,
        /// Its address.
        mac: Mac,
    },
    /// A link names a radio that does not exist.
    #[error("a link names radio {radio:?}, but there are only {count}")]
    UnknownRadio {
        /// The radio that the link names.
        radio: RadioId,
        /// How many there are.
        count: usize,
    },
    /// A link joins a radio to itself.
    #[error("a link joins radio {radio:?} to itself: name two radios")]
    SelfLink {
        /// The radio.
        radio: RadioId,
    },
    /// The same two radios are joined twice.
    #[error(
        "radios {a:?} and {b:?} are joined by two links: a link holds for both directions, so name it once"
    )]
    DuplicateLink {
        /// One end.
        a: RadioId,
        /// The other.
        b: RadioId,
    },
    /// A building's outline that encloses nothing one can tell the inside of.
    #[error("building {building}: {problem}")]
    Outline {
        /// Which building: its place in the list.
        building: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// A number outside its range.
    #[error("{setting} is {value}: it must be {allowed}")]
    OutOfRange {
        /// Which setting.
        setting: &'static str,
        /// What it is.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
}

/// An error unless `ok`.
pub(crate) fn check(
    ok: bool,
    setting: &'static str,
    value: f64,
    allowed: &'static str,
) -> Result<(), RadioError> {
    if ok { Ok(()) } else { Err(RadioError::OutOfRange { setting, value, allowed }) }
}
