//! Times of IEEE 802.11 in channels of 10 MHz, best effort outside a BSS (IEEE 802.11-2020, clauses 9.4.2.28, 10.23.2 and 17), µs.

/// Between a frame and its acknowledgement.
pub const SIFS: f64 = 32.0;
/// Unit of the backoff.
pub const SLOT: f64 = 13.0;
/// Before backoffs go on: AIFSN is 6.
pub const AIFS: f64 = SIFS + 6.0 * SLOT;
/// Bytes of an acknowledgement.
pub const ACK: f64 = 14.0;
/// Bytes that a PSDU has more than its payload: 26 of header, 8 of LLC and SNAP, 4 of FCS.
pub const OVERHEAD: f64 = 26.0 + 8.0 + 4.0;

/// A PSDU of `bytes` on the air: preamble and SIGNAL, then symbols of 8 µs for 16 bits of service, the PSDU and 6 bits of tail.
pub fn frame(mbps: f64, bytes: f64) -> f64 {
    40.0 + 8.0 * ((22.0 + 8.0 * bytes) / (8.0 * mbps)).ceil()
}

/// Values of the backoff in each of so many tries: 16, then twice as many each, up to 1024.
pub fn windows(tries: u32) -> Vec<u32> {
    (0..tries).map(|retry| 16 << retry.min(6)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_worked_out_by_hand() {
        // 2726 bits are 57 symbols of 48; 134 bits are 6 symbols of 24, and 3 of 48.
        assert_eq!([frame(6.0, 338.0), frame(3.0, ACK), frame(6.0, ACK)], [496.0, 88.0, 64.0]);
        assert_eq!(AIFS, 110.0);
        assert_eq!(windows(9), [16, 32, 64, 128, 256, 512, 1024, 1024, 1024]);
    }
}
