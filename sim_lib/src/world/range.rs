//! Which vehicles an RSU reaches directly.

use super::profile;
use crate::error::SimError;
use crate::scenario::model::RadioSpec;
use crate::scenario::propagation::ShadowingSpec;
use node_lib::addr::Mac;
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::airtime::psdu_bytes;
use radio_lib::{Locations, MeanLink, Medium, RadioId, RadioSetup};

/// Answers whether a vehicle is within one hop of an RSU: whether the RSU's heartbeats reach it with a mean probability
/// of [`IN_RANGE`] or better.
///
/// The medium's answer is an integral over fading. It is asked for only once, for the mean gain at which that probability is
/// reached.
#[derive(Debug, Default)]
pub(crate) struct Range {
    /// That gain, with the fading of far and of near radios.
    least: [Option<f64>; 2],
    /// Pairs whose link a fault changes at some time, lower number first, and when it last did: the mean gain isn't all there is.
    special: Vec<((RadioId, RadioId), Instant)>,
}

impl Range {
    /// With the pairs of radios whose link a fault changes at some time.
    pub(crate) fn new(links: impl Iterator<Item = (RadioId, RadioId)>) -> Self {
        let mut special: Vec<_> = links.map(|(a, b)| (pair(a, b), Instant::ZERO)).collect();
        special.sort_unstable();
        special.dedup();
        Range { least: [None; 2], special }
    }

    /// The link between these two was changed; from now on the mean gain isn't all there is to them.
    pub(crate) fn set_changed(&mut self, a: RadioId, b: RadioId, now: Instant) {
        match self.find(a, b) {
            Ok(at) => self.special[at].1 = now,
            Err(at) => self.special.insert(at, (pair(a, b), now)),
        }
    }

    /// When the link between these two was last changed, if it ever was.
    pub(crate) fn changed(&self, a: RadioId, b: RadioId) -> Option<Instant> {
        self.find(a, b).ok().map(|at| self.special[at].1)
    }

    fn find(&self, a: RadioId, b: RadioId) -> Result<usize, usize> {
        self.special.binary_search_by_key(&pair(a, b), |(pair, _)| *pair)
    }

    /// Whether `rsu`, which is up, reaches `vehicle`, which is up. Any two nodes will do.
    pub(crate) fn reaches(
        &mut self,
        medium: &Medium,
        loc: &dyn Locations,
        at: Instant,
        rsu: RadioId,
        vehicle: RadioId,
    ) -> bool {
        let special = self.find(rsu, vehicle).is_ok();
        if special || !medium.has_places() || medium.is_disturbed() {
            return medium.expected_delivery(rsu, vehicle, at, loc, heartbeat()) >= IN_RANGE;
        }
        let Some(link) = medium.mean_link(rsu, vehicle, at, loc) else { return false };
        link.gain >= *self.least[usize::from(link.near)].get_or_insert_with(|| least_gain(medium, link))
    }
}

/// The gain above which a heartbeat arrives often enough over a link that fades as this one does.
fn least_gain(medium: &Medium, link: MeanLink) -> f64 {
    let (mut low, mut high) = (LEAST_GAIN, 1.0);
    for _ in 0..60 {
        let gain = f64::sqrt(low * high);
        let enough = medium.delivery_over(MeanLink { gain, ..link }, heartbeat()) >= IN_RANGE;
        if enough { high = gain } else { low = gain }
    }
    high
}

/// How far an RSU's heartbeats reach with this radio, nobody else on the channel, with a mean probability of nine in ten: metres;
/// `None` on a radio on which distance is of no importance.
///
/// # Errors
/// [`SimError::Radio`]: a setting of the radio.
pub fn delivery_range(radio: &RadioSpec) -> Result<Option<f64>, SimError> {
    let setup = |number: u8| RadioSetup { mac: Mac([2, 0, 0, 0, 0, number]), key: number.into() };
    // Nothing stands in the way.
    let mut radio = radio.clone();
    let way = &mut radio.dot11p.propagation;
    way.outlines.clear();
    (way.shadowing, way.vehicles_block) = (ShadowingSpec::None, false);
    let Some(profile) = profile::with_places(&radio, [true, false].into_iter())? else { return Ok(None) };
    let mut medium = Medium::new(profile, Key::seed(0), vec![setup(1), setup(2)])?;
    let [rsu, vehicle] = [RadioId(0), RadioId(1)];
    for one in [rsu, vehicle] {
        medium.set_up(Instant::ZERO, one, true);
    }
    Ok(medium.cutoff_m().map(|cutoff| radius(&medium, cutoff, Instant::ZERO, rsu, vehicle)))
}

fn pair(a: RadioId, b: RadioId) -> (RadioId, RadioId) {
    (a.min(b), a.max(b))
}

/// The distance below which a heartbeat between these two arrives often enough, metres, by bisection to a millimetre.
fn radius(medium: &Medium, cutoff: f64, at: Instant, rsu: RadioId, vehicle: RadioId) -> f64 {
    let (mut near, mut far) = (0.0, cutoff);
    while far - near > 1e-3 {
        let distance = (near + far) / 2.0;
        let apart = Apart { rsu, distance };
        if medium.expected_delivery(rsu, vehicle, at, &apart, heartbeat()) >= IN_RANGE {
            near = distance;
        } else {
            far = distance;
        }
    }
    near
}

/// An RSU at the origin, everything else at a distance.
struct Apart {
    rsu: RadioId,
    distance: f64,
}

impl Locations for Apart {
    fn position(&self, radio: RadioId, _: Instant) -> Option<[f64; 2]> {
        Some(if radio == self.rsu { [0.0, 0.0] } else { [self.distance, 0.0] })
    }

    fn max_speed(&self) -> f64 {
        0.0
    }
}

/// An RSU's heartbeat with its extensions on the air.
const fn heartbeat() -> usize {
    psdu_bytes(HEARTBEAT_FRAME)
}

/// Mean delivery from which a vehicle counts as in range.
const IN_RANGE: f64 = 0.9;
/// Less than what any radio is heard at.
const LEAST_GAIN: f64 = 1e-30;
/// A heartbeat with EPOCH, PATH and a neighbour or two in HEARD, bytes.
const HEARTBEAT_FRAME: usize = 76;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::RadioProfile;
    use radio_lib::{Buildings, Dot11p, Geometric, Ideal, IdealLink, LinkChange, Profile, Propagation};
    use std::sync::Arc;
    use std::time::Duration;

    const A: RadioId = RadioId(0);
    const B: RadioId = RadioId(1);

    fn medium(profile: Profile) -> Medium {
        let setups = (1..=2).map(|n| RadioSetup { mac: Mac([2, 0, 0, 0, 0, n]), key: n.into() }).collect();
        let mut medium = Medium::new(profile, Key::seed(1), setups).unwrap();
        medium.set_up(Instant::ZERO, A, true);
        medium.set_up(Instant::ZERO, B, true);
        medium
    }

    #[test]
    fn the_gain_stands_for_the_integral() {
        // A house on the way, from 60 to 70 m.
        let house = vec![[60.0, -5.0], [70.0, -5.0], [70.0, 5.0], [60.0, 5.0]];
        let buildings = Some(Arc::new(Buildings::new(&[house]).unwrap()));
        let propagation = Propagation { buildings, ..Propagation::default() };
        for (profile, expected) in [
            (Profile::Geometric(Geometric::default()), 150..400),
            (Profile::Dot11p(Dot11p::default()), 150..400),
            (Profile::Dot11p(Dot11p { propagation, ..Dot11p::default() }), 60..120),
        ] {
            let medium = medium(profile);
            let mut range = Range::default();
            let mut reached = 0;
            for metres in 0..600 {
                let apart = Apart { rsu: A, distance: f64::from(metres) };
                let exact = medium.expected_delivery(A, B, Instant::ZERO, &apart, heartbeat()) >= IN_RANGE;
                assert_eq!(range.reaches(&medium, &apart, Instant::ZERO, A, B), exact, "{metres} m");
                reached += u32::from(exact);
            }
            assert!(expected.contains(&reached), "{reached} m");
        }
    }

    #[test]
    fn the_range_of_a_radio_is_that_in_the_open() {
        let mut radio = RadioSpec::of(RadioProfile::Dot11p);
        let open = delivery_range(&radio).unwrap().unwrap();
        radio.dot11p.propagation.outlines = vec![vec![[60.0, -5.0], [70.0, -5.0], [70.0, 5.0], [60.0, 5.0]]];
        assert_eq!(delivery_range(&radio).unwrap(), Some(open));
        radio.profile = RadioProfile::Ideal;
        assert_eq!(delivery_range(&radio).unwrap(), None);
    }

    #[test]
    fn a_link_that_a_fault_changes_is_asked_for_every_time() {
        let mut medium = medium(Profile::Geometric(Geometric::default()));
        let mut range = Range::new([(B, A)].into_iter());
        let apart = Apart { rsu: A, distance: 50.0 };
        assert!(range.reaches(&medium, &apart, Instant::ZERO, A, B));
        medium.set_link(A, B, LinkChange { loss: Some(0.2), ..LinkChange::default() }).unwrap();
        assert!(!range.reaches(&medium, &apart, Instant::ZERO, A, B));
    }

    #[test]
    fn without_geometry_the_link_decides() {
        let (latency, jitter) = (Duration::from_millis(1), Duration::ZERO);
        for (loss, expected) in [(0.0, true), (0.05, true), (0.2, false)] {
            let links = vec![IdealLink { a: A, b: B, latency, jitter, loss, rate_bps: None }];
            let medium = medium(Profile::Ideal(Ideal { links, ..Ideal::default() }));
            let anywhere = Apart { rsu: A, distance: 1e6 };
            assert_eq!(Range::default().reaches(&medium, &anywhere, Instant::ZERO, A, B), expected);
        }
    }
}
