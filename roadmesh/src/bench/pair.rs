//! Two namespaces and the kernel's own wire between them.

use crate::error::Failure;
use device_lib::DeviceError;
use device_lib::ethtool::set_offloads;
use device_lib::namespace::{NetNamespace, apart};
use device_lib::netlink::{LinkSettings, Netlink};
use std::net::{IpAddr, Ipv4Addr};

/// The two ends of a wire, `wire0` in each namespace.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) ends: [NetNamespace; 2],
}

impl Pair {
    /// A pair with addresses, or without where somebody else uses the wire.
    pub(super) fn new(mtu: usize, addresses: bool) -> Result<Self, Failure> {
        let [here, there] = [apart(NetNamespace::enter_new)?, apart(NetNamespace::enter_new)?];
        here.run(|| Netlink::open()?.add_veth(WIRE, (WIRE, Some(&there))))?;
        for (end, address) in [(&here, ADDRESSES[0]), (&there, ADDRESSES[1])] {
            end.run(|| {
                let mut netlink = Netlink::open()?;
                let up = LinkSettings { up: Some(true), ..LinkSettings::default() };
                netlink.set_link("lo", &up)?;
                netlink.set_link(WIRE, &LinkSettings { mtu: Some(mtu), ..up })?;
                if addresses {
                    let index = netlink.link(WIRE)?.index;
                    netlink.add_address(index, IpAddr::V4(address), 24)?;
                }
                Ok::<_, DeviceError>(())
            })?;
        }
        Ok(Pair { ends: [here, there] })
    }

    /// Switches the offloads of both ends.
    pub(super) fn set_offloads(&self, on: bool) -> Result<(), Failure> {
        self.ends.iter().try_for_each(|end| Ok(end.run(|| set_offloads(WIRE, on))?))
    }

    /// The address of one end.
    pub(super) fn address(end: usize) -> String {
        ADDRESSES[end].to_string()
    }
}

pub(super) const WIRE: &str = "wire0";
const ADDRESSES: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 111, 0, 1), Ipv4Addr::new(10, 111, 0, 2)];
