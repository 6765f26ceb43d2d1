//! Random faults in random small networks, with every invariant checked.
//!
//! Each schedule is made from its index alone: a topology, flows, and faults of every kind. One that breaks an invariant is shrunk
//! to the smallest scenario that still does, and kept in `failing/`, whose files are run first from then on. How many schedules
//! there are is `ROADMESH_SCHEDULES`, or a few hundred.

mod drawn;
mod schedule;
mod shrink;

use sim_lib::error::SimError;
use sim_lib::results::Violation;
use sim_lib::scenario::Scenario;
use sim_lib::world::{Unobserved, World};
use std::env;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Runs a scenario; gives what doesn't hold in it.
fn violation(scenario: &Scenario) -> Option<Violation> {
    let mut world = World::with_trace(scenario, None).expect("the scenario is possible");
    world.set_checked(true);
    match world.run(&mut Unobserved) {
        Ok(_) => None,
        Err(SimError::Violated(violation)) => Some(*violation),
        Err(error) => panic!("{error}"),
    }
}

fn failing() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/failing"))
}

#[test]
fn what_once_failed_holds() {
    let mut files: Vec<_> = fs::read_dir(failing())
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    for file in files {
        let scenario = Scenario::load(&file, &[]).unwrap_or_else(|error| panic!("{error}")).scenario;
        if let Some(violation) = violation(&scenario) {
            panic!("{violation}\nrepeat it: roadmesh sim {} --check", file.display());
        }
    }
}

#[test]
fn random_faults_break_no_invariant() {
    let schedules = env::var("ROADMESH_SCHEDULES").map_or(300, |text| text.parse().expect("a number"));
    let (faults, nodes) = (AtomicU64::new(0), AtomicU64::new(0));
    // By index: however many threads there are, the first one that fails is the same.
    let (next, broken) = (AtomicU64::new(0), Mutex::new(u64::MAX));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= schedules || *broken.lock().unwrap() < index {
                return;
            }
            let scenario = schedule::of(index);
            faults.fetch_add(scenario.faults.len() as u64, Ordering::Relaxed);
            nodes.fetch_add(scenario.nodes.len() as u64, Ordering::Relaxed);
            if violation(&scenario).is_some() {
                let mut first = broken.lock().unwrap();
                *first = index.min(*first);
            }
        }
    };
    thread::scope(|scope| {
        let workers = thread::available_parallelism().map_or(2, |count| count.get());
        (0..workers).for_each(|_| drop(scope.spawn(work)));
    });
    let index = broken.into_inner().unwrap();
    if index == u64::MAX {
        let [faults, nodes] = [faults, nodes].map(AtomicU64::into_inner);
        println!("{schedules} schedules: {nodes} nodes, {faults} faults, nothing broken");
        return;
    }
    let smallest = shrink::shrink(schedule::of(index), |scenario| violation(scenario).is_some());
    let violation = violation(&smallest).expect("it still fails");
    let file = failing().join(format!("schedule{index}.yaml"));
    fs::create_dir_all(failing()).unwrap();
    fs::write(&file, format!("# {violation}\n{}", smallest.to_yaml().unwrap())).unwrap();
    panic!("schedule {index}: {violation}\nrepeat it: roadmesh sim {} --check", file.display());
}

/// A scenario as it is written is the one that was run.
#[test]
fn schedules_can_be_written_and_read() {
    for index in 0..50 {
        let scenario = schedule::of(index);
        let text = scenario.to_yaml().unwrap();
        let place = Path::new("schedule.yaml");
        let read = Scenario::load_text(&text, place, Path::new(""), &[]);
        assert_eq!(read.unwrap_or_else(|error| panic!("{error}\n{text}")).scenario, scenario);
    }
}

/// What shrinks is as small as it can be.
#[test]
fn shrinking_leaves_what_matters() {
    let fails = |scenario: &Scenario| scenario.faults.iter().any(|fault| fault.node_down.is_some());
    let mut shrunk = 0;
    for scenario in (0..100).map(schedule::of).filter(fails) {
        let smallest = shrink::shrink(scenario, fails);
        assert_eq!((smallest.faults.len(), smallest.traffic.len()), (1, 0));
        shrunk += 1;
    }
    assert!(shrunk > 20);
}
