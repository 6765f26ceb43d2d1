//! How fast a trace is read, and how fast a track answers.
//!
//! `cargo bench -p mobility_lib --bench trace`

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mobility_lib::{Position, TraceOptions, Track, fcd};
use std::fmt::Write;
use std::hint::black_box;

criterion_group!(benches, reading, asking);
criterion_main!(benches);

fn reading(criterion: &mut Criterion) {
    let text = traffic(1000, 100);
    let mut group = criterion.benchmark_group("read");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(10);
    let read = |bytes: &[u8]| {
        fcd::read_from(bytes, "bench", &TraceOptions::default()).map(|trace| trace.vehicles.len())
    };
    assert_eq!(read(text.as_bytes()), Ok(1000));
    group.bench_function("plain, 1000 vehicles", |bencher| bencher.iter(|| read(black_box(text.as_bytes()))));
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, text.as_bytes()).expect("memory takes it");
    let packed = encoder.finish().expect("memory takes it");
    group.bench_function("gzipped, 1000 vehicles", |bencher| bencher.iter(|| read(black_box(&packed))));
    group.finish();
}

fn asking(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("at");
    let place = |n: u64| Position { x: n as f64, y: 0.5 * n as f64 };
    let uniform = Track::waypoints((0..3600).map(|n| (n * 1_000_000, place(n))).collect()).expect("valid");
    let irregular =
        Track::waypoints((0..3600).map(|n| (n * 1_000_000 + n * n % 7, place(n))).collect()).expect("valid");
    for (name, track) in
        [("fixed", Track::fixed(place(1))), ("uniform step", uniform), ("irregular steps", irregular)]
    {
        let mut at_us = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                at_us = (at_us + 1_234_567) % 3_600_000_000;
                track.at(black_box(at_us))
            });
        });
    }
    group.finish();
}

/// A trace as SUMO writes it: every vehicle in every timestep, with all the usual attributes.
fn traffic(vehicles: u32, steps: u32) -> String {
    let mut text = String::from("<fcd-export>\n");
    for step in 0..steps {
        writeln!(text, "    <timestep time=\"{step}.00\">").expect("memory takes it");
        for vehicle in 0..vehicles {
            let (x, y) =
                (f64::from(vehicle) * 3.17 + f64::from(step) * 11.03, f64::from(vehicle % 97) * 13.9);
            writeln!(
                text,
                "        <vehicle id=\"car{vehicle}\" x=\"{x:.2}\" y=\"{y:.2}\" angle=\"90.00\" type=\"car_passenger\" \
                 speed=\"11.03\" pos=\"{x:.2}\" lane=\"-142575701#0_1\" slope=\"0.00\"/>"
            )
            .expect("memory takes it");
        }
        text.push_str("    </timestep>\n");
    }
    text.push_str("</fcd-export>\n");
    text
}
