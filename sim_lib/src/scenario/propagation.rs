//! What lies between two antennas: path loss, shadowing, fading, buildings, vehicles.

use super::model::{RadioProfile, Scenario};
use config_lib::{ConfigError, Source};
use garde::Validate;
use mobility_lib::{Network, Polygon, ShapeOptions, shapes};
use radio_lib::{Buildings, Fading, Mount, PathLoss, Propagation, RadioError, Shadowing, WallLoss};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How power gets from one antenna to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct PropagationSpec {
    /// Carrier frequency, GHz.
    #[garde(range(min = 0.1, max = 100.0))]
    pub frequency_ghz: f64,
    /// Path loss over distance.
    pub path_loss: PathLossSpec,
    /// Shadowing by what isn't known, correlated in space.
    pub shadowing: ShadowingSpec,
    /// Standard deviation of `shadowing: log_normal`, dB.
    #[garde(range(min = 0.0, max = 30.0))]
    pub sigma_db: f64,
    /// Distance after which the correlation of `shadowing: log_normal` is 1/e, metres.
    #[garde(range(min = 5.0, max = 10_000.0))]
    pub decorrelation_m: f64,
    /// Fading of each frame.
    pub fading: FrameFadingSpec,
    /// A file of SUMO polygons, plain or gzipped, whose buildings stand in the way; relative to the scenario's folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buildings: Option<PathBuf>,
    /// Loss of each outer wall, dB; not with `path_loss: urban`.
    #[garde(range(min = 0.0, max = 100.0))]
    pub wall_db: f64,
    /// Loss of each metre inside of a building, dB; not with `path_loss: urban`.
    #[garde(range(min = 0.0, max = 100.0))]
    pub inside_db_per_m: f64,
    /// Whether OBUs' cars stand in the way of others' links.
    pub vehicles_block: bool,
    /// Height of the OBUs' antennas, metres.
    #[garde(range(min = 0.1, max = 100.0))]
    pub obu_antenna_m: f64,
    /// Height of the RSUs' antennas, metres.
    #[garde(range(min = 0.1, max = 100.0))]
    pub rsu_antenna_m: f64,
    /// What `buildings` holds; loading a scenario reads it.
    #[serde(skip)]
    pub outlines: Vec<Vec<[f64; 2]>>,
}

/// Path loss over distance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PathLossSpec {
    /// That of free space.
    FreeSpace,
    /// The square of the distance up to 100 m, its fourth power beyond.
    #[default]
    DualSlope,
    /// The direct ray and the one that the ground reflects.
    TwoRay,
    /// 3GPP TR 37.885, highway.
    Highway,
    /// 3GPP TR 37.885, urban: another law where a building is in the way.
    Urban,
}

/// Shadowing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShadowingSpec {
    /// What goes with the path loss: that of TR 37.885 for `highway` and `urban`, none for the others.
    #[default]
    Auto,
    /// None.
    None,
    /// Log-normal, with `sigma_db` and `decorrelation_m`.
    LogNormal,
}

/// Fading of each frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FrameFadingSpec {
    /// What goes with the path loss: Nakagami for `dual_slope`, Nakagami with m = 1.9 for `highway` and `urban`, none for the
    /// others.
    #[default]
    Auto,
    /// Every frame is received at the mean power.
    None,
    /// Nakagami: m = 1.5 below 80 m, 0.75 beyond.
    Nakagami,
    /// Rayleigh: no ray is stronger than the others.
    Rayleigh,
}

impl Default for PropagationSpec {
    fn default() -> Self {
        let walls = WallLoss::default();
        PropagationSpec {
            frequency_ghz: Propagation::default().frequency_ghz,
            path_loss: PathLossSpec::DualSlope,
            shadowing: ShadowingSpec::Auto,
            sigma_db: Shadowing::TR_37_885.free.sigma_db,
            decorrelation_m: Shadowing::TR_37_885.free.decorrelation_m,
            fading: FrameFadingSpec::Auto,
            buildings: None,
            wall_db: walls.wall_db,
            inside_db_per_m: walls.inside_db_per_m,
            vehicles_block: false,
            obu_antenna_m: Mount::CAR.antenna_m,
            rsu_antenna_m: Mount::MAST.antenna_m,
            outlines: Vec::new(),
        }
    }
}

/// Reads the file of buildings, if there is one and the radio asks for it.
pub(super) fn resolve(
    scenario: &mut Scenario,
    network: Option<&Network>,
    source: &Source,
) -> Result<(), ConfigError> {
    if scenario.radio.profile != RadioProfile::Dot11p {
        return Ok(());
    }
    let spec = &mut scenario.radio.dot11p.propagation;
    let Some(file) = &spec.buildings else { return Ok(()) };
    spec.outlines = read_buildings(&source.base.join(file), network)
        .map_err(|(message, help)| source.mistake("radio.80211p.propagation.buildings", message, help))?;
    Ok(())
}

/// What is wrong, and what to do.
pub type Mistake = (String, Option<String>);

/// The outlines of the buildings in a file of SUMO's polygons, which belong to `network`, if there is one.
///
/// # Errors
/// What is wrong, and what to do: the file can't be read, holds no buildings, or one that is no area.
pub fn read_buildings(file: &Path, network: Option<&Network>) -> Result<Vec<Vec<[f64; 2]>>, Mistake> {
    let shapes = shapes::read(file, &ShapeOptions::default(), network)
        .map_err(|error| (error.to_string(), Some(error.help().to_owned())))?;
    if shapes.polygons.is_empty() {
        let (lines, others) = (shapes.lines, shapes.others);
        let message = format!(
            "`{}` holds no buildings; lines: {lines}, polygons of other types: {others}",
            file.display()
        );
        let help = "buildings are areas whose type begins with `building`, as polyconvert writes them";
        return Err((message, Some(help.to_owned())));
    }
    let corners = |polygon: &Polygon| polygon.corners.iter().map(|corner| [corner.x, corner.y]).collect();
    let outlines: Vec<Vec<[f64; 2]>> = shapes.polygons.iter().map(corners).collect();
    match Buildings::new(&outlines) {
        Ok(_) => Ok(outlines),
        Err(RadioError::Outline { building, problem }) => {
            let id = shapes.polygons.get(building).map_or("", |polygon| &polygon.id).escape_debug();
            let message = format!("the polygon `{id}` of `{}`: {problem}", file.display());
            Err((message, Some("mend the polygon, or take it out of the file".to_owned())))
        }
        Err(error) => Err((error.to_string(), None)),
    }
}

impl PropagationSpec {
    /// An OBU's antenna and vehicle.
    pub(crate) fn car(&self) -> Mount {
        Mount { antenna_m: self.obu_antenna_m, ..Mount::CAR }
    }

    /// The settings that the radio takes, for radios of which each stands on a mast or not.
    pub(crate) fn settings(&self, masts: impl Iterator<Item = bool>) -> Result<Propagation, RadioError> {
        let car = self.car();
        let mast = Mount { antenna_m: self.rsu_antenna_m, ..Mount::MAST };
        let buildings = match self.outlines.as_slice() {
            [] => None,
            outlines => Some(Arc::new(Buildings::new(outlines)?)),
        };
        Ok(Propagation {
            frequency_ghz: self.frequency_ghz,
            path_loss: match self.path_loss {
                PathLossSpec::FreeSpace => PathLoss::FreeSpace,
                PathLossSpec::DualSlope => PathLoss::default(),
                PathLossSpec::TwoRay => PathLoss::TWO_RAY,
                PathLossSpec::Highway => PathLoss::Highway,
                PathLossSpec::Urban => PathLoss::Urban,
            },
            shadowing: match self.shadowing {
                ShadowingSpec::Auto => None,
                ShadowingSpec::None => Some(Shadowing::NONE),
                ShadowingSpec::LogNormal => Some(Shadowing::uniform(self.sigma_db, self.decorrelation_m)),
            },
            fading: match self.fading {
                FrameFadingSpec::Auto => None,
                FrameFadingSpec::None => Some(Fading::None),
                FrameFadingSpec::Nakagami => Some(Fading::default()),
                FrameFadingSpec::Rayleigh => Some(Fading::RAYLEIGH),
            },
            buildings,
            wall_loss: WallLoss { wall_db: self.wall_db, inside_db_per_m: self.inside_db_per_m },
            vehicles_block: self.vehicles_block,
            mounts: masts.map(|is_mast| if is_mast { mast } else { car }).collect(),
            joining: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Loaded, Scenario};
    use std::fs;
    use std::path::Path;

    const SCENARIO: &str = "name: t\nduration: 10s\nnodes:\n  a: { role: obu, position: [0, 0] }\n  b: { role: rsu, position: [100, 0] }\nradio:\n  profile: 80211p\n  80211p: { propagation: { buildings: town.poly.xml } }\n";

    /// A scenario beside a file with these polygons.
    fn load(polygons: &str) -> Result<Loaded, ConfigError> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = format!("<additional>{polygons}</additional>");
        fs::write(folder.path().join("town.poly.xml"), file).expect("a file");
        Scenario::load_text(SCENARIO, Path::new("t.yaml"), folder.path(), &[])
    }

    fn polygon(kind: &str, shape: &str) -> String {
        format!("<poly id=\"p1\" type=\"{kind}\" fill=\"1\" shape=\"{shape}\"/>")
    }

    #[test]
    fn buildings_are_read_with_the_scenario() {
        let house = polygon("building.yes", "40,-5 60,-5 60,5 40,5");
        let loaded = load(&house).expect("a scenario");
        let spec = &loaded.scenario.radio.dot11p.propagation;
        assert_eq!(spec.outlines, [vec![[40.0, -5.0], [60.0, -5.0], [60.0, 5.0], [40.0, 5.0]]]);
        let settings = spec.settings([false, true].into_iter()).expect("settings");
        let buildings = settings.buildings.expect("buildings");
        assert_eq!(buildings.crossed([0.0, 0.0], [100.0, 0.0]).walls, 2);
        assert_eq!(settings.mounts, [Mount::CAR, Mount::MAST]);
        // They are no part of what is shown.
        let shown = loaded.scenario.to_yaml().expect("YAML");
        assert!(shown.contains("buildings: town.poly.xml") && !shown.contains("outlines"), "{shown}");
    }

    #[test]
    fn files_without_buildings_and_impossible_ones_are_refused() {
        let table = [
            (polygon("landuse.forest", "0,0 1,0 1,1"), "holds no buildings"),
            (polygon("building.yes", "0,0 4,4 4,0 0,3"), "town.poly.xml`: the outline crosses itself"),
            (polygon("building.yes", "0,0 4,x"), "town.poly.xml"),
        ];
        for (polygons, expected) in table {
            let error = load(&polygons).expect_err(expected);
            assert!(error.to_string().contains(expected), "{error}");
            assert!(error.to_string().starts_with("t.yaml:8:"), "{error}");
            assert!(error.help.is_some(), "{error}");
        }
    }

    #[test]
    fn keys_choose_what_they_name() {
        let spec = PropagationSpec::default();
        let default = spec.settings(std::iter::empty()).expect("settings");
        assert_eq!((default.path_loss, default.shadowing, default.fading), (PathLoss::default(), None, None));
        let spec = PropagationSpec {
            path_loss: PathLossSpec::TwoRay,
            shadowing: ShadowingSpec::LogNormal,
            sigma_db: 5.0,
            decorrelation_m: 20.0,
            fading: FrameFadingSpec::Rayleigh,
            vehicles_block: true,
            obu_antenna_m: 1.2,
            ..spec
        };
        let chosen = spec.settings([false].into_iter()).expect("settings");
        assert_eq!(chosen.path_loss, PathLoss::TWO_RAY);
        assert_eq!(chosen.shadowing, Some(Shadowing::uniform(5.0, 20.0)));
        assert_eq!(chosen.fading, Some(Fading::RAYLEIGH));
        assert!(chosen.vehicles_block && chosen.mounts[0].antenna_m == 1.2);
    }
}
