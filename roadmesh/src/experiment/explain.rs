//! `roadmesh explain`: why a node routed as it did, at any time of a run that was made.
//!
//! A simulation is a function of its scenario and seed. So nothing has to be recorded of what a node knew: the run is made
//! again up to that time, and the node is asked. What it says is held against the events that the run left.

use super::again::Again;
use crate::cli::ExplainArgs;
use crate::error::{Failure, input, other};
use crate::output::print;
use crate::report::ExplainReport;
use node_lib::addr::Mac;
use node_lib::time::Instant;
use serde::Serialize;
use serde_json::Value;
use sim_lib::results::{Observer, Progress, RunEvent, SecondRow};
use sim_lib::scenario::model::Role;
use sim_lib::world::{PartyKind, World, address};
use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// What is told of one node at one time.
#[derive(Debug, Serialize)]
struct Told {
    node: String,
    at_s: f64,
    /// What its route was, by the events: the last change before.
    before: Option<Value>,
    #[serde(flatten)]
    explanation: ExplainReport,
    /// What happened to it next.
    next: Vec<Value>,
}

/// Makes the run again up to the time, and asks the node.
pub(crate) fn run(args: &ExplainArgs) -> Result<ExitCode, Failure> {
    let again = Again::read(&args.results, args.scenario.as_deref())?;
    let scenario = &again.loaded.scenario;
    let mut world = World::new(scenario, &again.loaded.source.base)
        .map_err(|error| Failure::of_run(error, &again.loaded))?;
    let at = Instant::from_micros(args.at.micros());
    if at > world.end() {
        let message = format!("the run ends at {}, before {}", scenario.duration, args.at);
        return Err(input(message, Some("--at is a time of the run: 63.2s".to_owned())));
    }
    let node = &args.node;
    let kind = world.party(node).map(|party| world.party_name(party).1);
    let role = match kind {
        Some(PartyKind::Obu) => Role::Obu,
        Some(PartyKind::Rsu) => Role::Rsu,
        Some(PartyKind::Server) => {
            return Err(input(format!("`{node}` is a host on the wire, and routes nothing"), None));
        }
        None => {
            let near = config_lib::nearest(node, world.parties().map(|(name, _)| name));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            return Err(input(format!("nothing in this run is named `{node}`"), help));
        }
    };
    world.run_until(at, &mut Nobody).map_err(|error| Failure::of_run(error, &again.loaded))?;
    let (before, next) = around(&again.folder, node, args.at.micros())?;
    let Some(machine) = world.node(node) else {
        let message = format!("`{node}` isn't there at {}, or has no power", args.at);
        let help = next.first().and_then(when).map(|at| format!("it is up at {at} s"));
        return Err(input(message, help));
    };
    let names = |mac: Mac| world.name_of(mac).map_or_else(|| mac.to_string(), str::to_owned);
    let only = match args.rsu.as_deref() {
        None => None,
        Some(rsu) if world.party(rsu).is_some() => Some(address::radio_mac(rsu)),
        Some(rsu) => return Err(input(format!("nothing in this run is named `{rsu}`"), None)),
    };
    let status = machine.status();
    let explanation =
        ExplainReport::new(role, world.clock(&args.node).unwrap_or(world.now()), &status, only, &names);
    let route = status.upstream.map(|route| (names(route.rsu), names(route.next_hop)));
    agree(&again, before.as_ref(), route.as_ref(), node)?;
    let told = Told { node: node.clone(), at_s: at.as_secs_f64(), before, explanation, next };
    print(&if args.json { serde_json::to_string_pretty(&told)? } else { rendered(&told) })?;
    Ok(ExitCode::SUCCESS)
}

fn rendered(told: &Told) -> String {
    let mut text = format!("{} at {} s\n\n", told.node, told.at_s);
    text.push_str("BEFORE\n");
    text.push_str(
        &told.before.as_ref().map_or_else(|| " its route had not changed yet\n".to_owned(), sentence),
    );
    text.push('\n');
    text.push_str(&told.explanation.render());
    text.push_str("\nNEXT\n");
    match told.next.as_slice() {
        [] => text.push_str(" nothing more\n"),
        events => events.iter().for_each(|event| text.push_str(&sentence(event))),
    }
    text
}

/// An event in words, on a line of its own.
fn sentence(event: &Value) -> String {
    let text = |key: &str| event[key].as_str().unwrap_or("nobody").to_owned();
    let at = when(event).unwrap_or_default();
    let what = match event["event"].as_str() {
        Some("route") => {
            let to = match event["to_rsu"].as_str() {
                Some(_) => format!(
                    "to {} by {}, {} hops, {} µs",
                    text("to_rsu"),
                    text("to_hop"),
                    event["hops"],
                    event["cost_us"]
                ),
                None => "no route".to_owned(),
            };
            let from = match event["from_rsu"].as_str() {
                Some(_) => format!("from {} by {} ", text("from_rsu"), text("from_hop")),
                None => String::new(),
            };
            format!("{} ({}): {from}{to}", text("kind"), text("cause"))
        }
        Some("resumed") => {
            format!("traffic goes on after the {}: blackout {} ms", text("kind"), event["blackout_ms"])
        }
        Some(other) => other.to_owned(),
        None => String::new(),
    };
    format!(" {at:>10} s  {what}\n")
}

fn when(event: &Value) -> Option<String> {
    Some(format!("{:.3}", event["at_us"].as_u64()? as f64 / 1e6))
}

/// Of the node's events: its last change of route up to that time, and the few that come after.
fn around(folder: &Path, node: &str, at_us: u64) -> Result<(Option<Value>, Vec<Value>), Failure> {
    let path = folder.join("events.jsonl");
    let text = fs::read_to_string(&path)
        .map_err(|error| other(format!("can't read `{}`: {error}", path.display()), None))?;
    let (mut before, mut next) = (None, Vec::new());
    for (number, line) in (1..).zip(text.lines()) {
        let event: Value = serde_json::from_str(line)
            .map_err(|error| input(format!("`{}`, line {number}: {error}", path.display()), None))?;
        if event["node"] != node {
            continue;
        }
        match event["at_us"].as_u64() {
            Some(at) if at <= at_us => match event["event"].as_str() {
                Some("route") => before = Some(event),
                // It begins anew.
                Some("up" | "down") => before = None,
                _ => {}
            },
            _ if next.len() < MOST_NEXT => next.push(event),
            _ => break,
        }
    }
    Ok((before, next))
}

/// What the node says is what the events say, or the run that was made is not the one that is asked.
fn agree(
    again: &Again,
    before: Option<&Value>,
    route: Option<&(String, String)>,
    node: &str,
) -> Result<(), Failure> {
    let told = before.and_then(|event| Some((event["to_rsu"].as_str()?, event["to_hop"].as_str()?)));
    if told == route.map(|(rsu, hop)| (rsu.as_str(), hop.as_str())) {
        return Ok(());
    }
    let message = format!(
        "the events of `{}` have another route of `{node}` than the run made again",
        again.folder.display()
    );
    let help = match &again.other_version {
        Some(version) => {
            format!("it was made by version {version}, and this is {}", env!("CARGO_PKG_VERSION"))
        }
        None => "`roadmesh verify` tells what else differs".to_owned(),
    };
    Err(other(message, Some(help)))
}

/// Whoever watches a run that is made only to be asked.
struct Nobody;

impl Observer for Nobody {
    fn event(&mut self, _: &RunEvent) -> io::Result<()> {
        Ok(())
    }

    fn second(&mut self, _: &SecondRow) -> io::Result<()> {
        Ok(())
    }

    fn progress(&mut self, _: Progress) -> bool {
        true
    }
}

const MOST_NEXT: usize = 5;
