//! Many nodes alike: "200 cars like this".

use super::limits;
use super::model::{NodeRadio, Role, Scenario};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Nodes that differ in nothing but where they are. The members of a group `cars` are named `cars1`, `cars2` and so on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct GroupSpec {
    /// How many there are.
    #[garde(range(min = 1, max = MAX_MEMBERS))]
    pub count: u32,
    /// OBU or RSU.
    #[serde(default = "obu")]
    pub role: Role,
    /// Who has their radios.
    #[serde(default)]
    pub radio: NodeRadio,
    /// Where they are. Needed by every radio but the ideal one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub place: Option<PlaceSpec>,
}

/// Where the members of a group are: exactly one of the keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct PlaceSpec {
    /// At random in a rectangle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub rectangle: Option<EndsSpec>,
    /// At random in a circle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub circle: Option<CircleSpec>,
    /// At equal distances on a line, its ends included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub line: Option<EndsSpec>,
    /// At the crossings of a grid, row by row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub grid: Option<GridSpec>,
    /// Driving along a road.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub road: Option<RoadSpec>,
}

/// The ends of a line, or two opposite corners of a rectangle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct EndsSpec {
    /// One end or corner, metres: [x, y].
    #[garde(inner(custom(limits::coordinate)))]
    pub from: [f64; 2],
    /// The other one, metres: [x, y].
    #[garde(inner(custom(limits::coordinate)))]
    pub to: [f64; 2],
}

/// A circle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CircleSpec {
    /// Its centre, metres: [x, y].
    #[garde(inner(custom(limits::coordinate)))]
    pub centre: [f64; 2],
    /// Its radius, metres.
    #[garde(range(min = 0.0, max = limits::MAX_COORDINATE))]
    pub radius: f64,
}

/// A square grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct GridSpec {
    /// Its south-western crossing, metres: [x, y].
    #[garde(inner(custom(limits::coordinate)))]
    pub from: [f64; 2],
    /// From one crossing to the next, metres.
    #[garde(range(min = 0.01, max = 100_000.0))]
    pub spacing: f64,
    /// Crossings from west to east; without, as many as make it nearest to a square.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 1, max = MAX_MEMBERS)))]
    pub columns: Option<u32>,
}

/// A road, and how it is driven along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct RoadSpec {
    /// Places, metres: [x, y] each, straight lines between.
    #[garde(inner(inner(custom(limits::coordinate))))]
    pub waypoints: Vec<[f64; 2]>,
    /// The same for all, m/s.
    #[garde(range(min = 0.01, max = 100.0))]
    pub speed: f64,
    /// From one to the next at the start, metres, the first at the beginning of the road; without, everybody starts at a
    /// random place of their way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(range(min = 0.0, max = 100_000.0)))]
    pub spacing: Option<f64>,
    /// What they do at the end.
    #[serde(default)]
    pub at_end: AtEnd,
}

/// What somebody does at the end of a road.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AtEnd {
    /// Turn, and drive all the way back; and so on.
    #[default]
    Back,
    /// Drive straight to the beginning, and along the road again.
    Loop,
    /// Leave: the node doesn't exist any more.
    Leave,
}

/// What a [`PlaceSpec`] says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlaceKind<'a> {
    /// At random in a rectangle.
    Rectangle(&'a EndsSpec),
    /// At random in a circle.
    Circle(&'a CircleSpec),
    /// At equal distances on a line.
    Line(&'a EndsSpec),
    /// At the crossings of a grid.
    Grid(&'a GridSpec),
    /// Driving along a road.
    Road(&'a RoadSpec),
}

impl PlaceSpec {
    /// What it says. `None` unless exactly one of the keys is present, which loading a scenario makes sure of.
    pub fn kind(&self) -> Option<PlaceKind<'_>> {
        let mut kinds = [
            self.rectangle.as_ref().map(PlaceKind::Rectangle),
            self.circle.as_ref().map(PlaceKind::Circle),
            self.line.as_ref().map(PlaceKind::Line),
            self.grid.as_ref().map(PlaceKind::Grid),
            self.road.as_ref().map(PlaceKind::Road),
        ]
        .into_iter()
        .flatten();
        kinds.next().filter(|_| kinds.next().is_none())
    }
}

impl GridSpec {
    /// Crossings from west to east for so many members.
    pub fn columns(&self, count: u32) -> u32 {
        self.columns.unwrap_or_else(|| f64::from(count).sqrt().ceil() as u32)
    }
}

impl GroupSpec {
    /// The names of the members of the group with this name.
    pub fn names(&self, group: &str) -> impl Iterator<Item = String> {
        (1..=self.count).map(move |number| format!("{group}{number}"))
    }

    /// Whether the group with the name `group` has a member with the name `name`.
    pub fn has(&self, group: &str, name: &str) -> bool {
        let number = name.strip_prefix(group).filter(|number| !number.starts_with(['0', '+']));
        number.and_then(|number| number.parse().ok()).is_some_and(|number: u32| number <= self.count)
    }
}

impl Scenario {
    /// The group that has a member with this name.
    pub fn group_of(&self, name: &str) -> Option<(&str, &GroupSpec)> {
        let mut groups = self.groups.iter().map(|(group, spec)| (group.as_str(), spec));
        groups.find(|(group, spec)| spec.has(group, name))
    }

    /// Whether the radio of the node with this name, or those of the group, is left to its host.
    pub fn is_plain(&self, name: &str) -> bool {
        let group = || self.groups.get(name).or_else(|| self.group_of(name).map(|(_, group)| group));
        let radio = self.nodes.get(name).map(|node| node.radio);
        radio.or_else(|| group().map(|group| group.radio)) == Some(NodeRadio::Tap)
    }

    /// Whether the party with this name is live in a lab: by its own name or by that of its group.
    pub fn is_live(&self, name: &str) -> bool {
        let listed = |name: &str| self.lab.live.iter().any(|live| live == name);
        self.lab.live.is_empty()
            || listed(name)
            || self.group_of(name).is_some_and(|(group, _)| listed(group))
    }

    /// A sentence for each group: who its members are, and where.
    pub fn told_groups(&self) -> impl Iterator<Item = String> {
        self.groups.iter().map(|(group, spec)| {
            let GroupSpec { count, role, place, .. } = spec;
            let role = match role {
                Role::Obu => "OBU",
                Role::Rsu => "RSU",
            };
            let (plural, last) = match count {
                1 => ("", String::new()),
                count => ("s", format!(" to {group}{count}")),
            };
            let place = place.as_ref().and_then(PlaceSpec::kind);
            let place = place.map_or(String::new(), |place| format!(", {}", Told(place, *count)));
            format!("{group}1{last}: {count} {role}{plural}{place}")
        })
    }
}

/// A place in words, for so many.
struct Told<'a>(PlaceKind<'a>, u32);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            PlaceKind::Rectangle(EndsSpec { from, to }) => {
                let [width, height] = [0, 1].map(|axis| (to[axis] - from[axis]).abs());
                write!(f, "at random in a rectangle of {width} m by {height} m")
            }
            PlaceKind::Circle(circle) => {
                write!(f, "at random within {} m of {:?}", circle.radius, circle.centre)
            }
            PlaceKind::Line(EndsSpec { from, to }) => write!(f, "on a line from {from:?} to {to:?}"),
            PlaceKind::Grid(grid) => {
                let columns = grid.columns(self.1);
                let rows = self.1.div_ceil(columns);
                write!(f, "on a grid of {columns} by {rows} every {} m", grid.spacing)
            }
            PlaceKind::Road(road) => {
                let how = match road.spacing {
                    None => "at random along a road".to_owned(),
                    Some(spacing) => format!("every {spacing} m along a road"),
                };
                let end = match road.at_end {
                    AtEnd::Back => "there and back",
                    AtEnd::Loop => "round and round",
                    AtEnd::Leave => "leaving at its end",
                };
                write!(f, "{how}, {end} at {} m/s", road.speed)
            }
        }
    }
}

fn obu() -> Role {
    Role::Obu
}

/// The most members of all groups together.
pub const MAX_MEMBERS: u32 = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_numbered_from_one_without_leading_zeros() {
        let group = GroupSpec { count: 12, role: Role::Obu, radio: NodeRadio::Mesh, place: None };
        let names: Vec<String> = group.names("car1-").collect();
        assert_eq!((names.len(), names[0].as_str(), names[11].as_str()), (12, "car1-1", "car1-12"));
        assert!(names.iter().all(|name| group.has("car1-", name)));
        for other in
            ["car1-", "car1-0", "car1-01", "car1-13", "car1-+1", "car1-1 ", "car1-99999999999", "bus1", ""]
        {
            assert!(!group.has("car1-", other), "{other}");
        }
    }
}
