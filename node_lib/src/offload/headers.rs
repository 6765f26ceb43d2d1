//! Finding the headers that every segment of a train repeats.

use super::{Network, OffloadError, Transport, be16};

/// Where the IP header starts, its version, and how long all headers are together, bytes.
///
/// `transport_at` is where the kernel says that the TCP or UDP header starts; what stands before must lead there.
pub(super) fn find(
    frame: &[u8],
    transport_at: usize,
    transport: Transport,
) -> Result<(u16, Network, u16), OffloadError> {
    let front = frame.get(..transport_at).ok_or(OffloadError::BadHeaders)?;
    let (ethertype, ip_at) = skip_link(front).ok_or(OffloadError::BadHeaders)?;
    let protocol = match transport {
        Transport::Tcp { .. } => TCP,
        Transport::Udp => UDP,
    };
    let ip = front.get(ip_at..).ok_or(OffloadError::BadHeaders)?;
    let packet_len = frame.len() - ip_at;
    let network = match ethertype {
        IPV4 => check_ipv4(ip, packet_len, protocol).map(|()| Network::V4),
        IPV6 => check_ipv6(ip, packet_len, protocol).map(|()| Network::V6),
        _ => Err(OffloadError::OtherVersion),
    }?;
    let transport_len = match transport {
        Transport::Tcp { .. } => tcp_header_len(&frame[transport_at..]),
        Transport::Udp => Some(UDP_HEADER),
    };
    let header = transport_at + transport_len.ok_or(OffloadError::BadHeaders)?;
    match (u16::try_from(ip_at), u16::try_from(header)) {
        (Ok(ip), Ok(header)) if usize::from(header) <= frame.len() => Ok((ip, network, header)),
        _ => Err(OffloadError::BadHeaders),
    }
}

/// The EtherType behind all VLAN tags (IEEE 802.1Q), and where what it names starts.
pub(super) fn skip_link(front: &[u8]) -> Option<(u16, usize)> {
    let mut at = ETHERTYPE;
    loop {
        match be16(front, at)? {
            CUSTOMER_TAG | SERVICE_TAG => at += 4,
            ethertype => return Some((ethertype, at + 2)),
        }
    }
}

/// RFC 791. `ip` is the header with its options.
fn check_ipv4(ip: &[u8], packet_len: usize, protocol: u8) -> Result<(), OffloadError> {
    let header: &[u8; 20] = ip.first_chunk().ok_or(OffloadError::BadHeaders)?;
    let [version_and_words, _, total_0, total_1, _, _, fragment_0, fragment_1, _, its_protocol, ..] = *header;
    if version_and_words >> 4 != 4 {
        return Err(OffloadError::OtherVersion);
    }
    if usize::from(version_and_words & 0xf) * 4 != ip.len() || its_protocol != protocol {
        return Err(OffloadError::BadHeaders);
    }
    if u16::from_be_bytes([fragment_0, fragment_1]) & MORE_FRAGMENTS_AND_OFFSET != 0 {
        return Err(OffloadError::Fragment);
    }
    if usize::from(u16::from_be_bytes([total_0, total_1])) != packet_len {
        return Err(OffloadError::OtherLength);
    }
    Ok(())
}

/// RFC 8200. `ip` is the header with its extension headers.
fn check_ipv6(ip: &[u8], packet_len: usize, protocol: u8) -> Result<(), OffloadError> {
    let (header, mut extensions) = ip.split_first_chunk::<IPV6_HEADER>().ok_or(OffloadError::BadHeaders)?;
    let [version_and_class, _, _, _, payload_0, payload_1, mut next, ..] = *header;
    if version_and_class >> 4 != 6 {
        return Err(OffloadError::OtherVersion);
    }
    while let HOP_BY_HOP | ROUTING | DESTINATION_OPTIONS = next {
        let [after, units, ..] = *extensions else { return Err(OffloadError::BadHeaders) };
        extensions = extensions.get((usize::from(units) + 1) * 8..).ok_or(OffloadError::BadHeaders)?;
        next = after;
    }
    if next == FRAGMENT {
        return Err(OffloadError::Fragment);
    }
    if next != protocol || !extensions.is_empty() {
        return Err(OffloadError::BadHeaders);
    }
    if IPV6_HEADER + usize::from(u16::from_be_bytes([payload_0, payload_1])) != packet_len {
        return Err(OffloadError::OtherLength);
    }
    Ok(())
}

/// RFC 9293: bytes of the TCP header with its options, as its data offset says; `None` if that can't be.
fn tcp_header_len(tcp: &[u8]) -> Option<usize> {
    let len = usize::from(tcp.get(12)? >> 4) * 4;
    (len >= 20).then_some(len)
}

/// Where an Ethernet header has its EtherType.
const ETHERTYPE: usize = 12;
pub(super) const IPV4: u16 = 0x0800;
pub(super) const IPV6: u16 = 0x86dd;
const CUSTOMER_TAG: u16 = 0x8100;
const SERVICE_TAG: u16 = 0x88a8;

/// Length of an IPv6 header without extension headers, bytes.
pub(super) const IPV6_HEADER: usize = 40;
const UDP_HEADER: usize = 8;

/// The "more fragments" flag and the fragment offset; "don't fragment" is left out.
const MORE_FRAGMENTS_AND_OFFSET: u16 = 0x3fff;

/// IANA, Assigned Internet Protocol Numbers.
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const DESTINATION_OPTIONS: u8 = 60;
