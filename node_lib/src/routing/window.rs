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
/// is forgotten. Where an origin's numbers jump, the window before the jump is kept beside: if they go on there after all, the
/// jump was somebody else's.
#[derive(Clone, Debug)]
pub struct Repeats {
    windows: MacMap<Windows>,
}

impl Repeats {
    /// Windows for at most `origins` origins.
    pub fn new(origins: usize) -> Self {
        Repeats { windows: MacMap::new(origins.max(1)) }
    }

    /// How many are held, whether they still count or not.
    pub fn held(&self) -> usize {
        self.windows.len()
    }

    /// Notes that a frame of `origin` with this stamp arrived.
    pub fn note(&mut self, origin: Mac, stamp: Stamp, now: Instant) -> Seen {
        if self.windows.is_full() && self.windows.get(origin).is_none() {
            let oldest =
                self.windows.iter().min_by_key(|(_, windows)| windows.newer.used).map(|(mac, _)| mac);
            if let Some(oldest) = oldest {
                self.windows.remove(oldest);
            }
        }
        let Some(windows) = self.windows.get_or_insert_with(origin, || Windows::new(stamp, now)) else {
            return Seen::New;
        };
        windows.note(stamp, now)
    }
}

/// Runs of numbers, as trains have them.
impl Repeats {
    /// Whether none of `count` numbers of `origin`, from `first` on, was seen, and none is too old to tell.
    pub fn is_new(&self, origin: Mac, first: Stamp, count: usize, now: Instant) -> bool {
        let Some(windows) = self.windows.get(origin) else { return true };
        (0..count).all(|index| windows.look(first.later(index), now) == Seen::New)
    }
}

/// What is known of one origin's numbers. Each belongs to one of the two windows, so that none is new to both.
#[derive(Clone, Debug)]
struct Windows {
    newer: Window,
    /// The one before the last jump; once made, its memory stays.
    older: Option<Box<Window>>,
}

/// Where a number belongs.
enum Fit {
    Newer,
    Older,
    /// It is ahead of all that is known: a new life, or numbers that went another way.
    Jump,
    /// Nothing of what is known still counts.
    Fresh,
    Nowhere,
}

impl Windows {
    fn new(stamp: Stamp, now: Instant) -> Self {
        Windows { newer: Window::new(stamp, None, now), older: None }
    }

    fn note(&mut self, stamp: Stamp, now: Instant) -> Seen {
        let window = match self.fit(stamp, now) {
            Fit::Nowhere => return Seen::Outside,
            Fit::Newer => &mut self.newer,
            Fit::Older => match &mut self.older {
                Some(older) => older.as_mut(),
                None => return Seen::Outside,
            },
            Fit::Fresh => {
                self.newer = Window::new(stamp, None, now);
                &mut self.newer
            }
            Fit::Jump => {
                // Where only the older one still counts, it is that one's numbers that jump.
                if let Some(older) = self.older.as_mut().filter(|_| !self.newer.lives(now)) {
                    std::mem::swap(&mut self.newer, older);
                }
                let next = Window::new(stamp, self.newer.floor_above(stamp), now);
                let past = std::mem::replace(&mut self.newer, next);
                match &mut self.older {
                    Some(older) => **older = past,
                    None => self.older = Some(Box::new(past)),
                }
                &mut self.newer
            }
        };
        let seen = window.note(stamp);
        if seen == Seen::New {
            window.used = now;
        }
        seen
    }

    /// What [`Windows::note`] would say.
    fn look(&self, stamp: Stamp, now: Instant) -> Seen {
        match (self.fit(stamp, now), &self.older) {
            (Fit::Newer, _) => self.newer.look(stamp),
            (Fit::Older, Some(older)) => older.look(stamp),
            (Fit::Jump | Fit::Fresh, _) => Seen::New,
            (Fit::Older | Fit::Nowhere, _) => Seen::Outside,
        }
    }

    fn fit(&self, stamp: Stamp, now: Instant) -> Fit {
        let older = self.older.as_deref().filter(|window| window.lives(now));
        let newer = Some(&self.newer).filter(|window| window.lives(now));
        let Some(newest) = newer.or(older) else { return Fit::Fresh };
        if let Some(newer) = newer.filter(|window| window.owns(stamp)) {
            return match newer.holds(stamp) {
                true => Fit::Newer,
                false if stamp.newer_than(newer.newest()) => Fit::Jump,
                false => Fit::Nowhere,
            };
        }
        match older {
            Some(older) if older.owns(stamp) && older.holds(stamp) => Fit::Older,
            _ if stamp.newer_than(newest.newest()) => Fit::Jump,
            _ => Fit::Nowhere,
        }
    }
}

#[derive(Clone, Debug)]
struct Window {
    boot: u32,
    /// The newest number seen.
    newest: u32,
    /// The first number that is this window's and not the one's before it.
    floor: Option<u32>,
    bits: [u64; WORDS],
    /// When something was last new.
    used: Instant,
}

impl Window {
    fn new(stamp: Stamp, floor: Option<u32>, now: Instant) -> Self {
        Window { boot: stamp.boot, newest: stamp.seq, floor, bits: [0; WORDS], used: now }
    }

    /// Where nothing was new for so long, a window is not what the origin sends any more.
    fn lives(&self, now: Instant) -> bool {
        now.since(self.used) <= OUTLIVED
    }

    /// The floor of a window that begins with a jump from this one: above all that this one has seen, and not further below the
    /// jump than a window reaches. Another life shares no number with this one.
    fn floor_above(&self, jump: Stamp) -> Option<u32> {
        let reach = jump.seq.wrapping_sub(self.newest).min(SIZE);
        (jump.boot == self.boot).then(|| jump.seq.wrapping_sub(reach - 1))
    }

    /// Whether a number is this window's, and not that of the one before it.
    fn owns(&self, stamp: Stamp) -> bool {
        stamp.boot == self.boot && self.floor.is_none_or(|floor| stamp.seq.wrapping_sub(floor) < 1 << 31)
    }

    fn newest(&self) -> Stamp {
        Stamp { boot: self.boot, seq: self.newest }
    }

    /// Whether one of its own numbers is within the window, or so little ahead that it moves it.
    fn holds(&self, stamp: Stamp) -> bool {
        let ahead = stamp.seq.wrapping_sub(self.newest);
        ahead < SIZE || ahead.wrapping_neg() < SIZE
    }

    /// Notes a number that it holds.
    fn note(&mut self, stamp: Stamp) -> Seen {
        let seen = self.look(stamp);
        if seen != Seen::New {
            return seen;
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
        if self.is_ahead(stamp.seq) {
            return Seen::New;
        }
        let (word, bit) = place(stamp.seq);
        if self.bits[word] & bit == 0 { Seen::New } else { Seen::Repeat }
    }

    fn is_ahead(&self, seq: u32) -> bool {
        let ahead = seq.wrapping_sub(self.newest);
        ahead != 0 && ahead < SIZE
    }

    /// Frees the places of the numbers that come into the window.
    fn advance(&mut self, by: u32) {
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
        fn every_number_is_new_once(start in any::<u32>(), steps in proptest::collection::vec(-1100i64..1024, 1..400)) {
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

        /// Whatever jumps there are, forged or not, among several lives: no number is new a second time.
        #[test]
        fn no_number_is_new_twice(
            start in any::<u32>(),
            stamps in proptest::collection::vec((0u32..3, prop_oneof![0u32..4000, 500u32..550, 1600u32..1650, 5_000_000u32..5_000_050], 0u64..3000), 1..300),
        ) {
            let (origin, mut repeats, mut seen) = (Mac::local(2, 1), Repeats::new(1), BTreeSet::new());
            // Within the time for which a window counts.
            for (boot, step, at) in stamps {
                let seq = start.wrapping_add(step);
                if repeats.note(origin, Stamp { boot, seq }, Instant::from_millis(at)) == Seen::New {
                    prop_assert!(seen.insert((boot, seq)), "{} {}", boot, seq);
                }
            }
        }
    }

    proptest! {
        /// A run is new only if each of its numbers is; and where each is, it is, unless it goes on from before a jump.
        #[test]
        fn a_run_is_new_where_all_of_it_is(
            start in any::<u32>(),
            runs in proptest::collection::vec((-1100i64..1100, 1usize..60, 0u64..13_000, 1u32..3), 1..60),
        ) {
            let origin = Mac::local(2, 1);
            let (mut repeats, mut now, mut jumped) = (Repeats::new(1), Instant::ZERO, false);
            for (step, count, millis, boot) in runs {
                now += Duration::from_millis(millis);
                let first = Stamp { boot, seq: start.wrapping_add(step as u32) };
                jumped |= boot > 1 || !(-1023..1024).contains(&step);
                let is_new = repeats.is_new(origin, first, count, now);
                let seen: Vec<Seen> = (0..count).map(|at| repeats.note(origin, first.later(at), now)).collect();
                let all_new = seen.iter().all(|seen| *seen == Seen::New);
                prop_assert!(if jumped { all_new || !is_new } else { all_new == is_new }, "{:?}", seen);
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
    fn a_new_boot_starts_over_and_what_was_before_it_is_still_known() {
        let (origin, mut repeats) = (Mac::local(2, 1), Repeats::new(4));
        let mut note = |boot, seq| repeats.note(origin, Stamp { boot, seq }, Instant::ZERO);
        assert_eq!([note(1, 5), note(1, 5)], [Seen::New, Seen::Repeat]);
        assert_eq!([note(2, 5), note(2, 5)], [Seen::New, Seen::Repeat]);
        assert_eq!([note(1, 5), note(1, 6)], [Seen::Repeat, Seen::New], "late, but not twice");
        assert_eq!([note(2, 5), note(2, 6)], [Seen::Repeat, Seen::New]);
        assert_eq!([note(3, 1), note(1, 7)], [Seen::New, Seen::Outside], "two lives ago");
    }

    #[test]
    fn one_forged_number_silences_nobody() {
        let forged = [
            Stamp { boot: u32::MAX, seq: u32::MAX },
            Stamp { boot: 1, seq: 1 << 30 },
            Stamp { boot: 1, seq: 900 },
        ];
        for forged in forged {
            let (origin, mut repeats) = (Mac::local(2, 1), Repeats::new(4));
            let mut note = |stamp, at| repeats.note(origin, stamp, Instant::from_millis(at));
            assert_eq!(note(Stamp { boot: 1, seq: 1 }, 0), Seen::New);
            assert_eq!(note(forged, 1), Seen::New);
            for seq in 2..800 {
                assert_eq!(note(Stamp { boot: 1, seq }, 100 + u64::from(seq)), Seen::New);
                assert_eq!(note(Stamp { boot: 1, seq }, 100 + u64::from(seq)), Seen::Repeat);
            }
            assert_eq!(note(forged, 1000), Seen::Repeat);
            // Ten seconds later nobody remembers the forged one, and the origin may restart.
            assert_eq!(note(Stamp { boot: 1, seq: 801 }, 9000), Seen::New);
            assert_eq!(note(Stamp { boot: 2, seq: 1 }, 12_000), Seen::New);
        }
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
