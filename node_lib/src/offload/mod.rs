//! What a host left undone in a frame that it gave to its TAP interface, and how to do it.
//!
//! Behind a TAP opened with `IFF_VNET_HDR` and with `TUN_F_CSUM`, `TUN_F_TSO4`, `TUN_F_TSO6`, `TUN_F_TSO_ECN`,
//! `TUN_F_USO4` and `TUN_F_USO6` (Linux, `include/uapi/linux/if_tun.h`), the kernel leaves two things to whoever sends a
//! frame on. It gives a whole train of TCP segments or UDP datagrams as one frame of up to 64 KB, and it puts only the
//! sum of the pseudo-header where a checksum belongs. In front of each frame stands a virtio-net header that says so
//! (VIRTIO 1.2, section 5.1.6; Linux, `include/uapi/linux/virtio_net.h`).
//!
//! An [`Offload`] is that header, validated against its frame. While it travels with the frame, nothing needs to be
//! done: at another TAP it becomes a virtio header again. Where loss, MTU or airtime matter, the frame is split into
//! [`Offload::segments`], each written where it is needed. Nothing is allocated.
//!
//! A partial checksum is believed, as the kernel does: it is the only one who knows what went into it (with source
//! routing, the destination in the pseudo-header is not the one in the IP header).

mod checksum;
mod error;
mod headers;
mod merge;
mod segment;
mod virtio;

pub use checksum::ones_sum;
pub use error::OffloadError;
pub use merge::Merger;
pub use virtio::VIRTIO_HEADER;

/// What a host left undone in one Ethernet frame: a checksum to complete and, in a train, the splitting.
///
/// All offsets count from the start of the host's frame. It knows the length of that frame, so that for a wrapped one
/// `wrapped.len() - offload.inner_len()` is the length of the outer header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Offload {
    /// Length of the host's frame, bytes.
    len: u32,
    /// Where the bytes that the checksum covers start; they go on to the end of the frame.
    start: u16,
    /// Where the checksum belongs, counted from `start`. The sum of the pseudo-header is there.
    field: u16,
    /// How to split the frame; `None` is a frame that is sent as it is, once its checksum is complete.
    train: Option<Train>,
}

/// How the frame is split. `start` is where its TCP or UDP header starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Train {
    transport: Transport,
    network: Network,
    /// Where the IP header starts, after all VLAN tags.
    ip: u16,
    /// Length of the Ethernet, IP and TCP or UDP headers together, bytes: each segment has them.
    header: u16,
    /// Payload of each segment but the last, bytes; never 0.
    size: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Transport {
    Tcp {
        /// The train has the CWR bit, which is for its first segment only. Told to the next kernel.
        ecn: bool,
    },
    Udp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Network {
    V4,
    V6,
}

impl Offload {
    /// Length of the host's frame, bytes.
    #[inline]
    pub fn inner_len(&self) -> usize {
        self.len as usize
    }
}

/// Where the checksum stands in a TCP header (RFC 9293).
const TCP_CHECKSUM: u16 = 16;
/// Where the checksum stands in a UDP header (RFC 768).
const UDP_CHECKSUM: u16 = 6;

/// The two bytes at `at`, most significant first; `None` past the end.
#[inline]
fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|value| u16::from_be_bytes(*value))
}
