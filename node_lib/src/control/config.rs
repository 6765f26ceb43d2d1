//! What a node is told when it is made.

use crate::addr::Mac;
use crate::random::Key;
use std::time::Duration;

/// The EtherType of our frames unless configured otherwise: IEEE 802 local experimental 1.
pub const DEFAULT_ETHERTYPE: u16 = 0x88b5;

/// Settings of one node. [`NodeConfig::new`] gives the defaults; times and counts are those of the protocol.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// The radio's address.
    pub mac: Mac,
    /// Grows at each restart of this node; provided by the shell. An RSU's epoch, an OBU's boot number.
    pub boot: u32,
    /// Key of every random draw this node makes.
    pub key: Key,
    /// Marker of our frames.
    pub ethertype: u16,
    /// Mean time between an RSU's heartbeats; the same on every node. Each is drawn within ±10 %.
    pub heartbeat_interval: Duration,
    /// Longest time between an OBU's replies where no data refreshes its path.
    pub reply_interval: Duration,
    /// How long a relay keeps replies back so that they share a frame.
    pub reply_wait: Duration,
    /// Shortest and longest wait before a heartbeat is relayed.
    pub relay_wait: (Duration, Duration),
    /// Oldest a heartbeat can be when it arrives: hop limit x (longest relay wait + air).
    pub max_age: Duration,
    /// Copies of a heartbeat, from as many neighbours at a cost as good as ours, that suppress our relay.
    pub candidates: usize,
    /// RSUs that are kept.
    pub max_rsus: usize,
    /// Heartbeats missed in a row, or lag, that end a next hop.
    pub missed: u8,
    /// Consecutive failed unicasts that end a next hop.
    pub tx_failures: u8,
    /// How much better, in percent, another path must be.
    pub hysteresis_percent: u32,
    /// For how many heartbeat intervals it must be.
    pub hysteresis_intervals: u32,
    /// Transmissions a data frame may make.
    pub hop_limit: u8,
    /// Time one full-sized unicast takes on the air at the rate in use, with its acknowledgement.
    pub airtime: Duration,
    /// Whether the link layer reports the fate of unicasts.
    pub tx_status: bool,
    /// Largest frame the radio carries, Ethernet header included, bytes.
    pub radio_mtu: usize,
    /// Copies of broadcast, multicast and unknown unicast that may go on the air, per second; each segment of a train is one.
    pub flood_rate: u32,
    /// OBUs that an RSU or relay keeps downstream entries for.
    pub max_downstream: usize,
    /// Host addresses kept at the TAP side.
    pub max_hosts: usize,
}

impl NodeConfig {
    /// These settings within the limits that the protocol and its arithmetic have: times from a microsecond to an hour,
    /// hop limits that fit their five bits, counts of at least one.
    #[must_use]
    pub fn within_limits(mut self) -> Self {
        let times = [
            &mut self.heartbeat_interval,
            &mut self.reply_interval,
            &mut self.reply_wait,
            &mut self.relay_wait.0,
            &mut self.relay_wait.1,
            &mut self.max_age,
            &mut self.airtime,
        ];
        for time in times {
            *time = (*time).clamp(SHORTEST, LONGEST);
        }
        self.hop_limit = self.hop_limit.clamp(1, 31);
        self.candidates = self.candidates.max(1);
        self.missed = self.missed.max(1);
        self.max_rsus = self.max_rsus.max(1);
        self.hysteresis_percent = self.hysteresis_percent.min(10_000);
        self.hysteresis_intervals = self.hysteresis_intervals.min(10_000);
        self
    }

    /// Takes over those of `other`'s settings that a running node can change: how it chooses, when it gives a neighbour up, how
    /// far its frames go, what it floods, and whether there is transmit status. What it is known by, its times and the sizes
    /// of its tables stay.
    pub fn take_over(&mut self, other: &NodeConfig) {
        self.candidates = other.candidates;
        self.missed = other.missed;
        self.tx_failures = other.tx_failures;
        self.hysteresis_percent = other.hysteresis_percent;
        self.hysteresis_intervals = other.hysteresis_intervals;
        self.hop_limit = other.hop_limit;
        self.flood_rate = other.flood_rate;
        self.tx_status = other.tx_status;
        *self = self.clone().within_limits();
    }

    /// The defaults of the protocol for a node with this address.
    pub fn new(mac: Mac) -> Self {
        NodeConfig {
            mac,
            boot: 1,
            key: Key::seed(0),
            ethertype: DEFAULT_ETHERTYPE,
            heartbeat_interval: Duration::from_millis(200),
            reply_interval: Duration::from_secs(1),
            reply_wait: Duration::from_millis(5),
            relay_wait: (Duration::from_millis(1), Duration::from_millis(8)),
            max_age: Duration::from_millis(100),
            candidates: 3,
            max_rsus: 8,
            missed: 3,
            tx_failures: 2,
            hysteresis_percent: 15,
            hysteresis_intervals: 3,
            hop_limit: 8,
            airtime: Duration::from_micros(2400),
            tx_status: true,
            radio_mtu: 2304,
            flood_rate: 50,
            max_downstream: 4096,
            max_hosts: 4096,
        }
    }
}

const SHORTEST: Duration = Duration::from_micros(1);
const LONGEST: Duration = Duration::from_secs(3600);
