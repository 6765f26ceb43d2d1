//! Addresses, derived from names: the same name has the same addresses in every run.

use super::packet::HostAddress;
use node_lib::addr::Mac;
use node_lib::random::Key;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The address of a node's radio.
pub fn radio_mac(name: &str) -> Mac {
    Mac::local(RADIO, bits(name))
}

/// The link-layer address of the host behind a node's TAP, or of a server.
pub fn host_mac(name: &str) -> Mac {
    Mac::local(HOST, bits(name))
}

/// The network address of the host behind a node's TAP, or of a server: in fd72:6d::/64, with the interface identifier
/// that belongs to its link-layer address (RFC 4291, appendix A).
pub fn host_ip(name: &str) -> Ipv6Addr {
    let [a, b, c, d, e, f] = host_mac(name).0;
    let [p, q] = PREFIX.map(u16::to_be_bytes);
    Ipv6Addr::from([p[0], p[1], q[0], q[1], 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f])
}

/// The IPv4 address of the host of the party with this number, in 10.109.0.0/16. Names have no room in it, so it holds for
/// one scenario only. `None` for numbers that it has no room for either.
pub fn host_ipv4(party: u32) -> Option<Ipv4Addr> {
    let [0, 0, high, low] = party.checked_add(1)?.to_be_bytes() else { return None };
    ([high, low] != [255, 255]).then_some(Ipv4Addr::new(10, 109, high, low))
}

/// Both addresses of a host.
pub(crate) fn host(name: &str) -> HostAddress {
    HostAddress { mac: host_mac(name), ip: host_ip(name) }
}

/// Both addresses of a host that has its node's radio itself.
pub(crate) fn radio_host(name: &str) -> HostAddress {
    HostAddress { mac: radio_mac(name), ip: host_ip(name) }
}

fn bits(name: &str) -> u64 {
    Key::seed(0).with_name(name).bits()
}

/// First byte of the radios' addresses.
const RADIO: u8 = 0x02;
/// First byte of the hosts' addresses.
const HOST: u8 = 0x06;
/// The first two groups of the hosts' network prefix.
const PREFIX: [u16; 2] = [0xfd72, 0x006d];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_one_radio_and_one_host_with_the_same_tail() {
        let (radio, host) = (radio_mac("car1"), host_mac("car1"));
        assert_eq!((radio.0[0], host.0[0]), (2, 6));
        assert_eq!(radio.0[1..], host.0[1..]);
        assert_ne!(radio, radio_mac("car2"));
        assert!(radio.is_unicast() && host.is_unicast());
        let ip = host_ip("car1").segments();
        assert_eq!((ip[..4].to_vec(), ip[4] >> 8), (vec![0xfd72, 0x6d, 0, 0], 4));
    }
}
