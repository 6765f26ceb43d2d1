//! Who watches a lab: records what happens, shows how far it is, and notes whose power comes and goes.

use crate::interrupt::Interrupt;
use crate::progress::Bar;
use sim_lib::recorder::Recorder;
use sim_lib::results::{Happening, Observer, Progress, RunEvent, SecondRow, TrackRow};
use std::fs;
use std::io;
use std::path::PathBuf;

#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) recorder: Recorder,
    pub(crate) bar: Bar,
    pub(crate) interrupt: Interrupt,
    /// Nodes that came up or went down since somebody last looked.
    pub(crate) power: Vec<(String, bool)>,
    /// Where programs write to.
    pub(crate) apps: PathBuf,
}

impl Watch {
    /// The last line that a program wrote to its standard error.
    pub(crate) fn last_words(&self, app: &str) -> String {
        let text = fs::read_to_string(self.apps.join(format!("{app}.err"))).unwrap_or_default();
        text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it says nothing").to_owned()
    }
}

impl Observer for Watch {
    fn event(&mut self, event: &RunEvent) -> io::Result<()> {
        match event.what {
            Happening::Up => self.power.push((event.node.clone(), true)),
            Happening::Down => self.power.push((event.node.clone(), false)),
            _ => {}
        }
        self.recorder.event(event)
    }

    fn track(&mut self, row: &TrackRow<'_>) -> io::Result<()> {
        self.recorder.track(row)
    }

    fn second(&mut self, row: &SecondRow) -> io::Result<()> {
        self.recorder.second(row)
    }

    fn progress(&mut self, progress: Progress) -> bool {
        self.bar.update(progress);
        !self.interrupt.asked()
    }
}
