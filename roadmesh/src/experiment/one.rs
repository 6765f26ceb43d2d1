//! One run, from a scenario that was read to its results.

use crate::error::Failure;
use crate::html;
use crate::timing::Stopwatch;
use serde_json::Value;
use sim_lib::error::SimError;
use sim_lib::recorder::{Manifest, Recorder, SummaryFile, Tables, Timing};
use sim_lib::results::{Observer, Progress, RunEvent, SecondRow, Summary, TrackRow};
use sim_lib::scenario::{Loaded, Scenario};
use sim_lib::world::World;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Whoever looks at a run as it goes.
pub(crate) trait Spectator {
    /// All input was found right, and results are about to be written.
    fn begins(&mut self) {}
    /// Whether invariants are to be checked as it goes.
    fn wants_check(&self) -> bool {
        false
    }
    /// How far it is; `false` ends it.
    fn progress(&mut self, progress: Progress) -> bool;
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) folder: PathBuf,
    /// Whether older results were replaced.
    pub(crate) replaced: bool,
    pub(crate) scenario_hash: String,
    pub(crate) summary: Summary,
    pub(crate) timing: Timing,
    /// Where the scenario names vehicles that never came: the key, and the name.
    pub(crate) never_came: Vec<(String, String)>,
}

impl Done {
    /// The content of its `summary.json`.
    pub(crate) fn file<'a>(&'a self, loaded: &'a Loaded) -> SummaryFile<'a> {
        SummaryFile {
            name: &loaded.scenario.name,
            seed: loaded.scenario.seed,
            scenario_hash: &self.scenario_hash,
            summary: &self.summary,
            live: None,
        }
    }

    /// The same as JSON.
    pub(crate) fn figures(&self, loaded: &Loaded) -> Result<Value, Failure> {
        Ok(serde_json::to_value(self.file(loaded))?)
    }
}

/// Simulates, and writes the results to `folder`. Nothing is written before all input was found right.
pub(crate) fn simulate(
    loaded: &Loaded,
    folder: &Path,
    setup: Instant,
    spectator: &mut dyn Spectator,
) -> Result<Done, Failure> {
    let scenario = &loaded.scenario;
    let mut world =
        World::new(scenario, &loaded.source.base).map_err(|error| Failure::of_run(error, loaded))?;
    world.set_checked(spectator.wants_check());
    refuse_plain_radios(loaded)?;
    let manifest = Manifest { sumo: world.sumo().cloned(), ..Manifest::new(loaded)? };
    spectator.begins();
    let recorder = Recorder::create(folder, &manifest)?;
    let replaced = recorder.replaced();

    let stopwatch = Stopwatch::start(setup);
    let mut watch = Watch { recorder, spectator };
    let outcome = match world.run(&mut watch) {
        Ok(outcome) => outcome,
        Err(error) => {
            if let SimError::Violated(violation) = &error {
                watch.recorder.violation(violation)?;
            }
            return Err(Failure::of_run(error, loaded));
        }
    };
    let timing = stopwatch.stop(&outcome);
    let mut done = Done {
        folder: PathBuf::new(),
        replaced,
        scenario_hash: manifest.scenario_hash,
        summary: outcome.summary.clone(),
        timing,
        never_came: world.never_came(),
    };
    let (file, losses) = (done.file(loaded), world.losses());
    done.folder = watch.recorder.finish(&file, &Tables::of(&outcome), losses, &done.timing)?;
    html::make(&done.folder)?;
    Ok(done)
}

/// Nobody in a simulation could use them.
fn refuse_plain_radios(loaded: &Loaded) -> Result<(), Failure> {
    let Scenario { nodes, groups, .. } = &loaded.scenario;
    let nodes = nodes.keys().map(|name| ("nodes", name));
    let mut all = nodes.chain(groups.keys().map(|name| ("groups", name)));
    match all.find(|(_, name)| loaded.scenario.is_plain(name)) {
        None => Ok(()),
        Some((section, name)) => {
            let message = format!("`{name}` leaves its radio to its host, and simulated hosts don't route");
            let help = "run it live: `roadmesh lab`".to_owned();
            Err(loaded.source.mistake(&format!("{section}.{name}.radio"), message, Some(help)).into())
        }
    }
}

/// Records, and asks the spectator.
struct Watch<'a> {
    recorder: Recorder,
    spectator: &'a mut dyn Spectator,
}

impl Observer for Watch<'_> {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        self.recorder.event(event)
    }

    fn track(&mut self, row: &TrackRow<'_>) -> io::Result<()> {
        self.recorder.track(row)
    }

    fn second(&mut self, row: &SecondRow) -> io::Result<()> {
        self.recorder.second(row)
    }

    fn progress(&mut self, progress: Progress) -> bool {
        self.spectator.progress(progress)
    }
}
