//! What lies between two antennas: path loss, shadowing, buildings, vehicles and fading.
//!
//! [`Propagation`] is the settings, [`Channel`] is made from them for the radios of a run and answers fast.

mod buildings;
mod cells;
mod channel;
mod dual_slope;
mod law;
mod mount;
mod power;
mod shadowing;
mod surroundings;
mod turns;
mod two_ray;
mod vehicles;

pub use buildings::{Buildings, Crossed, WallLoss};
pub use channel::{Channel, Placed};
pub use dual_slope::DualSlope;
pub(crate) use dual_slope::{MeanGain, free_space_db};
pub(crate) use law::from_db;
pub use mount::{Body, Mount};
pub use shadowing::{LogNormal, Shadowing};

use crate::error::{RadioError, check};
use crate::fading::Fading;
use std::sync::Arc;
use std::time::Duration;

/// How power gets from one antenna to another.
///
/// Path loss follows from the distance, shadowing from the places, fading is drawn for each frame and receiver. What is
/// left open (`None`) is what the path loss model's source goes with, so that nothing is counted twice: where a measured
/// distribution of fading holds the shadowing too, there is no shadowing; where the shadowing's σ is that of local means,
/// fading is on top. Either can be set all the same.
#[derive(Clone, Debug)]
pub struct Propagation {
    /// Carrier frequency, GHz.
    pub frequency_ghz: f64,
    /// Path loss over distance.
    pub path_loss: PathLoss,
    /// Shadowing; `None` is [`PathLoss::shadowing`].
    pub shadowing: Option<Shadowing>,
    /// Fading of each frame; `None` is [`PathLoss::fading`].
    pub fading: Option<Fading>,
    /// Buildings in the way. [`PathLoss::Urban`] has a law of its own for what is behind them; to any other the loss of
    /// their walls is added.
    pub buildings: Option<Arc<Buildings>>,
    /// What walls cost; not with [`PathLoss::Urban`].
    pub wall_loss: WallLoss,
    /// Whether vehicles stand in each other's way (3GPP TR 37.885, 6.2.1): where the line between the antennas goes
    /// through another radio's [`Body`], the tallest one takes max(0, N(9 + max(0, 15 lg d - 41), 4.5)) dB if it is higher
    /// than both antennas, max(0, N(5 + max(0, 15 lg d - 41), 4)) otherwise; one draw for each pair and vehicle. Only
    /// radios' own vehicles are known. Behind a building, vehicles take nothing more.
    pub vehicles_block: bool,
    /// What carries each radio's antenna, in their order; those that are not listed have [`Mount::default`]. Dual slope and
    /// free space don't ask for heights.
    pub mounts: Vec<Mount>,
    /// What carries the antennas of radios that are added later; `None` where none are.
    pub joining: Option<Mount>,
}

impl Default for Propagation {
    /// 5.9 GHz, dual slope with its Nakagami fading, nothing in the way.
    fn default() -> Self {
        Propagation {
            frequency_ghz: 5.9,
            path_loss: PathLoss::default(),
            shadowing: None,
            fading: None,
            buildings: None,
            wall_loss: WallLoss::default(),
            vehicles_block: false,
            mounts: Vec::new(),
            joining: None,
        }
    }
}

/// Path loss over distance, in dB; d in metres, f in GHz. Nearer than 1 m it is that at 1 m.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PathLoss {
    /// That of free space: 20 lg(4 π d f / c) (Friis, "A note on a simple transmission formula", Proc. IRE 34(5), 1946).
    FreeSpace,
    /// Two slopes, fitted to measurements on roads.
    DualSlope(DualSlope),
    /// The direct ray and the one that the ground reflects (Sommer and Dressler, "Using the right two-ray model? A
    /// measurement-based evaluation of PHY models in VANETs", MobiCom 2011), by the heights of the antennas.
    TwoRay {
        /// Relative permittivity of the ground; the source fits 1.02.
        permittivity: f64,
    },
    /// 3GPP TR 37.885 (table 6.2.1-1), highway: 32.4 + 20 lg d + 20 lg f, d between the antennas themselves.
    Highway,
    /// 3GPP TR 37.885 (table 6.2.1-1), urban: 38.77 + 16.7 lg d + 18.2 lg f in sight and behind vehicles, 36.85 + 30 lg d +
    /// 18.9 lg f where a building is in the way. Without [`Propagation::buildings`] everything is in sight.
    Urban,
}

impl Default for PathLoss {
    fn default() -> Self {
        PathLoss::DualSlope(DualSlope::default())
    }
}

impl PathLoss {
    /// Two-ray interference over the ground that its source found, ε = 1.02.
    pub const TWO_RAY: PathLoss = PathLoss::TwoRay { permittivity: 1.02 };

    /// The shadowing that goes with the model: that of TR 37.885 with its laws; none with the others. Dual slope's fading was
    /// measured around the fitted law and so holds the shadowing; free space and two-ray interference have none.
    pub fn shadowing(&self) -> Shadowing {
        match self {
            PathLoss::Highway | PathLoss::Urban => Shadowing::TR_37_885,
            PathLoss::FreeSpace | PathLoss::DualSlope(_) | PathLoss::TwoRay { .. } => Shadowing::NONE,
        }
    }

    /// The fading that goes with the model: for dual slope the Nakagami fading of the same measurements; with the laws of
    /// TR 37.885 Nakagami m = 1.9 everywhere, which is near to Rician fading with the K of 3.48 dB that it has for urban
    /// streets in sight (m = (K + 1)² / (2 K + 1); behind buildings it would be less); none in free space and with two
    /// rays, which are the fading themselves.
    pub fn fading(&self) -> Fading {
        match self {
            PathLoss::FreeSpace | PathLoss::TwoRay { .. } => Fading::None,
            PathLoss::DualSlope(_) => Fading::default(),
            PathLoss::Highway | PathLoss::Urban => {
                Fading::Nakagami { m_near: 1.9, m_far: 1.9, change_m: 0.0 }
            }
        }
    }

    fn check(&self) -> Result<(), RadioError> {
        match *self {
            PathLoss::DualSlope(law) => law.check(),
            PathLoss::TwoRay { permittivity } => {
                let ok = (1.0..=100.0).contains(&permittivity);
                check(ok, "permittivity", permittivity, "between 1 and 100")
            }
            PathLoss::FreeSpace | PathLoss::Highway | PathLoss::Urban => Ok(()),
        }
    }
}

impl Propagation {
    /// # Errors
    /// [`RadioError::OutOfRange`].
    fn check(&self) -> Result<(), RadioError> {
        let frequency = self.frequency_ghz;
        let ok = (0.1..=100.0).contains(&frequency);
        check(ok, "frequency_ghz", frequency, "between 0.1 and 100 GHz")?;
        self.path_loss.check()?;
        self.wall_loss.check()?;
        self.mounts.iter().chain(&self.joining).try_for_each(Mount::check)?;
        self.shadowing.map_or(Ok(()), |shadowing| shadowing.check())?;
        self.fading.map_or(Ok(()), |fading| fading.check())
    }
}

/// How long a signal is under way over a distance whose square is `squared` m², rounded up to microseconds, at least one.
#[inline]
pub(crate) fn travel_time(squared: f64) -> Duration {
    Duration::from_micros(((squared.sqrt() * (1e6 / SPEED_OF_LIGHT)).ceil() as u64).max(1))
}

/// Metres per second.
const SPEED_OF_LIGHT: f64 = 299_792_458.0;
