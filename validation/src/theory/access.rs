//! Stations that always have a frame to send, all within range of each other: Bianchi's model for EDCA.
//!
//! G. Bianchi, "Performance analysis of the IEEE 802.11 distributed coordination function", IEEE JSAC 18(3), 2000, with the retry
//! limit of Wu et al., "Performance of reliable transport protocol over IEEE 802.11 wireless LAN", INFOCOM 2002. Time goes
//! by in slots: idle ones of 13 µs, and those in which somebody sends, which last until the backoffs go on. In every slot each
//! station counts down by one. That is what EDCA's stations do: they count also at the slot's boundary that ends AIFS, so that a
//! busy slot counts like an idle one (Bianchi, Tinnirello and Scalia, "Understanding 802.11e contention-based prioritization
//! mechanisms and their coexistence with legacy 802.11 stations", IEEE Network 19(4), 2005).
//!
//! Broadcasts are tried once from the smallest window: τ = 2 / (W + 1) (Ma and Chen, "Saturation performance of IEEE 802.11
//! broadcast networks", IEEE Communications Letters 11(8), 2007).

/// A cell of equal stations.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Stations that send.
    pub stations: u32,
    /// Values of the backoff in each try of a frame: 16, 32 …; one for each transmission that it may take.
    pub windows: Vec<u32>,
    /// An idle slot, µs.
    pub slot: f64,
    /// From the start of a frame that arrives until backoffs go on, µs.
    pub success: f64,
    /// The same of frames that collide.
    pub collision: f64,
}

/// What comes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Saturation {
    /// Probability that a station sends in a slot.
    pub tau: f64,
    /// Probability that a transmission collides.
    pub collides: f64,
    /// Frames that arrive, all stations together, a second.
    pub frames: f64,
}

impl Cell {
    /// Solves the fixed point.
    pub fn saturation(&self) -> Saturation {
        let others = f64::from(self.stations) - 1.0;
        let collides = |tau: f64| 1.0 - (1.0 - tau).powf(others);
        // The more they send the more they collide, and the more they collide the less they send: one crossing.
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..100 {
            let middle = (low + high) / 2.0;
            if self.tau(collides(middle)) > middle { low = middle } else { high = middle }
        }
        let tau = low;
        let idle = (1.0 - tau).powf(others + 1.0);
        let one = (others + 1.0) * tau * (1.0 - tau).powf(others);
        let slot = idle * self.slot + one * self.success + (1.0 - idle - one) * self.collision;
        Saturation { tau, collides: collides(tau), frames: one / slot * 1e6 }
    }

    /// Transmissions a slot of a station whose transmissions collide with probability `p`: of each frame's tries over the slots
    /// that they take, (W - 1) / 2 of backoff and one on the air.
    fn tau(&self, p: f64) -> f64 {
        let (mut tries, mut slots, mut reached) = (0.0, 0.0, 1.0);
        for window in &self.windows {
            tries += reached;
            slots += reached * (f64::from(*window) + 1.0) / 2.0;
            reached *= p;
        }
        tries / slots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows that double to `most` and stay there; for ever, as far as it matters.
    fn doubling(first: u32, most: u32) -> Vec<u32> {
        (0..200).map(|retry| (first << retry.min(16)).min(most)).collect()
    }

    /// Time of an OFDM frame in 20 MHz at 6 Mb/s.
    fn airtime(bytes: f64) -> f64 {
        20.0 + 4.0 * ((22.0 + 8.0 * bytes) / 24.0).ceil()
    }

    #[test]
    fn throughput_is_that_published_with_ns3() {
        // ns-3's example wifi-bianchi compares with values of its own of Bianchi's model, Mb/s: IEEE 802.11a, 6 Mb/s, 1500 bytes
        // of payload, DIFS and EIFS after a collision. Their chain freezes backoffs as DCF does, which gives up to 3 % more.
        let known = [
            (5, 4.7087, 4.6899),
            (10, 4.3453, 4.3197),
            (20, 3.9899, 3.9589),
            (30, 3.7824, 3.7490),
            (50, 3.5071, 3.4711),
        ];
        let (frame, sifs, ack, difs) = (airtime(1536.0), 16.0, airtime(14.0), 34.0);
        for (stations, by_difs, by_eifs) in known {
            for (expected, wait) in [(by_difs, difs), (by_eifs, sifs + ack + difs)] {
                let success = frame + sifs + ack + difs;
                let windows = doubling(16, 1024);
                let cell = Cell { stations, windows, slot: 9.0, success, collision: frame + wait };
                let found = cell.saturation().frames * 1500.0 * 8.0 / 1e6;
                let ratio = found / expected;
                assert!((0.97..1.003).contains(&ratio), "{stations} stations: {found}, expected {expected}");
            }
        }
    }

    #[test]
    fn the_chain_without_a_limit_is_bianchis_closed_form() {
        // His equation (7) with p = 0.3, W = 32, m = 5.
        let (p, w, m): (f64, f64, i32) = (0.3, 32.0, 5);
        let closed =
            2.0 * (1.0 - 2.0 * p) / ((1.0 - 2.0 * p) * (w + 1.0) + p * w * (1.0 - (2.0 * p).powi(m)));
        let cell = Cell { stations: 1, windows: doubling(32, 1024), slot: 1.0, success: 1.0, collision: 1.0 };
        assert!((cell.tau(p) - closed).abs() < 1e-12, "{} {closed}", cell.tau(p));
    }

    #[test]
    fn a_single_station_just_waits_its_backoffs() {
        let cell = Cell { stations: 1, windows: vec![16, 32], slot: 13.0, success: 700.0, collision: 600.0 };
        let found = cell.saturation();
        assert!((1e6 / found.frames - (7.5 * 13.0 + 700.0)).abs() < 1e-6, "{found:?}");
        assert_eq!(found.collides, 0.0);
    }
}
