//! Delivery over a distance, one pair of radios alone.

use super::{Check, Effort};
use crate::ValidationError;
use crate::air::{Field, Traffic};
use crate::comparison::{Comparison, Findings, Origin, Plot, Point, curves, formula, tolerance};
use crate::reference::Reference;
use crate::statistics::Estimate;
use crate::theory::delivery::Link;
use radio_lib::{Fading, Geometric, Profile};
use std::time::Duration;

pub(super) const CHECK: Check = Check {
    id: "delivery",
    title: "Delivery over distance",
    text: "Broadcasts of 300 bytes (338 with headers) at 20 dBm and 6 Mb/s, noise figure 6 dB, dual slope with exponents 2 and 4 \
        and the change at 100 m (after Cheng et al., IEEE JSAC 2007), with Nakagami fading (m 1.5 up to 80 m, 0.75 beyond) and \
        without. One radio sends, one listens, nobody else is there. The theory is a numerical integral of the packet error rate \
        over the fading's density; ns-3 has ThreeLogDistance and Nakagami models for the same. Its threshold preamble detection \
        is switched off there, as it would drop what is weaker than 4 dB. Its thermal noise is kT at 290 K, -173.975 dBm/Hz, ours the \
        usual -174: for the comparison with ns-3 our noise figure is 0.025 dB higher. The tolerance is 0.015, but no more than a quarter of \
        the reference, and at least 0.001.",
    run,
};

fn run(effort: Effort, reference: &Reference) -> Result<Findings, ValidationError> {
    let mut findings = Findings::default();
    for (fading, series) in [(false, "no fading"), (true, "Nakagami")] {
        let link = Link { tx_power: 20.0, noise_figure: 6.0, bytes: 338.0, fading };
        let mut ours = Vec::new();
        for known in reference.series("distance", series) {
            let found = simulate(effort, known.x, fading, link.noise_figure)?;
            ours.push(Point { x: known.x, y: found });
            let noisier = simulate(effort, known.x, fading, link.noise_figure + NOISE_DB)?;
            let compare = |source: &str, reference: Estimate, ours| Comparison {
                name: format!("{} m, {series}", known.x),
                source: source.to_owned(),
                reference,
                ours,
                tolerance: tolerance(0.015, 0.25, reference.mean),
                unit: "",
                known: 0.0,
            };
            let integral = compare("integral", Estimate::exact(link.delivery(known.x)), found);
            findings.comparisons.extend([integral, compare("ns-3", known.value, noisier)]);
        }
        let theory = formula((10..=130).map(|step| f64::from(step) * 5.0), |x| link.delivery(x));
        let ns3 = reference.points("distance", series);
        findings.plots.push(Plot {
            id: if fading { "delivery-fading" } else { "delivery-no-fading" },
            title: if fading {
                "Delivery over distance, Nakagami fading"
            } else {
                "Delivery over distance, no fading"
            },
            x: "distance, m",
            y: "delivery ratio",
            curves: curves(series, [(Origin::Theory, theory), (Origin::Ns3, ns3), (Origin::Ours, ours)]),
        });
    }
    Ok(findings)
}

/// Share of the frames that arrive, at least 20 000 of them.
fn simulate(
    effort: Effort,
    distance: f64,
    fading: bool,
    noise_figure: f64,
) -> Result<Estimate, ValidationError> {
    let fading = if fading { Fading::default() } else { Fading::None };
    let field = Field {
        profile: Profile::Geometric(Geometric {
            fading,
            noise_figure_db: noise_figure,
            ..Geometric::default()
        }),
        places: vec![[0.0; 2], [distance, 0.0]],
        silent: vec![1],
        traffic: Traffic::Spread(Duration::from_millis(1)),
        to: None,
        sink: None,
        payload: 300,
        duration: Duration::from_secs(effort.pick(20, 100)),
        bin: 50.0,
    };
    let outcome = field.run(1)?;
    Ok(Estimate::of_trials(outcome.received, outcome.sent))
}

/// How much more noise ns-3 has, dB.
const NOISE_DB: f64 = 0.025;
