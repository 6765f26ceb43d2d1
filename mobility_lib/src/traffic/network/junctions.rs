//! Where roads meet: how large the place is, and which meetings are one.

use super::super::path::Path;
use super::pieces::Piece;
use crate::Position;
use std::collections::BTreeMap;

/// Nodes that are one junction, and where its roads begin.
#[derive(Debug)]
pub(super) struct Plan {
    /// The junction of each node.
    pub(super) of_node: BTreeMap<i64, usize>,
    /// How many junctions there are.
    pub(super) count: usize,
    /// Pieces that lie within a junction.
    pub(super) inside: Vec<bool>,
    /// How much of each piece belongs to the junctions at its two ends, metres.
    pub(super) setbacks: Vec<[f64; 2]>,
}

/// Junctions of these pieces: as large as the roads that meet there need, so that no two lanes overlap outside. Those that a
/// road shorter than a vehicle would lie between become one.
pub(super) fn plan(pieces: &[Piece], extra: &BTreeMap<(usize, usize), f64>) -> Plan {
    let lines: Vec<Path> = pieces.iter().map(|piece| Path::new(&piece.points)).collect();
    let mut groups = Groups::of(pieces);
    loop {
        let plan = groups.plan(pieces, &lines, extra);
        let mut changed = false;
        for (index, piece) in pieces.iter().enumerate() {
            let left = lines[index].length() - plan.setbacks[index].iter().sum::<f64>();
            if !plan.inside[index] && left < SHORTEST_M {
                changed |= groups.unite(piece.ends);
                changed |= groups.swallow(index);
            }
        }
        if !changed {
            return plan;
        }
    }
}

/// Nodes that belong together.
struct Groups {
    leader: BTreeMap<i64, i64>,
    /// Pieces that are inside although both ends were one junction before: short loops.
    swallowed: Vec<bool>,
}

impl Groups {
    fn of(pieces: &[Piece]) -> Groups {
        let leader = pieces.iter().flat_map(|piece| piece.ends).map(|node| (node, node)).collect();
        Groups { leader, swallowed: vec![false; pieces.len()] }
    }

    fn leader(&self, node: i64) -> i64 {
        let mut node = node;
        while self.leader[&node] != node {
            node = self.leader[&node];
        }
        node
    }

    fn unite(&mut self, [one, other]: [i64; 2]) -> bool {
        let (one, other) = (self.leader(one), self.leader(other));
        self.leader.insert(one.max(other), one.min(other));
        one != other
    }

    fn swallow(&mut self, piece: usize) -> bool {
        !std::mem::replace(&mut self.swallowed[piece], true)
    }

    fn plan(&self, pieces: &[Piece], lines: &[Path], extra: &BTreeMap<(usize, usize), f64>) -> Plan {
        let mut numbers = BTreeMap::new();
        let mut of_node = BTreeMap::new();
        for node in self.leader.keys() {
            let count = numbers.len();
            of_node.insert(*node, *numbers.entry(self.leader(*node)).or_insert(count));
        }
        let mut arms: Vec<Vec<Arm>> = (0..numbers.len()).map(|_| Vec::new()).collect();
        for (index, piece) in pieces.iter().enumerate() {
            if self.swallowed[index] {
                continue;
            }
            for (end, node) in piece.ends.iter().enumerate() {
                arms[of_node[node]].push(Arm::of(piece, &lines[index], index, end));
            }
        }
        let mut setbacks = vec![[0.0; 2]; pieces.len()];
        for arms in &arms {
            for (arm, setback) in arms.iter().zip(setbacks_of(arms)) {
                let more = extra.get(&(arm.piece, arm.end)).copied().unwrap_or(0.0);
                setbacks[arm.piece][arm.end] = setback + more;
            }
        }
        Plan { of_node, count: numbers.len(), inside: self.swallowed.clone(), setbacks }
    }
}

/// A piece as it leaves a junction.
struct Arm {
    piece: usize,
    end: usize,
    /// Outwards, the first metres.
    line: Path,
    /// To the left and to the right of the line, outwards, metres.
    sides: [f64; 2],
}

impl Arm {
    fn of(piece: &Piece, line: &Path, index: usize, end: usize) -> Arm {
        let mut points = line.points.clone();
        let mut lanes = piece.lanes;
        if end == 1 {
            points.reverse();
            lanes.reverse();
        }
        let line = Path::new(&points);
        let line = Path::new(&line.cut(0.0, line.length().min(LOOK_M)));
        let sides = match lanes {
            [out, 0] => [0.5 * f64::from(out) * LANE_M; 2],
            [0, into] => [0.5 * f64::from(into) * LANE_M; 2],
            [out, into] => [f64::from(into) * LANE_M, f64::from(out) * LANE_M],
        };
        Arm { piece: index, end, line, sides }
    }

    /// Whether a place lies on this road, and how far out.
    fn holds(&self, place: Position) -> Option<f64> {
        let (along, distance) = self.line.nearest(place);
        if distance > self.sides[0].max(self.sides[1]) || along <= 0.0 {
            return None;
        }
        let (on, direction) = (self.line.at(along), self.line.direction(along));
        let left = direction.0 * (place.y - on.y) - direction.1 * (place.x - on.x);
        let side = if left >= 0.0 { self.sides[0] } else { self.sides[1] };
        (left.abs() < side).then_some(along)
    }

    /// How far out this road's edges still lie on another.
    fn overlap(&self, other: &Arm) -> f64 {
        let mut last: f64 = 0.0;
        for (along, middle) in self.line.samples(1.0) {
            let (x, y) = self.line.direction(along);
            let [left, right] = self.sides;
            for side in [-left, 0.0, right] {
                let place = Position { x: middle.x + y * side, y: middle.y - x * side };
                if other.holds(place).is_some() {
                    last = last.max(along);
                }
            }
        }
        last
    }
}

/// How far out each road begins.
fn setbacks_of(arms: &[Arm]) -> Vec<f64> {
    let base = match arms.len() {
        1 => DEAD_END_M,
        2 => JOINT_M,
        _ => CORNER_M,
    };
    let of = |arm: &Arm| {
        let overlaps = arms.iter().filter(|other| (other.piece, other.end) != (arm.piece, arm.end));
        base + overlaps.map(|other| arm.overlap(other)).fold(0.0, f64::max)
    };
    arms.iter().map(of).collect()
}

/// The width of a lane.
pub(in super::super) const LANE_M: f64 = 3.2;
/// A road between junctions is at least so long: there is room for a vehicle and its distance.
pub(super) const SHORTEST_M: f64 = 10.0;
/// Room to turn at a dead end.
const DEAD_END_M: f64 = 8.0;
/// Room to go over from one road to the next.
const JOINT_M: f64 = 1.0;
/// Room to go round a corner, beyond where the roads overlap.
const CORNER_M: f64 = 3.0;
/// Roads that run beside each other for longer than this beyond their meeting do so outside of it.
const LOOK_M: f64 = 60.0;
