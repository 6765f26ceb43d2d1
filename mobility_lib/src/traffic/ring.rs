//! Vehicles on a ring, one behind the other: the usual test of car following.

use super::idm::{Idm, ballistic};

/// A ring of one lane on which equal drivers follow each other, from rest and at equal distances.
///
/// ```
/// use mobility_lib::traffic::{Idm, Ring};
///
/// let mut ring = Ring::new(Idm::CITY, 50, 1000.0, 4.6);
/// for _ in 0..3000 {
///     ring.step(0.1);
/// }
/// let expected = Idm::CITY.equilibrium_flow(0.05, 4.6);
/// assert!((ring.flow() - expected).abs() < 0.001 * expected);
/// ```
#[derive(Clone, Debug)]
pub struct Ring {
    driver: Idm,
    circumference: f64,
    length: f64,
    /// Of each front bumper, metres driven since the start plus where it started; the next one is ahead.
    places: Vec<f64>,
    speeds: Vec<f64>,
    accelerations: Vec<f64>,
}

impl Ring {
    /// So many `vehicles` (one at least) of `length` metres, on a ring of this circumference in metres, which has room for
    /// them.
    pub fn new(driver: Idm, vehicles: usize, circumference: f64, length: f64) -> Ring {
        let vehicles = vehicles.max(1);
        let place = |index: usize| circumference * index as f64 / vehicles as f64;
        Ring {
            driver,
            circumference,
            length,
            places: (0..vehicles).map(place).collect(),
            speeds: vec![0.0; vehicles],
            accelerations: vec![0.0; vehicles],
        }
    }

    /// The next `seconds`; 0.1 is usual.
    pub fn step(&mut self, seconds: f64) {
        for index in 0..self.places.len() {
            let ahead = (index + 1) % self.places.len();
            self.accelerations[index] =
                self.driver.acceleration(self.speeds[index], self.gap(index), self.speeds[ahead]);
        }
        for index in 0..self.places.len() {
            let (driven, speed) = ballistic(self.speeds[index], self.accelerations[index], seconds);
            self.places[index] += driven;
            self.speeds[index] = speed;
        }
    }

    /// Sets the speed of one vehicle, which upsets the others.
    pub fn disturb(&mut self, vehicle: usize, speed: f64) {
        self.speeds[vehicle] = speed;
    }

    /// From the front bumper of this vehicle to the rear of the one ahead, metres; negative would be a collision.
    pub fn gap(&self, vehicle: usize) -> f64 {
        let (ahead, lap) = match vehicle + 1 {
            next if next == self.places.len() => (self.places[0], self.circumference),
            next => (self.places[next], 0.0),
        };
        ahead + lap - self.places[vehicle] - self.length
    }

    /// The speed of each vehicle, metres per second.
    pub fn speeds(&self) -> &[f64] {
        &self.speeds
    }

    /// Vehicles per second through any place of the ring, on average over the ring.
    pub fn flow(&self) -> f64 {
        self.speeds.iter().sum::<f64>() / self.circumference
    }
}
