//! Whatever the air brings: it is counted, and nothing else happens.

use crate::daemon::{Daemon, Pair, RSU_ADDRESS, until};
use crate::net::{self, RADIO};
use device_lib::DeviceError;
use device_lib::namespace::NetNamespace;
use device_lib::packet::PacketSocket;
use device_lib::port::Port;
use node_lib::addr::Mac;
use node_lib::control::node::Device;
use std::io::IoSlice;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

pub fn garbage_is_counted_and_nothing_else_happens() {
    let pair = Pair::start();
    assert_eq!(net::pings(&pair.obu_net, RSU_ADDRESS, 3), 3);
    let [obu, rsu] = [&pair.obu, &pair.rsu]
        .map(|daemon| daemon.ask(&["status"])["mac"].as_str().unwrap().parse::<Mac>().unwrap());
    let heartbeat = overheard(&pair.obu_net, |frame| frame[14..16] == [0, 0]);
    let upward = || assert_eq!(net::pings(&pair.obu_net, RSU_ADDRESS, 1), 1);
    let data = overheard_while(&pair.rsu_net, |frame| frame[14..16] == [1, 2], upward);

    let before = [&pair.obu, &pair.rsu].map(|daemon| daemon.ask(&["counters"]));
    let going = Arc::new(AtomicBool::new(true));
    let hosing = [
        hose(&pair.rsu_net, for_obu(obu, rsu, &heartbeat), &going),
        hose(&pair.obu_net, for_rsu(rsu, obu, &data), &going),
    ];
    // What tables and pools grow to, they have grown to after the first second.
    thread::sleep(Duration::from_secs(1));
    let memory = || [&pair.obu, &pair.rsu].map(resident_kib);
    let warm = memory();
    let (start, seconds) = (Instant::now(), seconds());
    let (mut sent, mut answered) = (0, 0);
    while start.elapsed() < Duration::from_secs(seconds) {
        sent += 20;
        answered += net::pings(&pair.obu_net, RSU_ADDRESS, 20);
    }
    let hot = memory();
    going.store(false, Ordering::Relaxed);
    let frames: usize = hosing.into_iter().map(|hose| hose.join().unwrap()).sum();
    let missed = |daemon: &Daemon| daemon.ask(&["counters"])["devices"]["radio_missed"].as_u64().unwrap();
    let missed = missed(&pair.obu) + missed(&pair.rsu);
    eprintln!(
        "{frames} frames of garbage, {missed} more than this machine could handle; {answered} of {sent} pings answered; \
         resident {warm:?} to {hot:?} KiB"
    );

    // Where frames come faster than the machine handles them, pings are among those that the kernel drops, in bursts.
    let drowned = 10.0 * missed as f64 / frames as f64;
    let excused = 2 + (sent as f64 * (0.02 + drowned)) as usize;
    assert!(sent - answered <= excused, "{answered} of {sent} pings were answered");
    for (warm, hot) in warm.iter().zip(hot) {
        assert!(hot <= warm + 8 * 1024, "from {warm} to {hot} KiB");
    }
    let common = [
        "truncated",
        "unknown_type",
        "unknown_subtype",
        "bad_duration",
        "bad_extension",
        "bad_transmitter",
        "own_frame",
        "not_for_us",
    ];
    let obus = ["bad_source", "stale_heartbeat", "provisional_heartbeat"];
    let rsus = ["bad_source", "repeat", "not_our_reply"];
    for (daemon, before, own) in [(&pair.obu, &before[0], obus), (&pair.rsu, &before[1], rsus)] {
        let after = daemon.ask(&["counters"]);
        let count =
            |counters: &serde_json::Value, reason: &str| counters["drops"][reason].as_u64().unwrap_or(0);
        for reason in common.iter().chain(&own) {
            assert!(count(&after, reason) > count(before, reason), "{reason} in {after}");
        }
    }
    // All is as before.
    until("the route", || !pair.obu.ask(&["status"])["route"].is_null());
    assert_eq!(net::pings(&pair.obu_net, RSU_ADDRESS, 5), 5);
}

/// What comes to an OBU whose RSU is `rsu`.
fn for_obu(obu: Mac, rsu: Mac, heartbeat: &[u8]) -> Vec<Vec<u8>> {
    let id = u32::from_be_bytes(heartbeat[32..36].try_into().unwrap());
    let jumped = (1..50u32).map(|step| with(heartbeat, 32, &id.wrapping_add(1000 * step).to_be_bytes()));
    let wrong_source = with(heartbeat, 40, &[1, 0, 0x5e, 0, 0, 1]);
    assert_eq!(heartbeat[46..48], [0x01, 4], "its epoch comes first");
    let epoch = u32::from_be_bytes(heartbeat[48..52].try_into().unwrap());
    let former_life = with(heartbeat, 48, &(epoch - 1).to_be_bytes());
    common(obu, rsu, heartbeat)
        .into_iter()
        .chain(jumped)
        .chain([wrong_source, former_life, heartbeat.to_vec()])
        .collect()
}

/// What comes to an RSU from its OBU.
fn for_rsu(rsu: Mac, obu: Mac, data: &[u8]) -> Vec<Vec<u8>> {
    let control = |source: Mac, sender: Mac| {
        let mut reply = header(rsu, obu, &[0, 1]);
        reply.extend([[0; 24].as_slice(), &source.0, &sender.0].concat());
        reply
    };
    let stranger = Mac([2, 9, 9, 9, 9, 9]);
    let forged = [control(stranger, obu), control(rsu, Mac([3, 0, 0, 0, 0, 1])), data.to_vec()];
    let heartbeat = [header(Mac::BROADCAST, obu, &[0, 0]), [0; 24].to_vec(), rsu.0.to_vec()].concat();
    common(rsu, obu, &heartbeat).into_iter().chain(forged).collect()
}

/// What is wrong for everybody.
fn common(victim: Mac, from: Mac, heartbeat: &[u8]) -> Vec<Vec<u8>> {
    let noise: Vec<u8> = (0..1498u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let giant = [header(victim, from, &[0x7f, 0]), noise].concat();
    let cut = |length: usize| heartbeat[..length].to_vec();
    vec![
        cut(15),
        cut(17),
        cut(30),
        cut(45),
        giant,
        with(heartbeat, 15, &[9]),
        with(heartbeat, 16, &[0xff]),
        [&heartbeat[..46], &[0x01, 200, 1, 2]].concat(),
        with(heartbeat, 6, &[1]),
        with(heartbeat, 6, &victim.0),
        with(heartbeat, 0, &[2, 9, 9, 9, 9, 9]),
    ]
}

fn header(to: Mac, from: Mac, kind: &[u8; 2]) -> Vec<u8> {
    [to.0.as_slice(), &from.0, &0x88b5u16.to_be_bytes(), kind].concat()
}

fn with(frame: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut frame = frame.to_vec();
    frame[at..at + bytes.len()].copy_from_slice(bytes);
    frame
}

/// Sends these frames again and again, as fast as the wire takes them, until it is told to stop; gives how many.
fn hose(
    namespace: &NetNamespace,
    frames: Vec<Vec<u8>>,
    going: &Arc<AtomicBool>,
) -> thread::JoinHandle<usize> {
    let mut socket = listen(namespace, UNUSED);
    let going = going.clone();
    thread::spawn(move || {
        let mut sent = 0;
        while going.load(Ordering::Relaxed) {
            for frame in &frames {
                sent += usize::from(Device::send(&mut socket, &[IoSlice::new(frame)]).is_ok());
            }
        }
        sent
    })
}

fn overheard(namespace: &NetNamespace, wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    overheard_while(namespace, wanted, || ())
}

/// A frame that comes in at the radio of this namespace.
fn overheard_while(
    namespace: &NetNamespace,
    wanted: impl Fn(&[u8]) -> bool,
    doing: impl FnOnce(),
) -> Vec<u8> {
    let mut socket = listen(namespace, 0x88b5);
    doing();
    let mut found = None;
    until("a frame", || {
        while let Some(frame) = socket.recv().unwrap() {
            found = found.take().or_else(|| wanted(&frame).then(|| frame.to_vec()));
        }
        found.is_some()
    });
    found.unwrap()
}

fn listen(namespace: &NetNamespace, ethertype: u16) -> PacketSocket {
    namespace.run(|| -> Result<_, DeviceError> { PacketSocket::open(RADIO, ethertype) }).unwrap()
}

/// Memory that a daemon holds.
fn resident_kib(daemon: &Daemon) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn seconds() -> u64 {
    env::var("ROADMESH_GARBAGE_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(5)
}

/// An EtherType that nobody sends.
const UNUSED: u16 = 0x88b6;
