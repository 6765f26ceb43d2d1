//! What can be written on the command line.

use crate::bench::BenchArgs;
use crate::daemon::NodeArgs;
use crate::error::Failure;
use crate::extras::{CompletionsArgs, ManArgs};
use crate::lab::LabArgs;
use crate::output::print;
use crate::roads::RoadsCommand;
use crate::scenario::new::NewArgs;
use crate::sweep::SweepArgs;
use crate::table;
use crate::validate::ValidateArgs;
use clap::{Args, Parser, Subcommand};
use config_lib::{Interval, NotAnOverride, Override};
use sim_lib::recorder::{SummaryFile, Timing, default_folder};
use sim_lib::scenario::Scenario;
use std::path::{Path, PathBuf};

#[derive(Debug, Parser)]
#[command(
    name = "roadmesh",
    version,
    about = "Multi-hop connectivity for vehicles, simulated and real",
    long_about = "Multi-hop connectivity for vehicles, simulated and real.\n\n\
        A scenario is one YAML file: what stands where, what moves, what is sent, what breaks. A run of it gives \
        the same results for the same seed, on any machine. The same nodes run on real interfaces as daemons.",
    after_help = "Examples:\n  \
        roadmesh sim examples/chain.yaml          run a scenario, see the figures\n  \
        roadmesh lab examples/chain.yaml          run it live, with a real host at each node\n  \
        roadmesh sweep examples/chain.yaml --vary radio.attempts=1,2,5 --runs 10\n  \
        roadmesh bench                            measure what this machine can carry\n  \
        roadmesh scenario new my --kind road      start a scenario of your own\n  \
        roadmesh roads import map.osm             make one of a map, with traffic\n  \
        roadmesh scenario check my.yaml           look for mistakes without running it\n  \
        roadmesh scenario show my.yaml            see every setting, defaults included\n  \
        roadmesh obu --interface wlan0            run a node on a real interface\n  \
        roadmesh ctl status                       ask it\n\n\
        Exit codes: 0 done, 1 failed, 2 bad input, 130 interrupted.",
    arg_required_else_help = true,
    subcommand_required = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Sim(SimArgs),
    Lab(LabArgs),
    Sweep(SweepArgs),
    Bench(BenchArgs),
    /// Start a scenario, or look at one without running it
    #[command(subcommand, arg_required_else_help = true)]
    Scenario(ScenarioCommand),
    /// Make a scenario of a map, or place road-side units along roads
    #[command(subcommand, arg_required_else_help = true)]
    Roads(RoadsCommand),
    Verify(VerifyArgs),
    Validate(ValidateArgs),
    Report(ReportArgs),
    Explain(ExplainArgs),
    /// Run an on-board unit on a real interface
    #[command(after_help = "Examples:\n  \
        roadmesh obu --interface wlan0 --address 10.23.0.7/16\n  \
        roadmesh obu --config /etc/roadmesh/obu.yaml\n\n\
        It needs the capabilities CAP_NET_ADMIN and CAP_NET_RAW. SIGTERM ends it. SIGHUP and `roadmesh ctl reload` \
        read the settings again: those marked [reload] change at once.")]
    Obu(NodeArgs),
    /// Run a road-side unit on a real interface
    #[command(after_help = "Examples:\n  \
        roadmesh rsu --interface wlan0 --address 10.23.0.1/16\n  \
        roadmesh rsu --config /etc/roadmesh/rsu.yaml\n\n\
        It needs the capabilities CAP_NET_ADMIN and CAP_NET_RAW. SIGTERM ends it. SIGHUP and `roadmesh ctl reload` \
        read the settings again: those marked [reload] change at once.")]
    Rsu(NodeArgs),
    Ctl(CtlArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// Ask a running OBU or RSU, or have it read its settings again
#[derive(Debug, Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:\n  \
        roadmesh ctl status\n  \
        roadmesh ctl --tap rm-wlan0 explain\n  \
        roadmesh ctl counters --json | jq .drops\n\n\
        Where exactly one daemon runs, it needs no option to be found."
)]
pub(crate) struct CtlArgs {
    /// The daemon's control socket
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) socket: Option<PathBuf>,

    /// The daemon with this TAP
    #[arg(long, value_name = "NAME", global = true, conflicts_with = "socket")]
    pub(crate) tap: Option<String>,

    /// Print JSON instead of tables
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: CtlCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CtlCommand {
    /// Who the node is and how it is connected
    Status,
    /// Where frames go: to each RSU, and to each OBU
    Routes,
    /// Why it routes as it does: every candidate, its cost, and who won
    Explain {
        /// The RSU's address; all RSUs without
        rsu: Option<String>,
    },
    /// What was counted: frames, drops by reason, losses at the devices
    Counters,
    /// Read the settings again; says what was changed and what needs a restart
    Reload,
}

/// Run a scenario in virtual time and measure it
#[derive(Debug, Args)]
#[command(
    long_about = "Run a scenario in virtual time and measure it.\n\n\
        Prints a table of what was measured after the warm-up, and leaves a results folder: manifest.json (what was \
        run), summary.json (the figures), flows.csv, seconds.csv, tracks.csv, latency.csv, losses.csv, beacons.csv and \
        gaps.csv where there are beacons, events.jsonl, report.html (open it in a browser) and timing.json. All but timing.json are the same, byte for byte, in every \
        run of the same scenario and seed.\n\n\
        Ctrl-C ends the run at once; what was measured so far is kept, marked as partial.",
    after_help = "Examples:\n  \
        roadmesh sim examples/chain.yaml\n  \
        roadmesh sim examples/town/scenario.yaml --seed 7 --out results/town7\n  \
        roadmesh sim examples/town/scenario.yaml --runs 20 --jobs 2     means with confidence intervals\n  \
        roadmesh sim examples/chain.yaml --set traffic.0.rate=20 --set protocol.missed=2\n  \
        roadmesh sim examples/chain.yaml --json | jq .up.ratio"
)]
pub(crate) struct SimArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,

    #[command(flatten)]
    pub(crate) repeat: RepeatArgs,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// How often a scenario is run.
#[derive(Debug, Args)]
pub(crate) struct RepeatArgs {
    /// Make so many runs, with the seeds that follow the scenario's, and print means with 95 % confidence intervals
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    runs: Option<u64>,

    /// Runs at the same time, each on one core [default: one for each core]
    #[arg(long, value_name = "J", value_parser = clap::value_parser!(u64).range(1..=1024))]
    jobs: Option<u64>,

    /// Check what must always hold while it runs: no forwarding cycle, no frame that vanishes, no table too full
    ///
    /// A violation ends the run with exit code 1, and leaves violation.json in the results.
    #[arg(long)]
    check: bool,
}

impl RepeatArgs {
    /// Whether invariants are to be checked.
    pub(crate) fn checks(&self) -> bool {
        self.check
    }

    /// Whether there is more to do than one plain run.
    pub(crate) fn is_wanted(&self) -> bool {
        self.runs.is_some()
    }

    /// How many runs there are.
    pub(crate) fn count(&self) -> u64 {
        self.runs.unwrap_or(1)
    }

    /// How many at the same time, if the user said so.
    pub(crate) fn at_once(&self) -> Option<usize> {
        self.jobs.map(|jobs| jobs as usize)
    }
}

/// Make a run again from its results, and compare them
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    roadmesh verify results/chain-seed1\n  \
    roadmesh verify results/town-seed1 --scenario examples/town/scenario.yaml\n\n\
    Exit codes: 0 all the same, 1 something differs or failed, 2 bad input.")]
pub(crate) struct VerifyArgs {
    /// The folder that a run left, or that of many runs
    #[arg(value_name = "RESULTS")]
    pub(crate) results: PathBuf,

    /// The scenario's file, where the files it names are not in this folder: they are looked for beside that
    #[arg(long, value_name = "SCENARIO")]
    pub(crate) scenario: Option<PathBuf>,

    /// Print nothing but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// Make the report of a results folder: its figures, plotted, in one HTML file
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    roadmesh report results/town-seed1\n\n\
    Runs make it themselves when they end. This makes it again, or of a run that never came to its end. `report.html` needs \
    no network and no other file.")]
pub(crate) struct ReportArgs {
    /// The folder that a run left, or that of many runs
    #[arg(value_name = "RESULTS")]
    pub(crate) results: PathBuf,
}

/// Tell why a node routed as it did, at any time of a run that was made
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    roadmesh explain results/town-seed1 --scenario examples/town/scenario.yaml --node car336 --at 63.2s\n\n\
    The run is made again up to that time, and the node is asked: every neighbour that offered a way to an RSU, what it \
    advertised and what the link to it costs, which of them were feasible and against which distance, who won, and what \
    happened next.")]
pub(crate) struct ExplainArgs {
    /// The folder that the run left
    #[arg(value_name = "RESULTS")]
    pub(crate) results: PathBuf,

    /// The node or vehicle
    #[arg(long, value_name = "NODE")]
    pub(crate) node: String,

    /// The time of the run
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Interval,

    /// Only the ways to this RSU
    #[arg(long, value_name = "RSU")]
    pub(crate) rsu: Option<String>,

    /// The scenario's file, where the files it names are not in this folder: they are looked for beside that
    #[arg(long, value_name = "SCENARIO")]
    pub(crate) scenario: Option<PathBuf>,

    /// Print JSON instead of tables
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a run leaves and prints.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// Folder for the results [default: results/NAME-seedSEED]
    ///
    /// Older results in it are replaced. A folder that holds anything else is refused.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Print nothing but errors
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,

    /// Print summary.json instead of the table, and nothing else
    #[arg(long)]
    json: bool,
}

/// A scenario file and what replaces parts of it.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    /// The scenario file (YAML)
    #[arg(value_name = "SCENARIO")]
    scenario: PathBuf,

    /// Seed of every random draw, instead of the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Simulated time, warm-up included, instead of the scenario's: 300s, 5m, 1h
    #[arg(long, value_name = "TIME")]
    duration: Option<Interval>,

    /// Replace a value of the scenario: keys and list positions (from 0) with dots between
    ///
    /// The value is YAML: --set radio.geometric.tx_power_dbm=23, --set 'nodes.car1.position=[10, 20]'.
    #[arg(long, value_name = "KEY=VALUE", value_parser = replacement)]
    set: Vec<Override>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ScenarioCommand {
    /// Look for mistakes in a scenario and its trace
    #[command(after_help = "Example:\n  roadmesh scenario check examples/chain.yaml")]
    Check(SourceArgs),
    /// Print a scenario with every default and override written out
    #[command(after_help = "Example:\n  roadmesh scenario show examples/chain.yaml --set radio.attempts=3")]
    Show(SourceArgs),
    New(NewArgs),
    /// Print the JSON Schema of scenario files, for editors
    #[command(after_help = "Example:\n  \
        roadmesh scenario schema > roadmesh.schema.json\n\n\
        Editors that use the YAML language server find it by a scenario's first line:\n  \
        # yaml-language-server: $schema=roadmesh.schema.json")]
    Schema,
}

impl OutputArgs {
    /// Where the results of this scenario go, run under this name.
    pub(crate) fn folder(&self, name: &str, scenario: &Scenario) -> PathBuf {
        self.out.clone().unwrap_or_else(|| default_folder(name, scenario))
    }

    /// Where the folders of so many runs go.
    pub(crate) fn folder_of_runs(&self, scenario: &Scenario, runs: u64) -> PathBuf {
        let default = || {
            let one = default_folder(&scenario.name, scenario);
            one.with_file_name(format!("{}-seed{}-runs{runs}", scenario.name, scenario.seed))
        };
        self.out.clone().unwrap_or_else(default)
    }

    /// Whether the figures are wanted as JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether people watch.
    pub(crate) fn is_for_people(&self) -> bool {
        !self.quiet && !self.json
    }

    /// Prints the figures of a run, as they are wanted.
    pub(crate) fn tell(
        &self,
        summary: &SummaryFile<'_>,
        timing: &Timing,
        folder: &Path,
        replaced: bool,
    ) -> Result<(), Failure> {
        if self.json {
            print(&serde_json::to_string_pretty(summary)?)?;
        } else if !self.quiet {
            print(&table::render(summary, timing, folder, replaced))?;
        }
        Ok(())
    }
}

impl SourceArgs {
    /// The scenario file.
    pub(crate) fn file(&self) -> &Path {
        &self.scenario
    }

    /// All overrides; `--seed` and `--duration` win over `--set`.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        let seed = self.seed.map(|seed| Override::new("seed", seed.to_string(), format!("--seed {seed}")));
        let duration = self.duration.map(|duration| {
            Override::new("duration", duration.to_string(), format!("--duration {duration}"))
        });
        self.set.iter().cloned().chain(seed).chain(duration).collect()
    }
}

/// What `--set` takes.
fn replacement(text: &str) -> Result<Override, NotAnOverride> {
    Override::set(text, "traffic.0.rate=20")
}
