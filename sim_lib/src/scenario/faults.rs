//! What breaks in a scenario, and when, as it is written.

use super::limits;
use config_lib::Interval;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that breaks or mends: a time, and exactly one of the other keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct FaultSpec {
    /// When.
    pub at: Interval,
    /// A node loses its power.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_down: Option<String>,
    /// It comes back, with a new boot number and no memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node_up: Option<String>,
    /// Nothing passes between two nodes any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_down: Option<[String; 2]>,
    /// It does again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_up: Option<[String; 2]>,
    /// The loss between two nodes changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub link_loss: Option<LinkLoss>,
    /// An RSU's wire to the switch is cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backhaul_down: Option<String>,
    /// It is mended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backhaul_up: Option<String>,
    /// A node's clock is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub clock_step: Option<ClockStep>,
    /// Frames are lost for a time: all along, or in bursts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub burst: Option<Burst>,
    /// Nothing is sent or received in a part of the map for a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub dark: Option<Dark>,
}

/// A new loss on a link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct LinkLoss {
    /// The two ends.
    pub between: [String; 2],
    /// Share of transmissions lost, 0 to 1.
    #[garde(range(min = 0.0, max = 1.0))]
    pub loss: f64,
}

/// A clock that is set: exactly one of `forward` and `back`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ClockStep {
    /// Whose clock.
    pub node: String,
    /// By how much it is set forward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(limits::step)))]
    pub forward: Option<Interval>,
    /// By how much it is set back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(limits::step)))]
    pub back: Option<Interval>,
}

/// Loss on top of all other, between two nodes, at one, or everywhere.
///
/// With `mean_burst` and `mean_gap` it comes in bursts: a channel of two states, each of which lasts for an exponentially
/// distributed time; the good one loses nothing, the bad one `loss` (Gilbert, "Capacity of a burst-noise channel", Bell
/// System Technical Journal 39, 1960). With `link_loss` on top the good one loses something too (Elliott, "Estimates of error
/// rates for codes on burst-noise channels", the same 42, 1963). All that a burst concerns shares one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Burst {
    /// Between these two nodes only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<[String; 2]>,
    /// Whatever this node sends or receives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// When it is over; at the run's end if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Interval>,
    /// Share of transmissions lost, 0 to 1.
    #[serde(default = "all")]
    #[garde(range(min = 0.0, max = 1.0))]
    pub loss: f64,
    /// Mean length of a burst.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(limits::mean_time)))]
    pub mean_burst: Option<Interval>,
    /// Mean time from one burst to the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(limits::mean_time)))]
    pub mean_gap: Option<Interval>,
}

/// A part of the map that goes dark: exactly one of `circle` and `rectangle`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Dark {
    /// When it is over; at the run's end if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Interval>,
    /// Its centre and radius, metres: [x, y, radius].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(inner(custom(limits::coordinate))))]
    pub circle: Option<[f64; 3]>,
    /// Its corners, metres: [lowest x, lowest y, highest x, highest y].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(inner(custom(limits::coordinate))))]
    pub rectangle: Option<[f64; 4]>,
}

/// What a [`FaultSpec`] does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FaultKind<'a> {
    /// A node loses its power.
    NodeDown(&'a str),
    /// It comes back.
    NodeUp(&'a str),
    /// Nothing passes between two nodes any more.
    LinkDown(&'a [String; 2]),
    /// It does again.
    LinkUp(&'a [String; 2]),
    /// The loss between two nodes changes.
    LinkLoss(&'a LinkLoss),
    /// An RSU's wire to the switch is cut.
    BackhaulDown(&'a str),
    /// It is mended.
    BackhaulUp(&'a str),
    /// A node's clock is set.
    ClockStep(&'a ClockStep),
    /// Frames are lost for a time.
    Burst(&'a Burst),
    /// Nothing is sent or received in a part of the map for a time.
    Dark(&'a Dark),
}

/// The keys of a fault beside `at`.
pub(super) const KINDS: &str = "`node_down`, `node_up`, `link_down`, `link_up`, `link_loss`, `backhaul_down`, \
    `backhaul_up`, `clock_step`, `burst`, `dark`";

impl FaultSpec {
    /// What it does. `None` unless exactly one of the keys is present, which loading a scenario makes sure of.
    pub fn kind(&self) -> Option<FaultKind<'_>> {
        let mut kinds = [
            self.node_down.as_deref().map(FaultKind::NodeDown),
            self.node_up.as_deref().map(FaultKind::NodeUp),
            self.link_down.as_ref().map(FaultKind::LinkDown),
            self.link_up.as_ref().map(FaultKind::LinkUp),
            self.link_loss.as_ref().map(FaultKind::LinkLoss),
            self.backhaul_down.as_deref().map(FaultKind::BackhaulDown),
            self.backhaul_up.as_deref().map(FaultKind::BackhaulUp),
            self.clock_step.as_ref().map(FaultKind::ClockStep),
            self.burst.as_ref().map(FaultKind::Burst),
            self.dark.as_ref().map(FaultKind::Dark),
        ]
        .into_iter()
        .flatten();
        kinds.next().filter(|_| kinds.next().is_none())
    }
}

impl ClockStep {
    /// By how many microseconds the clock is further ahead afterwards.
    pub fn micros(&self) -> i64 {
        let micros = |interval: Option<Interval>| interval.map_or(0, |interval| interval.micros() as i64);
        micros(self.forward).saturating_sub(micros(self.back))
    }
}

fn all() -> f64 {
    1.0
}
