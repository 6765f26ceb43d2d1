//! Whether the radio reports what becomes of unicasts, as it was hoped.

use device_lib::station::Counts;

/// Watches for reports that never come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Statuses {
    /// Whether enough was sent by the last look; what was sent just now may yet be reported.
    enough: bool,
    /// Whether the node was told to do without.
    pub(super) given_up: bool,
}

impl Statuses {
    /// Looks once a second. True if it is time to do without.
    pub(super) fn never_come(&mut self, counts: &Counts) -> bool {
        let silent = counts.statuses == 0 && counts.unicasts >= ENOUGH;
        let never = silent && self.enough && !self.given_up;
        self.enough = silent;
        self.given_up |= never;
        never
    }
}

/// Unicasts after which one report at least would have come.
const ENOUGH: u64 = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_after_enough_unicasts_is_believed_at_the_second_look_and_told_once() {
        let looks = |looks: &[(u64, u64)]| {
            let mut watch = Statuses::default();
            let counts = |(unicasts, statuses)| Counts { unicasts, statuses, ..Counts::default() };
            looks.iter().map(|look| watch.never_come(&counts(*look))).collect::<Vec<_>>()
        };
        assert_eq!(looks(&[(31, 0), (31, 0), (32, 0), (33, 0), (34, 0)]), [false, false, false, true, false]);
        assert_eq!(looks(&[(32, 0), (40, 1), (80, 1)]), [false; 3]);
    }
}
