//! Why frames are dropped, and how often.

use std::fmt;

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// Why a frame was dropped. Every drop has one, and every one is counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DropReason { $($(#[doc = $doc])+ $name,)+ }

        impl DropReason {
            /// All reasons, in order.
            pub const ALL: &'static [DropReason] = &[$(DropReason::$name,)+];

            /// Its name in tables, files and metrics.
            pub const fn name(self) -> &'static str {
                match self { $(DropReason::$name => $text,)+ }
            }
        }
    };
}

reasons! {
    /// The frame ends before its fixed body does.
    Truncated = "truncated",
    /// Another EtherType than ours.
    ForeignEthertype = "foreign_ethertype",
    /// No such packet type.
    UnknownType = "unknown_type",
    /// No such subtype.
    UnknownSubtype = "unknown_subtype",
    /// An extension runs past the end or has the wrong length.
    BadExtension = "bad_extension",
    /// A duration above 2^64 - 1 milliseconds.
    BadDuration = "bad_duration",
    /// The transmitter is not a unicast address.
    BadTransmitter = "bad_transmitter",
    /// A source, origin or sender that is not a unicast address.
    BadSource = "bad_source",
    /// We are its transmitter: a reflection or a forgery.
    OwnFrame = "own_frame",
    /// Authentication is not in use.
    AuthUnsupported = "auth_unsupported",
    /// Addressed to another station.
    NotForUs = "not_for_us",
    /// A heartbeat older than what is known.
    StaleHeartbeat = "stale_heartbeat",
    /// A heartbeat that waits for the next one to confirm it.
    ProvisionalHeartbeat = "provisional_heartbeat",
    /// A reply that names another RSU than the one it reached.
    NotOurReply = "not_our_reply",
    /// A reply whose sender's stamp is not newer.
    StaleStamp = "stale_stamp",
    /// No upstream route.
    NoRoute = "no_route",
    /// No downstream entry for the destination.
    NoDownstream = "no_downstream",
    /// It would go back to the neighbour it came from.
    WouldReturn = "would_return",
    /// Its hop limit is spent.
    HopLimit = "hop_limit",
    /// Already delivered: the exit has seen its number.
    Repeat = "repeat",
    /// Its number is older than the exit's window.
    OutsideWindow = "outside_window",
    /// The inner frame is shorter than an Ethernet header.
    PayloadTooShort = "payload_too_short",
    /// Too long for the radio.
    TooLong = "too_long",
    /// What the host left undone in it doesn't fit it.
    BadOffload = "bad_offload",
    /// A flood over the air beyond its ration.
    FloodRationed = "flood_rationed",
    /// A broadcast of the wired side that no vehicle has a use for.
    KeptOffAir = "kept_off_air",
    /// The destination is behind the same TAP.
    LocalDestination = "local_destination",
    /// Nobody knows the destination.
    UnknownDestination = "unknown_destination",
    /// Not acknowledged, and no other next hop.
    Undeliverable = "undeliverable",
    /// A table is full.
    TableFull = "table_full",
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a node counted since it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counters {
    drops: [u64; DropReason::ALL.len()],
    /// Heartbeats sent as an RSU.
    pub heartbeats_sent: u64,
    /// Heartbeats relayed.
    pub heartbeats_relayed: u64,
    /// Relays that were cancelled because others had said enough.
    pub relays_suppressed: u64,
    /// Heartbeats that said "no route".
    pub no_route_sent: u64,
    /// Reply frames sent, own and relayed.
    pub replies_sent: u64,
    /// Data frames taken from the host and sent.
    pub data_sent: u64,
    /// Data frames relayed.
    pub data_relayed: u64,
    /// Data frames given to the host.
    pub data_delivered: u64,
    /// Data frames that left by another next hop after the first one failed.
    pub data_rerouted: u64,
    /// Data frames handed to the RSU that an OBU is reached through by now.
    pub data_forwarded: u64,
    /// Frames that told a new RSU of this OBU's hosts.
    pub hosts_announced: u64,
    /// Questions for addresses that were answered where they were asked.
    pub answered_at_edge: u64,
}

impl Default for Counters {
    fn default() -> Self {
        Counters {
            drops: [0; DropReason::ALL.len()],
            heartbeats_sent: 0,
            heartbeats_relayed: 0,
            relays_suppressed: 0,
            no_route_sent: 0,
            replies_sent: 0,
            data_sent: 0,
            data_relayed: 0,
            data_delivered: 0,
            data_rerouted: 0,
            data_forwarded: 0,
            hosts_announced: 0,
            answered_at_edge: 0,
        }
    }
}

impl Counters {
    /// Counts one drop and hands the reason back.
    #[inline]
    pub fn drop(&mut self, reason: DropReason) -> DropReason {
        self.drops[reason as usize] += 1;
        reason
    }

    /// How many frames were dropped for `reason`.
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.drops[reason as usize]
    }

    /// The reasons that occurred, with their counts.
    pub fn drops(&self) -> impl Iterator<Item = (DropReason, u64)> + '_ {
        DropReason::ALL.iter().map(|reason| (*reason, self.dropped(*reason))).filter(|(_, count)| *count > 0)
    }

    /// Everything else, by name.
    pub const fn others(&self) -> [(&'static str, u64); Self::OTHERS] {
        [
            ("heartbeats_sent", self.heartbeats_sent),
            ("heartbeats_relayed", self.heartbeats_relayed),
            ("relays_suppressed", self.relays_suppressed),
            ("no_route_sent", self.no_route_sent),
            ("replies_sent", self.replies_sent),
            ("data_sent", self.data_sent),
            ("data_relayed", self.data_relayed),
            ("data_delivered", self.data_delivered),
            ("data_rerouted", self.data_rerouted),
            ("data_forwarded", self.data_forwarded),
            ("hosts_announced", self.hosts_announced),
            ("answered_at_edge", self.answered_at_edge),
        ]
    }

    /// How many counters there are beside the drops.
    pub const OTHERS: usize = 12;
}
