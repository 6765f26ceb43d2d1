//! `roadmesh roads place`: where road-side units go, and what they reach from there.

mod input;
mod output;

use crate::error::{Failure, input};
use clap::{ArgGroup, Args};
use input::Input;
use mobility_lib::Position;
use mobility_lib::placement::{self, Site};
use std::path::PathBuf;
use std::process::ExitCode;

/// Place road-side units along a road network, and tell how much they reach
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("how").args(["every", "junctions", "greedy"]),
    after_help = "Examples:\n  \
        roadmesh roads place town.net.xml.gz --junctions 8\n  \
        roadmesh roads place town.net.xml.gz --trace town.fcd.xml.gz --greedy 8 --write town.yaml\n  \
        roadmesh roads place mytown/scenario.yaml --greedy 8      a scenario that `roadmesh roads import` made\n  \
        roadmesh roads place my.yaml --every 400 --range 250\n  \
        roadmesh roads place my.yaml                    what the scenario's own RSUs reach\n\n\
        It prints `nodes` to paste into a scenario, and how much of the vehicles' time (where there is a trace) or of the roads' \
        length is within range of an RSU. Those that the scenario has already stay, and count. The greedy choice comes to 1 - 1/e (63 %) of \
        the best possible one or more."
)]
pub(crate) struct PlaceArgs {
    /// A scenario (YAML), a SUMO network (.net.xml) or a map of OpenStreetMap (.osm), each of these plain or gzipped
    #[arg(value_name = "SCENARIO|NETWORK|MAP")]
    source: PathBuf,

    /// One every so many metres along the roads
    #[arg(long, value_name = "METRES", value_parser = metres)]
    every: Option<f64>,

    /// At junctions, the largest first: so many, or as many as fit
    #[arg(long, value_name = "N", num_args = 0..=1)]
    junctions: Option<Option<usize>>,

    /// So many, each where it reaches most of what is not reached yet
    #[arg(long, value_name = "N")]
    greedy: Option<usize>,

    /// How far one reaches [default: where nine of ten heartbeats arrive with the scenario's radio]
    #[arg(long, value_name = "METRES", value_parser = metres)]
    range: Option<f64>,

    /// The least distance between two at junctions [default: the range]
    #[arg(long, value_name = "METRES", value_parser = metres, requires = "junctions")]
    spacing: Option<f64>,

    /// The road network or map, where the scenario names none
    #[arg(long, value_name = "FILE")]
    network: Option<PathBuf>,

    /// A trace of vehicles, where the scenario names none
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,

    /// SUMO's polygons: what lies behind a building is not reached [default: those in the way of the scenario's radio]
    #[arg(long, value_name = "FILE")]
    buildings: Option<PathBuf>,

    /// Write a scenario with them to this new file, instead of printing them
    #[arg(long, value_name = "FILE", requires = "how")]
    write: Option<PathBuf>,
}

/// What was chosen, and what it reaches.
struct Plan {
    /// Those that were there already, and those that were chosen.
    rsus: Vec<Rsu>,
    range_m: f64,
    /// What all together reach, of all that there is to reach.
    reached: f64,
    total: f64,
}

/// One road-side unit.
struct Rsu {
    name: String,
    position: Position,
    /// Where it was put; none if it was there already.
    site: Option<Site>,
    /// What it reaches, whoever else does.
    own: f64,
}

/// Places, and tells.
pub(crate) fn run(args: &PlaceArgs) -> Result<ExitCode, Failure> {
    let input = Input::read(args)?;
    let plan = plan(args, &input)?;
    output::tell(args, &input, &plan)?;
    Ok(ExitCode::SUCCESS)
}

fn plan(args: &PlaceArgs, input: &Input) -> Result<Plan, Failure> {
    let range_m = input.range_m(args.range)?;
    let demand = input.demand()?;
    let taken: Vec<Position> = input.taken.iter().map(|(_, position)| *position).collect();
    let reaches = |site: Position, place: Position| input.is_clear(site, place);
    let sites = if let Some(spacing) = args.every {
        placement::along_roads(input.network()?, spacing, &taken)
    } else if let Some(count) = args.junctions {
        let mut sites = placement::at_junctions(input.network()?, args.spacing.unwrap_or(range_m), &taken);
        sites.truncate(count.unwrap_or(usize::MAX));
        sites
    } else if let Some(count) = args.greedy {
        let sites = placement::everywhere(input.network()?, SITE_STEP_M);
        let choices = placement::greedy(&sites, &demand, count, range_m, &taken, &reaches);
        choices.into_iter().map(|choice| sites[choice.site].clone()).collect()
    } else if taken.is_empty() {
        let help = "say how to place them: --every METRES, --junctions or --greedy N".to_owned();
        return Err(self::input("there are no road-side units with a place yet".to_owned(), Some(help)));
    } else {
        Vec::new()
    };
    let mut names = input.free_names();
    let old = input.taken.iter().map(|(name, position)| (name.clone(), *position, None));
    let new = sites.into_iter().map(|site| (names.next().unwrap_or_default(), site.position, Some(site)));
    let mut rsus: Vec<Rsu> =
        old.chain(new).map(|(name, position, site)| Rsu { name, position, site, own: 0.0 }).collect();
    let positions: Vec<Position> = rsus.iter().map(|rsu| rsu.position).collect();
    let (each, reached) = demand.reached(&positions, range_m, &reaches);
    for (rsu, own) in rsus.iter_mut().zip(each) {
        rsu.own = own;
    }
    Ok(Plan { rsus, range_m, reached, total: demand.total() })
}

/// A distance.
fn metres(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(metres) if (1.0..=1e6).contains(&metres) => Ok(metres),
        _ => Err("give metres, from 1 to 1000000".to_owned()),
    }
}

/// Beside junctions, the greedy choice looks at a site every so many metres of road.
const SITE_STEP_M: f64 = 50.0;
