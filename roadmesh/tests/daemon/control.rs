//! What `roadmesh ctl` says, and what a reload does.

use crate::daemon::{Daemon, Pair, RSU_ADDRESS, until, write};
use crate::net;
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

pub fn ctl_tells_what_is_so() {
    let pair = Pair::start();
    assert_eq!(net::pings(&pair.obu_net, RSU_ADDRESS, 5), 5);
    let (obu, rsu) = (pair.obu.ask(&["status"]), pair.rsu.ask(&["status"]));
    assert_eq!((&obu["role"], &rsu["role"]), (&json!("obu"), &json!("rsu")));
    let devices = &obu["devices"];
    assert_eq!((&devices["interface"], &devices["tap"]), (&json!("radio"), &json!("rm-radio")));
    assert_eq!((&devices["mtu"], &devices["tx_status"]), (&json!(1457), &json!(false)));
    assert_eq!(devices["addresses"], json!(["10.23.0.2/24", "fd23::2/64"]));
    assert_ne!(devices["tap_mac"], obu["mac"]);
    assert_eq!(obu["route"]["rsu"], rsu["mac"]);
    assert_eq!(obu["route"]["hops"], 1);
    assert_eq!((&rsu["route"], &rsu["obus"]), (&Value::Null, &json!([obu["mac"]])));
    assert!(obu["boot"].as_u64() > Some(1_700_000_000));

    let routes = pair.obu.ask(&["routes"]);
    assert_eq!(
        (&routes["upstream"][0]["rsu"], &routes["upstream"][0]["in_use"]),
        (&rsu["mac"], &json!(true))
    );
    let routes = pair.rsu.ask(&["routes"]);
    assert_eq!((&routes["downstream"][0]["obu"], &routes["upstream"]), (&obu["mac"], &json!([])));

    let mac = rsu["mac"].as_str().unwrap();
    for explanation in [pair.obu.ask(&["explain"]), pair.obu.ask(&["explain", mac])] {
        let only = &explanation["rsus"][0];
        assert_eq!((&only["rsu"], &only["epoch"]), (&rsu["mac"], &rsu["boot"]));
        let winner = &only["candidates"][0];
        assert_eq!((&winner["verdict"], &winner["neighbour"]), (&json!("won"), &rsu["mac"]));
        assert_eq!((&winner["cost_us"], &winner["total_us"]), (&json!(0), &winner["link_cost_us"]));
        assert!(!only["feasibility_distance"].is_null());
    }
    let nobody = pair.obu.ctl(&["explain", "02:00:00:00:00:99"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nobody.stderr).contains("knows nothing of such an RSU"));

    let counters = pair.obu.ask(&["counters"]);
    assert!(counters["node"]["data_sent"].as_u64() >= Some(5), "{counters}");
    assert!(counters["devices"]["unicasts"].as_u64() >= Some(5), "{counters}");
    let table = pair.rsu.ctl(&["counters"]);
    assert!(String::from_utf8_lossy(&table.stdout).contains("heartbeats_sent"));
    assert_eq!(fs::metadata(pair.obu.socket()).unwrap().permissions().mode() & 0o777, 0o660);
}

pub fn a_reload_applies_what_it_can_and_names_the_rest() {
    let (_rsu_net, obu_net) = net::pair();
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "# nothing yet\n");
    // A file of comments is enough where options say the rest.
    let daemon = Daemon::start(&obu_net, "obu", &["--config", &file, "--hop-limit", "5"]);
    let reports = |applied: &[&str], needs_restart: &[&str]| json!({ "applied": applied, "needs_restart": needs_restart });
    assert_eq!(daemon.ask(&["reload"]), reports(&[], &[]));

    write(
        folder.path(),
        "protocol: { missed: 4, hop_limit: 7, ethertype: 0x88b6 }\nlog_level: debug\nmtu: 1300\n",
    );
    // An option still wins over the file.
    let report = reports(&["protocol.missed", "log_level"], &["mtu", "protocol.ethertype"]);
    assert_eq!(daemon.ask(&["reload"]), report);
    assert_eq!(daemon.ask(&["reload"]), reports(&[], &["mtu", "protocol.ethertype"]));

    write(folder.path(), "protocol: { missed: 5 }\nprotocl: {}\n");
    let refused = daemon.ctl(&["reload"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said.contains("nothing was changed") && said.contains("node.yaml:2:1") && said.contains("`protocol`"),
        "{said}"
    );

    write(folder.path(), "protocol: { missed: 4, tx_status: on }\nlog_level: info\n");
    daemon.signal(Signal::SIGHUP);
    until("the reload", || {
        daemon.log().contains("changed: log_level; these need a restart: protocol.tx_status")
    });
    daemon.signal(Signal::SIGHUP);
    until("another one", || {
        daemon.log().contains("settings reloaded: these need a restart: protocol.tx_status")
    });
}

pub fn clients_that_misbehave_disturb_nobody() {
    let (_rsu_net, obu_net) = net::pair();
    let daemon = Daemon::start(&obu_net, "obu", &[]);
    let connect = || UnixStream::connect(daemon.socket()).unwrap();
    let asked = |line: &[u8]| {
        let mut stream = connect();
        stream.write_all(line).unwrap();
        let mut answer = String::new();
        BufReader::new(&stream).read_line(&mut answer).unwrap();
        answer
    };
    for garbage in [&b"\n"[..], b"{}\n", b"\xff\xfe\0\n", b"{\"request\":\"fly\"}\n", b"[[[[[[[[\n"] {
        let answer = asked(garbage);
        assert!(answer.starts_with("{\"error\":{\"message\":\"not a request"), "{answer}");
    }
    assert!(asked(&[b'x'; 10_000]).contains("at most 4096 bytes"));
    let silent: Vec<UnixStream> = (0..8).map(|_| connect()).collect();
    assert!(daemon.ctl(&["status"]).status.success());
    drop(silent);

    let mut stream = connect();
    for _ in 0..3 {
        stream.write_all(b"{\"request\":\"status\"}\n").unwrap();
        let mut answer = String::new();
        BufReader::new(&stream).read_line(&mut answer).unwrap();
        assert!(answer.starts_with("{\"status\":{"), "{answer}");
    }
}
