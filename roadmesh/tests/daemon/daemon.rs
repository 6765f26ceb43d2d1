//! Daemons under test.

use crate::net::{self, RADIO};
use device_lib::namespace::NetNamespace;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// A daemon that runs, with a folder for its files.
pub struct Daemon {
    pub folder: TempDir,
    child: Child,
}

/// A pair of namespaces with an RSU in the first and an OBU in the second.
pub struct Pair {
    pub rsu: Daemon,
    pub obu: Daemon,
    pub rsu_net: NetNamespace,
    pub obu_net: NetNamespace,
}

pub const RSU_ADDRESS: &str = "10.23.0.1";

impl Pair {
    /// Starts both and waits until the OBU has a route.
    pub fn start() -> Pair {
        let (rsu_net, obu_net) = net::pair();
        let rsu = Daemon::start(&rsu_net, "rsu", &["--address", "10.23.0.1/24", "--address", "fd23::1/64"]);
        let obu = Daemon::start(&obu_net, "obu", &["--address", "10.23.0.2/24", "--address", "fd23::2/64"]);
        let pair = Pair { rsu, obu, rsu_net, obu_net };
        until("a route", || !pair.obu.ask(&["status"])["route"].is_null());
        pair
    }
}

impl Daemon {
    /// Starts one, with the radio of this namespace, and waits until it answers.
    pub fn start(namespace: &NetNamespace, role: &str, args: &[&str]) -> Daemon {
        let mut daemon = Daemon::spawn(namespace, role, &[&["--interface", RADIO], args].concat());
        until("the daemon to answer", || {
            let ended = daemon.child.try_wait().unwrap();
            assert!(ended.is_none(), "{role} ended: {}", daemon.log());
            daemon.ctl(&["status"]).status.success()
        });
        daemon
    }

    /// Starts one with just these options, and waits for nothing.
    pub fn spawn(namespace: &NetNamespace, role: &str, args: &[&str]) -> Daemon {
        Self::spawn_through(namespace, &[], role, args)
    }

    /// The same by way of another program, which becomes it.
    pub fn spawn_through(namespace: &NetNamespace, through: &[&str], role: &str, args: &[&str]) -> Daemon {
        let folder = tempfile::tempdir().unwrap();
        let [socket, state] = ["node.sock", "state"].map(|name| folder.path().join(name));
        let line: Vec<&str> = through.iter().copied().chain([env!("CARGO_BIN_EXE_roadmesh"), role]).collect();
        let mut command = Command::new(line[0]);
        command.args(&line[1..]).arg("--socket").arg(socket).arg("--state").arg(state).args(args);
        command.env("NO_COLOR", "1").stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(File::create(folder.path().join("log")).unwrap());
        let child = net::spawn(namespace, &mut command);
        Daemon { folder, child }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("node.sock")
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// `roadmesh ctl` with these arguments.
    pub fn ctl(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roadmesh"));
        command
            .arg("ctl")
            .arg("--socket")
            .arg(self.socket())
            .args(args)
            .env("NO_COLOR", "1")
            .output()
            .unwrap()
    }

    /// The answer as JSON.
    pub fn ask(&self, args: &[&str]) -> Value {
        let output = self.ctl(&[args, &["--json"]].concat());
        let error = String::from_utf8_lossy(&output.stderr);
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{args:?}: {error}; its log: {}", self.log()))
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.id() as i32), signal).unwrap();
    }

    /// How it ended.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Its exit code and what it said, in one line, for one that ends by itself.
    pub fn end(mut self) -> (Option<i32>, String) {
        let code = self.wait().code();
        (code, in_one_line(&self.log()))
    }
}

/// A message as it was before it was broken into lines.
pub fn in_one_line(text: &str) -> String {
    text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

/// Waits until something is so; longer than it takes on any machine.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if so() {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("waited in vain for {what}");
}

/// A settings file in a folder.
pub fn write(folder: &Path, text: &str) -> String {
    let file = folder.join("node.yaml");
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}
