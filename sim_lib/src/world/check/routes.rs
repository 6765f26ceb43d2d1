//! Next hops: no cycle among them, none that is gone, and one for everybody who is offered a path.

use crate::world::World;
use crate::world::machine::Machine;
use node_lib::addr::Mac;
use node_lib::messages::{Control, Heartbeat, Message, PacketType, Path};
use node_lib::time::Instant;
use std::collections::BTreeMap;
use std::time::Duration;

/// What is known of every node's routes.
#[derive(Debug)]
pub(super) struct Routes {
    /// By rank: the next hop towards each RSU, as it was after the node's last event.
    next: Vec<Vec<(u32, u32)>>,
    /// By rank: when something of each other node last arrived.
    heard: Vec<BTreeMap<u32, Instant>>,
    /// By rank, of nodes without a route: the paths that they were offered since they had one.
    offered: Vec<BTreeMap<(u32, u32), Offers>>,
    /// By rank: the life that all this belongs to.
    boot: Vec<u32>,
}

/// Heartbeats of one RSU from one neighbour that had a path to it.
#[derive(Clone, Copy, Debug)]
struct Offers {
    epoch: Option<u32>,
    id: u32,
    count: u32,
}

impl Routes {
    /// One party more.
    pub(super) fn add_party(&mut self) {
        self.next.push(Vec::new());
        self.heard.push(BTreeMap::new());
        self.offered.push(BTreeMap::new());
        self.boot.push(0);
    }

    /// Nothing is known yet of so many parties.
    pub(super) fn new(parties: usize) -> Self {
        Routes {
            next: vec![Vec::new(); parties],
            heard: vec![BTreeMap::new(); parties],
            offered: vec![BTreeMap::new(); parties],
            boot: vec![0; parties],
        }
    }
}

/// For tests: a world that is not as it should be.
#[cfg(test)]
impl Routes {
    /// A node's only next hop.
    pub(super) fn pretend(&mut self, rank: u32, rsu: u32, hop: u32) {
        self.next[rank as usize] = vec![(rsu, hop)];
    }

    /// One node has never heard another.
    pub(super) fn forget(&mut self, rank: u32, other: u32) {
        self.heard[rank as usize].remove(&other);
    }
}

impl World {
    /// A frame is about to reach a node.
    pub(super) fn check_reception(&mut self, now: Instant, rank: u32, boot: u32, frame: &[u8]) {
        let state = &self.states[rank as usize];
        let Some(Machine::Obu(obu)) = state.machine.as_ref().filter(|_| state.boot == boot) else { return };
        let has_route = obu.route().is_some();
        let Some(from) = frame.get(6..12).and_then(|from| self.rank_of(Mac(*from.first_chunk()?))) else {
            return;
        };
        let offer = (!has_route).then(|| self.offer(from, frame)).flatten();
        let (missed, rank_at) = (u32::from(self.config.missed), rank as usize);
        let Some(checker) = &mut self.checker else { return };
        let routes = &mut checker.routes;
        if routes.boot[rank_at] != boot {
            routes.boot[rank_at] = boot;
            routes.heard[rank_at].clear();
            routes.offered[rank_at].clear();
        }
        routes.heard[rank_at].insert(from, now);
        let Some((rsu, epoch, id)) = offer else { return };
        let entry = routes.offered[rank_at].entry((from, rsu)).or_insert(Offers { epoch, id, count: 0 });
        let follows = entry.epoch == epoch && id.checked_sub(entry.id).is_some_and(|by| by <= LONGEST_JUMP);
        match (follows, id > entry.id || entry.count == 0) {
            (true, true) => *entry = Offers { epoch, id, count: entry.count + 1 },
            (true, false) => {}
            (false, _) => *entry = Offers { epoch, id, count: 1 },
        }
        let count = entry.count;
        // One heartbeat to know the RSU by, one to confirm it where it has restarted or was away for long, one that ends the
        // time after a start (N5), and as many more as a path may lag behind the newest heartbeat. One to spare.
        if count > missed + 3 {
            let names = [from, rsu].map(|rank| &self.parties[rank as usize].name);
            let what = format!(
                "{} offered a path to {} in {count} heartbeats, and there is no route",
                names[0], names[1]
            );
            self.violated("route", &[rank, from, rsu], what);
        }
    }

    /// The RSU, epoch and id of a heartbeat from a node that has a path to that RSU.
    fn offer(&self, from: u32, frame: &[u8]) -> Option<(u32, Option<u32>, u32)> {
        // With nodes of another make, or more RSUs than a node keeps, there are other reasons not to have a route.
        if self.rsus.len() > self.config.max_rsus || self.parties.iter().any(|party| party.make.is_some()) {
            return None;
        }
        let message = Message::parse(frame, self.config.ethertype).ok()?;
        let PacketType::Control(Control::Heartbeat(heartbeat)) = message.packet else { return None };
        let Heartbeat { source, id, hops, ref extensions, .. } = heartbeat;
        let has_path = extensions.path().is_some_and(|path| path.cost != Path::NO_ROUTE);
        let rsu = self.rank_of(source)?;
        let machine = self.states[from as usize].machine.as_ref()?;
        let connected = from == rsu || machine.next_hop(source).is_some();
        (has_path && connected && hops <= u32::from(self.config.hop_limit))
            .then(|| (rsu, extensions.epoch(), id))
    }

    /// After a node's event: whether a changed next hop closes a cycle. Only one of this node can have changed.
    pub(super) fn check_next_hops(&mut self, rank: u32) {
        let Some(state) = self.states.get(rank as usize) else { return };
        let mut next = Vec::new();
        if let Some(Machine::Obu(obu)) = &state.machine {
            for rsu in &self.rsus {
                let hop = obu.next_hop(self.radio_mac(*rsu)).and_then(|mac| self.rank_of(mac));
                next.extend(hop.map(|hop| (*rsu, hop)));
            }
        }
        let Some(checker) = &mut self.checker else { return };
        if !next.is_empty() {
            checker.routes.offered[rank as usize].clear();
        }
        let before = std::mem::replace(&mut checker.routes.next[rank as usize], next);
        for index in 0..self.next_hops(rank).len() {
            let (rsu, hop) = self.next_hops(rank)[index];
            if !before.contains(&(rsu, hop)) {
                self.check_path(rank, rsu);
            }
        }
    }

    fn check_path(&mut self, rank: u32, rsu: u32) {
        let mut path = vec![rank];
        let mut at = rank;
        while let Some((_, hop)) = self.next_hops(at).iter().find(|(towards, _)| *towards == rsu) {
            at = *hop;
            path.push(at);
            if at == rank {
                let names: Vec<_> =
                    path.iter().map(|rank| self.parties[*rank as usize].name.as_str()).collect();
                let towards = &self.parties[rsu as usize].name;
                let what = format!("next hops towards {towards} form a cycle: {}", names.join(" → "));
                return self.violated("cycle", &path, what);
            }
        }
    }

    /// Next hops from which nothing has come for longer than the protocol lets one miss heartbeats.
    pub(super) fn check_silent_next_hops(&mut self, now: Instant) {
        let Some(checker) = &self.checker else { return };
        let config = &self.config;
        let interval = config.heartbeat_interval * u32::from(config.missed);
        let longest: Duration = interval + interval / 10 + config.relay_wait.1 * 2;
        let mut silent = None;
        for rank in &self.obus {
            for (rsu, hop) in &checker.routes.next[*rank as usize] {
                let heard = checker.routes.heard[*rank as usize].get(hop).copied().unwrap_or_default();
                if now.since(heard) > longest {
                    silent.get_or_insert((*rank, *rsu, *hop, now.since(heard)));
                }
            }
        }
        if let Some((rank, rsu, hop, silence)) = silent {
            let names = [hop, rsu].map(|rank| &self.parties[rank as usize].name);
            let what = format!(
                "the next hop {} towards {} is kept although nothing came from it for {} ms; {} ms are allowed",
                names[0],
                names[1],
                silence.as_millis(),
                longest.as_millis()
            );
            self.violated("stuck", &[rank, hop], what);
        }
    }

    /// A node's clock was set: its own time may stand still for as long as nobody had called it.
    pub(in crate::world) fn check_clock_set(&mut self, now: Instant, rank: u32) {
        if let Some(checker) = &mut self.checker {
            checker.routes.heard[rank as usize].values_mut().for_each(|heard| *heard = now);
            checker.routes.offered[rank as usize].clear();
        }
    }

    fn next_hops(&self, rank: u32) -> &[(u32, u32)] {
        self.checker.as_ref().map_or(&[], |checker| &checker.routes.next[rank as usize])
    }

    fn rank_of(&self, radio: Mac) -> Option<u32> {
        let at = self.by_mac.binary_search_by_key(&radio, |(mac, _)| *mac).ok()?;
        Some(self.by_mac[at].1)
    }

    fn radio_mac(&self, rank: u32) -> Mac {
        crate::world::address::radio_mac(&self.parties[rank as usize].name)
    }
}

/// As N8 has it: a heartbeat further ahead has to be confirmed by the next one.
const LONGEST_JUMP: u32 = 32;
