//! What is read from traces: fixtures in `tests/data`, and parts of them.

use mobility_lib::{Ignored, Position, Span, Trace, TraceOptions, fcd};
use std::path::{Path, PathBuf};

#[test]
fn a_trace_as_sumo_writes_it() {
    let trace = read("two_cars.fcd.xml", &TraceOptions::default());
    let names: Vec<&String> = trace.vehicles.keys().collect();
    assert_eq!(names, ["Müller & Söhne", "bus"]);
    assert_eq!(trace.end_us, 14_000_000, "the last timestep counts, even without vehicles");
    assert_eq!(trace.step_us, 1_000_000);
    assert_eq!(trace.ignored, Ignored { persons: 2, containers: 1, others: 0 });
    assert_eq!(trace.bounds(), (Position { x: 0.0, y: -20.5 }, Position { x: 120.0, y: 50.0 }));
    let bus = &trace.vehicles["bus"];
    assert_eq!(bus.life(), (10_000_000, Some(12_000_001)));
    assert_eq!(bus.at(10_000_000), Some(Position { x: 100.0, y: 50.0 }));
    assert_eq!(bus.at(11_250_000), Some(Position { x: 112.5, y: 50.0 }));
    assert_eq!((bus.at(9_999_999), bus.at(12_000_001)), (None, None));
    assert_eq!(bus.max_speed(), 10.0);
}

#[test]
fn gzip_is_told_by_its_bytes() {
    let plain = read("two_cars.fcd.xml", &TraceOptions::default());
    assert_eq!(read("gzipped_two_cars.fcd", &TraceOptions::default()), plain);
    let mut twice = bytes("gzipped_two_cars.fcd");
    twice.truncate(0);
    let text = bytes("two_cars.fcd.xml");
    for half in [&text[..700], &text[700..]] {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, half).expect("memory takes it");
        twice.extend(encoder.finish().expect("memory takes it"));
    }
    let members = fcd::read_from(&twice[..], "members", &TraceOptions::default())
        .expect("several members are one file");
    assert_eq!(members, plain);
}

#[test]
fn a_byte_order_mark_is_no_text() {
    let mut marked = vec![0xEF, 0xBB, 0xBF];
    marked.extend(bytes("two_cars.fcd.xml"));
    let trace = fcd::read_from(&marked[..], "marked", &TraceOptions::default()).expect("valid");
    assert_eq!(trace, read("two_cars.fcd.xml", &TraceOptions::default()));
}

#[test]
fn begin_and_end_cut_a_trace_and_interpolate_at_the_cuts() {
    let options = TraceOptions { begin_us: 10_500_000, end_us: Some(11_750_000), ..TraceOptions::default() };
    let trace = read("two_cars.fcd.xml", &options);
    assert_eq!(trace.end_us, 1_250_000);
    let bus = &trace.vehicles["bus"];
    assert_eq!(bus.life(), (0, Some(1_250_001)));
    assert_eq!(bus.at(0), Some(Position { x: 105.0, y: 50.0 }));
    assert_eq!(bus.at(500_000), Some(Position { x: 110.0, y: 50.0 }));
    assert_eq!(bus.at(1_250_000), Some(Position { x: 117.5, y: 50.0 }));
    let van = &trace.vehicles["Müller & Söhne"];
    assert_eq!(van.life(), (500_000, Some(1_250_001)));

    let between = TraceOptions { begin_us: 10_250_000, end_us: Some(10_750_000), ..TraceOptions::default() };
    let trace = read("two_cars.fcd.xml", &between);
    assert_eq!(trace.vehicles["bus"].at(500_000), Some(Position { x: 107.5, y: 50.0 }));
    assert_eq!(trace.vehicles.len(), 1, "the van comes later");

    let instant = TraceOptions { begin_us: 11_500_000, end_us: Some(11_500_000), ..TraceOptions::default() };
    let trace = read("two_cars.fcd.xml", &instant);
    assert_eq!(trace.vehicles["bus"].at(0), Some(Position { x: 115.0, y: 50.0 }));
    assert_eq!(trace.vehicles["bus"].life(), (0, Some(1)));

    let aligned = TraceOptions { begin_us: 11_000_000, ..TraceOptions::default() };
    let trace = read("two_cars.fcd.xml", &aligned);
    assert_eq!(trace.vehicles["bus"].at(0), Some(Position { x: 110.0, y: 50.0 }));
    assert_eq!(trace.vehicles["bus"].life(), (0, Some(1_000_001)));
}

#[test]
fn what_lies_after_the_end_is_not_read() {
    let mut text = bytes("two_cars.fcd.xml");
    let cut = text.windows(12).position(|window| window == b"time=\"13.00\"").expect("it is there");
    text.truncate(cut);
    let options = TraceOptions { end_us: Some(12_000_000), ..TraceOptions::default() };
    assert!(fcd::read_from(&text[..], "cut", &options).is_ok());
    assert!(fcd::read_from(&text[..], "cut", &TraceOptions::default()).is_err());
}

#[test]
fn vehicles_leave_and_come_back() {
    let trace = read("away.fcd.xml", &TraceOptions::default());
    let spans = |name: &str| trace.vehicles[name].spans().to_vec();
    let span = |start_s: u64, last_s: u64| Span {
        start_us: start_s * 1_000_000,
        end_us: Some(last_s * 1_000_000 + 1),
    };
    assert_eq!(spans("blinks"), [span(0, 20)], "three steps are bridged");
    assert_eq!(trace.vehicles["blinks"].at(3_500_000), Some(Position { x: 35.0, y: 0.0 }));
    assert_eq!(spans("returns"), [span(0, 5), span(15, 20)]);
    assert_eq!(trace.vehicles["returns"].at(10_000_000), None);
    assert_eq!(spans("teleports"), [span(0, 5), span(7, 20)]);
    assert_eq!(trace.vehicles["teleports"].at(6_000_000), None);
    assert!(trace.vehicles.values().all(|track| track.max_speed() == 10.0));
}

#[test]
fn a_trace_recorded_seldom_is_one_movement() {
    let trace = read("every_5_s.fcd.xml", &TraceOptions::default());
    assert_eq!(trace.step_us, 5_000_000);
    assert!(trace.vehicles.values().all(|track| track.spans().len() == 1));
    let car = &trace.vehicles["car0"];
    assert_eq!(car.at(5_000_000), Some(Position { x: 2254.78, y: 1215.66 }));
    assert_eq!(car.at(7_500_000).map(|at| (at.x * 1000.0).round()), Some(2_242_250.0));
}

#[test]
fn times_may_be_written_as_on_a_clock() {
    let trace = read("clock_times.fcd.xml", &TraceOptions::default());
    assert_eq!(trace.end_us, 2_000_000);
    assert_eq!(trace.vehicles["car1"].life(), (2_000_000, Some(2_000_001)));
}

#[test]
fn unknown_elements_are_skipped_with_what_they_hold() {
    let text = r#"<!DOCTYPE fcd-export><fcd-export><note>hello <vehicle id="not"/> &amp; bye</note>
        <timestep time="0"><vehicle id="a" x="1" y="2"><param key="k" value="v">text</param></vehicle>
        <ghost id="g"/><![CDATA[]]]]></timestep></fcd-export>"#
        .replace("<![CDATA[]]]]>", "<?pi?><!-- c -->");
    let trace = fcd::read_from(text.as_bytes(), "text", &TraceOptions::default()).expect("valid");
    assert_eq!(trace.vehicles.len(), 1);
    assert_eq!(trace.ignored, Ignored { persons: 0, containers: 0, others: 4 });
}

#[test]
fn the_town_is_full_of_vehicles() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/town/town.fcd.xml.gz");
    let trace = fcd::read(&path, &TraceOptions::default()).expect("the town's trace is valid");
    assert_eq!((trace.end_us, trace.step_us), (300_000_000, 1_000_000));
    for at_s in 0..=300 {
        let present = trace.vehicles.values().filter(|track| track.at(at_s * 1_000_000).is_some()).count();
        assert!((110..=160).contains(&present), "{present} vehicles at {at_s} s");
    }
    let fastest = trace.vehicles.values().map(|track| track.max_speed()).fold(0.0, f64::max);
    assert!((10.0..40.0).contains(&fastest), "{fastest} m/s");
    let (least, greatest) = trace.bounds();
    assert!(
        least.x >= 0.0 && least.y >= 0.0 && greatest.x < 2600.0 && greatest.y < 1800.0,
        "{least:?} {greatest:?}"
    );
}

fn read(name: &str, options: &TraceOptions) -> Trace {
    fcd::read(&data(name), options).unwrap_or_else(|error| panic!("{error}"))
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(data(name)).expect("the fixture is there")
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}
