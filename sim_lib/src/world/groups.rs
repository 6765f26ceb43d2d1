//! Where the members of groups are.

use crate::error::SimError;
use crate::scenario::Scenario;
use crate::scenario::group::{
    AtEnd, CircleSpec, EndsSpec, GridSpec, GroupSpec, PlaceKind, PlaceSpec, RoadSpec,
};
use crate::scenario::model::Role;
use mobility_lib::{MobilityError, Position, Road, Track};
use node_lib::random::Key;

/// The tracks of a group's members, in their order. Each draw is keyed by the seed, the group and the member's number, so
/// that a larger group has the same members first.
pub(super) fn tracks(
    scenario: &Scenario,
    name: &str,
    group: &GroupSpec,
) -> Result<Vec<Option<Track>>, SimError> {
    let key = Key::seed(scenario.seed).with_name("groups").with_name(name);
    let place = group.place.as_ref().and_then(PlaceSpec::kind);
    let fixed = |place: &dyn Fn(u32) -> [f64; 2]| {
        let track = |number| {
            let [x, y] = place(number);
            Some(Track::fixed(Position { x, y }))
        };
        Ok((0..group.count).map(track).collect())
    };
    match place {
        None => Ok(vec![None; group.count as usize]),
        Some(PlaceKind::Rectangle(rectangle)) => {
            fixed(&|number| in_rectangle(rectangle, member(key, number)))
        }
        Some(PlaceKind::Circle(circle)) => fixed(&|number| in_circle(circle, member(key, number))),
        Some(PlaceKind::Line(line)) => fixed(&|number| on_line(line, number, group.count)),
        Some(PlaceKind::Grid(grid)) => fixed(&|number| on_grid(grid, number, group.count)),
        Some(PlaceKind::Road(road)) => on_road(road, group.count, key)
            .map_err(|source| SimError::Road { group: name.to_owned(), source }),
    }
}

/// Where the road-side units stand that don't move, nodes before members of groups, each in the order of names.
///
/// # Errors
/// [`SimError::Road`]: the road of a group is impossible.
pub fn standing_rsus(scenario: &Scenario) -> Result<Vec<(String, Position)>, SimError> {
    let nodes = scenario.nodes.iter().filter(|(_, node)| node.role == Role::Rsu);
    let mut standing: Vec<(String, Position)> = nodes
        .filter_map(|(name, node)| node.position.map(|[x, y]| (name.clone(), Position { x, y })))
        .collect();
    for (name, group) in scenario.groups.iter().filter(|(_, group)| group.role == Role::Rsu) {
        for (member, track) in group.names(name).zip(tracks(scenario, name, group)?) {
            let place = track.filter(|track| track.max_speed() == 0.0).and_then(|track| track.at(0));
            standing.extend(place.map(|place| (member, place)));
        }
    }
    Ok(standing)
}

impl RoadSpec {
    /// The way that is driven: until somebody leaves, or once round.
    pub(crate) fn way(&self) -> Result<Road, MobilityError> {
        let road = Road::new(self.waypoints.iter().map(|[x, y]| Position { x: *x, y: *y }).collect())?;
        Ok(match self.at_end {
            AtEnd::Back => road.there_and_back(),
            AtEnd::Loop => road.closed(),
            AtEnd::Leave => road,
        })
    }
}

/// The key of the member with this number, from 0.
fn member(key: Key, number: u32) -> Key {
    key.with(u64::from(number))
}

fn in_rectangle(rectangle: &EndsSpec, key: Key) -> [f64; 2] {
    [0, 1].map(|axis| between(rectangle.from[axis], rectangle.to[axis], key.with(axis as u64).unit()))
}

/// Uniform over the area: the share of it within a radius grows with its square.
fn in_circle(circle: &CircleSpec, key: Key) -> [f64; 2] {
    let radius = circle.radius * key.with(0).unit().sqrt();
    let (sin, cos) = libm::sincos(key.with(1).unit() * std::f64::consts::TAU);
    [circle.centre[0] + radius * cos, circle.centre[1] + radius * sin]
}

fn on_line(line: &EndsSpec, number: u32, count: u32) -> [f64; 2] {
    let share = f64::from(number) / f64::from((count - 1).max(1));
    [0, 1].map(|axis| between(line.from[axis], line.to[axis], share))
}

fn on_grid(grid: &GridSpec, number: u32, count: u32) -> [f64; 2] {
    let columns = grid.columns(count).max(1);
    let crossing = [number % columns, number / columns];
    [0, 1].map(|axis| grid.from[axis] + f64::from(crossing[axis]) * grid.spacing)
}

fn on_road(spec: &RoadSpec, count: u32, key: Key) -> Result<Vec<Option<Track>>, MobilityError> {
    let road = spec.way()?;
    let track = |number| {
        let offset = match spec.spacing {
            Some(spacing) => f64::from(number) * spacing,
            None => member(key, number).unit() * road.length(),
        };
        let track = match spec.at_end {
            AtEnd::Back | AtEnd::Loop => road.lap(offset, spec.speed),
            AtEnd::Leave => road.pass(offset, spec.speed),
        };
        track.map(Some)
    };
    (0..count).map(track).collect()
}

fn between(from: f64, to: f64, share: f64) -> f64 {
    from + (to - from) * share
}
