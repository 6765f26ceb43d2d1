//! What must hold for beacons: senders with a radio of ours, each once, and times in order.

use super::{Check, Named};
use crate::scenario::beacons::{ALL, BeaconSpec, CongestionControl};
use crate::scenario::model::{RadioProfile, Role, VEHICLES};
use config_lib::{Interval, Way};

impl Check<'_> {
    pub(super) fn beacons(&mut self) {
        let Some(beacons) = &self.scenario.beacons else { return };
        if beacons.congestion_control != CongestionControl::None
            && self.scenario.radio.profile != RadioProfile::Dot11p
        {
            let way = Way::root().key("beacons").key("congestion_control");
            let message = "nobody can tell how busy this radio's channel is";
            self.value(way, message, "use the radio `profile: 80211p`, or leave it out");
        }
        for (index, sender) in beacons.senders.iter().enumerate() {
            let way = Way::root().key("beacons").key("senders").index(index);
            self.beacon_sender(sender, &way);
            let shared = beacons.senders[..index].iter().position(|other| self.share_a_node(other, sender));
            if let Some(other) = shared {
                let message = format!("some of these nodes send the beacons of entry {other} already");
                self.value(way.key("from"), message, "a node sends beacons of one kind: take it out of one");
            }
        }
    }

    fn beacon_sender(&mut self, sender: &BeaconSpec, way: &Way) {
        let from = &sender.from;
        if !self.means_all(from) {
            match self.named(from, way.key("from"), false) {
                Some(Named::Host) => {
                    let message = format!("`{from}` is a host on the wire and has no radio");
                    self.value(way.key("from"), message, "name a node, a group, `vehicles` or `all`");
                }
                _ if self.scenario.is_plain(from) => {
                    let message = format!("`{from}` leaves its radio to its host, which sends what it likes");
                    self.value(way.key("from"), message, "name a node with a radio of ours");
                }
                _ => {}
            }
        }
        let duration = self.scenario.duration;
        if sender.start >= duration && duration != Interval::ZERO {
            let message = format!("these beacons start when the run of {duration} is over");
            self.value(way.key("start"), message, "start them earlier, or make `duration` longer");
        } else if let Some(stop) = sender.stop.filter(|stop| *stop <= sender.start) {
            let message = format!("these beacons stop at {stop}, before they start at {}", sender.start);
            self.value(
                way.key("stop"),
                message,
                "`stop` is a time since the run's start, later than `start`",
            );
        }
    }

    /// Whether it is seen from the scenario alone that two senders have a node in common.
    fn share_a_node(&self, a: &BeaconSpec, b: &BeaconSpec) -> bool {
        self.has_node(&a.from, &b.from) || self.has_node(&b.from, &a.from)
    }

    /// Whether the nodes that `many` stands for include one of those that `name` stands for.
    fn has_node(&self, many: &str, name: &str) -> bool {
        let scenario = self.scenario;
        let group = |name: &str| scenario.groups.get(name).or_else(|| Some(scenario.group_of(name)?.1));
        let role = scenario.nodes.get(name).map(|node| node.role).or_else(|| Some(group(name)?.role));
        many == name
            || self.means_all(many)
            || (many == VEHICLES && role == Some(Role::Obu))
            || scenario.groups.get(many).is_some_and(|group| group.has(many, name))
    }

    /// Whether `from` stands for every node.
    fn means_all(&self, from: &str) -> bool {
        let scenario = self.scenario;
        let named = scenario.nodes.contains_key(ALL) || scenario.groups.contains_key(ALL);
        from == ALL && !named
    }
}
