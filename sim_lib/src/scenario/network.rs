//! Places by a road network: junctions, longitudes and latitudes.

use super::limits;
use super::model::{NodeSpec, Scenario};
use config_lib::{ConfigError, Source, nearest};
use garde::Validate;
use mobility_lib::{Network, net};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The road network that nodes are placed by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// A SUMO network, plain or gzipped; relative to the scenario's folder.
    pub file: PathBuf,
}

/// A place on earth, WGS 84.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct GeoSpec {
    /// Longitude, degrees, east is positive.
    #[garde(range(min = -180.0, max = 180.0))]
    pub lon: f64,
    /// Latitude, degrees, north is positive.
    #[garde(range(min = -90.0, max = 90.0))]
    pub lat: f64,
}

impl NodeSpec {
    /// The keys that say where it is.
    pub(super) fn places(&self) -> Vec<&'static str> {
        let keys = [
            ("position", self.position.is_some()),
            ("geo", self.geo.is_some()),
            ("junction", self.junction.is_some()),
            ("waypoints", !self.waypoints.is_empty()),
        ];
        keys.into_iter().filter(|(_, present)| *present).map(|(key, _)| key).collect()
    }
}

/// Reads the network, if there is one, and puts positions in metres where nodes are placed by it.
pub(super) fn resolve(scenario: &mut Scenario, source: &Source) -> Result<Option<Network>, ConfigError> {
    let Some(spec) = &scenario.network else { return Ok(None) };
    let network = net::read(&source.base.join(&spec.file))
        .map_err(|error| source.mistake("network.file", error.to_string(), Some(error.help().to_owned())))?;
    for (name, node) in &mut scenario.nodes {
        let (key, place) = match (node.geo.take(), node.junction.take()) {
            (Some(geo), _) => ("geo", place(&network, &geo)),
            (None, Some(junction)) => ("junction", find(&network, &junction)),
            (None, None) => continue,
        };
        let place =
            place.and_then(|place| match place.iter().find_map(|at| limits::coordinate(at, &()).err()) {
                None => Ok(place),
                Some(error) => Err((error.to_string(), None)),
            });
        let wrong = |(message, help)| source.mistake(&format!("nodes.{name}.{key}"), message, help);
        node.position = Some(place.map_err(wrong)?);
    }
    Ok(Some(network))
}

/// What is wrong, and what to do.
type Mistake = (String, Option<String>);

fn place(network: &Network, geo: &GeoSpec) -> Result<[f64; 2], Mistake> {
    let place = network.place(geo.lon, geo.lat).map_err(|error| {
        let help = "place it in metres, `position: [x, y]`, or by a `junction`".to_owned();
        (error.to_string(), Some(help))
    })?;
    Ok([place.x, place.y])
}

fn find(network: &Network, junction: &str) -> Result<[f64; 2], Mistake> {
    match network.junction(junction) {
        Some(place) => Ok([place.x, place.y]),
        None => {
            let help = match nearest(junction, network.junctions()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "give the id of a junction as netedit or sumo-gui show it".to_owned(),
            };
            Err((format!("the network has no junction `{junction}`"), Some(help)))
        }
    }
}
