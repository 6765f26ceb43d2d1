//! What hosts send arrives.

use crate::daemon::{Daemon, Pair, RSU_ADDRESS, until};
use crate::net;
use device_lib::namespace::NetNamespace;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

pub fn pings_and_a_large_file_pass() {
    let pair = Pair::start();
    assert_eq!(net::pings(&pair.obu_net, RSU_ADDRESS, 20), 20);
    assert_eq!(net::pings(&pair.rsu_net, "fd23::2", 20), 20);

    let content: Vec<u8> =
        (0..20_000_000u32).flat_map(|at| [(at.wrapping_mul(2_654_435_761) >> 24) as u8]).collect();
    let serving = serve(&pair.rsu_net, content.clone());
    let file = pair.obu.folder.path().join("fetched");
    let url = format!("http://{RSU_ADDRESS}:8080/file");
    let output = net::run(&pair.obu_net, "curl", &["-sS", "--fail", "-o", file.to_str().unwrap(), &url]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(fs::read(file).unwrap() == content, "what arrived differs");
    serving.join().unwrap();
}

pub fn a_capture_holds_both_sides() {
    let (rsu_net, obu_net) = net::pair();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("node.pcapng");
    let rsu = Daemon::start(&rsu_net, "rsu", &["--address", "10.23.0.1/24"]);
    let mut obu =
        Daemon::start(&obu_net, "obu", &["--address", "10.23.0.2/24", "--capture", file.to_str().unwrap()]);
    until("a route", || !obu.ask(&["status"])["route"].is_null());
    assert_eq!(net::pings(&obu_net, RSU_ADDRESS, 3), 3);
    obu.signal(nix::sys::signal::Signal::SIGTERM);
    assert!(obu.wait().success());
    let bytes = fs::read(file).unwrap();
    for name in [net::RADIO, "rm-radio"] {
        assert!(bytes.windows(name.len()).any(|window| window == name.as_bytes()), "{name}");
    }
    drop(rsu);
}

pub fn a_radio_that_never_reports_is_not_waited_for() {
    let (rsu_net, obu_net) = net::pair();
    let rsu = Daemon::start(&rsu_net, "rsu", &["--address", "10.23.0.1/24"]);
    let obu = Daemon::start(&obu_net, "obu", &["--address", "10.23.0.2/24", "--tx-status", "on"]);
    until("a route", || !obu.ask(&["status"])["route"].is_null());
    assert_eq!(obu.ask(&["status"])["devices"]["tx_status"], true);
    // Without reports nothing is lost, before it is noticed and after.
    assert_eq!(net::pings(&obu_net, RSU_ADDRESS, 40), 40);
    until("the warning", || obu.log().contains("never says what became of a unicast"));
    assert_eq!(obu.ask(&["status"])["devices"]["tx_status"], false);
    assert_eq!(net::pings(&obu_net, RSU_ADDRESS, 5), 5);
    drop(rsu);
}

/// Serves one file once.
fn serve(namespace: &NetNamespace, content: Vec<u8>) -> thread::JoinHandle<()> {
    let listener = namespace
        .run(|| -> Result<_, device_lib::DeviceError> { Ok(TcpListener::bind((RSU_ADDRESS, 8080)).unwrap()) })
        .unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.extend(byte);
        }
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", content.len()).unwrap();
        stream.write_all(&content).unwrap();
    })
}
