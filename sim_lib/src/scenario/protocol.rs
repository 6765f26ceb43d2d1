//! The protocol's settings as they are written, for whatever a node runs on.

use config_lib::Interval;
use garde::Validate;
use node_lib::addr::Mac;
use node_lib::control::config::{DEFAULT_ETHERTYPE, NodeConfig};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// The protocol's settings; the same on every node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct ProtocolSpec {
    /// Mean time between an RSU's heartbeats.
    #[garde(custom(config_lib::limits::period))]
    pub heartbeat_interval: Interval,
    /// Longest time between an OBU's replies.
    #[garde(custom(config_lib::limits::period))]
    pub reply_interval: Interval,
    /// Copies of a heartbeat, from as many neighbours at a cost as good as ours, that suppress our relay.
    #[garde(range(min = 1, max = 32))]
    pub candidates: usize,
    /// Heartbeats missed in a row that end a next hop.
    #[garde(range(min = 1))]
    pub missed: u8,
    /// Consecutive failed unicasts that end a next hop.
    #[garde(range(min = 1))]
    pub tx_failures: u8,
    /// How much better, in percent, another path must be.
    #[garde(range(max = 1000))]
    pub hysteresis_percent: u32,
    /// Whether the link layer reports the fate of unicasts.
    pub tx_status: Reporting,
    /// Transmissions a data frame may make.
    #[garde(range(min = 1, max = 31))]
    pub hop_limit: u8,
    /// Marker of our frames: an EtherType, 1536 (0x0600) or above.
    #[garde(custom(config_lib::limits::ethertype))]
    pub ethertype: u16,
}

/// Whether a radio reports the fate of unicasts. Written `auto`, `on` or `off`; `true` and `false` are the last two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reporting {
    /// If it can. A simulated one always can.
    #[default]
    Auto,
    /// It does.
    On,
    /// It doesn't, or is not to be believed.
    Off,
}

impl ProtocolSpec {
    /// A node's settings with these, for a radio with this address that can report the fate of unicasts or not.
    pub fn settings(&self, mac: Mac, reports: bool) -> NodeConfig {
        NodeConfig {
            ethertype: self.ethertype,
            heartbeat_interval: self.heartbeat_interval.get(),
            reply_interval: self.reply_interval.get(),
            candidates: self.candidates,
            missed: self.missed,
            tx_failures: self.tx_failures,
            hysteresis_percent: self.hysteresis_percent,
            hop_limit: self.hop_limit,
            tx_status: self.tx_status.resolve(reports),
            ..NodeConfig::new(mac)
        }
    }
}

impl Reporting {
    /// What that means for a radio that can, or can't.
    pub const fn resolve(self, can: bool) -> bool {
        match self {
            Reporting::Auto => can,
            Reporting::On => true,
            Reporting::Off => false,
        }
    }
}

/// The defaults of [`NodeConfig`].
impl Default for ProtocolSpec {
    fn default() -> Self {
        ProtocolSpec {
            heartbeat_interval: Interval::from_millis(200),
            reply_interval: Interval::from_secs(1),
            candidates: 3,
            missed: 3,
            tx_failures: 2,
            hysteresis_percent: 15,
            tx_status: Reporting::Auto,
            hop_limit: 8,
            ethertype: DEFAULT_ETHERTYPE,
        }
    }
}

impl fmt::Display for Reporting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reporting::Auto => "auto",
            Reporting::On => "on",
            Reporting::Off => "off",
        })
    }
}

impl JsonSchema for Reporting {
    fn schema_name() -> Cow<'static, str> {
        "Reporting".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": ["auto", "on", "off", true, false] })
    }
}

impl Serialize for Reporting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reporting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Word)
    }
}

struct Word;

impl Visitor<'_> for Word {
    type Value = Reporting;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one of `auto`, `on` and `off`")
    }

    fn visit_bool<E: de::Error>(self, on: bool) -> Result<Reporting, E> {
        Ok(if on { Reporting::On } else { Reporting::Off })
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<Reporting, E> {
        match word {
            "auto" => Ok(Reporting::Auto),
            "on" => Ok(Reporting::On),
            "off" => Ok(Reporting::Off),
            _ => Err(E::invalid_value(de::Unexpected::Str(word), &self)),
        }
    }
}
