//! Vehicles of a trace come and go.

use crate::support::{Watch, scenario};
use node_lib::time::Instant;
use sim_lib::error::SimError;
use sim_lib::results::Happening;
use sim_lib::scenario::Scenario;
use sim_lib::world::{PartyKind, World};
use std::fmt::Write;
use std::fs;

const TEXT: &str = "
name: trace
duration: 20s
trace: {file: trace.xml}
nodes:
  rsu: {role: rsu, position: [50, 0]}
radio: {profile: geometric, geometric: {fading: none}}
traffic:
  - {name: up, kind: constant, from: vehicles, to: rsu, rate: 10, size: 100}
  - {name: down, kind: constant, from: rsu, to: vehicles, rate: 10, size: 100}
";

/// `early` is there from 2 s to 8 s, `late` from 6 s to the end.
fn world(text: &str) -> Result<World, SimError> {
    let mut trace = "<fcd-export>".to_owned();
    for second in 0..=25 {
        write!(trace, "<timestep time=\"{second}.00\">").unwrap();
        for (name, from, to) in [("early", 2, 8), ("late", 6, 25)] {
            if (from..=to).contains(&second) {
                write!(trace, "<vehicle id=\"{name}\" x=\"{}.0\" y=\"10.0\"/>", second * 5).unwrap();
            }
        }
        trace.push_str("</timestep>");
    }
    trace.push_str("</fcd-export>");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("trace.xml"), trace).unwrap();
    let file = folder.path().join("scenario.yaml");
    fs::write(&file, text).unwrap();
    let loaded = Scenario::load(&file, &[])?;
    World::new(&loaded.scenario, folder.path())
}

#[test]
fn vehicles_live_as_long_as_their_tracks() {
    let mut world = world(TEXT).unwrap();
    world.set_checked(true);
    let mut watch = Watch::default();
    let parties: Vec<_> = world.parties().map(|(name, kind)| (name.to_owned(), kind)).collect();
    assert_eq!(parties[0], ("early".to_owned(), PartyKind::Obu));
    assert_eq!(parties[2], ("rsu".to_owned(), PartyKind::Rsu));
    world.run_until(Instant::from_millis(7500), &mut watch).unwrap();
    let placed: Vec<_> = world.placed().map(|placed| (placed.name.to_owned(), placed.position)).collect();
    let expected = [("early", [37.5, 10.0]), ("late", [37.5, 10.0]), ("rsu", [50.0, 0.0])];
    assert_eq!(placed, expected.map(|(name, position)| (name.to_owned(), position)));
    let outcome = world.run(&mut watch).unwrap();
    let lives: Vec<_> = watch
        .events
        .iter()
        .filter(|event| matches!(event.what, Happening::Up | Happening::Down))
        .map(|event| (event.at_us, event.node.as_str(), event.what == Happening::Up))
        .collect();
    let expected = [
        (0, "rsu", true),
        (2_000_000, "early", true),
        (6_000_000, "late", true),
        (8_000_001, "early", false),
    ];
    assert_eq!(lives, expected);
    let summary = outcome.summary;
    assert_eq!((summary.vehicles, summary.vehicles_peak, summary.rsus), (2, 2, 1));
    assert_eq!(summary.in_range_share, Some(1.0));
    assert_eq!((summary.stays_in_range, summary.stays_without_route), (2, 0));
    assert_eq!(
        watch.seconds.iter().map(|row| row.vehicles).collect::<Vec<_>>()[..9],
        [0, 1, 1, 1, 1, 2, 2, 2, 1]
    );
    // Each flow runs while its vehicle is there: 6 s and 14 s, of which the last second of the run is left out.
    let sent: Vec<_> =
        outcome.flows.iter().map(|row| (row.flow.as_str(), row.from.as_str(), row.sent)).collect();
    assert_eq!(sent[0].0, "up");
    for (index, expected) in [(0, 60), (1, 130), (2, 60), (3, 130)] {
        assert!(sent[index].2.abs_diff(expected) <= 1, "{sent:?}");
    }
    assert!(outcome.flows.iter().all(|row| row.delivered * 10 >= row.sent * 8), "{:?}", outcome.flows);
}

#[test]
fn impossible_scenarios_are_refused() {
    let text = TEXT.replace("  rsu: {", "  late: {role: obu, position: [0, 0]}\n  rsu: {");
    assert!(matches!(world(&text), Err(SimError::DuplicateName { name }) if name == "late"));
    let text = TEXT.replace("from: vehicles, to: rsu", "from: nobody, to: rsu");
    let unknown = world(&text);
    assert!(
        matches!(&unknown, Err(SimError::UnknownName { place, name, .. }) if place == "traffic.0.from" && name == "nobody")
    );
    let mut scenario = scenario(
        &TEXT
            .replace("trace: {file: trace.xml}", "")
            .replace("rsu: {", "car: {role: obu, position: [0, 0]}\n  rsu: {"),
    );
    scenario.traffic[0].from = "rsu".to_owned();
    let impossible = World::with_trace(&scenario, None).err();
    assert!(
        matches!(&impossible, Some(SimError::Impossible { place, .. }) if place == "traffic.0"),
        "{impossible:?}"
    );
}

#[test]
fn a_trace_that_is_not_there_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut scenario = scenario(
        &TEXT
            .replace("trace: {file: trace.xml}", "")
            .replace("rsu: {", "car: {role: obu, position: [0, 0]}\n  rsu: {"),
    );
    scenario.trace = Some(sim_lib::scenario::trace::TraceSpec::new("no.xml".into()));
    assert!(matches!(World::new(&scenario, folder.path()), Err(SimError::Trace(_))));
}
