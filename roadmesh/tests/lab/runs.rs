//! Labs one after the other.

use crate::support::{CHAIN, Lab, kill};
use std::thread;
use std::time::Duration;

const SHORT: [&str; 6] = ["--duration", "3s", "--set", "warmup=1s", "--set", "seed=7"];

#[test]
fn several_labs_say_something_together() {
    let Some(lab) = Lab::spawn(CHAIN, &[&SHORT[..], &["--runs", "3"]].concat()) else { return };
    let ended = lab.end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for text in
        ["chain, 3 runs, seeds 7 to 9", "LIVE: whether this machine kept up", "late, 99 %", "round trip"]
    {
        assert!(ended.stdout.contains(text), "{text:?} in\n{}", ended.stdout);
    }
    assert!(ended.stderr.contains("run 3 of 3, seed 9"), "{}", ended.stderr);
    let summary = ended.summary();
    assert_eq!((&summary["partial"], &summary["seeds"]), (&false.into(), &vec![7, 8, 9].into()));
    let sent = &summary["figures"]["up.sent"];
    // A second of ten requests and five reports a second, in each of the three.
    assert_eq!((&sent["runs"], &sent["mean"]), (&3.into(), &15.0.into()));
    for seed in 7..=9 {
        assert!(ended.file(&format!("seed{seed}/lateness.csv")).lines().count() > 1);
    }
    assert!(ended.file("report.html").contains("--set seed=7 --runs 3"), "how to repeat it");
}

#[test]
fn an_interrupt_ends_the_lab_that_runs_and_keeps_those_before() {
    let Some(mut lab) = Lab::spawn(CHAIN, &[&SHORT[..], &["--runs", "50"]].concat()) else { return };
    let running = |seed: &str| lab.results().join(seed).join("seconds.csv");
    let second = running("seed8");
    while !second.exists() {
        assert!(lab.child.try_wait().unwrap().is_none(), "it ended");
        thread::sleep(Duration::from_millis(20));
    }
    lab.signal("INT");
    let ended = lab.end();
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    assert!(ended.stdout.contains("PARTIAL: 50 runs were wanted"), "{}", ended.stdout);
    let summary = ended.summary();
    assert_eq!((&summary["partial"], &summary["seeds"]), (&true.into(), &vec![7].into()));
    assert!(ended.file("seed8/summary.json").contains("\"partial\": true"), "it was ended in order");
}

#[test]
fn killing_it_ends_the_lab_too() {
    let Some(mut lab) = Lab::spawn(CHAIN, &[&SHORT[..], &["--runs", "50"]].concat()) else { return };
    let first = lab.results().join("seed7/seconds.csv");
    while !first.exists() {
        assert!(lab.child.try_wait().unwrap().is_none(), "it ended");
        thread::sleep(Duration::from_millis(20));
    }
    let inner = lab.inner();
    kill("KILL", lab.child.id());
    lab.child.wait().unwrap();
    // It is gone, or somebody else's child that is not waited for yet.
    let state = || std::fs::read_to_string(format!("/proc/{inner}/stat")).unwrap_or_default();
    while !state().is_empty() && !state().contains(") Z ") {
        thread::sleep(Duration::from_millis(20));
    }
    assert!(!lab.command(&["ps"], &[]).status.success(), "no lab answers to the name");
}

#[test]
fn what_makes_no_sense_for_several_is_refused() {
    for (args, code, expected) in [
        (&["--runs", "2", "--keep"][..], 2, "cannot be used with"),
        (&["--runs", "2", "--pcap", "x"], 2, "cannot be used with"),
        (&["--runs", "2", "--set", "radio.attempts=0"], 2, "--set radio.attempts=0"),
    ] {
        let Some(lab) = Lab::spawn(CHAIN, args) else { return };
        let ended = lab.end();
        assert_eq!(ended.code, Some(code), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(expected), "{args:?}: {}", ended.stderr);
    }
}
