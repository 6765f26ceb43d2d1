//! `roadmesh sweep`: a scenario with every combination of some settings, and what they change.

mod args;
mod choice;
mod grid;
mod kept;
pub(crate) mod results;
pub(crate) mod table;
mod vary;

pub(crate) use args::SweepArgs;

use crate::error::Failure;
use crate::experiment::figures::figures;
use crate::experiment::folder::{RunFigures, of_seed, prepare};
use crate::experiment::pool::{self, Job};
use crate::experiment::runs::with_seed;
use crate::html;
use crate::interrupt::{INTERRUPTED, Interrupt};
use crate::output::print;
use choice::Choice;
use grid::Point;
use results::{FORMAT, Sweep};
use sim_lib::scenario::{Loaded, Scenario};
use std::process::ExitCode;

/// Makes the runs that are not there yet, and tells what all of them say. Every combination is read and found right before
/// the first run begins.
pub(crate) fn run(args: &SweepArgs) -> Result<ExitCode, Failure> {
    let interrupt = Interrupt::watch()?;
    let first = Scenario::load(args.source.file(), &args.source.overrides())?.scenario;
    let choice = Choice::of(&args.figures)?;
    let points = grid::points(&args.vary, &args.source.overrides())?;
    let folder = args.folder(&first);
    let mut runs = Vec::new();
    for (index, point) in points.iter().enumerate() {
        for seed in (0..args.repeat.count()).map(|run| first.seed.wrapping_add(run)) {
            let loaded = with_seed(args.source.file(), &point.overrides, seed)?;
            let folder = of_seed(&folder.join(&point.folder), seed);
            let made = kept::figures_of(&folder, &loaded)?;
            runs.push(Run { point: index, seed, loaded, folder, made });
        }
    }
    prepare(&folder, FORMAT)?;
    make_missing(&mut runs, args, &interrupt)?;

    let partial = runs.iter().any(|run| run.made.is_none());
    let sweep = Sweep::of(&first, args, choice, &of_points(points, runs), partial)?;
    results::write(&folder, &sweep)?;
    html::make(&folder)?;
    if args.json {
        print(&serde_json::to_string_pretty(&sweep)?)?;
    } else if !args.quiet {
        print(&table::render(&sweep, &folder))?;
    }
    Ok(if partial { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

/// One run of the sweep.
struct Run {
    /// Index of its combination.
    point: usize,
    seed: u64,
    loaded: Loaded,
    folder: std::path::PathBuf,
    /// The content of its `summary.json`, once it was made to its end.
    made: pool::Made,
}

fn make_missing(runs: &mut [Run], args: &SweepArgs, interrupt: &Interrupt) -> Result<(), Failure> {
    let all = runs.len();
    let missing: Vec<&mut Run> = runs.iter_mut().filter(|run| run.made.is_none()).collect();
    if missing.len() < all && args.is_for_people() {
        eprintln!("{} of {all} runs are there from before", all - missing.len());
    }
    let jobs = missing.iter().map(|run| Job {
        loaded: run.loaded.clone(),
        folder: run.folder.clone(),
        checked: args.repeat.checks(),
    });
    let made = pool::run(jobs.collect(), args.repeat.at_once(), args.is_for_people(), interrupt)?;
    for (run, made) in missing.into_iter().zip(made) {
        run.made = made;
    }
    Ok(())
}

/// The runs of each combination that were made to their end.
fn of_points(points: Vec<Point>, runs: Vec<Run>) -> Vec<(Point, Vec<RunFigures>)> {
    let mut all: Vec<(Point, Vec<RunFigures>)> =
        points.into_iter().map(|point| (point, Vec::new())).collect();
    for run in runs {
        if let Some(made) = &run.made {
            all[run.point].1.push(RunFigures { seed: run.seed, figures: figures(made) });
        }
    }
    all
}
