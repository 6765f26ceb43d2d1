//! Runs of the command: what they print and leave.

mod common;

use common::{CHAIN, folder_with, names, printed, roadmesh};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

#[test]
fn a_run_prints_the_table_and_leaves_the_results() {
    let folder = folder_with(CHAIN);
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &["sim", "scenario.yaml"]));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    for text in [
        "chain, seed 1",
        "60.0 s simulated",
        "simulated seconds per second",
        "warm-up of 5.00 s",
        "VEHICLES",
        "connected share of that time",
        "DELIVERY",
        "round trip",
        "ROUTES",
        "route changes",
        "INTERRUPTIONS",
        "failovers",
        "handovers",
        "AIR",
        "relays of heartbeats",
        "replies",
        "control in all",
        "DROPS",
        "Results: results/chain-seed1\n",
    ] {
        assert!(stdout.contains(text), "{text:?} in\n{stdout}");
    }
    assert!(!stdout.contains("PARTIAL"), "{stdout}");
    assert!(
        stdout.lines().all(|line| line.chars().count() <= 80),
        "a line is wider than 80 columns:\n{stdout}"
    );

    let results = folder.path().join("results/chain-seed1");
    assert_eq!(
        names(&results),
        [
            "events.jsonl",
            "flows.csv",
            "latency.csv",
            "losses.csv",
            "manifest.json",
            "report.html",
            "seconds.csv",
            "summary.json",
            "timing.json",
            "tracks.csv"
        ]
    );
    let manifest = json(&results.join("manifest.json"));
    assert_eq!((&manifest["name"], &manifest["seed"]), (&"chain".into(), &1.into()));
    assert_eq!(manifest["scenario_text"], CHAIN);
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    let summary = json(&results.join("summary.json"));
    assert_eq!(summary["partial"], false);
    assert_eq!(summary["scenario_hash"], manifest["scenario_hash"]);
    let seconds = fs::read_to_string(results.join("seconds.csv")).unwrap();
    assert_eq!(seconds.lines().count(), 1 + 60);
    let events = fs::read_to_string(results.join("events.jsonl")).unwrap();
    assert!(events.lines().all(|line| serde_json::from_str::<Value>(line).unwrap()["at_us"].is_u64()));
    let flows = fs::read_to_string(results.join("flows.csv")).unwrap();
    assert!(flows.lines().any(|line| line.starts_with("telemetry,car3,rsu1,up,")), "{flows}");
    assert!(json(&results.join("timing.json"))["wall_s"].as_f64().unwrap() > 0.0);

    let (stdout, _, code) = printed(&roadmesh(folder.path(), &["sim", "scenario.yaml"]));
    assert_eq!(code, Some(0));
    assert!(stdout.contains("(older results there were replaced)"), "{stdout}");
}

#[test]
fn two_runs_give_the_same_bytes_but_for_the_timing() {
    let folder = folder_with(CHAIN);
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    fs::copy(folder.path().join("scenario.yaml"), folder.path().join("elsewhere/other.yaml")).unwrap();
    for (file, out) in [("scenario.yaml", "one"), ("elsewhere/other.yaml", "elsewhere/two")] {
        let (stdout, stderr, code) =
            printed(&roadmesh(folder.path(), &["sim", file, "--out", out, "--quiet"]));
        assert_eq!((stdout.as_str(), stderr.as_str(), code), ("", "", Some(0)));
    }
    let (one, two) = (folder.path().join("one"), folder.path().join("elsewhere/two"));
    assert_eq!(names(&one), names(&two));
    for name in names(&one).iter().filter(|name| *name != "timing.json") {
        assert!(fs::read(one.join(name)).unwrap() == fs::read(two.join(name)).unwrap(), "{name} differs");
    }
}

#[test]
fn another_seed_gives_other_results() {
    let folder = folder_with(CHAIN);
    for seed in ["1", "2"] {
        roadmesh(folder.path(), &["sim", "scenario.yaml", "--seed", seed, "--out", seed, "--quiet"]);
    }
    let seconds = |seed: &str| fs::read(folder.path().join(seed).join("seconds.csv")).unwrap();
    assert!(seconds("1") != seconds("2"));
}

#[test]
fn json_is_the_summary_and_nothing_else() {
    let folder = folder_with(CHAIN);
    let (stdout, stderr, code) =
        printed(&roadmesh(folder.path(), &["sim", "scenario.yaml", "--json", "--out", "r"]));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    let printed: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(printed, json(&folder.path().join("r/summary.json")));
    assert!(printed["up"]["sent"].as_u64().unwrap() > 0, "{stdout}");
}

#[test]
fn options_change_the_scenario_and_are_recorded() {
    let folder = folder_with(CHAIN);
    let args =
        ["sim", "scenario.yaml", "--set", "traffic.1.rate=20", "--seed", "5", "--duration", "30s", "--quiet"];
    let (_, stderr, code) = printed(&roadmesh(folder.path(), &args));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    let results = folder.path().join("results/chain-seed5");
    let manifest = json(&results.join("manifest.json"));
    assert_eq!(manifest["overrides"], serde_json::json!(["traffic.1.rate=20", "seed=5", "duration=30s"]));
    assert_eq!(manifest["scenario"]["traffic"][1]["rate"], "20/s");
    assert_eq!(json(&results.join("summary.json"))["simulated_s"], 30.0);
    let flows = fs::read_to_string(results.join("flows.csv")).unwrap();
    let telemetry = flows.lines().find(|line| line.starts_with("telemetry")).unwrap();
    assert_eq!(
        telemetry.split(',').nth(4),
        Some("480"),
        "20/s for 24 s: without warm-up and last second: {telemetry}"
    );
}

#[test]
fn an_interrupt_ends_the_run_with_what_was_measured() {
    let folder = folder_with(CHAIN);
    let mut child = Command::new(env!("CARGO_BIN_EXE_roadmesh"))
        .current_dir(folder.path())
        .args(["sim", "scenario.yaml", "--duration", "50000h", "--out", "r"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let seconds = folder.path().join("r/seconds.csv");
    while !fs::read_to_string(&seconds).is_ok_and(|text| text.lines().count() > 20) {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        thread::sleep(Duration::from_millis(10));
    }
    let interrupt = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap();
    assert!(interrupt.success());
    let (stdout, stderr, code) = printed(&child.wait_with_output().unwrap());
    assert_eq!((stderr.as_str(), code), ("", Some(130)));
    assert!(stdout.contains("PARTIAL"), "{stdout}");

    let summary = json(&folder.path().join("r/summary.json"));
    assert_eq!(summary["partial"], true);
    let simulated = summary["simulated_s"].as_f64().unwrap();
    assert!(simulated > 20.0 && simulated < 1e8, "{simulated}");
    assert!(summary["up"]["delivered"].as_u64().unwrap() > 0);
    assert_eq!(names(&folder.path().join("r")).len(), 10);
    let report = fs::read_to_string(folder.path().join("r/report.html")).unwrap();
    assert!(report.contains("PARTIAL: ended before its time."));
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let folder = folder_with(CHAIN);
    let mut child = Command::new(env!("CARGO_BIN_EXE_roadmesh"))
        .current_dir(folder.path())
        .args(["sim", "scenario.yaml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let (_, stderr, code) = printed(&child.wait_with_output().unwrap());
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
}

fn json(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}
