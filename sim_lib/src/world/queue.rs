//! What happens next: a queue in a total order.

use node_lib::time::Instant;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::Debug;

/// Events ordered by (time, rank of the node they concern, sequence number of that node).
///
/// Each rank numbers its own events, so that nodes which don't interact don't disturb each other's order. Time never
/// goes back. In a steady state nothing is allocated: the heap holds 24-byte keys, what happens lies in slots that are
/// used again.
///
/// What happens to many ranks at nearly the same time, as a broadcast does, is put in as one bundle. It has one key in
/// the heap at a time, that of the part which comes next, and none while its next part is the next of all.
#[derive(Debug)]
pub(crate) struct Queue<T: Event> {
    heap: BinaryHeap<Reverse<Entry>>,
    /// The next part of the bundle that the last event was part of; it is not in the heap.
    open: Option<Entry>,
    slots: Vec<Option<T>>,
    free: Vec<u32>,
    bundles: Vec<Bundle<T>>,
    free_bundles: Vec<u32>,
    /// The next sequence number of each rank.
    sequence: Vec<u64>,
    now: Instant,
}

/// What happens to a rank.
pub(crate) trait Event {
    /// What a bundle's events have in common.
    type Common: Debug;
    /// What differs from one to the next.
    type Part: Copy + Debug;

    /// One event of a bundle.
    fn one_of(common: &Self::Common, part: Self::Part) -> Self;
}

/// An event was to happen before the present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Past {
    /// When it was to happen.
    pub(crate) at: Instant,
    /// The present.
    pub(crate) now: Instant,
    /// The rank it concerns.
    pub(crate) rank: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: Instant,
    /// Rank above, sequence number below [`RANK_SHIFT`].
    order: u64,
    slot: Slot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    One(u32),
    Bundle(u32),
}

/// An event for several ranks.
#[derive(Debug)]
struct Bundle<T: Event> {
    common: Option<T::Common>,
    /// Time, order and difference of those to come, the last one first.
    parts: Vec<(Instant, u64, T::Part)>,
}

impl<T: Event> Queue<T> {
    /// An empty queue for `ranks` ranks, at the start of the run.
    pub(crate) fn new(ranks: usize) -> Self {
        Queue {
            heap: BinaryHeap::new(),
            open: None,
            slots: Vec::new(),
            free: Vec::new(),
            bundles: Vec::new(),
            free_bundles: Vec::new(),
            sequence: vec![0; ranks],
            now: Instant::ZERO,
        }
    }

    /// The time of the last event that was taken out.
    #[inline]
    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// When the next event happens.
    #[inline]
    pub(crate) fn next_at(&self) -> Option<Instant> {
        let waiting = self.heap.peek().map(|entry| entry.0.at);
        match &self.open {
            Some(open) => Some(waiting.map_or(open.at, |at| at.min(open.at))),
            None => waiting,
        }
    }

    /// Puts in an event that concerns `rank`. An event of the present comes after those of its rank already there.
    #[inline]
    pub(crate) fn push(&mut self, at: Instant, rank: u32, item: T) -> Result<(), Past> {
        let order = self.order(at, rank)?;
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some(item);
                slot
            }
            None => {
                self.slots.push(Some(item));
                (self.slots.len() - 1) as u32
            }
        };
        self.heap.push(Reverse(Entry { at, order, slot: Slot::One(slot) }));
        Ok(())
    }

    /// Puts in one event for several ranks, as if it were one for each, in the order of `parts`.
    pub(crate) fn push_bundle(
        &mut self,
        common: T::Common,
        parts: impl Iterator<Item = (Instant, u32, T::Part)>,
    ) -> Result<(), Past> {
        let slot = self.free_bundles.last().copied().unwrap_or_else(|| {
            self.bundles.push(Bundle { common: None, parts: Vec::new() });
            let slot = (self.bundles.len() - 1) as u32;
            self.free_bundles.push(slot);
            slot
        });
        let mut list = std::mem::take(&mut self.bundles[slot as usize].parts);
        for (at, rank, part) in parts {
            list.push((at, self.order(at, rank)?, part));
        }
        list.sort_unstable_by_key(|(at, order, _)| Reverse((*at, *order)));
        let first = list.last().map(|&(at, order, _)| Entry { at, order, slot: Slot::Bundle(slot) });
        let common = first.is_some().then_some(common);
        self.bundles[slot as usize] = Bundle { common, parts: list };
        if let Some(entry) = first {
            // Only now is the slot taken: neither an empty bundle nor a refused one keeps it.
            self.free_bundles.pop();
            self.heap.push(Reverse(entry));
        }
        Ok(())
    }

    /// What is to happen, in no particular order; bundles apart.
    pub(crate) fn items(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten()
    }

    /// What the events of each bundle have in common.
    pub(crate) fn commons(&self) -> impl Iterator<Item = &T::Common> {
        self.bundles.iter().filter_map(|bundle| bundle.common.as_ref())
    }

    /// Takes out the next event, and moves the present to it.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(Instant, T)> {
        let entry = self.next_entry()?;
        debug_assert!(entry.at >= self.now, "time goes back from {} to {}", self.now, entry.at);
        self.now = entry.at;
        let item = match entry.slot {
            Slot::One(slot) => {
                self.free.push(slot);
                self.slots[slot as usize].take()?
            }
            Slot::Bundle(slot) => {
                let bundle = &mut self.bundles[slot as usize];
                let (_, _, part) = bundle.parts.pop()?;
                let item = T::one_of(bundle.common.as_ref()?, part);
                match bundle.parts.last() {
                    Some(&(at, order, _)) => self.open = Some(Entry { at, order, slot: entry.slot }),
                    None => {
                        bundle.common = None;
                        self.free_bundles.push(slot);
                    }
                }
                item
            }
        };
        Some((entry.at, item))
    }

    /// Moves the present forward to `at`; not beyond the next event.
    pub(crate) fn advance(&mut self, at: Instant) {
        let limit = self.next_at().map_or(at, |next| next.min(at));
        self.now = self.now.max(limit);
    }

    /// The key of the next event; a bundle that has to wait goes back into the heap.
    #[inline]
    fn next_entry(&mut self) -> Option<Entry> {
        let Some(open) = self.open.take() else { return self.heap.pop().map(|Reverse(entry)| entry) };
        match self.heap.peek_mut() {
            Some(mut top) if top.0 < open => Some(std::mem::replace(&mut *top, Reverse(open)).0),
            _ => Some(open),
        }
    }

    /// The second part of an event's key: its rank and that rank's next number.
    #[inline]
    fn order(&mut self, at: Instant, rank: u32) -> Result<u64, Past> {
        if at < self.now {
            return Err(Past { at, now: self.now, rank });
        }
        let sequence = &mut self.sequence[rank as usize];
        let order = (u64::from(rank) << RANK_SHIFT) | *sequence;
        *sequence += 1;
        Ok(order)
    }
}

/// 24 bits of rank leave 40 bits for a rank's own events: 10^12.
const RANK_SHIFT: u32 = 40;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    impl Event for char {
        type Common = ();
        type Part = char;

        fn one_of((): &(), part: char) -> char {
            part
        }
    }

    impl Event for usize {
        type Common = usize;
        type Part = usize;

        fn one_of(first: &usize, part: usize) -> usize {
            first + part
        }
    }

    #[test]
    fn ties_go_by_rank_and_then_by_the_order_of_insertion() {
        let mut queue = Queue::new(3);
        for (at, rank, item) in [(5, 2, 'e'), (5, 0, 'a'), (5, 1, 'c'), (5, 0, 'b'), (4, 2, '0'), (5, 1, 'd')]
        {
            queue.push(Instant::from_micros(at), rank, item).unwrap();
        }
        let order: String = std::iter::from_fn(|| queue.pop().map(|(_, item)| item)).collect();
        assert_eq!(order, "0abcde");
    }

    #[test]
    fn the_past_is_refused() {
        let mut queue = Queue::new(1);
        queue.push(Instant::from_micros(7), 0, 'a').unwrap();
        queue.pop();
        let past = Past { at: Instant::from_micros(6), now: Instant::from_micros(7), rank: 0 };
        assert_eq!(queue.push(Instant::from_micros(6), 0, 'b'), Err(past));
        assert_eq!(queue.push_bundle((), [(Instant::from_micros(6), 0, 'c')].into_iter()), Err(past));
        assert_eq!(queue.push(Instant::from_micros(7), 0, 'd'), Ok(()));
        assert_eq!(queue.free_bundles.len(), queue.bundles.len(), "a refused bundle keeps no slot");
    }

    #[test]
    fn the_present_does_not_pass_an_event() {
        let mut queue = Queue::new(1);
        queue.push(Instant::from_micros(7), 0, 'a').unwrap();
        queue.advance(Instant::from_micros(5));
        assert_eq!(queue.now(), Instant::from_micros(5));
        queue.advance(Instant::from_micros(9));
        assert_eq!(queue.now(), Instant::from_micros(7));
    }

    proptest! {
        /// Whatever is put in, one by one or bundled, and taken out, and however it is interleaved: it comes out as a
        /// stable sort by (time, rank) would have it, and slots are used again: there is one for each event or bundle
        /// that waits, and at most one bundle's to spare.
        #[test]
        fn it_is_a_stable_sort(
            batches in prop::collection::vec(
                (prop::collection::vec((0u64..50, 0u32..4), 0..20), any::<bool>()),
                1..10,
            ),
        ) {
            let mut queue = Queue::new(4);
            let mut model: Vec<(Instant, u32, usize)> = Vec::new();
            let mut count = 0;
            let mut most = 0;
            for (batch, bundled) in batches {
                let first = count;
                let mut bundle = Vec::new();
                for (later, rank) in batch {
                    let at = Instant::from_micros(queue.now().as_micros() + later);
                    if bundled {
                        bundle.push((at, rank, count - first));
                    } else {
                        queue.push(at, rank, count).unwrap();
                    }
                    model.push((at, rank, count));
                    count += 1;
                }
                queue.push_bundle(first, bundle.into_iter()).unwrap();
                most = most.max(model.len());
                model.sort();
                for (at, _, item) in model.drain(..model.len() / 2) {
                    prop_assert_eq!(queue.next_at(), Some(at));
                    prop_assert_eq!(queue.pop(), Some((at, item)));
                }
            }
            prop_assert!(queue.slots.len() <= most && queue.bundles.len() <= most + 1);
        }
    }
}
