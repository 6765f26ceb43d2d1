//! Namespaces with their interfaces.

use super::host::LiveHost;
use device_lib::DeviceError;
use device_lib::namespace::{NetNamespace, apart};
use device_lib::netlink::{LinkSettings, Netlink};
use device_lib::tap::{Cable, Tap};
use sim_lib::world::PartyKind;
use std::fs;

/// One host's network namespace.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub(crate) net: NetNamespace,
    pub(crate) cable: Cable,
}

/// Makes all of them, with the TAPs that lead into them, in the order of `hosts`. Nodes have no carrier yet.
pub(crate) fn build(hosts: &[LiveHost], mtu: usize) -> Result<Vec<(Tap, Surroundings)>, DeviceError> {
    apart(|| hosts.iter().map(|host| build_one(host, mtu)).collect())
}

fn build_one(host: &LiveHost, mtu: usize) -> Result<(Tap, Surroundings), DeviceError> {
    let net = NetNamespace::enter_new()?;
    // Nobody here answers such questions, and each would be flooded over the radio. Where /proc/sys can't be written, they are.
    for (setting, value) in [("router_solicitations", "0"), ("accept_dad", "0")] {
        let _ = fs::write(format!("/proc/sys/net/ipv6/conf/default/{setting}"), value);
    }
    let tap = Tap::open_until_namespace_ends(host.interface())?;
    let cable = tap.cable();
    let mut netlink = Netlink::open()?;
    netlink.set_link("lo", &LinkSettings { up: Some(true), ..LinkSettings::default() })?;
    if host.kind != PartyKind::Server {
        cable.plug(false).map_err(|source| DeviceError::Refused {
            what: format!("the cable of `{}`", host.name),
            source,
        })?;
    }
    let settings =
        LinkSettings { mac: Some(host.mac), mtu: Some(mtu), up: Some(true), ..LinkSettings::default() };
    netlink.set_link(tap.name(), &settings)?;
    let index = netlink.link(tap.name())?.index;
    for (address, prefix) in host.addresses() {
        netlink.add_address(index, address, prefix)?;
    }
    Ok((tap, Surroundings { net, cable }))
}
