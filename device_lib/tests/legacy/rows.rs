//! Rows of nodes, each of which hears its neighbours alone: the host at one end pings the host at the other.

use super::parties::{Make, Script, is_answered, run_station};
use super::radio::Radio;
use crate::corner::net::{addresses, eventually, network};
use std::io::{self, PipeWriter, Write};
use std::thread;

pub fn our_rsu_serves_a_legacy_obu() {
    ping_along(&[Make::Rsu, Make::Legacy("obu")]);
}

pub fn our_obu_relays_for_a_legacy_obu() {
    ping_along(&[Make::Rsu, Make::Obu, Make::Legacy("obu")]);
}

pub fn a_legacy_obu_relays_for_ours() {
    ping_along(&[Make::Rsu, Make::Legacy("obu"), Make::Obu]);
}

pub fn our_obu_uses_a_legacy_rsu() {
    ping_along(&[Make::Legacy("rsu"), Make::Obu]);
}

pub fn our_obu_stands_between_two_legacy_nodes() {
    ping_along(&[Make::Legacy("rsu"), Make::Obu, Make::Legacy("obu")]);
}

/// Both ways, over IPv4 and IPv6, with short and long packets.
fn ping_along(makes: &[Make]) {
    let networks: Vec<_> = makes.iter().map(|_| network()).collect();
    let radio = Radio::new(makes, &networks);
    thread::scope(|scope| {
        let (mut scripts, mut stoppers) = (Vec::new(), Vec::new());
        let (tell, told) = std::sync::mpsc::channel();
        let radio = &radio;
        scope.spawn(move || radio.run(|stopper| tell.send(stopper).unwrap()));
        let _radio = told.recv().unwrap();
        for (number, (make, network)) in (1..).zip(makes.iter().zip(&networks)) {
            match *make {
                Make::Legacy(role) => scripts.push(Script::start(role, network, &addresses(number))),
                make => {
                    let (stopped, stop) = io::pipe().unwrap();
                    stoppers.push(Stop(stop));
                    scope.spawn(move || run_station(make, network, &addresses(number), stopped));
                }
            }
        }
        let ends = [(0, makes.len()), (makes.len() - 1, 1)];
        for (from, to) in ends {
            for address in addresses(to as u8) {
                for size in [56, 1300] {
                    let what = format!("{makes:?}: {size} bytes from node {from} to {address}");
                    eventually(&what, || is_answered(&networks[from], address, size));
                }
            }
        }
    });
}

/// Wakes a station, for its end, when this is dropped.
struct Stop(PipeWriter);

impl Drop for Stop {
    fn drop(&mut self) {
        // A station that is gone needs no waking.
        let _ = self.0.write_all(&[0]);
    }
}
