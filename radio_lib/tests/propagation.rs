//! The channel between radios: its models against their formulas, and what holds for all of them.

mod common;

use common::Lines;
use node_lib::random::Key;
use node_lib::time::Instant;
use proptest::prelude::*;
use radio_lib::{
    Buildings, Channel, DualSlope, Fading, Mount, PathLoss, Propagation, RadioError, RadioId, Shadowing,
    WallLoss,
};
use std::sync::Arc;

const ALL: [PathLoss; 5] = [
    PathLoss::FreeSpace,
    PathLoss::DualSlope(DualSlope { near_exponent: 2.0, far_exponent: 4.0, breakpoint_m: 100.0 }),
    PathLoss::TWO_RAY,
    PathLoss::Highway,
    PathLoss::Urban,
];

/// Path loss alone.
fn bare(path_loss: PathLoss) -> Propagation {
    Propagation { path_loss, shadowing: Some(Shadowing::NONE), ..Propagation::default() }
}

/// A street of houses on both sides, 20 m apart.
fn street() -> Arc<Buildings> {
    let house = |index: u32| {
        let (x, y) = (f64::from(index / 2) * 30.0, f64::from(index % 2) * 30.0 - 20.0);
        vec![[x, y], [x + 20.0, y], [x + 20.0, y + 10.0], [x, y + 10.0]]
    };
    Arc::new(Buildings::new(&(0..40).map(house).collect::<Vec<_>>()).expect("houses"))
}

/// Everything at once.
fn crowded(path_loss: PathLoss) -> Propagation {
    Propagation {
        path_loss,
        shadowing: Some(Shadowing::TR_37_885),
        buildings: Some(street()),
        vehicles_block: true,
        mounts: vec![Mount::MAST, Mount::TRUCK],
        ..Propagation::default()
    }
}

/// Cars, a truck and a mast along the street.
fn traffic() -> Lines {
    let unit = |radio: u64, part: u64| Key::seed(9).with(radio).with(part).unit();
    let car = |radio: u64| {
        let speed = if radio == 0 { 0.0 } else { 10.0 + 10.0 * unit(radio, 1) };
        Some(([unit(radio, 0) * 500.0, unit(radio, 2) * 30.0 - 10.0], [speed, 0.0]))
    };
    Lines { radios: (0..30).map(car).collect(), max_speed: 20.0 }
}

fn names(radios: u64) -> Vec<u64> {
    (0..radios).map(|radio| Key::seed(77).with(radio).bits()).collect()
}

fn channel(settings: &Propagation, radios: u64) -> Channel {
    Channel::new(settings, Key::seed(1), &names(radios)).expect("valid settings")
}

fn db(gain: f64) -> f64 {
    10.0 * libm::log10(gain)
}

fn loss_db(channel: &mut Channel, distance: f64) -> f64 {
    let ends = [(RadioId(0), [3.0, -4.0]), (RadioId(1), [3.0, distance - 4.0])];
    -db(channel.mean_gain(Instant::ZERO, ends[0], ends[1], &Lines::standing(&[ends[0].1, ends[1].1])))
}

#[test]
fn losses_are_those_of_the_formulas() {
    let lg = libm::log10;
    let formulas: [(PathLoss, &dyn Fn(f64) -> f64); 4] = [
        (PathLoss::FreeSpace, &|d| 47.865 + 20.0 * lg(d)),
        (PathLoss::default(), &|d| 47.865 + 20.0 * lg(d.min(100.0)) + 40.0 * lg(d.max(100.0) / 100.0)),
        (PathLoss::Highway, &|d| 32.4 + 20.0 * lg(d) + 20.0 * lg(5.9)),
        (PathLoss::Urban, &|d| 38.77 + 16.7 * lg(d) + 18.2 * lg(5.9)),
    ];
    for (path_loss, formula) in formulas {
        let mut channel = channel(&bare(path_loss), 2);
        for distance in [1.0, 2.5, 10.0, 77.0, 100.0, 250.0, 1000.0, 20_000.0] {
            let loss = loss_db(&mut channel, distance);
            assert!((loss - formula(distance)).abs() < 1e-3, "{path_loss:?}, {distance} m: {loss} dB");
        }
        assert_eq!(
            loss_db(&mut channel, 0.0),
            loss_db(&mut channel, 1.0),
            "{path_loss:?} at less than a metre"
        );
    }
    // Heights count where the law is that of the distance between antennas: 5 m and 1.6 m, 10 m apart.
    let mounts = vec![Mount::MAST, Mount::CAR];
    let mut high = channel(&Propagation { mounts, ..bare(PathLoss::Highway) }, 2);
    let expected = 32.4 + 20.0 * lg(libm::hypot(10.0, 3.4)) + 20.0 * lg(5.9);
    assert!((loss_db(&mut high, 10.0) - expected).abs() < 1e-9);
}

#[test]
fn behind_a_building_the_urban_law_is_another_one_and_others_lose_by_walls() {
    let house =
        Buildings::new(&[vec![[-10.0, 20.0], [20.0, 20.0], [20.0, 40.0], [-10.0, 40.0]]]).expect("a house");
    let buildings = Some(Arc::new(house));
    let mut urban = channel(&Propagation { buildings: buildings.clone(), ..bare(PathLoss::Urban) }, 2);
    let nlos = 36.85 + 30.0 * libm::log10(100.0) + 18.9 * libm::log10(5.9);
    assert!((loss_db(&mut urban, 100.0) - nlos).abs() < 1e-3);
    let los = 38.77 + 16.7 * libm::log10(20.0) + 18.2 * libm::log10(5.9);
    assert!((loss_db(&mut urban, 20.0) - los).abs() < 1e-3);
    let wall_loss = WallLoss { wall_db: 10.0, ..WallLoss::default() };
    let mut dual = channel(&Propagation { buildings, wall_loss, ..Propagation::default() }, 2);
    // 87.865 dB at 100 m, two walls and 20 m.
    assert!((loss_db(&mut dual, 100.0) - (87.865 + 20.0 + 8.0)).abs() < 0.01);
    assert!((loss_db(&mut dual, 20.0) - (47.865 + 26.0206)).abs() < 1e-3);
}

#[test]
fn the_mean_gain_falls_with_distance() {
    for path_loss in [PathLoss::FreeSpace, PathLoss::default(), PathLoss::Highway, PathLoss::Urban] {
        let mut channel = channel(&bare(path_loss), 2);
        let losses: Vec<f64> =
            (0..2000).map(|step| loss_db(&mut channel, libm::pow(1.005, f64::from(step)))).collect();
        assert!(losses.is_sorted(), "{path_loss:?}");
    }
}

#[test]
fn nothing_reaches_beyond_the_reach() {
    for path_loss in ALL {
        for shadowing in [Shadowing::NONE, Shadowing::uniform(4.0, 10.0)] {
            let mut channel = channel(&Propagation { shadowing: Some(shadowing), ..bare(path_loss) }, 2);
            for least_db in [-60.0, -90.0, -120.0, -150.0] {
                let reach = channel.reach_m(libm::pow(10.0, least_db / 10.0));
                let beyond = (0..300).map(|step| reach * (1.0 + f64::from(step) * 0.01));
                let losses: Vec<f64> = beyond.map(|distance| loss_db(&mut channel, distance)).collect();
                let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
                // One place in 740 is beyond three σ right behind the reach, fewer farther off.
                let nearer = losses.iter().filter(|loss| **loss < -least_db - 1e-3).count();
                let most = if shadowing == Shadowing::NONE { 0 } else { 2 };
                assert!(nearer <= most, "{path_loss:?}, {least_db} dB: {least} dB beyond {reach} m");
                let margin = if shadowing == Shadowing::NONE { 8.0 } else { 30.0 };
                assert!(least < -least_db + margin, "{path_loss:?}: {reach} m is far more than needed");
            }
        }
    }
}

#[test]
fn what_cannot_be_in_the_way_reaches_no_farther() {
    // Behind buildings TR 37.885 has more shadowing, 4 dB instead of 3: three σ of it are 3 dB more.
    let least = libm::pow(10.0, -11.0);
    let of = |settings: Propagation| channel(&settings, 2).reach_m(least);
    let open = Propagation { path_loss: PathLoss::Highway, ..Propagation::default() };
    let town = Propagation { buildings: Some(street()), ..open.clone() };
    let ratio = of(town) / of(open.clone());
    assert!((ratio - libm::pow(10.0, 0.15)).abs() < 1e-3, "{ratio}");
    // And behind vehicles as much as in sight.
    assert_eq!(of(Propagation { vehicles_block: true, ..open.clone() }), of(open));
}

#[test]
fn shadowing_goes_on_where_the_length_is_the_same_and_is_another_where_not() {
    let house = |x: f64| vec![[x, -5.0], [x + 10.0, -5.0], [x + 10.0, 5.0], [x, 5.0]];
    let radios = 2000;
    let shadow = |shadowing: Shadowing, built: bool| -> Vec<f64> {
        let buildings = Arc::new(Buildings::new(&[house(if built { 50.0 } else { 5e5 })]).expect("a house"));
        let with = |shadowing| Propagation {
            buildings: Some(buildings.clone()),
            shadowing: Some(shadowing),
            ..bare(PathLoss::FreeSpace)
        };
        let (shadowed, plain) = (channel(&with(shadowing), radios), channel(&with(Shadowing::NONE), radios));
        let ends = |other: u32| [(RadioId(0), [0.0; 2]), (RadioId(other), [100.0, 0.0])];
        let gain = |channel: &Channel, [a, b]: [(RadioId, [f64; 2]); 2]| {
            db(channel.peek_gain(Instant::ZERO, a, b, &Lines::standing(&[])))
        };
        (1..radios as u32).map(|other| gain(&shadowed, ends(other)) - gain(&plain, ends(other))).collect()
    };
    let correlation = |shadowing| {
        let (free, built) = (shadow(shadowing, false), shadow(shadowing, true));
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        product(&free, &built) / (product(&free, &free) * product(&built, &built)).sqrt()
    };
    assert!(correlation(Shadowing::uniform(3.0, 10.0)) > 1.0 - 1e-9);
    // Four standard errors.
    let other = correlation(Shadowing::TR_37_885);
    assert!(other.abs() < 4.0 / (radios as f64).sqrt(), "{other}");
}

#[test]
fn shadowing_has_the_stated_deviation_and_correlation() {
    let settings =
        Propagation { shadowing: Some(Shadowing::uniform(3.0, 10.0)), ..bare(PathLoss::FreeSpace) };
    let radios = 4000;
    let mut channel = channel(&settings, radios);
    let still = Lines::standing(&[]);
    let mut shadow = |radio: u32, moved: f64| {
        let (a, b) = ((RadioId(0), [0.0, 0.0]), (RadioId(radio), [300.0, moved]));
        db(channel.mean_gain(Instant::ZERO, a, b, &still))
            - db(libm::pow(10.0, -4.7865) / (9e4 + moved * moved))
    };
    let n = radios - 1;
    let here: Vec<f64> = (1..radios as u32).map(|radio| shadow(radio, 0.0)).collect();
    let mean = here.iter().sum::<f64>() / n as f64;
    let variance = here.iter().map(|value| value * value).sum::<f64>() / n as f64;
    println!("mean {mean:.3} dB, σ {:.3} dB", variance.sqrt());
    assert!(mean.abs() < 0.2, "{mean} dB");
    assert!((variance.sqrt() - 3.0).abs() < 0.15, "σ {} dB", variance.sqrt());
    for distance in [1.0, 3.0, 5.0, 10.0, 15.0, 25.0] {
        let there = (1..radios as u32).map(|radio| shadow(radio, distance));
        let found = here.iter().zip(there).map(|(a, b)| a * b).sum::<f64>() / n as f64 / variance;
        let expected = libm::exp(-distance / 10.0);
        println!("{distance} m: correlation {found:.3}, exp(-d / 10 m) = {expected:.3}");
        assert!((found - expected).abs() < 0.06, "{distance} m: {found} instead of {expected}");
    }
}

#[test]
fn a_vehicle_in_the_way_costs_what_the_report_says() {
    let places = Lines::standing(&[[0.0, 0.0], [50.0, 0.0], [100.0, 0.0]]);
    let mean_loss = |middle: Mount, ends: Mount| {
        let losses = (0..2000u64).map(|run| {
            let mounts = vec![ends, middle, ends];
            let settings = Propagation { vehicles_block: true, mounts, ..bare(PathLoss::FreeSpace) };
            let mut channel = Channel::new(&settings, Key::seed(run), &names(3)).expect("valid settings");
            let gain = channel.mean_gain(
                Instant::ZERO,
                (RadioId(0), [0.0, 0.0]),
                (RadioId(2), [100.0, 0.0]),
                &places,
            );
            -db(gain) - 87.865
        });
        losses.sum::<f64>() / 2000.0
    };
    // max(0, N(µ, σ)) has the mean µ Φ(µ/σ) + σ φ(µ/σ): 9.07 and 5.20 dB.
    let table = [
        (Mount::TRUCK, Mount::CAR, 9.07),
        (Mount::CAR, Mount::CAR, 5.20),
        (Mount::CAR, Mount::TRUCK, 0.0),
        (Mount::MAST, Mount::CAR, 0.0),
    ];
    for (middle, ends, expected) in table {
        let found = mean_loss(middle, ends);
        assert!((found - expected).abs() < 0.35, "{middle:?} between {ends:?}: {found} dB, not {expected}");
    }
}

#[test]
fn what_was_asked_before_changes_nothing() {
    let (places, names) = (traffic(), names(30));
    for path_loss in ALL {
        let settings = crowded(path_loss);
        let mut remembering = channel(&settings, 30);
        let fresh = channel(&settings, 30);
        let mut distinct = std::collections::BTreeSet::new();
        for step in 0..40u64 {
            let now = Instant::from_micros(step * 37_000);
            for (a, b) in (0..30).flat_map(|a| (0..30).map(move |b| (a, b))) {
                let place = |radio| {
                    (
                        RadioId(radio),
                        radio_lib::Locations::position(&places, RadioId(radio), now).expect("a place"),
                    )
                };
                let gain = remembering.mean_gain(now, place(a), place(b), &places);
                assert!(gain.is_finite() && gain >= 0.0, "{path_loss:?}, {a} to {b}: {gain}");
                if (a + b + step as u32).is_multiple_of(7) {
                    assert_eq!(
                        gain,
                        fresh.peek_gain(now, place(b), place(a), &places),
                        "{path_loss:?}, {a} to {b}"
                    );
                    distinct.insert(gain.to_bits());
                }
            }
        }
        assert!(distinct.len() > 1000, "{path_loss:?}: {} different gains", distinct.len());
        // Radios that are left out, so that the others have other numbers, change nothing for those.
        if path_loss == PathLoss::Highway {
            let mut fewer = Propagation { vehicles_block: false, mounts: vec![], ..settings.clone() };
            let all = Channel::new(&fewer, Key::seed(1), &names).expect("valid settings");
            fewer.mounts = vec![];
            let last = Channel::new(&fewer, Key::seed(1), &names[10..]).expect("valid settings");
            let (a, b) = ([10.0, 0.0], [200.0, 3.0]);
            let one = all.peek_gain(Instant::ZERO, (RadioId(12), a), (RadioId(25), b), &places);
            let other = last.peek_gain(Instant::ZERO, (RadioId(15), b), (RadioId(2), a), &places);
            assert_eq!(one, other);
        }
    }
}

/// What is neglected is below what matters; with shadowing, all but a few of a thousand. The rest is the same to the bit.
#[test]
fn only_what_doesnt_matter_is_neglected() {
    let places = traffic();
    let radios = |a, b| {
        [a, b].map(|radio: u32| {
            let at = radio_lib::Locations::position(&places, RadioId(radio), Instant::ZERO);
            (RadioId(radio), at.expect("a place"))
        })
    };
    for path_loss in ALL {
        for (shadowing, most_wrong) in [(Shadowing::NONE, 0), (Shadowing::TR_37_885, 1)] {
            let settings = Propagation { shadowing: Some(shadowing), ..crowded(path_loss) };
            let exact = channel(&settings, 30);
            for least_db in [-90.0, -110.0, -130.0] {
                let least = libm::pow(10.0, least_db / 10.0);
                let mut neglecting = channel(&settings, 30);
                neglecting.neglect_below(least);
                let (mut wrong, mut neglected) = (0, 0);
                for [a, b] in (0..30).flat_map(|a| (0..a).map(move |b| radios(a, b))) {
                    let all = exact.peek_gain(Instant::ZERO, a, b, &places);
                    match neglecting.mean_gain(Instant::ZERO, a, b, &places) {
                        0.0 => {
                            neglected += 1;
                            wrong += u32::from(all >= least);
                        }
                        gain => assert_eq!(gain, all),
                    }
                }
                assert!(wrong <= most_wrong, "{path_loss:?}, {least_db} dB: {wrong} of {neglected}");
                let expected = path_loss != PathLoss::Urban && least_db > -100.0;
                assert!(neglected > 50 || !expected, "{path_loss:?}, {least_db} dB: {neglected}");
            }
        }
    }
}

#[test]
fn pairs_that_share_a_place_in_memory_put_each_other_out_and_come_back_the_same() {
    // There is room for the pairs of 1024 radios: here 1500 have more than twice as many.
    let radios = 1500;
    let settings = Propagation {
        path_loss: PathLoss::Urban,
        buildings: Some(street()),
        vehicles_block: true,
        ..Propagation::default()
    };
    let place = |radio: u32| (RadioId(radio), [f64::from(radio) * 0.4, f64::from(radio % 7) * 5.0 - 15.0]);
    let places = Lines::standing(&(0..radios as u32).map(|radio| place(radio).1).collect::<Vec<_>>());
    let mut remembering = channel(&settings, radios);
    let fresh = channel(&settings, radios);
    // In the order of their numbers pair (1025, 0) comes 2^19 after pair (32, 16), and so on.
    let same = (0..200u32).map(|step| if step % 2 == 0 { (32, 16 + step / 50) } else { (1025, step / 50) });
    let any = (0..400u32).map(|step| (step * 7 % 1500, step * 1009 % 1500));
    for (a, b) in same.chain(any) {
        let now = Instant::ZERO;
        let gain = remembering.mean_gain(now, place(a), place(b), &places);
        assert_eq!(gain, fresh.peek_gain(now, place(a), place(b), &places), "{a} to {b}");
    }
}

#[test]
fn a_gain_allocates_nothing_once_lists_have_their_size() {
    let places = traffic();
    for path_loss in ALL {
        let mut channel = channel(&crowded(path_loss), 30);
        let mut ask = |from: u64, until: u64| {
            let mut sum = 0.0;
            for step in from..until {
                let now = Instant::from_micros(step * 50_000);
                for (a, b) in (0..30).flat_map(|a| (0..30).map(move |b| (a, b))) {
                    let place = |radio| {
                        (
                            RadioId(radio),
                            radio_lib::Locations::position(&places, RadioId(radio), now).expect("a place"),
                        )
                    };
                    sum += channel.mean_gain(now, place(a), place(b), &places);
                }
            }
            sum
        };
        ask(0, 20);
        let counted = allocation_counter::measure(|| assert!(ask(20, 30) > 0.0));
        println!("{path_loss:?}: {} allocations, {} bytes", counted.count_total, counted.bytes_total);
        assert!(
            counted.count_total <= 4,
            "{path_loss:?}: {} allocations for 9000 gains",
            counted.count_total
        );
    }
}

#[test]
fn defaults_count_nothing_twice() {
    for path_loss in ALL {
        let (shadowing, fading) = (path_loss.shadowing(), path_loss.fading());
        // Fading that is fitted around a path loss law holds the shadowing.
        let fitted = fading == Fading::default();
        assert!(!fitted || shadowing == Shadowing::NONE, "{path_loss:?}");
    }
    assert_eq!(PathLoss::Highway.shadowing(), Shadowing::TR_37_885);
    // Rician fading with 3.48 dB.
    let k = libm::pow(10.0, 0.348);
    let m = (k + 1.0) * (k + 1.0) / (2.0 * k + 1.0);
    assert!(
        matches!(PathLoss::Urban.fading(), Fading::Nakagami { m_near, m_far, .. } if m_near == m_far && (m_far - m).abs() < 0.05)
    );
}

#[test]
fn impossible_settings_are_refused() {
    let default = Propagation::default;
    let settings = [
        Propagation { frequency_ghz: 0.0, ..default() },
        bare(PathLoss::DualSlope(DualSlope { breakpoint_m: 0.0, ..DualSlope::default() })),
        bare(PathLoss::TwoRay { permittivity: 0.5 }),
        Propagation { shadowing: Some(Shadowing::uniform(-1.0, 10.0)), ..default() },
        Propagation { shadowing: Some(Shadowing::uniform(3.0, 4.9)), ..default() },
        Propagation { wall_loss: WallLoss { wall_db: f64::NAN, ..WallLoss::default() }, ..default() },
        Propagation { mounts: vec![Mount { antenna_m: 0.0, body: None }], ..default() },
    ];
    for settings in settings {
        let refused = Channel::new(&settings, Key::seed(1), &[]);
        assert!(matches!(refused, Err(RadioError::OutOfRange { .. })), "{settings:?}");
    }
}

fn place() -> impl Strategy<Value = [f64; 2]> {
    let near = (-500.0..700.0f64, -60.0..60.0f64).prop_map(|(x, y)| [x, y]);
    let anywhere = (-1e9..1e9f64, -1e9..1e9f64).prop_map(|(x, y)| [x, y]);
    let corners = (0..40i32, -4..4i32).prop_map(|(x, y)| [f64::from(x) * 10.0, f64::from(y) * 10.0]);
    let extremes = (any::<f64>(), any::<f64>())
        .prop_map(|(x, y)| [x, y].map(|part| if part.is_finite() { part } else { 0.0 }));
    prop_oneof![4 => near, 1 => anywhere, 4 => corners, 1 => extremes]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_gain_is_the_same_both_ways_and_a_number(
        law in 0..5usize, a in place(), b in place(), radios in (0..30u32, 0..30u32), at in 0..100_000_000u64
    ) {
        let settings = crowded(ALL[law]);
        let (places, now) = (traffic(), Instant::from_micros(at));
        let mut channel = channel(&settings, 30);
        let (a, b) = ((RadioId(radios.0), a), (RadioId(radios.1), b));
        let gain = channel.mean_gain(now, a, b, &places);
        prop_assert!(gain.is_finite() && gain >= 0.0, "{gain}");
        prop_assert_eq!(gain, channel.mean_gain(now, b, a, &places));
        prop_assert_eq!(gain, channel.peek_gain(now, b, a, &places));
    }
}
