//! What breaks and is mended, as the world knows it.

use super::World;
use super::events::What;
use super::plan::{Names, impossible};
use super::queue::EVERYTHING;
use crate::error::SimError;
use crate::results::Happening;
use crate::scenario::faults::{Burst, Dark, FaultKind, FaultSpec};
use config_lib::Interval;
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::{Area, Disturbance, LinkChange, RadioId, Scope};
use std::time::Duration;

/// One thing that breaks or is mended.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// When.
    pub(crate) at: Instant,
    /// The node it happens at; of a link, its first end; none where it concerns all.
    pub(crate) rank: Option<u32>,
    /// What.
    pub(crate) action: Action,
}

/// What breaks or is mended.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// The node loses its power.
    NodeDown,
    /// The node has power again.
    NodeUp,
    /// A link changes.
    Link {
        /// The ranks and radios of its ends.
        ends: [(u32, RadioId); 2],
        /// How.
        change: LinkChange,
        /// The same in words.
        text: String,
    },
    /// The RSU's cable to the switch is cut, or mended.
    Backhaul {
        /// Which of the two.
        down: bool,
    },
    /// The node's clock is set.
    ClockStep {
        /// By how much further it is ahead then, microseconds.
        by_us: i64,
    },
    /// Frames are lost for a time.
    Disturb(Spell),
}

/// A disturbance for a time.
#[derive(Clone, Debug)]
pub(crate) struct Spell {
    kind: &'static str,
    /// Of a link, the rank of its other end.
    to: Option<u32>,
    disturbance: Disturbance,
    /// When it is over; if never, it lasts to the run's end.
    until: Option<Instant>,
    /// Mean lengths of a burst and of the time to the next one, if it comes in bursts.
    means: Option<[Duration; 2]>,
}

/// How a disturbance that comes in bursts stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flicker {
    bursting: bool,
    draws: u64,
    over: bool,
}

/// The faults of a scenario, in its order.
pub(crate) fn faults(specs: &[FaultSpec], names: &Names<'_>) -> Result<Vec<Fault>, SimError> {
    specs.iter().enumerate().map(|(index, spec)| fault(&format!("faults.{index}"), spec, names)).collect()
}

/// The pairs of radios whose link is changed at some time.
pub(crate) fn links(faults: &[Fault]) -> impl Iterator<Item = (RadioId, RadioId)> {
    faults.iter().filter_map(|fault| match &fault.action {
        Action::Link { ends: [(_, a), (_, b)], .. } => Some((*a, *b)),
        _ => None,
    })
}

fn fault(place: &str, spec: &FaultSpec, names: &Names<'_>) -> Result<Fault, SimError> {
    let kind = spec.kind().ok_or_else(|| impossible(place, "a fault does exactly one thing"))?;
    let ends = |ends: &[String; 2]| Ok([names.radio(place, &ends[0])?, names.radio(place, &ends[1])?]);
    let link = |ends: Result<[(u32, RadioId); 2], SimError>, change: LinkChange, text: String| {
        let ends = ends?;
        Ok::<_, SimError>((ends[0].0, Action::Link { ends, change, text }))
    };
    let down = |down| LinkChange { down: Some(down), ..LinkChange::default() };
    let rank = |name: &str| names.radio(place, name).map(|(rank, _)| rank);
    let (rank, action) = match kind {
        FaultKind::NodeDown(name) => (rank(name)?, Action::NodeDown),
        FaultKind::NodeUp(name) => (rank(name)?, Action::NodeUp),
        FaultKind::LinkDown(names) => link(ends(names), down(true), "down".to_owned())?,
        FaultKind::LinkUp(names) => link(ends(names), down(false), "up".to_owned())?,
        FaultKind::LinkLoss(spec) => {
            let change = LinkChange { loss: Some(spec.loss), ..LinkChange::default() };
            link(ends(&spec.between), change, format!("loss={}", spec.loss))?
        }
        FaultKind::BackhaulDown(name) => (rank(name)?, Action::Backhaul { down: true }),
        FaultKind::BackhaulUp(name) => (rank(name)?, Action::Backhaul { down: false }),
        FaultKind::ClockStep(step) => (rank(&step.node)?, Action::ClockStep { by_us: step.micros() }),
        FaultKind::Burst(burst) => {
            let between = burst.between.as_ref().map(ends).transpose()?;
            let node = burst.node.as_ref().map(|name| names.radio(place, name)).transpose()?;
            return Ok(disturbance(spec.at, between, node, Spell::burst(burst)));
        }
        FaultKind::Dark(dark) => {
            let area = area(dark)
                .ok_or_else(|| impossible(place, "a part of the map is a circle or a rectangle"))?;
            return Ok(disturbance(spec.at, None, None, Spell::dark(dark.until, area)));
        }
    };
    Ok(Fault { at: instant(spec.at), rank: Some(rank), action })
}

/// A spell, at a node or between two where those are given.
fn disturbance(
    at: Interval,
    between: Option<[(u32, RadioId); 2]>,
    node: Option<(u32, RadioId)>,
    mut spell: Spell,
) -> Fault {
    let mut rank = None;
    if let Some([(a, one), (b, other)]) = between {
        (rank, spell.to, spell.disturbance.scope) = (Some(a), Some(b), Scope::Link(one, other));
    } else if let Some((at, radio)) = node {
        (rank, spell.disturbance.scope) = (Some(at), Scope::Radio(radio));
    }
    Fault { at: instant(at), rank, action: Action::Disturb(spell) }
}

fn area(dark: &Dark) -> Option<Area> {
    match (dark.circle, dark.rectangle) {
        (Some([x, y, radius]), None) => Some(Area::Circle { centre: [x, y], radius }),
        (None, Some([left, bottom, right, top])) => {
            Some(Area::Rectangle { low: [left, bottom], high: [right, top] })
        }
        _ => None,
    }
}

fn instant(at: Interval) -> Instant {
    Instant::from_micros(at.micros())
}

impl Spell {
    fn burst(burst: &Burst) -> Spell {
        let means = burst.mean_burst.zip(burst.mean_gap).map(|(burst, gap)| [burst.get(), gap.get()]);
        Spell {
            kind: "burst",
            to: None,
            disturbance: Disturbance { scope: Scope::All, loss: burst.loss },
            until: burst.until.map(instant),
            means,
        }
    }

    fn dark(until: Option<Interval>, area: Area) -> Spell {
        Spell {
            kind: "dark",
            to: None,
            disturbance: Disturbance { scope: Scope::Area(area), loss: 1.0 },
            until: until.map(instant),
            means: None,
        }
    }
}

impl World {
    pub(super) fn fault(&mut self, now: Instant, index: u32) -> Result<(), SimError> {
        let Fault { rank, action, .. } = self.faults[index as usize].clone();
        match action {
            Action::Disturb(spell) => self.disturb(now, index, rank, &spell),
            action => self.apply(now, rank.unwrap_or(EVERYTHING), action),
        }
    }

    /// Something at a node breaks or is mended.
    pub(super) fn apply(&mut self, now: Instant, rank: u32, action: Action) -> Result<(), SimError> {
        match action {
            Action::NodeDown | Action::NodeUp => {
                self.states[rank as usize].broken = matches!(action, Action::NodeDown);
                self.switch(now, rank)
            }
            Action::Link { ends: [(_, a), (other, b)], change, text } => {
                self.medium.set_link(a, b, change)?;
                self.range.set_changed(a, b, now);
                let to = self.parties[other as usize].name.clone();
                self.report(now, rank, Happening::Link { to, change: text });
                Ok(())
            }
            Action::Backhaul { down } => {
                if let Some(wired) = &mut self.wired {
                    wired.set_cut(rank, down);
                }
                self.report(now, rank, Happening::Backhaul { change: if down { "down" } else { "up" } });
                Ok(())
            }
            Action::ClockStep { by_us } => self.step_clock(now, rank, by_us),
            Action::Disturb(_) => Ok(()),
        }
    }

    /// Sets a node's clock, and has it notice, as whoever drives it would.
    fn step_clock(&mut self, now: Instant, rank: u32, by_us: i64) -> Result<(), SimError> {
        let state = &mut self.states[rank as usize];
        // What passed since it was last called is not to be taken for a part of the step.
        let before = state.clock(now);
        state.ahead_us = state.ahead_us.saturating_add(by_us);
        let after = state.clock(now);
        self.report(now, rank, Happening::ClockStep { by_us });
        let Some(machine) = &mut self.states[rank as usize].machine else { return Ok(()) };
        machine.handle_timeout(before, &mut self.out);
        machine.handle_timeout(after, &mut self.out);
        self.states[rank as usize].armed = None;
        self.check_clock_set(now, rank);
        self.flush(now, rank)
    }

    /// A disturbance begins.
    fn disturb(
        &mut self,
        now: Instant,
        index: u32,
        rank: Option<u32>,
        spell: &Spell,
    ) -> Result<(), SimError> {
        let rank = rank.unwrap_or(EVERYTHING);
        self.tell_of(now, rank, spell, "begins");
        if let Some(until) = spell.until {
            self.push(until, rank, What::Calm(index))?;
        }
        match spell.means {
            None => self.set_air(now, index, Some(spell.disturbance)),
            Some([burst, gap]) => {
                let share = burst.as_secs_f64() / (burst + gap).as_secs_f64();
                let begins = self.burst_key(index).with(FIRST).unit() < share;
                // It is turned round at once.
                self.flickers[index as usize].bursting = !begins;
                self.flicker(now, index)
            }
        }
    }

    /// A burst begins or ends, if the disturbance goes on.
    pub(super) fn flicker(&mut self, now: Instant, index: u32) -> Result<(), SimError> {
        let Fault { rank, action, .. } = &self.faults[index as usize];
        let Action::Disturb(Spell { means: Some(means), disturbance, .. }) = action else { return Ok(()) };
        let (rank, means, disturbance) = (rank.unwrap_or(EVERYTHING), *means, *disturbance);
        let key = self.burst_key(index);
        let flicker = &mut self.flickers[index as usize];
        if flicker.over {
            return Ok(());
        }
        flicker.bursting = !flicker.bursting;
        flicker.draws += 1;
        let lasts = exponential(key.with(LENGTH).with(flicker.draws), means[usize::from(!flicker.bursting)]);
        let bursting = flicker.bursting;
        self.set_air(now, index, bursting.then_some(disturbance))?;
        self.push(now + lasts, rank, What::Flicker(index))
    }

    /// A disturbance is over.
    pub(super) fn calm(&mut self, now: Instant, index: u32) -> Result<(), SimError> {
        self.flickers[index as usize].over = true;
        self.set_air(now, index, None)?;
        let Fault { rank, action, .. } = self.faults[index as usize].clone();
        if let Action::Disturb(spell) = action {
            self.tell_of(now, rank.unwrap_or(EVERYTHING), &spell, "ends");
        }
        Ok(())
    }

    fn set_air(&mut self, now: Instant, index: u32, with: Option<Disturbance>) -> Result<(), SimError> {
        self.air_changed = now;
        Ok(self.medium.disturb(index, with)?)
    }

    fn tell_of(&mut self, now: Instant, rank: u32, spell: &Spell, change: &'static str) {
        let scope = match spell.disturbance.scope {
            Scope::Link(..) => "link",
            Scope::Radio(_) => "node",
            Scope::Area(_) => "area",
            Scope::All => "all",
        };
        let to = spell.to.map(|to| self.parties[to as usize].name.clone());
        self.report(now, rank, Happening::Disturbance { kind: spell.kind, scope, to, change });
    }

    /// By what it is, so that other faults change none of its draws.
    fn burst_key(&self, index: u32) -> Key {
        let Fault { at, rank, .. } = &self.faults[index as usize];
        let at_name = rank.map_or("", |rank| &self.parties[rank as usize].name);
        self.burst_key.with_name(at_name).with(at.as_micros()).with(u64::from(self.twins_before(index)))
    }

    /// Faults before this one that begin at the same time and node.
    fn twins_before(&self, index: u32) -> u32 {
        let (before, from) = self.faults.split_at(index as usize);
        before.iter().filter(|other| (other.at, other.rank) == (from[0].at, from[0].rank)).count() as u32
    }
}

/// A time from the exponential distribution with this mean, at least a microsecond.
fn exponential(key: Key, mean: Duration) -> Duration {
    // 1 less what lies in [0, 1) has a logarithm.
    let factor = -libm::log(1.0 - key.unit());
    mean.mul_f64(factor).max(Duration::from_micros(1))
}

/// Purposes of draws.
const FIRST: u64 = 1;
const LENGTH: u64 = 2;
