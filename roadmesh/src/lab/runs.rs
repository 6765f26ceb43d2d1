//! `roadmesh lab --runs N`: labs one after the other, each in a process of its own, as if the user had started it.

use super::args::LabRunArgs;
use super::run::DISTORTED;
use crate::error::{Failure, input, other};
use crate::experiment::folder::{self, SUMMARY};
use crate::experiment::pool::Made;
use crate::experiment::runs::{conclude, seeds};
use crate::interrupt::INTERRUPTED;
use config_lib::Override;
use device_lib::sandbox;
use serde_json::Value;
use sim_lib::scenario::Scenario;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Makes the runs: the scenario's seed, and those that follow it. One whose input is wrong, that leaves no results or that the
/// user ends is the last one; programs that ended otherwise than they had to and distorted runs end nothing.
pub(super) fn run(args: &LabRunArgs, count: u64) -> Result<ExitCode, Failure> {
    let overrides = args.source.overrides();
    let scenario = Scenario::load(args.source.file(), &overrides)?.scenario;
    let folder = args.output.folder_of_runs(&scenario, count);
    folder::prepare(&folder, folder::FORMAT)?;
    let seeds = seeds(&scenario, count);
    let mut made: Vec<Made> = Vec::new();
    let mut worst = 0;
    for (number, seed) in (1..).zip(&seeds) {
        if args.output.is_for_people() {
            eprintln!("run {number} of {count}, seed {seed}: {} of real time", scenario.duration);
        }
        let own = folder::of_seed(&folder, *seed);
        // Older results there are replaced; where it doesn't come to that, they are not this run's.
        let _ = fs::remove_file(own.join(SUMMARY));
        let code = one(args, &overrides, *seed, &own)?;
        made.push(figures_of(&own, &scenario.name, *seed));
        match code {
            0 => {}
            DISTORTED if worst == 0 => worst = DISTORTED,
            DISTORTED => {}
            code if code == FAILED && made.last().is_some_and(Option::is_some) => worst = FAILED,
            code => {
                worst = code;
                break;
            }
        }
    }
    made.resize(seeds.len(), None);
    if made.iter().all(Option::is_none) {
        return match worst {
            INTERRUPTED => Ok(ExitCode::from(INTERRUPTED)),
            BAD_INPUT => Err(input(NONE_MADE.to_owned(), None)),
            _ => Err(other(NONE_MADE.to_owned(), None)),
        };
    }
    conclude(&scenario, &seeds, &made, &folder, &args.output)?;
    Ok(ExitCode::from(worst))
}

/// One lab, from its start to its end; gives its exit code. Whatever ends this process ends the lab.
fn one(args: &LabRunArgs, overrides: &[Override], seed: u64, folder: &Path) -> Result<u8, Failure> {
    let mut command = Command::new("/proc/self/exe");
    command.arg0("roadmesh").arg("lab").arg(args.source.file()).arg("--quiet");
    for Override { key, value, .. } in overrides {
        command.arg("--set").arg(format!("{key}={value}"));
    }
    command.args(["--seed", &seed.to_string()]).arg("--out").arg(folder);
    command.args(args.strict.then_some("--strict"));
    for (option, value) in [
        ("--lab", args.lab.clone()),
        ("--busy-poll", args.busy_poll.map(|time| time.to_string())),
        ("--uplink", args.uplink.clone()),
    ] {
        if let Some(value) = value {
            command.arg(option).arg(value);
        }
    }
    sandbox::first_process(&mut command)?;
    let mut child =
        command.spawn().map_err(|error| other(format!("a lab can't be started: {error}"), None))?;
    let code = sandbox::accompany(&mut child)?;
    Ok(u8::try_from(code).unwrap_or(u8::MAX))
}

/// The content of the run's `summary.json`, if it was made to its end.
fn figures_of(folder: &Path, name: &str, seed: u64) -> Made {
    let summary: Value = serde_json::from_slice(&fs::read(folder.join(SUMMARY)).ok()?).ok()?;
    let ours = summary["name"] == name && summary["seed"] == seed;
    (ours && summary["partial"] == Value::Bool(false)).then_some(summary)
}

const NONE_MADE: &str = "no run was made to its end";
const FAILED: u8 = 1;
const BAD_INPUT: u8 = 2;
