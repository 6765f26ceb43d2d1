//! How long things take on a 10 MHz IEEE 802.11p channel: frames, spaces between them, backoff.
//!
//! Sources: IEEE Std 802.11, OFDM PHY for 10 MHz channel spacing (symbol 8 µs, preamble and SIGNAL 40 µs, slot 13 µs,
//! SIFS 32 µs) and the default EDCA parameters for stations outside the context of a BSS.

use node_lib::buffer_pool::AccessCategory;
use std::fmt;
use std::time::Duration;

/// Data rate of the OFDM PHY in a 10 MHz channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rate {
    /// 3 Mb/s: BPSK, code rate 1/2.
    Mbps3,
    /// 4.5 Mb/s: BPSK, code rate 3/4.
    Mbps4_5,
    /// 6 Mb/s: QPSK, code rate 1/2. The default of ITS-G5 and DSRC.
    #[default]
    Mbps6,
    /// 9 Mb/s: QPSK, code rate 3/4.
    Mbps9,
    /// 12 Mb/s: 16-QAM, code rate 1/2.
    Mbps12,
    /// 18 Mb/s: 16-QAM, code rate 3/4.
    Mbps18,
    /// 24 Mb/s: 64-QAM, code rate 2/3.
    Mbps24,
    /// 27 Mb/s: 64-QAM, code rate 3/4.
    Mbps27,
}

impl Rate {
    /// All rates, slowest first.
    pub const ALL: [Rate; 8] = [
        Rate::Mbps3,
        Rate::Mbps4_5,
        Rate::Mbps6,
        Rate::Mbps9,
        Rate::Mbps12,
        Rate::Mbps18,
        Rate::Mbps24,
        Rate::Mbps27,
    ];

    /// The rate of exactly `mbps` megabits per second, if there is one.
    pub fn from_mbps(mbps: f64) -> Option<Rate> {
        Rate::ALL.into_iter().find(|rate| rate.mbps() == mbps)
    }

    /// Megabits per second.
    pub fn mbps(self) -> f64 {
        f64::from(self.bits_per_symbol()) / 8.0
    }

    /// Data bits in one 8 µs symbol.
    pub const fn bits_per_symbol(self) -> u32 {
        match self {
            Rate::Mbps3 => 24,
            Rate::Mbps4_5 => 36,
            Rate::Mbps6 => 48,
            Rate::Mbps9 => 72,
            Rate::Mbps12 => 96,
            Rate::Mbps18 => 144,
            Rate::Mbps24 => 192,
            Rate::Mbps27 => 216,
        }
    }

    /// The rate of the acknowledgement: the fastest mandatory rate (3, 6, 12 Mb/s) that is not above this one.
    pub const fn of_ack(self) -> Rate {
        match self {
            Rate::Mbps3 | Rate::Mbps4_5 => Rate::Mbps3,
            Rate::Mbps6 | Rate::Mbps9 => Rate::Mbps6,
            _ => Rate::Mbps12,
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Mb/s", self.mbps())
    }
}

/// Bytes handed to the PHY for one of our frames of `frame_len` bytes, its 14-byte Ethernet header included: that
/// header gives way to 26 bytes of 802.11 QoS header, 8 of LLC/SNAP and 4 of FCS.
pub const fn psdu_bytes(frame_len: usize) -> usize {
    frame_len.saturating_sub(ETHERNET_HEADER) + PSDU_OVERHEAD
}

/// Time on the air of a PSDU of `psdu` bytes: 40 µs and 8 µs for each symbol that 16 service, 6 tail and the data bits
/// fill.
pub const fn airtime(rate: Rate, psdu: usize) -> Duration {
    let bits = 22 + 8 * psdu as u64;
    Duration::from_micros(40 + 8 * bits.div_ceil(rate.bits_per_symbol() as u64))
}

/// Time on the air of an acknowledgement of a frame sent at `rate`.
pub const fn ack_airtime(rate: Rate) -> Duration {
    airtime(rate.of_ack(), ACK_BYTES)
}

/// Mean time that one unicast of `frame_len` bytes (Ethernet header included) takes when its first attempt is
/// acknowledged: AIFS, mean backoff, frame, SIFS and acknowledgement, without propagation delay.
///
/// A network packet of 1500 bytes (`frame_len` 1514, PSDU 1538) at 6 Mb/s, best effort: 2399.5 µs.
pub fn mean_unicast_time(rate: Rate, frame_len: usize, category: AccessCategory) -> Duration {
    let backoff = SLOT * contention_window(category, 0) / 2;
    aifs(category) + backoff + airtime(rate, psdu_bytes(frame_len)) + SIFS + ack_airtime(rate)
}

/// Idle time before a station's backoff starts: SIFS + AIFSN slots.
pub const fn aifs(category: AccessCategory) -> Duration {
    let aifsn = match category {
        AccessCategory::Voice => 2,
        AccessCategory::Video => 3,
        AccessCategory::BestEffort => 6,
        AccessCategory::Background => 9,
    };
    Duration::from_micros(SIFS.as_micros() as u64 + aifsn * SLOT.as_micros() as u64)
}

/// Largest backoff, in slots, after `retries` failed attempts: doubles from CWmin (3, 7, 15, 15 from voice to
/// background) up to CWmax (7, 15, 1023, 1023).
pub const fn contention_window(category: AccessCategory, retries: u8) -> u32 {
    let (min, max) = match category {
        AccessCategory::Voice => (3, 7),
        AccessCategory::Video => (7, 15),
        AccessCategory::BestEffort | AccessCategory::Background => (15, 1023),
    };
    let doublings = if retries < 10 { retries } else { 10 };
    let window = ((min + 1) << doublings) - 1;
    if window < max { window } else { max }
}

/// Unit of the backoff.
pub const SLOT: Duration = Duration::from_micros(13);
/// Time between a frame and its acknowledgement.
pub const SIFS: Duration = Duration::from_micros(32);
/// How long after a frame's end its transmitter gives up waiting for the start of an acknowledgement: SIFS, a slot and
/// the PHY's delay until it reports a frame's start (49 µs at 10 MHz).
pub const ACK_TIMEOUT: Duration = Duration::from_micros(32 + 13 + 49);
/// PSDU of an acknowledgement.
pub const ACK_BYTES: usize = 14;
/// The largest PSDU: its length is a field of 12 bits.
pub const MAX_PSDU: usize = 4095;
/// The Ethernet header of our frames, which does not go on the air.
pub const ETHERNET_HEADER: usize = 14;
/// What 802.11 adds to a network packet: QoS header 26, LLC/SNAP 8, FCS 4.
pub const PSDU_OVERHEAD: usize = 26 + 8 + 4;

#[cfg(test)]
mod tests {
    use super::*;
    use AccessCategory::*;

    #[test]
    fn airtimes_are_those_of_the_standard() {
        let sizes = [14, 100, 300, 500, 1000, 1500];
        let table = [
            (Rate::Mbps3, [88, 320, 848, 1384, 2720, 4048]),
            (Rate::Mbps6, [64, 184, 448, 712, 1384, 2048]),
            (Rate::Mbps12, [56, 112, 248, 376, 712, 1048]),
        ];
        for (rate, micros) in table {
            assert_eq!(sizes.map(|psdu| airtime(rate, psdu).as_micros()), micros, "{rate}");
        }
    }

    #[test]
    fn rates_have_their_names() {
        let mbps = [3.0, 4.5, 6.0, 9.0, 12.0, 18.0, 24.0, 27.0];
        assert_eq!(Rate::ALL.map(Rate::mbps), mbps);
        assert_eq!(mbps.map(Rate::from_mbps), Rate::ALL.map(Some));
        assert_eq!(Rate::from_mbps(5.5), None);
        assert_eq!(Rate::Mbps4_5.to_string(), "4.5 Mb/s");
        assert_eq!(Rate::Mbps27.of_ack(), Rate::Mbps12);
    }

    #[test]
    fn spaces_and_windows_are_those_outside_a_bss() {
        let all = [Voice, Video, BestEffort, Background];
        assert_eq!(all.map(|category| aifs(category).as_micros()), [58, 71, 110, 149]);
        assert_eq!(all.map(|category| contention_window(category, 0)), [3, 7, 15, 15]);
        assert_eq!(all.map(|category| contention_window(category, 4)), [7, 15, 255, 255]);
        assert_eq!(all.map(|category| contention_window(category, 255)), [7, 15, 1023, 1023]);
    }

    #[test]
    fn a_full_packet_takes_two_point_four_milliseconds() {
        assert_eq!(psdu_bytes(1514), 1538);
        assert_eq!(mean_unicast_time(Rate::Mbps6, 1514, BestEffort), Duration::from_nanos(2_399_500));
    }
}
