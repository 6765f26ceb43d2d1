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
    /// The next sequence number of each rank, and how ranks are ordered; those of [`EVERYTHING`] come first.
    sequence: Vec<u64>,
    places: Vec<u32>,
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
    /// The rank's place above, sequence number below [`RANK_SHIFT`].
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

/// The rank of what concerns nobody in particular: it comes after every other.
pub(crate) const EVERYTHING: u32 = u32::MAX;

impl<T: Event> Queue<T> {
    /// An empty queue for `ranks` ranks in their order, and [`EVERYTHING`], at the start of the run.
    pub(crate) fn new(ranks: usize) -> Self {
        Queue {
            heap: BinaryHeap::new(),
            open: None,
            slots: Vec::new(),
            free: Vec::new(),
            bundles: Vec::new(),
            free_bundles: Vec::new(),
            sequence: vec![0; ranks + 1],
            places: std::iter::once(LAST).chain(0..ranks as u32).collect(),
            now: Instant::ZERO,
        }
    }

    /// More ranks, and an order of all of them: by rank, its place. Those that were there keep the order among themselves.
    pub(crate) fn rearrange(&mut self, places: &[u32]) {
        let known = self.places.len() - 1;
        let mut moved: Vec<u32> = vec![0; known];
        for (before, after) in self.places[1..].iter().zip(places) {
            moved[*before as usize] = *after;
        }
        let place = |order: &mut u64| {
            let place = (*order >> RANK_SHIFT) as u32;
            let place = moved.get(place as usize).copied().unwrap_or(place);
            *order = (u64::from(place) << RANK_SHIFT) | (*order & SEQUENCE);
        };
        let mut entries = std::mem::take(&mut self.heap).into_vec();
        entries.iter_mut().for_each(|Reverse(entry)| place(&mut entry.order));
        self.heap = entries.into();
        self.open.iter_mut().for_each(|entry| place(&mut entry.order));
        let parts = self.bundles.iter_mut().flat_map(|bundle| &mut bundle.parts);
        parts.for_each(|(_, order, _)| place(order));
        self.places.truncate(1);
        self.places.extend(places);
        self.sequence.resize(self.places.len(), 0);
    }

    /// A sequence number of `rank` for an event that is put in later: see [`Queue::push_reserved`].
    pub(crate) fn reserve(&mut self, rank: u32) -> u64 {
        let sequence = &mut self.sequence[index(rank)];
        *sequence += 1;
        *sequence - 1
    }

    /// As [`Queue::push`], where the event would be had it been put in when its number was reserved.
    pub(crate) fn push_reserved(&mut self, at: Instant, rank: u32, number: u64, item: T) -> Result<(), Past> {
        if at < self.now {
            return Err(Past { at, now: self.now, rank });
        }
        let order = (u64::from(self.places[index(rank)]) << RANK_SHIFT) | number;
        self.insert(at, order, item);
        Ok(())
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
        self.insert(at, order, item);
        Ok(())
    }

    #[inline]
    fn insert(&mut self, at: Instant, order: u64, item: T) {
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

    /// The second part of an event's key: its rank's place and that rank's next number.
    #[inline]
    fn order(&mut self, at: Instant, rank: u32) -> Result<u64, Past> {
        if at < self.now {
            return Err(Past { at, now: self.now, rank });
        }
        let index = index(rank);
        let sequence = &mut self.sequence[index];
        let order = (u64::from(self.places[index]) << RANK_SHIFT) | *sequence;
        *sequence += 1;
        Ok(order)
    }
}

/// Where a rank's part of a list is: behind that of [`EVERYTHING`].
#[inline]
fn index(rank: u32) -> usize {
    rank.wrapping_add(1) as usize
}

/// 24 bits of rank leave 40 bits for a rank's own events: 10^12.
const RANK_SHIFT: u32 = 40;
const SEQUENCE: u64 = (1 << RANK_SHIFT) - 1;
/// The place after all ranks.
const LAST: u32 = (1 << (u64::BITS - RANK_SHIFT)) - 1;

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
    fn what_concerns_everything_comes_last_and_a_reserved_event_where_its_number_is() {
        let mut queue = Queue::new(2);
        let at = Instant::from_micros(5);
        queue.push(at, EVERYTHING, 'f').unwrap();
        queue.push(at, 0, 'a').unwrap();
        let number = queue.reserve(0);
        queue.push(at, 0, 'c').unwrap();
        queue.push(at, 1, 'e').unwrap();
        queue.push_reserved(at, 0, number, 'b').unwrap();
        // Somebody joins between the two.
        queue.push_bundle((), [(at, 1, 'g')].into_iter()).unwrap();
        queue.rearrange(&[0, 2, 1]);
        queue.push(at, 2, 'd').unwrap();
        let order: String = std::iter::from_fn(|| queue.pop().map(|(_, item)| item)).collect();
        assert_eq!(order, "abcdegf");
        let past = queue.push_reserved(Instant::from_micros(4), 0, number, 'x').unwrap_err();
        assert_eq!((past.rank, past.at.as_micros()), (0, 4));
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
        /// Ranks that join in any order: what comes out is what would have come out had all been there from the start.
        #[test]
        fn ranks_join_without_a_trace(
            joins in Just([0u32, 1, 2, 3, 4, 5]).prop_shuffle(),
            events in prop::collection::vec((0u64..3, 0usize..6, any::<bool>()), 0..60),
        ) {
            // By rank in one queue: its rank in the other, where all are in order.
            let mut all = Queue::new(6);
            let mut joining: Queue<usize> = Queue::new(0);
            let mut there: Vec<u32> = Vec::new();
            let mut pending = joins.into_iter();
            for (item, (later, who, take)) in events.into_iter().enumerate() {
                if item % 4 == 0 && let Some(rank) = pending.next() {
                    there.push(rank);
                    let place = |rank: &u32| there.iter().filter(|other| *other < rank).count() as u32;
                    let places: Vec<u32> = there.iter().map(place).collect();
                    joining.rearrange(&places);
                }
                let rank = who % there.len();
                let at = Instant::from_micros(all.now().as_micros() + later);
                if who == 5 {
                    let parts = || (0..there.len()).map(|rank| (at, rank, item));
                    all.push_bundle(0, parts().map(|(at, rank, item)| (at, there[rank], item))).unwrap();
                    joining.push_bundle(0, parts().map(|(at, rank, item)| (at, rank as u32, item))).unwrap();
                } else {
                    all.push(at, there[rank], item).unwrap();
                    joining.push(at, rank as u32, item).unwrap();
                }
                if take {
                    prop_assert_eq!(all.pop(), joining.pop());
                }
            }
            while let Some(next) = all.pop() {
                prop_assert_eq!(Some(next), joining.pop());
            }
            prop_assert_eq!(joining.pop(), None);
        }

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
