//! What experiments with the radios of one cell share.

use radio_lib::{Dot11p, Fading, Profile, Propagation};
use std::time::Duration;

/// Places on a circle of 10 m: everybody is heard with the same strength but for some decibels.
pub(super) fn circle(radios: usize) -> Vec<[f64; 2]> {
    let angle = |radio: usize| std::f64::consts::TAU * radio as f64 / radios as f64;
    (0..radios).map(|radio| [10.0 * angle(radio).cos(), 10.0 * angle(radio).sin()]).collect()
}

/// So many on such a circle, and one more in its middle, who hears all equally well.
pub(super) fn around_a_sink(stations: usize) -> Vec<[f64; 2]> {
    circle(stations + 1).into_iter().take(stations).chain([[0.0; 2]]).collect()
}

/// The profile with contention, as ns-3 has it: a signal is noticed after 4 µs, not after the 8 µs of the standard.
pub(super) fn as_ns3(propagation: Propagation) -> Profile {
    Profile::Dot11p(Dot11p { propagation, sensing: Duration::from_micros(4), ..Dot11p::default() })
}

/// Dual slope, and nothing else.
pub(super) fn no_fading() -> Propagation {
    Propagation { fading: Some(Fading::None), ..Propagation::default() }
}
