//! Scenarios from text, and an observer that remembers.

use node_lib::time::Instant;
use sim_lib::results::{Happening, Observer, Progress, RunEvent, SecondRow, TrackRow};
use sim_lib::scenario::Scenario;
use sim_lib::world::{Outcome, World};
use std::fs;
use std::path::Path;

/// Loads a scenario from its text, as the program does.
pub fn scenario(text: &str) -> Scenario {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scenario.yaml");
    fs::write(&file, text).unwrap();
    Scenario::load(&file, &[]).unwrap_or_else(|error| panic!("{error}\n{text}")).scenario
}

/// A world that checks its invariants as it goes.
pub fn world(text: &str) -> World {
    let mut world = World::new(&scenario(text), Path::new("")).unwrap();
    world.set_checked(true);
    world
}

/// Runs a scenario to its end.
pub fn run(text: &str) -> (Outcome, Watch) {
    let mut watch = Watch::default();
    let outcome = world(text).run(&mut watch).unwrap();
    (outcome, watch)
}

/// Remembers everything it is told.
#[derive(Debug, Default, PartialEq)]
pub struct Watch {
    pub events: Vec<RunEvent>,
    pub seconds: Vec<SecondRow>,
    pub tracks: Vec<Place>,
    pub progress: u64,
    /// Ends the run at this simulated time.
    pub until: Option<Instant>,
}

/// A [`TrackRow`] to keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub second: u64,
    pub node: String,
    pub role: &'static str,
    pub at: Option<[f64; 2]>,
    pub hops: Option<u32>,
    pub rsu: Option<String>,
}

impl Watch {
    /// The route changes of a node: when, and what.
    pub fn routes<'a>(&'a self, node: &'a str) -> impl Iterator<Item = (u64, &'a Happening)> {
        let of_node = self.events.iter().filter(move |event| event.node == node);
        of_node
            .filter(|event| matches!(event.what, Happening::Route { .. }))
            .map(|event| (event.at_us, &event.what))
    }
}

impl Observer for Watch {
    fn event(&mut self, event: &RunEvent) -> std::io::Result<()> {
        self.events.push(event.clone());
        Ok(())
    }

    fn track(&mut self, row: &TrackRow<'_>) -> std::io::Result<()> {
        let TrackRow { second, node, role, x_m, y_m, hops, rsu } = *row;
        let at = x_m.zip(y_m).map(|(x, y)| [x, y]);
        let (node, rsu) = (node.to_owned(), rsu.map(str::to_owned));
        self.tracks.push(Place { second, node, role, at, hops, rsu });
        Ok(())
    }

    fn second(&mut self, row: &SecondRow) -> std::io::Result<()> {
        self.seconds.push(row.clone());
        Ok(())
    }

    fn progress(&mut self, progress: Progress) -> bool {
        self.progress += 1;
        self.until.is_none_or(|until| Instant::from_micros(progress.now_us) < until)
    }
}
