//! The report of many runs.

use super::beacons;
use super::page::{Page, Tile};
use super::plots::intervals::{Row, intervals};
use super::plots::{Axis, Figure};
use super::read::{BEACONS, GAPS, Gap, Manifest, Reached, json, rows};
use super::repeat::repeat;
use super::run::blackouts;
use crate::error::Failure;
use crate::experiment::folder::{RUNS, SUMMARY, Together, of_seed};
use crate::experiment::{pooled, table};
use crate::table::short;
use maud::{Markup, html};
use sim_lib::results::Summary;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The whole file.
pub(super) fn report(folder: &Path) -> Result<String, Failure> {
    let together: Together = json(folder, SUMMARY)?;
    let runs: Vec<BTreeMap<String, Option<f64>>> = rows(folder, RUNS)?;
    let folders: Vec<PathBuf> = together.seeds.iter().map(|seed| of_seed(folder, *seed)).collect();
    let first = match folders.first() {
        Some(first) => Some((json::<Manifest>(first, "manifest.json")?, json::<Summary>(first, SUMMARY)?)),
        None => None,
    };
    let warmup_us = first.as_ref().map_or(0, |(_, summary)| (summary.warmup_s * 1e6).round() as u64);
    let lengths = pooled::lengths(folders.iter().map(PathBuf::as_path), warmup_us)?;
    let interval =
        first.as_ref().map_or(Duration::ZERO, |(run, _)| run.scenario.protocol.heartbeat_interval.get());
    let live = first.as_ref().is_some_and(|_| folders[0].join("lateness.csv").exists());
    let (reached, gaps): (Vec<Reached>, Vec<Gap>) = match folders.first() {
        Some(first) => (rows(first, BEACONS)?, rows(first, GAPS)?),
        None => (Vec::new(), Vec::new()),
    };
    let beacons =
        [beacons::receptions(&reached, &together.figures), beacons::all_gaps(&gaps, &together.figures)];
    let panels = PANELS.iter().filter_map(|panel| panel.draw(&together, &runs));
    let page = Page {
        title: &together.name,
        about: vec![table::which(&together), table::MEANS.to_owned()],
        warnings: [(together.partial, PARTIAL), (!together.distorted.is_empty(), DISTORTED)]
            .into_iter()
            .filter_map(|(holds, warning)| holds.then_some(warning))
            .collect(),
        tiles: tiles(&together),
        map: None,
        plots: panels.chain(blackouts(&lengths.blackouts)).chain(beacons.into_iter().flatten()).collect(),
        sections: table::sections(&together, interval),
        repeat: match &first {
            Some((manifest, _)) => repeat(manifest, live, Some(together.seeds.len())),
            None => html! {},
        },
    };
    Ok(page.text())
}

fn tiles(together: &Together) -> Vec<Tile> {
    let tile = |name, figure: &str, scale: f64, unit| {
        let estimate = together.figures.get(figure)?;
        let half = estimate.half_width.map(|half| format!(" ± {}", short(half * scale))).unwrap_or_default();
        Some(Tile { name, value: format!("{}{half}", short(estimate.mean * scale)), unit })
    };
    [
        tile("connected within one hop of an RSU", "connected_in_range_share", 100.0, "%"),
        tile("delivered up", "up.ratio", 100.0, "%"),
        tile("delivered down", "down.ratio", 100.0, "%"),
        tile("latency up, p95", "up.latency.p95_ms", 1.0, "ms"),
        tile("handover blackout, p95", "handovers.blackout.p95_ms", 1.0, "ms"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Figures with one unit over one axis.
struct Panel {
    id: &'static str,
    title: &'static str,
    unit: &'static str,
    scale: f64,
    /// Names and figures.
    rows: &'static [(&'static str, &'static str)],
}

impl Panel {
    /// Nothing where nothing was measured.
    fn draw(&self, together: &Together, runs: &[BTreeMap<String, Option<f64>>]) -> Option<Markup> {
        let rows = self.rows.iter().filter_map(|(name, figure)| {
            let estimate = together.figures.get(*figure)?;
            let values = runs.iter().filter_map(|run| Some((*run.get(*figure)?)? * self.scale));
            Some(Row {
                name,
                mean: estimate.mean * self.scale,
                half_width: estimate.half_width.map(|half| half * self.scale),
                values: values.collect(),
            })
        });
        let rows: Vec<Row<'_>> = rows.collect();
        let ends = rows.iter().flat_map(|row| {
            let half = row.half_width.unwrap_or(0.0);
            row.values.iter().copied().chain([row.mean - half, row.mean + half])
        });
        let x = if self.unit == "%" { Axis::share(ends) } else { Axis::around(self.unit, ends) };
        let figure = Figure { id: self.id, title: self.title, text: TEXT, keys: Vec::new() };
        (!rows.is_empty()).then(|| intervals(&figure, &x, &rows))
    }
}

const PANELS: [Panel; 3] = [
    Panel {
        id: "shares",
        title: "Connection and delivery",
        unit: "%",
        scale: 100.0,
        rows: &[
            ("connected in range", "connected_in_range_share"),
            ("connected", "connected_share"),
            ("delivered up", "up.ratio"),
            ("delivered down", "down.ratio"),
            ("round trips", "round_trip.ratio"),
        ],
    },
    Panel {
        id: "latencies",
        title: "Latency",
        unit: "ms",
        scale: 1.0,
        rows: &[
            ("up, median", "up.latency.median_ms"),
            ("up, p95", "up.latency.p95_ms"),
            ("down, median", "down.latency.median_ms"),
            ("down, p95", "down.latency.p95_ms"),
            ("round trip, median", "round_trip.latency.median_ms"),
            ("round trip, p95", "round_trip.latency.p95_ms"),
        ],
    },
    Panel {
        id: "interruptions",
        title: "Blackouts by run",
        unit: "ms",
        scale: 1.0,
        rows: &[
            ("failovers, p95", "failovers.blackout.p95_ms"),
            ("handovers, p95", "handovers.blackout.p95_ms"),
            ("outages, p95", "outages.blackout.p95_ms"),
        ],
    },
];

const TEXT: &str = "The value of each run, the mean over the runs and its 95 % confidence interval.";
const DISTORTED: &str = "DISTORTED: this machine did not keep up in some of the runs. Their figures are its doing as much as the network's.";
const PARTIAL: &str = "PARTIAL: more runs were wanted; those that did not reach their end are left out.";
