//! The lab's ear: takes requests from its socket to the loop, and the loop's answers back.

use super::message::{Request, Response};
use device_lib::local;
use device_lib::waker::Waker;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// A request, and where its answer goes.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) request: Request,
    answer: Sender<Answer>,
}

/// An answer with the descriptors that go with it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) response: Response,
    pub(crate) fds: Vec<OwnedFd>,
}

impl Asked {
    /// Answers it. Whoever asked may be gone by now.
    pub(crate) fn answer(self, response: Response, fds: Vec<OwnedFd>) {
        let _ = self.answer.send(Answer { response, fds });
    }
}

/// Listens on threads of its own. The loop is woken for each request.
pub(crate) fn listen(listener: UnixListener, waker: Waker) -> Receiver<Asked> {
    let (to_loop, from_clients) = channel();
    let open = Arc::new(AtomicUsize::new(0));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else {
                thread::sleep(BREATH);
                continue;
            };
            // Somebody who opens connections and says nothing must not use up the process's threads.
            if open.fetch_add(1, Ordering::SeqCst) >= MOST_CLIENTS {
                open.fetch_sub(1, Ordering::SeqCst);
                continue;
            }
            let (to_loop, waker, open) = (to_loop.clone(), waker.clone(), Arc::clone(&open));
            thread::spawn(move || {
                // A client that goes away or talks nonsense harms nobody but itself.
                let _ = serve(stream, &to_loop, &waker);
                open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    from_clients
}

/// Answers one client until it has no more to say.
fn serve(mut stream: UnixStream, to_loop: &Sender<Asked>, waker: &Waker) -> io::Result<()> {
    if local::peer(&stream)? != local::own_user() {
        return say(&stream, &Answer::refusal("this lab is another user's"));
    }
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream.try_clone()?);
    loop {
        let mut line = String::new();
        if lines.by_ref().take(LONGEST_LINE).read_line(&mut line)? == 0 {
            return Ok(());
        }
        let answer = match serde_json::from_str(&line) {
            Err(error) => Answer::refusal(&format!("this is no request: {error}")),
            Ok(request) => {
                let (answer, answered) = channel();
                if to_loop.send(Asked { request, answer }).is_err() {
                    return Ok(());
                }
                waker.wake();
                answered.recv().unwrap_or_else(|_| Answer::refusal("the lab is ending"))
            }
        };
        say(&stream, &answer)?;
        stream.flush()?;
    }
}

fn say(stream: &UnixStream, answer: &Answer) -> io::Result<()> {
    let mut line = serde_json::to_vec(&answer.response)?;
    line.push(b'\n');
    let fds: Vec<BorrowedFd<'_>> = answer.fds.iter().map(AsFd::as_fd).collect();
    // The descriptors go with the first bytes; a long line takes more than one call.
    let sent = local::send(stream, &line, &fds)?;
    let mut stream = stream;
    stream.write_all(&line[sent..])
}

impl Answer {
    fn refusal(message: &str) -> Self {
        Answer { response: Response::Refused { message: message.to_owned(), help: None }, fds: Vec::new() }
    }
}

/// Clients that are served at the same time.
const MOST_CLIENTS: usize = 16;
/// How long a client may think.
const PATIENCE: Duration = Duration::from_secs(30);
const LONGEST_LINE: u64 = 64 * 1024;
/// A pause where the process has too many open files.
const BREATH: Duration = Duration::from_millis(100);
