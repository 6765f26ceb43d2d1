//! Networks for tests: namespaces, interfaces with addresses, and what the kernel counts.

use device_lib::DeviceError;
use device_lib::namespace::{NetNamespace, apart};
use device_lib::netlink::{LinkSettings, Netlink};
use device_lib::port::Port;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use node_lib::buffer_pool::Frame;
use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::thread;
use std::time::{Duration, Instant};

/// A new network namespace.
pub fn network() -> NetNamespace {
    apart(NetNamespace::enter_new).unwrap()
}

/// Does something in a namespace, on a thread of its own.
pub fn inside<T: Send>(network: &NetNamespace, work: impl FnOnce() -> T + Send) -> T {
    network.run(|| Ok::<T, DeviceError>(work())).unwrap()
}

/// Switches an interface on.
pub fn up(interface: &str) {
    switch(interface, true);
}

/// Switches an interface on or off.
pub fn switch(interface: &str, up: bool) {
    let settings = LinkSettings { up: Some(up), ..LinkSettings::default() };
    Netlink::open().unwrap().set_link(interface, &settings).unwrap();
}

/// Gives an interface addresses, each in a network of /24 or /64, and switches it on.
pub fn up_with(interface: &str, addresses: &[IpAddr]) {
    let mut netlink = Netlink::open().unwrap();
    let index = netlink.link(interface).unwrap().index;
    for address in addresses {
        netlink.add_address(index, *address, if address.is_ipv4() { 24 } else { 64 }).unwrap();
    }
    up(interface);
}

/// IPv4 and IPv6 of a host.
pub fn addresses(number: u8) -> [IpAddr; 2] {
    let v6 = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, number.into());
    [Ipv4Addr::new(10, 9, 0, number).into(), v6.into()]
}

/// A wire in the caller's namespace whose ends have these names; both are on.
pub fn wire(one: &str, other: &str) {
    Netlink::open().unwrap().add_veth(one, (other, None)).unwrap();
    up(one);
    up(other);
}

/// The next frame of a device, waited for.
pub fn next(port: &mut impl Port) -> Frame {
    loop {
        if let Some(frame) = port.recv().unwrap() {
            return frame;
        }
        poll(&mut [PollFd::new(port.fd(), PollFlags::POLLIN)], PollTimeout::NONE).unwrap();
    }
}

/// What the kernel counted in the caller's namespace, by protocol and name: `Tcp.RetransSegs`, `Icmp6InMsgs`.
pub fn counted() -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    let snmp = fs::read_to_string("/proc/thread-self/net/snmp").unwrap();
    let lines: Vec<&str> = snmp.lines().collect();
    for pair in lines.chunks_exact(2) {
        let (protocol, names) = pair[0].split_once(": ").unwrap();
        let (_, values) = pair[1].split_once(": ").unwrap();
        for (name, value) in names.split(' ').zip(values.split(' ')) {
            counts.insert(format!("{protocol}.{name}"), value.parse().unwrap_or(0));
        }
    }
    for line in fs::read_to_string("/proc/thread-self/net/snmp6").unwrap().lines() {
        let (name, value) = line.split_once(char::is_whitespace).unwrap();
        counts.insert(name.to_owned(), value.trim().parse().unwrap());
    }
    counts
}

/// Waits until something is so. What takes this long never happens.
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(300), "still not so: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
