//! Whatever is read, nothing panics; and what is read is what was written.

use mobility_lib::{Position, TraceOptions, Track, fcd};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use std::fmt::Write;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..300), start in 0..STARTS.len()) {
        let mut trace = STARTS[start].to_vec();
        trace.extend(&bytes);
        check(&trace);
    }

    #[test]
    fn mutated_traces_never_panic(edits in vec((any::<prop::sample::Index>(), any::<u8>(), 0..5u8), 1..6), gzipped: bool) {
        let mut trace = if gzipped { GZIPPED.to_vec() } else { VALID.to_vec() };
        for (at, byte, kind) in edits {
            let at = at.index(trace.len().max(1)).min(trace.len());
            match kind {
                0 if at < trace.len() => trace[at] = byte,
                1 => trace.insert(at, byte),
                2 if at < trace.len() => { trace.remove(at); }
                3 => trace.truncate(at),
                _ => {
                    let piece = trace[at..].iter().take(usize::from(byte)).copied().collect::<Vec<u8>>();
                    trace.splice(at..at, piece);
                }
            }
        }
        check(&trace);
    }

    #[test]
    fn tokens_in_any_order_never_panic(tokens in vec(0..TOKENS.len(), 0..60)) {
        let text: String = tokens.iter().map(|token| TOKENS[*token]).collect();
        check(text.as_bytes());
    }

    /// Every sample of a random trace is found again, exactly, wherever it lies in the time asked for.
    #[test]
    fn every_sample_is_found_again(
        steps in btree_map(0..2_000_000u64, vec((0..6u8, -400_000..400_000i32), 0..6), 1..20),
        begin_us in 0..2_000_000u64,
        length_us in 0..2_000_000u64,
    ) {
        let mut text = String::from("<fcd-export>");
        let mut samples = Vec::new();
        for (at_us, vehicles) in &steps {
            write!(text, "<timestep time='{}.{:06}'>", at_us / 1_000_000, at_us % 1_000_000).expect("memory takes it");
            let mut seen = Vec::new();
            for (vehicle, centimetres) in vehicles {
                if !seen.contains(vehicle) {
                    seen.push(*vehicle);
                    let x = f64::from(*centimetres) / 100.0;
                    write!(text, "<vehicle id='v{vehicle}' x='{x}' y='{}'/>", x + 1000.0).expect("memory takes it");
                    samples.push((*at_us, format!("v{vehicle}"), x));
                }
            }
            text.push_str("</timestep>");
        }
        text.push_str("</fcd-export>");
        let end_us = begin_us + length_us;
        let options = TraceOptions { begin_us, end_us: Some(end_us), max_speed_mps: f64::INFINITY, ..TraceOptions::default() };
        let inside: Vec<_> = samples.iter().filter(|(at_us, ..)| (begin_us..=end_us).contains(at_us)).collect();
        match fcd::read_from(text.as_bytes(), "random", &options) {
            Ok(trace) => {
                for (at_us, name, x) in inside {
                    let at = trace.vehicles[name].at(at_us - begin_us);
                    prop_assert_eq!(at, Some(Position { x: *x, y: x + 1000.0 }));
                }
                for track in trace.vehicles.values() {
                    check_track(track)?;
                    prop_assert!(track.spans().iter().all(|span| span.end_us.is_some_and(|end| end <= length_us + 1)));
                }
            }
            Err(error) => prop_assert!(inside.is_empty(), "{}", error),
        }
    }

    #[test]
    fn waypoints_are_met(points in btree_map(any::<u64>(), (-1e8..1e8f64, -1e8..1e8f64), 1..30), at_us: u64) {
        let points: Vec<_> = points.into_iter().map(|(at_us, (x, y))| (at_us, Position { x, y })).collect();
        let track = Track::waypoints(points.clone()).expect("sorted and finite");
        for (at_us, position) in &points {
            prop_assert_eq!(track.at(*at_us), Some(*position));
        }
        let (least, greatest) = track.bounds();
        let at = track.at(at_us).expect("it is there for ever");
        let slack = 1e-6;
        prop_assert!(at.x >= least.x - slack && at.x <= greatest.x + slack);
        prop_assert!(at.y >= least.y - slack && at.y <= greatest.y + slack);
    }
}

/// Spans are in order and apart, and the track is somewhere exactly within them.
fn check_track(track: &Track) -> Result<(), TestCaseError> {
    let mut last_end = None;
    for span in track.spans() {
        prop_assert!(last_end.is_none_or(|end| end <= span.start_us));
        let end_us = span.end_us.unwrap_or(u64::MAX);
        prop_assert!(span.start_us < end_us);
        prop_assert!(track.at(span.start_us).is_some() && track.at(end_us - 1).is_some());
        prop_assert!(track.at(span.start_us + (end_us - span.start_us) / 2).is_some());
        if last_end != Some(span.start_us) && span.start_us > 0 {
            prop_assert_eq!(track.at(span.start_us - 1), None);
        }
        last_end = Some(end_us);
    }
    prop_assert_eq!(track.at(last_end.unwrap_or(0)), None);
    Ok(())
}

/// Reading ends with a trace whose tracks hold together, or with an error that says where.
fn check(trace: &[u8]) {
    for options in [
        TraceOptions::default(),
        TraceOptions {
            begin_us: 10_500_000,
            end_us: Some(12_250_000),
            max_speed_mps: 1e9,
            ..TraceOptions::default()
        },
    ] {
        match fcd::read_from(trace, "any", &options) {
            Ok(trace) => {
                trace.vehicles.values().for_each(|track| check_track(track).expect("tracks hold together"))
            }
            Err(error) => {
                let place = error.place().expect("it is about the content");
                assert!(place.line > 0 && place.column > 0);
                assert!(!error.message().is_empty() && !error.help().is_empty());
            }
        }
    }
}

const VALID: &[u8] = include_bytes!("data/two_cars.fcd.xml");
const GZIPPED: &[u8] = include_bytes!("data/gzipped_two_cars.fcd");
const STARTS: [&[u8]; 6] = [
    b"",
    b"<",
    b"<fcd-export>",
    b"<fcd-export><timestep time='1'>",
    b"\x1F\x8B\x08\0\0\0\0\0\0\xFF",
    b"\xEF\xBB\xBF<",
];
const TOKENS: [&str; 24] = [
    "<fcd-export>",
    "</fcd-export>",
    "<timestep time='1'>",
    "<timestep time=\"2.5\">",
    "<timestep time='11'/>",
    "</timestep>",
    "<vehicle id='a' x='1' y='2'/>",
    "<vehicle id='ä' x='-1' y='1e3' speed='5'>",
    "</vehicle>",
    "<person id='p'/>",
    "<a>",
    "</a>",
    " ",
    "\n",
    "ü",
    "&amp;",
    "&",
    "<!-- c -->",
    "<![CDATA[x]]>",
    "<?p i?>",
    "<vehicle id='",
    "'/>",
    "<",
    ">",
];
