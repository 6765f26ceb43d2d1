//! All that stands between two radios, and what it takes from their link.

use super::buildings::{Buildings, Crossed, WallLoss};
use super::channel::Placed;
use super::law::{Sight, from_db};
use super::mount::Mount;
use super::shadowing::{Field, LogNormal, Shadowing};
use super::vehicles::Traffic;
use crate::grid::squared_distance;
use crate::medium::{Locations, RadioId};
use node_lib::random::Key;
use node_lib::time::Instant;
use std::sync::Arc;

/// Buildings, vehicles and shadowing.
///
/// Each answer depends on the pair and on the places of its ends alone, vehicles on time as well. What was found is kept
/// for each pair until an end moves; a pair that was forgotten gets the same answer again. Buildings and shadowing are
/// looked at for places rounded to [`RASTER_M`]: an end is off by 0.36 m at most. That makes a wall's edge uncertain by as
/// much, and shadowing constant within half a metre, where its correlation is above 0.9 anyway, and above 0.95 for the 10 m of
/// TR 37.885.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    pub(super) key: Key,
    pub(super) names: Vec<u64>,
    pub(super) shadowing: Option<(Shadowing, Field)>,
    pub(super) buildings: Option<Arc<Buildings>>,
    /// What walls cost; `None` where the path loss law itself knows buildings.
    pub(super) walls: Option<WallLoss>,
    /// Beyond which distance, squared, what one wall leaves doesn't matter, what two leave, and so on. Empty: all matters.
    pub(super) wall_reach: Vec<f64>,
    pub(super) traffic: Option<Traffic>,
    pub(super) pairs: Pairs,
}

/// What was found between two radios.
#[derive(Clone, Copy, Debug)]
pub(super) struct Between {
    pub(super) sight: Sight,
    pub(super) gain: f64,
}

/// The pairs that were asked for lately, each in the one place where it may be.
#[derive(Clone, Debug)]
pub(super) struct Pairs {
    known: Vec<Pair>,
}

/// What is known of a pair: each part for the places, or the time, that stand before it.
#[derive(Clone, Copy, Debug)]
struct Pair {
    radios: [RadioId; 2],
    raster: [i32; 4],
    /// What walls leave; `None` where there are none.
    walls: Option<f64>,
    time: Option<Instant>,
    vehicle: Option<f64>,
    shadow_of: Option<Sight>,
    shadow: f64,
}

impl Surroundings {
    /// One radio more.
    pub(super) fn add(&mut self, name: u64, mount: Mount) {
        self.names.push(name);
        self.pairs.grow(self.names.len());
        if let Some(traffic) = &mut self.traffic {
            traffic.add(name, mount);
        }
    }

    #[inline]
    pub(super) fn between(
        &mut self,
        now: Instant,
        a: Placed,
        b: Placed,
        locations: &dyn Locations,
    ) -> Between {
        if a.0 == b.0 {
            return Between::NOTHING;
        }
        let ends = self.ordered(a, b);
        let raster = raster(&ends);
        let radios = ends.map(|(radio, _)| radio);
        let slot = self.pairs.slot(radios);
        let mut pair = self.pairs.known[slot];
        if pair.radios != radios || pair.raster != raster {
            if pair.radios != radios {
                pair.time = None;
            }
            pair = Pair { radios, raster, walls: self.walls(&raster), shadow_of: None, ..pair };
        }
        if let Some(traffic) = self.traffic.as_mut().filter(|_| pair.walls.is_none()) {
            let time = Traffic::time(now);
            traffic.refresh(time, locations);
            if pair.time != Some(time) {
                pair.time = Some(time);
                pair.vehicle = self.vehicle(time, &ends, locations);
            }
        }
        let sight = sight(pair.walls, pair.vehicle);
        if pair.shadow_of != Some(sight) && pair.walls != Some(0.0) {
            pair.shadow_of = Some(sight);
            pair.shadow = self.shadow(&ends, &raster, sight);
        }
        self.pairs.known[slot] = pair;
        Between::of(pair.walls, pair.vehicle, pair.shadow)
    }

    /// [`Surroundings::between`] from nothing.
    pub(super) fn found(&self, now: Instant, a: Placed, b: Placed, locations: &dyn Locations) -> Between {
        if a.0 == b.0 {
            return Between::NOTHING;
        }
        let ends = self.ordered(a, b);
        let raster = raster(&ends);
        let walls = self.walls(&raster);
        let vehicle = if walls.is_none() { self.vehicle(Traffic::time(now), &ends, locations) } else { None };
        Between::of(walls, vehicle, self.shadow(&ends, &raster, sight(walls, vehicle)))
    }

    /// The ends in an order that depends neither on who sends nor on how many radios there are.
    #[inline]
    fn ordered(&self, a: Placed, b: Placed) -> [Placed; 2] {
        let rank = |(radio, _): Placed| (self.name(radio), radio);
        if rank(b) < rank(a) { [b, a] } else { [a, b] }
    }

    #[inline]
    fn name(&self, radio: RadioId) -> u64 {
        self.names.get(radio.index()).copied().unwrap_or_default()
    }

    fn key(&self, purpose: u64, ends: &[Placed; 2]) -> Key {
        self.key.with(purpose).with(self.name(ends[0].0)).with(self.name(ends[1].0))
    }

    /// What walls leave of the power, where there are any in the way: 0 if it is too little to matter.
    fn walls(&self, raster: &[i32; 4]) -> Option<f64> {
        let buildings = self.buildings.as_ref()?;
        let [ax, ay, bx, by] = raster.map(|part| f64::from(part) * RASTER_M);
        let (a, b) = ([ax, ay], [bx, by]);
        let Some(loss) = self.walls else {
            let behind = buildings.crossed_within(a, b, 0).is_none_or(|crossed| crossed.inside_m > 0.0);
            return behind.then_some(1.0);
        };
        let squared = squared_distance(a, b);
        let most = self.wall_reach.iter().position(|reach| squared > *reach);
        let most = most.map_or(u32::MAX, |walls| walls as u32);
        match buildings.crossed_within(a, b, most) {
            None => Some(0.0),
            Some(crossed) if crossed == Crossed::default() => None,
            Some(crossed) => Some(from_db(-loss.loss_db(&crossed))),
        }
    }

    fn vehicle(&self, time: Instant, ends: &[Placed; 2], locations: &dyn Locations) -> Option<f64> {
        let traffic = self.traffic.as_ref()?;
        let key = self.key(VEHICLE, ends);
        traffic.gain(key, time, ends.map(|(radio, _)| radio), locations)
    }

    fn shadow(&self, ends: &[Placed; 2], raster: &[i32; 4], sight: Sight) -> f64 {
        let Some((shadowing, field)) = &self.shadowing else { return 1.0 };
        let LogNormal { sigma_db, decorrelation_m } = *shadowing.at(sight);
        let [ax, ay, bx, by] = raster.map(|part| f64::from(part) * (RASTER_M / decorrelation_m));
        // In another unit of length the field is another one, near the origin too.
        let key = self.key(SHADOW, ends).with(decorrelation_m.to_bits());
        from_db(-sigma_db * field.at(key, [ax, ay], [bx, by]))
    }
}

impl Between {
    const NOTHING: Between = Between { sight: Sight::Free, gain: 1.0 };

    #[inline]
    fn of(walls: Option<f64>, vehicle: Option<f64>, shadow: f64) -> Between {
        // A vehicle beside a building changes nothing (TR 37.885 knows either state, not both).
        Between { sight: sight(walls, vehicle), gain: walls.or(vehicle).unwrap_or(1.0) * shadow }
    }
}

#[inline]
fn sight(walls: Option<f64>, vehicle: Option<f64>) -> Sight {
    match (walls, vehicle) {
        (Some(_), _) => Sight::Building,
        (None, Some(_)) => Sight::Vehicle,
        (None, None) => Sight::Free,
    }
}

impl Pairs {
    /// Room for the pairs of this many radios, within limits.
    pub(super) fn new(radios: usize) -> Pairs {
        Pairs { known: vec![Pair::NONE; Pairs::size(radios)] }
    }

    /// Makes room for the pairs of this many radios; where that changes places, what was found is forgotten.
    pub(super) fn grow(&mut self, radios: usize) {
        let size = Pairs::size(radios);
        if size != self.known.len() {
            self.known = vec![Pair::NONE; size];
        }
    }

    fn size(radios: usize) -> usize {
        (radios.saturating_mul(radios) / 2).clamp(1, MOST_PAIRS).next_power_of_two()
    }

    /// Where a pair would be: each has a place of its own if there is room for all.
    #[inline]
    fn slot(&self, [a, b]: [RadioId; 2]) -> usize {
        let (low, high) = (a.index().min(b.index()), a.index().max(b.index()));
        (high * high.saturating_sub(1) / 2 + low) & (self.known.len() - 1)
    }
}

impl Pair {
    const NONE: Pair = Pair {
        radios: [RadioId(u32::MAX); 2],
        raster: [0; 4],
        walls: None,
        time: None,
        vehicle: None,
        shadow_of: None,
        shadow: 1.0,
    };
}

/// The places in steps of [`RASTER_M`].
#[inline]
fn raster([(_, a), (_, b)]: &[Placed; 2]) -> [i32; 4] {
    [a[0], a[1], b[0], b[1]].map(|part| (part * (1.0 / RASTER_M) + 0.5).floor() as i32)
}

const RASTER_M: f64 = 0.5;
/// 48 MB.
const MOST_PAIRS: usize = 1 << 19;

/// Purposes of draws.
const SHADOW: u64 = 0x30;
const VEHICLE: u64 = 0x31;
