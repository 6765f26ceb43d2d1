//! Sweeps: every combination, what they print and leave, and how they go on.

mod common;

use common::{CHAIN, folder_with, names, printed, roadmesh};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

const SWEEP: [&str; 8] = [
    "sweep",
    "scenario.yaml",
    "--duration",
    "15s",
    "--vary",
    "radio.ideal.default.loss=0,0.5",
    "--vary",
    "radio.attempts=1,3",
];
const BY: &str = "results/chain-by-radio.ideal.default.loss,radio.attempts";

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// When each run was made.
fn made(folder: &Path) -> Vec<(String, SystemTime)> {
    let mut all = Vec::new();
    for point in names(folder).iter().filter(|name| folder.join(name).is_dir()) {
        for seed in names(&folder.join(point)) {
            let file = folder.join(point).join(&seed).join("timing.json");
            all.push((format!("{point}/{seed}"), fs::metadata(file).unwrap().modified().unwrap()));
        }
    }
    all
}

#[test]
fn every_combination_is_run_and_told() {
    let folder = folder_with(CHAIN);
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &[&SWEEP[..], &["--runs=2"]].concat()));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    for text in [
        "chain by radio.ideal.default.loss, radio.attempts: 2 runs each",
        "up.ratio, %",
        "air.control.channel_share, %",
        &format!("Results: {BY}"),
    ] {
        assert!(stdout.contains(text), "{text:?} in\n{stdout}");
    }
    let results = folder.path().join(BY);
    let points = ["0", "0.5"].map(|loss| {
        ["1", "3"].map(|tries| format!("radio.ideal.default.loss={loss},radio.attempts={tries}"))
    });
    for point in points.as_flattened() {
        assert_eq!(names(&results.join(point)), ["seed1", "seed2"]);
    }
    let summary = json(&results.join("summary.json"));
    assert_eq!(summary["partial"], false);
    let ratio = |point: usize| summary["points"][point]["figures"]["up.ratio"]["mean"].as_f64().unwrap();
    assert_eq!(summary["points"][0]["values"], Value::from(vec!["0", "1"]));
    // What loses half its frames delivers less, and trying again helps.
    assert!(ratio(0) > 0.99 && ratio(1) > 0.99 && ratio(2) < ratio(3) && ratio(3) < 0.99, "{stdout}");

    // The rows are those of the runs themselves.
    let mut rows = csv::Reader::from_path(results.join("runs.csv")).unwrap();
    let columns = rows.headers().unwrap().clone();
    assert_eq!(
        columns.iter().take(3).collect::<Vec<_>>(),
        ["radio.ideal.default.loss", "radio.attempts", "seed"]
    );
    let at = columns.iter().position(|name| name == "up.ratio").unwrap();
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 8);
    for row in rows {
        let point = format!("radio.ideal.default.loss={},radio.attempts={}", &row[0], &row[1]);
        let own = json(&results.join(point).join(format!("seed{}", &row[2])).join("summary.json"));
        assert_eq!(own["up"]["ratio"].as_f64().unwrap(), row[at].parse::<f64>().unwrap());
    }
    let points = fs::read_to_string(results.join("points.csv")).unwrap();
    let ratios = points.lines().filter(|line| line.contains(",up.ratio,2,")).count();
    assert_eq!(ratios, 4, "{points}");
}

#[test]
fn it_goes_on_where_it_stopped() {
    let folder = folder_with(CHAIN);
    let results = folder.path().join(BY);
    let run = |args: &[&str]| printed(&roadmesh(folder.path(), &[&SWEEP[..], args].concat()));
    let first = run(&["--runs=2", "--json"]);
    assert_eq!(first.2, Some(0), "{}", first.1);
    let before = made(&results);
    assert_eq!(before.len(), 8);

    // Nothing to do.
    let (stdout, stderr, code) = run(&["--runs=2"]);
    assert_eq!((code, stderr.trim()), (Some(0), "8 of 8 runs are there from before"), "{stdout}");
    assert_eq!(made(&results), before);
    assert!(run(&["--runs=2", "--json"]).0 == first.0, "the same, whether read or made");

    // One that was cut short, one that is another's, one that is gone, one whose end can't be read: those are made again.
    let [partial, other, gone, broken] = [0, 3, 4, 7].map(|index| results.join(&before[index].0));
    let change = |folder: &Path, name: &str, from: &str, to: &str| {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(folder.join(name), text.replacen(from, to, 1)).unwrap();
    };
    change(&partial, "summary.json", "\"partial\": false", "\"partial\": true");
    change(&other, "manifest.json", "\"scenario_hash\": \"", "\"scenario_hash\": \"0");
    fs::remove_dir_all(gone).unwrap();
    fs::write(broken.join("summary.json"), "{\"name\": \"ch").unwrap();
    let (stdout, stderr, code) = run(&["--runs=2", "--json", "--jobs=1"]);
    assert_eq!((stdout == first.0, stderr.as_str(), code), (true, "", Some(0)));
    let after = made(&results);
    let changed: Vec<usize> = (0..8).filter(|index| after[*index] != before[*index]).collect();
    assert_eq!(changed, [0, 3, 4, 7]);

    // A wider one keeps what is there.
    let (_, stderr, code) = run(&["--runs=3"]);
    assert_eq!((code, stderr.contains("8 of 12 runs")), (Some(0), true), "{stderr}");
}

#[test]
fn mistakes_are_told_before_anything_runs() {
    let folder = folder_with(CHAIN);
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/notes.txt"), "mine").unwrap();
    for (args, expected) in [
        (&[][..], "--vary"),
        (&["--vary", "radio.attempts"], "write it as KEY=VALUE"),
        (
            &["--vary", "radio.attempts=1,0"],
            "--vary radio.attempts=0: `radio.attempts` is 0: it must be at least 1",
        ),
        (&["--vary", "radio.atempts=1,2"], "did you mean `attempts`?"),
        (&["--vary", "radio.attempts=1", "--vary", "radio.attempts=2"], "one would undo the other"),
        (&["--vary", "duration=20s,30s", "--duration", "10s"], "one would undo the other"),
        (&["--vary", "seed=1,2"], "--runs"),
        (&["--vary", "radio.attempts=1", "--figure", "up.ration"], "did you mean `up.ratio`?"),
        (&["--vary", "radio.attempts=1", "--out", "mine"], "holds no such results of ours"),
        (&["--vary", "traffic.7.rate=1"], "`traffic` has no entry `7`"),
    ] {
        let output = roadmesh(folder.path(), &[&["sweep", "scenario.yaml"][..], args].concat());
        let (stdout, stderr, code) = printed(&output);
        assert_eq!((stdout.as_str(), code), ("", Some(2)), "{args:?}: {stderr}");
        let flat = stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(expected), "{args:?}: {stderr}");
        assert!(!folder.path().join("results").exists(), "{args:?}");
    }
    assert_eq!(names(&folder.path().join("mine")), ["notes.txt"]);
}
