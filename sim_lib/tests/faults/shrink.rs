//! From a scenario that fails to the smallest one that still does.

use config_lib::Interval;
use sim_lib::scenario::Scenario;

/// Leaves out faults, flows and nodes, one by one, and halves the duration, as long as the scenario fails without them.
pub fn shrink(mut scenario: Scenario, fails: impl Fn(&Scenario) -> bool) -> Scenario {
    loop {
        let Some(smaller) = smaller(&scenario).into_iter().find(|smaller| fails(smaller)) else {
            return scenario;
        };
        scenario = smaller;
    }
}

/// Every scenario with one thing less.
fn smaller(scenario: &Scenario) -> Vec<Scenario> {
    let mut all = Vec::new();
    let half = Interval::from_micros(scenario.duration.micros() / 2);
    let last = scenario.faults.iter().map(|fault| fault.at).max().unwrap_or_default();
    let ends = scenario.faults.iter().filter_map(|fault| {
        fault.burst.as_ref().and_then(|burst| burst.until).or(fault.dark.as_ref().and_then(|dark| dark.until))
    });
    if half > last.max(ends.max().unwrap_or_default()).max(Interval::from_secs(1)) {
        all.push(Scenario { duration: half, ..scenario.clone() });
    }
    for index in 0..scenario.faults.len() {
        let mut less = scenario.clone();
        less.faults.remove(index);
        all.push(less);
    }
    for index in 0..scenario.traffic.len() {
        let mut less = scenario.clone();
        less.traffic.remove(index);
        all.push(less);
    }
    for name in scenario.nodes.keys() {
        let mut less = scenario.clone();
        less.nodes.remove(name);
        let still_possible = less
            .to_yaml()
            .is_ok_and(|text| Scenario::load_text(&text, "smaller.yaml".as_ref(), "".as_ref(), &[]).is_ok());
        if still_possible {
            all.push(less);
        }
    }
    all
}
