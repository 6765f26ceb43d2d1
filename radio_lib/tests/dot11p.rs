//! The profile with contention: what it agrees on with the standard, with theory and with another simulator.

mod common;

use AccessCategory::{Background, BestEffort, Video, Voice};
use common::{Lines, World, frame, mac, number, numbered};
use node_lib::addr::Mac;
use node_lib::buffer_pool::AccessCategory;
use node_lib::control::node::TxOutcome;
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::airtime::{SIFS, aifs, airtime, psdu_bytes};
use radio_lib::{
    Access, Dot11p, Fading, LinkChange, Profile, Propagation, RadioId, RadioStats, Rate, RateControl,
};
use std::time::Duration;

/// Without fading.
fn steady() -> Dot11p {
    let propagation = Propagation { fading: Some(Fading::None), ..Propagation::default() };
    Dot11p { propagation, sensing: micros(1), ..Dot11p::default() }
}

fn world(settings: Dot11p, places: &[[f64; 2]]) -> World {
    World::new(Profile::Dot11p(settings), Lines::standing(places))
}

/// So many radios on a circle of 20 m.
fn circle(count: u32) -> Vec<[f64; 2]> {
    let angle = |radio: u32| f64::from(radio) / f64::from(count) * std::f64::consts::TAU;
    (0..count).map(|radio| [20.0 * angle(radio).cos(), 20.0 * angle(radio).sin()]).collect()
}

fn micros(count: u64) -> Duration {
    Duration::from_micros(count)
}

fn sum(world: &World, radios: u32, of: impl Fn(&RadioStats) -> u64) -> u64 {
    (0..radios).map(|radio| of(world.medium.stats(RadioId(radio)))).sum()
}

/// Share of broadcasts that each of `nodes` receives of each other one; every node sends `hz` a second, of 300 bytes of
/// payload, at random times.
fn delivery_in_one_cell(seed: u64, nodes: u32, hz: u64, seconds: u64) -> f64 {
    let mut world = world(steady(), &circle(nodes));
    let gap = 1_000_000 / hz;
    let mut sends: Vec<(u64, u32)> = (0..nodes)
        .flat_map(|node| {
            let key = Key::seed(seed).with(node.into());
            (0..seconds * hz).map(move |round| (round * gap + key.with(round).between(0, gap - 1), node))
        })
        .collect();
    sends.sort_unstable();
    for (at, node) in &sends {
        world.run_until(Instant::from_micros(*at));
        world.send(*node, frame(Mac::BROADCAST, 314, BestEffort));
    }
    world.run();
    let received = sum(&world, nodes, |stats| stats.received);
    received as f64 / (sends.len() as u64 * u64::from(nodes - 1)) as f64
}

#[test]
fn one_cell_delivers_what_the_reference_simulator_says() {
    for (nodes, hz, seconds, reference) in [(10, 10, 20, 0.995), (50, 10, 6, 0.990), (10, 100, 4, 0.973)] {
        let runs: Vec<f64> = (1..=5).map(|seed| delivery_in_one_cell(seed, nodes, hz, seconds)).collect();
        let (mean, half) = interval(&runs);
        println!("{nodes} nodes x {hz} Hz: {mean:.4} ± {half:.4}, reference {reference}");
        assert!((mean - reference).abs() <= 0.02, "{nodes} nodes x {hz} Hz: {mean}, not {reference}");
        assert!(half < 0.02, "{nodes} nodes x {hz} Hz: ± {half} is more than the tolerance");
    }
}

/// Mean of five runs, and half of its 95 % interval: Student's t with 4 degrees of freedom.
fn interval(runs: &[f64]) -> (f64, f64) {
    assert_eq!(runs.len(), 5);
    let mean = runs.iter().sum::<f64>() / 5.0;
    let variance = runs.iter().map(|run| (run - mean) * (run - mean)).sum::<f64>() / 4.0;
    (mean, 2.776 * (variance / 5.0).sqrt())
}

/// What a saturated cell delivers to one more radio that only listens, and what is on the air, per second.
fn saturated(nodes: u32, to: Mac) -> [f64; 3] {
    let (mut world, seconds) = (world(steady(), &circle(nodes + 1)), 3);
    for step in 0..seconds * 1000 {
        for node in 0..nodes {
            while world.medium.queued(RadioId(node)) < 5 {
                world.send(node, frame(to, 314, BestEffort));
            }
        }
        world.run_until(Instant::from_millis(step));
    }
    let counts = [
        world.medium.stats(RadioId(nodes)).received,
        sum(&world, nodes, RadioStats::transmissions),
        sum(&world, nodes, |stats| stats.unacked),
    ];
    counts.map(|count| count as f64 / seconds as f64)
}

/// ns-3 3.44, the same cell: validation compares more of it.
#[test]
fn a_saturated_cell_carries_what_the_reference_simulator_says() {
    let alone = saturated(1, mac(1))[0];
    println!("1 node, unicast: {alone:.0} frames/s, reference 1252");
    assert!((alone / 1252.0 - 1.0).abs() < 0.01, "{alone}");
    let [received, attempts, given_up] = saturated(10, mac(10));
    println!(
        "10 nodes, unicast: {received:.0} of 1204 frames/s, {attempts:.0} of 1796 attempts/s, {given_up:.0} of 10 given up"
    );
    assert!((received / 1204.0 - 1.0).abs() < 0.05, "{received}");
    assert!((attempts / 1796.0 - 1.0).abs() < 0.05, "{attempts}");
    assert!(given_up < 20.0);
    let [_, attempts, _] = saturated(10, Mac::BROADCAST);
    println!("10 nodes, broadcast: {attempts:.0} of 2573 frames/s");
    assert!((attempts / 2573.0 - 1.0).abs() < 0.05, "{attempts}");
}

/// Unicasts of 1214 bytes a second that a link of so many metres carries.
fn carried(settings: Dot11p, metres: f64) -> f64 {
    let (mut world, seconds) = (world(settings, &[[0.0, 0.0], [metres, 0.0]]), 8);
    for step in 0..seconds * 1000 {
        while world.medium.queued(RadioId(0)) < 5 {
            world.send(0, frame(mac(1), 1214, BestEffort));
        }
        world.run_until(Instant::from_millis(step));
    }
    world.medium.stats(RadioId(1)).received as f64 / seconds as f64
}

#[test]
fn rate_adaptation_finds_what_a_link_carries_most_at() {
    let with = |rate, rate_control| {
        let access = [Access { rate, ..Access::default() }; 4];
        let propagation = Propagation { fading: Some(Fading::RAYLEIGH), ..Propagation::default() };
        Dot11p { access, rate_control, propagation, ..Dot11p::default() }
    };
    println!("    m  fixed at each rate, frames/s{:>32}  minstrel", "");
    let mut fastest = Vec::new();
    for metres in [20.0, 60.0, 100.0, 140.0, 180.0] {
        let fixed = Rate::ALL.map(|rate| carried(with(rate, RateControl::Fixed), metres));
        let adapted = carried(with(Rate::Mbps6, RateControl::Minstrel), metres);
        println!("{metres:5}  {}{adapted:10.0}", fixed.map(|rate| format!("{rate:7.0}")).concat());
        let best = fixed.into_iter().fold(0.0, f64::max);
        assert!(adapted > 0.85 * best, "{metres} m: {adapted} instead of {best} frames/s");
        fastest.push(Rate::ALL[fixed.iter().position(|rate| *rate == best).expect("one is the best")]);
    }
    assert!(fastest[0] == Rate::Mbps27 && fastest[4] < Rate::Mbps12, "{fastest:?}");
}

#[test]
fn an_idle_channel_is_taken_at_once_and_a_busy_one_after_a_backoff() {
    let mut world = world(steady(), &circle(2));
    world.run_until(Instant::from_millis(1));
    world.send(0, frame(Mac::BROADCAST, 314, BestEffort));
    world.run();
    let airtime = airtime(Rate::Mbps6, psdu_bytes(314));
    assert_eq!(world.arrivals(1), [1000 + airtime.as_micros() as u64 + 1]);
    // The next one comes while what follows the first is counted down: AIFS and up to 15 slots after it.
    world.send(0, frame(Mac::BROADCAST, 314, BestEffort));
    world.run();
    let wait = Duration::from_micros(world.arrivals(1)[1] - world.arrivals(1)[0]) - airtime;
    assert!(aifs(BestEffort) <= wait && wait <= aifs(BestEffort) + micros(15 * 13), "{wait:?}");
    assert_eq!((wait - aifs(BestEffort)).as_micros() % 13, 0);
    // Both were sensed, nothing else.
    assert_eq!(world.medium.busy_time(world.now, RadioId(1)), Some(airtime * 2));
    assert_eq!(world.medium.busy_time(world.now, RadioId(0)), Some(airtime * 2));
}

#[test]
fn a_station_waits_for_the_frame_it_hears() {
    let mut world = world(steady(), &circle(3));
    let airtime = airtime(Rate::Mbps6, psdu_bytes(314));
    world.run_until(Instant::from_millis(1));
    world.send(0, frame(Mac::BROADCAST, 314, BestEffort));
    world.run_until(Instant::from_micros(1100));
    world.send(1, frame(Mac::BROADCAST, 314, BestEffort));
    world.run();
    let arrivals = world.arrivals(2);
    let wait = Duration::from_micros(arrivals[1] - arrivals[0]) - airtime;
    assert!(wait >= aifs(BestEffort) && wait <= aifs(BestEffort) + micros(15 * 13), "{wait:?}");
}

#[test]
fn what_begins_together_collides_and_what_can_not_be_heard_is_hidden() {
    // At once: neither hears the other, whoever is between them hears noise.
    let mut world = world(steady(), &[[0.0; 2], [100.0, 0.0], [50.0, 1.0]]);
    world.run_until(Instant::from_millis(1));
    world.send(0, frame(Mac::BROADCAST, 314, BestEffort));
    world.send(1, frame(Mac::BROADCAST, 314, BestEffort));
    world.run();
    assert!(world.delivered.is_empty());
    let stats = [0, 1, 2].map(|radio| world.medium.stats(RadioId(radio)).clone());
    assert_eq!((stats[2].interfered, stats[2].occupied, stats[2].received), (1, 1, 0));
    assert_eq!([stats[0].half_duplex, stats[1].half_duplex], [1, 1], "both sent");

    // 500 m to either side: the two ends don't hear each other, and ruin each other's frames in the middle.
    let ends = [[-500.0, 0.0], [500.0, 0.0], [0.0, 0.0]];
    let power = Dot11p { access: [Access { tx_power_dbm: 26.0, ..Access::default() }; 4], ..steady() };
    let mut world = self::world(power, &ends);
    world.send(0, frame(Mac::BROADCAST, 314, BestEffort));
    world.run_until(Instant::from_micros(300));
    world.send(1, frame(Mac::BROADCAST, 314, BestEffort));
    world.run();
    assert!(world.delivered.is_empty(), "{:?}", world.delivered);
    assert_eq!(world.medium.stats(RadioId(2)).interfered, 1);
    // One after the other both arrive.
    world.send(0, frame(Mac::BROADCAST, 314, BestEffort));
    world.run();
    world.send(1, frame(Mac::BROADCAST, 314, BestEffort));
    world.run();
    assert_eq!(world.arrivals(2).len(), 2);
}

#[test]
fn a_bad_frame_is_followed_by_a_longer_silence_once() {
    // So far that the SIGNAL field is heard, and hardly a frame survives.
    let mut world = world(steady(), &[[0.0; 2], [420.0, 0.0]]);
    world.send(0, frame(Mac::BROADCAST, 1514, BestEffort));
    world.run_until(Instant::from_micros(1000));
    world.send(1, frame(Mac::BROADCAST, 100, Voice));
    world.run();
    let bad = airtime(Rate::Mbps6, psdu_bytes(1514)) + aifs(BestEffort);
    let heard = world.medium.stats(RadioId(1));
    assert_eq!((heard.received, heard.decode_errors + heard.below_sensitivity), (0, 1));
    let sent = |world: &World| world.medium.busy_time(world.now, RadioId(1)).expect("it senses");
    assert_eq!(sent(&world), airtime(Rate::Mbps6, psdu_bytes(1514)) + airtime(Rate::Mbps6, psdu_bytes(100)));
    // EIFS: 120 µs more than AIFS, then up to three slots.
    let own = airtime(Rate::Mbps6, psdu_bytes(100));
    let wait = world.now.since(Instant::ZERO) - bad - own;
    assert!(wait >= micros(120) + aifs(Voice) && wait <= micros(120 + 3 * 13) + aifs(Voice), "{wait:?}");
    // After a frame of its own it is AIFS again.
    let before = world.now;
    world.send(1, frame(Mac::BROADCAST, 100, Voice));
    world.run();
    let wait = world.now.since(before) - own;
    assert!(wait <= aifs(Voice) + micros(3 * 13), "{wait:?}");
}

#[test]
fn a_strong_frame_captures_the_receiver_if_it_may() {
    let places = [[-300.0, 0.0], [0.0, 0.0], [3.0, 0.0]];
    for (capture_db, arrived) in [(None, 0), (Some(10.0), 1)] {
        let mut world = world(Dot11p { capture_db, ..steady() }, &places);
        // 1 decodes a frame of 0, which 2 beside it doesn't hear.
        world.medium.set_link(RadioId(0), RadioId(2), down()).expect("two radios");
        world.send(0, frame(Mac::BROADCAST, 1514, BestEffort));
        world.run_until(Instant::from_micros(500));
        world.send(2, frame(Mac::BROADCAST, 100, Voice));
        world.run();
        assert_eq!(world.arrivals(1).len(), arrived, "capture {capture_db:?}");
    }
}

fn down() -> LinkChange {
    LinkChange { down: Some(true), ..LinkChange::default() }
}

#[test]
fn urgent_frames_go_first_and_make_others_of_their_station_wait() {
    let mut world = world(steady(), &circle(2));
    // Something is on the air while they come.
    world.send(1, frame(Mac::BROADCAST, 314, Voice));
    world.run_until(Instant::from_micros(100));
    for category in [Background, BestEffort, Video, Voice] {
        for _ in 0..50 {
            world.send(0, frame(Mac::BROADCAST, 100, category));
        }
    }
    world.run();
    let order: Vec<_> =
        world.delivered.iter().filter(|one| one.radio.0 == 1).map(|one| one.frame.category).collect();
    let mean = |category| {
        let places =
            order.iter().enumerate().filter(|(_, one)| **one == category).map(|(place, _)| place as f64);
        places.sum::<f64>() / 50.0
    };
    let means = [Voice, Video, BestEffort, Background].map(mean);
    println!("mean places of voice, video, best effort, background: {means:.1?}");
    assert_eq!(order.len(), 200, "two of one station never collide");
    assert!(means.is_sorted() && means[0] < 40.0, "{means:?}");
}

#[test]
fn a_unicast_is_acknowledged_or_comes_back_after_five_attempts() {
    let mut world = world(steady(), &[[0.0; 2], [50.0, 0.0], [9000.0, 0.0]]);
    world.send(0, frame(mac(1), 314, BestEffort));
    world.run();
    let (at, _, status) = &world.statuses[0];
    assert_eq!((status.outcome, status.attempts), (TxOutcome::Acked, 1));
    let airtime = airtime(Rate::Mbps6, psdu_bytes(314));
    assert_eq!(at.as_micros(), (aifs(BestEffort) + airtime + SIFS).as_micros() as u64 + 64);
    assert_eq!(world.medium.stats(RadioId(1)).acks, 1);
    world.send(0, frame(mac(2), 314, BestEffort));
    world.run();
    let (_, _, status) = &world.statuses[1];
    assert_eq!((status.outcome, status.attempts), (TxOutcome::Unacked, 5));
    assert_eq!(status.frame.as_ref().map(|frame| frame.len()), Some(314));
    assert_eq!(world.medium.stats(RadioId(0)).transmissions(), 6);
    assert_eq!(world.delivered.len(), 1);
}

#[test]
fn acknowledgements_get_lost_and_nothing_is_delivered_twice() {
    let mut world = world(Dot11p::default(), &[[0.0; 2], [330.0, 0.0]]);
    for step in 0..1000 {
        world.send(0, numbered(mac(1), 1514, step));
        world.run();
    }
    assert!(world.delivered.windows(2).all(|pair| number(&pair[0].frame) < number(&pair[1].frame)));
    let (sent, heard) = (world.medium.stats(RadioId(0)), world.medium.stats(RadioId(1)));
    assert!(heard.duplicates > 50 && sent.retries() > 500, "{heard:?}");
    assert_eq!((heard.received, world.statuses.len()), (world.delivered.len() as u64, 1000));
    assert_eq!(heard.acks, heard.received + heard.duplicates);
    assert!(sent.acked <= heard.received && sent.acked + sent.unacked == 1000);
}

#[test]
fn a_third_station_leaves_time_for_the_acknowledgement() {
    // 2 hears 0 but not 1, whose acknowledgement it could ruin.
    let mut world = world(steady(), &[[0.0; 2], [300.0, 0.0], [-250.0, 0.0]]);
    for _ in 0..200 {
        world.send(2, frame(Mac::BROADCAST, 314, Voice));
        world.send(0, frame(mac(1), 314, Voice));
        world.run();
    }
    let sent = world.medium.stats(RadioId(0));
    println!("{} transmissions of 200 unicasts beside a third station", sent.transmissions());
    assert_eq!(sent.acked, 200);
}

#[test]
fn a_radio_that_goes_down_in_mid_frame_is_heard_by_nobody() {
    let mut world = world(steady(), &circle(3));
    world.send(0, frame(Mac::BROADCAST, 1514, BestEffort));
    world.run_until(Instant::from_micros(1000));
    world.set_up(0, false);
    world.run_until(Instant::from_micros(1200));
    world.set_up(0, true);
    // What is left of the frame keeps others busy to its end.
    world.run_until(Instant::from_micros(3000));
    world.send(0, frame(Mac::BROADCAST, 100, BestEffort));
    world.run();
    let stats = world.medium.stats(RadioId(0));
    assert_eq!((stats.lost_on_down, stats.cut_off, stats.broadcasts), (1, 1, 1));
    assert_eq!(world.arrivals(1).len() + world.arrivals(2).len(), 2, "the second frame alone");
    assert!(world.medium.busy_time(world.now, RadioId(1)) < Some(micros(2600)));
}

#[test]
fn a_radio_that_is_out_of_reach_changes_nothing() {
    let run = |far: bool| {
        let mut places = circle(4);
        places.push([500_000.0, 0.0]);
        let mut world = world(Dot11p::default(), &places);
        for step in 0..400u64 {
            world.run_until(Instant::from_micros(step * 700));
            world.send(step as u32 % 4, frame(Mac::BROADCAST, 314, Video));
            world.send((step as u32 + 1) % 4, frame(mac(step % 3), 314, BestEffort));
            if far {
                world.send(4, frame(Mac::BROADCAST, 1514, Voice));
            }
        }
        world.run();
        world.delivered.iter().map(|one| (one.at, one.radio, one.meta)).collect::<Vec<_>>()
    };
    assert_eq!(run(false), run(true));
}
