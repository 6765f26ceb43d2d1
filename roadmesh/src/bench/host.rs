//! Hosts that measuring programs run at.

use crate::error::{Failure, other};
use device_lib::namespace::NetNamespace;
use device_lib::spawn::Place;
use std::io;
use std::process::{Child, Command, Output, Stdio};

/// Where a program runs.
#[derive(Debug)]
pub(super) enum Host<'a> {
    /// In a namespace of ours.
    Namespace(&'a NetNamespace),
    /// At a node of a lab.
    Lab { lab: &'a str, node: &'a str },
}

impl Host<'_> {
    /// Starts a program, with its output for us.
    pub(super) fn spawn(&self, program: &[&str]) -> Result<Child, Failure> {
        let mut command = match self {
            Host::Namespace(_) => Command::new(program[0]),
            Host::Lab { lab, node } => {
                let mut command = ourselves();
                command.args(["lab", "exec", "--lab", lab, node, "--", program[0]]);
                command
            }
        };
        command.args(&program[1..]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        match self {
            Host::Namespace(net) => {
                let net = net.try_clone().map_err(|error| other(error.to_string(), None))?.into();
                let host = "bench".to_owned();
                let place = Place { net, mounts: None, host, folder: None, foreground: false };
                Ok(place.spawn(&mut command)?)
            }
            Host::Lab { .. } => command.spawn().map_err(|error| other(error.to_string(), None)),
        }
    }

    /// Runs a program to its end; what it prints, or what it complains of.
    pub(super) fn run(&self, program: &[&str]) -> Result<String, Failure> {
        let output = finish(self.spawn(program)?).map_err(|error| other(error.to_string(), None))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            let said = text(&output.stderr) + &text(&output.stdout);
            let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
            Err(other(format!("`{}` failed: {last}", program.join(" ")), None))
        }
    }
}

fn finish(child: Child) -> io::Result<Output> {
    child.wait_with_output()
}

/// This program.
pub(super) fn ourselves() -> Command {
    Command::new("/proc/self/exe")
}
