//! Vehicles that stand in the way.

use super::cells::{Cells, MARGIN_M, Strip};
use super::from_db;
use super::mount::Mount;
use crate::medium::{Locations, RadioId};
use node_lib::random::Key;
use node_lib::time::Instant;
use std::ops::ControlFlow;
use std::time::Duration;

/// All vehicles, as they stood at the last tenth of a second.
///
/// Whether a link is blocked is looked at for that time, the link's ends included, so that it doesn't depend on who asks
/// first. It is up to 0.1 s old: at 30 m/s a vehicle has gone 3 m since.
#[derive(Clone, Debug)]
pub(super) struct Traffic {
    mounts: Vec<Mount>,
    names: Vec<u64>,
    taken: Option<Instant>,
    /// Where each radio was.
    places: Vec<Option<[f64; 2]>>,
    vehicles: Vec<Vehicle>,
    cells: Cells,
}

/// One end of a link.
#[derive(Clone, Copy, Debug)]
struct End {
    radio: RadioId,
    place: [f64; 2],
    antenna_m: f64,
}

/// A vehicle's box, around its antenna.
#[derive(Clone, Copy, Debug)]
struct Vehicle {
    radio: RadioId,
    centre: [f64; 2],
    /// The direction it drives in; `None` where it never moved.
    ahead: Option<[f64; 2]>,
    half: [f64; 2],
    height: f64,
}

impl Traffic {
    pub(super) fn new(mounts: Vec<Mount>, names: Vec<u64>) -> Traffic {
        Traffic {
            mounts,
            names,
            taken: None,
            places: Vec::new(),
            vehicles: Vec::new(),
            cells: Cells::default(),
        }
    }

    /// One radio more.
    pub(super) fn add(&mut self, name: u64, mount: Mount) {
        self.mounts.push(mount);
        self.names.push(name);
        self.taken = None;
    }

    /// The time that links are looked at for.
    #[inline]
    pub(super) fn time(now: Instant) -> Instant {
        Instant::from_micros(now.as_micros() / INTERVAL_US * INTERVAL_US)
    }

    /// Takes all vehicles' places at `time`, unless it has them.
    #[inline]
    pub(super) fn refresh(&mut self, time: Instant, locations: &dyn Locations) {
        if self.taken != Some(time) {
            self.take(time, locations);
        }
    }

    fn end(&self, radio: RadioId, place: [f64; 2]) -> End {
        let antenna_m = self.mounts.get(radio.index()).map_or(0.0, |mount| mount.antenna_m);
        End { radio, place, antenna_m }
    }

    fn take(&mut self, time: Instant, locations: &dyn Locations) {
        self.taken = Some(time);
        self.places.clear();
        let radios = (0..self.mounts.len() as u32).map(RadioId);
        self.places.extend(radios.clone().map(|radio| locations.position(radio, time)));
        self.vehicles.clear();
        self.vehicles.extend(radios.filter_map(|radio| vehicle(&self.mounts, radio, time, locations)));
        self.cells.fill(self.vehicles.iter().map(Vehicle::strip), LEAST_CELL_M);
    }

    /// What the tallest vehicle in the way lets through of a link's power, if there is one.
    /// A radio that wasn't there yet at that time is not blocked.
    pub(super) fn gain(
        &self,
        pair: Key,
        time: Instant,
        ends: [RadioId; 2],
        locations: &dyn Locations,
    ) -> Option<f64> {
        let taken = self.taken == Some(time);
        let place = |radio: RadioId| {
            if taken {
                self.places.get(radio.index()).copied().flatten()
            } else {
                locations.position(radio, time)
            }
        };
        let ends = [self.end(ends[0], place(ends[0])?), self.end(ends[1], place(ends[1])?)];
        let mut tallest: Option<(f64, u64)> = None;
        let mut look = |vehicle: &Vehicle| {
            if vehicle.blocks(&ends) {
                let name = self.names.get(vehicle.radio.index()).copied().unwrap_or_default();
                let taller = |(height, other): (f64, u64)| {
                    vehicle.height.total_cmp(&height).then(name.cmp(&other)).is_gt()
                };
                if tallest.is_none_or(taller) {
                    tallest = Some((vehicle.height, name));
                }
            }
        };
        if taken {
            let line = Strip { from: ends[0].place, to: ends[1].place, margin: MARGIN_M };
            self.cells.along(&line, |cell| {
                self.cells.items(cell).iter().for_each(|index| look(&self.vehicles[*index as usize]));
                ControlFlow::Continue(())
            });
        } else {
            let radios = (0..self.mounts.len() as u32).map(RadioId);
            radios
                .filter_map(|radio| vehicle(&self.mounts, radio, time, locations))
                .for_each(|vehicle| look(&vehicle));
        }
        let (height, name) = tallest?;
        let [a, b] = ends;
        let distance = libm::hypot(
            libm::hypot(a.place[0] - b.place[0], a.place[1] - b.place[1]),
            a.antenna_m - b.antenna_m,
        );
        let loss = loss_db(distance, a.antenna_m.max(b.antenna_m), height, normal(pair.with(name)));
        Some(from_db(-loss))
    }
}

/// Loss of a link behind a vehicle of this height, for a standard normal draw (3GPP TR 37.885, 6.2.1):
/// max(0, N(9 + max(0, 15 lg d - 41), 4.5)) dB where it is higher than both antennas, max(0, N(5 + max(0, 15 lg d - 41), 4))
/// where it is higher than one.
fn loss_db(distance: f64, higher_antenna: f64, vehicle: f64, draw: f64) -> f64 {
    let (mean, sigma) = if higher_antenna < vehicle { (9.0, 4.5) } else { (5.0, 4.0) };
    let mean = mean + (15.0 * libm::log10(distance.max(1.0)) - 41.0).max(0.0);
    (mean + sigma * draw).max(0.0)
}

/// A standard normal number (Box and Muller).
fn normal(key: Key) -> f64 {
    let (radius, angle) = (1.0 - key.with(0).unit(), key.with(1).unit());
    (-2.0 * libm::log(radius)).sqrt() * libm::cos(angle * std::f64::consts::TAU)
}

fn vehicle(mounts: &[Mount], radio: RadioId, time: Instant, locations: &dyn Locations) -> Option<Vehicle> {
    let body = mounts.get(radio.index())?.body?;
    let centre = locations.position(radio, time)?;
    let ahead = ahead(radio, centre, time, locations);
    let half = match ahead {
        Some(_) => [body.length_m / 2.0, body.width_m / 2.0],
        // As wide as a rectangle is on average, seen from all around.
        None => [(body.length_m + body.width_m) / std::f64::consts::PI; 2],
    };
    Some(Vehicle { radio, centre, ahead, half, height: body.height_m })
}

/// The direction in which a radio came to where it is.
fn ahead(radio: RadioId, here: [f64; 2], time: Instant, locations: &dyn Locations) -> Option<[f64; 2]> {
    LOOK_BACK.iter().find_map(|back| {
        let before = Instant::from_micros(time.as_micros().checked_sub(back.as_micros() as u64)?);
        let there = locations.position(radio, before)?;
        let way = [here[0] - there[0], here[1] - there[1]];
        let length = libm::hypot(way[0], way[1]);
        (length > LEAST_WAY_M).then(|| way.map(|part| part / length))
    })
}

impl Vehicle {
    /// A strip that covers it, however it stands.
    fn strip(&self) -> Strip {
        let margin = libm::hypot(self.half[0], self.half[1]) + MARGIN_M;
        Strip { from: self.centre, to: self.centre, margin }
    }

    /// Whether the line between two other radios' antennas goes through it.
    #[inline]
    fn blocks(&self, [a, b]: &[End; 2]) -> bool {
        if self.radio == a.radio || self.radio == b.radio {
            return false;
        }
        let line = [b.place[0] - a.place[0], b.place[1] - a.place[1]];
        let length = line[0] * line[0] + line[1] * line[1];
        if length == 0.0 {
            return false;
        }
        let ahead = self.ahead.unwrap_or_else(|| line.map(|part| part / length.sqrt()));
        let from = [a.place[0] - self.centre[0], a.place[1] - self.centre[1]];
        // Along and across the vehicle: where the line is within.
        let along = [from, line].map(|way| way[0] * ahead[0] + way[1] * ahead[1]);
        let across = [from, line].map(|way| way[1] * ahead[0] - way[0] * ahead[1]);
        let (mut enters, mut leaves) = (0.0f64, 1.0f64);
        for ([start, rate], half) in [(along, self.half[0]), (across, self.half[1])] {
            if rate == 0.0 {
                if start.abs() > half {
                    return false;
                }
                continue;
            }
            let [one, other] = [(-half - start) / rate, (half - start) / rate];
            enters = enters.max(one.min(other));
            leaves = leaves.min(one.max(other));
        }
        let line_height = |share: f64| a.antenna_m + share * (b.antenna_m - a.antenna_m);
        enters <= leaves && line_height(enters).min(line_height(leaves)) <= self.height
    }
}

/// How old what is known of the vehicles gets, µs.
const INTERVAL_US: u64 = 100_000;
/// How far back it is looked where a vehicle came from.
const LOOK_BACK: [Duration; 6] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(20),
    Duration::from_secs(60),
    Duration::from_secs(240),
];
/// A shorter way has no direction.
const LEAST_WAY_M: f64 = 0.2;
const LEAST_CELL_M: f64 = 10.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_those_of_the_report() {
        // Mean losses behind a truck and behind a car, at a distance; 15 lg d exceeds 41 beyond 541 m.
        for (distance, truck, car) in [(10.0, 9.0, 5.0), (541.0, 9.0, 5.0), (1000.0, 13.0, 9.0)] {
            assert!((loss_db(distance, 1.6, 3.0, 0.0) - truck).abs() < 1e-2, "{distance} m");
            assert!((loss_db(distance, 1.6, 1.6, 0.0) - car).abs() < 1e-2, "{distance} m");
        }
        assert_eq!((loss_db(100.0, 1.6, 3.0, 2.0), loss_db(100.0, 1.6, 1.6, 2.0)), (18.0, 13.0));
        assert_eq!((loss_db(100.0, 1.6, 3.0, -2.0), loss_db(100.0, 1.6, 3.0, -2.1)), (0.0, 0.0));
    }

    #[test]
    fn draws_are_standard_normal() {
        let n = 20_000u64;
        let draws: Vec<f64> = (0..n).map(|index| normal(Key::seed(1).with(index))).collect();
        let moment = |power: i32| draws.iter().map(|draw| draw.powi(power)).sum::<f64>() / n as f64;
        assert!(moment(1).abs() < 0.03 && (moment(2) - 1.0).abs() < 0.04 && (moment(4) - 3.0).abs() < 0.3);
    }

    #[test]
    fn a_line_is_blocked_where_it_goes_through_the_box() {
        let end = |radio: u32, place, antenna_m| End { radio: RadioId(radio), place, antenna_m };
        let car = Vehicle {
            radio: RadioId(9),
            centre: [50.0, 0.0],
            ahead: Some([1.0, 0.0]),
            half: [2.5, 1.0],
            height: 1.6,
        };
        let parked = Vehicle { ahead: None, half: [7.0 / std::f64::consts::PI; 2], ..car };
        let low = |a, b| [end(1, a, 1.6), end(2, b, 1.6)];
        let table = [
            (car, low([0.0, 0.0], [100.0, 0.0]), true),
            (car, low([0.0, 0.9], [100.0, 0.9]), true),
            (car, low([0.0, 1.1], [100.0, 1.1]), false),
            // It ends before the car.
            (car, low([0.0, 0.0], [47.0, 0.0]), false),
            (car, low([0.0, 0.0], [48.0, 0.0]), true),
            (car, low([52.4, -50.0], [52.4, 50.0]), true),
            (car, low([52.6, -50.0], [52.6, 50.0]), false),
            (parked, low([52.1, -50.0], [52.1, 50.0]), true),
            (parked, low([0.0, 2.3], [100.0, 2.3]), false),
            // Its own antenna.
            (car, [end(9, [50.0, 0.0], 1.6), end(2, [100.0, 0.0], 1.6)], false),
            // Over its roof: from a mast nearby, or from a truck.
            (car, [end(1, [0.0, 0.0], 5.0), end(2, [100.0, 0.0], 1.6)], false),
            (car, [end(1, [0.0, 0.0], 5.0), end(2, [52.4, 0.0], 1.5)], true),
            (car, [end(1, [0.0, 0.0], 3.0), end(2, [100.0, 0.0], 3.0)], false),
            // Two antennas at one place.
            (car, low([50.0, 0.0], [50.0, 0.0]), false),
        ];
        for (index, (vehicle, [a, b], expected)) in table.into_iter().enumerate() {
            assert_eq!(vehicle.blocks(&[a, b]), expected, "line {index}");
            assert_eq!(vehicle.blocks(&[b, a]), expected, "line {index}, from the other end");
        }
    }
}
