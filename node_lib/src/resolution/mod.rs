//! Address resolution at the edge of the network: who has which address (ARP, RFC 826; neighbour discovery, RFC 4861).
//!
//! Neither was made for links on which a broadcast costs a transmission for each vehicle (RFC 9365, section 5.1). So a node
//! notes what passes it by, answers questions whose answer it knows where they are asked, and when its hosts come to be
//! behind another RSU, says so in the words that switches and hosts understand: a gratuitous ARP (RFC 5227, section 3), an
//! unsolicited neighbour advertisement (RFC 4861, section 7.2.6), or, of hosts whose network addresses it doesn't know, a
//! reverse ARP request (RFC 903), as hypervisors send for machines that have moved.

mod make;
mod read;

pub use make::{announcement, answer};
pub use read::{Said, read};

use crate::addr::Mac;
use crate::time::Instant;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// Which link-layer address a network address belongs to, as far as it was told. Bounded; where it is full, what was heard
/// of longest ago goes.
#[derive(Clone, Debug)]
pub struct Directory {
    capacity: usize,
    entries: BTreeMap<IpAddr, (Mac, Instant)>,
}

impl Directory {
    /// A directory of at most `capacity` addresses.
    pub fn new(capacity: usize) -> Self {
        Directory { capacity: capacity.max(1), entries: BTreeMap::new() }
    }

    /// How many are held, whether they still count or not.
    pub fn held(&self) -> usize {
        self.entries.len()
    }

    /// Notes what a frame told.
    pub fn learn(&mut self, said: &Said, now: Instant) {
        let (address, mac) = match said {
            Said::Asks { asker: Some((address, mac)), .. } => (*address, *mac),
            Said::Tells { address: Some(address), mac, .. } => (*address, *mac),
            Said::Asks { asker: None, .. } | Said::Tells { address: None, .. } | Said::ForRouters => return,
        };
        if address.is_unspecified() || address.is_multicast() || !mac.is_unicast() {
            return;
        }
        if self.entries.len() >= self.capacity && !self.entries.contains_key(&address) {
            let oldest =
                self.entries.iter().min_by_key(|(_, (_, heard))| *heard).map(|(address, _)| *address);
            if let Some(oldest) = oldest {
                self.entries.remove(&oldest);
            }
        }
        self.entries.insert(address, (mac, now));
    }

    /// Whose address it is, if that was told within [`KNOWN_FOR`].
    pub fn find(&self, address: IpAddr, now: Instant) -> Option<Mac> {
        self.entries.get(&address).filter(|(_, heard)| is_fresh(*heard, now)).map(|(mac, _)| *mac)
    }

    /// The addresses of `mac` that were told within [`KNOWN_FOR`].
    pub fn addresses_of(&self, mac: Mac, now: Instant) -> impl Iterator<Item = IpAddr> {
        let of =
            move |(_, (owner, heard)): &(&IpAddr, &(Mac, Instant))| *owner == mac && is_fresh(*heard, now);
        self.entries.iter().filter(of).map(|(address, _)| *address)
    }
}

fn is_fresh(heard: Instant, now: Instant) -> bool {
    now.since(heard) <= KNOWN_FOR
}

/// How long an answer is good for: hosts ask again about as often themselves (base_reachable_time of 30 s and more).
pub const KNOWN_FOR: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    fn mac(i: u64) -> Mac {
        Mac::local(6, i)
    }

    fn tells(address: &str, i: u64) -> Said {
        Said::Tells { address: Some(address.parse().unwrap()), mac: mac(i), to_all: false }
    }

    #[test]
    fn what_is_told_is_known_for_a_minute() {
        let mut directory = Directory::new(10);
        directory.learn(&tells("10.0.0.1", 1), Instant::ZERO);
        directory.learn(&tells("fd00::1", 1), Instant::from_secs(30));
        directory.learn(&tells("fd00::2", 2), Instant::from_secs(30));
        let find = |at, address: &str| directory.find(address.parse().unwrap(), Instant::from_secs(at));
        assert_eq!(
            (find(60, "10.0.0.1"), find(61, "10.0.0.1"), find(61, "fd00::1")),
            (Some(mac(1)), None, Some(mac(1)))
        );
        let addresses = |at| directory.addresses_of(mac(1), Instant::from_secs(at)).count();
        assert_eq!((addresses(31), addresses(61), addresses(91)), (2, 1, 0));
    }

    #[test]
    fn it_is_bounded_and_nonsense_is_not_learned() {
        let mut directory = Directory::new(2);
        for (at, address) in
            ["10.0.0.1", "10.0.0.2", "0.0.0.0", "ff02::1", "10.0.0.1", "10.0.0.3"].iter().enumerate()
        {
            directory.learn(&tells(address, 1), Instant::from_secs(at as u64));
        }
        let known: Vec<String> = directory
            .addresses_of(mac(1), Instant::from_secs(9))
            .map(|address| address.to_string())
            .collect();
        assert_eq!(known, ["10.0.0.1", "10.0.0.3"]);
        let group = Said::Tells { address: "10.0.0.4".parse().ok(), mac: Mac::BROADCAST, to_all: true };
        directory.learn(&group, Instant::from_secs(9));
        assert_eq!(directory.find("10.0.0.4".parse().unwrap(), Instant::from_secs(9)), None);
    }
}
