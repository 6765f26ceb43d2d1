//! The cost of one mean gain, for each model: 200 cars in a square kilometre of streets and blocks.
//!
//! Each pair is asked for again after both ends moved by 1.4 m, as for beacons at 10 Hz; `again` asks for the same pairs
//! at the same places, as for the frames of one moment.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use node_lib::random::Key;
use node_lib::time::Instant;
use radio_lib::{Buildings, Channel, Locations, PathLoss, Propagation, RadioId, Shadowing};
use std::hint::black_box;
use std::sync::Arc;

/// Cars that drive along streets 100 m apart, half of them each way.
struct Streets;

impl Locations for Streets {
    fn position(&self, radio: RadioId, at: Instant) -> Option<[f64; 2]> {
        let unit = |part: u64| Key::seed(3).with(u64::from(radio.0)).with(part).unit();
        let street = (unit(0) * 10.0).floor() * 100.0 + 2.0;
        let along = (unit(1) * SIDE_M + SPEED * at.as_secs_f64()) % SIDE_M;
        Some(if radio.0.is_multiple_of(2) { [street, along] } else { [along, street] })
    }

    fn max_speed(&self) -> f64 {
        SPEED
    }
}

/// Sixteen houses of ten corners in each block.
fn town() -> Arc<Buildings> {
    let house = |index: u32| {
        let (block, part) = (index / 16, index % 16);
        let x = f64::from(block % 10) * 100.0 + 10.0 + f64::from(part % 4) * 21.0;
        let y = f64::from(block / 10) * 100.0 + 10.0 + f64::from(part / 4) * 21.0;
        let corner = |corner: u32| {
            let angle = std::f64::consts::TAU * f64::from(corner) / 10.0;
            [x + 10.0 + 9.0 * angle.cos(), y + 10.0 + 9.0 * angle.sin()]
        };
        (0..10).map(corner).collect()
    };
    Arc::new(Buildings::new(&(0..1600).map(house).collect::<Vec<_>>()).expect("houses"))
}

/// All pairs within 400 m, round after round.
struct Pairs {
    channel: Channel,
    pairs: Vec<(RadioId, RadioId)>,
    places: Vec<[f64; 2]>,
    now: Instant,
}

impl Pairs {
    fn new(settings: &Propagation) -> Pairs {
        let names: Vec<u64> = (0..u64::from(RADIOS)).collect();
        let mut pairs = Pairs {
            channel: Channel::new(settings, Key::seed(1), &names).expect("valid settings"),
            pairs: Vec::new(),
            places: Vec::new(),
            now: Instant::ZERO,
        };
        pairs.advance();
        let all = (0..RADIOS)
            .flat_map(|a| (0..RADIOS).filter(move |b| a != *b).map(move |b| (RadioId(a), RadioId(b))));
        let near = |(a, b): &(RadioId, RadioId)| {
            let [a, b] = [a, b].map(|radio| pairs.places[radio.0 as usize]);
            (a[0] - b[0]).hypot(a[1] - b[1]) < 400.0
        };
        pairs.pairs = all.filter(near).collect();
        pairs
    }

    fn advance(&mut self) {
        self.now = Instant::from_micros(self.now.as_micros() + 100_000);
        let place = |radio| Streets.position(RadioId(radio), self.now).expect("a place");
        self.places = (0..RADIOS).map(place).collect();
    }

    fn ask(&mut self) -> f64 {
        let placed = |places: &[[f64; 2]], radio: RadioId| (radio, places[radio.0 as usize]);
        let mut sum = 0.0;
        for (a, b) in &self.pairs {
            let (a, b) = (placed(&self.places, *a), placed(&self.places, *b));
            sum += self.channel.mean_gain(self.now, a, b, &Streets);
        }
        sum
    }
}

fn gains(criterion: &mut Criterion) {
    let town = town();
    let plain =
        |path_loss| Propagation { path_loss, shadowing: Some(Shadowing::NONE), ..Propagation::default() };
    let dual = Propagation::default();
    let models = [
        ("free space", plain(PathLoss::FreeSpace)),
        ("dual slope", dual.clone()),
        ("two-ray", plain(PathLoss::TWO_RAY)),
        ("highway", plain(PathLoss::Highway)),
        ("urban", plain(PathLoss::Urban)),
        (
            "dual slope, shadowing",
            Propagation { shadowing: Some(Shadowing::uniform(3.0, 10.0)), ..dual.clone() },
        ),
        ("dual slope, buildings", Propagation { buildings: Some(town.clone()), ..dual.clone() }),
        ("dual slope, vehicles", Propagation { vehicles_block: true, ..dual.clone() }),
        (
            "urban, all",
            Propagation {
                path_loss: PathLoss::Urban,
                buildings: Some(town.clone()),
                vehicles_block: true,
                ..Propagation::default()
            },
        ),
    ];
    let mut group = criterion.benchmark_group("mean_gain");
    for (name, settings) in models {
        let mut pairs = Pairs::new(&settings);
        group.throughput(Throughput::Elements(pairs.pairs.len() as u64));
        group.bench_function(format!("{name}, moving"), |bencher| {
            bencher.iter(|| {
                pairs.advance();
                black_box(pairs.ask())
            });
        });
        group.bench_function(format!("{name}, again"), |bencher| bencher.iter(|| black_box(pairs.ask())));
    }
    group.finish();
}

criterion_group!(benches, gains);
criterion_main!(benches);

const RADIOS: u32 = 200;
const SIDE_M: f64 = 1000.0;
/// Metres per second.
const SPEED: f64 = 14.0;
