//! Traces of other formats than SUMO's, as scenarios name them.

use mobility_lib::{Position, Trace};
use sim_lib::scenario::Scenario;
use sim_lib::world::{World, read_trace};
use std::fs;

const NS2: &str = "$node_(0) set X_ 1\n$node_(0) set Y_ 2\n$ns_ at 5.0 \"$node_(0) setdest 101 2 20\"\n";
const GPX: &str = "<gpx><trk><name>van</name><trkseg><trkpt lat='52.43' lon='13.53'><time>0</time></trkpt>\
    <trkpt lat='52.43' lon='13.531'><time>20</time></trkpt></trkseg></trk></gpx>";
const NETWORK: &[u8] = include_bytes!("../../../mobility_lib/tests/data/crossing.net.xml");

/// The trace of a scenario that ends with `rest`, with `content` as its file.
fn trace(content: &str, rest: &str) -> Result<Trace, String> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("trace", content.as_bytes());
    write("crossing.net.xml", NETWORK);
    write("t.yaml", format!("name: t\nduration: 20s\nradio: {{ profile: geometric }}\n{rest}\n").as_bytes());
    let loaded = Scenario::load(&folder.path().join("t.yaml"), &[]).map_err(|error| error.message)?;
    World::new(&loaded.scenario, &loaded.source.base).map_err(|error| error.to_string())?;
    Ok(read_trace(&loaded.scenario, &loaded.source.base).unwrap().unwrap())
}

#[test]
fn the_content_or_the_scenario_says_which_format_it_is() {
    let found = trace(NS2, "trace: { file: trace, begin: 6s }").unwrap();
    assert_eq!(found.vehicles["node0"].at(0), Some(Position { x: 21.0, y: 2.0 }));
    assert_eq!(found.vehicles["node0"].life(), (0, None));
    let found = trace(NS2, "trace: { file: trace, format: ns2, parked: false }").unwrap();
    assert_eq!(found.vehicles["node0"].life(), (5_000_000, Some(10_000_001)));
    let wrong = trace(NS2, "trace: { file: trace, format: fcd }").unwrap_err();
    assert!(wrong.contains("not an XML file"), "{wrong}");
    let fast = trace(NS2, "trace: { file: trace, max_speed: 10 }").unwrap_err();
    assert!(fast.contains("trace:3:38: a speed of 20 m/s is faster than 10 m/s"), "{fast}");
    let unbelievable = trace(NS2, "trace: { file: trace, max_speed: 0 }").unwrap_err();
    assert!(unbelievable.contains('1'), "{unbelievable}");
}

#[test]
fn gps_tracks_go_through_the_network() {
    let alone = trace(GPX, "trace: { file: trace }").unwrap();
    assert_eq!(alone.vehicles["van"].at(0), Some(Position { x: 0.0, y: 0.0 }));
    let found = trace(GPX, "trace: { file: trace }\nnetwork: { file: crossing.net.xml }").unwrap();
    let van = found.vehicles["van"].at(0).unwrap();
    // Where netconvert put the junction at this place.
    assert!(van.distance(Position { x: 0.0, y: 8.28 }) < 0.015, "{van:?}");
}
