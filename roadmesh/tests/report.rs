//! `report.html`: what is drawn is what the tables have, and the file needs nothing else.

mod common;

use common::{CHAIN, folder_with, names, printed, roadmesh};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A car drives out of the range of its RSU and back, another one stays near and relays, and a third breaks down.
const ROAD: &str = "
name: road
description: A <road> & its cars.
duration: 60s
warmup: 3s
nodes:
  rsu: {role: rsu, position: [0, 0]}
  near: {role: obu, position: [250, 3]}
  far: {role: obu, waypoints: [[0, 60, 0], [10, 60, 0], [30, 1660, 0], [50, 60, 90]]}
  brief: {role: obu, position: [-60, 40]}
radio: {profile: geometric}
wired: {hosts: [server]}
faults: [{at: 20s, node_down: brief}, {at: 30s, node_up: brief}]
traffic:
  - {name: up, kind: constant, from: vehicles, to: server, rate: 17, size: 200}
  - {name: down, kind: constant, from: server, to: vehicles, rate: 7, size: 300}
  - {name: ask, kind: request, from: vehicles, to: server, rate: 12, size: 64, response_size: 200}
";

/// Attributes of a tag, or cells of a row, by their names.
type Named = BTreeMap<String, String>;

/// How a coordinate becomes a value: kind, values at both ends, pixels of both ends.
#[derive(Clone, Debug)]
struct Axis(bool, [f64; 2], [f64; 2]);

impl Axis {
    fn of(text: &str) -> Axis {
        let words: Vec<&str> = text.split(' ').collect();
        let number = |index: usize| words[index].parse::<f64>().unwrap();
        Axis(words[0] == "log", [number(1), number(2)], [number(3), number(4)])
    }

    fn value(&self, pixel: f64) -> f64 {
        let Axis(log, [from, to], [start, end]) = *self;
        let share = (pixel - start) / (end - start);
        if log { from * (to / from).powf(share) } else { from + share * (to - from) }
    }

    /// What a pixel's hundredth is worth there, and a little more.
    fn tolerance(&self, value: f64) -> f64 {
        let Axis(log, [from, to], [start, end]) = *self;
        let pixel = 1.0 / (end - start).abs();
        0.02 * pixel * if log { value * (to / from).ln() } else { to - from } + 1e-9
    }
}

/// A figure of a report, as it is drawn.
#[derive(Debug, Default)]
struct Plot {
    x: Option<Axis>,
    y: Option<Axis>,
    /// By series: what is in it, with its attributes.
    series: BTreeMap<String, Vec<(String, Named)>>,
}

impl Plot {
    fn of(report: &str, id: &str) -> Plot {
        let figure =
            report.split_once(&format!("<figure id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}")).1;
        let start = figure.find("<svg").unwrap();
        let svg = &figure[start..figure.find("</svg>").unwrap() + 6];
        assert!(
            svg.contains("<title id=") && svg.contains("<desc id=") && svg.contains("role=\"img\""),
            "{id}"
        );
        let (mut plot, mut series, mut depth) = (Plot::default(), None, 0);
        let mut reader = Reader::from_str(svg);
        loop {
            match reader.read_event().unwrap() {
                Event::Start(tag) => {
                    let (name, attributes) = read(&tag);
                    if name == "svg" {
                        plot.x = attributes.get("data-x").map(|text| Axis::of(text));
                        plot.y = attributes.get("data-y").map(|text| Axis::of(text));
                    }
                    if let Some(name) = attributes.get("data-series") {
                        (series, depth) = (Some(name.clone()), 0);
                    }
                    depth += 1;
                    let key = series.clone().unwrap_or_default();
                    plot.series.entry(key).or_default().push((name, attributes));
                }
                Event::End(_) => {
                    depth -= 1;
                    series = series.filter(|_| depth > 0);
                }
                Event::Eof => return plot,
                _ => {}
            }
        }
    }

    /// Everything of this kind in a series.
    fn shapes(&self, series: &str, name: &str) -> Vec<&Named> {
        let all = self.series.get(series).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(|(found, _)| found == name).map(|(_, attributes)| attributes).collect()
    }

    /// The values of a line's points.
    fn points(&self, series: &str) -> Vec<[f64; 2]> {
        let lines = self.shapes(series, "polyline");
        let pairs = lines.iter().flat_map(|line| line["points"].split(' '));
        let numbers = pairs.map(|pair| pair.split_once(',').unwrap());
        let (x, y) = (self.x.as_ref().unwrap(), self.y.as_ref().unwrap());
        numbers.map(|(a, b)| [x.value(a.parse().unwrap()), y.value(b.parse().unwrap())]).collect()
    }

    fn is_at(&self, point: [f64; 2], expected: [f64; 2]) -> bool {
        let (x, y) = (self.x.as_ref().unwrap(), self.y.as_ref().unwrap());
        (point[0] - expected[0]).abs() <= x.tolerance(expected[0])
            && (point[1] - expected[1]).abs() <= y.tolerance(expected[1])
    }

    #[track_caller]
    fn assert_line(&self, series: &str, expected: &[[f64; 2]]) {
        let found = self.points(series);
        assert_eq!(found.len(), expected.len(), "{series}: {found:?}\n{expected:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(self.is_at(*found, *expected), "{series}: {found:?} instead of {expected:?}");
        }
    }
}

fn read(tag: &BytesStart<'_>) -> (String, Named) {
    let attributes = tag.attributes().map(|attribute| attribute.unwrap());
    let pairs = attributes.map(|attribute| (attribute.key.as_ref().to_owned(), attribute.value.into_owned()));
    (tag.name().as_ref().to_owned(), pairs.collect())
}

/// The rows of a CSV file, by column.
fn rows(file: &Path) -> Vec<Named> {
    let mut reader = csv::Reader::from_path(file).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn number(row: &Named, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} of {row:?}"))
}

fn json(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

#[test]
fn what_is_drawn_is_what_the_tables_have() {
    let folder = folder_with(ROAD);
    let (_, stderr, code) = printed(&roadmesh(folder.path(), &["sim", "scenario.yaml", "--out", "r", "-q"]));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    let results = folder.path().join("r");
    let report = fs::read_to_string(results.join("report.html")).unwrap();
    assert!(report.contains("A &lt;road&gt; &amp; its cars."));
    let seconds = rows(&results.join("seconds.csv"));
    let line = |column: &str, scale: f64| -> Vec<[f64; 2]> {
        seconds.iter().map(|row| [number(row, "second"), number(row, column) * scale]).collect()
    };

    let plot = Plot::of(&report, "connected");
    plot.assert_line("vehicles", &line("vehicles", 1.0));
    plot.assert_line("connected", &line("connected", 1.0));
    plot.assert_line("within one hop of an RSU", &line("in_range", 1.0));
    let plot = Plot::of(&report, "air");
    plot.assert_line("control", &line("control_airtime_ms", 0.1));
    plot.assert_line("data", &line("data_airtime_ms", 0.1));

    let losses = rows(&results.join("losses.csv"));
    let plot = Plot::of(&report, "delivery");
    for direction in ["up", "down"] {
        let expected: Vec<[f64; 2]> = (4..=59)
            .map(|second| {
                let in_second = |loss: &&Named| {
                    let at = number(loss, "sent_us");
                    loss["direction"] == direction
                        && at > (second - 1) as f64 * 1e6
                        && at <= second as f64 * 1e6
                };
                let lost = losses.iter().filter(in_second).count() as f64;
                let sent = number(&seconds[second - 1], &format!("{direction}_sent"));
                [second as f64, 100.0 * (sent - lost) / sent]
            })
            .collect();
        assert!(
            expected.iter().any(|[_, share]| *share < expected[0][1]),
            "some seconds lost more than others"
        );
        plot.assert_line(direction, &expected);
    }

    let plot = Plot::of(&report, "latency");
    for (direction, name) in [("up", "up"), ("down", "down"), ("round_trip", "round trip")] {
        let steps: Vec<[f64; 2]> = rows(&results.join("latency.csv"))
            .iter()
            .filter(|row| row["direction"] == direction)
            .map(|row| [number(row, "up_to_ms"), number(row, "frames")])
            .collect();
        let all: f64 = steps.iter().map(|[_, frames]| frames).sum();
        let so_far = steps.iter().scan(0.0, |sum, [limit, frames]| {
            *sum += frames;
            Some([*limit, *sum / all * 100.0])
        });
        plot.assert_line(name, &so_far.collect::<Vec<_>>());
    }

    let events = fs::read_to_string(results.join("events.jsonl")).unwrap();
    let resumed: Vec<Value> = events
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|event| event["event"] == "resumed" && event["at_us"].as_u64() >= Some(3_000_000))
        .collect();
    assert!(!resumed.is_empty());
    let plot = Plot::of(&report, "blackouts");
    for (kind, name) in [("failover", "failovers"), ("handover", "handovers"), ("outage", "outages")] {
        let lengths: Vec<f64> = resumed
            .iter()
            .filter(|event| event["kind"] == kind)
            .map(|event| event["blackout_ms"].as_f64().unwrap().max(0.1))
            .collect();
        let points = plot.points(name);
        assert_eq!(points.is_empty(), lengths.is_empty(), "{name}");
        for length in &lengths {
            // Lengths that are closer than one in a hundred share a point.
            let share = |longest: f64| {
                lengths.iter().filter(|other| **other <= longest).count() as f64 / lengths.len() as f64
                    * 100.0
            };
            let (low, high) = (share(length * 0.99), share(length * 1.01));
            let near =
                |[x, y]: &[f64; 2]| (x / length - 1.0).abs() < 0.011 && *y >= low - 0.1 && *y <= high + 0.1;
            assert!(points.iter().any(near), "{name}: nothing at {length} ms in {points:?}");
        }
    }

    let plot = Plot::of(&report, "drops");
    let summary = json(&results.join("summary.json"));
    let drops = summary["drops"].as_object().unwrap();
    assert!(!drops.is_empty());
    for (reason, count) in drops {
        let bar = plot.shapes(reason, "rect")[0];
        let x = plot.x.as_ref().unwrap();
        let end = x.value(number(bar, "x") + number(bar, "width"));
        let count = count.as_f64().unwrap();
        assert!((end - count).abs() <= 2.0 * x.tolerance(count), "{reason}: {end} instead of {count}");
    }
    // The figures of the terminal's table are there, in the same words.
    let (table, _, _) = printed(&roadmesh(folder.path(), &["sim", "scenario.yaml", "--out", "r"]));
    for row in table.lines().filter(|line| line.contains("connected share of")) {
        let words: Vec<&str> = row.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect();
        let cells = format!("<th scope=\"row\">{}</th><td class=\"number\">{}</td>", words[0], words[1]);
        assert!(report.contains(&cells), "{cells}");
    }
}

#[test]
fn the_map_shows_where_everybody_was_and_where_frames_were_lost() {
    let folder = folder_with(ROAD);
    assert!(roadmesh(folder.path(), &["sim", "scenario.yaml", "--out", "r", "-q"]).status.success());
    let results = folder.path().join("r");
    let report = fs::read_to_string(results.join("report.html")).unwrap();
    let plot = Plot::of(&report, "map");
    let (x, y) = (plot.x.clone().unwrap(), plot.y.clone().unwrap());
    let place = |row: &Named| [number(row, "x_m"), number(row, "y_m")];
    let metre = (x.value(1.0) - x.value(0.0)).abs();

    // The ways as they are drawn, by class, in metres.
    let mut drawn: BTreeMap<String, Vec<Vec<[f64; 2]>>> = BTreeMap::new();
    for class in ["h1", "h2", "h3", "h4", "none"] {
        for way in plot.shapes(class, "path") {
            let pieces = way["d"].split('M').filter(|piece| !piece.is_empty()).map(|piece| {
                let pairs = piece.trim_end_matches("h0").split(' ').map(|pair| pair.split_once(',').unwrap());
                pairs.map(|(a, b)| [x.value(a.parse().unwrap()), y.value(b.parse().unwrap())]).collect()
            });
            drawn.insert(class.to_owned(), pieces.collect());
        }
    }
    assert!(drawn.contains_key("h1") && drawn.contains_key("h2") && drawn.contains_key("none"), "{drawn:?}");
    let tracks = rows(&results.join("tracks.csv"));
    let mut seen = BTreeMap::new();
    for row in tracks.iter().filter(|row| row["role"] == "obu") {
        let class = match row["hops"].as_str() {
            "" => "none".to_owned(),
            hops => format!("h{}", hops.parse::<u32>().unwrap().min(4)),
        };
        let (at, pieces) = (place(row), &drawn[&class]);
        let nearest = pieces.iter().map(|piece| distance(at, piece)).fold(f64::MAX, f64::min);
        assert!(nearest < 0.5 * metre, "{row:?} is {nearest} m away from the ways of its class");
        seen.entry(class).or_insert_with(Vec::new).push(at);
    }
    // And nobody was drawn where nobody was.
    for (class, pieces) in &drawn {
        for corner in pieces.iter().flatten() {
            let all = tracks.iter().filter(|row| row["role"] == "obu").map(place);
            let nearest = all.map(|at| length(at, *corner)).fold(f64::MAX, f64::min);
            assert!(nearest < 0.5 * metre, "{class}: nobody was within {nearest} m of {corner:?}");
        }
    }
    let losses = rows(&results.join("losses.csv"));
    let placed = losses.iter().filter(|loss| !loss["x_m"].is_empty()).count();
    let circles: Vec<_> =
        plot.shapes("", "circle").into_iter().filter(|mark| mark.contains_key("data-count")).collect();
    assert_eq!(circles.iter().map(|mark| number(mark, "data-count") as usize).sum::<usize>(), placed);
    assert!(placed > 10);
    for mark in circles {
        let at = [x.value(number(mark, "cx")), y.value(number(mark, "cy"))];
        let near = |loss: &&Named| !loss["x_m"].is_empty() && length(place(loss), at) < 8.0 * metre;
        assert!(losses.iter().any(|loss| near(&loss)), "no frame was lost at {at:?}");
    }
    assert_eq!(plot.shapes("rsu", "path").len(), 1);

    // Who was connected when.
    let plot = Plot::of(&report, "connections");
    let axis = plot.x.clone().unwrap();
    let brief: f64 = plot
        .shapes("brief", "rect")
        .iter()
        .map(|span| axis.value(number(span, "x") + number(span, "width")) - axis.value(number(span, "x")))
        .sum();
    let there = tracks.iter().filter(|row| row["node"] == "brief").count() as f64;
    assert!((brief - there).abs() < 0.1, "{brief} s instead of {there}");
}

/// Cars on a line that tell everybody around them where they are.
const BEACONS: &str = "
name: beacons
duration: 12s
warmup: 1s
groups: {cars: {count: 12, place: {line: {from: [0, 0], to: [900, 0]}}}}
radio: {profile: geometric}
beacons: {senders: [{from: vehicles}], delivery_step: 100, gap_band: 150}
";

/// The middle of each row's distances and a value, where it has one.
fn over_distance(rows: &[Named], column: &str, scale: f64) -> Vec<[f64; 2]> {
    let rows = rows.iter().filter(|row| !row[column].is_empty());
    rows.map(|row| [(number(row, "from_m") + number(row, "to_m")) / 2.0, number(row, column) * scale])
        .collect()
}

#[test]
fn beacons_are_drawn_over_distance_and_with_intervals_over_runs() {
    let folder = folder_with(BEACONS);
    let args = ["sim", "scenario.yaml", "--runs", "3", "--out", "r"];
    let (stdout, _, code) = printed(&roadmesh(folder.path(), &args));
    assert_eq!(code, Some(0));
    assert!(stdout.contains("\nBEACONS, over all distances\n"), "{stdout}");
    let results = folder.path().join("r");
    let first = results.join("seed1");
    let [reached, gaps] = ["beacons.csv", "gaps.csv"].map(|name| rows(&first.join(name)));
    let report = fs::read_to_string(first.join("report.html")).unwrap();
    let plot = Plot::of(&report, "reception");
    plot.assert_line("received", &over_distance(&reached, "ratio", 100.0));
    let plot = Plot::of(&report, "gaps");
    for (series, column) in [("mean", "mean_ms"), ("p95", "p95_ms"), ("p99", "p99_ms")] {
        plot.assert_line(series, &over_distance(&gaps, column, 1.0));
    }
    Plot::of(&report, "air").assert_line(
        "beacons",
        &rows(&first.join("seconds.csv"))
            .iter()
            .map(|row| [number(row, "second"), number(row, "beacons_airtime_ms") * 0.1])
            .collect::<Vec<_>>(),
    );

    let summary = json(&results.join("summary.json"));
    let figures = &summary["figures"];
    assert_eq!(figures["beacons.per_sender_s"]["mean"], 10.0);
    let mean = |number: usize| figures[format!("beacons.ratio_by_distance.{number}")]["mean"].as_f64();
    let expected: Vec<[f64; 2]> =
        (1..=20).filter_map(|number| Some([number as f64 * 100.0 - 50.0, mean(number)? * 100.0])).collect();
    assert!(expected.len() > 8 && figures["beacons.ratio_by_distance.2"]["half_width"].as_f64().is_some());
    let together = fs::read_to_string(results.join("report.html")).unwrap();
    Plot::of(&together, "reception").assert_line("received", &expected);
}

#[test]
fn a_report_needs_no_other_file_and_no_network() {
    let folder = folder_with(CHAIN);
    assert!(roadmesh(folder.path(), &["sim", "scenario.yaml", "--out", "r", "-q"]).status.success());
    let file = folder.path().join("r/report.html");
    let report = fs::read_to_string(&file).unwrap();
    // The scenario's own comments may name what they like.
    let (page, rest) = report.split_once("<details>").unwrap();
    let script = rest.split_once("<script>").unwrap().1;
    for reference in ["http:", "https:", "src=", "href=", "url(", "@import", "<link", "<img", "<iframe"] {
        assert!(!page.contains(reference) && !script.contains(reference), "{reference} in the report");
    }
    for request in ["fetch", "XMLHttpRequest", "import", "Date", "random"] {
        assert!(!script.contains(request), "{request} in the script");
    }
    assert!(
        !page.contains(folder.path().to_str().unwrap()) && !page.contains("id=\"map\""),
        "an ideal radio has no map"
    );
    for text in [
        "<!DOCTYPE html>",
        "roadmesh verify .",
        "prefers-color-scheme: dark",
        "@media print",
        "name=\"viewport\"",
    ] {
        assert!(report.contains(text), "{text}");
    }

    // Made again, it is the same, and so is the rest.
    fs::remove_file(&file).unwrap();
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &["report", "r"]));
    assert_eq!((stdout.as_str(), stderr.as_str(), code), ("r/report.html\n", "", Some(0)));
    assert_eq!(fs::read_to_string(&file).unwrap(), report);
    let (stdout, _, code) = printed(&roadmesh(folder.path(), &["verify", "r"]));
    assert_eq!((stdout.as_str(), code), ("r: the same, to the last byte\n", Some(0)));
    let (_, stderr, code) = printed(&roadmesh(folder.path(), &["report", "nowhere"]));
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("`nowhere` holds no results"), "{stderr}");
}

#[test]
fn a_run_that_never_came_to_its_end_has_a_report_of_what_it_recorded() {
    let folder = folder_with(ROAD);
    assert!(roadmesh(folder.path(), &["sim", "scenario.yaml", "--out", "r", "-q"]).status.success());
    let results = folder.path().join("r");
    for file in ["summary.json", "flows.csv", "latency.csv", "losses.csv", "timing.json", "report.html"] {
        fs::remove_file(results.join(file)).unwrap();
    }
    // Torn off within a row.
    for file in ["seconds.csv", "tracks.csv", "events.jsonl"] {
        let text = fs::read_to_string(results.join(file)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let (last, whole) = lines[..lines.len() / 2].split_last().unwrap();
        fs::write(results.join(file), format!("{}\n{}", whole.join("\n"), &last[..last.len() / 2])).unwrap();
    }
    let (_, stderr, code) = printed(&roadmesh(folder.path(), &["report", "r"]));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    let report = fs::read_to_string(results.join("report.html")).unwrap();
    assert_eq!(
        names(&results),
        ["events.jsonl", "manifest.json", "report.html", "seconds.csv", "tracks.csv"]
    );
    assert!(report.contains("UNFINISHED") && !report.contains("id=\"latency\""));
    let vehicles = Plot::of(&report, "connected").points("vehicles");
    assert_eq!(
        vehicles.len(),
        28,
        "60 seconds and the heads: half of that, without the last row and without the heads"
    );
}

#[test]
fn many_runs_have_a_report_of_their_means_and_intervals() {
    let folder = folder_with(ROAD);
    let args = ["sim", "scenario.yaml", "--runs", "3", "--duration", "35s", "--out", "r", "-q"];
    let (_, stderr, code) = printed(&roadmesh(folder.path(), &args));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    let results = folder.path().join("r");
    let report = fs::read_to_string(results.join("report.html")).unwrap();
    assert!(
        report.contains("3 runs, seeds 1 to 3") && report.contains("--set seed=1 --runs 3"),
        "how to repeat it"
    );
    let summary = json(&results.join("summary.json"));
    let runs = rows(&results.join("runs.csv"));
    for (id, name, figure, scale) in [
        ("shares", "delivered up", "up.ratio", 100.0),
        ("shares", "connected", "connected_share", 100.0),
        ("latencies", "down, p95", "down.latency.p95_ms", 1.0),
    ] {
        let plot = Plot::of(&report, id);
        let x = plot.x.clone().unwrap();
        let mut found: Vec<f64> =
            plot.shapes(name, "circle").iter().map(|dot| x.value(number(dot, "cx"))).collect();
        let mut expected: Vec<f64> = runs.iter().map(|run| number(run, figure) * scale).collect();
        found.sort_by(f64::total_cmp);
        expected.sort_by(f64::total_cmp);
        assert_eq!(found.len(), 3);
        for (found, expected) in found.iter().zip(&expected) {
            assert!(
                (found - expected).abs() <= x.tolerance(*expected),
                "{name}: {found} instead of {expected}"
            );
        }
        let estimate = &summary["figures"][figure];
        let [mean, half] = ["mean", "half_width"].map(|key| estimate[key].as_f64().unwrap() * scale);
        let line = plot.shapes(name, "line")[0];
        assert!((x.value(number(line, "x1")) - mean).abs() <= x.tolerance(mean), "{name}");
        let bar = plot.shapes(name, "rect")[0];
        let low = x.value(number(bar, "x"));
        // Nothing is drawn beyond the axis.
        assert!(
            (low - (mean - half).max(x.1[0])).abs() <= x.tolerance(low),
            "{name}: {low}, {mean} ± {half}"
        );
    }
}

fn length(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// From a point to a line.
fn distance(at: [f64; 2], line: &[[f64; 2]]) -> f64 {
    let to_piece = |from: [f64; 2], to: [f64; 2]| {
        let along = [to[0] - from[0], to[1] - from[1]];
        let squared = along[0].powi(2) + along[1].powi(2);
        let share = ((at[0] - from[0]) * along[0] + (at[1] - from[1]) * along[1]) / squared;
        let share = if squared > 0.0 { share.clamp(0.0, 1.0) } else { 0.0 };
        length(at, [from[0] + share * along[0], from[1] + share * along[1]])
    };
    let pieces = line.windows(2).map(|ends| to_piece(ends[0], ends[1]));
    pieces.chain(line.first().map(|first| length(at, *first))).fold(f64::MAX, f64::min)
}

#[test]
fn a_sweep_is_drawn_over_what_it_varies() {
    let folder = folder_with(CHAIN);
    let run = |args: &[&str]| {
        let all = [&["sweep", "scenario.yaml", "--duration", "12s", "--runs", "3", "-q"][..], args].concat();
        let (_, stderr, code) = printed(&roadmesh(folder.path(), &all));
        assert_eq!((stderr.as_str(), code), ("", Some(0)));
    };
    run(&["--vary", "radio.ideal.default.loss=0.2,0,0.4", "--vary", "radio.attempts=1,3", "--out", "lines"]);
    let results = folder.path().join("lines");
    let report = fs::read_to_string(results.join("report.html")).unwrap();
    let points = rows(&results.join("points.csv"));
    for (figure, scale) in [("up.ratio", 100.0), ("up.latency.p95_ms", 1.0)] {
        let plot = Plot::of(&report, figure);
        for attempts in ["1", "3"] {
            let own = |row: &&Named| row["figure"] == figure && row["radio.attempts"] == attempts;
            let mut own: Vec<&Named> = points.iter().filter(own).collect();
            own.sort_by(|a, b| {
                number(a, "radio.ideal.default.loss").total_cmp(&number(b, "radio.ideal.default.loss"))
            });
            let at = |row: &&Named| [number(row, "radio.ideal.default.loss"), number(row, "mean") * scale];
            let expected: Vec<[f64; 2]> = own.iter().map(at).collect();
            let series = format!("radio.attempts {attempts}");
            plot.assert_line(&series, &expected);
            let y = plot.y.as_ref().unwrap();
            for (bar, row) in plot.shapes(&series, "line").into_iter().zip(own) {
                let length = number(row, "half_width") * scale;
                let ends = ["y1", "y2"].map(|end| y.value(bar[end].parse().unwrap()));
                // What is beyond the axis is not drawn.
                let [least, most] = [y.1[0], y.1[1]];
                let mean = number(row, "mean") * scale;
                let expected = [mean - length, mean + length].map(|end| end.clamp(least, most));
                assert!(
                    ends.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 2.0 * y.tolerance(b)),
                    "{ends:?} {expected:?}"
                );
            }
        }
    }
    assert!(report.contains(
        "roadmesh sweep scenario.yaml --set duration=12s --vary radio.ideal.default.loss=0.2,0,0.4 \
         --vary radio.attempts=1,3 --set seed=1 --runs 3"
    ));
    // The same from the folder alone.
    fs::remove_file(results.join("report.html")).unwrap();
    assert_eq!(printed(&roadmesh(folder.path(), &["report", "lines"])).2, Some(0));
    assert!(fs::read_to_string(results.join("report.html")).unwrap() == report);

    // Where it varies no number, the combinations lie beside each other.
    run(&[
        "--vary",
        "traffic.0.kind=request,constant",
        "--set",
        "traffic.0.response_size=null",
        "--out",
        "rows",
    ]);
    let report = fs::read_to_string(folder.path().join("rows/report.html")).unwrap();
    let plot = Plot::of(&report, "up.latency.p95_ms");
    for name in ["request", "constant"] {
        assert_eq!((plot.shapes(name, "circle").len(), plot.shapes(name, "rect").len()), (3, 1), "{name}");
    }
}
