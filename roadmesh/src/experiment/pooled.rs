//! Interruptions of all runs together: each counts once, whichever run it was in.

use crate::error::{Failure, other};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The blackouts of one kind of interruption, milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Pooled {
    pub(crate) measured: usize,
    pub(crate) median_ms: Option<f64>,
    pub(crate) p95_ms: Option<f64>,
    pub(crate) p99_ms: Option<f64>,
    pub(crate) max_ms: Option<f64>,
}

/// By kind: `failover`, `handover`, `outage`; of the runs in these folders, after their warm-up.
pub(crate) fn blackouts<'a>(
    folders: impl Iterator<Item = &'a Path>,
    warmup_us: u64,
) -> Result<BTreeMap<String, Pooled>, Failure> {
    let mut all: BTreeMap<String, Vec<f64>> =
        KINDS.iter().map(|kind| ((*kind).to_owned(), Vec::new())).collect();
    for folder in folders {
        let path = folder.join("events.jsonl");
        let text = fs::read_to_string(&path)
            .map_err(|error| other(format!("can't read `{}`: {error}", path.display()), None))?;
        for line in text.lines().filter(|line| line.contains("resumed")) {
            let event: Value = serde_json::from_str(line)?;
            let after = event["at_us"].as_u64().is_some_and(|at| at >= warmup_us);
            if let (true, Some(kind), Some(length)) =
                (after, event["kind"].as_str(), event["blackout_ms"].as_f64())
            {
                all.entry(kind.to_owned()).or_default().push(length);
            }
        }
    }
    Ok(all.into_iter().map(|(kind, lengths)| (kind, Pooled::of(lengths))).collect())
}

impl Pooled {
    fn of(mut lengths: Vec<f64>) -> Pooled {
        lengths.sort_by(f64::total_cmp);
        // The smallest length that this share is not above.
        let at = |share: f64| {
            let index = (share * lengths.len() as f64).ceil() as usize;
            lengths.get(index.saturating_sub(1)).copied()
        };
        Pooled {
            measured: lengths.len(),
            median_ms: at(0.5),
            p95_ms: at(0.95),
            p99_ms: at(0.99),
            max_ms: lengths.last().copied(),
        }
    }
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
            fs::write(path.join("events.jsonl"), std::iter::once(early).chain(lines).collect::<String>())
                .unwrap();
        }
        let all = blackouts(paths.iter().map(std::path::PathBuf::as_path), 5000).unwrap();
        let expected = Pooled {
            measured: 100,
            median_ms: Some(50.0),
            p95_ms: Some(95.0),
            p99_ms: Some(99.0),
            max_ms: Some(100.0),
        };
        assert_eq!(all["handover"], expected);
        assert_eq!(all["failover"], Pooled::default());
    }
}
