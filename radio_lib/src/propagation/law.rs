//! Path loss laws, prepared.

use super::power::Power;
use super::two_ray::TwoRay;
use super::{DualSlope, MeanGain, PathLoss, free_space_db};

/// What stands between two antennas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sight {
    /// Nothing.
    #[default]
    Free,
    /// A vehicle.
    Vehicle,
    /// A building.
    Building,
}

/// [`PathLoss`] prepared: linear gains as a function of the squared distance.
#[derive(Clone, Debug)]
pub(super) enum Law {
    /// Free space and dual slope.
    Slopes {
        gain_at_1m: f64,
        mean: MeanGain,
    },
    TwoRay(TwoRay),
    /// TR 37.885, highway.
    Highway {
        gain_at_1m: f64,
    },
    /// TR 37.885, urban: with a line of sight, and behind a building.
    Urban {
        sight: Decline,
        building: Decline,
    },
}

/// A gain that falls with a power of the distance.
#[derive(Clone, Debug)]
pub(super) struct Decline {
    gain_at_1m: f64,
    power: Power,
}

impl Law {
    pub(super) fn new(path_loss: &PathLoss, frequency_ghz: f64) -> Law {
        let slopes = |law: &DualSlope| Law::Slopes {
            gain_at_1m: from_db(-free_space_db(frequency_ghz)),
            mean: MeanGain::new(law),
        };
        let decade = libm::log10(frequency_ghz);
        match path_loss {
            PathLoss::FreeSpace => {
                slopes(&DualSlope { near_exponent: 2.0, far_exponent: 2.0, breakpoint_m: 1.0 })
            }
            PathLoss::DualSlope(law) => slopes(law),
            PathLoss::TwoRay { permittivity } => Law::TwoRay(TwoRay::new(frequency_ghz, *permittivity)),
            PathLoss::Highway => Law::Highway { gain_at_1m: from_db(-32.4 - 20.0 * decade) },
            PathLoss::Urban => Law::Urban {
                sight: Decline::new(38.77 + 18.2 * decade, 1.67),
                building: Decline::new(36.85 + 18.9 * decade, 3.0),
            },
        }
    }

    /// The gain over a ground distance whose square is `squared` m², between antennas at these heights.
    #[inline]
    pub(super) fn gain(&self, squared: f64, heights: [f64; 2], sight: Sight) -> f64 {
        match self {
            Law::Slopes { gain_at_1m, mean } => gain_at_1m * mean.at(squared),
            // So far apart nothing is left, and the formula would not give a number.
            _ if squared > LARGEST_SQUARE => 0.0,
            Law::TwoRay(law) => law.at(squared, heights),
            Law::Highway { gain_at_1m } => gain_at_1m / slant(squared, heights).max(1.0),
            Law::Urban { sight: free, building } => {
                let law = if sight == Sight::Building { building } else { free };
                law.at(slant(squared, heights))
            }
        }
    }

    /// A bound on the gain at this distance and beyond, between antennas up to `height`, which falls with distance.
    pub(super) fn bound(&self, distance: f64, height: f64, sight: Sight) -> f64 {
        match self {
            Law::TwoRay(law) => law.bound(distance, [height; 2]),
            // A difference in height only adds to the distance.
            _ => self.gain(distance * distance, [height; 2], sight),
        }
    }

    /// Whether a building in the way selects another law, instead of adding its walls' loss.
    pub(super) fn knows_buildings(&self) -> bool {
        matches!(self, Law::Urban { .. })
    }

    /// Whether heights matter.
    pub(super) fn knows_heights(&self) -> bool {
        !matches!(self, Law::Slopes { .. })
    }
}

impl Decline {
    fn new(loss_at_1m_db: f64, exponent: f64) -> Decline {
        Decline { gain_at_1m: from_db(-loss_at_1m_db), power: Power::new(exponent / 2.0) }
    }

    #[inline]
    fn at(&self, squared: f64) -> f64 {
        self.gain_at_1m * self.power.at(squared)
    }
}

/// The squared distance between the antennas themselves.
#[inline]
fn slant(squared: f64, [a, b]: [f64; 2]) -> f64 {
    squared + (a - b) * (a - b)
}

/// The ratio of two powers that are `db` decibels apart.
pub(crate) fn from_db(db: f64) -> f64 {
    libm::pow(10.0, db / 10.0)
}

/// A million kilometres, squared, m².
const LARGEST_SQUARE: f64 = 1e18;
