//! Where control sockets are.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders that daemons put their sockets into, in the order that they try them: the system's, and the user's own.
pub(crate) fn folders() -> Vec<PathBuf> {
    let user = env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty());
    [Some(PathBuf::from("/run")), user.map(PathBuf::from)]
        .into_iter()
        .flatten()
        .map(|run| run.join("roadmesh"))
        .collect()
}

/// The name of the socket of the daemon with this TAP.
pub(crate) fn file_name(tap: &str) -> String {
    format!("{tap}.{EXTENSION}")
}

/// All sockets in the folders, in order.
pub(crate) fn all() -> Vec<PathBuf> {
    let mut sockets: Vec<PathBuf> = folders().iter().flat_map(|folder| within(folder)).collect();
    sockets.sort();
    sockets
}

fn within(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.extension() == Some(OsStr::new(EXTENSION))).collect()
}

const EXTENSION: &str = "sock";
