//! The geometric profile, through the medium: who receives what.

mod common;

use common::{Lines, World, assert_ratio, frame, mac};
use node_lib::addr::Mac;
use node_lib::buffer_pool::AccessCategory;
use node_lib::control::node::TxOutcome;
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::airtime::psdu_bytes;
use radio_lib::{Fading, Geometric, LinkChange, Medium, Profile, RadioError, RadioId};
use std::time::Duration;

const ANY: AccessCategory = AccessCategory::BestEffort;

fn geometric() -> Profile {
    Profile::Geometric(Geometric::default())
}

/// A field of radios that move, some of which appear late or never.
fn field(radios: u64, side_m: f64, max_speed: f64) -> Lines {
    let unit = |radio: u64, part: u64| Key::seed(5).with(radio).with(part).unit() - 0.5;
    let radios = (0..radios).map(|radio| {
        let start = [unit(radio, 0) * side_m, unit(radio, 1) * side_m];
        (radio % 11 != 10).then(|| (start, [unit(radio, 2) * 60.0, unit(radio, 3) * 60.0]))
    });
    Lines { radios: radios.collect(), max_speed }
}

/// Everybody broadcasts and sends to somebody for two seconds; all effects, as text.
fn traffic(places: Lines, names: Vec<u64>, senders: &[u32]) -> (World, Vec<String>) {
    let mut world = World::named(geometric(), places, names.clone());
    world.log = Some(Vec::new());
    for step in 0..40u64 {
        world.run_until(Instant::from_millis(step * 50));
        for sender in senders {
            world.send(*sender, frame(Mac::BROADCAST, 314, AccessCategory::Video));
            let to = senders[(*sender as usize + step as usize + 1) % senders.len()];
            world.send(*sender, frame(mac(names[to as usize]), 514, ANY));
        }
    }
    world.run();
    let log = world.log.take().unwrap_or_default();
    (world, log)
}

#[test]
fn received_power_is_that_of_the_formula() {
    let profile = Profile::Geometric(Geometric { fading: Fading::None, ..Geometric::default() });
    let mut world = World::new(profile, Lines::standing(&[[0.0; 2], [50.0, 0.0], [0.0, 200.0]]));
    world.send(0, frame(Mac::BROADCAST, 100, ANY));
    world.run();
    let power: Vec<f32> = world.delivered.iter().filter_map(|one| one.meta.power_dbm).collect();
    // 20 dBm less 47.865 + 20 lg 50, and less 87.865 + 40 lg 2.
    assert_eq!(power.len(), 2);
    assert!((power[0] + 61.844).abs() < 0.01 && (power[1] + 79.906).abs() < 0.01, "{power:?}");
}

#[test]
fn the_grid_changes_nothing() {
    let radios: Vec<u32> = (0..120).collect();
    let names: Vec<u64> = (0..120).collect();
    // An unbounded speed makes every transmission look at everybody.
    let (brute_world, brute) = traffic(field(120, 6000.0, f64::INFINITY), names.clone(), &radios);
    let (world, log) = traffic(field(120, 6000.0, 45.0), names, &radios);
    assert!(world.delivered.len() > 5_000, "{}", world.delivered.len());
    assert_eq!(log, brute);
    for radio in radios.into_iter().map(RadioId) {
        assert_eq!(world.medium.stats(radio), brute_world.medium.stats(radio));
    }
}

#[test]
fn the_same_calls_give_the_same_effects() {
    let radios: Vec<u32> = (0..40).collect();
    let run = || traffic(field(40, 1500.0, 45.0), (0..40).collect(), &radios).1;
    let first = run();
    assert!(first.len() > 10_000, "{}", first.len());
    assert_eq!(first, run());
}

#[test]
fn a_radio_out_of_reach_changes_nothing() {
    let near = field(30, 1500.0, 45.0);
    let senders: Vec<u32> = (0..30).collect();
    let (world, _) = traffic(near.clone(), (0..30).collect(), &senders);
    // The newcomer comes first, so that every other radio's number shifts by one; the names stay.
    let mut places = vec![Some(([1e6, 1e6], [0.0; 2]))];
    places.extend(near.radios);
    let mut names = vec![1000];
    names.extend(0..30);
    let shifted: Vec<u32> = (1..31).collect();
    let mut other = World::named(geometric(), Lines { radios: places, max_speed: 45.0 }, names);
    for step in 0..40u64 {
        other.run_until(Instant::from_millis(step * 50));
        other.send(0, frame(Mac::BROADCAST, 314, AccessCategory::Video));
        for sender in &shifted {
            other.send(*sender, frame(Mac::BROADCAST, 314, AccessCategory::Video));
            let to = (*sender as usize - 1 + step as usize + 1) % 30;
            other.send(*sender, frame(mac(to as u64), 514, ANY));
        }
    }
    other.run();
    let seen = |world: &World, shift: u32| {
        let mut seen: Vec<String> = world
            .delivered
            .iter()
            .map(|one| format!("{} {} {:?} {:?}", one.at, one.radio.0 - shift, one.frame, one.meta))
            .chain(
                world
                    .statuses
                    .iter()
                    .map(|(at, radio, status)| format!("{at} {} {status:?}", radio.0 - shift)),
            )
            .collect();
        seen.sort_unstable();
        seen
    };
    assert!(world.delivered.len() > 1000);
    assert_eq!(seen(&world, 0), seen(&other, 1));
}

#[test]
fn a_radio_that_is_down_or_not_there_neither_hears_nor_is_heard() {
    let mut places = Lines::standing(&[[0.0; 2], [10.0, 0.0], [20.0, 0.0], [30.0, 0.0]]);
    places.radios[3] = None;
    let mut world = World::new(geometric(), places);
    world.set_up(2, false);
    world.send(0, frame(Mac::BROADCAST, 100, ANY));
    world.send(3, frame(Mac::BROADCAST, 100, ANY));
    world.send(3, frame(mac(0), 100, ANY));
    world.run();
    assert_eq!(world.delivered.iter().map(|one| one.radio.0).collect::<Vec<_>>(), [1]);
    assert_eq!((world.statuses[0].2.outcome, world.statuses[0].2.attempts), (TxOutcome::Unacked, 5));
    let mut near = Vec::new();
    world.medium.neighbours_in_range(RadioId(0), world.now, &world.places, &mut near);
    assert_eq!(near, [RadioId(1)]);
    let expected =
        |to| world.medium.expected_delivery(RadioId(0), RadioId(to), world.now, &world.places, 100);
    assert!(expected(1) > 0.999);
    assert_eq!([expected(0), expected(2), expected(3)], [0.0; 3]);
}

#[test]
fn who_goes_down_or_comes_up_during_a_frame_does_not_receive_it() {
    let mut world = World::new(geometric(), Lines::standing(&[[0.0; 2], [10.0, 0.0], [20.0, 0.0]]));
    world.set_up(1, false);
    world.send(0, frame(Mac::BROADCAST, 1514, ANY));
    // AIFS and the longest backoff are over after 305 µs, the frame after 2206 µs at the earliest.
    world.run_until(Instant::from_millis(1));
    world.set_up(1, true);
    world.set_up(2, false);
    world.run();
    assert!(world.delivered.is_empty());
}

#[test]
fn the_frame_on_the_air_is_cut_off_when_its_radio_goes_down() {
    let mut world = World::new(geometric(), Lines::standing(&[[0.0; 2], [10.0, 0.0]]));
    for _ in 0..3 {
        world.send(0, frame(Mac::BROADCAST, 1514, ANY));
    }
    world.run_until(Instant::from_millis(1));
    world.set_up(0, false);
    assert_eq!(world.medium.queued(RadioId(0)), 0);
    world.run_until(Instant::from_millis(2));
    world.set_up(0, true);
    world.send(0, frame(Mac::BROADCAST, 114, ANY));
    world.run();
    assert_eq!(world.delivered.iter().map(|one| one.frame.len()).collect::<Vec<_>>(), [114]);
    let stats = world.medium.stats(RadioId(0));
    assert_eq!((stats.lost_on_down, stats.cut_off, stats.broadcasts, stats.transmissions()), (3, 1, 1, 2));
    assert_eq!(stats.settled(), stats.offered);
    assert!(stats.data().airtime > Duration::from_micros(184 + 600), "{stats:?}");
}

#[test]
fn a_link_can_be_cut_or_made_lossy_on_top_of_propagation() {
    let mut world = World::new(geometric(), Lines::standing(&[[0.0; 2], [10.0, 0.0], [0.0, 10.0]]));
    let set = |world: &mut World, change| world.medium.set_link(RadioId(1), RadioId(0), change);
    let down = LinkChange { down: Some(true), ..LinkChange::default() };
    set(&mut world, down).expect("a valid change");
    world.send(0, frame(Mac::BROADCAST, 100, ANY));
    world.send(1, frame(mac(0), 100, ANY));
    world.run();
    assert_eq!(world.delivered.iter().map(|one| one.radio.0).collect::<Vec<_>>(), [2]);
    assert_eq!(world.statuses[0].2.outcome, TxOutcome::Unacked);
    let mut near = Vec::new();
    world.medium.neighbours_in_range(RadioId(0), world.now, &world.places, &mut near);
    assert_eq!(near, [RadioId(2)]);

    let lossy = LinkChange { down: Some(false), loss: Some(0.25), ..LinkChange::default() };
    set(&mut world, lossy).expect("a valid change");
    world.delivered.clear();
    for step in 0..20_000 {
        world.run_until(Instant::from_millis(100 + step));
        world.send(1, frame(Mac::BROADCAST, 100, ANY));
    }
    world.run();
    assert_ratio(world.arrivals(0).len() as u64, 20_000, 0.75);
    assert_eq!(world.medium.stats(RadioId(0)).link_losses, 20_000 - world.arrivals(0).len() as u64);
    let expected =
        world.medium.expected_delivery(RadioId(1), RadioId(0), world.now, &world.places, psdu_bytes(100));
    assert!((expected - 0.75).abs() < 1e-4, "{expected}");
}

#[test]
fn positions_count_at_the_end_of_the_frame() {
    // Out of reach when the frame is handed over, next to the transmitter when it ends.
    let arriving = Some(([-2000.0, 0.0], [1e6, 0.0]));
    let mut places = Lines { radios: vec![Some(([0.0; 2], [0.0; 2])), arriving], max_speed: 1e6 };
    let profile = Profile::Geometric(Geometric { fading: Fading::None, ..Geometric::default() });
    let mut world = World::new(profile.clone(), places.clone());
    world.send(0, frame(Mac::BROADCAST, 1514, ANY));
    world.run();
    assert_eq!(world.arrivals(1).len(), 1);
    places.radios[1] = Some(([0.0; 2], [1e6, 0.0]));
    let mut world = World::new(profile, places);
    world.send(0, frame(Mac::BROADCAST, 1514, ANY));
    world.run();
    assert_eq!(world.arrivals(1).len(), 0);
}

#[test]
fn the_cutoff_leaves_out_less_than_one_in_a_million() {
    for fading in [Fading::None, Fading::default()] {
        let profile = Profile::Geometric(Geometric { fading, ..Geometric::default() });
        let world = World::new(profile.clone(), Lines::standing(&[[0.0; 2]]));
        let cutoff = world.medium.cutoff_m().expect("a radius");
        println!("{fading:?}: nothing beyond {cutoff:.1} m");
        let at = [0.0, cutoff * 0.99, cutoff * 1.001].map(|x| [x, 0.0]);
        let world = World::new(profile, Lines::standing(&at));
        let expected = |to, psdu| {
            world.medium.expected_delivery(RadioId(0), RadioId(to), world.now, &world.places, psdu)
        };
        // The smallest frame there is: no payload, 38 bytes of headers.
        assert!((1e-6..1e-2).contains(&expected(1, 38)), "{}", expected(1, 38));
        assert!(expected(1, 338) < expected(1, 38));
        assert_eq!(expected(2, 38), 0.0);
    }
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let new = |settings| Medium::new(Profile::Geometric(settings), Key::seed(1), Vec::new()).map(|_| ());
    assert_eq!(new(Geometric::default()), Ok(()));
    let cases = [
        ("tx_power_dbm", Geometric { tx_power_dbm: f64::NAN, ..Geometric::default() }),
        ("noise_figure_db", Geometric { noise_figure_db: -1.0, ..Geometric::default() }),
        ("implementation_loss_db", Geometric { implementation_loss_db: 1e3, ..Geometric::default() }),
        ("frequency_ghz", Geometric { frequency_ghz: 0.0, ..Geometric::default() }),
        ("attempts", Geometric { attempts: 0, ..Geometric::default() }),
        ("queue", Geometric { queue: 0, ..Geometric::default() }),
    ];
    for (name, settings) in cases {
        match new(settings) {
            Err(RadioError::OutOfRange { setting, .. }) => assert_eq!(setting, name),
            other => panic!("{name}: {other:?}"),
        }
    }
}
