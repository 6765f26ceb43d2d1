//! What happens next: a queue in a total order.

use node_lib::time::Instant;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Events ordered by (time, rank of the node they concern, sequence number of that node).
///
/// Each rank numbers its own events, so that nodes which don't interact don't disturb each other's order. Time never
/// goes back. In a steady state nothing is allocated: the heap holds 24-byte keys, what happens lies in slots that are
/// used again.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    heap: BinaryHeap<Reverse<Entry>>,
    slots: Vec<Option<T>>,
    free: Vec<u32>,
    /// The next sequence number of each rank.
    sequence: Vec<u64>,
    now: Instant,
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
    slot: u32,
}

impl<T> Queue<T> {
    /// An empty queue for `ranks` ranks, at the start of the run.
    pub(crate) fn new(ranks: usize) -> Self {
        Queue {
            heap: BinaryHeap::new(),
            slots: Vec::new(),
            free: Vec::new(),
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
        self.heap.peek().map(|entry| entry.0.at)
    }

    /// Puts in an event that concerns `rank`. An event of the present comes after those of its rank already there.
    #[inline]
    pub(crate) fn push(&mut self, at: Instant, rank: u32, item: T) -> Result<(), Past> {
        if at < self.now {
            return Err(Past { at, now: self.now, rank });
        }
        let sequence = &mut self.sequence[rank as usize];
        let order = (u64::from(rank) << RANK_SHIFT) | *sequence;
        *sequence += 1;
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
        self.heap.push(Reverse(Entry { at, order, slot }));
        Ok(())
    }

    /// Takes out the next event, and moves the present to it.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(Instant, T)> {
        let Reverse(entry) = self.heap.pop()?;
        debug_assert!(entry.at >= self.now, "time goes back from {} to {}", self.now, entry.at);
        self.now = entry.at;
        self.free.push(entry.slot);
        let item = self.slots[entry.slot as usize].take()?;
        Some((entry.at, item))
    }

    /// Moves the present forward to `at`; not beyond the next event.
    pub(crate) fn advance(&mut self, at: Instant) {
        let limit = self.next_at().map_or(at, |next| next.min(at));
        self.now = self.now.max(limit);
    }
}

/// 24 bits of rank leave 40 bits for a rank's own events: 10^12.
const RANK_SHIFT: u32 = 40;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        queue.push(Instant::from_micros(7), 0, ()).unwrap();
        queue.pop();
        let past = Past { at: Instant::from_micros(6), now: Instant::from_micros(7), rank: 0 };
        assert_eq!(queue.push(Instant::from_micros(6), 0, ()), Err(past));
        assert_eq!(queue.push(Instant::from_micros(7), 0, ()), Ok(()));
    }

    #[test]
    fn the_present_does_not_pass_an_event() {
        let mut queue = Queue::new(1);
        queue.push(Instant::from_micros(7), 0, ()).unwrap();
        queue.advance(Instant::from_micros(5));
        assert_eq!(queue.now(), Instant::from_micros(5));
        queue.advance(Instant::from_micros(9));
        assert_eq!(queue.now(), Instant::from_micros(7));
    }

    proptest! {
        /// Whatever is put in and taken out, and however it is interleaved: it comes out as a stable sort by
        /// (time, rank) would have it, and slots are used again.
        #[test]
        fn it_is_a_stable_sort(batches in prop::collection::vec(prop::collection::vec((0u64..50, 0u32..4), 0..20), 1..10)) {
            let mut queue = Queue::new(4);
            let mut model: Vec<(Instant, u32, usize)> = Vec::new();
            let mut count = 0;
            let mut most = 0;
            for batch in batches {
                for (later, rank) in batch {
                    let at = Instant::from_micros(queue.now().as_micros() + later);
                    queue.push(at, rank, count).unwrap();
                    model.push((at, rank, count));
                    count += 1;
                }
                most = most.max(model.len());
                model.sort();
                for (at, _, item) in model.drain(..model.len() / 2) {
                    prop_assert_eq!(queue.next_at(), Some(at));
                    prop_assert_eq!(queue.pop(), Some((at, item)));
                }
            }
            prop_assert!(queue.slots.len() <= most);
        }
    }
}
