//! What one radio counted.

use crate::kind::Kind;
use node_lib::buffer_pool::AccessCategory;
use std::time::Duration;

/// What one radio counted since the medium was made.
///
/// Every frame handed to it is somewhere (a train that is carried whole is one frame here): `offered` = [`RadioStats::settled`] + [`crate::Medium::queued`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct RadioStats {
    /// Frames received and delivered; a train counts as its segments.
    pub received: u64,
    /// Their bytes, Ethernet headers included.
    pub received_bytes: u64,
    /// Frames addressed to this radio or to all that came too weak: they would be decoded less than once in a million
    /// times. Frames from so far away that this holds whatever the fading are not counted at all, nor, where the profile has
    /// interference, are those whose SIGNAL field can't be heard.
    pub below_sensitivity: u64,
    /// Frames addressed to this radio or to all that came, but with bit errors.
    pub decode_errors: u64,
    /// Frames addressed to this radio or to all that it would have decoded, had there been no other signals. Only where these matter.
    pub interfered: u64,
    /// The same that began while it was decoding another frame.
    pub occupied: u64,
    /// The same that began while it was sending.
    pub half_duplex: u64,
    /// Frames addressed to this radio or to all that a link's own loss swallowed.
    pub link_losses: u64,
    /// Repetitions of a unicast whose acknowledgement was lost; not delivered again.
    pub duplicates: u64,
    /// Frames addressed to this radio or to all that would have come, had nothing disturbed them ([`crate::Medium::disturb`]).
    pub disturbed: u64,

    /// Frames handed to the radio.
    pub offered: u64,
    /// Frames on the air, by [`Kind`].
    pub sent: [Sent; Kind::ALL.len()],
    /// Acknowledgements sent, for frames received from others. The ideal profile has none.
    pub acks: u64,

    /// Broadcasts that were sent.
    pub broadcasts: u64,
    /// Unicasts that were acknowledged.
    pub acked: u64,
    /// Unicasts that were not, after all attempts.
    pub unacked: u64,
    /// Unicasts handed back untried on request.
    pub withdrawn: u64,
    /// Frames refused because the queue of their category was full, from background to voice.
    pub queue_full: [u64; 4],
    /// Frames lost because the radio went down while it had them.
    pub lost_on_down: u64,
    /// Of these, frames that were on the air.
    pub cut_off: u64,
    /// Frames refused because the radio was down, or because they were too short to have a destination or too long for
    /// the radio.
    pub refused: u64,
}

/// Frames of one kind that a radio put on the air.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Frames, each counted once; a train counts as its segments.
    pub frames: u64,
    /// Their bytes, Ethernet headers included, each frame counted once.
    pub bytes: u64,
    /// Transmissions: frames and their retries.
    pub transmissions: u64,
    /// Air time of all transmissions. In the ideal profile: the time that the link's rate makes them take.
    pub airtime: Duration,
    /// Air time of the acknowledgements that this radio sent for frames of this kind from others.
    pub ack_airtime: Duration,
}

impl RadioStats {
    /// Frames of one kind.
    pub fn of(&self, kind: Kind) -> &Sent {
        &self.sent[kind as usize]
    }

    /// Control and authentication frames (packet type, the byte at offset 14, 0x00 or 0x02).
    pub fn control(&self) -> Sent {
        Kind::CONTROL.iter().fold(Sent::default(), |sum, kind| sum.plus(self.of(*kind)))
    }

    /// All other frames.
    pub fn data(&self) -> &Sent {
        self.of(Kind::Data)
    }

    /// Frames of all kinds.
    pub fn all(&self) -> Sent {
        self.sent.iter().fold(Sent::default(), Sent::plus)
    }

    /// Transmissions of frames of all kinds.
    pub fn transmissions(&self) -> u64 {
        self.all().transmissions
    }

    /// Transmissions beyond each frame's first.
    pub fn retries(&self) -> u64 {
        let all = self.all();
        all.transmissions - all.frames
    }

    /// Air time of everything this radio sent, acknowledgements included.
    pub fn airtime(&self) -> Duration {
        self.all().with_acks()
    }

    /// Frames refused because the queue of `category` was full.
    pub fn queue_full(&self, category: AccessCategory) -> u64 {
        self.queue_full[category as usize]
    }

    /// Frames handed to the radio that it no longer has.
    pub fn settled(&self) -> u64 {
        let kept_out = self.refused + self.queue_full.iter().sum::<u64>();
        kept_out + self.broadcasts + self.acked + self.unacked + self.withdrawn + self.lost_on_down
    }
}

impl Sent {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: &Sent) -> Sent {
        Sent {
            frames: self.frames + other.frames,
            bytes: self.bytes + other.bytes,
            transmissions: self.transmissions + other.transmissions,
            airtime: self.airtime + other.airtime,
            ack_airtime: self.ack_airtime + other.ack_airtime,
        }
    }

    /// What was counted since `earlier`.
    #[must_use]
    pub fn since(self, earlier: &Sent) -> Sent {
        Sent {
            frames: self.frames - earlier.frames,
            bytes: self.bytes - earlier.bytes,
            transmissions: self.transmissions - earlier.transmissions,
            airtime: self.airtime - earlier.airtime,
            ack_airtime: self.ack_airtime - earlier.ack_airtime,
        }
    }

    /// Air time of the frames and of the acknowledgements.
    pub fn with_acks(&self) -> Duration {
        self.airtime + self.ack_airtime
    }
}
