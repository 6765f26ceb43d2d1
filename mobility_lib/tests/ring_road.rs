//! Car following on a ring, against the closed form of the model's equilibrium.

use mobility_lib::traffic::{Idm, Ring, ballistic};

/// The figure that everybody plots: flow over density. Equal drivers from rest end in the equilibrium that the equation has.
#[test]
fn the_flow_over_the_density_is_the_closed_form() {
    let driver = Idm::CITY;
    let (at_capacity, capacity) = driver.capacity(LENGTH);
    let mut best = (0.0, 0.0);
    for vehicles in (5..=145).step_by(5) {
        let mut ring = Ring::new(driver, vehicles, CIRCUMFERENCE, LENGTH);
        let mut least = f64::INFINITY;
        for _ in 0..4000 {
            ring.step(STEP);
            least = (0..vehicles).map(|vehicle| ring.gap(vehicle)).fold(least, f64::min);
        }
        let density = vehicles as f64 / CIRCUMFERENCE;
        let (flow, expected) = (ring.flow(), driver.equilibrium_flow(density, LENGTH));
        assert!((flow - expected).abs() <= 0.02 * expected, "{vehicles} a km: {flow} instead of {expected}");
        assert!(least > 0.0, "{vehicles} a km: a collision");
        if flow > best.0 {
            best = (flow, density);
        }
    }
    let (flow, density) = best;
    assert!((flow - capacity).abs() <= 0.02 * capacity, "capacity {flow} instead of {capacity}");
    assert!((density - at_capacity).abs() <= 0.005, "at {density} instead of {at_capacity}");
}

/// Beyond the density of capacity one who brakes makes a wave of stop and go that feeds itself; far below, it is forgotten.
#[test]
fn a_disturbance_grows_beyond_capacity_and_dies_away_below() {
    let spread = |vehicles: usize| {
        let mut ring = Ring::new(Idm::CITY, vehicles, CIRCUMFERENCE, LENGTH);
        (0..6000).for_each(|_| ring.step(STEP));
        ring.disturb(0, 0.5 * ring.speeds()[0]);
        for _ in 0..12_000 {
            ring.step(STEP);
            assert!((0..vehicles).all(|vehicle| ring.gap(vehicle) > 0.0), "{vehicles}: a collision");
        }
        let speeds = ring.speeds();
        let (least, most) = (
            speeds.iter().copied().fold(f64::INFINITY, f64::min),
            speeds.iter().copied().fold(0.0, f64::max),
        );
        (least, most)
    };
    let (least, most) = spread(20);
    assert!(most - least < 0.1, "free traffic forgets it: {least} to {most}");
    let (least, most) = spread(90);
    assert!(least < 1.0 && most > 4.0, "stop and go: {least} to {most}");
}

#[test]
fn a_platoon_that_brakes_to_a_stop_never_collides() {
    let driver = Idm::CITY;
    for braking in [1.0, 2.0, 4.0, 8.0] {
        let gap = driver.equilibrium_gap(13.9);
        let mut cars: Vec<(f64, f64)> =
            (0..20).map(|index| (-f64::from(index) * (gap + LENGTH), 13.9)).collect();
        for _ in 0..1200 {
            let before = cars.clone();
            for (index, car) in cars.iter_mut().enumerate() {
                let acceleration = match index.checked_sub(1).map(|ahead| before[ahead]) {
                    None => -braking,
                    Some((place, speed)) => driver.acceleration(car.1, place - LENGTH - car.0, speed),
                };
                let (driven, speed) = ballistic(car.1, acceleration, STEP);
                *car = (car.0 + driven, speed);
            }
            for pair in cars.windows(2) {
                assert!(pair[0].0 - LENGTH > pair[1].0, "a collision at {braking} m/s²");
            }
        }
        for pair in cars.windows(2) {
            let gap = pair[0].0 - LENGTH - pair[1].0;
            assert!(pair[1].1 < 0.05 && (1.5..3.0).contains(&gap), "{braking}: {gap} m at {} m/s", pair[1].1);
        }
    }
}

#[test]
fn one_car_reaches_its_speed_and_stops_with_comfort() {
    let driver = Idm::CITY;
    let (mut place, mut speed, mut hardest) = (0.0, 0.0, 0.0f64);
    for step in 0..3000 {
        // A light that turns red when it has reached its speed, and is seen from afar.
        let gap = if step < 1000 { f64::INFINITY } else { 1700.0 - place };
        let acceleration = driver.acceleration(speed, gap, 0.0);
        assert!(acceleration <= driver.acceleration_mps2);
        hardest = hardest.min(acceleration);
        let (driven, after) = ballistic(speed, acceleration, STEP);
        (place, speed) = (place + driven, after);
        if step == 999 {
            assert!((speed - driver.desired_speed_mps).abs() < 0.01, "{speed}");
        }
    }
    assert!(speed < 0.01 && (1696.0..1699.0).contains(&place), "{place} at {speed}");
    assert!(-hardest < 1.1 * driver.deceleration_mps2, "{hardest}");
}

const CIRCUMFERENCE: f64 = 1000.0;
const LENGTH: f64 = 4.6;
const STEP: f64 = 0.1;
