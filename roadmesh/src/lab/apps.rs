//! Programs of the scenario: started with their nodes, ended with them.
//!
//! A thread of its own does it, since starting a program takes milliseconds in which the loop would deliver nothing. It also
//! buries what others leave behind: as the first process of its corner, the lab is the parent of all orphans there.

use device_lib::DeviceError;
use device_lib::namespace::NetNamespace;
use device_lib::spawn::{self, Place};
use device_lib::waker::Waker;
use sim_lib::results::AppFigures;
use sim_lib::scenario::lab::AppSpec;
use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A program and where it runs.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) spec: AppSpec,
    pub(crate) net: NetNamespace,
    /// Where its output goes, once for each of the two: `NAME.out` and `NAME.err`.
    pub(crate) folder: PathBuf,
    /// The lab's name, told to the program.
    pub(crate) lab: String,
}

/// What became of a program, by its number in the scenario's list.
#[derive(Debug)]
pub(crate) enum Report {
    Started(usize),
    Ended(usize, i32),
    /// It was killed with its node.
    Killed(usize),
    /// It can't be started.
    Failed(usize, DeviceError),
}

/// The thread that starts programs.
#[derive(Debug)]
pub(crate) struct Launcher {
    orders: Sender<Order>,
    pub(crate) reports: Receiver<Report>,
    thread: JoinHandle<()>,
}

#[derive(Debug)]
enum Order {
    /// The node has power now.
    On(String),
    /// The node has none any more; whatever runs in its namespace is to be killed.
    Off(String, NetNamespace),
    /// The lab ends.
    End,
}

impl Launcher {
    /// Starts the thread, and wakes the loop for each report.
    pub(crate) fn start(apps: Vec<App>, waker: Waker) -> Self {
        let (orders, from_loop) = channel();
        let (to_loop, reports) = channel();
        let thread = thread::spawn(move || {
            let work = Work { apps, waiting: Vec::new(), running: Vec::new(), to_loop, waker };
            work.run(&from_loop);
        });
        Launcher { orders, reports, thread }
    }

    /// A node has power now.
    pub(crate) fn power_on(&self, node: &str) {
        // The thread goes on until it is told to end.
        let _ = self.orders.send(Order::On(node.to_owned()));
    }

    /// A node, whose namespace this is, has none any more.
    pub(crate) fn power_off(&self, node: &str, net: NetNamespace) {
        let _ = self.orders.send(Order::Off(node.to_owned(), net));
    }

    /// Asks all programs to end, and waits a second for it. Gives what they had to report.
    pub(crate) fn end(self) -> Vec<Report> {
        let _ = self.orders.send(Order::End);
        let _ = self.thread.join();
        self.reports.try_iter().collect()
    }
}

/// The thread's state.
struct Work {
    apps: Vec<App>,
    /// When to start which.
    waiting: Vec<(Instant, usize)>,
    /// Which process is which program.
    running: Vec<(u32, usize)>,
    to_loop: Sender<Report>,
    waker: Waker,
}

impl Work {
    fn run(mut self, from_loop: &Receiver<Order>) {
        loop {
            let next = self.waiting.iter().map(|(at, _)| *at).min();
            let until = next.map_or(LOOKING, |at| at.saturating_duration_since(Instant::now()).min(LOOKING));
            match from_loop.recv_timeout(until) {
                Ok(Order::On(node)) => self.await_start(&node),
                Ok(Order::Off(node, net)) => self.kill(&node, &net),
                Ok(Order::End) | Err(RecvTimeoutError::Disconnected) => return self.end(),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.start_due();
            self.bury();
        }
    }

    fn await_start(&mut self, node: &str) {
        let now = Instant::now();
        let apps = self.apps.iter().enumerate().filter(|(_, app)| app.spec.node == node);
        self.waiting.extend(apps.map(|(index, app)| (now + app.spec.start.get(), index)));
    }

    fn start_due(&mut self) {
        let now = Instant::now();
        while let Some(at) = self.waiting.iter().position(|(at, _)| *at <= now) {
            let (_, index) = self.waiting.remove(at);
            match self.apps[index].start() {
                Ok(process) => {
                    self.running.push((process, index));
                    self.report(Report::Started(index));
                }
                Err(error) => self.report(Report::Failed(index, error)),
            }
        }
    }

    /// The node has no power: whatever runs there stops as it is, whoever started it.
    fn kill(&mut self, node: &str, net: &NetNamespace) {
        // What has ended by itself was not killed.
        self.bury();
        let apps = &self.apps;
        self.waiting.retain(|(_, index)| apps[*index].spec.node != node);
        let (killed, others) =
            self.running.drain(..).partition::<Vec<_>, _>(|(_, index)| apps[*index].spec.node == node);
        self.running = others;
        let all = spawn::kill_all_in(net);
        for (process, index) in killed {
            if !all {
                spawn::end_group(process, true);
            }
            self.report(Report::Killed(index));
        }
    }

    fn bury(&mut self) {
        while let Some((process, exit)) = spawn::reap() {
            if let Some(at) = self.running.iter().position(|(running, _)| *running == process) {
                let (_, index) = self.running.remove(at);
                self.report(Report::Ended(index, exit));
            }
        }
    }

    /// Whoever doesn't end when asked is killed with the lab.
    fn end(mut self) {
        self.bury();
        for (process, _) in self.running.drain(..) {
            spawn::end_group(process, false);
        }
        let limit = Instant::now() + GRACE;
        // Children that are still there, or nobody any more.
        while spawn::has_children() && Instant::now() < limit {
            while spawn::reap().is_some() {}
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn report(&self, report: Report) {
        // The loop may have ended.
        let _ = self.to_loop.send(report);
        self.waker.wake();
    }
}

impl App {
    fn start(&self) -> Result<u32, DeviceError> {
        let output = |ending: &str| {
            let path = self.folder.join(format!("{}.{ending}", self.spec.name));
            let file = File::options().append(true).create(true).open(&path);
            file.map_err(|source| DeviceError::File { path, source })
        };
        let (out, err) = (output("out")?, output("err")?);
        let net = self.net.try_clone().map_err(|source| self.failed(source))?;
        let place = Place {
            net: net.into(),
            mounts: None,
            host: self.spec.node.clone(),
            folder: None,
            foreground: false,
        };
        let mut command = Command::new("sh");
        command.args(["-c", &self.spec.command]).stdin(Stdio::null()).stdout(out).stderr(err);
        command.env("ROADMESH_NODE", &self.spec.node).env("ROADMESH_LAB", &self.lab);
        // A group of its own, so that what it starts ends with it.
        command.process_group(0);
        Ok(place.spawn(&mut command)?.id())
    }

    fn failed(&self, source: io::Error) -> DeviceError {
        DeviceError::NoProgram { program: self.spec.name.clone(), source }
    }
}

/// The books of one program.
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) figures: AppFigures,
    /// The exit code it must have; see [`AppSpec::exit`].
    exit: Option<u8>,
    pub(crate) running: bool,
    wrong: bool,
}

impl Book {
    /// An empty one.
    pub(crate) fn new(spec: &AppSpec) -> Self {
        let figures = AppFigures { app: spec.name.clone(), node: spec.node.clone(), ..AppFigures::default() };
        Book { figures, exit: spec.exit, running: false, wrong: false }
    }

    /// It was started.
    pub(crate) fn started(&mut self) {
        self.figures.starts += 1;
        self.running = true;
        self.figures.exit = None;
    }

    /// It ended by itself.
    pub(crate) fn ended(&mut self, exit: i32) {
        self.running = false;
        self.figures.exit = Some(exit);
        self.wrong |= exit != i32::from(self.exit.unwrap_or(0));
    }

    /// Whether the scenario wants it to end as a program does that can't be found.
    pub(crate) fn wants_that(&self) -> bool {
        matches!(self.exit, Some(126 | 127))
    }

    /// It was killed with its node.
    pub(crate) fn killed(&mut self) {
        self.running = false;
    }

    /// It can't be started.
    pub(crate) fn failed(&mut self) {
        self.wrong = true;
    }

    /// The figures at the end of the lab.
    pub(crate) fn close(mut self) -> AppFigures {
        let unfinished = self.running && self.exit.is_some();
        self.figures.as_expected = !self.wrong && !unfinished && self.figures.starts > 0;
        self.figures
    }
}

/// How often ended programs are looked for.
const LOOKING: Duration = Duration::from_millis(20);
/// How long programs have to end when the lab does.
const GRACE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use config_lib::Interval;

    fn book(exit: Option<u8>) -> Book {
        let spec = AppSpec {
            name: "ping".into(),
            node: "car1".into(),
            command: "ping".into(),
            start: Interval::ZERO,
            exit,
        };
        Book::new(&spec)
    }

    fn as_expected(exit: Option<u8>, happens: impl Fn(&mut Book)) -> bool {
        let mut book = book(exit);
        happens(&mut book);
        book.close().as_expected
    }

    #[test]
    fn a_server_may_run_to_the_end_and_a_task_may_not() {
        assert!(as_expected(None, Book::started));
        assert!(!as_expected(Some(0), Book::started));
        assert!(!as_expected(None, |_| {}), "it never ran");
    }

    #[test]
    fn exit_codes_are_compared() {
        for (wanted, exit, good) in
            [(None, 0, true), (None, 1, false), (Some(3), 3, true), (Some(0), 139, false)]
        {
            let ends = |book: &mut Book| {
                book.started();
                book.ended(exit);
            };
            assert_eq!(as_expected(wanted, ends), good, "{wanted:?} {exit}");
        }
    }

    #[test]
    fn what_was_killed_with_its_node_is_started_again() {
        let twice = |book: &mut Book| {
            book.started();
            book.killed();
            book.started();
            book.ended(0);
        };
        assert!(as_expected(Some(0), twice));
        let mut book = book(Some(0));
        twice(&mut book);
        assert_eq!(book.close().starts, 2);
        assert!(!as_expected(None, Book::failed));
    }
}
