//! Commands to a lab that is running.

use super::args::{CtlArgs, ExecArgs, LinkArgs, MoveArgs, NodeArgs, PsArgs, SetArgs, SetTarget};
use super::host::RADIO;
use super::link::wish;
use super::message::{Listing, Request, Response};
use super::registry;
use crate::ctl;
use crate::error::{Failure, input, other};
use crate::output::print;
use crate::table;
use device_lib::spawn::{Corner, Place, ignore_interrupts, take_terminal_back};
use device_lib::{DeviceError, local};
use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode};

/// Runs a command at a host.
pub(crate) fn exec(args: &ExecArgs) -> Result<ExitCode, Failure> {
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(input("there is no command to run".to_owned(), None));
    };
    let mut command = Command::new(program);
    command.args(arguments);
    run_at(args.lab.name(), &args.node, command, false)
}

/// Runs the user's shell at a host, with its name in the prompt.
pub(crate) fn enter(args: &NodeArgs) -> Result<ExitCode, Failure> {
    let mut command = Command::new(env::var_os("SHELL").unwrap_or_else(|| OsString::from("/bin/sh")));
    let name = format!("[{}] ", args.node);
    // Plain shells take the prompt as it is; bash sets its own when it starts, and asks this before each one.
    command.env("PS1", format!("{name}$ "));
    command.env("PROMPT_COMMAND", format!("PS1='{name}'${{PS1#'{name}'}}"));
    run_at(args.lab.name(), &args.node, command, true)
}

/// Lists the live hosts.
pub(crate) fn ps(args: &PsArgs) -> Result<ExitCode, Failure> {
    let (response, _) = ask(args.lab.name(), &Request::List)?;
    let Response::List(listing) = response else { return Err(unexpected(&response)) };
    if args.json {
        print(&serde_json::to_string_pretty(&listing)?)?;
    } else {
        print(&rendered(&listing))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Changes a link.
pub(crate) fn set(args: &SetArgs) -> Result<ExitCode, Failure> {
    let SetTarget::Link(LinkArgs { lab, a, b, changes }) = &args.target;
    let change = wish(changes)?;
    obey(lab.name(), &Request::Link { ends: [a.clone(), b.clone()], change })
}

/// Takes a node's power away, or gives it back.
pub(crate) fn power(args: &NodeArgs, on: bool) -> Result<ExitCode, Failure> {
    obey(args.lab.name(), &Request::Power { node: args.node.clone(), on })
}

/// Takes a node to another place.
pub(crate) fn place(args: &MoveArgs) -> Result<ExitCode, Failure> {
    obey(args.lab.name(), &Request::Move { node: args.node.clone(), to: [args.x, args.y] })
}

/// Asks a node about itself.
pub(crate) fn ctl(args: &CtlArgs) -> Result<ExitCode, Failure> {
    let request = Request::Ask { node: args.node.clone(), question: args.question.clone() };
    match ask(args.lab.name(), &request)?.0 {
        Response::Told(told) => print(&if args.json { ctl::json(&told)? } else { ctl::table(told) })?,
        other => return Err(unexpected(&other)),
    }
    Ok(ExitCode::SUCCESS)
}

fn obey(lab: Option<&str>, request: &Request) -> Result<ExitCode, Failure> {
    match ask(lab, request)?.0 {
        Response::Done => Ok(ExitCode::SUCCESS),
        other => Err(unexpected(&other)),
    }
}

/// Runs a command in a host's namespaces, and waits for it. Its exit code is ours. In the foreground it has the terminal for
/// itself.
fn run_at(
    lab: Option<&str>,
    node: &str,
    mut command: Command,
    foreground: bool,
) -> Result<ExitCode, Failure> {
    let folder = env::current_dir().ok();
    let (response, fds) = ask(lab, &Request::Enter { node: node.to_owned() })?;
    let Response::Enter { lab, node } = response else { return Err(unexpected(&response)) };
    let mut fds = fds.into_iter();
    let (Some(net), Some(mounts), Some(processes)) = (fds.next(), fds.next(), fds.next()) else {
        return Err(other("the lab's answer lacks its namespaces".to_owned(), None));
    };
    Corner { users: fds.next(), processes }.enter()?;
    command.env("ROADMESH_LAB", lab).env("ROADMESH_NODE", &node);
    let place = Place { net, mounts: Some(mounts), host: node, folder, foreground };
    let mut child = match place.spawn(&mut command) {
        Ok(child) => child,
        Err(DeviceError::NoProgram { program, source }) => return Ok(not_started(&program, &source)),
        Err(error) => return Err(error.into()),
    };
    // Ctrl-C is the command's.
    ignore_interrupts()?;
    let status = child.wait().map_err(|error| other(format!("the command is lost: {error}"), None))?;
    if foreground {
        take_terminal_back();
    }
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)))
}

/// Says that there is no such command, or that it may not be run, and gives the exit code that shells give then.
fn not_started(program: &str, error: &io::Error) -> ExitCode {
    eprintln!("roadmesh: `{program}` can't be started: {error}");
    ExitCode::from(if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 })
}

/// Says something to a lab; gives its answer, and the descriptors that came with it.
fn ask(lab: Option<&str>, request: &Request) -> Result<(Response, Vec<OwnedFd>), Failure> {
    let mut stream = registry::connect(lab)?;
    let talk = || -> io::Result<(Vec<u8>, Vec<OwnedFd>)> {
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        stream.write_all(&line)?;
        answer(&stream)
    };
    let (line, fds) = { talk }().map_err(|error| other(format!("the lab doesn't answer: {error}"), None))?;
    match serde_json::from_slice(&line)? {
        Response::Refused { message, help } => Err(input(message, help)),
        response => Ok((response, fds)),
    }
}

fn answer(stream: &UnixStream) -> io::Result<(Vec<u8>, Vec<OwnedFd>)> {
    let (mut line, mut fds) = (Vec::new(), Vec::new());
    let mut buffer = [0; 4096];
    while !line.ends_with(b"\n") {
        let (read, more) = local::receive(stream, &mut buffer)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.extend_from_slice(&buffer[..read]);
        fds.extend(more);
    }
    Ok((line, fds))
}

fn unexpected(response: &Response) -> Failure {
    other(format!("the lab answers something else: {response:?}"), None)
}

fn rendered(listing: &Listing) -> String {
    let Listing { lab, at_s, end_s, hosts, simulated } = listing;
    let end = end_s.map_or_else(|| "until Ctrl-C".to_owned(), |end| format!("of {end:.0} s"));
    let around = if *simulated > 0 { format!(", {simulated} simulated") } else { String::new() };
    let mut text = format!("lab {lab}: {at_s:.0} s {end}; {} live hosts{around}\n\n", hosts.len());
    let mut rows = table::left(&["HOST", "ROLE", "STATE", "ROUTE", "ADDRESSES", "PROGRAMS"]);
    for host in hosts {
        let route = match &host.route {
            Some((rsu, hop, hops)) if rsu == hop => format!("{rsu} ({hops} hop)"),
            Some((rsu, hop, hops)) => format!("{rsu} by {hop} ({hops} hops)"),
            None if host.interface == RADIO => "its own".to_owned(),
            None if host.role == "obu" && host.up => "none".to_owned(),
            None => String::new(),
        };
        let state = if host.up { "up" } else { "down" };
        let programs = host.apps.join(" ");
        rows.add_row([&host.name, &host.role, state, &route, &host.addresses.join(" "), &programs]);
    }
    text.push_str(&table::text(&rows));
    text
}
