//! `roadmesh sim --runs N`: one scenario with many seeds.

use super::figures::figures;
use super::folder::{self, RunFigures, Together};
use super::pool::{self, Job};
use super::pooled;
use super::table;
use crate::cli::SimArgs;
use crate::error::Failure;
use crate::interrupt::{INTERRUPTED, Interrupt};
use crate::output::print;
use config_lib::Override;
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
    let seeds: Vec<u64> = (0..count).map(|index| scenario.seed.wrapping_add(index)).collect();
    let jobs = seeds.iter().map(|seed| {
        let loaded = with_seed(args.source.file(), &overrides, *seed)?;
        Ok(Job { loaded, folder: folder::of_seed(&folder, *seed) })
    });
    let jobs = jobs.collect::<Result<Vec<Job>, Failure>>()?;
    folder::prepare(&folder)?;
    let made = pool::run(jobs, args.repeat.at_once(), args.output.is_for_people(), interrupt)?;
    let runs: Vec<RunFigures> = seeds
        .iter()
        .zip(&made)
        .filter_map(|(seed, made)| Some(RunFigures { seed: *seed, figures: figures(made.as_ref()?) }))
        .collect();
    let partial = runs.len() < seeds.len();
    let folders: Vec<PathBuf> = runs.iter().map(|run| folder::of_seed(&folder, run.seed)).collect();
    let pooled = pooled::blackouts(folders.iter().map(PathBuf::as_path), scenario.warmup.micros())?;
    let together = Together::of(&scenario.name, &runs, partial, pooled);
    folder::finish(&folder, &runs, &together)?;
    if args.output.is_json() {
        print(&serde_json::to_string_pretty(&together)?)?;
    } else if args.output.is_for_people() {
        print(&table::render(&together, seeds.len(), &folder))?;
    }
    Ok(if partial { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

/// The scenario with another seed.
pub(crate) fn with_seed(file: &Path, overrides: &[Override], seed: u64) -> Result<Loaded, Failure> {
    let own = Override::new("seed", seed.to_string(), format!("--seed {seed}"));
    let all: Vec<Override> = overrides.iter().cloned().chain([own]).collect();
    Ok(Scenario::load(file, &all)?)
}
