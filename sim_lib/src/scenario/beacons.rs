//! Beacons: what nodes tell everybody around them, again and again.

use super::limits;
use config_lib::{Interval, Rate};
use garde::Validate;
use node_lib::buffer_pool::AccessCategory;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who sends beacons, and how their reception is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct BeaconsSpec {
    /// Who sends, and what. A node is in one of them at most.
    #[garde(dive, length(min = 1))]
    pub senders: Vec<BeaconSpec>,
    /// How every node keeps the channel from congestion: by the time between its beacons, and between control frames.
    #[serde(default)]
    pub congestion_control: CongestionControl,
    /// Width of the steps of distance in which the delivery ratio is measured, metres.
    #[serde(default = "twenty_five")]
    #[garde(range(min = 1.0, max = 10_000.0))]
    pub delivery_step: f64,
    /// Width of the bands of distance in which gaps between receptions are measured, metres.
    #[serde(default = "hundred")]
    #[garde(range(min = 1.0, max = 10_000.0))]
    pub gap_band: f64,
    /// One in so many of each sender's beacons is measured for the delivery ratio.
    #[serde(default = "one")]
    #[garde(range(min = 1, max = 10_000))]
    pub measure_one_in: u32,
}

/// Nodes that send beacons alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct BeaconSpec {
    /// A node, a group for each of its members, `vehicles` for every OBU, or `all` for every node.
    pub from: String,
    /// Beacons per second. Each node begins at a random time of its first interval.
    #[serde(default = "ten_a_second")]
    #[garde(custom(limits::beacon_rate))]
    pub rate: Rate,
    /// Each beacon is sent later by a random time up to this share of the interval.
    #[serde(default)]
    #[garde(range(min = 0.0, max = 1.0))]
    pub jitter: f64,
    /// Bytes of the packet that a radio carries; 802.11 and LLC add 38.
    #[serde(default = "three_hundred")]
    #[garde(range(min = MIN_BEACON, max = MAX_BEACON))]
    pub size: usize,
    /// How the radio ranks them.
    #[serde(default)]
    pub category: Category,
    /// When they start.
    #[serde(default)]
    pub start: Interval,
    /// When they stop; at the end if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Interval>,
}

/// A way of decentralised congestion control (ETSI TS 102 687).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CongestionControl {
    /// None: everybody sends as often as it likes.
    #[default]
    None,
    /// By a table of channel busy ratios.
    Reactive,
    /// By a linear control of the share of time that each radio sends.
    Limeric,
}

/// An access category of EDCA.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// The least urgent.
    Background,
    /// That of ETSI's cooperative awareness messages (DCC profile DP2).
    #[default]
    BestEffort,
    /// That of this protocol's heartbeats and replies.
    Video,
    /// The most urgent.
    Voice,
}

impl From<Category> for AccessCategory {
    fn from(category: Category) -> AccessCategory {
        match category {
            Category::Background => AccessCategory::Background,
            Category::BestEffort => AccessCategory::BestEffort,
            Category::Video => AccessCategory::Video,
            Category::Voice => AccessCategory::Voice,
        }
    }
}

fn one() -> u32 {
    1
}

fn twenty_five() -> f64 {
    25.0
}

fn hundred() -> f64 {
    100.0
}

fn three_hundred() -> usize {
    300
}

fn ten_a_second() -> Rate {
    Rate::new(10.0).expect("ten times a second is a rate")
}

/// The name that stands for every node in `from` of beacons, unless something has that name.
pub const ALL: &str = "all";
/// The fewest bytes: what is measured (sender, time, place, and whether) takes 29 of them, the header of a real message more.
pub const MIN_BEACON: usize = 40;
/// The most that one frame carries.
pub const MAX_BEACON: usize = 1500;
