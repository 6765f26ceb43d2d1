//! Which figures the table shows.

use crate::error::{Failure, input};
use crate::experiment::figures::{is_count, names};
use config_lib::nearest;
use serde_json::json;
use sim_lib::results::Summary;
use std::collections::BTreeSet;

/// The figures that were chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) figures: Vec<String>,
}

impl Choice {
    /// Those that the user named, or the usual ones. A name that no run could have is a mistake.
    pub(crate) fn of(named: &[String]) -> Result<Choice, Failure> {
        let known: BTreeSet<String> = names(&json!(Summary::default()));
        for name in named {
            if !known.contains(name) && !is_count(name) {
                let help = match nearest(name, known.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        "the names are those of summary.json, with dots: up.ratio, handovers.blackout.p95_ms"
                            .to_owned()
                    }
                };
                return Err(input(format!("--figure {name}: no run has such a figure"), Some(help)));
            }
        }
        let usual = || USUAL.iter().map(|name| (*name).to_owned()).collect();
        Ok(Choice { figures: if named.is_empty() { usual() } else { named.to_vec() } })
    }
}

const USUAL: [&str; 5] =
    ["connected_share", "up.ratio", "down.ratio", "up.latency.p95_ms", "air.control.channel_share"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_run_has_are_mistakes() {
        let usual = Choice::of(&[]).unwrap().figures;
        assert_eq!(Choice::of(&usual).unwrap().figures, usual, "each of them exists");
        for good in ["handovers.blackout.p95_ms", "drops.node.no_route", "hops_share.2", "hops_mean"] {
            assert!(Choice::of(&[good.to_owned()]).is_ok(), "{good}");
        }
        for bad in ["up.ration", "name", "up", ""] {
            assert!(Choice::of(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
