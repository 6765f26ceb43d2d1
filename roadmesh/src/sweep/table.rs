//! What a sweep says, as a table for each figure.

use super::results::{PointFigures, Sweep};
use crate::experiment::table::{MEANS, cells, described};
use crate::table::{Section, Table, columns};
use std::path::Path;

/// All tables, with the folder at the end.
pub(crate) fn render(sweep: &Sweep, folder: &Path) -> String {
    let mut text = format!("{} {}\n{MEANS}\n", sweep.name, which(sweep));
    if sweep.partial {
        let made: usize = sweep.points.iter().map(|point| point.seeds.len()).sum();
        let all = sweep.runs * sweep.points.len() as u64;
        text.push_str(&format!(
            "PARTIAL: {made} of {all} runs were made. The same command goes on from there.\n"
        ));
    }
    for section in sections(sweep) {
        text.push('\n');
        text.push_str(&section.text());
    }
    text.push_str(&format!("\nResults: {}\n", folder.display()));
    text
}

/// What was varied, and how many runs there were.
pub(crate) fn which(sweep: &Sweep) -> String {
    let runs = match sweep.runs {
        1 => "one run".to_owned(),
        runs => format!("{runs} runs"),
    };
    format!("by {}: {runs} each", keys(sweep).join(", "))
}

/// A table for each figure that is shown.
pub(crate) fn sections(sweep: &Sweep) -> Vec<Section> {
    sweep.shown.iter().map(|figure| figure_of(sweep, figure)).collect()
}

fn keys(sweep: &Sweep) -> Vec<&str> {
    sweep.vary.iter().map(|vary| vary.key.as_str()).collect()
}

fn figure_of(sweep: &Sweep, figure: &str) -> Section {
    let (scale, unit) = described(figure);
    let title = if unit.is_empty() { figure.to_owned() } else { format!("{figure}, {unit}") };
    let mut table: Table =
        columns(&[&keys(sweep)[..], &["runs", "mean", "±", "least", "most"]].concat(), &[]);
    for PointFigures { values, seeds, figures, .. } in &sweep.points {
        let estimate = figures.get(figure);
        let runs = estimate.map_or(seeds.len(), |estimate| estimate.runs).to_string();
        table.add_row([values.clone(), vec![runs], cells(estimate, scale).to_vec()].concat());
    }
    Section::new(&title, [table])
}
