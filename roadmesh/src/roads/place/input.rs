//! What the placing of road-side units is told: roads, vehicles, buildings, and those that there are already.

use super::PlaceArgs;
use crate::error::{Failure, input};
use mobility_lib::placement::Demand;
use mobility_lib::{MobilityError, Network, Position, ShapeOptions, Trace, TraceOptions, net, shapes, trace};
use radio_lib::{Buildings, RadioError};
use sim_lib::scenario::model::Role;
use sim_lib::scenario::{Loaded, Scenario};
use sim_lib::world::{delivery_range, read_trace};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Everything that was read.
pub(super) struct Input {
    /// The scenario, unless a network was given.
    pub(super) scenario: Option<Loaded>,
    network: Option<Network>,
    /// Its file, if it isn't the scenario's own.
    pub(super) network_file: Option<PathBuf>,
    trace: Option<Trace>,
    buildings: Option<Buildings>,
    /// The road-side units that there are.
    pub(super) taken: Vec<(String, Position)>,
}

impl Input {
    pub(super) fn read(args: &PlaceArgs) -> Result<Input, Failure> {
        let is_network = is_markup(&args.source);
        let scenario = if is_network { None } else { Some(Scenario::load(&args.source, &[])?) };
        let named = scenario.as_ref().and_then(|loaded| {
            loaded.scenario.network.as_ref().map(|network| loaded.source.base.join(&network.file))
        });
        let own = if is_network { Some(args.source.clone()) } else { args.network.clone() };
        let network =
            own.as_ref().or(named.as_ref()).map(|file| net::read(file)).transpose().map_err(wrong)?;
        let trace = match (&args.trace, &scenario) {
            (Some(file), _) => {
                let projection = network.as_ref().and_then(Network::projection);
                let options = TraceOptions::default();
                Some(trace::read(file, trace::format_of(file), &options, projection).map_err(wrong)?)
            }
            (None, Some(loaded)) => read_trace(&loaded.scenario, &loaded.source.base)
                .map_err(|error| Failure::of_run(error, loaded))?,
            (None, None) => None,
        };
        let buildings = args.buildings.as_ref().map(|file| buildings(file, network.as_ref())).transpose()?;
        let taken = scenario.as_ref().map(|loaded| taken(&loaded.scenario)).unwrap_or_default();
        Ok(Input { scenario, network, network_file: own, trace, buildings, taken })
    }

    /// How far a road-side unit reaches.
    pub(super) fn range_m(&self, wanted: Option<f64>) -> Result<f64, Failure> {
        let told = match (wanted, &self.scenario) {
            (Some(range_m), _) => Some(range_m),
            (None, Some(loaded)) => {
                delivery_range(&loaded.scenario.radio).map_err(|error| Failure::of_run(error, loaded))?
            }
            (None, None) => Some(DEFAULT_RANGE_M),
        };
        told.ok_or_else(|| {
            let help = "say how far one reaches: --range METRES".to_owned();
            input("with the scenario's radio, distance is of no importance".to_owned(), Some(help))
        })
    }

    pub(super) fn network(&self) -> Result<&Network, Failure> {
        self.network.as_ref().ok_or_else(|| {
            let help = "name SUMO's file: --network FILE.net.xml, or `network` in the scenario".to_owned();
            input("there is no road network to place them along".to_owned(), Some(help))
        })
    }

    /// What is to be reached.
    pub(super) fn demand(&self) -> Result<Demand, Failure> {
        let demand = match &self.trace {
            Some(trace) => {
                let last_us = self
                    .scenario
                    .as_ref()
                    .map_or(trace.end_us, |loaded| loaded.scenario.duration.micros().min(trace.end_us));
                Demand::of_tracks(trace.vehicles.values(), 1 + last_us / 1_000_000)
            }
            None => Demand::of_roads(self.network()?),
        };
        if demand.total() > 0.0 {
            return Ok(demand);
        }
        let help = "give a network with roads for cars, or a trace with vehicles".to_owned();
        Err(input("there is nothing to reach".to_owned(), Some(help)))
    }

    /// Whether it is vehicles that are to be reached, not roads.
    pub(super) fn counts_vehicles(&self) -> bool {
        self.trace.is_some()
    }

    /// Whether no building stands between two places.
    pub(super) fn is_clear(&self, a: Position, b: Position) -> bool {
        self.buildings.as_ref().is_none_or(|buildings| {
            let crossed = buildings.crossed([a.x, a.y], [b.x, b.y]);
            crossed.walls == 0 && crossed.inside_m == 0.0
        })
    }

    /// Names for new road-side units.
    pub(super) fn free_names(&self) -> impl Iterator<Item = String> + use<> {
        let mut used = BTreeSet::new();
        if let Some(Loaded { scenario, .. }) = &self.scenario {
            used.extend(scenario.nodes.keys().cloned());
            used.extend(
                scenario.groups.iter().flat_map(|(name, group)| group.names(name).collect::<Vec<_>>()),
            );
            used.extend(scenario.wired.iter().flat_map(|wired| wired.hosts.iter().cloned()));
        }
        used.extend(self.trace.iter().flat_map(|trace| trace.vehicles.keys().cloned()));
        (0..u64::MAX).map(|number| format!("rsu{number}")).filter(move |name| !used.contains(name))
    }
}

/// Whether the file is XML or gzipped, which no scenario is. One that can't be read is for the reader of scenarios to tell.
fn is_markup(file: &Path) -> bool {
    let mut head = [0; 256];
    let length = std::fs::File::open(file).and_then(|mut file| file.read(&mut head)).unwrap_or(0);
    let head = head[..length].strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head[..length]);
    head.starts_with(&[0x1F, 0x8B]) || head.trim_ascii_start().starts_with(b"<")
}

fn buildings(file: &Path, network: Option<&Network>) -> Result<Buildings, Failure> {
    let read = shapes::read(file, &ShapeOptions::default(), network).map_err(wrong)?;
    let outline = |corners: &[Position]| corners.iter().map(|corner| [corner.x, corner.y]).collect();
    let outlines: Vec<Vec<[f64; 2]>> =
        read.polygons.iter().map(|polygon| outline(&polygon.corners)).collect();
    Buildings::new(&outlines).map_err(|error| {
        let which = match &error {
            RadioError::Outline { building, .. } => read.polygons.get(*building).map(|polygon| &polygon.id),
            _ => None,
        };
        let which = which.map(|id| format!(" \"{}\"", id.escape_debug())).unwrap_or_default();
        let help = "mend or remove it, in netedit or by hand".to_owned();
        input(format!("{}: the building{which}: {error}", file.display()), Some(help))
    })
}

/// The road-side units that have a place.
fn taken(scenario: &Scenario) -> Vec<(String, Position)> {
    let rsus = scenario.nodes.iter().filter(|(_, node)| node.role == Role::Rsu);
    rsus.filter_map(|(name, node)| node.position.map(|[x, y]| (name.clone(), Position { x, y }))).collect()
}

fn wrong(error: MobilityError) -> Failure {
    input(error.to_string(), Some(error.help().to_owned()))
}

/// Where nine of ten heartbeats arrive with the default geometric radio.
const DEFAULT_RANGE_M: f64 = 195.0;
