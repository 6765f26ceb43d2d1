//! Hosts that are outside: their frames go in and come out, and hands change the world as it runs.

use crate::support::{Watch, world};
use etherparse::{SlicedPacket, TransportSlice};
use node_lib::buffer_pool::Frame;
use node_lib::control::config::NodeConfig;
use node_lib::control::drops::{Counters, DropReason};
use node_lib::control::node::{Node, Outbox, Reply, RxMeta, TimerReason, TxStatus};
use node_lib::control::status::{Explanation, Status};
use node_lib::offload::{Offload, ones_sum};
use node_lib::resolution;
use node_lib::time::Instant;
use radio_lib::LinkChange;
use sim_lib::results::Happening;
use sim_lib::world::address::{host_ip, host_mac, radio_mac};
use sim_lib::world::{HostFrame, World};

/// rsu1 - car1 - car2 and a server on the wire; `{loss}` on the radio.
fn chain(loss: f64) -> World {
    world(&format!(
        "{{ name: t, duration: 60s, nodes: {{ rsu1: {{ role: rsu }}, car1: {{ role: obu }}, car2: {{ role: obu }} }},
            wired: {{ latency: 1ms, hosts: [server] }},
            radio: {{ profile: ideal, ideal: {{ default: {{ latency: 1ms, loss: {loss} }}, links: [
                {{ between: [rsu1, car1] }}, {{ between: [car1, car2] }} ] }} }},
            traffic: [ {{ name: f, kind: constant, from: car2, to: server, rate: 10/s, size: 100 }} ] }}"
    ))
}

/// A frame from one host to another with this EtherType and payload.
fn frame(to: &str, from: &str, ethertype: u16, payload: &[u8]) -> Frame {
    let addresses = [host_mac(to).0, host_mac(from).0].concat();
    Frame::copy_from(&[&addresses, &ethertype.to_be_bytes()[..], payload].concat())
}

/// A TCP super-frame as a kernel gives it: headers for all of it, and the sum of the pseudo-header for a checksum.
fn train(to: &str, from: &str, payload: &[u8], size: u16) -> Frame {
    let (source, destination) = (host_ip(from).octets(), host_ip(to).octets());
    let length = (20 + payload.len()) as u16;
    let pseudo = [&source[..], &destination, &u32::from(length).to_be_bytes(), &[0, 0, 0, 6]].concat();
    let mut tcp =
        [&[0x9c, 0x40, 0, 80][..], &7u32.to_be_bytes(), &[0; 4], &[0x50, 0x18, 0xff, 0xff]].concat();
    tcp.extend(ones_sum(&pseudo).to_be_bytes());
    tcp.extend([0, 0]);
    let ip = [&[0x60, 0, 0, 0][..], &length.to_be_bytes(), &[6, 64], &source, &destination].concat();
    let mut frame = frame(to, from, 0x86dd, &[ip, tcp, payload.to_vec()].concat());
    let mut header = [1, 4, 0, 0, 0, 0, 0, 0, 0, 0];
    for (at, value) in [(4, size), (6, 54), (8, 16)] {
        header[at..at + 2].copy_from_slice(&value.to_ne_bytes());
    }
    let offload = Offload::from_virtio(&header, &frame).unwrap();
    frame.set_offload(offload);
    frame
}

/// What reached hosts, but for what OBUs announce by themselves.
fn outputs(world: &mut World) -> Vec<HostFrame> {
    let all = std::iter::from_fn(|| world.next_for_host());
    all.filter(|out| resolution::read(&out.frame).is_none()).collect()
}

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

#[test]
fn frames_of_live_hosts_cross_the_world() {
    let mut world = chain(0.0);
    let [car, server] = ["car2", "server"].map(|name| world.party(name).unwrap());
    world.set_live(car);
    world.set_live(server);
    world.run_until(at(3000), &mut Watch::default()).unwrap();
    let sent = frame("server", "car2", 0x88b6, b"hello");
    world.host_frame(at(3000), car, sent.clone()).unwrap();
    world.run_until(at(3100), &mut Watch::default()).unwrap();
    let out = outputs(&mut world);
    // Two radio hops and the wire, a millisecond each.
    assert_eq!(out.iter().map(|out| (out.party, out.due)).collect::<Vec<_>>(), [(server, at(3003))]);
    assert_eq!(out[0].frame, sent);
}

#[test]
fn flows_run_at_live_hosts_and_stay_inside() {
    let mut world = chain(0.0);
    for name in ["car2", "server"] {
        let party = world.party(name).unwrap();
        world.set_live(party);
    }
    let outcome = world.run(&mut Watch::default()).unwrap();
    assert!(outputs(&mut world).is_empty());
    let (sent, delivered) = (outcome.flows[0].sent, outcome.flows[0].delivered);
    // The first ones found no route yet.
    assert!(delivered > 500 && sent - delivered < 10, "{delivered} of {sent}");
}

#[test]
fn a_train_crosses_perfect_links_whole_and_others_as_its_segments() {
    let payload: Vec<u8> = (0..12_345).map(|at| (at % 251) as u8).collect();
    for loss in [0.0, 0.01] {
        let mut world = chain(loss);
        let [car, server] = ["car2", "server"].map(|name| world.party(name).unwrap());
        world.set_live(car);
        world.set_live(server);
        world.run_until(at(3000), &mut Watch::default()).unwrap();
        let sent = train("server", "car2", &payload, 1000);
        world.host_frame(at(3000), car, sent.clone()).unwrap();
        world.run_until(at(3500), &mut Watch::default()).unwrap();
        let out = outputs(&mut world);
        if loss == 0.0 {
            assert_eq!(out.len(), 1);
            assert_eq!(out[0].frame, sent, "with its offload");
            continue;
        }
        assert_eq!(out.len(), 13, "each segment by itself, with its own retries");
        let mut arrived = vec![0; payload.len()];
        for HostFrame { frame, .. } in &out {
            assert_eq!(frame.offload(), None);
            let packet = SlicedPacket::from_ethernet(frame).unwrap();
            let Some(TransportSlice::Tcp(tcp)) = packet.transport else { panic!("no TCP") };
            let ends = [host_ip("car2"), host_ip("server")].map(|ip| ip.octets());
            let header = tcp.to_header();
            let checksum = header.calc_checksum_ipv6_raw(ends[0], ends[1], tcp.payload()).unwrap();
            assert_eq!(header.checksum, checksum);
            let start = tcp.sequence_number() as usize - 7;
            arrived[start..start + tcp.payload().len()].copy_from_slice(tcp.payload());
        }
        assert_eq!(arrived, payload);
    }
}

#[test]
fn a_host_without_power_is_cut_off_until_it_has_it_again() {
    let mut world = chain(0.0);
    let [car, server] = ["car2", "server"].map(|name| world.party(name).unwrap());
    world.set_live(car);
    world.set_live(server);
    let mut watch = Watch::default();
    world.run_until(at(3000), &mut watch).unwrap();
    world.set_power(at(3000), "car2", false).unwrap();
    assert!(!world.is_powered(car) && world.is_powered(server));
    world.host_frame(at(3000), car, frame("server", "car2", 0x88b6, b"lost")).unwrap();
    world.run_until(at(4000), &mut watch).unwrap();
    assert!(outputs(&mut world).is_empty());
    world.set_power(at(4000), "car2", true).unwrap();
    world.run_until(at(6000), &mut watch).unwrap();
    world.host_frame(at(6000), car, frame("server", "car2", 0x88b6, b"there")).unwrap();
    world.run_until(at(6100), &mut watch).unwrap();
    assert_eq!(outputs(&mut world).len(), 1);
    let of_car = watch.events.iter().filter(|event| event.node == "car2" && event.at_us >= 3_000_000);
    let power: Vec<_> =
        of_car.filter(|event| matches!(event.what, Happening::Up | Happening::Down)).collect();
    assert_eq!(power.iter().map(|event| event.at_us).collect::<Vec<_>>(), [3_000_000, 4_000_000]);
    assert_eq!(world.outcome(true).summary.drops["wire.unpowered"], 1);
}

#[test]
fn links_change_by_hand() {
    let mut world = chain(0.0);
    let mut watch = Watch::default();
    world.run_until(at(3000), &mut watch).unwrap();
    assert!(world.route("car2").is_some());
    let down = LinkChange { down: Some(true), ..LinkChange::default() };
    world.set_link(at(3000), ["car1", "car2"], down, "down".into()).unwrap();
    world.run_until(at(5000), &mut watch).unwrap();
    assert_eq!(world.route("car2"), None);
    let too_much = LinkChange { loss: Some(2.0), ..LinkChange::default() };
    assert!(world.set_link(at(5000), ["car1", "car2"], too_much, "loss=2".into()).is_err());
    assert!(world.set_link(at(5000), ["car1", "nobody"], down, "down".into()).is_err());
    assert!(world.set_power(at(5000), "server", false).is_err(), "a server has no radio");
    let link = Happening::Link { to: "car2".into(), change: "down".into() };
    assert!(watch.events.iter().any(|event| event.node == "car1" && event.what == link));
}

#[test]
fn a_node_that_is_moved_stays_where_it_was_put() {
    let mut world = world(
        "{ name: t, duration: 60s, nodes: { rsu1: { role: rsu, position: [0, 0] },
            car1: { role: obu, waypoints: [[0, 50, 0], [5, 60, 0]] } }, radio: { profile: geometric } }",
    );
    let mut watch = Watch::default();
    world.run_until(at(3000), &mut watch).unwrap();
    assert!(world.route("car1").is_some());
    world.set_position(at(3000), "car1", [50_000.0, 0.0]).unwrap();
    world.run_until(at(20_000), &mut watch).unwrap();
    assert_eq!(world.route("car1"), None);
    let place = world.placed().find(|placed| placed.name == "car1").unwrap();
    assert_eq!(place.position, [50_000.0, 0.0]);
    let moved = Happening::Moved { x: 50_000.0, y: 0.0 };
    assert!(watch.events.iter().any(|event| event.node == "car1" && event.what == moved));
}

/// Sends whatever its host sends, and gives it whatever comes.
#[derive(Debug)]
struct Repeater {
    config: NodeConfig,
    counters: Counters,
}

impl Node for Repeater {
    fn handle_tap(&mut self, _: Instant, mut frame: Frame, out: &mut Outbox) -> Result<(), DropReason> {
        frame[..6].copy_from_slice(&[0xff; 6]);
        out.replies.push(Reply::WireFlat(frame));
        Ok(())
    }

    fn handle_radio(
        &mut self,
        _: Instant,
        frame: Frame,
        _: RxMeta,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        out.replies.push(Reply::TapFlat(frame));
        Ok(())
    }

    fn handle_status(&mut self, _: Instant, _: TxStatus, _: &mut Outbox) {}
    fn handle_timeout(&mut self, _: Instant, _: &mut Outbox) {}

    fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        None
    }

    fn config(&self) -> &NodeConfig {
        &self.config
    }

    fn reconfigure(&mut self, _: &NodeConfig) {}

    fn counters(&self) -> &Counters {
        &self.counters
    }

    fn status(&self) -> Status {
        Status { mac: self.config.mac, upstream: None, rsus: Vec::new(), downstream: Vec::new() }
    }

    fn explain(&self, _: node_lib::addr::Mac) -> Option<Explanation> {
        None
    }
}

#[test]
fn nodes_of_another_make_use_the_same_radio() {
    let mut world = chain(0.0);
    let make = |config, _| -> Box<dyn Node> { Box::new(Repeater { config, counters: Counters::default() }) };
    assert!(world.replace_node("car1", make) && world.replace_node("car2", make));
    assert!(!world.replace_node("server", make), "it has no radio");
    assert!(!world.replace_node("nobody", make));
    let [one, two] = ["car1", "car2"].map(|name| world.party(name).unwrap());
    world.set_live(one);
    world.set_live(two);
    world.run_until(at(1000), &mut Watch::default()).unwrap();
    outputs(&mut world);
    assert_eq!(world.node("car1").unwrap().config().mac, radio_mac("car1"));
    world.host_frame(at(1000), one, frame("car2", "car1", 0x88b6, b"hello")).unwrap();
    world.run_until(at(1010), &mut Watch::default()).unwrap();
    let out = outputs(&mut world);
    let heard: Vec<_> = out.iter().filter(|out| out.frame.ends_with(b"hello")).collect();
    assert_eq!((heard.len(), heard[0].party, heard[0].due), (1, two, at(1001)));
}
