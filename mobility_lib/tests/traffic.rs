//! Own traffic on the roads of maps: nobody touches anybody, nobody leaves the road, everybody keeps moving.

use mobility_lib::osm::{self, Map};
use mobility_lib::traffic::{Network, STEP_S, Seen, Settings, Traffic};
use std::collections::BTreeMap;
use std::fmt::Write;

#[test]
fn nobody_touches_anybody_and_everybody_keeps_moving() {
    let map = town();
    let network = Network::of(&map, "town").expect("it is one");
    let extent = network.extent();
    assert!(extent.signals >= 5 && extent.junctions >= 20 && extent.right_before_left >= 5, "{extent:?}");
    for seed in 1..=3 {
        let report = drive(&network, 110, seed, 600);
        report.check(seed);
        assert!(report.trips > 300, "seed {seed}: {} trips", report.trips);
        assert!(report.fastest < 1.21 * 50.0 / 3.6, "seed {seed}: {} m/s", report.fastest);
    }
}

/// The same on a map of a real town. `MAP=town.osm N=300 S=3600 SEEDS=3 cargo test -p mobility_lib --test traffic on_a_map -- --nocapture`:
/// on any map, with so many vehicles for so many seconds.
#[test]
fn on_a_map() {
    let number = |name: &str, default: usize| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let balzers = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/balzers/map.osm.gz");
    let file = std::env::var("MAP").unwrap_or_else(|_| balzers.to_owned());
    let map = osm::read(std::path::Path::new(&file)).expect("it is a map");
    let network = Network::of(&map, &file).expect("it has roads");
    println!("{:?} {:?}", network.extent(), network.dropped());
    for seed in 1..=number("SEEDS", 1) as u64 {
        let report = drive(&network, number("N", 100), seed, number("S", 300));
        println!("seed {seed}: {report:?}");
        report.check(seed);
    }
}

/// A crossroads whose southern and western arms are two ways each, which the network joins: nobody turns from the western to the
/// southern one where that isn't allowed.
#[test]
fn restrictions_hold_where_ways_are_joined() {
    let text = |restriction: &str| {
        let mut text = String::from("<osm>");
        for (id, x, y) in
            [(1, 0.0, 0.0), (2, -200.0, 0.0), (3, 0.0, -200.0), (4, 200.0, 0.0), (5, -100.0, 0.0)]
                .into_iter()
                .chain([(6, 0.0, -100.0), (7, 0.0, 200.0), (8, -200.0, -200.0), (9, 200.0, -200.0)])
        {
            let (latitude, longitude) = (47.0 + y / 111_180.0, 9.0 + x / 76_050.0);
            write!(text, "<node id='{id}' lat='{latitude:.7}' lon='{longitude:.7}'/>").expect("memory");
        }
        let ways = [(10, "2 5"), (11, "5 1"), (12, "6 3"), (13, "1 6"), (14, "1 4")];
        for (id, nodes) in ways.into_iter().chain([(15, "2 8 3"), (16, "3 9 4"), (17, "2 7 4")]) {
            let nodes: String = nodes.split(' ').map(|node| format!("<nd ref='{node}'/>")).collect();
            write!(text, "<way id='{id}'>{nodes}<tag k='highway' v='residential'/></way>").expect("memory");
        }
        text + &format!(
            "<relation id='1'><member type='way' ref='11' role='from'/><member type='node' ref='1' role='via'/>\
             <member type='way' ref='13' role='to'/><tag k='type' v='restriction'/>\
             <tag k='restriction' v='{restriction}'/></relation></osm>"
        )
    };
    let turned = |restriction: &str| {
        let map = osm::read_from(text(restriction).as_bytes(), "town.osm").expect("it is a map");
        let middle = map.nodes[&1].position;
        let network = Network::of(&map, "town").expect("it is one");
        let settings = Settings { vehicles: 20, seed: 1, length_m: LENGTH };
        let mut traffic = Traffic::new(&network, settings).expect("there is room");
        let (mut from_west, mut turned) = ([false; 20], [0, 0]);
        for _ in 0..6000 {
            traffic.step();
            for (from_west, seen) in from_west.iter_mut().zip(traffic.vehicles()) {
                let (x, y) = (seen.front.x - middle.x, seen.front.y - middle.y);
                let (east, north) = (seen.front.x - seen.rear.x, seen.front.y - seen.rear.y);
                let (on_row, on_column) = (y.abs() < 6.0, x.abs() < 6.0);
                if on_row && (-80.0..-40.0).contains(&x) && east > 4.0 {
                    *from_west = true;
                } else if on_column && (-80.0..-40.0).contains(&y) && north < -4.0 {
                    turned[0] += usize::from(std::mem::take(from_west));
                } else if on_row && (40.0..80.0).contains(&x) && east > 4.0 {
                    turned[1] += usize::from(std::mem::take(from_west));
                }
            }
        }
        turned
    };
    let [south, east] = turned("no_right_turn");
    assert!(south == 0 && east > 10, "{south} and {east}");
    let [south, east] = turned("only_right_turn");
    assert!(south > 10 && east == 0, "{south} and {east}");
}

#[test]
fn the_same_seed_gives_the_same_traffic_and_another_one_doesnt() {
    let network = Network::of(&town(), "town").expect("it is one");
    let places = |seed| {
        let mut traffic =
            Traffic::new(&network, Settings { vehicles: 40, seed, length_m: LENGTH }).expect("room");
        (0..600).for_each(|_| traffic.step());
        traffic.vehicles().map(|seen| (seen.front.x.to_bits(), seen.front.y.to_bits())).collect::<Vec<_>>()
    };
    assert_eq!(places(1), places(1));
    assert_ne!(places(1), places(2));
}

#[test]
fn there_is_an_end_to_the_room() {
    let network = Network::of(&town(), "town").expect("it is one");
    let wanted = Settings { vehicles: 1_000_000, seed: 1, length_m: LENGTH };
    let error = Traffic::new(&network, wanted).expect_err("there is no room");
    assert!(error.room > 100 && error.room < 5000, "{error}");
    assert!(Traffic::new(&network, Settings { vehicles: error.room, ..wanted }).is_ok(), "{error}");
}

/// The measure itself: bodies that touch are found, and those that don't are not.
#[test]
fn touching_is_seen() {
    let at = |x: f64, y: f64, dx: f64, dy: f64| Seen {
        front: mobility_lib::Position { x, y },
        rear: mobility_lib::Position { x: x - LENGTH * dx, y: y - LENGTH * dy },
        speed: 0.0,
        acceleration: 0.0,
    };
    let car = at(0.0, 0.0, 1.0, 0.0);
    for (other, expected) in [
        (at(4.5, 0.0, 1.0, 0.0), true),
        (at(4.7, 0.0, 1.0, 0.0), false),
        (at(0.0, 1.7, 1.0, 0.0), true),
        (at(0.0, 1.9, 1.0, 0.0), false),
        (at(-2.0, 4.0, 0.0, 1.0), true),
        (at(1.0, 5.6, 0.0, 1.0), false),
        (at(0.8, 4.0, 0.6, 0.8), true),
    ] {
        assert_eq!(!touching(&[car, other]).is_empty(), expected, "{other:?}");
    }
}

#[derive(Debug, Default)]
struct Report {
    /// Pairs of bodies that touched, with when (steps) and where first.
    touched: BTreeMap<(usize, usize), (usize, i64, i64)>,
    /// The hardest braking, m/s².
    hardest: f64,
    fastest: f64,
    /// The farthest that a front bumper was from the middle of any lane or turn, metres: half a lane, while it changes.
    astray: f64,
    trips: u64,
    mean_speed: f64,
    /// How many made less than 50 m in some five minutes.
    stuck: usize,
}

impl Report {
    /// What holds on every map.
    fn check(&self, seed: u64) {
        assert_eq!(self.touched, BTreeMap::new(), "seed {seed}: who, when, where");
        assert_eq!(self.stuck, 0, "seed {seed}: everybody gets somewhere");
        assert!(self.mean_speed > 2.0, "seed {seed}: {} m/s", self.mean_speed);
        assert!(self.hardest > -8.0, "seed {seed}: {} m/s²", self.hardest);
        assert!(self.astray < 2.0, "seed {seed}: {} m from the middle of any lane", self.astray);
    }
}

fn drive(network: &Network, vehicles: usize, seed: u64, seconds: usize) -> Report {
    let mut traffic =
        Traffic::new(network, Settings { vehicles, seed, length_m: LENGTH }).expect("there is room");
    let mut report = Report::default();
    let (mut before, mut driven) = (vec![0.0; vehicles], vec![0.0; vehicles]);
    for step in 0..seconds * 10 {
        traffic.step();
        let seen: Vec<Seen> = traffic.vehicles().collect();
        for (index, vehicle) in seen.iter().enumerate() {
            driven[index] += vehicle.speed * STEP_S;
            report.hardest = report.hardest.min(vehicle.acceleration);
            report.fastest = report.fastest.max(vehicle.speed);
            if step % 50 == 0 {
                report.astray = report.astray.max(network.nearest_road(vehicle.front));
            }
        }
        if step % 3000 == 2999 {
            report.stuck += (0..vehicles).filter(|index| driven[*index] - before[*index] < 50.0).count();
            before.clone_from(&driven);
        }
        for (a, b) in touching(&seen) {
            let at = seen[a].front;
            report.touched.entry((a, b)).or_insert((step, at.x as i64, at.y as i64));
        }
    }
    report.trips = traffic.trips();
    report.mean_speed = driven.iter().sum::<f64>() / vehicles as f64 / seconds as f64;
    report
}

/// Six streets by six, 120 m apart: a main road of four lanes each way across, with lights where it is crossed; a one-way
/// street, give-way and stop signs, a roundabout, two dead ends, and a bend.
fn town() -> Map {
    let mut text = String::from("<osm>");
    let place = |x: f64, y: f64| (47.0 + y / 111_180.0, 9.0 + x / 76_050.0);
    let mut node = |id: i64, x: f64, y: f64, tag: &str| {
        let (latitude, longitude) = place(x, y);
        write!(text, "<node id='{id}' lat='{latitude:.7}' lon='{longitude:.7}'>{tag}</node>")
            .expect("memory");
    };
    let lights = "<tag k='highway' v='traffic_signals'/>";
    for row in 0..6i64 {
        for column in 0..6i64 {
            let tag = if row == 2 || column == 3 { lights } else { "" };
            node(10 * row + column, 120.0 * column as f64, 120.0 * row as f64, tag);
        }
    }
    // A sign on the way to the junction 41, another to 14; a bend; dead ends; a roundabout around (780, 240).
    node(100, 120.0, 465.0, "<tag k='highway' v='give_way'/>");
    node(101, 465.0, 120.0, "<tag k='highway' v='stop'/>");
    node(102, 300.0, 700.0, "");
    node(103, -90.0, 0.0, "");
    node(104, 600.0, 720.0, "");
    for (index, (x, y)) in [(0.0, -18.0), (18.0, 0.0), (0.0, 18.0), (-18.0, 0.0)].into_iter().enumerate() {
        node(110 + index as i64, 780.0 + x, 240.0 + y, "");
    }
    let mut number = 0;
    let mut way = |nodes: &[i64], tags: &str| {
        number += 1;
        let nodes: String = nodes.iter().map(|node| format!("<nd ref='{node}'/>")).collect();
        let tags = tags.split_whitespace().filter_map(|tag| tag.split_once('='));
        let tags: String = tags.map(|(key, value)| format!("<tag k='{key}' v='{value}'/>")).collect();
        write!(text, "<way id='{number}'>{nodes}{tags}</way>").expect("memory");
    };
    for line in 0..6i64 {
        let row: Vec<i64> = (0..6).map(|column| 10 * line + column).collect();
        let mut column: Vec<i64> = (0..6).map(|row| 10 * row + line).collect();
        way(&row, if line == 2 { "highway=primary lanes=4" } else { "highway=residential maxspeed=30" });
        if line == 1 {
            column.insert(4, 100);
        }
        way(
            &column,
            match line {
                3 => "highway=secondary lanes=6 maxspeed=50",
                5 => "highway=residential oneway=yes",
                1 => "highway=residential",
                _ => "highway=tertiary",
            },
        );
    }
    way(&[14, 101, 24], "highway=residential");
    way(&[52, 102, 53], "highway=residential");
    way(&[0, 103], "highway=residential");
    way(&[55, 104], "highway=living_street");
    way(&[110, 111, 112, 113, 110], "highway=tertiary junction=roundabout");
    way(&[25, 113], "highway=tertiary");
    way(&[15, 110], "highway=residential");
    way(&[35, 112], "highway=residential");
    text.push_str("</osm>");
    osm::read_from(text.as_bytes(), "town.osm").expect("it is a map")
}

/// The pairs whose bodies touch.
fn touching(seen: &[Seen]) -> Vec<(usize, usize)> {
    let mut cells: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
    let cell = |seen: &Seen| ((seen.front.x / 10.0) as i64, (seen.front.y / 10.0) as i64);
    for (index, vehicle) in seen.iter().enumerate() {
        cells.entry(cell(vehicle)).or_default().push(index);
    }
    let mut found = Vec::new();
    for (index, vehicle) in seen.iter().enumerate() {
        let (x, y) = cell(vehicle);
        for near in (x - 1..=x + 1).flat_map(|x| (y - 1..=y + 1).map(move |y| (x, y))) {
            for other in cells.get(&near).into_iter().flatten().filter(|other| **other > index) {
                if touch(&body(vehicle), &body(&seen[*other])) {
                    found.push((index, *other));
                }
            }
        }
    }
    found
}

fn body(seen: &Seen) -> [(f64, f64); 4] {
    let (x, y) = (seen.front.x - seen.rear.x, seen.front.y - seen.rear.y);
    let length = (x * x + y * y).sqrt();
    let (p, q) = (0.5 * WIDTH * y / length, -0.5 * WIDTH * x / length);
    [
        (seen.front.x + p, seen.front.y + q),
        (seen.front.x - p, seen.front.y - q),
        (seen.rear.x - p, seen.rear.y - q),
        (seen.rear.x + p, seen.rear.y + q),
    ]
}

/// Convex bodies are apart if there is a side of one of them that all of the other lies beyond.
fn touch(one: &[(f64, f64); 4], other: &[(f64, f64); 4]) -> bool {
    let apart = |a: &[(f64, f64); 4], b: &[(f64, f64); 4]| {
        (0..4).any(|side| {
            let (from, to) = (a[side], a[(side + 1) % 4]);
            let normal = (to.1 - from.1, from.0 - to.0);
            let over = |point: &(f64, f64)| (point.0 - from.0) * normal.0 + (point.1 - from.1) * normal.1;
            let sign = over(&a[(side + 2) % 4]);
            b.iter().all(|point| over(point) * sign < 0.0)
        })
    };
    !apart(one, other) && !apart(other, one)
}

const LENGTH: f64 = 4.6;
const WIDTH: f64 = 1.8;
