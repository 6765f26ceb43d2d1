//! Trains split and checksums completed, as etherparse writes and reads the same packets.

use etherparse::checksum::Sum16BitWords;
use etherparse::{
    EtherType, Ethernet2Header, IpNumber, Ipv4Header, Ipv4Options, Ipv6Header, Ipv6RawExtHeader, NetSlice,
    SingleVlanHeader, SlicedPacket, TcpHeader, TransportSlice, UdpHeader, VlanId,
};
use node_lib::control::drops::DropReason;
use node_lib::offload::{Offload, OffloadError, VIRTIO_HEADER};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    /// Each segment is, byte for byte, the packet that etherparse writes for that part of the payload.
    #[test]
    fn segments_are_what_a_host_would_have_sent(packet in packet(1..4000), size in 1u16..1500, outer in 0usize..50) {
        let (inner, header) = packet.train(size);
        let offload = Offload::from_virtio(&header, &inner).unwrap().unwrap();
        let parts: Vec<&[u8]> = packet.payload.chunks(size.into()).collect();
        prop_assert_eq!(offload.inner_len(), inner.len());
        prop_assert_eq!(offload.segments(), parts.len());
        let mut all = 0;
        for (i, part) in parts.iter().enumerate() {
            let expected = packet.segment(i, size, part, i + 1 == parts.len()).write(Checksum::Complete).0;
            let segment = segment(&offload, &inner, i);
            prop_assert_eq!(&segment, &expected, "segment {} of {}", i, parts.len());
            is_sound(&segment, part);
            prop_assert!(segment.len() <= offload.longest());
            all += outer + segment.len();
        }
        prop_assert_eq!(offload.longest(), inner.len() - packet.payload.len() + parts[0].len());
        prop_assert_eq!(offload.wire_len(outer), all);
        prop_assert_eq!(offload.segment_len(parts.len()), 0);
    }

    /// In place, and as the only segment.
    #[test]
    fn a_frame_that_is_no_train_gets_its_checksum(packet in packet(0..2000), outer in 0usize..50) {
        let (mut inner, header) = packet.single();
        let offload = Offload::from_virtio(&header, &inner).unwrap().unwrap();
        let expected = packet.write(Checksum::Complete).0;
        prop_assert_eq!((offload.segments(), offload.longest()), (1, inner.len()));
        prop_assert_eq!(offload.wire_len(outer), outer + inner.len());
        prop_assert_eq!(&segment(&offload, &inner, 0), &expected);
        prop_assert_eq!(offload.complete(&mut inner), Ok(()));
        prop_assert_eq!(&inner, &expected);
        is_sound(&inner, &packet.payload);
    }

    #[test]
    fn a_train_that_is_completed_is_one_large_packet(packet in packet(1..4000), size in 1u16..1500) {
        let (mut inner, header) = packet.train(size);
        let offload = Offload::from_virtio(&header, &inner).unwrap().unwrap();
        prop_assert_eq!(offload.complete(&mut inner), Ok(()));
        prop_assert_eq!(inner, packet.write(Checksum::Complete).0);
    }

    #[test]
    fn slices_of_other_lengths_are_refused_and_left_alone(
        packet in packet(1..3000),
        train: bool,
        size in 1u16..1500,
        i in 0usize..5,
        frame_off in -1isize..2,
        out_off in -1isize..2,
    ) {
        let (inner, header) = if train { packet.train(size) } else { packet.single() };
        let offload = Offload::from_virtio(&header, &inner).unwrap().unwrap();
        let mut frame = inner.clone();
        frame.resize(inner.len().saturating_add_signed(frame_off), 0);
        let mut out = vec![0xaa; offload.segment_len(i).saturating_add_signed(out_off)];
        let fits = i < offload.segments() && frame_off == 0 && out.len() == offload.segment_len(i);
        prop_assert_eq!(offload.write_segment(&frame, i, &mut out).is_ok(), fits);
        prop_assert!(fits || out.iter().all(|byte| *byte == 0xaa));
        let before = frame.clone();
        prop_assert_eq!(offload.complete(&mut frame).is_ok(), frame_off == 0);
        prop_assert!(frame_off == 0 || frame == before);
    }

    #[test]
    fn any_header_and_any_bytes_are_an_offload_or_an_error(
        header: [u8; VIRTIO_HEADER],
        inner in vec(any::<u8>(), 0..200),
    ) {
        does_no_harm(&header, &inner)?;
    }

    /// A frame and its header with a few bytes changed and the end cut off or made longer: some of those pass.
    #[test]
    fn broken_trains_are_an_offload_or_an_error(
        packet in packet(1..300),
        size in 1u16..100,
        in_header in vec((0..VIRTIO_HEADER, any::<u8>()), 0..3),
        in_frame in vec((12usize..120, any::<u8>()), 0..4),
        len in prop_oneof![Just(None), (0usize..300).prop_map(Some)],
    ) {
        let (mut inner, mut header) = packet.train(size);
        for (at, value) in in_header {
            header[at] = value;
        }
        inner.resize(len.unwrap_or(inner.len()), 0);
        for (at, value) in in_frame {
            if let Some(byte) = inner.get_mut(at) {
                *byte = value;
            }
        }
        does_no_harm(&header, &inner)?;
    }
}

#[test]
fn the_longest_trains_are_split() {
    for (mut packet, max) in [(tcp4(), 65_535usize - 40), (udp4(), 65_535 - 28), (tcp6(), 65_535 - 36)] {
        packet.payload = (0..max as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as u8).collect();
        for size in [1, 536, 1448, u16::MAX] {
            let (inner, header) = packet.train(size);
            let offload = Offload::from_virtio(&header, &inner).unwrap().unwrap();
            assert_eq!(offload.segments(), max.div_ceil(size.into()));
            assert_eq!(offload.segment_len(offload.segments()), 0);
            assert_eq!(offload.segment_len(usize::MAX), 0);
            for i in [0, offload.segments() / 2, offload.segments() - 1] {
                let part = packet.payload.chunks(size.into()).nth(i).unwrap();
                let expected = packet.segment(i, size, part, i + 1 == offload.segments());
                assert_eq!(segment(&offload, &inner, i), expected.write(Checksum::Complete).0);
            }
        }
    }
}

/// A UDP checksum that comes out as 0 is sent as 0xffff, where 0 would say that there is none; in TCP 0 is a checksum.
#[test]
fn a_checksum_of_0_is_not_none() {
    for (mut packet, expected) in [(udp4(), 0xffff), (tcp4(), 0)] {
        packet.payload = vec![0; 2];
        let (mut inner, header) = packet.single();
        let offload = Offload::from_virtio(&header, &inner).unwrap().unwrap();
        offload.complete(&mut inner).unwrap();
        let field = usize::from(get(&header, START) + get(&header, FIELD));
        let checksum = [inner[field], inner[field + 1]];
        // With its own checksum for content, everything adds up to 0xffff.
        packet.payload = checksum.to_vec();
        let (mut inner, header) = packet.single();
        Offload::from_virtio(&header, &inner).unwrap().unwrap().complete(&mut inner).unwrap();
        assert_eq!(u16::from_be_bytes([inner[field], inner[field + 1]]), expected);
    }
}

#[test]
fn a_header_becomes_the_same_header_again() {
    for packet in [tcp4(), tcp6(), udp4()] {
        for (inner, mut header) in [packet.train(700), packet.single()] {
            // What the kernel says of the length is a hint, and unknown flags mean nothing.
            let ours = Offload::from_virtio(&header, &inner).unwrap().unwrap().to_virtio();
            assert_eq!(ours, header);
            put(&mut header, HEADER_LEN, 12_345);
            header[0] |= 0xfe;
            assert_eq!(Offload::from_virtio(&header, &inner).unwrap().unwrap().to_virtio(), ours);
        }
    }
}

#[test]
fn congestion_notification_is_told_to_the_next_kernel() {
    let (inner, mut header) = tcp4().train(700);
    header[1] |= 0x80;
    let offload = Offload::from_virtio(&header, &inner).unwrap().unwrap();
    assert_eq!(offload.to_virtio(), header);
}

#[test]
fn a_frame_with_nothing_undone_has_no_offload() {
    assert_eq!(Offload::from_virtio(&[0; VIRTIO_HEADER], &[]), Ok(None));
    let mut valid = [0; VIRTIO_HEADER];
    valid[0] = 2;
    assert_eq!(Offload::from_virtio(&valid, &tcp4().write(Checksum::Complete).0), Ok(None));
}

/// Each has one thing wrong.
#[test]
fn what_does_not_agree_is_refused() {
    use OffloadError::*;
    type Break = fn(&mut Vec<u8>, &mut [u8; VIRTIO_HEADER]);
    let breaks: [(Packet, Break, OffloadError); 31] = [
        (tcp4(), |_, header| header[1] = 3, UnknownType(3)),
        (tcp4(), |_, header| header[1] = 0x80, UnknownType(0x80)),
        (udp4(), |_, header| header[1] |= 0x80, UnknownType(0x85)),
        (tcp4(), |_, header| header[0] = 0, OtherChecksum),
        (tcp4(), |_, header| put(header, FIELD, 6), OtherChecksum),
        (udp4(), |_, header| put(header, FIELD, 16), OtherChecksum),
        (tcp4(), |_, header| put(header, FIELD, u16::MAX), ChecksumOutside),
        (tcp4(), |_, header| put(header, START, u16::MAX), ChecksumOutside),
        (tcp4(), |_, header| put(header, START, 13), ChecksumOutside),
        (tcp4(), |inner, _| inner.truncate(34 + 17), ChecksumOutside),
        (tcp4(), |_, header| put(header, SIZE, 0), NoSize),
        (tcp4(), |_, header| header[1] = 4, OtherVersion),
        (tcp6(), |_, header| header[1] = 1, OtherVersion),
        (tcp4(), |inner, _| inner[13] = 6, OtherVersion),
        (tcp4(), |inner, _| inner[14] = 0x65, OtherVersion),
        (tcp6(), |inner, _| inner[14] = 0x45, OtherVersion),
        (tcp4(), |_, header| put(header, START, 14 + 16), BadHeaders),
        (tcp4(), |inner, _| inner[14] = 0x46, BadHeaders),
        (tcp4(), |inner, _| inner[14 + 9] = 17, BadHeaders),
        (tcp4(), |inner, _| inner[34 + 12] = 0x40, BadHeaders),
        (tcp4().with_payload(39), |inner, _| inner[34 + 12] = 0xf0, BadHeaders),
        (tcp4().with_payload(40), |inner, _| inner[34 + 12] = 0xf0, NoPayload),
        (tcp6(), |inner, _| inner[14 + 40] = 17, BadHeaders),
        (tcp6(), |inner, _| inner[14 + 40 + 1] = 0, BadHeaders),
        (tcp6(), |inner, _| inner[14 + 40 + 1] = 2, BadHeaders),
        (tcp4(), |inner, _| inner[14 + 6] |= 0x20, Fragment),
        (tcp4(), |inner, _| inner[14 + 7] |= 1, Fragment),
        (tcp6(), |inner, _| inner[14 + 6] = 44, Fragment),
        (tcp4(), |inner, _| inner.push(0), OtherLength),
        (tcp6(), |inner, _| inner.truncate(inner.len() - 1), OtherLength),
        (tcp4().with_payload(0), |_, _| (), NoPayload),
    ];
    for (at, (packet, spoil, error)) in breaks.into_iter().enumerate() {
        let (mut inner, mut header) = packet.train(700);
        assert!(error == NoPayload || Offload::from_virtio(&header, &inner).is_ok());
        spoil(&mut inner, &mut header);
        assert_eq!(Offload::from_virtio(&header, &inner), Err(error), "case {at}");
        assert_eq!(DropReason::from(error), DropReason::BadOffload);
    }
}

/// What holds for every header and frame, and how the frame is split if they pass.
fn does_no_harm(header: &[u8; VIRTIO_HEADER], inner: &[u8]) -> Result<(), TestCaseError> {
    let Ok(Some(offload)) = Offload::from_virtio(header, inner) else { return Ok(()) };
    prop_assert_eq!(Offload::from_virtio(&offload.to_virtio(), inner), Ok(Some(offload)));
    let lens = (0..offload.segments()).map(|i| segment(&offload, inner, i).len());
    prop_assert_eq!(lens.sum::<usize>(), offload.wire_len(0));
    prop_assert_eq!(offload.complete(&mut inner.to_vec()), Ok(()));
    Ok(())
}

fn segment(offload: &Offload, inner: &[u8], i: usize) -> Vec<u8> {
    let mut out = vec![0xaa; offload.segment_len(i)];
    assert_eq!(offload.write_segment(inner, i, &mut out), Ok(()));
    out
}

/// The frame parses, has this payload, and its checksums are what etherparse computes from it.
fn is_sound(frame: &[u8], payload: &[u8]) {
    let packet = SlicedPacket::from_ethernet(frame).unwrap();
    match (packet.net.unwrap(), packet.transport.unwrap()) {
        (NetSlice::Ipv4(ip), TransportSlice::Tcp(tcp)) => {
            let ip = ip.header();
            assert_eq!(ip.header_checksum(), ip.to_header().calc_header_checksum());
            assert_eq!(Ok(tcp.checksum()), tcp.calc_checksum_ipv4(ip.source(), ip.destination()));
            assert_eq!(tcp.payload(), payload);
        }
        (NetSlice::Ipv6(ip), TransportSlice::Tcp(tcp)) => {
            let ip = ip.header();
            assert_eq!(Ok(tcp.checksum()), tcp.calc_checksum_ipv6(ip.source(), ip.destination()));
            assert_eq!(tcp.payload(), payload);
        }
        (NetSlice::Ipv4(ip), TransportSlice::Udp(udp)) => {
            let ip = ip.header().to_header();
            assert_eq!(ip.header_checksum, ip.calc_header_checksum());
            assert_eq!(Ok(udp.checksum()), udp.to_header().calc_checksum_ipv4(&ip, payload));
            assert_eq!(udp.payload(), payload);
        }
        (NetSlice::Ipv6(ip), TransportSlice::Udp(udp)) => {
            let ip = ip.header().to_header();
            assert_eq!(Ok(udp.checksum()), udp.to_header().calc_checksum_ipv6(&ip, payload));
            assert_eq!(udp.payload(), payload);
        }
        other => panic!("{other:?}"),
    }
}

/// One packet as its host means it. Lengths, types and checksums come in when it is written.
#[derive(Clone, Debug)]
struct Packet {
    tags: Vec<u16>,
    net: Net,
    transport: Transport,
    payload: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Net {
    V4(Ipv4Header),
    /// With the extension headers: what each is, and its content.
    V6(Ipv6Header, Vec<(IpNumber, Vec<u8>)>),
}

#[derive(Clone, Debug)]
enum Transport {
    Tcp(TcpHeader),
    Udp(UdpHeader),
}

#[derive(Clone, Copy, PartialEq)]
enum Checksum {
    /// Over everything.
    Complete,
    /// The sum of the pseudo-header, as the kernel leaves it.
    Partial,
}

impl Packet {
    /// The frame and the virtio header of a train of segments of `size` bytes.
    fn train(&self, size: u16) -> (Vec<u8>, [u8; VIRTIO_HEADER]) {
        let (inner, mut header) = self.single();
        header[1] = match (&self.transport, &self.net) {
            (Transport::Tcp(_), Net::V4(_)) => 1,
            (Transport::Tcp(_), Net::V6(..)) => 4,
            (Transport::Udp(_), _) => 5,
        };
        put(&mut header, HEADER_LEN, (inner.len() - self.payload.len()) as u16);
        put(&mut header, SIZE, size);
        (inner, header)
    }

    /// The frame and the virtio header of a packet whose checksum is partial.
    fn single(&self) -> (Vec<u8>, [u8; VIRTIO_HEADER]) {
        let (inner, start) = self.write(Checksum::Partial);
        let mut header = [0; VIRTIO_HEADER];
        header[0] = 1;
        put(&mut header, START, start as u16);
        put(&mut header, FIELD, if matches!(self.transport, Transport::Tcp(_)) { 16 } else { 6 });
        (inner, header)
    }

    /// Segment `i` of this train.
    fn segment(&self, i: usize, size: u16, part: &[u8], last: bool) -> Packet {
        let mut packet = Packet { payload: part.to_vec(), ..self.clone() };
        if let Net::V4(ip) = &mut packet.net {
            ip.identification = ip.identification.wrapping_add(i as u16);
        }
        if let Transport::Tcp(tcp) = &mut packet.transport {
            tcp.sequence_number = tcp.sequence_number.wrapping_add(i as u32 * u32::from(size));
            tcp.cwr &= i == 0;
            tcp.fin &= last;
            tcp.psh &= last;
        }
        packet
    }

    fn with_payload(&self, len: usize) -> Packet {
        Packet { payload: vec![7; len], ..self.clone() }
    }

    /// The Ethernet frame, and where its TCP or UDP header starts.
    fn write(&self, checksum: Checksum) -> (Vec<u8>, usize) {
        let mut out = Vec::new();
        self.write_link(&mut out);
        let (protocol, transport_len) = match &self.transport {
            Transport::Tcp(tcp) => (IpNumber::TCP, tcp.header_len()),
            Transport::Udp(_) => (IpNumber::UDP, UdpHeader::LEN),
        };
        let len = transport_len + self.payload.len();
        match &self.net {
            Net::V4(ip) => {
                let mut ip = Ipv4Header { protocol, ..ip.clone() };
                ip.set_payload_len(len).unwrap();
                ip.header_checksum = ip.calc_header_checksum();
                ip.write(&mut out).unwrap();
            }
            Net::V6(ip, extensions) => {
                let numbers = extensions.iter().map(|(number, _)| *number).chain([protocol]);
                let content: usize = extensions.iter().map(|(_, content)| 2 + content.len()).sum();
                let mut numbers = numbers.peekable();
                let mut ip = Ipv6Header { next_header: numbers.next().unwrap(), ..ip.clone() };
                ip.set_payload_length(content + len).unwrap();
                ip.write(&mut out).unwrap();
                for ((_, content), next) in extensions.iter().zip(numbers) {
                    Ipv6RawExtHeader::new_raw(next, content).unwrap().write(&mut out).unwrap();
                }
            }
        }
        let start = out.len();
        match &self.transport {
            Transport::Tcp(tcp) => {
                let mut tcp = tcp.clone();
                tcp.checksum = match (checksum, &self.net) {
                    (Checksum::Partial, _) => self.pseudo_header_sum(protocol, len),
                    (_, Net::V4(ip)) => tcp.calc_checksum_ipv4(ip, &self.payload).unwrap(),
                    (_, Net::V6(ip, _)) => tcp.calc_checksum_ipv6(ip, &self.payload).unwrap(),
                };
                tcp.write(&mut out).unwrap();
            }
            Transport::Udp(udp) => {
                let mut udp = UdpHeader { length: len as u16, ..udp.clone() };
                udp.checksum = match (checksum, &self.net) {
                    (Checksum::Partial, _) => self.pseudo_header_sum(protocol, len),
                    (_, Net::V4(ip)) => udp.calc_checksum_ipv4(ip, &self.payload).unwrap(),
                    (_, Net::V6(ip, _)) => udp.calc_checksum_ipv6(ip, &self.payload).unwrap(),
                };
                udp.write(&mut out).unwrap();
            }
        }
        out.extend_from_slice(&self.payload);
        (out, start)
    }

    fn write_link(&self, out: &mut Vec<u8>) {
        let ip = match self.net {
            Net::V4(_) => EtherType::IPV4,
            Net::V6(..) => EtherType::IPV6,
        };
        // The outer of two tags is the service's.
        let tag = |left: usize| match left {
            0 => ip,
            1 => EtherType::VLAN_TAGGED_FRAME,
            _ => EtherType::PROVIDER_BRIDGING,
        };
        let ether_type = tag(self.tags.len());
        Ethernet2Header { source: [2; 6], destination: [6; 6], ether_type }.write(out).unwrap();
        for (at, id) in self.tags.iter().enumerate() {
            let ether_type = tag(self.tags.len() - at - 1);
            let vlan_id = VlanId::try_new(*id).unwrap();
            SingleVlanHeader { vlan_id, ether_type, ..Default::default() }.write(out).unwrap();
        }
    }

    fn pseudo_header_sum(&self, protocol: IpNumber, len: usize) -> u16 {
        let mut sum = Sum16BitWords::new();
        sum = match &self.net {
            Net::V4(ip) => sum.add_4bytes(ip.source).add_4bytes(ip.destination),
            Net::V6(ip, _) => sum.add_16bytes(ip.source).add_16bytes(ip.destination),
        };
        let len = u16::try_from(len).unwrap().to_be_bytes();
        !sum.add_2bytes([0, protocol.0]).add_2bytes(len).ones_complement().to_be()
    }
}

/// Options, extension headers and two VLAN tags may be there; numbers may wrap around.
fn packet(payload: std::ops::Range<usize>) -> impl Strategy<Value = Packet> {
    let payload = (payload, any::<u8>(), any::<u8>()).prop_map(|(len, start, step)| {
        (0..len).map(|i| start.wrapping_add(step.wrapping_mul(i as u8))).collect()
    });
    (vec(0u16..4096, 0..3), prop_oneof![ipv4(), ipv6()], prop_oneof![3 => tcp(), 1 => udp()], payload)
        .prop_map(|(tags, net, transport, payload)| Packet { tags, net, transport, payload })
}

fn ipv4() -> impl Strategy<Value = Net> {
    (vec(any::<[u8; 4]>(), 0..11), any::<(u16, bool, u8, [u8; 4], [u8; 4])>()).prop_map(
        |(options, (identification, dont_fragment, time_to_live, source, destination))| {
            Net::V4(Ipv4Header {
                identification,
                dont_fragment,
                time_to_live,
                source,
                destination,
                options: Ipv4Options::try_from(options.as_flattened()).unwrap(),
                ..Default::default()
            })
        },
    )
}

fn ipv6() -> impl Strategy<Value = Net> {
    let content = (0usize..4, any::<u8>()).prop_map(|(units, byte)| vec![byte; 6 + 8 * units]);
    let others = prop_oneof![Just(IpNumber::IPV6_DESTINATION_OPTIONS), Just(IpNumber::IPV6_ROUTE_HEADER)];
    let extensions = (proptest::option::of(content.clone()), vec((others, content), 0..3));
    (extensions, any::<(u8, u8, [u8; 16], [u8; 16])>()).prop_map(
        |((hop_by_hop, others), (traffic_class, hop_limit, source, destination))| {
            let first = hop_by_hop.map(|content| (IpNumber::IPV6_HEADER_HOP_BY_HOP, content));
            let ip = Ipv6Header { traffic_class, hop_limit, source, destination, ..Default::default() };
            Net::V6(ip, first.into_iter().chain(others).collect())
        },
    )
}

fn tcp() -> impl Strategy<Value = Transport> {
    let options = vec(any::<[u8; 4]>(), 0..11);
    (options, any::<(u16, u16, u32, u32, u16, u16)>(), any::<[bool; 9]>()).prop_map(
        |(options, (from, to, sequence, acknowledgment_number, window, urgent_pointer), flags)| {
            let mut tcp = TcpHeader::new(from, to, sequence, window);
            (tcp.acknowledgment_number, tcp.urgent_pointer) = (acknowledgment_number, urgent_pointer);
            [tcp.ns, tcp.fin, tcp.syn, tcp.rst, tcp.psh, tcp.ack, tcp.urg, tcp.ece, tcp.cwr] = flags;
            tcp.set_options_raw(options.as_flattened()).unwrap();
            Transport::Tcp(tcp)
        },
    )
}

fn udp() -> impl Strategy<Value = Transport> {
    any::<(u16, u16)>().prop_map(|(source_port, destination_port)| {
        Transport::Udp(UdpHeader { source_port, destination_port, ..Default::default() })
    })
}

fn tcp4() -> Packet {
    let ip = Ipv4Header::new(0, 64, IpNumber::TCP, [10, 0, 0, 1], [10, 0, 0, 2]).unwrap();
    let transport = Transport::Tcp(TcpHeader::new(40_000, 80, u32::MAX - 1000, 500));
    Packet { tags: vec![], net: Net::V4(ip), transport, payload: vec![7; 2000] }
}

fn udp4() -> Packet {
    let udp = UdpHeader { source_port: 40_000, destination_port: 443, ..Default::default() };
    Packet { transport: Transport::Udp(udp), ..tcp4() }
}

/// With one extension header, of 16 bytes.
fn tcp6() -> Packet {
    let ip = Ipv6Header { hop_limit: 64, source: [0xfd; 16], destination: [0xfe; 16], ..Default::default() };
    let extensions =
        vec![(IpNumber::IPV6_DESTINATION_OPTIONS, vec![1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])];
    Packet { net: Net::V6(ip, extensions), ..tcp4() }
}

// Where the numbers of a virtio header stand, in the machine's byte order.
const HEADER_LEN: usize = 2;
const SIZE: usize = 4;
const START: usize = 6;
const FIELD: usize = 8;

fn get(header: &[u8; VIRTIO_HEADER], at: usize) -> u16 {
    u16::from_ne_bytes([header[at], header[at + 1]])
}

fn put(header: &mut [u8; VIRTIO_HEADER], at: usize, value: u16) {
    header[at..at + 2].copy_from_slice(&value.to_ne_bytes());
}
