//! The beginning of a file, which tells what it is.

use super::source::GZIP;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The first text of a file, unpacked, as far as there is any.
pub(crate) fn head(path: &Path) -> Option<String> {
    let mut start = Vec::new();
    File::open(path).ok()?.take(GZIP.len() as u64).read_to_end(&mut start).ok()?;
    let file = File::open(path).ok()?;
    let mut head = Vec::new();
    // What can't be unpacked to its end is for the reader to tell.
    let _ = if start == GZIP {
        MultiGzDecoder::new(file).take(HEAD).read_to_end(&mut head)
    } else {
        file.take(HEAD).read_to_end(&mut head)
    };
    Some(String::from_utf8_lossy(&head).into_owned())
}

/// The name of the outermost element of XML that begins like this.
pub(crate) fn root(head: &str) -> Option<&str> {
    let mut rest = head.trim_start_matches('\u{feff}').trim_start();
    while let Some(end) = MARKUP.iter().find(|(start, _)| rest.starts_with(start)).map(|(_, end)| end) {
        rest = rest.split_once(end)?.1.trim_start();
    }
    let name = rest.strip_prefix('<')?;
    let end = name.find(|character: char| character.is_whitespace() || "/>".contains(character));
    Some(&name[..end.unwrap_or(name.len())])
}

/// What may come before the outermost element: how it starts and ends.
const MARKUP: [(&str, &str); 3] = [("<?", "?>"), ("<!--", "-->"), ("<!", ">")];
/// SUMO's header comment has some kilobytes.
const HEAD: u64 = 64 * 1024;
