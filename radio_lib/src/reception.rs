//! Whether a frame is decoded at a given ratio of signal to noise (and, where there is any, interference).
//!
//! Bit errors per modulation, then the union bound of the convolutional code (the "NIST" model: Miller, "Validation of
//! 802.11a/UWB coexistence simulation", 2003; Pei and Henderson, "Validation of OFDM error rate model in ns-3", 2010).

use crate::airtime::{ACK_BYTES, MAX_PSDU, Rate};

/// Thermal noise in a 10 MHz channel with the receiver's noise figure, dBm: -174 + 10 lg 10^7 + figure.
pub fn noise_dbm(noise_figure_db: f64) -> f64 {
    -174.0 + 70.0 + noise_figure_db
}

/// Probability that a PSDU of `psdu` bytes, sent at `rate`, is received at the linear ratio `sinr`: every one of its
/// bits, and the 24 of the SIGNAL field at 3 Mb/s, must survive.
pub fn packet_success(rate: Rate, sinr: f64, psdu: usize) -> f64 {
    let per_bit = log_bit_success(rate, sinr);
    let signal = log_bit_success(Rate::Mbps3, sinr);
    libm::exp(per_bit * (8 * psdu) as f64 + signal * SIGNAL_BITS)
}

/// How one reception ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Received,
    /// It would be decoded less than once in a million times.
    BelowSensitivity,
    /// The draw fell on a packet error.
    DecodeError,
}

/// [`packet_success`] for one rate as a table over the ratio: 256 points an octave (0.012 dB apart), linear between
/// them, only where the outcome is open. The interpolated probability is within 2e-4 of the exact one; ratios below
/// the table fail and those above it succeed, each wrong with a probability below 1e-9.
#[derive(Clone, Debug)]
pub(crate) struct Decoder {
    lowest: f64,
    highest: f64,
    /// Bits of `lowest`, shifted to the table's resolution.
    first: u64,
    /// ln of the probability that a data bit, and that the SIGNAL field, survives.
    points: Vec<[f64; 2]>,
}

impl Decoder {
    pub(crate) fn new(rate: Rate) -> Decoder {
        let octave = |exponent: i32| libm::exp2(f64::from(exponent));
        let open = |ratio: f64| {
            packet_success(rate, ratio, ACK_BYTES) > NEGLIGIBLE
                && packet_success(rate, ratio, MAX_PSDU) < 1.0 - NEGLIGIBLE
        };
        // The smallest frame at the lower end and the largest one at the upper end leave nothing open outside.
        let low = (-40..40).find(|exponent| open(octave(exponent + 1))).unwrap_or(-40);
        let high = (low + 1..40).find(|exponent| !open(octave(*exponent))).unwrap_or(40);
        let (lowest, highest) = (octave(low), octave(high));
        let first = lowest.to_bits() >> FRACTION_BITS;
        let last = highest.to_bits() >> FRACTION_BITS;
        let points = (first..=last)
            .map(|index| f64::from_bits(index << FRACTION_BITS))
            .map(|ratio| [log_bit_success(rate, ratio), log_bit_success(Rate::Mbps3, ratio) * SIGNAL_BITS])
            .collect();
        Decoder { lowest, highest, first, points }
    }

    /// ln of the probability that a PSDU of `bits` bits is received at `sinr`.
    #[inline]
    pub(crate) fn log_success(&self, sinr: f64, bits: f64) -> f64 {
        if sinr >= self.highest {
            return 0.0;
        }
        if sinr < self.lowest {
            return f64::NEG_INFINITY;
        }
        let raw = sinr.to_bits();
        let index = (raw >> FRACTION_BITS).wrapping_sub(self.first) as usize;
        let Some([[data, signal], [next_data, next_signal]]) =
            self.points.get(index..index + 2).and_then(as_pair)
        else {
            return f64::NEG_INFINITY;
        };
        let fraction = (raw & FRACTION_MASK) as f64 * FRACTION_UNIT;
        let (left, right) = (data * bits + signal, next_data * bits + next_signal);
        left + (right - left) * fraction
    }

    /// Probability that a PSDU of `bits` bits is received at `sinr`.
    #[inline]
    pub(crate) fn success(&self, sinr: f64, bits: f64) -> f64 {
        libm::exp(self.log_success(sinr, bits))
    }

    /// The ratio below which a PSDU of `bits` bits, and any longer one, is always [`Verdict::BelowSensitivity`].
    pub(crate) fn sensitivity(&self, bits: f64) -> f64 {
        let (mut low, mut high) = (self.lowest, self.highest);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if self.log_success(middle, bits) < LOG_SENSITIVITY { low = middle } else { high = middle }
        }
        low
    }

    /// Decides one reception by `draw`, uniform in (0, 1).
    #[inline]
    pub(crate) fn decide(&self, sinr: f64, bits: f64, draw: f64) -> Verdict {
        let log = self.log_success(sinr, bits);
        if log < LOG_SENSITIVITY {
            return Verdict::BelowSensitivity;
        }
        // 1 + x <= exp(x) <= 1 / (1 - x) for x <= 0 settles most draws without the exponential.
        let received = if draw < 1.0 + log {
            true
        } else if draw * (1.0 - log) > 1.0 {
            false
        } else {
            draw < libm::exp(log)
        };
        if received { Verdict::Received } else { Verdict::DecodeError }
    }
}

#[inline]
fn as_pair(points: &[[f64; 2]]) -> Option<&[[f64; 2]; 2]> {
    points.try_into().ok()
}

/// ln of the probability that one data bit survives: ln(1 - Pe), with Pe bounded a little below 1.
fn log_bit_success(rate: Rate, sinr: f64) -> f64 {
    libm::log1p(-coded_error(rate, raw_bit_error(rate, sinr)).min(1.0 - f64::EPSILON))
}

/// Bit error rate before decoding.
fn raw_bit_error(rate: Rate, sinr: f64) -> f64 {
    let tail = |divisor: f64| libm::erfc((sinr.max(0.0) / divisor).sqrt());
    match rate {
        Rate::Mbps3 | Rate::Mbps4_5 => tail(1.0) / 2.0,
        Rate::Mbps6 | Rate::Mbps9 => tail(2.0) / 2.0,
        Rate::Mbps12 | Rate::Mbps18 => tail(10.0) * 3.0 / 8.0,
        Rate::Mbps24 | Rate::Mbps27 => tail(42.0) * 7.0 / 24.0,
    }
}

/// Probability that decoding leaves a bit wrong, given the bit error rate before it: the union bound over the code's
/// distance spectrum, not bounded by 1.
fn coded_error(rate: Rate, raw: f64) -> f64 {
    let (spectrum, first, step, divisor): (&[f64], i32, i32, f64) = match rate {
        Rate::Mbps3 | Rate::Mbps6 | Rate::Mbps12 => (&HALF, 10, 2, 2.0),
        Rate::Mbps24 => (&TWO_THIRDS, 6, 1, 4.0),
        Rate::Mbps4_5 | Rate::Mbps9 | Rate::Mbps18 | Rate::Mbps27 => (&THREE_QUARTERS, 5, 1, 6.0),
    };
    let d = (4.0 * raw * (1.0 - raw)).max(0.0).sqrt();
    let by = libm::pow(d, f64::from(step));
    spectrum.iter().rev().fold(0.0, |sum, factor| sum * by + factor) * libm::pow(d, f64::from(first))
        / divisor
}

/// Distance spectrum of the code of rate 1/2: factors of D^10, D^12 … D^26.
const HALF: [f64; 9] =
    [36.0, 211.0, 1404.0, 11633.0, 77433.0, 502_690.0, 3_322_763.0, 21_292_910.0, 134_365_911.0];
/// Of rate 2/3: D^6, D^7 … D^15.
const TWO_THIRDS: [f64; 10] =
    [3.0, 70.0, 285.0, 1276.0, 6160.0, 27128.0, 117_019.0, 498_860.0, 2_103_891.0, 8_784_123.0];
/// Of rate 3/4: D^5, D^6 … D^14.
const THREE_QUARTERS: [f64; 10] = [
    42.0,
    201.0,
    1492.0,
    10469.0,
    62935.0,
    379_644.0,
    2_253_373.0,
    13_073_811.0,
    75_152_755.0,
    428_005_675.0,
];

/// The SIGNAL field: 24 bits at 3 Mb/s.
const SIGNAL_BITS: f64 = 24.0;
/// What the ends of the table leave out.
const NEGLIGIBLE: f64 = 1e-9;
/// ln 1e-6.
const LOG_SENSITIVITY: f64 = -13.815_510_557_964_274;
/// Bits of a double below the table's resolution of 2^8 points an octave.
const FRACTION_BITS: u32 = 52 - 8;
const FRACTION_MASK: u64 = (1 << FRACTION_BITS) - 1;
const FRACTION_UNIT: f64 = 1.0 / (1u64 << FRACTION_BITS) as f64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::propagation::from_db as linear;

    /// The ratio, dB, at which `errors` of the packets are lost.
    fn threshold_db(rate: Rate, psdu: usize, errors: f64) -> f64 {
        let (mut low, mut high) = (-10.0, 40.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if packet_success(rate, linear(middle), psdu) < 1.0 - errors {
                low = middle
            } else {
                high = middle
            }
        }
        low
    }

    #[test]
    fn thresholds_are_those_of_the_reference_simulator() {
        let table = [
            (Rate::Mbps3, 300, [2.95, 3.50, 4.16]),
            (Rate::Mbps6, 300, [5.96, 6.51, 7.17]),
            (Rate::Mbps12, 300, [12.39, 13.00, 13.73]),
            (Rate::Mbps27, 300, [21.43, 22.08, 22.86]),
            (Rate::Mbps6, 1500, [6.43, 6.97, 7.60]),
        ];
        for (rate, psdu, expected) in table {
            let found = [0.5, 0.1, 0.01].map(|errors| threshold_db(rate, psdu, errors));
            println!("{rate}, {psdu} bytes: {found:.3?} dB, reference {expected:?}");
            for (found, expected) in found.iter().zip(expected) {
                assert!(
                    (found - expected).abs() <= 0.05,
                    "{rate}, {psdu} bytes: {found:.3} dB, expected {expected}"
                );
            }
        }
    }

    #[test]
    fn the_table_is_within_two_in_ten_thousand() {
        let mut worst: f64 = 0.0;
        for rate in Rate::ALL {
            let decoder = Decoder::new(rate);
            for psdu in [14, 38, 338, 1538, 4095] {
                for step in 0..60_000 {
                    let ratio = linear(-10.0 + f64::from(step) * 0.001);
                    let table = decoder.success(ratio, (8 * psdu) as f64);
                    worst = worst.max((table - packet_success(rate, ratio, psdu)).abs());
                }
            }
        }
        println!("worst error of the success table: {worst:e}");
        assert!(worst < 2e-4, "{worst:e}");
    }

    #[test]
    fn decisions_follow_the_probability() {
        let decoder = Decoder::new(Rate::Mbps6);
        let bits = 8.0 * 338.0;
        for db in [4.0, 5.5, 6.0, 6.5, 7.5, 9.0] {
            let success = decoder.success(linear(db), bits);
            for step in 0..1000 {
                let draw = (f64::from(step) + 0.5) / 1000.0;
                let received = decoder.decide(linear(db), bits, draw) == Verdict::Received;
                assert_eq!(received, draw < success, "{db} dB, draw {draw}, success {success}");
            }
        }
        assert_eq!(decoder.decide(linear(60.0), bits, 0.999_999), Verdict::Received);
        assert_eq!(decoder.decide(0.0, bits, 1e-10), Verdict::BelowSensitivity);
        assert_eq!(decoder.decide(f64::NAN, bits, 1e-10), Verdict::BelowSensitivity);
    }
}
