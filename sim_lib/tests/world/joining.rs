//! Vehicles that somebody tells of step by step: the run is the same as with a trace of the same steps.

use crate::support::Watch;
use config_lib::Override;
use mobility_lib::following::Steps;
use mobility_lib::{Position, Trace};
use sim_lib::error::SimError;
use sim_lib::scenario::{Loaded, Scenario};
use sim_lib::world::{Outcome, World, read_trace};
use std::collections::VecDeque;
use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use tempfile::TempDir;

/// Steps that were made before.
#[derive(Clone, Debug)]
struct Replay {
    step_us: u64,
    steps: VecDeque<(u64, Vec<(String, Position)>)>,
}

impl Steps for Replay {
    fn step_us(&self) -> u64 {
        self.step_us
    }

    fn next(
        &mut self,
        each: &mut dyn FnMut(&str, Position),
    ) -> Result<Option<u64>, Box<dyn Error + Send + Sync>> {
        let Some((at_us, vehicles)) = self.steps.pop_front() else { return Ok(None) };
        vehicles.iter().for_each(|(name, position)| each(name, *position));
        Ok(Some(at_us))
    }
}

impl Replay {
    /// The steps of a trace whose vehicles are never away, not in the order of names.
    fn of(trace: &Trace) -> Replay {
        let step_us = trace.step_us;
        let steps = (0..=trace.end_us / step_us).map(|step| {
            let at_us = step * step_us;
            let there = trace.vehicles.iter().rev();
            let there = there.filter_map(|(name, track)| Some((name.clone(), track.at(at_us)?)));
            (at_us, there.collect())
        });
        Replay { step_us, steps: steps.collect() }
    }

    fn fcd(&self) -> String {
        let mut text = "<fcd-export>\n".to_owned();
        for (at_us, vehicles) in &self.steps {
            writeln!(text, "<timestep time=\"{}\">", *at_us as f64 / 1e6).unwrap();
            for (name, Position { x, y }) in vehicles {
                writeln!(text, "<vehicle id=\"{name}\" x=\"{x}\" y=\"{y}\"/>").unwrap();
            }
            writeln!(text, "</timestep>").unwrap();
        }
        text + "</fcd-export>\n"
    }
}

/// Runs to the end; frames that were lost and where as well.
fn go(mut world: World, checked: bool) -> (Outcome, Watch, String) {
    world.set_checked(checked);
    let mut watch = Watch::default();
    let outcome = world.run(&mut watch).unwrap();
    let losses: Vec<_> = world.losses().collect();
    let losses = format!("{losses:?}");
    (outcome, watch, losses)
}

/// The run with the trace and the run with the steps, which must be the same in everything.
fn both(loaded: &Loaded, trace: Trace, steps: Replay) -> (Outcome, Watch) {
    let Loaded { scenario, .. } = loaded;
    // A town's invariants are checked elsewhere.
    let checked = scenario.name == "road";
    let (outcome, watch, losses) = go(World::with_trace(scenario, Some(trace)).unwrap(), checked);
    let world = World::with_steps(scenario, Box::new(steps)).unwrap();
    let (joined, joined_watch, joined_losses) = go(world, checked);
    assert_eq!(joined.summary, outcome.summary);
    assert_eq!(joined_watch.events, watch.events);
    assert!(joined_watch == watch && joined == outcome && joined_losses == losses);
    (outcome, watch)
}

fn town(more: &[(&str, &str)]) -> Loaded {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/town/scenario.yaml");
    let all = [("duration", "25s")].iter().chain(more);
    let overrides: Vec<Override> =
        all.map(|(key, value)| Override::new(*key, *value, format!("--set {key}={value}"))).collect();
    Scenario::load(&file, &overrides).unwrap()
}

fn town_is_the_same(more: &[(&str, &str)]) -> Outcome {
    let loaded = town(more);
    let trace = read_trace(&loaded.scenario, &loaded.source.base).unwrap().unwrap();
    let steps = Replay::of(&trace);
    let (outcome, _) = both(&loaded, trace, steps);
    assert!(outcome.summary.vehicles > 100 && outcome.summary.up.delivered > 1000, "{:?}", outcome.summary);
    outcome
}

/// The radio without contention.
const PLAIN: [(&str, &str); 1] = [("radio.profile", "geometric")];

#[test]
fn a_town_is_the_same_with_a_trace_and_step_by_step() {
    town_is_the_same(&PLAIN);
}

#[test]
fn a_town_from_a_later_time_on_is_the_same() {
    let later = town(&[PLAIN[0], ("trace.begin", "100.3s")]);
    let trace = read_trace(&later.scenario, &later.source.base).unwrap().unwrap();
    let all = town(&[("duration", "140s")]);
    let steps = Replay::of(&read_trace(&all.scenario, &all.source.base).unwrap().unwrap());
    both(&later, trace, steps);
}

#[test]
fn a_town_with_contention_beacons_and_buildings_is_the_same() {
    let more = [
        ("duration", "3s"),
        ("warmup", "1s"),
        ("radio.profile", "80211p"),
        ("radio.80211p.propagation.path_loss", "urban"),
        ("radio.80211p.propagation.buildings", "buildings.poly.xml.gz"),
        ("radio.80211p.propagation.vehicles_block", "true"),
        ("beacons", "{senders: [{from: all, rate: 10, size: 300}], congestion_control: limeric}"),
    ];
    let loaded = town(&more);
    let trace = read_trace(&loaded.scenario, &loaded.source.base).unwrap().unwrap();
    let steps = Replay::of(&trace);
    let (outcome, _) = both(&loaded, trace, steps);
    let beacons = outcome.summary.beacons.unwrap();
    assert!(beacons.sent > 500 && beacons.received > 3000 && outcome.gaps.iter().any(|row| row.gaps > 100));
}

/// Vehicles that come, leave for good, are away for one step, for three and for four, jump while they are away, and one that is there
/// for a single step; they pass two RSUs, of which one fails, on the radio `profile`.
fn comings_and_goings(profile: &str) -> (TempDir, Loaded, Replay) {
    let text = format!(
        "
name: road
duration: 30s
warmup: 1s
nodes:
  east: {{role: rsu, position: [400, 10]}}
  west: {{role: rsu, position: [0, 10]}}
  parked: {{role: obu, position: [200, 20]}}
groups:
  row: {{role: obu, count: 3, place: {{line: {{from: [100, 5], to: [300, 5]}}}}}}
wired: {{hosts: [server]}}
radio: {{profile: {profile}}}
trace: {{file: road.fcd.xml, begin: 1.2s}}
traffic:
  - {{name: up, kind: constant, from: vehicles, to: server, rate: 5, size: 200}}
  - {{name: ask, kind: request, from: b2, to: server, rate: 3, size: 100}}
  - {{name: few, kind: constant, from: row, to: b1, rate: 2, size: 100}}
  - {{name: down, kind: constant, from: east, to: vehicles, rate: 4, size: 300}}
beacons: {{senders: [{{from: vehicles, rate: 2, size: 100}}]}}
faults:
  - {{at: 10s, node_down: west}}
  - {{at: 14s, node_up: west}}
  - {{at: 16s, burst: {{loss: 0.5, until: 18s}}}}
"
    );
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("road.yaml");
    std::fs::write(&file, text).unwrap();
    let mut steps = VecDeque::new();
    for step in 0..=90u64 {
        let at_us = step * 500_000;
        let mut vehicles = Vec::new();
        let mut add = |name: &str, x: f64| vehicles.push((name.to_owned(), Position { x, y: 0.0 }));
        let way = step as f64 * 5.0;
        add("z", 400.0 - way);
        if (4..50).contains(&step) && step != 20 && !(24..26).contains(&step) {
            add("b1", way);
        }
        if (6..60).contains(&step) && !(30..33).contains(&step) && !(40..44).contains(&step) {
            add("b10", way + 3.0);
        }
        if step == 12 || step > 20 && step != 35 {
            add("b2", if step > 35 { way - 150.0 } else { way });
        }
        if (1..20).contains(&step) || step > 88 {
            add("a", way + if step > 88 { 0.0 } else { 200.0 });
        }
        if step == 65 {
            add("never", way);
        }
        steps.push_back((at_us, vehicles));
    }
    let replay = Replay { step_us: 500_000, steps };
    std::fs::write(folder.path().join("road.fcd.xml"), replay.fcd()).unwrap();
    (folder, Scenario::load(&file, &[]).unwrap(), replay)
}

#[test]
fn vehicles_that_come_and_go_are_the_same_on_every_radio() {
    for profile in ["ideal", "geometric", "80211p"] {
        let (_folder, loaded, steps) = comings_and_goings(profile);
        let trace = read_trace(&loaded.scenario, &loaded.source.base).unwrap().unwrap();
        assert!(trace.vehicles.values().any(|track| track.spans().len() > 1));
        assert!(!trace.vehicles.contains_key("nobody"));
        let (outcome, watch) = both(&loaded, trace, steps);
        let rows = |flow: &str| outcome.flows.iter().filter(|row| row.flow == flow).count();
        assert_eq!([rows("ask"), rows("few")], [3, 3], "named vehicles have their flows");
        assert!(
            outcome.flows.iter().all(|row| row.from != "never"),
            "who comes after the end is not in the run"
        );
        assert!(watch.events.iter().any(|event| event.node == "b10"));
    }
}

#[test]
fn a_name_that_is_taken_and_a_vehicle_that_jumps_end_the_run() {
    let (_folder, loaded, replay) = comings_and_goings("geometric");
    let with = |step: usize, name: &str, x: f64| {
        let mut replay = replay.clone();
        replay.steps[step].1.push((name.to_owned(), Position { x, y: 0.0 }));
        let world = World::with_steps(&loaded.scenario, Box::new(replay));
        world.and_then(|mut world| world.run(&mut Watch::default())).unwrap_err()
    };
    for taken in ["east", "row", "row2", "server"] {
        let error = with(30, taken, 0.0);
        assert!(matches!(&error, SimError::DuplicateName { name } if name == taken), "{error}");
    }
    let mut jumping = replay.clone();
    jumping.steps[40].1.iter_mut().for_each(|(_, position)| position.x += 300.0);
    let world = World::with_steps(&loaded.scenario, Box::new(jumping));
    let error = world.and_then(|mut world| world.run(&mut Watch::default())).unwrap_err();
    assert!(error.to_string().contains("jumps"), "{error}");
}

#[test]
fn who_is_named_and_never_came_is_told() {
    let (folder, loaded, replay) = comings_and_goings("geometric");
    let mut world = World::with_steps(&loaded.scenario, Box::new(replay.clone())).unwrap();
    assert_eq!(world.never_came(), [("traffic.1.from".to_owned(), "b2".to_owned())], "not yet");
    world.run(&mut Watch::default()).unwrap();
    assert_eq!(world.never_came(), []);
    let text = loaded.source.text.replace("from: b2", "from: b22");
    let file = folder.path().join("road.yaml");
    std::fs::write(&file, text).unwrap();
    let loaded = Scenario::load(&file, &[]).unwrap();
    let mut world = World::with_steps(&loaded.scenario, Box::new(replay)).unwrap();
    let outcome = world.run(&mut Watch::default()).unwrap();
    assert_eq!(world.never_came(), [("traffic.1.from".to_owned(), "b22".to_owned())]);
    assert!(outcome.flows.iter().all(|row| row.flow != "ask"));
}

#[test]
fn a_source_that_fails_says_why() {
    #[derive(Debug)]
    struct Failing(Replay);
    impl Steps for Failing {
        fn step_us(&self) -> u64 {
            self.0.step_us()
        }
        fn next(
            &mut self,
            each: &mut dyn FnMut(&str, Position),
        ) -> Result<Option<u64>, Box<dyn Error + Send + Sync>> {
            match self.0.next(each)? {
                Some(at_us) if at_us < 20_000_000 => Ok(Some(at_us)),
                _ => Err("it broke".into()),
            }
        }
    }
    let (_folder, loaded, replay) = comings_and_goings("geometric");
    let mut world = World::with_steps(&loaded.scenario, Box::new(Failing(replay))).unwrap();
    let mut watch = Watch::default();
    let error = world.run(&mut watch).unwrap_err();
    assert_eq!(error.to_string(), "it broke");
    assert!(watch.seconds.len() >= 16, "what was before is written");
}

#[test]
fn a_fault_at_a_vehicle_that_is_not_known_yet_is_refused() {
    let (_folder, mut loaded, replay) = comings_and_goings("geometric");
    let file = loaded.source.base.join("road.yaml");
    let text = std::fs::read_to_string(&file).unwrap() + "  - {at: 5s, node_down: b1}\n";
    std::fs::write(&file, text).unwrap();
    loaded = Scenario::load(&file, &[]).unwrap();
    let error = World::with_steps(&loaded.scenario, Box::new(replay)).unwrap_err();
    assert!(error.to_string().contains("aren't known before they come"), "{error}");
}
