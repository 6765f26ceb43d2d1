//! `roadmesh sim`: one run, from the scenario to the table.

use crate::cli::SimArgs;
use crate::error::{Failure, other};
use crate::interrupt::{INTERRUPTED, Interrupt};
use crate::output::print;
use crate::progress::Bar;
use crate::table;
use sim_lib::recorder::{Manifest, Recorder, SummaryFile, Timing, default_folder};
use sim_lib::results::{Observer, Progress, RunEvent, SecondRow};
use sim_lib::scenario::Scenario;
use sim_lib::world::World;
use std::process::ExitCode;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use std::{env, io, thread};

/// Runs the scenario. Nothing is written before all input was read and found right.
pub(crate) fn run(args: &SimArgs) -> Result<ExitCode, Failure> {
    let interrupt =
        Interrupt::watch().map_err(|error| other(format!("can't watch for Ctrl-C: {error}"), None))?;
    let setup = Instant::now();
    let loaded = Scenario::load(args.source.file(), &args.source.overrides())?;
    let scenario = &loaded.scenario;
    let mut world =
        World::new(scenario, &loaded.source.base).map_err(|error| Failure::of_run(error, &loaded))?;
    let manifest = Manifest::new(&loaded)?;
    let folder = args.out.clone().unwrap_or_else(|| default_folder(scenario));
    interrupt.run_begins();
    let recorder = Recorder::create(&folder, &manifest)?;
    let replaced = recorder.replaced();

    let (start, started) = (Instant::now(), SystemTime::now());
    let mut watch = Watch { recorder, bar: Bar::new(!args.quiet && !args.json), interrupt };
    let outcome = world.run(&mut watch);
    watch.bar.clear();
    let outcome = outcome.map_err(|error| Failure::of_run(error, &loaded))?;

    let wall_s = start.elapsed().as_secs_f64();
    let per_second = |count: f64| Some(count / wall_s).filter(|speed| speed.is_finite());
    let timing = Timing {
        setup_s: (start - setup).as_secs_f64(),
        wall_s,
        simulated_s: outcome.summary.simulated_s,
        simulated_s_per_s: per_second(outcome.summary.simulated_s),
        events: outcome.events,
        events_per_s: per_second(outcome.events as f64),
        cores: thread::available_parallelism().map_or(1, usize::from),
        host: format!("{} {}", env::consts::OS, env::consts::ARCH),
        started_unix_s: started.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
    };
    let summary = SummaryFile {
        name: &scenario.name,
        seed: scenario.seed,
        scenario_hash: &manifest.scenario_hash,
        summary: &outcome.summary,
        live: None,
    };
    let folder = watch.recorder.finish(&summary, &outcome.flows, &timing)?;
    if args.json {
        print(&serde_json::to_string_pretty(&summary)?)?;
    } else if !args.quiet {
        print(&table::render(&summary, &timing, &folder, replaced))?;
    }
    Ok(if outcome.summary.partial { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
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
