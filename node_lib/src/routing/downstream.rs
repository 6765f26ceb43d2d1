//! Which neighbour leads to which OBU.

use crate::addr::Mac;
use crate::control::status::Downstream;
use crate::mac_map::MacMap;
use crate::messages::Stamp;
use crate::time::Instant;
use std::time::Duration;

/// The way to one OBU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DownstreamEntry {
    /// The neighbour that frames go to.
    pub via: Mac,
    stamp: Option<Stamp>,
    refreshed: Instant,
}

/// What came of learning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learned {
    /// A new entry, or a newer one.
    Newer,
    /// The very stamp that is known: the entry lives on.
    Same,
    /// Older than what is known; nothing changed.
    Stale,
    /// No room.
    Full,
}

/// A bounded table from OBUs to neighbours.
#[derive(Clone, Debug)]
pub struct DownstreamTable {
    entries: MacMap<DownstreamEntry>,
    lifetime: Duration,
    last_swept: Instant,
}

impl DownstreamTable {
    /// At most `capacity` OBUs, each forgotten `lifetime` after its last refreshment.
    pub fn new(capacity: usize, lifetime: Duration) -> Self {
        DownstreamTable { entries: MacMap::new(capacity), lifetime, last_swept: Instant::ZERO }
    }

    /// Something from `obu` came through `via`. Only a strictly newer stamp replaces an entry; the same stamp refreshes
    /// it. Something without a stamp (through a legacy node) replaces what has none, and a stamped entry only once that
    /// is half-way to its end, because it can't show that it is the newer one.
    pub fn learn(&mut self, now: Instant, obu: Mac, via: Mac, stamp: Option<Stamp>) -> Learned {
        self.sweep(now);
        let entry = DownstreamEntry { via, stamp, refreshed: now };
        let Some(known) = self.entries.get_mut(obu) else {
            if self.entries.is_full() && now.since(self.last_swept) >= SWEEP {
                self.forget_ended(now);
            }
            let room = self.entries.get_or_insert_with(obu, || entry).is_some();
            return if room { Learned::Newer } else { Learned::Full };
        };
        let age = now.since(known.refreshed);
        let newer = match (stamp, known.stamp) {
            _ if age > self.lifetime => true,
            (Some(new), Some(old)) if new == old => {
                known.refreshed = now;
                return Learned::Same;
            }
            (Some(new), Some(old)) => new.newer_than(old),
            (None, Some(_)) => age > self.lifetime / 2,
            (_, None) => true,
        };
        if !newer {
            return Learned::Stale;
        }
        *known = entry;
        Learned::Newer
    }

    /// The way to `obu`, if it is known and alive.
    #[inline]
    pub fn get(&self, now: Instant, obu: Mac) -> Option<&DownstreamEntry> {
        self.entries.get(obu).filter(|entry| now.since(entry.refreshed) <= self.lifetime)
    }

    /// The OBUs that are known and alive, in the table's order.
    pub fn obus(&self, now: Instant) -> impl Iterator<Item = Mac> {
        let alive = move |entry: &DownstreamEntry| now.since(entry.refreshed) <= self.lifetime;
        self.entries.iter().filter(move |(_, entry)| alive(entry)).map(|(obu, _)| obu)
    }

    /// What is alive, by address; for people.
    pub fn list(&self, now: Instant) -> Vec<Downstream> {
        let alive = self.entries.iter().filter(|(_, entry)| now.since(entry.refreshed) <= self.lifetime);
        let mut list: Vec<_> = alive
            .map(|(obu, entry)| Downstream { obu, via: entry.via, refreshed: entry.refreshed })
            .collect();
        list.sort_by_key(|entry| entry.obu);
        list
    }

    /// Forgets what has ended, now and then.
    fn sweep(&mut self, now: Instant) {
        if now.since(self.last_swept) > self.lifetime {
            self.forget_ended(now);
        }
    }

    fn forget_ended(&mut self, now: Instant) {
        let lifetime = self.lifetime;
        self.entries.retain(|_, entry| now.since(entry.refreshed) <= lifetime);
        self.last_swept = now;
    }
}

/// How often a full table is searched for what has ended.
const SWEEP: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Duration = Duration::from_secs(3);

    fn mac(i: u64) -> Mac {
        Mac::local(2, i)
    }

    #[test]
    fn only_newer_stamps_replace() {
        let mut table = DownstreamTable::new(8, LIFETIME);
        let at = Instant::from_millis;
        let stamp = |seq| Some(Stamp { boot: 1, seq });
        assert_eq!(table.learn(at(0), mac(1), mac(2), stamp(5)), Learned::Newer);
        assert_eq!(table.learn(at(1), mac(1), mac(3), stamp(5)), Learned::Same);
        assert_eq!(table.get(at(1), mac(1)).map(|e| e.via), Some(mac(2)));
        assert_eq!(table.learn(at(2), mac(1), mac(3), stamp(4)), Learned::Stale);
        assert_eq!(table.learn(at(3), mac(1), mac(3), stamp(6)), Learned::Newer);
        assert_eq!(table.get(at(3), mac(1)).map(|e| e.via), Some(mac(3)));
        let older_boot = Some(Stamp { boot: 0, seq: 9 });
        assert_eq!(table.learn(at(4), mac(1), mac(2), older_boot), Learned::Stale);
    }

    #[test]
    fn what_has_no_stamp_waits_for_what_has_one_to_age() {
        let mut table = DownstreamTable::new(8, LIFETIME);
        let stamp = Some(Stamp { boot: 1, seq: 5 });
        table.learn(Instant::ZERO, mac(1), mac(2), stamp);
        assert_eq!(table.learn(Instant::from_secs(1), mac(1), mac(3), None), Learned::Stale);
        assert_eq!(table.learn(Instant::from_secs(2), mac(1), mac(3), None), Learned::Newer);
        assert_eq!(table.learn(Instant::from_secs(2), mac(1), mac(2), stamp), Learned::Newer);
    }

    #[test]
    fn entries_end_and_the_table_is_bounded() {
        let mut table = DownstreamTable::new(2, LIFETIME);
        for i in 0..2 {
            assert_eq!(table.learn(Instant::ZERO, mac(i), mac(9), None), Learned::Newer);
        }
        assert_eq!(table.learn(Instant::ZERO, mac(2), mac(9), None), Learned::Full);
        assert!(table.get(Instant::from_secs(4), mac(0)).is_none());
        assert_eq!(table.learn(Instant::from_secs(4), mac(2), mac(9), None), Learned::Newer);
        assert_eq!(table.list(Instant::from_secs(4)).len(), 1);
    }
}
