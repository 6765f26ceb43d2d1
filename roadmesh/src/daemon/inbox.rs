//! How other threads speak to the loop: they leave a question and ring, and each answer comes back by a way of its own.

use super::settings::Settings;
use crate::ctl::protocol::{ReloadReport, Request, Response};
use nix::sys::eventfd::{EfdFlags, EventFd};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender, sync_channel};

/// What the loop is asked.
#[derive(Debug)]
pub(super) enum Question {
    /// To report.
    Report(Request, SyncSender<Response>),
    /// To take new settings over.
    Apply(Box<Settings>, SyncSender<ReloadReport>),
    /// To end.
    Stop,
}

/// The side of those who ask.
#[derive(Clone, Debug)]
pub(super) struct Door {
    questions: Sender<Question>,
    bell: Arc<EventFd>,
}

/// The loop's side.
#[derive(Debug)]
pub(super) struct Inbox {
    questions: Receiver<Question>,
    bell: Arc<EventFd>,
}

/// Both sides.
pub(super) fn open() -> io::Result<(Door, Inbox)> {
    let (sender, receiver) = mpsc::channel();
    let bell = Arc::new(EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?);
    Ok((Door { questions: sender, bell: bell.clone() }, Inbox { questions: receiver, bell }))
}

impl Door {
    /// The loop's report; `None` once it has ended.
    pub(super) fn report(&self, request: Request) -> Option<Response> {
        self.ask(|answer| Question::Report(request, answer))
    }

    /// What the loop took over; `None` once it has ended.
    pub(super) fn apply(&self, settings: Settings) -> Option<ReloadReport> {
        self.ask(|answer| Question::Apply(Box::new(settings), answer))
    }

    /// Ends the loop.
    pub(super) fn stop(&self) {
        self.put(Question::Stop);
    }

    fn ask<A>(&self, question: impl FnOnce(SyncSender<A>) -> Question) -> Option<A> {
        let (answer, answered) = sync_channel(1);
        self.put(question(answer));
        answered.recv().ok()
    }

    fn put(&self, question: Question) {
        // A loop that has ended needs no bell; a bell that is full has been rung.
        if self.questions.send(question).is_ok() {
            let _ = self.bell.write(1);
        }
    }
}

impl Inbox {
    /// The next question, if there is one.
    pub(super) fn next(&self) -> Option<Question> {
        self.questions.try_recv().ok()
    }

    /// Stops the bell. Whoever rings afterwards is heard.
    pub(super) fn quiet(&self) {
        let _ = self.bell.read();
    }
}

impl AsFd for Inbox {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bell.as_fd()
    }
}
