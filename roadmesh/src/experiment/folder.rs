//! The folder of an experiment: a folder of results for each run, and what they say together.

use super::estimate::{CONFIDENCE, Estimate};
use super::figures::is_count;
use super::pooled::{Pooled, Times};
use crate::error::{Failure, input, other};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The content of an experiment's `summary.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Together {
    pub(crate) format: String,
    pub(crate) version: String,
    pub(crate) name: String,
    /// True if some of the runs were not made or were ended before their time; those are left out.
    pub(crate) partial: bool,
    pub(crate) seeds: Vec<u64>,
    /// Those of live runs that the machine distorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) distorted: Vec<u64>,
    pub(crate) confidence: f64,
    pub(crate) figures: BTreeMap<String, Estimate>,
    /// Blackouts of the interruptions of all runs together, by kind.
    pub(crate) pooled: BTreeMap<String, Pooled>,
    /// Times to the first route in all runs together, by hops.
    pub(crate) convergence: BTreeMap<u64, Pooled>,
}

/// The figures of one run.
#[derive(Clone, Debug)]
pub(crate) struct RunFigures {
    pub(crate) seed: u64,
    pub(crate) figures: BTreeMap<String, f64>,
}

impl Together {
    /// What these runs say together.
    pub(crate) fn of(name: &str, runs: &[RunFigures], partial: bool, times: Times) -> Together {
        Together {
            format: FORMAT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            name: name.to_owned(),
            partial,
            seeds: runs.iter().map(|run| run.seed).collect(),
            distorted: Vec::new(),
            confidence: CONFIDENCE,
            figures: estimates(runs),
            pooled: times.blackouts,
            convergence: times.convergence,
        }
    }
}

/// One estimate for each figure that any of the runs has.
pub(crate) fn estimates(runs: &[RunFigures]) -> BTreeMap<String, Estimate> {
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for name in runs.iter().flat_map(|run| run.figures.keys()) {
        values.entry(name).or_default();
    }
    for (name, values) in &mut values {
        let missing = is_count(name).then_some(0.0);
        values.extend(runs.iter().filter_map(|run| run.figures.get(*name).copied().or(missing)));
    }
    let estimates =
        values.into_iter().filter_map(|(name, values)| Some((name.to_owned(), Estimate::of(&values)?)));
    estimates.collect()
}

/// Makes a folder for many runs, unless it holds something else than such ones in this format or one that only its number
/// sets apart.
pub(crate) fn prepare(folder: &Path, format: &str) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| cant_write(folder, &error))?;
    let empty = fs::read_dir(folder).map_err(|error| cant_write(folder, &error))?.next().is_none();
    if empty || is_ours(folder, format) {
        // So that it stays recognisable whatever happens before the end.
        return write(&folder.join(SUMMARY), |file| {
            writeln!(file, "{{\"format\": \"{format}\", \"partial\": true}}")
        });
    }
    let message =
        format!("`{}` is not empty and holds no such results of ours: it is left as it is", folder.display());
    Err(input(message, Some("choose another folder with --out".to_owned())))
}

/// Writes `runs.csv`, a row for each run, and `summary.json`.
pub(crate) fn finish(folder: &Path, runs: &[RunFigures], together: &Together) -> Result<(), Failure> {
    let columns: Vec<&String> = together.figures.keys().collect();
    write(&folder.join(RUNS), |file| {
        let mut rows = csv::Writer::from_writer(file);
        rows.write_record(std::iter::once("seed").chain(columns.iter().map(|name| name.as_str())))?;
        for run in runs {
            let cells = columns.iter().map(|name| cell(&run.figures, name));
            rows.write_record(std::iter::once(run.seed.to_string()).chain(cells))?;
        }
        rows.flush()
    })?;
    write(&folder.join(SUMMARY), |file| {
        serde_json::to_writer_pretty(&mut *file, together)?;
        writeln!(file)
    })
}

/// A run's figure as a cell of `runs.csv`: 0 for what is counted and never happened, empty for what was not measured.
pub(crate) fn cell(figures: &BTreeMap<String, f64>, name: &str) -> String {
    match figures.get(name) {
        Some(value) => value.to_string(),
        None if is_count(name) => "0".to_owned(),
        None => String::new(),
    }
}

/// The folder of one run.
pub(crate) fn of_seed(folder: &Path, seed: u64) -> PathBuf {
    folder.join(format!("seed{seed}"))
}

pub(crate) fn write(
    path: &Path,
    content: impl FnOnce(&mut fs::File) -> io::Result<()>,
) -> Result<(), Failure> {
    let written = fs::File::create(path).and_then(|mut file| content(&mut file));
    written.map_err(|error| cant_write(path, &error))
}

fn cant_write(path: &Path, error: &io::Error) -> Failure {
    let help = "is there room, and may you write there? --out names another folder".to_owned();
    other(format!("can't write `{}`: {error}", path.display()), Some(help))
}

fn is_ours(folder: &Path, format: &str) -> bool {
    let family = format.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let summary = fs::read(folder.join(SUMMARY)).unwrap_or_default();
    let summary: Value = serde_json::from_slice(&summary).unwrap_or_default();
    summary["format"].as_str().is_some_and(|format| format.starts_with(family))
}

pub(crate) const FORMAT: &str = "roadmesh experiment 1";
pub(crate) const SUMMARY: &str = "summary.json";
pub(crate) const RUNS: &str = "runs.csv";

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seed: u64, figures: &[(&str, f64)]) -> RunFigures {
        RunFigures {
            seed,
            figures: figures.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
        }
    }

    #[test]
    fn what_never_happened_counts_as_nothing_and_what_was_not_measured_doesnt_count() {
        let runs = [
            run(1, &[("drops.a", 4.0), ("up.ratio", 1.0)]),
            run(2, &[("up.ratio", 0.5), ("down.ratio", 0.25)]),
        ];
        let all = estimates(&runs);
        let of = |name: &str| (all[name].runs, all[name].mean);
        assert_eq!((of("drops.a"), of("up.ratio"), of("down.ratio")), ((2, 2.0), (2, 0.75), (1, 0.25)));
    }

    #[test]
    fn a_folder_of_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path(), FORMAT).unwrap();
        prepare(folder.path(), FORMAT).unwrap();
        fs::write(folder.path().join(SUMMARY), "{}").unwrap();
        assert!(prepare(folder.path(), FORMAT).is_err());
    }
}
