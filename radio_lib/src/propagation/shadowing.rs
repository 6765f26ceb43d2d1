//! Shadowing: what obstacles that no model knows take from a link, correlated in space.

use super::law::Sight;
use super::turns::cosine;
use crate::error::{RadioError, check};
use node_lib::random::Key;

/// Log-normal shadowing: a loss in dB, normal with mean 0, which changes as the ends move. Its correlation is
/// exp(-d / `decorrelation_m`) after one end moved by d metres (Gudmundson, "Correlation model for shadow fading in mobile radio
/// systems", Electronics Letters 27(23), 1991), and the product of both where both moved. Different pairs of radios are
/// independent of each other. Where something comes into the way or goes, a pair's shadowing goes on if the two states have the
/// same `decorrelation_m`, as a share of their σ, and is drawn anew if not: lengths differ then, and with them the whole field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shadowing {
    /// With a free line of sight.
    pub free: LogNormal,
    /// With a vehicle in the way.
    pub vehicle: LogNormal,
    /// With a building in the way.
    pub building: LogNormal,
}

/// One state's shadowing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNormal {
    /// Standard deviation, dB; 0 is none.
    pub sigma_db: f64,
    /// Distance after which the correlation is 1/e, metres; at least 5, ten times the raster that places are rounded to.
    pub decorrelation_m: f64,
}

impl Shadowing {
    /// None.
    pub const NONE: Shadowing = Shadowing::uniform(0.0, 10.0);

    /// 3GPP TR 37.885, tables 6.2.1-2 and 6.2.3-1: 3 dB and 10 m in sight, 3 dB and 13 m behind a vehicle, 4 dB and 13 m
    /// behind a building.
    pub const TR_37_885: Shadowing = Shadowing {
        free: LogNormal { sigma_db: 3.0, decorrelation_m: 10.0 },
        vehicle: LogNormal { sigma_db: 3.0, decorrelation_m: 13.0 },
        building: LogNormal { sigma_db: 4.0, decorrelation_m: 13.0 },
    };

    /// The same whatever stands in the way.
    pub const fn uniform(sigma_db: f64, decorrelation_m: f64) -> Shadowing {
        let all = LogNormal { sigma_db, decorrelation_m };
        Shadowing { free: all, vehicle: all, building: all }
    }

    #[inline]
    pub(super) fn at(&self, sight: Sight) -> &LogNormal {
        match sight {
            Sight::Free => &self.free,
            Sight::Vehicle => &self.vehicle,
            Sight::Building => &self.building,
        }
    }

    pub(super) fn is_none(&self) -> bool {
        [&self.free, &self.vehicle, &self.building].iter().all(|state| state.sigma_db == 0.0)
    }

    pub(super) fn check(&self) -> Result<(), RadioError> {
        for state in [&self.free, &self.vehicle, &self.building] {
            let LogNormal { sigma_db, decorrelation_m } = *state;
            check((0.0..=30.0).contains(&sigma_db), "sigma_db", sigma_db, "between 0 and 30 dB")?;
            let ok = (LEAST_DECORRELATION_M..=10_000.0).contains(&decorrelation_m);
            check(ok, "decorrelation_m", decorrelation_m, "between 5 and 10000 m")?;
        }
        Ok(())
    }
}

/// A random field over the places of both ends, one for each pair of radios: a function, without a history.
///
/// It is a sum of waves whose phases and directions belong to the pair. A wave's two frequencies, one for each end, are
/// those of the field's spectrum, which for a correlation of exp(-d) in the plane has 1 - 1 / √(1 + k²) of its power
/// below the angular frequency k. They are spread evenly over that spectrum, so that few waves do: over all pairs the
/// correlation is within 0.01 of exp(-d) while one end moves, and within 0.02 while both do; a single pair's own, over
/// its way, is within about 0.17.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// For each wave and either end the turns for each unit of its coordinates.
    waves: Vec<[f64; 4]>,
}

impl Field {
    pub(super) fn new() -> Field {
        // Each end has its own order of frequencies and its own directions: neither may go with those of the other end.
        let mut order: Vec<usize> = (0..WAVES).collect();
        order.sort_by(|a, b| golden(*a, 0).total_cmp(&golden(*b, 0)));
        let wave = |(index, other): (usize, usize)| {
            let [ax, ay] = frequency(other, golden(index, 1));
            let [bx, by] = frequency(index, golden(index, 2));
            [ax, ay, bx, by]
        };
        Field { waves: order.into_iter().enumerate().map(wave).collect() }
    }

    /// The pair's value, standard normal over pairs, at these places of its ends, in units of the decorrelation distance.
    pub(super) fn at(&self, pair: Key, a: [f64; 2], b: [f64; 2]) -> f64 {
        let turns = pair.bits();
        let (a, b) = (turned(a, turns as u32), turned(b, (turns >> 32) as u32));
        let mut sum = 0.0;
        for (group, waves) in self.waves.chunks(PHASES).enumerate() {
            let mut phases = pair.with(group as u64).bits();
            for [ax, ay, bx, by] in waves {
                let phase = f64::from(phases as u16) * (1.0 / 65536.0);
                phases >>= 16;
                sum += cosine(ax * a[0] + ay * a[1] + bx * b[0] + by * b[1] + phase);
            }
        }
        sum * (2.0 / WAVES as f64).sqrt()
    }
}

/// The frequency, turns a unit, of the `index`th of equal parts of the spectrum's power.
fn frequency(index: usize, direction: f64) -> [f64; 2] {
    let above = 1.0 - (index as f64 + 0.5) / WAVES as f64;
    let turns = (1.0 / (above * above) - 1.0).sqrt() / std::f64::consts::TAU;
    [cosine(direction), cosine(direction - 0.25)].map(|part| part * turns)
}

/// The point turned by `turn` / 2^32 turns.
fn turned([x, y]: [f64; 2], turn: u32) -> [f64; 2] {
    let turns = f64::from(turn) * (1.0 / 4_294_967_296.0);
    let (cos, sin) = (cosine(turns), cosine(turns - 0.25));
    [x * cos - y * sin, x * sin + y * cos]
}

/// The `index`th number of one of three sequences that each fill 0 to 1 evenly and don't go together: fractions of the
/// multiples of [`GOLDEN`].
fn golden(index: usize, sequence: usize) -> f64 {
    let share = GOLDEN[sequence] * index as f64;
    share - share.floor()
}

const LEAST_DECORRELATION_M: f64 = 5.0;
const WAVES: usize = 64;
/// Phases that one draw has the bits for.
const PHASES: usize = 4;
/// x^-2, x^-3 and x^-4 for the x = 1.1673 for which x^5 = x + 1 (Roberts' generalised golden ratio).
const GOLDEN: [f64; 3] = [0.733_891_856_627_126, 0.628_706_721_037_808_6, 0.538_597_257_223_61];

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(index: u64) -> Key {
        Key::seed(5).with(index)
    }

    /// Mean of the products of values at two places each, over pairs.
    fn correlation(field: &Field, pairs: u64, a: [[f64; 2]; 2], b: [[f64; 2]; 2]) -> f64 {
        let product = |index| field.at(pair(index), a[0], b[0]) * field.at(pair(index), a[1], b[1]);
        (0..pairs).map(product).sum::<f64>() / pairs as f64
    }

    #[test]
    fn values_are_standard_normal() {
        let field = Field::new();
        let n = 20_000u64;
        let values: Vec<f64> = (0..n).map(|index| field.at(pair(index), [12.3, -4.0], [0.7, 88.0])).collect();
        let moment = |power: i32| values.iter().map(|value| value.powi(power)).sum::<f64>() / n as f64;
        let beyond = |z: f64| values.iter().filter(|value| value.abs() > z).count() as f64 / n as f64;
        println!("mean {:.4}, variance {:.4}, fourth moment {:.3}", moment(1), moment(2), moment(4));
        println!("beyond 1, 2, 3 sigma: {:.4} {:.4} {:.4}", beyond(1.0), beyond(2.0), beyond(3.0));
        // Four standard errors of each.
        assert!(moment(1).abs() < 0.03, "mean {}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.04, "variance {}", moment(2));
        assert!((moment(4) - 3.0).abs() < 0.3, "fourth moment {}", moment(4));
        assert!((beyond(1.0) - 0.3173).abs() < 0.014 && (beyond(2.0) - 0.0455).abs() < 0.006);
        assert!((0.001..0.0045).contains(&beyond(3.0)), "beyond 3 sigma: {}", beyond(3.0));
    }

    #[test]
    fn the_correlation_is_exponential() {
        let field = Field::new();
        let pairs = 10_000;
        for distance in [0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0] {
            let there = [distance * 0.6, distance * 0.8];
            let from = [3.0, -40.0];
            let moved = [from[0] + there[0], from[1] + there[1]];
            let still = [7.0, 7.0];
            let one = correlation(&field, pairs, [from, moved], [still, still]);
            let other = correlation(&field, pairs, [still, still], [from, moved]);
            let both = correlation(&field, pairs, [from, moved], [still, [7.0, 7.0 + distance]]);
            let expected = libm::exp(-distance);
            println!(
                "moved by {distance}: {one:.3} and {other:.3} for {expected:.3}, {both:.3} for {:.3}",
                expected * expected
            );
            // The stated error and three standard errors of the mean of products.
            let noise = 3.0 * 1.4 / (pairs as f64).sqrt();
            assert!((one - expected).abs() < 0.01 + noise, "{distance}: {one}");
            assert!((other - expected).abs() < 0.01 + noise, "{distance}: {other}");
            assert!((both - expected * expected).abs() < 0.02 + noise, "{distance}: {both}");
        }
    }

    #[test]
    fn pairs_are_independent() {
        let field = Field::new();
        let place = [[1.0, 2.0], [30.0, 40.0]];
        let n = 10_000u64;
        let product = |index| {
            field.at(pair(2 * index), place[0], place[1]) * field.at(pair(2 * index + 1), place[0], place[1])
        };
        let correlation = (0..n).map(product).sum::<f64>() / n as f64;
        assert!(correlation.abs() < 4.0 / (n as f64).sqrt(), "{correlation}");
    }

    /// What one pair sees on a long way.
    #[test]
    fn a_single_pair_sees_about_the_same() {
        let field = Field::new();
        let mut worst: f64 = 0.0;
        for index in 0..20 {
            let values: Vec<f64> = (0..20_000)
                .map(|step| field.at(pair(index), [f64::from(step) * 0.1, 0.0], [5.0, 5.0]))
                .collect();
            for lag in [5, 10, 20, 30] {
                let products = values.iter().zip(&values[lag..]).map(|(a, b)| a * b);
                let mean = products.sum::<f64>() / (values.len() - lag) as f64;
                worst = worst.max((mean - libm::exp(-0.1 * lag as f64)).abs());
            }
        }
        println!("a pair's own correlation is within {worst:.3}");
        assert!(worst < 0.2, "{worst}");
    }
}
