//! Random calls in order of time: nothing panics, and every frame is accounted for.

mod common;

use common::{Lines, World, frame, mac};
use node_lib::addr::Mac;
use node_lib::buffer_pool::AccessCategory;
use node_lib::time::Instant;
use proptest::prelude::*;
use radio_lib::{Dot11p, Geometric, Ideal, IdealLink, LinkChange, LinkParams, Profile, RadioId};
use std::time::Duration;

const RADIOS: u32 = 5;

#[derive(Clone, Debug)]
enum Call {
    Wait { micros: u64 },
    Send { radio: u32, to: Option<u64>, len: usize, category: AccessCategory },
    Withdraw { radio: u32, to: u64 },
    SetUp { radio: u32, up: bool },
    SetLink { a: u32, b: u32, change: LinkChange },
    Wake { radio: u32 },
}

fn call() -> impl Strategy<Value = Call> {
    use AccessCategory::{Background, BestEffort, Video, Voice};
    let radio = 0..RADIOS;
    let category = prop_oneof![Just(Background), Just(BestEffort), Just(Video), Just(Voice)];
    let len = prop_oneof![0..20usize, 14..2000usize, Just(5000), Just(67_000)];
    // One address more than there are radios.
    let to = 0..=u64::from(RADIOS);
    let change = (
        any::<Option<bool>>(),
        proptest::option::of(-0.2..1.2f64),
        any::<Option<u16>>(),
        any::<Option<u16>>(),
    )
        .prop_map(|(down, loss, latency, rate)| LinkChange {
            down,
            loss,
            latency: latency.map(|micros| Duration::from_micros(micros.into())),
            jitter: latency.map(|micros| Duration::from_nanos(micros.into())),
            rate_bps: rate.map(|rate| Some(u64::from(rate) * 1000)),
        });
    prop_oneof![
        4 => (0..5000u64).prop_map(|micros| Call::Wait { micros }),
        10 => (radio.clone(), proptest::option::weighted(0.7, to.clone()), len, category)
            .prop_map(|(radio, to, len, category)| Call::Send { radio, to, len, category }),
        2 => (radio.clone(), to).prop_map(|(radio, to)| Call::Withdraw { radio, to }),
        2 => (radio.clone(), proptest::bool::weighted(0.7)).prop_map(|(radio, up)| Call::SetUp { radio, up }),
        2 => (radio.clone(), 0..RADIOS + 2, change).prop_map(|(a, b, change)| Call::SetLink { a, b, change }),
        1 => radio.prop_map(|radio| Call::Wake { radio }),
    ]
}

fn profile() -> impl Strategy<Value = Profile> {
    let link = |a, b, rate_bps| IdealLink {
        a: RadioId(a),
        b: RadioId(b),
        latency: Duration::from_micros(300),
        jitter: Duration::from_micros(500),
        loss: 0.3,
        rate_bps,
    };
    let links = vec![link(0, 1, Some(1_000_000)), link(1, 2, None), link(3, 0, Some(20_000_000))];
    let mesh = LinkParams { latency: Duration::from_micros(100), loss: 0.1, ..LinkParams::default() };
    prop_oneof![
        Just(Profile::Geometric(Geometric { queue: 3, ..Geometric::default() })),
        Just(Profile::Dot11p(Dot11p { queue: 3, ..Dot11p::default() })),
        Just(Profile::Dot11p(Dot11p { queue: 3, capture_db: Some(10.0), attempts: 2, ..Dot11p::default() })),
        Just(Profile::Ideal(Ideal { links: links.clone(), full_mesh: Some(mesh), attempts: 3, queue: 2 })),
        Just(Profile::Ideal(Ideal { links, full_mesh: None, attempts: 1, queue: 2 })),
    ]
}

fn places() -> Lines {
    let at = |x, speed| Some(([x, 0.0], [speed, 0.0]));
    Lines {
        radios: vec![at(0.0, 0.0), at(100.0, 30.0), at(300.0, -30.0), at(5000.0, 0.0), None],
        max_speed: 30.0,
    }
}

fn apply(world: &mut World, call: &Call) {
    match call.clone() {
        Call::Wait { micros } => world.run_until(world.now + Duration::from_micros(micros)),
        Call::Send { radio, to, len, category } => {
            let mut sent = frame(to.map_or(Mac::BROADCAST, mac), len.max(6), category);
            sent.truncate(len);
            world.send(radio, sent);
        }
        Call::Withdraw { radio, to } => world.withdraw(radio, mac(to)),
        Call::SetUp { radio, up } => world.set_up(radio, up),
        Call::SetLink { a, b, change } => {
            let possible = a != b
                && b < RADIOS
                && change.loss.is_none_or(|loss| (0.0..=1.0).contains(&loss))
                && change.rate_bps != Some(Some(0));
            assert_eq!(world.medium.set_link(RadioId(a), RadioId(b), change).is_ok(), possible);
        }
        Call::Wake { radio } => {
            let mut out = Vec::new();
            let before = world.medium.queued(RadioId(radio));
            world.medium.handle_wake(world.now, RadioId(radio), &world.places, &mut out);
            // What it gives is what would have come anyway; an idle or busy radio gives nothing.
            assert!(before > 0 || out.is_empty());
            world.take(out);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_frame_is_accounted_for(profile in profile(), calls in proptest::collection::vec(call(), 1..120)) {
        let mut world = World::new(profile, places());
        let mut unicasts = [0u64; RADIOS as usize];
        for call in &calls {
            apply(&mut world, call);
            if let Call::Send { radio, to: Some(_), len: 14.., .. } = call {
                unicasts[*radio as usize] += 1;
            }
            for radio in (0..RADIOS).map(RadioId) {
                let stats = world.medium.stats(radio);
                prop_assert_eq!(stats.offered, stats.settled() + world.medium.queued(radio) as u64);
            }
        }
        world.run();
        for radio in (0..RADIOS).map(RadioId) {
            let stats = world.medium.stats(radio);
            prop_assert_eq!(world.medium.queued(radio), 0, "all is sent in the end");
            prop_assert_eq!(stats.offered, stats.settled());
            let statuses = world.statuses.iter().filter(|(_, from, _)| *from == radio).count() as u64;
            let sent = unicasts[radio.0 as usize];
            prop_assert!(statuses <= sent && statuses + stats.lost_on_down >= sent);
            prop_assert!(statuses >= stats.acked + stats.unacked + stats.withdrawn);
        }
        let received: u64 = (0..RADIOS).map(|radio| world.medium.stats(RadioId(radio)).received).sum();
        prop_assert_eq!(received, world.delivered.len() as u64);
    }

    #[test]
    fn the_same_calls_give_the_same_effects(profile in profile(), calls in proptest::collection::vec(call(), 1..60)) {
        let run = || {
            let mut world = World::new(profile.clone(), places());
            world.log = Some(Vec::new());
            calls.iter().for_each(|call| apply(&mut world, call));
            world.run_until(world.now + Duration::from_secs(1));
            world.log
        };
        prop_assert_eq!(run(), run());
    }
}

#[test]
fn time_that_ends_does_not_overflow() {
    for profile in [Profile::Geometric(Geometric::default()), Profile::Dot11p(Dot11p::default())] {
        let mut world = World::new(profile, places());
        world.now = Instant::MAX;
        world.send(0, frame(mac(1), 100, AccessCategory::Voice));
        world.send(0, frame(Mac::BROADCAST, 100, AccessCategory::Voice));
    }
    let links = Ideal {
        full_mesh: Some(LinkParams { latency: Duration::MAX, ..LinkParams::default() }),
        ..Ideal::default()
    };
    let mut world = World::new(Profile::Ideal(links), places());
    world.now = Instant::MAX;
    world.send(0, frame(mac(1), 100, AccessCategory::Voice));
    world.send(0, frame(Mac::BROADCAST, 100, AccessCategory::Voice));
    world.run();
    assert_eq!((world.statuses.len(), world.delivered.len()), (1, 5));
}
