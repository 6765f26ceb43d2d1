//! Whether a lab notices that its machine didn't keep up.

use crate::support::{CHAIN, Lab, kill};
use std::thread;
use std::time::Duration;

#[test]
fn a_machine_that_sleeps_distorts_the_results() {
    let Some(lab) = Lab::start(CHAIN, &["--duration", "12s", "--strict", "--set", "warmup=0s"]) else {
        return;
    };
    lab.await_routes(&["car1"]);
    thread::scope(|scope| {
        let pings = scope.spawn(|| lab.exec("car1", "ping -q -c 60 -i 0.05 -W 5 rsu1 || true"));
        thread::sleep(Duration::from_millis(500));
        kill("STOP", lab.inner());
        thread::sleep(Duration::from_millis(600));
        kill("CONT", lab.inner());
        pings.join().unwrap();
    });
    let ended = lab.end();
    assert_eq!(ended.code, Some(3), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("DISTORTED"), "{}", ended.stdout);
    let summary = ended.summary();
    assert_eq!(summary["distorted"], true);
    assert!(summary["late_seconds"].as_u64().unwrap() >= 1);
    let report = ended.file("report.html");
    for text in [
        "DISTORTED: this machine did not keep up",
        "LIVE: whether this machine kept up",
        "roadmesh lab scenario.yaml",
    ] {
        assert!(report.contains(text), "{text}");
    }
    let rows = ended.file("lateness.csv");
    assert!(rows.lines().count() > 5, "{rows}");
    let behind = rows.lines().skip(1).map(|row| row.split(',').nth(5).unwrap().parse::<f64>().unwrap());
    let behind: f64 = behind.sum();
    assert!(behind >= 400.0, "it stood still for 600 ms: {behind} ms\n{rows}");
}

/// Twenty RSUs that shout a thousand times a second, and three hundred cars that all hear them.
#[test]
fn a_machine_that_never_gets_there_leaves_a_partial_run_and_still_answers() {
    let rsus: String = (0..20).map(|rsu| format!("rsu{rsu}: {{ role: rsu }}, ")).collect();
    let cars: String = (0..300).map(|car| format!("car{car}: {{ role: obu }}, ")).collect();
    let scenario = format!(
        "{{ name: shouting, duration: 3s, nodes: {{ {rsus}{cars} }}, radio: {{ profile: ideal }},
            protocol: {{ heartbeat_interval: 1ms }}, lab: {{ live: [car0] }} }}"
    );
    let Some(lab) = Lab::start(&scenario, &[]) else { return };
    assert_eq!(lab.listing()["simulated"], 319);
    let ended = lab.end();
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("PARTIAL") && ended.stdout.contains("DISTORTED"), "{}", ended.stdout);
    let summary = ended.summary();
    assert_eq!((&summary["partial"], &summary["distorted"]), (&true.into(), &true.into()));
    assert!(summary["simulated_s"].as_f64().unwrap() < 3.0, "{summary}");
}

#[test]
fn without_strict_it_is_said_and_no_error() {
    // Nothing is ever in time.
    let args = ["--duration", "6s", "--set", "lab.tolerance=0s", "--set", "warmup=0s"];
    let Some(lab) = Lab::start(CHAIN, &args) else { return };
    lab.await_routes(&["car1"]);
    lab.exec("car1", "ping -q -c 5 -i 0.05 -W 5 rsu1");
    let ended = lab.end();
    assert_eq!((ended.code, &ended.summary()["distorted"]), (Some(0), &true.into()));
}

#[test]
fn a_capture_shows_both_directions() {
    let Some(lab) = Lab::start(CHAIN, &["--keep", "--pcap", "capture.pcapng"]) else { return };
    lab.await_routes(&["car1"]);
    lab.exec("car1", "ping -q -c 3 -i 0.05 -W 5 rsu1");
    lab.signal("INT");
    let ended = lab.end();
    let capture = std::fs::read(ended.folder.path().join("capture.pcapng")).unwrap();
    assert_eq!(capture[..4], [0x0a, 0x0d, 0x0d, 0x0a], "a section header");
    let names = capture.windows(4).filter(|bytes| *bytes == b"car1").count();
    assert!(names >= 1 && capture.len() > 1000, "{} bytes", capture.len());
}
