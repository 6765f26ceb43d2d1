//! What a run gives: rows, events and the summary, as plain data. The World fills them, the recorder writes them.

use crate::fidelity::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Quantiles of a set of times, milliseconds; `None` where nothing was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    /// How many were measured.
    pub count: u64,
    /// Half are at most this.
    pub median_ms: Option<f64>,
    /// 95 % are at most this.
    pub p95_ms: Option<f64>,
    /// 99 % are at most this.
    pub p99_ms: Option<f64>,
    /// The largest.
    pub max_ms: Option<f64>,
}

/// Frames of one direction.
///
/// Frames sent during the warm-up are left out, and so are those sent in the last second of the run: they had no full
/// second to arrive in. Apart from these, every frame that was sent and not delivered is lost, whatever swallowed it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Frames the applications sent.
    pub sent: u64,
    /// Of these, delivered to the application at the other end, each counted once.
    pub delivered: u64,
    /// `delivered / sent`; `None` where nothing was sent.
    pub ratio: Option<f64>,
    /// Frames delivered more than once to an application.
    pub repeated: u64,
    /// Payload bits delivered per second.
    pub goodput_bps: f64,
    /// From the sending application to the receiving one.
    pub latency: Quantiles,
}

/// Route changes of one kind and how long traffic was interrupted by them.
///
/// An interruption is measured in each direction in which a flow of the vehicle is running, at the receiver of the first
/// such flow. It reaches from the last delivery before the change to the first delivery of a frame that was sent after it,
/// and its length is the longest time in it without a delivery, less the time that normally lies between two frames of
/// the flow, and at least 0. The blackout is that of the direction where it was longer. Further changes before it ends
/// belong to it, and if one of them is the loss of the route, it is an outage. One that the vehicle doesn't live to see
/// the end of counts, but has no length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interruptions {
    /// How many there were.
    pub count: u64,
    /// The interruption of the vehicle's traffic, for those where a flow was running.
    pub blackout: Quantiles,
    /// From the last delivery over the old path to its end, where it failed; 0 where another was better.
    pub detect: Quantiles,
    /// From there until there was a path again: 0 where another one was at hand.
    pub decide: Quantiles,
    /// From there to the first delivery of a later frame from the vehicle.
    pub first_up: Quantiles,
    /// The same to the vehicle.
    pub first_down: Quantiles,
    /// Frames of the flows measured that were sent before the one that ended the interruption, and never arrived.
    pub lost: u64,
    /// 95 % of the interruptions cost at most so many frames.
    pub lost_p95: Option<u64>,
}

/// What one interruption consisted of, milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Blackout {
    /// How long the vehicle's traffic was interrupted, in the direction where that was longer.
    pub blackout_ms: f64,
    /// The same from the vehicle; none where no flow was running.
    pub up_ms: Option<f64>,
    /// The same to the vehicle.
    pub down_ms: Option<f64>,
    /// See [`Interruptions::detect`].
    pub detect_ms: f64,
    /// See [`Interruptions::decide`].
    pub decide_ms: f64,
    /// See [`Interruptions::first_up`].
    pub first_up_ms: Option<f64>,
    /// See [`Interruptions::first_down`].
    pub first_down_ms: Option<f64>,
}

/// What was on the air, by what it was for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Air {
    /// RSUs' own heartbeats.
    pub heartbeats: AirUse,
    /// Heartbeats relayed by OBUs.
    pub relays: AirUse,
    /// Replies, of one OBU or of several in a frame.
    pub replies: AirUse,
    /// Other control frames: the word that a node has no route, and what can't be read.
    pub other: AirUse,
    /// All of these together.
    pub control: AirUse,
    /// Beacons.
    #[serde(default)]
    pub beacons: AirUse,
    /// Data frames.
    pub data: AirUse,
}

/// How beacons were received, of those sent after the warm-up and before the last second of the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BeaconFigures {
    /// Beacons that the applications sent.
    pub sent: u64,
    /// The same a second and sender.
    pub per_sender_s: Option<f64>,
    /// Radios around the senders, once for each beacon that is measured (see `measure_one_in`): those within the radius beyond which
    /// less than one frame in a million arrives, or with a link to the sender, when it was sent.
    pub around: u64,
    /// Of these, received.
    pub received: u64,
    /// `received / around`.
    pub ratio: Option<f64>,
    /// The same by steps of distance at the time of sending, from the nearest on.
    pub ratio_by_distance: Vec<Option<f64>>,
    /// Times from one reception to the next of the same sender's beacons at the same receiver.
    pub gaps: Gaps,
    /// The same by bands of distance when the second of the two was sent, from the nearest on.
    pub gaps_by_distance: Vec<Gaps>,
}

/// Channel busy ratios: the share of 100 ms in which a radio senses the channel busy or sends, of every radio and all of these
/// times together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChannelLoad {
    /// Mean.
    pub mean: Option<f64>,
    /// 95 % are at most this.
    pub p95: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
}

/// Times from one reception to the next of the same sender's beacons at the same receiver.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gaps {
    /// Mean, milliseconds.
    pub mean_ms: Option<f64>,
    /// How they are distributed.
    #[serde(flatten)]
    pub times: Quantiles,
}

/// How frames of one kind used the air. Each acknowledgement counts as airtime of the frame that it is for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AirUse {
    /// Share of the time that all nodes' frames of this kind take: the share of the channel where all hear all.
    pub channel_share: Option<f64>,
    /// The same for one node, mean over the nodes.
    pub node_share: Option<f64>,
    /// Frames a second and node, each counted once.
    pub frames_per_node_s: Option<f64>,
    /// Their bytes a second and node, Ethernet headers included, each frame counted once.
    pub bytes_per_node_s: Option<f64>,
}

/// The figures of a run, measured after the warm-up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// True if the run was ended before its time; then everything holds for the part that ran.
    pub partial: bool,
    /// Simulated seconds that the run covered, warm-up included.
    pub simulated_s: f64,
    /// Length of the warm-up, seconds.
    pub warmup_s: f64,
    /// Distinct OBUs seen.
    pub vehicles: u64,
    /// Most OBUs at once.
    pub vehicles_peak: u64,
    /// RSUs.
    pub rsus: u64,
    /// Share of the OBUs' time within one hop of an RSU (mean heartbeat delivery 0.9 or better).
    pub in_range_share: Option<f64>,
    /// Share of that time in which the OBU had a route.
    pub connected_in_range_share: Option<f64>,
    /// Share of all OBUs' time in which they had a route.
    pub connected_share: Option<f64>,
    /// Stays of 3 s or longer in one-hop range, and those among them in which no route was found.
    pub stays_in_range: u64,
    /// See `stays_in_range`.
    pub stays_without_route: u64,
    /// Delivery from vehicles to the wire or to RSUs.
    pub up: Delivery,
    /// Delivery to vehicles.
    pub down: Delivery,
    /// Request to response, back at the requester.
    pub round_trip: Delivery,
    /// Mean hops of the routes in use, over connected time.
    pub hops_mean: Option<f64>,
    /// Share of connected time by hops: index 0 is one hop.
    pub hops_share: Vec<f64>,
    /// From where a vehicle could have had the path that it found first after coming up, because all of its nodes were up and
    /// all of its links in reach (mean heartbeat delivery 0.9 or better), to finding it.
    pub convergence: Quantiles,
    /// The same by hops of that path: index 0 is one hop.
    pub convergence_by_hops: Vec<Quantiles>,
    /// All changes of the upstream path.
    pub route_changes: u64,
    /// Changes because the next hop failed, to another next hop towards the same RSU.
    pub failovers: Interruptions,
    /// Changes of the RSU without a time between them.
    pub handovers: Interruptions,
    /// Losses of the route with no other at hand, because the vehicle left the covered area or for any other reason.
    /// They last until there is a route again, to the same RSU or to another.
    pub outages: Interruptions,
    /// Beacons, if any are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beacons: Option<BeaconFigures>,
    /// How busy radios found the channel; none where they don't sense it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelLoad>,
    /// What was on the air.
    pub air: Air,
    /// Frames dropped, by layer and reason: `node.no_route`, `radio.queue_full`, …
    pub drops: BTreeMap<String, u64>,
    /// Other counters, summed over nodes.
    pub counters: BTreeMap<String, u64>,
}

/// One flow's figures; a row of `flows.csv`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FlowRow {
    /// The flow's name.
    pub flow: String,
    /// Sending node.
    pub from: String,
    /// Receiving node.
    pub to: String,
    /// `up` or `down` for one-way flows; for the others three rows: `request`, `response` (both one way) and `round_trip`,
    /// from the request's sending to the response's arrival.
    pub direction: &'static str,
    /// Frames sent.
    pub sent: u64,
    /// Frames delivered, each counted once.
    pub delivered: u64,
    /// Frames delivered again.
    pub repeated: u64,
    /// Median latency, ms.
    pub latency_median_ms: Option<f64>,
    /// 95 % of latencies are at most this, ms.
    pub latency_p95_ms: Option<f64>,
    /// 99 % are at most this, ms.
    pub latency_p99_ms: Option<f64>,
}

/// One second of the run; a row of `seconds.csv`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SecondRow {
    /// End of the second, simulated seconds.
    pub second: u64,
    /// OBUs present.
    pub vehicles: u64,
    /// Of these, within one hop of an RSU.
    pub in_range: u64,
    /// OBUs with a route.
    pub connected: u64,
    /// Frames sent and delivered in this second, by direction.
    pub up_sent: u64,
    /// See `up_sent`.
    pub up_delivered: u64,
    /// See `up_sent`.
    pub down_sent: u64,
    /// See `up_sent`.
    pub down_delivered: u64,
    /// Route changes.
    pub route_changes: u64,
    /// Airtime of control frames, all nodes, acknowledgements included, milliseconds.
    pub control_airtime_ms: f64,
    /// The part of it that relays of heartbeats have.
    pub relays_airtime_ms: f64,
    /// The part of it that replies have.
    pub replies_airtime_ms: f64,
    /// Airtime of beacons, all nodes, milliseconds.
    pub beacons_airtime_ms: f64,
    /// Airtime of data frames, all nodes, milliseconds.
    pub data_airtime_ms: f64,
    /// Frames dropped, all layers.
    pub drops: u64,
    /// Channel busy ratio of all radios over 100 ms each: mean, what 95 % do not exceed, and the largest; none where radios don't
    /// sense the channel.
    pub cbr_mean: Option<f64>,
    /// See `cbr_mean`.
    pub cbr_p95: Option<f64>,
    /// See `cbr_mean`.
    pub cbr_max: Option<f64>,
}

/// Where a node was at the end of a second, and how it was connected; a row of `tracks.csv`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrackRow<'a> {
    /// End of the second, simulated seconds.
    pub second: u64,
    /// The node.
    pub node: &'a str,
    /// `obu` or `rsu`.
    pub role: &'static str,
    /// Metres to the east, to the centimetre; none on a radio on which places don't matter.
    pub x_m: Option<f64>,
    /// Metres to the north.
    pub y_m: Option<f64>,
    /// Hops of an OBU's route; none without a route.
    pub hops: Option<u32>,
    /// The RSU that it leads to.
    pub rsu: Option<&'a str>,
}

/// A measured frame that was never delivered; a row of `losses.csv`. For each direction there are as many as
/// [`Delivery`] counts as sent and not delivered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LossRow<'a> {
    /// When it was sent, microseconds of simulated time.
    pub sent_us: u64,
    /// The flow.
    pub flow: &'a str,
    /// `up` or `down`.
    pub direction: &'static str,
    /// The flow's vehicle, which sent it or would have got it.
    pub node: &'a str,
    /// Where that was then: metres to the east, to the centimetre. None if it was not there, or has no place.
    pub x_m: Option<f64>,
    /// Metres to the north.
    pub y_m: Option<f64>,
}

/// One step of the distribution of one direction's latencies; a row of `latency.csv`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LatencyRow {
    /// `up`, `down` or `round_trip`.
    pub direction: &'static str,
    /// These frames took at most so long, and longer than those of the row before. A hundred steps lie between a time and
    /// ten times that.
    pub up_to_ms: f64,
    /// How many there were.
    pub frames: u64,
}

/// How many receive beacons at a distance; a row of `beacons.csv`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BeaconRow {
    /// From this distance on, metres ...
    pub from_m: f64,
    /// ... to this one.
    pub to_m: f64,
    /// Radios that far from the senders of the beacons that are measured, once for each beacon.
    pub around: u64,
    /// Of these, received.
    pub received: u64,
    /// `received / around`.
    pub ratio: Option<f64>,
}

/// How long it is between receptions of beacons at a distance; a row of `gaps.csv`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GapRow {
    /// From this distance on, metres ...
    pub from_m: f64,
    /// ... to this one.
    pub to_m: f64,
    /// How many there were.
    pub gaps: u64,
    /// Their mean, ms.
    pub mean_ms: Option<f64>,
    /// Half are at most this, ms.
    pub median_ms: Option<f64>,
    /// 95 % are at most this, ms.
    pub p95_ms: Option<f64>,
    /// 99 % are at most this, ms.
    pub p99_ms: Option<f64>,
    /// The longest, ms.
    pub max_ms: Option<f64>,
}

/// How late one second's deliveries to live hosts were; a row of `lateness.csv`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LatenessRow {
    /// End of the second, seconds since the start.
    pub second: u64,
    /// Deliveries.
    pub deliveries: u64,
    /// Half were at most this late, ms.
    pub median_ms: Option<f64>,
    /// 99 % were at most this late, ms.
    pub p99_ms: Option<f64>,
    /// The latest, ms.
    pub max_ms: Option<f64>,
    /// How long everything was later than the tolerance, ms.
    pub behind_ms: f64,
    /// Frames that the host dropped.
    pub host_drops: u64,
}

/// Something that must always hold, and doesn't; the content of `violation.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// `cycle`, `stuck`, `route`, `vanished`, `books`, `content` or `memory`.
    pub invariant: &'static str,
    /// When, microseconds of simulated time.
    pub at_us: u64,
    /// The nodes concerned.
    pub nodes: Vec<String>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Violation { invariant, at_us, nodes, what } = self;
        write!(f, "at {}.{:06}s, invariant `{invariant}`", at_us / 1_000_000, at_us % 1_000_000)?;
        if !nodes.is_empty() {
            write!(f, ", {}", nodes.join(", "))?;
        }
        write!(f, ": {what}")
    }
}

/// Something that happened; a line of `events.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunEvent {
    /// When, microseconds of simulated time.
    pub at_us: u64,
    /// The node it happened at; `*` where it concerns all.
    pub node: String,
    /// What.
    #[serde(flatten)]
    pub what: Happening,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Happening {
    /// A vehicle entered, or a node came up.
    Up,
    /// A vehicle left, or a node went down.
    Down,
    /// A link's state was changed by a fault.
    Link {
        /// The other end.
        to: String,
        /// What was done: `down`, `up` or `loss=0.5`.
        change: String,
    },
    /// An RSU's wire to the switch was cut or mended.
    Backhaul {
        /// What was done: `down` or `up`.
        change: &'static str,
    },
    /// A node's clock was set.
    ClockStep {
        /// By how much further it is ahead now, microseconds; negative where it was set back.
        by_us: i64,
    },
    /// Frames are lost for a time, or not any more.
    Disturbance {
        /// `burst` or `dark`.
        kind: &'static str,
        /// Which frames: `link`, `node`, `area` or `all`.
        scope: &'static str,
        /// Of a link, its other end.
        to: Option<String>,
        /// `begins` or `ends`.
        change: &'static str,
    },
    /// A node was taken to another place.
    Moved {
        /// Metres to the east.
        x: f64,
        /// Metres to the north.
        y: f64,
    },
    /// A program of a live run started.
    Started {
        /// Its name.
        app: String,
    },
    /// A program of a live run ended.
    Ended {
        /// Its name.
        app: String,
        /// Its exit code, or 128 plus the signal that ended it, as shells have it.
        exit: i32,
    },
    /// The upstream path changed.
    Route {
        /// `found`, `lost`, `failover`, `handover` or `change`.
        kind: &'static str,
        /// Why, in the protocol's terms.
        cause: &'static str,
        /// The RSU before.
        from_rsu: Option<String>,
        /// The next hop before.
        from_hop: Option<String>,
        /// The RSU now.
        to_rsu: Option<String>,
        /// The next hop now.
        to_hop: Option<String>,
        /// Transmissions to the RSU now.
        hops: Option<u32>,
        /// Cost of the path now, microseconds.
        cost_us: Option<u32>,
    },
    /// A vehicle found its first route since it came up.
    Converged {
        /// Transmissions to the RSU.
        hops: u32,
        /// See [`Summary::convergence`], milliseconds.
        after_ms: f64,
    },
    /// Traffic flowed again after a failover, a handover or an outage.
    Resumed {
        /// `failover`, `handover` or `outage`.
        kind: &'static str,
        /// What it consisted of.
        #[serde(flatten)]
        blackout: Blackout,
    },
}

/// What a live run adds to the figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveFigures {
    /// Whether the host kept up.
    #[serde(flatten)]
    pub fidelity: Verdict,
    /// Programs, in the scenario's order.
    pub apps: Vec<AppFigures>,
}

/// What became of one program of a live run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AppFigures {
    /// Its name.
    pub app: String,
    /// Where it ran.
    pub node: String,
    /// How often it was started: once each time that its node came up.
    pub starts: u64,
    /// The exit code of its last run, as in [`Happening::Ended`]; none if that went on to the end of the lab.
    pub exit: Option<i32>,
    /// Whether all of its runs ended as the scenario wants it, and there was one.
    pub as_expected: bool,
}

/// `part / whole`; `None` of nothing.
pub(crate) fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Simulated time, microseconds.
    pub now_us: u64,
    /// Where it ends, microseconds.
    pub end_us: u64,
    /// Nodes up.
    pub nodes: u64,
    /// Events handled.
    pub events: u64,
}

/// Whoever watches a run: the recorder, the progress bar.
pub trait Observer {
    /// Something happened.
    fn event(&mut self, event: &RunEvent) -> std::io::Result<()>;
    /// Where a node is at the end of the second of which [`Observer::second`] tells next.
    fn track(&mut self, _: &TrackRow<'_>) -> std::io::Result<()> {
        Ok(())
    }
    /// A second is over.
    fn second(&mut self, row: &SecondRow) -> std::io::Result<()>;
    /// Called every few milliseconds of wall time or so; `false` ends the run.
    fn progress(&mut self, progress: Progress) -> bool;
}
