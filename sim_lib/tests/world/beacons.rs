//! Beacons: how many receive them, and how long it is between two.

use super::support::{run, world};
use sim_lib::results::BeaconFigures;
use sim_lib::world::{Outcome, Unobserved};

/// Ten vehicles at equal distances; nobody is in anybody's way on this radio.
fn line(beacons: &str) -> Outcome {
    run(&format!(
        "name: t\nduration: 62s\nwarmup: 1s\n\
         groups: {{cars: {{count: 10, place: {{line: {{from: [0, 0], to: [900, 0]}}}}}}}}\n\
         radio: {{profile: geometric}}\nbeacons: {{{beacons}}}\n"
    ))
    .0
}

fn figures(outcome: &Outcome) -> &BeaconFigures {
    outcome.summary.beacons.as_ref().unwrap()
}

#[test]
fn delivery_over_distance_is_that_of_the_radio_model() {
    let outcome = line("senders: [{from: vehicles}]");
    let figures = figures(&outcome);
    assert_eq!((figures.sent, figures.per_sender_s), (6000, Some(10.0)));
    // By an independent integral over fading: 300 bytes and their headers at 6 Mb/s and 20 dBm.
    for (metres, expected) in [(100, 0.9863), (200, 0.8922), (300, 0.6642), (400, 0.3479), (500, 0.1028)] {
        let row = &outcome.beacons[metres / 25];
        assert_eq!((row.from_m, row.to_m), (metres as f64, metres as f64 + 25.0));
        let pairs = 2 * (10 - metres as u64 / 100);
        assert_eq!(row.around, pairs * 600);
        let ratio = row.ratio.unwrap();
        assert!((ratio - expected).abs() < 0.015, "{ratio} at {metres} m instead of {expected}");
        assert_eq!(figures.ratio_by_distance[metres / 25], row.ratio);
        assert_eq!(outcome.beacons[metres / 25 + 1].around, 0);
    }
    let sum = |count: fn(&sim_lib::results::BeaconRow) -> u64| outcome.beacons.iter().map(count).sum::<u64>();
    assert_eq!((sum(|row| row.around), sum(|row| row.received)), (figures.around, figures.received));
    assert_eq!(outcome.summary.counters["radio.beacon_frames"], 6100, "those of the last second too");
    let airtime = outcome.summary.air.beacons.channel_share.unwrap();
    assert!((airtime - 100.0 * 496e-6).abs() < 1e-4, "{airtime}");
}

/// Vehicles that all hear each other, and an RSU whose heartbeats go on.
fn crowd(vehicles: u32, duration: u32, beacons: &str) -> Outcome {
    run(&format!(
        "name: t\nduration: {duration}s\nwarmup: {}s\nnodes: {{r: {{role: rsu, position: [0, 0]}}}}\n\
         groups: {{cars: {{count: {vehicles}, place: {{circle: {{centre: [0, 0], radius: 50}}}}}}}}\n\
         radio: {{profile: 80211p}}\nbeacons: {{senders: [{{from: vehicles}}], {beacons}}}\n",
        duration - 4
    ))
    .0
}

/// The channel of 250 vehicles that would each take 5 ms a second is more than full. LIMERIC brings it to its fixed point,
/// target / (1 + α / (N β)): what collides makes the channel less busy, and control frames of our own add to it.
#[test]
fn limeric_keeps_the_channel_at_its_target() {
    let outcome = crowd(250, 20, "congestion_control: limeric, measure_one_in: 20");
    let (load, beacons) = (outcome.summary.channel.unwrap(), figures(&outcome));
    let expected = 0.68 / (1.0 + 0.016 / (250.0 * 0.0012));
    assert!((load.mean.unwrap() - expected).abs() < 0.04, "{load:?} instead of {expected}");
    assert!((4.0..8.0).contains(&beacons.per_sender_s.unwrap()), "{:?}", beacons.per_sender_s);
    assert!(outcome.summary.connected_share.unwrap() > 0.99, "heartbeats go on");
    assert!(outcome.summary.counters["radio.deferred"] > 0);
}

#[test]
fn the_table_holds_the_load_down_and_delivery_falls_with_it() {
    let [free, held] = ["none", "reactive"]
        .map(|control| crowd(120, 14, &format!("congestion_control: {control}, measure_one_in: 20")));
    let load = |outcome: &Outcome| outcome.summary.channel.unwrap().mean.unwrap();
    assert!(load(&held) < 0.8 * load(&free), "{} {}", load(&held), load(&free));
    assert_eq!(figures(&free).per_sender_s.map(f64::round), Some(10.0));
    assert!(figures(&held).per_sender_s.unwrap() < 7.0);
    assert!(figures(&held).ratio > figures(&free).ratio);
    assert!(!free.summary.counters.contains_key("radio.deferred"));
}

/// Where losses are independent, the number of intervals between two receptions is geometric: its mean is 1/p, and the share of
/// gaps of one interval is p.
#[test]
fn gaps_are_those_of_independent_losses() {
    let outcome = line("senders: [{from: vehicles}], gap_band: 50");
    for metres in [100, 200, 300] {
        let (gaps, delivery) = (&outcome.gaps[metres / 50], &outcome.beacons[metres / 25]);
        assert_eq!((gaps.from_m, gaps.to_m), (metres as f64, metres as f64 + 50.0));
        let (mean, expected) = (gaps.mean_ms.unwrap(), 100.0 / delivery.ratio.unwrap());
        assert!((mean / expected - 1.0).abs() < 0.01, "{mean} ms at {metres} m instead of {expected}");
        // The quantile of a geometric distribution; times are those of arrival, which backoffs move a little.
        let intervals = ((1.0f64 - 0.95).ln() / (1.0 - delivery.ratio.unwrap()).ln()).ceil();
        let p95 = gaps.p95_ms.unwrap();
        assert!((p95 / 100.0 - intervals).abs() < 0.05, "{p95} ms at {metres} m");
    }
}

#[test]
fn one_in_four_says_the_same() {
    let (all, some) = (line("senders: [{from: all}]"), line("senders: [{from: all}], measure_one_in: 4"));
    let (all, some) = (figures(&all), figures(&some));
    assert_eq!((all.sent, &all.gaps), (some.sent, &some.gaps));
    assert_eq!(all.around, 4 * some.around);
    assert!((all.ratio.unwrap() - some.ratio.unwrap()).abs() < 0.01);
}

#[test]
fn on_an_ideal_radio_links_decide_and_nothing_has_a_distance() {
    let (outcome, _) = run("name: t\nduration: 62s\nwarmup: 1s\n\
         nodes: {a: {role: obu}, b: {role: obu}, r: {role: rsu}}\n\
         radio: {profile: ideal, ideal: {default: {loss: 0.2}}}\n\
         beacons: {senders: [{from: vehicles, rate: 10, start: 2s, stop: 42s}, {from: r, rate: 2}]}\n");
    let figures = figures(&outcome);
    assert_eq!(figures.sent, 2 * 400 + 120);
    assert_eq!(figures.around, 2 * figures.sent);
    assert!((figures.ratio.unwrap() - 0.8).abs() < 0.03, "{:?}", figures.ratio);
    assert!(outcome.beacons.is_empty() && outcome.gaps.is_empty());
    assert!(figures.gaps.times.count > 0);
}

#[test]
fn who_is_down_sends_and_receives_nothing_and_begins_anew() {
    let text = "name: t\nduration: 21s\n\
         nodes: {a: {role: obu}, b: {role: obu}}\nradio: {profile: ideal}\n\
         beacons: {senders: [{from: a}]}\n\
         faults: [{at: 5s, node_down: b}, {at: 10s, node_up: b}, {at: 15s, node_down: a}, {at: 16s, node_up: a}]\n";
    let (outcome, _) = run(text);
    let figures = figures(&outcome);
    assert!((189..=191).contains(&figures.sent), "{}", figures.sent);
    assert!((figures.per_sender_s.unwrap() - 10.0).abs() < 0.1);
    assert!((139..=141).contains(&figures.around), "b was there for 14 s of them: {}", figures.around);
    assert_eq!(figures.received, figures.around);
    assert!(figures.gaps.times.max_ms.unwrap() < 101.0, "a gap is no absence: {:?}", figures.gaps);
}

#[test]
fn the_same_seed_gives_the_same_figures_and_a_run_cut_short_has_some() {
    let jittered = "senders: [{from: vehicles, jitter: 0.5, size: 200, category: voice}]";
    assert_eq!(line(jittered), line(jittered));
    let mut world = world(
        "name: t\nduration: 62s\nnodes: {a: {role: obu}, b: {role: obu}}\nradio: {profile: ideal}\n\
         beacons: {senders: [{from: all}]}\n",
    );
    world.run_until(node_lib::time::Instant::from_secs(10), &mut Unobserved).unwrap();
    let outcome = world.outcome(true);
    assert_eq!(figures(&outcome).sent, 200);
    assert!((figures(&outcome).per_sender_s.unwrap() - 10.0).abs() < 0.01);
}
