//! Vehicles that follow each other.

use super::{Check, Effort};
use crate::ValidationError;
use crate::comparison::{Comparison, Findings, Origin, Plot, Point, curves, formula};
use crate::reference::Reference;
use crate::statistics::Estimate;
use crate::theory::following::Driver;
use mobility_lib::traffic::{Idm, Ring};

pub(super) const CHECK: Check = Check {
    id: "following",
    title: "Car following on a ring",
    text: "The Intelligent Driver Model with the city parameters of Treiber and Kesting (\"Traffic Flow Dynamics\", 2013, table 11.2: 54 \
        km/h, 1 s, 2 m, 1 and 1.5 m/s²) and vehicles of 5 m on a ring of 1 km: flow over density against the closed form of its \
        equilibrium, se(v) = (s0 + vT) / sqrt(1 - (v/v0)^4). All start at \
        rest, and flow is taken after 400 s. (Much later, dense rings end in stop and go with less flow: from about 100 vehicles on the \
        equilibrium is unstable, and what rounding leaves of the start grows. The model is known for that.)",
    run,
};

fn run(effort: Effort, _: &Reference) -> Result<Findings, ValidationError> {
    let driver = Driver { speed: 15.0, time_gap: 1.0, gap: 2.0, length: LENGTH };
    let mut findings = Findings::default();
    let mut ours = Vec::new();
    for vehicles in (10..=130).step_by(effort.pick(20, 10)) {
        let mut ring = Ring::new(Idm::CITY, vehicles, CIRCUMFERENCE, LENGTH);
        (0..4000).for_each(|_| ring.step(0.1));
        let density = vehicles as f64 / CIRCUMFERENCE;
        let found = Estimate::exact(ring.flow() * 3600.0);
        let expected = driver.flow(density) * 3600.0;
        ours.push(Point { x: density * 1000.0, y: found });
        findings.comparisons.push(Comparison {
            name: format!("flow at {vehicles} vehicles a km"),
            source: "closed form".to_owned(),
            reference: Estimate::exact(expected),
            ours: found,
            tolerance: 0.02 * expected,
            unit: "vehicles/h",
            known: 0.0,
        });
    }
    let theory = formula((1..=140).map(f64::from), |x| driver.flow(x / 1000.0) * 3600.0);
    findings.plots.push(Plot {
        id: "following",
        title: "Flow over density",
        x: "vehicles a km",
        y: "vehicles an hour",
        curves: curves("flow", [(Origin::Theory, theory), (Origin::Ours, ours)]),
    });
    Ok(findings)
}

const CIRCUMFERENCE: f64 = 1000.0;
const LENGTH: f64 = 5.0;
