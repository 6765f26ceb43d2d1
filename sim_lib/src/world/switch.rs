//! A learning switch (IEEE 802.1D): the wired segment.

use node_lib::addr::Mac;
use node_lib::time::Instant;
use std::collections::BTreeMap;
use std::time::Duration;

/// The forwarding table of a switch with numbered ports.
#[derive(Debug)]
pub(crate) struct Switch {
    ports: u32,
    table: BTreeMap<Mac, Entry>,
    /// Frames sent to every port because nothing was known of their destination, or because they are for a group.
    pub(crate) flooded: u64,
    /// Frames whose destination is behind the port they came from.
    pub(crate) filtered: u64,
    /// Frames shorter than an Ethernet header.
    pub(crate) too_short: u64,
}

/// Where a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forward {
    /// Out of this port.
    To(u32),
    /// Out of every port but the one it came from.
    Flood,
    /// Nowhere.
    Drop,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    port: u32,
    seen: Instant,
}

impl Switch {
    /// A switch that has learned nothing.
    pub(crate) fn new(ports: u32) -> Self {
        Switch { ports, table: BTreeMap::new(), flooded: 0, filtered: 0, too_short: 0 }
    }

    /// Forgets what is behind a port, as a switch does whose port loses its carrier.
    pub(crate) fn forget(&mut self, port: u32) {
        self.table.retain(|_, entry| entry.port != port);
    }

    /// How many ports it has.
    pub(crate) fn ports(&self) -> u32 {
        self.ports
    }

    /// Learns from a frame that came in at `port`, unless it may not, and says where the frame goes.
    pub(crate) fn forward(&mut self, now: Instant, port: u32, frame: &[u8], learns: bool) -> Forward {
        let Some(([to, from], _)) =
            frame.split_first_chunk::<14>().map(|(head, rest)| (addresses(head), rest))
        else {
            self.too_short += 1;
            return Forward::Drop;
        };
        if learns && from.is_unicast() && (self.table.len() < TABLE || self.table.contains_key(&from)) {
            self.table.insert(from, Entry { port, seen: now });
        }
        let known = if to.is_unicast() { self.table.get(&to) } else { None };
        match known.filter(|entry| now.since(entry.seen) <= AGEING) {
            Some(entry) if entry.port == port => {
                self.filtered += 1;
                Forward::Drop
            }
            Some(entry) => Forward::To(entry.port),
            None => {
                self.flooded += 1;
                Forward::Flood
            }
        }
    }
}

fn addresses(head: &[u8; 14]) -> [Mac; 2] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, ..] = *head;
    [Mac([a, b, c, d, e, f]), Mac([g, h, i, j, k, l])]
}

/// How long an address is remembered without being heard: the standard's default.
const AGEING: Duration = Duration::from_secs(300);

/// Addresses that are remembered: the size of a small switch's table.
const TABLE: usize = 8192;

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(to: Mac, from: Mac) -> Vec<u8> {
        let mut frame = [to.0, from.0].concat();
        frame.extend_from_slice(&[0x86, 0xdd, 0]);
        frame
    }

    const A: Mac = Mac([2, 0, 0, 0, 0, 0xa]);
    const B: Mac = Mac([2, 0, 0, 0, 0, 0xb]);

    #[test]
    fn it_floods_until_it_has_learned() {
        let mut switch = Switch::new(3);
        let now = Instant::ZERO;
        assert_eq!(switch.forward(now, 0, &frame(B, A), true), Forward::Flood);
        assert_eq!(switch.forward(now, 2, &frame(A, B), true), Forward::To(0));
        assert_eq!(switch.forward(now, 0, &frame(B, A), true), Forward::To(2));
        assert_eq!(switch.forward(now, 0, &frame(Mac::BROADCAST, A), true), Forward::Flood);
        assert_eq!((switch.flooded, switch.ports()), (2, 3));
    }

    #[test]
    fn a_station_that_moves_is_followed() {
        let mut switch = Switch::new(3);
        switch.forward(Instant::ZERO, 0, &frame(B, A), true);
        switch.forward(Instant::ZERO, 1, &frame(Mac::BROADCAST, A), true);
        assert_eq!(switch.forward(Instant::ZERO, 2, &frame(A, B), true), Forward::To(1));
        assert_eq!(switch.forward(Instant::ZERO, 1, &frame(A, B), true), Forward::Drop);
        assert_eq!(switch.filtered, 1);
    }

    #[test]
    fn what_is_not_heard_for_long_is_forgotten() {
        let mut switch = Switch::new(2);
        switch.forward(Instant::ZERO, 0, &frame(B, A), true);
        assert_eq!(switch.forward(Instant::ZERO + AGEING, 1, &frame(A, B), true), Forward::To(0));
        let later = Instant::ZERO + AGEING + Duration::from_micros(1);
        assert_eq!(switch.forward(later, 1, &frame(A, B), true), Forward::Flood);
    }

    #[test]
    fn groups_are_never_learned_and_stumps_are_dropped() {
        let mut switch = Switch::new(2);
        switch.forward(Instant::ZERO, 0, &frame(A, Mac::BROADCAST), true);
        assert_eq!(switch.forward(Instant::ZERO, 1, &frame(Mac::BROADCAST, A), true), Forward::Flood);
        assert_eq!(switch.forward(Instant::ZERO, 1, &[0; 13], true), Forward::Drop);
        assert_eq!(switch.too_short, 1);
    }
}
