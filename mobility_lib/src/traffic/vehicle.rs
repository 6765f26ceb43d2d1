//! A vehicle, and where it is.

use super::idm::Idm;
use super::network::Network;
use crate::Position;
use std::collections::VecDeque;

/// A vehicle with its driver.
#[derive(Clone, Debug)]
pub(super) struct Vehicle {
    /// What it wants of each road: the speed limit times this.
    pub(super) factor: f64,
    /// The lane or turn that its front is on, and where on it, metres.
    pub(super) path: usize,
    pub(super) place: f64,
    pub(super) speed: f64,
    pub(super) acceleration: f64,
    /// Lanes and turns that its rear is still on, the nearest first.
    pub(super) behind: Vec<usize>,
    /// The edges that follow the one it is on.
    pub(super) route: VecDeque<usize>,
    /// The turns that are kept free for it, in their order; it is on the first ones, or all are ahead.
    pub(super) held: VecDeque<usize>,
    pub(super) shift: Option<Shift>,
    /// For how many steps it has stood before a junction.
    pub(super) waiting: u32,
    /// It has stopped at the stop sign ahead.
    pub(super) has_stopped: bool,
    /// How many trips it has begun.
    pub(super) trips: u64,
    /// How many goals have been drawn for it; not to all of them there is a way.
    pub(super) attempts: u64,
}

/// A change of lane that goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shift {
    /// The lane that it comes from.
    pub(super) from: usize,
    /// How far the lane that it comes from lies to the right, metres.
    pub(super) right: f64,
    /// Metres driven since it began, and until it is over.
    pub(super) driven: f64,
    pub(super) over: f64,
}

impl Shift {
    /// How far to the right of its lane it still is, metres.
    fn offset(&self) -> f64 {
        let t = (self.driven / self.over).min(1.0);
        self.right * (1.0 - t * t * (3.0 - 2.0 * t))
    }
}

impl Vehicle {
    /// The middle of its front bumper, or so many metres behind it.
    pub(super) fn at(&self, network: &Network, back: f64) -> Position {
        let (mut path, mut place) = (self.path, self.place - back);
        for before in &self.behind {
            if place >= 0.0 {
                break;
            }
            path = *before;
            place += network.length(path);
        }
        let position = network.paths[path].at(place);
        let Some(shift) = &self.shift else {
            return position;
        };
        let (x, y) = network.paths[path].direction(place);
        let right = shift.offset();
        Position { x: position.x + y * right, y: position.y - x * right }
    }

    /// The edge that it is on, or turns to.
    pub(super) fn edge(&self, network: &Network) -> usize {
        network.turn(self.path).map_or_else(|| network.lanes[self.path].edge, |turn| turn.edge)
    }

    /// How fast it wants to drive on this lane or turn.
    pub(super) fn desired(&self, network: &Network, path: usize) -> f64 {
        let limit = match network.turn(path) {
            None => network.edges[network.lanes[path].edge].limit,
            Some(turn) => {
                network.edges[network.lanes[turn.from].edge].limit.min(network.edges[turn.edge].limit)
            }
        };
        self.factor * limit
    }

    /// The lanes and turns ahead as far as they are known, each with how far its start is from the front bumper.
    pub(super) fn ahead<'a>(&'a self, network: &'a Network) -> impl Iterator<Item = (usize, f64)> + 'a {
        let mut here = Some((self.path, -self.place));
        let mut edges = self.route.iter();
        std::iter::from_fn(move || {
            let (path, start) = here?;
            let next = match network.turn(path) {
                Some(turn) => Some(turn.to),
                None => edges
                    .next()
                    .and_then(|edge| network.turn_to(path, *edge))
                    .map(|turn| network.path_of(turn)),
            };
            here = next.map(|next| (next, start + network.length(path)));
            Some((path, start))
        })
    }

    /// The driver on a road where this is the speed that he wants.
    pub(super) fn driver(&self, desired: f64) -> Idm {
        Idm::CITY.at_most(desired)
    }
}
