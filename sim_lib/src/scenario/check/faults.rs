//! What must hold of faults.

use super::{Check, Named};
use crate::scenario::faults::{Burst, ClockStep, Dark, FaultKind, FaultSpec, KINDS};
use crate::scenario::model::{NodeRadio, NodeSpec, RadioProfile, Role};
use config_lib::{Interval, Way};
use std::collections::BTreeMap;

impl Check<'_> {
    pub(super) fn faults(&mut self) {
        for (index, fault) in self.scenario.faults.iter().enumerate() {
            let way = Way::root().key("faults").index(index);
            if fault.at >= self.scenario.duration {
                let message = format!("this fault comes after the run's end at {}", self.scenario.duration);
                self.value(way.key("at"), message, "move it, or make `duration` longer");
            }
            self.fault(fault, way);
        }
        self.clocks();
    }

    fn fault(&mut self, fault: &FaultSpec, way: Way) {
        match fault.kind() {
            None => {
                let help = format!("it has `at` and one of {KINDS}");
                self.value(way, "a fault does exactly one thing", help);
            }
            Some(FaultKind::NodeDown(name)) => self.radio_node(name, way.key("node_down")),
            Some(FaultKind::NodeUp(name)) => self.radio_node(name, way.key("node_up")),
            Some(FaultKind::LinkDown(ends)) => self.faulty_link(ends, way.key("link_down")),
            Some(FaultKind::LinkUp(ends)) => self.faulty_link(ends, way.key("link_up")),
            Some(FaultKind::LinkLoss(loss)) => {
                self.faulty_link(&loss.between, way.key("link_loss").key("between"));
            }
            Some(FaultKind::BackhaulDown(name)) => self.backhaul(name, way.key("backhaul_down")),
            Some(FaultKind::BackhaulUp(name)) => self.backhaul(name, way.key("backhaul_up")),
            Some(FaultKind::ClockStep(step)) => self.clock_step(step, way.key("clock_step")),
            Some(FaultKind::Burst(burst)) => {
                self.until(fault.at, burst.until, way.key("burst"));
                self.burst(burst, way.key("burst"));
            }
            Some(FaultKind::Dark(dark)) => {
                self.until(fault.at, dark.until, way.key("dark"));
                self.dark(dark, way.key("dark"));
            }
        }
    }

    fn faulty_link(&mut self, ends: &[String; 2], way: Way) {
        self.ends(ends, way.clone());
        let radio = &self.scenario.radio;
        if radio.profile == RadioProfile::Ideal && !radio.ideal.links.is_empty() {
            let [a, b] = ends;
            let same = |link: &[String; 2]| link == ends || (link[0] == *b && link[1] == *a);
            if a != b && !radio.ideal.links.iter().any(|link| same(&link.between)) {
                let message = format!("there is no link between `{a}` and `{b}`");
                self.value(way, message, "name the ends of an entry of `radio.ideal.links`");
            }
        }
    }

    fn backhaul(&mut self, name: &str, way: Way) {
        let named = self.named(name, way.clone(), false);
        if named.is_some_and(|named| named != Named::Node(Role::Rsu)) {
            let message = format!("`{name}` is no RSU: only those have a wire to the switch");
            self.value(way, message, "name an RSU");
        } else if named.is_some() && self.scenario.wired.is_none() {
            self.value(way, "there is no wire that could be cut", "add `wired`");
        } else if self.is_plain(name) {
            let message = format!("`{name}` leaves its radio to its host, and is not on the wire");
            self.value(way, message, "name another RSU");
        }
    }

    fn clock_step(&mut self, step: &ClockStep, way: Way) {
        self.radio_node(&step.node, way.key("node"));
        if self.is_plain(&step.node) {
            let message =
                format!("`{}` leaves its radio to its host: no node of ours has a clock there", step.node);
            self.value(way.key("node"), message, "name a node with `radio: mesh`");
        }
        match (step.forward, step.back) {
            (Some(_), Some(_)) => {
                let message = "a clock is set either `forward` or `back`, not both";
                self.value(way.key("back"), message, "leave one of them out");
            }
            (None, None) => {
                self.key(way, "by how much the clock is set is missing", "add `forward: 2s` or `back: 2s`");
            }
            _ => {}
        }
    }

    /// No clock goes back to before the run's start.
    fn clocks(&mut self) {
        let steps = self.scenario.faults.iter().enumerate();
        let mut steps: Vec<(usize, Interval, &ClockStep)> = steps
            .filter_map(|(index, fault)| fault.clock_step.as_ref().map(|step| (index, fault.at, step)))
            .collect();
        steps.sort_by_key(|(index, at, _)| (*at, *index));
        let mut ahead: BTreeMap<&str, i64> = BTreeMap::new();
        for (index, at, step) in steps {
            let ahead = ahead.entry(&step.node).or_default();
            *ahead = ahead.saturating_add(step.micros());
            if step.forward.is_none() && (at.micros() as i64).saturating_add(*ahead) < 0 {
                let way = Way::root().key("faults").index(index).key("clock_step").key("back");
                let message =
                    format!("at {at} this would set the clock of `{}` to before the run's start", step.node);
                self.value(way, message, "set it back by less, or later");
            }
        }
    }

    fn burst(&mut self, burst: &Burst, way: Way) {
        if let Some(ends) = &burst.between {
            self.faulty_link(ends, way.key("between"));
        }
        if let Some(node) = &burst.node {
            self.radio_node(node, way.key("node"));
            if burst.between.is_some() {
                let message = "a burst is `between` two nodes or at one `node`, not both";
                self.value(way.key("node"), message, "leave one of them out; without both it is everywhere");
            }
        }
        if burst.mean_burst.is_some() != burst.mean_gap.is_some() {
            let (present, missing) = if burst.mean_burst.is_some() { MEANS } else { (MEANS.1, MEANS.0) };
            let message = format!("`{present}` says nothing without `{missing}`");
            let help = "give both for bursts, or neither for loss all along";
            self.key(way.key(present), message, help);
        }
    }

    fn dark(&mut self, dark: &Dark, way: Way) {
        match (dark.circle, dark.rectangle) {
            (Some(_), Some(_)) => {
                let message = "a part of the map is a `circle` or a `rectangle`, not both";
                self.value(way.key("rectangle"), message, "leave one of them out");
            }
            (None, None) => {
                let help = "add `circle: [x, y, radius]` or `rectangle: [x, y, x, y]`, in metres";
                self.key(way.clone(), "which part of the map goes dark is missing", help);
            }
            (Some([_, _, radius]), None) if radius <= 0.0 => {
                self.value(
                    way.key("circle").index(2),
                    "nothing is in a circle without a radius",
                    "make it larger",
                );
            }
            (None, Some([left, bottom, right, top])) if left >= right || bottom >= top => {
                let message = "nothing is in this rectangle";
                let help = "write the lowest x and y first, then the highest x and y";
                self.value(way.key("rectangle"), message, help);
            }
            _ => {}
        }
        if self.scenario.radio.profile == RadioProfile::Ideal {
            let placed = |node: &NodeSpec| node.position.is_some() || !node.waypoints.is_empty();
            if let Some((name, _)) = self.scenario.nodes.iter().find(|(_, node)| !placed(node)) {
                let message =
                    format!("whether `{name}` is in the dark is open: on the ideal radio it needs no place");
                let help = "give every node a `position` or `waypoints`, or write a `burst` at each node";
                self.key(way, message, help);
            }
        }
    }

    fn until(&mut self, at: Interval, until: Option<Interval>, way: Way) {
        let Some(until) = until else { return };
        if until <= at {
            let message = format!("this is over at {until}, before it begins at {at}");
            self.value(way.key("until"), message, "`until` is a time since the run's start, later than `at`");
        } else if until > self.scenario.duration {
            let message = format!("this is over after the run's end at {}", self.scenario.duration);
            self.value(way.key("until"), message, "leave `until` out to have it last to the end");
        }
    }

    fn is_plain(&self, name: &str) -> bool {
        self.scenario.nodes.get(name).is_some_and(|node| node.radio == NodeRadio::Tap)
    }
}

const MEANS: (&str, &str) = ("mean_burst", "mean_gap");
