//! SUMO's networks: what netconvert wrote, what is mistaken, and whatever else there may be.

use flate2::Compression;
use flate2::write::GzEncoder;
use mobility_lib::{MobilityError, Network, NotThere, Position, net};
use proptest::collection::vec;
use proptest::prelude::*;
use std::io::Write;

#[test]
fn junctions_are_where_netconvert_put_them() {
    let network = read(REAL.as_bytes()).expect("a network");
    let ids: Vec<&str> = network.junctions().collect();
    assert_eq!(ids, ["101", "102", "105"]);
    assert_eq!(network.junction("101"), Some(Position { x: 0.0, y: 8.28 }));
    assert_eq!(network.junction(":102_6_0"), None, "that one is inside of a junction");
    assert_eq!(network.junction("103"), None);
}

/// The longitudes and latitudes are those that netconvert was given. It projects by PROJ, and writes centimetres.
#[test]
fn places_on_earth_are_where_netconvert_put_them() {
    let network = read(REAL.as_bytes()).expect("a network");
    for (id, longitude, latitude) in [("101", 13.53, 52.43), ("102", 13.536, 52.43), ("105", 13.542, 52.432)]
    {
        let (here, there) = (
            network.place(longitude, latitude).expect("a place"),
            network.junction(id).expect("it is there"),
        );
        assert!(here.distance(there) < 0.015, "{id}: {here:?} and {there:?}");
    }
}

/// The central meridian's easting is 500 km by definition, and on the equator its northing is 0.
#[test]
fn utm_has_its_origin_where_it_is_defined() {
    let text = REAL.replace("-400056.28,-5809873.81", "0,0");
    let network = read(text.as_bytes()).expect("a network");
    assert_eq!(network.place(15.0, 0.0), Ok(Position { x: 500_000.0, y: 0.0 }));
    let east = network.place(16.0, 52.0).expect("a place");
    let west = network.place(14.0, 52.0).expect("a place");
    assert!((east.x + west.x - 1e6).abs() < 0.002 && (east.y - west.y).abs() < 0.002, "{east:?} {west:?}");
}

#[test]
fn a_network_is_plain_or_gzipped() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(REAL.as_bytes()).expect("memory takes it");
    let packed = packed.finish().expect("memory takes it");
    assert_eq!(read(&packed).expect("a network").junctions().count(), 3);
    let error = read(&packed[..packed.len() / 2]).expect_err("half of it");
    assert!(error.message().contains("ends in the middle"), "{error}");
}

#[test]
fn what_has_no_projection_says_so() {
    let nowhere =
        |text: &str| read(text.as_bytes()).expect("a network").place(13.5, 52.4).expect_err("nowhere");
    assert_eq!(nowhere("<net/>"), NotThere::NoProjection);
    assert_eq!(
        nowhere("<net><location netOffset=\"0,0\" projParameter=\"!\"/></net>"),
        NotThere::NoProjection
    );
    for strange in ["", "-", "."] {
        let text = format!("<net><location netOffset=\"0,0\" projParameter=\"{strange}\"/></net>");
        assert_eq!(nowhere(&text), NotThere::Unknown(strange.to_owned()));
    }
}

/// Only cars have to get from junction to junction.
#[test]
fn paths_may_lead_anywhere() {
    let path = "<net><edge id='e' from='a' to='b'><lane allow='pedestrian' shape='1,2'/></edge></net>";
    assert_eq!(read(path.as_bytes()).expect("a network").roads().count(), 0);
}

#[test]
fn mistakes_have_a_place_and_a_remedy() {
    for (text, place, message) in [
        ("", "1:1", "the network is empty"),
        ("id,x,y", "1:1", "not an XML file"),
        ("<fcd-export/>", "1:1", "this is <fcd-export>, not <net>"),
        ("<net>\n", "2:1", "</net> is missing"),
        ("<net>\n<junction id='a' x='1' y='2'/>", "2:31", "</net> is missing"),
        ("<net>\n<junction id='a' x='1'/></net>", "2:1", "needs the attributes id, x and y"),
        ("<net>\n<junction id='a' x='here' y='2'/></net>", "2:21", "x = \"here\" is not a number"),
        ("<net>\n<junction id='a' x='nan' y='2'/></net>", "2:21", "is not a number"),
        ("<net>\n<junction id='a' x='1e99' y='2'/></net>", "2:21", "farther than any road"),
        ("<net>\n<junction id='' x='1' y='2'/></net>", "2:15", "the id is empty"),
        (
            "<net><junction id='a' x='1' y='2'/>\n<junction id='a' x='1' y='2'/></net>",
            "2:15",
            "two junctions",
        ),
        ("<net>\n<location netOffset='0' projParameter='!'/></net>", "2:22", "is not two numbers"),
        ("<net>\n<location netOffset=0 projParameter='!'/></net>", "2:21", "no quotation marks"),
        ("<net>\n<location projParameter='+proj=cube'/></net>", "2:26", "\"+proj=cube\" isn't known"),
        ("<net>\n<location projParameter='+proj=utm +zone=99'/></net>", "2:26", "isn't known"),
        ("<net>\n<junction id='a' id='b' x='1' y='2'/></net>", "2:22", "id stands twice in <junction>"),
        ("<net>\n<edge id='a' from='' to='b'/></net>", "2:20", "the from is empty"),
        ("<net>\n<edge id='a' from='b'/></net>", "2:1", "needs the attributes id, from and to"),
        (
            "<net><junction id='a' x='1' y='2'/>\n\n <edge id='e' from='a' to='b'><lane shape='1,2 3,4'/></edge></net>",
            "3:2",
            "the edge \"e\" leads to the junction \"b\", and there is no such junction",
        ),
        (
            "<net><edge id='e' from='a' to='b'>\n<lane shape='1,2'/></edge></net>",
            "2:14",
            "fewer than two points",
        ),
        (
            "<net><edge id='e' from='a' to='b'>\n<lane shape='1,2 3e9,4'/></edge></net>",
            "2:18",
            "3e9,4 is farther",
        ),
        ("<net>\n</junction></net>", "2:1", "</junction> stands where <net> should be closed"),
        ("<net/>\n<net/>", "2:1", "follows the end"),
    ] {
        let error = read(text.as_bytes()).expect_err(text);
        assert!(error.message().contains(message), "{text:?}: {error}");
        assert_eq!(error.place().map(|place| place.to_string()).as_deref(), Some(place), "{text:?}: {error}");
        assert!(!error.help().is_empty());
    }
    let missing = net::read(std::path::Path::new("none.net.xml")).expect_err("there is none");
    assert!(matches!(missing, MobilityError::Open { .. }), "{missing}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn mutated_networks_never_panic(
        edits in vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..6),
        longitude in -360.0..360.0f64,
        latitude in -180.0..180.0f64,
    ) {
        let mut bytes = REAL.as_bytes().to_vec();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len().max(1)).min(bytes.len());
            match kind {
                0 if at < bytes.len() => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if at < bytes.len() => { bytes.remove(at); }
                _ => bytes.truncate(at.max(900)),
            }
        }
        match read(&bytes) {
            Ok(network) => {
                if let Ok(place) = network.place(longitude, latitude) {
                    prop_assert!(place.x.is_finite() && place.y.is_finite());
                }
            }
            Err(error) => prop_assert!(error.place().is_some() && !error.help().is_empty(), "{error}"),
        }
    }

    #[test]
    fn strange_projections_never_panic(text in "[+a-z=0-9., -]{0,60}", longitude in -200.0..200.0f64, latitude in -100.0..100.0f64) {
        let text = format!("<net><location netOffset=\"0,0\" projParameter=\"+proj=utm {text}\"/></net>");
        if let Ok(network) = read(text.as_bytes()) {
            let _ = network.place(longitude, latitude);
        }
    }
}

fn read(bytes: &[u8]) -> Result<Network, MobilityError> {
    net::read_from(bytes, "test.net.xml")
}

/// Two streets, made by netconvert 1.15 from an OSM file.
const REAL: &str = include_str!("data/crossing.net.xml");
