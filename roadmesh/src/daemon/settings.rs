//! A node's settings as they are written: every key, its default and its limits.

use super::written::{Cidr, Written};
use config_lib::{Breach, ConfigError, Interval, Kind, Loaded, Override, Way};
use garde::Validate;
use node_lib::addr::Mac;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// All settings of a daemon. What is `None` follows from the rest, from the radio, or from where it runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub(crate) struct Settings {
    /// The radio's interface.
    #[garde(custom(interface_name))]
    pub(super) interface: String,
    /// The TAP's name; may hold one `%d`.
    #[serde(default)]
    #[garde(inner(custom(interface_name)))]
    pub(super) tap: Option<String>,
    /// The TAP's address.
    #[serde(default)]
    #[garde(inner(custom(station)))]
    pub(super) tap_mac: Option<Written<Mac>>,
    /// The host's addresses on the TAP.
    #[serde(default)]
    pub(super) addresses: Vec<Written<Cidr>>,
    /// The longest packet that the TAP carries, bytes.
    #[serde(default)]
    #[garde(inner(range(min = 1280, max = 65_535)))]
    pub(super) mtu: Option<usize>,
    /// The protocol's settings, as in a scenario.
    #[serde(default)]
    #[garde(dive)]
    pub(super) protocol: sim_lib::scenario::model::ProtocolSpec,
    /// Copies of broadcast, multicast and unknown unicast that may go on the air, per second.
    #[serde(default = "flood_rate")]
    #[garde(range(max = 1_000_000))]
    pub(super) flood_rate: u32,
    /// Host addresses that are kept.
    #[serde(default = "table")]
    #[garde(range(min = 1, max = 1_000_000))]
    pub(super) max_hosts: usize,
    /// OBUs that are kept, and the way to each.
    #[serde(default = "table")]
    #[garde(range(min = 1, max = 1_000_000))]
    pub(super) max_downstream: usize,
    /// How long to look for frames again and again before sleeping.
    #[serde(default)]
    #[garde(custom(spin))]
    pub(super) busy_poll: Interval,
    /// A pcapng file of all frames at both sides.
    #[serde(default)]
    pub(super) capture: Option<PathBuf>,
    /// What goes wrong at the radio on purpose.
    #[serde(default)]
    #[garde(dive)]
    pub(super) faults: FaultSpec,
    /// The control socket.
    #[serde(default)]
    pub(super) socket: Option<PathBuf>,
    /// The folder that keeps the boot number.
    #[serde(default)]
    pub(super) state: Option<PathBuf>,
    /// What is logged.
    #[serde(default)]
    pub(super) log_level: LogLevel,
    /// How it is logged.
    #[serde(default)]
    pub(super) log_format: LogFormat,
}

/// Probabilities of what happens to a frame at the radio, either way. For tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FaultSpec {
    /// It is lost.
    #[garde(range(min = 0.0, max = 1.0))]
    pub(super) lose: f64,
    /// One of its bits is turned over.
    #[garde(range(min = 0.0, max = 1.0))]
    pub(super) damage: f64,
    /// It ends too early.
    #[garde(range(min = 0.0, max = 1.0))]
    pub(super) cut: f64,
    /// It comes twice.
    #[garde(range(min = 0.0, max = 1.0))]
    pub(super) repeat: f64,
}

/// The least important line that is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
}

/// How lines are logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one object a line.
    Json,
}

/// Where the settings come from, to be read once and again.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    pub(super) file: Option<PathBuf>,
    pub(super) flags: Vec<Override>,
}

impl Sources {
    /// Reads them.
    pub(super) fn load(&self) -> Result<Loaded<Settings>, ConfigError> {
        NODE.load(self.file.as_deref(), &self.flags)
    }
}

const NODE: Kind<Settings> = Kind {
    name: "node's file",
    first_key: "interface",
    if_empty: "a node needs at least `interface`, here or as `--interface NAME`",
    if_too_large: "a node has no more than a screenful of settings",
    check,
};

fn check(settings: &Settings) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut breach = |key: &str, message: &str, help: &str| {
        breaches.push(Breach::at_value(Way::root().key(key), message, help));
    };
    if settings.tap.as_ref() == Some(&settings.interface) {
        breach("tap", "the TAP can't have the radio's name", "leave it out, or choose another name");
    }
    for (key, path) in
        [("socket", &settings.socket), ("capture", &settings.capture), ("state", &settings.state)]
    {
        if path.as_deref() == Some(Path::new("")) {
            breach(key, &format!("`{key}` is an empty path"), "leave it out, or name a file");
        }
    }
    breaches
}

/// What the kernel takes as an interface's name.
fn interface_name(name: &str, _: &()) -> garde::Result {
    let fits = (1..=LONGEST_NAME).contains(&name.len())
        && !matches!(name, "." | "..")
        && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/' && byte != b':');
    if fits {
        Ok(())
    } else {
        Err(garde::Error::new("an interface's name has 1 to 15 letters, digits, `-`, `_` and `.`"))
    }
}

fn station(mac: &Written<Mac>, _: &()) -> garde::Result {
    if mac.0.is_unicast() { Ok(()) } else { Err(garde::Error::new("this is no address of one station")) }
}

fn spin(time: &Interval, _: &()) -> garde::Result {
    if *time <= LONGEST_SPIN {
        Ok(())
    } else {
        Err(garde::Error::new(format_args!("it is at most {LONGEST_SPIN}")))
    }
}

fn flood_rate() -> u32 {
    50
}

fn table() -> usize {
    4096
}

/// Bytes of an interface's name.
pub(super) const LONGEST_NAME: usize = 15;
const LONGEST_SPIN: Interval = Interval::from_secs(1);
