//! Targets of the routing that no scenario file can show: each test prints its table with 95 % intervals.
//!
//! `cargo test -p sim_lib --test targets -- --nocapture`

mod attacker;
mod estimate;
mod forged;
mod lossy;
mod mobility;

use sim_lib::scenario::Scenario;
use std::fs;

/// Loads a scenario from its text, as the program does.
fn scenario(text: &str) -> Scenario {
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("scenario.yaml");
    fs::write(&file, text).expect("there is room");
    Scenario::load(&file, &[]).unwrap_or_else(|error| panic!("{error}")).scenario
}
