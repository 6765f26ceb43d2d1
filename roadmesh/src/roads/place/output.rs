//! What the placing of road-side units says and writes.

use super::input::Input;
use super::{PlaceArgs, Plan, Rsu};
use crate::error::{Failure, input, other};
use crate::output::print;
use crate::table::{columns, section};
use mobility_lib::placement::At;
use sim_lib::scenario::Scenario;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Prints or writes the new nodes, and prints what all of them reach. What is printed is YAML, the table in comments.
pub(super) fn tell(args: &PlaceArgs, input: &Input, plan: &Plan) -> Result<(), Failure> {
    let nodes = entries(plan, "  ");
    let table = table(input, plan);
    if let Some(file) = &args.write {
        write(args, file, input, plan)?;
        print(&table)?;
        print(&format!("\nWrote {}. Check it: roadmesh scenario check {}", file.display(), file.display()))?;
    } else if nodes.is_empty() {
        print(&table)?;
    } else {
        let comments: String =
            table.lines().map(|line| format!("# {line}").trim_end().to_owned() + "\n").collect();
        print(&format!("nodes:\n{nodes}\n{comments}"))?;
    }
    Ok(())
}

/// The new nodes as YAML.
fn entries(plan: &Plan, indent: &str) -> String {
    let new = plan.rsus.iter().filter(|rsu| rsu.site.is_some());
    new.map(|Rsu { name, position, .. }| {
        format!("{indent}{name}: {{ role: rsu, position: [{:.2}, {:.2}] }}\n", position.x, position.y)
    })
    .collect()
}

fn table(input: &Input, plan: &Plan) -> String {
    let what = if input.counts_vehicles() { "of vehicle-time" } else { "of the roads' length" };
    let mut table = columns(&["RSU", "x", "y", "reaches", "where"], &["", "m", "m", "%", ""]);
    let percent = |part: f64| format!("{:.1}", 100.0 * part / plan.total);
    for Rsu { name, position, site, own } in &plan.rsus {
        let at = match site.as_ref().map(|site| &site.at) {
            None => "there already".to_owned(),
            Some(At::Junction(id)) => format!("junction {}", id.escape_debug()),
            Some(At::Road(id)) => format!("road {}", id.escape_debug()),
        };
        let [x, y] = [position.x, position.y].map(|metres| format!("{metres:.2}"));
        table.add_row([name.clone(), x, y, percent(*own), at]);
    }
    let title = format!("{} RSUs with a range of {:.0} m", plan.rsus.len(), plan.range_m);
    let all = format!("\nall together: {} % {what}\n", percent(plan.reached));
    section(&title, table) + &all
}

/// Writes a scenario with the new nodes to a file that isn't there yet.
fn write(args: &PlaceArgs, file: &Path, input: &Input, plan: &Plan) -> Result<(), Failure> {
    let text = match &input.scenario {
        Some(loaded) => {
            if folder(file) != folder(&args.source) {
                let help =
                    "paths in a scenario count from its folder: write it beside the other one".to_owned();
                return Err(self::input(
                    format!("`{}` is in another folder than the scenario", file.display()),
                    Some(help),
                ));
            }
            with_nodes(&loaded.source.text, plan).filter(|text| is_right(text, file, plan)).ok_or_else(
                || {
                    let help = "leave out --write, and paste what is printed".to_owned();
                    self::input(
                        "the scenario's `nodes` are written in a way that can't be added to".to_owned(),
                        Some(help),
                    )
                },
            )?
        }
        None => fresh(args, file, input, plan),
    };
    let mut made = File::create_new(file).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            let help = "name a new file, or remove this one".to_owned();
            self::input(format!("`{}` exists already", file.display()), Some(help))
        }
        _ => unwritten(file, &error),
    })?;
    made.write_all(text.as_bytes()).map_err(|error| unwritten(file, &error))
}

/// The text of the scenario with more nodes; none if its nodes aren't listed one a line.
fn with_nodes(text: &str, plan: &Plan) -> Option<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let Some(key) = lines.iter().position(|line| line.starts_with("nodes:")) else {
        return Some(format!("{}\nnodes:\n{}", text.trim_end(), entries(plan, "  ")));
    };
    let value = lines[key]["nodes:".len()..].trim();
    if !(value.is_empty() || value.starts_with('#')) {
        return None;
    }
    let (before, after) = lines.split_at(key + 1);
    let first = after.iter().find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))?;
    let indent = &first[..first.len() - first.trim_start().len()];
    let line_end = if before.concat().ends_with('\n') { "" } else { "\n" };
    Some(format!("{}{line_end}{}{}", before.concat(), entries(plan, indent), after.concat()))
}

/// Whether the text is a scenario with all of the nodes in it.
fn is_right(text: &str, file: &Path, plan: &Plan) -> bool {
    let base = folder(file);
    let loaded = Scenario::load_text(text, file, &base, &[]);
    loaded.is_ok_and(|loaded| plan.rsus.iter().all(|rsu| loaded.scenario.nodes.contains_key(&rsu.name)))
}

/// A scenario that has nothing yet but its roads and its road-side units.
fn fresh(args: &PlaceArgs, file: &Path, input: &Input, plan: &Plan) -> String {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = if config_lib::limits::name(&stem, &()).is_ok() { stem } else { "roads".to_owned() };
    let mut text = format!(
        "# RSUs placed by `roadmesh roads place`. Vehicles come from a `trace` or from `groups`; `traffic` is what they send.\n\
         name: '{name}'\nduration: 60s\nradio:\n  profile: geometric\n"
    );
    for (key, path) in [("network", &input.network_file), ("trace", &args.trace)] {
        if let Some(path) = path {
            text += &format!("{key}:\n  file: {}\n", quoted(&relative(path, file)));
        }
    }
    text + "nodes:\n" + &entries(plan, "  ")
}

/// The path as a scenario in `file` names it.
fn relative(path: &Path, file: &Path) -> PathBuf {
    match (path.file_name(), folder(path) == folder(file)) {
        (Some(name), true) => name.into(),
        _ => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
    }
}

/// As YAML has it, whatever is in it.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "''"))
}

/// The folder that a file is in.
fn folder(file: &Path) -> PathBuf {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    parent.canonicalize().unwrap_or_else(|_| parent.to_owned())
}

fn unwritten(file: &Path, error: &std::io::Error) -> Failure {
    let help = "check the space and the permissions of this folder".to_owned();
    other(format!("`{}` can't be written: {error}", file.display()), Some(help))
}
