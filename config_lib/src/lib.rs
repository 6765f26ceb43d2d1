//! YAML files whose mistakes have a place: file, line and column, the text there, and a way to mend it.
//!
//! A [`Kind`] says what a sort of file is called and what must hold in it. [`Kind::load`] is the only way from a file
//! to its value: it reads the text, replaces what [`Override`]s replace, and checks the result as a whole. Every mistake
//! is one [`ConfigError`], whoever finds it: the YAML parser, serde, garde, the kind's own check, or somebody later who
//! asks the [`Source`].
//!
//! ```
//! use config_lib::{Interval, Kind, Override, limits};
//!
//! #[derive(serde::Deserialize, garde::Validate)]
//! #[serde(deny_unknown_fields)]
//! struct Beacon {
//!     #[garde(custom(limits::period))]
//!     heartbeat_interval: Interval,
//! }
//!
//! let kind = Kind {
//!     name: "beacon",
//!     first_key: "heartbeat_interval",
//!     if_empty: "a beacon has `heartbeat_interval`",
//!     if_too_large: "a beacon is a few lines long",
//!     check: |_: &Beacon| Vec::new(),
//! };
//! let flag = Override::new("heartbeat_interval", "0s", "--heartbeat-interval 0s");
//! let error = kind.load(None, &[flag]).err().map(|error| error.to_string());
//! let expected = "--heartbeat-interval 0s: `heartbeat_interval` is `0s`: this time is 1ms to 3600s";
//! assert_eq!(error.as_deref(), Some(expected));
//! ```
#![forbid(unsafe_code)]

mod breach;
mod de;
mod error;
mod file;
mod kind;
pub mod limits;
mod nearest;
mod overrides;
mod source;
mod tree;
mod units;
mod yaml;

pub use breach::Breach;
pub use error::{ConfigError, Place};
pub use kind::{Kind, Loaded};
pub use nearest::nearest;
pub use overrides::{NotAnOverride, Override};
pub use source::Source;
pub use tree::Way;
pub use units::{Interval, Rate, UnitError};
