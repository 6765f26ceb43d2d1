//! Repeats at the exit: which numbers of an origin were delivered already.

use crate::addr::Mac;
use crate::mac_map::MacMap;
use crate::messages::Stamp;
use crate::time::Instant;
use std::time::Duration;

/// What the window says of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Not seen before; it is now.
    New,
    /// Seen before.
    Repeat,
    /// Too old to tell.
    Outside,
}

/// Windows of 1024 numbers, one an origin, bounded in number: where there are too many, the origin silent for longest
/// is forgotten.
#[derive(Clone, Debug)]
pub struct Repeats {
    windows: MacMap<Window>,
}

impl Repeats {
    /// Windows for at most `origins` origins.
    pub fn new(origins: usize) -> Self {
        Repeats { windows: MacMap::new(origins.max(1)) }
    }

    /// Notes that a frame of `origin` with this stamp arrived.
    pub fn note(&mut self, origin: Mac, stamp: Stamp, now: Instant) -> Seen {
        if self.windows.is_full() && self.windows.get(origin).is_none() {
            let oldest = self.windows.iter().min_by_key(|(_, window)| window.used).map(|(mac, _)| mac);
            if let Some(oldest) = oldest {
                self.windows.remove(oldest);
            }
        }
        let Some(window) = self.windows.get_or_insert_with(origin, || Window::new(stamp, now)) else {
            return Seen::New;
        };
        // Where nothing was new for so long, the window is not what the origin sends any more.
        if now.since(window.used) > OUTLIVED {
            *window = Window::new(stamp, now);
        }
        let seen = window.note(stamp);
        if seen == Seen::New {
            window.used = now;
        }
        seen
    }
}

/// Runs of numbers, as trains have them.
impl Repeats {
    /// Whether none of `count` numbers of `origin`, from `first` on, was seen, and none is too old to tell.
    pub fn is_new(&self, origin: Mac, first: Stamp, count: usize, now: Instant) -> bool {
        let Some(window) = self.windows.get(origin) else { return true };
        now.since(window.used) > OUTLIVED
            || (0..count).all(|index| window.look(first.later(index)) == Seen::New)
    }
}

#[derive(Clone, Debug)]
struct Window {
    boot: u32,
    /// The newest number seen.
    newest: u32,
    bits: [u64; WORDS],
    /// When something was last new.
    used: Instant,
}

impl Window {
    fn new(stamp: Stamp, now: Instant) -> Self {
        Window { boot: stamp.boot, newest: stamp.seq, bits: [0; WORDS], used: now }
    }

    fn note(&mut self, stamp: Stamp) -> Seen {
        let seen = self.look(stamp);
        if seen != Seen::New {
            return seen;
        }
        if stamp.boot != self.boot {
            *self = Window::new(stamp, self.used);
        }
        if self.is_ahead(stamp.seq) {
            self.advance(stamp.seq.wrapping_sub(self.newest));
            self.newest = stamp.seq;
        }
        let (word, bit) = place(stamp.seq);
        self.bits[word] |= bit;
        Seen::New
    }

    /// What [`Window::note`] would say.
    fn look(&self, stamp: Stamp) -> Seen {
        if stamp.boot < self.boot {
            return Seen::Outside;
        }
        if stamp.boot > self.boot || self.is_ahead(stamp.seq) {
            return Seen::New;
        }
        if self.newest.wrapping_sub(stamp.seq) >= SIZE {
            return Seen::Outside;
        }
        let (word, bit) = place(stamp.seq);
        if self.bits[word] & bit == 0 { Seen::New } else { Seen::Repeat }
    }

    fn is_ahead(&self, seq: u32) -> bool {
        let ahead = seq.wrapping_sub(self.newest);
        ahead != 0 && ahead < 1 << 31
    }

    /// Frees the places of the numbers that come into the window.
    fn advance(&mut self, by: u32) {
        if by >= SIZE {
            self.bits = [0; WORDS];
            return;
        }
        for step in 1..=by {
            let (word, bit) = place(self.newest.wrapping_add(step));
            self.bits[word] &= !bit;
        }
    }
}

fn place(seq: u32) -> (usize, u64) {
    ((seq % SIZE / 64) as usize, 1 << (seq % 64))
}

/// How long a window counts in which nothing is new.
const OUTLIVED: Duration = Duration::from_secs(10);
/// Numbers in a window.
const SIZE: u32 = 1024;
const WORDS: usize = SIZE as usize / 64;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn every_number_is_new_once(start in any::<u32>(), steps in proptest::collection::vec(-1100i64..1100, 1..400)) {
            let origin = Mac::local(2, 1);
            let mut repeats = Repeats::new(1);
            let (mut newest, mut seen) = (start, BTreeSet::new());
            repeats.note(origin, Stamp { boot: 1, seq: start }, Instant::ZERO);
            seen.insert(start);
            for step in steps {
                let seq = newest.wrapping_add(step as u32);
                let expected = if step <= -1024 { Seen::Outside }
                    else if seen.insert(seq) { Seen::New }
                    else { Seen::Repeat };
                prop_assert_eq!(repeats.note(origin, Stamp { boot: 1, seq }, Instant::ZERO), expected);
                if step > 0 {
                    newest = seq;
                }
            }
        }
    }

    proptest! {
        /// A run is new if and only if each of its numbers would be.
        #[test]
        fn a_run_is_new_where_all_of_it_is(
            start in any::<u32>(),
            runs in proptest::collection::vec((-1100i64..1100, 1usize..60, 0u64..13_000, 1u32..3), 1..60),
        ) {
            let origin = Mac::local(2, 1);
            let (mut repeats, mut now) = (Repeats::new(1), Instant::ZERO);
            for (step, count, millis, boot) in runs {
                now += Duration::from_millis(millis);
                let first = Stamp { boot, seq: start.wrapping_add(step as u32) };
                let is_new = repeats.is_new(origin, first, count, now);
                let seen: Vec<Seen> = (0..count).map(|at| repeats.note(origin, first.later(at), now)).collect();
                prop_assert_eq!(is_new, seen.iter().all(|seen| *seen == Seen::New), "{:?}", seen);
            }
        }
    }

    #[test]
    fn a_run_is_looked_at_and_not_noted() {
        let (origin, mut repeats) = (Mac::local(2, 1), Repeats::new(4));
        let at = |seq| Stamp { boot: 1, seq };
        assert!(repeats.is_new(origin, at(10), 5, Instant::ZERO), "an origin never heard of");
        assert!(repeats.is_new(origin, at(10), 5, Instant::ZERO));
        assert_eq!(repeats.note(origin, at(12), Instant::ZERO), Seen::New);
        assert!(!repeats.is_new(origin, at(10), 5, Instant::ZERO), "its third number was seen");
        assert!(repeats.is_new(origin, at(10), 2, Instant::ZERO));
        assert!(repeats.is_new(origin, at(13), 5, Instant::ZERO));
        assert!(!repeats.is_new(origin, at(12u32.wrapping_sub(SIZE)), 1, Instant::ZERO), "too old to tell");
        assert!(repeats.is_new(Mac::local(2, 2), at(10), 5, Instant::ZERO), "another origin's numbers");
        assert!(
            repeats.is_new(origin, Stamp { boot: 2, seq: 10 }, 5, Instant::ZERO),
            "another life's numbers"
        );
    }

    #[test]
    fn a_new_boot_starts_over_and_an_old_one_is_outside() {
        let (origin, mut repeats) = (Mac::local(2, 1), Repeats::new(4));
        assert_eq!(repeats.note(origin, Stamp { boot: 1, seq: 5 }, Instant::ZERO), Seen::New);
        assert_eq!(repeats.note(origin, Stamp { boot: 1, seq: 5 }, Instant::ZERO), Seen::Repeat);
        assert_eq!(repeats.note(origin, Stamp { boot: 2, seq: 5 }, Instant::ZERO), Seen::New);
        assert_eq!(repeats.note(origin, Stamp { boot: 1, seq: 6 }, Instant::ZERO), Seen::Outside);
    }

    #[test]
    fn origins_are_bounded() {
        let mut repeats = Repeats::new(3);
        for i in 0..10 {
            let seen = repeats.note(Mac::local(2, i), Stamp { boot: 1, seq: 1 }, Instant::from_micros(i));
            assert_eq!(seen, Seen::New);
        }
        assert_eq!(repeats.windows.len(), 3);
    }
}
