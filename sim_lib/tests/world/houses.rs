//! A house in the way, on the radio `80211p`: who is behind it goes round the corner, over others.

use crate::support::{Watch, scenario};
use sim_lib::world::World;
use std::path::Path;

/// A car at one side of a corner house, the RSU at the other, and a relay at the corner that goes down for five seconds.
const CORNER: &str = "
name: corner
duration: 20s
warmup: 1s
nodes:
  rsu: {role: rsu, position: [0, 120]}
  corner: {role: obu, position: [0, 0]}
  car: {role: obu, position: [120, 0]}
radio: {profile: 80211p}
traffic: [{name: up, kind: constant, from: car, to: rsu, rate: 50, size: 300}]
faults: [{at: 5s, node_down: corner}, {at: 10s, node_up: corner}]
";

/// The seconds by hops of the car's route, and the delivery ratio.
fn hops(outlines: &[Vec<[f64; 2]>]) -> (Vec<Option<u32>>, f64) {
    let mut corner = scenario(CORNER);
    corner.radio.dot11p.propagation.outlines = outlines.to_vec();
    let mut world = World::new(&corner, Path::new("")).unwrap();
    world.set_checked(true);
    let mut watch = Watch::default();
    let outcome = world.run(&mut watch).unwrap();
    let hops = watch.tracks.iter().filter(|place| place.node == "car").map(|place| place.hops).collect();
    (hops, outcome.summary.up.ratio.unwrap())
}

#[test]
fn who_is_behind_a_house_goes_round_it() {
    let house = vec![[20.0, 20.0], [100.0, 20.0], [100.0, 100.0], [20.0, 100.0]];
    let (open, delivered) = hops(&[]);
    println!("in the open: {open:?}, {delivered:.3} delivered");
    assert!(open[2..].iter().all(|hops| *hops == Some(1)), "{open:?}");
    assert!(delivered > 0.99);
    let (behind, delivered) = hops(&[house]);
    println!("behind it:   {behind:?}, {delivered:.3} delivered");
    assert!(behind[2..5].iter().chain(&behind[12..]).all(|hops| *hops == Some(2)), "{behind:?}");
    assert!(behind[7..10].iter().all(Option::is_none), "{behind:?}");
    // While the relay is down nothing arrives.
    assert!((0.68..0.78).contains(&delivered), "{delivered}");
}
