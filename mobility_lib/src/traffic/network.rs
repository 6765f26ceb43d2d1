//! Roads that vehicles can drive on: lanes, junctions, and the turns between lanes.

mod build;
mod conflicts;
mod junctions;
mod pieces;
mod sumo;

pub(super) use junctions::LANE_M;

use super::path::Path;
use super::signals::Signals;
use crate::osm::{Class, Control, Map};
use crate::spaced::Spaced;
use crate::{MobilityError, Position};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use std::ops::Range;

/// A network of roads, each of which can be reached from each other.
#[derive(Debug)]
pub struct Network {
    pub(super) edges: Vec<Edge>,
    /// The lanes of all edges, then all turns.
    pub(super) paths: Vec<Path>,
    /// For each lane, its edge and its turns.
    pub(super) lanes: Vec<Lane>,
    /// For each turn, from where to where; the turn `index` has the path `lanes.len() + index`.
    pub(super) turns: Vec<Turn>,
    pub(super) junctions: Vec<Junction>,
    /// Edges, joined by turns, with the time that they take in milliseconds.
    pub(super) graph: DiGraph<(), u64>,
    /// Edges from which every other one of these can be reached.
    pub(super) usable: Vec<bool>,
    dropped: Dropped,
    /// How many ends of roads lie too near to others' turns, however far they were moved.
    crowded: usize,
    /// Metres of road; both directions count once.
    road_m: f64,
}

/// One direction of a road between two junctions.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    /// The ways that it is of where it begins and where it ends.
    pub(super) ways: [i64; 2],
    pub(super) name: String,
    pub(super) class: Class,
    /// The junctions that it leads from and to.
    pub(super) from: usize,
    pub(super) to: usize,
    /// From right to left.
    pub(super) lanes: Range<usize>,
    /// Metres per second.
    pub(super) limit: f64,
    /// A sign at its end.
    pub(super) sign: Option<Control>,
    pub(super) roundabout: bool,
    /// Who goes first at its end: the greater.
    pub(super) rank: u8,
    /// Towards where it ends, as a vector of length 1.
    pub(super) heading: (f64, f64),
}

#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub(super) edge: usize,
    /// The turns at its end.
    pub(super) turns: Vec<usize>,
    /// Beyond so many metres into the junction, its turns are apart.
    pub(super) fork: f64,
}

#[derive(Clone, Debug)]
pub(super) struct Turn {
    pub(super) junction: usize,
    pub(super) from: usize,
    pub(super) to: usize,
    /// The edge that it leads to.
    pub(super) edge: usize,
    /// How much it turns to the left, radians.
    pub(super) angle: f64,
    /// The turns that nobody may be on at the same time, from other lanes.
    pub(super) conflicts: Vec<usize>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Junction {
    /// The node that tells where it is: the first one of those that it is made of.
    pub(super) node: i64,
    /// Always there once the network is.
    pub(super) position: Option<Position>,
    pub(super) signals: Option<Signals>,
    /// The edges that end here.
    pub(super) arms: Vec<usize>,
    /// The turns of all of them.
    pub(super) turns: Vec<usize>,
    /// How many roads meet: 1 is a dead end, 2 a place where a road changes.
    pub(super) roads: usize,
}

/// What of a map's roads isn't part of the network.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dropped {
    /// Metres of road from which one can't get to the rest or back.
    pub cut_off_m: f64,
    /// Metres of dead ends too short to turn in.
    pub stubs_m: f64,
    /// Metres of road that are part of a junction, being shorter than a vehicle.
    pub inside_junctions_m: f64,
}

/// What a network holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Extent {
    /// Kilometres of road; both directions of a road count once.
    pub road_km: f64,
    /// Kilometres of lanes.
    pub lane_km: f64,
    /// Junctions of three roads or more.
    pub junctions: usize,
    /// Of these, with traffic lights.
    pub signals: usize,
    /// Of these, where all roads are alike, so that whoever comes from the right goes first.
    pub right_before_left: usize,
    /// Ends of roads that the map draws so near to others' turns that vehicles can touch there.
    pub crowded: usize,
}

impl Network {
    /// The network of a map's roads: the largest part of it in which one can drive from everywhere to everywhere. `name` stands
    /// for the map's file in messages.
    ///
    /// # Errors
    /// If no such part is left.
    pub fn of(map: &Map, name: &str) -> Result<Network, MobilityError> {
        build::build(map).ok_or_else(|| MobilityError::Open {
            file: name.into(),
            message: "no roads of the map lead to each other and back".into(),
            help: "extract a larger part of the map: some streets with their crossings".into(),
        })
    }

    /// What was left out.
    pub fn dropped(&self) -> Dropped {
        self.dropped
    }

    /// What it holds.
    pub fn extent(&self) -> Extent {
        let lanes_m: f64 = self.paths[..self.lanes.len()].iter().map(|path| path.length()).sum();
        let crossings = || self.junctions.iter().filter(|junction| junction.roads >= 3);
        let alike = |junction: &&Junction| {
            let mut ranks = junction.arms.iter().map(|edge| self.edges[*edge].rank);
            let first = ranks.next();
            junction.signals.is_none() && ranks.all(|rank| Some(rank) == first)
        };
        Extent {
            road_km: self.road_m / 1e3,
            lane_km: lanes_m / 1e3,
            junctions: crossings().count(),
            signals: crossings().filter(|junction| junction.signals.is_some()).count(),
            right_before_left: crossings().filter(alike).count(),
            crowded: self.crowded,
        }
    }

    /// The greatest junctions, the greatest first: those with lights, then those of the most important roads; any two of them so
    /// many metres apart.
    pub fn main_junctions(&self, apart: f64) -> Vec<(Position, String)> {
        let importance = |junction: &Junction| {
            let mut classes: Vec<_> =
                junction.arms.iter().map(|edge| self.edges[*edge].class as u32).collect();
            classes.sort_unstable_by(|a, b| b.cmp(a));
            let lights = if junction.signals.is_some() { 100 } else { 0 };
            lights + 4 * classes.iter().take(3).sum::<u32>() + junction.roads as u32
        };
        let mut order: Vec<_> = self.junctions.iter().filter(|junction| junction.roads >= 3).collect();
        // Stable: equals stay in their order.
        order.sort_by_key(|junction| std::cmp::Reverse(importance(junction)));
        let mut grid = Spaced::new(apart);
        let placed = order.into_iter().filter_map(|junction| Some((junction.position?, junction)));
        let chosen = placed.filter(|(position, _)| grid.takes(*position));
        chosen.map(|(position, junction)| (position, self.name_of(junction))).collect()
    }

    /// How far a place is from the middle of the nearest lane or turn, metres.
    pub fn nearest_road(&self, place: Position) -> f64 {
        self.paths.iter().map(|path| path.distance(place)).fold(f64::INFINITY, f64::min)
    }

    /// The length of this lane or turn, metres.
    pub(super) fn length(&self, path: usize) -> f64 {
        self.paths[path].length()
    }

    /// The turn that this path is, if it is one.
    pub(super) fn turn(&self, path: usize) -> Option<&Turn> {
        self.turns.get(path.checked_sub(self.lanes.len())?)
    }

    /// The turn from this lane to an edge.
    pub(super) fn turn_to(&self, lane: usize, edge: usize) -> Option<usize> {
        self.lanes[lane].turns.iter().copied().find(|turn| self.turns[*turn].edge == edge)
    }

    /// The path of a turn.
    pub(super) fn path_of(&self, turn: usize) -> usize {
        self.lanes.len() + turn
    }

    /// The quickest way from the end of an edge to another: the edges that follow, the last of them `to`. Empty if there is none.
    pub(super) fn route(&self, from: usize, to: usize) -> Vec<usize> {
        let cost = |arc: petgraph::graph::EdgeReference<'_, u64>| *arc.weight();
        let goal = NodeIndex::new(to);
        let start = NodeIndex::new(from);
        // Back to where one is means round once: begin behind the first turn.
        let begin: Vec<_> = if from == to {
            self.graph.neighbors_directed(start, Direction::Outgoing).collect()
        } else {
            vec![start]
        };
        let ways = begin
            .into_iter()
            .filter_map(|node| petgraph::algo::astar(&self.graph, node, |node| node == goal, cost, |_| 0));
        let Some((_, nodes)) = ways.min_by_key(|(cost, _)| *cost) else {
            return Vec::new();
        };
        nodes.into_iter().map(NodeIndex::index).skip(usize::from(from != to)).collect()
    }

    fn name_of(&self, junction: &Junction) -> String {
        let mut names: Vec<&str> = Vec::new();
        for edge in &junction.arms {
            let name = self.edges[*edge].name.as_str();
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        names.join(" / ")
    }
}

/// A turn is to the left from here, radians.
pub(super) const TO_THE_LEFT: f64 = 0.6;
