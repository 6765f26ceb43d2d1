//! What happened in all runs together: each event counts once, whichever run it was in.

use super::estimate::CONFIDENCE;
use crate::error::{Failure, other};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use statrs::distribution::{Binomial, DiscreteCDF};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Times of one kind, milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pooled {
    pub(crate) measured: usize,
    pub(crate) median_ms: Option<f64>,
    pub(crate) p95_ms: Option<f64>,
    /// The 95 % confidence interval of that, by order statistics, so that it assumes nothing of how the times are spread. An
    /// end is missing where so few times can't tell.
    pub(crate) p95_from_ms: Option<f64>,
    pub(crate) p95_to_ms: Option<f64>,
    pub(crate) p99_ms: Option<f64>,
    pub(crate) max_ms: Option<f64>,
}

/// Times of all runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Times {
    /// Blackouts by kind: `failover`, `handover`, `outage`.
    pub(crate) blackouts: BTreeMap<String, Pooled>,
    /// Times to the first route, by hops.
    pub(crate) convergence: BTreeMap<u64, Pooled>,
}

/// The times themselves, milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lengths {
    /// By kind: `failover`, `handover`, `outage`.
    pub(crate) blackouts: BTreeMap<String, Vec<f64>>,
    /// Times to the first route, by hops.
    pub(crate) convergence: BTreeMap<u64, Vec<f64>>,
}

/// Of the runs in these folders, after their warm-up.
pub(crate) fn times<'a>(folders: impl Iterator<Item = &'a Path>, warmup_us: u64) -> Result<Times, Failure> {
    let Lengths { blackouts, convergence } = lengths(folders, warmup_us)?;
    Ok(Times { blackouts: pooled(blackouts), convergence: pooled(convergence) })
}

/// The same, one by one.
pub(crate) fn lengths<'a>(
    folders: impl Iterator<Item = &'a Path>,
    warmup_us: u64,
) -> Result<Lengths, Failure> {
    let mut blackouts: BTreeMap<String, Vec<f64>> =
        KINDS.iter().map(|kind| ((*kind).to_owned(), Vec::new())).collect();
    let mut convergence: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for folder in folders {
        let path = folder.join("events.jsonl");
        let text = fs::read_to_string(&path)
            .map_err(|error| other(format!("can't read `{}`: {error}", path.display()), None))?;
        // Where a run was torn off, its last line may be, too.
        let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        for line in whole.lines().filter(|line| line.contains("resumed") || line.contains("converged")) {
            let event: Value = serde_json::from_str(line)?;
            if event["at_us"].as_u64().is_none_or(|at| at < warmup_us) {
                continue;
            }
            if let (Some(kind), Some(length)) = (event["kind"].as_str(), event["blackout_ms"].as_f64()) {
                blackouts.entry(kind.to_owned()).or_default().push(length);
            }
            if let (Some(hops), Some(time)) = (event["hops"].as_u64(), event["after_ms"].as_f64()) {
                convergence.entry(hops).or_default().push(time);
            }
        }
    }
    Ok(Lengths { blackouts, convergence })
}

fn pooled<K: Ord>(all: BTreeMap<K, Vec<f64>>) -> BTreeMap<K, Pooled> {
    all.into_iter().map(|(kind, times)| (kind, Pooled::of(times))).collect()
}

impl Pooled {
    fn of(mut times: Vec<f64>) -> Pooled {
        times.sort_by(f64::total_cmp);
        // The smallest time that this share is not above.
        let at = |share: f64| {
            let index = (share * times.len() as f64).ceil() as usize;
            times.get(index.saturating_sub(1)).copied()
        };
        let [from, to] = ranks(0.95, times.len());
        Pooled {
            measured: times.len(),
            median_ms: at(0.5),
            p95_ms: at(0.95),
            p95_from_ms: from.map(|index| times[index]),
            p95_to_ms: to.map(|index| times[index]),
            p99_ms: at(0.99),
            max_ms: times.last().copied(),
        }
    }
}

/// Between which of `count` sorted samples the quantile of what they are drawn from lies, with at least [`CONFIDENCE`]: how many
/// samples are below it is binomial. `None` where not even the first or the last sample is far enough out.
fn ranks(quantile: f64, count: usize) -> [Option<usize>; 2] {
    let Ok(below) = Binomial::new(quantile, count as u64) else { return [None; 2] };
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let count = count as u64;
    // The sample at an index is above the quantile if at most `index` are below, and below it if more are.
    let from = (0..count).take_while(|index| below.cdf(*index) <= tail).last();
    let to = (0..count).find(|index| 1.0 - below.cdf(*index) <= tail);
    [from, to].map(|index| index.map(|index| index as usize))
}

pub(crate) const KINDS: [&str; 3] = ["failover", "handover", "outage"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_runs_count_and_the_warm_up_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<_> = ["a", "b"].iter().map(|name| folder.path().join(name)).collect();
        for (path, lengths) in paths
            .iter()
            .zip([1.0..=50.0, 51.0..=100.0].map(|range| (*range.start() as u32, *range.end() as u32)))
        {
            fs::create_dir(path).unwrap();
            let lines = (lengths.0..=lengths.1).map(|length| {
                format!("{{\"at_us\":5000,\"event\":\"resumed\",\"kind\":\"handover\",\"blackout_ms\":{length}.0}}\n")
            });
            let early =
                "{\"at_us\":4999,\"event\":\"resumed\",\"kind\":\"handover\",\"blackout_ms\":9999.0}\n"
                    .to_owned();
            let found = "{\"at_us\":6000,\"event\":\"converged\",\"hops\":3,\"after_ms\":40.5}\n".to_owned();
            let all = [early, found].into_iter().chain(lines);
            fs::write(path.join("events.jsonl"), all.collect::<String>()).unwrap();
        }
        let all = times(paths.iter().map(std::path::PathBuf::as_path), 5000).unwrap();
        let expected = Pooled {
            measured: 100,
            median_ms: Some(50.0),
            p95_ms: Some(95.0),
            p95_from_ms: Some(90.0),
            p95_to_ms: Some(100.0),
            p99_ms: Some(99.0),
            max_ms: Some(100.0),
        };
        assert_eq!(all.blackouts["handover"], expected);
        assert_eq!(all.blackouts["failover"], Pooled::default());
        assert_eq!(all.convergence.keys().collect::<Vec<_>>(), [&3]);
        assert_eq!((all.convergence[&3].measured, all.convergence[&3].max_ms), (2, Some(40.5)));
    }
    /// Of intervals made from uniform samples, at least 95 in 100 hold the true quantile; too few samples have no upper end.
    #[test]
    fn intervals_cover_as_often_as_they_say() {
        let key = node_lib::random::Key::seed(1);
        let covered = (0..2000).filter(|run| {
            let sample = |at: u64| key.with(*run).with(at).unit();
            let Pooled { p95_from_ms, p95_to_ms, .. } = Pooled::of((0..120).map(sample).collect());
            p95_from_ms.unwrap() <= 0.95 && 0.95 <= p95_to_ms.unwrap()
        });
        let share = covered.count() as f64 / 2000.0;
        assert!((0.94..0.99).contains(&share), "{share}");
        let few = Pooled::of((0..20).map(f64::from).collect());
        assert!(few.p95_from_ms.is_some() && few.p95_to_ms.is_none(), "{few:?}");
        assert_eq!(ranks(0.95, 0), [None; 2]);
    }
}
