//! What can be done to a lab while it runs.

use crate::support::{CHAIN, Lab, roadmesh};
use std::io::Write;
use std::process::{Command, Output, Stdio};

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The fastest of some round trips, ms.
fn fastest(lab: &Lab, from: &str, to: &str) -> f64 {
    let told = lab.exec(from, &format!("ping -q -c 5 -i 0.05 -W 5 {to}"));
    let times = told.lines().last().unwrap().split(" = ").nth(1).unwrap();
    times.split('/').next().unwrap().parse().unwrap()
}

#[test]
fn links_change_while_it_runs() {
    let Some(lab) = Lab::start(CHAIN, &["--keep"]) else { return };
    lab.await_routes(&["car1"]);
    assert!(fastest(&lab, "car1", "rsu1") < 40.0);
    assert!(lab.command(&["set", "link"], &["rsu1", "car1", "latency=20ms"]).status.success());
    assert!(fastest(&lab, "car1", "rsu1") >= 40.0, "20 ms each way");
    assert!(lab.command(&["set", "link"], &["rsu1", "car1", "down"]).status.success());
    assert!(!lab.command(&["exec"], &["car1", "--", "ping", "-c", "1", "-W", "1", "rsu1"]).status.success());
    assert!(lab.command(&["set", "link"], &["rsu1", "car1", "up", "latency=1ms"]).status.success());
    lab.await_at("car1", "ping -c 1 -W 1 rsu1");
    lab.signal("INT");
    let changes: Vec<_> = lab.end().events("link").iter().map(|event| event["change"].clone()).collect();
    assert_eq!(changes, ["latency=20ms", "down", "up latency=1ms"]);
}

#[test]
fn a_node_without_power_has_no_carrier_and_comes_back() {
    let Some(lab) = Lab::start(CHAIN, &["--keep"]) else { return };
    lab.await_routes(&["car1", "car2"]);
    assert_eq!(lab.exec("car2", "cat /sys/class/net/mesh0/carrier").trim(), "1");
    assert!(lab.command(&["down"], &["car2"]).status.success());
    lab.await_at("car2", "test $(cat /sys/class/net/mesh0/carrier) = 0");
    assert!(lab.listing()["hosts"].as_array().unwrap().iter().any(|host| host["up"] == false));
    assert!(lab.command(&["up"], &["car2"]).status.success());
    lab.await_routes(&["car2", "car3"]);
    lab.await_at("car3", "ping -c 1 -W 1 rsu1");
}

#[test]
fn a_node_is_moved_out_of_reach_and_back() {
    let scenario = "{ name: t, duration: 60s, nodes: { rsu1: { role: rsu, position: [0, 0] },
        car1: { role: obu, position: [50, 0] } }, radio: { profile: geometric } }";
    let Some(lab) = Lab::start(scenario, &["--keep"]) else { return };
    lab.await_at("car1", "ping -c 1 -W 1 rsu1");
    assert!(lab.command(&["move"], &["car1", "-20000", "0"]).status.success());
    assert!(!lab.command(&["exec"], &["car1", "--", "ping", "-c", "1", "-W", "1", "rsu1"]).status.success());
    assert!(lab.command(&["move"], &["car1", "50", "0"]).status.success());
    lab.await_at("car1", "ping -c 1 -W 1 rsu1");
    let refused = said(&lab.command(&["set", "link"], &["rsu1", "car1", "latency=20ms"]));
    assert!(refused.contains("distance decides"), "{refused}");
    assert!(lab.command(&["set", "link"], &["rsu1", "car1", "loss=1"]).status.success());
    assert!(!lab.command(&["exec"], &["car1", "--", "ping", "-c", "1", "-W", "1", "rsu1"]).status.success());
}

#[test]
fn the_exit_code_and_the_output_are_the_commands() {
    let Some(lab) = Lab::start(CHAIN, &["--keep"]) else { return };
    let output = lab.command(&["exec"], &["car1", "--", "sh", "-c", "echo out; echo err >&2; exit 7"]);
    assert_eq!(
        (output.status.code(), &output.stdout[..], &output.stderr[..]),
        (Some(7), &b"out\n"[..], &b"err\n"[..])
    );
    let output = lab.command(&["exec"], &["car1", "--", "sh", "-c", "kill -9 $$"]);
    assert_eq!(output.status.code(), Some(137));
    let missing = lab.command(&["exec"], &["car1", "--", "no-such-program"]);
    assert_eq!(missing.status.code(), Some(127), "as a shell has it");
    assert!(said(&missing).contains("`no-such-program` can't be started"), "{}", said(&missing));
    let here = lab.exec("car1", "pwd");
    assert!(here.starts_with('/') && here.trim() != "/", "the user's folder: {here}");
}

#[test]
fn a_shell_has_the_nodes_name_in_its_prompt() {
    let Some(lab) = Lab::start(CHAIN, &["--keep"]) else { return };
    for shell in ["/bin/sh", "/bin/bash"] {
        // script(1) gives it a terminal, without which a shell shows no prompt.
        let enter = format!("{} lab enter --lab {} car3", env!("CARGO_BIN_EXE_roadmesh"), lab.name);
        let mut terminal = Command::new("script");
        terminal.args(["-q", "-c", &enter, "/dev/null"]).env("SHELL", shell).current_dir(lab.results());
        let mut child = terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"echo $((40 + 2))-$(hostname); exit\n").unwrap();
        let output = child.wait_with_output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains("[car3] ") && shown.contains("42-car3"), "{shell}: {shown}");
    }
}

#[test]
fn several_labs_run_side_by_side() {
    let Some(one) = Lab::start(CHAIN, &["--keep"]) else { return };
    let Some(two) = Lab::start(CHAIN, &["--keep"]) else { return };
    one.await_routes(&["car1"]);
    two.await_routes(&["car1"]);
    let names = [&one, &two].map(|lab| lab.exec("car1", "readlink /proc/self/ns/net"));
    assert_ne!(names[0], names[1]);
    let which = said(&roadmesh(&one.results()).args(["lab", "ps"]).output().unwrap());
    assert!(which.contains("labs are running") && which.contains(&one.name), "{which}");
    two.signal("INT");
    two.end();
    one.await_at("car1", "ping -c 1 -W 1 rsu1");
}

#[test]
fn nodes_tell_of_themselves() {
    let Some(lab) = Lab::start(CHAIN, &["--keep"]) else { return };
    lab.await_routes(&["car1", "car2", "car3"]);
    let told = |node: &str, what: &[&str]| {
        let output = lab.command(&["ctl", "--json"], &[&[node][..], what].concat());
        assert!(output.status.success(), "{}", said(&output));
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let status = told("car3", &["status"]);
    assert_eq!((&status["role"], &status["route"]["next_hop"]), (&"obu".into(), &"car2".into()));
    let routes = told("rsu1", &["routes"]);
    assert_eq!(routes["downstream"].as_array().unwrap().len(), 3);
    let explained = told("car2", &["explain", "rsu1"]);
    assert_eq!(explained["rsus"][0]["candidates"].as_array().unwrap().len(), 2, "{explained}");
    assert!(told("car1", &["counters"])["node"].is_object());
    let table = lab.command(&["ctl"], &["car2", "explain"]);
    assert!(String::from_utf8_lossy(&table.stdout).contains("car3"), "by their names");
    for (node, what, expected) in
        [("server", "status", "routes nothing"), ("nobody", "status", "nothing here is named `nobody`")]
    {
        assert!(said(&lab.command(&["ctl"], &[node, what])).contains(expected));
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_a_remedy() {
    let Some(lab) = Lab::start(CHAIN, &["--keep"]) else { return };
    for (what, args, expected) in [
        (&["exec"][..], &["nobody", "--", "true"][..], "nothing here is named `nobody`"),
        (&["down"], &["server"], "a server has no radio"),
        (&["up"], &["nobody"], "nothing here is named `nobody`"),
        (&["set", "link"], &["car1", "car2", "los=1"], "did you mean `loss`?"),
        (&["set", "link"], &["car1", "car1", "down"], "a link joins two nodes"),
        (&["set", "link"], &["car1", "car3", "loss=0.1"], "there is no link between them"),
        (&["set", "link"], &["car1", "car2", "latency=100s"], "a delay is at most"),
        (&["ctl"], &["car3", "explain", "car1"], "`car1` is no RSU"),
        (&["set", "link"], &["car1", "nobody", "down"], "nothing here is named `nobody`"),
        (&["move"], &["car1", "here", "0"], "invalid value"),
        (&["move"], &["car1", "nan", "0"], "invalid value"),
        (&["move"], &["car1", "1", "0"], "places don't matter"),
    ] {
        let output = lab.command(what, args);
        assert_eq!(output.status.code(), Some(2), "{what:?} {args:?}: {}", said(&output));
        assert!(said(&output).contains(expected), "{what:?} {args:?}: {}", said(&output));
    }
    // The lab goes on as if nothing had been.
    lab.await_at("car1", "ping -c 1 -W 1 rsu1");
}
