//! Faults that are drawn from the seed.
//!
//! They are drawn when the scenario is read, after everything was placed, and take their place among its `faults`: what is
//! printed, hashed and kept of the scenario has each of them in so many words.

use super::faults::{Burst, ClockStep, Dark, FaultSpec};
use super::limits;
use super::model::{NodeRadio, NodeSpec, RadioProfile, Role, Scenario};
use config_lib::Interval;
use garde::Validate;
use node_lib::random::Key;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// So many faults at random.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct RandomFaults {
    /// How many. With more of them those that were there stay.
    #[garde(range(min = 1, max = MOST))]
    pub count: u32,
    /// Which kinds, each as often as the others; if absent, all that fit the scenario.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<RandomKind>,
    /// When they begin at the earliest; if absent, after the warm-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Interval>,
    /// When they have begun at the latest; if absent, at the run's end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Interval>,
    /// How long they last at least; of clocks, by how much they are set.
    #[serde(default = "second")]
    #[garde(custom(limits::length))]
    pub shortest: Interval,
    /// How long they last at most.
    #[serde(default = "ten_seconds")]
    #[garde(custom(limits::length))]
    pub longest: Interval,
}

/// What may break at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RandomKind {
    /// A node loses its power, and has it back.
    Node,
    /// Nothing passes between two nodes for a time.
    Link,
    /// An RSU's cable is cut, and mended.
    Backhaul,
    /// A clock is set forward or back.
    Clock,
    /// A node's frames are lost for a time: some or all, all along or in bursts.
    Burst,
    /// It is dark around a named node for a time, at most 300 m around.
    Dark,
}

impl RandomKind {
    const ALL: [RandomKind; 6] = [
        RandomKind::Node,
        RandomKind::Link,
        RandomKind::Backhaul,
        RandomKind::Clock,
        RandomKind::Burst,
        RandomKind::Dark,
    ];
}

impl RandomFaults {
    /// Where `longest` is not written.
    pub(super) const LONGEST: Interval = Interval::from_secs(10);

    /// Between which times they begin.
    pub(super) fn times(&self, scenario: &Scenario) -> [Interval; 2] {
        [self.from.unwrap_or(scenario.warmup), self.until.unwrap_or(scenario.duration)]
    }
}

/// Draws the faults, and puts them among the others.
pub(super) fn resolve(scenario: &mut Scenario) {
    let Some(spec) = scenario.random_faults.take() else { return };
    let mut drawn = Targets::of(scenario).draw(&spec, scenario);
    drawn.sort_by_key(|fault| fault.at);
    keep_clocks_after_the_start(&mut drawn);
    scenario.faults.extend(drawn);
}

/// What there is to break.
pub(super) struct Targets {
    nodes: Vec<String>,
    /// Those of which a link is known, or all pairs where every one may have one.
    links: Vec<[String; 2]>,
    every_pair: bool,
    /// RSUs on the wire.
    wires: Vec<String>,
    /// Nodes whose clock nobody else sets.
    clocks: Vec<String>,
    /// Where named nodes are at first.
    places: Vec<[f64; 2]>,
}

impl Targets {
    pub(super) fn of(scenario: &Scenario) -> Targets {
        let mesh = |radio: NodeRadio| radio == NodeRadio::Mesh;
        let named = scenario.nodes.iter().filter(|(_, node)| mesh(node.radio));
        let named = named.map(|(name, node)| (name.clone(), node.role));
        let groups = scenario.groups.iter().filter(|(_, group)| mesh(group.radio));
        let members = groups
            .flat_map(|(group, spec)| spec.names(group).map(|name| (name, spec.role)).collect::<Vec<_>>());
        let nodes: Vec<(String, Role)> = named.chain(members).collect();
        let ideal = scenario.radio.profile == RadioProfile::Ideal;
        let links: Vec<[String; 2]> = match ideal {
            true => scenario.radio.ideal.links.iter().map(|link| link.between.clone()).collect(),
            false => Vec::new(),
        };
        let set = |name: &String| {
            let steps = scenario.faults.iter().filter_map(|fault| fault.clock_step.as_ref());
            steps.into_iter().any(|step| step.node == *name)
        };
        let names = || nodes.iter().map(|(name, _)| name.clone());
        let on_wire = |(_, role): &&(String, Role)| *role == Role::Rsu && scenario.wired.is_some();
        // Before the network is read it is open where those are that are placed by it, but they are somewhere.
        let by_network =
            |node: &NodeSpec| (node.geo.is_some() || node.junction.is_some()).then_some([0.0; 2]);
        let first = |node: &NodeSpec| node.waypoints.first().map(|[_, x, y]| [*x, *y]);
        let place = |node: &NodeSpec| node.position.or(first(node)).or(by_network(node));
        Targets {
            nodes: names().collect(),
            every_pair: ideal && links.is_empty() && nodes.len() > 1,
            links,
            wires: nodes.iter().filter(on_wire).map(|(name, _)| name.clone()).collect(),
            clocks: names().filter(|name| !set(name)).collect(),
            places: if ideal { Vec::new() } else { scenario.nodes.values().filter_map(place).collect() },
        }
    }

    /// Whether nothing can break at all.
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Whether there is something of this kind to break; otherwise why there is not.
    pub(super) fn allow(&self, kind: RandomKind) -> Result<(), &'static str> {
        let (there, why) = match kind {
            RandomKind::Node | RandomKind::Burst => {
                (!self.nodes.is_empty(), "there is no node of ours by name")
            }
            RandomKind::Link => {
                (self.every_pair || !self.links.is_empty(), "only the ideal radio has links of its own")
            }
            RandomKind::Backhaul => (!self.wires.is_empty(), "there is no RSU on a wire"),
            RandomKind::Clock => {
                (!self.clocks.is_empty(), "there is no node whose clock `faults` leaves alone")
            }
            RandomKind::Dark => (
                !self.places.is_empty(),
                "nobody has a place on a map: it needs the radio `80211p` or `geometric`",
            ),
        };
        if there { Ok(()) } else { Err(why) }
    }

    fn draw(&self, spec: &RandomFaults, scenario: &Scenario) -> Vec<FaultSpec> {
        let listed = |kind: &RandomKind| spec.kinds.is_empty() || spec.kinds.contains(kind);
        let kinds: Vec<RandomKind> =
            RandomKind::ALL.into_iter().filter(listed).filter(|kind| self.allow(*kind).is_ok()).collect();
        if kinds.is_empty() {
            return Vec::new();
        }
        let [from, until] = spec.times(scenario).map(|time| time.micros() / MS);
        let lengths = [spec.shortest, spec.longest].map(|time| (time.micros() / MS).max(1));
        let key = Key::seed(scenario.seed).with_name("random faults");
        let faults = (0..u64::from(spec.count)).flat_map(|number| {
            let draw = Draw(key.with(number));
            let kind = *draw.one_of(KIND, &kinds);
            let at = draw.number(AT, from, until.saturating_sub(1).max(from));
            let length = draw.number(LENGTH, lengths[0], lengths[1]);
            let end = Some(at + length).filter(|end| *end < scenario.duration.micros() / MS);
            self.fault(kind, draw, at, length, end)
        });
        faults.collect()
    }

    /// A fault, and what mends it before the run's end.
    fn fault(&self, kind: RandomKind, draw: Draw, at: u64, length: u64, end: Option<u64>) -> Vec<FaultSpec> {
        let fault = |at: u64| FaultSpec { at: Interval::from_millis(at), ..FaultSpec::default() };
        let until = end.map(Interval::from_millis);
        let both = |down: FaultSpec, up: fn(FaultSpec, &FaultSpec) -> FaultSpec| {
            let up = end.map(|end| up(fault(end), &down));
            [down].into_iter().chain(up).collect()
        };
        match kind {
            RandomKind::Node => {
                let down = FaultSpec { node_down: Some(draw.one_of(WHO, &self.nodes).clone()), ..fault(at) };
                both(down, |up, down| FaultSpec { node_up: down.node_down.clone(), ..up })
            }
            RandomKind::Link => {
                let down = FaultSpec { link_down: Some(self.link(draw)), ..fault(at) };
                both(down, |up, down| FaultSpec { link_up: down.link_down.clone(), ..up })
            }
            RandomKind::Backhaul => {
                let down =
                    FaultSpec { backhaul_down: Some(draw.one_of(WHO, &self.wires).clone()), ..fault(at) };
                both(down, |up, down| FaultSpec { backhaul_up: down.backhaul_down.clone(), ..up })
            }
            RandomKind::Clock => {
                let by = Some(Interval::from_millis(length));
                let (forward, back) = if draw.number(HOW, 0, 1) == 0 { (by, None) } else { (None, by) };
                let step = ClockStep { node: draw.one_of(WHO, &self.clocks).clone(), forward, back };
                vec![FaultSpec { clock_step: Some(step), ..fault(at) }]
            }
            RandomKind::Burst => {
                let loss = *draw.one_of(HOW, &LOSSES);
                // Some five bursts in the time, or loss all along.
                let mean =
                    (draw.number(SHAPE, 0, 1) == 0).then(|| Interval::from_millis((length / 10).max(1)));
                let node = Some(draw.one_of(WHO, &self.nodes).clone());
                let burst = Burst { between: None, node, until, loss, mean_burst: mean, mean_gap: mean };
                vec![FaultSpec { burst: Some(burst), ..fault(at) }]
            }
            RandomKind::Dark => {
                let [x, y] = *draw.one_of(WHO, &self.places);
                let radius = draw.number(SHAPE, RADII[0], RADII[1]) as f64;
                let dark = Dark { until, circle: Some([x, y, radius]), rectangle: None };
                vec![FaultSpec { dark: Some(dark), ..fault(at) }]
            }
        }
    }

    fn link(&self, draw: Draw) -> [String; 2] {
        if !self.every_pair {
            return draw.one_of(WHO, &self.links).clone();
        }
        let last = self.nodes.len() as u64 - 1;
        let one = draw.number(WHO, 0, last);
        let other = draw.number(HOW, 0, last - 1);
        let other = if other >= one { other + 1 } else { other };
        [one, other].map(|index| self.nodes[index as usize].clone())
    }
}

/// No clock goes back to before the run's start: where it would, it is set back to just there, or forward if it is there. The
/// faults are in the order of their times.
fn keep_clocks_after_the_start(faults: &mut [FaultSpec]) {
    let mut ahead: BTreeMap<String, i64> = BTreeMap::new();
    for FaultSpec { at, clock_step, .. } in faults {
        let Some(step) = clock_step else { continue };
        let ahead = ahead.entry(step.node.clone()).or_default();
        let shown_ms = ((at.micros() as i64).saturating_add(*ahead) / MS as i64).max(0) as u64;
        if let Some(back) = step.back.filter(|back| back.micros() > shown_ms * MS) {
            let all = Interval::from_millis(shown_ms);
            (step.forward, step.back) = if shown_ms == 0 { (Some(back), None) } else { (None, Some(all)) };
        }
        *ahead = ahead.saturating_add(step.micros());
    }
}

/// The draws of one fault.
#[derive(Clone, Copy)]
struct Draw(Key);

impl Draw {
    fn number(self, purpose: u64, least: u64, most: u64) -> u64 {
        self.0.with(purpose).between(least, most)
    }

    fn one_of<T>(self, purpose: u64, all: &[T]) -> &T {
        &all[self.number(purpose, 0, all.len() as u64 - 1) as usize]
    }
}

fn second() -> Interval {
    Interval::from_secs(1)
}

fn ten_seconds() -> Interval {
    RandomFaults::LONGEST
}

/// Times are drawn in whole milliseconds, which people read more easily.
const MS: u64 = 1000;
const MOST: u32 = 100_000;
const LOSSES: [f64; 3] = [0.3, 0.7, 1.0];
/// Metres.
const RADII: [u64; 2] = [50, 300];
/// Purposes of draws.
const KIND: u64 = 1;
const AT: u64 = 2;
const LENGTH: u64 = 3;
const WHO: u64 = 4;
const HOW: u64 = 5;
const SHAPE: u64 = 6;
