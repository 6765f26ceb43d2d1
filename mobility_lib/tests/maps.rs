//! Maps of OpenStreetMap: what is read of them, and what is said of those that are wrong.

use mobility_lib::osm::{self, Class, Control, Map, Restriction, Turns};
use mobility_lib::traffic::Network;
use mobility_lib::{MobilityError, Position};
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn roads_buildings_signs_and_restrictions_are_read() {
    let map = read(TOWN.as_bytes()).expect("it is right");
    let ways: Vec<_> = map.ways.iter().map(|way| (way.id, way.class, way.lanes, way.nodes.len())).collect();
    assert_eq!(
        ways,
        [
            (100, Class::Primary, [2, 1], 3),
            (101, Class::Residential, [1, 1], 2),
            (102, Class::Unclassified, [0, 1], 2),
            (103, Class::Tertiary, [1, 0], 3),
        ]
    );
    assert_eq!(map.ways[0].name, "Straße & Weg");
    let kmh: Vec<_> = map.ways.iter().map(|way| way.limits_mps.map(|mps| (mps * 3.6).round())).collect();
    assert_eq!(kmh, [[60.0, 50.0], [30.0, 30.0], [48.0, 48.0], [50.0, 50.0]]);
    assert!(map.ways[3].roundabout && !map.ways[0].roundabout);
    let controls: Vec<_> = map.nodes.iter().filter_map(|(id, node)| Some((*id, node.control?))).collect();
    assert_eq!(controls, [(2, Control::Signals), (4, Control::GiveWay), (5, Control::Stop)]);
    let outlines: Vec<_> =
        map.buildings.iter().map(|building| (building.id.as_str(), building.outline.len())).collect();
    assert_eq!(outlines, [("w200", 4), ("r300", 4)]);
    assert_eq!(map.restrictions, [Restriction { from: 100, via: 2, to: 101, turns: Turns::No }]);
    assert_eq!(map.skipped.not_for_cars, 2, "a path and a private road");
    assert_eq!(
        (map.skipped.missing_nodes, map.skipped.cut_off),
        (1, 1),
        "a road leads out of the extract, a building is cut"
    );
    let warnings: Vec<String> = map.warnings.iter().map(ToString::to_string).collect();
    assert!(
        warnings[0].starts_with("23:3: the way 103 names the node 99, which the map doesn't have"),
        "{warnings:?}"
    );
    assert!(warnings[1].starts_with("26:5: the speed limit \"sehr schnell\""), "{warnings:?}");
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

/// A degree of latitude at 47.14° is 111 184 m on the ellipsoid, one of longitude 75 855 m.
#[test]
fn degrees_become_metres() {
    let map = read(TOWN.as_bytes()).expect("it is right");
    let place = |id: i64| map.nodes[&id].position;
    let north = place(3).y - place(1).y;
    assert!((north - 111.184 * 2.0).abs() < 0.05, "{north}");
    let east = place(4).x - place(2).x;
    assert!((east - 75.855 * 2.0).abs() < 0.05, "{east}");
    let least = map.nodes.values().fold(Position { x: 1e9, y: 1e9 }, |least, node| Position {
        x: least.x.min(node.position.x),
        y: least.y.min(node.position.y),
    });
    assert!((0.0..1.0).contains(&least.x) && (0.0..1.0).contains(&least.y), "{least:?}");
}

#[test]
fn a_building_is_one_with_each_corner_once() {
    let relation = "<relation id='302'><member type='way' ref='200' role='outer'/>\
                    <tag k='type' v='multipolygon'/><tag k='building' v='yes'/></relation></osm>";
    let text = TOWN.replace(
        "<nd ref=\"12\"/><nd ref=\"13\"/><nd ref=\"14\"/>",
        "<nd ref=\"12\"/><nd ref=\"12\"/><nd ref=\"13\"/><nd ref=\"14\"/>",
    );
    let map = read(text.replace("</osm>", relation).as_bytes()).expect("it is right");
    let outlines: Vec<_> =
        map.buildings.iter().map(|building| (building.id.as_str(), building.outline.len())).collect();
    assert_eq!(outlines, [("r300", 4), ("r302", 4)]);
}

/// Extracts cut roads at their border, and some directions change with the time: that is told, and the rest is used.
#[test]
fn what_is_not_understood_is_told() {
    let nodes = "<osm><node id='1' lat='1' lon='1'/><node id='2' lat='1.001' lon='1'/>";
    for (way, warning) in [
        (
            "<nd ref='1'/><nd ref='2'/><nd ref='9'/>",
            "2:2: the way 7 names the node 9, which the map doesn't have: it is cut there",
        ),
        (
            "<nd ref='1'/><nd ref='2'/><tag k='oneway' v='reversible'/>",
            "2:40: oneway = \"reversible\" of way 7 isn't understood",
        ),
        ("<nd ref='1'/><nd ref='2'/><tag k='oneway' v='yes'/>", ""),
    ] {
        let text = format!("{nodes}\n <way id='7'>{way}<tag k='highway' v='primary'/></way></osm>");
        let map = read(text.as_bytes()).expect("it is right");
        let told: Vec<String> = map.warnings.iter().map(ToString::to_string).collect();
        assert!(told.concat().starts_with(warning) && told.is_empty() == warning.is_empty(), "{told:?}");
        assert_eq!(map.ways.len(), 1);
    }
}

#[test]
fn what_is_wrong_has_a_place_and_a_remedy() {
    for (text, place, message) in [
        ("", "1:1", "the map is empty"),
        ("plain text", "1:1", "not an XML file"),
        ("<net/>", "1:1", "this is <net>, not <osm>"),
        ("<osmChange/>", "1:1", "this is <osmChange>"),
        ("<osm>", "1:6", "</osm> is missing"),
        ("<osm/>\n<osm/>", "2:1", "follows the end"),
        ("<osm/>", "1:7", "no road that cars may use"),
        ("<osm>\n <node lat='1' lon='1'/></osm>", "2:2", "this node has no id"),
        ("<osm>\n <node id='1'/></osm>", "2:2", "no lat and lon"),
        ("<osm>\n <node id='1' lat='91' lon='1'/></osm>", "2:20", "not between"),
        ("<osm>\n <node id='1' lat='x' lon='1'/></osm>", "2:20", "not a number"),
        ("<osm>\n <node id='1' lat='NaN' lon='1'/></osm>", "2:20", "not a number"),
        ("<osm>\n <node id='one' lat='1' lon='1'/></osm>", "2:12", "is no id"),
        ("<osm><node id='1' lat='1' lon='1'/>\n<node id='1' lat='1' lon='1'/></osm>", "2:11", "two nodes"),
        ("<osm><way id='1'/>\n<way id='1'/></osm>", "2:10", "two ways"),
        ("<osm><way id='1'>\n<nd/></way></osm>", "2:1", "no attribute ref"),
        ("<osm><way id='1'>\n<nd ref='a'/></way></osm>", "2:10", "is no id"),
        ("<osm><way id='1'>\n<tag k='a'/></way></osm>", "2:1", "needs the attributes k and v"),
        ("<osm><way id='1'>\n<tag k=a v='b'/></way></osm>", "2:8", "no quotation marks"),
        ("<osm>\n</way></osm>", "2:1", "</way> stands where <osm> should be closed"),
        (
            "<osm><node id='1' lat='1' lon='1'/><node id='2' lat='9' lon='1'/>\n\
             <way id='1'><nd ref='1'/><nd ref='2'/><tag k='highway' v='primary'/></way></osm>",
            "2:81",
            "more than 3 degrees: the node 1 is at latitude 1, the node 2 at 9",
        ),
        (
            "<osm><node id='1' lat='1' lon='1'/>\n<way id='7'><nd ref='1'/><nd ref='3'/><tag k='highway' v='primary'/></way></osm>",
            "2:1",
            "no road of the map is whole: the way 7 names the node 3, which the map doesn't have",
        ),
        (
            "<osm><node id='1' lat='1' lon='1'/>\n<way id='7'><nd ref='1'/><tag k='highway' v='primary'/></way></osm>",
            "2:1",
            "no road of the map is whole: the way 7 has fewer than two different nodes",
        ),
    ] {
        let error = read(text.as_bytes()).expect_err(text);
        assert!(error.message().contains(message), "{text:?}: {error}");
        assert_eq!(error.place().map(|place| place.to_string()).as_deref(), Some(place), "{text:?}: {error}");
        assert!(!error.help().is_empty() && !error.help().contains("SUMO"), "{}", error.help());
    }
    let missing = osm::read(std::path::Path::new("none.osm")).expect_err("there is none");
    assert!(matches!(missing, MobilityError::Open { .. }), "{missing}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..200), begun: bool) {
        let mut map = if begun { b"<osm><way id='1'><tag ".to_vec() } else { Vec::new() };
        map.extend(&bytes);
        check(&map)?;
    }

    #[test]
    fn mutated_maps_never_panic(edits in vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..8)) {
        let mut bytes = TOWN.as_bytes().to_vec();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len().max(1)).min(bytes.len());
            match kind {
                0 if at < bytes.len() => bytes[at] = byte,
                // Digits keep it a map, but another one.
                1 if at < bytes.len() && bytes[at].is_ascii_digit() => bytes[at] = b'0' + byte % 10,
                2 if at < bytes.len() => { bytes.remove(at); }
                _ => bytes.insert(at, byte),
            }
        }
        check(&bytes)?;
    }
}

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    match read(bytes) {
        Ok(map) => {
            for way in &map.ways {
                prop_assert!(
                    way.nodes.len() >= 2 && way.nodes.iter().all(|node| map.nodes.contains_key(node))
                );
                prop_assert!(way.limits_mps.iter().all(|limit| (0.2..100.0).contains(limit)));
                prop_assert!(way.lanes[0] + way.lanes[1] > 0);
            }
            prop_assert!(map.buildings.iter().all(|building| building.outline.len() >= 3));
            if let Err(error) = Network::of(&map, "test.osm") {
                prop_assert!(!error.help().is_empty(), "{error}");
            }
        }
        Err(error) => prop_assert!(error.place().is_some() && !error.help().is_empty(), "{error}"),
    }
    Ok(())
}

fn read(bytes: &[u8]) -> Result<Map, MobilityError> {
    osm::read_from(bytes, "test.osm")
}

const TOWN: &str = include_str!("data/town.osm");
