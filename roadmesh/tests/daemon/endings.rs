//! How daemons end, and why some don't even start.

use crate::daemon::{Daemon, in_one_line, until, write};
use crate::net::{self, RADIO};
use device_lib::DeviceError;
use device_lib::namespace::NetNamespace;
use device_lib::netlink::{LinkSettings, Netlink};
use nix::sys::signal::Signal;
use std::os::unix::net::UnixDatagram;

pub fn sigterm_leaves_nothing() {
    let (net, _other) = net::pair();
    for (role, signal) in [("rsu", Signal::SIGTERM), ("obu", Signal::SIGINT)] {
        let mut daemon = Daemon::start(&net, role, &["--log-format", "json"]);
        assert!(exists(&net, "rm-radio") && daemon.socket().exists());
        daemon.signal(signal);
        assert_eq!(daemon.wait().code(), Some(0), "{}", daemon.log());
        assert!(!exists(&net, "rm-radio") && !daemon.socket().exists());
        let log = daemon.log();
        let lines: Vec<serde_json::Value> =
            log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.last().unwrap()["message"], "the node ends");
    }
}

pub fn systemd_is_told_when_it_is_ready_reloads_and_stops() {
    let (net, _other) = net::pair();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let told = UnixDatagram::bind(&path).unwrap();
    let expect = |state: &str| {
        let mut buffer = [0; 512];
        loop {
            let length = told.recv(&mut buffer).unwrap();
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.starts_with(state) {
                break;
            }
            assert!(text.starts_with("STATUS="), "{text} instead of {state}");
        }
    };
    let through = ["env", &format!("NOTIFY_SOCKET={}", path.display())];
    let mut daemon = Daemon::spawn_through(&net, &through, "obu", &["--interface", RADIO]);
    expect("READY=1");
    expect("STATUS=no route");
    daemon.signal(Signal::SIGHUP);
    expect("RELOADING=1");
    expect("READY=1");
    daemon.signal(Signal::SIGTERM);
    expect("STOPPING=1");
    assert_eq!(daemon.wait().code(), Some(0));
}

pub fn each_mistake_has_one_clear_message() {
    let (net, _other) = net::pair();
    let folder = tempfile::tempdir().unwrap();
    let said = |args: &[&str]| Daemon::spawn(&net, "obu", args).end();
    let expect = |args: &[&str], code: i32, texts: &[&str]| {
        let (got, log) = said(args);
        assert_eq!(got, Some(code), "{args:?}: {log}");
        for text in texts {
            assert!(log.contains(text), "{text} in {log}");
        }
        assert_eq!(log.matches('×').count(), 1, "{log}");
    };
    expect(&[], 2, &["`interface` is missing", "give `interface` as an option"]);
    expect(&["--interface", "none0"], 1, &["there is no interface named `none0`", "ip link"]);
    expect(&["--interface", "lo"], 1, &["has no MAC address"]);
    expect(&["--interface", RADIO, "--mtu", "1458"], 2, &["--mtu 1458", "the TAP 1457"]);
    expect(&["--interface", RADIO, "--missed", "0"], 2, &["--missed 0", "at least 1"]);
    expect(&["--interface", RADIO, "--address", "10.0.0.1"], 2, &["--address 10.0.0.1", "10.0.0.1/24"]);
    expect(&["--interface", RADIO, "--tap", "a/b"], 2, &["--tap a/b", "1 to 15 letters"]);

    let file = write(folder.path(), "interface: radio\nprotocol:\n  hearbeat_interval: 1s\n");
    expect(&["--config", &file], 2, &["node.yaml:3:3", "unknown key", "did you mean `heartbeat_interval`?"]);
    let file = write(folder.path(), "# nothing\n");
    expect(&["--config", &file], 2, &["the file is empty", "--interface NAME"]);
    expect(&["--config", "none.yaml", "--interface", RADIO], 2, &["none.yaml", "check the path"]);

    let first = Daemon::start(&net, "obu", &[]);
    expect(&["--interface", RADIO], 1, &["the name `rm-radio` is taken", "choose another name"]);
    let precious = folder.path().join("precious");
    std::fs::write(&precious, "kept").unwrap();
    let sockets = [(first.socket(), "another daemon has it"), (precious.clone(), "a file that is no socket")];
    for (socket, why) in sockets {
        let taken = ["--interface", RADIO, "--tap", "two", "--socket", socket.to_str().unwrap()];
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_roadmesh"));
        command.arg("obu").args(taken).arg("--state").arg(folder.path()).stderr(std::process::Stdio::piped());
        let output = net::spawn(&net, &mut command).wait_with_output().unwrap();
        let log = in_one_line(&String::from_utf8_lossy(&output.stderr));
        assert!(output.status.code() == Some(1) && log.contains(why), "{log}");
    }
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "kept");

    let small = LinkSettings { mtu: Some(1300), ..LinkSettings::default() };
    net.run(|| Netlink::open()?.set_link(RADIO, &small)).unwrap();
    expect(
        &["--interface", RADIO, "--tap", "two"],
        1,
        &["IPv6 behind our header needs 1323", "ip link set radio mtu 1323"],
    );
}

pub fn a_missing_capability_is_named_with_its_remedy() {
    let (net, _other) = net::pair();
    for (capability, name) in [("-net_raw", "CAP_NET_RAW"), ("-net_admin", "CAP_NET_ADMIN")] {
        let through = ["setpriv", "--bounding-set", capability];
        let daemon = Daemon::spawn_through(&net, &through, "rsu", &["--interface", RADIO]);
        let (code, log) = daemon.end();
        assert_eq!(code, Some(1), "{log}");
        assert!(log.contains(name) && log.contains("setcap") && log.matches('×').count() == 1, "{log}");
    }
    // These two are all it needs.
    let through = ["setpriv", "--bounding-set", "-all,+net_raw,+net_admin"];
    let daemon = Daemon::spawn_through(&net, &through, "rsu", &["--interface", RADIO]);
    until("the daemon to answer", || daemon.ctl(&["status"]).status.success());
}

pub fn an_interface_that_goes_down_is_waited_for_and_one_that_goes_away_is_not() {
    let (net, _other) = net::pair();
    let mut daemon = Daemon::start(&net, "rsu", &[]);
    net.run(|| net::switch(RADIO, false)).unwrap();
    until("the news", || daemon.log().contains("the radio `radio` is down"));
    net.run(|| net::switch(RADIO, true)).unwrap();
    until("the good news", || daemon.log().contains("the radio `radio` is up again"));
    net.run(|| Netlink::open()?.delete_link(RADIO)).unwrap();
    assert_eq!(daemon.wait().code(), Some(1));
    let log = daemon.log();
    assert!(log.contains("the radio `radio` is gone") && !exists(&net, "rm-radio"), "{log}");

    let (net, _other) = net::pair();
    let mut daemon = Daemon::start(&net, "obu", &[]);
    net.run(|| Netlink::open()?.delete_link("rm-radio")).unwrap();
    assert_eq!(daemon.wait().code(), Some(1));
    assert!(daemon.log().contains("the TAP `rm-radio` is gone"), "{}", daemon.log());
}

fn exists(net: &NetNamespace, name: &str) -> bool {
    match net.run(|| Netlink::open()?.link(name)) {
        Ok(_) => true,
        Err(DeviceError::NoInterface(_)) => false,
        Err(error) => panic!("{error}"),
    }
}
