//! A network of real nodes over links that misbehave.

use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::NodeConfig;
use node_lib::control::node::{Event, Node, Outbox, RxMeta, TxOutcome, TxStatus};
use node_lib::random::Key;
use node_lib::time::Instant;
use obu_lib::Obu;
use rsu_lib::Rsu;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

/// What a history is made of.
pub struct Plan {
    seed: u64,
    key: Key,
    rsus: usize,
    nodes: usize,
    /// Links by their ends, lower index first.
    links: Vec<(usize, usize)>,
}

pub struct Network {
    plan: Plan,
    now: Instant,
    nodes: Vec<Option<Unit>>,
    boots: Vec<u32>,
    /// The timer that is pending for each node; later ones are stale.
    armed: Vec<Option<Instant>>,
    /// Share of frames lost, by link.
    loss: BTreeMap<(usize, usize), f64>,
    queue: BinaryHeap<Reverse<(Instant, u64)>>,
    pending: BTreeMap<u64, Happening>,
    sequence: u64,
    calm: bool,
    /// The tail of what happened, for a failure's message.
    log: Vec<String>,
    pub events: u64,
    pub restarts: u64,
    pub route_changes: u64,
}

enum Unit {
    Obu(Box<Obu>),
    Rsu(Box<Rsu>),
}

enum Happening {
    Frame(usize, Frame),
    Status(usize, TxStatus),
    Timer(usize),
    Stop(usize),
    Start(usize),
    Loss((usize, usize), f64),
}

impl Plan {
    pub fn random(seed: u64) -> Plan {
        let key = Key::seed(seed).with_name("history");
        let rsus = key.with(1).between(1, 3) as usize;
        let nodes = rsus + key.with(2).between(3, 8) as usize;
        let density = 0.2 + 0.4 * key.with(3).unit();
        let mut links = Vec::new();
        for a in 0..nodes {
            for b in a + 1..nodes {
                // RSUs don't talk to each other; a sparse backbone makes long paths likely.
                let backbone = b == a + 1;
                let drawn = key.with(4).with(a as u64).with(b as u64).unit() < density;
                if b >= rsus && (backbone || drawn) {
                    links.push((a, b));
                }
            }
        }
        Plan { seed, key, rsus, nodes, links }
    }
}

impl Network {
    pub fn new(plan: Plan) -> Network {
        let mut network = Network {
            now: Instant::ZERO,
            nodes: (0..plan.nodes).map(|_| None).collect(),
            boots: vec![0; plan.nodes],
            armed: vec![None; plan.nodes],
            loss: BTreeMap::new(),
            queue: BinaryHeap::new(),
            pending: BTreeMap::new(),
            sequence: 0,
            calm: false,
            log: Vec::new(),
            events: 0,
            restarts: 0,
            route_changes: 0,
            plan,
        };
        for link in network.plan.links.clone() {
            let loss = network.draw("loss").unit() * 0.5;
            network.loss.insert(link, loss);
        }
        for node in 0..network.plan.nodes {
            let at = network.draw("start").between(0, 300_000);
            network.push(Instant::from_micros(at), Happening::Start(node));
        }
        network
    }

    /// Everything that can go wrong does, for a few seconds.
    pub fn run_chaos(&mut self) {
        let end = Instant::from_millis(self.draw("chaos").between(1500, 4000));
        for _ in 0..self.draw("restarts").between(1, 6) {
            let at = Instant::from_micros(self.draw("when").between(300_000, end.as_micros()));
            let node = self.draw("who").between(0, self.plan.nodes as u64 - 1) as usize;
            // Many restarts without a pause: what was said before is still in the air then.
            let pause = self.draw("pause").between(0, 2) * self.draw("pause").between(0, 150_000);
            self.push(at, Happening::Stop(node));
            self.push(at + Duration::from_micros(pause), Happening::Start(node));
        }
        for _ in 0..self.draw("changes").between(2, 12) {
            let at = Instant::from_micros(self.draw("when").between(0, end.as_micros()));
            let drawn = self.draw("link").between(0, self.plan.links.len() as u64 - 1);
            let link = self.plan.links[drawn as usize];
            // A third of the changes cut the link, the others make it anything from good to bad.
            let loss = if self.draw("cut").unit() < 0.33 { 1.0 } else { self.draw("loss").unit() * 0.7 };
            self.push(at, Happening::Loss(link, loss));
        }
        self.run_until(end + Duration::from_millis(200));
    }

    /// All links work; after a while everybody who is connected is routed.
    pub fn run_quiet(&mut self) {
        self.calm = true;
        for loss in self.loss.values_mut() {
            *loss = 0.0;
        }
        self.run_until(self.now + Duration::from_secs(4));
        // A path may still change for a better one; then its reply needs a moment.
        for _ in 0..3 {
            if (self.plan.rsus..self.plan.nodes).all(|node| self.unrouted(node).is_none()) {
                return;
            }
            self.run_until(self.now + Duration::from_millis(100));
        }
        for node in self.plan.rsus..self.plan.nodes {
            if let Some(what) = self.unrouted(node) {
                self.fail(&what);
            }
        }
    }

    /// What is missing between a node and an RSU.
    fn unrouted(&self, node: usize) -> Option<String> {
        let Some(Unit::Obu(obu)) = &self.nodes[node] else { return Some(format!("node {node} is not up")) };
        let Some(route) = obu.route() else { return Some(format!("node {node} has no route")) };
        let Some(Unit::Rsu(rsu)) = &self.nodes[index(route.rsu)] else {
            return Some(format!("node {node} has a route to no RSU"));
        };
        let known = rsu.status().downstream.iter().any(|entry| entry.obu == mac(node));
        (!known).then(|| format!("RSU {} has no entry for node {node}", index(route.rsu)))
    }

    fn run_until(&mut self, end: Instant) {
        while let Some(Reverse((at, _))) = self.queue.peek()
            && *at <= end
        {
            let Some(Reverse((at, sequence))) = self.queue.pop() else { break };
            self.now = at;
            if let Some(happening) = self.pending.remove(&sequence) {
                self.events += 1;
                self.handle(happening);
            }
        }
        self.now = end;
    }

    fn handle(&mut self, happening: Happening) {
        let now = self.now;
        let mut out = Outbox::new();
        let node = match happening {
            Happening::Stop(node) => {
                self.note(format!("{node} stops"));
                self.nodes[node] = None;
                return;
            }
            Happening::Loss(link, loss) => {
                if !self.calm {
                    self.note(format!("loss {link:?} = {loss:.2}"));
                    self.loss.insert(link, loss);
                }
                return;
            }
            Happening::Start(node) => {
                if self.nodes[node].is_some() {
                    return;
                }
                self.start(node);
                node
            }
            Happening::Frame(node, frame) => {
                if let Some(unit) = &mut self.nodes[node] {
                    // What a node drops it has reasons for; none of them is an error here.
                    let _ = unit.node().handle_radio(now, frame, RxMeta::default(), &mut out);
                }
                node
            }
            Happening::Status(node, status) => {
                if let Some(unit) = &mut self.nodes[node] {
                    unit.node().handle_status(now, status, &mut out);
                }
                node
            }
            Happening::Timer(node) if self.armed[node] != Some(now) => return,
            Happening::Timer(node) => {
                self.armed[node] = None;
                if let Some(unit) = &mut self.nodes[node] {
                    unit.node().handle_timeout(now, &mut out);
                }
                node
            }
        };
        let Some(unit) = &mut self.nodes[node] else { return };
        if let Some((at, _)) = unit.node().poll_timeout() {
            assert!(at > now, "a deadline that has passed");
            if self.armed[node] != Some(at) {
                self.armed[node] = Some(at);
                self.push(at, Happening::Timer(node));
            }
        }
        self.route_changes +=
            out.events.iter().filter(|event| matches!(event, Event::RouteChanged { .. })).count() as u64;
        for reply in &out.replies {
            self.transmit(node, &reply.to_frame());
        }
        self.assert_no_cycle_through(node);
    }

    fn start(&mut self, node: usize) {
        self.boots[node] += 1;
        self.restarts += u64::from(self.boots[node] > 1);
        self.note(format!("{node} starts"));
        let key = self.plan.key.with_name("config").with(node as u64);
        let mut config = NodeConfig::new(mac(node));
        config.boot = self.boots[node];
        config.key = key.with(u64::from(config.boot));
        config.airtime = Duration::from_micros(key.with(1).between(1, 5000));
        config.candidates = key.with(2).between(1, 4) as usize;
        config.hysteresis_percent = key.with(3).between(0, 30) as u32;
        config.hysteresis_intervals = key.with(4).between(0, 3) as u32;
        config.tx_status = key.with(5).bits() & 1 == 0;
        self.nodes[node] = Some(if node < self.plan.rsus {
            Unit::Rsu(Box::new(Rsu::new(config, self.now)))
        } else {
            Unit::Obu(Box::new(Obu::new(config, self.now)))
        });
    }

    fn transmit(&mut self, from: usize, frame: &Frame) {
        let to = Mac(*frame.first_chunk().expect("a frame has addresses"));
        for node in 0..self.plan.nodes {
            let Some(loss) = self.loss.get(&(node.min(from), node.max(from))).copied() else { continue };
            if to != mac(node) && to.is_unicast() {
                continue;
            }
            let lost = self.draw("lose").unit() < loss;
            if !lost {
                let copies = if self.draw("duplicate").unit() < 0.1 { 2 } else { 1 };
                for _ in 0..copies {
                    let at = self.now + Duration::from_micros(self.draw("delay").between(100, 4000));
                    self.push(at, Happening::Frame(node, frame.clone()));
                }
            }
            if to.is_unicast() {
                let acked = !lost && self.nodes[node].is_some() && self.draw("ack").unit() >= loss / 2.0;
                let outcome = if acked { TxOutcome::Acked } else { TxOutcome::Unacked };
                let tries = if self.calm { 1 } else { self.draw("attempts").between(1, 5) as u8 };
                let attempts = if acked { tries } else { 5 };
                let status = TxStatus { to, outcome, attempts, frame: (!acked).then(|| frame.clone()) };
                let slowest = if self.calm { 200 } else { 20_000 };
                let at = self.now + Duration::from_micros(self.draw("status").between(200, slowest));
                self.push(at, Happening::Status(from, status));
            }
        }
    }

    /// Only `node`'s next hops can have changed, so a new cycle must go through it.
    fn assert_no_cycle_through(&self, node: usize) {
        for rsu in 0..self.plan.rsus {
            let mut at = node;
            for _ in 0..=self.plan.nodes {
                let Some(Unit::Obu(obu)) = &self.nodes[at] else { break };
                let Some(next) = obu.next_hop(mac(rsu)) else { break };
                at = index(next);
                if at == node {
                    self.fail(&format!("a cycle towards RSU {rsu} through node {node}"));
                }
            }
        }
    }

    fn fail(&self, what: &str) -> ! {
        let tail = self.log[self.log.len().saturating_sub(40)..].join("\n");
        panic!("seed {} at {}: {what}\nlinks {:?}\n{tail}", self.plan.seed, self.now, self.plan.links);
    }

    fn note(&mut self, what: String) {
        self.log.push(format!("{}: {what}", self.now));
    }

    /// A draw of its own for every call: histories need no stability against insertions.
    fn draw(&mut self, purpose: &str) -> Key {
        self.sequence += 1;
        self.plan.key.with_name(purpose).with(self.sequence)
    }

    fn push(&mut self, at: Instant, happening: Happening) {
        self.sequence += 1;
        self.queue.push(Reverse((at, self.sequence)));
        self.pending.insert(self.sequence, happening);
    }
}

impl Unit {
    fn node(&mut self) -> &mut dyn Node {
        match self {
            Unit::Obu(obu) => obu.as_mut(),
            Unit::Rsu(rsu) => rsu.as_mut(),
        }
    }
}

fn mac(node: usize) -> Mac {
    Mac::local(2, node as u64)
}

fn index(mac: Mac) -> usize {
    usize::from(mac.0[5])
}
