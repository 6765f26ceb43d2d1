//! What must hold between the parts of a scenario: names that exist, times in order, a radio that has what it needs.

mod beacons;
mod faults;
mod groups;
mod random_faults;

use super::lab::AppSpec;
use super::limits;
use super::model::{FlowKind, FlowSpec, NodeRadio, NodeSpec, Role, Scenario, VEHICLES};
use super::trace::TraceFormat;
use config_lib::{Breach, Interval, Way, nearest};
use std::collections::{BTreeMap, BTreeSet};

/// Every breach in a scenario. Where there is a trace, a name that isn't in the scenario may be one of its vehicles:
/// that is left to whoever reads the trace.
pub(super) fn check(scenario: &Scenario) -> Vec<Breach> {
    let mut check = Check { scenario, breaches: Vec::new() };
    check.times();
    check.trace();
    check.nodes();
    check.groups();
    check.hosts();
    check.links();
    check.flows();
    check.beacons();
    check.faults();
    check.random_faults();
    check.lab();
    check.breaches
}

fn is_address(text: &str) -> bool {
    let port = text.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    port.is_some_and(|(_, port)| port.parse::<u16>().is_ok_and(|port| port > 0))
}

struct Check<'a> {
    scenario: &'a Scenario,
    breaches: Vec<Breach>,
}

/// What a name stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    Node(Role),
    /// Each member of a group.
    Group(Role),
    Host,
    Vehicles,
    /// Not in the scenario; perhaps a vehicle of the trace.
    Undecided,
}

impl Check<'_> {
    fn times(&mut self) {
        let Scenario { duration, warmup, .. } = *self.scenario;
        if duration == Interval::ZERO {
            self.value(
                Way::root().key("duration"),
                "a run takes time: the duration is 0",
                "write it like `300s`",
            );
        } else if warmup >= duration {
            let message = format!("the warm-up of {warmup} leaves nothing of the {duration} to measure");
            self.value(
                Way::root().key("warmup"),
                message,
                "make it shorter than `duration`, which includes it",
            );
        }
    }

    fn trace(&mut self) {
        let Some(trace) = &self.scenario.trace else { return };
        let way = Way::root().key("trace");
        let Some(sumo) = &trace.sumo else {
            if trace.file.is_none() {
                let help = "name a file: `file: town.fcd.xml.gz`, or what SUMO is to run: `sumo: { config: town.sumocfg }`";
                self.key(way, "there is nothing that vehicles come from", help);
            }
            return;
        };
        if trace.file.is_some() {
            let message = "vehicles come from a file or from SUMO, and this has both";
            self.key(way.key("sumo"), message, "leave one of them out");
        }
        if trace.format != TraceFormat::Auto {
            let help = "leave it out: SUMO needs none";
            self.value(way.clone().key("format"), "this says how a file is written", help);
        }
        let way = way.key("sumo");
        match (&sumo.config, &sumo.connect) {
            (None, None) => {
                let help = "name what it is to run, `config: town.sumocfg`, or where one listens, `connect: localhost:8813`";
                self.key(way, "there is no SUMO to start or to connect to", help);
            }
            (Some(_), Some(_)) => {
                let message = "a SUMO is started or connected to, and this says both";
                self.key(way.key("connect"), message, "leave one of them out");
            }
            (None, Some(_)) if sumo.seed.is_some() || !sumo.options.is_empty() => {
                let key = if sumo.seed.is_some() { "seed" } else { "options" };
                let message = "a SUMO that somebody else starts isn't given this";
                self.key(way.key(key), message, "leave it out, and start SUMO with it");
            }
            (None, Some(address)) if !is_address(address) => {
                let help = "write it like `localhost:8813`";
                self.value(way.key("connect"), "this is no host and port", help);
            }
            _ => {}
        }
    }

    fn nodes(&mut self) {
        let scenario = self.scenario;
        if scenario.nodes.is_empty() && scenario.groups.is_empty() && scenario.trace.is_none() {
            let help = "name them under `nodes` or `groups`, or give a `trace`";
            self.value(Way::root(), "there are neither nodes nor vehicles", help);
        }
        for (name, node) in &scenario.nodes {
            let way = Way::root().key("nodes").key(name);
            self.name(name, way.clone(), true);
            self.node(node, way);
        }
    }

    fn node(&mut self, node: &NodeSpec, way: Way) {
        let places = node.places();
        if let [first, second, ..] = places.as_slice() {
            let message = format!("a node is in one place, and this one has `{first}` and `{second}`");
            self.value(way.key(second), message, "leave one of them out");
        }
        if places.is_empty() && self.scenario.radio.profile.has_places() {
            let help =
                "add `position: [x, y]`, `geo`, `junction`, or `waypoints: [[seconds, x, y], …]`, in metres";
            self.key(way.clone(), "this radio needs to know where this node is", help);
        }
        let by_network = places.iter().find(|place| ["geo", "junction"].contains(place));
        if let (Some(place), None) = (by_network, &self.scenario.network) {
            let help = "name SUMO's file: `network: { file: town.net.xml.gz }`, or place it in metres: `position: [x, y]`";
            self.key(way.key(place), "there is no network that tells where this is", help);
        }
        let mut before = None;
        for (index, [seconds, x, y]) in node.waypoints.iter().enumerate() {
            let way = way.key("waypoints").index(index);
            for (position, metres) in [x, y].into_iter().enumerate() {
                if let Err(error) = limits::coordinate(metres, &()) {
                    self.value(way.index(1 + position), error.to_string(), "");
                }
            }
            if let Err(error) = Interval::from_secs_f64(*seconds) {
                self.value(way.index(0), error.to_string(), "a waypoint is [seconds, x, y]");
            } else if before.is_some_and(|before| *seconds <= before) {
                self.value(way.index(0), "waypoints go forward in time", "order them by their seconds");
            }
            before = Some(*seconds);
        }
    }

    fn hosts(&mut self) {
        let Some(wired) = &self.scenario.wired else { return };
        let mut seen = BTreeSet::new();
        for (index, name) in wired.hosts.iter().enumerate() {
            let way = Way::root().key("wired").key("hosts").index(index);
            self.name(name, way.clone(), false);
            if self.scenario.nodes.contains_key(name) {
                self.value(way, format!("`{name}` is a node as well"), "give the host another name");
            } else if !seen.insert(name) {
                self.value(way, format!("there are two hosts named `{name}`"), "name each host once");
            }
        }
    }

    fn links(&mut self) {
        let mut seen = BTreeMap::new();
        for (index, link) in self.scenario.radio.ideal.links.iter().enumerate() {
            let way = Way::root().key("radio").key("ideal").key("links").index(index).key("between");
            self.ends(&link.between, way.clone());
            let [a, b] = &link.between;
            if let Some(first) = seen.insert((a.min(b), a.max(b)), index) {
                let message = format!("the link between `{a}` and `{b}` is already entry {first}");
                self.value(way, message, "a link holds both ways: state it once");
            }
        }
    }

    fn flows(&mut self) {
        let mut seen = BTreeSet::new();
        for (index, flow) in self.scenario.traffic.iter().enumerate() {
            let way = Way::root().key("traffic").index(index);
            if !seen.insert(flow.name.as_str()) {
                let message = format!("there are two flows named `{}`", flow.name);
                self.value(way.key("name"), message, "each flow has its own name in the results");
            }
            self.flow(flow, way);
        }
    }

    fn flow(&mut self, flow: &FlowSpec, way: Way) {
        let from = self.named(&flow.from, way.key("from"), true);
        let to = self.named(&flow.to, way.key("to"), true);
        if let (Some(from), Some(to)) = (from, to) {
            let mobile = |end| !matches!(end, Named::Host | Named::Node(Role::Rsu) | Named::Group(Role::Rsu));
            let many = [from.many(&flow.from), to.many(&flow.to)];
            if flow.from == flow.to && many[0].is_none() {
                self.value(
                    way.key("to"),
                    format!("`{}` would send to itself", flow.to),
                    "name another receiver",
                );
            } else if let [Some(from), Some(_)] = many {
                let help = "one end of a flow is a node or a host";
                let message = format!("{from}, and so does `{}`: who sends to whom is open", flow.to);
                self.value(way.key("to"), message, help);
            } else if !mobile(from) && !mobile(to) {
                let help = "one end is an OBU, a vehicle of the trace, or `vehicles`";
                self.value(way.key("to"), "neither end of this flow is a vehicle", help);
            }
        }
        for (name, key) in [(&flow.from, "from"), (&flow.to, "to")] {
            if self.scenario.is_plain(name) {
                let help = "measure it with a program: `lab.apps`";
                self.value(way.key(key), format!("`{name}` has a plain radio, and no routing of ours"), help);
            }
        }
        if flow.response_size.is_some() && flow.kind != FlowKind::Request {
            let help = "leave it out, or write `kind: request`";
            self.key(way.key("response_size"), "only a request is answered", help);
        }
        let Scenario { duration, .. } = *self.scenario;
        if flow.start >= duration && duration != Interval::ZERO {
            let message = format!("this flow starts when the run of {duration} is over");
            self.value(way.key("start"), message, "start it earlier, or make `duration` longer");
        } else if let Some(stop) = flow.stop {
            if stop <= flow.start {
                let message = format!("this flow stops at {stop}, before it starts at {}", flow.start);
                self.value(
                    way.key("stop"),
                    message,
                    "`stop` is a time since the run's start, later than `start`",
                );
            } else if stop > duration {
                let message = format!("this flow stops after the run's end at {duration}");
                self.value(way.key("stop"), message, "leave `stop` out to send to the end");
            }
        }
    }

    fn lab(&mut self) {
        let Scenario { lab, nodes, .. } = self.scenario;
        let way = Way::root().key("lab");
        let mut seen = BTreeSet::new();
        for (index, name) in lab.live.iter().enumerate() {
            let way = way.key("live").index(index);
            if self.named(name, way.clone(), true) == Some(Named::Vehicles) {
                let help = "leave `live` out to have everybody live";
                let message = format!("`{VEHICLES}` stands for many; live ones are named one by one");
                self.value(way, message, help);
            } else if !seen.insert(name) {
                self.value(way, format!("`{name}` is in the list already"), "name it once");
            }
        }
        for (name, node) in nodes {
            if node.radio == NodeRadio::Tap && !self.scenario.is_live(name) {
                let way = Way::root().key("nodes").key(name).key("radio");
                self.value(way, "somebody live has to use this radio", "add the node to `lab.live`");
            }
        }
        let mut seen = BTreeSet::new();
        for (index, app) in lab.apps.iter().enumerate() {
            let way = way.key("apps").index(index);
            if !seen.insert(app.name.as_str()) {
                let message = format!("there are two programs named `{}`", app.name);
                self.value(way.key("name"), message, "each has its own files in the results");
            }
            self.app(app, way);
        }
    }

    fn app(&mut self, app: &AppSpec, way: Way) {
        match self.named(&app.node, way.key("node"), true) {
            Some(named) if named.many(&app.node).is_some() => {
                let message = format!("`{}` stands for many; a program runs at one node", app.node);
                self.value(way.key("node"), message, "name a node, a host or a vehicle");
            }
            Some(_) if !self.scenario.is_live(&app.node) => {
                let message = format!("`{}` is simulated: no program can run there", app.node);
                self.value(way.key("node"), message, "add it to `lab.live`");
            }
            _ => {}
        }
        if app.command.trim().is_empty() {
            self.value(way.key("command"), "there is nothing to run", "write it as for a shell: `ping rsu1`");
        }
        if app.start >= self.scenario.duration {
            let message = format!("this program starts when the run of {} is over", self.scenario.duration);
            self.value(way.key("start"), message, "start it earlier, or make `duration` longer");
        }
    }

    /// The two ends of a link: two nodes that exist.
    fn ends(&mut self, ends: &[String; 2], way: Way) {
        for (index, name) in ends.iter().enumerate() {
            self.radio_node(name, way.index(index));
        }
        if ends[0] == ends[1] {
            self.value(way, format!("`{}` would be linked to itself", ends[0]), "name two nodes");
        }
    }

    /// A name that stands for one node with a radio.
    fn radio_node(&mut self, name: &str, way: Way) {
        let Some(named) = self.named(name, way.clone(), false) else { return };
        if named == Named::Host {
            self.value(way, format!("`{name}` is a host on the wire and has no radio"), "name a node");
        } else if let Some(many) = named.many(name) {
            self.value(way, format!("{many}; one node is meant here"), "name a node");
        }
    }

    /// What `name` stands for. Unknown names are breaches.
    fn named(&mut self, name: &str, way: Way, hosts_too: bool) -> Option<Named> {
        let Scenario { nodes, groups, trace, wired, .. } = self.scenario;
        let hosts = || wired.iter().flat_map(|wired| &wired.hosts);
        if let Some(node) = nodes.get(name) {
            return Some(Named::Node(node.role));
        }
        if let Some(group) = groups.get(name) {
            return Some(Named::Group(group.role));
        }
        if let Some((_, group)) = self.scenario.group_of(name) {
            return Some(Named::Node(group.role));
        }
        if hosts().any(|host| host == name) {
            return Some(Named::Host);
        }
        if name == VEHICLES {
            let mut roles =
                nodes.values().map(|node| node.role).chain(groups.values().map(|group| group.role));
            if trace.is_none() && roles.all(|role| role != Role::Obu) {
                let help = "add nodes or a group with `role: obu`, or a trace";
                self.value(way, format!("there is no OBU that `{VEHICLES}` could mean"), help);
                return None;
            }
            return Some(Named::Vehicles);
        }
        if trace.is_some() {
            return Some(Named::Undecided);
        }
        let known =
            nodes.keys().chain(groups.keys()).chain(hosts().filter(|_| hosts_too)).map(String::as_str);
        let help = match nearest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None if hosts_too => "name a node, a group, a host of `wired.hosts`, or `vehicles`".to_owned(),
            None => "name one of `nodes`, or a member of a group like `cars1`".to_owned(),
        };
        self.value(way, format!("nothing here is named `{name}`"), help);
        None
    }

    /// Whether a name can be one, shown at its key where the name is a key.
    fn name(&mut self, name: &str, way: Way, is_key: bool) {
        let (message, help) = if name == VEHICLES {
            (format!("`{VEHICLES}` stands for every OBU and can't be a name"), "choose another name")
        } else if let Err(error) = config_lib::limits::name(name, &()) {
            (error.to_string(), "")
        } else {
            return;
        };
        if is_key { self.key(way, message, help) } else { self.value(way, message, help) }
    }

    fn value(&mut self, way: Way, message: impl Into<String>, help: impl Into<String>) {
        self.breaches.push(Breach::at_value(way, message, help));
    }

    fn key(&mut self, way: Way, message: impl Into<String>, help: impl Into<String>) {
        self.breaches.push(Breach::at_key(way, message, help));
    }
}
