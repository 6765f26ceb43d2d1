//! What must hold of faults that are drawn.

use super::Check;
use crate::scenario::random_faults::{RandomFaults, Targets};
use config_lib::Way;

impl Check<'_> {
    pub(super) fn random_faults(&mut self) {
        let scenario = self.scenario;
        let Some(spec) = &scenario.random_faults else { return };
        let way = Way::root().key("random_faults");
        let RandomFaults { kinds, shortest, longest, .. } = spec;
        let [from, until] = spec.times(scenario);
        if until > scenario.duration {
            let message = format!("this is after the run's end at {}", scenario.duration);
            self.value(way.key("until"), message, "leave `until` out to have faults to the end");
        } else if from >= until {
            let key = if spec.from.is_some() { "from" } else { "until" };
            let message = format!("no fault can begin from {from} until {until}");
            self.value(way.key(key), message, "`from` comes before `until`, and before the run's end");
        }
        if shortest > longest {
            let message = format!("the shortest fault of {shortest} is longer than the longest of {longest}");
            // Whichever of the two is written.
            let key = if *longest == RandomFaults::LONGEST { "shortest" } else { "longest" };
            self.value(way.key(key), message, "make `longest` the longer one");
        }
        let targets = Targets::of(scenario);
        for (index, kind) in kinds.iter().enumerate() {
            if let Err(why) = targets.allow(*kind) {
                self.value(
                    way.key("kinds").index(index),
                    format!("nothing like this can break here: {why}"),
                    HELP,
                );
            }
        }
        if targets.is_empty() {
            self.key(
                way,
                "there is nothing by name that could break",
                "name nodes under `nodes` or `groups`",
            );
        }
    }
}

const HELP: &str = "leave it out; without `kinds` all that fit the scenario are drawn";
