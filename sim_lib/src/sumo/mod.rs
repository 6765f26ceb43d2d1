//! A SUMO that runs beside the simulation: starting it, talking to it, and seeing to it that it ends.
//!
//! The conversation itself is [`mobility_lib::traci`]; here are the process and the socket. SUMO waits for each step until it is
//! asked for, so what it does depends on its configuration and its seed alone, not on how fast either side is.

mod process;
mod socket;

pub use process::end_all;

use crate::scenario::Scenario;
use crate::scenario::sumo::SumoSpec;
use mobility_lib::Position;
use mobility_lib::following::Steps;
use mobility_lib::traci::{Client, TraciError};
use process::Process;
use serde::Serialize;
use socket::{Port, Socket};
use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What SUMO was, so that a run can be made again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SumoAbout {
    /// Its name and version.
    pub version: String,
    /// Version of its protocol.
    pub traci: i32,
    /// The seed that it was started with; none if somebody else started it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
    /// Length of its steps, seconds.
    pub step_s: f64,
}

/// Why SUMO can't be started, or doesn't go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SumoError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// SUMO's vehicles, step by step.
#[derive(Debug)]
pub struct SumoSteps {
    client: Client<Socket>,
    /// If we started it.
    process: Option<Process>,
    about: SumoAbout,
    /// Nobody is looked at before, microseconds of SUMO's time.
    from_us: u64,
}

impl SumoSteps {
    /// Starts the SUMO of a scenario, or connects to it. `base` is the folder that paths are relative to.
    ///
    /// # Errors
    /// [`SumoError`]: it isn't there, it doesn't start, it doesn't answer.
    pub fn start(spec: &SumoSpec, scenario: &Scenario, base: &Path) -> Result<SumoSteps, SumoError> {
        let begin_us = scenario.trace.as_ref().map_or(0, |trace| trace.begin.micros());
        let timeout = spec.timeout.get();
        let (client, process, seed) = match (&spec.connect, &spec.config) {
            (Some(address), _) => {
                let socket = Socket::connect(address, timeout).map_err(|error| {
                    let help = "start SUMO there first: `sumo -c FILE --remote-port PORT --num-clients 1`";
                    wrong(format!("no SUMO can be reached at {address}: {error}"), help)
                })?;
                let client = Client::new(socket).map_err(|error| {
                    let help = "see whether it is SUMO that listens there, and that it waits for one client";
                    wrong(format!("what listens at {address} doesn't talk like SUMO: {error}"), help)
                })?;
                (client, None, None)
            }
            (None, Some(config)) => {
                let seed = spec.seed(scenario.seed);
                let (client, process) = launch(spec, &base.join(config), seed, base)?;
                (client, Some(process), Some(seed))
            }
            (None, None) => return Err(wrong("there is no SUMO to start", "name its `config`")),
        };
        let hello = client.hello();
        let about = SumoAbout {
            version: hello.program.clone(),
            traci: hello.version,
            seed,
            step_s: hello.step_us as f64 / 1e6,
        };
        let from_us = begin_us.saturating_sub(hello.step_us.saturating_mul(STEPS_BEFORE));
        Ok(SumoSteps { client, process, about, from_us })
    }

    /// What SUMO is.
    pub fn about(&self) -> &SumoAbout {
        &self.about
    }

    /// Something went wrong: what, with what SUMO said of it.
    #[cold]
    fn failed(&mut self, error: &TraciError) -> SumoError {
        let at_s = self.client.next_us() as f64 / 1e6;
        let ended = self.process.as_mut().and_then(|process| process.wait(FAREWELL));
        let message = match ended {
            Some(status) => format!("SUMO ended by itself ({status}) in the step that begins at {at_s} s"),
            None => format!("SUMO fails in the step that begins at {at_s} s: {error}"),
        };
        let words = self.process.as_ref().map(Process::last_words).filter(|words| !words.is_empty());
        let help = match words {
            Some(words) => format!("the last that it said:\n{words}"),
            None => "what was simulated before is in the results".to_owned(),
        };
        SumoError { message, help }
    }
}

impl Steps for SumoSteps {
    fn step_us(&self) -> u64 {
        self.client.hello().step_us
    }

    fn next(
        &mut self,
        each: &mut dyn FnMut(&str, Position),
    ) -> Result<Option<u64>, Box<dyn Error + Send + Sync>> {
        let step = self.client.step(self.from_us, each);
        step.map_err(|error| self.failed(&error).into())
    }
}

/// SUMO writes what it has to write, and ends; the process sees to it that it does.
impl Drop for SumoSteps {
    fn drop(&mut self) {
        self.client.close();
        if let Some(process) = &mut self.process {
            process.wait(FAREWELL);
        }
    }
}

/// Starts SUMO, on a port that nobody else has.
fn launch(
    spec: &SumoSpec,
    config: &Path,
    seed: u32,
    base: &Path,
) -> Result<(Client<Socket>, Process), SumoError> {
    let program = program(&spec.binary, base);
    let timeout = spec.timeout.get();
    for left in (0..PORTS).rev() {
        let port = Port::reserve().map_err(|error| {
            wrong(format!("there is no port for SUMO: {error}"), "end some of the programs that use many")
        })?;
        let mut process = Process::start(&program, &arguments(spec, config, seed, port.number()))
            .map_err(|error| not_started(&program, &error))?;
        let socket = match Socket::wait_for(&port, timeout, || process.ended().is_some()) {
            Ok(socket) => socket,
            Err(_) if left > 0 && process.last_words().contains(TAKEN) => continue,
            Err(error) => return Err(not_ready(process, &error)),
        };
        let client = Client::new(socket);
        return match client {
            Ok(client) => Ok((client, process)),
            Err(error) => Err(not_ready(process, &error)),
        };
    }
    Err(wrong("somebody takes every port before SUMO does", "try again"))
}

fn arguments(spec: &SumoSpec, config: &Path, seed: u32, port: u16) -> Vec<OsString> {
    let port = port.to_string();
    let seed = seed.to_string();
    let mut arguments: Vec<OsString> = vec!["-c".into(), config.into()];
    let ours = ["--remote-port", &port, "--num-clients", "1", "--seed", &seed, "--no-step-log", "true"];
    arguments.extend(ours.map(OsString::from));
    if spec.binary.ends_with("sumo-gui") {
        arguments.extend(["--start", "true", "--quit-on-end", "true"].map(OsString::from));
    }
    arguments.extend(spec.options.iter().map(OsString::from));
    arguments
}

/// As SUMO's own tools look for it.
fn program(binary: &str, base: &Path) -> PathBuf {
    if binary.contains('/') {
        return base.join(binary);
    }
    let home = env::var_os("SUMO_HOME").map(|home| Path::new(&home).join("bin").join(binary));
    home.filter(|file| file.is_file()).unwrap_or_else(|| binary.into())
}

fn not_started(program: &Path, error: &std::io::Error) -> SumoError {
    let message = format!("`{}` can't be started: {error}", program.display());
    if error.kind() == ErrorKind::NotFound {
        let help = "install SUMO (`pip install eclipse-sumo`, or your system's package `sumo`), put it on PATH or set SUMO_HOME; or name it: `trace.sumo.binary`";
        return wrong(message, help);
    }
    wrong(message, "see whether it is a program that you may run")
}

/// SUMO was started, and doesn't talk.
fn not_ready(mut process: Process, error: &TraciError) -> SumoError {
    let ended = process.wait(FAREWELL);
    let words = process.last_words();
    let message = match ended {
        Some(status) => format!("SUMO doesn't start ({status})"),
        None => format!("SUMO doesn't start: {error}"),
    };
    let help = match words.is_empty() {
        false => format!("the last that it said:\n{words}"),
        true => "give it more time (`trace.sumo.timeout`), or see what `sumo -c` says of the file".to_owned(),
    };
    SumoError { message, help }
}

fn wrong(message: impl Into<String>, help: impl Into<String>) -> SumoError {
    SumoError { message: message.into(), help: help.into() }
}

/// So many steps before the start of the run tell who is on the road then, and where to.
const STEPS_BEFORE: u64 = 5;
/// How long SUMO has to end once it was told to.
const FAREWELL: Duration = Duration::from_secs(2);
/// How many ports are tried.
const PORTS: u32 = 5;
/// What SUMO says where somebody else has its port.
const TAKEN: &str = "ddress already in use";
