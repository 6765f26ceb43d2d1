//! Who may cross a junction, and when.
//!
//! A turn is kept free for a vehicle from when it would otherwise begin to brake until its rear has left the turn. Turns that cross,
//! or end in one lane, are never kept free for two vehicles at a time, so that bodies can't touch in a junction; and a turn is
//! kept free only if the lane behind it has room, so that nobody comes to stand in a junction and block it. Among those who want
//! to cross, lights, signs, the importance of roads, and whoever comes from the right decide; whoever waits for very long is let
//! in by the others.

use super::idm::Idm;
use super::network::TO_THE_LEFT;
use super::signals::Light;
use super::sim::{STEP_S, Traffic};
use std::collections::VecDeque;

/// Somebody who wants to cross.
#[derive(Clone, Copy, Debug)]
struct Request {
    vehicle: usize,
    turn: usize,
    /// Metres to the line.
    distance: f64,
    /// Steps that it has waited.
    waiting: u32,
    has_room: bool,
}

impl Traffic<'_> {
    /// Gives way and takes it, at all junctions.
    pub(super) fn reserve(&mut self) {
        for index in 0..self.vehicles.len() {
            self.release(index);
        }
        let mut requests: Vec<Request> = Vec::new();
        for index in 0..self.vehicles.len() {
            if let Some(request) = self.request(index) {
                requests.push(request);
            } else {
                self.wait(index);
            }
        }
        // Of each junction together; whoever has waited longest is asked first.
        requests.sort_by_key(|request| {
            (self.network.turns[request.turn].junction, std::cmp::Reverse(request.waiting), request.vehicle)
        });
        let junction = |request: &Request| self.network.turns[request.turn].junction;
        let mut begin = 0;
        while begin < requests.len() {
            let here = junction(&requests[begin]);
            let end =
                begin + requests[begin..].iter().take_while(|request| junction(request) == here).count();
            let group = requests[begin..end].to_vec();
            begin = end;
            let mut granted = vec![false; group.len()];
            for (number, request) in group.iter().enumerate() {
                let stronger = |(other, rival): (usize, &Request)| {
                    !granted[other] && other != number && rival.has_room && self.yields(request, rival)
                };
                let free = self.is_free(request) && self.has_room(request.turn);
                granted[number] = free && !group.iter().enumerate().any(stronger);
                if granted[number] {
                    self.grant(request);
                } else {
                    self.wait(request.vehicle);
                }
            }
        }
    }

    /// Gives up what is kept free, where the light has changed and there is still time to stop.
    fn release(&mut self, index: usize) {
        let vehicle = &self.vehicles[index];
        let Some(turn) = vehicle.held.front().map(|turn| &self.network.turns[*turn]) else {
            return;
        };
        if turn.from != vehicle.path {
            return;
        }
        let edge = self.network.lanes[vehicle.path].edge;
        let distance = self.network.length(vehicle.path) - vehicle.place;
        if self.light(edge) == Light::Green || !can_stop(vehicle.speed, distance) {
            return;
        }
        for turn in std::mem::take(&mut self.vehicles[index].held) {
            self.holders[turn].retain(|holder| *holder != index);
            let to = self.network.turns[turn].to;
            self.load[to] = self.load[to].saturating_sub(1);
        }
    }

    /// What a vehicle wants to cross next, if it is near enough and those before it will.
    fn request(&self, index: usize) -> Option<Request> {
        let vehicle = &self.vehicles[index];
        if vehicle.shift.is_some() {
            return None;
        }
        let distance = self.stop_line(index)?;
        if distance > self.horizon(vehicle.speed) {
            return None;
        }
        let mut edges = vehicle.route.iter();
        for (path, start) in vehicle.ahead(self.network) {
            let lane = path;
            let beyond = if path == vehicle.path { vehicle.place } else { f64::NEG_INFINITY };
            let is_turn = self.network.turn(path).is_some();
            let turn = if is_turn { None } else { Some(self.network.turn_to(lane, *edges.next()?)?) };
            let next = turn.filter(|turn| !vehicle.held.contains(turn));
            // Everybody before it must have been let through.
            let end = self.network.length(path);
            for (place, other) in &self.occupants[path] {
                if *other == index || *place <= beyond || *place > end {
                    continue;
                }
                let held = &self.vehicles[*other].held;
                let through = match next {
                    Some(_) => held.iter().any(|turn| self.network.turns[*turn].from == lane),
                    None => start + end < 0.0 || self.is_through(*other, vehicle.held.back().copied()),
                };
                if !through {
                    return None;
                }
            }
            let Some(turn) = next else {
                continue;
            };
            let edge = self.network.lanes[lane].edge;
            let allowed = match self.light(edge) {
                Light::Green => true,
                Light::Amber => path == vehicle.path && !can_stop(vehicle.speed, distance),
                Light::Red => false,
            };
            let near = distance <= self.reach(turn, vehicle.speed);
            let stops =
                self.network.edges[edge].sign == Some(crate::osm::Control::Stop) && !vehicle.has_stopped;
            return (allowed && near && !stops).then(|| Request {
                vehicle: index,
                turn,
                distance,
                waiting: vehicle.waiting,
                has_room: self.has_room(turn),
            });
        }
        None
    }

    /// Whether somebody ahead, on the way to the lane behind this turn, will leave that lane too, or never comes to it.
    fn is_through(&self, other: usize, last: Option<usize>) -> bool {
        let Some(last) = last else {
            return true;
        };
        let lane = self.network.turns[last].to;
        let held = &self.vehicles[other].held;
        !held.iter().any(|turn| self.network.turns[*turn].to == lane)
            || held.iter().any(|turn| self.network.turns[*turn].from == lane)
    }

    /// From how far a turn is asked for: whoever has to give way comes close first.
    fn reach(&self, turn: usize, speed: f64) -> f64 {
        let turn = &self.network.turns[turn];
        let junction = &self.network.junctions[turn.junction];
        let rank = |edge: usize| self.network.edges[edge].rank;
        let own = self.network.lanes[turn.from].edge;
        let others = || junction.arms.iter().filter(|edge| **edge != own).map(|edge| rank(*edge));
        let gives_way = others().any(|other| other >= rank(own));
        if junction.signals.is_none() && junction.roads >= 3 && gives_way {
            NEAR_M
        } else {
            self.horizon(speed)
        }
    }

    /// Whether nobody is in the way.
    fn is_free(&self, request: &Request) -> bool {
        let others = |turn: &usize| self.holders[*turn].iter().any(|holder| *holder != request.vehicle);
        !self.network.turns[request.turn].conflicts.iter().any(others)
    }

    /// Whether the lane behind a turn has room for one more.
    fn has_room(&self, turn: usize) -> bool {
        let to = self.network.turns[turn].to;
        self.load[to] < self.capacity(to).max(1)
    }

    /// Whether a request has to wait for a rival that is not let through yet.
    fn yields(&self, request: &Request, rival: &Request) -> bool {
        let (own, other) = (&self.network.turns[request.turn], &self.network.turns[rival.turn]);
        if !own.conflicts.contains(&rival.turn) {
            return false;
        }
        let long = |request: &Request| f64::from(request.waiting) * STEP_S > PATIENCE_S;
        if long(request) || long(rival) {
            return (rival.waiting, request.vehicle) > (request.waiting, rival.vehicle);
        }
        let edges = [own.from, other.from].map(|lane| &self.network.edges[self.network.lanes[lane].edge]);
        let lights = self.network.junctions[own.junction].signals.is_some();
        if !lights && edges[0].rank != edges[1].rank {
            let arrives = rival.distance / self.vehicles[rival.vehicle].speed.max(1.0);
            return edges[0].rank < edges[1].rank && arrives < GAP_S;
        }
        let [(x, y), (p, q)] = [edges[0].heading, edges[1].heading];
        let facing = x * p + y * q < -0.7;
        if facing || lights {
            return own.angle > TO_THE_LEFT && other.angle <= TO_THE_LEFT;
        }
        if f64::from(request.waiting) * STEP_S > WAVED_S {
            return false;
        }
        // Whoever comes from the right drives to the left.
        let from_right = x * q - y * p > 0.3;
        from_right && rival.distance < NEAR_M + 10.0
    }

    fn grant(&mut self, request: &Request) {
        let to = self.network.turns[request.turn].to;
        self.vehicles[request.vehicle].held.push_back(request.turn);
        self.holders[request.turn].push(request.vehicle);
        self.load[to] += 1;
    }

    /// A vehicle that isn't let through, or doesn't ask: whoever stands for too long where he can't go on goes elsewhere.
    fn wait(&mut self, index: usize) {
        let Some(distance) = self.stop_line(index) else {
            return;
        };
        let vehicle = &mut self.vehicles[index];
        if vehicle.speed > 0.3 || distance > STANDING_M || vehicle.path >= self.network.lanes.len() {
            return;
        }
        vehicle.has_stopped = true;
        vehicle.waiting += 1;
        let lane = vehicle.path;
        let turn = vehicle.route.front().and_then(|edge| self.network.turn_to(lane, *edge));
        let patience = match turn {
            // In the wrong lane.
            None => WRONG_LANE_S,
            Some(turn) if !self.has_room(turn) => FULL_S,
            Some(_) => return,
        };
        let waited = f64::from(self.vehicles[index].waiting) * STEP_S;
        // Again and again, as long as all ways are full.
        if waited < patience || (waited % patience) >= STEP_S || self.vehicles[index].shift.is_some() {
            return;
        }
        let turns = &self.network.lanes[lane].turns;
        // From where one can't get back, no trip leads on.
        let leads_on = |turn: &usize| self.network.usable[self.network.turns[*turn].edge];
        let open: Vec<usize> =
            turns.iter().copied().filter(|turn| self.has_room(*turn) && leads_on(turn)).collect();
        let key = self.key.with_name("elsewhere").with(index as u64).with(self.steps);
        let Some(last) = open.len().checked_sub(1) else {
            return;
        };
        let chosen = open[key.between(0, last as u64) as usize];
        let edge = self.network.turns[chosen].edge;
        let goal = self.vehicles[index].route.back().copied();
        let rest =
            goal.filter(|goal| *goal != edge).map(|goal| self.network.route(edge, goal)).unwrap_or_default();
        self.vehicles[index].route = std::iter::once(edge).chain(rest).collect::<VecDeque<_>>();
    }
}

/// Whether one can stop within this way without braking hard.
fn can_stop(speed: f64, distance: f64) -> bool {
    speed * speed <= 2.0 * BRAKING_MPS2 * (distance - 1.0).max(0.0)
        || speed < Idm::CITY.acceleration_mps2 * STEP_S
}

/// How hard one brakes for a light that turns amber, m/s².
const BRAKING_MPS2: f64 = 2.0;
/// Whoever gives way asks from here.
const NEAR_M: f64 = 12.0;
/// Whoever has to give way takes a gap of so many seconds (between what the Highway Capacity Manual has for roundabouts, 4 to 5,
/// and for side roads, 6 to 7).
const GAP_S: f64 = 5.0;
/// Whoever has waited for so long is let in.
const PATIENCE_S: f64 = 20.0;
/// Where all wait for each other, somebody goes first.
const WAVED_S: f64 = 5.0;
/// Whoever stands no farther from the line waits at it.
const STANDING_M: f64 = 6.0;
/// How long one waits in a lane that doesn't lead where one wants.
const WRONG_LANE_S: f64 = 5.0;
/// How long one waits for a road that is full.
const FULL_S: f64 = 40.0;
