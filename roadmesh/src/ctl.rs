//! `roadmesh ctl`: asking a running daemon.

pub(crate) mod protocol;
pub(crate) mod sockets;

use crate::cli::{CtlArgs, CtlCommand};
use crate::error::{Failure, input, other};
use crate::output::print;
use protocol::{ReloadReport, Request, Response};
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Asks, and prints the answer.
pub(crate) fn run(args: &CtlArgs) -> Result<ExitCode, Failure> {
    let (path, stream) = connect(args)?;
    let request = match &args.command {
        CtlCommand::Status => Request::Status,
        CtlCommand::Routes => Request::Routes,
        CtlCommand::Explain { rsu } => Request::Explain { rsu: rsu.clone() },
        CtlCommand::Counters => Request::Counters,
        CtlCommand::Reload => Request::Reload,
    };
    let line = ask(&stream, &request).map_err(|error| silent(&path, &error))?;
    let response: Response = serde_json::from_str(&line).map_err(|error| {
        let text = format!("`{}` answers something else: {error}", path.display());
        other(text, Some("is that a daemon of this version?".to_owned()))
    })?;
    if let Response::Error(refusal) = response {
        return Err(other(refusal.message, refusal.help));
    }
    print(&if args.json { json(&response)? } else { table(response) })?;
    Ok(ExitCode::SUCCESS)
}

/// The daemon that is meant: the one that was named, or the only one.
fn connect(args: &CtlArgs) -> Result<(PathBuf, UnixStream), Failure> {
    let named: Vec<PathBuf> = match (&args.socket, &args.tap) {
        (Some(socket), _) => vec![socket.clone()],
        (None, Some(tap)) => {
            sockets::folders().iter().map(|folder| folder.join(sockets::file_name(tap))).collect()
        }
        (None, None) => Vec::new(),
    };
    let (paths, any) = if named.is_empty() { (sockets::all(), true) } else { (named, false) };
    let mut found = Vec::new();
    let mut refused = None;
    for path in paths {
        match UnixStream::connect(&path) {
            Ok(stream) => found.push((path, stream)),
            // What a daemon left that was killed.
            Err(error) if error.kind() == ErrorKind::ConnectionRefused && any => {}
            Err(error) if refused.is_none() || error.kind() != ErrorKind::NotFound => {
                refused = Some((path, error))
            }
            Err(_) => {}
        }
    }
    match (found.len(), found.pop(), refused) {
        (1, Some(one), _) => Ok(one),
        (0, _, Some((path, error))) => Err(unreachable(&path, &error)),
        (0, ..) => Err(other("no daemon is running".to_owned(), Some(START.to_owned()))),
        (_, last, _) => {
            let sockets =
                found.iter().chain(&last).map(|(path, _)| path.display().to_string()).collect::<Vec<_>>();
            let help = format!("name one with --socket:\n{}", sockets.join("\n"));
            Err(input("several daemons are running".to_owned(), Some(help)))
        }
    }
}

fn ask(mut stream: &UnixStream, request: &Request) -> io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_string(request)?;
    line.push('\n');
    stream.write_all(line.as_bytes())?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    if answer.is_empty() { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(answer) }
}

/// The answer itself, without the name that says what it is.
pub(crate) fn json(response: &Response) -> Result<String, Failure> {
    let answer = serde_json::to_value(response)?;
    let inner = answer.as_object().and_then(|object| object.values().next()).unwrap_or(&answer);
    Ok(serde_json::to_string_pretty(inner)?)
}

/// The same for people.
pub(crate) fn table(response: Response) -> String {
    match response {
        Response::Status(report) => report.render(),
        Response::Routes(report) => report.render(),
        Response::Explain(report) => report.render(),
        Response::Counters(report) => report.render(),
        Response::Reload(report) => report.render(),
        Response::Error(refusal) => refusal.message,
    }
}

impl ReloadReport {
    /// In two sentences at most.
    pub(crate) fn render(&self) -> String {
        let said = [("changed", &self.applied), ("these need a restart", &self.needs_restart)];
        let said: Vec<String> = said
            .iter()
            .filter(|(_, keys)| !keys.is_empty())
            .map(|(what, keys)| format!("{what}: {}", keys.join(", ")))
            .collect();
        if said.is_empty() { "nothing has changed".to_owned() } else { said.join("; ") }
    }
}

fn unreachable(path: &Path, error: &io::Error) -> Failure {
    let help = match error.kind() {
        ErrorKind::PermissionDenied => "join the socket's group, or run this as root",
        _ => START,
    };
    let why = match error.kind() {
        ErrorKind::NotFound => "there is no such socket".to_owned(),
        ErrorKind::ConnectionRefused => "the daemon that made it is gone".to_owned(),
        _ => error.to_string(),
    };
    other(format!("no daemon answers at `{}`: {why}", path.display()), Some(help.to_owned()))
}

fn silent(path: &Path, error: &io::Error) -> Failure {
    let why = match error.kind() {
        ErrorKind::UnexpectedEof => "it hung up".to_owned(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut => format!("no answer within {} s", PATIENCE.as_secs()),
        _ => error.to_string(),
    };
    other(format!("the daemon at `{}` doesn't answer: {why}", path.display()), None)
}

const START: &str = "start one: `roadmesh obu --interface NAME` or `roadmesh rsu --interface NAME`";
const PATIENCE: Duration = Duration::from_secs(10);
