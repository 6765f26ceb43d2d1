//! What a sweep leaves beside the results of its runs.

use super::args::SweepArgs;
use super::choice::Choice;
use super::grid::Point;
use crate::error::Failure;
use crate::experiment::estimate::{CONFIDENCE, Estimate};
use crate::experiment::folder::{RUNS, RunFigures, SUMMARY, cell, estimates, write as file};
use serde::{Deserialize, Serialize};
use sim_lib::scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

/// The content of a sweep's `summary.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sweep {
    pub(crate) format: String,
    pub(crate) version: String,
    pub(crate) name: String,
    /// Of the scenario before anything was varied.
    pub(crate) scenario_hash: String,
    /// True if some of the runs were not made or were ended before their time; those are left out.
    pub(crate) partial: bool,
    pub(crate) confidence: f64,
    /// Runs that each combination was to have.
    pub(crate) runs: u64,
    /// The figures of the tables and plots; `figures` of the points has all.
    pub(crate) shown: Vec<String>,
    /// What was varied.
    pub(crate) vary: Vec<Varied>,
    pub(crate) points: Vec<PointFigures>,
}

/// A setting and its values.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Varied {
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

/// What the runs of one combination say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PointFigures {
    /// The value of each setting, in the order of [`Sweep::vary`].
    pub(crate) values: Vec<String>,
    pub(crate) folder: String,
    pub(crate) seeds: Vec<u64>,
    pub(crate) figures: BTreeMap<String, Estimate>,
    /// Each run's own, in the order of `seeds`: for `runs.csv`.
    #[serde(skip)]
    pub(crate) by_run: Vec<BTreeMap<String, f64>>,
}

impl Sweep {
    pub(crate) fn of(
        scenario: &Scenario,
        args: &SweepArgs,
        choice: Choice,
        points: &[(Point, Vec<RunFigures>)],
        partial: bool,
    ) -> Result<Sweep, Failure> {
        let vary = args.vary.iter().map(|vary| Varied { key: vary.key.clone(), values: vary.values.clone() });
        let points = points.iter().map(|(point, runs)| PointFigures {
            values: point.values.clone(),
            folder: point.folder.clone(),
            seeds: runs.iter().map(|run| run.seed).collect(),
            figures: estimates(runs),
            by_run: runs.iter().map(|run| run.figures.clone()).collect(),
        });
        Ok(Sweep {
            format: FORMAT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            name: scenario.name.clone(),
            scenario_hash: scenario.hash()?,
            partial,
            confidence: CONFIDENCE,
            runs: args.repeat.count(),
            shown: choice.figures,
            vary: vary.collect(),
            points: points.collect(),
        })
    }
}

/// Writes `runs.csv` (a row for each run), `points.csv` (a row for each combination and figure) and `summary.json`.
pub(crate) fn write(folder: &Path, sweep: &Sweep) -> Result<(), Failure> {
    let keys = || sweep.vary.iter().map(|vary| vary.key.clone());
    let names: BTreeSet<&String> = sweep.points.iter().flat_map(|point| point.figures.keys()).collect();
    file(&folder.join(RUNS), |file| {
        let mut rows = csv::Writer::from_writer(file);
        let head = keys().chain(["seed".to_owned()]).chain(names.iter().map(|name| (*name).clone()));
        rows.write_record(head)?;
        for point in &sweep.points {
            for (seed, figures) in point.seeds.iter().zip(&point.by_run) {
                let cells = names.iter().map(|name| cell(figures, name));
                let own = point.values.iter().cloned().chain([seed.to_string()]);
                rows.write_record(own.chain(cells))?;
            }
        }
        rows.flush()
    })?;
    file(&folder.join(POINTS), |file| {
        let mut rows = csv::Writer::from_writer(file);
        let head = ["figure", "runs", "mean", "half_width", "min", "max"].map(str::to_owned);
        rows.write_record(keys().chain(head))?;
        for point in &sweep.points {
            for (name, estimate) in &point.figures {
                let Estimate { runs, mean, half_width, min, max } = estimate;
                let half_width = half_width.map(|half| half.to_string()).unwrap_or_default();
                let own = [name.clone(), runs.to_string(), mean.to_string(), half_width];
                let own = own.into_iter().chain([min.to_string(), max.to_string()]);
                rows.write_record(point.values.iter().cloned().chain(own))?;
            }
        }
        rows.flush()
    })?;
    file(&folder.join(SUMMARY), |file| {
        serde_json::to_writer_pretty(&mut *file, sweep)?;
        writeln!(file)
    })
}

pub(crate) const FORMAT: &str = "roadmesh sweep 1";
const POINTS: &str = "points.csv";
