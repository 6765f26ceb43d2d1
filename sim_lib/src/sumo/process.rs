//! SUMO's process.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// A SUMO that we started. It ends with this value.
///
/// It is a group of processes of its own: Ctrl-C in a terminal doesn't reach it, so that it is we who end it, and what pip installs
/// as `sumo` is a script that starts the program, which ends together with it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: i32,
    words: Words,
    ended: Option<ExitStatus>,
}

/// The last lines of what it says.
type Words = Arc<Mutex<VecDeque<String>>>;

/// The groups of all that run.
static RUNNING: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Ends every SUMO that this program has started and not ended yet. For whoever ends the program without leaving its functions.
pub fn end_all() {
    for group in std::mem::take(&mut *locked(&RUNNING)) {
        kill(group);
    }
}

impl Process {
    /// Starts it.
    pub(super) fn start(program: &Path, arguments: &[OsString]) -> io::Result<Process> {
        let mut command = Command::new(program);
        command.args(arguments).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        // Locked, so that none is started that `end_all` doesn't see.
        let mut running = locked(&RUNNING);
        let mut child = command.spawn()?;
        let group = child.id() as i32;
        running.insert(group);
        drop(running);
        let words = Words::default();
        if let Some(stderr) = child.stderr.take() {
            let words = words.clone();
            // It ends with the process: then nobody has the other end of the pipe.
            thread::spawn(move || listen(stderr, &words));
        }
        Ok(Process { child, group, words, ended: None })
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended
    }

    /// The same, having waited for it for so long at most.
    pub(super) fn wait(&mut self, most: Duration) -> Option<ExitStatus> {
        for _ in 0..most.as_millis() / POLL.as_millis() {
            if self.ended().is_some() {
                // What it said last is under way.
                thread::sleep(POLL);
                break;
            }
            thread::sleep(POLL);
        }
        self.ended
    }

    /// The last lines that it wrote to its standard error.
    pub(super) fn last_words(&self) -> String {
        let words = locked(&self.words);
        words.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // While it is in the list nobody else has its number: it was not waited for, or something of its group is left.
        if locked(&RUNNING).remove(&self.group) {
            kill(self.group);
        }
        let _ = self.child.wait();
    }
}

fn kill(group: i32) {
    // It may have ended by itself.
    let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
}

/// Keeps the last lines.
fn listen(stderr: ChildStderr, words: &Words) {
    let mut lines = BufReader::new(stderr);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        let text: String = String::from_utf8_lossy(&line).trim_end().chars().take(LONGEST_LINE).collect();
        line.clear();
        if text.is_empty() {
            continue;
        }
        let mut words = locked(words);
        if words.len() == MOST_LINES {
            words.pop_front();
        }
        words.push_back(text);
    }
}

/// A thread that panicked leaves nothing half done here.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const POLL: Duration = Duration::from_millis(10);
const MOST_LINES: usize = 10;
const LONGEST_LINE: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Process {
        Process::start(Path::new("sh"), &["-c".into(), script.into()]).unwrap()
    }

    fn is_there(pid: i32) -> bool {
        nix::sys::signal::kill(Pid::from_raw(pid), None).is_ok()
    }

    #[test]
    fn the_last_words_and_the_end_are_known() {
        let mut process = shell("for i in $(seq 30); do echo line $i >&2; done; exit 3");
        let status = process.wait(Duration::from_secs(10)).unwrap();
        assert_eq!(status.code(), Some(3));
        let words = process.last_words();
        assert!(words.starts_with("  line 21\n") && words.ends_with("  line 30"), "{words}");
    }

    #[test]
    fn it_ends_with_all_that_it_started() {
        let mut process = shell("sleep 600 & echo $! >&2; wait");
        assert_eq!(process.wait(Duration::from_millis(500)), None);
        let inner: i32 = process.last_words().trim().parse().unwrap();
        assert!(is_there(inner));
        let group = process.group;
        drop(process);
        assert!(!is_there(group));
        // Who adopts the orphan may take a moment to notice its end.
        for _ in 0..500 {
            let stat = std::fs::read_to_string(format!("/proc/{inner}/stat")).unwrap_or_default();
            if stat.is_empty() || stat.contains(") Z ") {
                return;
            }
            thread::sleep(POLL);
        }
        panic!("{inner} is still there");
    }
}
