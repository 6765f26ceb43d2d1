//! What a medium is made of, and what it tells its caller to do.

use crate::dot11p::Dot11p;
use crate::geometric::Geometric;
use crate::ideal::Ideal;
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::node::{RxMeta, TxStatus};
use node_lib::time::Instant;
use std::time::Duration;

/// A radio of a medium: its place in the list that [`Medium::new`](super::Medium::new) was given.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RadioId(pub u32);

impl RadioId {
    #[inline]
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where the radios are: a function of time.
pub trait Locations {
    /// Where `radio` is at `at`, metres; `None` while it isn't there (it then neither hears nor is heard).
    fn position(&self, radio: RadioId, at: Instant) -> Option<[f64; 2]>;

    /// A bound on every radio's speed, m/s, for [`SEARCH_AGE`](crate::SEARCH_AGE) at least from when it is asked for. It bounds the
    /// search for receivers: a radio that moves faster may be missed. Infinity is a valid bound, and makes each transmission look
    /// at every radio.
    fn max_speed(&self) -> f64;
}

/// One radio.
#[derive(Clone, Copy, Debug)]
pub struct RadioSetup {
    /// Its address.
    pub mac: Mac,
    /// What its draws are keyed by: a hash of its node's name, so that another node changes no draw of this one.
    pub key: u64,
}

/// How the medium behaves.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one for a run")]
pub enum Profile {
    /// Fixed properties per link.
    Ideal(Ideal),
    /// IEEE 802.11p, from positions, without contention between radios.
    Geometric(Geometric),
    /// IEEE 802.11p, from positions.
    Dot11p(Dot11p),
}

/// A change of one link, both directions; `None` leaves a property as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LinkChange {
    /// Nothing passes while it is true.
    pub down: Option<bool>,
    /// Probability that a transmission is lost. Where places matter it comes on top of propagation.
    pub loss: Option<f64>,
    /// Latency. The ideal profile only: elsewhere distance decides.
    pub latency: Option<Duration>,
    /// Largest additional latency. The ideal profile only.
    pub jitter: Option<Duration>,
    /// Rate, bits per second, or `Some(None)` for no limit. The ideal profile only.
    pub rate_bps: Option<Option<u64>>,
}

/// What is between two radios on the mean: path loss and whatever stands there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanLink {
    /// Gain on power, linear, up to a factor that is the same for all links of a medium.
    pub gain: f64,
    /// Whether it fades as near radios' links do.
    pub near: bool,
}

/// Something the caller has to do, at `at`, which is never before the call that gave it.
#[derive(Debug)]
pub enum Effect {
    /// Call [`Medium::handle_wake`](super::Medium::handle_wake) for this radio. A wake-up that comes to nothing is harmless.
    Wake {
        /// When.
        at: Instant,
        /// Which radio.
        radio: RadioId,
    },
    /// Hand a frame to this radio's node.
    Deliver {
        /// When its end arrives.
        at: Instant,
        /// The receiving radio.
        radio: RadioId,
        /// The frame as it was sent.
        frame: Frame,
        /// What the receiver knows of it.
        meta: RxMeta,
    },
    /// Hand a frame to the nodes of several radios.
    Broadcast {
        /// The frame as it was sent.
        frame: Frame,
        /// Who receives it and when, in order of radio; never empty. Once read, the list can be given back:
        /// [`Medium::reuse`](super::Medium::reuse).
        receptions: Vec<Reception>,
    },
    /// Tell this radio's node what became of a unicast.
    Status {
        /// When the radio knows.
        at: Instant,
        /// The sending radio.
        radio: RadioId,
        /// What happened.
        status: TxStatus,
    },
}

/// One radio receives a broadcast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reception {
    /// When the frame's end arrives.
    pub at: Instant,
    /// The receiving radio.
    pub radio: RadioId,
    /// What the receiver knows of the frame.
    pub meta: RxMeta,
}

impl Effect {
    /// When it is due, or the first of it.
    pub fn at(&self) -> Instant {
        match self {
            Effect::Wake { at, .. } | Effect::Deliver { at, .. } | Effect::Status { at, .. } => *at,
            Effect::Broadcast { receptions, .. } => {
                receptions.iter().map(|reception| reception.at).min().unwrap_or_default()
            }
        }
    }
}
