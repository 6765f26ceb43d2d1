//! Everything that is counted in nodes, radios, the wire and the hosts, under one name each.

use node_lib::control::drops::{Counters, DropReason};
use radio_lib::{Kind, RadioStats, Sent};
use std::collections::BTreeMap;

/// Sums of what nodes counted.
#[derive(Clone, Debug)]
pub(crate) struct NodeCounts {
    drops: [u64; DropReason::ALL.len()],
    others: [u64; Counters::OTHERS],
}

/// Sums of what radios counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct RadioCounts {
    sent: [Sent; Kind::ALL.len()],
    values: [u64; RADIO_DROPS.len() + RADIO_COUNTERS.len()],
}

/// Counts by name: what was dropped, and the rest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    /// Drops by layer and reason.
    pub(crate) drops: BTreeMap<String, u64>,
    /// Everything else.
    pub(crate) counters: BTreeMap<String, u64>,
}

impl Default for NodeCounts {
    fn default() -> Self {
        NodeCounts { drops: [0; DropReason::ALL.len()], others: [0; Counters::OTHERS] }
    }
}

impl NodeCounts {
    /// Adds a node's.
    pub(crate) fn add(&mut self, counters: &Counters) {
        for (reason, count) in counters.drops() {
            self.drops[reason as usize] += count;
        }
        for (sum, (_, count)) in self.others.iter_mut().zip(counters.others()) {
            *sum += count;
        }
    }

    /// Names them.
    pub(crate) fn name(&self, named: &mut Named) {
        for (reason, count) in DropReason::ALL.iter().zip(self.drops) {
            named.drop("node", reason.name(), count);
        }
        for ((name, _), count) in Counters::default().others().iter().zip(self.others) {
            named.count("node", name, count);
        }
    }
}

impl RadioCounts {
    /// Adds a radio's.
    pub(crate) fn add(&mut self, stats: &RadioStats) {
        for kind in Kind::ALL {
            let sum = &mut self.sent[kind as usize];
            *sum = sum.plus(stats.of(kind));
        }
        for (sum, (_, value)) in self.values.iter_mut().zip(RADIO_DROPS.iter().chain(&RADIO_COUNTERS)) {
            *sum += value(stats);
        }
    }

    /// Frames of these kinds that were sent since `earlier`.
    pub(crate) fn since(&self, earlier: &RadioCounts, kinds: &[Kind]) -> Sent {
        let each = kinds.iter().map(|kind| {
            let at = *kind as usize;
            self.sent[at].since(&earlier.sent[at])
        });
        each.fold(Sent::default(), |sum, sent| sum.plus(&sent))
    }

    /// Names them.
    pub(crate) fn name(&self, named: &mut Named) {
        let (drops, others) = self.values.split_at(RADIO_DROPS.len());
        for ((name, _), count) in RADIO_DROPS.iter().zip(drops) {
            named.drop("radio", name, *count);
        }
        for ((name, _), count) in RADIO_COUNTERS.iter().zip(others) {
            named.count("radio", name, *count);
        }
    }
}

impl Named {
    /// Adds drops of a layer.
    pub(crate) fn drop(&mut self, layer: &str, reason: &str, count: u64) {
        if count > 0 {
            *self.drops.entry(format!("{layer}.{reason}")).or_default() += count;
        }
    }

    /// Adds another count of a layer.
    pub(crate) fn count(&mut self, layer: &str, name: &str, count: u64) {
        if count > 0 {
            *self.counters.entry(format!("{layer}.{name}")).or_default() += count;
        }
    }

    /// All drops.
    pub(crate) fn dropped(&self) -> u64 {
        self.drops.values().sum()
    }

    /// What was counted since `earlier`; what didn't grow is left out.
    pub(crate) fn since(mut self, earlier: &Named) -> Named {
        subtract(&mut self.drops, &earlier.drops);
        subtract(&mut self.counters, &earlier.counters);
        self
    }
}

fn subtract(now: &mut BTreeMap<String, u64>, earlier: &BTreeMap<String, u64>) {
    for (name, count) in earlier {
        if let Some(value) = now.get_mut(name) {
            *value = value.saturating_sub(*count);
        }
    }
    now.retain(|_, count| *count > 0);
}

type Reading = (&'static str, fn(&RadioStats) -> u64);

/// Frames that a radio didn't send although its node wanted it to.
const RADIO_DROPS: [Reading; 3] = [
    ("queue_full", |r| r.queue_full.iter().sum()),
    ("refused", |r| r.refused),
    ("lost_on_down", |r| r.lost_on_down),
];

/// Receptions that failed are no drops: the same frame may have reached others, or may be repeated.
const RADIO_COUNTERS: [Reading; 16] = [
    ("control_frames", |r| r.control().frames),
    ("beacon_frames", |r| r.of(Kind::Beacon).frames),
    ("data_frames", |r| r.data().frames),
    ("retries", RadioStats::retries),
    ("acks", |r| r.acks),
    ("unacked", |r| r.unacked),
    ("withdrawn", |r| r.withdrawn),
    ("received", |r| r.received),
    ("duplicates", |r| r.duplicates),
    ("below_sensitivity", |r| r.below_sensitivity),
    ("decode_errors", |r| r.decode_errors),
    ("interfered", |r| r.interfered),
    ("occupied", |r| r.occupied),
    ("half_duplex", |r| r.half_duplex),
    ("link_losses", |r| r.link_losses),
    ("disturbed", |r| r.disturbed),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_names_and_a_difference() {
        let mut counters = Counters::default();
        counters.data_sent = 3;
        counters.drop(DropReason::NoRoute);
        let mut nodes = NodeCounts::default();
        nodes.add(&counters);
        let name = |nodes: &NodeCounts| {
            let mut named = Named::default();
            nodes.name(&mut named);
            named
        };
        let before = name(&nodes);
        counters.drop(DropReason::HopLimit);
        nodes.add(&counters);
        let difference = name(&nodes).since(&before);
        assert_eq!(difference.dropped(), 2);
        assert_eq!(difference.drops["node.no_route"], 1);
        assert_eq!(difference.drops["node.hop_limit"], 1);
        assert_eq!(difference.counters["node.data_sent"], 3);
        let radio = RadioStats { queue_full: [1, 2, 3, 4], ..RadioStats::default() };
        let mut radios = RadioCounts::default();
        radios.add(&radio);
        let mut named = Named::default();
        radios.name(&mut named);
        assert_eq!(named.drops["radio.queue_full"], 10);
        assert_eq!(before.since(&Named::default()).dropped(), 1);
    }
}
