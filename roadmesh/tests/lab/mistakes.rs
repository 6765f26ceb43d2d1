//! What can be wrong with a lab gives one clear message and leaves nothing.

use crate::support::{CHAIN, Lab, namespaces, roadmesh};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn folder(scenario: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("scenario.yaml"), scenario).unwrap();
    folder
}

/// Runs a shell command in namespaces of its own, as their root, with $LAB for the lab's command line.
fn in_a_corner(folder: &TempDir, command: &str) -> Output {
    let name = folder.path().file_name().unwrap().to_str().unwrap().replace('.', "");
    let lab = format!("{} lab scenario.yaml --duration 6s --lab {name}", env!("CARGO_BIN_EXE_roadmesh"));
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", command]);
    unshare.current_dir(folder.path()).env("LAB", lab).env("NO_COLOR", "1").output().unwrap()
}

#[test]
fn a_name_that_is_taken() {
    let Some(lab) = Lab::start(CHAIN, &["--keep"]) else { return };
    let folder = folder(CHAIN);
    let second = roadmesh(folder.path()).args(["lab", "scenario.yaml", "--lab", &lab.name]).output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    let expected = format!("a lab named `{}` is running", lab.name);
    assert!(said(&second).contains(&expected) && said(&second).contains("--lab"), "{}", said(&second));
    assert!(!folder.path().join("results").exists(), "nothing was written");
}

/// Whoever answers a command is trusted with what runs in the namespaces that it sends.
#[test]
fn a_lab_of_somebody_else_under_our_name() {
    let name = format!("impostor-{}", std::process::id());
    let impostor = format!(
        "import socket as s, os\nl = s.socket(s.AF_UNIX)\nl.bind('\\0roadmesh/lab/0/{name}')\nl.listen()\n\
         print('ready', flush=True)\nprint(l.accept()[0].recv(100), flush=True)"
    );
    let nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "python3", "-c", &impostor];
    let mut impostor =
        Command::new("setpriv").args(nobody).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(impostor.stdout.take().unwrap()).lines();
    let Some(Ok(ready)) = told.next() else {
        eprintln!("\n!!! ONLY ROOT CAN BECOME SOMEBODY ELSE: an impostor's lab is not tested\n");
        assert!(!impostor.wait().unwrap().success());
        return;
    };
    assert_eq!(ready, "ready");
    let folder = tempfile::tempdir().unwrap();
    let output = roadmesh(folder.path()).args(["lab", "exec", "--lab", &name, "car1", "--", "true"]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("belongs to user 65534, not to you"), "{}", said(&output));
    assert_eq!(told.next().unwrap().unwrap(), "b''", "it was told nothing");
    impostor.wait().unwrap();
}

#[test]
fn no_tun_device() {
    if !namespaces() {
        return;
    }
    let output = in_a_corner(&folder(CHAIN), "mount -t tmpfs none /dev/net && exec $LAB");
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("/dev/net/tun can't be opened"), "{}", said(&output));
    assert!(said(&output).contains("modprobe tun"), "{}", said(&output));
}

#[test]
fn forbidden_user_namespaces() {
    if !namespaces() {
        return;
    }
    // Root without the capability has to ask for a user namespace, and the limit forbids it.
    let command = "echo 0 > /proc/sys/user/max_user_namespaces && \
                   exec setpriv --bounding-set=-sys_admin --inh-caps=-all $LAB";
    let output = in_a_corner(&folder(CHAIN), command);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("may not make namespaces"), "{}", said(&output));
    assert!(said(&output).contains("user.max_user_namespaces"), "{}", said(&output));
}

#[test]
fn names_that_nobody_has() {
    if !namespaces() {
        return;
    }
    let trace = "trace: { file: t.xml }\n";
    for (lab, place) in
        [("live: [nobody]", "lab.live"), ("apps: [{ name: a, node: nobody, command: ls }]", "node")]
    {
        let folder = folder(&format!("{CHAIN}\n{trace}lab: {{ {lab} }}\n"));
        let fcd =
            "<fcd-export><timestep time=\"0\"><vehicle id=\"v1\" x=\"0\" y=\"0\"/></timestep></fcd-export>";
        fs::write(folder.path().join("t.xml"), fcd).unwrap();
        let output = roadmesh(folder.path()).args(["lab", "scenario.yaml"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("nothing here is named `nobody`"), "{place}: {}", said(&output));
        assert!(said(&output).contains("scenario.yaml:"), "{place}: {}", said(&output));
    }
}

#[test]
fn a_results_folder_that_is_not_ours() {
    if !namespaces() {
        return;
    }
    let folder = folder(CHAIN);
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/notes.txt"), "mine").unwrap();
    let output = roadmesh(folder.path()).args(["lab", "scenario.yaml", "--out", "mine"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("is left as it is"), "{}", said(&output));
}

#[test]
fn a_simulation_of_plain_radios() {
    let folder = folder(
        "{ name: t, duration: 9s, nodes: { a: { role: obu, radio: tap } }, radio: { profile: ideal } }",
    );
    let output = roadmesh(folder.path()).args(["sim", "scenario.yaml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("`roadmesh lab`"), "{}", said(&output));
}

#[test]
fn commands_without_a_lab() {
    let folder = folder(CHAIN);
    let lab = |args: &[&str]| roadmesh(folder.path()).arg("lab").args(args).output().unwrap();
    for args in [&["ps", "--lab", "no-such-lab"][..], &["exec", "--lab", "no-such-lab", "car1", "--", "true"]]
    {
        let output = lab(args);
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains("no lab is named `no-such-lab`"), "{}", said(&output));
    }
    assert_eq!(lab(&[]).status.code(), Some(2));
    assert!(said(&lab(&[])).contains("<SCENARIO>"), "{}", said(&lab(&[])));
}

#[test]
fn results_that_another_lab_is_writing() {
    let Some(lab) = Lab::start(CHAIN, &["--keep"]) else { return };
    let folder = folder(CHAIN);
    let out = lab.results();
    let args = ["lab", "scenario.yaml", "--lab", "second", "--out", out.to_str().unwrap()];
    let output = roadmesh(folder.path()).args(args).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("another run is writing to"), "{}", said(&output));
    assert!(out.join("events.jsonl").exists(), "nothing of the first one is gone");
}

#[test]
fn an_option_that_is_wrong_costs_no_results() {
    if !namespaces() {
        return;
    }
    let folder = folder(CHAIN);
    let run = |args: &[&str]| roadmesh(folder.path()).args(args).args(["--out", "kept"]).output().unwrap();
    assert!(run(&["sim", "scenario.yaml", "--quiet"]).status.success());
    let name = folder.path().file_name().unwrap().to_str().unwrap().replace('.', "");
    let output = run(&["lab", "scenario.yaml", "--lab", &name, "--pcap", "/nowhere/capture.pcapng"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(!said(&output).contains("In another terminal"), "{}", said(&output));
    assert!(folder.path().join("kept/flows.csv").exists());
}
