//! The only part of roadmesh that talks to Linux: TAPs, packet sockets, namespaces, and the one loop that drives a node.
//!
//! - [`driver::Driver`] is that loop. It hands frames and the time to an [`driver::Engine`] and sends what that puts out.
//! - [`port::Port`] is a device it drives: a [`tap::Tap`], a [`packet::PacketSocket`], or one of the decorators around any
//!   port, [`merging::Merging`], [`capture::Capture`] and [`fault::Faulty`].
//! - [`namespace`], [`netlink`] and [`sandbox`] make the surroundings: network namespaces with configured interfaces, and a
//!   corner of the machine of our own that is gone when its process is.
//!
//! On the data path no frame is allocated, copied without need, locked or sent through a channel: a frame is read into a
//! pooled buffer with headroom and written from there. `unsafe` stands in this crate alone, each block with its reason.
#![deny(unsafe_op_in_unsafe_fn)]
#![deny(clippy::undocumented_unsafe_blocks)]

pub mod capture;
pub mod clock;
pub mod driver;
mod error;
pub mod ethtool;
pub mod fault;
mod frame_io;
pub mod limits;
#[expect(unsafe_code, reason = "descriptors that come from elsewhere")]
pub mod local;
pub mod merging;
pub mod namespace;
pub mod netlink;
pub mod packet;
mod poller;
pub mod port;
#[expect(unsafe_code, reason = "what runs between fork and exec")]
pub mod sandbox;
#[expect(unsafe_code, reason = "what runs between fork and exec")]
pub mod spawn;
pub mod station;
#[expect(unsafe_code, reason = "system calls that no crate wraps safely")]
mod sys;
pub mod tap;
pub mod waker;
pub mod wifi_status;

pub use error::DeviceError;
