//! A small town for SUMO, and whatever looks after processes.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// SUMO's program: what scripts/install-sumo.sh installed, or the one on PATH. Without one, a test is left out, loudly; with
/// ROADMESH_REQUIRE_SUMO set, as in CI, it fails.
pub fn sumo() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_BIN_EXE_roadmesh")).ancestors().nth(2).unwrap();
    let installed = target.join("sumo/bin/sumo");
    let known = if installed.is_file() { installed } else { PathBuf::from("sumo") };
    let version = Command::new(&known).arg("--version").output();
    if version.is_ok_and(|version| version.status.success()) {
        return Some(known);
    }
    let why = "there is no SUMO: run scripts/install-sumo.sh";
    assert!(std::env::var_os("ROADMESH_REQUIRE_SUMO").is_none(), "ROADMESH_REQUIRE_SUMO is set, and {why}");
    // Past the test harness, which would keep it to itself.
    let _ = writeln!(std::io::stderr(), "\nNOT TESTED: {why}\n");
    None
}

/// A grid of nine crossings with some cars on it, two RSUs, and SUMO's configuration, which doesn't end.
pub fn town(sumo: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let net = folder.path().join("grid.net.xml");
    let made = Command::new(sumo.with_file_name("netgenerate"))
        .args(["--grid", "--grid.number=3", "--grid.length=250", "--seed=3", "--output-file"])
        .arg(&net)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("cars.rou.xml", CARS);
    write("town.sumocfg", CONFIGURATION);
    write(
        "town.yaml",
        &format!("{}trace: {{sumo: {{config: town.sumocfg, binary: {}}}}}\n", TOWN, sumo.display()),
    );
    write("fcd.yaml", &format!("{TOWN}trace: {{file: town.fcd.xml}}\n"));
    folder
}

/// Lets SUMO write the trace of the town: what `roadmesh` gets by TraCI, in a file.
pub fn export(sumo: &Path, folder: &Path, seed: u32, precision: u32) {
    let seed = seed.to_string();
    let made = Command::new(sumo)
        .current_dir(folder)
        .args(["-c", "town.sumocfg", "--end", "90", "--fcd-output", "town.fcd.xml", "--no-step-log"])
        .args(["--seed", &seed, "--precision", &precision.to_string()])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

pub fn roadmesh<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roadmesh"));
    command.current_dir(folder).args(arguments).env_remove("SUMO_HOME");
    command
}

/// Runs to the end, which must be a good one.
pub fn good<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Output {
    let output = roadmesh(folder, arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Runs on, with its messages kept.
pub fn start<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Child {
    roadmesh(folder, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

pub fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), process.to_string()]).status().unwrap();
    assert!(sent.success());
}

/// The processes that have `word` in their command line, and are not `roadmesh` themselves.
pub fn processes(word: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(number) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        let program = line.split('\0').next().unwrap_or_default();
        if line.contains(word) && !program.ends_with("roadmesh") {
            found.push(number);
        }
    }
    found
}

/// Waits until something is so; not for ever, so that a test can fail.
pub fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if so() {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("in vain: {what}");
}

/// The files of a folder of results, but for those that may differ: times, and who was asked for vehicles.
pub fn results(folder: &Path, without: &[&str]) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if !without.contains(&name.as_str()) {
            files.push((name, fs::read(entry.path()).unwrap()));
        }
    }
    files.sort();
    files
}

const CARS: &str = r#"<routes>
    <vType id="car" sigma="0.5" maxSpeed="14"/>
    <flow id="east" type="car" begin="0" end="40" number="8" from="A0B0" to="B2C2"/>
    <flow id="north" type="car" begin="3.5" end="100000" period="9" from="A2A1" to="C1C0"/>
    <vehicle id="zoe" type="car" depart="12"><route edges="C0C1 C1C2"/></vehicle>
    <vehicle id="anna" type="car" depart="12"><route edges="C2C1 C1B1 B1A1"><stop lane="C1B1_0" endPos="100" duration="8"/></route></vehicle>
    <vehicle id="short" type="car" depart="20" departPos="240" arrivalPos="245"><route edges="B0B1"/></vehicle>
</routes>
"#;

const CONFIGURATION: &str = r#"<configuration>
    <input><net-file value="grid.net.xml"/><route-files value="cars.rou.xml"/></input>
    <time><begin value="0"/><step-length value="0.5"/></time>
</configuration>
"#;

const TOWN: &str = "
name: town
duration: 60s
warmup: 2s
seed: 5
nodes:
  rsu1: {role: rsu, position: [250, 250]}
  rsu2: {role: rsu, position: [500, 260]}
  mid: {role: obu, position: [400, 245]}
wired: {hosts: [server]}
radio: {profile: geometric}
traffic:
  - {name: up, kind: constant, from: vehicles, to: server, rate: 5, size: 200}
  - {name: down, kind: constant, from: server, to: vehicles, rate: 5, size: 200}
  - {name: own, kind: request, from: anna, to: server, rate: 2, size: 100}
beacons: {senders: [{from: vehicles, rate: 5, size: 200}]}
";
