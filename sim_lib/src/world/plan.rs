//! From a scenario to what the world is made of.

use super::address;
use super::bare::Bare;
use super::beacons::Sender;
use super::faults::{self, Fault};
use super::groups;
use super::machine::MakeNode;
use super::packet::MAX_FLOWS;
use super::parties::{Parties, Party, PartyKind};
use super::profile;
use super::traffic::{End, FlowSetup};
use super::wired::{Plug, Wired};
use crate::error::SimError;
use crate::scenario::Scenario;
use crate::scenario::beacons::ALL;
use crate::scenario::model::{FlowKind, FlowSpec, MAX_PAYLOAD, MIN_PAYLOAD, NodeRadio, NodeSpec, VEHICLES};
use mobility_lib::{Position, Trace, Track};
use node_lib::addr::Mac;
use node_lib::control::config::NodeConfig;
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::RadioId;

/// Everything that is known before the start.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Nodes and servers.
    pub(crate) parties: Parties,
    /// By radio: whose it is.
    pub(crate) radios: Vec<u32>,
    /// The flows, one for each pair of ends.
    pub(crate) flows: Vec<FlowSetup>,
    /// By radio: the beacons that it sends.
    pub(crate) senders: Vec<Option<Sender>>,
    /// The faults in the scenario's order.
    pub(crate) faults: Vec<Fault>,
    /// The wired segment, if there is one.
    pub(crate) wired: Option<Wired>,
    /// What is the same in every node's settings.
    pub(crate) config: NodeConfig,
}

impl Plan {
    /// Reads the scenario; `trace` is the one that it names. Where others `join` later, a flow or a beacon may name one of them.
    pub(crate) fn new(scenario: &Scenario, trace: Option<Trace>, join: bool) -> Result<Plan, SimError> {
        let (parties, radios) = parties(scenario, trace)?;
        let names = Names { parties: &parties, join };
        let mut flows = Vec::new();
        for (index, spec) in scenario.traffic.iter().enumerate() {
            names.flows(scenario, index, spec, None, &mut flows)?;
        }
        check_number(flows.len())?;
        let senders = senders(scenario, &names, radios.len())?;
        let faults = faults::faults(&scenario.faults, &names)?;
        let wired = wired(scenario, &parties);
        Ok(Plan { parties, radios, flows, senders, faults, wired, config: config(scenario) })
    }
}

/// More flows than a frame can name are an error.
pub(super) fn check_number(flows: usize) -> Result<(), SimError> {
    if flows > MAX_FLOWS {
        return Err(impossible("traffic", "there are more than 2^24 flows: name fewer vehicles"));
    }
    Ok(())
}

fn parties(scenario: &Scenario, trace: Option<Trace>) -> Result<(Parties, Vec<u32>), SimError> {
    let mut parties = Vec::new();
    let mut add = |name: String, kind, track, radio| {
        let (host, make) = match radio {
            NodeRadio::Mesh => (address::host(&name), None),
            NodeRadio::Tap => (address::radio_host(&name), Some(Bare::make as MakeNode)),
        };
        let plain = radio == NodeRadio::Tap;
        parties.push(Party { name, kind, host, track, radio: None, plain, make });
    };
    for (name, node) in &scenario.nodes {
        let track = track(node).map_err(|source| SimError::Waypoints { node: name.clone(), source })?;
        add(name.clone(), node.role.into(), track, node.radio);
    }
    for (name, group) in &scenario.groups {
        for (member, track) in group.names(name).zip(groups::tracks(scenario, name, group)?) {
            add(member, group.role.into(), track, group.radio);
        }
    }
    let end_us = scenario.duration.micros();
    let vehicles = trace.into_iter().flat_map(|trace| trace.vehicles);
    // What a trace has beyond the end of the run is there to interpolate to.
    for (name, track) in vehicles.filter(|(_, track)| track.life().0 <= end_us) {
        add(name, PartyKind::Obu, Some(track), NodeRadio::Mesh);
    }
    for name in scenario.wired.iter().flat_map(|wired| &wired.hosts) {
        add(name.clone(), PartyKind::Server, None, NodeRadio::Mesh);
    }
    let mut parties = Parties::new(parties).map_err(|name| SimError::DuplicateName { name })?;
    // A flow that names a group means its members.
    if let Some(name) = scenario.groups.keys().find(|name| parties.find(name).is_some()) {
        return Err(SimError::DuplicateName { name: name.clone() });
    }
    distinct_addresses(&parties)?;
    let mut radios = Vec::new();
    for (rank, party) in (0..).zip(parties.iter_mut()) {
        if party.kind != PartyKind::Server {
            party.radio = Some(RadioId(radios.len() as u32));
            radios.push(rank);
        }
    }
    Ok((parties, radios))
}

fn track(node: &NodeSpec) -> Result<Option<Track>, mobility_lib::MobilityError> {
    if node.waypoints.is_empty() {
        return Ok(node.position.map(|[x, y]| Track::fixed(Position { x, y })));
    }
    let waypoints = node.waypoints.iter().map(|[seconds, x, y]| {
        let at_us = (seconds * 1e6).round() as u64;
        (at_us, Position { x: *x, y: *y })
    });
    Track::waypoints(waypoints.collect()).map(Some)
}

/// Radio and host addresses of one name have the same tail, so that one comparison is enough.
fn distinct_addresses(parties: &[Party]) -> Result<(), SimError> {
    let mut macs: Vec<(Mac, &str)> =
        parties.iter().map(|party| (party.host.mac, party.name.as_str())).collect();
    macs.sort_unstable();
    match macs.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(SimError::AddressCollision {
            first: pair[0].1.to_owned(),
            second: pair[1].1.to_owned(),
            mac: pair[0].0,
        }),
        None => Ok(()),
    }
}

/// What names mean.
pub(crate) struct Names<'a> {
    /// Those who are known.
    pub(crate) parties: &'a Parties,
    /// Whether others join, so that a name that nobody has may be somebody's yet.
    pub(crate) join: bool,
}

impl Names<'_> {
    /// The party with the name at `place` of the scenario.
    fn party(&self, place: &str, name: &str) -> Result<u32, SimError> {
        self.parties.find(name).ok_or_else(|| SimError::UnknownName {
            place: place.to_owned(),
            name: name.to_owned(),
            or_host: if self.join {
                ", a group or a host of `wired.hosts`; SUMO's vehicles aren't known before they come"
            } else {
                ", a group, a host of `wired.hosts` or a vehicle of the trace"
            },
        })
    }

    /// The radio of the node with the name at `place` of the scenario, and its rank.
    pub(crate) fn radio(&self, place: &str, name: &str) -> Result<(u32, RadioId), SimError> {
        let rank = self.party(place, name)?;
        let radio = self.parties[rank as usize].radio;
        radio
            .map(|radio| (rank, radio))
            .ok_or_else(|| impossible(place, "a server has no radio: name a node"))
    }

    fn ends(&self, scenario: &Scenario, place: &str, name: &str) -> Result<Vec<u32>, SimError> {
        if name == VEHICLES {
            let obus = self.parties.in_order().filter(|(_, party)| party.kind == PartyKind::Obu);
            return Ok(obus.map(|(rank, _)| rank).collect());
        }
        match scenario.groups.get(name) {
            Some(group) => group.names(name).map(|name| self.party(place, &name)).collect(),
            None if self.join => Ok(self.parties.find(name).into_iter().collect()),
            None => self.party(place, name).map(|rank| vec![rank]),
        }
    }

    /// The flows of one entry of `traffic`, of all parties or of one that `joined`.
    pub(super) fn flows(
        &self,
        scenario: &Scenario,
        index: usize,
        spec: &FlowSpec,
        joined: Option<u32>,
        flows: &mut Vec<FlowSetup>,
    ) -> Result<(), SimError> {
        let place = format!("traffic.{index}");
        let many = |name: &String| name == VEHICLES || scenario.groups.contains_key(name);
        if many(&spec.from) && many(&spec.to) {
            return Err(impossible(&place, "both ends stand for many: name a node or a host at one of them"));
        }
        if spec.from == spec.to {
            return Err(impossible(&place, "it would send to itself: name another receiver"));
        }
        let mut sizes = std::iter::once(spec.size).chain(spec.response_size);
        if !sizes.all(|size| (MIN_PAYLOAD..=MAX_PAYLOAD).contains(&size)) {
            return Err(impossible(&place, "a payload has 24 to 1452 bytes: choose another size"));
        }
        let from = self.ends(scenario, &format!("{place}.from"), &spec.from)?;
        let to = self.ends(scenario, &format!("{place}.to"), &spec.to)?;
        let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to)));
        let concerned = |(from, to): &(u32, u32)| joined.is_none_or(|rank| rank == *from || rank == *to);
        for (from, to) in pairs.filter(|(from, to)| from != to).filter(concerned) {
            let ends = [from, to].map(|rank| {
                let party = &self.parties[rank as usize];
                End { party: rank, host: party.host, vehicle: party.kind == PartyKind::Obu }
            });
            if ends.iter().all(|end| !end.vehicle) {
                return Err(impossible(&place, "neither end is a vehicle: name an OBU at one of them"));
            }
            let [from, to] = ends.map(|end| self.parties[end.party as usize].name.as_str());
            let key = Key::seed(scenario.seed).with_name(&spec.name).with_name(from).with_name(to);
            let response =
                (spec.kind == FlowKind::Request).then_some(spec.response_size.unwrap_or(spec.size));
            flows.push(FlowSetup {
                name: spec.name.clone(),
                spec: index as u32,
                by_name: [&spec.from, &spec.to].into_iter().any(|name| name == VEHICLES),
                ends,
                rate: spec.rate.per_second(),
                size: spec.size,
                response,
                start: Instant::from_micros(spec.start.micros()),
                stop: spec.stop.map(|stop| Instant::from_micros(stop.micros())),
                phase: key.unit(),
            });
        }
        Ok(())
    }
}

/// What a vehicle that joined sends, if anything.
pub(super) fn sender_of(scenario: &Scenario, party: &Party) -> Result<Option<Sender>, SimError> {
    let key = Key::seed(scenario.seed).with_name("beacon");
    let mut sender = None;
    for (index, spec) in scenario.beacons.iter().flat_map(|beacons| &beacons.senders).enumerate() {
        let known = |name: &str| scenario.groups.contains_key(name) || scenario.nodes.contains_key(name);
        let all = spec.from == ALL && !known(ALL);
        if !all && spec.from != VEHICLES && spec.from != party.name {
            continue;
        }
        if sender.is_some() {
            return Err(impossible(&format!("beacons.senders.{index}.from"), TWICE));
        }
        sender = Some(Sender::new(spec, key.with_name(&party.name)));
    }
    Ok(sender)
}

/// By radio: who sends beacons, and which. Those whose host has the radio itself send none.
fn senders(scenario: &Scenario, names: &Names<'_>, radios: usize) -> Result<Vec<Option<Sender>>, SimError> {
    let mut senders = vec![None; if scenario.beacons.is_some() { radios } else { 0 }];
    let key = Key::seed(scenario.seed).with_name("beacon");
    for (index, spec) in scenario.beacons.iter().flat_map(|beacons| &beacons.senders).enumerate() {
        let place = format!("beacons.senders.{index}.from");
        let ranks = match names.parties.find(ALL) {
            None if spec.from == ALL && !scenario.groups.contains_key(ALL) => {
                (0..names.parties.len() as u32).collect()
            }
            _ => names.ends(scenario, &place, &spec.from)?,
        };
        for rank in ranks {
            let party = &names.parties[rank as usize];
            let Some(radio) = party.radio.filter(|_| !party.plain) else { continue };
            let sender = &mut senders[radio.0 as usize];
            if sender.is_some() {
                return Err(impossible(&place, TWICE));
            }
            *sender = Some(Sender::new(spec, key.with_name(&party.name)));
        }
    }
    Ok(senders)
}

/// Ports in the order of names: an RSU's TAP and its host, or a server.
fn wired(scenario: &Scenario, parties: &[Party]) -> Option<Wired> {
    let spec = scenario.wired.as_ref()?;
    let mut ports = Vec::new();
    for (rank, party) in (0..).zip(parties) {
        match party.kind {
            PartyKind::Obu => {}
            PartyKind::Rsu if party.plain => {}
            PartyKind::Rsu => ports.extend([Plug::Tap(rank), Plug::Host(rank)]),
            PartyKind::Server => ports.push(Plug::Host(rank)),
        }
    }
    Some(Wired::new(spec.latency.get(), ports, parties.len()))
}

fn config(scenario: &Scenario) -> NodeConfig {
    let mut config = scenario.protocol.settings(Mac::default(), true);
    if let Some(airtime) = profile::unicast_time(&scenario.radio, config.radio_mtu) {
        config.airtime = airtime;
    }
    config
}

/// Of beacons.
const TWICE: &str = "some of these nodes send the beacons of another entry already: take them out of one";

pub(super) fn impossible(place: &str, message: &'static str) -> SimError {
    SimError::Impossible { place: place.to_owned(), message }
}
