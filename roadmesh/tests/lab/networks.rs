//! Packets of real hosts.

use crate::support::{CHAIN, Lab};
use std::thread;
use std::time::Duration;

#[test]
fn three_hops_lose_nothing_once_they_have_converged() {
    let Some(lab) = Lab::start(CHAIN, &["--keep"]) else { return };
    lab.await_routes(&["car1", "car2", "car3"]);
    for target in ["rsu1", "server"] {
        let told = lab.exec("car3", &format!("ping -q -c 100 -i 0.01 {target}"));
        assert!(told.contains("100 packets transmitted, 100 received, 0% packet loss"), "{told}");
    }
    // And back, by IPv4.
    let told = lab.exec("server", "ping -4 -q -c 20 -i 0.01 car3");
    assert!(told.contains(" 0% packet loss"), "{told}");
}

#[test]
fn every_host_has_its_name_and_knows_the_others() {
    let Some(lab) = Lab::start(CHAIN, &["--keep"]) else { return };
    assert_eq!(lab.exec("car2", "hostname").trim(), "car2");
    assert_eq!(lab.exec("car2", "echo $ROADMESH_NODE $ROADMESH_LAB").trim(), format!("car2 {}", lab.name));
    for (name, address) in [("car1", "10.109.0.1"), ("rsu1", "10.109.0.4"), ("server", "10.109.0.5")] {
        let found = lab.exec("car3", &format!("getent ahostsv4 {name}"));
        assert!(found.starts_with(&format!("{address} ")), "{found}");
    }
    assert_eq!(
        lab.exec("car1", "ip route show default; ip -6 route show default"),
        "",
        "there is no way out"
    );
    let mtu = lab.exec("car1", "cat /proc/sys/net/ipv6/conf/mesh0/mtu");
    assert_eq!(mtu.trim(), "1500");
    let processes = lab.exec("car1", "ls -d /proc/[0-9]* | wc -l").trim().parse::<u32>().unwrap();
    assert!(processes < 20, "the corner has processes of its own: {processes}");
}

/// An RSU and two cars that hear each other without loss.
const TRIANGLE: &str = "{ name: triangle, duration: 60s,
    nodes: { rsu1: { role: rsu }, car1: { role: obu }, car2: { role: obu } },
    radio: { profile: ideal, ideal: { default: { latency: 0s } } } }";

#[test]
fn super_frames_cross_whole_and_files_arrive_intact() {
    let Some(lab) = Lab::start(TRIANGLE, &["--keep"]) else { return };
    lab.await_routes(&["car1", "car2"]);
    transfer(&lab);
    let errors = lab.exec("rsu1", "awk '/^Tcp:/ { print $15 }' /proc/net/snmp | tail -1");
    assert_eq!(errors.trim(), "0", "segments with a wrong checksum");
}

#[test]
fn trains_are_taken_apart_on_a_radio_that_loses_frames() {
    let Some(lab) = Lab::start(CHAIN, &["--keep"]) else { return };
    lab.await_routes(&["car1", "car2", "car3"]);
    lab.exec("rsu1", "true");
    transfer_from(&lab, "car3", 2_000_000);
    let errors = lab.exec("rsu1", "awk '/^Tcp:/ { print $15 }' /proc/net/snmp | tail -1");
    assert_eq!(errors.trim(), "0", "segments with a wrong checksum");
}

fn transfer(lab: &Lab) {
    transfer_from(lab, "car1", 100_000_000);
}

/// Sends random bytes from a car to the RSU over TCP, and compares them.
fn transfer_from(lab: &Lab, car: &str, bytes: u64) {
    let folder = lab.results();
    let [sent, received] = ["sent", "received"].map(|name| folder.join(name).display().to_string());
    lab.exec(car, &format!("head -c {bytes} /dev/urandom > {sent}"));
    let python = |code: &str| format!("python3 -c '{code}'");
    let server = python(&format!(
        "import socket as s\nl = s.create_server((\"::\", 5000), family=s.AF_INET6)\nc = l.accept()[0]\n\
         f = open(\"{received}\", \"wb\")\nwhile d := c.recv(1 << 20): f.write(d)"
    ));
    let client = python(&format!(
        "import socket as s\nc = s.create_connection((\"rsu1\", 5000))\nc.sendall(open(\"{sent}\", \"rb\").read())"
    ));
    thread::scope(|scope| {
        let server = scope.spawn(|| lab.exec("rsu1", &server));
        // Port 5000, as /proc/net/tcp6 writes it.
        lab.await_at("rsu1", "grep -q :1388 /proc/net/tcp6");
        lab.exec(car, &client);
        server.join().unwrap();
    });
    lab.exec(car, &format!("cmp {sent} {received}"));
}

/// Thirty simulated cars around one that is live.
#[test]
fn a_live_car_drives_among_simulated_ones() {
    let others: String = (0..30)
        .map(|car| format!("other{car}: {{ role: obu, position: [{}, {}] }}, ", 100 + car * 10, car % 7))
        .collect();
    let scenario = format!(
        "{{ name: hybrid, duration: 60s, nodes: {{ rsu1: {{ role: rsu, position: [0, 0] }}, {others}
            car1: {{ role: obu, position: [500, 0] }} }}, radio: {{ profile: geometric }},
            traffic: [ {{ name: telemetry, kind: constant, from: vehicles, to: rsu1, rate: 2/s, size: 100 }} ],
            lab: {{ live: [rsu1, car1] }} }}"
    );
    let Some(lab) = Lab::start(&scenario, &["--keep"]) else { return };
    lab.await_routes(&["car1"]);
    let listing = lab.listing();
    assert_eq!((listing["simulated"].as_u64(), listing["hosts"].as_array().unwrap().len()), (Some(30), 2));
    let hops = listing["hosts"][0]["route"][2].as_u64().unwrap();
    assert!(hops > 1, "500 m are no single hop: {listing}");
    lab.await_at("car1", "ping -q -c 1 -W 2 rsu1");
    let refused = lab.command(&["exec"], &["other3", "--", "true"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("`other3` is simulated"));
    // The flows of simulated cars run beside.
    let seconds = lab.results().join("seconds.csv");
    let delivered = |row: &str| {
        row.split(',').nth(5).is_some_and(|count| count.parse().is_ok_and(|count: u64| count > 10))
    };
    while !std::fs::read_to_string(&seconds).unwrap().lines().any(delivered) {
        thread::sleep(Duration::from_millis(100));
    }
}

/// Two hosts that have their radios themselves, and what they make of it.
#[test]
fn a_plain_radio_is_an_interface_like_any_other() {
    let scenario = "{ name: plain, duration: 60s, nodes: { car1: { role: obu, radio: tap },
            car2: { role: obu, radio: tap }, car3: { role: obu, radio: tap } },
        radio: { profile: ideal, ideal: { links: [ { between: [car1, car2] }, { between: [car2, car3] } ] } } }";
    let Some(lab) = Lab::start(scenario, &["--keep"]) else { return };
    for (node, next) in [("car1", "car2"), ("car2", "car1")] {
        lab.exec(
            node,
            &format!("ip -4 route add $(getent ahostsv4 {next} | head -1 | cut -d' ' -f1) dev radio0"),
        );
    }
    let told = lab.exec("car1", "ping -4 -q -c 5 -i 0.02 car2");
    assert!(told.contains(" 0% packet loss"), "{told}");
    // car3 is out of reach of car1, and nobody routes for it.
    lab.exec("car1", "ip -4 route add $(getent ahostsv4 car3 | head -1 | cut -d' ' -f1) dev radio0");
    assert!(
        !lab.command(&["exec"], &["car1", "--", "ping", "-4", "-c", "1", "-W", "1", "car3"]).status.success()
    );
}

/// A machine with a way to an "internet" that has no way back to the lab: both are namespaces. Only for root, who alone can
/// have an uplink.
#[test]
fn an_uplink_leads_out_and_goes_with_the_lab() {
    if !crate::support::namespaces() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("scenario.yaml"), CHAIN).unwrap();
    let script = r#"
        set -e
        unshare -n sleep 60 & internet=$!
        sleep 0.3
        ip link add out0 type veth peer name in0 netns $internet
        ip addr add 192.0.2.1/24 dev out0; ip link set out0 up; ip link set lo up
        nsenter -t $internet -n sh -c 'ip addr add 192.0.2.2/24 dev in0; ip link set in0 up; ip link set lo up'
        if $LAB --uplink server; then echo 'it should have been refused'; exit 9; fi 2>refused
        grep -q ip_forward refused
        echo 1 > /proc/sys/net/ipv4/ip_forward
        $LAB --uplink server --keep & lab=$!
        tries=0
        until $EXEC car1 -- ping -c 1 -W 1 rsu1 >/dev/null 2>&1; do sleep 0.1; done
        $EXEC car1 -- ping -c 2 -W 5 192.0.2.2
        $EXEC server -- ping -c 2 -W 5 192.0.2.2
        nft list tables | grep roadmesh
        kill -9 $lab
        while ip link show rm-lab0 2>/dev/null || nft list tables | grep -q roadmesh; do sleep 0.1; done
        kill $internet
        echo all is gone"#;
    let program = env!("CARGO_BIN_EXE_roadmesh");
    let name = format!("uplink-{}", std::process::id());
    let mut unshare = std::process::Command::new("unshare");
    unshare.args(["--net", "--mount", "sh", "-c", script]).current_dir(folder.path());
    unshare.env("LAB", format!("{program} lab scenario.yaml --lab {name}"));
    unshare.env("EXEC", format!("{program} lab exec --lab {name}"));
    let output = unshare.output().unwrap();
    let [out, err] =
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    if err.contains("unshare failed: Operation not permitted") {
        eprintln!("an uplink is for root alone; it is not tested as an ordinary user");
        return;
    }
    assert!(output.status.success() && out.contains("all is gone"), "{out}{err}");
}
