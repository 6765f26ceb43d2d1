//! Programs of the scenario.

use crate::support::{CHAIN, Lab};

fn with_apps(apps: &str) -> String {
    format!("{CHAIN}\nlab:\n  apps:\n{apps}")
}

#[test]
fn programs_run_with_their_nodes_and_leave_their_output() {
    let scenario = with_apps(
        "    - { name: echo, node: server, command: 'hostname; sleep 100' }
    - { name: ping, node: car1, start: 1s, command: 'ping -c 3 -i 0.1 -W 5 server', exit: 0 }
    - { name: other, node: car3, command: 'echo no >&2; exit 3', exit: 3 }\n",
    );
    let Some(lab) = Lab::start(&scenario, &["--duration", "8s"]) else { return };
    let ended = lab.end();
    assert_eq!(
        (ended.code, ended.stderr.contains("warning")),
        (Some(0), false),
        "{}{}",
        ended.stdout,
        ended.stderr
    );
    assert_eq!(ended.file("apps/echo.out"), "server\n");
    assert!(ended.file("apps/ping.out").contains("3 packets transmitted, 3 received"));
    assert_eq!(ended.file("apps/other.err"), "no\n");
    let apps = &ended.summary()["apps"];
    let of = |index: usize, key: &str| apps[index][key].clone();
    assert_eq!((of(0, "exit"), of(0, "as_expected")), (().into(), true.into()), "it ran to the end");
    assert_eq!((of(1, "exit"), of(1, "node")), (0.into(), "car1".into()));
    assert_eq!((of(2, "exit"), of(2, "as_expected")), (3.into(), true.into()));
    assert!(ended.stdout.contains("PROGRAM"), "{}", ended.stdout);
    let started = ended.events("started");
    let ping = started.iter().find(|event| event["app"] == "ping").unwrap();
    assert!(ping["at_us"].as_u64().unwrap() >= 1_000_000, "{ping}");
    assert_eq!(ended.events("ended").len(), 2);
}

#[test]
fn a_program_that_ends_otherwise_than_it_had_to_is_an_error() {
    let scenario = with_apps("    - { name: bad, node: car1, command: 'exit 4', exit: 0 }\n");
    let Some(lab) = Lab::start(&scenario, &["--duration", "6s"]) else { return };
    let ended = lab.end();
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains("not as expected"), "{}", ended.stdout);
    assert_eq!(ended.summary()["apps"][0]["as_expected"], false);
}

#[test]
fn a_program_that_can_not_be_started_ends_the_lab_with_one_message() {
    let scenario = with_apps("    - { name: missing, node: car1, command: 'no-such-program --now' }\n");
    let Some(lab) = Lab::spawn(&scenario, &["--keep"]) else { return };
    let ended = lab.end();
    let told = ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(ended.code, Some(2), "{told}");
    assert!(told.contains("the program `missing` of `car1` can't be started"), "{told}");
    assert!(told.contains("no-such-program") && told.contains("is it installed"), "{told}");
    assert!(told.contains("scenario.yaml:"), "with its place: {told}");
}

#[test]
fn programs_die_with_their_nodes_power_and_start_again() {
    let scenario = with_apps("    - { name: forever, node: car1, command: 'echo here; exec sleep 3127' }\n");
    let Some(lab) = Lab::start(&scenario, &["--keep"]) else { return };
    // Nobody else sleeps among the lab's processes.
    lab.await_at("server", "pgrep -x sleep");
    assert!(lab.command(&["down"], &["car1"]).status.success());
    lab.await_at("server", "! pgrep -x sleep");
    assert!(lab.command(&["up"], &["car1"]).status.success());
    lab.await_at("server", "pgrep -x sleep");
    lab.signal("INT");
    let ended = lab.end();
    assert_eq!(ended.file("apps/forever.out"), "here\nhere\n");
    assert_eq!(ended.summary()["apps"][0]["starts"], 2);
}

/// What a program leaves in the background, and what was started from another terminal.
#[test]
fn whatever_runs_at_a_node_dies_with_its_power() {
    let scenario = with_apps("    - { name: leaves, node: car1, command: 'sleep 3128 & echo started' }\n");
    let Some(lab) = Lab::start(&scenario, &["--keep"]) else { return };
    lab.await_at("server", "pgrep -x sleep");
    // Their output would keep this test waiting.
    lab.exec("car1", "setsid -f sleep 3129 >/dev/null 2>&1");
    lab.exec("car2", "setsid -f sleep 3130 >/dev/null 2>&1");
    let sleeping = || lab.exec("server", "pgrep -x sleep | wc -l").trim().to_owned();
    assert_eq!(sleeping(), "3");
    assert!(lab.command(&["down"], &["car1"]).status.success());
    lab.await_at("server", "test $(pgrep -x sleep | wc -l) = 1");
    assert!(lab.command(&["up"], &["car1"]).status.success());
    lab.await_at("server", "test $(pgrep -x sleep | wc -l) = 2");
}
