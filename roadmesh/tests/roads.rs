//! `roadmesh roads import`: from a map to a scenario that runs.

mod common;

use common::{names, printed, roadmesh};
use std::fs;

#[test]
fn a_map_becomes_a_scenario_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    let import = |out: &str| {
        let args =
            ["roads", "import", MAP, "--vehicles", "40", "--duration", "20s", "--rsus", "3", "--out", out];
        printed(&roadmesh(folder.path(), &args))
    };
    let (stdout, stderr, code) = import("town");
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    assert!(
        stdout.contains("898") && stdout.ends_with("Run it: roadmesh sim town/scenario.yaml\n"),
        "{stdout}"
    );
    let town = folder.path().join("town");
    assert_eq!(
        names(&town),
        ["ATTRIBUTION.txt", "buildings.poly.xml", "roads.net.xml.gz", "scenario.yaml", "traffic.fcd.xml.gz"]
    );
    for file in ["ATTRIBUTION.txt", "buildings.poly.xml", "scenario.yaml"] {
        let text = fs::read_to_string(town.join(file)).unwrap();
        assert!(text.contains("© OpenStreetMap contributors"), "{file}");
    }
    let shapes =
        mobility_lib::shapes::read(&town.join("buildings.poly.xml"), &Default::default(), None).unwrap();
    assert_eq!(shapes.polygons.len(), 898);
    let trace = mobility_lib::fcd::read(&town.join("traffic.fcd.xml.gz"), &Default::default()).unwrap();
    assert_eq!((trace.vehicles.len(), trace.end_us, trace.step_us), (40, 20_000_000, 500_000));

    let (_, stderr, code) = printed(&roadmesh(folder.path(), &["scenario", "check", "town/scenario.yaml"]));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    let (stdout, stderr, code) =
        printed(&roadmesh(folder.path(), &["sim", "town/scenario.yaml", "--json", "--out", "results"]));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    let summary: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert!(summary["up"]["delivered"].as_u64().unwrap() > 0, "{summary}");

    // The same again is the same; and nothing is overwritten.
    assert_eq!(import("again").2, Some(0));
    for file in names(&town) {
        let [one, other] =
            ["town", "again"].map(|name| fs::read(folder.path().join(name).join(&file)).unwrap());
        // Their names are the only difference.
        let renamed = String::from_utf8_lossy(&other).replace("name: 'again'", "name: 'town'");
        assert!(one == other || one == renamed.as_bytes(), "{file}");
    }
    // More of them are placed along its roads, and what stands in the way of its radio is in the way.
    let args = ["roads", "place", "town/scenario.yaml", "--greedy", "2", "--write", "town/more.yaml"];
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &args));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    assert!(stdout.contains("5 RSUs") && stdout.contains("there already"), "{stdout}");
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &["scenario", "check", "town/more.yaml"]));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    assert!(stdout.contains("5 RSUs"), "{stdout}");
    let args = ["roads", "place", MAP, "--junctions", "3", "--range", "300"];
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &args));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    assert_eq!(stdout.matches("junction ").count(), 3, "{stdout}");
    let args = [&args[..], &["--write", "of_a_map.yaml"]].concat();
    let (_, stderr, code) = printed(&roadmesh(folder.path(), &args));
    assert!(code == Some(2) && stderr.contains("`roadmesh roads import`"), "{stderr}");

    let (stdout, stderr, code) = import("town");
    assert_eq!((stdout.as_str(), code), ("", Some(2)));
    assert!(stderr.contains("`town` exists already") && stderr.contains("--out"), "{stderr}");
}

#[test]
fn what_is_odd_in_a_map_gives_a_scenario_that_loads() {
    let folder = tempfile::tempdir().unwrap();
    // A place with four streets round it and one across; one building is right, one crosses itself, one is a line.
    let mut map = "<osm>".to_owned();
    let corners = [(0, 0), (0, 40), (40, 40), (40, 0)];
    for (id, (north, east)) in (1..).zip(corners).chain((11..).zip([(10, 10), (10, 20), (20, 20), (20, 10)]))
    {
        map += &format!("<node id='{id}' lat='47.{:04}' lon='9.{:04}'/>", 1000 + north, 5000 + east);
    }
    for (id, nodes, tag) in [
        (100, "1 2 3 4 1", "highway"),
        (101, "1 3", "highway"),
        (200, "11 12 12 13 14 11", "building"),
        (201, "11 13 12 14 11", "building"),
        (202, "11 12 11 12 11", "building"),
    ] {
        let nodes: String = nodes.split(' ').map(|node| format!("<nd ref='{node}'/>")).collect();
        map += &format!("<way id='{id}'>{nodes}<tag k='{tag}' v='residential'/></way>");
    }
    fs::write(folder.path().join("map.osm"), map + "</osm>").unwrap();
    let args = [
        "roads",
        "import",
        "map.osm",
        "--vehicles",
        "5",
        "--duration",
        "10s",
        "--rsus",
        "1",
        "--out",
        "2024",
    ];
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &args));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    let refused = stdout.lines().find(|line| line.contains("cross themselves")).unwrap();
    assert!(refused.split_whitespace().any(|word| word == "2"), "{stdout}");
    let written = fs::read_to_string(folder.path().join("2024/buildings.poly.xml")).unwrap();
    assert_eq!(written.matches("<poly ").count(), 1, "{written}");
    let (stdout, stderr, code) =
        printed(&roadmesh(folder.path(), &["scenario", "check", "2024/scenario.yaml"]));
    assert_eq!((stderr.as_str(), code), ("", Some(0)), "{stdout}");
}

#[test]
fn mistakes_say_where_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.osm"), "<osm>\n <node id='1' lat='north' lon='9'/>\n</osm>").unwrap();
    for (args, expected) in [
        (vec!["none.osm"], "can't be opened"),
        (vec!["bad.osm"], "bad.osm:2:20: lat = \"north\" is not a number"),
        (vec![MAP, "--vehicles", "99999"], "there is room for"),
        (vec![MAP, "--duration", "1s"], "too short"),
        (vec![MAP, "--vehicles", "0"], "0 is not in"),
    ] {
        let (stdout, stderr, code) =
            printed(&roadmesh(folder.path(), &[&["roads", "import"], &args[..]].concat()));
        assert_eq!((stdout.as_str(), code), ("", Some(2)), "{args:?}: {stderr}");
        // Long lines are wrapped for terminals.
        let flat = stderr.replace("\n  │ ", " ");
        assert!(flat.contains(expected), "{args:?}: {stderr}");
    }
    assert_eq!(names(folder.path()), ["bad.osm"], "nothing is left behind");
}

const MAP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/balzers/map.osm.gz");
