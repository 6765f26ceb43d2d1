//! `roadmesh validate`: our models against published values, theory and ns-3.

mod cost;
mod ns3;
mod page;
mod plot;

use crate::error::{Failure, input, other};
use crate::output::print;
use crate::table::{Cell, Section, columns};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::path::PathBuf;
use std::process::ExitCode;
use validation::{Check, Comparison, Effort, Findings, Reference, ValidationError, Verdict, checks};

/// Compare radio and traffic with published values, theory and ns-3
#[derive(Debug, Args)]
#[command(
    long_about = "Compare radio and traffic with published values, theory and ns-3.\n\n\
        Runs every experiment with the models that simulations use, and prints each value beside its reference and its tolerance. \
        What ns-3 says is stored; with --ns3 it is measured anew, which needs python3, g++, a network and \
        about half an hour. Exit code 1 if anything disagrees.",
    after_help = "Examples:\n  \
        roadmesh validate                        everything, a minute or two\n  \
        roadmesh validate --quick                some seconds\n  \
        roadmesh validate --out docs/validation  also writes docs/validation.md and its plots\n  \
        roadmesh validate --ns3                  install and run ns-3, too\n  \
        roadmesh validate --fields               also what fields of vehicles cost, here and in ns-3"
)]
pub(crate) struct ValidateArgs {
    /// Simulate less
    #[arg(long)]
    quick: bool,

    /// Install ns-3 in a cache folder, run it, and compare with what it says
    #[arg(long)]
    ns3: bool,

    /// Measure what fields of vehicles cost, here and in ns-3, which is installed in a cache folder; some minutes
    #[arg(long)]
    fields: bool,

    /// Write a page with plots: FOLDER.md, and the plots in FOLDER
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// A check and what it found.
type Done = (Check, Findings);

/// Runs all checks.
pub(crate) fn run(args: &ValidateArgs) -> Result<ExitCode, Failure> {
    let reference = if args.ns3 { ns3::fresh(args.quick)? } else { Reference::stored().map_err(failed)? };
    let effort = if args.quick { Effort::Quick } else { Effort::Full };
    let all = run_all(effort, &reference)?;
    for (check, findings) in &all {
        print(&section(check, findings).text())?;
    }
    let costs = args.fields.then(cost::measure).transpose()?;
    if let Some(costs) = &costs {
        print(&format!("WHAT A FIELD COSTS\n\n{}\n", costs.table()))?;
    }
    if let Some(out) = &args.out {
        let write = || {
            if let Some(costs) = &costs {
                costs.write(out)?;
            }
            page::write(out, &all)
        };
        write().map_err(|error| {
            let help = Some("--out names a folder that can be made or written to".to_owned());
            input(format!("can't write `{}`: {error}", out.display()), help)
        })?;
    }
    let comparisons = || all.iter().flat_map(|(_, findings)| &findings.comparisons);
    let count = |verdict| comparisons().filter(|comparison| comparison.verdict() == verdict).count();
    let [agree, known] = [Verdict::Agrees, Verdict::DiffersAsKnown].map(count);
    let wrong = comparisons().count() - agree - known;
    print(&format!("{agree} comparisons agree, {known} differ as known, {wrong} disagree\n"))?;
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_all(effort: Effort, reference: &Reference) -> Result<Vec<Done>, Failure> {
    let checks = checks();
    let bar = ProgressBar::with_draw_target(Some(checks.len() as u64), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:12} {pos} of {len} experiments · {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸ "));
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    let run = |check: Check| {
        let findings = check.run(effort, reference).inspect(|_| bar.inc(1));
        findings.map(|findings| (check, findings))
    };
    let done: Result<Vec<Done>, ValidationError> = checks.into_par_iter().map(run).collect();
    bar.finish_and_clear();
    done.map_err(failed)
}

fn failed(error: ValidationError) -> Failure {
    other(error.to_string(), None)
}

fn section(check: &Check, findings: &Findings) -> Section {
    let head = |first, bound| columns(&[first, "source", "reference", "ours", "±", bound, "", ""], &[]);
    let (mut equal, mut known) = (head("", "tolerance"), head("known to differ", "by"));
    let mut any_known = false;
    for comparison in &findings.comparisons {
        let Comparison { name, source, reference, ours, unit, .. } = comparison;
        let verdict = match comparison.verdict() {
            Verdict::Agrees => "ok".into(),
            Verdict::DiffersAsKnown => "differs, known".into(),
            Verdict::Disagrees => Cell::alarm("DISAGREES"),
            Verdict::TooUncertain => Cell::alarm("TOO UNCERTAIN"),
        };
        any_known |= comparison.known != 0.0;
        let table = if comparison.known == 0.0 { &mut equal } else { &mut known };
        table.add_row([
            name.into(),
            source.into(),
            figure(reference.mean).into(),
            figure(ours.mean).into(),
            figure(ours.half_width).into(),
            allowed(comparison).into(),
            Cell::from(*unit),
            verdict,
        ]);
    }
    Section::new(check.title, std::iter::once(equal).chain(any_known.then_some(known)))
}

/// How far the values may be apart, or what their difference may be.
fn allowed(comparison: &Comparison) -> String {
    let tolerance = figure(comparison.tolerance);
    match comparison.known {
        0.0 => tolerance,
        known => format!("{} ± {tolerance}", figure(known)),
    }
}

/// Four digits.
fn figure(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 10.0 => format!("{value:.4}"),
        size if size < 100.0 => format!("{value:.2}"),
        _ => format!("{value:.0}"),
    }
}
