//! Many runs: what they print and leave.

mod common;

use common::{CHAIN, folder_with, names, printed, roadmesh};
use serde_json::Value;
use std::fs;
use std::path::Path;

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn many_runs_give_means_with_intervals_whatever_runs_beside_what() {
    let folder = folder_with(CHAIN);
    let args = ["sim", "scenario.yaml", "--runs", "4", "--duration", "20s"];
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &[&args[..], &["--jobs", "1"]].concat()));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    for text in [
        "chain, 4 runs, seeds 1 to 4",
        "95 %",
        "round trip, p95",
        "BLACKOUTS",
        "Results: results/chain-seed1-runs4",
    ] {
        assert!(stdout.contains(text), "{text:?} in\n{stdout}");
    }
    assert!(stdout.lines().all(|line| line.chars().count() <= 100), "{stdout}");
    let results = folder.path().join("results/chain-seed1-runs4");
    assert_eq!(
        names(&results),
        ["report.html", "runs.csv", "seed1", "seed2", "seed3", "seed4", "summary.json"]
    );

    // The mean is that of the runs' own files.
    let summary = json(&results.join("summary.json"));
    let ratios = (1..=4)
        .map(|seed| json(&results.join(format!("seed{seed}/summary.json")))["up"]["ratio"].as_f64().unwrap());
    let ratios: Vec<f64> = ratios.collect();
    let figure = &summary["figures"]["up.ratio"];
    assert!((figure["mean"].as_f64().unwrap() - ratios.iter().sum::<f64>() / 4.0).abs() < 1e-12);
    assert!(figure["half_width"].as_f64().is_some());
    assert_eq!((&summary["partial"], &summary["seeds"]), (&false.into(), &vec![1, 2, 3, 4].into()));
    let rows = fs::read_to_string(results.join("runs.csv")).unwrap();
    assert_eq!(rows.lines().count(), 5);

    // One run alone, and the same four at the same time, leave the same bytes.
    let alone = roadmesh(
        folder.path(),
        &["sim", "scenario.yaml", "--duration", "20s", "--seed", "3", "--out", "alone", "-q"],
    );
    assert!(alone.status.success());
    let again = roadmesh(folder.path(), &[&args[..], &["--jobs", "4", "--out", "again", "--json"]].concat());
    assert_eq!(serde_json::from_slice::<Value>(&again.stdout).unwrap(), summary);
    for name in ["summary.json", "events.jsonl", "flows.csv", "seconds.csv"] {
        let read = |folder: &Path| fs::read(folder.join(name)).unwrap();
        let one = read(&results.join("seed3"));
        assert!(one == read(&folder.path().join("again/seed3")), "{name}");
        if name != "summary.json" {
            assert!(one == read(&folder.path().join("alone")), "{name}");
        }
    }
    assert_eq!(
        fs::read(results.join("runs.csv")).unwrap(),
        fs::read(folder.path().join("again/runs.csv")).unwrap()
    );
}

#[test]
fn what_is_wrong_ends_all_runs_with_one_message() {
    let folder = folder_with(CHAIN);
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/notes.txt"), "mine").unwrap();
    for (args, expected) in [
        (&["--runs", "3", "--out", "mine"][..], "holds no such results of ours"),
        (&["--runs", "0"], "invalid value '0'"),
        (&["--runs", "2", "--set", "radio.attempts=0"], "--set radio.attempts=0"),
    ] {
        let output = roadmesh(folder.path(), &[&["sim", "scenario.yaml"][..], args].concat());
        let (stdout, stderr, code) = printed(&output);
        assert_eq!((stdout.as_str(), code), ("", Some(2)), "{args:?}: {stderr}");
        assert!(stderr.contains(expected), "{args:?}: {stderr}");
    }
    assert_eq!(names(&folder.path().join("mine")), ["notes.txt"]);
}

#[test]
fn a_run_is_made_again_and_compared() {
    let folder = folder_with(CHAIN);
    let run = |args: &[&str]| printed(&roadmesh(folder.path(), args));
    let options = ["--duration", "20s", "--set", "protocol.missed=2", "--quiet"];
    assert_eq!(run(&[&["sim", "scenario.yaml", "--out", "one"][..], &options].concat()).2, Some(0));
    // What was made of the results later doesn't matter, and the scenario's file is not needed any more.
    fs::write(folder.path().join("one/seconds.parquet"), "").unwrap();
    fs::remove_file(folder.path().join("scenario.yaml")).unwrap();
    let (stdout, stderr, code) = run(&["verify", "one"]);
    assert_eq!((stdout.as_str(), stderr.as_str(), code), ("one: the same, to the last byte\n", "", Some(0)));

    let seconds = folder.path().join("one/seconds.csv");
    let text = fs::read_to_string(&seconds).unwrap().replacen("\n2,", "\n3,", 1);
    fs::write(&seconds, text).unwrap();
    fs::remove_file(folder.path().join("one/flows.csv")).unwrap();
    let (stdout, _, code) = run(&["verify", "one"]);
    assert_eq!(code, Some(1));
    assert!(stdout.contains("flows.csv: it is missing"), "{stdout}");
    assert!(stdout.contains("seconds.csv, line 3: was 3,") && stdout.contains("is 2,"), "{stdout}");

    let manifest = folder.path().join("one/manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    for (from, to, expected) in [
        ("roadmesh results 2", "roadmesh results 9", "has the format"),
        ("\"scenario_hash\": \"", "\"scenario_hash\": \"0", "was changed"),
        ("{", "[", "is no manifest of a run"),
    ] {
        fs::write(&manifest, text.replacen(from, to, 1)).unwrap();
        let (_, stderr, code) = run(&["verify", "one"]);
        assert_eq!(code, Some(2), "{stderr}");
        assert!(stderr.contains(expected), "{stderr}");
    }
    for (name, expected) in [("nowhere", "can't be read"), (".", "holds no results")] {
        fs::remove_dir_all(folder.path().join("one")).ok();
        let (_, stderr, code) = run(&["verify", name]);
        assert_eq!(code, Some(2), "{stderr}");
        assert!(stderr.contains(expected), "{stderr}");
    }
}

#[test]
fn a_node_tells_why_it_routed_as_it_did_and_the_events_agree() {
    let folder = folder_with(CHAIN);
    let run = |args: &[&str]| printed(&roadmesh(folder.path(), args));
    let options = ["--set", "faults=[{at: 20s, node_down: car2}, {at: 25s, node_up: car2}]", "--quiet"];
    assert_eq!(run(&[&["sim", "scenario.yaml", "--out", "one"][..], &options].concat()).2, Some(0));
    let events = fs::read_to_string(folder.path().join("one/events.jsonl")).unwrap();
    let routes: Vec<Value> = events
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|event| event["node"] == "car3" && event["event"] == "route")
        .collect();
    assert!(routes.len() >= 3, "found, lost, found");
    // Just after each change, and half a second later.
    for event in &routes {
        for later in [1, 500_000] {
            let at = event["at_us"].as_u64().unwrap() + later;
            let time = format!("{at}us");
            let (stdout, stderr, code) = run(&["explain", "one", "--node", "car3", "--at", &time, "--json"]);
            assert_eq!(code, Some(0), "{stderr}");
            let told: Value = serde_json::from_str(&stdout).unwrap();
            let last = routes.iter().rfind(|route| route["at_us"].as_u64().unwrap() <= at).unwrap();
            assert_eq!(&told["before"], last);
            let used = told["rsus"].as_array().unwrap().iter().find(|rsu| rsu["in_use"] == true);
            let hop = used.map_or(&Value::Null, |rsu| &rsu["route"]["next_hop"]);
            assert_eq!(hop, &last["to_hop"], "{told}");
        }
    }
    let (stdout, _, code) = run(&["explain", "one", "--node", "car3", "--at", "10s"]);
    assert_eq!(code, Some(0));
    for text in [
        "car3 at 10 s",
        "BEFORE",
        "found (found): to rsu1 by car2",
        "feasibility distance",
        "won",
        "NEXT",
        "lost",
    ] {
        assert!(stdout.contains(text), "{text:?} in\n{stdout}");
    }
    for (args, expected) in [
        (&["--node", "car9", "--at", "1s"][..], "did you mean `car3`?"),
        (&["--node", "server", "--at", "1s"], "routes nothing"),
        (&["--node", "car3", "--at", "61s"], "the run ends at 60s"),
        (&["--node", "car2", "--at", "22s"], "isn't there at 22s"),
        (&["--node", "car3", "--at", "1s", "--rsu", "rsu9"], "nothing in this run is named `rsu9`"),
    ] {
        let (_, stderr, code) = run(&[&["explain", "one"][..], args].concat());
        assert_eq!(code, Some(2), "{stderr}");
        assert!(stderr.contains(expected), "{args:?}: {stderr}");
    }
}
