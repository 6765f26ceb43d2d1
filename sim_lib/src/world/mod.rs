//! [`World`]: nodes, radio, mobility, traffic and faults behind one event queue, in virtual time.
//!
//! - Events are in a total order: time, then the rank of the node they concern (by its name), then that node's own
//!   sequence number. Ties are never left to chance, and time never goes back.
//! - Every random draw is keyed by the seed and by what it is for. So the same scenario gives the same run, and a node far
//!   away changes nothing for the others.
//! - A node takes no time to handle a frame. It exists while its track does and no fault keeps it down; each start makes
//!   a new one, without memory and with the next boot number.
//! - Hosts know each other's addresses from the start. The host of an OBU is behind its TAP. The host of an RSU is on the
//!   wired side of its TAP, beside the servers if there is a wired segment.
//!
//! Running freely, [`World::run`] does it all. To pin a world to a clock, ask [`World::next_event`] for the time and call
//! [`World::step`] when it has come.

pub mod address;
mod bare;
mod beacons;
mod channel;
mod check;
mod convergence;
mod counts;
mod events;
mod faults;
mod groups;
mod interruptions;
mod joining;
pub(crate) mod latency;
mod life;
mod live;
mod machine;
mod measure;
mod packet;
mod parties;
mod plan;
mod profile;
mod queue;
mod range;
mod samples;
mod stream;
mod summary;
mod switch;
mod traces;
mod traffic;
mod wired;

use crate::error::SimError;
use crate::results::{
    BeaconRow, FlowRow, GapRow, LatencyRow, Observer, Progress, RunEvent, SecondRow, Summary,
};
use crate::scenario::Scenario;
use crate::scenario::beacons::CongestionControl;
use crate::sumo::{SumoAbout, SumoSteps};
use beacons::Beacons;
use channel::Channel;
use check::Checker;
use convergence::Convergence;
use counts::NodeCounts;
use events::What;
use faults::{Fault, Flicker};
use interruptions::Watcher;
use joining::Joining;
use life::State;
use measure::{Baseline, Second};
use mobility_lib::following::Steps;
use mobility_lib::{Format, Network, Position, Segment, Trace, Track, net, trace};
use node_lib::addr::Mac;
use node_lib::control::config::NodeConfig;
use node_lib::control::node::{Node, Outbox, Route};
use node_lib::random::Key;
use node_lib::time::Instant;
use parties::Parties;
use plan::Plan;
use queue::{EVERYTHING, Queue};
use radio_lib::{Effect, Locations, Medium, RadioId, RadioSetup};
use range::Range;
use samples::{SAMPLING, Samples};
use std::cell::Cell;
use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;
use traffic::Traffic;
use wired::{Plug, Wired};

pub use groups::standing_rsus;
pub use live::HostFrame;
pub use machine::MakeNode;
pub use parties::PartyKind;
pub use range::delivery_range;

/// A run in progress.
#[derive(Debug)]
pub struct World {
    end: Instant,
    warmup: Instant,
    /// Key of every node's draws.
    key: Key,
    /// Key of the draws of bursts of loss.
    burst_key: Key,
    /// What is the same in every node's settings.
    config: NodeConfig,
    /// Nodes and servers; the index is the rank.
    parties: Parties,
    /// Whoever tells of vehicles that join, if somebody does.
    joining: Option<Box<Joining>>,
    sumo: Option<SumoAbout>,
    /// Until when it is known who is where; for ever where nobody joins.
    settled: Option<Instant>,
    /// By rank.
    states: Vec<State>,
    /// By rank: whether the party's host is outside.
    live: Vec<bool>,
    /// Frames that have reached hosts outside.
    for_hosts: VecDeque<HostFrame>,
    /// In the order of names.
    obus: Vec<u32>,
    /// The same.
    rsus: Vec<u32>,
    /// By radio: the rank of its node.
    radios: Vec<u32>,
    /// Ranks by the addresses of their radios, sorted.
    by_mac: Vec<(Mac, u32)>,
    places: Places,
    medium: Medium,
    wired: Option<Wired>,
    traffic: Traffic,
    /// If there are any.
    beacons: Option<Beacons>,
    control: CongestionControl,
    /// Where radios sense the channel.
    channel: Option<Channel>,
    faults: Vec<Fault>,
    /// By fault: how its disturbance stands, if it is one.
    flickers: Vec<Flicker>,
    /// When a disturbance last began or ended.
    air_changed: Instant,
    queue: Queue<(u32, What)>,
    /// Reused from event to event.
    out: Outbox,
    /// Reused from event to event.
    effects: Vec<Effect>,
    /// Reused from frame to frame on the wire.
    reached: Vec<(Plug, Instant)>,

    /// Events handled.
    events: u64,
    /// What the observer has not been told yet.
    reports: Vec<RunEvent>,
    row: Option<SecondRow>,
    /// Whether a sample was taken since the observer was last asked.
    sampled: bool,
    /// Checks invariants, if somebody wants that.
    checker: Option<Box<Checker>>,

    watcher: Watcher,
    convergence: Convergence,
    range: Range,
    samples: Samples,
    second: Second,
    /// Counts of nodes that were switched off.
    gone: NodeCounts,
    /// Frames for nodes and hosts that were switched off.
    unpowered: u64,
    /// Time that nodes were up after the warm-up, of those that were switched off.
    node_time: Duration,
    /// OBUs that are up, the most of them at once, and all that ever were, after the warm-up.
    vehicles: u64,
    peak: u64,
    /// Counts at the end of the warm-up.
    baseline: Baseline,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The figures.
    pub summary: Summary,
    /// One row for each flow and direction.
    pub flows: Vec<FlowRow>,
    /// How latencies are distributed, by direction.
    pub latency: Vec<LatencyRow>,
    /// How many receive beacons, by distance; none where there are no beacons or distance doesn't matter.
    pub beacons: Vec<BeaconRow>,
    /// How long it is between two receptions of beacons, by distance; the same.
    pub gaps: Vec<GapRow>,
    /// Events handled.
    pub events: u64,
}

/// An observer that doesn't look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

/// Where a node is, for maps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed<'a> {
    /// The node's name.
    pub name: &'a str,
    /// What it is.
    pub kind: PartyKind,
    /// Where it is, metres.
    pub position: [f64; 2],
}

/// Reads the trace that a scenario names, if it names one; a SUMO that runs is none. `base` is the folder that its path is relative to.
///
/// # Errors
/// [`SimError::Trace`]; of the network too, if the trace is of GPS tracks and goes through it.
pub fn read_trace(scenario: &Scenario, base: &Path) -> Result<Option<Trace>, SimError> {
    let Some(spec) = &scenario.trace else { return Ok(None) };
    let Some(file) = spec.file.as_ref().map(|file| base.join(file)) else { return Ok(None) };
    let format = spec.format().unwrap_or_else(|| trace::format_of(&file));
    let network = scenario.network.as_ref().filter(|_| format == Format::Gpx);
    let network = network.map(|network| net::read(&base.join(&network.file))).transpose()?;
    let projection = network.as_ref().and_then(Network::projection);
    Ok(Some(trace::read(&file, format, &spec.options(scenario.duration.micros()), projection)?))
}

impl World {
    /// Reads the scenario's trace (relative to `base`), or starts its SUMO, and builds everything. Nothing has happened yet.
    ///
    /// # Errors
    /// [`SimError`]: the trace can't be read, or the scenario is impossible.
    pub fn new(scenario: &Scenario, base: &Path) -> Result<World, SimError> {
        match scenario.trace.as_ref().and_then(|trace| trace.sumo.as_ref()) {
            None => World::with_trace(scenario, read_trace(scenario, base)?),
            Some(spec) => {
                let steps = SumoSteps::start(spec, scenario, base)?;
                let sumo = steps.about().clone();
                let mut world = World::with_steps(scenario, Box::new(steps))?;
                world.sumo = Some(sumo);
                Ok(world)
            }
        }
    }

    /// The SUMO that tells of vehicles, if one does.
    pub fn sumo(&self) -> Option<&SumoAbout> {
        self.sumo.as_ref()
    }

    /// As [`World::new`], with the trace that [`read_trace`] gave.
    ///
    /// # Errors
    /// [`SimError`]: the scenario is impossible.
    pub fn with_trace(scenario: &Scenario, trace: Option<Trace>) -> Result<World, SimError> {
        World::build(scenario, trace, None)
    }

    /// As [`World::new`], with vehicles that somebody tells of step by step. Times, the beginning and the highest speed are those of
    /// the scenario's trace.
    ///
    /// # Errors
    /// [`SimError`]: the scenario is impossible, or the first steps are.
    pub fn with_steps(scenario: &Scenario, steps: Box<dyn Steps>) -> Result<World, SimError> {
        World::build(scenario, None, Some(Joining::new(scenario, steps)))
    }

    fn build(scenario: &Scenario, trace: Option<Trace>, joining: Option<Joining>) -> Result<World, SimError> {
        let join = joining.is_some();
        let mut plan = Plan::new(scenario, trace, join)?;
        let seed = Key::seed(scenario.seed);
        let profile = profile::profile(&scenario.radio, &plan.parties, join)?;
        let macs = || plan.radios.iter().map(|rank| address::radio_mac(&plan.parties[*rank as usize].name));
        let names =
            plan.radios.iter().map(|rank| Key::seed(0).with_name(&plan.parties[*rank as usize].name).bits());
        let setups = macs().zip(names).map(|(mac, key)| RadioSetup { mac, key }).collect();
        let medium = Medium::new(profile, seed.with_name("medium"), setups)?;
        let control =
            scenario.beacons.as_ref().map_or(CongestionControl::None, |spec| spec.congestion_control);
        let channel = Channel::new(&medium, plan.radios.len(), control);
        let mut by_mac: Vec<(Mac, u32)> = macs().zip(plan.radios.iter().copied()).collect();
        by_mac.sort_unstable();
        let mut places = Places::new(&mut plan);
        if let Some(joining) = &joining {
            places.max_speed = places.max_speed.max(joining.speed_bound());
        }
        let ranked = |kind| {
            let ranks = (0..).zip(plan.parties.iter()).filter(move |(_, party)| party.kind == kind);
            ranks.map(|(rank, _)| rank).collect::<Vec<u32>>()
        };
        let warmup = Instant::from_micros(scenario.warmup.micros());
        let end = Instant::from_micros(scenario.duration.micros());
        let beacons = scenario.beacons.as_ref();
        let beacons = beacons.map(|spec| Beacons::new(spec, plan.senders, &medium, [warmup, end]));
        let count = plan.parties.len();
        let mut world = World {
            end,
            warmup,
            key: seed.with_name("node"),
            burst_key: seed.with_name("burst"),
            config: plan.config,
            states: (0..count).map(|_| State::default()).collect(),
            live: vec![false; count],
            for_hosts: VecDeque::new(),
            obus: ranked(PartyKind::Obu),
            rsus: ranked(PartyKind::Rsu),
            radios: plan.radios,
            by_mac,
            places,
            medium,
            wired: plan.wired,
            traffic: Traffic::new(plan.flows, count, warmup),
            beacons,
            control,
            channel,
            range: Range::new(faults::links(&plan.faults)),
            air_changed: Instant::ZERO,
            flickers: vec![Flicker::default(); plan.faults.len()],
            faults: plan.faults,
            queue: Queue::new(count),
            out: Outbox::new(),
            effects: Vec::new(),
            reached: Vec::new(),
            events: 0,
            reports: Vec::new(),
            row: None,
            sampled: false,
            checker: None,
            watcher: Watcher::new(count, warmup),
            convergence: Convergence::default(),
            samples: Samples::new(count),
            second: Second::default(),
            gone: NodeCounts::default(),
            unpowered: 0,
            node_time: Duration::ZERO,
            vehicles: 0,
            peak: 0,
            baseline: Baseline::default(),
            parties: plan.parties,
            joining: joining.map(Box::new),
            sumo: None,
            settled: if join { None } else { Some(Instant::MAX) },
        };
        world.schedule()?;
        world.settle(Instant::ZERO)?;
        Ok(world)
    }

    /// Runs to the end of the scenario, or until the observer has seen enough.
    ///
    /// # Errors
    /// [`SimError`]: the observer can't write, or a fault of the program.
    pub fn run(&mut self, observer: &mut dyn Observer) -> Result<Outcome, SimError> {
        let finished = self.go(self.end, u64::MAX, observer)?;
        self.check_books()?;
        Ok(self.outcome(!finished))
    }

    /// Handles every event up to and including `at`, and moves the present there. Returns false if the observer has
    /// seen enough before.
    ///
    /// # Errors
    /// As [`World::run`].
    pub fn run_until(&mut self, at: Instant, observer: &mut dyn Observer) -> Result<bool, SimError> {
        self.go(at, u64::MAX, observer)
    }

    /// As [`World::run_until`], but stops after so many events; [`World::now`] tells how far it came. So somebody who has to
    /// keep pace with a clock isn't kept from everything else where it can't.
    ///
    /// # Errors
    /// As [`World::run`].
    pub fn run_towards(
        &mut self,
        at: Instant,
        events: u64,
        observer: &mut dyn Observer,
    ) -> Result<bool, SimError> {
        self.go(at, events, observer)
    }

    /// When the next event happens.
    pub fn next_event(&self) -> Option<Instant> {
        self.queue.next_at()
    }

    /// Handles the next event, and tells the observer what came of it. Returns false if there is none.
    ///
    /// # Errors
    /// As [`World::run`].
    pub fn step(&mut self, observer: &mut dyn Observer) -> Result<bool, SimError> {
        self.upcoming()?;
        let Some((now, (rank, what))) = self.queue.pop() else { return Ok(false) };
        self.events += 1;
        if self.is_checked() {
            self.check_before(now, rank, &what);
        }
        let handled = self.handle(now, rank, what);
        if self.is_checked() && handled.is_ok() {
            self.check_after(rank)?;
        }
        handled?;
        for report in self.reports.drain(..) {
            observer.event(&report)?;
        }
        if let Some(row) = self.row.take() {
            for track in self.tracks(row.second) {
                observer.track(&track)?;
            }
            observer.second(&row)?;
        }
        Ok(true)
    }

    /// The figures up to the present. `partial`: the run was ended before its time.
    pub fn outcome(&mut self, partial: bool) -> Outcome {
        summary::outcome(self, partial)
    }

    /// The present.
    pub fn now(&self) -> Instant {
        self.queue.now()
    }

    /// Events handled so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Where the run ends.
    pub fn end(&self) -> Instant {
        self.end
    }

    /// The longest frame that a node's radio carries, Ethernet header included, bytes.
    pub fn radio_mtu(&self) -> usize {
        self.config.radio_mtu
    }

    /// How far the run is.
    pub fn progress(&self) -> Progress {
        Progress {
            now_us: self.now().as_micros(),
            end_us: self.end.as_micros(),
            nodes: self.states.iter().filter(|state| state.machine.is_some()).count() as u64,
            events: self.events,
        }
    }

    /// Names and kinds of all nodes and servers, in the order of names, whether they are up or not; of those that join, who has joined.
    pub fn parties(&self) -> impl Iterator<Item = (&str, PartyKind)> {
        self.parties.in_order().map(|(_, party)| (party.name.as_str(), party.kind))
    }

    /// The node with this name while it is up.
    pub fn node(&self, name: &str) -> Option<&dyn Node> {
        let rank = self.parties.find(name)?;
        Some(self.states[rank as usize].machine.as_ref()?.node())
    }

    /// The upstream path in use of the node with this name.
    pub fn route(&self, name: &str) -> Option<Route> {
        let rank = self.parties.find(name)?;
        self.states[rank as usize].machine.as_ref()?.route()
    }

    /// The name of the node whose radio has this address.
    pub fn name_of(&self, radio: Mac) -> Option<&str> {
        let at = self.by_mac.binary_search_by_key(&radio, |(mac, _)| *mac).ok()?;
        Some(&self.parties[self.by_mac[at].1 as usize].name)
    }

    /// Where the nodes that are up are, in the order of their names; those without a position are left out.
    pub fn placed(&self) -> impl Iterator<Item = Placed<'_>> {
        let up = self.parties.in_order().filter(|(rank, _)| self.states[*rank as usize].machine.is_some());
        up.filter_map(|(_, party)| {
            let position = self.places.position(party.radio?, self.now())?;
            Some(Placed { name: &party.name, kind: party.kind, position })
        })
    }

    /// Has the node with this name made by `make` from its next start on, instead of by its role. False if there is no such
    /// node. So nodes of other makes run beside ours, over the same radio.
    pub fn replace_node(&mut self, name: &str, make: MakeNode) -> bool {
        let party = self.parties.find(name).map(|rank| &mut self.parties[rank as usize]);
        let party = party.filter(|party| party.radio.is_some());
        party.is_some_and(|party| {
            party.make = Some(make);
            true
        })
    }

    fn go(&mut self, until: Instant, most: u64, observer: &mut dyn Observer) -> Result<bool, SimError> {
        let mut left = most;
        while self.upcoming()?.is_some_and(|at| at <= until) {
            if left == 0 {
                return Ok(true);
            }
            left -= 1;
            self.step(observer)?;
            let asked = std::mem::take(&mut self.sampled) || self.events.is_multiple_of(PROGRESS_EVENTS);
            if asked && !observer.progress(self.progress()) {
                return Ok(false);
            }
        }
        self.queue.advance(until);
        Ok(true)
    }

    /// When the next event happens, everything up to it being settled.
    #[inline]
    fn upcoming(&mut self) -> Result<Option<Instant>, SimError> {
        if let Some(at) = self.queue.next_at()
            && self.settled.is_none_or(|settled| settled < at)
        {
            self.settle(at)?;
        }
        Ok(self.queue.next_at())
    }

    /// Puts in what is known from the start.
    fn schedule(&mut self) -> Result<(), SimError> {
        for rank in 0..self.parties.len() as u32 {
            if self.parties[rank as usize].radio.is_some() {
                self.schedule_span(rank)?;
            } else {
                self.start_flows(Instant::ZERO, rank)?;
            }
        }
        for index in 0..self.faults.len() {
            let Fault { at, rank, .. } = self.faults[index];
            let rank = rank.unwrap_or(EVERYTHING);
            self.push(at, rank, What::Fault(index as u32))?;
        }
        self.push(self.warmup, EVERYTHING, What::WarmedUp)?;
        self.push(Instant::ZERO + SAMPLING, EVERYTHING, What::Sample)
    }

    #[inline]
    fn push(&mut self, at: Instant, rank: u32, what: What) -> Result<(), SimError> {
        self.queue.push(at, rank, (rank, what)).map_err(|past| self.past(past))
    }

    /// Puts in an event that had its place kept.
    fn push_reserved(&mut self, at: Instant, rank: u32, number: u64, what: What) -> Result<(), SimError> {
        self.queue.push_reserved(at, rank, number, (rank, what)).map_err(|past| self.past(past))
    }

    #[cold]
    fn past(&self, past: queue::Past) -> SimError {
        let node = self.parties.get(past.rank as usize).map_or_else(String::new, |party| party.name.clone());
        SimError::TimeWentBack { node, now: past.now, at: past.at }
    }
}

impl Observer for Unobserved {
    fn event(&mut self, _: &RunEvent) -> std::io::Result<()> {
        Ok(())
    }

    fn second(&mut self, _: &SecondRow) -> std::io::Result<()> {
        Ok(())
    }

    fn progress(&mut self, _: Progress) -> bool {
        true
    }
}

/// Where the radios are.
#[derive(Debug)]
struct Places {
    /// By radio; `None` is nowhere in particular.
    tracks: Vec<Option<Track>>,
    /// By radio: the stretch of its track that it was last asked for in.
    segments: Vec<Cell<Segment>>,
    /// Tracks that nodes were taken off, and when.
    former: Vec<(RadioId, Instant, Track)>,
    max_speed: f64,
}

impl Places {
    /// Takes the tracks of all nodes; their spans stay with the parties.
    fn new(plan: &mut Plan) -> Self {
        let tracks: Vec<_> =
            plan.radios.iter().map(|rank| plan.parties[*rank as usize].track.take()).collect();
        let max_speed = tracks.iter().flatten().map(Track::max_speed).fold(0.0, f64::max);
        let segments = vec![Cell::default(); tracks.len()];
        Places { tracks, segments, former: Vec::new(), max_speed }
    }

    /// One radio more, with the beginning of its track.
    fn add(&mut self, track: Track) {
        self.max_speed = self.max_speed.max(track.max_speed());
        self.tracks.push(Some(track));
        self.segments.push(Cell::default());
    }

    /// Takes a track on.
    fn grow(&mut self, radio: RadioId, at_us: u64, position: Position, joined: bool) {
        if let Some(track) = &mut self.tracks[radio.0 as usize] {
            track.grow(at_us, position, joined);
            self.max_speed = self.max_speed.max(track.max_speed());
        }
    }

    /// Replaces a track.
    fn set(&mut self, now: Instant, radio: RadioId, track: Track) {
        self.max_speed = self.max_speed.max(track.max_speed());
        let former = self.tracks[radio.0 as usize].replace(track);
        self.former.extend(former.map(|former| (radio, now, former)));
        self.segments[radio.0 as usize] = Cell::default();
    }

    /// Where a radio was at a time in the past.
    fn past_position(&self, radio: RadioId, at: Instant) -> Option<[f64; 2]> {
        match self.former.iter().find(|(of, until, _)| *of == radio && at < *until) {
            Some((_, _, track)) => track.at(at.as_micros()).map(|position| [position.x, position.y]),
            None => self.position(radio, at),
        }
    }
}

impl Locations for Places {
    #[inline]
    fn position(&self, radio: RadioId, at: Instant) -> Option<[f64; 2]> {
        let (index, at_us) = (radio.0 as usize, at.as_micros());
        let segment = self.segments.get(index)?;
        let position = segment.get().at(at_us).or_else(|| {
            let track = self.tracks[index].as_ref()?;
            segment.set(track.segment(at_us).unwrap_or_default());
            track.at(at_us)
        })?;
        Some([position.x, position.y])
    }

    fn max_speed(&self) -> f64 {
        self.max_speed
    }
}

/// The observer is asked whether to go on after so many events at the latest.
const PROGRESS_EVENTS: u64 = 4096;
