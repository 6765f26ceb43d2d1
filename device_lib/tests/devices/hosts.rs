//! Two hosts, each behind a TAP, with the test between them.

use crate::corner::net::{addresses, inside, network, up_with};
use device_lib::merging::Merging;
use device_lib::namespace::NetNamespace;
use device_lib::port::Port;
use device_lib::tap::Tap;
use std::fs;

pub struct Hosts {
    pub west: NetNamespace,
    pub east: NetNamespace,
    /// The TAPs: west, east.
    pub taps: [Tap; 2],
}

pub fn hosts() -> Hosts {
    let (west, east) = (network(), network());
    let taps = [(&west, 1), (&east, 2)].map(|(network, number)| {
        inside(network, || {
            let tap = Tap::open("tap").unwrap();
            patient();
            up_with("tap", &addresses(number));
            tap
        })
    });
    Hosts { west, east, taps }
}

impl Hosts {
    /// The TAPs as ports of a driver: west 0, east 1.
    pub fn ports(taps: [Tap; 2]) -> impl Iterator<Item = Box<dyn Port>> {
        taps.into_iter().map(|tap| {
            let datagrams = tap.takes_datagram_trains();
            Box::new(Merging::new(tap, datagrams)) as Box<dyn Port>
        })
    }
}

/// TCP is not to take a slow machine for a network that loses: it waits half a minute for an acknowledgement before it sends
/// anything again, and gives up soon after. Kernels that don't know one of these settings have to do without.
fn patient() {
    for (name, value) in
        [("early_retrans", "0"), ("rto_min_us", "30000000"), ("retries2", "2"), ("syn_retries", "5")]
    {
        let _ = fs::write(format!("/proc/sys/net/ipv4/tcp_{name}"), value);
    }
}
