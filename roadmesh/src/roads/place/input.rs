//! What the placing of road-side units is told: roads, vehicles, buildings, and those that there are already.

use super::PlaceArgs;
use crate::error::{Failure, input};
use mobility_lib::placement::Demand;
use mobility_lib::{MobilityError, Network, Position, Trace, TraceOptions, net, osm, trace, traffic};
use radio_lib::Buildings;
use sim_lib::scenario::model::{RadioProfile, RadioSpec};
use sim_lib::scenario::propagation::read_buildings;
use sim_lib::scenario::{Loaded, Scenario};
use sim_lib::world::{delivery_range, read_trace, standing_rsus};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Everything that was read.
pub(super) struct Input {
    /// The scenario, unless a network was given.
    pub(super) scenario: Option<Loaded>,
    network: Option<Network>,
    /// Its file, if it isn't the scenario's own.
    pub(super) network_file: Option<PathBuf>,
    /// The file of the network that is used, whoever names it.
    roads: Option<PathBuf>,
    trace: Option<Trace>,
    buildings: Option<Buildings>,
    /// The road-side units that there are.
    pub(super) taken: Vec<(String, Position)>,
}

impl Input {
    pub(super) fn read(args: &PlaceArgs) -> Result<Input, Failure> {
        let is_network = is_network(&args.source);
        if is_network && args.write.is_some() && is_map(&args.source) {
            let help = "make a scenario of the map, `roadmesh roads import`, and place more of them in that"
                .to_owned();
            return Err(input("a scenario can't name a map as its network".to_owned(), Some(help)));
        }
        let scenario = if is_network { None } else { Some(Scenario::load(&args.source, &[])?) };
        let named = scenario.as_ref().and_then(|loaded| {
            loaded.scenario.network.as_ref().map(|network| loaded.source.base.join(&network.file))
        });
        let own = if is_network { Some(args.source.clone()) } else { args.network.clone() };
        let roads = own.clone().or(named);
        let network = roads.as_ref().map(|file| roads_of(file)).transpose()?;
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
        let outlines = match (&args.buildings, &scenario) {
            (Some(file), _) => {
                read_buildings(file, network.as_ref()).map_err(|(message, help)| input(message, help))?
            }
            (None, Some(loaded)) => in_the_way(&loaded.scenario).to_vec(),
            (None, None) => Vec::new(),
        };
        let buildings = match outlines.as_slice() {
            [] => None,
            outlines => Some(Buildings::new(outlines).map_err(|error| input(error.to_string(), None))?),
        };
        let taken = scenario
            .as_ref()
            .map(|loaded| standing_rsus(&loaded.scenario).map_err(|error| Failure::of_run(error, loaded)));
        let taken = taken.transpose()?.unwrap_or_default();
        Ok(Input { scenario, network, network_file: own, roads, trace, buildings, taken })
    }

    /// How far a road-side unit reaches.
    pub(super) fn range_m(&self, wanted: Option<f64>) -> Result<f64, Failure> {
        let told = match (wanted, &self.scenario) {
            (Some(range_m), _) => Some(range_m),
            (None, Some(loaded)) => {
                delivery_range(&loaded.scenario.radio).map_err(|error| Failure::of_run(error, loaded))?
            }
            (None, None) => delivery_range(&RadioSpec::of(RadioProfile::Geometric))
                .map_err(|error| input(error.to_string(), None))?,
        };
        told.ok_or_else(|| {
            let help = "say how far one reaches: --range METRES".to_owned();
            input("with the scenario's radio, distance is of no importance".to_owned(), Some(help))
        })
    }

    pub(super) fn network(&self) -> Result<&Network, Failure> {
        self.network.as_ref().ok_or_else(|| {
            let help =
                "name SUMO's file or a map of OpenStreetMap: --network FILE, or `network` in the scenario"
                    .to_owned();
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
        let file = self.roads.as_ref().filter(|_| self.trace.is_none());
        let file = file.map(|file| format!("{}: ", file.display())).unwrap_or_default();
        Err(input(format!("{file}there is nothing to reach"), Some(help)))
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

/// Whether the file is one of roads, by its content or else by its name: no scenario is XML or gzipped. One that can't be read is
/// for the reader to tell.
fn is_network(file: &Path) -> bool {
    let named =
        file.extension().is_some_and(|ending| ["xml", "gz", "osm"].iter().any(|name| ending == *name));
    named || mobility_lib::outermost(file).is_some()
}

/// Whether it is a map of OpenStreetMap.
fn is_map(file: &Path) -> bool {
    mobility_lib::outermost(file).as_deref() == Some("osm")
}

/// The roads of SUMO's network, or of a map of OpenStreetMap.
fn roads_of(file: &Path) -> Result<Network, Failure> {
    if !is_map(file) {
        return net::read(file).map_err(wrong);
    }
    let name = file.display().to_string();
    let map = osm::read(file).map_err(wrong)?;
    let roads = traffic::Network::of(&map, &name).map_err(wrong)?;
    net::read_from(roads.to_sumo(&map, "").as_bytes(), &name).map_err(wrong)
}

/// What the radio of the scenario has in its way.
fn in_the_way(scenario: &Scenario) -> &[Vec<[f64; 2]>] {
    match scenario.radio.profile {
        RadioProfile::Dot11p => &scenario.radio.dot11p.propagation.outlines,
        RadioProfile::Ideal | RadioProfile::Geometric => &[],
    }
}

fn wrong(error: MobilityError) -> Failure {
    input(error.to_string(), Some(error.help().to_owned()))
}
