//! Disturbances, over both profiles.

mod common;

use common::{Lines, World, assert_ratio, frame, mac};
use node_lib::addr::Mac;
use node_lib::buffer_pool::AccessCategory;
use node_lib::control::node::TxOutcome;
use node_lib::time::Instant;
use radio_lib::{
    Area, Disturbance, Fading, Geometric, Ideal, LinkParams, Profile, RadioError, RadioId, Scope,
};
use std::time::Duration;

const ANY: AccessCategory = AccessCategory::BestEffort;
const FRAMES: u64 = 2000;

/// Whether a scope concerns what one radio sends to another.
type Concerned = fn(usize, usize) -> bool;

/// Four radios in a row, ten metres apart, all within reach of each other and without any loss of their own.
fn worlds() -> [World; 2] {
    let places = Lines::standing(&[[0.0, 0.0], [10.0, 0.0], [20.0, 0.0], [30.0, 0.0]]);
    let link = LinkParams { latency: Duration::from_millis(1), ..LinkParams::default() };
    let ideal = Ideal { full_mesh: Some(link), ..Ideal::default() };
    let geometric = Geometric { fading: Fading::None, ..Geometric::default() };
    [Profile::Ideal(ideal), Profile::Geometric(geometric)].map(|profile| World::new(profile, places.clone()))
}

fn disturb(world: &mut World, scope: Scope, loss: f64) {
    world.medium.disturb(7, Some(Disturbance { scope, loss })).unwrap();
}

/// How many of as many broadcasts of each radio reached each other one.
fn arrivals(world: &mut World) -> Vec<Vec<u64>> {
    let mut counts = vec![vec![0; 4]; 4];
    for (from, counts) in counts.iter_mut().enumerate() {
        for _ in 0..FRAMES {
            world.delivered.clear();
            world.send(from as u32, frame(Mac::BROADCAST, 60, ANY));
            world.run_until(world.now + Duration::from_millis(20));
            world.delivered.iter().for_each(|delivery| counts[delivery.radio.0 as usize] += 1);
        }
    }
    counts
}

#[test]
fn each_scope_concerns_its_transmissions_and_no_others() {
    let around = |x| Scope::Area(Area::Circle { centre: [x, 0.0], radius: 4.0 });
    let cases: [(Scope, Concerned); 4] = [
        (Scope::Link(RadioId(2), RadioId(0)), |a, b| a.min(b) == 0 && a.max(b) == 2),
        (Scope::Radio(RadioId(1)), |a, b| a == 1 || b == 1),
        (around(31.0), |a, b| a == 3 || b == 3),
        (Scope::All, |_, _| true),
    ];
    for (scope, concerned) in cases {
        for mut world in worlds() {
            disturb(&mut world, scope, 0.3);
            let counts = arrivals(&mut world);
            for (from, to) in (0..4).flat_map(|from| (0..4).map(move |to| (from, to))) {
                let count = counts[from][to];
                if from == to {
                    assert_eq!(count, 0);
                } else if concerned(from, to) {
                    assert_ratio(count, FRAMES, 0.7);
                } else {
                    assert_eq!(count, FRAMES, "{scope:?}: {from} to {to}");
                }
            }
            let lost: u64 = (0..4).map(|radio| world.medium.stats(RadioId(radio)).disturbed).sum();
            assert_eq!(lost + counts.iter().flatten().sum::<u64>(), 12 * FRAMES, "each loss is counted");
        }
    }
}

#[test]
fn nothing_passes_a_whole_disturbance_and_the_sender_is_told() {
    for mut world in worlds() {
        disturb(&mut world, Scope::Radio(RadioId(1)), 1.0);
        assert!(world.medium.is_disturbed());
        world.send(0, frame(mac(1), 100, ANY));
        world.send(2, frame(mac(3), 100, ANY));
        world.run_until(Instant::from_millis(200));
        let outcomes: Vec<_> =
            world.statuses.iter().map(|(_, radio, status)| (*radio, status.outcome)).collect();
        assert!(outcomes.contains(&(RadioId(0), TxOutcome::Unacked)), "{outcomes:?}");
        assert!(outcomes.contains(&(RadioId(2), TxOutcome::Acked)), "{outcomes:?}");
        assert_eq!(world.medium.stats(RadioId(1)).disturbed, 5, "one for each attempt");
        let delivery = |world: &World, to| {
            world.medium.expected_delivery(RadioId(0), RadioId(to), world.now, &world.places, 100)
        };
        assert_eq!((delivery(&world, 1), delivery(&world, 2) > 0.99), (0.0, true));
        let mut near = Vec::new();
        world.medium.neighbours_in_range(RadioId(0), world.now, &world.places, &mut near);
        assert_eq!(near, [RadioId(2), RadioId(3)]);

        world.medium.disturb(7, None).unwrap();
        assert!(!world.medium.is_disturbed());
        world.statuses.clear();
        world.send(0, frame(mac(1), 100, ANY));
        world.run_until(Instant::from_millis(400));
        assert_eq!(world.statuses[0].2.outcome, TxOutcome::Acked);
    }
}

#[test]
fn disturbances_add_up_and_mistakes_change_nothing() {
    for mut world in worlds() {
        disturb(&mut world, Scope::All, 0.5);
        world.medium.disturb(8, Some(Disturbance { scope: Scope::Radio(RadioId(0)), loss: 0.5 })).unwrap();
        let expected = |world: &World| {
            world.medium.expected_delivery(RadioId(0), RadioId(1), world.now, &world.places, 100)
        };
        assert!((expected(&world) - 0.25).abs() < 0.01, "{}", expected(&world));
        let mistakes = [
            (Scope::All, 1.5, "loss"),
            (Scope::Radio(RadioId(4)), 0.1, "radio"),
            (Scope::Link(RadioId(1), RadioId(1)), 0.1, "itself"),
        ];
        for (scope, loss, word) in mistakes {
            let error: RadioError = world.medium.disturb(8, Some(Disturbance { scope, loss })).unwrap_err();
            assert!(error.to_string().contains(word), "{error}");
        }
        assert!((expected(&world) - 0.25).abs() < 0.01);
    }
}

/// A radio that comes or goes far away changes no draw.
#[test]
fn draws_are_the_receivers_own() {
    let run = |more: bool| {
        let [mut world, _] = worlds();
        if !more {
            world.set_up(3, false);
        }
        disturb(&mut world, Scope::All, 0.5);
        for _ in 0..200 {
            world.send(0, frame(Mac::BROADCAST, 60, ANY));
            world.run_until(world.now + Duration::from_millis(20));
        }
        let of_one = world.delivered.iter().filter(|delivery| delivery.radio == RadioId(1));
        of_one.map(|delivery| delivery.at).collect::<Vec<_>>()
    };
    assert_eq!(run(true), run(false));
}
