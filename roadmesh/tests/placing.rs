//! `roadmesh roads place`: road-side units where they reach most.

mod common;

use common::{names, printed, roadmesh};
use std::fs;
use tempfile::TempDir;

/// A street of 1200 m from west to east, with junctions every 400 m, and a car that stays at its eastern end.
fn street() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut network = "<net>".to_owned();
    for piece in 0..3 {
        let (from, to, next) = (piece * 400, (piece + 1) * 400, piece + 1);
        network += &format!(
            "<edge id='e{piece}' from='j{piece}' to='j{next}'><lane shape='{from},0 {to},0'/></edge>\
             <edge id='w{piece}' from='j{next}' to='j{piece}'><lane shape='{to},0 {from},0'/></edge>"
        );
    }
    for junction in 0..4 {
        network += &format!("<junction id='j{junction}' x='{}' y='0'/>", junction * 400);
    }
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("street.net.xml", &(network + "</net>"));
    write(
        "car.ns2",
        "$node_(0) set X_ 1190\n$node_(0) set Y_ 0\n$ns_ at 9.0 \"$node_(0) setdest 1200 0 10\"\n",
    );
    write(
        "mine.yaml",
        "name: mine # my own\nduration: 10s\nnetwork: { file: street.net.xml }\nradio: { profile: geometric }\n\
         nodes: # of mine\n    # the western one\n    rsu0: { role: rsu, junction: j0 }\n    car: { role: obu, position: [1, 0] }\n",
    );
    folder
}

#[test]
fn the_greedy_choice_is_printed_as_nodes_and_told_in_a_table() {
    let folder = street();
    let args = ["roads", "place", "street.net.xml", "--greedy", "2", "--range", "400"];
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &args));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    // What comes first reaches 800 m of 1200 m, to the length of a sample, and what comes second the rest.
    let (nodes, table) = stdout.split_once("\n\n").unwrap();
    assert!(nodes.starts_with("nodes:\n  rsu0: { role: rsu, position: [4"), "{stdout}");
    assert!(nodes.contains("\n  rsu1: { role: rsu, position: ["), "{stdout}");
    assert!(table.lines().all(|line| line.starts_with('#')), "{stdout}");
    assert!(table.contains("# 2 RSUs with a range of 400 m"), "{stdout}");
    assert!(table.contains("rsu0") && (table.contains(" 66.7 ") || table.contains(" 66.8 ")), "{stdout}");
    let together = table.split("all together: ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    assert!(together.parse::<f64>().unwrap() > 95.0, "two reach nearly all, the greedy choice too: {stdout}");

    let args = ["roads", "place", "street.net.xml", "--greedy", "5", "--range", "100", "--trace", "car.ns2"];
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &args));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    assert!(stdout.contains("# 1 RSUs with") && stdout.contains("100.0 % of vehicle-time"), "{stdout}");
    assert!(
        stdout.contains("position: [1200.00, 0.00]"),
        "a junction, where several sites do as much: {stdout}"
    );
}

#[test]
fn a_scenario_gets_more_of_them_in_a_new_file() {
    let folder = street();
    let place =
        |more: &[&str]| printed(&roadmesh(folder.path(), &[&["roads", "place", "mine.yaml"], more].concat()));
    let (stdout, stderr, code) = place(&[]);
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    assert!(
        stdout.starts_with("1 RSUs with a range of 199 m") && stdout.contains("there already"),
        "{stdout}"
    );
    assert!(stdout.contains("all together: 16.5 % of the roads' length"), "199 m of 1200 m: {stdout}");

    let (stdout, stderr, code) = place(&["--every", "600", "--write", "more.yaml"]);
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    assert!(stdout.contains("Wrote more.yaml") && stdout.contains("3 RSUs"), "{stdout}");
    let written = fs::read_to_string(folder.path().join("more.yaml")).unwrap();
    let more = "nodes: # of mine\n    rsu1: { role: rsu, position: [600.00, 0.00] }\n    rsu2: { role: rsu, position: [1200.00, 0.00] }\n    # the western one\n";
    assert!(written.contains(more) && written.starts_with("name: mine # my own\n"), "{written}");
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &["scenario", "check", "more.yaml"]));
    assert_eq!((stderr.as_str(), code), ("", Some(0)), "{stdout}");
    assert!(stdout.contains("3 RSUs"), "{stdout}");

    let (_, stderr, code) = place(&["--every", "600", "--write", "more.yaml"]);
    assert!(code == Some(2) && stderr.contains("`more.yaml` exists already"), "{stderr}");

    let args = [
        "roads",
        "place",
        "street.net.xml",
        "--junctions",
        "--spacing",
        "500",
        "--trace",
        "car.ns2",
        "--write",
        "2024.yaml",
    ];
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &args));
    assert_eq!((stderr.as_str(), code), ("", Some(0)), "{stdout}");
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &["scenario", "check", "2024.yaml"]));
    assert_eq!((stderr.as_str(), code), ("", Some(0)), "{stdout}");
}

/// Those of groups are there too, unless they drive.
#[test]
fn groups_of_a_scenario_count() {
    let folder = street();
    let scenario = "name: g\nduration: 9s\nnetwork: { file: street.net.xml }\nradio: { profile: geometric }\ngroups:\n  \
        post: { role: rsu, count: 2, place: { line: { from: [0, 0], to: [600, 0] } } }\n  \
        bus: { role: rsu, count: 1, place: { road: { waypoints: [[0, 0], [9, 0]], speed: 1, at_end: loop } } }\n";
    fs::write(folder.path().join("groups.yaml"), scenario).unwrap();
    let args = ["roads", "place", "groups.yaml", "--every", "600", "--range", "300"];
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &args));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    assert!(stdout.starts_with("nodes:\n  rsu0: { role: rsu, position: [1200.00, 0.00] }\n\n"), "{stdout}");
    assert!(stdout.contains("# 3 RSUs") && stdout.contains(" post2") && !stdout.contains("bus"), "{stdout}");
}

#[test]
fn what_is_behind_a_building_is_not_reached() {
    let folder = street();
    let wall = "<additional><poly id='b' type='building' shape='600,-50 610,-50 610,50 600,50 600,-50'/></additional>";
    fs::write(folder.path().join("wall.poly.xml"), wall).unwrap();
    let args = [
        "roads",
        "place",
        "street.net.xml",
        "--junctions",
        "1",
        "--range",
        "5000",
        "--buildings",
        "wall.poly.xml",
    ];
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &args));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    assert!(stdout.contains("junction j1") && stdout.contains("all together: 50.0 %"), "{stdout}");
    // Those in the way of the scenario's radio are too.
    let scenario = "name: w\nduration: 9s\nnetwork: { file: street.net.xml }\n\
        radio: { profile: 80211p, 80211p: { propagation: { buildings: wall.poly.xml } } }\n\
        nodes:\n  a: { role: rsu, junction: j1 }\n";
    fs::write(folder.path().join("wall.yaml"), scenario).unwrap();
    let (stdout, stderr, code) =
        printed(&roadmesh(folder.path(), &["roads", "place", "wall.yaml", "--range", "5000"]));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    assert!(stdout.contains("all together: 50.0 %"), "{stdout}");
    let crossed = wall.replace("610,50 600,50", "600,50 610,50");
    fs::write(folder.path().join("wall.poly.xml"), crossed).unwrap();
    let (_, stderr, code) = printed(&roadmesh(folder.path(), &args));
    assert!(code == Some(2) && stderr.contains("the polygon `b` of `wall.poly.xml`"), "{stderr}");
}

#[test]
fn mistakes_say_what_to_do() {
    let folder = street();
    let ideal =
        "name: i\nduration: 9s\nradio: { profile: ideal }\nnodes: { a: { role: rsu, position: [0, 0] } }\n";
    fs::write(folder.path().join("ideal.yaml"), ideal).unwrap();
    fs::write(folder.path().join("paths.net.xml"), "<net/>").unwrap();
    for (args, message, help) in [
        (vec!["street.net.xml"], "no road-side units with a place yet", "--every METRES"),
        (vec!["ideal.yaml", "--every", "9"], "distance is of no importance", "--range METRES"),
        (vec!["ideal.yaml", "--every", "9", "--range", "9"], "there is no road network", "--network FILE"),
        (vec!["paths.net.xml", "--every", "9"], "there is nothing to reach", "roads for cars"),
        (vec!["none.yaml", "--every", "9"], "none.yaml", ""),
        (vec!["street.net.xml", "--every", "0"], "give metres, from 1", ""),
        (vec!["street.net.xml", "--every", "9", "--greedy", "2"], "cannot be used with", ""),
        (
            vec![
                "ideal.yaml",
                "--every",
                "400",
                "--range",
                "9",
                "--network",
                "street.net.xml",
                "--write",
                "out.yaml",
            ],
            "can't be added to",
            "paste what is printed",
        ),
    ] {
        let (_, stderr, code) =
            printed(&roadmesh(folder.path(), &[vec!["roads", "place"], args.clone()].concat()));
        assert_eq!(code, Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains(message) && stderr.contains(help), "{args:?}: {stderr}");
    }
    assert!(!names(folder.path()).contains(&"out.yaml".to_owned()), "nothing is left of what failed");
}
