//! The figures of a run by name: `up.ratio`, `handovers.blackout.p95_ms`, `drops.node.no_route`.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Every number of a `summary.json`, under the way to it with dots between; shares by hops count from 1.
pub(crate) fn figures(summary: &Value) -> BTreeMap<String, f64> {
    let mut all = BTreeMap::new();
    collect(summary, String::new(), &mut all);
    for key in IDENTITY {
        all.remove(key);
    }
    all
}

/// The names of all figures that a run with such a `summary.json` could have, measured or not.
pub(crate) fn names(summary: &Value) -> BTreeSet<String> {
    let mut all = BTreeMap::new();
    collect(&filled(summary), String::new(), &mut all);
    all.into_keys().filter(|name| !IDENTITY.contains(&name.as_str())).collect()
}

/// With a number where nothing was measured.
fn filled(value: &Value) -> Value {
    match value {
        Value::Null => Value::from(0),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), filled(value))).collect(),
        other => other.clone(),
    }
}

fn collect(value: &Value, way: String, all: &mut BTreeMap<String, f64>) {
    let longer = |step: &str| if way.is_empty() { step.to_owned() } else { format!("{way}.{step}") };
    match value {
        Value::Number(number) => {
            if let Some(number) = number.as_f64() {
                all.insert(way, number);
            }
        }
        Value::Object(map) => map.iter().for_each(|(key, value)| collect(value, longer(key), all)),
        Value::Array(list) => {
            for (index, value) in (1..).zip(list) {
                collect(value, longer(&format!("{index}")), all);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// Whether a figure that a run doesn't have is 0 there: what never happened is not counted.
pub(crate) fn is_count(name: &str) -> bool {
    ["drops.", "counters.", "hops_share."].iter().any(|prefix| name.starts_with(prefix))
}

/// Of what identifies the run there is nothing to average.
const IDENTITY: [&str; 3] = ["seed", "simulated_s", "warmup_s"];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_have_the_way_to_them_for_a_name() {
        let summary = json!({
            "name": "town", "seed": 7, "partial": false, "up": { "ratio": 0.5, "latency": { "p95_ms": null } },
            "hops_share": [0.9, 0.1], "drops": { "node.no_route": 3 }
        });
        let expected =
            [("drops.node.no_route", 3.0), ("hops_share.1", 0.9), ("hops_share.2", 0.1), ("up.ratio", 0.5)];
        assert_eq!(figures(&summary), expected.map(|(name, value)| (name.to_owned(), value)).into());
        let could_be = names(&summary).into_iter().collect::<Vec<_>>();
        assert_eq!(
            could_be,
            ["drops.node.no_route", "hops_share.1", "hops_share.2", "up.latency.p95_ms", "up.ratio"]
        );
        assert!(is_count("drops.node.no_route") && !is_count("up.ratio"));
    }
}
