//! Labs to measure in, run by this very program.

use super::host::{Host, ourselves};
use crate::error::{Failure, other};
use device_lib::spawn;
use serde_json::Value;
use std::fs;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A lab that is running. It is killed when this is dropped.
#[derive(Debug)]
pub(super) struct RunningLab {
    name: String,
    child: Child,
    folder: TempDir,
    /// How long it took from its start until every OBU had a route.
    pub(super) converged_in: Duration,
}

impl RunningLab {
    /// Starts a lab and waits until all its OBUs have a route.
    pub(super) fn start(name: &str, scenario: &str, options: &[&str]) -> Result<Self, Failure> {
        let start = Instant::now();
        // What it complains of is for whoever runs the measurement.
        let mut lab = Self::spawn(name, scenario, options, Stdio::inherit())?;
        lab.await_routes()?;
        lab.converged_in = start.elapsed();
        Ok(lab)
    }

    /// Starts a lab whose complaints go there.
    pub(super) fn spawn(
        name: &str,
        scenario: &str,
        options: &[&str],
        complaints: Stdio,
    ) -> Result<Self, Failure> {
        let folder =
            tempfile::tempdir().map_err(|error| other(format!("a folder for results: {error}"), None))?;
        let file = folder.path().join("scenario.yaml");
        fs::write(&file, scenario).map_err(|error| other(error.to_string(), None))?;
        let mut command = ourselves();
        command.args(["lab", "--quiet", "--lab", name, "--out"]).arg(folder.path().join("results"));
        command.args(options).arg(&file);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(complaints).spawn();
        let child = child.map_err(|error| other(format!("a lab: {error}"), None))?;
        Ok(RunningLab { name: name.to_owned(), child, folder, converged_in: Duration::ZERO })
    }

    /// The host of a node.
    pub(super) fn host<'a>(&'a self, node: &'a str) -> Host<'a> {
        Host::Lab { lab: &self.name, node }
    }

    /// Ends it in good order; its summary, and its timing.
    pub(super) fn end(mut self) -> Result<(Value, Value), Failure> {
        spawn::interrupt(self.child.id());
        self.finish()
    }

    /// Waits for its own end; its summary, and its timing.
    pub(super) fn finish(&mut self) -> Result<(Value, Value), Failure> {
        self.child.wait().map_err(|error| other(error.to_string(), None))?;
        let read = |name: &str| -> Result<Value, Failure> {
            let file = self.folder.path().join("results").join(name);
            let bytes =
                fs::read(file).map_err(|error| other(format!("a lab left no {name}: {error}"), None))?;
            Ok(serde_json::from_slice(&bytes)?)
        };
        Ok((read("summary.json")?, read("timing.json")?))
    }

    /// Commands it.
    pub(super) fn command(&self, what: &[&str], args: &[&str]) -> Result<(), Failure> {
        self.ask(what, args).map(drop)
    }

    /// Asks it for something that it answers as JSON.
    pub(super) fn told(&self, what: &[&str], args: &[&str]) -> Result<Value, Failure> {
        Ok(serde_json::from_slice(&self.ask(what, args)?)?)
    }

    fn ask(&self, what: &[&str], args: &[&str]) -> Result<Vec<u8>, Failure> {
        let mut command = ourselves();
        command.arg("lab").args(what).args(["--lab", &self.name]).args(args);
        let output = command.output().map_err(|error| other(error.to_string(), None))?;
        match output.status.success() {
            true => Ok(output.stdout),
            false => Err(other(String::from_utf8_lossy(&output.stderr).into_owned(), None)),
        }
    }

    fn await_routes(&mut self) -> Result<(), Failure> {
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(other(format!("a lab ended with {status} before it was measured"), None));
            }
            // It takes a moment until it answers.
            let listing = self.told(&["ps", "--json"], &[]).unwrap_or_default();
            let obus = listing["hosts"].as_array().into_iter().flatten().filter(|host| host["role"] == "obu");
            let routes: Vec<bool> = obus.map(|host| !host["route"].is_null()).collect();
            if !routes.is_empty() && routes.iter().all(|route| *route) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for RunningLab {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An RSU and cars in a row, on links that take so long.
pub(super) fn chain(cars: usize, latency: &str) -> String {
    let names: Vec<String> =
        std::iter::once("rsu1".to_owned()).chain((1..=cars).map(|car| format!("car{car}"))).collect();
    let nodes: String = names[1..].iter().map(|car| format!(", {car}: {{ role: obu }}")).collect();
    let links: Vec<String> =
        names.windows(2).map(|pair| format!("{{ between: [{}, {}] }}", pair[0], pair[1])).collect();
    format!(
        "{{ name: chain, duration: 3600s, nodes: {{ rsu1: {{ role: rsu }}{nodes} }}, radio: {{ profile: ideal, \
         ideal: {{ default: {{ latency: {latency} }}, links: [{}] }} }} }}",
        links.join(", ")
    )
}

/// RSUs and cars that all hear each other, with so much time between heartbeats.
pub(super) fn crowd(rsus: u32, cars: u32, heartbeats: &str, duration: &str) -> String {
    let rsus = (1..=rsus).map(|rsu| format!("rsu{rsu}: {{ role: rsu }}"));
    let cars = (1..=cars).map(|car| format!("car{car}: {{ role: obu }}"));
    let nodes: Vec<String> = rsus.chain(cars).collect();
    format!(
        "{{ name: crowd, duration: {duration}, nodes: {{ {} }}, radio: {{ profile: ideal, ideal: {{ default: \
         {{ latency: 1ms }} }} }}, protocol: {{ heartbeat_interval: {heartbeats} }} }}",
        nodes.join(", ")
    )
}
