//! The page: every comparison, with its source.

use super::cost::Costs;
use super::{Done, allowed, figure, plot};
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;
use validation::{Comparison, Verdict};

/// Writes the page, FOLDER.md, and the plots in FOLDER.
pub(super) fn write(folder: &Path, all: &[Done]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    for plot in all.iter().flat_map(|(_, findings)| &findings.plots) {
        if let Some(svg) = plot::draw(plot) {
            fs::write(folder.join(format!("{}.svg", plot.id)), svg)?;
        }
    }
    let costs = Costs::read(folder)?.map(|costs| costs.section(folder, &name)).transpose()?;
    fs::write(folder.with_extension("md"), page(&name, all, &costs.unwrap_or_default()))
}

fn page(folder: &str, all: &[Done], costs: &str) -> String {
    let mut text = INTRODUCTION.to_owned();
    // Writing to a string can't fail.
    let _ = writeln!(text, "\n| experiment | comparisons | agree | differ, known |\n|---|---:|---:|---:|");
    for (check, findings) in all {
        let count = |verdict| findings.comparisons.iter().filter(|one| one.verdict() == verdict).count();
        let [agree, known] = [Verdict::Agrees, Verdict::DiffersAsKnown].map(count);
        let (title, all) = (check.title, findings.comparisons.len());
        let _ = writeln!(text, "| [{title}](#{}) | {all} | {agree} | {known} |", anchor(title));
    }
    for (check, findings) in all {
        let _ = writeln!(text, "\n## {}\n\n{}\n", check.title, check.text);
        for plot in &findings.plots {
            let _ = writeln!(text, "![{}]({folder}/{}.svg)\n", plot.title, plot.id);
        }
        let (known, equal): (Vec<_>, Vec<_>) = findings.comparisons.iter().partition(|one| one.known != 0.0);
        let _ = writeln!(text, "| | source | reference | ours | tolerance | |\n|---|---|---:|---:|---:|---|");
        equal.into_iter().for_each(|comparison| row(&mut text, comparison));
        if !known.is_empty() {
            let head = "| known to differ | source | reference | ours | by | |\n|---|---|---:|---:|---:|---|";
            let _ = writeln!(text, "\n{head}");
            known.into_iter().for_each(|comparison| row(&mut text, comparison));
        }
    }
    text.push_str(costs);
    text.push_str(DIFFERENCES);
    text
}

fn row(text: &mut String, comparison: &Comparison) {
    let Comparison { name, source, reference, ours, unit, .. } = comparison;
    let verdict = match comparison.verdict() {
        Verdict::Agrees => "ok",
        Verdict::DiffersAsKnown => "differs, known",
        Verdict::Disagrees => "**disagrees**",
        Verdict::TooUncertain => "**too uncertain**",
    };
    let value = |mean: f64, half: f64| {
        let interval = if half > 0.0 { format!(" ± {}", figure(half)) } else { String::new() };
        format!("{}{interval}", figure(mean))
    };
    let (reference, ours) = (value(reference.mean, reference.half_width), value(ours.mean, ours.half_width));
    let name = if unit.is_empty() { name.clone() } else { format!("{name}, {unit}") };
    let allowed = allowed(comparison);
    let _ = writeln!(text, "| {name} | {source} | {reference} | {ours} | {allowed} | {verdict} |");
}

/// As forges name a heading.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|letter| letter.is_alphanumeric() || *letter == ' ');
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

const INTRODUCTION: &str = "\
# Validation

What roadmesh's radio and traffic say, beside what others say: published values, theory that is computed with none of the
models' code, and ns-3. This page and its plots are written by

```sh
roadmesh validate --out docs/validation          # with what ns-3 said, which is stored
roadmesh validate --out docs/validation --ns3    # ns-3 is installed from PyPI and runs again, half an hour
roadmesh validate --out docs/validation --fields # also what fields of vehicles cost, here and in ns-3
```

Each experiment drives the very models that simulations use. Values are means with 95 % confidence intervals (Student's t over
independent runs, the width of Wilson's for independent trials). Values agree if they are no farther apart than the tolerance, and an
interval of either that is wider than that counts as a failure. What is known to differ by more is marked so, with the difference in place of
the tolerance: it has to stay as it is, give or take the bound beside it. `cargo test -p validation` checks the same in a light
form, and `validation/ns3/` holds the programs for ns-3 with all that they set, and `results.csv` what it said. With `--ns3` the page
shows what ns-3 says anew; that is kept in the cache folder, `~/.cache/roadmesh/ns3/results.csv`, and replaces nothing that is
stored. `validation/ns3/run.py` does.
";

const DIFFERENCES: &str = "
## What is modelled differently elsewhere, and why

| | roadmesh | ns-3 3.44 |
|---|---|---|
| symbols in 10 MHz | 8 µs | rounded to 4 µs: frames are up to 4 µs shorter |
| interference | the worst ratio of the whole frame decides, as in Veins | each stretch of a frame with its own ratio |
| carrier sense | a frame that is being decoded, at any power; energy from -65 dBm on | the same; energy from -62 dBm on |
| noticing a signal | after 8 µs, the time that the standard gives at 10 MHz; 4 µs in these comparisons | after 4 µs, its time for detecting a preamble |
| two frames that begin together | the stronger one is decoded, the other one interferes | the stronger one is decoded; if it comes second, by less than 2 µs, the first is forgotten |
| contention window after a unicast that is given up | the first | one more doubling, the first after the next failure |
| preamble detection | the SIGNAL field must survive | the same; by default also 4 dB, which is off in these comparisons |
| AIFSN of best effort | 6, as outside a BSS | 3 by default, that of an infrastructure BSS; 6 in these comparisons |
| tries of a unicast | 5 | 7 by default, 5 in these comparisons |
| path loss at 1 m | 47.865 dB (5.9 GHz) | that of another frequency by default, 47.865 dB in these comparisons |

The worst ratio of a whole frame is a little too strict where a frame overlaps another by a few symbols; it saves an evaluation for
each stretch of each frame at each receiver. Where that matters, the experiments above show by how much.

What `validation/ns3/radio.cc` sets in ns-3: channel 172 of 802.11p, 10 MHz; 20 dBm; a noise figure of 6 dB; NistErrorRateModel; no
preamble detection model; ad-hoc stations with QoS at a constant 6 Mb/s, acknowledgements and broadcasts too; FrameRetryLimit 5; for
best effort AIFSN 6, windows of 15 to 1023 and no TXOP limit; ConstantSpeedPropagationDelay; ThreeLogDistance with the exponents 2
and 4, the change at 100 m and the reference loss of 5.9 GHz; Nakagami with m 1.5 up to 80 m and 0.75 beyond, or no fading; for
hidden terminals a matrix of losses. All else is ns-3's default.
";

#[cfg(test)]
mod tests {
    use super::*;
    use validation::{Check, Effort, Reference, checks};

    #[test]
    fn a_page_shows_every_comparison_and_draws_every_plot() {
        let check: Check = checks().into_iter().find(|check| check.id == "reception").unwrap();
        let findings = check.run(Effort::Quick, &Reference::stored().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("validation");
        write(&out, &[(check, findings.clone())]).unwrap();
        let text = fs::read_to_string(folder.path().join("validation.md")).unwrap();
        assert!(findings.comparisons.iter().all(|one| text.contains(&one.name)));
        assert!(text.contains("](validation/reception.svg)"));
        let svg = fs::read_to_string(out.join("reception.svg")).unwrap();
        assert!(svg.starts_with("<svg xmlns=") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains("ns-3, 6 Mb/s") && svg.contains("--c1:"));
        assert_eq!(anchor("Packet errors over the ratio, twice"), "packet-errors-over-the-ratio-twice");
    }
}
