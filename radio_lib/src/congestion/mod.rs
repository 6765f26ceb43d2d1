//! Decentralised congestion control: how often a radio may send, by how busy it finds the channel.
//!
//! ETSI TS 102 687 has two approaches, and [`Controller`] is either. Both are told the channel busy ratio of the last 100 ms,
//! every 100 ms, and say how long it has to be from the start of one frame to the start of the next. They read no clock and
//! draw nothing.

mod limeric;
mod reactive;

pub use limeric::Limeric;
pub use reactive::Reactive;

use std::time::Duration;

/// How often a controller has to be told the channel busy ratio, which is that of this time.
pub const MEASURING: Duration = Duration::from_millis(100);

/// How a radio is kept from congesting the channel.
#[derive(Clone, Debug)]
pub enum Controller {
    /// By a table of channel busy ratios.
    Reactive(Reactive),
    /// By a linear control of the share of time that it sends.
    Limeric(Limeric),
}

impl Controller {
    /// The channel was busy for this share of the last [`MEASURING`].
    pub fn measured(&mut self, busy_ratio: f64) {
        match self {
            Controller::Reactive(reactive) => reactive.measured(busy_ratio),
            Controller::Limeric(limeric) => limeric.measured(busy_ratio),
        }
    }

    /// From the start of a frame that takes `airtime` to that of the next, at least.
    pub fn interval(&self, airtime: Duration) -> Duration {
        match self {
            Controller::Reactive(reactive) => reactive.interval(),
            Controller::Limeric(limeric) => limeric.interval(airtime),
        }
    }
}
