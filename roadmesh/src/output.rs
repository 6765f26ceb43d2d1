//! The standard output, which may go away at any time.

use std::io::{self, Write};

/// Prints `text` and a line's end. Unlike `println!`, a closed pipe is an error, not a panic.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    stdout.flush()
}
