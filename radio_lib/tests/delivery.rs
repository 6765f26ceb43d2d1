//! Delivery over distance, of both profiles that know places, beside an independent integral.

mod common;

use common::{Lines, World, assert_ratio, frame};
use node_lib::addr::Mac;
use node_lib::buffer_pool::AccessCategory;
use node_lib::time::Instant;
use radio_lib::{Dot11p, Geometric, Profile, RadioId};

/// Broadcasts of 300 bytes, 338 with headers, at 20 dBm and 6 Mb/s with the default path loss and fading: the packet error rate
/// integrated over the density of the fading, by a program of its own. ns-3 3.44 gives the same within 0.007.
const REFERENCE: [(f64, f64); 9] = [
    (50.0, 1.0),
    (100.0, 0.9863),
    (150.0, 0.9539),
    (200.0, 0.8922),
    (250.0, 0.7954),
    (300.0, 0.6642),
    (400.0, 0.3479),
    (500.0, 0.1028),
    (600.0, 0.0129),
];
const TOLERANCE: f64 = 0.015;
const FRAMES: u64 = 20_000;

#[test]
fn delivery_ratios_are_those_of_the_independent_integral() {
    println!("profile    distance  measured  95 %            expected  reference");
    let profiles = [
        ("geometric", Profile::Geometric(Geometric::default())),
        ("80211p", Profile::Dot11p(Dot11p::default())),
    ];
    for (name, profile) in profiles {
        let mut places = vec![[0.0; 2]];
        places.extend(REFERENCE.iter().map(|(distance, _)| [*distance, 0.0]));
        let mut world = World::new(profile, Lines::standing(&places));
        for step in 0..FRAMES {
            world.run_until(Instant::from_millis(step));
            world.send(0, frame(Mac::BROADCAST, 314, AccessCategory::Video));
        }
        world.run();
        for (radio, (distance, reference)) in (1..).map(RadioId).zip(REFERENCE) {
            let stats = world.medium.stats(radio);
            let measured = stats.received as f64 / FRAMES as f64;
            let [low, high] = interval(stats.received);
            let expected = world.medium.expected_delivery(RadioId(0), radio, world.now, &world.places, 338);
            println!(
                "{name:10}{distance:7.0} m  {measured:8.4}  {low:.4} to {high:.4}  {expected:6.4}  {reference:9.4}"
            );
            assert!((measured - reference).abs() <= TOLERANCE, "{name}, {distance} m: {measured}");
            assert!((expected - reference).abs() <= 0.001, "{name}, {distance} m: {expected}");
            // The interval of a true value is within the tolerance, too, so that the gate can tell.
            assert!(high - low < TOLERANCE, "{name}, {distance} m: {low} to {high}");
            assert_ratio(stats.received, FRAMES, expected.min(0.9999));
            // `80211p` counts no loss of what couldn't even be heard.
            let known = stats.received + stats.below_sensitivity + stats.decode_errors;
            assert!(known == FRAMES || name == "80211p" && known < FRAMES, "{name}, {distance} m: {known}");
        }
    }
}

/// Wilson's interval, 95 %, of so many of all frames.
fn interval(received: u64) -> [f64; 2] {
    let (n, z) = (FRAMES as f64, 1.96);
    let ratio = received as f64 / n;
    let middle = (ratio + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (ratio * (1.0 - ratio) / n + z * z / (4.0 * n * n)).sqrt();
    [middle - half, middle + half]
}
