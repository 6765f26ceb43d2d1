//! `roadmesh roads import`: from a map to a scenario that runs.

mod files;

use crate::error::{Failure, input, other};
use crate::output::print;
use crate::progress::Bar;
use crate::table::{Section, list, pairs};
use clap::Args;
use config_lib::Interval;
use files::{Buildings, Files};
use mobility_lib::MobilityError;
use mobility_lib::osm::{self, Map};
use mobility_lib::traffic::{Extent, Network, STEP_S, Settings, Traffic};
use sim_lib::results::Progress;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Make a scenario of a map: streets, traffic that drives on them, buildings, RSUs at the big junctions
#[derive(Debug, Args)]
#[command(
    long_about = "Make a scenario of a map: streets, traffic that drives on them, buildings, RSUs at the big junctions.\n\n\
        The map is OpenStreetMap's XML, gzipped or not: from https://www.openstreetmap.org/export, from Overpass, or cut \
        from a larger one by `osmium extract`. Vehicles follow each other by the Intelligent Driver Model, change lanes by \
        MOBIL, stop at lights and give way at junctions, so that they don't touch but where a map draws roads into each \
        other; docs/roads.md tells how. The trace is SUMO's \
        floating car data, so other tools read it too.",
    after_help = "Examples:\n  \
        roadmesh roads import examples/balzers/map.osm.gz\n  \
        roadmesh roads import map.osm --vehicles 300 --duration 10m --rsus 12 --out mytown\n\n\
        Then: roadmesh sim mytown/scenario.yaml"
)]
pub(crate) struct ImportArgs {
    /// The map (map.osm or map.osm.gz)
    #[arg(value_name = "MAP")]
    map: PathBuf,

    /// How many vehicles drive, all the time
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    vehicles: u32,

    /// How long the trace is: 300s, 5m, 1h
    #[arg(long, value_name = "TIME", default_value = "300s")]
    duration: Interval,

    /// Seed of every random draw
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// How many RSUs stand at the greatest junctions, 200 m apart at least [default: at junctions 500 m apart, 8 at most]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(0..=10_000))]
    rsus: Option<u32>,

    /// Folder to write; it must not exist [default: named after the map]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Reads the map, lets the traffic drive, and writes the folder.
pub(crate) fn run(args: &ImportArgs) -> Result<ExitCode, Failure> {
    let seconds = args.duration.as_secs_f64();
    if !(MIN_SECONDS..=MAX_SECONDS).contains(&seconds) {
        let help = "give 10s to 24h".to_owned();
        return Err(input(format!("--duration {} is too short or too long", args.duration), Some(help)));
    }
    let folder = args.out.clone().unwrap_or_else(|| PathBuf::from(stem(&args.map)));
    if fs::symlink_metadata(&folder).is_ok() {
        let help = "choose another folder with --out".to_owned();
        return Err(input(format!("`{}` exists already", folder.display()), Some(help)));
    }
    let map = osm::read(&args.map).map_err(of_map)?;
    let network = Network::of(&map, &args.map.display().to_string()).map_err(of_map)?;
    let settings = Settings { vehicles: args.vehicles as usize, seed: args.seed, length_m: VEHICLE_M };
    let mut traffic = Traffic::new(&network, settings).map_err(|error| {
        input(error.to_string(), Some(format!("give --vehicles {} or fewer, or a larger map", error.room)))
    })?;
    let trace = drive(&mut traffic, seconds, !args.quiet)?;
    let (apart, most) = match args.rsus {
        Some(rsus) => (200.0, rsus as usize),
        None => (500.0, 8),
    };
    let mut rsus = network.main_junctions(apart);
    let found = rsus.len();
    rsus.truncate(most);
    let buildings = Buildings::of(&map);
    let files = Files {
        name: scenario_name(&folder),
        map: &map,
        network: &network,
        buildings: &buildings,
        rsus: &rsus,
        seconds,
        seed: args.seed,
        trace,
    };
    files.write(&folder).map_err(|error| {
        let help =
            "check the space and the permissions there, or choose another folder with --out".to_owned();
        other(format!("`{}` can't be written: {error}", folder.display()), Some(help))
    })?;
    if !args.quiet {
        if args.rsus.is_some_and(|wanted| wanted as usize > found) {
            eprintln!("Only {found} junctions lie 200 m apart: there are no more RSUs.");
        }
        warn(&map, &args.map);
        print(&told(&map, &network, &traffic, &files, &folder))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Lets the traffic drive until it has spread, and then writes down where everybody is.
fn drive(traffic: &mut Traffic<'_>, seconds: f64, shown: bool) -> Result<Vec<u8>, Failure> {
    let mut bar = Bar::new(shown && io::stderr().is_terminal());
    let steps = |seconds: f64| (seconds / STEP_S).round() as u64;
    let (before, all) = (steps(WARM_UP_S), steps(seconds));
    let us = |steps: u64| (steps as f64 * STEP_S * 1e6) as u64;
    let mut trace = files::Trace::new().map_err(unpacked)?;
    for step in 0..=before + all {
        if step >= before && (step - before).is_multiple_of(steps(SAMPLE_S)) {
            trace.push((step - before) as f64 * STEP_S, traffic).map_err(unpacked)?;
        }
        traffic.step();
        let nodes = traffic.vehicles().len() as u64;
        bar.update(Progress { now_us: us(step), end_us: us(before + all), nodes, events: step });
    }
    bar.clear();
    trace.finish().map_err(unpacked)
}

fn unpacked(error: io::Error) -> Failure {
    other(format!("the trace can't be made: {error}"), None)
}

fn of_map(error: MobilityError) -> Failure {
    let help = Some(error.help().to_owned());
    input(error.to_string(), help)
}

/// What wasn't understood, the first of it.
fn warn(map: &Map, file: &Path) {
    for warning in map.warnings.iter().take(SHOWN_WARNINGS) {
        eprintln!("{}:{warning}", file.display());
    }
    let more = map.warnings.len().saturating_sub(SHOWN_WARNINGS) as u64 + map.skipped.warnings;
    if more > 0 {
        eprintln!("... and {more} more of this kind.");
    }
}

fn told(map: &Map, network: &Network, traffic: &Traffic<'_>, files: &Files<'_>, folder: &Path) -> String {
    let Extent { road_km, lane_km, junctions, signals, right_before_left, crowded } = network.extent();
    let dropped = network.dropped();
    let km = |metres: f64| format!("{:.2}", metres / 1e3);
    let read = Section::new(
        "ROADS",
        [pairs([
            ("roads", format!("{road_km:.1}"), "km"),
            ("lanes", format!("{lane_km:.1}"), "km"),
            ("junctions", junctions.to_string(), ""),
            ("of these with traffic lights", signals.to_string(), ""),
            ("of these right before left", right_before_left.to_string(), ""),
            ("ends too near to others\' turns: vehicles can touch", crowded.to_string(), ""),
            ("buildings", files.buildings.count().to_string(), ""),
            ("turn restrictions", map.restrictions.len().to_string(), ""),
            ("vehicles", traffic.vehicles().len().to_string(), ""),
            ("trips begun", traffic.trips().to_string(), ""),
            ("RSUs", files.rsus.len().to_string(), ""),
        ])],
    );
    let left_out = Section::new(
        "LEFT OUT",
        [pairs([
            ("ways that aren't for cars", map.skipped.not_for_cars.to_string(), ""),
            ("roads that lead nowhere and back", km(dropped.cut_off_m), "km"),
            ("dead ends too short to turn in", km(dropped.stubs_m), "km"),
            ("roads that became part of a junction", km(dropped.inside_junctions_m), "km"),
            ("nodes that the map doesn't have", map.skipped.missing_nodes.to_string(), ""),
            ("roads and buildings cut off by its border", map.skipped.cut_off.to_string(), ""),
            ("buildings that cross themselves or have no area", files.buildings.refused.to_string(), ""),
            ("turn restrictions not understood", map.skipped.restrictions.to_string(), ""),
        ])],
    );
    let files = Section::new("FILES", [list(files::NAMES.map(|(name, what)| (name, what.to_owned())))]);
    let next = format!("Run it: roadmesh sim {}\n", folder.join("scenario.yaml").display());
    [read.text(), left_out.text(), files.text(), next].join("\n")
}

/// The map's name without what follows its first dot; that of its folder if it is only called map.
fn stem(map: &Path) -> String {
    let name = map.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default().to_owned();
    if stem.is_empty() { "town".to_owned() } else { format!("{stem}-roads") }
}

/// The folder's name, as far as a scenario can have it.
fn scenario_name(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    let name = name.trim_matches('-').to_owned();
    if name.is_empty() { "town".to_owned() } else { name }
}

/// The usual length of a car.
const VEHICLE_M: f64 = 4.6;
/// Until vehicles that all stood at first have spread as in running traffic.
const WARM_UP_S: f64 = 120.0;
/// Between two positions of the trace.
const SAMPLE_S: f64 = 0.5;
const MIN_SECONDS: f64 = 10.0;
const MAX_SECONDS: f64 = 86_400.0;
const SHOWN_WARNINGS: usize = 5;
