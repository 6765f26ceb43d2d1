//! Many vehicles on a network, step by step.

use super::idm::{Idm, ballistic};
use super::network::Network;
use super::signals::Light;
use super::vehicle::Vehicle;
use crate::Position;
use node_lib::random::Key;
use std::collections::VecDeque;

/// What drives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How many vehicles; all the time.
    pub vehicles: usize,
    /// The seed of all draws.
    pub seed: u64,
    /// The length of a vehicle, metres.
    pub length_m: f64,
}

/// There is no room for so many vehicles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is room for {room} vehicles on these roads, not for {wanted}")]
pub struct NoRoom {
    /// How many were wanted.
    pub wanted: usize,
    /// How many there is room for.
    pub room: usize,
}

/// Vehicles that drive from place to place on a network, for ever: a new trip begins where the last one ended.
#[derive(Clone, Debug)]
pub struct Traffic<'a> {
    pub(super) network: &'a Network,
    pub(super) settings: Settings,
    pub(super) key: Key,
    pub(super) vehicles: Vec<Vehicle>,
    /// How many steps of [`STEP_S`] are over.
    pub(super) steps: u64,
    /// Of each lane and turn, who is on it, the rearmost first: where his front is, which may be beyond the end.
    pub(super) occupants: Vec<Vec<(f64, usize)>>,
    /// Of each turn, for whom it is kept free.
    pub(super) holders: Vec<Vec<usize>>,
    /// Of each lane, how many vehicles have their front on it or will come to it by a turn that is kept free for them.
    pub(super) load: Vec<usize>,
    /// The edges where trips end: with the metres of them and of all before.
    goals: Vec<(f64, usize)>,
}

/// What is seen of a vehicle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// The middle of its front bumper.
    pub front: Position,
    /// The middle of its rear bumper.
    pub rear: Position,
    /// Metres per second.
    pub speed: f64,
    /// Metres per second squared, over the last step.
    pub acceleration: f64,
}

impl<'a> Traffic<'a> {
    /// Vehicles at random places of the network, standing, each with somewhere to go.
    ///
    /// # Errors
    /// If there are more than have room.
    pub fn new(network: &'a Network, settings: Settings) -> Result<Traffic<'a>, NoRoom> {
        let mut goals = Vec::new();
        let mut metres = 0.0;
        for (index, edge) in network.edges.iter().enumerate().filter(|(index, _)| network.usable[*index]) {
            metres += edge.lanes.clone().map(|lane| network.length(lane)).sum::<f64>();
            goals.push((metres, index));
        }
        let mut traffic = Traffic {
            network,
            settings,
            key: Key::seed(settings.seed).with_name("traffic"),
            vehicles: Vec::new(),
            steps: 0,
            occupants: vec![Vec::new(); network.paths.len()],
            holders: vec![Vec::new(); network.turns.len()],
            load: vec![0; network.lanes.len()],
            goals,
        };
        let room = traffic.room();
        for number in 0..settings.vehicles.min(room) {
            if !traffic.insert(number) {
                return Err(NoRoom { wanted: settings.vehicles, room: number });
            }
        }
        match settings.vehicles <= room {
            true => Ok(traffic),
            false => Err(NoRoom { wanted: settings.vehicles, room }),
        }
    }

    /// How many vehicles keep moving on a network: each has so many metres of lane.
    fn room(&self) -> usize {
        (self.goals.last().map_or(0.0, |(metres, _)| *metres) / METRES_EACH) as usize
    }

    /// All vehicles, always in the same order.
    pub fn vehicles(&self) -> impl ExactSizeIterator<Item = Seen> + '_ {
        self.vehicles.iter().map(|vehicle| Seen {
            front: vehicle.at(self.network, 0.0),
            rear: vehicle.at(self.network, self.settings.length_m),
            speed: vehicle.speed,
            acceleration: vehicle.acceleration,
        })
    }

    /// How many trips have been begun.
    pub fn trips(&self) -> u64 {
        self.vehicles.iter().map(|vehicle| vehicle.trips).sum()
    }

    /// The next step of [`STEP_S`].
    pub fn step(&mut self) {
        self.look_around();
        self.reserve();
        self.change_lanes();
        for index in 0..self.vehicles.len() {
            self.vehicles[index].acceleration = self.acceleration(index);
        }
        for index in 0..self.vehicles.len() {
            self.advance(index);
        }
        self.steps += 1;
    }

    /// Seconds since the start.
    pub(super) fn seconds(&self) -> f64 {
        self.steps as f64 * STEP_S
    }

    /// Who is where.
    fn look_around(&mut self) {
        self.occupants.iter_mut().for_each(Vec::clear);
        self.load.fill(0);
        for (index, vehicle) in self.vehicles.iter().enumerate() {
            self.occupants[vehicle.path].push((vehicle.place, index));
            if vehicle.path < self.load.len() {
                self.load[vehicle.path] += 1;
            }
            for turn in &vehicle.held {
                let to = self.network.turns[*turn].to;
                if to != vehicle.path && !vehicle.behind.contains(&to) {
                    self.load[to] += 1;
                }
            }
            let mut place = vehicle.place;
            for path in &vehicle.behind {
                place += self.network.length(*path);
                self.occupants[*path].push((place, index));
            }
            if let Some(shift) = vehicle.shift {
                let scaled =
                    vehicle.place * self.network.length(shift.from) / self.network.length(vehicle.path);
                self.occupants[shift.from].push((scaled, index));
                self.load[shift.from] += 1;
            }
        }
        for occupants in &mut self.occupants {
            occupants.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        }
    }

    /// Tells of the vehicles ahead on the way how far their rear is, and how fast they are; the nearest need not be the one to brake
    /// for.
    fn leaders(&self, index: usize, mut tell: impl FnMut(f64, f64)) {
        let vehicle = &self.vehicles[index];
        let mut see = |gap: f64, other: usize| tell(gap, self.vehicles[other].speed);
        if let Some(shift) = vehicle.shift {
            let here = vehicle.place * self.network.length(shift.from) / self.network.length(vehicle.path);
            if let Some((place, other)) = self.next_on(shift.from, here, index) {
                see(place - self.settings.length_m - here, other);
            }
        }
        for (path, start) in vehicle.ahead(self.network) {
            if start > LOOK_M {
                break;
            }
            let from = if path == vehicle.path { vehicle.place } else { f64::NEG_INFINITY };
            let found = self.next_on(path, from, index);
            if let Some((place, other)) = found {
                see(start + place - self.settings.length_m, other);
            }
            // Others from the same lane: they are ahead until the ways are apart.
            if let Some(turn) = self.network.turn(path) {
                let lane = &self.network.lanes[turn.from];
                for sibling in
                    lane.turns.iter().map(|turn| self.network.path_of(*turn)).filter(|other| *other != path)
                {
                    if let Some((place, other)) = self.next_on(sibling, from, index)
                        && place - self.settings.length_m < lane.fork
                    {
                        see(start + place - self.settings.length_m, other);
                    }
                }
            }
            if found.is_some() {
                break;
            }
        }
    }

    /// Who is next on a lane or turn beyond this place.
    pub(super) fn next_on(&self, path: usize, place: f64, but: usize) -> Option<(f64, usize)> {
        let occupants = &self.occupants[path];
        let first = occupants.partition_point(|(other, index)| (*other, *index) <= (place, but));
        occupants[first..].iter().find(|(_, other)| *other != but).copied()
    }

    /// What the driver does: follow, stop where the way isn't free, and drive no faster than the road allows.
    fn acceleration(&self, index: usize) -> f64 {
        let vehicle = &self.vehicles[index];
        let driver = vehicle.driver(vehicle.desired(self.network, vehicle.path));
        let mut wanted = driver.acceleration(vehicle.speed, f64::INFINITY, 0.0);
        self.leaders(index, |gap, ahead| wanted = wanted.min(driver.acceleration(vehicle.speed, gap, ahead)));
        if let Some(distance) = self.stop_line(index)
            && distance < self.horizon(vehicle.speed)
        {
            wanted = wanted.min(driver.acceleration(vehicle.speed, distance + LINE_M, 0.0));
        }
        let limit = self.limit_ahead(vehicle);
        let braking = ((limit - vehicle.speed) / STEP_S).max(-HARD_MPS2);
        wanted.min(braking)
    }

    /// The greatest speed from which one can slow down in comfort for all bends and limits ahead.
    fn limit_ahead(&self, vehicle: &Vehicle) -> f64 {
        let braking = Idm::CITY.deceleration_mps2;
        let mut limit = f64::INFINITY;
        for (path, start) in vehicle.ahead(self.network) {
            let ahead = start.max(0.0);
            if ahead > LOOK_M {
                break;
            }
            let desired = vehicle.desired(self.network, path);
            let bend = self.network.paths[path].bend_limit((-start).max(0.0), braking);
            let lowest = desired.min(bend);
            limit = limit.min((lowest * lowest + 2.0 * braking * ahead).sqrt());
        }
        limit
    }

    /// How far it is to where it has to stop, unless the junction is kept free for it.
    pub(super) fn stop_line(&self, index: usize) -> Option<f64> {
        let vehicle = &self.vehicles[index];
        let mut edges = vehicle.route.iter();
        for (path, start) in vehicle.ahead(self.network) {
            if start > LOOK_M {
                return None;
            }
            if self.network.turn(path).is_some() {
                continue;
            }
            let turn = edges.next().and_then(|edge| self.network.turn_to(path, *edge));
            if turn.is_none_or(|turn| !vehicle.held.contains(&turn)) {
                return Some(start + self.network.length(path));
            }
        }
        None
    }

    /// From how far a driver thinks of what is ahead: where he would begin to brake for it.
    pub(super) fn horizon(&self, speed: f64) -> f64 {
        Idm::CITY.desired_gap(speed, speed) + 5.0
    }

    /// What the lights of an edge show; green where there are none.
    pub(super) fn light(&self, edge: usize) -> Light {
        let junction = &self.network.junctions[self.network.edges[edge].to];
        junction.signals.as_ref().map_or(Light::Green, |signals| signals.light(edge, self.seconds()))
    }

    /// Moves a vehicle on.
    fn advance(&mut self, index: usize) {
        let (line, network) = (self.stop_line(index), self.network);
        let vehicle = &mut self.vehicles[index];
        let (mut driven, mut speed) = ballistic(vehicle.speed, vehicle.acceleration, STEP_S);
        // Nobody crosses a line behind which the way isn't free, whatever the model says.
        if let Some(distance) = line
            && driven > distance - LEAST_M
        {
            (driven, speed) = ((distance - LEAST_M).max(0.0), 0.0);
        }
        vehicle.place += driven;
        // What a standing driver doesn't do further is no braking.
        vehicle.acceleration = (speed - vehicle.speed) / STEP_S;
        vehicle.speed = speed;
        if let Some(shift) = &mut vehicle.shift {
            shift.driven += driven;
            if shift.driven >= shift.over {
                vehicle.shift = None;
            }
        }
        while vehicle.place > network.length(vehicle.path) {
            let next = match network.turn(vehicle.path) {
                Some(turn) => turn.to,
                None => {
                    let turn = vehicle.route.front().and_then(|edge| network.turn_to(vehicle.path, *edge));
                    let Some(turn) = turn else {
                        vehicle.place = network.length(vehicle.path);
                        break;
                    };
                    vehicle.route.pop_front();
                    vehicle.has_stopped = false;
                    vehicle.waiting = 0;
                    network.path_of(turn)
                }
            };
            vehicle.place -= network.length(vehicle.path);
            vehicle.behind.insert(0, vehicle.path);
            vehicle.path = next;
        }
        // What the rear has left.
        let mut rear = vehicle.place - self.settings.length_m;
        let mut kept = 0;
        for path in &vehicle.behind {
            if rear >= 0.0 {
                break;
            }
            rear += network.length(*path);
            kept += 1;
        }
        for path in vehicle.behind.split_off(kept) {
            if let Some(turn) = path.checked_sub(network.lanes.len()) {
                vehicle.held.retain(|held| *held != turn);
                self.holders[turn].retain(|holder| *holder != index);
            }
        }
        if self.vehicles[index].route.is_empty() {
            self.plan_trip(index);
        }
    }

    /// Somewhere to go, from where it is.
    pub(super) fn plan_trip(&mut self, index: usize) {
        let edge = self.vehicles[index].edge(self.network);
        for _ in 0..TRIES {
            let vehicle = &mut self.vehicles[index];
            vehicle.attempts += 1;
            let draw = self.key.with_name("trip").with(index as u64).with(vehicle.attempts).unit();
            let route = self.network.route(edge, goal(&self.goals, draw));
            if !route.is_empty() {
                vehicle.trips += 1;
                vehicle.route = VecDeque::from(route);
                return;
            }
        }
    }

    /// Puts a vehicle somewhere; false if there is no room.
    fn insert(&mut self, number: usize) -> bool {
        let key = self.key.with_name("insert").with(number as u64);
        for attempt in 0..INSERTIONS {
            let key = key.with(attempt);
            let edge = &self.network.edges[goal(&self.goals, key.with(0).unit())];
            let lane = key.with(1).between(edge.lanes.start as u64, edge.lanes.end as u64 - 1) as usize;
            let (least, most) = (self.settings.length_m + 0.5, self.network.length(lane) - 2.0);
            if most < least || self.load[lane] >= self.capacity(lane) {
                continue;
            }
            let place = least + key.with(2).unit() * (most - least);
            let apart = self.settings.length_m + Idm::CITY.min_gap_m;
            if self.occupants[lane].iter().any(|(other, _)| (other - place).abs() < apart) {
                continue;
            }
            self.occupants[lane].push((place, number));
            self.load[lane] += 1;
            self.vehicles.push(Vehicle {
                factor: factor(self.key.with_name("driver").with(number as u64)),
                path: lane,
                place,
                speed: 0.0,
                acceleration: 0.0,
                behind: Vec::new(),
                route: VecDeque::new(),
                held: VecDeque::new(),
                shift: None,
                waiting: 0,
                has_stopped: false,
                trips: 0,
                attempts: 0,
            });
            self.plan_trip(number);
            return true;
        }
        false
    }

    /// How many vehicles can stand in a lane.
    pub(super) fn capacity(&self, lane: usize) -> usize {
        (self.network.length(lane) / (self.settings.length_m + Idm::CITY.min_gap_m + 1.0)) as usize
    }
}

/// The edge at this share of all metres.
fn goal(goals: &[(f64, usize)], share: f64) -> usize {
    let all = goals.last().map_or(0.0, |(metres, _)| *metres);
    let index = goals.partition_point(|(metres, _)| *metres <= share * all);
    goals[index.min(goals.len() - 1)].1
}

/// How fast a driver wants to be, in shares of the limit: normal, mean 1, deviation 0.1, within two deviations.
fn factor(key: Key) -> f64 {
    // The sum of twelve uniform draws has a variance of 1 (Irwin and Hall).
    let normal = (0..12).map(|draw| key.with(draw).unit()).sum::<f64>() - 6.0;
    1.0 + 0.1 * normal.clamp(-2.0, 2.0)
}

/// The length of a step, seconds.
pub const STEP_S: f64 = 0.1;
/// How far drivers look ahead, metres.
const LOOK_M: f64 = 200.0;
/// A line to stop at is taken as an obstacle so far behind it: one stops half a metre before.
const LINE_M: f64 = 1.5;
/// Nobody's front comes nearer to a line that he may not cross.
const LEAST_M: f64 = 0.05;
/// The hardest braking for bends and limits, m/s².
const HARD_MPS2: f64 = 4.0;
/// Metres of lane that a vehicle has on average where there is as much traffic as keeps moving.
const METRES_EACH: f64 = 25.0;
const TRIES: u32 = 8;
const INSERTIONS: u64 = 500;
