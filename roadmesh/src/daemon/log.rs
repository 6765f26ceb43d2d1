//! The log: lines on the standard error, for people or for programs.

use super::settings::{LogFormat, LogLevel, Settings};
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use std::{env, thread};
use tracing_subscriber::Layer;
use tracing_subscriber::Registry;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload::{self, Handle};

/// The log of this process.
#[derive(Clone, Debug)]
pub(super) struct Log {
    level: Handle<LevelFilter, Registry>,
    lines: Lines,
}

/// Lines on their way to a thread that prints them: the loop never waits for a terminal that was stopped, or for a reader
/// who went away. What comes while too many wait is lost.
#[derive(Clone, Debug)]
struct Lines(SyncSender<Line>);

enum Line {
    Text(Vec<u8>),
    /// Nothing more comes; answer once all was printed.
    Last(SyncSender<()>),
}

impl Log {
    /// Starts it. There is one in a process.
    pub(super) fn start(settings: &Settings) -> Log {
        let (sender, receiver) = sync_channel(MOST_WAITING);
        thread::spawn(move || print(&receiver));
        let lines = Lines(sender);
        let (level, handle) = reload::Layer::new(filter(settings.log_level));
        let to_lines = {
            let lines = lines.clone();
            move || lines.clone()
        };
        let format = tracing_subscriber::fmt::layer().with_writer(to_lines).with_target(false);
        // The journal keeps the time itself.
        let to_journal = env::var_os("JOURNAL_STREAM").is_some();
        let format = match settings.log_format {
            LogFormat::Json => format.json().flatten_event(true).boxed(),
            LogFormat::Text if to_journal => format.with_ansi(false).without_time().boxed(),
            LogFormat::Text => format.with_ansi(io::stderr().is_terminal()).boxed(),
        };
        let subscriber = Registry::default().with(level).with(format);
        // It fails where there is a log already, and that one goes on.
        let _ = tracing::subscriber::set_global_default(subscriber);
        Log { level: handle, lines }
    }

    pub(super) fn set_level(&self, level: LogLevel) {
        // It fails where there was a log before this one.
        let _ = self.level.reload(filter(level));
    }

    /// Waits until everything was printed, or can't be.
    pub(super) fn finish(&self) {
        let (done, printed) = sync_channel(1);
        if self.lines.0.try_send(Line::Last(done)).is_ok() {
            let _ = printed.recv_timeout(PATIENCE);
        }
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let _ = self.0.try_send(Line::Text(line.to_vec()));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn print(lines: &Receiver<Line>) {
    for line in lines {
        match line {
            // Where the log can't be printed, nobody can be told.
            Line::Text(text) => drop(io::stderr().write_all(&text)),
            Line::Last(done) => drop(done.try_send(())),
        }
    }
}

fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    }
}

const MOST_WAITING: usize = 1024;
const PATIENCE: Duration = Duration::from_secs(1);
