//! What lies between two antennas: path loss and fading.
//!
//! [`Propagation`] is the settings, [`Channel`] is made from them for the radios of a run and answers fast.

mod channel;
mod dual_slope;

pub use channel::{Channel, Placed};
pub use dual_slope::DualSlope;
pub(crate) use dual_slope::{MeanGain, free_space_db};

use crate::error::{RadioError, check};
use crate::fading::Fading;
use std::time::Duration;

/// How power gets from one antenna to another.
///
/// Path loss follows from the distance; fading comes on top and is drawn for each frame and receiver. Where a choice is
/// left open (`None`), it is what the path loss model's source says, so that nothing is counted twice: a measured
/// distribution of fading that holds shadowing is not stacked with shadowing.
#[derive(Clone, Debug, PartialEq)]
pub struct Propagation {
    /// Carrier frequency, GHz.
    pub frequency_ghz: f64,
    /// Path loss over distance.
    pub path_loss: PathLoss,
    /// Fading of each frame; `None` is [`PathLoss::fading`].
    pub fading: Option<Fading>,
}

impl Default for Propagation {
    /// 5.9 GHz, dual slope with its Nakagami fading.
    fn default() -> Self {
        Propagation { frequency_ghz: 5.9, path_loss: PathLoss::default(), fading: None }
    }
}

/// Path loss over distance. Nearer than 1 m it is that at 1 m.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PathLoss {
    /// That of free space: 20 lg(4 π d f / c) (Friis, "A note on a simple transmission formula", Proc. IRE 34(5), 1946).
    FreeSpace,
    /// Two slopes, fitted to measurements on roads.
    DualSlope(DualSlope),
}

impl Default for PathLoss {
    fn default() -> Self {
        PathLoss::DualSlope(DualSlope::default())
    }
}

impl PathLoss {
    /// The fading that goes with the model: none in free space; for dual slope the Nakagami fading of the same
    /// measurements.
    pub fn fading(&self) -> Fading {
        match self {
            PathLoss::FreeSpace => Fading::None,
            PathLoss::DualSlope(_) => Fading::default(),
        }
    }
}

impl Propagation {
    /// # Errors
    /// [`RadioError::OutOfRange`].
    pub(crate) fn check(&self) -> Result<(), RadioError> {
        let frequency = self.frequency_ghz;
        check((0.1..=100.0).contains(&frequency), "frequency_ghz", frequency, "between 0.1 and 100 GHz")?;
        if let PathLoss::DualSlope(law) = &self.path_loss {
            law.check()?;
        }
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
