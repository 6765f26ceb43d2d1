//! Frames of address resolution.

use crate::addr::Mac;
use crate::buffer_pool::Frame;
use etherparse::icmpv6::NeighborAdvertisementHeader;
use etherparse::{
    ArpEthIpv4Packet, ArpOperation, ArpPacket, EtherType, Ethernet2Header, Icmpv6Type, PacketBuilder,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Tells everybody that `address` belongs to `mac` and where that is: a gratuitous ARP or an unsolicited neighbour
/// advertisement. Without an address, a reverse ARP request, which at least tells switches.
pub fn announcement(address: Option<IpAddr>, mac: Mac) -> Frame {
    match address {
        Some(IpAddr::V4(address)) => {
            let packet = arp(ArpOperation::REQUEST, (mac, address), (Mac([0; 6]), address));
            ethernet(Mac::BROADCAST, mac, EtherType::ARP, &packet.to_bytes())
        }
        Some(IpAddr::V6(address)) => {
            let header = NeighborAdvertisementHeader { router: false, solicited: false, r#override: true };
            advertisement((address, mac), (Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1), ALL_NODES), header)
        }
        None => {
            let nobody = Ipv4Addr::UNSPECIFIED;
            let packet = arp(REVERSE_REQUEST, (mac, nobody), (mac, nobody));
            ethernet(Mac::BROADCAST, mac, REVERSE_ARP, &packet.to_bytes())
        }
    }
}

/// Answers `asker`: the address belongs to this host. `None` if one of them is an IPv4 address and the other is not.
pub fn answer((address, mac): (IpAddr, Mac), (asker, asker_mac): (IpAddr, Mac)) -> Option<Frame> {
    match (address, asker) {
        (IpAddr::V4(address), IpAddr::V4(asker)) => {
            let packet = arp(ArpOperation::REPLY, (mac, address), (asker_mac, asker));
            Some(ethernet(asker_mac, mac, EtherType::ARP, &packet.to_bytes()))
        }
        (IpAddr::V6(address), IpAddr::V6(asker)) => {
            // Whoever answers for others must not override what the host itself says (RFC 4861, section 7.2.8).
            let header = NeighborAdvertisementHeader { router: false, solicited: true, r#override: false };
            Some(advertisement((address, mac), (asker, asker_mac), header))
        }
        _ => None,
    }
}

fn arp(operation: ArpOperation, sender: (Mac, Ipv4Addr), target: (Mac, Ipv4Addr)) -> ArpPacket {
    let packet = ArpEthIpv4Packet {
        operation,
        sender_mac: sender.0.0,
        sender_ipv4: sender.1.octets(),
        target_mac: target.0.0,
        target_ipv4: target.1.octets(),
    };
    packet.into()
}

fn ethernet(to: Mac, from: Mac, ether_type: EtherType, payload: &[u8]) -> Frame {
    let header = Ethernet2Header { destination: to.0, source: from.0, ether_type };
    let mut frame = [0; 14 + 28];
    let (front, rest) = frame.split_at_mut(14);
    front.copy_from_slice(&header.to_bytes());
    rest.copy_from_slice(payload);
    Frame::copy_from(&frame)
}

fn advertisement(
    (address, mac): (Ipv6Addr, Mac),
    (to, to_mac): (Ipv6Addr, Mac),
    header: NeighborAdvertisementHeader,
) -> Frame {
    let mut body = [0; 16 + 8];
    body[..16].copy_from_slice(&address.octets());
    body[16..18].copy_from_slice(&[TARGET_ADDRESS, 1]);
    body[18..].copy_from_slice(&mac.0);
    let builder = PacketBuilder::ethernet2(mac.0, to_mac.0)
        .ipv6(address.octets(), to.octets(), 255)
        .icmpv6(Icmpv6Type::NeighborAdvertisement(header));
    const LENGTH: usize = 14 + 40 + 8 + 16 + 8;
    let mut frame = [0; LENGTH];
    let written = builder.write_to_slice(&mut frame, &body);
    debug_assert!(written.is_ok_and(|length| length == LENGTH), "the lengths are constants");
    Frame::copy_from(&frame)
}

/// The group of all nodes on a link.
const ALL_NODES: Mac = Mac([0x33, 0x33, 0, 0, 0, 1]);
/// RFC 903.
const REVERSE_ARP: EtherType = EtherType(0x8035);
const REVERSE_REQUEST: ArpOperation = ArpOperation(3);
/// The type of the option that holds the target's link-layer address.
const TARGET_ADDRESS: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use etherparse::{NetSlice, SlicedPacket, TransportSlice};

    const A: Mac = Mac([2, 0, 0, 0, 0, 1]);
    const B: Mac = Mac([2, 0, 0, 0, 0, 2]);

    #[test]
    fn arp_frames_are_as_the_rfcs_lay_them_out() {
        let gratuitous = announcement(Some("10.9.0.1".parse().unwrap()), A);
        let expected = [
            &[0xff; 6][..],
            &A.0,
            &[8, 6, 0, 1, 8, 0, 6, 4, 0, 1],
            &A.0,
            &[10, 9, 0, 1],
            &[0; 6],
            &[10, 9, 0, 1],
        ];
        assert_eq!(gratuitous[..], expected.concat());
        let reverse = announcement(None, A);
        let expected =
            [&[0xff; 6][..], &A.0, &[0x80, 0x35, 0, 1, 8, 0, 6, 4, 0, 3], &A.0, &[0; 4], &A.0, &[0; 4]];
        assert_eq!(reverse[..], expected.concat());
    }

    #[test]
    fn advertisements_have_the_right_checksum_and_flags() {
        let [one, two] = ["fd00::1", "fd00::2"].map(|address| address.parse::<IpAddr>().unwrap());
        let frames = [(announcement(Some(one), A), 0x20), (answer((one, A), (two, B)).unwrap(), 0x40)];
        for (frame, flags) in frames {
            let packet = SlicedPacket::from_ethernet(&frame).unwrap();
            let (Some(NetSlice::Ipv6(ip)), Some(TransportSlice::Icmpv6(message))) =
                (packet.net, packet.transport)
            else {
                panic!("ICMPv6");
            };
            let header = ip.header();
            assert!(message.is_checksum_valid(header.source(), header.destination()));
            assert_eq!((header.hop_limit(), message.bytes5to8()), (255, [flags, 0, 0, 0]));
        }
        assert_eq!(answer((one, A), ("10.9.0.1".parse().unwrap(), B)), None);
    }
}
