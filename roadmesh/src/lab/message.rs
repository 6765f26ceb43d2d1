//! What is said between a running lab and whoever commands it: one JSON line each way; descriptors come along with the answer
//! to [`Request::Enter`].

use super::args::Question;
use crate::ctl;
use serde::{Deserialize, Serialize};

/// What somebody wants of a lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "want", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Request {
    /// Who is there.
    List,
    /// To run a program at a host.
    Enter { node: String },
    /// A link to change, in both directions.
    Link { ends: [String; 2], change: LinkWish },
    /// A node to lose its power, or to have it again.
    Power { node: String, on: bool },
    /// What a node says of itself.
    Ask { node: String, question: Question },
    /// A node to be elsewhere, metres.
    Move { node: String, to: [f64; 2] },
}

/// What to change of a link; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LinkWish {
    pub(crate) down: Option<bool>,
    pub(crate) loss: Option<f64>,
    pub(crate) latency_us: Option<u64>,
    pub(crate) jitter_us: Option<u64>,
    pub(crate) rate_bps: Option<u64>,
    /// The same as the user wrote it.
    pub(crate) text: String,
}

/// What a lab answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", content = "with", rename_all = "snake_case")]
pub(crate) enum Response {
    /// It is done.
    Done,
    /// Who is there.
    List(Listing),
    /// The descriptors that follow are those of the host's network, the mounts, the processes and, if the lab is an ordinary
    /// user's, of the users.
    Enter { lab: String, node: String },
    /// What a node says of itself.
    Told(ctl::protocol::Response),
    /// It can't be done.
    Refused { message: String, help: Option<String> },
}

/// Who is in a lab.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Listing {
    pub(crate) lab: String,
    /// Seconds since the start.
    pub(crate) at_s: f64,
    /// When it ends by itself, seconds since the start.
    pub(crate) end_s: Option<f64>,
    /// The live hosts.
    pub(crate) hosts: Vec<HostRow>,
    /// Nodes and servers that are simulated.
    pub(crate) simulated: usize,
}

/// One live host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct HostRow {
    pub(crate) name: String,
    /// `obu`, `rsu` or `server`.
    pub(crate) role: String,
    /// Whether it is there and has power.
    pub(crate) up: bool,
    pub(crate) interface: String,
    pub(crate) addresses: Vec<String>,
    /// Of the path in use: the RSU, the next hop, and transmissions to the RSU.
    pub(crate) route: Option<(String, String, u32)>,
    /// Programs of the scenario that are running.
    pub(crate) apps: Vec<String>,
}
