//! Where a running lab is found: at a socket with an abstract name (unix(7)), which is nowhere in the file system and gone
//! with the process that has it.

use crate::error::{Failure, input, other};
use device_lib::local;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};

/// Takes the name for this process, for as long as the listener is open.
pub(crate) fn claim(lab: &str) -> Result<UnixListener, Failure> {
    address(lab).and_then(|address| UnixListener::bind_addr(&address)).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => input(
            format!("a lab named `{lab}` is running"),
            Some("choose another name with --lab, or end that one".to_owned()),
        ),
        _ => other(format!("the lab can't be named `{lab}`: {error}"), None),
    })
}

/// Connects to the lab with this name, or to the only one there is.
pub(crate) fn connect(lab: Option<&str>) -> Result<UnixStream, Failure> {
    let running = running();
    let names: Vec<&str> = running.iter().map(String::as_str).collect();
    let lab = match (lab, names.as_slice()) {
        (Some(lab), _) => lab,
        (None, [only]) => only,
        (None, []) => {
            return Err(other(
                "no lab is running".to_owned(),
                Some("start one in another terminal: `roadmesh lab SCENARIO`".to_owned()),
            ));
        }
        (None, several) => {
            return Err(input(
                format!("{} labs are running: {}", several.len(), several.join(", ")),
                Some("say which with --lab NAME".to_owned()),
            ));
        }
    };
    let stream = address(lab).and_then(|address| UnixStream::connect_addr(&address)).map_err(|error| {
        let help = match names.as_slice() {
            [] => "no lab is running".to_owned(),
            names => format!("these are running: {}", names.join(", ")),
        };
        match error.kind() {
            io::ErrorKind::ConnectionRefused => input(format!("no lab is named `{lab}`"), Some(help)),
            _ => other(format!("the lab `{lab}` doesn't answer: {error}"), None),
        }
    })?;
    // Anybody can have an abstract name, and whoever answers is trusted with what runs in the namespaces that it sends.
    match local::peer(&stream) {
        Ok(user) if user == local::own_user() => Ok(stream),
        Ok(user) => {
            let message = format!("what calls itself the lab `{lab}` belongs to user {user}, not to you");
            Err(other(message, Some("nothing was sent to it".to_owned())))
        }
        Err(error) => Err(other(format!("the lab `{lab}` can't be told from others: {error}"), None)),
    }
}

/// The names of this user's labs.
fn running() -> BTreeSet<String> {
    let sockets = fs::read_to_string("/proc/net/unix").unwrap_or_default();
    let prefix = format!("@{}", prefix());
    let names = sockets.lines().filter_map(|line| line.split_whitespace().nth(NAME_COLUMN));
    names.filter_map(|name| name.strip_prefix(&prefix)).map(str::to_owned).collect()
}

fn address(lab: &str) -> io::Result<SocketAddr> {
    SocketAddr::from_abstract_name(format!("{}{lab}", prefix()))
}

/// Each user has names of their own.
fn prefix() -> String {
    format!("roadmesh/lab/{}/", local::own_user())
}

/// Of /proc/net/unix: Num RefCount Protocol Flags Type St Inode Path.
const NAME_COLUMN: usize = 7;
