//! From a map's roads to lanes, junctions and turns.

use super::super::path::{self, Path};
use super::super::signals::{Phase, Signals};
use super::junctions::{self, LANE_M, Plan};
use super::pieces::{self, Piece};
use super::{Dropped, Edge, Junction, Lane, Network, TO_THE_LEFT, Turn, conflicts};
use crate::Position;
use crate::osm::{Class, Control, Map, Restriction, Turns};
use node_lib::random::Key;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn build(map: &Map) -> Option<Network> {
    let mut dropped = Dropped::default();
    let pieces = pieces::pieces(map, &mut dropped);
    let mut extra: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for _ in 0..WIDENINGS {
        let (network, ends) = lay_out(map, &pieces, &extra, dropped)?;
        let crowded = conflicts::crowded(&network, &ends);
        if crowded.is_empty() {
            return Some(network);
        }
        for end in crowded {
            *extra.entry((end / 2, end % 2)).or_default() += WIDENING_M;
        }
    }
    let (mut network, ends) = lay_out(map, &pieces, &extra, dropped)?;
    network.crowded = conflicts::crowded(&network, &ends).len();
    Some(network)
}

/// What an edge was made of.
struct Origin {
    piece: usize,
    /// 0 along the piece's points, 1 against them.
    direction: usize,
    /// The first and the last node.
    nodes: [i64; 2],
}

/// The network, and for each lane the ends of pieces (piece x 2 + end) where it begins and ends.
fn lay_out(
    map: &Map,
    pieces: &[Piece],
    extra: &BTreeMap<(usize, usize), f64>,
    dropped: Dropped,
) -> Option<(Network, Vec<[usize; 2]>)> {
    let plan = junctions::plan(pieces, extra);
    let mut turn_paths = Vec::new();
    let mut network = Network {
        edges: Vec::new(),
        paths: Vec::new(),
        lanes: Vec::new(),
        turns: Vec::new(),
        junctions: (0..plan.count).map(|_| Junction::default()).collect(),
        graph: DiGraph::new(),
        usable: Vec::new(),
        dropped,
        crowded: 0,
        road_m: 0.0,
    };
    let (mut origins, mut ends) = (Vec::new(), Vec::new());
    for (index, piece) in pieces.iter().enumerate() {
        if plan.inside[index] {
            network.dropped.inside_junctions_m += piece.length();
            continue;
        }
        network.road_m += piece.length();
        for node in piece.ends {
            network.junctions[plan.of_node[&node]].roads += 1;
        }
        for direction in 0..2 {
            if piece.lanes[direction] > 0 {
                let origin = edge(&mut network, piece, index, direction, &plan);
                let end = |last: bool| 2 * index + usize::from(last != (direction == 1));
                ends.resize(network.lanes.len(), [end(false), end(true)]);
                origins.push(origin);
            }
        }
    }
    for (node, junction) in &plan.of_node {
        // Any of its nodes tells where it is; the first one does.
        let junction = &mut network.junctions[*junction];
        if junction.position.is_none() {
            junction.node = *node;
            junction.position = map.nodes.get(node).map(|node| node.position);
        }
    }
    rank(&mut network);
    let inner = Inner::of(pieces, &plan, &origins);
    let mut restrictions: Restrictions<'_> = BTreeMap::new();
    for restriction in &map.restrictions {
        restrictions.entry((restriction.via, restriction.from)).or_default().push(restriction);
    }
    for index in 0..network.edges.len() {
        turns(&mut network, &mut turn_paths, index, &origins, &inner, &restrictions);
    }
    network.paths.extend(turn_paths);
    conflicts::fill(&mut network);
    let signalled =
        |origin: &Origin| pieces[origin.piece].controls[origin.direction] == Some(Control::Signals);
    let lights: Vec<usize> = (0..origins.len()).filter(|edge| signalled(&origins[*edge])).collect();
    for edge in lights {
        let junction = network.edges[edge].to;
        if network.junctions[junction].roads >= 3 && network.junctions[junction].signals.is_none() {
            network.junctions[junction].signals = Some(signals(&network, junction));
        }
    }
    join(&mut network);
    network.usable.contains(&true).then_some((network, ends))
}

/// One direction of a piece.
fn edge(network: &mut Network, piece: &Piece, index: usize, direction: usize, plan: &Plan) -> Origin {
    let mut points = piece.points.clone();
    let (mut ways, mut nodes, mut setbacks) = (piece.ways, piece.ends, plan.setbacks[index]);
    if direction == 1 {
        points.reverse();
        ways.reverse();
        nodes.reverse();
        setbacks.reverse();
    }
    let line = Path::new(&points);
    let line = Path::new(&line.cut(setbacks[0], line.length() - setbacks[1]));
    let count = piece.lanes[direction];
    let first = network.lanes.len();
    let number = network.edges.len();
    for lane in 0..count {
        let from_left = f64::from(count - 1 - lane);
        let right = match piece.lanes[1 - direction] {
            0 => from_left - 0.5 * f64::from(count - 1),
            _ => from_left + 0.5,
        };
        let moved = path::offset(&line.points, right * LANE_M);
        network.paths.push(Path::new(&path::rounded(&moved, ROUNDING_M)));
        network.lanes.push(Lane { edge: number, turns: Vec::new(), fork: 0.0 });
    }
    let [from, to] = nodes.map(|node| plan.of_node[&node]);
    network.junctions[to].arms.push(number);
    network.edges.push(Edge {
        ways,
        name: piece.name.clone(),
        class: piece.class,
        from,
        to,
        lanes: first..network.lanes.len(),
        limit: piece.limits[direction],
        sign: piece.controls[direction].filter(|control| *control != Control::Signals),
        roundabout: piece.roundabout,
        rank: 0,
        heading: line.direction(line.length()),
    });
    Origin { piece: index, direction, nodes }
}

/// Who goes first, by sign, roundabout and the importance of the road.
fn rank(network: &mut Network) {
    for junction in &network.junctions {
        let ring = junction.arms.iter().any(|edge| !network.edges[*edge].roundabout);
        for edge in &junction.arms {
            let edge = &mut network.edges[*edge];
            edge.rank = match (edge.sign, edge.class) {
                (Some(_), _) => 0,
                _ if ring && edge.roundabout => 9,
                // Among small roads the one from the right goes first.
                (None, Class::LivingStreet) => 1,
                (None, Class::Residential | Class::Unclassified) => 2,
                (None, Class::Tertiary) => 3,
                (None, Class::Secondary) => 4,
                (None, Class::Primary) => 5,
                (None, Class::Trunk) => 6,
                (None, Class::Motorway) => 7,
            };
        }
    }
}

/// By the node where they hold, and the way that leads there.
type Restrictions<'a> = BTreeMap<(i64, i64), Vec<&'a Restriction>>;

/// The roads within junctions.
struct Inner<'a> {
    pieces: &'a [Piece],
    /// The pieces within junctions, by their nodes.
    at: BTreeMap<i64, Vec<usize>>,
    /// The edges that begin at each junction.
    leaving: Vec<Vec<usize>>,
}

impl<'a> Inner<'a> {
    fn of(pieces: &'a [Piece], plan: &Plan, origins: &[Origin]) -> Inner<'a> {
        let mut at: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for (index, piece) in pieces.iter().enumerate().filter(|(index, _)| plan.inside[*index]) {
            for node in piece.ends {
                at.entry(node).or_default().push(index);
            }
        }
        let mut leaving = vec![Vec::new(); plan.count];
        for (edge, origin) in origins.iter().enumerate() {
            leaving[plan.of_node[&origin.nodes[0]]].push(edge);
        }
        Inner { pieces, at, leaving }
    }

    /// The way through a junction from one of its nodes to another, without its ends; none if there is no such way.
    fn way(&self, from: i64, to: i64) -> Option<Vec<Position>> {
        // The way so far, by node. Junctions are small: the shortest of what is left, again and again.
        let mut open = vec![(0.0f64, from, Vec::new())];
        let mut done = BTreeSet::new();
        while let Some(best) = (0..open.len()).min_by(|a, b| open[*a].0.total_cmp(&open[*b].0)) {
            let (length, node, way) = open.swap_remove(best);
            if node == to {
                return Some(way);
            }
            if !done.insert(node) {
                continue;
            }
            for piece in self.at.get(&node).into_iter().flatten().map(|index| &self.pieces[*index]) {
                for direction in 0..2 {
                    if piece.lanes[direction] == 0 || piece.ends[direction] != node {
                        continue;
                    }
                    let mut points = piece.points.clone();
                    if direction == 1 {
                        points.reverse();
                    }
                    if piece.lanes[1 - direction] > 0 {
                        points = path::offset(&points, 0.5 * LANE_M);
                    }
                    let mut way: Vec<Position> = way.clone();
                    way.extend(points);
                    open.push((length + piece.length(), piece.ends[1 - direction], way));
                }
            }
        }
        None
    }
}

/// The turns at the end of an edge.
fn turns(
    network: &mut Network,
    paths: &mut Vec<Path>,
    edge: usize,
    origins: &[Origin],
    inner: &Inner<'_>,
    restrictions: &Restrictions<'_>,
) {
    let origin = &origins[edge];
    let junction = network.edges[edge].to;
    let way = |other: &usize| Some((*other, inner.way(origin.nodes[1], origins[*other].nodes[0])?));
    // Each with the way that leads there.
    let reached: BTreeMap<usize, Vec<Position>> = inner.leaving[junction].iter().filter_map(way).collect();
    let back =
        |other: usize| origins[other].piece == origin.piece && origins[other].direction != origin.direction;
    let ahead: Vec<usize> = reached.keys().copied().filter(|other| !back(*other)).collect();
    let allowed: Vec<usize> = ahead
        .iter()
        .copied()
        .filter(|other| allowed(network, restrictions, origin, edge, &origins[*other], *other))
        .collect();
    let all = reached.keys().copied().collect();
    let targets = [allowed, ahead, all].into_iter().find(|targets| !targets.is_empty()).unwrap_or_default();
    let angle = |other: usize| {
        let (x, y) = network.edges[edge].heading;
        let first = network.edges[other].lanes.start;
        let (p, q) = network.paths[first].direction(0.0);
        if back(other) { std::f64::consts::PI } else { libm::atan2(x * q - y * p, x * p + y * q) }
    };
    let mut targets: Vec<(f64, usize)> = targets.into_iter().map(|target| (angle(target), target)).collect();
    targets.sort_by(|a, b| a.0.total_cmp(&b.0));
    let lanes = network.edges[edge].lanes.clone();
    for (number, (angle, target)) in targets.iter().enumerate() {
        // Lanes are shared out among the turns from right to left, so that turns of one edge never cross.
        let (count, all) = (lanes.len(), targets.len());
        let using: Vec<usize> = (0..count)
            .filter(|lane| lane * all < (number + 1) * count && (lane + 1) * all > number * count)
            .collect();
        let into = network.edges[*target].lanes.clone();
        for (order, lane) in using.iter().enumerate() {
            let from_left = using.len() - 1 - order;
            let entered = match *angle > TO_THE_LEFT {
                true => into.len() - 1 - from_left.min(into.len() - 1),
                false => order.min(into.len() - 1),
            };
            let (from, to) = (lanes.start + lane, into.start + entered);
            let path = turn_path(network, from, to, &reached[target], *angle);
            network.lanes[from].turns.push(network.turns.len());
            network.junctions[junction].turns.push(network.turns.len());
            network.turns.push(Turn {
                junction,
                from,
                to,
                edge: *target,
                angle: *angle,
                conflicts: Vec::new(),
            });
            paths.push(path);
        }
    }
}

/// Whether the restrictions allow this turn.
fn allowed(
    network: &Network,
    restrictions: &Restrictions<'_>,
    origin: &Origin,
    edge: usize,
    target: &Origin,
    other: usize,
) -> bool {
    let here = restrictions.get(&(origin.nodes[1], network.edges[edge].ways[1]));
    here.into_iter().flatten().all(|restriction| {
        let meant = restriction.to == network.edges[other].ways[0] && target.nodes[0] == restriction.via;
        meant == (restriction.turns == Turns::Only)
    })
}

fn turn_path(network: &Network, from: usize, to: usize, inside: &[Position], angle: f64) -> Path {
    let (one, two) = (&network.paths[from], &network.paths[to]);
    let (start, end) = (one.at(one.length()), two.at(0.0));
    let (out, into) = (one.direction(one.length()), two.direction(0.0));
    if inside.is_empty() {
        let straight = start.distance(end);
        let handle = if angle > TURNING_BACK { 10.0 } else { 0.4 * straight };
        return Path::new(&path::curve(start, out, end, into, handle));
    }
    let mut points = vec![start];
    for point in inside {
        if point.distance(points[points.len() - 1]) >= 2.0 && point.distance(end) >= 2.0 {
            points.push(*point);
        }
    }
    points.push(end);
    Path::new(&path::rounded(&points, ROUNDING_M))
}

/// A cycle in which arms that face each other have green together.
fn signals(network: &Network, junction: usize) -> Signals {
    let mut left = network.junctions[junction].arms.clone();
    let mut phases = Vec::new();
    while !left.is_empty() {
        let edge = left.remove(0);
        let (x, y) = network.edges[edge].heading;
        let facing = |other: &usize| {
            let (p, q) = network.edges[*other].heading;
            x * p + y * q
        };
        let opposite = (0..left.len()).min_by(|a, b| facing(&left[*a]).total_cmp(&facing(&left[*b])));
        let opposite = opposite.filter(|index| facing(&left[*index]) < -0.7).map(|index| left.remove(index));
        let edges: Vec<usize> = [Some(edge), opposite].into_iter().flatten().collect();
        let main = edges.iter().any(|edge| network.edges[*edge].class >= Class::Tertiary);
        let fastest = edges.iter().map(|edge| network.edges[*edge].limit).fold(0.0, f64::max);
        let amber = if fastest < 14.0 {
            3.0
        } else if fastest < 17.0 {
            4.0
        } else {
            5.0
        };
        phases.push(Phase { edges, green: if main { 25.0 } else { 15.0 }, amber });
    }
    let way = network.junctions[junction].arms.iter().map(|edge| network.edges[*edge].ways[1]);
    let key = way.fold(Key::seed(0).with_name("signals"), |key, way| key.with(way as u64));
    Signals::new(phases, key.unit())
}

/// The graph of edges, and which of them lead to each other.
fn join(network: &mut Network) {
    for _ in &network.edges {
        network.graph.add_node(());
    }
    for turn in &network.turns {
        let from = NodeIndex::new(network.lanes[turn.from].edge);
        let to = NodeIndex::new(turn.edge);
        let edge = &network.edges[turn.edge];
        let drive = network.paths[turn.to].length() / edge.limit;
        let meeting = if network.junctions[turn.junction].roads >= 3 { MEETING_S } else { 0.0 };
        let back = if turn.angle > TURNING_BACK { TURNING_BACK_S } else { 0.0 };
        network.graph.update_edge(from, to, ((drive + meeting + back) * 1000.0) as u64);
    }
    let parts = kosaraju_scc(&network.graph);
    network.usable = vec![false; network.edges.len()];
    // Of equals the first: the order is that of the edges.
    let largest = parts.iter().filter(|part| part.len() > 1).min_by_key(|part| std::cmp::Reverse(part.len()));
    for node in largest.into_iter().flatten() {
        network.usable[node.index()] = true;
    }
}

/// Corners of roads are rounded over so many metres.
const ROUNDING_M: f64 = 8.0;
const TURNING_BACK: f64 = 3.0;
/// What a meeting of roads costs on average, seconds.
const MEETING_S: f64 = 3.0;
const TURNING_BACK_S: f64 = 20.0;
/// How often and how much a junction grows until its turns are clear of other lanes.
const WIDENINGS: u32 = 12;
const WIDENING_M: f64 = 2.0;
