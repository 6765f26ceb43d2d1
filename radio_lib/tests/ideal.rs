//! The ideal profile, through the medium.

mod common;

use common::{Lines, World, assert_ratio, frame, mac, number, numbered};
use node_lib::addr::Mac;
use node_lib::buffer_pool::AccessCategory;
use node_lib::control::node::TxOutcome;
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::{Ideal, IdealLink, LinkChange, LinkParams, Medium, Profile, RadioError, RadioId, RadioSetup};
use std::time::Duration;

const ANY: AccessCategory = AccessCategory::BestEffort;

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn link(a: u32, b: u32) -> IdealLink {
    IdealLink {
        a: RadioId(a),
        b: RadioId(b),
        latency: millis(5),
        jitter: Duration::ZERO,
        loss: 0.0,
        rate_bps: None,
    }
}

fn world(radios: usize, links: Vec<IdealLink>) -> World {
    World::new(Profile::Ideal(Ideal { links, ..Ideal::default() }), Lines::standing(&vec![[0.0; 2]; radios]))
}

#[test]
fn a_broadcast_reaches_the_linked_radios_after_their_latency() {
    let mut world = world(4, vec![link(0, 1), IdealLink { latency: millis(7), ..link(2, 0) }]);
    world.now = Instant::from_millis(1);
    world.send(0, frame(Mac::BROADCAST, 100, ANY));
    world.run();
    assert_eq!([1, 2, 3].map(|radio| world.arrivals(radio)), [vec![6_000], vec![8_000], vec![]]);
    assert!(world.statuses.is_empty());
    assert_eq!(world.delivered[0].frame.len(), 100);
    assert_eq!(world.medium.stats(RadioId(0)).broadcasts, 1);
}

#[test]
fn a_unicast_reaches_its_destination_alone_and_is_acknowledged_after_a_round_trip() {
    let mut world = world(3, vec![link(0, 1), link(0, 2)]);
    world.send(0, frame(mac(2), 100, ANY));
    world.run();
    assert_eq!([1, 2].map(|radio| world.arrivals(radio)), [vec![], vec![5_000]]);
    let (at, radio, status) = &world.statuses[0];
    assert_eq!((at.as_millis(), radio.0, status.to), (10, 0, mac(2)));
    assert_eq!((status.outcome, status.attempts, status.frame.is_none()), (TxOutcome::Acked, 1, true));
}

#[test]
fn a_full_mesh_joins_all_that_no_link_joins() {
    let params = LinkParams { latency: millis(2), ..LinkParams::default() };
    let ideal = Ideal { links: vec![link(3, 1)], full_mesh: Some(params), ..Ideal::default() };
    let mut world = World::new(Profile::Ideal(ideal), Lines::standing(&[[0.0; 2]; 4]));
    world.send(1, frame(Mac::BROADCAST, 100, ANY));
    world.run();
    assert_eq!(
        [0, 1, 2, 3].map(|radio| world.arrivals(radio)),
        [vec![2_000], vec![], vec![2_000], vec![5_000]]
    );
}

#[test]
fn jitter_is_uniform_where_frames_are_far_apart() {
    let mut world = world(2, vec![IdealLink { jitter: millis(4), ..link(0, 1) }]);
    for step in 0..4000 {
        world.run_until(Instant::from_millis(step * 10));
        world.send(0, frame(Mac::BROADCAST, 60, ANY));
    }
    world.run();
    let delays: Vec<u64> = world.arrivals(1).iter().map(|at| at % 10_000).collect();
    assert!(delays.iter().all(|delay| (5_000..=9_000).contains(delay)));
    let early = delays.iter().filter(|delay| **delay < 6_000).count();
    assert_ratio(early as u64, 4000, 0.25);
}

#[test]
fn jitter_never_reorders() {
    let lossy = IdealLink { jitter: millis(20), loss: 0.3, ..link(0, 1) };
    let mut world = world(2, vec![lossy]);
    for step in 0..3000u32 {
        world.run_until(Instant::from_micros(u64::from(step) * 700));
        let to = if step.is_multiple_of(3) { Mac::BROADCAST } else { mac(1) };
        world.send(0, numbered(to, 60, step));
    }
    world.run();
    assert!(world.delivered.len() > 2500);
    assert!(world.delivered.windows(2).all(|pair| number(&pair[0].frame) < number(&pair[1].frame)));
}

#[test]
fn losses_attempts_and_duplicates_have_their_probabilities() {
    let mut world = world(2, vec![IdealLink { loss: 0.4, ..link(0, 1) }]);
    let trials = 20_000;
    for _ in 0..trials {
        world.send(0, frame(Mac::BROADCAST, 60, ANY));
    }
    world.run();
    assert_ratio(world.delivered.len() as u64, trials, 0.6);
    assert_eq!(world.medium.stats(RadioId(1)).link_losses, trials - world.delivered.len() as u64);
    assert_eq!(world.medium.expected_delivery(RadioId(0), RadioId(1), world.now, &world.places, 100), 0.6);

    world.delivered.clear();
    for _ in 0..trials {
        world.send(0, frame(mac(1), 60, ANY));
    }
    world.run();
    // The frame is lost five times in a row; frame or acknowledgement are lost five times in a row.
    assert_ratio(world.delivered.len() as u64, trials, 1.0 - 0.4f64.powi(5));
    let acked = world.statuses.iter().filter(|(_, _, status)| status.outcome == TxOutcome::Acked);
    assert_ratio(acked.count() as u64, trials, 1.0 - 0.64f64.powi(5));
    assert_eq!(world.statuses.len() as u64, trials);
    let at_once = world.statuses.iter().filter(|(_, _, status)| status.attempts == 1);
    assert_ratio(at_once.count() as u64, trials, 0.36);
    let (sent, heard) = (world.medium.stats(RadioId(0)), world.medium.stats(RadioId(1)));
    assert_eq!(
        (sent.data().frames, sent.acked + sent.unacked, sent.broadcasts),
        (2 * trials, trials, trials)
    );
    assert_eq!(heard.received + heard.duplicates + heard.link_losses, sent.transmissions());
    assert!(heard.duplicates > 0);
}

#[test]
fn a_rate_serialises_frames_exactly() {
    // 1500 bytes at 7 Mb/s take 1714.2857 µs: a whole second of them must not lose its fractions.
    let mut world = world(2, vec![IdealLink { rate_bps: Some(7_000_000), ..link(0, 1) }]);
    for step in 0..583 {
        world.send(0, numbered(mac(1), 1500, step));
        world.run_until(Instant::from_micros(u64::from(step) * 1_700));
    }
    world.run();
    let arrivals = world.arrivals(1);
    assert_eq!((arrivals.len(), arrivals[0], arrivals[582]), (583, 1_715 + 5_000, 999_429 + 5_000));
    let airtime = world.medium.stats(RadioId(0)).data().airtime;
    assert!((airtime.as_secs_f64() - 0.999_428_571).abs() < 1e-6, "{airtime:?}");
}

#[test]
fn a_broadcast_goes_at_the_slowest_rate_of_the_links_that_are_up() {
    let rates = [(1, Some(8_000_000)), (2, Some(800_000)), (3, None)];
    let links = rates.map(|(b, rate_bps)| IdealLink { rate_bps, ..link(0, b) });
    let mut world = world(4, links.to_vec());
    world.send(0, frame(Mac::BROADCAST, 1000, ANY));
    world.run();
    assert_eq!([1, 2, 3].map(|radio| world.arrivals(radio)), [[15_000], [15_000], [15_000]]);
    let down = LinkChange { down: Some(true), ..LinkChange::default() };
    world.medium.set_link(RadioId(2), RadioId(0), down).expect("a valid change");
    world.delivered.clear();
    world.now = Instant::from_millis(100);
    world.send(0, frame(Mac::BROADCAST, 1000, ANY));
    world.send(0, frame(mac(3), 1000, ANY));
    world.run();
    assert_eq!([1, 2, 3].map(|radio| world.arrivals(radio)), [vec![106_000], vec![], vec![106_000, 106_000]]);
}

#[test]
fn retries_occupy_a_radio_with_a_rate() {
    let mut world = world(3, vec![IdealLink { rate_bps: Some(8_000_000), ..link(0, 1) }]);
    world.set_up(1, false);
    world.send(0, frame(mac(1), 1000, ANY));
    world.send(0, frame(Mac::BROADCAST, 1000, ANY));
    world.run();
    let (at, _, status) = &world.statuses[0];
    // Five times one millisecond of serialisation and a timeout of two latencies.
    assert_eq!((at.as_millis(), status.outcome, status.attempts), (55, TxOutcome::Unacked, 5));
    assert_eq!(world.medium.stats(RadioId(0)).data().airtime, millis(6));
    assert_eq!(world.now, Instant::from_millis(55));
}

#[test]
fn nobody_there_means_unacknowledged_after_all_attempts() {
    let mut world = world(4, vec![link(0, 1), link(0, 2)]);
    let down = LinkChange { down: Some(true), ..LinkChange::default() };
    world.medium.set_link(RadioId(1), RadioId(0), down).expect("a valid change");
    world.set_up(2, false);
    // A link that is down, a radio that is down, one without a link, itself, and an address that nobody has.
    for (to, time) in [(1, 50), (2, 50), (3, 5), (0, 5), (99, 5)] {
        world.statuses.clear();
        let start = world.now;
        world.send(0, frame(mac(to), 60, ANY));
        world.run();
        let (at, _, status) = &world.statuses[0];
        assert_eq!((status.outcome, status.attempts), (TxOutcome::Unacked, 5), "to {to}");
        assert_eq!(at.since(start), millis(time), "to {to}");
        assert_eq!(status.frame.as_ref().map(|frame| frame.len()), Some(60));
    }
    assert!(world.delivered.is_empty());
    assert_eq!(world.medium.stats(RadioId(0)).retries(), 20);
    let mut linked = Vec::new();
    world.medium.neighbours_in_range(RadioId(0), world.now, &world.places, &mut linked);
    assert_eq!(linked, []);
    assert_eq!(world.medium.cutoff_m(), None);
}

#[test]
fn links_are_changed_and_made_while_running() {
    let mut world = world(3, vec![link(0, 1)]);
    let change = LinkChange {
        latency: Some(millis(30)),
        jitter: Some(millis(0)),
        loss: Some(0.0),
        rate_bps: Some(Some(8_000)),
        down: Some(false),
    };
    world.medium.set_link(RadioId(0), RadioId(1), change).expect("a valid change");
    let made = LinkChange { latency: Some(millis(1)), ..LinkChange::default() };
    world.medium.set_link(RadioId(2), RadioId(0), made).expect("a valid change");
    world.send(0, frame(mac(1), 100, ANY));
    world.send(2, frame(mac(0), 100, ANY));
    world.run();
    assert_eq!([0, 1].map(|radio| world.arrivals(radio)), [[1_000], [130_000]]);
    let impossible = LinkChange { loss: Some(1.5), ..LinkChange::default() };
    let error = RadioError::OutOfRange { setting: "loss", value: 1.5, allowed: "between 0 and 1" };
    assert_eq!(world.medium.set_link(RadioId(0), RadioId(1), impossible), Err(error));
}

#[test]
fn settings_that_make_no_sense_are_refused_with_their_place() {
    let radios = |macs: &[Mac]| macs.iter().map(|mac| RadioSetup { mac: *mac, key: 0 }).collect::<Vec<_>>();
    let three = radios(&[mac(0), mac(1), mac(2)]);
    let new = |ideal: Ideal, radios| Medium::new(Profile::Ideal(ideal), Key::seed(1), radios).err();
    let with = |links: &[IdealLink]| Ideal { links: links.to_vec(), ..Ideal::default() };
    assert_eq!(new(with(&[link(0, 1)]), three.clone()), None);
    let cases = [
        (with(&[link(0, 3)]), RadioError::UnknownRadio { radio: RadioId(3), count: 3 }),
        (with(&[link(1, 1)]), RadioError::SelfLink { radio: RadioId(1) }),
        (with(&[link(0, 1), link(1, 0)]), RadioError::DuplicateLink { a: RadioId(0), b: RadioId(1) }),
        (
            with(&[IdealLink { loss: -0.1, ..link(0, 1) }]),
            RadioError::OutOfRange { setting: "loss", value: -0.1, allowed: "between 0 and 1" },
        ),
        (
            Ideal { attempts: 0, ..Ideal::default() },
            RadioError::OutOfRange { setting: "attempts", value: 0.0, allowed: "at least 1" },
        ),
    ];
    for (ideal, error) in cases {
        assert_eq!(new(ideal, three.clone()), Some(error));
    }
    let twins = RadioError::DuplicateMac { mac: mac(1), first: RadioId(0), second: RadioId(2) };
    assert_eq!(new(Ideal::default(), radios(&[mac(1), mac(2), mac(1)])), Some(twins));
    let group = RadioError::NotUnicast { radio: RadioId(0), mac: Mac::BROADCAST };
    assert_eq!(new(Ideal::default(), radios(&[Mac::BROADCAST])), Some(group));
}
