//! Who is in a row: stations of ours, and the script.

use crate::corner::net::{inside, up_with};
use device_lib::clock::Clock;
use device_lib::driver::Driver;
use device_lib::namespace::NetNamespace;
use device_lib::packet::PacketSocket;
use device_lib::spawn::Place;
use device_lib::station::{Counts, RADIO, Shell, Station, TAP};
use device_lib::tap::Tap;
use node_lib::control::config::NodeConfig;
use node_lib::control::node::{Event, Node};
use node_lib::time::Instant;
use obu_lib::Obu;
use rsu_lib::Rsu;
use std::io::{self, BufRead, BufReader, PipeReader};
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The marker that legacy nodes use.
pub const ETHERTYPE: u16 = 0x3030;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Make {
    Rsu,
    Obu,
    Legacy(&'static str),
}

/// Runs one of our nodes between a TAP of its own and the interface `radio`, until `stopped` can be read.
pub fn run_station(make: Make, network: &NetNamespace, addresses: &[IpAddr], stopped: PipeReader) {
    inside(network, || {
        let tap = Tap::open("tap0").unwrap();
        up_with("tap0", addresses);
        let radio = PacketSocket::open("radio", ETHERTYPE).unwrap();
        let link = radio.link().clone();
        let config = NodeConfig {
            ethertype: ETHERTYPE,
            tx_status: false,
            radio_mtu: link.mtu + 14,
            ..NodeConfig::new(link.mac)
        };
        let clock = Clock::start();
        let node: Box<dyn Node> = match make {
            Make::Rsu => Box::new(Rsu::new(config, clock.now())),
            Make::Obu => Box::new(Obu::new(config, clock.now())),
            Make::Legacy(_) => unreachable!("not one of ours"),
        };
        let mut driver = Driver::new(clock, Duration::ZERO).unwrap();
        driver.listen(stopped.as_fd()).unwrap();
        assert_eq!(driver.add(Box::new(tap)).unwrap(), TAP);
        assert_eq!(driver.add(Box::new(radio)).unwrap(), RADIO);
        driver.run(&mut Station::new(node, Unattended)).unwrap();
    });
}

/// Nobody watches the station; being woken is its end.
#[derive(Debug)]
struct Unattended;

impl Shell for Unattended {
    type Error = io::Error;

    fn event(&mut self, _: Instant, _: Event) {}

    fn woken(&mut self, _: Instant, _: &mut dyn Node, _: &Counts) -> io::Result<ControlFlow<()>> {
        Ok(ControlFlow::Break(()))
    }
}

/// The script at work; ended when this is dropped.
pub struct Script(Child);

impl Script {
    pub fn start(role: &str, network: &NetNamespace, addresses: &[IpAddr]) -> Script {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/legacy_node.py");
        let mut command = Command::new("python3");
        command.arg(script).args(["--role", role, "--radio", "radio"]).stdout(Stdio::piped());
        for address in addresses {
            command.arg("--address").arg(format!("{address}/{}", if address.is_ipv4() { 24 } else { 64 }));
        }
        let mut child = place(network).spawn(&mut command).unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n", "what the script has to say is above");
        Script(child)
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether one ping of this size is answered.
pub fn is_answered(network: &NetNamespace, address: IpAddr, size: usize) -> bool {
    let mut command = Command::new("ping");
    command.args(["-c", "1", "-W", "2", "-s", &size.to_string(), &address.to_string()]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    place(network).spawn(&mut command).unwrap().wait().unwrap().success()
}

fn place(network: &NetNamespace) -> Place {
    let net = network.as_fd().try_clone_to_owned().unwrap();
    Place { net, mounts: None, host: "legacy".into(), folder: None, foreground: false }
}
