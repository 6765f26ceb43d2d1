//! A user who watches a run.

use super::one::Spectator;
use crate::interrupt::Interrupt;
use crate::progress::Bar;
use sim_lib::results::Progress;

/// Shows the progress, and ends the run when the user wants it.
pub(crate) struct Watch {
    bar: Bar,
    checked: bool,
    interrupt: Interrupt,
}

impl Watch {
    /// With a bar, if it is `shown`.
    pub(crate) fn new(shown: bool, interrupt: Interrupt) -> Watch {
        Watch { bar: Bar::new(shown), checked: false, interrupt }
    }

    /// Has invariants checked.
    pub(crate) fn checking(self, checked: bool) -> Watch {
        Watch { checked, ..self }
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.bar.clear();
    }
}

impl Spectator for Watch {
    fn begins(&mut self) {
        self.interrupt.run_begins();
    }

    fn wants_check(&self) -> bool {
        self.checked
    }

    fn progress(&mut self, progress: Progress) -> bool {
        self.bar.update(progress);
        !self.interrupt.asked()
    }
}
