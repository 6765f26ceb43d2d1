//! Roads as SUMO writes them, so that whatever reads SUMO's networks finds where roads and junctions are.

use super::Network;
use crate::osm::Map;
use quick_xml::escape::escape;
use std::collections::BTreeMap;
use std::fmt::Write as _;

impl Network {
    /// The roads as a network of SUMO's: edges with their lanes, junctions, and the projection of `map`, which the network was
    /// made of. Junctions have the ids of OpenStreetMap's nodes; edges those of its ways, numbered. There are no turns in it: it
    /// tells where something is, not how to drive. `comment` goes into a comment before it.
    pub fn to_sumo(&self, map: &Map, comment: &str) -> String {
        let [least, most] = map.degrees;
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- {} -->\n<net version=\"1.20\">\n    \
             <location netOffset=\"0.00,0.00\" origBoundary=\"{},{},{},{}\" projParameter=\"{}\"/>\n",
            comment.replace("--", "- -"),
            least.0,
            least.1,
            most.0,
            most.1,
            map.projection
        );
        let names = self.edge_names();
        for (edge, id) in self.edges.iter().zip(&names) {
            let [from, to] = [edge.from, edge.to].map(|junction| self.junctions[junction].node);
            let name = escape(edge.name.as_str());
            let _ = writeln!(
                text,
                "    <edge id=\"{id}\" from=\"{from}\" to=\"{to}\" name=\"{name}\" priority=\"{}\">",
                edge.rank
            );
            for (index, lane) in edge.lanes.clone().enumerate() {
                let path = &self.paths[lane];
                let shape: Vec<String> =
                    path.points.iter().map(|point| format!("{:.2},{:.2}", point.x, point.y)).collect();
                let _ = writeln!(
                    text,
                    "        <lane id=\"{id}_{index}\" index=\"{index}\" speed=\"{:.2}\" length=\"{:.2}\" shape=\"{}\"/>",
                    edge.limit,
                    path.length(),
                    shape.join(" ")
                );
            }
            text += "    </edge>\n";
        }
        for junction in self.junctions.iter().filter(|junction| !junction.arms.is_empty()) {
            let Some(place) = junction.position else { continue };
            let lanes = junction.arms.iter().flat_map(|edge| {
                let count = self.edges[*edge].lanes.len();
                (0..count).map(|index| format!("{}_{index}", names[*edge]))
            });
            let _ = writeln!(
                text,
                "    <junction id=\"{}\" type=\"priority\" x=\"{:.2}\" y=\"{:.2}\" incLanes=\"{}\" intLanes=\"\"/>",
                junction.node,
                place.x,
                place.y,
                lanes.collect::<Vec<_>>().join(" ")
            );
        }
        text + "</net>\n"
    }

    /// By edge: its way, and which of the way's edges it is.
    fn edge_names(&self) -> Vec<String> {
        let mut counts: BTreeMap<i64, u32> = BTreeMap::new();
        let numbered = self.edges.iter().map(|edge| {
            let count = counts.entry(edge.ways[0]).or_default();
            *count += 1;
            format!("{}.{count}", edge.ways[0])
        });
        numbered.collect()
    }
}
