//! The `roadmesh` command.
#![forbid(unsafe_code)]

mod bench;
mod cli;
mod corner;
mod ctl;
mod daemon;
mod error;
mod experiment;
mod extras;
mod html;
mod interrupt;
mod lab;
mod mtu;
mod output;
mod progress;
mod report;
mod roads;
mod scenario;
mod sim;
mod sweep;
mod table;
mod timing;
mod validate;

use clap::Parser;
use cli::{Cli, Command, ScenarioCommand};
use error::Failure;
use roads::RoadsCommand;
use sim_lib::scenario::model::Role;
use std::process::ExitCode;

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Sim(args) => sim::run(&args),
        Command::Lab(args) => lab::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Obu(args) => daemon::run(Role::Obu, &args),
        Command::Rsu(args) => daemon::run(Role::Rsu, &args),
        Command::Sweep(args) => sweep::run(&args),
        Command::Validate(args) => validate::run(&args),
        Command::Verify(args) => experiment::verify::run(&args),
        Command::Report(args) => html::run(&args),
        Command::Explain(args) => experiment::explain::run(&args),
        Command::Ctl(args) => ctl::run(&args),
        Command::Completions(args) => extras::completions(&args),
        Command::Man(args) => extras::man(&args),
        Command::Roads(RoadsCommand::Import(args)) => roads::import::run(&args),
        Command::Roads(RoadsCommand::Place(args)) => roads::place::run(&args),
        Command::Scenario(ScenarioCommand::New(args)) => scenario::new::run(&args),
        Command::Scenario(ScenarioCommand::Schema) => scenario::schema(),
        Command::Scenario(ScenarioCommand::Check(args)) => scenario::check(&args),
        Command::Scenario(ScenarioCommand::Show(args)) => scenario::show(&args),
    };
    result.unwrap_or_else(Failure::report)
}
