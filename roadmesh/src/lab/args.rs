//! What can be written after `roadmesh lab`.

use crate::cli::{OutputArgs, SourceArgs};
use crate::corner::Standing;
use clap::{Args, Subcommand};
use config_lib::Interval;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Run a scenario live: a real Linux host at each node
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    long_about = "Run a scenario live: a real Linux host at each node.\n\n\
        Each node gets a network namespace of its own, with an interface, addresses and everybody's names. Its packets go \
        through the same nodes and the same radio as in a simulation, in real time. Any program can use it: ping, \
        iperf3, curl, a browser. No root is needed, and whatever way it ends, nothing is left behind.\n\n\
        Prints the table of `roadmesh sim` at the end, and leaves the same results folder, with lateness.csv (whether this \
        machine kept up) and the output of the scenario's programs beside it.",
    after_help = "Examples:\n  \
        roadmesh lab examples/chain.yaml                     start it, then in another terminal:\n  \
        roadmesh lab examples/chain.yaml --runs 5            five times, and what they say together\n  \
        roadmesh lab exec car3 -- ping -c 100 -i 0.01 rsu1   run a command at a node\n  \
        roadmesh lab enter car3                              a shell there\n  \
        roadmesh lab ps                                      who is there\n  \
        roadmesh lab set link car1 car2 latency=20ms loss=0.1\n  \
        roadmesh lab down car2                               take its power away\n\n\
        Exit codes: 0 done, 1 failed or a program ended otherwise than it had to, 2 bad input, 3 distorted (with --strict), \
        130 interrupted."
)]
pub(crate) struct LabArgs {
    #[command(flatten)]
    pub(crate) run: Option<LabRunArgs>,

    #[command(subcommand)]
    pub(crate) command: Option<LabCommand>,
}

/// How a lab is run. There is a lab to run if there is a scenario, which the group has to be told: it is another's.
#[derive(Debug, Args)]
#[group(args = ["scenario"], multiple = true)]
pub(crate) struct LabRunArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    /// Run it so often, one after the other, with the seeds that follow the scenario's, and print means with 95 % confidence
    /// intervals
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000),
        conflicts_with_all = ["keep", "pcap"])]
    pub(crate) runs: Option<u64>,

    /// What other commands call it; several labs run side by side [default: the scenario's name]
    #[arg(long, value_name = "NAME", value_parser = lab_name)]
    pub(crate) lab: Option<String>,

    /// Stay after the scenario's duration, until Ctrl-C
    #[arg(long)]
    pub(crate) keep: bool,

    /// Exit with 3 if this machine distorted the results
    #[arg(long)]
    pub(crate) strict: bool,

    /// Look for frames for so long before going to sleep: lower latency, for a whole core
    #[arg(long, value_name = "TIME")]
    pub(crate) busy_poll: Option<Interval>,

    /// Capture what passes between hosts and nodes (pcapng, an interface for each host)
    #[arg(long, value_name = "FILE")]
    pub(crate) pcap: Option<PathBuf>,

    /// Let all hosts reach the world outside through this one (NAT; root only, needs nftables)
    #[arg(long, value_name = "HOST")]
    pub(crate) uplink: Option<String>,

    /// Set by the lab itself: the world outside, an open descriptor.
    #[arg(long, hide = true, value_name = "FD")]
    pub(crate) outside: Option<i32>,

    /// Set by the lab itself, for its process inside the namespaces.
    #[arg(long, hide = true, value_name = "STANDING")]
    pub(crate) inside: Option<Standing>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LabCommand {
    /// Run a command at a node
    #[command(
        after_help = "Example:\n  roadmesh lab exec car3 -- ping -c 3 rsu1\n\nIts exit code is the command's."
    )]
    Exec(ExecArgs),
    /// Start a shell at a node
    Enter(NodeArgs),
    /// List the live hosts, their addresses, routes and programs
    Ps(PsArgs),
    /// Change something while it runs
    Set(SetArgs),
    /// Take a node's power away
    Down(NodeArgs),
    /// Give a node its power back: it starts without memory
    Up(NodeArgs),
    /// Take a node to another place, where it stays
    Move(MoveArgs),
    /// Ask a node, live or simulated, about itself, as `roadmesh ctl` asks a daemon
    #[command(after_help = "Example:\n  roadmesh lab ctl car3 explain rsu1")]
    Ctl(CtlArgs),
}

/// Which lab is meant.
#[derive(Debug, Args)]
pub(crate) struct WhichLab {
    /// The lab, if more than one is running
    #[arg(long, value_name = "NAME")]
    lab: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ExecArgs {
    #[command(flatten)]
    pub(crate) lab: WhichLab,

    /// The node or host
    #[arg(value_name = "NODE")]
    pub(crate) node: String,

    /// The command
    #[arg(value_name = "CMD", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) command: Vec<std::ffi::OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct NodeArgs {
    #[command(flatten)]
    pub(crate) lab: WhichLab,

    /// The node
    #[arg(value_name = "NODE")]
    pub(crate) node: String,
}

#[derive(Debug, Args)]
pub(crate) struct PsArgs {
    #[command(flatten)]
    pub(crate) lab: WhichLab,

    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SetArgs {
    #[command(subcommand)]
    pub(crate) target: SetTarget,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SetTarget {
    /// Change the link between two nodes, in both directions
    #[command(after_help = "Example:\n  roadmesh lab set link car1 car2 latency=20ms loss=0.1\n\n\
        On the ideal radio: latency, jitter, loss, rate, down, up. On a geometric one distance decides, and there are loss, \
        down and up.")]
    Link(LinkArgs),
}

#[derive(Debug, Args)]
pub(crate) struct LinkArgs {
    #[command(flatten)]
    pub(crate) lab: WhichLab,

    /// One end
    pub(crate) a: String,

    /// The other end
    pub(crate) b: String,

    /// `latency=20ms`, `jitter=5ms`, `loss=0.1`, `rate=6e6`, `down` or `up`
    #[arg(value_name = "CHANGE", required = true)]
    pub(crate) changes: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct MoveArgs {
    #[command(flatten)]
    pub(crate) lab: WhichLab,

    /// The node
    #[arg(value_name = "NODE")]
    pub(crate) node: String,

    /// Metres to the east
    #[arg(allow_negative_numbers = true, value_parser = metres)]
    pub(crate) x: f64,

    /// Metres to the north
    #[arg(allow_negative_numbers = true, value_parser = metres)]
    pub(crate) y: f64,
}

#[derive(Debug, Args)]
pub(crate) struct CtlArgs {
    #[command(flatten)]
    pub(crate) lab: WhichLab,

    /// As JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// The node
    #[arg(value_name = "NODE")]
    pub(crate) node: String,

    #[command(subcommand)]
    pub(crate) question: Question,
}

/// What a node may be asked.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Question {
    /// Who the node is and how it is connected
    Status,
    /// Where frames go: to each RSU, and to each OBU
    Routes,
    /// Why it routes as it does: every candidate, its cost, and who won
    Explain {
        /// The RSU; all of them without
        rsu: Option<String>,
    },
    /// What was counted: frames, and drops by reason
    Counters,
}

impl WhichLab {
    /// Its name, if the user gave one.
    pub(crate) fn name(&self) -> Option<&str> {
        self.lab.as_deref()
    }
}

fn metres(text: &str) -> Result<f64, String> {
    let metres: f64 = text.parse().map_err(|_| "it is no number".to_owned())?;
    match sim_lib::scenario::limits::coordinate(&metres, &()) {
        Ok(()) => Ok(metres),
        Err(error) => Err(error.to_string()),
    }
}

/// A lab's name is a part of its socket's.
fn lab_name(text: &str) -> Result<String, String> {
    match config_lib::limits::name(text, &()) {
        Ok(()) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
