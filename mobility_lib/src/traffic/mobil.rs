//! Changing lanes: MOBIL (Kesting, Treiber, Helbing: "General lane-changing model MOBIL for car-following models",
//! Transportation Research Record 1999 (2007), 86).

use super::idm::Idm;
use super::network::LANE_M;
use super::sim::{STEP_S, Traffic};
use super::vehicle::Shift;

impl Traffic<'_> {
    /// Those who want to change lanes and can, begin to.
    pub(super) fn change_lanes(&mut self) {
        for index in 0..self.vehicles.len() {
            // Everybody thinks of it once a second, not all at once.
            if (self.steps + index as u64).is_multiple_of((1.0 / STEP_S) as u64) {
                self.change_lane(index);
            }
        }
    }

    fn change_lane(&mut self, index: usize) {
        let vehicle = &self.vehicles[index];
        let lane = vehicle.path;
        if vehicle.shift.is_some() || lane >= self.network.lanes.len() {
            return;
        }
        let lanes = self.network.edges[self.network.lanes[lane].edge].lanes.clone();
        let left = self.network.length(lane) - vehicle.place;
        let over = (CHANGE_S * vehicle.speed).max(LEAST_WAY_M);
        let holds_this = vehicle.held.iter().any(|turn| self.network.turns[*turn].from == lane);
        if lanes.len() < 2 || holds_this || !vehicle.behind.is_empty() || left < END_M + LEAST_CHANGE_M {
            return;
        }
        let leads = |lane: usize| {
            vehicle.route.front().is_none_or(|edge| self.network.turn_to(lane, *edge).is_some())
        };
        let wrong = !leads(lane);
        let near = left < over + ROOM_M;
        let mut best: Option<(f64, usize)> = None;
        for target in
            [lane.checked_sub(1), Some(lane + 1)].into_iter().flatten().filter(|lane| lanes.contains(lane))
        {
            let gain = match (wrong, leads(target)) {
                // Towards the next lane that leads where it has to go.
                (true, right) => {
                    let closer = right
                        || (target < lane) == lanes.clone().take_while(|other| *other < lane).any(leads);
                    if !closer {
                        continue;
                    }
                    f64::INFINITY
                }
                (false, false) => continue,
                (false, true) if near => continue,
                (false, true) => f64::NEG_INFINITY,
            };
            let Some(incentive) = self.incentive(index, target) else {
                continue;
            };
            let gain = if gain == f64::INFINITY { 1e3 + incentive } else { incentive };
            if gain > THRESHOLD_MPS2 && best.is_none_or(|(least, _)| gain > least) {
                best = Some((gain, target));
            }
        }
        if let Some((_, target)) = best {
            // It must be over where one may have to stop.
            self.begin_shift(index, target, over.min(left - END_M));
        }
    }

    /// MOBIL's incentive for a lane, m/s²: what the driver gains, and politeness times what the others gain. None if it isn't safe.
    fn incentive(&self, index: usize, target: usize) -> Option<f64> {
        let vehicle = &self.vehicles[index];
        let network = self.network;
        let length = self.settings.length_m;
        let there = vehicle.place * network.length(target) / network.length(vehicle.path);
        if there - length < 0.0
            || there > network.length(target)
            || self.load[target] >= self.capacity(target)
        {
            return None;
        }
        // Those who are about to come to that lane have not seen it yet.
        let on_it =
            self.occupants[target].iter().filter(|(place, _)| *place <= network.length(target)).count();
        if there - length < CLEAR_M && self.load[target] > on_it {
            return None;
        }
        let own = |gap: Option<(f64, f64)>| {
            let driver = vehicle.driver(vehicle.desired(network, target));
            let (gap, speed) = gap.unwrap_or((f64::INFINITY, 0.0));
            driver.acceleration(vehicle.speed, gap, speed)
        };
        let rear_gap = |ahead: f64, place: f64| ahead - length - place;
        let leader = self.next_on(target, there, index).or_else(|| {
            // Whoever has just left the lane.
            let turns = network.lanes[target].turns.iter().map(|turn| network.path_of(*turn));
            let found = turns.filter_map(|turn| self.next_on(turn, f64::NEG_INFINITY, index));
            let nearest = found.min_by(|a, b| a.0.total_cmp(&b.0));
            nearest.map(|(place, other)| (network.length(target) + place, other))
        });
        let follower = self.before_on(target, there, index);
        let gap_ahead = leader.map(|(place, other)| (rear_gap(place, there), self.vehicles[other].speed));
        let gap_behind = follower.map(|(place, _)| rear_gap(there, place));
        let tight = |gap: f64| gap < LEAST_GAP_M;
        if gap_ahead.is_some_and(|(gap, _)| tight(gap)) || gap_behind.is_some_and(tight) {
            return None;
        }
        let after = own(gap_ahead);
        let mut others = 0.0;
        if let Some((place, other)) = follower {
            let behind = &self.vehicles[other];
            let driver = behind.driver(behind.desired(network, target));
            let new = driver.acceleration(behind.speed, rear_gap(there, place), vehicle.speed);
            let old = match leader {
                Some((ahead, first)) => {
                    driver.acceleration(behind.speed, rear_gap(ahead, place), self.vehicles[first].speed)
                }
                None => driver.acceleration(behind.speed, f64::INFINITY, 0.0),
            };
            if new < -SAFE_MPS2 {
                return None;
            }
            others += new - old;
        }
        if after < -SAFE_MPS2 {
            return None;
        }
        let here = self.next_on(vehicle.path, vehicle.place, index);
        let gap_here =
            here.map(|(place, other)| (rear_gap(place, vehicle.place), self.vehicles[other].speed));
        if let Some((place, other)) = self.before_on(vehicle.path, vehicle.place, index) {
            let behind = &self.vehicles[other];
            let driver = behind.driver(behind.desired(network, vehicle.path));
            let old = driver.acceleration(behind.speed, rear_gap(vehicle.place, place), vehicle.speed);
            let new = match here {
                Some((ahead, first)) => {
                    driver.acceleration(behind.speed, rear_gap(ahead, place), self.vehicles[first].speed)
                }
                None => driver.acceleration(behind.speed, f64::INFINITY, 0.0),
            };
            others += new - old;
        }
        Some(after - own(gap_here) + POLITENESS * others)
    }

    /// Who is next on a lane before this place.
    fn before_on(&self, lane: usize, place: f64, but: usize) -> Option<(f64, usize)> {
        let before = self.occupants[lane].iter().take_while(|(other, _)| *other <= place);
        before.filter(|(_, other)| *other != but).last().copied()
    }

    fn begin_shift(&mut self, index: usize, target: usize, over: f64) {
        let vehicle = &mut self.vehicles[index];
        let from = vehicle.path;
        // Lanes count from right to left.
        let right = if from < target { LANE_M } else { -LANE_M };
        vehicle.place *= self.network.length(target) / self.network.length(from);
        vehicle.path = target;
        vehicle.shift = Some(Shift { from, right, driven: 0.0, over });
        vehicle.waiting = 0;
        let place = vehicle.place;
        let occupants = &mut self.occupants[target];
        let at = occupants.partition_point(|(other, _)| *other <= place);
        occupants.insert(at, (place, index));
        self.load[target] += 1;
    }
}

/// How much the others' gains count (0 to 1).
const POLITENESS: f64 = 0.2;
/// A change must gain more than this.
const THRESHOLD_MPS2: f64 = 0.1;
/// Nobody may have to brake harder for it.
const SAFE_MPS2: f64 = 4.0;
/// Nobody comes nearer.
const LEAST_GAP_M: f64 = 1.0;
/// How long a change takes.
const CHANGE_S: f64 = 4.0;
/// The shortest way that it takes.
const LEAST_WAY_M: f64 = 12.0;
/// Nobody changes to a lane so near to its beginning while others come to it.
const CLEAR_M: f64 = 40.0;
/// A change is over so far before the end of a lane.
const END_M: f64 = 2.0;
/// There must be so much way for it, even at a crawl.
const LEAST_CHANGE_M: f64 = 4.0;
/// Whoever needn't doesn't change lanes so near to the end of a road.
const ROOM_M: f64 = 30.0;

const _: () = assert!(SAFE_MPS2 > Idm::CITY.deceleration_mps2);
