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
    /// When the stamp was first seen, and the newest one before it.
    since: Instant,
    before: Option<Stamp>,
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
    /// For how long something that was sent earlier may arrive later.
    overtaking: Duration,
    last_swept: Instant,
}

impl DownstreamTable {
    /// At most `capacity` OBUs, each forgotten `lifetime` after its last refreshment. Frames are under way for no longer than
    /// `overtaking`.
    pub fn new(capacity: usize, lifetime: Duration, overtaking: Duration) -> Self {
        DownstreamTable { entries: MacMap::new(capacity), lifetime, overtaking, last_swept: Instant::ZERO }
    }

    /// How many are held, whether they still count or not.
    pub fn held(&self) -> usize {
        self.entries.len()
    }

    /// Something from `obu` came through `via`. Only a strictly newer stamp replaces an entry; the same stamp refreshes
    /// it. An origin whose stamps are older than the entry's, and go on from the one before that, long after it came, has not sent
    /// it: somebody forged that one, and it is forgotten. Something without a stamp (through a legacy node) replaces what has none, and a stamped entry only once that
    /// is half-way to its end, because it can't show that it is the newer one.
    pub fn learn(&mut self, now: Instant, obu: Mac, via: Mac, stamp: Option<Stamp>) -> Learned {
        self.sweep(now);
        let entry = DownstreamEntry { via, stamp, refreshed: now, since: now, before: None };
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
            (Some(new), Some(old)) => new.newer_than(old) || known.is_contradicted(new, now, self.overtaking),
            (None, Some(_)) => age > self.lifetime / 2,
            (_, None) => true,
        };
        if !newer {
            return Learned::Stale;
        }
        let newer = matches!((stamp, known.stamp), (Some(new), Some(old)) if new.newer_than(old));
        *known = DownstreamEntry { before: if newer { known.stamp } else { known.before }, ..entry };
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

impl DownstreamEntry {
    /// Whether a stamp that is older than this one's says that this one is forged.
    fn is_contradicted(&self, stamp: Stamp, now: Instant, overtaking: Duration) -> bool {
        let goes_on = self.before.is_none_or(|before| stamp.newer_than(before));
        goes_on && now.since(self.since) > overtaking
    }
}

/// How often a full table is searched for what has ended.
const SWEEP: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    const LIFETIME: Duration = Duration::from_secs(3);
    const OVERTAKING: Duration = Duration::from_millis(100);

    fn mac(i: u64) -> Mac {
        Mac::local(2, i)
    }

    #[test]
    fn only_newer_stamps_replace() {
        let mut table = DownstreamTable::new(8, LIFETIME, OVERTAKING);
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
    fn a_forged_stamp_is_forgotten_when_its_origin_goes_on() {
        let at = Instant::from_millis;
        let stamp = |boot, seq| Some(Stamp { boot, seq });
        for forged in [stamp(u32::MAX, u32::MAX), stamp(1, 1000), stamp(2, 1)] {
            let mut table = DownstreamTable::new(8, LIFETIME, OVERTAKING);
            let mut learn = |at, via, stamp| table.learn(at, mac(1), mac(via), stamp);
            learn(at(0), 2, stamp(1, 5));
            assert_eq!(learn(at(500), 9, forged), Learned::Newer);
            assert_eq!(learn(at(600), 2, stamp(1, 6)), Learned::Stale, "it may have been overtaken");
            assert_eq!(learn(at(601), 2, stamp(1, 5)), Learned::Stale, "a repeat proves nothing");
            assert_eq!(learn(at(601), 2, stamp(1, 7)), Learned::Newer);
            assert_eq!(learn(at(602), 3, stamp(1, 8)), Learned::Newer);
            assert_eq!(learn(at(900), 2, stamp(1, 7)), Learned::Stale);
            // The forged one as the first word of an OBU.
            let mut table = DownstreamTable::new(8, LIFETIME, OVERTAKING);
            table.learn(at(0), mac(1), mac(9), forged);
            assert_eq!(table.learn(at(50), mac(1), mac(2), stamp(1, 6)), Learned::Stale);
            assert_eq!(table.learn(at(101), mac(1), mac(2), stamp(1, 7)), Learned::Newer);
            assert_eq!(table.get(at(101), mac(1)).map(|entry| entry.via), Some(mac(2)));
        }
    }

    #[test]
    fn what_has_no_stamp_waits_for_what_has_one_to_age() {
        let mut table = DownstreamTable::new(8, LIFETIME, OVERTAKING);
        let stamp = Some(Stamp { boot: 1, seq: 5 });
        table.learn(Instant::ZERO, mac(1), mac(2), stamp);
        assert_eq!(table.learn(Instant::from_secs(1), mac(1), mac(3), None), Learned::Stale);
        assert_eq!(table.learn(Instant::from_secs(2), mac(1), mac(3), None), Learned::Newer);
        assert_eq!(table.learn(Instant::from_secs(2), mac(1), mac(2), stamp), Learned::Newer);
    }

    #[test]
    fn entries_end_and_the_table_is_bounded() {
        let mut table = DownstreamTable::new(2, LIFETIME, OVERTAKING);
        for i in 0..2 {
            assert_eq!(table.learn(Instant::ZERO, mac(i), mac(9), None), Learned::Newer);
        }
        assert_eq!(table.learn(Instant::ZERO, mac(2), mac(9), None), Learned::Full);
        assert!(table.get(Instant::from_secs(4), mac(0)).is_none());
        assert_eq!(table.learn(Instant::from_secs(4), mac(2), mac(9), None), Learned::Newer);
        assert_eq!(table.list(Instant::from_secs(4)).len(), 1);
    }
}
