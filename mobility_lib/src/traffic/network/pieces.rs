//! Stretches of road between the places where roads meet.

use super::Dropped;
use crate::Position;
use crate::line;
use crate::osm::{Class, Control, Map};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;
use std::collections::{BTreeMap, BTreeSet};

/// A stretch of road between two nodes where something begins or ends.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// The ways that it is of at its first and at its last node.
    pub(super) ways: [i64; 2],
    pub(super) name: String,
    pub(super) class: Class,
    /// The first and the last node.
    pub(super) ends: [i64; 2],
    pub(super) points: Vec<Position>,
    /// Along the points' order, and against it.
    pub(super) lanes: [u32; 2],
    pub(super) limits: [f64; 2],
    /// What stands where one leaves it, along the points' order and against it.
    pub(super) controls: [Option<Control>; 2],
    pub(super) roundabout: bool,
}

impl Piece {
    pub(super) fn length(&self) -> f64 {
        line::length(&self.points)
    }

    fn reversed(mut self) -> Piece {
        self.ways.reverse();
        self.ends.reverse();
        self.points.reverse();
        self.lanes.reverse();
        self.limits.reverse();
        self.controls.reverse();
        self
    }

    fn goes_on_as(&self, next: &Piece) -> bool {
        self.lanes == next.lanes
            && self.limits == next.limits
            && self.class == next.class
            && self.roundabout == next.roundabout
    }
}

/// The pieces of a map's roads that lead to each other and back.
pub(super) fn pieces(map: &Map, dropped: &mut Dropped) -> Vec<Piece> {
    let mut pieces = split(map);
    let total = |pieces: &[Piece]| pieces.iter().map(Piece::length).sum::<f64>();
    for _ in 0..STUB_ROUNDS {
        pieces = joined(pieces, map);
        let before = total(&pieces);
        pieces = without_stubs(pieces);
        dropped.stubs_m += before - total(&pieces);
    }
    let before = total(&pieces);
    let pieces = joined(connected(pieces), map);
    dropped.cut_off_m += before - total(&pieces);
    pieces
}

/// Ways cut where they meet.
fn split(map: &Map) -> Vec<Piece> {
    let mut uses: BTreeMap<i64, u32> = BTreeMap::new();
    for way in &map.ways {
        for (index, node) in way.nodes.iter().enumerate() {
            let end = index == 0 || index + 1 == way.nodes.len();
            *uses.entry(*node).or_default() += if end { 2 } else { 1 };
        }
    }
    let mut pieces = Vec::new();
    for way in &map.ways {
        let mut begin = 0;
        for index in 1..way.nodes.len() {
            if uses[&way.nodes[index]] < 2 {
                continue;
            }
            let nodes = &way.nodes[begin..=index];
            begin = index;
            let points = spaced(nodes.iter().map(|node| map.nodes[node].position));
            let piece = Piece {
                ways: [way.id; 2],
                name: way.name.clone(),
                class: way.class,
                ends: [nodes[0], nodes[nodes.len() - 1]],
                controls: controls(map, nodes),
                points,
                lanes: way.lanes,
                limits: way.limits_mps,
                roundabout: way.roundabout,
            };
            // One that begins where it ends, without a place between, is none.
            if piece.points.len() >= 2 {
                pieces.push(piece);
            }
        }
    }
    pieces
}

/// Points no closer than half a metre, but for the last two.
fn spaced(points: impl Iterator<Item = Position>) -> Vec<Position> {
    let points: Vec<_> = points.collect();
    let last = points[points.len() - 1];
    let mut kept = vec![points[0]];
    for point in &points[1..points.len() - 1] {
        if kept[kept.len() - 1].distance(*point) >= 0.5 && point.distance(last) >= 0.5 {
            kept.push(*point);
        }
    }
    if kept[kept.len() - 1].distance(last) > 0.02 {
        kept.push(last);
    }
    kept
}

/// What stands near the end along the nodes' order, and near the end against it.
fn controls(map: &Map, nodes: &[i64]) -> [Option<Control>; 2] {
    let place = |index: usize| map.nodes[&nodes[index]].position;
    let mut found = [None; 2];
    for (index, node) in nodes.iter().enumerate() {
        let Some(control) = map.nodes[node].control else {
            continue;
        };
        let distance = |end: usize| place(index).distance(place(end));
        let (to_first, to_last) = (distance(0), distance(nodes.len() - 1));
        // A sign at the meeting itself says nothing of whom it is for; lights are for all.
        let at_end = index == 0 || index + 1 == nodes.len();
        if at_end && control != Control::Signals {
            continue;
        }
        if to_last.min(to_first) > SIGN_M {
            continue;
        }
        if to_last <= to_first {
            found[0] = found[0].or(Some(control));
        }
        if to_first <= to_last {
            found[1] = found[1].or(Some(control));
        }
    }
    found
}

/// The pieces at each node; a loop twice.
fn incident(pieces: &[Option<Piece>]) -> BTreeMap<i64, Vec<usize>> {
    let mut at: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (index, piece) in pieces.iter().enumerate() {
        for node in piece.iter().flat_map(|piece| piece.ends) {
            at.entry(node).or_default().push(index);
        }
    }
    at
}

/// Pieces that go on as they are become one.
fn joined(pieces: Vec<Piece>, map: &Map) -> Vec<Piece> {
    let via: BTreeSet<i64> = map.restrictions.iter().map(|restriction| restriction.via).collect();
    let mut pieces: Vec<_> = pieces.into_iter().map(Some).collect();
    let mut at = incident(&pieces);
    let nodes: Vec<i64> = at.keys().copied().filter(|node| !via.contains(node)).collect();
    for node in nodes {
        let [first, second] = at[&node][..] else {
            continue;
        };
        if first == second {
            continue;
        }
        let (Some(before), Some(after)) = (pieces[first].take(), pieces[second].take()) else {
            continue;
        };
        let before = if before.ends[1] == node { before } else { before.reversed() };
        let after = if after.ends[0] == node { after } else { after.reversed() };
        if !before.goes_on_as(&after) {
            pieces[first] = Some(before);
            pieces[second] = Some(after);
            continue;
        }
        let mut joined = before;
        joined.points = spaced(joined.points.iter().chain(&after.points[1..]).copied());
        joined.ways[1] = after.ways[1];
        joined.ends[1] = after.ends[1];
        joined.controls[0] = after.controls[0];
        at.insert(node, Vec::new());
        for index in at.get_mut(&joined.ends[1]).into_iter().flatten() {
            if *index == second {
                *index = first;
            }
        }
        pieces[first] = Some(joined);
    }
    pieces.into_iter().flatten().filter(|piece| piece.points.len() >= 2).collect()
}

/// Without dead ends that are too short to turn in.
fn without_stubs(pieces: Vec<Piece>) -> Vec<Piece> {
    let pieces: Vec<_> = pieces.into_iter().map(Some).collect();
    let at = incident(&pieces);
    let keeps = |piece: &Piece| {
        let dead = piece.ends.iter().any(|node| at[node].len() == 1);
        // One-way dead ends are cut off anyway.
        !dead || piece.length() >= STUB_M
    };
    pieces.into_iter().flatten().filter(keeps).collect()
}

/// The largest part in which everything leads to everything.
fn connected(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut graph = DiGraph::<(), ()>::new();
    let mut index = BTreeMap::new();
    for node in pieces.iter().flat_map(|piece| piece.ends) {
        index.entry(node).or_insert_with(|| graph.add_node(()));
    }
    for piece in &pieces {
        let [from, to] = piece.ends.map(|node| index[&node]);
        if piece.lanes[0] > 0 {
            graph.add_edge(from, to, ());
        }
        if piece.lanes[1] > 0 {
            graph.add_edge(to, from, ());
        }
    }
    let parts = kosaraju_scc(&graph);
    let mut part_of = vec![0; graph.node_count()];
    for (part, nodes) in parts.iter().enumerate() {
        for node in nodes {
            part_of[node.index()] = part;
        }
    }
    let part = |piece: &Piece| {
        let [from, to] = piece.ends.map(|node| part_of[index[&node].index()]);
        (from == to).then_some(from)
    };
    let mut sizes = vec![0.0; parts.len()];
    for piece in &pieces {
        if let Some(part) = part(piece) {
            sizes[part] += piece.length();
        }
    }
    let largest = (0..sizes.len()).max_by(|a, b| sizes[*a].total_cmp(&sizes[*b]));
    pieces.into_iter().filter(|piece| part(piece).is_some() && part(piece) == largest).collect()
}

/// Dead ends shorter than this are dropped: there is no room to turn.
const STUB_M: f64 = 35.0;
/// A sign or light belongs to a meeting of roads if it is no farther from it.
const SIGN_M: f64 = 40.0;
/// Dropping one stub can make the next.
const STUB_ROUNDS: u32 = 2;
