//! The settings of the radio profile `80211p`, as they are written.

use super::limits;
use super::propagation::PropagationSpec;
use garde::Validate;
use radio_lib::{Access, Dot11p, RateControl};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// IEEE 802.11p with interference and contention.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct Dot11pSpec {
    /// Transmit power, antenna gains included, dBm.
    #[garde(range(min = -50.0, max = 60.0))]
    pub tx_power_dbm: f64,
    /// Data rate, Mb/s: 3, 4.5, 6, 9, 12, 18, 24 or 27. With `rate_control: minstrel` that of broadcasts.
    #[garde(custom(limits::data_rate))]
    pub rate_mbps: f64,
    /// Who decides on the rate of unicasts.
    pub rate_control: RateControlSpec,
    /// Where an access category differs.
    #[garde(dive)]
    pub access: AccessSpecs,
    /// Noise figure, dB.
    #[garde(range(min = 0.0, max = 40.0))]
    pub noise_figure_db: f64,
    /// What a real receiver loses against the model, dB.
    #[garde(range(min = 0.0, max = 40.0))]
    pub implementation_loss_db: f64,
    /// The channel is busy from so much energy on, dBm; a frame that is decoded makes it busy at any power.
    #[garde(range(min = -95.0, max = 0.0))]
    pub energy_threshold_dbm: f64,
    /// A frame so many dB above everything else takes the receiver away from the one it decodes; without, the first one keeps it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 0.0, max = 50.0)))]
    pub capture_db: Option<f64>,
    /// Signals whose mean power is so many dB below the noise are left out.
    #[garde(range(min = 0.0, max = 50.0))]
    pub floor_db: f64,
    /// Path loss, shadowing, fading, and what stands in the way.
    #[garde(dive)]
    pub propagation: PropagationSpec,
}

/// Who decides on the rate of unicasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RateControlSpec {
    /// All go at `rate_mbps`.
    #[default]
    Fixed,
    /// Minstrel: for each neighbour the rate that brings the most.
    Minstrel,
}

impl From<RateControlSpec> for RateControl {
    fn from(spec: RateControlSpec) -> RateControl {
        match spec {
            RateControlSpec::Fixed => RateControl::Fixed,
            RateControlSpec::Minstrel => RateControl::Minstrel,
        }
    }
}

/// Power and rate by access category.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct AccessSpecs {
    /// User data, unless its DSCP says otherwise.
    #[garde(dive)]
    pub background: AccessSpec,
    /// Best effort.
    #[garde(dive)]
    pub best_effort: AccessSpec,
    /// Heartbeats and replies.
    #[garde(dive)]
    pub video: AccessSpec,
    /// Voice.
    #[garde(dive)]
    pub voice: AccessSpec,
}

/// Power and rate of one access category; the profile's where it states none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct AccessSpec {
    /// Transmit power, antenna gains included, dBm.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = -50.0, max = 60.0)))]
    pub tx_power_dbm: Option<f64>,
    /// Data rate, Mb/s: 3, 4.5, 6, 9, 12, 18, 24 or 27.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(limits::data_rate)))]
    pub rate_mbps: Option<f64>,
}

impl AccessSpecs {
    /// From background to voice.
    pub fn by_category(&self) -> [AccessSpec; 4] {
        [self.background, self.best_effort, self.video, self.voice]
    }
}

impl Default for Dot11pSpec {
    fn default() -> Self {
        let (radio, access) = (Dot11p::default(), Access::default());
        Dot11pSpec {
            tx_power_dbm: access.tx_power_dbm,
            rate_mbps: access.rate.mbps(),
            rate_control: RateControlSpec::Fixed,
            access: AccessSpecs::default(),
            noise_figure_db: radio.noise_figure_db,
            implementation_loss_db: radio.implementation_loss_db,
            energy_threshold_dbm: radio.energy_threshold_dbm,
            capture_db: radio.capture_db,
            floor_db: radio.floor_db,
            propagation: PropagationSpec::default(),
        }
    }
}
