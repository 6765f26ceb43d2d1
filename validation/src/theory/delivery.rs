//! The share of broadcasts that arrive over a distance, by numerical integration.

use statrs::function::erf::erfc;
use statrs::function::gamma::ln_gamma;

/// A link whose frames are QPSK with the code of rate 1/2: 6 Mb/s in 10 MHz.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// dBm.
    pub tx_power: f64,
    /// dB.
    pub noise_figure: f64,
    /// Of the frame's PSDU.
    pub bytes: f64,
    /// Whether the power fades: Nakagami with m 1.5 up to 80 m and 0.75 beyond.
    pub fading: bool,
}

impl Link {
    /// Share of the frames that arrive over `distance` metres.
    ///
    /// Path loss: free space (47.865 dB at 1 m and 5.9 GHz) with exponent 2 up to 100 m and 4 beyond (the dual slope of Cheng et al.,
    /// IEEE JSAC 2007, rounded). The power follows a Gamma distribution of shape m and mean 1 (Nakagami-m fading).
    pub fn delivery(&self, distance: f64) -> f64 {
        let beyond = (distance / 100.0).max(1.0);
        let loss = 47.865 + 20.0 * (distance / beyond).log10() + 40.0 * beyond.log10();
        let ratio = 10f64.powf((self.tx_power - loss + 104.0 - self.noise_figure) / 10.0);
        if !self.fading {
            return self.success(ratio);
        }
        let m = if distance < 80.0 { 1.5 } else { 0.75 };
        // Over z = ln g the density of the gain g is m^m / Γ(m) exp(m z - m e^z); Simpson's rule.
        let density = |z: f64| (m * f64::ln(m) - ln_gamma(m) + m * z - m * z.exp()).exp();
        let value = |step: usize| {
            let z = LOWEST + (HIGHEST - LOWEST) * step as f64 / STEPS as f64;
            density(z) * self.success(ratio * z.exp())
        };
        let weight = |step| if step == 0 || step == STEPS { 1.0 } else { 2.0 + 2.0 * (step % 2) as f64 };
        let sum: f64 = (0..=STEPS).map(|step| weight(step) * value(step)).sum();
        sum * (HIGHEST - LOWEST) / STEPS as f64 / 3.0
    }

    /// Share of the frames that arrive at this ratio of signal to noise: all bits of the PSDU and the 24 of the header, which is BPSK.
    fn success(&self, ratio: f64) -> f64 {
        let data = 1.0 - residual(erfc((ratio / 2.0).sqrt()) / 2.0);
        let header = 1.0 - residual(erfc(ratio.sqrt()) / 2.0);
        data.powf(8.0 * self.bytes) * header.powf(24.0)
    }
}

/// Probability that decoding leaves a bit wrong: the union bound for the code of rate 1/2 and constraint length 7
/// (distances 10, 12 … 26), as in the NIST model.
fn residual(raw: f64) -> f64 {
    let square = 4.0 * raw * (1.0 - raw);
    let spectrum =
        [36.0, 211.0, 1404.0, 11_633.0, 77_433.0, 502_690.0, 3_322_763.0, 21_292_910.0, 134_365_911.0];
    let sum: f64 = (5..).zip(spectrum).map(|(power, count)| count * square.powi(power)).sum();
    (sum / 2.0).min(1.0)
}

/// The ends of the integral: gains of e^-30 and e^5.
const LOWEST: f64 = -30.0;
const HIGHEST: f64 = 5.0;
const STEPS: usize = 8000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_integral_gives_the_values_found_before() {
        let link = Link { tx_power: 20.0, noise_figure: 6.0, bytes: 338.0, fading: true };
        let known = [
            (50.0, 1.000),
            (100.0, 0.9863),
            (150.0, 0.9539),
            (200.0, 0.8922),
            (250.0, 0.7954),
            (300.0, 0.6642),
            (400.0, 0.3479),
            (500.0, 0.1028),
            (600.0, 0.0129),
        ];
        for (distance, expected) in known {
            let found = link.delivery(distance);
            assert!((found - expected).abs() < 6e-4, "{distance} m: {found}, expected {expected}");
        }
        let density = Link { tx_power: 200.0, ..link };
        assert!((density.delivery(300.0) - 1.0).abs() < 1e-6, "the density's integral is 1");
    }
}
