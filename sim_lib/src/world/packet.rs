//! What the applications send: real Ethernet, IPv6 and UDP frames with a payload that proves itself.
//!
//! | payload field | offset | size | value |
//! |---|---|---|---|
//! | kind | 0 | 1 | 0 constant rate, 1 request, 2 response |
//! | flow | 1 | 3 | index of the flow |
//! | number | 4 | 4 | of this frame in its stream |
//! | sent | 8 | 8 | when, microseconds |
//! | asked number | 16 | 4 | number of the request that this answers |
//! | asked | 20 | 4 | how long before this frame that was sent, microseconds |
//! | pattern | 24 | rest | bytes that count up from the number's low byte |

use crate::scenario::model::MIN_PAYLOAD;
use etherparse::{
    EtherType, Ethernet2Header, IpNumber, Ipv6Header, Ipv6HeaderSlice, UdpHeader, UdpHeaderSlice,
};
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::time::Instant;
use std::net::Ipv6Addr;

/// Flows that the payload's field can tell apart.
pub(crate) const MAX_FLOWS: usize = 1 << 24;

/// Where a host is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HostAddress {
    /// Its link-layer address.
    pub(crate) mac: Mac,
    /// Its network address.
    pub(crate) ip: Ipv6Addr,
}

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One of a constant-rate flow.
    Constant,
    /// A request.
    Request,
    /// Its response.
    Response,
}

/// What the payload of a frame tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    /// What it is for.
    pub(crate) kind: Kind,
    /// The flow it belongs to.
    pub(crate) flow: u32,
    /// Its number in its stream.
    pub(crate) number: u32,
    /// When it was sent.
    pub(crate) sent: Instant,
    /// For a response: number of the request. Otherwise 0.
    pub(crate) asked_number: u32,
    /// For a response: when the request was sent. Otherwise 0.
    pub(crate) asked: Instant,
}

/// Everything about a stream's frames that is always the same.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    ethernet: [u8; Ethernet2Header::LEN],
    ip: Ipv6Header,
    ip_bytes: [u8; Ipv6Header::LEN],
    ports: (u16, u16),
    size: usize,
}

/// Why a host doesn't accept a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Not traffic of ours: neighbour discovery, ARP, another protocol or port.
    Foreign,
    /// Addressed to another station.
    NotForUs,
    /// Not as it was sent.
    Corrupted,
}

impl Template {
    /// Frames of `kind` between two hosts with `size` bytes of UDP payload: at least [`MIN_PAYLOAD`], at most what an IPv6
    /// packet without options carries (65527).
    pub(crate) fn new(kind: Kind, from: HostAddress, to: HostAddress, size: usize) -> Self {
        let ethernet =
            Ethernet2Header { source: from.mac.0, destination: to.mac.0, ether_type: EtherType::IPV6 };
        let ip = Ipv6Header {
            payload_length: (UdpHeader::LEN + size) as u16,
            next_header: IpNumber::UDP,
            hop_limit: HOP_LIMIT,
            source: from.ip.octets(),
            destination: to.ip.octets(),
            ..Ipv6Header::default()
        };
        let ports = match kind {
            Kind::Constant => (EPHEMERAL_PORT, DISCARD_PORT),
            Kind::Request => (EPHEMERAL_PORT, ECHO_PORT),
            Kind::Response => (ECHO_PORT, EPHEMERAL_PORT),
        };
        Template { ethernet: ethernet.to_bytes(), ip_bytes: ip.to_bytes(), ip, ports, size }
    }

    /// The frame that carries `content`.
    pub(crate) fn frame(&self, content: &Content) -> Frame {
        let mut frame = Frame::with_len(HEADERS + self.size);
        let (headers, payload) = frame.split_at_mut(HEADERS);
        content.write(payload);
        let (source, destination) = self.ports;
        let udp = UdpHeader {
            source_port: source,
            destination_port: destination,
            length: self.ip.payload_length,
            checksum: 0,
        };
        let checksum = udp
            .calc_checksum_ipv6_raw(self.ip.source, self.ip.destination, payload)
            .expect("the payload fits into an IPv6 packet");
        headers[..IP].copy_from_slice(&self.ethernet);
        headers[IP..UDP].copy_from_slice(&self.ip_bytes);
        headers[UDP..].copy_from_slice(&UdpHeader { checksum, ..udp }.to_bytes());
        frame
    }
}

/// Reads a frame as the host `me` does: for its own link-layer address only, and with every byte checked.
pub(crate) fn receive(frame: &[u8], me: &HostAddress) -> Result<Content, Refusal> {
    let Some((ethernet, packet)) = frame.split_at_checked(Ethernet2Header::LEN) else {
        return Err(Refusal::Corrupted);
    };
    if ethernet[..6] != me.mac.0 {
        let group = ethernet[0] & 1 == 1;
        return Err(if group { Refusal::Foreign } else { Refusal::NotForUs });
    }
    if ethernet[12..] != EtherType::IPV6.0.to_be_bytes() {
        return Err(Refusal::Foreign);
    }
    let ip = Ipv6HeaderSlice::from_slice(packet).map_err(|_| Refusal::Corrupted)?;
    if ip.next_header() != IpNumber::UDP {
        return Err(Refusal::Foreign);
    }
    // Ethernet may have padded the frame.
    let datagram = packet
        .get(Ipv6Header::LEN..Ipv6Header::LEN + usize::from(ip.payload_length()))
        .ok_or(Refusal::Corrupted)?;
    let header = UdpHeaderSlice::from_slice(datagram).map_err(|_| Refusal::Corrupted)?.to_header();
    if ![ECHO_PORT, DISCARD_PORT, EPHEMERAL_PORT].contains(&header.destination_port) {
        return Err(Refusal::Foreign);
    }
    let payload = &datagram[UdpHeader::LEN..];
    let checksum = header.calc_checksum_ipv6_raw(ip.source(), ip.destination(), payload);
    let sound = ip.destination_addr() == me.ip
        && usize::from(header.length) == datagram.len()
        && checksum == Ok(header.checksum);
    if sound { Content::read(payload).ok_or(Refusal::Corrupted) } else { Err(Refusal::Corrupted) }
}

/// What a frame carries for an application, whoever's it is; none if it carries nothing for one.
pub(crate) fn peek(frame: &[u8]) -> Option<Content> {
    let (ethernet, packet) = frame.split_at_checked(Ethernet2Header::LEN)?;
    if ethernet[12..] != EtherType::IPV6.0.to_be_bytes() {
        return None;
    }
    let ip = Ipv6HeaderSlice::from_slice(packet).ok().filter(|ip| ip.next_header() == IpNumber::UDP)?;
    let datagram = packet.get(Ipv6Header::LEN..Ipv6Header::LEN + usize::from(ip.payload_length()))?;
    let header = UdpHeaderSlice::from_slice(datagram).ok()?;
    let ours = [ECHO_PORT, DISCARD_PORT, EPHEMERAL_PORT].contains(&header.destination_port());
    ours.then(|| Content::read(&datagram[UdpHeader::LEN..])).flatten()
}

impl Content {
    fn write(&self, payload: &mut [u8]) {
        let (head, rest) = payload.split_at_mut(MIN_PAYLOAD);
        let ago =
            if self.kind == Kind::Response { self.sent.as_micros() - self.asked.as_micros() } else { 0 };
        head[..4].copy_from_slice(&self.flow.to_be_bytes());
        head[0] = self.kind as u8;
        head[4..8].copy_from_slice(&self.number.to_be_bytes());
        head[8..16].copy_from_slice(&self.sent.as_micros().to_be_bytes());
        head[16..20].copy_from_slice(&self.asked_number.to_be_bytes());
        head[20..24].copy_from_slice(&u32::try_from(ago).unwrap_or(u32::MAX).to_be_bytes());
        for chunk in rest.chunks_mut(PATTERN.len() / 2) {
            chunk.copy_from_slice(self.pattern(chunk.len()));
        }
    }

    fn read(payload: &[u8]) -> Option<Content> {
        let (head, rest) = payload.split_first_chunk::<MIN_PAYLOAD>()?;
        let word = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let kind = match head[0] {
            0 => Kind::Constant,
            1 => Kind::Request,
            2 => Kind::Response,
            _ => return None,
        };
        let sent = (u64::from(word(8)) << 32) | u64::from(word(12));
        let asked = match kind {
            Kind::Response => sent.checked_sub(word(20).into())?,
            Kind::Constant | Kind::Request => 0,
        };
        let content = Content {
            kind,
            flow: word(0) & 0xff_ffff,
            number: word(4),
            sent: Instant::from_micros(sent),
            asked_number: word(16),
            asked: Instant::from_micros(asked),
        };
        rest.chunks(PATTERN.len() / 2).all(|chunk| chunk == content.pattern(chunk.len())).then_some(content)
    }

    fn pattern(&self, len: usize) -> &'static [u8] {
        let start = usize::from(self.number as u8);
        &PATTERN[start..start + len]
    }
}

/// Bytes that count up, twice round.
static PATTERN: [u8; 512] = {
    let mut pattern = [0; 512];
    let mut i = 0;
    while i < 512 {
        pattern[i] = i as u8;
        i += 1;
    }
    pattern
};

/// Offset of the IPv6 header.
const IP: usize = Ethernet2Header::LEN;
/// Offset of the UDP header.
const UDP: usize = IP + Ipv6Header::LEN;
/// Length of all headers.
const HEADERS: usize = UDP + UdpHeader::LEN;
const HOP_LIMIT: u8 = 64;
/// RFC 862.
const ECHO_PORT: u16 = 7;
/// RFC 863.
const DISCARD_PORT: u16 = 9;
/// The first of the dynamic ports (RFC 6335).
const EPHEMERAL_PORT: u16 = 49_152;

#[cfg(test)]
mod tests {
    use super::*;
    use etherparse::{SlicedPacket, TransportSlice};
    use proptest::prelude::*;

    fn host(n: u8) -> HostAddress {
        HostAddress { mac: Mac([6, 0, 0, 0, 0, n]), ip: Ipv6Addr::new(0xfd72, 0x6d, 0, 0, 0, 0, 0, n.into()) }
    }

    fn content(number: u32) -> Content {
        Content {
            kind: Kind::Response,
            flow: 7,
            number,
            sent: Instant::from_micros(1 << 40),
            asked_number: 99,
            asked: Instant::from_micros((1 << 40) - 4711),
        }
    }

    #[test]
    fn an_independent_parser_reads_the_frames() {
        let frame = Template::new(Kind::Response, host(1), host(2), 100).frame(&content(3));
        let packet = SlicedPacket::from_ethernet(&frame).unwrap();
        let Some(TransportSlice::Udp(udp)) = packet.transport else { panic!("no UDP") };
        assert_eq!((udp.source_port(), udp.destination_port(), udp.payload().len()), (7, 49_152, 100));
        assert_eq!(frame.len(), 14 + 40 + 8 + 100);
    }

    #[test]
    fn a_host_refuses_what_is_not_its_own() {
        let frame = Template::new(Kind::Request, host(1), host(2), 64).frame(&content(3));
        assert_eq!(receive(&frame, &host(3)), Err(Refusal::NotForUs));
        let mut group = frame.clone();
        group[..6].copy_from_slice(&[0x33, 0x33, 0, 0, 0, 1]);
        assert_eq!(receive(&group, &host(2)), Err(Refusal::Foreign));
        let mut arp = frame.clone();
        arp[12..14].copy_from_slice(&[8, 6]);
        assert_eq!(receive(&arp, &host(2)), Err(Refusal::Foreign));
        assert_eq!(receive(&frame[..10], &host(2)), Err(Refusal::Corrupted));
        let mut padded = frame.to_vec();
        padded.extend_from_slice(&[0; 7]);
        assert_eq!(receive(&padded, &host(2)), Ok(content(3)));
    }

    proptest! {
        /// Every size, number and kind is read as it was written; every bit flipped after the addresses is noticed.
        #[test]
        fn frames_prove_themselves(size in MIN_PAYLOAD..2000, number: u32, flipped in 14usize..2000, bit in 0u8..8) {
            let content = content(number);
            let frame = Template::new(content.kind, host(1), host(2), size).frame(&content);
            prop_assert_eq!(receive(&frame, &host(2)), Ok(content));
            let mut broken = frame.clone();
            let at = 14 + (flipped - 14) % (broken.len() - 14);
            // Traffic class, flow label and hop limit belong to nobody's checksum.
            prop_assume!(!(IP..IP + 4).contains(&at) && at != IP + 7);
            broken[at] ^= 1 << bit;
            prop_assert!(receive(&broken, &host(2)).is_err());
        }

        #[test]
        fn garbage_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(receive(&bytes, &host(2)).is_err());
        }
    }
}
