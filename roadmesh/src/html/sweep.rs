//! The report of a sweep.

use super::page::Page;
use super::plots::intervals::{Row, intervals};
use super::plots::lines::{Point, Series, lines};
use super::plots::{Axis, Figure};
use super::read::{Manifest, json, rows};
use super::repeat::repeat_sweep;
use crate::error::Failure;
use crate::experiment::estimate::Estimate;
use crate::experiment::folder::{RUNS, SUMMARY, of_seed};
use crate::experiment::table::{MEANS, described};
use crate::sweep::results::{PointFigures, Sweep};
use crate::sweep::table;
use config_lib::Interval;
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::path::Path;

/// The whole file.
pub(super) fn report(folder: &Path) -> Result<String, Failure> {
    let sweep: Sweep = json(folder, SUMMARY)?;
    let runs: Vec<BTreeMap<String, String>> = rows(folder, RUNS)?;
    let first = sweep.points.iter().find_map(|point| {
        let seed = *point.seeds.first()?;
        Some(of_seed(&folder.join(&point.folder), seed))
    });
    let first = first.map(|first| json::<Manifest>(&first, "manifest.json")).transpose()?;
    let across = Across::of(&sweep);
    let plots = sweep.shown.iter().flat_map(|figure| match &across {
        Some(across) => along(&sweep, figure, across),
        None => beside(&sweep, figure, &runs),
    });
    let page = Page {
        title: &sweep.name,
        about: vec![table::which(&sweep), MEANS.to_owned()],
        warnings: if sweep.partial { vec![PARTIAL] } else { Vec::new() },
        tiles: Vec::new(),
        map: None,
        plots: plots.collect(),
        sections: table::sections(&sweep),
        repeat: first.map_or_else(|| html! {}, |manifest| repeat_sweep(&manifest, &sweep)),
    };
    Ok(page.text())
}

/// A setting whose values are numbers: the plots' axis.
struct Across {
    /// Which of those that are varied.
    key: usize,
    label: String,
}

impl Across {
    /// The first one that has several values, all of them numbers of one unit.
    fn of(sweep: &Sweep) -> Option<Across> {
        sweep.vary.iter().enumerate().find_map(|(key, vary)| {
            let units: Option<Vec<&str>> = vary.values.iter().map(|value| Some(number(value)?.1)).collect();
            let units = units?;
            let unit = *units.first()?;
            let label = if unit.is_empty() { vary.key.clone() } else { format!("{}, {unit}", vary.key) };
            (units.len() > 1 && units.iter().all(|other| *other == unit)).then_some(Across { key, label })
        })
    }
}

/// A number with its unit, as scenarios have them: `5`, `20ms`, `10/s`.
fn number(value: &str) -> Option<(f64, &'static str)> {
    let plain = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    if let Some(number) = plain(value) {
        return Some((number, ""));
    }
    if let Some(rate) = value.strip_suffix("/s") {
        return Some((plain(rate)?, "/s"));
    }
    let time: Interval = value.parse().ok()?;
    Some((time.micros() as f64 / 1e6, "s"))
}

/// A figure as lines over a setting, one for each combination of the others; as many plots as their colours need.
fn along(sweep: &Sweep, figure: &str, across: &Across) -> Vec<Markup> {
    let (scale, unit) = described(figure);
    let mut groups: Vec<(String, Vec<&PointFigures>)> = Vec::new();
    for point in &sweep.points {
        let others = sweep.vary.iter().zip(&point.values).enumerate().filter(|(key, _)| *key != across.key);
        let others = others.map(|(_, (vary, value))| format!("{} {value}", vary.key)).collect::<Vec<_>>();
        let name = if others.is_empty() { figure.to_owned() } else { others.join(", ") };
        match groups.iter_mut().find(|(group, _)| *group == name) {
            Some((_, points)) => points.push(point),
            None => groups.push((name, vec![point])),
        }
    }
    let all: Vec<&PointFigures> = sweep.points.iter().collect();
    let at = |point: &&PointFigures| number(&point.values[across.key]).map(|(number, _)| number);
    let x = Axis::around(&across.label, all.iter().filter_map(at).collect::<Vec<_>>().into_iter());
    let y = upward(unit, scale, all.iter().filter_map(|point| point.figures.get(figure)));
    let drawn = |points: &[&PointFigures]| {
        let mut drawn: Vec<Point> = points
            .iter()
            .filter_map(|point| {
                let Estimate { mean, half_width, .. } = *point.figures.get(figure)?;
                let ends = half_width.map(|half| [mean - half, mean + half].map(|end| end * scale));
                Some(Point { x: at(point)?, y: Some(mean * scale), between: ends })
            })
            .collect();
        drawn.sort_by(|a, b| a.x.total_cmp(&b.x));
        drawn
    };
    let parts = groups.len().div_ceil(COLOURS.len());
    let plots = groups.chunks(COLOURS.len()).zip(1..).map(|(groups, part)| {
        let (id, title) = match parts {
            1 => (figure.to_owned(), figure.to_owned()),
            _ => (format!("{figure}-{part}"), format!("{figure}, {part} of {parts}")),
        };
        let series = groups.iter().zip(COLOURS).map(|((name, points), class)| Series {
            name,
            class,
            points: drawn(points),
        });
        let series: Vec<Series<'_>> = series.collect();
        lines(&Figure { id: &id, title: &title, text: ALONG, keys: Vec::new() }, &x, &y, &series)
    });
    plots.collect()
}

/// A figure of every combination, where none of the settings is a number.
fn beside(sweep: &Sweep, figure: &str, runs: &[BTreeMap<String, String>]) -> Vec<Markup> {
    let (scale, unit) = described(figure);
    let names: Vec<String> = sweep.points.iter().map(|point| point.values.join(", ")).collect();
    let rows = sweep.points.iter().zip(&names).filter_map(|(point, name)| {
        let Estimate { mean, half_width, .. } = *point.figures.get(figure)?;
        let own = |run: &&BTreeMap<String, String>| {
            sweep.vary.iter().zip(&point.values).all(|(vary, value)| run.get(&vary.key) == Some(value))
        };
        let values = runs.iter().filter(own).filter_map(|run| run.get(figure)?.parse::<f64>().ok());
        Some(Row {
            name,
            mean: mean * scale,
            half_width: half_width.map(|half| half * scale),
            values: values.map(|value| value * scale).collect(),
        })
    });
    let rows: Vec<Row<'_>> = rows.collect();
    let x = upward(unit, scale, sweep.points.iter().filter_map(|point| point.figures.get(figure)));
    vec![intervals(&Figure { id: figure, title: figure, text: BESIDE, keys: Vec::new() }, &x, &rows)]
}

/// An axis for all estimates with their intervals. Shares that are near to all of them are told apart near to 100 %.
fn upward<'a>(unit: &'a str, scale: f64, estimates: impl Iterator<Item = &'a Estimate>) -> Axis<'a> {
    let ends = estimates.flat_map(|estimate| {
        let half = estimate.half_width.unwrap_or(0.0);
        [estimate.mean - half, estimate.mean + half, estimate.min, estimate.max].map(|end| end * scale)
    });
    let ends: Vec<f64> = ends.collect();
    match unit {
        "%" if !ends.is_empty() && ends.iter().all(|end| *end >= NEAR_ALL) => Axis::share(ends.into_iter()),
        unit => Axis::from_zero(unit, ends.into_iter()),
    }
}

/// Classes of the style sheet.
const COLOURS: [&str; 5] = ["c1", "c2", "c3", "c4", "c5"];
const NEAR_ALL: f64 = 50.0;
const ALONG: &str = "The mean over the runs and its 95 % confidence interval.";
const BESIDE: &str = "The value of each run, the mean over the runs and its 95 % confidence interval.";
const PARTIAL: &str = "PARTIAL: some runs were not made yet. The same command goes on from there.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbers_with_a_unit() {
        assert_eq!(number("0.5"), Some((0.5, "")));
        assert_eq!(number("20ms"), Some((0.02, "s")));
        assert_eq!(number("10/s"), Some((10.0, "/s")));
        for text in ["ideal", "[1]", "", "nan", "x/s"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
