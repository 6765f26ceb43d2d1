//! `roadmesh lab`: a scenario with a real Linux host at each node.

mod apps;
mod args;
pub(crate) mod build;
mod client;
mod drops;
mod engine;
pub(crate) mod host;
mod introduction;
mod link;
mod message;
mod registry;
mod run;
mod runs;
mod server;
mod start;
mod tell;
mod uplink;
mod watch;

pub(crate) use args::LabArgs;

use crate::error::{Failure, input};
use args::LabCommand;
use std::process::ExitCode;

/// Runs a lab, or commands one that is running.
pub(crate) fn run(args: &LabArgs) -> Result<ExitCode, Failure> {
    match (&args.command, &args.run) {
        (Some(LabCommand::Exec(args)), _) => client::exec(args),
        (Some(LabCommand::Enter(args)), _) => client::enter(args),
        (Some(LabCommand::Ps(args)), _) => client::ps(args),
        (Some(LabCommand::Set(args)), _) => client::set(args),
        (Some(LabCommand::Down(args)), _) => client::power(args, false),
        (Some(LabCommand::Up(args)), _) => client::power(args, true),
        (Some(LabCommand::Move(args)), _) => client::place(args),
        (Some(LabCommand::Ctl(args)), _) => client::ctl(args),
        (None, Some(args)) => run::run(args),
        (None, None) => Err(input(
            "name a scenario, or what to do with a lab that is running".to_owned(),
            Some(
                "`roadmesh lab examples/chain.yaml` starts one; `roadmesh lab --help` tells more".to_owned(),
            ),
        )),
    }
}
