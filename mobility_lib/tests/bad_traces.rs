//! Every bad trace gives one error that says where and what, and what to do.

use mobility_lib::{MobilityError, TraceOptions, fcd};
use std::io::{Read, Write};
use std::path::Path;

#[test]
fn impossible_content_is_refused_where_it_stands() {
    for (text, place, message) in [
        // Not a trace.
        ("<net/>", "1:1", "this is <net>, not <fcd-export>"),
        ("<?xml version=\"1.0\"?>\n\n  <routes>", "3:3", "this is <routes>, not <fcd-export>"),
        ("hello", "1:1", "not an XML file: it begins with \"hello\""),
        ("", "1:1", "the trace is empty"),
        ("  \n ", "2:2", "the trace has no <fcd-export>"),
        ("<fcd-export/>", "1:14", "the trace has no <timestep>"),
        ("<fcd-export><timestep time='1'/></fcd-export>", "1:46", "there is no vehicle between 0 s and 1 s"),
        ("<fcd-export></fcd-export>\n<fcd-export/>", "2:1", "<fcd-export> follows the end of the trace"),
        ("<fcd-export></fcd-export>\n\n ö", "3:2", "there is text between the elements: \"ö\""),
        // Not whole.
        ("<fcd-export>\n<timestep time='0'>\n</timestep>\n", "4:1", "</fcd-export> is missing"),
        (
            "<fcd-export>\n<timestep time='0'>\n  <vehicle id=\"a\" x=\"1",
            "3:3",
            "the trace ends in the middle",
        ),
        ("<fcd-export>\n <!-- ", "2:2", "comment not closed"),
        (
            "<fcd-export>\n <timestep time='0'>\n</fcd-export>",
            "3:1",
            "</fcd-export> stands where <timestep> should be closed",
        ),
        ("</fcd-export>", "1:1", "</fcd-export> closes nothing"),
        ("<fcd-export><!x></fcd-export>", "1:13", "<! begins nothing known"),
        // In the wrong place.
        (
            "<fcd-export>\n<vehicle id='a' x='1' y='2'/></fcd-export>",
            "2:1",
            "<vehicle> stands outside <timestep>",
        ),
        (
            "<fcd-export><timestep time='0'>\n<timestep time='1'>",
            "2:1",
            "<timestep> stands inside <timestep>",
        ),
        (
            "<fcd-export><timestep time='0'>\n  lost</timestep></fcd-export>",
            "2:3",
            "text between the elements: \"lost\"",
        ),
        ("<fcd-export>&amp;</fcd-export>", "1:13", "there is text between the elements"),
        // Times.
        ("<fcd-export>\n<timestep/></fcd-export>", "2:1", "<timestep> has no attribute time"),
        ("<fcd-export>\n<timestep time='-1.00'/></fcd-export>", "2:17", "the time -1.00 is negative"),
        ("<fcd-export>\n<timestep time='NaN'/></fcd-export>", "2:17", "the time \"NaN\" is not a number"),
        ("<fcd-export>\n<timestep time='inf'/></fcd-export>", "2:17", "the time \"inf\" is not a number"),
        ("<fcd-export>\n<timestep time='1e99'/></fcd-export>", "2:17", "more than 1e9 seconds"),
        ("<fcd-export>\n<timestep time=''/></fcd-export>", "2:17", "the time \"\" is not a number"),
        (
            "<fcd-export>\n<timestep time='5'/>\n<timestep time='4'/></fcd-export>",
            "3:17",
            "the time 4 is not after the one before, 5",
        ),
        (
            "<fcd-export>\n<timestep time='5'/>\n<timestep time='5'/></fcd-export>",
            "3:17",
            "the time 5 is not after the one before, 5",
        ),
    ] {
        expect(text.as_bytes(), place, message);
    }
}

#[test]
fn impossible_vehicles_are_refused_where_they_stand() {
    for (vehicles, place, message) in [
        ("<vehicle x='1' y='2'/>", "3:1", "<vehicle> has no attribute id"),
        ("<vehicle id='a' y='2'/>", "3:1", "<vehicle> has no attribute x"),
        ("<vehicle id='a' x='1'/>", "3:1", "<vehicle> has no attribute y"),
        ("<vehicle id='' x='1' y='2'/>", "3:14", "the id is empty"),
        ("<vehicle id='ü&bad;' x='1' y='2'/>", "3:14", "the id \"ü&bad;\" is not well-formed"),
        ("<vehicle id='ü' x='nan' y='2'/>", "3:20", "x = \"nan\" is not a number"),
        ("<vehicle id='ü' x='1' y='-inf'/>", "3:26", "y = \"-inf\" is not a number"),
        ("<vehicle id='ü'\n  x='1'\n  y='1,5'/>", "5:6", "y = \"1,5\" is not a number"),
        ("<vehicle id='a' x='1e300' y='2'/>", "3:20", "is farther than any road"),
        ("<vehicle id='a' x='1' x='2' y='2'/>", "3:26", "the attribute x stands twice"),
        ("<vehicle id='a' x=1 y='2'/>", "3:19", "an attribute's value has no quotation marks"),
        ("<vehicle id='a' x y='2'/>", "3:19", "an attribute's name is not followed by ="),
        (
            "<vehicle id='a' x='1' y='2'/>\n<vehicle id='a' x='1' y='2'/>",
            "4:14",
            "the vehicle \"a\" is twice in the timestep 0",
        ),
        (
            "<vehicle id='a' x='1' y='2'/></timestep>\n<timestep time='1'>\n <vehicle id='a' x='10001' y='2'/>",
            "5:21",
            "the vehicle \"a\" jumps 10000 m in 1 s, faster than 100 m/s",
        ),
    ] {
        let text = format!("<fcd-export>\n<timestep time='0'>\n{vehicles}</timestep></fcd-export>");
        expect(text.as_bytes(), place, message);
    }
}

#[test]
fn wrong_encodings_are_named() {
    let text = "<fcd-export>\n<timestep time='0'><vehicle id='Mü' x='1' y='2'/></timestep></fcd-export>";
    let latin1: Vec<u8> = text.chars().map(|character| character as u8).collect();
    expect(&latin1, "2:34", "the byte 0xFC is not UTF-8");
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    expect(&little, "1:1", "the trace is in UTF-16");
    let mut marked = vec![0xFE, 0xFF];
    marked.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    expect(&marked, "1:1", "the trace is in UTF-16");
}

#[test]
fn damaged_gzip_is_named() {
    let text = valid();
    let packed = gzip(&text);
    assert!(fcd::read_from(&packed[..], "packed", &TraceOptions::default()).is_ok());
    let half = error_of(&packed[..packed.len() / 2]);
    assert_eq!(half.message(), "the compressed data ends in the middle");
    let without_checksum = error_of(&packed[..packed.len() - 6]);
    assert_eq!(without_checksum.message(), "the compressed data ends in the middle");
    assert_eq!(error_of(&packed[..5]).message(), "the compressed data ends in the middle");
    for garbage in [&b"garbage after it"[..], &[0; 64]] {
        let mut followed = packed.clone();
        followed.extend(garbage);
        let error = error_of(&followed);
        assert!(error.message().contains("something else follows it"), "{error}");
        let end = 1 + text.iter().filter(|byte| **byte == b'\n').count() as u64;
        assert_eq!(error.place().map(|place| place.line), Some(end), "the text itself was whole");
    }
    let mut flipped = packed.clone();
    let last = flipped.len() - 6;
    flipped[last] ^= 0x40;
    assert!(error_of(&flipped).message().contains("damaged"));
    assert_eq!(error_of(&gzip(&packed)).message(), "the trace is gzipped twice");
    assert_eq!(error_of(&gzip(b"hello")).message(), "this is not an XML file: it begins with \"hello\"");
}

#[test]
fn degrees_are_told_from_metres() {
    let geographic = std::fs::read_to_string(data("degrees.fcd.xml")).expect("the fixture is there");
    expect(geographic.as_bytes(), "3:1", "longitudes and latitudes");
    let (_, body) = geographic.split_once("-->").expect("SUMO wrote a header");
    let without_header = body.trim_start();
    expect(without_header.as_bytes(), "3:9", "longitudes and latitudes");
    let metres = std::fs::read_to_string(data("two_cars.fcd.xml")).expect("the fixture is there");
    assert!(fcd::read_from(metres.as_bytes(), "small network", &TraceOptions::default()).is_ok());
}

#[test]
fn endless_markup_is_given_up() {
    let mut text = b"<fcd-export>\n<timestep time='0'>\n  <vehicle id='".to_vec();
    text.resize(40 << 20, b'a');
    let mut read = 0;
    let counted = std::io::BufReader::new(Counting { inner: &text[..], read: &mut read });
    let error = fcd::read_from(counted, "endless", &TraceOptions::default()).expect_err("it never ends");
    assert_eq!(error.message(), "no tag ends within 1024 KiB");
    assert!(read < 2 << 20, "{read} bytes were read");

    let nested = format!("<fcd-export>{}", "<a>".repeat(100_000));
    expect(nested.as_bytes(), &format!("1:{}", 13 + 63 * 3), "nested too deeply");
    let attributes: String = (0..50_000).map(|n| format!(" a{n}='1'")).collect();
    let text = format!(
        "<fcd-export><timestep time='0'><vehicle id='a' x='1' y='2'{attributes}/></timestep></fcd-export>"
    );
    assert!(fcd::read_from(text.as_bytes(), "wide", &TraceOptions::default()).is_ok());
}

#[test]
fn files_that_are_none() {
    let missing =
        fcd::read(Path::new("no/such/trace.xml"), &TraceOptions::default()).expect_err("there is none");
    assert!(matches!(missing, MobilityError::Open { .. }));
    assert_eq!((missing.file(), missing.place()), (Some("no/such/trace.xml"), None));
    let folder = tempfile::tempdir().expect("a folder can be made");
    let error = fcd::read(folder.path(), &TraceOptions::default()).expect_err("a folder is no trace");
    assert!(error.message().contains("can't be read"), "{error}");
}

#[test]
fn a_beginning_after_the_end_is_refused() {
    let options = TraceOptions { begin_us: 99_000_000, ..TraceOptions::default() };
    let error = fcd::read(&data("two_cars.fcd.xml"), &options).expect_err("it ends at 14 s");
    assert_eq!(error.message(), "the trace ends at 14 s, before the beginning asked for, 99 s");
    let options = TraceOptions { begin_us: 14_000_000, ..TraceOptions::default() };
    let error = fcd::read(&data("two_cars.fcd.xml"), &options).expect_err("all are gone at 14 s");
    assert_eq!(error.message(), "there is no vehicle between 14 s and 14 s");
}

/// The trace must be refused at this place, with a message that contains this one.
fn expect(trace: &[u8], place: &str, message: &str) {
    let error = error_of(trace);
    let text = String::from_utf8_lossy(&trace[..trace.len().min(200)]);
    assert!(error.message().contains(message), "{error}\nexpected: {message}\n{text}");
    assert_eq!(error.place().map(|place| place.to_string()).as_deref(), Some(place), "{error}\n{text}");
    assert_eq!(error.to_string(), format!("t.xml:{place}: {}", error.message()));
    assert_eq!(error.file(), Some("t.xml"));
    assert!(!error.help().is_empty());
    assert!(!error.message().contains('\n'), "one line: {error}");
}

fn error_of(trace: &[u8]) -> MobilityError {
    fcd::read_from(trace, "t.xml", &TraceOptions::default()).expect_err("the trace is bad")
}

fn valid() -> Vec<u8> {
    std::fs::read(data("two_cars.fcd.xml")).expect("the fixture is there")
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

fn data(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

struct Counting<'a, R> {
    inner: R,
    read: &'a mut usize,
}

impl<R: Read> Read for Counting<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(out)?;
        *self.read += length;
        Ok(length)
    }
}
