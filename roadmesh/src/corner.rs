//! Running this program again inside a corner of the machine (see [`device_lib::sandbox`]).

use crate::error::{Failure, other};
use clap::ValueEnum;
use device_lib::sandbox;
use std::env;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};

/// Whose rights a corner has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Standing {
    Root,
    User,
}

impl Standing {
    fn name(self) -> &'static str {
        match self {
            Standing::Root => "root",
            Standing::User => "user",
        }
    }
}

/// Starts this program with the same command line, `options` and `--inside STANDING` as the first process of a new corner, and waits for
/// it. What ends one of the two ends the other. `handed` is what the other finds as its standard input.
pub(crate) fn run_inside(handed: Option<OwnedFd>, options: &[String]) -> Result<ExitCode, Failure> {
    let standing = match sandbox::enter()? {
        sandbox::Standing::Root => Standing::Root,
        sandbox::Standing::User => Standing::User,
    };
    let mut command = Command::new("/proc/self/exe");
    command.arg0("roadmesh").args(env::args_os().skip(1)).args(options);
    command.args(["--inside", standing.name()]);
    command.stdin(handed.map_or_else(Stdio::null, Stdio::from));
    sandbox::first_process(&mut command)?;
    let mut child = command
        .spawn()
        .map_err(|error| other(format!("the process inside can't be started: {error}"), None))?;
    let code = sandbox::accompany(&mut child)?;
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)))
}
