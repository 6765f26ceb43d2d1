//! `roadmesh sim --runs N`: one scenario with many seeds.

use super::figures::figures;
use super::folder::{self, RunFigures, Together};
use super::pool::{self, Job, Made};
use super::pooled;
use super::table;
use crate::cli::{OutputArgs, SimArgs};
use crate::error::Failure;
use crate::html;
use crate::interrupt::{INTERRUPTED, Interrupt};
use crate::output::print;
use config_lib::Override;
use serde_json::Value;
use sim_lib::scenario::{Loaded, Scenario};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Makes the runs: the scenario's seed, and those that follow it.
pub(crate) fn run(args: &SimArgs, interrupt: &Interrupt) -> Result<ExitCode, Failure> {
    let overrides = args.source.overrides();
    let first = Scenario::load(args.source.file(), &overrides)?;
    let scenario = &first.scenario;
    let count = args.repeat.count();
    let folder = args.output.folder_of_runs(scenario, count);
    let seeds = seeds(scenario, count);
    let jobs = seeds.iter().map(|seed| {
        let loaded = with_seed(args.source.file(), &overrides, *seed)?;
        Ok(Job { loaded, folder: folder::of_seed(&folder, *seed), checked: args.repeat.checks() })
    });
    let jobs = jobs.collect::<Result<Vec<Job>, Failure>>()?;
    folder::prepare(&folder, folder::FORMAT)?;
    let made = pool::run(jobs, args.repeat.at_once(), args.output.is_for_people(), interrupt)?;
    let partial = conclude(scenario, &seeds, &made, &folder, &args.output)?;
    Ok(if partial { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

/// Writes and prints what the runs say together; true if not all of them were made to their end. The results of the run with
/// each seed are in its folder.
pub(crate) fn conclude(
    scenario: &Scenario,
    seeds: &[u64],
    made: &[Made],
    folder: &Path,
    output: &OutputArgs,
) -> Result<bool, Failure> {
    let all = seeds.iter().zip(made).filter_map(|(seed, made)| Some((*seed, made.as_ref()?)));
    let all: Vec<(u64, &Value)> = all.collect();
    let runs: Vec<RunFigures> =
        all.iter().map(|(seed, made)| RunFigures { seed: *seed, figures: figures(made) }).collect();
    let partial = runs.len() < seeds.len();
    let folders: Vec<PathBuf> = runs.iter().map(|run| folder::of_seed(folder, run.seed)).collect();
    let times = pooled::times(folders.iter().map(PathBuf::as_path), scenario.warmup.micros())?;
    let distorted = all.iter().filter(|(_, made)| made["distorted"] == Value::Bool(true));
    let together = Together {
        distorted: distorted.map(|(seed, _)| *seed).collect(),
        ..Together::of(&scenario.name, &runs, partial, times)
    };
    folder::finish(folder, &runs, &together)?;
    html::make(folder)?;
    if output.is_json() {
        print(&serde_json::to_string_pretty(&together)?)?;
    } else if output.is_for_people() {
        let interval = scenario.protocol.heartbeat_interval.get();
        print(&table::render(&together, seeds.len(), interval, folder))?;
    }
    Ok(partial)
}

/// The seeds of so many runs: the scenario's, and those that follow it.
pub(crate) fn seeds(scenario: &Scenario, runs: u64) -> Vec<u64> {
    (0..runs).map(|index| scenario.seed.wrapping_add(index)).collect()
}

/// The scenario with another seed.
pub(crate) fn with_seed(file: &Path, overrides: &[Override], seed: u64) -> Result<Loaded, Failure> {
    let own = Override::new("seed", seed.to_string(), format!("--seed {seed}"));
    let all: Vec<Override> = overrides.iter().cloned().chain([own]).collect();
    Ok(Scenario::load(file, &all)?)
}
