//! A packet socket: the radio side of a node on a real interface.

use crate::error::DeviceError;
use crate::frame_io::{receive, transmit};
use crate::netlink::{Link, Netlink};
use crate::port::{Port, Refused};
use crate::sys;
use crate::wifi_status;
use node_lib::addr::Mac;
use node_lib::buffer_pool::{AccessCategory, Frame};
use node_lib::control::node::{Device, TxOutcome, TxStatus};
use node_lib::messages;
use std::fs::File;
use std::io::{self, IoSlice, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

/// All frames of one EtherType at one interface.
///
/// What a host left to its interface is done here: a train is sent as its segments, each with a number of its own, and
/// checksums are completed.
#[derive(Debug)]
pub struct PacketSocket {
    file: File,
    link: Link,
    /// The category that the socket's priority is set to.
    category: Option<AccessCategory>,
    status: bool,
}

impl PacketSocket {
    /// Opens the interface for frames of this EtherType, in the calling thread's namespace.
    ///
    /// # Errors
    /// [`DeviceError::NoInterface`], [`DeviceError::NotPermitted`] without CAP_NET_RAW.
    pub fn open(interface: &str, ethertype: u16) -> Result<Self, DeviceError> {
        let link = Netlink::open()?.link(interface)?;
        let what = format!("frames of the interface `{interface}`");
        let socket = sys::packet_socket().map_err(DeviceError::needing("CAP_NET_RAW", what.as_str()))?;
        let fd = socket.as_fd();
        // Bursts of small frames overflow the default buffer long before it is full of bytes. The first call passes the
        // system's limit, and needs CAP_NET_ADMIN for it; the second stays below.
        sys::set_option(fd, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, &RECEIVE_BUFFER)
            .or_else(|_| sys::set_option(fd, libc::SOL_SOCKET, libc::SO_RCVBUF, &RECEIVE_BUFFER))
            .map_err(DeviceError::refused(what.as_str()))?;
        sys::bind_packet(fd, link.index, ethertype).map_err(DeviceError::refused(what))?;
        Ok(PacketSocket { file: File::from(socket), link, category: None, status: false })
    }

    /// The interface.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Asks the driver to report what becomes of each unicast (`SO_WIFI_STATUS`). A driver that can't is silent about it;
    /// [`is_wireless`] tells which can.
    ///
    /// # Errors
    /// [`DeviceError::Refused`] where the kernel doesn't know the option.
    pub fn report_status(&mut self) -> Result<(), DeviceError> {
        sys::set_option(self.file.as_fd(), libc::SOL_SOCKET, libc::SO_WIFI_STATUS, &1i32).map_err(
            DeviceError::refused(format!("transmit status of the interface `{}`", self.link.name)),
        )?;
        self.status = true;
        Ok(())
    }

    fn prioritise(&mut self, category: AccessCategory) -> io::Result<()> {
        if self.category != Some(category) {
            let priority = priority(category);
            sys::set_option(self.file.as_fd(), libc::SOL_SOCKET, libc::SO_PRIORITY, &priority)?;
            self.category = Some(category);
        }
        Ok(())
    }
}

impl Port for PacketSocket {
    fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    fn recv(&mut self) -> io::Result<Option<Frame>> {
        receive(&mut self.file, 0)
    }

    fn send(&mut self, mut frame: Frame) -> Result<(), Refused> {
        if let Err(error) = self.prioritise(frame.category) {
            return Err(Refused::whole(frame, error));
        }
        let file = &mut self.file;
        if !frame.is_train() {
            frame.complete();
            return transmit(file, &frame).map_err(|error| Refused::whole(frame, error));
        }
        let mut sent = 0;
        let all = messages::split(&frame, |segment| {
            transmit(file, &segment)?;
            sent += 1;
            Ok(())
        });
        // What stops one segment would stop those behind it.
        all.map_err(|error| Refused { segments: frame.segments() - sent, frame, error })
    }

    fn status(&mut self) -> io::Result<Option<TxStatus>> {
        if !self.status {
            return Ok(None);
        }
        let mut frame = Frame::with_len(LONGEST_STATUS);
        let mut control = [0; wifi_status::CONTROL];
        loop {
            let Some(message) = sys::receive_error(self.file.as_fd(), &mut frame, &mut control)? else {
                return Ok(None);
            };
            let Some(acked) = wifi_status::acknowledged(&control[..message.control]) else { continue };
            frame.truncate(message.data);
            let Some(to) = frame.first_chunk().map(|to| Mac(*to)).filter(|to| to.is_unicast()) else {
                continue;
            };
            let outcome = if acked { TxOutcome::Acked } else { TxOutcome::Unacked };
            // The kernel doesn't tell how often the radio tried; once is what is certain.
            return Ok(Some(TxStatus { to, outcome, attempts: 1, frame: (!acked).then_some(frame) }));
        }
    }

    fn missed(&mut self) -> u64 {
        // Reading the statistics resets them.
        sys::option::<libc::tpacket_stats>(self.file.as_fd(), libc::SOL_PACKET, libc::PACKET_STATISTICS)
            .map_or(0, |stats| stats.tp_drops.into())
    }
}

impl Device for PacketSocket {
    fn send(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<()> {
        self.file.write_vectored(pieces).map(drop)
    }
}

/// Whether an interface is a radio whose driver reports what becomes of a frame: one of mac80211's, which all have a `phy80211`
/// in sysfs.
pub fn is_wireless(interface: &str) -> bool {
    Path::new("/sys/class/net").join(interface).join("phy80211").exists()
}

/// The priority that mac80211 turns into a category: 256 plus the IEEE 802.1D user priority
/// (`cfg80211_classify8021d`).
fn priority(category: AccessCategory) -> i32 {
    256 + match category {
        AccessCategory::Background => 1,
        AccessCategory::BestEffort => 0,
        AccessCategory::Video => 5,
        AccessCategory::Voice => 6,
    }
}

/// Bytes that wait for us: about 20 000 small frames.
const RECEIVE_BUFFER: i32 = 16 << 20;
/// The longest frame that a status brings back.
const LONGEST_STATUS: usize = 1 << 16;
