//! Vehicles that join as the run goes: somebody tells of them step by step.
//!
//! The world never asks for the place of anybody at a time that isn't settled: before it handles an event, it has heard of as
//! many steps beyond it as it takes to know who has left ([`Follower`]). So whoever tells is that much ahead, and results are
//! those of a trace of the same steps.

use super::World;
use super::address;
use super::events::What;
use super::life::State;
use super::parties::{Parties, Party, PartyKind};
use super::plan::{self, Names};
use crate::error::SimError;
use crate::scenario::Scenario;
use crate::scenario::beacons::ALL;
use crate::scenario::model::VEHICLES;
use mobility_lib::following::{Follower, Sighting, Steps};
use mobility_lib::{Position, Span, Track};
use node_lib::addr::Mac;
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::{RadioSetup, SEARCH_AGE};
use std::collections::BTreeSet;
use std::time::Duration;

/// Whoever tells of vehicles, and what was heard so far.
#[derive(Debug)]
pub(super) struct Joining {
    steps: Box<dyn Steps>,
    follower: Follower,
    /// The time of theirs that is the start of the run, microseconds.
    begin_us: u64,
    /// By the follower's number: the rank, once it is in the run.
    ranks: Vec<Option<u32>>,
    /// The follower's numbers of those that haven't left, as far as is known.
    there: BTreeSet<usize>,
    /// What joins take part in.
    scenario: Scenario,
    /// What was seen in the last step.
    seen: Vec<(String, Position)>,
}

/// A vehicle that comes into the run.
struct Newcomer {
    vehicle: usize,
    name: String,
    track: Track,
}

impl Joining {
    pub(super) fn new(scenario: &Scenario, steps: Box<dyn Steps>) -> Joining {
        let options = scenario.trace.as_ref().map(|trace| trace.options(scenario.duration.micros()));
        let options = options.unwrap_or_default();
        Joining {
            begin_us: options.begin_us,
            follower: Follower::new(options, steps.step_us()),
            steps,
            ranks: Vec::new(),
            there: BTreeSet::new(),
            scenario: scenario.clone(),
            seen: Vec::new(),
        }
    }

    /// How fast somebody may turn out to have been at a time that receivers are searched for at already, metres per second. Where steps
    /// are long enough, what was heard of reaches beyond.
    pub(super) fn speed_bound(&self) -> f64 {
        let ahead = Duration::from_micros(self.follower.max_gap_us());
        if ahead > SEARCH_AGE { 0.0 } else { self.follower.max_speed() }
    }

    /// Where flows and beacons name somebody who isn't in the run: the key, and the name.
    fn missing(&self, parties: &Parties) -> Vec<(String, String)> {
        let Scenario { traffic, beacons, groups, .. } = &self.scenario;
        let flows = traffic.iter().enumerate().flat_map(|(index, flow)| {
            [("from", &flow.from), ("to", &flow.to)]
                .map(|(end, name)| (format!("traffic.{index}.{end}"), name))
        });
        let senders = beacons.iter().flat_map(|beacons| &beacons.senders).enumerate();
        let senders = senders.map(|(index, sender)| (format!("beacons.senders.{index}.from"), &sender.from));
        let unknown = |name: &str| {
            ![VEHICLES, ALL].contains(&name) && !groups.contains_key(name) && parties.find(name).is_none()
        };
        let missing = flows.chain(senders).filter(|(_, name)| unknown(name));
        missing.map(|(place, name)| (place, name.clone())).collect()
    }
}

impl World {
    /// Where the scenario names vehicles that were to join and haven't: the key, and the name.
    pub fn never_came(&self) -> Vec<(String, String)> {
        self.joining.as_ref().map_or_else(Vec::new, |joining| joining.missing(&self.parties))
    }

    /// Hears of as many steps as it takes to settle everything up to `at`.
    #[cold]
    pub(super) fn settle(&mut self, at: Instant) -> Result<(), SimError> {
        while self.settled.is_none_or(|settled| settled < at) {
            let Some(mut joining) = self.joining.take() else { return Ok(()) };
            let heard = self.hear(&mut joining);
            self.joining = Some(joining);
            heard?;
        }
        Ok(())
    }

    /// Hears of one step.
    fn hear(&mut self, joining: &mut Joining) -> Result<(), SimError> {
        let Joining { steps, seen, .. } = joining;
        seen.clear();
        let told = steps.next(&mut |name, position| seen.push((name.to_owned(), position)));
        let Some(at_us) = told.map_err(SimError::Steps)? else {
            for vehicle in std::mem::take(&mut joining.there) {
                self.has_left(joining, vehicle)?;
            }
            self.settled = Some(Instant::MAX);
            return Ok(());
        };
        let mut newcomers: Vec<Newcomer> = Vec::new();
        for (name, position) in std::mem::take(&mut joining.seen) {
            if let Some(sighting) = joining.follower.see(at_us, &name, position)? {
                newcomers.extend(self.sighted(joining, name, sighting)?);
            }
        }
        self.join(joining, newcomers)?;
        let follower = &joining.follower;
        let left = joining.there.iter().copied().filter(|vehicle| follower.has_left(*vehicle, at_us));
        for vehicle in left.collect::<Vec<_>>() {
            joining.there.remove(&vehicle);
            self.has_left(joining, vehicle)?;
        }
        let settled_us = at_us.checked_sub(joining.begin_us + joining.follower.max_gap_us());
        self.settled = settled_us.map(Instant::from_micros).or(self.settled);
        Ok(())
    }

    /// Takes a vehicle's track on; gives it back if it isn't in the run yet.
    fn sighted(
        &mut self,
        joining: &mut Joining,
        name: String,
        sighting: Sighting,
    ) -> Result<Option<Newcomer>, SimError> {
        let Sighting { vehicle, at_zero, at_us, position, joined } = sighting;
        if joining.ranks.len() <= vehicle {
            joining.ranks.resize(vehicle + 1, None);
        }
        let Some(rank) = joining.ranks[vehicle] else {
            let (first_us, first) = at_zero.map_or((at_us, position), |place| (0, place));
            let mut track = Track::seen(first_us, first);
            track.grow(at_us, position, joined);
            // Nobody hears of one that comes after the end.
            let in_time = first_us <= self.end.as_micros();
            return Ok(in_time.then_some(Newcomer { vehicle, name, track }));
        };
        if !joined {
            self.close_span(rank)?;
            joining.there.insert(vehicle);
        }
        self.grow_track(rank, at_us, position, joined)?;
        Ok(None)
    }

    fn has_left(&mut self, joining: &Joining, vehicle: usize) -> Result<(), SimError> {
        match joining.ranks[vehicle] {
            Some(rank) => self.close_span(rank),
            None => Ok(()),
        }
    }

    fn join(&mut self, joining: &mut Joining, newcomers: Vec<Newcomer>) -> Result<(), SimError> {
        if newcomers.is_empty() {
            return Ok(());
        }
        let first = self.parties.len() as u32;
        for Newcomer { vehicle, name, track } in newcomers {
            joining.ranks[vehicle] = Some(self.parties.len() as u32);
            joining.there.insert(vehicle);
            self.take_in(&joining.scenario, name, track)?;
        }
        self.queue.rearrange(self.parties.places());
        for rank in first..self.parties.len() as u32 {
            self.find_flows(&joining.scenario, rank)?;
            self.schedule_span(rank)?;
        }
        Ok(())
    }

    /// Makes room for a vehicle wherever something is kept for each.
    fn take_in(&mut self, scenario: &Scenario, name: String, track: Track) -> Result<(), SimError> {
        if self.parties.find(&name).is_some() || scenario.groups.contains_key(&name) {
            return Err(SimError::DuplicateName { name });
        }
        let mac = address::radio_mac(&name);
        let by_mac = match self.by_mac.binary_search_by_key(&mac, |(mac, _)| *mac) {
            Ok(at) => return Err(self.collision(at, name, mac)),
            Err(at) => at,
        };
        let setup = RadioSetup { mac, key: Key::seed(0).with_name(&name).bits() };
        let radio = self.medium.add(&setup)?;
        let host = address::host(&name);
        let kind = PartyKind::Obu;
        let party = Party { name, kind, host, track: None, radio: Some(radio), plain: false, make: None };
        let sender = plan::sender_of(scenario, &party)?;
        let rank = self.parties.join(party);
        let place = |rank: u32| self.parties.places()[rank as usize];
        let at = self.obus.partition_point(|other| place(*other) < place(rank));
        self.obus.insert(at, rank);
        self.by_mac.insert(by_mac, (mac, rank));
        self.radios.push(rank);
        self.states.push(State::followed());
        self.live.push(false);
        self.places.add(track);
        self.traffic.add_party();
        self.watcher.add_party();
        self.samples.add_party();
        if let Some(beacons) = &mut self.beacons {
            beacons.add(sender);
        }
        if let Some(channel) = &mut self.channel {
            channel.add(self.control);
        }
        if let Some(checker) = &mut self.checker {
            checker.add_party();
        }
        Ok(())
    }

    #[cold]
    fn collision(&self, at: usize, name: String, mac: Mac) -> SimError {
        let other = &self.parties[self.by_mac[at].1 as usize];
        SimError::AddressCollision { first: other.name.clone(), second: name, mac }
    }

    /// Adds the flows that begin or end at a vehicle which has joined.
    fn find_flows(&mut self, scenario: &Scenario, rank: u32) -> Result<(), SimError> {
        let names = Names { parties: &self.parties, join: true };
        let mut flows = Vec::new();
        for (index, spec) in scenario.traffic.iter().enumerate() {
            // Those that join at the same time find each other once: the later one its pairs with the earlier.
            names.flows(scenario, index, spec, Some(rank), &mut flows)?;
        }
        flows.retain(|flow| flow.ends.iter().all(|end| end.party <= rank));
        plan::check_number(self.traffic.flows.len() + flows.len())?;
        self.traffic.add(flows, self.parties.places());
        Ok(())
    }

    /// A vehicle's present stay is known to end with what was last seen of it.
    fn close_span(&mut self, rank: u32) -> Result<(), SimError> {
        let Some((index, Span { end_us: Some(end_us), .. })) = self.last_span(rank) else { return Ok(()) };
        match self.states[rank as usize].close(index + 1) {
            Some(number) => self.push_reserved(Instant::from_micros(end_us), rank, number, What::Leave),
            None => Ok(()),
        }
    }

    fn grow_track(
        &mut self,
        rank: u32,
        at_us: u64,
        position: Position,
        joined: bool,
    ) -> Result<(), SimError> {
        let Some(radio) = self.parties[rank as usize].radio else { return Ok(()) };
        if self.states[rank as usize].moved {
            return Ok(());
        }
        self.places.grow(radio, at_us, position, joined);
        if joined {
            return Ok(());
        }
        match self.states[rank as usize].await_over() {
            Some(number) => self.push_reserved(Instant::from_micros(at_us), rank, number, What::Enter),
            None => Ok(()),
        }
    }
}
