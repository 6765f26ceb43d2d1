//! A radio made of wires: each node has one end of a wire named `radio`, and who hears whom is decided at the other ends.

use super::parties::{ETHERTYPE, Make};
use crate::corner::net::{inside, network, up};
use crate::support::engine::{Bench, Stopper, Told};
use device_lib::namespace::NetNamespace;
use device_lib::netlink::Netlink;
use device_lib::packet::PacketSocket;
use device_lib::port::Port;
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;

pub struct Radio {
    here: NetNamespace,
    makes: Vec<Make>,
    /// By node: its address on the radio.
    macs: Vec<Mac>,
}

impl Radio {
    /// Gives each node its end.
    pub fn new(makes: &[Make], networks: &[NetNamespace]) -> Radio {
        let here = network();
        let macs = (0..).zip(networks).map(|(node, network)| {
            inside(&here, || {
                let name = format!("node{node}");
                Netlink::open().unwrap().add_veth(&name, ("radio", Some(network))).unwrap();
                up(&name);
            });
            inside(network, || {
                up("radio");
                Netlink::open().unwrap().link("radio").unwrap().mac
            })
        });
        let macs = macs.collect();
        Radio { here, makes: makes.to_vec(), macs }
    }

    /// Lets neighbours in the row hear each other, until what `started` is given is dropped.
    pub fn run(&self, started: impl FnOnce(Stopper) + Send) {
        inside(&self.here, || {
            let ports = (0..self.macs.len()).map(|node| -> Box<dyn Port> {
                Box::new(PacketSocket::open(&format!("node{node}"), ETHERTYPE).unwrap())
            });
            let mut bench = Bench::new(ports);
            started(bench.stopper());
            bench.run(|_, told, wishes| match told {
                Told::Frame(node, frame) => {
                    self.check(node, &frame);
                    let next = (node + 1 < self.macs.len()).then_some(node + 1);
                    for neighbour in node.checked_sub(1).into_iter().chain(next) {
                        wishes.send.push_back((neighbour, frame.clone()));
                    }
                }
                Told::Turn => {}
                other => panic!("{other:?}"),
            });
        });
    }

    /// A legacy node gets nothing but the base layout, except in heartbeats, which are for everybody.
    fn check(&self, from: usize, frame: &Frame) {
        let Some(to) = self.macs.iter().position(|mac| frame[..6] == mac.0) else { return };
        assert!(from.abs_diff(to) == 1, "node {from} sends to node {to}, which it can't hear");
        if matches!(self.makes[to], Make::Legacy(_)) {
            let kind = &frame[14..16];
            assert!(matches!(kind, [0, 1] | [1, 0] | [1, 1]), "{kind:?} for node {to}");
            assert!(kind != [0, 1] || frame.len() == 52, "a reply of {} bytes for node {to}", frame.len());
        }
    }
}
