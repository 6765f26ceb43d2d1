//! What is wrong with an imported file is told: file, line and column, what it is, and what to do. Never a panic, never silence.

mod common;

use common::{printed, roadmesh};
use std::fmt::Write as _;
use std::fs;

#[test]
fn mistakes_in_imported_files_have_a_place_and_a_remedy() {
    let mut table = String::new();
    for Kind { file, text, scenario, args, mistakes } in kinds() {
        let (right, code) = told(file, text, scenario, args);
        assert_eq!((right.as_str(), code), ("", Some(0)), "{file} is right as it is");
        let common = [
            ("the file ends in the middle", &text[..text.len() * 7 / 10]),
            ("another outermost element", "<routes>\n</routes>\n"),
            ("no XML at all", "Dear Sir or Madam,\n"),
            ("an empty file", ""),
        ];
        let common = common.map(|(what, broken)| (what, broken.to_owned()));
        let own = mistakes.iter().map(|(what, old, new)| {
            assert!(text.contains(old), "{file}: {old}");
            (*what, text.replace(old, new))
        });
        for (what, broken) in own.chain(common) {
            let (message, code) = told(file, &broken, scenario, args);
            assert_eq!(code, Some(2), "{file}, {what}: {message}");
            assert!(message.contains(file) && message.contains("help: "), "{what}: {message}");
            let _ = writeln!(table, "{file}, {what}:\n{message}");
        }
    }
    insta::assert_snapshot!(table);
}

/// A kind of imported file.
struct Kind {
    file: &'static str,
    /// One that is right.
    text: &'static str,
    /// What the scenario says that uses it; none if a command takes the file itself.
    scenario: Option<&'static str>,
    args: &'static [&'static str],
    /// What is wrong, and which text is replaced by which.
    mistakes: &'static [(&'static str, &'static str, &'static str)],
}

fn kinds() -> [Kind; 8] {
    [
        Kind {
            file: "t.fcd.xml",
            text: FCD,
            scenario: Some("trace: { file: t.fcd.xml }"),
            args: SIM,
            mistakes: &[
                ("time not in order", "\"0.00\"", "\"5.00\""),
                ("a vehicle off the map", "x=\"20\"", "x=\"2e9\""),
                ("a vehicle that jumps off", "x=\"20\"", "x=\"2000\""),
                ("NaN", "x=\"20\"", "x=\"NaN\""),
            ],
        },
        Kind {
            file: "t.net.xml",
            text: NET,
            scenario: Some("network: { file: t.net.xml }"),
            args: SIM,
            mistakes: &[
                ("unknown projection", "+proj=utm", "+proj=mercury"),
                ("an edge to no junction", "to=\"j1\"", "to=\"j9\""),
                ("a lane of one point", "0,0 400,0", "0,0"),
                ("a junction off the map", "x=\"400\"", "x=\"4e9\""),
                ("NaN", "x=\"400\"", "x=\"NaN\""),
            ],
        },
        Kind {
            file: "t.net.xml",
            text: NET,
            scenario: None,
            args: &["roads", "place", "t.net.xml", "--every", "100"],
            mistakes: &[
                ("a lane off the map", "0,0 400,0", "0,0 4e9,0"),
                ("NaN in a lane", "0,0 400,0", "0,0 NaN,0"),
                ("no road for cars", "<lane", "<path"),
            ],
        },
        Kind {
            file: "t.poly.xml",
            text: POLY,
            scenario: Some("radio: { 80211p: { propagation: { buildings: t.poly.xml } } }"),
            args: SIM,
            mistakes: &[
                ("unknown projection", "+proj=utm", "+proj=mercury"),
                ("a corner off the map", "10,15", "1e9,15"),
                ("NaN", "10,15", "NaN,15"),
                ("a polygon of one point", "0,5 10,5 10,15 0,15 0,5", "0,5"),
                ("a wall through another", "10,15 0,15", "0,15 10,15"),
            ],
        },
        Kind {
            file: "t.ns2",
            text: NS2,
            scenario: Some("trace: { file: t.ns2 }"),
            args: SIM,
            mistakes: &[
                ("time not in order", "at 8.0", "at 0.5"),
                ("a vehicle off the map", "50 10 10", "5e9 10 10"),
                ("too fast a vehicle", "50 10 10", "50 10 1000"),
                ("a node without a place", "X_ 10", "Z_ 10"),
                ("NaN", "50 10 10", "NaN 10 10"),
            ],
        },
        Kind {
            file: "t.gpx",
            text: GPX,
            scenario: Some("trace: { file: t.gpx }\nnetwork: { file: good.net.xml }"),
            args: SIM,
            mistakes: &[
                ("time not in order", "12:00:02Z", "11:00:02Z"),
                ("a point without a time", "<time>2026-05-01T12:00:02Z</time>", ""),
                ("a vehicle off the map", "47.1401", "-47.1401"),
                ("a latitude that there isn't", "47.1401", "97.1401"),
                ("NaN", "47.1401", "NaN"),
            ],
        },
        Kind {
            file: "t.osm",
            text: OSM,
            scenario: None,
            args: &["roads", "import", "t.osm", "--vehicles", "2", "--duration", "10s", "--out", "town"],
            mistakes: &[
                ("ways of missing nodes", "node id=\"", "node id=\"9"),
                ("ways of one node", "<nd ref=\"2\"/>", ""),
                ("a node off the map", "47.1450", "-80"),
                ("a latitude that there isn't", "47.1450", "97"),
                ("NaN", "47.1450", "NaN"),
                ("no road for cars", "residential", "footway"),
            ],
        },
        Kind {
            file: "t.osm",
            text: OSM,
            scenario: None,
            args: &["roads", "place", "t.osm", "--every", "100"],
            mistakes: &[("a way that is there twice", "way id=\"8\"", "way id=\"7\"")],
        },
    ]
}

/// What is said of a file with this text, without its frame, and the exit code.
fn told(file: &str, text: &str, scenario: Option<&str>, args: &[&str]) -> (String, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("good.net.xml", NET);
    write(file, text);
    let radio = "radio: { profile: 80211p }";
    let more = scenario.unwrap_or_default();
    let radio = match more.split_once("radio: {") {
        Some((_, rest)) => format!("radio: {{ profile: 80211p, {rest}"),
        None => format!("{radio}\n{more}"),
    };
    let nodes = "nodes: { rsu: { role: rsu, position: [0, 0] } }";
    write("s.yaml", &format!("name: t\nduration: 2s\n{nodes}\n{radio}\n"));
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), args));
    assert!(code == Some(0) || stdout.is_empty(), "{stdout}");
    let mut told = String::new();
    for line in stderr.lines() {
        match line.strip_prefix("  │ ").or_else(|| line.strip_prefix("        ")) {
            // Long lines are wrapped for terminals, at hyphens too.
            Some(rest) => told += &format!("{}{rest}", if told.ends_with('-') { "" } else { " " }),
            None if line.starts_with("  × ") || line.starts_with("  help: ") => told += &format!("\n{line}"),
            None => {}
        }
    }
    (told.trim_start_matches('\n').to_owned(), code)
}

const SIM: &[&str] = &["sim", "s.yaml", "--json"];
const FCD: &str = "<fcd-export>
 <timestep time=\"0.00\">
  <vehicle id=\"a\" x=\"10\" y=\"10\" speed=\"10\"/>
 </timestep>
 <timestep time=\"1.00\">
  <vehicle id=\"a\" x=\"20\" y=\"10\" speed=\"10\"/>
 </timestep>
</fcd-export>
";
const NET: &str = "<net>
 <location netOffset=\"0.00,0.00\" projParameter=\"+proj=utm +zone=32 +ellps=WGS84 +datum=WGS84 +units=m +no_defs\"/>
 <edge id=\"e\" from=\"j0\" to=\"j1\">
  <lane id=\"e_0\" index=\"0\" speed=\"13.89\" length=\"400\" shape=\"0,0 400,0\"/>
 </edge>
 <junction id=\"j0\" type=\"priority\" x=\"0\" y=\"0\"/>
 <junction id=\"j1\" type=\"priority\" x=\"400\" y=\"0\"/>
</net>
";
const POLY: &str = "<additional>
 <location netOffset=\"0.00,0.00\" projParameter=\"+proj=utm +zone=32 +ellps=WGS84 +datum=WGS84 +units=m +no_defs\"/>
 <poly id=\"b1\" type=\"building\" fill=\"1\" shape=\"0,5 10,5 10,15 0,15 0,5\"/>
</additional>
";
const NS2: &str = "$node_(0) set X_ 10
$node_(0) set Y_ 10
$ns_ at 1.0 \"$node_(0) setdest 50 10 10\"
$ns_ at 8.0 \"$node_(0) setdest 90 10 10\"
";
const GPX: &str = "<gpx>
 <trk><name>a</name><trkseg>
  <trkpt lat=\"47.1400\" lon=\"9.5200\"><time>2026-05-01T12:00:00Z</time></trkpt>
  <trkpt lat=\"47.1401\" lon=\"9.5200\"><time>2026-05-01T12:00:02Z</time></trkpt>
 </trkseg></trk>
</gpx>
";
const OSM: &str = "<osm version=\"0.6\">
 <node id=\"1\" lat=\"47.1400\" lon=\"9.5200\"/>
 <node id=\"2\" lat=\"47.1450\" lon=\"9.5200\"/>
 <node id=\"3\" lat=\"47.1450\" lon=\"9.5270\"/>
 <way id=\"7\"><nd ref=\"1\"/><nd ref=\"2\"/><tag k=\"highway\" v=\"residential\"/></way>
 <way id=\"8\"><nd ref=\"2\"/><nd ref=\"3\"/><tag k=\"highway\" v=\"residential\"/></way>
</osm>
";
