//! A way out of a lab, for root: one host gets an interface to the world outside, and the others reach that through it.
//!
//! Two translations of addresses (NAT, IPv4) stand on the way: at that host, so that the lab's addresses stay inside, and in the
//! namespace outside, so that nobody there needs a route back. Both are tables of nftables that belong to a process of the lab
//! (`flags owner`), and the wire between ends in a namespace of the lab: all of it goes with the lab, however it ends.

use super::build::Surroundings;
use super::host::LiveHost;
use crate::error::{Failure, input, other};
use device_lib::DeviceError;
use device_lib::local;
use device_lib::namespace::NetNamespace;
use device_lib::netlink::{LinkSettings, Netlink};
use device_lib::spawn::Place;
use std::fs;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::process::{Child, Command, Stdio};

/// What keeps the way open; it closes when this is dropped.
#[derive(Debug)]
pub(crate) struct Uplink {
    translators: Vec<Child>,
}

/// Whether there can be a way out of here. For the process that the user started, before it enters the corner.
pub(crate) fn check() -> Result<NetNamespace, Failure> {
    if local::own_user() != 0 {
        return Err(input(
            "only root can give a lab a way out".to_owned(),
            Some("run it as root, or leave --uplink out".to_owned()),
        ));
    }
    let forwarding = fs::read_to_string(FORWARDING).unwrap_or_default();
    if forwarding.trim() != "1" {
        return Err(input(
            "this machine forwards no packets, so there is no way out of a lab".to_owned(),
            Some("allow it: `sysctl net.ipv4.ip_forward=1`, or leave --uplink out".to_owned()),
        ));
    }
    Ok(NetNamespace::current()?)
}

/// Opens the way from `outside` to the host that is named `gateway`, and from there to all others.
pub(crate) fn open(
    outside: &NetNamespace,
    gateway: &str,
    hosts: &[LiveHost],
    surroundings: &[Surroundings],
) -> Result<Uplink, Failure> {
    let Some(at) = hosts.iter().position(|host| host.name == gateway) else {
        let help = "name a live host, such as one of `wired.hosts`".to_owned();
        return Err(input(format!("--uplink {gateway}: no live host has this name"), Some(help)));
    };
    let Some(address) = hosts[at].ipv4 else {
        return Err(other("the lab is too large for the addresses of an uplink".to_owned(), None));
    };
    let inside = &surroundings[at].net;
    let number = free_wire(outside)?;
    let wire = wire_name(number);
    // Each wire has four addresses of its own.
    let ends = [1, 2].map(|end| IpAddr::V4(Ipv4Addr::from(u32::from(BLOCKS) + 4 * number + end)));
    outside.run(|| {
        let mut netlink = Netlink::open()?;
        netlink.add_veth(&wire, (INSIDE, Some(inside)))?;
        configure(&mut netlink, &wire, ends[0])
    })?;
    inside.run(|| {
        let mut netlink = Netlink::open()?;
        configure(&mut netlink, INSIDE, ends[1])?;
        netlink.add_default_route(ends[0])?;
        fs::write(FORWARDING, "1").map_err(|source| DeviceError::File { path: FORWARDING.into(), source })
    })?;
    for (host, there) in
        hosts.iter().zip(surroundings).filter(|(host, _)| host.name != gateway && !host.plain)
    {
        there
            .net
            .run(|| Netlink::open()?.add_default_route(IpAddr::V4(address)))
            .map_err(|error| other(format!("the way out of `{}`: {error}", host.name), error.help()))?;
    }
    let table = format!("roadmesh_lab{number}");
    let translators = vec![
        translate(inside, &table, &format!("oifname \"{INSIDE}\""))?,
        translate(outside, &table, &format!("ip saddr {}", ends[1]))?,
    ];
    Ok(Uplink { translators })
}

impl Drop for Uplink {
    fn drop(&mut self) {
        for translator in &mut self.translators {
            // The kernel takes its table away when it ends.
            let _ = translator.kill();
        }
    }
}

fn configure(netlink: &mut Netlink, interface: &str, address: IpAddr) -> Result<(), DeviceError> {
    netlink.set_link(interface, &LinkSettings { up: Some(true), ..LinkSettings::default() })?;
    let index = netlink.link(interface)?.index;
    netlink.add_address(index, address, 30)
}

/// The number of a wire whose name nothing outside has.
fn free_wire(outside: &NetNamespace) -> Result<u32, DeviceError> {
    outside.run(|| {
        let mut netlink = Netlink::open()?;
        let free = (0..MOST_WIRES).find(|number| netlink.link(&wire_name(*number)).is_err());
        free.ok_or_else(|| DeviceError::NameTaken(wire_name(0)))
    })
}

fn wire_name(number: u32) -> String {
    format!("rm-lab{number}")
}

/// Has addresses translated in a namespace for as long as the process that is returned runs.
fn translate(net: &NetNamespace, table: &str, of: &str) -> Result<Child, Failure> {
    let net = net.try_clone().map_err(|error| other(error.to_string(), None))?.into();
    let place = Place { net, mounts: None, host: "uplink".to_owned(), folder: None, foreground: false };
    let mut command = Command::new("nft");
    command.arg("-i").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut nft = place.spawn(&mut command).map_err(|error| {
        let help = "install nftables: `apt-get install nftables`; only --uplink needs it".to_owned();
        other(error.to_string(), Some(help))
    })?;
    let rules = format!(
        "add table ip {table} {{ flags owner; }}\n\
         add chain ip {table} out {{ type nat hook postrouting priority srcnat; }}\n\
         add rule ip {table} out {of} masquerade\n"
    );
    let written =
        nft.stdin.as_mut().map(|stdin| stdin.write_all(rules.as_bytes()).and_then(|()| stdin.flush()));
    match written {
        Some(Ok(())) => Ok(nft),
        _ => Err(other("nft takes no rules".to_owned(), None)),
    }
}

/// Where the host's own end of the wire is.
const INSIDE: &str = "uplink0";
const FORWARDING: &str = "/proc/sys/net/ipv4/ip_forward";
/// 10.110.0.0/16.
const BLOCKS: Ipv4Addr = Ipv4Addr::new(10, 110, 0, 0);
const MOST_WIRES: u32 = 1000;
