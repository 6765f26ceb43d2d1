//! The report of one run.

use super::beacons;
use super::page::{Page, Tile};
use super::plots::lines::{Point, Series, lines};
use super::plots::map::{Content, map};
use super::plots::strips::{Row, strips};
use super::plots::{Axis, Figure, Kind, bars::bars};
use super::read::{Run, Second, Track};
use super::repeat::repeat;
use crate::error::Failure;
use crate::table::{self, optional, percent, short};
use maud::Markup;
use sim_lib::results::Summary;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

/// The whole file.
pub(super) fn report(folder: &Path) -> Result<String, Failure> {
    let run = Run::read(folder)?;
    let plots = [
        connected(&run.seconds),
        delivery(&run),
        latency(&run),
        blackouts(&run.blackouts),
        beacons::reception(&run.reached),
        beacons::gaps(&run.gaps),
        channel(&run.seconds),
        air(&run.seconds),
        run.summary.as_ref().and_then(|summary| drops(&summary.drops)),
        connections(&run.tracks),
    ];
    let summary = run.summary.as_ref();
    let page = Page {
        title: &run.manifest.name,
        about: about(&run),
        warnings: warnings(&run),
        tiles: summary.map(tiles).unwrap_or_default(),
        map: whereabouts(&run),
        plots: plots.into_iter().flatten().collect(),
        sections: summary.map(|summary| table::sections(summary, run.live.as_ref())).unwrap_or_default(),
        repeat: repeat(&run.manifest, run.live.is_some() || folder.join("lateness.csv").exists(), None),
    };
    Ok(page.text())
}

fn about(run: &Run) -> Vec<String> {
    let manifest = &run.manifest;
    let seconds = run.summary.as_ref().map_or(run.seconds.len() as f64, |summary| summary.simulated_s);
    let what = if run.live.is_some() { "live" } else { "simulated" };
    let first =
        format!("Seed {}, {} s {what} by roadmesh {}.", manifest.seed, short(seconds), manifest.version);
    let measured = run.summary.as_ref().map(|summary| table::measured(summary).replace('\n', " "));
    let described = Some(manifest.scenario.description.clone()).filter(|text| !text.is_empty());
    described.into_iter().chain([first]).chain(measured).collect()
}

fn warnings(run: &Run) -> Vec<&'static str> {
    let mut warnings = Vec::new();
    match &run.summary {
        None => warnings.push(UNFINISHED),
        Some(summary) if summary.partial => warnings.push(table::PARTIAL),
        Some(_) => {}
    }
    if run.live.as_ref().is_some_and(|live| live.fidelity.distorted) {
        warnings.push(table::DISTORTED);
    }
    warnings
}

fn tiles(summary: &Summary) -> Vec<Tile> {
    let tile = |name, value, unit| Tile { name, value, unit };
    vec![
        tile("connected within one hop of an RSU", percent(summary.connected_in_range_share), "%"),
        tile("connected at all times", percent(summary.connected_share), "%"),
        tile("delivered up", percent(summary.up.ratio), "%"),
        tile("delivered down", percent(summary.down.ratio), "%"),
        tile("latency up, p95", optional(summary.up.latency.p95_ms), "ms"),
        tile("handover blackout, p95", optional(summary.handovers.blackout.p95_ms), "ms"),
    ]
}

pub(super) fn figure<'a>(id: &'a str, title: &'a str, text: &'a str) -> Figure<'a> {
    Figure { id, title, text, keys: Vec::new() }
}

fn connected(seconds: &[Second]) -> Option<Markup> {
    let series = [
        over_time(seconds, "vehicles", "c4", |row| row.vehicles as f64),
        over_time(seconds, "within one hop of an RSU", "c2", |row| row.in_range as f64),
        over_time(seconds, "connected", "c1", |row| row.connected as f64),
    ];
    let figure = figure(
        "connected",
        "Connected vehicles",
        "How many vehicles there were, how many had a route to an RSU, and how many were within one hop of one.",
    );
    let y = Axis::counts("vehicles", values(&series));
    plot(&figure, &time(seconds), &y, &series)
}

/// Delivered of the frames sent in a second: those that never arrived are known by when they were sent.
fn delivery(run: &Run) -> Option<Markup> {
    let summary = run.summary.as_ref()?;
    let mut lost: BTreeMap<(&str, u64), u64> = BTreeMap::new();
    for loss in &run.losses {
        *lost.entry((&loss.direction, loss.sent_us.div_ceil(1_000_000))).or_default() += 1;
    }
    let measured: Vec<Second> = run
        .seconds
        .iter()
        .filter(|row| {
            row.second as f64 - 1.0 >= summary.warmup_s && row.second as f64 + 1.0 <= summary.simulated_s
        })
        .cloned()
        .collect();
    let series = |name: &'static str, class, sent: fn(&Second) -> u64| {
        let points = groups(&measured).map(|(at, group)| {
            let all: u64 = group.iter().map(sent).sum();
            let lost: u64 = group.iter().filter_map(|row| lost.get(&(name, row.second))).sum();
            Point { x: at, y: (all > 0).then(|| (1.0 - lost as f64 / all as f64) * 100.0), between: None }
        });
        Series { name, class, points: points.collect() }
    };
    let series = [series("up", "c1", |row| row.up_sent), series("down", "c2", |row| row.down_sent)];
    let figure = figure(
        "delivery",
        "Delivery over time",
        "Of the frames that applications sent in each second, the share that was delivered.",
    );
    plot(&figure, &time(&run.seconds), &Axis::share(values(&series)), &series)
}

fn latency(run: &Run) -> Option<Markup> {
    let series = [("up", "up", "c1"), ("down", "down", "c2"), ("round_trip", "round trip", "c3")];
    let series = series.map(|(direction, name, class)| {
        let steps = || run.latency.iter().filter(|step| step.direction == direction);
        let all = steps().map(|step| step.frames).sum::<u64>() as f64;
        let points = steps().scan(0, |so_far, step| {
            *so_far += step.frames;
            Some(Point::new(step.up_to_ms, *so_far as f64 / all * 100.0))
        });
        Series { name, class, points: points.collect() }
    });
    let figure = figure(
        "latency",
        "Latency",
        "The share of delivered frames that took at most so long, from application to application.",
    );
    let x = Axis::log("ms", 0.01, of_x(&series));
    plot(&figure, &x, &SHARE, &series)
}

/// The distribution of blackouts by kind.
pub(super) fn blackouts(lengths: &BTreeMap<String, Vec<f64>>) -> Option<Markup> {
    let kinds =
        [("failover", "failovers", "c1"), ("handover", "handovers", "c2"), ("outage", "outages", "c3")];
    let series = kinds.map(|(kind, name, class)| {
        let mut lengths = lengths.get(kind).cloned().unwrap_or_default();
        lengths.sort_by(f64::total_cmp);
        let all = lengths.len() as f64;
        let mut points: Vec<Point> = Vec::new();
        for (count, length) in (1..).zip(lengths) {
            let (length, share) = (length.max(SHORTEST_MS), f64::from(count) / all * 100.0);
            match points.last_mut() {
                // Closer than can be seen.
                Some(last) if length < last.x * 1.01 => last.y = Some(share),
                // Up to here it is what it was.
                last => {
                    let before = last.and_then(|last| last.y).unwrap_or(0.0);
                    points.extend([Point::new(length, before), Point::new(length, share)]);
                }
            }
        }
        Series { name, class, points }
    });
    let figure = figure(
        "blackouts",
        "Blackouts",
        "The share of interruptions in which running traffic stood still at most so long; at the left edge, 0.1 ms and less.",
    );
    let x = Axis::log("ms", SHORTEST_MS, of_x(&series));
    plot(&figure, &x, &SHARE, &series)
}

/// How busy radios found the channel.
fn channel(seconds: &[Second]) -> Option<Markup> {
    let line = |name, class, value: fn(&Second) -> Option<f64>| {
        let points = groups(seconds).map(|(at, group)| {
            let measured: Vec<f64> = group.iter().filter_map(value).collect();
            let mean = measured.iter().sum::<f64>() / measured.len() as f64;
            Point { x: at, y: (!measured.is_empty()).then_some(mean * 100.0), between: None }
        });
        Series { name, class, points: points.collect() }
    };
    let series = [
        line("mean", "c1", |row| row.cbr_mean),
        line("p95", "c2", |row| row.cbr_p95),
        line("most", "c3", |row| row.cbr_max),
    ];
    let figure = figure(
        "channel",
        "Channel busy ratio",
        "The share of 100 ms in which a radio found the channel busy or sent, over all radios in each second.",
    );
    plot(&figure, &time(seconds), &SHARE, &series)
}

fn air(seconds: &[Second]) -> Option<Markup> {
    // Milliseconds in a second, as per cent.
    let mut beacons = over_time(seconds, "beacons", "c4", |row| row.beacons_airtime_ms / 10.0);
    if seconds.iter().all(|row| row.beacons_airtime_ms == 0.0) {
        beacons.points.clear();
    }
    let series = [
        over_time(seconds, "data", "c2", |row| row.data_airtime_ms / 10.0),
        beacons,
        over_time(seconds, "control", "c1", |row| row.control_airtime_ms / 10.0),
        over_time(seconds, "of that, relays", "c3", |row| row.relays_airtime_ms / 10.0),
        over_time(seconds, "of that, replies", "c5", |row| row.replies_airtime_ms / 10.0),
    ];
    let figure = figure(
        "air",
        "Airtime",
        "The share of time that the frames of all nodes together take on the air, acknowledgements included.",
    );
    let y = Axis::from_zero("%", values(&series));
    plot(&figure, &time(seconds), &y, &series)
}

fn drops(drops: &BTreeMap<String, u64>) -> Option<Markup> {
    let mut drops: Vec<(&str, u64)> = drops.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
    drops.sort_by_key(|(reason, count)| (Reverse(*count), *reason));
    drops.truncate(MOST_BARS);
    let figure =
        figure("drops", "Drops by reason", "Frames that were dropped, by layer and reason, most first.");
    (!drops.is_empty()).then(|| bars(&figure, "frames", &drops))
}

/// Who was connected when, where few enough nodes are there to show each.
fn connections(tracks: &[Track]) -> Option<Markup> {
    let vehicles = by_vehicle(tracks);
    if vehicles.is_empty() || vehicles.len() > MOST_STRIPS {
        return None;
    }
    let rows: Vec<Row<'_>> = vehicles
        .iter()
        .map(|(name, rows)| {
            let mut spans: Vec<(f64, f64, &str)> = Vec::new();
            for row in rows {
                let (end, class) = (row.second as f64, class(row.hops));
                match spans.last_mut() {
                    Some(last) if last.2 == class && last.1 == end - 1.0 => last.1 = end,
                    _ => spans.push((end - 1.0, end, class)),
                }
            }
            Row { name, spans }
        })
        .collect();
    let mut figure = figure(
        "connections",
        "Connections",
        "Over how many hops each vehicle had its route to an RSU at the end of each second.",
    );
    figure.keys = hop_keys(tracks);
    let last = tracks.iter().map(|row| row.second).max().unwrap_or(1) as f64;
    Some(strips(&figure, &Axis { label: "s", from: 0.0, to: last, kind: Kind::Linear }, &rows))
}

fn whereabouts(run: &Run) -> Option<Markup> {
    let mut ways: BTreeMap<&str, Vec<Vec<[f64; 2]>>> = BTreeMap::new();
    for rows in by_vehicle(&run.tracks).values() {
        let mut before: Option<(u64, &str, [f64; 2])> = None;
        for row in rows {
            let Some(at) = row.x_m.zip(row.y_m).map(|(x, y)| [x, y]) else { continue };
            let class = class(row.hops);
            let pieces = ways.entry(class).or_default();
            match before.filter(|(second, ..)| second + 1 == row.second) {
                Some((_, same, _)) if same == class => {
                    pieces.last_mut().into_iter().for_each(|piece| piece.push(at))
                }
                Some((_, _, from)) => pieces.push(vec![from, at]),
                None => pieces.push(vec![at]),
            }
            before = Some((row.second, class, at));
        }
    }
    let mut rsus: BTreeMap<&str, [f64; 2]> = BTreeMap::new();
    for row in run.tracks.iter().filter(|row| row.role == "rsu") {
        rsus.extend(row.x_m.zip(row.y_m).map(|(x, y)| (row.node.as_str(), [x, y])));
    }
    // In the order of the classes' names those without a route come last, on top.
    let content = Content {
        ways: ways.into_iter().map(|(class, pieces)| (class.to_owned(), pieces)).collect(),
        rsus: rsus.into_iter().map(|(name, at)| (name.to_owned(), at)).collect(),
        losses: run.losses.iter().filter_map(|loss| Some([loss.x_m?, loss.y_m?])).collect(),
    };
    let mut figure = figure(
        "map",
        "Map",
        "The vehicles' ways, coloured by the hops of their route to an RSU, and where vehicles were when a frame from or to them \
         was lost: the more, the larger.",
    );
    figure.keys = hop_keys(&run.tracks);
    figure.keys.push(("rsu", "RSU".to_owned()));
    if !content.losses.is_empty() {
        figure.keys.push(("loss", "frames lost".to_owned()));
    }
    map(&figure, &content)
}

/// The rows of each vehicle, in the order of time.
fn by_vehicle(tracks: &[Track]) -> BTreeMap<&str, Vec<&Track>> {
    let mut all: BTreeMap<&str, Vec<&Track>> = BTreeMap::new();
    for row in tracks.iter().filter(|row| row.role == "obu") {
        all.entry(&row.node).or_default().push(row);
    }
    all
}

/// The class of the style sheet for a route of so many hops.
fn class(hops: Option<u32>) -> &'static str {
    match hops {
        None => "none",
        Some(0 | 1) => "h1",
        Some(2) => "h2",
        Some(3) => "h3",
        Some(_) => "h4",
    }
}

/// What there is of these classes.
fn hop_keys(tracks: &[Track]) -> Vec<(&'static str, String)> {
    let vehicles = || tracks.iter().filter(|row| row.role == "obu");
    let names =
        [("h1", "1 hop"), ("h2", "2 hops"), ("h3", "3 hops"), ("h4", "4 and more"), ("none", "no route")];
    let there = names.into_iter().filter(|(key, _)| vehicles().any(|row| class(row.hops) == *key));
    there.map(|(key, name)| (key, name.to_owned())).collect()
}

/// The mean of a value over each group of seconds.
fn over_time<'a>(seconds: &[Second], name: &'a str, class: &'a str, value: fn(&Second) -> f64) -> Series<'a> {
    let points = groups(seconds)
        .map(|(at, group)| Point::new(at, group.iter().map(value).sum::<f64>() / group.len() as f64));
    Series { name, class, points: points.collect() }
}

/// Seconds in groups, few enough to be drawn; each with the end of its last second.
fn groups(seconds: &[Second]) -> impl Iterator<Item = (f64, &[Second])> {
    let size = seconds.len().div_ceil(MOST_POINTS).max(1);
    seconds.chunks(size).filter_map(|group| Some((group.last()?.second as f64, group)))
}

fn time(seconds: &[Second]) -> Axis<'static> {
    let last = seconds.last().map_or(1, |row| row.second).max(1);
    Axis { label: "s", from: 0.0, to: last as f64, kind: Kind::Linear }
}

pub(super) fn values<'a>(series: &'a [Series<'_>]) -> impl Iterator<Item = f64> + Clone + 'a {
    series.iter().flat_map(|line| line.points.iter().filter_map(|point| point.y))
}

pub(super) fn of_x<'a>(series: &'a [Series<'_>]) -> impl Iterator<Item = f64> + Clone + 'a {
    series.iter().flat_map(|line| line.points.iter().map(|point| point.x))
}

/// Of the lines that have points; nothing where there is none.
pub(super) fn plot(figure: &Figure<'_>, x: &Axis<'_>, y: &Axis<'_>, series: &[Series<'_>]) -> Option<Markup> {
    let has_points = |line: &&Series<'_>| line.points.iter().any(|point| point.y.is_some());
    let series: Vec<Series<'_>> = series.iter().filter(has_points).cloned().collect();
    (!series.is_empty()).then(|| lines(figure, x, y, &series))
}

pub(super) const SHARE: Axis<'static> = Axis { label: "%", from: 0.0, to: 100.0, kind: Kind::Linear };
/// Of a blackout that is drawn at its own length.
const SHORTEST_MS: f64 = 0.1;
const MOST_POINTS: usize = 600;
const MOST_BARS: usize = 16;
const MOST_STRIPS: usize = 24;
const UNFINISHED: &str = "UNFINISHED: this run never came to its end. There are no figures, and the plots show what it had recorded.";
