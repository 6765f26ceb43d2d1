//! What experiments with the radios of one cell share.

use radio_lib::{Dot11p, Fading, Profile, Propagation};
use std::time::Duration;

/// Places on a circle of 10 m: everybody is heard with the same strength but for some decibels.
pub(super) fn circle(radios: usize) -> Vec<[f64; 2]> {
    let angle = |radio: usize| std::f64::consts::TAU * radio as f64 / radios as f64;
    (0..radios).map(|radio| [10.0 * angle(radio).cos(), 10.0 * angle(radio).sin()]).collect()
}

/// The profile with contention, as ns-3 has it: it notices a signal at once, not within the 8 µs that the standard allows.
pub(super) fn as_ns3(propagation: Propagation) -> Profile {
    Profile::Dot11p(Dot11p { propagation, sensing: Duration::from_micros(1), ..Dot11p::default() })
}

/// Dual slope, and nothing else.
pub(super) fn no_fading() -> Propagation {
    Propagation { fading: Some(Fading::None), ..Propagation::default() }
}
