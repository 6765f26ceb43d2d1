//! What can be written after `roadmesh sweep`.

use super::vary::Vary;
use crate::cli::{RepeatArgs, SourceArgs};
use clap::Args;
use sim_lib::scenario::Scenario;
use std::path::{Path, PathBuf};

/// Run a scenario with every combination of some settings, and compare
#[derive(Debug, Args)]
#[command(
    long_about = "Run a scenario with every combination of some settings, and compare.\n\n\
        Prints a table for each figure, with 95 % confidence intervals where --runs asks for more than one run, and \
        leaves a folder: the results of every run, runs.csv (a row for each run), points.csv (a row for each combination \
        and figure), summary.json and report.html with the plots.\n\n\
        The same command goes on where it was interrupted: runs that are there, of the same scenario, settings, seed and \
        version, are not made again. So are those of a sweep that is widened by more values or more runs.",
    after_help = "Examples:\n  \
        roadmesh sweep examples/chain.yaml --vary radio.ideal.default.loss=0,0.2,0.4 --runs 10\n  \
        roadmesh sweep examples/town/scenario.yaml --vary radio.80211p.tx_power_dbm=17,20,23 \
        --vary protocol.missed=2,3 --runs 5\n  \
        roadmesh sweep examples/chain.yaml --vary radio.ideal.default.loss=0,0.1,0.2 --figure up.ratio --figure \
        failovers.blackout.p95_ms"
)]
pub(crate) struct SweepArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// A setting and its values, as for --set; given several times, every combination is run
    ///
    /// The values are YAML, with commas between: --vary radio.attempts=1,2,5, --vary 'nodes.car1.position=[0, 0],[50, 0]'.
    #[arg(long, required = true, value_name = "KEY=A,B,C", value_parser = Vary::parse)]
    pub(crate) vary: Vec<Vary>,

    #[command(flatten)]
    pub(crate) repeat: RepeatArgs,

    /// A figure for the table, as summary.json names it: up.ratio, handovers.blackout.p95_ms; several are possible
    /// [default: connection, delivery, latency and control airtime]
    #[arg(long = "figure", value_name = "NAME")]
    pub(crate) figures: Vec<String>,

    /// Folder for the results [default: results/NAME-by-KEY]
    ///
    /// Runs in it that fit are kept, others of a sweep are replaced. A folder that holds anything else is refused.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Print nothing but errors
    #[arg(long, short, conflicts_with = "json")]
    pub(crate) quiet: bool,

    /// Print summary.json instead of the table, and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}

impl SweepArgs {
    /// Whether people watch.
    pub(crate) fn is_for_people(&self) -> bool {
        !self.quiet && !self.json
    }

    /// Where the results go.
    pub(crate) fn folder(&self, scenario: &Scenario) -> PathBuf {
        let keys: Vec<&str> = self.vary.iter().map(|vary| vary.key.as_str()).collect();
        let default = || Path::new("results").join(format!("{}-by-{}", scenario.name, keys.join(",")));
        self.out.clone().unwrap_or_else(default)
    }
}
