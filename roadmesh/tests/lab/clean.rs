//! Whatever ends a lab, nothing is left behind.

use crate::support::{CHAIN, Lab, kill, namespaces, roadmesh};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// A number that no other process has in its arguments.
fn marker() -> String {
    format!("3{:09}", std::process::id())
}

/// A lab with a program, an orphan of it, and a command of somebody else in it.
fn busy_lab() -> Option<(Lab, Vec<u32>, String)> {
    let marker = format!("{}{}", marker(), fastrand());
    let scenario = format!(
        "{CHAIN}\nlab:\n  apps:\n    - {{ name: app, node: car1, command: '(setsid sleep {marker} &); sleep {marker}' }}\n"
    );
    let lab = Lab::start(&scenario, &["--keep"])?;
    let mut exec = roadmesh(&lab.results());
    exec.args(["lab", "exec", "--lab", &lab.name, "car2", "--", "sleep", &marker]);
    let exec = exec.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut found = processes(&marker);
    // Three that sleep, and the one that waits for the third.
    while found.len() < 4 {
        thread::sleep(Duration::from_millis(20));
        found = processes(&marker);
    }
    let namespace = lab.exec("car1", "readlink /proc/self/ns/net").trim().to_owned();
    assert!(!processes_in(&namespace).is_empty());
    thread::spawn(move || exec.wait_with_output());
    Some((lab, found, namespace))
}

fn fastrand() -> u32 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos()
}

/// Processes with these words among their arguments.
fn processes(words: &str) -> Vec<u32> {
    let all =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let has = |process: &u32| {
        let args = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&args).split('\0').any(|arg| arg == words)
    };
    all.filter(has).collect()
}

/// Processes in a network namespace.
fn processes_in(namespace: &str) -> Vec<u32> {
    let all =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let there = |process: &u32| {
        fs::read_link(format!("/proc/{process}/ns/net")).is_ok_and(|link| link.to_str() == Some(namespace))
    };
    all.filter(there).collect()
}

/// Waits until nothing of a lab is there.
fn assert_gone(name: &str, inner: u32, were: &[u32], namespace: &str) {
    let exists = |process: &u32| {
        // One that has ended and waits to be buried by somebody else is as good as gone.
        let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        status.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
    };
    while were.iter().chain([&inner]).any(exists) || !processes_in(namespace).is_empty() {
        thread::sleep(Duration::from_millis(20));
    }
    let sockets = fs::read_to_string("/proc/net/unix").unwrap();
    assert!(!sockets.contains(name), "its socket is still there");
    let links = fs::read_to_string("/proc/net/dev").unwrap();
    assert!(!links.contains("mesh0"), "{links}");
}

/// Ends a busy lab in some way.
fn ends_cleanly(end: impl Fn(&Lab)) {
    let Some((lab, processes, namespace)) = busy_lab() else { return };
    let (name, inner) = (lab.name.clone(), lab.inner());
    end(&lab);
    assert_gone(&name, inner, &processes, &namespace);
}

#[test]
fn kill_9_of_the_users_process_leaves_nothing() {
    ends_cleanly(|lab| lab.signal("KILL"));
}

#[test]
fn kill_9_of_the_lab_itself_leaves_nothing() {
    ends_cleanly(|lab| kill("KILL", lab.inner()));
}

#[test]
fn ctrl_c_leaves_the_results_and_nothing_else() {
    for signal in ["INT", "TERM", "HUP"] {
        let Some((lab, processes, namespace)) = busy_lab() else { return };
        let (name, inner) = (lab.name.clone(), lab.inner());
        lab.signal(signal);
        let ended = lab.end();
        assert_gone(&name, inner, &processes, &namespace);
        assert_eq!(ended.code, Some(130), "the scenario was not over: {}", ended.stderr);
        assert_eq!((&ended.summary()["vehicles"], &ended.summary()["partial"]), (&3.into(), &true.into()));
        assert!(ended.file("lateness.csv").starts_with("second,"));
    }
}

#[test]
fn a_closed_terminal_leaves_nothing() {
    if !namespaces() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("scenario.yaml"), CHAIN).unwrap();
    let name = format!("terminal-{}", std::process::id());
    // script(1) gives it a terminal, which is closed when script ends.
    let lab =
        format!("{} lab scenario.yaml --keep --lab {name} --out results", env!("CARGO_BIN_EXE_roadmesh"));
    let mut terminal = Command::new("script");
    terminal.args(["-q", "-c", &lab, "/dev/null"]).current_dir(folder.path());
    let mut terminal =
        terminal.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !folder.path().join("results/seconds.csv").exists() {
        assert!(terminal.try_wait().unwrap().is_none(), "it ended by itself");
        thread::sleep(Duration::from_millis(20));
    }
    terminal.kill().unwrap();
    terminal.wait().unwrap();
    while !processes(&name).is_empty() {
        thread::sleep(Duration::from_millis(20));
    }
    assert!(folder.path().join("results/summary.json").exists(), "a hangup ends it in good order");
}

#[test]
fn a_lab_that_stays_is_whole_once_its_scenario_is_over() {
    let args = ["--keep", "--duration", "1s", "--set", "warmup=0s"];
    let Some(lab) = Lab::start(CHAIN, &args) else { return };
    while lab.listing()["at_s"].as_f64().unwrap() < 1.1 {
        thread::sleep(Duration::from_millis(50));
    }
    lab.signal("INT");
    let ended = lab.end();
    assert_eq!((ended.code, &ended.summary()["partial"]), (Some(0), &false.into()));
}

#[test]
fn an_interrupt_before_the_end_is_a_partial_run() {
    let Some(lab) = Lab::start(CHAIN, &[]) else { return };
    lab.signal("INT");
    let ended = lab.end();
    assert_eq!((ended.code, &ended.summary()["partial"]), (Some(130), &true.into()));
}

/// A request to end that comes before the lab can hear it.
#[test]
fn an_early_interrupt_is_not_forgotten() {
    for wait in 0..12 {
        let Some(mut lab) = Lab::spawn(CHAIN, &["--keep"]) else { return };
        thread::sleep(Duration::from_micros(700 * wait));
        lab.signal("INT");
        // In the first moments nobody watches, and the signal itself ends the process.
        let status = lab.child.wait().unwrap();
        assert!(status.code() == Some(130) || status.signal() == Some(2), "{status} after {wait} x 0.7 ms");
    }
}
