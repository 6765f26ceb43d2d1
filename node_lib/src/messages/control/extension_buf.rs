//! Extensions under construction, on the stack.

use super::extensions::{PathValue, SenderEntry, validate};
use super::{Extension, Extensions, Path};
use crate::addr::Mac;
use crate::messages::{ParseError, Stamp};
use std::fmt;
use zerocopy::transmute;

/// A sequence of extensions that is being put together. It lies on the stack and is valid at any time.
///
/// The order is the wire's: EPOCH, SENDERS, what a relay copies on, then PATH and HEARD. Every `push` gives
/// [`ParseError::BadExtension`] or [`ParseError::BadSource`], and changes nothing, if it doesn't fit or if the sequence
/// would not be one that [`Extensions::parse`] accepts.
#[derive(Clone)]
pub struct ExtensionBuf {
    bytes: [u8; ExtensionBuf::CAPACITY],
    len: usize,
}

impl ExtensionBuf {
    /// Bytes it holds: one of each type at its largest (6 + 254 + 10 + 26), and some.
    pub const CAPACITY: usize = 320;

    /// An empty one.
    #[inline]
    pub const fn new() -> ExtensionBuf {
        ExtensionBuf { bytes: [0; ExtensionBuf::CAPACITY], len: 0 }
    }

    /// Appends EPOCH.
    pub fn push_epoch(&mut self, epoch: u32) -> Result<(), ParseError> {
        self.push(Extension::EPOCH, [epoch.to_be_bytes()])
    }

    /// Appends SENDERS, up to 18.
    pub fn push_senders(&mut self, senders: &[(Mac, Stamp)]) -> Result<(), ParseError> {
        let entries = senders.iter().map(|(mac, stamp)| SenderEntry::new(*mac, *stamp));
        self.push(Extension::SENDERS, entries.map(|entry| -> [u8; 14] { transmute!(entry) }))
    }

    /// Appends PATH.
    pub fn push_path(&mut self, path: Path) -> Result<(), ParseError> {
        let value: [u8; 8] = transmute!(PathValue::from(path));
        self.push(Extension::PATH, [value])
    }

    /// Appends HEARD, up to 4.
    pub fn push_heard(&mut self, neighbours: &[Mac]) -> Result<(), ParseError> {
        self.push(Extension::HEARD, neighbours.iter().map(|mac| mac.0))
    }

    /// Appends extensions as they stand on the wire: what [`Extensions::protected`] gave.
    pub fn push_raw(&mut self, extensions: &[u8]) -> Result<(), ParseError> {
        let mut at = self.len;
        self.write(&mut at, extensions)?;
        self.commit(at)
    }

    /// The sequence so far.
    #[inline]
    pub fn as_extensions(&self) -> Extensions<'_> {
        Extensions::trusted(self.as_bytes())
    }

    /// Forgets everything.
    #[inline]
    pub fn clear(&mut self) {
        self.len = 0;
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    fn push<const N: usize>(
        &mut self,
        kind: u8,
        value: impl IntoIterator<Item = [u8; N]>,
    ) -> Result<(), ParseError> {
        let header = self.len;
        let start = header + 2;
        let mut at = start;
        for part in value {
            self.write(&mut at, &part)?;
        }
        let length = u8::try_from(at - start).map_err(|_| ParseError::BadExtension)?;
        self.write(&mut { header }, &[kind, length])?;
        self.commit(at)
    }

    /// Writes beyond the end of the sequence, which stays as it is.
    fn write(&mut self, at: &mut usize, bytes: &[u8]) -> Result<(), ParseError> {
        let end = *at + bytes.len();
        self.bytes.get_mut(*at..end).ok_or(ParseError::BadExtension)?.copy_from_slice(bytes);
        *at = end;
        Ok(())
    }

    /// Makes what was written up to `end` part of the sequence if that is valid.
    fn commit(&mut self, end: usize) -> Result<(), ParseError> {
        let valid = validate(self.bytes.get(..end).ok_or(ParseError::BadExtension)?)?;
        self.len = valid.len();
        Ok(())
    }
}

impl Default for ExtensionBuf {
    fn default() -> ExtensionBuf {
        ExtensionBuf::new()
    }
}

impl PartialEq for ExtensionBuf {
    fn eq(&self, other: &ExtensionBuf) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for ExtensionBuf {}

impl fmt::Debug for ExtensionBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ExtensionBuf").field(&self.as_bytes()).finish()
    }
}
