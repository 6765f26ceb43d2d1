//! What a sweep says, as a table for each figure.

use super::choice::Choice;
use super::results::{PointFigures, Sweep};
use crate::experiment::table::{MEANS, cells, described};
use crate::table::{Table, columns, section};
use std::path::Path;

/// All tables, with the folder at the end.
pub(crate) fn render(sweep: &Sweep, choice: &Choice, folder: &Path) -> String {
    let keys: Vec<&str> = sweep.vary.iter().map(|vary| vary.key.as_str()).collect();
    let runs = match sweep.runs {
        1 => "one run".to_owned(),
        runs => format!("{runs} runs"),
    };
    let mut text = format!("{} by {}: {runs} each\n", sweep.name, keys.join(", "));
    text.push_str(&format!("{MEANS}\n"));
    if sweep.partial {
        let made: usize = sweep.points.iter().map(|point| point.seeds.len()).sum();
        let all = sweep.runs * sweep.points.len() as u64;
        text.push_str(&format!(
            "PARTIAL: {made} of {all} runs were made. The same command goes on from there.\n"
        ));
    }
    for figure in &choice.figures {
        text.push('\n');
        text.push_str(&figure_of(sweep, &keys, figure));
    }
    text.push_str(&format!("\nResults: {}\n", folder.display()));
    text
}

fn figure_of(sweep: &Sweep, keys: &[&str], figure: &str) -> String {
    let (scale, unit) = described(figure);
    let title = if unit.is_empty() { figure.to_owned() } else { format!("{figure}, {unit}") };
    let mut table: Table = columns(&[keys, &["runs", "mean", "±", "least", "most"]].concat(), &[]);
    for PointFigures { values, seeds, figures, .. } in &sweep.points {
        let estimate = figures.get(figure);
        let runs = estimate.map_or(seeds.len(), |estimate| estimate.runs).to_string();
        table.add_row([values.clone(), vec![runs], cells(estimate, scale).to_vec()].concat());
    }
    section(&title, table)
}
