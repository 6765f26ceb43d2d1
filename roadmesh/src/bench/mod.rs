//! `roadmesh bench`: what this machine carries, against what its kernel carries without us.
//!
//! Every figure is a ratio of two things that were measured in turn, in one sitting, or a time or size by itself where that is
//! the target. Nothing here judges: a figure that misses its target is shown as it is.

mod daemons;
mod failover;
mod host;
mod labs;
mod nodes;
mod pair;
mod report;
mod throughput;
mod tools;

use crate::corner::{Standing, run_inside};
use crate::error::Failure;
use crate::interrupt::Interrupt;
use crate::output::print;
use clap::Args;
use device_lib::{limits, sandbox};
use report::Report;
use std::process::ExitCode;
use tools::Tools;

/// Measure what this machine can carry
#[derive(Debug, Args)]
#[command(
    long_about = "Measure what this machine can carry.\n\n\
        In one sitting: TCP, datagrams and round trips over the kernel's own wire (a veth pair, with its offloads and \
        without), then the same through one and three hops of a lab and between two daemons, and the cost of many nodes. \
        Prints each figure with its ratio. It uses iperf3 and ping where they are installed, and says what is missing. No root \
        is needed.",
    after_help = "Examples:\n  \
        roadmesh bench                               everything, some three minutes\n  \
        roadmesh bench --seconds 1 --repetitions 1   a first impression\n  \
        roadmesh bench --json > figures.json"
)]
pub(crate) struct BenchArgs {
    /// Length of each measurement of throughput
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=60))]
    seconds: u32,

    /// How often each is measured; the median counts
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    repetitions: u32,

    /// How many live nodes the lab of many nodes has
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(2..=2000))]
    nodes: u32,

    /// The figures as JSON
    #[arg(long)]
    json: bool,

    /// Set by the program itself, for its process inside the namespaces.
    #[arg(long, hide = true, value_name = "STANDING")]
    inside: Option<Standing>,
}

/// Measures everything.
pub(crate) fn run(args: &BenchArgs) -> Result<ExitCode, Failure> {
    if args.inside.is_none() {
        return run_inside(None, &[]);
    }
    Interrupt::watch_inside()?;
    sandbox::settle("")?;
    limits::raise_open_files();
    let tools = Tools::find();
    let mut report = Report::new(!args.json);
    if let Some(missing) = tools.missing() {
        report.note(missing);
    }
    throughput::measure(args, tools, &mut report)?;
    failover::measure(tools, &mut report)?;
    nodes::measure(args, tools, &mut report)?;
    print(&if args.json { report.json()? } else { report.table() })?;
    Ok(ExitCode::SUCCESS)
}

/// The value in the middle; NaN where there is none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => (values[middle - 1] + values[middle]) / 2.0,
    }
}

/// The value that this share of sorted values is at most; NaN where there are none.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(at.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_quantiles() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(Vec::new()).is_nan() && quantile(&[], 0.5).is_nan());
        let sorted: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!([0.5, 0.99, 1.0].map(|share| quantile(&sorted, share)), [50.0, 99.0, 100.0]);
    }
}
