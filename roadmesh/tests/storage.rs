//! Where results can't be written: said before the run where it can be known, and nothing lost where it can't.

mod common;

use common::{CHAIN, folder_with, names, printed, roadmesh};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn a_folder_that_nobody_may_write_to_is_refused_before_the_run() {
    let folder = folder_with(CHAIN);
    // Not even root makes folders there.
    let endless = ["sim", "scenario.yaml", "--duration", "50000h", "--out", "/proc/results"];
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &endless));
    assert_eq!((stdout.as_str(), code), ("", Some(1)));
    assert!(stderr.contains("`/proc/results`: ") && stderr.contains("--out"), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

#[test]
fn a_full_disk_ends_the_run_and_keeps_what_was_written() {
    let folder = folder_with(CHAIN);
    fs::create_dir(folder.path().join("disk")).unwrap();
    // A mount of its own, gone with the shell; what is on it is copied away before.
    let script = "mount -t tmpfs -o size=64k none disk || exit 77\n\
                  \"$1\" sim scenario.yaml --duration 50000h --out disk/r; code=$?\n\
                  cp -r disk/r kept; exit $code";
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_roadmesh")]);
    let output = command.current_dir(folder.path()).env("NO_COLOR", "1").output().unwrap();
    let (stdout, stderr, code) = printed(&output);
    assert_eq!((stdout.as_str(), code), ("", Some(1)), "{stderr}");
    assert!(stderr.contains("`disk/r/") && stderr.contains("No space left on device"), "{stderr}");
    assert!(stderr.contains("make room there"), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");

    let kept = folder.path().join("kept");
    let text = |name: &str| fs::read_to_string(kept.join(name)).unwrap();
    serde_json::from_str::<serde_json::Value>(&text("manifest.json")).unwrap();
    let seconds = text("seconds.csv");
    let columns = seconds.lines().next().unwrap().split(',').count();
    assert!(seconds.lines().count() > 10 && seconds.ends_with('\n'), "{seconds}");
    assert!(seconds.lines().all(|line| line.split(',').count() == columns), "a torn line: {seconds}");
    let events = text("events.jsonl");
    assert!(events.ends_with('\n') && !events.is_empty());
    assert!(events.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{events}");
    assert!(!names(&kept).contains(&"summary.json".to_owned()), "a run that failed has no summary");
}

#[test]
fn a_full_output_is_an_error_and_no_panic() {
    let folder = folder_with(CHAIN);
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    for args in [vec!["sim", "scenario.yaml"], vec!["scenario", "schema"], vec!["completions", "bash"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roadmesh"));
        command.current_dir(folder.path()).args(&args).env("NO_COLOR", "1");
        let output = command.stdout(full.try_clone().unwrap()).stderr(Stdio::piped()).output().unwrap();
        let (_, stderr, code) = printed(&output);
        assert_eq!(code, Some(1), "{args:?}: {stderr}");
        assert!(stderr.contains("can't print: No space left on device"), "{args:?}: {stderr}");
    }
    assert!(
        Path::new(&folder.path().join("results/chain-seed1/summary.json")).exists(),
        "the results are there"
    );
}
