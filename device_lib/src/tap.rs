//! A TAP: the interface that a host's programs see, and whose other side is us.

use crate::error::DeviceError;
use crate::frame_io::{receive, transmit};
use crate::port::{Port, Refused};
use crate::sys;
use node_lib::buffer_pool::Frame;
use node_lib::control::node::Device;
use node_lib::offload::{Offload, VIRTIO_HEADER};
use std::fs::{File, OpenOptions};
use std::io::{self, IoSlice, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;

/// One TAP, open. Its handle works from any namespace; the interface is in the one that it was opened in.
///
/// Every frame has a virtio header in front, so that the host may leave checksums and segmentation to us: TCP's super-frames
/// of up to 64 KB come and go whole.
#[derive(Debug)]
pub struct Tap {
    file: Arc<File>,
    name: String,
    takes_datagram_trains: bool,
}

/// A TAP's cable.
#[derive(Clone, Debug)]
pub struct Cable(Arc<File>);

impl Tap {
    /// Makes a TAP in the calling thread's namespace; `name` may hold one `%d`, which becomes a free number. It goes when
    /// this is dropped.
    ///
    /// # Errors
    /// [`DeviceError::NoTun`], [`DeviceError::NameTaken`], [`DeviceError::BadName`], [`DeviceError::NotPermitted`] without
    /// CAP_NET_ADMIN.
    pub fn open(name: &str) -> Result<Self, DeviceError> {
        let options = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open(TUN);
        let file = options.map_err(DeviceError::NoTun)?;
        let flags = libc::IFF_TAP | libc::IFF_NO_PI | libc::IFF_VNET_HDR | libc::IFF_TUN_EXCL;
        let name =
            sys::tun_set_iff(file.as_fd(), name, flags).map_err(|error| match error.raw_os_error() {
                Some(libc::EBUSY | libc::EEXIST) => DeviceError::NameTaken(name.to_owned()),
                _ if error.kind() == io::ErrorKind::InvalidInput => DeviceError::BadName(name.to_owned()),
                _ => DeviceError::needing("CAP_NET_ADMIN", format!("the TAP `{name}` can't be made"))(error),
            })?;
        // Kernels before 6.2 leave trains of datagrams to the host.
        let with_datagrams = sys::tun_set_offload(file.as_fd(), TCP_OFFLOADS | UDP_OFFLOADS).is_ok();
        if !with_datagrams {
            sys::tun_set_offload(file.as_fd(), TCP_OFFLOADS)
                .map_err(DeviceError::refused(format!("the offloads of the TAP `{name}`")))?;
        }
        Ok(Tap { file: Arc::new(file), name, takes_datagram_trains: with_datagrams })
    }

    /// As [`Tap::open`], but the interface stays when the handle goes, until its namespace does.
    ///
    /// That is for namespaces of our own: with the handle the kernel would take each TAP down by itself, which takes 20 ms,
    /// while it takes down all that is in a dead namespace in the background, many at once.
    ///
    /// # Errors
    /// As [`Tap::open`].
    pub fn open_until_namespace_ends(name: &str) -> Result<Self, DeviceError> {
        let tap = Self::open(name)?;
        sys::tun_set_persist(tap.file.as_fd(), true)
            .map_err(DeviceError::refused(format!("the TAP `{}` can't be kept", tap.name)))?;
        Ok(tap)
    }

    /// The interface's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether its host can take trains of datagrams apart: Linux from 6.2 on.
    pub fn takes_datagram_trains(&self) -> bool {
        self.takes_datagram_trains
    }

    /// The interface's cable, which keeps the TAP open.
    pub fn cable(&self) -> Cable {
        Cable(Arc::clone(&self.file))
    }
}

impl Cable {
    /// Plugs it in or pulls it out.
    ///
    /// # Errors
    /// What the system says.
    pub fn plug(&self, plugged: bool) -> io::Result<()> {
        sys::tun_set_carrier(self.0.as_fd(), plugged)
    }
}

impl Port for Tap {
    fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    fn recv(&mut self) -> io::Result<Option<Frame>> {
        let Some(mut frame) = receive(&mut &*self.file, VIRTIO_HEADER)? else { return Ok(None) };
        let Some(header) = frame.first_chunk::<VIRTIO_HEADER>().copied() else {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a frame without its virtio header"));
        };
        frame.strip_front(VIRTIO_HEADER);
        if header != [0; VIRTIO_HEADER] {
            let offload = Offload::from_virtio(&header, &frame)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            frame.set_offload(offload);
        }
        Ok(Some(frame))
    }

    fn send(&mut self, mut frame: Frame) -> Result<(), Refused> {
        let header = frame.offload().map_or([0; VIRTIO_HEADER], Offload::to_virtio);
        frame.push_front(VIRTIO_HEADER).copy_from_slice(&header);
        transmit(&mut &*self.file, &frame).map_err(|error| {
            frame.strip_front(VIRTIO_HEADER);
            Refused::whole(frame, error)
        })
    }
}

/// For frames whose checksums are right as they are.
impl Device for Tap {
    fn send(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<()> {
        let header = [0; VIRTIO_HEADER];
        let all: Vec<IoSlice<'_>> =
            std::iter::once(IoSlice::new(&header)).chain(pieces.iter().copied()).collect();
        (&*self.file).write_vectored(&all).map(drop)
    }
}

const TUN: &str = "/dev/net/tun";
/// `TUN_F_CSUM`, `TUN_F_TSO4`, `TUN_F_TSO6` and `TUN_F_TSO_ECN` of linux/if_tun.h.
const TCP_OFFLOADS: i32 = 0x01 | 0x02 | 0x04 | 0x08;
/// `TUN_F_USO4` and `TUN_F_USO6`.
const UDP_OFFLOADS: i32 = 0x20 | 0x40;
