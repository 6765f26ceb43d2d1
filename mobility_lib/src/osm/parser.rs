//! The XML of a map.

use super::tags::{Class, Tags, Turns, limit_kmh};
use super::{Control, Restriction, Skipped, Warning};
use crate::Place;
use crate::xml::attribute::{Value, attributes, clip};
use crate::xml::{ElementFault, Handler, Located, Sort};
use quick_xml::events::BytesStart;
use std::collections::{BTreeMap, BTreeSet};

/// What a file says, before it is put together: places in degrees, ways by the ids of their nodes.
#[derive(Debug, Default)]
pub(super) struct Raw {
    /// Longitude, latitude.
    pub(super) nodes: BTreeMap<i64, (f64, f64)>,
    pub(super) controls: BTreeMap<i64, Control>,
    /// The nodes of every way.
    pub(super) ways: BTreeMap<i64, Vec<i64>>,
    pub(super) roads: Vec<RawRoad>,
    /// Ways that are buildings.
    pub(super) buildings: Vec<i64>,
    /// Relations that are buildings, with their outer ways.
    pub(super) multipolygons: Vec<(i64, Vec<i64>)>,
    pub(super) restrictions: Vec<Restriction>,
    pub(super) skipped: Skipped,
    pub(super) warnings: Vec<Warning>,
}

/// A road without its nodes.
#[derive(Clone, Debug)]
pub(super) struct RawRoad {
    pub(super) id: i64,
    /// Where the way stands in the file.
    pub(super) place: Place,
    pub(super) name: String,
    pub(super) class: Class,
    pub(super) lanes: [u32; 2],
    pub(super) limits_kmh: [f64; 2],
    pub(super) roundabout: bool,
}

/// Reads the elements of a map.
#[derive(Debug, Default)]
pub(super) struct Parser {
    pub(super) raw: Raw,
    /// The node, way or relation that is open.
    item: Item,
    /// The relations so far.
    relations: BTreeSet<i64>,
}

/// A node, way or relation, as far as it was read.
#[derive(Debug, Default)]
enum Item {
    #[default]
    None,
    Node(i64),
    Way {
        id: i64,
        nodes: Vec<i64>,
        tags: Box<Tags>,
        places: Box<Places>,
    },
    Relation {
        id: i64,
        members: Vec<Member>,
        tags: [String; 3],
    },
}

/// Where a way stands, and those of its tags that may not be understood.
#[derive(Debug)]
struct Places {
    way: Place,
    limits: [Option<Place>; 3],
    lanes: Option<Place>,
    oneway: Option<Place>,
}

#[derive(Debug)]
struct Member {
    is_way: bool,
    reference: i64,
    role: String,
}

impl Handler for Parser {
    fn open(
        &mut self,
        element: &BytesStart<'_>,
        depth: usize,
        place: &dyn Fn() -> Place,
    ) -> Result<(), ElementFault> {
        match (depth, element.name().as_ref()) {
            (1, name @ ("node" | "way" | "relation")) => self.item = self.begin(element, name, place)?,
            (2, "nd") => {
                if let Item::Way { nodes, .. } = &mut self.item {
                    nodes.push(required(element, "nd", "ref")?);
                }
            }
            (2, "member") => {
                if let Item::Relation { members, .. } = &mut self.item {
                    members.push(member(element)?);
                }
            }
            (2, "tag") if !matches!(self.item, Item::None) => self.tag(element, place)?,
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, depth: usize) -> Result<bool, Located> {
        if depth == 1 {
            self.end();
        }
        Ok(false)
    }
}

impl Raw {
    pub(super) fn warn(&mut self, place: Option<Place>, message: String) {
        if self.warnings.len() >= MAX_WARNINGS {
            self.skipped.warnings += 1;
        } else if let Some(place) = place {
            self.warnings.push(Warning { place, message });
        }
    }
}

impl Parser {
    /// A node, way or relation begins.
    fn begin(
        &mut self,
        element: &BytesStart<'_>,
        name: &str,
        place: &dyn Fn() -> Place,
    ) -> Result<Item, ElementFault> {
        let [id, lon, lat, visible, action] = attributes(element, ["id", "lon", "lat", "visible", "action"])?;
        let Some(id_value) = id else {
            return Err(ElementFault::whole(format!("this {name} has no id"), MAP.written));
        };
        let id = number(&id_value)?;
        let degrees = [
            lon.map(|lon| angle(&lon, 180.0)).transpose()?,
            // The projection has no poles.
            lat.map(|lat| angle(&lat, 89.0)).transpose()?,
        ];
        let deleted = visible.is_some_and(|visible| visible.raw() == "false")
            || action.is_some_and(|action| action.raw() == "delete");
        if deleted {
            return Ok(Item::None);
        }
        let twice = match name {
            "node" => {
                let [Some(longitude), Some(latitude)] = degrees else {
                    let help = "extract the map with its nodes' places (Overpass: `out body` or `out meta`, not `out ids`)";
                    return Err(ElementFault::whole(format!("the node {id} has no lat and lon"), help));
                };
                self.raw.nodes.insert(id, (longitude, latitude)).is_some()
            }
            "way" => self.raw.ways.insert(id, Vec::new()).is_some(),
            _ => !self.relations.insert(id),
        };
        if twice {
            let help = "let osmium merge extracts: osmium merge A.osm B.osm -o MAP.osm";
            return Err(id_value.wrong(format!("there are two {name}s with the id {id}"), help));
        }
        Ok(match name {
            "node" => Item::Node(id),
            "way" => Item::Way {
                id,
                nodes: Vec::new(),
                tags: Box::default(),
                places: Box::new(Places { way: place(), limits: [None; 3], lanes: None, oneway: None }),
            },
            _ => Item::Relation { id, members: Vec::new(), tags: Default::default() },
        })
    }

    fn tag(&mut self, element: &BytesStart<'_>, place: &dyn Fn() -> Place) -> Result<(), ElementFault> {
        let [Some(key), Some(value)] = attributes(element, ["k", "v"])? else {
            return Err(ElementFault::whole("<tag> needs the attributes k and v", MAP.written));
        };
        match (&mut self.item, key.raw()) {
            (Item::Node(id), "highway") => {
                let control = match value.raw() {
                    "traffic_signals" => Control::Signals,
                    "stop" => Control::Stop,
                    "give_way" => Control::GiveWay,
                    _ => return Ok(()),
                };
                self.raw.controls.insert(*id, control);
            }
            (Item::Way { tags, places, .. }, key) => {
                let text = value.raw();
                let slot = match key {
                    "highway" => &mut tags.highway,
                    "building" => &mut tags.building,
                    "name" => {
                        tags.name = value.text()?.into_owned();
                        return Ok(());
                    }
                    "ref" => {
                        tags.reference = value.text()?.into_owned();
                        return Ok(());
                    }
                    "oneway" => {
                        places.oneway = Some(place());
                        &mut tags.oneway
                    }
                    "junction" => &mut tags.junction,
                    "area" => &mut tags.area,
                    "access" => &mut tags.access[0],
                    "vehicle" => &mut tags.access[1],
                    "motor_vehicle" | "motorcar" => &mut tags.access[2],
                    "lanes" | "lanes:forward" | "lanes:backward" => {
                        places.lanes = Some(place());
                        &mut tags.lanes[direction(key)]
                    }
                    "maxspeed" | "maxspeed:forward" | "maxspeed:backward" => {
                        places.limits[direction(key)] = Some(place());
                        &mut tags.maxspeed[direction(key)]
                    }
                    _ => return Ok(()),
                };
                *slot = text.to_owned();
            }
            (Item::Relation { tags, .. }, key) => {
                let slot = match key {
                    "type" => 0,
                    "building" => 1,
                    "restriction" => 2,
                    _ => return Ok(()),
                };
                tags[slot] = value.raw().to_owned();
            }
            _ => {}
        }
        Ok(())
    }

    /// A node, way or relation ends.
    fn end(&mut self) {
        match std::mem::take(&mut self.item) {
            Item::None | Item::Node(_) => {}
            Item::Way { id, nodes, tags, places } => {
                self.raw.ways.insert(id, nodes);
                if !tags.building.is_empty() && tags.building != "no" {
                    self.raw.buildings.push(id);
                } else if !tags.highway.is_empty() {
                    self.road(id, &tags, &places);
                }
            }
            Item::Relation { id, members, tags } => self.relation(id, members, &tags),
        }
    }

    fn road(&mut self, id: i64, tags: &Tags, places: &Places) {
        let Some((class, link)) = Class::of(&tags.highway).filter(|_| tags.open_to_cars()) else {
            self.raw.skipped.not_for_cars += 1;
            return;
        };
        let default = class.default_limit_kmh(link);
        let limits = [0, 1, 2].map(|index| match limit_kmh(&tags.maxspeed[index]) {
            Ok(limit) => limit,
            Err(()) => {
                let message = format!(
                    "the speed limit \"{}\" of way {id} isn't understood: {default} km/h is taken",
                    clip(&tags.maxspeed[index])
                );
                self.raw.warn(places.limits[index], message);
                None
            }
        });
        let both = limits[0].unwrap_or(default);
        let lanes = tags.lanes(class, link).unwrap_or_else(|text| {
            let message = format!("\"{}\" lanes of way {id} are no number: the default is taken", clip(text));
            self.raw.warn(places.lanes, message);
            tags.default_lanes(class, link)
        });
        if !tags.knows_direction() {
            let text = clip(&tags.oneway);
            let message = format!("oneway = \"{text}\" of way {id} isn't understood: the default is taken");
            self.raw.warn(places.oneway, message);
        }
        let name = if tags.name.is_empty() { &tags.reference } else { &tags.name };
        self.raw.roads.push(RawRoad {
            id,
            place: places.way,
            name: name.clone(),
            class,
            lanes,
            limits_kmh: [limits[1].unwrap_or(both), limits[2].unwrap_or(both)],
            roundabout: tags.is_roundabout(),
        });
    }

    fn relation(&mut self, id: i64, members: Vec<Member>, [kind, building, restriction]: &[String; 3]) {
        if kind == "multipolygon" && !building.is_empty() && building != "no" {
            let outer = members.iter().filter(|member| member.is_way && member.role != "inner");
            self.raw.multipolygons.push((id, outer.map(|member| member.reference).collect()));
        } else if kind == "restriction" && !restriction.is_empty() {
            let turns = match restriction.split_once('_') {
                Some(("no", _)) => Turns::No,
                Some(("only", _)) => Turns::Only,
                _ => {
                    self.raw.skipped.restrictions += 1;
                    return;
                }
            };
            let find = |role: &str, is_way: bool| {
                let mut found = members.iter().filter(|member| member.role == role);
                let first = found.next().filter(|member| member.is_way == is_way)?;
                found.next().is_none().then_some(first.reference)
            };
            match (find("from", true), find("via", false), find("to", true)) {
                (Some(from), Some(via), Some(to)) => {
                    self.raw.restrictions.push(Restriction { from, via, to, turns });
                }
                _ => self.raw.skipped.restrictions += 1,
            }
        }
    }
}

fn member(element: &BytesStart<'_>) -> Result<Member, ElementFault> {
    let [kind, role] = attributes(element, ["type", "role"])?;
    let is_way = kind.is_some_and(|kind| kind.raw() == "way");
    let role = role.map(|role| role.raw().to_owned()).unwrap_or_default();
    Ok(Member { is_way, reference: required(element, "member", "ref")?, role })
}

/// An attribute that is an id and must be there.
fn required(element: &BytesStart<'_>, name: &str, key: &str) -> Result<i64, ElementFault> {
    match attributes(element, [key])? {
        [Some(value)] => number(&value),
        [None] => Err(ElementFault::whole(format!("<{name}> has no attribute {key}"), MAP.written)),
    }
}

fn number(value: &Value<'_>) -> Result<i64, ElementFault> {
    value.raw().trim().parse().map_err(|_| {
        let message = format!("{} = \"{}\" is no id", value.key(), clip(value.raw()));
        value.wrong(message, MAP.written)
    })
}

/// Degrees, no farther from 0 than `most`.
fn angle(value: &Value<'_>, most: f64) -> Result<f64, ElementFault> {
    let (key, text) = (value.key(), value.raw());
    let help = "places are degrees, as in lat=\"47.141\" lon=\"9.521\"";
    match text.trim().parse::<f64>() {
        Ok(degrees) if degrees.abs() <= most => Ok(degrees),
        Ok(degrees) if degrees.is_finite() => {
            Err(value.wrong(format!("{key} = {degrees} is not between -{most} and {most}"), help))
        }
        _ => Err(value.wrong(format!("{key} = \"{}\" is not a number", clip(text)), help)),
    }
}

fn direction(key: &str) -> usize {
    match key.split_once(':') {
        None => 0,
        Some((_, "forward")) => 1,
        Some(_) => 2,
    }
}

pub(super) const MAP: Sort = Sort {
    name: "map",
    root: "osm",
    written: "get the map again, from https://www.openstreetmap.org/export or by osmium extract -b W,S,E,N ... -o MAP.osm",
    give: "give a map in OpenStreetMap's XML, a file like map.osm or map.osm.gz; osmium cat MAP.osm.pbf -o MAP.osm makes it of a .pbf",
};
/// More would only be noise.
const MAX_WARNINGS: usize = 1000;
