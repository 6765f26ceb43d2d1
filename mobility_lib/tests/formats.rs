//! The same movement in three formats, as SUMO exports it; and what ns-2's files and GPS tracks mean.

use mobility_lib::{
    Format, MobilityError, Network, Position, Projection, Trace, TraceOptions, Track, gpx, net, ns2, trace,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

/// SUMO's exporter has everything arrive one step later. It rounds places and speeds to centimetres, and a car that changes lanes
/// goes farther than its speed says, so that in ns-2 it never quite catches up.
#[test]
fn ns2_is_where_sumo_was_a_step_before() {
    let whole = TraceOptions { begin_us: STEP_US, ..TraceOptions::default() };
    let (sumo, ns2) = (exported("fcd.xml", &TraceOptions::default()), exported("ns2", &whole));
    assert_eq!(sumo.vehicles.len(), ns2.vehicles.len());
    let mut distances = Vec::new();
    for (number, car) in (0..).zip(ordered(&sumo)) {
        let node = &ns2.vehicles[&format!("node{number}")];
        let (start_us, end_us) = (car.life().0, car.life().1.expect("it is a trace"));
        assert_eq!(node.life().0, start_us.saturating_sub(STEP_US), "it stands a step before it leaves");
        for at_us in (start_us..end_us).step_by(STEP_US as usize) {
            let (here, there) = (car.at(at_us), node.at(at_us));
            if let (Some(here), Some(there)) = (here, there) {
                distances.push(here.distance(there));
            }
        }
    }
    distances.sort_by(f64::total_cmp);
    assert!(distances.len() > 150, "{} samples", distances.len());
    let share = |share: f64| distances[((distances.len() - 1) as f64 * share) as usize];
    let [most, worst] = [0.8, 1.0].map(share);
    assert!(most < 0.02 && worst < 1.2, "four fifths are within {most} m, all within {worst} m");
}

/// SUMO writes degrees with six digits: 0.11 m to the north, 0.07 m to the east.
#[test]
fn gps_tracks_are_where_sumo_was() {
    let options = TraceOptions::default();
    let (sumo, gpx) = (exported("fcd.xml", &options), exported("gpx", &options));
    assert_eq!(sumo.vehicles.keys().collect::<Vec<_>>(), gpx.vehicles.keys().collect::<Vec<_>>());
    assert_eq!(sumo.end_us, gpx.end_us);
    for (name, car) in &sumo.vehicles {
        let track = &gpx.vehicles[name];
        assert_eq!(car.spans(), track.spans(), "{name}");
        for at_us in (car.life().0..car.life().1.expect("it is a trace")).step_by(250_000) {
            let distance = car.at(at_us).expect("there").distance(track.at(at_us).expect("there"));
            assert!(distance < 0.075, "{name} at {at_us} µs: {distance} m");
        }
    }
}

/// Without a network, the first point is the origin, and lengths are true.
#[test]
fn gps_tracks_have_a_plane_of_their_own() {
    let options = TraceOptions::default();
    let path = data("exported.gpx");
    let projected = exported("gpx", &options);
    let local = read(&path, &options, None).expect("SUMO wrote it");
    assert_eq!(local.vehicles["car0"].at(0), Some(Position { x: 0.0, y: 0.0 }));
    for (name, track) in &local.vehicles {
        let (start_us, end_us) = (track.life().0, track.life().1.expect("it ends") - 1);
        let length =
            |track: &Track| track.at(start_us).expect("there").distance(track.at(end_us).expect("there"));
        let (here, there) = (length(track), length(&projected.vehicles[name]));
        // UTM is 0.04 % too short at its central meridian, and less so away from it.
        assert!((here - there).abs() < 0.001 * there.max(1.0), "{name}: {here} m and {there} m");
    }
}

#[test]
fn setdest_means_what_it_means_in_ns2() {
    let text = "# by hand\n\
        $node_(0) set X_ 0\n$node_(0) set Y_ 0\n$node_(0) set Z_ 0.0\n$god_ set-dist 0 1 2\n\
        $ns_ at 2.0 \"$node_(0) setdest 10 0 1\"\n$ns_ at 5.0 \"$node_(0) setdest 3 10 2.0\"; # turns round\n\
        $ns_ at 20.0 \"$node_(0) setdest 3 20 1\"\n$ns_ at 22 \"$node_(0) setdest 3 20 0\"\n\
        $node_(7) set X_ 5.5 ; $node_(7) set Y_ -1\n$ns_ at 1.0 \"$god_ set-dist 0 7 1\"\nset opt(x) 100\n";
    let trace = read_ns2(text, &TraceOptions::default()).expect("it is right");
    assert_eq!(trace.vehicles.keys().collect::<Vec<_>>(), ["node0", "node7"]);
    assert_eq!((trace.end_us, trace.ignored.others), (22_000_000, 3));
    let at = |second: f64| trace.vehicles["node0"].at((second * 1e6) as u64).expect("it is always there");
    for (second, x, y) in [
        (0.0, 0.0, 0.0),
        (2.0, 0.0, 0.0),
        (3.5, 1.5, 0.0),
        (5.0, 3.0, 0.0),
        (7.5, 3.0, 5.0),
        (10.0, 3.0, 10.0),
    ] {
        assert_eq!(at(second), Position { x, y }, "at {second} s");
    }
    assert_eq!(at(15.0), Position { x: 3.0, y: 10.0 }, "it has arrived, and stands");
    assert_eq!(at(22.0), Position { x: 3.0, y: 12.0 });
    assert_eq!(at(99.0), Position { x: 3.0, y: 12.0 }, "a speed of 0 stops it where it is");
    assert_eq!(trace.vehicles["node7"], Track::fixed(Position { x: 5.5, y: -1.0 }));

    let driving = TraceOptions { parked: false, ..TraceOptions::default() };
    let trace = read_ns2(text, &driving).expect("it is right");
    assert_eq!(trace.vehicles.keys().collect::<Vec<_>>(), ["node0"], "the other one never drives");
    assert_eq!(trace.vehicles["node0"].life(), (2_000_000, Some(22_000_001)));

    let lives =
        format!("{text}$ns_ at 3 \"$g(0) start\"\n$ns_ at 4 \"$g(0) stop\"\n$ns_ at 8.0 \"$g(0) start\"\n");
    let track = read_ns2(&lives, &TraceOptions::default()).expect("it is right").vehicles["node0"].clone();
    let spans: Vec<_> = track.spans().iter().map(|span| (span.start_us, span.end_us)).collect();
    assert_eq!(spans, [(3_000_000, Some(4_000_001)), (8_000_000, Some(22_000_001))]);
    assert_eq!(track.at(3_500_000), Some(Position { x: 1.5, y: 0.0 }));

    let later = TraceOptions { begin_us: 3_500_000, end_us: Some(6_000_000), ..TraceOptions::default() };
    let trace = read_ns2(text, &later).expect("it is right");
    assert_eq!(trace.end_us, 2_500_000);
    assert_eq!(trace.vehicles["node0"].at(0), Some(Position { x: 1.5, y: 0.0 }));
    assert_eq!(trace.vehicles["node0"].at(2_500_000), Some(Position { x: 3.0, y: 2.0 }));
}

#[test]
fn mistakes_of_ns2_have_a_place_and_a_remedy() {
    let with_node = |line: &str| format!("$node_(0) set X_ 1\n$node_(0) set Y_ 2\n{line}\n");
    for (text, place, message) in [
        (String::new(), "1:1", "the trace is empty"),
        ("# nothing\n".to_owned(), "2:1", "the trace has no node"),
        ("hello\n".to_owned(), "1:1", "\"hello\" begins no movement"),
        ("$node_(x) set X_ 1\n".to_owned(), "1:1", "\"$node_(x)\" names no node"),
        ("$node_(0) set W_ 1\n".to_owned(), "1:15", "a node has no \"W_\""),
        ("$node_(0) set X_ 1,5\n".to_owned(), "1:18", "\"1,5\" is not a number"),
        ("$node_(0) set X_ 1e99\n".to_owned(), "1:18", "farther than any road"),
        (with_node("$node_(0) set X_ 3"), "3:15", "set a second time"),
        ("$node_(3) set X_ 1\n".to_owned(), "2:1", "the node 3 has no place at the start"),
        (
            "$ns_ at 1.0 \"$node_(5) setdest 1 2 3\"\n".to_owned(),
            "1:14",
            "the node 5 moves before it has a place",
        ),
        (
            with_node("$ns_ at -1.0 \"$node_(0) setdest 1 2 3\""),
            "3:9",
            "the time \"-1.0\" is not a number from 0",
        ),
        (with_node("$ns_ at nan \"$node_(0) setdest 1 2 3\""), "3:9", "the time \"nan\""),
        (with_node("$ns_ at 1 \"$node_(0) setdest 1 ü 3\""), "3:32", "\"ü\" is not a number"),
        (
            with_node("$ns_ at 1 \"$node_(0) setdest 1 2 -3\""),
            "3:34",
            "the speed \"-3\" is not a number from 0 up",
        ),
        (with_node("$ns_ at 1 \"$node_(0) setdest 1 2 300\""), "3:34", "300 m/s is faster than 100 m/s"),
        (with_node("$ns_ at 1 \"$node_(0) setdest 1 2 3"), "3:11", "a quotation mark is missing"),
        (with_node("$ns_ at 1 \"$node_(0) set X_ 5\""), "3:12", "scheduled for a node, and no movement"),
        (
            with_node("$ns_ at 5 \"$node_(0) setdest 1 2 3\"\n$ns_ at 4 \"$node_(0) setdest 1 2 3\""),
            "4:9",
            "told to leave before it was told so the last time, at 5 s",
        ),
        (with_node("$ns_ at 5 \"$g(0) stop\""), "3:9", "the node 0 stops without having started"),
        (with_node("$ns_ at 5 \"$g(0) start\"; $ns_ at 6 \"$g(0) start\""), "3:34", "starts twice"),
    ] {
        expect(read_ns2(&text, &TraceOptions::default()), place, message);
    }
    let late = TraceOptions { begin_us: 9_000_000, ..TraceOptions::default() };
    expect(
        read_ns2(&with_node(""), &late),
        "4:1",
        "the trace ends at 0 s, before the beginning asked for, 9 s",
    );
    let latin1 = b"$node_(0) set X_ 1 # M\xFCnchen\n";
    expect(ns2::read_from(&latin1[..], "t", &TraceOptions::default()), "1:23", "0xFC is not UTF-8");
}

#[test]
fn tracks_have_names_dates_and_gaps() {
    let text = "<?xml version='1.0'?><gpx xmlns='http://www.topografix.com/GPX/1/1' version='1.1'><metadata><name>no</name>\
        <time>2020-01-01T00:00:00Z</time></metadata><wpt lat='1' lon='1'><time>2020-01-01T00:00:00Z</time></wpt>\
        <trk><name> A &amp; <![CDATA[B]]> </name><desc>a<b/>c</desc><trkseg>\
        <trkpt lat='52.5' lon='13.4'><ele>3</ele><time>2026-05-01T14:00:00+02:00</time></trkpt>\
        <trkpt lat='52.5001' lon='13.4'><time> 2026-05-01T12:00:01.5Z\n</time></trkpt></trkseg><trkseg>\
        <trkpt lat='52.6' lon='13.4'><time>2026-05-01T12:00:10</time></trkpt></trkseg></trk>\
        <trk><trkseg><trkpt lat='52.5' lon='13.4'><time>2026-05-01T12:00:04Z</time></trkpt></trkseg></trk></gpx>";
    let trace = read_gpx(text).expect("it is right");
    assert_eq!(trace.vehicles.keys().collect::<Vec<_>>(), ["A & B", "track2"]);
    let spans: Vec<_> =
        trace.vehicles["A & B"].spans().iter().map(|span| (span.start_us, span.end_us)).collect();
    assert_eq!(spans, [(0, Some(1_500_001)), (10_000_000, Some(10_000_001))]);
    assert_eq!(trace.vehicles["track2"].life(), (4_000_000, Some(4_000_001)));
    assert_eq!((trace.end_us, trace.ignored.others), (10_000_000, 1));
    // A ten-thousandth of a degree of latitude there, by the WGS 84 ellipsoid: 11.127 m.
    let north = trace.vehicles["A & B"].at(1_500_000).expect("there").y;
    assert!((north - 11.127).abs() < 0.002, "{north} m");
}

#[test]
fn mistakes_of_tracks_have_a_place_and_a_remedy() {
    let point = |point: &str| format!("<gpx><trk><trkseg>\n{point}\n</trkseg></trk></gpx>");
    for (text, place, message) in [
        (String::new(), "1:1", "the file of tracks is empty"),
        ("<net/>".to_owned(), "1:1", "this is <net>, not <gpx>"),
        ("<gpx/>".to_owned(), "1:7", "there is no point of a track"),
        ("<gpx><trk>\n".to_owned(), "2:1", "</gpx> is missing"),
        (point("<trkpt lat='1'/>"), "2:1", "needs the attributes lon and lat"),
        (point("<trkpt lat='91' lon='1'/>"), "2:13", "lat = \"91\" is not a number from -90 to 90"),
        (point("<trkpt lat='1' lon='ost'/>"), "2:21", "lon = \"ost\" is not a number from -180 to 180"),
        (point("<trkpt lat='1' lon='1'/>"), "2:1", "the point has no time"),
        (
            point("<trkpt lat='1' lon='1'><time/></trkpt>"),
            "2:24",
            "the time \"\" is neither a date nor seconds",
        ),
        (
            point("<trkpt lat='1' lon='1'><time>\n noon</time></trkpt>"),
            "3:2",
            "\"noon\" is neither a date nor seconds",
        ),
        (point("<trkpt lat='1' lon='1'><time>-1</time></trkpt>"), "2:30", "the time -1 is not from 0"),
        (
            point(
                "<trkpt lat='1' lon='1'><time>5</time></trkpt>\n<trkpt lat='1' lon='1'><time>4</time></trkpt>",
            ),
            "3:1",
            "not after that of the point before",
        ),
        (
            point(
                "<trkpt lat='1' lon='1'><time>5</time></trkpt>\n<trkpt lat='1' lon='1.1'><time>6</time></trkpt>",
            ),
            "3:1",
            "the vehicle jumps 11130 m in 1 s, faster than 100 m/s",
        ),
        (
            point(
                "<trkpt lat='1' lon='1'><time>5</time></trkpt>\n<trkpt lat='1' lon='1'><time>2026-05-01T12:00:00Z</time></trkpt>",
            ),
            "3:30",
            "is not written as the ones before",
        ),
        (
            "<gpx><trk><name>a</name></trk>\n<trk><name>a</name></trk></gpx>".to_owned(),
            "2:12",
            "two tracks with the name \"a\"",
        ),
        (point("lost"), "2:1", "text between the elements"),
        (
            point("<trkpt lat='1' lon='1'><time>&now;</time></trkpt>"),
            "2:30",
            "&now; stands for nothing known",
        ),
    ] {
        expect(read_gpx(&text), place, message);
    }
    let network = net::read_from(&b"<net><location netOffset='0,0' projParameter='-'/></net>"[..], "n");
    let network = network.expect("it is one");
    let text = point("<trkpt lat='1' lon='2'><time>1</time></trkpt>");
    let read = gpx::read_from(text.as_bytes(), "t", &TraceOptions::default(), network.projection());
    expect(read, "2:21", "the network's projection `-` isn't known here");
}

#[test]
fn every_format_may_be_gzipped_and_is_recognised() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for name in ["exported.fcd.xml", "exported.ns2", "exported.gpx"] {
        let plain = read(&data(name), &TraceOptions::default(), None).expect(name);
        let packed = folder.path().join("packed");
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        let text = std::fs::read(data(name)).expect("the fixture is there");
        std::io::Write::write_all(&mut encoder, &text).expect("memory takes it");
        std::fs::write(&packed, encoder.finish().expect("memory takes it")).expect("the disk takes it");
        assert_eq!(read(&packed, &TraceOptions::default(), None).expect(name), plain);
    }
    let error = trace::read(&data("exported.gpx"), Format::Fcd, &TraceOptions::default(), None);
    assert!(error.expect_err("it is none").message().contains("this is <gpx>, not <fcd-export>"));
    let missing = read(Path::new("none.gpx"), &TraceOptions::default(), None);
    assert!(matches!(missing, Err(MobilityError::Open { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn mutated_files_never_panic(
        edits in vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..6),
        is_ns2 in any::<bool>(),
        parked in any::<bool>(),
        begin_us in 0..50_000_000u64,
    ) {
        let text = std::fs::read(data(if is_ns2 { "exported.ns2" } else { "exported.gpx" })).expect("the fixture is there");
        let mut bytes = text[..3000].to_vec();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len().max(1)).min(bytes.len());
            match kind {
                0 if at < bytes.len() => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if at < bytes.len() => { bytes.remove(at); }
                _ => bytes.truncate(at.max(900)),
            }
        }
        let options = TraceOptions { begin_us, parked, end_us: Some(begin_us + 5_000_000), ..TraceOptions::default() };
        let read = match is_ns2 {
            true => ns2::read_from(&bytes[..], "t", &options),
            false => gpx::read_from(&bytes[..], "t", &options, None),
        };
        match read {
            Ok(trace) => prop_assert!(!trace.vehicles.is_empty()),
            Err(error) => prop_assert!(error.place().is_some() && !error.help().is_empty(), "{error}"),
        }
    }

    /// However a node is sent about, it is never faster than it was told to be.
    #[test]
    fn nodes_keep_their_speed(orders in vec((0..3_000_000u64, -200.0..200.0f64, -200.0..200.0f64, 0.0..50.0f64), 1..20)) {
        let mut text = "$node_(0) set X_ 0\n$node_(0) set Y_ 0\n".to_owned();
        let mut at_us = 0;
        for (after_us, x, y, speed) in &orders {
            at_us += after_us;
            text += &format!("$ns_ at {} \"$node_(0) setdest {x} {y} {speed}\"\n", at_us as f64 / 1e6);
        }
        let trace = read_ns2(&text, &TraceOptions::default()).expect("it is right");
        let fastest = orders.iter().map(|order| order.3).fold(0.0, f64::max);
        let track = &trace.vehicles["node0"];
        // Times are whole microseconds.
        for from_us in (0..at_us).step_by(10_000) {
            let (from, to) = (track.at(from_us).expect("there"), track.at(from_us + 10_000).expect("there"));
            prop_assert!(from.distance(to) <= fastest * 0.01 + 2e-4, "{from_us}: {from:?} {to:?}");
        }
    }
}

fn read(
    path: &Path,
    options: &TraceOptions,
    projection: Option<&Projection>,
) -> Result<Trace, MobilityError> {
    trace::read(path, trace::format_of(path), options, projection)
}

fn read_ns2(text: &str, options: &TraceOptions) -> Result<Trace, MobilityError> {
    ns2::read_from(text.as_bytes(), "t", options)
}

fn read_gpx(text: &str) -> Result<Trace, MobilityError> {
    gpx::read_from(text.as_bytes(), "t", &TraceOptions::default(), None)
}

/// The trace must be refused at this place, with a message that contains this one.
fn expect(read: Result<Trace, MobilityError>, place: &str, message: &str) {
    let error = read.expect_err(message);
    assert!(error.message().contains(message), "{error}\nexpected: {message}");
    assert_eq!(error.place().map(|place| place.to_string()).as_deref(), Some(place), "{error}");
    assert!(!error.help().is_empty() && !error.message().contains('\n'), "{error}");
}

/// A trace of SUMO's export; longitudes and latitudes go through the network it was made on.
fn exported(ending: &str, options: &TraceOptions) -> Trace {
    let network = town();
    let path = data(&format!("exported.{ending}"));
    read(&path, options, network.projection()).expect("SUMO wrote it")
}

/// The projection of the town's network.
fn town() -> Network {
    let text = "<net><location netOffset='-398790.46,-5809246.45' convBoundary='0.00,0.00,2628.33,3333.57' \
        origBoundary='13.453860,52.424406,13.575739,52.459757' \
        projParameter='+proj=utm +zone=33 +ellps=WGS84 +datum=WGS84 +units=m +no_defs'/></net>";
    net::read_from(text.as_bytes(), "town.net.xml").expect("it is a network")
}

/// The tracks in the order in which they begin: that of the exporter's numbers.
fn ordered(trace: &Trace) -> Vec<&Track> {
    let mut tracks: Vec<&Track> = trace.vehicles.values().collect();
    tracks.sort_by_key(|track| track.life().0);
    tracks
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// One step of SUMO's, microseconds.
const STEP_US: u64 = 1_000_000;
