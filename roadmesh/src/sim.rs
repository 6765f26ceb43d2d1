//! `roadmesh sim`: one run, or many, from the scenario to the table.

use crate::cli::SimArgs;
use crate::error::Failure;
use crate::experiment::one::simulate;
use crate::experiment::runs;
use crate::experiment::watch::Watch;
use crate::interrupt::{INTERRUPTED, Interrupt};
use sim_lib::scenario::Scenario;
use std::process::ExitCode;
use std::time::Instant;

/// Runs the scenario.
pub(crate) fn run(args: &SimArgs) -> Result<ExitCode, Failure> {
    let interrupt = Interrupt::watch()?;
    if args.repeat.is_wanted() {
        return runs::run(args, &interrupt);
    }
    let setup = Instant::now();
    let loaded = Scenario::load(args.source.file(), &args.source.overrides())?;
    let folder = args.output.folder(&loaded.scenario.name, &loaded.scenario);
    let mut watch = Watch::new(args.output.is_for_people(), interrupt).checking(args.repeat.checks());
    let done = simulate(&loaded, &folder, setup, &mut watch);
    watch.clear();
    let done = done?;
    for (key, name) in &done.never_came {
        eprintln!("warning: nobody named `{name}` came, whom `{key}` names");
    }
    args.output.tell(&done.file(&loaded), &done.timing, &done.folder, done.replaced)?;
    Ok(if done.summary.partial { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}
