//! Groups: many nodes alike, where their place says.

use crate::support::{Watch, run, scenario, world};
use node_lib::time::Instant;
use sim_lib::error::SimError;
use sim_lib::world::{PartyKind, World};
use std::collections::BTreeMap;

#[test]
fn members_are_numbered_and_named() {
    let text =
        text("  cars: { count: 12 }\n  masts: { count: 1, role: rsu }\n").replace("geometric", "ideal");
    let world = world(&text);
    let parties: Vec<_> = world.parties().collect();
    assert_eq!(parties.len(), 1 + 12 + 1);
    assert!(parties.contains(&("cars1", PartyKind::Obu)) && parties.contains(&("cars12", PartyKind::Obu)));
    assert!(parties.contains(&("masts1", PartyKind::Rsu)));
}

#[test]
fn random_places_are_spread_over_the_area() {
    let places = at(
        0,
        "  r: { count: 4000, place: { rectangle: { from: [900, -50], to: [100, 50] } } }\n  \
                        c: { count: 4000, place: { circle: { centre: [5000, 0], radius: 200 } } }\n",
    );
    let (mut west, mut south, mut inner) = (0, 0, 0);
    for (name, [x, y]) in &places {
        if name.starts_with('r') && name != "rsu" {
            assert!((100.0..=900.0).contains(x) && (-50.0..=50.0).contains(y), "{name} is at {x}, {y}");
            west += u32::from(*x < 300.0);
            south += u32::from(*y < 0.0);
        } else if name.starts_with('c') {
            let distance = ((x - 5000.0).powi(2) + y.powi(2)).sqrt();
            assert!(distance <= 200.0, "{name} is at {x}, {y}");
            inner += u32::from(distance < 100.0);
        }
    }
    // A quarter, a half and a quarter of 4000, within five standard deviations.
    for (counted, expected, deviation) in [(west, 1000.0, 27.4), (south, 2000.0, 31.6), (inner, 1000.0, 27.4)]
    {
        assert!((f64::from(counted) - expected).abs() < 5.0 * deviation, "{counted}, not {expected}");
    }
}

#[test]
fn a_draw_depends_on_the_seed_the_group_and_the_number_alone() {
    let car = "{ count: 3, place: { circle: { centre: [0, 0], radius: 99 } } }";
    let few = at(0, &format!("  cars: {car}\n"));
    let many = at(0, &format!("  cars: {}\n  vans: {car}\n", car.replace('3', "30")));
    for name in ["cars1", "cars2", "cars3"] {
        assert_eq!(few[name], many[name]);
    }
    assert_ne!(many["cars1"], many["vans1"]);
    assert_ne!(many["cars1"], many["cars2"]);
    let other = world(&text(&format!("  cars: {car}\nseed: 2\n")));
    assert_ne!(few["cars1"], placed(other, 0)["cars1"]);
}

#[test]
fn lines_and_grids_are_regular() {
    let places = at(
        0,
        "  l: { count: 5, place: { line: { from: [0, 10], to: [100, 30] } } }\n  \
                        m: { count: 1, place: { line: { from: [7, 8], to: [9, 9] } } }\n  \
                        g: { count: 5, place: { grid: { from: [-10, 0], spacing: 20, columns: 2 } } }\n  \
                        q: { count: 9, place: { grid: { from: [0, 0], spacing: 1 } } }\n",
    );
    let of = |group: &str, count| {
        (1..=count).map(|number| places[&format!("{group}{number}")]).collect::<Vec<_>>()
    };
    assert_eq!(of("l", 5), [[0.0, 10.0], [25.0, 15.0], [50.0, 20.0], [75.0, 25.0], [100.0, 30.0]]);
    assert_eq!(of("m", 1), [[7.0, 8.0]]);
    assert_eq!(of("g", 5), [[-10.0, 0.0], [10.0, 0.0], [-10.0, 20.0], [10.0, 20.0], [-10.0, 40.0]]);
    assert_eq!(of("q", 9)[2..4], [[2.0, 0.0], [0.0, 1.0]]);
}

#[test]
fn cars_drive_along_a_road_and_turn_go_round_or_leave() {
    let road = |name: &str, end: &str| {
        format!(
            "  {name}: {{ count: 2, place: {{ road: {{ waypoints: [[0, 0], [100, 0], [100, 50]], speed: 10, \
             spacing: 30, at_end: {end} }} }} }}\n"
        )
    };
    let groups = road("back", "back") + &road("round", "loop") + &road("gone", "leave");
    let start = at(0, &groups);
    for name in ["back", "round", "gone"] {
        assert_eq!((start[&format!("{name}1")], start[&format!("{name}2")]), ([0.0, 0.0], [30.0, 0.0]));
    }
    let early = at(12_000_000, &groups);
    for name in ["back1", "round1", "gone1"] {
        assert_eq!(early[name], [100.0, 20.0]);
    }
    let later = at(16_000_000, &groups);
    assert_eq!(later["back1"], [100.0, 40.0], "back along the road");
    let [x, y] = later["round1"];
    assert!((y - x / 2.0).abs() < 1e-3 && x < 100.0 && x > 80.0, "on the diagonal: {x}, {y}");
    assert!(!later.contains_key("gone1") && !later.contains_key("gone2"));
}

#[test]
fn random_places_of_a_road_are_on_it_in_both_directions() {
    let groups = "  cars: { count: 1000, place: { road: { waypoints: [[0, 0], [1000, 0]], speed: 20 } } }\n";
    let (before, after) = (at(0, groups), at(1_000_000, groups));
    let east = before.iter().filter(|(name, [x, _])| after[name.as_str()][0] > *x).count();
    assert!((420..580).contains(&east), "{east} of 1000 drive east");
    assert!(after.values().all(|[x, y]| *y == 0.0 && (0.0..=1000.0).contains(x)));
}

#[test]
fn a_flow_of_a_group_is_one_for_each_member() {
    let groups = "  cars: { count: 4, place: { line: { from: [50, 0], to: [80, 0] } } }\n  \
                  vans: { count: 2, place: { line: { from: [50, 10], to: [80, 10] } } }\n";
    let flow = |name: &str, ends: &str| {
        format!("  - {{ name: {name}, kind: constant, rate: 5, size: 100, {ends} }}\n")
    };
    let flows = flow("up", "from: cars, to: rsu")
        + &flow("down", "from: rsu, to: vans")
        + &flow("all", "from: vehicles, to: rsu")
        + &flow("one", "from: cars2, to: vans1");
    let (outcome, _) = run(&(text(groups) + "traffic:\n" + &flows));
    let count = |name: &str| outcome.flows.iter().filter(|row| row.flow == name).count();
    assert_eq!((count("up"), count("down"), count("all"), count("one")), (4, 2, 6, 1));
    assert!(outcome.summary.up.delivered > 0);
}

#[test]
fn a_group_can_not_have_the_name_of_somebody_in_a_trace() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["cars", "cars2"] {
        let trace = format!(
            "<fcd-export><timestep time=\"0\"><vehicle id=\"{name}\" x=\"1\" y=\"2\"/></timestep></fcd-export>"
        );
        std::fs::write(folder.path().join("t.xml"), trace).unwrap();
        let mut scenario =
            scenario(&text("  cars: { count: 3, place: { line: { from: [5, 0], to: [8, 0] } } }\n"));
        scenario.trace = Some(sim_lib::scenario::trace::TraceSpec::new("t.xml".into()));
        let error = World::new(&scenario, folder.path()).err();
        assert!(
            matches!(&error, Some(SimError::DuplicateName { name: twice }) if twice == name),
            "{error:?}"
        );
    }
}

/// A scenario with these groups and an RSU at the origin.
fn text(groups: &str) -> String {
    format!(
        "name: t\nduration: 20s\nnodes:\n  rsu: {{ role: rsu, position: [0, 0] }}\nradio: {{ profile: geometric }}\ngroups:\n{groups}"
    )
}

/// Where everybody is at this time, in microseconds.
fn at(at_us: u64, groups: &str) -> BTreeMap<String, [f64; 2]> {
    placed(world(&text(groups)), at_us)
}

fn placed(mut world: World, at_us: u64) -> BTreeMap<String, [f64; 2]> {
    world.run_until(Instant::from_micros(at_us), &mut Watch::default()).unwrap();
    world.placed().map(|placed| (placed.name.to_owned(), placed.position)).collect()
}
