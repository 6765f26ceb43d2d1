//! SUMO's polygons: what polyconvert wrote, what is mistaken, and whatever else there may be.

use mobility_lib::{MobilityError, Network, Position, ShapeOptions, Shapes, net, shapes};
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn buildings_are_read_and_nothing_else() {
    let shapes = read(METRES, None).expect("polyconvert wrote it");
    let found: Vec<(&str, &str, usize)> = shapes
        .polygons
        .iter()
        .map(|polygon| (polygon.id.as_str(), polygon.kind.as_str(), polygon.corners.len()))
        .collect();
    assert_eq!(found, [("201", "building.yes", 4), ("202", "building.apartments", 4)]);
    assert_eq!((shapes.lines, shapes.others), (1, 1), "a roof that is a line, a forest");
    assert_eq!(shapes.polygons[0].corners[0], Position { x: 68.437761, y: 29.139857 });

    let options = ShapeOptions { types: vec!["landuse.forest".into(), "building.a".into()] };
    let shapes = shapes::read_from(METRES.as_bytes(), "t.xml", &options, None).expect("the same");
    let ids: Vec<&str> = shapes.polygons.iter().map(|polygon| polygon.id.as_str()).collect();
    assert_eq!(ids, ["202", "203"]);
}

/// Both files are of the same map: one was projected by PROJ, the other one is by us.
#[test]
fn degrees_go_through_the_network_as_polyconvert_has_it() {
    let network = network();
    let (metres, degrees) = (read(METRES, Some(&network)), read(DEGREES, Some(&network)));
    let (metres, degrees) = (metres.expect("metres"), degrees.expect("degrees"));
    assert_eq!(metres.polygons.len(), degrees.polygons.len());
    for (metres, degrees) in metres.polygons.iter().zip(&degrees.polygons) {
        assert_eq!(metres.id, degrees.id);
        for (here, there) in metres.corners.iter().zip(&degrees.corners) {
            assert!(here.distance(*there) < 0.01, "{}: {here:?} and {there:?}", metres.id);
        }
    }
    let own = DEGREES.replace("<poly id=\"201\"", &format!("{}\n<poly id=\"201\"", location(METRES)));
    assert_eq!(read(&own, None).expect("it says itself where it is"), degrees);
}

#[test]
fn an_area_is_closed_one_way_or_another() {
    for (attributes, corners) in [
        ("shape='0,0 1,0 1,1 0,0'", Some(3)),
        ("shape='0,0 1,0 1,1' fill='1'", Some(3)),
        ("shape='0,0,5 1,0,5 1,1,5 0,0,5'", Some(3)),
        ("shape='0,0 1,0 1,0 1,1 0,0'", Some(3)),
        ("shape='0,0 1,0 1,1'", None),
        ("shape='0,0 1,0 0,0' fill='1'", None),
        ("shape='' fill='true'", None),
    ] {
        let text = format!("<additional><poly id='a' type='building' {attributes}/></additional>");
        let shapes = read(&text, None).expect(attributes);
        assert_eq!(shapes.polygons.first().map(|polygon| polygon.corners.len()), corners, "{attributes}");
        assert_eq!(shapes.lines, u64::from(corners.is_none()), "{attributes}");
    }
}

#[test]
fn mistakes_have_a_place_and_a_remedy() {
    for (text, place, message) in [
        ("", "1:1", "the file of polygons is empty"),
        ("<net/>", "1:1", "this is <net>, not <additional>"),
        ("<additional>\n", "2:1", "</additional> is missing"),
        (
            "<additional>\n<poly type='building' shape='0,0 1,0 1,1'/>",
            "2:1",
            "needs the attributes id and shape",
        ),
        ("<additional>\n<poly id='a' type='building'/>", "2:1", "needs the attributes id and shape"),
        ("<additional>\n<poly id='' type='building' shape=''/>", "2:11", "the id is empty"),
        (
            "<additional>\n<poly id='a' type='building' shape='0,0 1,x 1,1'/>",
            "2:41",
            "\"1,x\" is not two numbers",
        ),
        ("<additional>\n<poly id='a' type='building' shape='0,0\n 1'/>", "3:2", "\"1\" is not two numbers"),
        ("<additional>\n<poly id='a' type='building' shape='0,0 nan,1'/>", "2:41", "is not two numbers"),
        ("<additional>\n<poly id='a' type='building' shape='0,0 1,2,3,4'/>", "2:41", "is not two numbers"),
        ("<additional>\n<poly id='a' type='building' shape='0,0 1e9,1'/>", "2:41", "farther than any road"),
        (
            "<additional>\n<poly id='a' type='building' geo='1' shape='13.5,52.4 13.6,52.4'/>",
            "2:45",
            "no network says where these are",
        ),
        (
            "<additional><poly id='a' type='building' shape='0,0 1,0 1,1 0,0'/>\n<poly id='a' type='building' shape=''/>",
            "2:11",
            "two polygons with the id \"a\"",
        ),
        ("<additional>lost</additional>", "1:13", "text between the elements"),
    ] {
        let error = read(text, None).expect_err(text);
        assert!(error.message().contains(message), "{text:?}: {error}");
        assert_eq!(error.place().map(|place| place.to_string()).as_deref(), Some(place), "{text:?}: {error}");
        assert!(!error.help().is_empty());
    }
    let network = network();
    let moved = METRES.replace("-400056.28", "-400000.00");
    let error = read(&moved, Some(&network)).expect_err("it is of another map");
    assert!(error.message().contains("for another network"), "{error}");
    let nowhere = "<additional><poly id='a' type='building' geo='1' shape='13.5,99 13.6,52.4'/></additional>";
    let error = read(nowhere, Some(&network)).expect_err("there is no such latitude");
    assert!(error.message().contains("longitude 13.5, latitude 99"), "{error}");
    let missing = shapes::read(std::path::Path::new("none.poly.xml"), &ShapeOptions::default(), None);
    assert!(matches!(missing, Err(MobilityError::Open { .. })), "{missing:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn mutated_files_never_panic(edits in vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..6), geo in any::<bool>()) {
        let mut bytes = if geo { DEGREES } else { METRES }.as_bytes().to_vec();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len().max(1)).min(bytes.len());
            match kind {
                0 if at < bytes.len() => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if at < bytes.len() => { bytes.remove(at); }
                _ => bytes.truncate(at.max(300)),
            }
        }
        match shapes::read_from(&bytes[..], "t.xml", &ShapeOptions::default(), Some(&network())) {
            Ok(shapes) => for polygon in shapes.polygons {
                prop_assert!(polygon.corners.len() >= 3 && polygon.corners.first() != polygon.corners.last());
            },
            Err(error) => prop_assert!(error.place().is_some() && !error.help().is_empty(), "{error}"),
        }
    }
}

fn read(text: &str, network: Option<&Network>) -> Result<Shapes, MobilityError> {
    shapes::read_from(text.as_bytes(), "t.xml", &ShapeOptions::default(), network)
}

fn network() -> Network {
    net::read_from(NETWORK.as_bytes(), "crossing.net.xml").expect("a network")
}

fn location(text: &str) -> &str {
    let start = text.find("<location").expect("it has one");
    &text[start..start + text[start..].find("/>").expect("it ends") + 2]
}

const METRES: &str = include_str!("data/crossing.poly.xml");
const DEGREES: &str = include_str!("data/crossing_degrees.poly.xml");
const NETWORK: &str = include_str!("data/crossing.net.xml");
