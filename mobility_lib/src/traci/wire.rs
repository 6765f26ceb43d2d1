//! How TraCI's messages are written: bytes to values and back.
//!
//! A message is its own length, four bytes with these four included, and commands or responses one after the other. Each of
//! them has its length (one byte, or a zero and four bytes), the byte that says what it is, and its content. Numbers are
//! big-endian; a text is its length, four bytes, and its bytes; a list of texts is their number and each of them.
//! (SUMO's documentation, "TraCI/Protocol".)

use super::TraciError;

/// Bytes of a message's length.
pub const LENGTH_BYTES: usize = 4;

/// How many bytes follow a message's length.
///
/// # Errors
/// [`TraciError::Length`] for a length that no message has.
pub fn body_length(length: [u8; LENGTH_BYTES]) -> Result<usize, TraciError> {
    let length = u32::from_be_bytes(length);
    let body = (length as usize).checked_sub(LENGTH_BYTES).filter(|body| *body <= LONGEST_BODY);
    body.ok_or(TraciError::Length { length: length.into() })
}

/// A message that is being written.
#[derive(Clone, Debug)]
pub(super) struct Request(Vec<u8>);

impl Request {
    /// One without a command yet.
    pub(super) fn new() -> Request {
        Request(vec![0; LENGTH_BYTES])
    }

    /// One with one command.
    pub(super) fn of(id: u8, content: &[u8]) -> Request {
        let mut request = Request::new();
        request.command(id, content);
        request
    }

    /// Adds a command.
    pub(super) fn command(&mut self, id: u8, content: &[u8]) {
        match u8::try_from(content.len() + 2) {
            Ok(short) => self.0.push(short),
            Err(_) => {
                self.0.push(0);
                self.0.extend(((content.len() + 6) as u32).to_be_bytes());
            }
        }
        self.0.push(id);
        self.0.extend(content);
    }

    /// The whole message.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let length = (self.0.len() as u32).to_be_bytes();
        self.0[..LENGTH_BYTES].copy_from_slice(&length);
        self.0
    }
}

/// Adds a text to a command's content.
pub(super) fn put_text(content: &mut Vec<u8>, text: &str) {
    content.extend((text.len() as u32).to_be_bytes());
    content.extend(text.as_bytes());
}

/// Adds a double to a command's content.
pub(super) fn put_double(content: &mut Vec<u8>, number: f64) {
    content.extend(number.to_be_bytes());
}

/// Reads what was written, from the front.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// One response of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) id: u8,
    pub(super) content: Reader<'a>,
}

/// What SUMO says a command came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Status<'a> {
    pub(super) code: u8,
    pub(super) text: &'a str,
}

/// A value with its type, of those that we ask for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Integer(i32),
    Double(f64),
    Text(&'a str),
    Texts(Vec<&'a str>),
    Place([f64; 2]),
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next response.
    pub(super) fn part(&mut self) -> Result<Part<'a>, TraciError> {
        let (length, header) = match self.byte()? {
            0 => (self.integer()?.max(0) as usize, 5),
            short => (usize::from(short), 1),
        };
        let id = self.byte()?;
        let content = length.checked_sub(header + 1).ok_or(TraciError::Length { length: length as u64 })?;
        Ok(Part { id, content: Reader::new(self.take(content)?) })
    }

    pub(super) fn status(&mut self) -> Result<Status<'a>, TraciError> {
        Ok(Status { code: self.byte()?, text: self.text()? })
    }

    pub(super) fn byte(&mut self) -> Result<u8, TraciError> {
        Ok(self.take(1)?[0])
    }

    pub(super) fn integer(&mut self) -> Result<i32, TraciError> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn double(&mut self) -> Result<f64, TraciError> {
        self.array().map(f64::from_be_bytes)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, TraciError> {
        let length = self.count()?;
        std::str::from_utf8(self.take(length)?).map_err(|_| TraciError::NoText)
    }

    /// A type and a value of this type.
    pub(super) fn value(&mut self) -> Result<Value<'a>, TraciError> {
        match self.byte()? {
            TYPE_PLACE => Ok(Value::Place([self.double()?, self.double()?])),
            TYPE_INTEGER => self.integer().map(Value::Integer),
            TYPE_DOUBLE => self.double().map(Value::Double),
            TYPE_TEXT => self.text().map(Value::Text),
            TYPE_TEXTS => {
                let count = self.count()?;
                // Each has a length at least, so that no list is longer than what is left.
                let mut texts = Vec::with_capacity(count.min(self.rest.len() / LENGTH_BYTES));
                for _ in 0..count {
                    texts.push(self.text()?);
                }
                Ok(Value::Texts(texts))
            }
            unknown => Err(TraciError::Type { unknown }),
        }
    }

    fn count(&mut self) -> Result<usize, TraciError> {
        let count = self.integer()?;
        usize::try_from(count).map_err(|_| TraciError::Truncated)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], TraciError> {
        self.take(N)?.first_chunk().copied().ok_or(TraciError::Truncated)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], TraciError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(TraciError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// No step of a million vehicles takes more.
const LONGEST_BODY: usize = 1 << 28;

/// Types of values.
const TYPE_PLACE: u8 = 0x01;
const TYPE_INTEGER: u8 = 0x09;
const TYPE_DOUBLE: u8 = 0x0b;
const TYPE_TEXT: u8 = 0x0c;
const TYPE_TEXTS: u8 = 0x0e;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_command_is_as_the_documentation_has_it() {
        let step = Request::of(0x02, &0f64.to_be_bytes()).finish();
        assert_eq!(step, [0, 0, 0, 14, 10, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(Request::of(0x00, &[]).finish(), [0, 0, 0, 6, 2, 0]);
        let long = Request::of(0xd4, &[7; 254]).finish();
        assert_eq!(long[..10], [0, 0, 1, 8, 0, 0, 0, 1, 4, 0xd4]);
        assert_eq!(long.len(), 0x108);
    }

    #[test]
    fn lengths_that_no_message_has_are_refused() {
        assert_eq!(body_length([0, 0, 0, 4]).unwrap(), 0);
        assert_eq!(body_length([0, 0, 1, 4]).unwrap(), 256);
        for length in [[0, 0, 0, 3], [0; 4], [0xff; 4]] {
            assert!(matches!(body_length(length), Err(TraciError::Length { .. })), "{length:?}");
        }
    }

    #[test]
    fn values_are_read_by_their_type() {
        let bytes = [
            [&[0x09][..], &(-3i32).to_be_bytes()].concat(),
            [&[0x0b][..], &0.5f64.to_be_bytes()].concat(),
            [&[0x0c, 0, 0, 0, 2][..], b"hi"].concat(),
            [&[0x0e, 0, 0, 0, 2, 0, 0, 0, 1][..], b"a", &[0, 0, 0, 0]].concat(),
            [&[0x01][..], &1f64.to_be_bytes(), &2f64.to_be_bytes()].concat(),
        ]
        .concat();
        let mut reader = Reader::new(&bytes);
        let values: Vec<Value> = std::iter::from_fn(|| reader.value().ok()).collect();
        let expected = [
            Value::Integer(-3),
            Value::Double(0.5),
            Value::Text("hi"),
            Value::Texts(vec!["a", ""]),
            Value::Place([1.0, 2.0]),
        ];
        assert_eq!(values, expected);
        assert!(reader.is_at_end());
    }

    #[test]
    fn what_is_no_value_is_told_apart() {
        let of = |bytes: &[u8]| Reader::new(bytes).value().unwrap_err();
        assert!(matches!(of(&[0x0c, 0, 0, 0, 1, 0xff]), TraciError::NoText));
        assert!(matches!(of(&[0x0c, 0xff, 0xff, 0xff, 0xff]), TraciError::Truncated));
        assert!(matches!(of(&[0x0e, 0x7f, 0xff, 0xff, 0xff]), TraciError::Truncated));
        assert!(matches!(of(&[0x42]), TraciError::Type { unknown: 0x42 }));
        let part = |bytes: &[u8]| Reader::new(bytes).part().map(|_| ()).unwrap_err();
        assert!(matches!(part(&[1, 2]), TraciError::Length { length: 1 }));
        assert!(matches!(part(&[0, 0, 0, 0, 5, 2]), TraciError::Length { length: 5 }));
        assert!(matches!(part(&[9, 2, 0]), TraciError::Truncated));
    }

    proptest! {
        /// What is written is read again, in either form of the length.
        #[test]
        fn commands_come_back(parts in prop::collection::vec((any::<u8>(), 0usize..600), 0..5)) {
            let mut request = Request::new();
            for (id, length) in &parts {
                request.command(*id, &vec![*id; *length]);
            }
            let bytes = request.finish();
            let length = body_length(*bytes.first_chunk().unwrap()).unwrap();
            prop_assert_eq!(length, bytes.len() - LENGTH_BYTES);
            let mut reader = Reader::new(&bytes[LENGTH_BYTES..]);
            for (id, length) in &parts {
                let part = reader.part().unwrap();
                prop_assert_eq!((part.id, part.content.rest), (*id, &vec![*id; *length][..]));
            }
            prop_assert!(reader.is_at_end());
        }

        /// Any bytes give values and parts, or an error; and they come to an end.
        #[test]
        fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..300), parts in any::<bool>()) {
            let mut reader = Reader::new(&bytes);
            let mut count = 0;
            let read = |reader: &mut Reader<'_>| {
                if parts { reader.part().is_ok() } else { reader.value().is_ok() }
            };
            while read(&mut reader) {
                count += 1;
                prop_assert!(count <= bytes.len());
            }
        }
    }
}
