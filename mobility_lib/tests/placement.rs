//! Places beside the road: at junctions, at equal distances, and where they reach most.

use mobility_lib::placement::{At, Demand, Site, along_roads, at_junctions, everywhere, greedy};
use mobility_lib::{Network, Position, Track, net};
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn roads_for_cars_are_read() {
    let network = read(REAL);
    let roads: Vec<_> =
        network.roads().map(|road| (road.from.as_str(), road.to.as_str(), road.lanes)).collect();
    assert!(roads.contains(&("101", "102", 1)), "{roads:?}");
    assert!(network.roads().all(|road| !road.id.starts_with(':') && road.length() > 1.0));
    let text = "<net><junction id='a' x='0' y='0'/><junction id='b' x='9' y='0'/>\
        <edge id='ab' from='a' to='b'><lane allow='pedestrian' shape='0,0 9,0'/><lane shape='0,1 9,1'/>\
        <lane disallow='tram' shape='0,2 4,2 9,2'/></edge>\
        <edge id='walk' from='b' to='a'><lane allow='pedestrian' shape='0,0 9,0'/></edge>\
        <edge id=':b' function='internal'><lane shape='9,0 9,1'/></edge></net>";
    let network = read(text);
    assert_eq!(
        network.roads().map(|road| (road.id.as_str(), road.lanes, road.line.len())).collect::<Vec<_>>(),
        [("ab", 2, 3)]
    );
    assert_eq!((network.lanes_into("b"), network.lanes_into("a")), (2, 0));
}

#[test]
fn along_a_road_one_follows_every_so_many_metres() {
    let network = read(&street(3, 400.0));
    let sites = along_roads(&network, 300.0, &[]);
    let xs: Vec<f64> = sites.iter().map(|site| site.position.x).collect();
    assert_eq!(xs.len(), 5, "{xs:?}");
    for (index, x) in xs.iter().enumerate() {
        assert!((x - 300.0 * index as f64).abs() < 8.0, "{xs:?}");
    }
    let taken = [Position { x: 0.0, y: 0.0 }];
    assert_eq!(along_roads(&network, 300.0, &taken).len(), 4, "one is there already");
}

#[test]
fn the_largest_junctions_come_first() {
    let network = read(&street(4, 100.0));
    let ids = |spacing| -> Vec<At> {
        at_junctions(&network, spacing, &[]).into_iter().map(|site| site.at).collect()
    };
    let junctions = |ids: &[&str]| ids.iter().map(|id| At::Junction((*id).to_owned())).collect::<Vec<_>>();
    assert_eq!(ids(0.0), junctions(&["j1", "j2", "j3", "j0", "j4"]), "the ends have fewer lanes");
    assert_eq!(ids(150.0), junctions(&["j1", "j3"]));
}

/// By hand: the middle reaches 400 m of 800 m, then each end adds 200 m.
#[test]
fn greedy_takes_what_adds_most() {
    let network = read(&street(2, 400.0));
    let demand = Demand::of_roads(&network);
    assert!((demand.total() - 1600.0).abs() < 1e-6, "both directions: {}", demand.total());
    let sites = everywhere(&network, 100.0);
    let choices = greedy(&sites, &demand, 9, 200.0, &[], &anything);
    let xs: Vec<f64> = choices.iter().map(|choice| sites[choice.site].position.x).collect();
    assert_eq!(xs[0], 400.0, "junctions come first where several places do as much: {xs:?}");
    let together: f64 = choices.iter().map(|choice| choice.adds).sum();
    assert!((together - demand.total()).abs() < 1e-6, "{together}");
    let positions: Vec<Position> = choices.iter().map(|choice| sites[choice.site].position).collect();
    assert_eq!(demand.reached(&positions, 200.0, &anything).1, together);
    let blocked = greedy(&sites, &demand, 9, 200.0, &[], &|site, place| site.x >= 400.0 && place.x >= 400.0);
    let reached: f64 = blocked.iter().map(|choice| choice.adds).sum();
    assert!((reached - 800.0).abs() < 10.0, "{reached}");
    assert!(greedy(&sites, &demand, 9, 1000.0, &[Position { x: 400.0, y: 0.0 }], &anything).is_empty());
}

#[test]
fn vehicles_count_by_their_time() {
    let way = vec![(0, Position { x: 0.0, y: 0.0 }), (10_000_000, Position { x: 100.0, y: 0.0 })];
    let tracks = [Track::passing(way).expect("right"), Track::fixed(Position { x: 500.0, y: 0.0 })];
    let demand = Demand::of_tracks(tracks.iter(), 20);
    assert_eq!(demand.total(), 31.0);
    let (each, together) =
        demand.reached(&[Position { x: 0.0, y: 0.0 }, Position { x: 500.0, y: 0.0 }], 50.0, &anything);
    assert_eq!((each, together), (vec![6.0, 20.0], 26.0));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    /// Against the algorithm as it stands in books, and against the best of all choices.
    #[test]
    fn greedy_is_the_plain_greedy_and_near_the_best(
        sites in vec((0..300i32, 0..300i32), 1..9),
        places in vec((0..300i32, 0..300i32), 1..60),
        count in 1..4usize,
        range in 10..150i32,
    ) {
        let at = |(x, y): &(i32, i32)| Position { x: f64::from(*x), y: f64::from(*y) };
        let tracks: Vec<Track> = places.iter().map(|place| Track::fixed(at(place))).collect();
        let demand = Demand::of_tracks(tracks.iter(), 1);
        let sites: Vec<Site> =
            sites.iter().map(|site| Site { position: at(site), at: At::Road("r".into()) }).collect();
        let range = f64::from(range);
        let reached = |chosen: &[usize]| {
            let positions: Vec<Position> = chosen.iter().map(|site| sites[*site].position).collect();
            demand.reached(&positions, range, &anything).1
        };
        let mut plain: Vec<usize> = Vec::new();
        for _ in 0..count {
            let gain = |site: usize| reached(&[plain.as_slice(), &[site]].concat()) - reached(&plain);
            let mut best = 0;
            for site in 1..sites.len() {
                if gain(site) > gain(best) { best = site; }
            }
            if gain(best) <= 0.0 { break; }
            plain.push(best);
        }
        let choices = greedy(&sites, &demand, count, range, &[], &anything);
        prop_assert_eq!(choices.iter().map(|choice| choice.site).collect::<Vec<_>>(), plain.clone());
        let best = (0..1usize << sites.len())
            .filter(|subset| subset.count_ones() as usize <= count)
            .map(|subset| reached(&(0..sites.len()).filter(|site| subset >> site & 1 == 1).collect::<Vec<_>>()))
            .fold(0.0, f64::max);
        prop_assert!(reached(&plain) >= (1.0 - (-1.0f64).exp()) * best - 1e-9);
    }
}

fn anything(_: Position, _: Position) -> bool {
    true
}

/// A street of so many pieces from west to east, with a lane in each direction.
fn street(pieces: u32, length: f64) -> String {
    let mut text = "<net>".to_owned();
    for piece in 0..pieces {
        let (from, to) = (f64::from(piece) * length, f64::from(piece + 1) * length);
        let next = piece + 1;
        text += &format!(
            "<edge id='e{piece}' from='j{piece}' to='j{next}'><lane shape='{from},0 {to},0'/></edge>"
        );
        text += &format!(
            "<edge id='w{piece}' from='j{next}' to='j{piece}'><lane shape='{to},0 {from},0'/></edge>"
        );
    }
    for junction in 0..=pieces {
        text += &format!("<junction id='j{junction}' x='{}' y='0'/>", f64::from(junction) * length);
    }
    text + "</net>"
}

fn read(text: &str) -> Network {
    net::read_from(text.as_bytes(), "test.net.xml").expect("a network")
}

const REAL: &str = include_str!("data/crossing.net.xml");
