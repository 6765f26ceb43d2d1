//! Everyone we hear.

use super::link::Link;
use crate::addr::Mac;
use crate::mac_map::MacMap;
use crate::time::Instant;
use std::time::Duration;

/// The neighbours that were heard lately, with what is known of the links to them.
#[derive(Clone, Debug)]
pub struct Neighbours {
    table: MacMap<Link>,
    airtime: Duration,
    /// How long a silent neighbour is remembered.
    kept: Duration,
    /// Where the next HEARD list begins.
    turn: usize,
    swept: Instant,
}

impl Neighbours {
    /// None yet; a full-sized unicast takes `airtime`, heartbeats come every `interval`.
    pub fn new(airtime: Duration, interval: Duration) -> Self {
        Neighbours {
            table: MacMap::new(MOST),
            airtime,
            kept: KEPT.max(interval * 5),
            turn: 0,
            swept: Instant::ZERO,
        }
    }

    /// Notes that something from `mac` was received. Where the table is full, a neighbour goes: one that never proved that
    /// the link works both ways before one that did, and among those the one silent for longest.
    pub fn hear(&mut self, mac: Mac, now: Instant) -> Option<&mut Link> {
        // A small table stays in the processor's cache.
        if now.since(self.swept) > self.kept {
            let kept = self.kept;
            self.table.retain(|_, link| now.since(link.heard) <= kept);
            self.swept = now;
        }
        if self.table.is_full() && self.table.get(mac).is_none() {
            let oldest =
                self.table.iter().min_by_key(|(_, link)| (link.proven(), link.heard)).map(|(mac, _)| mac)?;
            self.table.remove(oldest);
        }
        let airtime = self.airtime;
        let link = self.table.get_or_insert_with(mac, || Link::new(now, airtime))?;
        link.heard = now;
        link.failed = false;
        Some(link)
    }

    /// How many are known, and how many may be.
    pub fn fill(&self) -> (usize, usize) {
        (self.table.len(), MOST)
    }

    /// The link to `mac`.
    #[inline]
    pub fn get(&self, mac: Mac) -> Option<&Link> {
        self.table.get(mac)
    }

    /// The link to `mac`, to note what became of a frame to it; a new one if it was forgotten meanwhile.
    pub fn sent(&mut self, mac: Mac, now: Instant) -> Option<&mut Link> {
        if self.get(mac).is_none() {
            self.hear(mac, now);
        }
        self.get_mut(mac)
    }

    /// The link to `mac`, to change.
    #[inline]
    pub fn get_mut(&mut self, mac: Mac) -> Option<&mut Link> {
        self.table.get_mut(mac)
    }

    /// Cost of the link to `mac`, microseconds; that of a new link if it is unknown.
    #[inline]
    pub fn cost(&self, mac: Mac) -> u32 {
        self.get(mac).map_or_else(|| Link::new(Instant::ZERO, self.airtime).cost(), Link::cost)
    }

    /// True if unicasts to `mac` failed and it has not been heard since.
    #[inline]
    pub fn failed(&self, mac: Mac) -> bool {
        self.get(mac).is_some_and(|link| link.failed)
    }

    /// Fills `list` with up to its length of neighbours heard since `since`, going on where the last call ended;
    /// returns how many.
    pub fn take_turns(&mut self, since: Instant, list: &mut [Mac]) -> usize {
        let mut filled = 0;
        for _ in 0..self.table.len() {
            if filled == list.len() {
                break;
            }
            self.turn = (self.turn + 1) % self.table.len();
            if let Some((mac, link)) = self.table.at(self.turn)
                && link.heard >= since
            {
                list[filled] = mac;
                filled += 1;
            }
        }
        filled
    }
}

/// How long a silent neighbour is remembered at least.
const KEPT: Duration = Duration::from_secs(5);
/// Neighbours kept; more than a radio can hear in any realistic crowd, and a bound under a flood of forged senders.
const MOST: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_reach_everyone_and_leave_out_the_silent() {
        let mut neighbours = Neighbours::new(Duration::from_millis(2), Duration::from_millis(200));
        for i in 0..7 {
            neighbours.hear(Mac::local(2, i), Instant::from_millis(i * 100));
        }
        let mut seen = Vec::new();
        for _ in 0..2 {
            let mut list = [Mac::default(); 4];
            let n = neighbours.take_turns(Instant::from_millis(200), &mut list);
            seen.extend_from_slice(&list[..n]);
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen, (2..7).map(|i| Mac::local(2, i)).collect::<Vec<_>>());
    }

    #[test]
    fn the_table_is_bounded_and_the_silent_go_first() {
        let mut neighbours = Neighbours::new(Duration::from_millis(2), Duration::from_millis(200));
        for i in 0..2 * MOST as u64 {
            neighbours.hear(Mac::local(2, i), Instant::from_micros(i));
        }
        assert_eq!(neighbours.table.len(), MOST);
        assert!(neighbours.get(Mac::local(2, 0)).is_none());
        assert!(neighbours.get(Mac::local(2, 2 * MOST as u64 - 1)).is_some());
    }
}
