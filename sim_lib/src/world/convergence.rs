//! How long nodes take from where they could have a route to their first one.

use super::World;
use super::latency::Latencies;
use super::life::State;
use super::parties::PartyKind;
use super::samples::SAMPLING;
use crate::results::{Happening, Quantiles};
use node_lib::control::node::Route;
use node_lib::time::Instant;
use std::time::Duration;

/// Times to the first route, of all lives of all vehicles, by the hops of the route that was found.
///
/// A time begins when the path that was found had become possible: its last node had come up, and its last link was in reach
/// (nine of ten heartbeats arrive) and has been since. Whether there was another path before is not asked. Where a link of the
/// path isn't in reach when the route is found, one of its nodes has lost its own meanwhile, or a disturbance began or ended,
/// nothing is measured.
#[derive(Debug, Default)]
pub(crate) struct Convergence {
    all: Latencies,
    /// Index 0 is one hop.
    by_hops: Vec<Latencies>,
}

impl Convergence {
    /// All of them, and by hops.
    pub(crate) fn results(&self) -> (Quantiles, Vec<Quantiles>) {
        (self.all.quantiles(), self.by_hops.iter().map(Latencies::quantiles).collect())
    }

    fn record(&mut self, hops: usize, time: Duration) {
        self.all.record(time);
        if self.by_hops.len() < hops {
            self.by_hops.resize(hops, Latencies::default());
        }
        self.by_hops[hops - 1].record(time);
    }
}

impl World {
    /// A vehicle has a route; measures how long that took if it is the first one of its life.
    pub(super) fn has_route(&mut self, now: Instant, rank: u32, route: Route) {
        if std::mem::replace(&mut self.states[rank as usize].had_route, true) {
            return;
        }
        let Some((hops, possible)) = self.possible_since(now, rank, route) else { return };
        if possible < self.warmup.max(self.air_changed) {
            return;
        }
        let time = now.since(possible);
        self.convergence.record(hops, time);
        let after_ms = time.as_micros() as f64 / 1000.0;
        self.report(now, rank, Happening::Converged { hops: hops as u32, after_ms });
    }

    /// The hops of the path from `rank` on, and since when all of it has been possible.
    fn possible_since(&mut self, now: Instant, mut rank: u32, route: Route) -> Option<(usize, Instant)> {
        // Where somebody put a node during a live run, its track doesn't tell where it was.
        let started = |states: &[State], rank: u32| {
            let State { since, moved, .. } = states[rank as usize];
            (!moved).then_some(since)
        };
        let mut possible = started(&self.states, rank)?;
        let mut next_hop = Some(route.next_hop);
        for hops in 1..=self.parties.len() {
            let at = self.by_mac.binary_search_by_key(&next_hop?, |(mac, _)| *mac).ok()?;
            let next = self.by_mac[at].1;
            let machine = self.states[next as usize].machine.as_ref()?;
            next_hop = machine.next_hop(route.rsu);
            possible = possible.max(started(&self.states, next)?);
            possible = possible.max(self.in_reach_since(now, rank, next, possible)?);
            if self.parties[next as usize].kind == PartyKind::Rsu {
                return Some((hops, possible));
            }
            rank = next;
        }
        None
    }

    /// Since when two nodes have been in reach of each other without a break, to a sample, if they are; `earliest` if longer.
    fn in_reach_since(&mut self, now: Instant, a: u32, b: u32, earliest: Instant) -> Option<Instant> {
        let radios = [a, b].map(|rank| self.parties[rank as usize].radio);
        let [Some(a), Some(b)] = radios else { return None };
        let earliest = self.range.changed(a, b).map_or(earliest, |changed| earliest.max(changed));
        let (medium, places, range) = (&self.medium, &self.places, &mut self.range);
        let mut in_reach = |at| range.reaches(medium, places, at, a, b);
        if !in_reach(now) {
            return None;
        }
        let mut since = now;
        while since > earliest {
            let before = Instant::from_micros(since.as_micros().saturating_sub(SAMPLING_US)).max(earliest);
            if !in_reach(before) {
                break;
            }
            since = before;
        }
        Some(since)
    }
}

const SAMPLING_US: u64 = SAMPLING.as_micros() as u64;
