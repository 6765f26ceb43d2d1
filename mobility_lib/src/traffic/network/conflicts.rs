//! Which turns can't be used at the same time.

use super::super::path::Path;
use super::{Lane, Network, Turn};
use std::collections::BTreeSet;

/// Fills in the conflicts of all turns, and how far the turns of a lane lie together.
pub(super) fn fill(network: &mut Network) {
    let paths = &network.paths;
    let offset = network.lanes.len();
    let mut found: Vec<Vec<usize>> = vec![Vec::new(); network.turns.len()];
    for junction in &network.junctions {
        for (index, one) in junction.turns.iter().enumerate() {
            for other in &junction.turns[index + 1..] {
                let (a, b) = (&network.turns[*one], &network.turns[*other]);
                if a.from != b.from && near(&paths[offset + one], &paths[offset + other]) {
                    found[*one].push(*other);
                    found[*other].push(*one);
                }
            }
        }
    }
    for (turn, conflicts) in network.turns.iter_mut().zip(found) {
        turn.conflicts = conflicts;
    }
    for lane in &mut network.lanes {
        lane.fork = fork(lane, paths, offset);
    }
}

/// Turns that come too near to a lane that is not theirs: the ends of pieces that have to lie farther out.
pub(super) fn crowded(network: &Network, ends: &[[usize; 2]]) -> BTreeSet<usize> {
    let mut crowded = BTreeSet::new();
    let offset = network.lanes.len();
    for (index, turn) in network.turns.iter().enumerate() {
        let path = &network.paths[offset + index];
        let around = &network.junctions[turn.junction];
        for other in &around.turns {
            let Turn { from, to, .. } = network.turns[*other];
            for (lane, at_end) in [(from, true), (to, false)] {
                if lane == turn.from || lane == turn.to {
                    continue;
                }
                let line = &network.paths[lane];
                let length = line.length();
                let part = if at_end {
                    line.cut((length - BODY_M).max(0.0), length)
                } else {
                    line.cut(0.0, BODY_M.min(length))
                };
                if near_by(path, &Path::new(&part), LANE_APART_M) {
                    crowded.insert(ends[lane][usize::from(at_end)]);
                }
            }
        }
    }
    crowded
}

fn near(one: &Path, other: &Path) -> bool {
    near_by(one, other, APART_M)
}

fn near_by(one: &Path, other: &Path, apart: f64) -> bool {
    one.samples(0.5).any(|(_, place)| other.distance(place) < apart)
}

/// Beyond which length all turns of a lane are apart.
fn fork(lane: &Lane, paths: &[Path], offset: usize) -> f64 {
    let mut fork: f64 = 0.0;
    for one in &lane.turns {
        for other in lane.turns.iter().filter(|other| *other != one) {
            for (along, place) in paths[offset + one].samples(0.5) {
                if paths[offset + other].distance(place) < APART_M {
                    fork = fork.max(along);
                }
            }
        }
    }
    fork
}

/// Vehicles whose middles keep so far apart sideways don't touch: 1.8 m of width, and what bodies cut off bends.
const APART_M: f64 = 2.9;
/// The same where one of them stands straight in its lane.
const LANE_APART_M: f64 = 2.5;
/// The part of a lane that a body at its end takes up.
const BODY_M: f64 = 6.0;
