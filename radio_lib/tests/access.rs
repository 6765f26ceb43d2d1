//! Medium access in the geometric profile: timing, retries, queues.

mod common;

use AccessCategory::{Background, BestEffort, Video, Voice};
use common::{Lines, World, frame, mac, number, numbered};
use node_lib::addr::Mac;
use node_lib::buffer_pool::{AccessCategory, Frame};
use node_lib::control::node::TxOutcome;
use node_lib::time::Instant;
use radio_lib::airtime::{ACK_TIMEOUT, aifs, airtime, contention_window, mean_unicast_time, psdu_bytes};
use radio_lib::{Fading, Geometric, Profile, RadioId, Rate};
use std::time::Duration;

/// Two radios 10 m apart that never lose a frame.
fn world() -> World {
    let profile = Profile::Geometric(Geometric { fading: Fading::None, ..Geometric::default() });
    World::new(profile, Lines::standing(&[[0.0; 2], [10.0, 0.0]]))
}

fn micros(count: u64) -> Duration {
    Duration::from_micros(count)
}

#[test]
fn a_full_unicast_takes_two_point_four_milliseconds_on_average() {
    // A network packet of 1500 bytes: our frame has 1514, its PSDU 1538.
    let mut world = world();
    let frames = 5000;
    for _ in 0..frames {
        world.send(0, frame(mac(1), 1514, BestEffort));
        world.run();
    }
    let mean = world.now.as_secs_f64() * 1e6 / f64::from(frames);
    println!("mean time of a unicast: {mean:.1} µs; {:.3} Mb/s", 1500.0 * 8.0 / mean);
    // Propagation, rounded up to a microsecond each way, is added; the backoff's mean has an error of its own.
    let expected = mean_unicast_time(Rate::Mbps6, 1514, BestEffort).as_secs_f64() * 1e6 + 2.0;
    let standard_error = 13.0 * (255.0f64 / 12.0).sqrt() / f64::from(frames).sqrt();
    assert!((mean - expected).abs() < 5.0 * standard_error, "{mean} µs, expected {expected}");
    assert!((mean - 2400.0).abs() < 10.0, "{mean}");
    assert_eq!(world.medium.stats(RadioId(0)).acked, u64::from(frames as u32));
    assert_eq!(world.medium.stats(RadioId(1)).data().ack_airtime, micros(64) * frames as u32);
}

#[test]
fn a_queue_of_unicasts_is_sent_back_to_back() {
    let mut world = world();
    for step in 0..64 {
        world.send(0, numbered(mac(1), 1514, step));
    }
    world.run();
    let order: Vec<u32> = world.delivered.iter().map(|one| number(&one.frame)).collect();
    assert_eq!(order, (0..64).collect::<Vec<_>>());
    let longest = aifs(Background) + micros(13) * 15 + micros(2096 + 32 + 64 + 2);
    let gaps = world.statuses.windows(2).map(|pair| pair[1].0.since(pair[0].0));
    assert!(gaps.clone().all(|gap| gap <= longest && gap >= longest - micros(13) * 15));
}

#[test]
fn an_unacknowledged_unicast_takes_five_attempts_with_growing_windows() {
    let slot_times = |world: &World| {
        let attempt = aifs(BestEffort) + airtime(Rate::Mbps6, psdu_bytes(1514)) + ACK_TIMEOUT;
        let backoffs = world.now.since(Instant::ZERO) - attempt * 5;
        assert_eq!(backoffs.as_micros() % 13, 0);
        backoffs.as_micros() / 13
    };
    let most: u32 = (0..5).map(|retry| contention_window(BestEffort, retry)).sum();
    assert_eq!(most, 15 + 31 + 63 + 127 + 255);
    // Down, and an address that nobody has.
    for to in [1, 99] {
        let mut world = world();
        world.set_up(1, false);
        world.send(0, frame(mac(to), 1514, BestEffort));
        world.run();
        let (at, _, status) = &world.statuses[0];
        assert_eq!((status.outcome, status.attempts, *at), (TxOutcome::Unacked, 5, world.now));
        assert_eq!(status.frame.as_ref().map(|frame| frame.len()), Some(1514));
        assert!(slot_times(&world) <= u128::from(most));
        println!("five attempts took {}", world.now);
        let stats = world.medium.stats(RadioId(0));
        assert_eq!((stats.data().frames, stats.data().transmissions, stats.unacked), (1, 5, 1));
        assert_eq!(stats.data().airtime, micros(2096) * 5);
    }
    let worst = (aifs(Background) + airtime(Rate::Mbps3, 1538) + ACK_TIMEOUT) * 5 + micros(13) * most;
    assert!((worst.as_secs_f64() - 0.0285).abs() < 0.001, "{worst:?}");
}

#[test]
fn a_lost_acknowledgement_does_not_deliver_twice() {
    let profile = Profile::Geometric(Geometric::default());
    let mut world = World::new(profile, Lines::standing(&[[0.0; 2], [300.0, 0.0]]));
    for step in 0..2000 {
        world.send(0, numbered(mac(1), 1514, step));
        world.run();
    }
    assert!(world.delivered.windows(2).all(|pair| number(&pair[0].frame) < number(&pair[1].frame)));
    let (sent, heard) = (world.medium.stats(RadioId(0)), world.medium.stats(RadioId(1)));
    assert!(heard.duplicates > 100 && sent.retries() > 1000, "{heard:?}");
    assert_eq!((heard.received, world.statuses.len()), (world.delivered.len() as u64, 2000));
    assert_eq!(heard.acks, heard.received + heard.duplicates);
    let arrived = heard.acks + heard.below_sensitivity + heard.decode_errors;
    assert_eq!(arrived, sent.transmissions());
    // Everything acknowledged was delivered.
    assert!(sent.acked <= heard.received && sent.acked + sent.unacked == 2000);
}

#[test]
fn a_full_queue_refuses_the_new_frame() {
    let mut world = world();
    for step in 0..70 {
        world.send(0, numbered(mac(1), 100, step));
    }
    // One waits for the air, 64 in the queue.
    assert_eq!(world.medium.queued(RadioId(0)), 65);
    assert_eq!(world.medium.stats(RadioId(0)).queue_full(Background), 5);
    // Another category has its own queue: it is not shut out, and goes first.
    world.send(0, frame(mac(1), 200, Video));
    world.send(0, frame(Mac::BROADCAST, 100, Background));
    world.run_until(Instant::ZERO);
    let refused: Vec<u32> =
        world.statuses.iter().filter_map(|one| one.2.frame.as_ref().map(number)).collect();
    assert_eq!(refused, [65, 66, 67, 68, 69]);
    assert!(world.statuses.iter().all(|one| (one.2.outcome, one.2.attempts) == (TxOutcome::Unacked, 0)));
    world.run();
    assert_eq!(world.delivered[0].frame.len(), 200);
    let stats = world.medium.stats(RadioId(0));
    assert_eq!((stats.queue_full, stats.acked, stats.offered), ([6, 0, 0, 0], 66, 72));
    assert_eq!(stats.settled(), stats.offered);
}

#[test]
fn the_most_urgent_goes_first_and_each_category_in_its_order() {
    let mut world = world();
    let categories = [Background, Voice, BestEffort, Background, Video, Voice, BestEffort, Video];
    for (step, category) in (0..).zip(categories) {
        let mut frame = numbered(mac(1), 100, step);
        frame.category = category;
        world.send(0, frame);
    }
    world.run();
    let order: Vec<u32> = world.delivered.iter().map(|one| number(&one.frame)).collect();
    assert_eq!(order, [1, 5, 4, 7, 2, 6, 0, 3]);
}

#[test]
fn a_frame_on_the_air_is_not_interrupted() {
    let mut world = world();
    world.send(0, numbered(mac(1), 1514, 0));
    world.send(0, numbered(mac(1), 1514, 1));
    world.run_until(Instant::from_millis(1));
    let mut urgent = numbered(mac(1), 100, 2);
    urgent.category = Voice;
    world.send(0, urgent);
    world.run();
    let order: Vec<u32> = world.delivered.iter().map(|one| number(&one.frame)).collect();
    assert_eq!(order, [0, 2, 1]);
    assert_eq!(world.medium.stats(RadioId(0)).retries(), 0);
}

#[test]
fn queued_unicasts_can_be_withdrawn() {
    let mut world = World::new(
        Profile::Geometric(Geometric { fading: Fading::None, ..Geometric::default() }),
        Lines::standing(&[[0.0; 2], [10.0, 0.0], [20.0, 0.0]]),
    );
    for step in 0..9 {
        let to = [mac(1), mac(2), Mac::BROADCAST][step % 3];
        let mut frame = numbered(to, 1514, step as u32);
        frame.category = if step > 5 { BestEffort } else { Background };
        world.send(0, frame);
    }
    // Frame 6 is on the air.
    world.run_until(Instant::from_millis(1));
    world.withdraw(0, mac(1));
    world.run_until(world.now);
    let back: Vec<u32> = world.statuses.iter().filter_map(|one| one.2.frame.as_ref().map(number)).collect();
    assert_eq!(back, [0, 3]);
    assert!(world.statuses.iter().all(|one| (one.2.outcome, one.2.attempts) == (TxOutcome::Withdrawn, 0)));
    world.run();
    let order: Vec<u32> =
        world.delivered.iter().filter(|one| one.radio.0 != 1).map(|one| number(&one.frame)).collect();
    assert_eq!(order, [7, 8, 1, 2, 4, 5]);
    assert_eq!(world.arrivals(1).len(), 4);
    let stats = world.medium.stats(RadioId(0));
    assert_eq!((stats.withdrawn, stats.acked, stats.broadcasts), (2, 4, 3));
}

#[test]
fn a_unicast_that_waits_for_the_air_can_be_withdrawn_and_the_next_one_leaves() {
    let mut world = world();
    world.send(0, numbered(mac(99), 100, 0));
    world.send(0, numbered(mac(1), 100, 1));
    world.withdraw(0, mac(99));
    world.run();
    assert_eq!((world.statuses[0].0, world.statuses[0].2.outcome), (Instant::ZERO, TxOutcome::Withdrawn));
    assert_eq!((world.statuses[1].2.to, world.statuses[1].2.outcome), (mac(1), TxOutcome::Acked));
    assert_eq!(world.medium.stats(RadioId(0)).transmissions(), 1);
}

#[test]
fn what_the_radio_cannot_send_is_refused() {
    let mut world = world();
    // Too short for a header, too long for the PHY.
    world.send(0, Frame::copy_from(&[2; 13]));
    world.send(0, frame(mac(1), 5000, BestEffort));
    world.send(0, frame(mac(1), 4071, BestEffort));
    world.set_up(1, false);
    world.send(1, frame(mac(0), 100, BestEffort));
    world.send(1, frame(Mac::BROADCAST, 100, BestEffort));
    world.run_until(world.now);
    let refused: Vec<(u32, usize)> = world
        .statuses
        .iter()
        .filter(|one| (one.2.outcome, one.2.attempts) == (TxOutcome::SendError, 0))
        .map(|one| (one.1.0, one.2.frame.as_ref().map_or(0, |frame| frame.len())))
        .collect();
    assert_eq!(refused, [(0, 5000), (1, 100)]);
    assert_eq!([0, 1].map(|radio| world.medium.stats(RadioId(radio)).refused), [2, 2]);
}

#[test]
fn control_and_data_are_counted_apart() {
    let mut world = world();
    for (packet_type, len) in [(0x00, 60), (0x02, 80), (0x01, 100), (0x55, 120)] {
        let mut frame = frame(mac(1), len, BestEffort);
        frame[14] = packet_type;
        world.send(0, frame);
    }
    world.send(0, frame(mac(1), 14, BestEffort));
    world.run();
    let (sent, heard) = (world.medium.stats(RadioId(0)), world.medium.stats(RadioId(1)));
    assert_eq!((sent.control().frames, sent.control().bytes), (2, 140));
    assert_eq!((sent.data().frames, sent.data().bytes), (3, 234));
    assert_eq!(sent.control().airtime, airtime(Rate::Mbps6, 84) + airtime(Rate::Mbps6, 104));
    assert_eq!((heard.control().ack_airtime, heard.data().ack_airtime), (micros(128), micros(192)));
    assert_eq!((heard.received, heard.received_bytes, heard.airtime()), (5, 374, micros(320)));
}
