//! What must hold for groups: names that nobody else has, one way of placing, and room for all.

use super::{Check, Named};
use crate::scenario::group::{AtEnd, GridSpec, GroupSpec, MAX_MEMBERS, PlaceKind, RoadSpec};
use crate::scenario::limits;
use crate::scenario::model::{NodeRadio, VEHICLES};
use config_lib::Way;
use mobility_lib::MobilityError;

impl Check<'_> {
    pub(super) fn groups(&mut self) {
        let scenario = self.scenario;
        for (name, group) in &scenario.groups {
            let way = Way::root().key("groups").key(name);
            self.group_names(name, group, &way);
            self.place(group, &way);
            if group.radio == NodeRadio::Tap && !group.names(name).all(|member| scenario.is_live(&member)) {
                let help = "add the group to `lab.live`";
                self.value(way.key("radio"), "somebody live has to use these radios", help);
            }
        }
        let mut members = 0;
        for (name, group) in &scenario.groups {
            let before = members;
            members += u64::from(group.count);
            // A single one that is too large was found already.
            if before <= u64::from(MAX_MEMBERS) && members > u64::from(MAX_MEMBERS) && before > 0 {
                let message = format!("the groups have more than {MAX_MEMBERS} members together");
                self.value(Way::root().key("groups").key(name).key("count"), message, "make one smaller");
            }
        }
    }

    fn group_names(&mut self, name: &str, group: &GroupSpec, way: &Way) {
        let scenario = self.scenario;
        if name == VEHICLES {
            self.name(name, way.clone(), true);
            return;
        }
        let last = format!("{name}{}", group.count);
        if let Err(error) = config_lib::limits::name(&last, &()) {
            self.key(way.clone(), format!("its members are named like `{last}`: {error}"), "");
        }
        let nodes = scenario.nodes.keys().map(|name| (name, "a node"));
        let hosts = scenario.wired.iter().flat_map(|wired| &wired.hosts).map(|name| (name, "a host"));
        for (other, what) in nodes.chain(hosts) {
            if other == name {
                self.key(way.clone(), format!("`{name}` is {what} as well"), "give the group another name");
            } else if group.has(name, other) {
                let message = format!("`{other}` is {what}, and a member of this group too");
                self.key(way.clone(), message, "give one of them another name");
            }
        }
        for (other, others) in &scenario.groups {
            // Numbers that begin with the same digits grow: if one member is somebody else's, its first one is.
            let first = format!("{other}1");
            if other != name && group.has(name, &first) {
                let message = format!("`{first}` is a member of this group, and of `{other}` too");
                self.key(way.clone(), message, "give one of them another name");
            }
            if others.has(other, name) {
                let message = format!("`{name}` is a member of the group `{other}` as well");
                self.key(way.clone(), message, "give one of them another name");
            }
        }
    }

    fn place(&mut self, group: &GroupSpec, way: &Way) {
        let Some(place) = &group.place else {
            if self.scenario.radio.profile.has_places() {
                let help = "add a `place`, with one of `rectangle`, `circle`, `line`, `grid` and `road`";
                self.key(way.clone(), "this radio needs to know where this group is", help);
            }
            return;
        };
        let way = way.key("place");
        match place.kind() {
            None => {
                let help = "it has one of `rectangle`, `circle`, `line`, `grid` and `road`";
                self.key(way, "a group is placed in exactly one way", help);
            }
            Some(PlaceKind::Grid(grid)) => self.grid(grid, group.count, &way.key("grid")),
            Some(PlaceKind::Road(road)) => self.road(road, group.count, &way.key("road")),
            Some(PlaceKind::Rectangle(_) | PlaceKind::Circle(_) | PlaceKind::Line(_)) => {}
        }
    }

    fn grid(&mut self, grid: &GridSpec, count: u32, way: &Way) {
        let columns = grid.columns(count).clamp(1, count.max(1));
        let rows = count.div_ceil(columns);
        let far = [columns, rows].map(|lines| f64::from(lines.saturating_sub(1)) * grid.spacing);
        if (0..2).any(|axis| limits::coordinate(&(grid.from[axis] + far[axis]), &()).is_err()) {
            let message = format!("a grid of {columns} by {rows} goes too far: {} m", far[0].max(far[1]));
            self.value(way.key("spacing"), message, "make it smaller, or choose other `columns`");
        }
    }

    fn road(&mut self, spec: &RoadSpec, count: u32, way: &Way) {
        let road = match spec.way() {
            Ok(road) => road,
            Err(error) => {
                let help = error.help().to_owned();
                let way = way.key("waypoints");
                let way = match error {
                    MobilityError::Waypoint { index, .. } if index < spec.waypoints.len() => way.index(index),
                    _ => way,
                };
                self.value(way, error.message(), help);
                return;
            }
        };
        let Some(spacing) = spec.spacing else { return };
        // On a round the last one has somebody in front.
        let gaps = if spec.at_end == AtEnd::Leave { count.saturating_sub(1) } else { count };
        let needed = f64::from(gaps) * spacing;
        if needed > road.length() {
            let round = if spec.at_end == AtEnd::Leave { "road" } else { "way round" };
            let message = format!(
                "{count} with {spacing} m between them need {needed} m, and the {round} has {:.1} m",
                road.length()
            );
            self.value(
                way.key("spacing"),
                message,
                "make it smaller, or leave it out to start at random places",
            );
        }
    }
}

impl Named {
    /// What this name stands for, if it stands for many.
    pub(super) fn many(self, name: &str) -> Option<String> {
        match self {
            Named::Vehicles | Named::Group(_) => Some(format!("`{name}` stands for many")),
            Named::Node(_) | Named::Host | Named::Undecided => None,
        }
    }
}
