//! [`MacMap`]: a bounded table keyed by MAC address, fast to look up and deterministic to walk.

use crate::addr::Mac;

/// A bounded table from MAC addresses to `V`.
///
/// Entries stand in one vector in the order of their insertion (removal moves the last one into the gap), so a walk
/// depends on nothing but the history of calls. The index in front of it is open addressing with linear probing; it is
/// rebuilt when it grows or when something is removed, which is rare next to looking up.
#[derive(Clone, Debug)]
pub struct MacMap<V> {
    entries: Vec<(Mac, V)>,
    /// Positions in `entries` plus one; 0 is free. Its length is a power of two, at least twice the entries.
    index: Vec<u32>,
    capacity: usize,
}

impl<V> MacMap<V> {
    /// An empty table that never holds more than `capacity` entries.
    pub fn new(capacity: usize) -> Self {
        MacMap { entries: Vec::new(), index: Vec::new(), capacity }
    }

    /// Entries held.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if nothing is held.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// True if nothing more can be inserted.
    pub fn is_full(&self) -> bool {
        self.entries.len() >= self.capacity
    }

    /// The value for `mac`.
    #[inline]
    pub fn get(&self, mac: Mac) -> Option<&V> {
        self.position(mac).map(|at| &self.entries[at].1)
    }

    /// The value for `mac`, to change.
    #[inline]
    pub fn get_mut(&mut self, mac: Mac) -> Option<&mut V> {
        self.position(mac).map(|at| &mut self.entries[at].1)
    }

    /// The value for `mac`, made by `value` if there is none; `None` if there is none and the table is full.
    pub fn get_or_insert_with(&mut self, mac: Mac, value: impl FnOnce() -> V) -> Option<&mut V> {
        let at = match self.position(mac) {
            Some(at) => at,
            None if self.is_full() => return None,
            None => {
                self.entries.push((mac, value()));
                if self.entries.len() * 2 > self.index.len() {
                    self.rebuild();
                } else {
                    self.link(self.entries.len() - 1);
                }
                self.entries.len() - 1
            }
        };
        Some(&mut self.entries[at].1)
    }

    /// All entries, in the table's order.
    pub fn iter(&self) -> impl Iterator<Item = (Mac, &V)> {
        self.entries.iter().map(|(mac, value)| (*mac, value))
    }

    /// The entry at `position` of the table's order, for walks that rotate.
    pub fn at(&self, position: usize) -> Option<(Mac, &V)> {
        self.entries.get(position).map(|(mac, value)| (*mac, value))
    }

    /// Keeps the entries for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(Mac, &mut V) -> bool) {
        let before = self.entries.len();
        self.entries.retain_mut(|(mac, value)| keep(*mac, value));
        if self.entries.len() != before {
            self.rebuild();
        }
    }

    /// Removes the entry for `mac`.
    pub fn remove(&mut self, mac: Mac) -> Option<V> {
        let at = self.position(mac)?;
        let (_, value) = self.entries.swap_remove(at);
        self.rebuild();
        Some(value)
    }

    #[inline]
    fn position(&self, mac: Mac) -> Option<usize> {
        if self.index.is_empty() {
            return None;
        }
        let mask = self.index.len() - 1;
        let mut slot = hash(mac) & mask;
        loop {
            let at = (self.index[slot] as usize).checked_sub(1)?;
            if self.entries[at].0 == mac {
                return Some(at);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn rebuild(&mut self) {
        let slots = (self.entries.len() * 2).next_power_of_two().max(8);
        self.index.clear();
        self.index.resize(slots, 0);
        for at in 0..self.entries.len() {
            self.link(at);
        }
    }

    fn link(&mut self, at: usize) {
        let mask = self.index.len() - 1;
        let mut slot = hash(self.entries[at].0) & mask;
        while self.index[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        self.index[slot] = at as u32 + 1;
    }
}

/// Fibonacci hashing (Knuth, TAOCP 6.4): the high bits of the product are well mixed.
#[inline]
fn hash(mac: Mac) -> usize {
    (mac.to_u64().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn behaves_like_an_ordered_map(calls in proptest::collection::vec((0u8..4, 0u64..40, any::<u32>()), 0..300)) {
            let mut ours = MacMap::new(24);
            let mut model = BTreeMap::new();
            for (call, key, value) in calls {
                let mac = Mac::local(2, key * 0x0001_0001);
                match call {
                    0 | 1 => {
                        let full = model.len() >= 24 && !model.contains_key(&mac);
                        let got = ours.get_or_insert_with(mac, || value).copied();
                        prop_assert_eq!(got, (!full).then(|| *model.entry(mac).or_insert(value)));
                    }
                    2 => prop_assert_eq!(ours.remove(mac), model.remove(&mac)),
                    _ => {
                        ours.retain(|_, v| *v % 7 != value % 7);
                        model.retain(|_, v| *v % 7 != value % 7);
                    }
                }
                prop_assert_eq!(ours.len(), model.len());
                for key in 0..40 {
                    let mac = Mac::local(2, key * 0x0001_0001);
                    prop_assert_eq!(ours.get(mac), model.get(&mac));
                }
            }
        }
    }
}
