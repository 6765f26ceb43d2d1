//! What can be set.

use crate::airtime::Rate;
use crate::error::{RadioError, check};
use crate::propagation::Propagation;
use node_lib::buffer_pool::AccessCategory;
use std::time::Duration;

/// IEEE 802.11p in a 10 MHz channel: propagation, reception under interference, and contention.
///
/// A frame has one power at each receiver. It is received if its SIGNAL field is heard when it begins, while the receiver neither sends nor
/// decodes another frame, and if all its bits survive the worst ratio of signal to noise and interference from its beginning to its end;
/// interference is the sum of everything else in the air. Stations contend as EDCA has it outside a BSS: each
/// senses the channel where it is, so hidden terminals collide. Unicasts are acknowledged and repeated.
#[derive(Clone, Debug)]
pub struct Dot11p {
    /// Power and rate, from background to voice.
    pub access: [Access; 4],
    /// Noise figure of the receivers, dB.
    pub noise_figure_db: f64,
    /// What a real receiver loses against the model, dB.
    pub implementation_loss_db: f64,
    /// Path loss, shadowing, fading and what stands in the way.
    pub propagation: Propagation,
    /// The channel is taken for busy from so much energy on, whatever it is, dBm. A frame that is decoded makes it busy at any power.
    pub energy_threshold_dbm: f64,
    /// How long a signal has to last before a station notices it: what it is to send within that time it sends.
    pub sensing: Duration,
    /// A frame so many dB above everything else takes the receiver away from the one that it decodes; without, the first one keeps
    /// it. Of two frames that begin in the same microsecond the stronger one is decoded.
    pub capture_db: Option<f64>,
    /// Signals are left out where their mean power is so many dB below the noise, at least 0. One that is left out would have lowered the
    /// ratio by less than 10 lg(1 + 10^(-this/10)): 0.27 dB at 12 dB.
    pub floor_db: f64,
    /// Transmissions that a unicast may make, at least 1.
    pub attempts: u8,
    /// Who decides on the rate of unicasts.
    pub rate_control: RateControl,
    /// Frames that each of a radio's queues (one for each access category) holds, at least 1.
    pub queue: usize,
}

/// Who decides on the rate of unicasts. Broadcasts always go at that of their category.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RateControl {
    /// The category's rate for all.
    #[default]
    Fixed,
    /// [`Minstrel`](crate::Minstrel), one for each radio: the rate that brings the most to each destination.
    Minstrel,
}

/// How the frames of one category are sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Access {
    /// Transmission power with antenna gains, dBm.
    pub tx_power_dbm: f64,
    /// Rate of all frames but those that [`RateControl`] decides on, and acknowledgements, which go at [`Rate::of_ack`] and the same
    /// power.
    pub rate: Rate,
}

impl Default for Access {
    /// 20 dBm, 6 Mb/s.
    fn default() -> Self {
        Access { tx_power_dbm: 20.0, rate: Rate::default() }
    }
}

impl Default for Dot11p {
    /// 20 dBm and 6 Mb/s, noise figure 6 dB, -65 dBm noticed within 8 µs, no capture, floor 12 dB below noise, 5 attempts, 64 frames a queue.
    fn default() -> Self {
        Dot11p {
            access: [Access::default(); 4],
            noise_figure_db: 6.0,
            implementation_loss_db: 0.0,
            propagation: Propagation::default(),
            energy_threshold_dbm: -65.0,
            sensing: CCA_TIME,
            capture_db: None,
            floor_db: 12.0,
            attempts: 5,
            rate_control: RateControl::Fixed,
            queue: 64,
        }
    }
}

impl Dot11p {
    /// Power and rate of a category.
    pub fn of(&self, category: AccessCategory) -> &Access {
        &self.access[category as usize]
    }

    pub(crate) fn check(&self) -> Result<(), RadioError> {
        for Access { tx_power_dbm, .. } in self.access {
            let ok = (-100.0..=100.0).contains(&tx_power_dbm);
            check(ok, "tx_power_dbm", tx_power_dbm, "between -100 and 100 dBm")?;
        }
        let within = |setting, value, allowed| check((0.0..=50.0).contains(&value), setting, value, allowed);
        within("noise_figure_db", self.noise_figure_db, "between 0 and 50 dB")?;
        within("implementation_loss_db", self.implementation_loss_db, "between 0 and 50 dB")?;
        within("floor_db", self.floor_db, "between 0 and 50 dB")?;
        within("capture_db", self.capture_db.unwrap_or(0.0), "between 0 and 50 dB")?;
        let ok = (-100.0..=50.0).contains(&self.energy_threshold_dbm);
        check(ok, "energy_threshold_dbm", self.energy_threshold_dbm, "between -100 and 50 dBm")?;
        let micros = self.sensing.as_micros() as f64;
        check((1.0..=13.0).contains(&micros), "sensing", micros, "between 1 and 13 µs, a slot")?;
        check(self.attempts > 0, "attempts", 0.0, "at least 1")?;
        check(self.queue > 0, "queue", 0.0, "at least 1")
    }
}

/// aCCATime at 10 MHz (IEEE 802.11-2016, table 17-21).
const CCA_TIME: Duration = Duration::from_micros(8);
