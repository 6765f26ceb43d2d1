//! How beacons were received, over distance.

use super::plots::lines::{Point, Series};
use super::plots::{Axis, Kind};
use super::read::{Gap, Reached};
use super::run::{SHARE, figure, of_x, plot, values};
use crate::experiment::estimate::Estimate;
use maud::Markup;
use std::collections::BTreeMap;

/// The share of radios at a distance that received a beacon, in one run.
pub(super) fn reception(rows: &[Reached]) -> Option<Markup> {
    let points = rows.iter().map(|row| Point {
        x: middle(row.from_m, row.to_m),
        y: row.ratio.map(|ratio| ratio * 100.0),
        between: None,
    });
    let text = "Of the radios that were so far from a sender, the share that received its beacon.";
    reached(points.collect(), text)
}

/// The same over many runs; `rows` are those of the first.
pub(super) fn receptions(rows: &[Reached], figures: &BTreeMap<String, Estimate>) -> Option<Markup> {
    let points = (1..).zip(rows).map(|(number, row)| {
        let estimate = figures.get(&format!("beacons.ratio_by_distance.{number}"));
        point(middle(row.from_m, row.to_m), estimate, 100.0)
    });
    let text = "Of the radios that were so far from a sender, the share that received its beacon: the mean over the runs and its \
                95 % confidence interval.";
    reached(points.collect(), text)
}

/// The gaps between receptions at a distance, in one run.
pub(super) fn gaps(rows: &[Gap]) -> Option<Markup> {
    let line = |value: fn(&Gap) -> Option<f64>| {
        let points =
            rows.iter().map(|row| Point { x: middle(row.from_m, row.to_m), y: value(row), between: None });
        points.collect()
    };
    apart([line(|row| row.mean_ms), line(|row| row.p95_ms), line(|row| row.p99_ms)], GAPS)
}

/// The same over many runs; `rows` are those of the first.
pub(super) fn all_gaps(rows: &[Gap], figures: &BTreeMap<String, Estimate>) -> Option<Markup> {
    let line = |key: &str| {
        let points = (1..).zip(rows).map(|(number, row)| {
            let estimate = figures.get(&format!("beacons.gaps_by_distance.{number}.{key}"));
            point(middle(row.from_m, row.to_m), estimate, 1.0)
        });
        points.collect()
    };
    let text = format!("{GAPS} The mean over the runs and its 95 % confidence interval.");
    apart(["mean_ms", "p95_ms", "p99_ms"].map(line), &text)
}

fn reached(points: Vec<Point>, text: &str) -> Option<Markup> {
    let series = [Series { name: "received", class: "c1", points: cut(points) }];
    let figure = figure("reception", "Beacons received, by distance", text);
    plot(&figure, &metres(&series), &SHARE, &series)
}

fn apart([mean, p95, p99]: [Vec<Point>; 3], text: &str) -> Option<Markup> {
    let series = [("mean", "c1", mean), ("p95", "c2", p95), ("p99", "c3", p99)]
        .map(|(name, class, points)| Series { name, class, points: cut(points) });
    let figure = figure("gaps", "Gaps between beacons received, by distance", text);
    let y = Axis::log("ms", SHORTEST_MS, values(&series));
    plot(&figure, &metres(&series), &y, &series)
}

fn point(x: f64, estimate: Option<&Estimate>, scale: f64) -> Point {
    let between = estimate.and_then(|estimate| {
        let half = estimate.half_width?;
        Some([(estimate.mean - half).max(0.0) * scale, (estimate.mean + half) * scale])
    });
    Point { x, y: estimate.map(|estimate| estimate.mean * scale), between }
}

/// Without what comes after the last point that was measured.
fn cut(mut points: Vec<Point>) -> Vec<Point> {
    let last = points.iter().rposition(|point| point.y.is_some());
    points.truncate(last.map_or(0, |last| last + 1));
    points
}

fn metres(series: &[Series<'_>]) -> Axis<'static> {
    Axis { label: "m", from: 0.0, to: of_x(series).fold(1.0, f64::max), kind: Kind::Linear }
}

fn middle(from: f64, to: f64) -> f64 {
    (from + to) / 2.0
}

const GAPS: &str =
    "How long it was from one reception of a sender's beacons to the next at the same receiver, by distance.";
const SHORTEST_MS: f64 = 1.0;
