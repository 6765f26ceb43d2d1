//! A SUMO that runs beside the simulation: the same run as with its trace, and an end with it.

mod support;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use support::{export, good, processes, results, roadmesh, signal, start, sumo, town, wait_until};

/// Differ in when, and in what they say of the scenario.
const WHEN: [&str; 1] = ["timing.json"];
const WHO: [&str; 4] = ["timing.json", "manifest.json", "report.html", "summary.json"];

/// The figures of a run, without whose they are.
fn figures(folder: &Path) -> serde_json::Value {
    let mut summary: serde_json::Value = json(&folder.join("summary.json"));
    summary.as_object_mut().unwrap().remove("scenario_hash");
    summary
}

fn json(file: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

#[test]
fn by_traci_and_by_its_trace_a_run_is_the_same() {
    let Some(sumo) = sumo() else { return };
    let town = town(&sumo);
    let folder = town.path();
    export(&sumo, folder, 5, 6);
    for (number, more) in [
        &[][..],
        &["--set", "radio.profile=80211p"],
        &["--set", "trace.begin=21.3s", "--set", "duration=30s"],
    ]
    .iter()
    .enumerate()
    {
        let run = |scenario: &str, out: &str| {
            let out = format!("{out}{number}");
            good(folder, &[&["sim", scenario, "--quiet", "--check", "--out", &out][..], more].concat());
            folder.join(out)
        };
        let [live, again, played] = [("town.yaml", "live"), ("town.yaml", "again"), ("fcd.yaml", "played")]
            .map(|(scenario, out)| run(scenario, out));
        assert!(results(&live, &WHEN) == results(&again, &WHEN), "the same seed, the same run");
        assert_eq!(figures(&live), figures(&played));
        let [live_files, played_files] = [&live, &played].map(|folder| results(folder, &WHO));
        for (one, other) in live_files.iter().zip(&played_files) {
            assert!(one == other, "{} with {more:?}", one.0);
        }
        assert_eq!(live_files.len(), played_files.len());
        let figures = figures(&live);
        assert!(figures["vehicles"].as_u64().unwrap() > 8, "{figures}");
        assert!(figures["up"]["delivered"].as_u64().unwrap() > 300, "{figures}");
    }

    let manifest = json(&folder.join("live0/manifest.json"));
    assert!(manifest["sumo"]["version"].as_str().unwrap().starts_with("SUMO "), "{manifest}");
    assert_eq!((&manifest["sumo"]["seed"], &manifest["sumo"]["step_s"]), (&5.into(), &0.5.into()));
    assert!(manifest["file_hashes"]["trace.sumo.config"].is_string());
    let flows = fs::read_to_string(folder.join("live0/flows.csv")).unwrap();
    assert!(flows.contains("own,anna,server") && flows.contains("up,zoe,server"), "{flows}");
}

/// What listens is asked for as often as it takes to listen.
#[test]
fn a_sumo_that_listens_already_is_taken() {
    let Some(sumo) = sumo() else { return };
    let town = town(&sumo);
    let folder = town.path();
    good(folder, &["sim", "town.yaml", "--quiet", "--out", "ours"]);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let theirs = Command::new(&sumo)
        .current_dir(folder)
        .args(["-c", "town.sumocfg", "--num-clients", "1", "--seed", "5", "--no-step-log"])
        .args(["--remote-port", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let address = format!("trace.sumo={{connect: '127.0.0.1:{port}'}}");
    let connect = ["sim", "town.yaml", "--quiet", "--set", &address, "--out", "theirs"];
    wait_until("it listens", || {
        let output = roadmesh(folder, &connect).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() || stderr.contains("no SUMO can be reached"), "{stderr}");
        output.status.success()
    });
    assert_eq!(figures(&folder.join("theirs")), figures(&folder.join("ours")));
    let about = json(&folder.join("theirs/manifest.json"))["sumo"].clone();
    assert!(about["version"].is_string() && about["seed"].is_null(), "{about}");
    // Told that its only client is gone, it ends.
    assert!(theirs.wait_with_output().unwrap().status.success());
}

#[test]
fn each_run_of_a_sweep_has_a_sumo() {
    let Some(sumo) = sumo() else { return };
    let town = own(&sumo);
    let folder = town.path();
    let sweep = ["sweep", "town.yaml", "--vary", "protocol.hop_limit=1,8", "--runs", "2", "--jobs", "2"];
    good(folder, &[&sweep[..], &["--quiet", "--set", "duration=30s", "--out", "swept"]].concat());
    let table = fs::read_to_string(folder.join("swept/runs.csv")).unwrap();
    assert_eq!(table.lines().count(), 1 + 4, "{table}");
    assert!(sumos(folder).is_empty());
}

/// By default SUMO writes centimetres into a trace: what differs then is what a centimetre makes differ.
#[test]
fn a_trace_in_centimetres_differs_by_that_alone() {
    let Some(sumo) = sumo() else { return };
    let town = town(&sumo);
    let folder = town.path();
    export(&sumo, folder, 5, 2);
    good(folder, &["sim", "town.yaml", "--quiet", "--out", "live"]);
    good(folder, &["sim", "fcd.yaml", "--quiet", "--out", "played"]);
    let [live, played] = ["live", "played"].map(|name| figures(&folder.join(name)));
    for key in ["vehicles", "vehicles_peak", "stays_in_range", "stays_without_route"] {
        assert_eq!(live[key], played[key], "{key}");
    }
    for direction in ["up", "down"] {
        let [live, played] =
            [&live, &played].map(|summary| summary[direction]["delivered"].as_f64().unwrap());
        println!("{direction}: {live} delivered by TraCI, {played} with a trace in centimetres");
        assert!((live - played).abs() <= 0.02 * played);
    }
}

#[test]
fn another_seed_is_other_traffic_and_many_runs_have_a_sumo_each() {
    let Some(sumo) = sumo() else { return };
    let town = own(&sumo);
    let folder = town.path();
    let many =
        ["sim", "town.yaml", "--quiet", "--runs", "6", "--jobs", "3", "--duration", "40s", "--out", "many"];
    good(folder, &many);
    good(folder, &["sim", "town.yaml", "--quiet", "--seed", "7", "--duration", "40s", "--out", "alone"]);
    let alone = results(&folder.join("alone"), &WHO);
    assert!(alone == results(&folder.join("many/seed7"), &WHO), "whatever runs beside it");
    assert!(alone != results(&folder.join("many/seed8"), &WHO), "other seeds, other traffic");
    let seed = |run: &str| json(&folder.join(run).join("manifest.json"))["sumo"]["seed"].clone();
    assert_eq!([seed("many/seed5"), seed("many/seed10")], [5, 10].map(serde_json::Value::from));
    assert!(sumos(folder).is_empty());
}

/// Longer than anybody waits.
const ENDLESS: [&str; 6] = ["sim", "town.yaml", "--quiet", "--duration", "100000s", "--out"];

/// The SUMOs of this town.
fn sumos(folder: &Path) -> Vec<u32> {
    let config = folder.join("own.sumocfg");
    processes(config.to_str().unwrap())
}

/// The town with its folder in SUMO's command line, so that its processes are told from those of other tests.
fn own(sumo: &Path) -> tempfile::TempDir {
    let town = town(sumo);
    let config = town.path().join("own.sumocfg");
    fs::copy(town.path().join("town.sumocfg"), &config).unwrap();
    let scenario = town.path().join("town.yaml");
    let text = fs::read_to_string(&scenario).unwrap();
    fs::write(&scenario, text.replace("town.sumocfg", config.to_str().unwrap())).unwrap();
    town
}

fn has_rows(folder: &Path) -> bool {
    fs::read_to_string(folder.join("out/seconds.csv")).is_ok_and(|text| text.lines().count() > 5)
}

#[test]
fn a_sumo_that_dies_ends_the_run_with_what_was_written() {
    let Some(sumo) = sumo() else { return };
    let town = own(&sumo);
    let run = start(town.path(), &[&ENDLESS[..], &["out"]].concat());
    wait_until("it runs", || has_rows(town.path()));
    // The last one is the program itself, where pip's script started it.
    let running = sumos(town.path());
    signal(*running.iter().max().unwrap(), "KILL");
    let output = run.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("SUMO ended by itself"), "{stderr}");
    assert!(has_rows(town.path()) && !town.path().join("out/summary.json").exists());
    wait_until("it is gone", || sumos(town.path()).is_empty());
}

#[test]
fn whatever_ends_us_ends_sumo() {
    let Some(sumo) = sumo() else { return };
    for (name, code) in [("INT", Some(130)), ("TERM", Some(130)), ("KILL", None)] {
        let town = own(&sumo);
        let run = start(town.path(), &[&ENDLESS[..], &["out"]].concat());
        wait_until("it runs", || has_rows(town.path()) && !sumos(town.path()).is_empty());
        signal(run.id(), name);
        let output = run.wait_with_output().unwrap();
        assert_eq!(output.status.code(), code, "{name}: {}", String::from_utf8_lossy(&output.stderr));
        wait_until(name, || sumos(town.path()).is_empty());
        assert_eq!(town.path().join("out/summary.json").exists(), code.is_some(), "{name}");
    }
}

#[test]
fn many_runs_that_are_interrupted_leave_no_sumo() {
    let Some(sumo) = sumo() else { return };
    let town = own(&sumo);
    let run = start(town.path(), &[&ENDLESS[..], &["out", "--runs", "4", "--jobs", "2"]].concat());
    wait_until("two run", || sumos(town.path()).len() >= 2);
    wait_until("one of them writes", || town.path().join("out/seed5/seconds.csv").exists());
    signal(run.id(), "INT");
    assert_eq!(run.wait_with_output().unwrap().status.code(), Some(130));
    wait_until("they are gone", || sumos(town.path()).is_empty());
}

/// A scenario with a SUMO that is this shell script.
fn scripted(script: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("sumo");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.path().join("t.sumocfg"), "<configuration/>").unwrap();
    let text = format!(
        "name: t\nduration: 5s\nnodes: {{r: {{role: rsu, position: [0, 0]}}}}\nradio: {{profile: geometric}}\n\
         trace:\n  sumo:\n    config: t.sumocfg\n    binary: {}\n    timeout: 1s\n",
        program.display()
    );
    fs::write(folder.path().join("t.yaml"), text).unwrap();
    folder
}

fn complaint(folder: &Path, more: &[&str]) -> String {
    let output = roadmesh(folder, &[&["sim", "t.yaml", "--quiet"][..], more].concat()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(!folder.join("results").exists(), "nothing is written before SUMO runs");
    stderr.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_sumo_that_does_not_start_says_why() {
    let folder = scripted("echo 'Error: no such network.' >&2; exit 1");
    let said = complaint(folder.path(), &[]);
    assert!(said.contains("SUMO doesn't start (exit status: 1)"), "{said}");
    assert!(said.contains("Error: no such network.") && said.contains("t.yaml:"), "{said}");

    let said = complaint(folder.path(), &["--set", "trace.sumo.binary=no-such-sumo"]);
    assert!(said.contains("pip install eclipse-sumo") && said.contains("SUMO_HOME"), "{said}");

    fs::remove_file(folder.path().join("t.sumocfg")).unwrap();
    let said = complaint(folder.path(), &[]);
    assert!(said.contains("the configuration of SUMO `t.sumocfg` can't be read"), "{said}");
}

#[test]
fn a_sumo_that_never_listens_is_given_up_and_ended() {
    let folder = scripted("touch started; sleep 1000");
    let said = complaint(folder.path(), &[]);
    assert!(said.contains("it has not listened for 1s") && said.contains("trace.sumo.timeout"), "{said}");
    let script = folder.path().join("sumo");
    assert!(folder.path().join("started").exists() && processes(script.to_str().unwrap()).is_empty());
}

#[test]
fn an_interrupt_while_sumo_loads_ends_it() {
    let folder = scripted("sleep 1000");
    let run = start(folder.path(), &["sim", "t.yaml", "--quiet", "--set", "trace.sumo.timeout=600s"]);
    let script = folder.path().join("sumo");
    wait_until("it is started", || !processes(script.to_str().unwrap()).is_empty());
    signal(run.id(), "INT");
    assert_eq!(run.wait_with_output().unwrap().status.code(), Some(130));
    wait_until("it is gone", || processes(script.to_str().unwrap()).is_empty());
}

#[test]
fn nobody_listens_where_it_is_to_connect() {
    let folder = scripted("");
    let said = complaint(folder.path(), &["--set", "trace.sumo={connect: 'localhost:1'}"]);
    assert!(said.contains("no SUMO can be reached at localhost:1"), "{said}");
    assert!(said.contains("--remote-port PORT"), "{said}");
}
