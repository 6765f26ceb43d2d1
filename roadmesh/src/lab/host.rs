//! The live hosts of a lab: what each is called, what its interface is, and which addresses it has.

use crate::error::Failure;
use config_lib::Source;
use node_lib::addr::Mac;
use sim_lib::scenario::Scenario;
use sim_lib::world::{PartyKind, World, address};
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The interface of a host that has the radio itself.
pub(crate) const RADIO: &str = "radio0";

/// A party whose host is real.
#[derive(Clone, Debug)]
pub(crate) struct LiveHost {
    /// The world's number for it.
    pub(crate) party: u32,
    pub(crate) name: String,
    pub(crate) kind: PartyKind,
    /// Whether it has its node's radio itself.
    pub(crate) plain: bool,
    pub(crate) mac: Mac,
    pub(crate) ipv6: Ipv6Addr,
    /// None where the scenario is too large for the network.
    pub(crate) ipv4: Option<Ipv4Addr>,
}

impl LiveHost {
    /// The name of its interface.
    pub(crate) fn interface(&self) -> &'static str {
        match (self.plain, self.kind) {
            (true, _) => RADIO,
            (false, PartyKind::Server) => "eth0",
            (false, PartyKind::Obu | PartyKind::Rsu) => "mesh0",
        }
    }

    /// Its addresses with the lengths of their prefixes. Behind our routing all hosts are on one link; on a plain radio that
    /// is not so, and whatever routes there says who is reached how.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = (IpAddr, u8)> {
        let (long, short) = if self.plain { (128, 32) } else { (64, 16) };
        let ipv4 = self.ipv4.map(|ip| (ip.into(), short));
        std::iter::once((self.ipv6.into(), long)).chain(ipv4)
    }
}

/// The live hosts of a scenario, in the order of their names.
pub(crate) fn live_hosts(
    world: &World,
    scenario: &Scenario,
    source: &Source,
) -> Result<Vec<LiveHost>, Failure> {
    for (index, name) in scenario.lab.live.iter().enumerate() {
        if world.party(name).is_none() && !scenario.groups.contains_key(name) {
            let help = "name a node, a group, a host of `wired.hosts` or a vehicle of the trace".to_owned();
            let message = format!("nothing here is named `{name}`");
            return Err(source.mistake(&format!("lab.live.{index}"), message, Some(help)).into());
        }
    }
    for (index, app) in scenario.lab.apps.iter().enumerate() {
        if world.party(&app.node).is_none() {
            let message = format!("nothing here is named `{}`", app.node);
            return Err(source.mistake(&format!("lab.apps.{index}.node"), message, None).into());
        }
    }
    let live = world.parties().filter(|(name, _)| scenario.is_live(name));
    let hosts = live.filter_map(|party| Some((party, world.party(party.0)?)));
    let hosts = hosts.map(|((name, kind), party)| {
        let plain = scenario.is_plain(name);
        LiveHost {
            party,
            kind,
            plain,
            mac: if plain { address::radio_mac(name) } else { address::host_mac(name) },
            ipv6: address::host_ip(name),
            ipv4: address::host_ipv4(party),
            name: name.to_owned(),
        }
    });
    Ok(hosts.collect())
}

/// What /etc/hosts says of them.
pub(crate) fn hosts_file(hosts: &[LiveHost]) -> String {
    let mut text = String::from("# The hosts of this lab.\n");
    for host in hosts {
        for (address, _) in host.addresses() {
            // Writing to a string can't fail.
            let _ = writeln!(text, "{address} {}", host.name);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(plain: bool) -> LiveHost {
        LiveHost {
            party: 0,
            name: "car1".into(),
            kind: PartyKind::Obu,
            plain,
            mac: address::host_mac("car1"),
            ipv6: address::host_ip("car1"),
            ipv4: address::host_ipv4(0),
        }
    }

    #[test]
    fn hosts_are_on_one_link_unless_their_radio_is_plain() {
        let prefixes = |plain| host(plain).addresses().map(|(_, prefix)| prefix).collect::<Vec<_>>();
        assert_eq!((prefixes(false), prefixes(true)), (vec![64, 16], vec![128, 32]));
        assert_eq!((host(false).interface(), host(true).interface()), ("mesh0", RADIO));
    }

    #[test]
    fn names_resolve_to_both_addresses() {
        let text = hosts_file(&[host(false)]);
        let expected = format!("{} car1\n10.109.0.1 car1\n", address::host_ip("car1"));
        assert!(text.ends_with(&expected), "{text}");
    }
}
