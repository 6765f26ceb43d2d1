//! What fields of beaconing vehicles cost to simulate: the same squares as ns-3 simulates in `validation/ns3/radio.cc`.

use crate::ValidationError;
use crate::comparison::{Curve, Origin, Plot, Point};
use crate::statistics::Estimate;
use node_lib::addr::Mac;
use node_lib::buffer_pool::{AccessCategory, Frame};
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::{Dot11p, Effect, Locations, Medium, Profile, RadioId, RadioSetup};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::Write;
use std::io::Read;
use std::time::Duration;

/// A square of vehicles at random places, each driving at 14 m/s and sending 300 bytes, best effort, at a random time of every tenth of a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Square {
    /// How many there are.
    pub vehicles: u32,
    /// Metres.
    pub side_m: f64,
    /// Time that is simulated, seconds.
    pub simulated_s: f64,
}

/// The squares that ns-3 simulates, too, with as much time as it is worth waiting for here.
pub const AS_NS3: [Square; 2] = [square(100, 1000.0, 20.0), square(1000, 3000.0, 10.0)];

/// More of them: as dense, but larger, and as large as the smallest, but with fewer or more vehicles.
pub const OTHERS: [Square; 7] = [
    square(400, 2000.0, 10.0),
    square(900, 3000.0, 10.0),
    square(1600, 4000.0, 5.0),
    square(3600, 6000.0, 2.0),
    square(50, 1000.0, 20.0),
    square(200, 1000.0, 20.0),
    square(300, 1000.0, 20.0),
];

/// What one of them cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// Who simulated it: `roadmesh` or `ns-3`.
    pub by: String,
    /// The square.
    pub square: Square,
    /// Processor time, seconds.
    pub cpu_s: f64,
    /// Frames sent.
    pub frames: u64,
    /// Frames received, each counted at everybody who received it.
    pub receptions: u64,
}

impl Cost {
    /// Processor time for each frame received, nanoseconds.
    pub fn ns_per_reception(&self) -> f64 {
        self.cpu_s * 1e9 / self.receptions as f64
    }

    /// Simulated seconds in a second of processor time.
    pub fn real_time(&self) -> f64 {
        self.square.simulated_s / self.cpu_s
    }

    /// Frames received in a simulated second.
    pub fn receptions_per_s(&self) -> f64 {
        self.receptions as f64 / self.square.simulated_s
    }
}

/// Simulates a square with the radio `80211p` as it is by default, on this thread.
///
/// # Errors
/// [`ValidationError::Radio`] if the medium refuses its settings.
pub fn measure(square: Square) -> Result<Cost, ValidationError> {
    let before = cpu_time();
    let mut field = Field::new(square)?;
    field.run(Instant::ZERO + Duration::from_secs_f64(square.simulated_s));
    let cpu_s = cpu_time().saturating_sub(before).as_secs_f64();
    let Field { frames, receptions, .. } = field;
    Ok(Cost { by: "roadmesh".to_owned(), square, cpu_s, frames, receptions })
}

/// Reads what [`write()`] wrote, or `run.py --fields`.
///
/// # Errors
/// [`ValidationError::Fields`] at the first line that can't be read.
pub fn read(file: impl Read) -> Result<Vec<Cost>, ValidationError> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(file);
    let mut all = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| ValidationError::Fields {
            line: error.position().map_or(0, csv::Position::line),
            problem: error.to_string(),
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let number = |column: usize| {
            let text = record.get(column).unwrap_or_default();
            text.parse::<f64>().ok().filter(|value| (0.0..1e15).contains(value)).ok_or_else(|| {
                ValidationError::Fields { line, problem: format!("`{text}` is no number from 0 on") }
            })
        };
        let [vehicles, side_m, simulated_s] = [number(1)?, number(2)?, number(3)?];
        all.push(Cost {
            by: record.get(0).unwrap_or_default().to_owned(),
            square: Square { vehicles: vehicles as u32, side_m, simulated_s },
            cpu_s: number(4)?,
            frames: number(5)? as u64,
            receptions: number(6)? as u64,
        });
    }
    Ok(all)
}

/// The costs as lines that [`read`] reads.
pub fn write(all: &[Cost]) -> String {
    let mut text = format!("{HEADER}\n");
    for Cost { by, square, cpu_s, frames, receptions } in all {
        let Square { vehicles, side_m, simulated_s } = square;
        // Writing to a string can't fail.
        let _ = writeln!(text, "{by},{vehicles},{side_m},{simulated_s},{cpu_s:.3},{frames},{receptions}");
    }
    text
}

/// Processor time over receptions: a line if one goes with the other.
pub fn plot(all: &[Cost]) -> Plot {
    let ours = all.iter().filter(|cost| cost.by == "roadmesh");
    let mut points: Vec<Point> = ours
        .map(|cost| Point {
            x: cost.receptions_per_s() / 1000.0,
            y: Estimate::exact(1000.0 / cost.real_time()),
        })
        .collect();
    points.sort_by(|a, b| a.x.total_cmp(&b.x));
    Plot {
        id: "fields",
        title: "Processor time for a simulated second",
        x: "thousand receptions in a simulated second",
        y: "ms",
        curves: vec![Curve { name: "all squares".to_owned(), origin: Origin::Ours, points }],
    }
}

struct Field {
    square: Square,
    /// Where each vehicle starts, and its velocity.
    ways: Ways,
    medium: Medium,
    /// What is due, by time and order: a radio's wake-up, or its next frame.
    due: BinaryHeap<Reverse<(Instant, u64, RadioId, bool)>>,
    sequence: u64,
    /// Intervals begun, for each vehicle.
    begun: Vec<u32>,
    frame: Frame,
    out: Vec<Effect>,
    frames: u64,
    receptions: u64,
}

impl Field {
    fn new(square: Square) -> Result<Field, ValidationError> {
        let radios = 0..square.vehicles;
        let setup = |radio: u32| RadioSetup {
            mac: Mac::local(2, u64::from(radio)),
            key: Key::seed(7).with(u64::from(radio)).bits(),
        };
        let profile = Profile::Dot11p(Dot11p::default());
        let mut medium = Medium::new(profile, Key::seed(1), radios.clone().map(setup).collect())?;
        radios.clone().for_each(|radio| medium.set_up(Instant::ZERO, RadioId(radio), true));
        let mut frame = Frame::with_len(radio_lib::airtime::ETHERNET_HEADER + PAYLOAD);
        frame.fill(0xFF);
        frame.category = AccessCategory::BestEffort;
        let mut field = Field {
            square,
            ways: Ways::new(square),
            medium,
            due: BinaryHeap::new(),
            sequence: 0,
            begun: vec![0; square.vehicles as usize],
            frame,
            out: Vec::new(),
            frames: 0,
            receptions: 0,
        };
        radios.for_each(|radio| field.plan(RadioId(radio)));
        Ok(field)
    }

    /// Everything up to a time.
    fn run(&mut self, until: Instant) {
        while let Some(Reverse((at, _, radio, sends))) = self.due.pop().filter(|due| due.0.0 < until) {
            if sends {
                self.plan(radio);
                self.frames += 1;
                self.medium.send(at, radio, self.frame.clone(), &self.ways, &mut self.out);
            } else {
                self.medium.handle_wake(at, radio, &self.ways, &mut self.out);
            }
            let mut out = std::mem::take(&mut self.out);
            for effect in out.drain(..) {
                match effect {
                    Effect::Wake { at, radio } => self.push(at, radio, false),
                    Effect::Broadcast { receptions, .. } => {
                        self.receptions += receptions.len() as u64;
                        self.medium.reuse(receptions);
                    }
                    Effect::Deliver { .. } | Effect::Status { .. } => {}
                }
            }
            self.out = out;
        }
    }

    /// The next frame of a vehicle.
    fn plan(&mut self, radio: RadioId) {
        let begun = &mut self.begun[radio.0 as usize];
        let draw = Key::seed(2).with(u64::from(radio.0)).with(u64::from(*begun)).unit();
        let at = Instant::ZERO + INTERVAL * *begun + INTERVAL.mul_f64(draw);
        *begun += 1;
        if at.as_secs_f64() < self.square.simulated_s {
            self.push(at, radio, true);
        }
    }

    fn push(&mut self, at: Instant, radio: RadioId, sends: bool) {
        self.due.push(Reverse((at, self.sequence, radio, sends)));
        self.sequence += 1;
    }
}

/// Straight lines.
struct Ways(Vec<([f64; 2], [f64; 2])>);

impl Ways {
    fn new(square: Square) -> Ways {
        let way = |vehicle: u32| {
            let unit = |part| Key::seed(3).with(u64::from(vehicle)).with(part).unit();
            let direction = std::f64::consts::TAU * unit(2);
            let start = [unit(0) * square.side_m, unit(1) * square.side_m];
            (start, [SPEED * direction.cos(), SPEED * direction.sin()])
        };
        Ways((0..square.vehicles).map(way).collect())
    }
}

impl Locations for Ways {
    fn position(&self, radio: RadioId, at: Instant) -> Option<[f64; 2]> {
        let (start, velocity) = self.0.get(radio.0 as usize)?;
        let seconds = at.as_secs_f64();
        Some([start[0] + velocity[0] * seconds, start[1] + velocity[1] * seconds])
    }

    fn max_speed(&self) -> f64 {
        SPEED
    }
}

/// Processor time of this thread; where the system doesn't tell, the time that goes by.
fn cpu_time() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanoseconds.map(Duration::from_nanos).unwrap_or_else(|| {
        let now = std::time::SystemTime::now();
        now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
    })
}

const fn square(vehicles: u32, side_m: f64, simulated_s: f64) -> Square {
    Square { vehicles, side_m, simulated_s }
}

const HEADER: &str = "by,vehicles,side_m,simulated_s,cpu_s,frames,receptions";
/// Bytes above LLC.
const PAYLOAD: usize = 300;
const INTERVAL: Duration = Duration::from_millis(100);
/// Metres per second.
const SPEED: f64 = 14.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_costs_time_and_brings_frames_to_those_around() {
        let cost = measure(square(100, 1000.0, 1.0)).unwrap();
        // One frame each in every interval.
        assert_eq!(cost.frames, 1000);
        let each = cost.receptions as f64 / cost.frames as f64;
        assert!((10.0..60.0).contains(&each), "{each} of 99 receive a frame");
        assert!(cost.cpu_s > 0.0 && cost.real_time() > 1.0, "{cost:?}");
        assert_eq!(plot(&[cost]).curves[0].points.len(), 1);
    }

    #[test]
    fn costs_come_back_from_their_file() {
        let cost =
            Cost { by: "ns-3".into(), square: square(2, 1.5, 3.0), cpu_s: 2.25, frames: 7, receptions: 9 };
        let one = std::slice::from_ref(&cost);
        assert_eq!(read(write(one).as_bytes()).unwrap(), one);
        assert_eq!(
            [cost.ns_per_reception(), cost.real_time(), cost.receptions_per_s()],
            [25e7, 3.0 / 2.25, 3.0]
        );
        let wrong = write(one).replace("2.250", "much");
        let message = read(wrong.as_bytes()).unwrap_err().to_string();
        assert!(message.contains("line 2") && message.contains("`much`"), "{message}");
    }
}
