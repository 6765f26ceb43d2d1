//! The virtio-net header in front of a frame, read and written.

use super::{Network, Offload, OffloadError, TCP_CHECKSUM, Train, Transport, UDP_CHECKSUM, headers};

/// Length of the virtio-net header in front of each frame of a TAP with `IFF_VNET_HDR`, bytes.
///
/// Flags 1, gso_type 1, hdr_len 2, gso_size 2, csum_start 2, csum_offset 2: `struct virtio_net_hdr` of Linux,
/// `include/uapi/linux/virtio_net.h`. Numbers have the machine's byte order. All zero is a frame with nothing undone.
pub const VIRTIO_HEADER: usize = 10;

impl Offload {
    /// What `header` says is undone in the host's frame `inner`; `None` if that is nothing.
    ///
    /// Flags that are unknown are ignored, as VIRTIO 1.2 demands, and so is `hdr_len`: the kernel may put there how much
    /// of the frame lay in one piece.
    ///
    /// # Errors
    /// Anything in which the header and the frame don't agree. What passes can be split without further checks.
    pub fn from_virtio(header: &[u8; VIRTIO_HEADER], inner: &[u8]) -> Result<Option<Offload>, OffloadError> {
        let [flags, gso_type, _, _, size @ .., start_0, start_1, field_0, field_1] = *header;
        let (start, field) = (u16::from_ne_bytes([start_0, start_1]), u16::from_ne_bytes([field_0, field_1]));
        if flags & NEEDS_CSUM == 0 {
            return if gso_type == GSO_NONE { Ok(None) } else { Err(OffloadError::OtherChecksum) };
        }
        if usize::from(start) < ETHERNET_HEADER || usize::from(start) + usize::from(field) + 2 > inner.len() {
            return Err(OffloadError::ChecksumOutside);
        }
        let train = read_train(gso_type, u16::from_ne_bytes(size), start, field, inner)?;
        let len = u32::try_from(inner.len()).map_err(|_| OffloadError::OtherLength)?;
        Ok(Some(Offload { len, start, field, train }))
    }

    /// The virtio-net header for the same frame at another TAP.
    pub fn to_virtio(&self) -> [u8; VIRTIO_HEADER] {
        let (gso_type, header, size) = self.train.map_or((GSO_NONE, 0, 0), |train| {
            let gso_type = match (train.transport, train.network) {
                (Transport::Tcp { ecn }, Network::V4) => GSO_TCPV4 | if ecn { GSO_ECN } else { 0 },
                (Transport::Tcp { ecn }, Network::V6) => GSO_TCPV6 | if ecn { GSO_ECN } else { 0 },
                (Transport::Udp, _) => GSO_UDP_L4,
            };
            (gso_type, train.header, train.size)
        });
        let mut out = [0; VIRTIO_HEADER];
        (out[0], out[1]) = (NEEDS_CSUM, gso_type);
        for (field, value) in out[2..].chunks_exact_mut(2).zip([header, size, self.start, self.field]) {
            field.copy_from_slice(&value.to_ne_bytes());
        }
        out
    }
}

/// The train that `gso_type` names, if it names one.
fn read_train(
    gso_type: u8,
    size: u16,
    start: u16,
    field: u16,
    inner: &[u8],
) -> Result<Option<Train>, OffloadError> {
    let tcp = Transport::Tcp { ecn: gso_type & GSO_ECN != 0 };
    let (transport, version) = match gso_type {
        GSO_NONE => return Ok(None),
        GSO_UDP_L4 => (Transport::Udp, None),
        _ => match gso_type & !GSO_ECN {
            GSO_TCPV4 => (tcp, Some(Network::V4)),
            GSO_TCPV6 => (tcp, Some(Network::V6)),
            _ => return Err(OffloadError::UnknownType(gso_type)),
        },
    };
    let its_field = match transport {
        Transport::Tcp { .. } => TCP_CHECKSUM,
        Transport::Udp => UDP_CHECKSUM,
    };
    if field != its_field {
        return Err(OffloadError::OtherChecksum);
    }
    if size == 0 {
        return Err(OffloadError::NoSize);
    }
    let (ip, network, header) = headers::find(inner, start.into(), transport)?;
    if version.is_some_and(|version| version != network) {
        return Err(OffloadError::OtherVersion);
    }
    if usize::from(header) == inner.len() {
        return Err(OffloadError::NoPayload);
    }
    Ok(Some(Train { transport, network, ip, header, size }))
}

/// Length of an Ethernet header without VLAN tags, bytes.
const ETHERNET_HEADER: usize = 14;

/// `VIRTIO_NET_HDR_F_NEEDS_CSUM`.
const NEEDS_CSUM: u8 = 1;
/// `VIRTIO_NET_HDR_GSO_NONE`.
const GSO_NONE: u8 = 0;
/// `VIRTIO_NET_HDR_GSO_TCPV4`.
const GSO_TCPV4: u8 = 1;
/// `VIRTIO_NET_HDR_GSO_TCPV6`.
const GSO_TCPV6: u8 = 4;
/// `VIRTIO_NET_HDR_GSO_UDP_L4`, of either IP version.
const GSO_UDP_L4: u8 = 5;
/// `VIRTIO_NET_HDR_GSO_ECN`, beside a type of TCP.
const GSO_ECN: u8 = 0x80;
