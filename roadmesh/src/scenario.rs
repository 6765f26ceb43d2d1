//! `roadmesh scenario`: looking at a scenario without running it.

use crate::cli::SourceArgs;
use crate::error::{Failure, other};
use crate::output::print;
use sim_lib::scenario::model::Role;
use sim_lib::scenario::{Loaded, Scenario};
use sim_lib::world::World;
use std::process::ExitCode;

/// Reads the scenario and its trace, and says what it holds.
pub(crate) fn check(args: &SourceArgs) -> Result<ExitCode, Failure> {
    let loaded = Scenario::load(args.file(), &args.overrides())?;
    World::new(&loaded.scenario, &loaded.source.base).map_err(|error| Failure::of_run(error, &loaded))?;
    print(&format!("{}: ok ({})", args.file().display(), contents(&loaded)))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the scenario as YAML with everything written out.
pub(crate) fn show(args: &SourceArgs) -> Result<ExitCode, Failure> {
    let loaded = Scenario::load(args.file(), &args.overrides())?;
    let yaml = loaded
        .scenario
        .to_yaml()
        .map_err(|error| other(format!("can't be written as YAML: {error}"), None))?;
    print(&yaml)?;
    Ok(ExitCode::SUCCESS)
}

fn contents(loaded: &Loaded) -> String {
    let Scenario { nodes, trace, traffic, faults, duration, warmup, .. } = &loaded.scenario;
    let rsus = nodes.values().filter(|node| node.role == Role::Rsu).count();
    let trace = if trace.is_some() { " and those of the trace" } else { "" };
    format!(
        "{}, {}{trace}, {}, {}, {duration} with {warmup} of warm-up",
        counted(rsus, "RSU"),
        counted(nodes.len() - rsus, "OBU"),
        counted(traffic.len(), "flow"),
        counted(faults.len(), "fault"),
    )
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
