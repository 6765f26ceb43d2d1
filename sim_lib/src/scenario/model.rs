//! The scenario as it is written: every key, its unit, its default and its limits.
//!
//! Plain data. A scenario that came from [`super::Scenario::load`] keeps every limit stated here, and every name in it
//! refers to something that exists.

pub use super::dot11p::{AccessSpec, AccessSpecs, Dot11pSpec};
pub use super::faults::{Burst, ClockStep, Dark, FaultKind, FaultSpec, LinkLoss};
pub use super::propagation::{FrameFadingSpec, PathLossSpec, PropagationSpec, ShadowingSpec};
pub use super::protocol::{ProtocolSpec, Reporting};

use super::beacons::BeaconsSpec;
use super::group::GroupSpec;
use super::lab::LabSpec;
use super::limits;
use super::network::{GeoSpec, NetworkSpec};
use super::random_faults::RandomFaults;
use super::trace::TraceSpec;
use config_lib::{Interval, Rate};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A whole scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Scenario {
    /// A name for tables and folders.
    #[garde(custom(config_lib::limits::name))]
    pub name: String,
    /// What it shows, for readers.
    #[serde(default)]
    pub description: String,
    /// Simulated time, warm-up included.
    pub duration: Interval,
    /// Time at the start that the figures leave out.
    #[serde(default)]
    pub warmup: Interval,
    /// Seed of every random draw.
    #[serde(default = "one")]
    pub seed: u64,
    /// The nodes that are named one by one.
    #[serde(default)]
    #[garde(dive)]
    pub nodes: BTreeMap<String, NodeSpec>,
    /// Nodes alike, many under one name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[garde(dive)]
    pub groups: BTreeMap<String, GroupSpec>,
    /// A road network that nodes are placed by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkSpec>,
    /// Vehicles from a trace, each an OBU with the trace's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub trace: Option<TraceSpec>,
    /// The wire that joins the RSUs' TAPs to servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub wired: Option<WiredSpec>,
    /// The radio.
    #[garde(dive)]
    pub radio: RadioSpec,
    /// The protocol's settings.
    #[serde(default)]
    #[garde(dive)]
    pub protocol: ProtocolSpec,
    /// What is sent.
    #[serde(default)]
    #[garde(dive)]
    pub traffic: Vec<FlowSpec>,
    /// Broadcasts to everybody around, beside the routing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub beacons: Option<BeaconsSpec>,
    /// What breaks, and when.
    #[serde(default)]
    #[garde(dive)]
    pub faults: Vec<FaultSpec>,
    /// More of them, drawn from the seed when the scenario is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub random_faults: Option<RandomFaults>,
    /// What holds for live runs alone.
    #[serde(default)]
    #[garde(dive)]
    pub lab: LabSpec,
}

/// Who has a node's radio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NodeRadio {
    /// Our routing; the node's host has a TAP behind it.
    #[default]
    Mesh,
    /// The node's host itself, as a plain interface. Only in live runs.
    Tap,
}

/// What a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// An on-board unit.
    Obu,
    /// A road-side unit.
    Rsu,
}

/// One named node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct NodeSpec {
    /// OBU or RSU.
    pub role: Role,
    /// Who has its radio.
    #[serde(default)]
    pub radio: NodeRadio,
    /// Where it stands, metres: [x, y]. Needed by every radio but the ideal one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(inner(custom(limits::coordinate))))]
    pub position: Option<[f64; 2]>,
    /// Where it stands, by longitude and latitude. Needs `network`; loading a scenario makes a `position` of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub geo: Option<GeoSpec>,
    /// The junction of `network` where it stands; loading a scenario makes a `position` of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub junction: Option<String>,
    /// Where it drives instead: [seconds, x, y] each, straight lines between.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waypoints: Vec<[f64; 3]>,
}

/// The wired segment: a learning switch, one port for each RSU's TAP and each server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct WiredSpec {
    /// One way through the switch.
    #[serde(default = "one_ms")]
    #[garde(custom(limits::delay))]
    pub latency: Interval,
    /// Names of the server hosts.
    #[serde(default)]
    pub hosts: Vec<String>,
}

/// The radio: which profile, and the settings of each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct RadioSpec {
    /// Which of the sections below is in use. The others change nothing.
    pub profile: RadioProfile,
    /// Tries for one unicast, the first included.
    #[serde(default = "five")]
    #[garde(range(min = 1, max = 32))]
    pub attempts: u8,
    /// Frames a radio queues.
    #[serde(default = "sixty_four")]
    #[garde(range(min = 1, max = 65_536))]
    pub queue: usize,
    /// Settings of the profile `ideal`.
    #[serde(default)]
    #[garde(dive)]
    pub ideal: IdealSpec,
    /// Settings of the profile `geometric`.
    #[serde(default)]
    #[garde(dive)]
    pub geometric: GeometricSpec,
    /// Settings of the profile `80211p`.
    #[serde(default, rename = "80211p")]
    #[garde(dive)]
    pub dot11p: Dot11pSpec,
}

impl RadioSpec {
    /// A radio of this profile as it is where nothing more is said.
    pub fn of(profile: RadioProfile) -> RadioSpec {
        RadioSpec {
            profile,
            attempts: five(),
            queue: sixty_four(),
            ideal: IdealSpec::default(),
            geometric: GeometricSpec::default(),
            dot11p: Dot11pSpec::default(),
        }
    }
}

/// How the radio is modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RadioProfile {
    /// Links with fixed properties, no geometry.
    Ideal,
    /// Path loss over distance, a reception curve, airtime; no contention between radios.
    Geometric,
    /// The same with interference and contention.
    #[serde(rename = "80211p")]
    Dot11p,
}

impl RadioProfile {
    /// Whether it matters where radios are.
    pub fn has_places(self) -> bool {
        self != RadioProfile::Ideal
    }
}

/// Links with fixed properties.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct IdealSpec {
    /// The links. Without any, every pair of nodes has one with `default`'s properties.
    #[garde(dive)]
    pub links: Vec<LinkSpec>,
    /// Properties of links that state none.
    #[garde(dive)]
    pub default: LinkProperties,
}

/// Path loss, noise and data rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct GeometricSpec {
    /// Transmit power, dBm.
    #[garde(range(min = -50.0, max = 60.0))]
    pub tx_power_dbm: f64,
    /// Noise figure, dB.
    #[garde(range(min = 0.0, max = 40.0))]
    pub noise_figure_db: f64,
    /// Data rate, Mb/s: 3, 4.5, 6, 9, 12, 18, 24 or 27.
    #[garde(custom(limits::data_rate))]
    pub rate_mbps: f64,
    /// Fading on top of the path loss.
    pub fading: FadingSpec,
}

/// Fading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FadingSpec {
    /// Every frame is received at the mean power.
    None,
    /// Nakagami: m = 1.5 below 80 m, 0.75 beyond.
    #[default]
    Nakagami,
}

/// One ideal link, both ways.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct LinkSpec {
    /// The two ends.
    pub between: [String; 2],
    /// One-way delay; otherwise the default's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(limits::delay)))]
    pub latency: Option<Interval>,
    /// Extra delay, uniform between 0 and this; never reorders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(limits::delay)))]
    pub jitter: Option<Interval>,
    /// Share of transmissions lost, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 0.0, max = 1.0)))]
    pub loss: Option<f64>,
    /// Bits per second; unlimited where neither the link nor the default states one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1.0, max = 1e12)))]
    pub rate: Option<f64>,
}

/// Properties of an ideal link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct LinkProperties {
    /// One-way delay.
    #[garde(custom(limits::delay))]
    pub latency: Interval,
    /// Extra delay, uniform between 0 and this; never reorders.
    #[garde(custom(limits::delay))]
    pub jitter: Interval,
    /// Share of transmissions lost, 0 to 1.
    #[garde(range(min = 0.0, max = 1.0))]
    pub loss: f64,
    /// Bits per second; unlimited without.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1.0, max = 1e12)))]
    pub rate: Option<f64>,
}

/// One flow, or one for each vehicle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct FlowSpec {
    /// A name for tables.
    #[garde(custom(config_lib::limits::name))]
    pub name: String,
    /// How it sends.
    pub kind: FlowKind,
    /// A node, a server, a group for each of its members, or `vehicles` for every OBU.
    pub from: String,
    /// The same; one end at most stands for many.
    pub to: String,
    /// Frames (or requests) per second.
    pub rate: Rate,
    /// UDP payload bytes (of the request).
    #[garde(range(min = MIN_PAYLOAD, max = MAX_PAYLOAD))]
    pub size: usize,
    /// UDP payload bytes of the response; `size` if absent. Only for `kind: request`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = MIN_PAYLOAD, max = MAX_PAYLOAD)))]
    pub response_size: Option<usize>,
    /// When it starts.
    #[serde(default)]
    pub start: Interval,
    /// When it stops; at the end if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Interval>,
}

/// How a flow sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FlowKind {
    /// One way, at a constant rate.
    Constant,
    /// Each frame is answered.
    Request,
}

impl Default for GeometricSpec {
    fn default() -> Self {
        GeometricSpec {
            tx_power_dbm: 20.0,
            noise_figure_db: 6.0,
            rate_mbps: 6.0,
            fading: FadingSpec::Nakagami,
        }
    }
}

impl Default for LinkProperties {
    fn default() -> Self {
        LinkProperties { latency: Interval::from_millis(1), jitter: Interval::ZERO, loss: 0.0, rate: None }
    }
}

fn one() -> u64 {
    1
}

fn one_ms() -> Interval {
    Interval::from_millis(1)
}

fn five() -> u8 {
    5
}

fn sixty_four() -> usize {
    64
}

/// The name that stands for every OBU in `from` and `to` of a flow.
pub const VEHICLES: &str = "vehicles";
/// The fewest UDP payload bytes that hold what is measured: flow, number, time and check.
pub const MIN_PAYLOAD: usize = 24;
/// The most that fit into an unfragmented frame: 1500 bytes less 40 of IPv6 and 8 of UDP.
pub const MAX_PAYLOAD: usize = 1452;
