//! The boot number, which grows at each start: neighbours take a node that has forgotten what it said for the same node only
//! if it says so itself.

use super::settings::Settings;
use crate::error::{Failure, other};
use node_lib::addr::Mac;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fmt};

/// This start's number.
#[derive(Debug)]
pub(super) struct Boot {
    pub(super) number: u32,
    /// Why the next start won't know of it.
    pub(super) unkept: Option<Unkept>,
    /// Nobody else starts this node as long as it is open.
    _lock: Option<File>,
}

/// Why the number could not be kept.
#[derive(Debug)]
pub(super) struct Unkept {
    path: PathBuf,
    error: io::Error,
}

impl Boot {
    /// The number of the node with this address: one more than at its last start, and at least the seconds since 1970, so that
    /// it grows even where nothing is kept, as long as the clock goes right.
    ///
    /// # Errors
    /// Where that node runs already.
    pub(super) fn next(settings: &Settings, mac: Mac) -> Result<Boot, Failure> {
        let folder = settings.state.clone().unwrap_or_else(default_folder);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let file = folder.join(file_name(mac));
        Self::after(&file, u32::try_from(now).unwrap_or(u32::MAX)).ok_or_else(|| {
            let message = format!("a node with the radio's address {mac} runs already");
            let help =
                "stop that one; or if it is another radio on another wire, name another folder with --state";
            other(message, Some(help.to_owned()))
        })
    }

    /// `None` where the node runs already.
    fn after(file: &Path, now: u32) -> Option<Boot> {
        let lock = File::create(file.with_extension("lock")).ok();
        if let Some(Err(TryLockError::WouldBlock)) = lock.as_ref().map(File::try_lock) {
            return None;
        }
        let last = fs::read_to_string(file).ok().and_then(|text| text.trim().parse::<u32>().ok());
        let number = last.map_or(0, |last| last.saturating_add(1)).max(now);
        let unkept = keep(file, number).err().map(|error| Unkept { path: file.to_owned(), error });
        // The folder may have been made only now.
        let lock = lock.or_else(|| {
            File::create(file.with_extension("lock")).ok().filter(|lock| lock.try_lock().is_ok())
        });
        Some(Boot { number, unkept, _lock: lock })
    }
}

impl fmt::Display for Unkept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the boot number can't be kept in `{}` ({}): if the clock goes back between two starts, neighbours take this \
             node's messages for old ones; name a folder that it may write to with --state",
            self.path.display(),
            self.error
        )
    }
}

/// Writes the number so that a crash at any time leaves the old one or the new one.
fn keep(file: &Path, number: u32) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = file.with_extension("new");
    let mut written = File::create(&new)?;
    writeln!(written, "{number}")?;
    written.sync_all()?;
    fs::rename(new, file)
}

fn default_folder() -> PathBuf {
    // systemd gives several with colons between; ours is the first.
    let folders = env::var("STATE_DIRECTORY").unwrap_or_default();
    match folders.split(':').next() {
        Some(folder) if !folder.is_empty() => PathBuf::from(folder),
        _ => PathBuf::from("/var/lib/roadmesh"),
    }
}

/// A node is known by its address.
fn file_name(mac: Mac) -> String {
    format!("boot-{}", mac.to_string().replace(':', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_whatever_the_clock_does() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deeper").join("boot-020000000001");
        let numbers = [100, 50, 50, 101, 200, 0].map(|now| Boot::after(&file, now).unwrap().number);
        assert_eq!(numbers, [100, 101, 102, 103, 200, 201]);
        fs::write(&file, "nonsense").unwrap();
        assert_eq!(Boot::after(&file, 7).unwrap().number, 7);
        fs::write(&file, u32::MAX.to_string()).unwrap();
        assert_eq!(Boot::after(&file, 7).unwrap().number, u32::MAX);
    }

    #[test]
    fn one_node_runs_once_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deeper").join("boot-020000000001");
        let first = Boot::after(&file, 100).unwrap();
        assert!(Boot::after(&file, 100).is_none());
        assert!(Boot::after(&file.with_file_name("boot-020000000002"), 100).is_some(), "another node");
        drop(first);
        assert_eq!(Boot::after(&file, 100).unwrap().number, 101);
    }

    #[test]
    fn where_nothing_can_be_kept_the_clock_has_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("file");
        fs::write(&blocked, "").unwrap();
        let boot = Boot::after(&blocked.join("boot"), 100).unwrap();
        assert_eq!(boot.number, 100);
        let said = boot.unkept.unwrap().to_string();
        assert!(said.contains("can't be kept in") && said.contains("--state"), "{said}");
    }
}
