//! A lab that a test runs.

use serde_json::Value;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// Three cars in a row behind an RSU, and a server on the wire.
pub(crate) const CHAIN: &str = include_str!("../../../examples/chain.yaml");

/// A running lab; it is killed when the test is over, however that ends.
pub(crate) struct Lab {
    pub(crate) child: Child,
    pub(crate) name: String,
    folder: TempDir,
}

/// How a lab ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) folder: TempDir,
}

impl Lab {
    /// Starts a lab and waits until it answers. `None`, loudly, where this machine lets nobody make namespaces.
    pub(crate) fn start(scenario: &str, args: &[&str]) -> Option<Lab> {
        let mut lab = Lab::spawn(scenario, args)?;
        while !lab.command(&["ps"], &[]).status.success() {
            if let Some(status) = lab.child.try_wait().unwrap() {
                panic!("the lab ended with {status}:\n{}", lab.end().stderr);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Some(lab)
    }

    /// Starts a lab and doesn't wait.
    pub(crate) fn spawn(scenario: &str, args: &[&str]) -> Option<Lab> {
        if !namespaces() {
            return None;
        }
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let name = format!("test-{}-{number}", std::process::id());
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("scenario.yaml"), scenario).unwrap();
        let child = roadmesh(folder.path())
            .args(["lab", "scenario.yaml", "--out", "results", "--lab", &name])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Some(Lab { child, name, folder })
    }

    /// A command to this lab: `roadmesh lab WHAT --lab NAME ARGS`.
    pub(crate) fn command(&self, what: &[&str], args: &[&str]) -> Output {
        let mut command = roadmesh(self.folder.path());
        command.arg("lab").args(what).args(["--lab", &self.name]).args(args).stdin(Stdio::null());
        command.output().unwrap()
    }

    /// Runs a shell command at a node; it has to succeed. Gives what it prints.
    pub(crate) fn exec(&self, node: &str, command: &str) -> String {
        let output = self.command(&["exec"], &[node, "--", "sh", "-c", command]);
        let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        assert!(output.status.success(), "`{command}` at {node}: {}\n{out}{err}", output.status);
        out.into_owned()
    }

    /// Waits until a shell command succeeds at a node.
    pub(crate) fn await_at(&self, node: &str, command: &str) {
        while !self.command(&["exec"], &[node, "--", "sh", "-c", command]).status.success() {
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until these nodes have a route.
    pub(crate) fn await_routes(&self, nodes: &[&str]) {
        let has_route = |listing: &Value, node: &str| {
            let hosts = listing["hosts"].as_array().unwrap();
            hosts.iter().any(|host| host["name"] == node && !host["route"].is_null())
        };
        while !nodes.iter().all(|node| has_route(&self.listing(), node)) {
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn listing(&self) -> Value {
        serde_json::from_slice(&self.command(&["ps"], &["--json"]).stdout).unwrap()
    }

    /// The lab's own process: the first one in its corner.
    pub(crate) fn inner(&self) -> u32 {
        let children = format!("/proc/{0}/task/{0}/children", self.child.id());
        fs::read_to_string(children).unwrap().trim().parse().unwrap()
    }

    pub(crate) fn results(&self) -> PathBuf {
        self.folder.path().join("results")
    }

    /// Sends a signal to the process that the user started.
    pub(crate) fn signal(&self, signal: &str) {
        kill(signal, self.child.id());
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ended {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let code = self.child.wait().unwrap().code();
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        Ended { code, stdout, stderr, folder }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    pub(crate) fn file(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join("results").join(name)).unwrap()
    }

    pub(crate) fn summary(&self) -> Value {
        serde_json::from_str(&self.file("summary.json")).unwrap()
    }

    /// The events of one kind.
    pub(crate) fn events(&self, kind: &str) -> Vec<Value> {
        let events = self.file("events.jsonl");
        let events = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        events.filter(|event| event["event"] == kind).collect()
    }
}

/// The program under test, as it would be called in `folder`.
pub(crate) fn roadmesh(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roadmesh"));
    command.current_dir(folder).env("NO_COLOR", "1");
    command
}

pub(crate) fn kill(signal: &str, process: u32) {
    let status = Command::new("kill").args([format!("-{signal}"), process.to_string()]).status().unwrap();
    assert!(status.success(), "kill -{signal} {process}");
}

/// Whether this machine lets us make namespaces. Where it doesn't, these tests say so and prove nothing; with
/// ROADMESH_REQUIRE_NAMESPACES set, as in CI, they fail instead.
pub(crate) fn namespaces() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("scenario.yaml"), CHAIN).unwrap();
        let name = format!("probe-{}", std::process::id());
        let args =
            ["lab", "scenario.yaml", "--duration", "5.1s", "--out", "results", "--quiet", "--lab", &name];
        let mut probe = roadmesh(folder.path()).args(args).stderr(Stdio::piped()).spawn().unwrap();
        let results = folder.path().join("results/seconds.csv");
        let works = loop {
            if results.exists() {
                let _ = probe.kill();
                break true;
            }
            if probe.try_wait().unwrap().is_some() {
                break false;
            }
            thread::sleep(Duration::from_millis(10));
        };
        if !works {
            let mut why = String::new();
            probe.stderr.take().unwrap().read_to_string(&mut why).unwrap();
            eprintln!("\n!!! NO LAB CAN RUN ON THIS MACHINE, SO NOTHING OF IT IS TESTED:\n{why}\n");
            assert!(
                std::env::var_os("ROADMESH_REQUIRE_NAMESPACES").is_none(),
                "ROADMESH_REQUIRE_NAMESPACES is set, and no lab can run:\n{why}"
            );
        }
        let _ = probe.wait();
        works
    })
}
