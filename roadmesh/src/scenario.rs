//! `roadmesh scenario`: starting a scenario, and looking at one without running it.

pub(crate) mod new;

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
    // In comments, so that what is shown can be used as it is.
    let groups: String = loaded.scenario.told_groups().map(|told| format!("# {told}\n")).collect();
    print(&(yaml + &groups))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the schema of scenario files.
pub(crate) fn schema() -> Result<ExitCode, Failure> {
    print(&schema_text()?)?;
    Ok(ExitCode::SUCCESS)
}

fn schema_text() -> Result<String, Failure> {
    Ok(serde_json::to_string_pretty(&sim_lib::scenario::schema())? + "\n")
}

fn contents(loaded: &Loaded) -> String {
    let Scenario { nodes, groups, trace, traffic, faults, duration, warmup, .. } = &loaded.scenario;
    let roles = nodes.values().map(|node| (node.role, 1));
    let roles = roles.chain(groups.values().map(|group| (group.role, group.count as usize)));
    let (rsus, obus): (Vec<_>, Vec<_>) = roles.partition(|(role, _)| *role == Role::Rsu);
    let [rsus, obus] = [rsus, obus].map(|some| some.into_iter().map(|(_, count)| count).sum());
    let trace = if trace.is_some() { " and those of the trace" } else { "" };
    format!(
        "{}, {}{trace}, {}, {}, {duration} with {warmup} of warm-up",
        counted(rsus, "RSU"),
        counted(obus, "OBU"),
        counted(traffic.len(), "flow"),
        counted(faults.len(), "fault"),
    )
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
