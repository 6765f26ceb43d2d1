//! `roadmesh lab SCENARIO`: from the scenario to the table.
//!
//! Two processes do it. The one that the user started takes the lab's name, makes a corner of the machine (see
//! [`device_lib::sandbox`]) and waits; the second one, its child and the first process in the corner, is the lab. Whatever
//! ends either of them, the kernel ends the other and all that was started in the corner.

use super::apps::{Book, Report};
use super::args::LabRunArgs;
use super::engine::{Ending, Lab, LabError};
use super::start::{Started, start};
use super::{registry, runs, uplink};
use crate::corner::{Standing, run_inside};
use crate::error::{Failure, other};
use crate::html;
use crate::interrupt::{INTERRUPTED, Interrupt};
use sim_lib::recorder::{Manifest, SummaryFile, Tables};
use sim_lib::results::{AppFigures, LiveFigures};
use sim_lib::scenario::{Loaded, Scenario};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixListener;
use std::process::ExitCode;

/// Runs a scenario live.
pub(crate) fn run(args: &LabRunArgs) -> Result<ExitCode, Failure> {
    match (args.inside, args.runs) {
        (None, Some(count)) => runs::run(args, count),
        (None, None) => outside(args),
        (Some(standing), _) => inside(args, standing),
    }
}

/// What the user's own process does.
fn outside(args: &LabRunArgs) -> Result<ExitCode, Failure> {
    let loaded = Scenario::load(args.source.file(), &args.source.overrides())?;
    let listener = registry::claim(args.lab.as_deref().unwrap_or(&loaded.scenario.name))?;
    let mut options = Vec::new();
    if args.uplink.is_some() {
        let outside = uplink::check()?.hand_on().map_err(|error| other(error.to_string(), None))?;
        options.extend(["--outside".to_owned(), outside.to_string()]);
    }
    // A lab reads no input; its socket goes there.
    run_inside(Some(listener.into()), &options)
}

/// What the lab itself does. Nothing is written before all input was read and found right.
fn inside(args: &LabRunArgs, standing: Standing) -> Result<ExitCode, Failure> {
    let interrupt = Interrupt::watch_inside()?;
    let listener = io::stdin().as_fd().try_clone_to_owned().map(UnixListener::from);
    let listener = listener.map_err(|error| other(format!("the lab's socket: {error}"), None))?;
    let setup = std::time::Instant::now();
    let loaded = Scenario::load(args.source.file(), &args.source.overrides())?;
    let manifest = Manifest::new(&loaded)?;
    let Started { mut driver, mut lab, capture, stopwatch, uplink: _uplink, replaced } =
        start(args, standing, &loaded, &manifest, interrupt, listener, setup)?;
    let result = driver.run(&mut lab);
    lab.watch.bar.clear();
    let Lab { mut world, watch, launcher, mut books, mut fidelity, lost, ending, drops, .. } = lab;
    fidelity.dropped(drops.end());
    for report in launcher.end() {
        // In the last moment.
        match report {
            Report::Started(index) => books[index].started(),
            Report::Ended(index, exit) => books[index].ended(exit),
            Report::Killed(index) => books[index].killed(),
            Report::Failed(index, _) => books[index].failed(),
        }
    }
    result.map_err(|error| failure(error, &loaded))?;
    if let Some(error) = capture.and_then(|file| file.failure()) {
        eprintln!("warning: the capture is not complete: {error}");
    }

    // One that was to stay is whole once the scenario is over.
    let whole = ending == Ending::Whole || (args.keep && world.now() >= world.end());
    let mut outcome = world.outcome(!whole);
    outcome.summary.drops.extend(lost.named());
    let apps = books.into_iter().map(Book::close).collect();
    let live = LiveFigures { fidelity: fidelity.verdict(), apps };
    let timing = stopwatch.stop(&outcome);
    let summary = SummaryFile {
        name: &loaded.scenario.name,
        seed: loaded.scenario.seed,
        scenario_hash: &manifest.scenario_hash,
        summary: &outcome.summary,
        live: Some(&live),
    };
    let folder = watch.recorder.finish(&summary, &Tables::of(&outcome), world.losses(), &timing)?;
    html::make(&folder)?;
    args.output.tell(&summary, &timing, &folder, replaced)?;
    complain(&live, args.strict, ending);
    Ok(if live.apps.iter().any(|app| !app.as_expected) || ending == Ending::Behind {
        ExitCode::FAILURE
    } else if args.strict && live.fidelity.distorted {
        ExitCode::from(DISTORTED)
    } else if outcome.summary.partial {
        ExitCode::from(INTERRUPTED)
    } else {
        ExitCode::SUCCESS
    })
}

/// Says on standard error what makes the exit code one of failure: the table may not have been wanted.
fn complain(live: &LiveFigures, strict: bool, ending: Ending) {
    for AppFigures { app, node, exit, .. } in live.apps.iter().filter(|app| !app.as_expected) {
        let exit = exit.map_or_else(|| "did not end".to_owned(), |exit| format!("ended with {exit}"));
        eprintln!("warning: the program `{app}` of `{node}` {exit}, which is not what the scenario expects");
    }
    if ending == Ending::Behind {
        eprintln!("warning: this machine is too slow for the scenario: its end was not reached in time");
    } else if strict && live.fidelity.distorted {
        eprintln!("warning: this machine did not keep up, and distorted the results");
    }
}

fn failure(error: LabError, loaded: &Loaded) -> Failure {
    match error {
        LabError::World(error) => Failure::of_run(error, loaded),
        LabError::Io(error) => other(format!("the lab can't go on: {error}"), None),
        LabError::App { index, why, help } => {
            let app = &loaded.scenario.lab.apps[index];
            let message = format!("the program `{}` of `{}` can't be started: {why}", app.name, app.node);
            loaded.source.mistake(&format!("lab.apps.{index}.command"), message, help).into()
        }
    }
}

/// Exit code of a run that the host distorted, if that was to be an error.
pub(super) const DISTORTED: u8 = 3;
