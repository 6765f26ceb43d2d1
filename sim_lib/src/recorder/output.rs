//! A file of the results.

use super::named;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

/// A buffered file whose errors say which file it is. When it can't be written any more, because the disk is full perhaps, it
/// keeps what was there at the last flush: whole lines, no torn ones.
#[derive(Debug)]
pub(super) struct Output {
    path: PathBuf,
    /// Until something went wrong.
    file: Option<BufWriter<File>>,
    /// Bytes taken so far.
    taken: u64,
    /// Bytes at the last flush.
    whole: u64,
}

impl Output {
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let file = File::create(&path).map_err(|error| named(&path, error))?;
        Ok(Output { path, file: Some(BufWriter::new(file)), taken: 0, whole: 0 })
    }

    fn file(&mut self) -> io::Result<&mut BufWriter<File>> {
        let given_up = || named(&self.path, io::Error::other("it couldn't be written before"));
        self.file.as_mut().ok_or_else(given_up)
    }

    /// Takes back what is torn. Nothing of it matters any more, so neither does whether that works.
    fn give_up(&mut self, error: io::Error) -> io::Error {
        if let Some(file) = self.file.take() {
            // Without its buffer, which would be written otherwise.
            let (file, _) = file.into_parts();
            let ours = file.metadata().is_ok_and(|metadata| metadata.is_file());
            let _ = match self.whole {
                _ if !ours => Ok(()),
                0 => fs::remove_file(&self.path),
                whole => file.set_len(whole),
            };
        }
        named(&self.path, error)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file()?.write(bytes).map_err(|error| self.give_up(error))?;
        self.taken += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file()?.flush().map_err(|error| self.give_up(error))?;
        self.whole = self.taken;
        Ok(())
    }
}
