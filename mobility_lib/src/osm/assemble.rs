//! From what a file says to places, roads and outlines.

use super::parser::{MAP, Raw, RawRoad};
use super::{Building, Map, Node, Way};
use crate::xml::Located;
use crate::xml::source::{Fault, fault};
use crate::{Place, Position, Projection};
use std::collections::{BTreeMap, BTreeSet};

/// Stretches of roads, each with its nodes.
type Pieces = Vec<(RawRoad, Vec<i64>)>;

/// Puts together what was read; `end` is the file's.
pub(super) fn assemble(mut raw: Raw, end: Place) -> Result<Map, Located> {
    let (pieces, broken) = pieces(&mut raw);
    if let ([], Some((place, message))) = (pieces.as_slice(), broken) {
        let message = format!("no road of the map is whole: {message}");
        return Err((place, fault(message, "extract the map with the nodes of its ways")));
    }
    put_together(raw, pieces).map_err(|fault| (end, fault))
}

/// The stretches of each road whose nodes are known, and what is wrong with the first of which none is.
fn pieces(raw: &mut Raw) -> (Pieces, Option<(Place, String)>) {
    let mut pieces: Pieces = Vec::new();
    let mut broken = None;
    for road in std::mem::take(&mut raw.roads) {
        let nodes = raw.ways.get(&road.id).map_or(&[][..], Vec::as_slice);
        let missing: Vec<i64> = nodes.iter().copied().filter(|node| !raw.nodes.contains_key(node)).collect();
        let found = known(nodes, &raw.nodes);
        raw.skipped.missing_nodes += missing.len() as u64;
        let what = match (missing.first(), found.is_empty()) {
            (Some(node), false) => {
                format!("names the node {node}, which the map doesn't have: it is cut there")
            }
            (Some(node), true) => format!(
                "names the node {node}, which the map doesn't have, and has no two others in a row: it is left out"
            ),
            (None, true) => "has fewer than two different nodes: it is left out".to_owned(),
            (None, false) => String::new(),
        };
        if !what.is_empty() {
            let message = format!("the way {} {what}", road.id);
            if found.is_empty() {
                broken.get_or_insert((road.place, message.clone()));
            }
            raw.warn(Some(road.place), message);
        }
        raw.skipped.cut_off += u64::from(found.is_empty());
        pieces.extend(found.into_iter().map(|nodes| (road.clone(), nodes)));
    }
    raw.warnings.sort_by_key(|warning| (warning.place.line, warning.place.column));
    (pieces, broken)
}

fn put_together(mut raw: Raw, pieces: Pieces) -> Result<Map, Fault> {
    let degrees = extent(pieces.iter().flat_map(|(_, nodes)| nodes).map(|node| (*node, raw.nodes[node])))?;
    let plane = Plane::centred(degrees)?;
    let mut nodes = BTreeMap::new();
    for node in pieces.iter().flat_map(|(_, nodes)| nodes) {
        let control = raw.controls.get(node).copied();
        nodes.insert(*node, Node { position: plane.place(raw.nodes[node])?, control });
    }
    let buildings = buildings(&mut raw, &plane)?;
    let ways = pieces.into_iter().map(|(road, nodes)| way(road, nodes)).collect();
    let Raw { restrictions, skipped, warnings, .. } = raw;
    let projection = plane.projection.text().to_owned();
    Ok(Map { projection, degrees, nodes, ways, buildings, restrictions, skipped, warnings })
}

fn way(road: RawRoad, nodes: Vec<i64>) -> Way {
    let RawRoad { id, name, class, lanes, limits_kmh, roundabout, place: _ } = road;
    Way { id, name, nodes, class, lanes, limits_mps: limits_kmh.map(|kmh| kmh / 3.6), roundabout }
}

/// The stretches of a way whose nodes are known, two nodes each at least; a node that follows itself counts once.
fn known(nodes: &[i64], places: &BTreeMap<i64, (f64, f64)>) -> Vec<Vec<i64>> {
    let stretches = nodes.split(|node| !places.contains_key(node)).map(|stretch| {
        let mut stretch = stretch.to_vec();
        stretch.dedup();
        stretch
    });
    stretches.filter(|stretch| stretch.len() >= 2).collect()
}

/// The least and the greatest longitude and latitude of these nodes.
fn extent(nodes: impl Iterator<Item = (i64, (f64, f64))>) -> Result<[(f64, f64); 2], Fault> {
    // By axis: who has the least, and who the greatest.
    let mut ends: Option<[[(f64, i64); 2]; 2]> = None;
    for (id, (longitude, latitude)) in nodes {
        let here = [(longitude, id), (latitude, id)];
        let ends = ends.get_or_insert(here.map(|end| [end; 2]));
        for ([least, most], end) in ends.iter_mut().zip(here) {
            if end.0 < least.0 {
                *least = end;
            }
            if end.0 > most.0 {
                *most = end;
            }
        }
    }
    let Some([longitudes, latitudes]) = ends else {
        let help =
            "extract a place with streets, with its ways (highway=residential, primary, ...) and their nodes";
        return Err(fault("the map has no road that cars may use", help));
    };
    for (what, [least, most]) in [("longitude", longitudes), ("latitude", latitudes)] {
        if most.0 - least.0 > MAX_DEGREES {
            let message = format!(
                "the roads are spread over more than {MAX_DEGREES} degrees: the node {} is at {what} {}, the node {} at {}",
                least.1, least.0, most.1, most.0
            );
            let help = "mend the node that is off the map, or extract a town: osmium extract -b W,S,E,N MAP.osm -o TOWN.osm";
            return Err(fault(message, help));
        }
    }
    Ok([0, 1].map(|end| (longitudes[end].0, latitudes[end].0)))
}

/// Degrees to metres.
struct Plane {
    /// Longitude and latitude.
    middle: (f64, f64),
    projection: Projection,
}

impl Plane {
    /// Transverse Mercator around the middle of these degrees, whose south-west corner is at (0, 0).
    fn centred([least, most]: [(f64, f64); 2]) -> Result<Plane, Fault> {
        let round = |degrees: f64| (degrees * 1e4).round() / 1e4;
        let middle = (round(0.5 * (least.0 + most.0)), round(0.5 * (least.1 + most.1)));
        let corner = Plane::named(middle, (0.0, 0.0)).place(least)?;
        Ok(Plane::named(middle, (-corner.x.floor(), -corner.y.floor())))
    }

    fn named(middle: (f64, f64), origin: (f64, f64)) -> Plane {
        Plane { middle, projection: Projection::transverse_mercator(middle, origin) }
    }

    fn place(&self, (longitude, latitude): (f64, f64)) -> Result<Position, Fault> {
        self.projection.place(longitude, latitude).map_err(|error| {
            fault(format!("the map's places can't be laid out in a plane: {error}"), MAP.written)
        })
    }
}

/// The outlines of all buildings that are whole.
fn buildings(raw: &mut Raw, plane: &Plane) -> Result<Vec<Building>, Fault> {
    let mut rings = Vec::new();
    let mut cut_off = 0;
    // A way that is tagged as well as its relation is one building.
    let parts: BTreeSet<i64> = raw.multipolygons.iter().flat_map(|(_, ways)| ways).copied().collect();
    for id in raw.buildings.iter().filter(|id| !parts.contains(id)) {
        match raw.ways[id].as_slice() {
            [first, .., last] if first == last => rings.push((format!("w{id}"), raw.ways[id].clone())),
            _ => cut_off += 1,
        }
    }
    for (id, members) in &raw.multipolygons {
        let ways = members.iter().filter_map(|way| raw.ways.get(way)).filter(|way| way.len() >= 2);
        let (closed, open) = joined(ways.cloned().collect());
        cut_off += open;
        let numbered = closed.into_iter().enumerate();
        rings.extend(numbered.map(|(index, ring)| match index {
            0 => (format!("r{id}"), ring),
            _ => (format!("r{id}.{index}"), ring),
        }));
    }
    let mut buildings = Vec::new();
    for (id, ring) in rings {
        let mut corners = ring;
        corners.dedup();
        // A ring ends where it begins.
        corners.pop();
        let places: Option<Vec<_>> = corners.iter().map(|node| raw.nodes.get(node).copied()).collect();
        let Some(places) = places.filter(|places| places.len() >= 3) else {
            cut_off += 1;
            continue;
        };
        let near = |(longitude, latitude): &(f64, f64)| {
            let (x, y) = plane.middle;
            (longitude - x).abs() <= MAX_DEGREES && (latitude - y).abs() <= MAX_DEGREES
        };
        if !places.iter().all(near) {
            cut_off += 1;
            continue;
        }
        let outline = places.iter().map(|place| plane.place(*place)).collect::<Result<_, _>>()?;
        buildings.push(Building { id, outline });
    }
    raw.skipped.cut_off += cut_off;
    Ok(buildings)
}

/// Ways put together to rings where their ends meet: the rings, and how many pieces stay open.
fn joined(mut ways: Vec<Vec<i64>>) -> (Vec<Vec<i64>>, u64) {
    let (mut closed, mut open) = (Vec::new(), 0);
    while let Some(mut ring) = ways.pop() {
        while ring.first() != ring.last() {
            let end = ring[ring.len() - 1];
            let next = ways.iter().position(|way| way[0] == end || way[way.len() - 1] == end);
            let Some(mut next) = next.map(|index| ways.swap_remove(index)) else {
                break;
            };
            if next[0] != end {
                next.reverse();
            }
            ring.extend_from_slice(&next[1..]);
        }
        if ring.first() == ring.last() && ring.len() >= 4 {
            closed.push(ring);
        } else {
            open += 1;
        }
    }
    (closed, open)
}

/// Beyond this a plane is no map.
const MAX_DEGREES: f64 = 3.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_joined_whichever_way_their_parts_run() {
        let (closed, open) =
            joined(vec![vec![1, 2, 3], vec![5, 4, 3], vec![5, 1], vec![7, 8, 9, 7], vec![10, 11]]);
        assert_eq!(open, 1);
        let mut sizes: Vec<_> = closed.iter().map(Vec::len).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [4, 6]);
        assert!(closed.iter().all(|ring| ring.first() == ring.last()));
    }

    #[test]
    fn a_way_is_cut_where_nodes_are_missing() {
        let places = [1, 2, 3, 5].map(|id| (id, (0.0, 0.0))).into_iter().collect();
        assert_eq!(known(&[1, 1, 2, 9, 3, 9, 3, 5], &places), [vec![1, 2], vec![3, 5]]);
    }
}
