//! The bytes of a file: decompressed, in blocks, with their line and column.

use super::Sort;
use crate::Place;
use flate2::read::MultiGzDecoder;
use std::cell::Cell;
use std::io::{self, BufRead, Cursor, ErrorKind, Read};

/// A buffered reader that can tell the line and column of the last mark. Counting is done a block at a time, and a
/// mark costs two stores, so that places are nearly free until one is asked for.
pub(crate) struct Source<R> {
    inner: R,
    gzipped: bool,
    sort: &'static Sort,
    block: Box<[u8]>,
    position: usize,
    length: usize,
    /// The place of the block's first byte.
    base: Place,
    mark: Mark,
    /// Up to which offset of the block its place was counted last, so that nothing is counted twice.
    counted: Cell<(usize, Place)>,
    fault: Option<Fault>,
}

/// What is wrong with the bytes, and what to do.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) help: String,
}

/// Opens `reader`, which holds XML: looks at its first bytes, and decompresses if they are gzip's. An error is a fault of the first
/// byte.
pub(crate) fn open<'a>(
    reader: impl Read + 'a,
    sort: &'static Sort,
) -> Result<Source<Box<dyn Read + 'a>>, Fault> {
    unpack(reader, sort, check_xml)
}

/// As [`open`], for text that isn't XML.
pub(crate) fn open_text<'a>(
    reader: impl Read + 'a,
    sort: &'static Sort,
) -> Result<Source<Box<dyn Read + 'a>>, Fault> {
    unpack(reader, sort, check_text)
}

fn unpack<'a>(
    reader: impl Read + 'a,
    sort: &'static Sort,
    check: fn(&[u8], &Sort) -> Result<u64, Fault>,
) -> Result<Source<Box<dyn Read + 'a>>, Fault> {
    let (head, rest) = peek(reader).map_err(|error| reading_fault(&error, false, sort))?;
    if !head.starts_with(GZIP) {
        let skipped = check(&head, sort)?;
        return Ok(Source::new(Box::new(Cursor::new(head).chain_from(skipped, rest)), false, sort));
    }
    let inflated = MultiGzDecoder::new(Cursor::new(head).chain_from(0, rest));
    let (head, rest) = peek(inflated).map_err(|error| reading_fault(&error, true, sort))?;
    if head.starts_with(GZIP) {
        return Err(fault(format!("the {} is gzipped twice", sort.name), "unpack it once with gunzip"));
    }
    let skipped = check(&head, sort)?;
    Ok(Source::new(Box::new(Cursor::new(head).chain_from(skipped, rest)), true, sort))
}

impl<R: Read> Source<R> {
    fn new(inner: R, gzipped: bool, sort: &'static Sort) -> Source<R> {
        Source {
            inner,
            gzipped,
            sort,
            block: vec![0; BLOCK].into_boxed_slice(),
            position: 0,
            length: 0,
            base: START,
            mark: Mark::InBlock(0),
            counted: Cell::new((0, START)),
            fault: None,
        }
    }

    /// Marks the present position: the start of what is read next.
    #[inline]
    pub(crate) fn set_mark(&mut self) {
        self.mark = Mark::InBlock(self.position);
    }

    /// The place that was marked last.
    pub(crate) fn marked(&self) -> Place {
        match self.mark {
            Mark::InBlock(position) => self.place_at(position),
            Mark::Before { place, .. } => place,
        }
    }

    /// The place of this offset of the block.
    fn place_at(&self, offset: usize) -> Place {
        let (counted, place) = self.counted.get();
        let place = match self.block.get(counted..offset) {
            Some(bytes) => advance(place, bytes),
            None => advance(self.base, &self.block[..offset]),
        };
        self.counted.set((offset, place));
        place
    }

    /// The place up to which everything has been read.
    pub(crate) fn here(&self) -> Place {
        self.place_at(self.position)
    }

    /// Why the last read failed.
    pub(crate) fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take()
    }

    /// The block is used up: remember what its bytes tell before the next one takes its place.
    fn leave_block(&mut self) {
        self.mark = match self.mark {
            Mark::InBlock(position) => Mark::Before { place: self.marked(), bytes: self.length - position },
            Mark::Before { place, bytes } => Mark::Before { place, bytes: bytes + self.length },
        };
        self.base = self.place_at(self.length);
        self.counted.set((0, self.base));
        (self.position, self.length) = (0, 0);
    }

    fn refill(&mut self) -> Result<usize, Fault> {
        if let Mark::Before { bytes, .. } = self.mark
            && bytes > MAX_MARKUP
        {
            let message = format!("no tag ends within {} KiB", MAX_MARKUP / 1024);
            let help = format!("this is no {}, or a quotation mark is missing", self.sort.name);
            return Err(fault(message, help));
        }
        loop {
            match self.inner.read(&mut self.block) {
                Ok(length) => return Ok(length),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(reading_fault(&error, self.gzipped, self.sort)),
            }
        }
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(out.len());
        out[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl<R: Read> BufRead for Source<R> {
    #[inline]
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.position == self.length {
            self.leave_block();
            match self.refill() {
                Ok(length) => self.length = length,
                Err(fault) => {
                    let error = io::Error::other(fault.message.clone());
                    self.fault = Some(fault);
                    return Err(error);
                }
            }
        }
        Ok(&self.block[self.position..self.length])
    }

    #[inline]
    fn consume(&mut self, amount: usize) {
        self.position = (self.position + amount).min(self.length);
    }
}

/// Where a place lies after `bytes`: a newline starts a line, every other character is a column.
pub(crate) fn advance(place: Place, bytes: &[u8]) -> Place {
    let newlines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    let (column, line_start) = match bytes.iter().rposition(|byte| *byte == b'\n') {
        Some(newline) => (1, newline + 1),
        None => (place.column, 0),
    };
    let characters = bytes[line_start..].iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64;
    Place { line: place.line + newlines, column: column + characters }
}

/// The first place of a file.
pub(crate) const START: Place = Place { line: 1, column: 1 };

/// The last mark, as long as its block is there, and afterwards.
#[derive(Clone, Copy)]
enum Mark {
    /// The offset in the present block.
    InBlock(usize),
    /// In a block that is gone: its place, and how many bytes followed it in blocks that are gone.
    Before { place: Place, bytes: usize },
}

trait ChainFrom: Sized {
    /// These bytes without the first `skipped`, then `rest`.
    fn chain_from<R: Read>(self, skipped: u64, rest: R) -> io::Chain<Self, R>;
}

impl ChainFrom for Cursor<Vec<u8>> {
    fn chain_from<R: Read>(mut self, skipped: u64, rest: R) -> io::Chain<Self, R> {
        self.set_position(skipped);
        self.chain(rest)
    }
}

/// The first bytes of `reader`, and the reader for what follows them.
fn peek<R: Read>(mut reader: R) -> io::Result<(Vec<u8>, R)> {
    let mut head = Vec::with_capacity(HEAD as usize);
    reader.by_ref().take(HEAD).read_to_end(&mut head)?;
    Ok((head, reader))
}

/// Refuses what can't be XML in UTF-8, by its first bytes. Returns how many of them to skip (the byte order mark).
fn check_xml(head: &[u8], sort: &Sort) -> Result<u64, Fault> {
    if head.starts_with(b"PAR1") || head.starts_with(b"timestep_time") {
        return Err(fault(
            "this is floating car data as a table, not as XML",
            "let SUMO write XML: give --fcd-output a name that ends in .xml or .xml.gz",
        ));
    }
    let skipped = check_text(head, sort)?;
    match head[skipped as usize..].iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'<') | None => Ok(skipped),
        Some(_) => {
            let start: String = String::from_utf8_lossy(&head[skipped as usize..]).chars().take(16).collect();
            let message = format!("this is not an XML file: it begins with {start:?}");
            Err(fault(message, sort.give))
        }
    }
}

/// Refuses what can't be text in UTF-8. Returns how many bytes to skip.
fn check_text(head: &[u8], sort: &Sort) -> Result<u64, Fault> {
    if head.is_empty() {
        return Err(fault(format!("the {} is empty", sort.name), sort.written));
    }
    if let Some((_, what)) = PACKED.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(fault(
            format!("this is {what}, not a {}", sort.name),
            "unpack it, or pack it with gzip instead",
        ));
    }
    if UTF16.iter().any(|start| head.starts_with(start)) {
        return Err(fault(
            format!("the {} is in UTF-16, not in UTF-8", sort.name),
            "convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW",
        ));
    }
    Ok(if head.starts_with(UTF8_MARK) { UTF8_MARK.len() as u64 } else { 0 })
}

fn reading_fault(error: &io::Error, gzipped: bool, sort: &Sort) -> Fault {
    match error.kind() {
        ErrorKind::UnexpectedEof if gzipped => fault(
            "the compressed data ends in the middle",
            "the file is not whole: copy it again, or let the program that writes it finish",
        ),
        ErrorKind::InvalidInput | ErrorKind::InvalidData if gzipped => fault(
            format!("the compressed data is damaged, or something else follows it: {error}"),
            "check it with gzip -t, and copy or write it again",
        ),
        _ => fault(
            format!("the {} can't be read: {error}", sort.name),
            "check that it is a file and that its disk is well",
        ),
    }
}

pub(crate) fn fault(message: impl Into<String>, help: impl Into<String>) -> Fault {
    Fault { message: message.into(), help: help.into() }
}

/// What to do about another encoding.
pub(crate) const TO_UTF8: &str =
    "it must be UTF-8; if it is Latin-1, convert it: iconv -f ISO-8859-1 -t UTF-8 OLD > NEW";
const BLOCK: usize = 64 * 1024;
/// How much of a file is looked at to tell what it is.
const HEAD: u64 = 64;
/// The longest tag, comment or text that is read, roughly. SUMO's longest, the header comment, has some kilobytes.
const MAX_MARKUP: usize = 1024 * 1024;
/// What every gzipped file begins with.
pub(super) const GZIP: &[u8] = &[0x1F, 0x8B];
const UTF8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];
/// The byte order marks of UTF-16, and `<` in it without one.
const UTF16: [&[u8]; 4] = [&[0xFF, 0xFE], &[0xFE, 0xFF], &[b'<', 0], &[0, b'<']];
const PACKED: [(&[u8], &str); 4] = [
    (b"PK\x03\x04", "a zip archive"),
    (b"BZh", "compressed with bzip2"),
    (&[0xFD, b'7', b'z', b'X', b'Z'], "compressed with xz"),
    (&[0x28, 0xB5, 0x2F, 0xFD], "compressed with zstd"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fcd::parser::TRACE;

    #[test]
    fn places_count_lines_and_characters_across_blocks() {
        let text = "äö\nü".repeat(BLOCK);
        let mut source = Source::new(text.as_bytes(), false, &TRACE);
        let mut expected = START;
        let mut read = 0;
        // Steps of 4999 characters or so, which end inside, at and after blocks.
        for chunk in text.as_bytes().chunks(9998) {
            source.set_mark();
            assert_eq!(source.marked(), expected, "after {read} bytes");
            let mut piece = vec![0; chunk.len()];
            source.read_exact(&mut piece).expect("there is enough");
            assert_eq!(source.marked(), expected, "the mark stays when its block goes");
            expected = advance(expected, chunk);
            assert_eq!(source.here(), expected);
            read += chunk.len();
        }
        assert_eq!(expected, Place { line: 1 + BLOCK as u64, column: 2 });
    }

    #[test]
    fn the_first_bytes_tell_what_it_is() {
        for (head, expected) in [
            (&b""[..], "empty"),
            (b"PK\x03\x04", "zip"),
            (b"\xFF\xFE<\0f\0", "UTF-16"),
            (b"<\0f\0", "UTF-16"),
            (b"timestep_time;vehicle_id", "table"),
            (b"\xEF\xBB\xBFtime,x,y", "\"time,x,y\""),
            (b"\x89PNG", "not an XML file"),
        ] {
            let message = open(head, &TRACE).err().map(|fault| fault.message).unwrap_or_default();
            assert!(message.contains(expected), "{message}");
        }
        assert!(open(&b" \n<fcd-export/>"[..], &TRACE).is_ok());
    }
}
