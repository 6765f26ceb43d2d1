//! The control socket: whoever connects is served by a thread of its own, line by line.

use super::inbox::Door;
use super::reload::reload;
use super::settings::Sources;
use crate::ctl::protocol::{Request, Response};
use crate::ctl::sockets;
use crate::error::{Failure, other};
use nix::sys::stat::{Mode, umask};
use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// The socket's file, which goes when this is dropped.
#[derive(Debug)]
pub(super) struct Control {
    path: PathBuf,
    /// Device and inode of the file, by which it is known again.
    file: Option<(u64, u64)>,
    listener: Option<UnixListener>,
}

impl Control {
    /// Makes the socket: at `path`, or under the TAP's name in the first folder that takes it. The caller has no other threads
    /// that make files.
    pub(super) fn bind(path: Option<&Path>, tap: &str) -> Result<Control, Failure> {
        let paths = match path {
            Some(path) => vec![path.to_owned()],
            None => sockets::folders().iter().map(|folder| folder.join(sockets::file_name(tap))).collect(),
        };
        let mut failed = None;
        for path in paths {
            match bind(&path) {
                Ok(listener) => {
                    let file = identity(&path);
                    return Ok(Control { path, file, listener: Some(listener) });
                }
                Err(error) => failed = failed.or(Some((path, error))),
            }
        }
        let (path, error) = failed.unwrap_or_else(|| (PathBuf::new(), ErrorKind::NotFound.into()));
        Err(refused(&path, &error))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Serves it from now on, until the process ends.
    pub(super) fn serve(&mut self, sources: Sources, door: Door) {
        let Some(listener) = self.listener.take() else { return };
        // Each client holds a copy of this: so many are there, and one more.
        let clients = Arc::new(());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else {
                    thread::sleep(BREATH);
                    continue;
                };
                let full = Arc::strong_count(&clients) > MOST_CLIENTS;
                let (sources, door, client) = (sources.clone(), door.clone(), clients.clone());
                thread::spawn(move || {
                    // A client that went away or sends nothing is nobody's trouble.
                    let _ = if full { refuse(&stream) } else { serve(&stream, &sources, &door) };
                    drop(client);
                });
            }
        });
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // Somebody else may have removed it, and put a file of theirs there.
        if self.file.is_some() && identity(&self.path) == self.file {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    match UnixStream::connect(path) {
        Ok(_) => return Err(ErrorKind::AddrInUse.into()),
        // What a daemon left that was killed; a file of another kind refuses connections too.
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            if !fs::symlink_metadata(path)?.file_type().is_socket() {
                return Err(ErrorKind::AlreadyExists.into());
            }
            fs::remove_file(path)?;
        }
        Err(_) => {}
    }
    // Its owner and their group may connect, nobody else, not even for the time that a change of its mode would take.
    let before = umask(Mode::from_bits_truncate(0o117));
    let listener = UnixListener::bind(path);
    umask(before);
    listener
}

fn serve(stream: &UnixStream, sources: &Sources, door: &Door) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(());
        }
        let whole = line.ends_with(b"\n");
        let response = match serde_json::from_slice(&line) {
            Ok(Request::Reload) => reload(sources, door),
            Ok(request) => {
                door.report(request).unwrap_or_else(|| Response::error("the daemon is ending", None))
            }
            Err(_) if !whole && line.len() as u64 >= LONGEST_LINE => {
                Response::error(format!("a request has at most {LONGEST_LINE} bytes"), None)
            }
            Err(error) => Response::error(
                format!("not a request: {error}"),
                Some(r#"write it like {"request":"status"}, one to a line"#.to_owned()),
            ),
        };
        answer(stream, &response)?;
        if !whole {
            return Ok(());
        }
    }
}

fn refuse(stream: &UnixStream) -> io::Result<()> {
    stream.set_write_timeout(Some(PATIENCE))?;
    answer(
        stream,
        &Response::error(
            format!("{MOST_CLIENTS} others are being served"),
            Some("try again later".to_owned()),
        ),
    )
}

fn answer(mut stream: &UnixStream, response: &Response) -> io::Result<()> {
    let mut line = serde_json::to_vec(response)?;
    line.push(b'\n');
    stream.write_all(&line)
}

fn refused(path: &Path, error: &io::Error) -> Failure {
    let (why, help) = match error.kind() {
        ErrorKind::AddrInUse => {
            ("another daemon has it".to_owned(), "stop that one, or choose another with --socket")
        }
        ErrorKind::AlreadyExists => {
            ("a file that is no socket has this name".to_owned(), "choose another with --socket")
        }
        _ => (error.to_string(), "choose a place that this user may write to with --socket"),
    };
    other(format!("the control socket `{}` can't be made: {why}", path.display()), Some(help.to_owned()))
}

const LONGEST_LINE: u64 = 4096;
const MOST_CLIENTS: usize = 16;
/// How long a client may be silent, and take to read.
const PATIENCE: Duration = Duration::from_secs(30);
/// A pause where the process has too many open files.
const BREATH: Duration = Duration::from_millis(100);
