//! A pcapng file of what passes through ports.

use crate::error::DeviceError;
use crate::port::{Port, Refused};
use node_lib::buffer_pool::Frame;
use node_lib::control::node::TxStatus;
use node_lib::messages;
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::{DataLink, PcapError};
use std::borrow::Cow;
use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// One file, shared by the ports that are captured into it, each as an interface of its own.
///
/// It is written out once a second and at the end. If it can't be written any more, it stays as it is and the ports go on;
/// [`CaptureFile::failure`] tells.
#[derive(Clone, Debug)]
pub struct CaptureFile(Rc<RefCell<Inner>>);

struct Inner {
    writer: PcapNgWriter<BufWriter<File>>,
    path: PathBuf,
    interfaces: u32,
    flushed: Instant,
    /// Whether it could be written so far.
    whole: bool,
    failure: Option<io::Error>,
}

/// A port whose frames are written to a file, as they would be on a wire: a train as its segments, with whole checksums.
#[derive(Debug)]
pub struct Capture<P> {
    inner: P,
    file: CaptureFile,
    interface: u32,
}

impl CaptureFile {
    /// Makes the file, or empties it.
    ///
    /// # Errors
    /// [`DeviceError::File`].
    pub fn create(path: &Path) -> Result<Self, DeviceError> {
        let of_file = |source| DeviceError::File { path: path.to_owned(), source };
        let file = File::create(path).map_err(of_file)?;
        let writer = PcapNgWriter::new(BufWriter::new(file)).map_err(|error| of_file(to_io(error)))?;
        let path = path.to_owned();
        let inner =
            Inner { writer, path, interfaces: 0, flushed: Instant::now(), whole: true, failure: None };
        Ok(CaptureFile(Rc::new(RefCell::new(inner))))
    }

    /// Captures `port` as an interface with this name.
    pub fn around<P: Port>(&self, port: P, name: &str) -> Capture<P> {
        let interface = self.0.borrow_mut().add_interface(name);
        Capture { inner: port, file: self.clone(), interface }
    }

    /// Writes out what was captured so far. Why the file is not complete, once.
    pub fn failure(&self) -> Option<DeviceError> {
        let inner = &mut *self.0.borrow_mut();
        inner.write_out();
        let source = inner.failure.take()?;
        Some(DeviceError::File { path: inner.path.clone(), source })
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureFile")
            .field("path", &self.path)
            .field("whole", &self.whole)
            .finish_non_exhaustive()
    }
}

impl Inner {
    fn add_interface(&mut self, name: &str) -> u32 {
        let options = vec![
            InterfaceDescriptionOption::IfName(Cow::Borrowed(name)),
            InterfaceDescriptionOption::IfTsResol(NANOSECONDS),
        ];
        let block = InterfaceDescriptionBlock { linktype: DataLink::ETHERNET, snaplen: 0, options };
        let result = self.writer.write_pcapng_block(block);
        self.note(result);
        self.interfaces += 1;
        self.interfaces - 1
    }

    fn write(&mut self, interface: u32, frame: &[u8], direction: u32) {
        if !self.whole {
            return;
        }
        let block = EnhancedPacketBlock {
            interface_id: interface,
            timestamp: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            original_len: frame.len() as u32,
            data: Cow::Borrowed(frame),
            options: vec![EnhancedPacketOption::Flags(direction)],
        };
        let result = self.writer.write_pcapng_block(block);
        self.note(result);
        if self.flushed.elapsed() >= FLUSHING {
            self.flushed = Instant::now();
            self.write_out();
        }
    }

    fn write_out(&mut self) {
        if self.whole {
            let result = self.writer.get_mut().flush();
            self.note(result.map_err(PcapError::IoError));
        }
    }

    fn note<T>(&mut self, result: Result<T, PcapError>) {
        if let Err(error) = result {
            self.whole = false;
            self.failure.get_or_insert(to_io(error));
        }
    }
}

impl<P> Capture<P> {
    fn write(&self, frame: Frame, direction: u32) {
        let Ok(()) = messages::each_segment(frame, |segment| -> Result<(), Infallible> {
            self.file.0.borrow_mut().write(self.interface, &segment, direction);
            Ok(())
        });
    }
}

impl<P: Port> Port for Capture<P> {
    fn fd(&self) -> BorrowedFd<'_> {
        self.inner.fd()
    }

    fn recv(&mut self) -> io::Result<Option<Frame>> {
        let frame = self.inner.recv()?;
        if let Some(frame) = &frame {
            self.write(frame.clone(), INBOUND);
        }
        Ok(frame)
    }

    fn send(&mut self, frame: Frame) -> Result<(), Refused> {
        // What the device refuses was on no wire.
        let copy = frame.clone();
        self.inner.send(frame)?;
        self.write(copy, OUTBOUND);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Refused> {
        self.inner.flush()
    }

    fn status(&mut self) -> io::Result<Option<TxStatus>> {
        self.inner.status()
    }

    fn missed(&mut self) -> u64 {
        self.inner.missed()
    }
}

fn to_io(error: PcapError) -> io::Error {
    match error {
        PcapError::IoError(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

/// `epb_flags`: the direction (draft-ietf-opsawg-pcapng, section 4.3.1).
const INBOUND: u32 = 1;
const OUTBOUND: u32 = 2;
/// `if_tsresol`: 10^-9 s.
const NANOSECONDS: u8 = 9;
/// Time after which what was captured is surely in the file, as long as frames come.
const FLUSHING: Duration = Duration::from_secs(1);
