//! What frames of address resolution say.

use crate::addr::Mac;
use etherparse::icmpv6::{Icmpv6PayloadSlice, NdpOptionSlice};
use etherparse::{ArpOperation, Icmpv6Slice, Icmpv6Type, NetSlice, SlicedPacket, TransportSlice, icmpv6};
use std::net::{IpAddr, Ipv4Addr};

/// What a frame of address resolution says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Who has `target`?
    Asks {
        /// The address that is looked for.
        target: IpAddr,
        /// Who wants to know. None if it wants the address for itself and makes sure that nobody has it (RFC 5227, RFC 4862).
        asker: Option<(IpAddr, Mac)>,
    },
    /// This is whose address it is.
    Tells {
        /// The address; none in a reverse ARP request, which only shows where its sender is.
        address: Option<IpAddr>,
        /// Whose it is.
        mac: Mac,
        /// True if nobody had asked.
        to_all: bool,
    },
    /// Router solicitations and listener reports: of no use to anybody but routers and switches.
    ForRouters,
}

/// What an Ethernet frame says of address resolution; `None` if it is of another kind or malformed. Of data frames no more
/// than a few bytes are looked at.
#[inline]
pub fn read(frame: &[u8]) -> Option<Said> {
    match frame {
        [_, _, _, _, _, _, _, _, _, _, _, _, 0x08, 0x06, ..] => arp(frame),
        [_, _, _, _, _, _, _, _, _, _, _, _, 0x80, 0x35, ..] => reverse_arp(frame),
        // IPv6 whose next header is ICMPv6, or hop-by-hop options with listener reports behind them.
        [_, _, _, _, _, _, _, _, _, _, _, _, 0x86, 0xdd, _, _, _, _, _, _, 58, ..] if is_wanted(frame) => {
            discovery(frame)
        }
        [_, _, _, _, _, _, _, _, _, _, _, _, 0x86, 0xdd, _, _, _, _, _, _, 0, ..] => discovery(frame),
        _ => None,
    }
}

/// Whether an ICMPv6 message is of a type that is read.
#[inline]
fn is_wanted(frame: &[u8]) -> bool {
    matches!(
        frame.get(14 + 40),
        Some(
            &(icmpv6::TYPE_ROUTER_SOLICITATION
                | icmpv6::TYPE_NEIGHBOR_SOLICITATION
                | icmpv6::TYPE_NEIGHBOR_ADVERTISEMENT
                | icmpv6::TYPE_MULTICAST_LISTENER_REPORT
                | icmpv6::TYPE_MULTICAST_LISTENER_REDUCTION
                | LISTENER_REPORT_V2)
        )
    )
}

fn arp(frame: &[u8]) -> Option<Said> {
    let Some(NetSlice::Arp(packet)) = SlicedPacket::from_ethernet(frame).ok()?.net else { return None };
    let packet = packet.to_packet().try_eth_ipv4().ok()?;
    let (sender, target) = (Ipv4Addr::from(packet.sender_ipv4), Ipv4Addr::from(packet.target_ipv4));
    let mac = Mac(packet.sender_mac);
    match packet.operation {
        _ if sender == target => Some(Said::Tells { address: Some(sender.into()), mac, to_all: true }),
        ArpOperation::REQUEST => {
            let asker = (!sender.is_unspecified()).then_some((sender.into(), mac));
            Some(Said::Asks { target: target.into(), asker })
        }
        ArpOperation::REPLY => {
            Some(Said::Tells { address: Some(sender.into()), mac, to_all: frame[0] & 1 == 1 })
        }
        _ => None,
    }
}

fn reverse_arp(frame: &[u8]) -> Option<Said> {
    let sender = frame.get(14 + 8..14 + 14)?;
    Some(Said::Tells { address: None, mac: Mac(sender.try_into().ok()?), to_all: true })
}

fn discovery(frame: &[u8]) -> Option<Said> {
    let packet = SlicedPacket::from_ethernet(frame).ok()?;
    let (Some(NetSlice::Ipv6(ip)), Some(TransportSlice::Icmpv6(message))) = (packet.net, packet.transport)
    else {
        return None;
    };
    let source = ip.header().source_addr();
    match message.type_u8() {
        icmpv6::TYPE_ROUTER_SOLICITATION
        | icmpv6::TYPE_MULTICAST_LISTENER_REPORT
        | icmpv6::TYPE_MULTICAST_LISTENER_REDUCTION
        | LISTENER_REPORT_V2 => return Some(Said::ForRouters),
        icmpv6::TYPE_NEIGHBOR_SOLICITATION | icmpv6::TYPE_NEIGHBOR_ADVERTISEMENT => {}
        _ => return None,
    }
    // Whatever passed a router is forged (RFC 4861, section 7.1).
    if ip.header().hop_limit() != 255 {
        return None;
    }
    neighbour(&message, source.into())
}

fn neighbour(message: &Icmpv6Slice<'_>, source: IpAddr) -> Option<Said> {
    match message.payload_slice().ok()? {
        Icmpv6PayloadSlice::NeighborSolicitation(question) => {
            let mac = question.options_iterator().flatten().find_map(|option| match option {
                NdpOptionSlice::SourceLinkLayerAddress(option) => option.link_layer_address().try_into().ok(),
                _ => None,
            });
            let asker = match (source.is_unspecified(), mac) {
                (true, _) => None,
                (false, mac) => Some((source, Mac(mac?))),
            };
            Some(Said::Asks { target: question.target_address().into(), asker })
        }
        Icmpv6PayloadSlice::NeighborAdvertisement(told) => {
            let mac = told.options_iterator().flatten().find_map(|option| match option {
                NdpOptionSlice::TargetLinkLayerAddress(option) => option.link_layer_address().try_into().ok(),
                _ => None,
            });
            let Icmpv6Type::NeighborAdvertisement(header) = message.icmp_type() else { return None };
            let (address, to_all) = (Some(told.target_address().into()), !header.solicited);
            Some(Said::Tells { address, mac: Mac(mac?), to_all })
        }
        _ => None,
    }
}

/// Version 2 (RFC 3810, section 5.2).
const LISTENER_REPORT_V2: u8 = 143;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolution::{announcement, answer};
    use proptest::prelude::*;

    const A: Mac = Mac([2, 0, 0, 0, 0, 1]);
    const B: Mac = Mac([2, 0, 0, 0, 0, 2]);

    /// As Linux 6.18 sent it: `ip neigh flush`, `ping -c 1 10.9.0.2`.
    const ARP_REQUEST: &[u8] = &[
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1,
        10, 9, 0, 1, 0, 0, 0, 0, 0, 0, 10, 9, 0, 2,
    ];

    /// The same for `ping -c 1 fd00::2` from fd00::1; the checksum is not looked at.
    fn solicitation(source: [u8; 16], option: bool) -> Vec<u8> {
        let mut frame = vec![0x33, 0x33, 0xff, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x86, 0xdd];
        frame.extend([0x60, 0, 0, 0, 0, if option { 32 } else { 24 }, 58, 255]);
        frame.extend(source);
        frame.extend([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 2]);
        frame.extend([135, 0, 0x12, 0x34, 0, 0, 0, 0]);
        frame.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
        if option {
            frame.extend([1, 1, 2, 0, 0, 0, 0, 1]);
        }
        frame
    }

    #[test]
    fn questions_of_linux_are_understood() {
        let [v4, v6] = ["10.9.0.1", "fd00::1"].map(|address| address.parse::<IpAddr>().unwrap());
        let asks = |target: &str, asker| Some(Said::Asks { target: target.parse().unwrap(), asker });
        assert_eq!(read(ARP_REQUEST), asks("10.9.0.2", Some((v4, A))));
        let source = [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        assert_eq!(read(&solicitation(source, true)), asks("fd00::2", Some((v6, A))));
        assert_eq!(read(&solicitation([0; 16], false)), asks("fd00::2", None), "a probe");
        assert_eq!(read(&solicitation(source, false)), None, "nobody could be answered");
        let mut probe = ARP_REQUEST.to_vec();
        probe[28..32].fill(0);
        assert_eq!(read(&probe), asks("10.9.0.2", None));
        let mut routed = solicitation(source, true);
        routed[14 + 7] = 64;
        assert_eq!(read(&routed), None, "it came from afar");
    }

    #[test]
    fn what_we_say_is_understood() {
        for address in ["10.9.0.1", "fd00::1"] {
            let address: IpAddr = address.parse().unwrap();
            let told = |to_all| Some(Said::Tells { address: Some(address), mac: A, to_all });
            assert_eq!(read(&announcement(Some(address), A)), told(true));
            let asker = if address.is_ipv4() { "10.9.0.2" } else { "fd00::2" };
            let answer = answer((address, A), (asker.parse().unwrap(), B)).unwrap();
            assert_eq!(read(&answer), told(false));
        }
        assert_eq!(read(&announcement(None, A)), Some(Said::Tells { address: None, mac: A, to_all: true }));
    }

    #[test]
    fn reports_are_for_routers() {
        // A listener report of version 2 as Linux sends it: behind a hop-by-hop option (RFC 3810, section 5).
        let mut report = vec![0x33, 0x33, 0, 0, 0, 0x16, 2, 0, 0, 0, 0, 1, 0x86, 0xdd];
        report.extend([0x60, 0, 0, 0, 0, 36, 0, 1]);
        report.extend([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        report.extend([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16]);
        report.extend([58, 0, 5, 2, 0, 0, 1, 0]);
        report.extend([143, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0]);
        report.extend([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 1]);
        assert_eq!(read(&report), Some(Said::ForRouters));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(
            frame in prop::sample::select(vec![
                ARP_REQUEST.to_vec(), solicitation([0xfd; 16], true), announcement(None, A).to_vec(),
            ]),
            changes in prop::collection::vec((0usize..90, any::<u8>()), 0..8),
            length in 0usize..100,
        ) {
            let mut frame = frame;
            for (at, byte) in changes {
                if let Some(place) = frame.get_mut(at) {
                    *place = byte;
                }
            }
            frame.truncate(length);
            let _ = read(&frame);
        }
    }
}
