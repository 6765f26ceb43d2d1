//! Nodes come up, run their timers, go down.

use super::World;
use super::address;
use super::events::What;
use super::machine::Machine;
use super::parties::PartyKind;
use crate::error::SimError;
use crate::results::Happening;
use mobility_lib::Span;
use node_lib::control::config::NodeConfig;
use node_lib::time::Instant;

/// The changing part of a party.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The node while it is up; a server has none.
    pub(super) machine: Option<Machine>,
    /// How often it was started.
    pub(super) boot: u32,
    /// Since when it has been up.
    pub(super) since: Instant,
    /// Whether it was up at some time after the warm-up.
    pub(super) seen: bool,
    /// Whether it has had a route since it was started.
    pub(super) had_route: bool,
    /// Whether its track is under way.
    here: bool,
    /// Whether a fault keeps it down.
    pub(super) broken: bool,
    /// How far its clock is ahead of the run's time, microseconds.
    pub(super) ahead_us: i64,
    /// Whether it was taken off its track; then it stays.
    pub(super) moved: bool,
    /// Index of its track's next span.
    span: usize,
    /// Of a vehicle whose track grows: what is not known of it yet.
    followed: Option<Followed>,
    /// The deadline in the queue, and which one it is: any other there is out of date.
    pub(super) armed: Option<Instant>,
    generation: u32,
    /// Deadlines in a row that came at the same time.
    stuck: u32,
}

/// What isn't known yet of a vehicle that is followed: when it leaves, or when it comes back.
#[derive(Debug, Default)]
struct Followed {
    /// How many of its spans are over for certain.
    closed: usize,
    /// The number reserved for leaving, while its present span may go on.
    leave: Option<u64>,
    /// The number reserved for coming back, while it is away and nobody knows for how long.
    enter: Option<u64>,
}

impl State {
    /// That of a vehicle whose track grows.
    pub(super) fn followed() -> State {
        State { followed: Some(Followed::default()), ..State::default() }
    }

    /// Of a vehicle that is followed, its first `spans` are over for certain. If it is known to be there in the last of them:
    /// the number reserved for leaving.
    pub(super) fn close(&mut self, spans: usize) -> Option<u64> {
        let followed = self.followed.as_mut()?;
        followed.closed = spans;
        followed.leave.take()
    }

    /// Of a vehicle that is followed, another span has begun. If it was waited for: the number reserved for coming back.
    pub(super) fn await_over(&mut self) -> Option<u64> {
        self.followed.as_mut()?.enter.take()
    }

    /// What its clock shows.
    #[inline]
    pub(super) fn clock(&self, now: Instant) -> Instant {
        Instant::from_micros(now.as_micros().saturating_add_signed(self.ahead_us))
    }

    /// When its node wants to be called.
    #[inline]
    pub(super) fn deadline(&self) -> Option<Instant> {
        let (at, _) = self.machine.as_ref()?.poll_timeout()?;
        Some(Instant::from_micros(at.as_micros().saturating_add_signed(self.ahead_us.saturating_neg())))
    }
}

impl World {
    /// Puts in the beginning of a node's next span.
    pub(super) fn schedule_span(&mut self, rank: u32) -> Result<(), SimError> {
        match self.span(rank) {
            Some(span) => self.push(Instant::from_micros(span.start_us), rank, What::Enter),
            None => {
                if let Some(followed) = &mut self.states[rank as usize].followed {
                    followed.enter = Some(self.queue.reserve(rank));
                }
                Ok(())
            }
        }
    }

    /// The last span that is known of somebody, and its index.
    pub(super) fn last_span(&self, rank: u32) -> Option<(usize, Span)> {
        let track = self.places.tracks[self.parties[rank as usize].radio?.0 as usize].as_ref()?;
        let spans = track.spans();
        Some((spans.len().checked_sub(1)?, *spans.last()?))
    }

    pub(super) fn enter(&mut self, now: Instant, rank: u32) -> Result<(), SimError> {
        let index = self.states[rank as usize].span;
        match &mut self.states[rank as usize].followed {
            Some(followed) if followed.closed <= index => followed.leave = Some(self.queue.reserve(rank)),
            _ => {
                if let Some(end_us) = self.span(rank).and_then(|span| span.end_us) {
                    self.push(Instant::from_micros(end_us), rank, What::Leave)?;
                }
            }
        }
        let state = &mut self.states[rank as usize];
        state.here = true;
        state.span += 1;
        self.switch(now, rank)
    }

    pub(super) fn leave(&mut self, now: Instant, rank: u32) -> Result<(), SimError> {
        if self.states[rank as usize].moved {
            return Ok(());
        }
        self.states[rank as usize].here = false;
        self.switch(now, rank)?;
        self.schedule_span(rank)
    }

    /// Starts the flows that have both ends, of those that begin or end here.
    pub(super) fn start_flows(&mut self, now: Instant, rank: u32) -> Result<(), SimError> {
        for index in 0..self.traffic.of_party(rank).len() {
            let flow = self.traffic.of_party(rank)[index];
            let [from, to] = self.traffic.flows[flow as usize].ends;
            // A sender knows that a vehicle isn't there, but not that an RSU is down.
            if self.is_powered(from.party)
                && (!to.vehicle || self.is_powered(to.party))
                && let Some((at, run)) = self.traffic.start(flow, now)
            {
                self.push(at, from.party, What::Send(flow, run))?;
            }
        }
        Ok(())
    }

    /// The node's deadline has come, if it is the one that counts.
    pub(super) fn timer(&mut self, now: Instant, rank: u32, generation: u32) -> Result<(), SimError> {
        let state = &mut self.states[rank as usize];
        if state.machine.is_none() || state.generation != generation {
            return Ok(());
        }
        state.armed = None;
        if state.deadline().is_some_and(|at| at <= now) {
            let clock = state.clock(now);
            if let Some(machine) = &mut state.machine {
                machine.handle_timeout(clock, &mut self.out);
            }
            if state.deadline().is_some_and(|at| at <= now) {
                state.stuck += 1;
                if state.stuck > PATIENCE {
                    return Err(SimError::Stuck { node: self.parties[rank as usize].name.clone(), now });
                }
            } else {
                state.stuck = 0;
            }
        }
        self.flush(now, rank)
    }

    /// Sees to it that the node is called at its deadline. One that moved back leaves the earlier call in the queue,
    /// which then finds nothing to do and asks again.
    #[inline]
    pub(super) fn arm(&mut self, now: Instant, rank: u32) -> Result<(), SimError> {
        let state = &mut self.states[rank as usize];
        let Some(deadline) = state.deadline() else { return Ok(()) };
        let at = deadline.max(now);
        if state.armed.is_some_and(|armed| armed <= at) {
            return Ok(());
        }
        state.armed = Some(at);
        state.generation = state.generation.wrapping_add(1);
        let generation = state.generation;
        self.push(at, rank, What::Timer(generation))
    }

    fn span(&self, rank: u32) -> Option<Span> {
        let party = &self.parties[rank as usize];
        let index = self.states[rank as usize].span;
        match &self.places.tracks[party.radio?.0 as usize] {
            Some(track) => track.spans().get(index).copied(),
            None => (index == 0).then_some(Span { start_us: 0, end_us: None }),
        }
    }

    /// Switches a node on or off if it has to be.
    pub(super) fn switch(&mut self, now: Instant, rank: u32) -> Result<(), SimError> {
        let state = &self.states[rank as usize];
        match (state.machine.is_some(), state.here && !state.broken) {
            (false, true) => self.start(now, rank),
            (true, false) => {
                self.stop(now, rank);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn start(&mut self, now: Instant, rank: u32) -> Result<(), SimError> {
        let party = &self.parties[rank as usize];
        let Some(radio) = party.radio else { return Ok(()) };
        let state = &mut self.states[rank as usize];
        state.boot += 1;
        let clock = state.clock(now);
        state.since = now;
        state.had_route = false;
        state.armed = None;
        state.generation = state.generation.wrapping_add(1);
        let config = NodeConfig {
            mac: address::radio_mac(&party.name),
            boot: state.boot,
            key: self.key.with_name(&party.name).with(state.boot.into()),
            ..self.config.clone()
        };
        state.machine = Some(match party.make {
            Some(make) => Machine::Other(make(config, clock)),
            None => Machine::new(party.kind == PartyKind::Rsu, config, clock),
        });
        if party.kind == PartyKind::Obu {
            state.seen = true;
            self.vehicles += 1;
            self.peak = self.peak.max(self.vehicles);
        }
        self.medium.set_up(now, radio, true);
        self.report(now, rank, Happening::Up);
        self.start_flows(now, rank)?;
        if let Some(channel) = &mut self.channel {
            channel.begin(&self.medium, now, radio, self.control);
        }
        self.begin_beacons(now, rank, radio)?;
        self.arm(now, rank)
    }

    fn stop(&mut self, now: Instant, rank: u32) {
        self.note_radio_down(rank);
        let party = &self.parties[rank as usize];
        let state = &mut self.states[rank as usize];
        let Some(machine) = state.machine.take() else { return };
        self.gone.add(machine.counters());
        self.node_time += now.since(state.since.max(self.warmup));
        if party.kind == PartyKind::Obu {
            self.vehicles -= 1;
            self.samples.leave(rank);
            self.watcher.gone(rank);
        }
        if let Some(radio) = party.radio {
            self.medium.set_up(now, radio, false);
            self.end_beacons(now, radio);
        }
        for index in 0..self.traffic.of_party(rank).len() {
            let flow = self.traffic.of_party(rank)[index];
            let [from, to] = self.traffic.flows[flow as usize].ends;
            if from.party == rank || to.vehicle {
                self.traffic.halt(flow);
            }
        }
        self.report(now, rank, Happening::Down);
    }
}

/// Deadlines in a row that may come at the same time before a node counts as stuck.
const PATIENCE: u32 = 1000;
