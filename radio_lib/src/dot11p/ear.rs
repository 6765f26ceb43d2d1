//! What one radio hears: all signals at its place, the frame it decodes, and whether it takes the channel for busy.

use super::signal::{SignalId, luck};
use crate::airtime::{ACK_BYTES, Rate, SIFS, airtime};
use crate::propagation::from_db;
use crate::reception::{Decoder, Verdict};
use node_lib::time::Instant;
use std::time::Duration;

/// A power in units of 1e-16 mW (-160 dBm). Sums of integers come back to where they were when the last signal is gone,
/// in whatever order signals come and go.
pub(crate) type Power = u64;

/// What is the same at every receiver.
#[derive(Clone, Debug)]
pub(crate) struct FrontEnd {
    /// Of the receiver, implementation loss included.
    noise: f64,
    /// The channel is busy from so much power on, whatever it is.
    energy: Power,
    /// A frame so many times stronger than everything else takes the receiver away from the one it decodes.
    capture: Option<f64>,
    /// Decides on the SIGNAL field.
    header: Decoder,
    /// No signal weaker than this has a SIGNAL field that can be decoded.
    weakest: Power,
}

impl FrontEnd {
    pub(crate) fn new(noise_dbm: f64, energy_dbm: f64, capture_db: Option<f64>) -> FrontEnd {
        let header = Decoder::new(Rate::Mbps3);
        let noise = units(noise_dbm);
        FrontEnd {
            noise,
            energy: units(energy_dbm) as Power,
            capture: capture_db.map(from_db),
            weakest: (noise * header.sensitivity(0.0)) as Power,
            header,
        }
    }

    /// The ratio of a signal to noise and interference.
    #[inline]
    pub(crate) fn ratio(&self, power: Power, interference: Power) -> f64 {
        power as f64 / (self.noise + interference as f64)
    }

    /// Whether the SIGNAL field of a frame comes through.
    #[inline]
    fn hears(&self, power: Power, interference: Power, draw: u32) -> bool {
        self.header.decide(self.ratio(power, interference), 0.0, luck(draw)) == Verdict::Received
    }

    /// Whether a signal is too weak for its SIGNAL field to be heard, even alone.
    #[inline]
    pub(crate) fn is_deaf_to(&self, power: Power) -> bool {
        power < self.weakest
    }

    /// Power in dBm.
    pub(crate) fn dbm(power: Power) -> f32 {
        10.0 * libm::log10f(power as f32) + UNIT_DBM as f32
    }

    /// The power of so many milliwatts. A receiver's input is driven to its limit by 10 dBm; so sums never overflow.
    #[inline]
    pub(crate) fn power(milliwatts: f64) -> Power {
        (milliwatts * UNITS_PER_MILLIWATT).min(LIMIT) as Power
    }
}

fn units(dbm: f64) -> f64 {
    from_db(dbm - UNIT_DBM)
}

/// A signal as it arrives somewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) signal: SignalId,
    pub(crate) power: Power,
    /// A uniform draw of 32 bits that decides on bit errors, see [`luck`]. The same one decides on the SIGNAL field and on the
    /// whole frame, of which that is a part.
    pub(crate) draw: u32,
}

/// What a receiver made of a signal's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heed {
    /// It decodes it.
    Follows,
    /// It is too far away: a part of the noise.
    Far,
    /// It could not tell it from noise and interference.
    Missed,
    /// It was decoding another frame.
    Occupied,
    /// It was sending.
    Deaf,
}

/// How a frame came through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Decoded {
    /// The receiver was not decoding it to its end.
    Unfollowed,
    /// Without an error.
    Intact,
    /// With bit errors.
    Spoilt,
}

/// How the channel changed for a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Until now interframe spaces counted from then on.
    Busy {
        counts_from: Instant,
    },
    Idle,
}

/// One radio's reception and carrier sense. Every signal within reach touches it twice, so it fills one cache line.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(crate) struct Ear {
    /// Power of all signals here, its own transmission not counted.
    total: Power,
    /// Of the frame that is being decoded.
    followed_power: Power,
    /// The most interference since that frame began.
    worst: Power,
    /// Its draw.
    followed_draw: u32,
    /// When it began, the lower half of the microseconds.
    followed_since: u32,
    /// The frame that is being decoded.
    followed: SignalId,
    busy: bool,
    sending: bool,
    /// Whether its station has anything to count down: if not, it need not be told of the channel.
    pub(crate) counting: bool,
    /// The last frame it decoded had errors: whoever was meant may answer, so it waits longer.
    spoilt: bool,
    /// When the channel last became busy or idle.
    since: Instant,
    /// Until when a frame for somebody else has reserved the channel.
    reserved: Instant,
    busy_us: u64,
}

impl Ear {
    pub(crate) fn new() -> Ear {
        Ear {
            total: 0,
            followed_power: 0,
            worst: 0,
            followed_draw: 0,
            followed_since: 0,
            followed: SignalId::NONE,
            busy: false,
            sending: false,
            counting: false,
            spoilt: false,
            since: Instant::ZERO,
            reserved: Instant::ZERO,
            busy_us: 0,
        }
    }

    /// A signal that can't be decoded begins here. [`Ear::turn`] comes next.
    #[inline]
    pub(crate) fn disturb(&mut self, now: Instant, power: Power, front: &FrontEnd) {
        self.total += power;
        if self.followed != SignalId::NONE {
            self.worst = self.worst.max(self.total - self.followed_power);
            if self.age(now) < HEADER_US && !front.hears(self.followed_power, self.worst, self.followed_draw)
            {
                self.followed = SignalId::NONE;
            }
        }
    }

    /// A signal begins here. [`Ear::turn`] comes next.
    #[inline]
    pub(crate) fn begin(&mut self, now: Instant, arrival: Arrival, front: &FrontEnd) -> Heed {
        let others = self.total;
        let occupied = self.followed != SignalId::NONE;
        self.disturb(now, arrival.power, front);
        if self.sending {
            return Heed::Deaf;
        }
        if occupied {
            // Of two frames that begin together the stronger one has the receiver, whichever it is told of first.
            let together = self.age(now) == 0 && arrival.power > self.followed_power;
            let captures = front.capture.is_some_and(|ratio| front.ratio(arrival.power, others) >= ratio);
            if self.followed != SignalId::NONE && !together && !captures {
                return Heed::Occupied;
            }
        }
        if front.is_deaf_to(arrival.power) || !front.hears(arrival.power, others, arrival.draw) {
            return if occupied { Heed::Occupied } else { Heed::Missed };
        }
        self.followed = arrival.signal;
        self.followed_power = arrival.power;
        self.followed_draw = arrival.draw;
        self.followed_since = now.as_micros() as u32;
        self.worst = others;
        Heed::Follows
    }

    /// Microseconds since the frame that is being decoded began.
    #[inline]
    fn age(&self, now: Instant) -> u32 {
        (now.as_micros() as u32).wrapping_sub(self.followed_since)
    }

    /// A signal that began here ends; `decode` decides on its bits at the ratio it is given.
    /// [`Ear::turn`] comes next.
    #[inline]
    pub(crate) fn end(
        &mut self,
        signal: SignalId,
        power: Power,
        front: &FrontEnd,
        decode: impl FnOnce(f64) -> bool,
    ) -> Decoded {
        self.total -= power;
        if self.followed != signal {
            return Decoded::Unfollowed;
        }
        self.followed = SignalId::NONE;
        self.spoilt = !decode(front.ratio(power, self.worst));
        if self.spoilt { Decoded::Spoilt } else { Decoded::Intact }
    }

    /// Its own transmission begins or ends. What it was decoding is lost. [`Ear::turn`] comes next.
    pub(crate) fn set_sending(&mut self, sending: bool) {
        self.sending = sending;
        self.followed = SignalId::NONE;
    }

    /// The frame that is being decoded.
    pub(crate) fn followed(&self) -> Option<SignalId> {
        Some(self.followed).filter(|followed| *followed != SignalId::NONE)
    }

    /// It is switched off, or on again: signals in the air stay, but it decodes none of them.
    pub(crate) fn reset(&mut self) {
        self.followed = SignalId::NONE;
        self.sending = false;
        self.spoilt = false;
        self.reserved = Instant::ZERO;
    }

    /// A frame for somebody else, and its acknowledgement, have the channel until then.
    pub(crate) fn reserve(&mut self, until: Instant) {
        self.reserved = self.reserved.max(until);
    }

    /// Whether the channel has just become busy or idle here: it is busy while this radio sends, while it decodes a frame, and while
    /// there is too much energy of whatever kind.
    #[inline]
    pub(crate) fn turn(&mut self, now: Instant, front: &FrontEnd) -> Option<Turn> {
        let busy = self.sending || self.followed != SignalId::NONE || self.total >= front.energy;
        if busy == self.busy {
            return None;
        }
        if self.busy {
            self.busy_us += now.since(self.since).as_micros() as u64;
        }
        let counts_from = self.counts_from();
        self.busy = busy;
        self.since = now;
        if !busy {
            return Some(Turn::Idle);
        }
        // What follows a bad frame is over.
        self.spoilt = false;
        Some(Turn::Busy { counts_from })
    }

    /// Whether a station may count down at `now`.
    #[inline]
    pub(crate) fn is_idle(&self, now: Instant) -> bool {
        !self.busy && self.reserved <= now
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.busy
    }

    /// From when on interframe spaces count while the channel is idle: since it is, or a reservation's end; after a frame with errors
    /// comes the time in which it may be acknowledged (EIFS - DIFS, IEEE 802.11-2016 10.3.2.3.7, at the lowest rate).
    #[inline]
    pub(crate) fn counts_from(&self) -> Instant {
        let from = self.since.max(self.reserved);
        if self.spoilt { from + UNSEEN_ACK } else { from }
    }

    /// How long the channel has been busy here since the run began.
    pub(crate) fn busy_time(&self, now: Instant) -> Duration {
        let current = if self.busy { now.since(self.since) } else { Duration::ZERO };
        Duration::from_micros(self.busy_us) + current
    }
}

/// Preamble and SIGNAL field.
const HEADER_US: u32 = 40;
/// dBm of one unit of power.
const UNIT_DBM: f64 = -160.0;
const UNITS_PER_MILLIWATT: f64 = 1e16;
/// 10 dBm.
const LIMIT: f64 = 1e17;
/// SIFS and an acknowledgement at 3 Mb/s.
const UNSEEN_ACK: Duration =
    Duration::from_micros(SIFS.as_micros() as u64 + airtime(Rate::Mbps3, ACK_BYTES).as_micros() as u64);
