//! Radios that are added as the run goes fare as if they had been there, down, from the start.

mod common;

use common::{Lines, World, mac, numbered};
use node_lib::addr::Mac;
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::{
    Buildings, Dot11p, Geometric, Ideal, LinkParams, Mount, PathLoss, Profile, Propagation, RadioError,
    RadioId, RadioSetup, RateControl,
};
use std::sync::Arc;
use std::time::Duration;

/// More than a word of bits, so that every list has to grow.
const RADIOS: u32 = 70;
const ROUNDS: u32 = 30;
/// How many there are from the start: so many that few join, or none.
const FIRST: [u32; 2] = [61, 0];

fn places() -> Lines {
    let place = |radio: u32| {
        let (column, row) = (f64::from(radio % 10), f64::from(radio / 10));
        Some(([column * 90.0, row * 110.0], [f64::from(radio % 3) * 10.0, 5.0]))
    };
    Lines { radios: (0..RADIOS).map(place).collect(), max_speed: 30.0 }
}

fn profiles() -> Vec<Profile> {
    let mesh = LinkParams { latency: Duration::from_micros(300), loss: 0.2, ..LinkParams::default() };
    let house = vec![[100.0, 100.0], [150.0, 100.0], [150.0, 160.0], [100.0, 160.0]];
    let propagation = Propagation {
        path_loss: PathLoss::Urban,
        buildings: Some(Arc::new(Buildings::new(&[house]).expect("a house"))),
        vehicles_block: true,
        joining: Some(Mount::CAR),
        ..Propagation::default()
    };
    vec![
        Profile::Ideal(Ideal { full_mesh: Some(mesh), ..Ideal::default() }),
        Profile::Geometric(Geometric::default()),
        Profile::Dot11p(Dot11p::default()),
        Profile::Dot11p(Dot11p { propagation, ..Dot11p::default() }),
        Profile::Dot11p(Dot11p { rate_control: RateControl::Minstrel, ..Dot11p::default() }),
    ]
}

/// Everybody sends to everybody and to a neighbour, the last ones from when they join on. What arrives, in the order of names.
fn arrivals(
    profile: &Profile,
    names: &[u64],
    first: u32,
    joining: bool,
) -> Vec<(u64, u64, u64, Option<u32>)> {
    let known = if joining { &names[..first as usize] } else { names };
    let mut world = World::named(profile.clone(), places(), known.to_vec());
    world.now = Instant::ZERO;
    for radio in first..known.len() as u32 {
        world.set_up(radio, false);
    }
    let mut there = first;
    for round in 0..ROUNDS {
        let at = Instant::from_millis(40 * u64::from(round));
        world.run_until(at);
        if there < RADIOS {
            let (radio, name) = (there, names[there as usize]);
            there += 1;
            if joining {
                let setup = RadioSetup { mac: mac(name), key: Key::seed(77).with(name).bits() };
                assert_eq!(world.medium.add(&setup), Ok(RadioId(radio)));
            }
            world.set_up(radio, true);
        }
        for radio in 0..there {
            world.run_until(at + Duration::from_micros(u64::from(radio) * 370));
            let neighbour = mac(names[((radio + 1) % there) as usize]);
            let to = if radio % 4 == 0 { neighbour } else { Mac::BROADCAST };
            world.send(radio, numbered(to, 200, round * RADIOS + radio));
        }
    }
    world.run();
    let mut all: Vec<_> = world
        .delivered
        .iter()
        .map(|one| {
            let power = one.meta.power_dbm.map(f32::to_bits);
            (one.at.as_micros(), names[one.radio.0 as usize], u64::from(common::number(&one.frame)), power)
        })
        .collect();
    all.sort_unstable();
    all
}

#[test]
fn who_joins_fares_as_if_it_had_been_there() {
    let names: Vec<u64> = (0..u64::from(RADIOS)).map(|name| name * 7 % 71).collect();
    for (profile, first) in profiles().iter().flat_map(|profile| FIRST.map(|first| (profile, first))) {
        let [from_the_start, later] = [false, true].map(|joining| arrivals(profile, &names, first, joining));
        assert!(from_the_start.len() > 500, "{} arrived", from_the_start.len());
        // All but those who never joined.
        let last = (first + ROUNDS).min(RADIOS) as usize - 1;
        assert!(from_the_start.iter().any(|(_, name, ..)| *name == names[last]));
        assert!(from_the_start == later, "{first} from the start, {profile:?}");
    }
}

#[test]
fn an_address_that_is_taken_is_refused() {
    for profile in profiles() {
        let lines = Lines::standing(&[[0.0; 2], [50.0, 0.0]]);
        let mut world = World::new(profile, lines);
        let setup = |mac| RadioSetup { mac, key: 9 };
        let taken = world.medium.add(&setup(mac(1)));
        assert_eq!(
            taken,
            Err(RadioError::DuplicateMac { mac: mac(1), first: RadioId(1), second: RadioId(2) })
        );
        let group = world.medium.add(&setup(Mac::BROADCAST));
        assert_eq!(group, Err(RadioError::NotUnicast { radio: RadioId(2), mac: Mac::BROADCAST }));
        assert_eq!(world.medium.add(&setup(mac(2))), Ok(RadioId(2)));
    }
}
