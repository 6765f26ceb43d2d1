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
    assert_eq!(names(&results), ["runs.csv", "seed1", "seed2", "seed3", "seed4", "summary.json"]);

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
        (&["--runs", "3", "--out", "mine"][..], "holds no experiment of ours"),
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
