//! [`Propagation`] prepared for the radios of a run.

use super::law::{Law, Sight, from_db};
use super::shadowing::Field;
use super::surroundings::{Pairs, Surroundings};
use super::vehicles::Traffic;
use super::{Mount, Propagation};
use crate::error::RadioError;
use crate::fading::Fader;
use crate::grid::squared_distance;
use crate::medium::{Locations, RadioId};
use node_lib::random::Key;
use node_lib::time::Instant;

/// Gains between antennas, as a function of the seed, the two radios, time and positions: what was asked before changes
/// no answer.
#[derive(Clone, Debug)]
pub struct Channel {
    law: Law,
    fader: Fader,
    /// Antenna heights; empty where the law doesn't ask for them.
    heights: Vec<f64>,
    /// What costs more than path loss, where there is any of it.
    surroundings: Option<Box<Surroundings>>,
    /// For each kind of sight that there may be, how far above its mean shadowing takes a gain at most, by
    /// [`SHADOWED`] standard deviations.
    most: [Option<(Sight, f64)>; 3],
    highest_m: f64,
    /// What carries radios that are added.
    joining: Mount,
}

/// A radio and where it is.
pub type Placed = (RadioId, [f64; 2]);

impl Channel {
    /// The channel between radios of these names, which their draws are keyed by.
    ///
    /// # Errors
    /// [`RadioError::OutOfRange`]: a setting.
    pub fn new(settings: &Propagation, seed: Key, names: &[u64]) -> Result<Channel, RadioError> {
        settings.check()?;
        let law = Law::new(&settings.path_loss, settings.frequency_ghz);
        let mounts: Vec<Mount> =
            (0..names.len()).map(|radio| settings.mounts.get(radio).copied().unwrap_or_default()).collect();
        let heights: Vec<f64> = mounts.iter().map(|mount| mount.antenna_m).collect();
        let joining = settings.joining.map(|mount| mount.antenna_m);
        let highest_m = heights.iter().copied().chain(joining).fold(0.0, f64::max);
        let shadowing = settings.shadowing.unwrap_or_else(|| settings.path_loss.shadowing());
        let buildings = settings.buildings.clone().filter(|buildings| !buildings.is_empty());
        let may_be = [
            Some(Sight::Free),
            settings.vehicles_block.then_some(Sight::Vehicle),
            buildings.is_some().then_some(Sight::Building),
        ];
        let most =
            may_be.map(|sight| sight.map(|sight| (sight, from_db(SHADOWED * shadowing.at(sight).sigma_db))));
        let is_plain = shadowing.is_none() && buildings.is_none() && !settings.vehicles_block;
        let surroundings = (!is_plain).then(|| {
            Box::new(Surroundings {
                key: seed,
                names: names.to_vec(),
                shadowing: (!shadowing.is_none()).then(|| (shadowing, Field::new())),
                buildings,
                walls: (!law.knows_buildings()).then_some(settings.wall_loss),
                wall_reach: Vec::new(),
                traffic: settings.vehicles_block.then(|| Traffic::new(mounts, names.to_vec())),
                pairs: Pairs::new(names.len()),
            })
        });
        let fading = settings.fading.unwrap_or_else(|| settings.path_loss.fading());
        let heights = if law.knows_heights() { heights } else { Vec::new() };
        let joining = settings.joining.unwrap_or_default();
        Ok(Channel { law, fader: Fader::new(fading), heights, surroundings, most, highest_m, joining })
    }

    /// Adds a radio of this name, on [`Propagation::joining`].
    pub fn add(&mut self, name: u64) {
        if self.law.knows_heights() {
            self.heights.push(self.joining.antenna_m);
        }
        if let Some(surroundings) = &mut self.surroundings {
            surroundings.add(name, self.joining);
        }
    }

    /// From now on a mean gain below `least` doesn't matter: where walls leave less, it is 0. With shadowing, up to 1 of 740 pairs
    /// (three standard deviations) with as many walls between them as that needs loses a little more than `least`.
    pub fn neglect_below(&mut self, least: f64) {
        let walls = self.surroundings.as_ref().and_then(|surroundings| surroundings.walls);
        // Without buildings nothing has walls.
        let (Some(loss), [.., Some((sight, most))]) = (walls, self.most) else { return };
        let reach = |walls: u32| {
            let left = most * from_db(-loss.wall_db * f64::from(walls));
            let reach =
                self.farthest(|distance| self.law.bound(distance, self.highest_m, sight) * left >= least);
            reach * reach
        };
        let wall_reach = (1..=MOST_WALLS).map(reach).collect();
        if let Some(surroundings) = &mut self.surroundings {
            surroundings.wall_reach = wall_reach;
        }
    }

    /// Mean gain on power between isotropic antennas of two radios at these positions, linear: the same both ways,
    /// finite for finite positions.
    ///
    /// What stands between them is remembered for the pair until an end moves; that needs no memory beyond what
    /// [`Channel::new`] took, but for vehicles, whose lists grow to their size.
    #[inline]
    pub fn mean_gain(&mut self, now: Instant, a: Placed, b: Placed, locations: &dyn Locations) -> f64 {
        let squared = squared_distance(a.1, b.1);
        match &mut self.surroundings {
            None => self.law.gain(squared, heights(&self.heights, a.0, b.0), Sight::Free),
            Some(surroundings) => {
                let between = surroundings.between(now, a, b, locations);
                self.law.gain(squared, heights(&self.heights, a.0, b.0), between.sight) * between.gain
            }
        }
    }

    /// [`Channel::mean_gain`] without remembering anything: the same figure, slower.
    pub fn peek_gain(&self, now: Instant, a: Placed, b: Placed, locations: &dyn Locations) -> f64 {
        let squared = squared_distance(a.1, b.1);
        let heights = heights(&self.heights, a.0, b.0);
        match &self.surroundings {
            None => self.law.gain(squared, heights, Sight::Free),
            Some(surroundings) => {
                let between = surroundings.found(now, a, b, locations);
                self.law.gain(squared, heights, between.sight) * between.gain
            }
        }
    }

    /// Fading of one frame at one receiver: the gain on power for the uniform draw `draw` / 2^32, at a distance whose
    /// square is `squared` m². It grows with the draw.
    #[inline]
    pub fn fade(&self, draw: u32, squared: f64) -> f64 {
        self.fader.gain(draw, squared)
    }

    /// Whether fading is that of near radios, at a distance whose square is `squared` m².
    pub(crate) fn fades_near(&self, squared: f64) -> bool {
        self.fader.is_near(squared)
    }

    /// Mean of `value` over the gain of fading, for near or for far radios.
    pub(crate) fn mean_over_fading(&self, near: bool, value: impl Fn(f64) -> f64) -> f64 {
        self.fader.mean(near, value)
    }

    /// The larger of the means of `value` with near and with far fading, whatever the distance.
    pub fn largest_mean_over_fading(&self, value: impl Fn(f64) -> f64) -> f64 {
        self.fader.largest_mean(value)
    }

    /// A distance, metres, beyond which the mean gain is below `least`, at most 10 000 km. With shadowing it holds for all
    /// but 1 of 740 pairs (three standard deviations) at that distance, and for fewer beyond.
    pub fn reach_m(&self, least: f64) -> f64 {
        self.farthest(|distance| {
            let gain = |(sight, most): (Sight, f64)| self.law.bound(distance, self.highest_m, sight) * most;
            self.most.into_iter().flatten().map(gain).fold(0.0, f64::max) >= least
        })
    }

    /// The distance, metres, beyond which something doesn't reach any more.
    fn farthest(&self, reaches: impl Fn(f64) -> bool) -> f64 {
        let mut far = 1.0;
        while far < LARGEST_REACH_M && reaches(far) {
            far *= 2.0;
        }
        let mut near = far / 2.0;
        for _ in 0..30 {
            let middle = (near + far) / 2.0;
            if reaches(middle) { near = middle } else { far = middle }
        }
        far
    }
}

#[inline]
fn heights(heights: &[f64], a: RadioId, b: RadioId) -> [f64; 2] {
    [a, b].map(|radio| heights.get(radio.index()).copied().unwrap_or_default())
}

/// Standard deviations of shadowing that [`Channel::reach_m`] allows for.
const SHADOWED: f64 = 3.0;
/// So many walls are told apart; more always matter, if as many do.
const MOST_WALLS: u32 = 32;
const LARGEST_REACH_M: f64 = 1e7;
