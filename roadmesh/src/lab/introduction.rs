//! What a lab says when it starts.

use super::engine::role;
use super::host::LiveHost;
use crate::mtu::Mtu;
use sim_lib::scenario::Scenario;
use std::fmt::Write;
use std::time::Duration;

/// What there is to say.
pub(crate) struct About<'a> {
    pub(crate) lab: &'a str,
    pub(crate) scenario: &'a Scenario,
    pub(crate) hosts: &'a [LiveHost],
    /// Nodes and servers that are not live.
    pub(crate) simulated: usize,
    /// How long it took to make the hosts.
    pub(crate) made: Duration,
    pub(crate) mtu: &'a Mtu,
}

/// The text, some lines long.
pub(crate) fn text(about: &About<'_>, keep: bool) -> String {
    let About { lab, scenario, hosts, simulated, made, mtu } = about;
    let mut text = String::new();
    // Writing to a string can't fail.
    let mut say = |line: String| {
        let _ = writeln!(text, "{line}");
    };
    let around = match simulated {
        0 => String::new(),
        some => format!(", {some} simulated around them"),
    };
    let each = made.as_secs_f64() * 1e3 / hosts.len().max(1) as f64;
    say(format!("lab {lab}: {} live hosts{around}, made in {each:.2} ms each", hosts.len()));
    for host in hosts.iter().take(MOST_SHOWN) {
        let addresses: Vec<String> = host.addresses().map(|(address, _)| address.to_string()).collect();
        let (name, role) = (&host.name, role(host.kind));
        say(format!("  {name:<12} {role:<6} {:<6}  {}", host.interface(), addresses.join("  ")));
    }
    if hosts.len() > MOST_SHOWN {
        say(format!("  … and {} more: `roadmesh lab ps`", hosts.len() - MOST_SHOWN));
    }
    say(format!("MTU {}: {}.", mtu.bytes, mtu.because));
    let somebody = hosts.first().map_or("NODE", |host| &host.name);
    let other = hosts.last().map_or("NODE", |host| &host.name);
    say(format!("In another terminal:  roadmesh lab exec {other} -- ping {somebody}"));
    say(match keep {
        true => "It stays until Ctrl-C.".to_owned(),
        false => format!("It ends after {} (--keep: it stays), or by Ctrl-C.", scenario.duration),
    });
    text
}

/// Hosts that are listed one by one.
const MOST_SHOWN: usize = 12;
