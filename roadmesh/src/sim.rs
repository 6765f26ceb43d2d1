//! `roadmesh sim`: one run, from the scenario to the table.

use crate::cli::SimArgs;
use crate::error::{Failure, other};
use crate::interrupt::{INTERRUPTED, Interrupt};
use crate::progress::Bar;
use crate::timing::Stopwatch;
use sim_lib::recorder::{Manifest, Recorder, SummaryFile};
use sim_lib::results::{Observer, Progress, RunEvent, SecondRow};
use sim_lib::scenario::model::{NodeRadio, NodeSpec};
use sim_lib::scenario::{Loaded, Scenario};
use sim_lib::world::World;
use std::io;
use std::process::ExitCode;
use std::time::Instant;

/// Runs the scenario. Nothing is written before all input was read and found right.
pub(crate) fn run(args: &SimArgs) -> Result<ExitCode, Failure> {
    let interrupt =
        Interrupt::watch().map_err(|error| other(format!("can't watch for Ctrl-C: {error}"), None))?;
    let setup = Instant::now();
    let loaded = Scenario::load(args.source.file(), &args.source.overrides())?;
    let scenario = &loaded.scenario;
    let mut world =
        World::new(scenario, &loaded.source.base).map_err(|error| Failure::of_run(error, &loaded))?;
    refuse_plain_radios(&loaded)?;
    let manifest = Manifest::new(&loaded)?;
    interrupt.run_begins();
    let recorder = Recorder::create(&args.output.folder(&scenario.name, scenario), &manifest)?;
    let replaced = recorder.replaced();

    let stopwatch = Stopwatch::start(setup);
    let mut watch = Watch { recorder, bar: Bar::new(args.output.is_for_people()), interrupt };
    let outcome = world.run(&mut watch);
    watch.bar.clear();
    let outcome = outcome.map_err(|error| Failure::of_run(error, &loaded))?;

    let timing = stopwatch.stop(&outcome);
    let summary = SummaryFile {
        name: &scenario.name,
        seed: scenario.seed,
        scenario_hash: &manifest.scenario_hash,
        summary: &outcome.summary,
        live: None,
    };
    let folder = watch.recorder.finish(&summary, &outcome.flows, &timing)?;
    args.output.tell(&summary, &timing, &folder, replaced)?;
    Ok(if outcome.summary.partial { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

/// Nobody in a simulation could use them.
fn refuse_plain_radios(loaded: &Loaded) -> Result<(), Failure> {
    let plain = |(_, node): &(&String, &NodeSpec)| node.radio == NodeRadio::Tap;
    match loaded.scenario.nodes.iter().find(plain) {
        None => Ok(()),
        Some((name, _)) => {
            let message = format!("`{name}` leaves its radio to its host, and simulated hosts don't route");
            let help = "run it live: `roadmesh lab`".to_owned();
            Err(loaded.source.mistake(&format!("nodes.{name}.radio"), message, Some(help)).into())
        }
    }
}

/// Records, shows the progress, and ends the run when the user wants it.
struct Watch {
    recorder: Recorder,
    bar: Bar,
    interrupt: Interrupt,
}

impl Observer for Watch {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        self.recorder.event(event)
    }

    fn second(&mut self, row: &SecondRow) -> io::Result<()> {
        self.recorder.second(row)
    }

    fn progress(&mut self, progress: Progress) -> bool {
        self.bar.update(progress);
        !self.interrupt.asked()
    }
}
