//! iperf3 and ping: how they are run, and what their output says.

use super::host::Host;
use crate::error::{Failure, other};
use serde_json::Value;
use std::env;
use std::fs;
use std::thread;
use std::time::Duration;

/// Which of the programs that measure are installed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tools {
    pub(super) iperf3: bool,
    pub(super) ping: bool,
}

/// One TCP connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tcp {
    pub(super) bits_per_s: f64,
    pub(super) retransmits: u64,
}

/// One stream of datagrams.
#[derive(Clone, Copy, Debug)]
pub(super) struct Udp {
    pub(super) received_per_s: f64,
    /// Of all cores of the machine, for the time that they were busy.
    pub(super) received_per_core_and_s: f64,
    pub(super) out_of_order: u64,
}

impl Tools {
    /// Looks for them.
    pub(super) fn find() -> Self {
        let path = env::var_os("PATH").unwrap_or_default();
        let installed = |program: &str| env::split_paths(&path).any(|folder| folder.join(program).is_file());
        Tools { iperf3: installed("iperf3"), ping: installed("ping") }
    }

    /// What is missing, and how to get it.
    pub(super) fn missing(self) -> Option<String> {
        let of = [(self.iperf3, "iperf3", "iperf3"), (self.ping, "ping", "iputils-ping")];
        let missing: Vec<_> = of.into_iter().filter(|(installed, ..)| !installed).collect();
        if missing.is_empty() {
            return None;
        }
        let names: Vec<&str> = missing.iter().map(|(_, name, _)| *name).collect();
        let packages: Vec<&str> = missing.iter().map(|(.., package)| *package).collect();
        Some(format!(
            "{} not installed, and what needs it is left out: `apt-get install {}`",
            names.join(" and ") + if names.len() == 1 { " is" } else { " are" },
            packages.join(" ")
        ))
    }
}

/// Sends as much as TCP carries.
pub(super) fn tcp(server: &Host<'_>, client: &Host<'_>, to: &str, seconds: u32) -> Result<Tcp, Failure> {
    // The kernel's default may be another; comparisons need one.
    let result = iperf3(server, client, to, seconds, &["-C", "cubic"])?;
    Ok(Tcp {
        bits_per_s: number(&result, "/end/sum_received/bits_per_second")?,
        retransmits: number(&result, "/end/sum_sent/retransmits")? as u64,
    })
}

/// Sends as much as TCP carries; the longest time in which that was nothing, seconds.
pub(super) fn longest_stall(
    server: &Host<'_>,
    client: &Host<'_>,
    to: &str,
    seconds: u32,
) -> Result<f64, Failure> {
    let result = iperf3(server, client, to, seconds, &["-C", "cubic", "-i", "0.1"])?;
    let intervals = result["intervals"].as_array().into_iter().flatten();
    let (mut longest, mut stalled) = (0.0f64, 0.0);
    for sum in intervals.map(|interval| &interval["sum"]) {
        let moved = sum["bytes"].as_u64().is_some_and(|bytes| bytes > 0);
        stalled = if moved { 0.0 } else { stalled + sum["seconds"].as_f64().unwrap_or(0.0) };
        longest = longest.max(stalled);
    }
    Ok(longest)
}

/// Sends datagrams of 1400 bytes, so many a second; without a number, as many as it can.
pub(super) fn udp(
    server: &Host<'_>,
    client: &Host<'_>,
    to: &str,
    seconds: u32,
    per_s: Option<f64>,
) -> Result<Udp, Failure> {
    let rate = per_s.map_or(0.0, |per_s| per_s * f64::from(DATAGRAM) * 8.0).round().to_string();
    let size = DATAGRAM.to_string();
    let before = busy_seconds()?;
    let result = iperf3(server, client, to, seconds, &["-u", "-b", &rate, "-l", &size])?;
    let busy = busy_seconds()? - before;
    let of = |key: &str| number(&result, &format!("/end/sum/{key}"));
    let arrived = of("packets")? - of("lost_packets")?;
    let out_of_order = result.pointer("/end/streams/0/udp/out_of_order").and_then(Value::as_u64).unwrap_or(0);
    let received_per_s = arrived / of("seconds")?;
    Ok(Udp { received_per_s, received_per_core_and_s: arrived / busy, out_of_order })
}

/// Round-trip times, microseconds, sorted.
pub(super) fn ping(client: &Host<'_>, to: &str, count: u32, interval: &str) -> Result<Vec<f64>, Failure> {
    let printed = client.run(&["ping", "-c", &count.to_string(), "-i", interval, to])?;
    let mut times = round_trips(&printed);
    if times.is_empty() {
        return Err(other(format!("no answer from {to}"), None));
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

fn iperf3(
    server: &Host<'_>,
    client: &Host<'_>,
    to: &str,
    seconds: u32,
    more: &[&str],
) -> Result<Value, Failure> {
    let mut listening = server.spawn(&["iperf3", "-s", "-1"])?;
    let seconds = seconds.to_string();
    let arguments = [&["iperf3", "-c", to, "-t", &seconds, "-J"], more].concat();
    // The server takes a moment to listen.
    let mut tried = 0;
    let result = loop {
        thread::sleep(Duration::from_millis(200));
        tried += 1;
        match client.run(&arguments) {
            Err(_) if tried < TRIES => {}
            result => break result,
        }
    };
    // Where nobody came, it waits for ever.
    let _ = listening.kill();
    let _ = listening.wait();
    serde_json::from_str(&result?).map_err(Failure::from)
}

fn number(result: &Value, pointer: &str) -> Result<f64, Failure> {
    let missing = || other(format!("iperf3 says nothing of {pointer}"), None);
    result.pointer(pointer).and_then(Value::as_f64).ok_or_else(missing)
}

/// For how long the cores of this machine were busy since it started, all together, seconds.
fn busy_seconds() -> Result<f64, Failure> {
    let stat =
        fs::read_to_string("/proc/stat").map_err(|error| other(format!("/proc/stat: {error}"), None))?;
    busy_ticks(&stat)
        .map(|ticks| ticks as f64 / TICKS_PER_S)
        .ok_or_else(|| other("/proc/stat has no times of the cores".to_owned(), None))
}

/// User, nice, system, and both kinds of interrupts, of the line of all cores (proc_stat(5)).
fn busy_ticks(stat: &str) -> Option<u64> {
    let times: Vec<u64> =
        stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().flat_map(str::parse).collect();
    [0, 1, 2, 5, 6].iter().map(|at| times.get(*at)).sum()
}

/// The times in `time=6.14 ms`, in microseconds.
fn round_trips(printed: &str) -> Vec<f64> {
    let times = printed.lines().filter_map(|line| line.split("time=").nth(1)?.split(' ').next());
    times.filter_map(|time| time.parse::<f64>().ok()).map(|ms| ms * 1000.0).collect()
}

/// Payload of a datagram, bytes.
const DATAGRAM: u32 = 1400;
const TRIES: usize = 10;
/// The unit of `/proc/stat`, the same on every machine that Linux runs on in practice (`USER_HZ`).
const TICKS_PER_S: f64 = 100.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_are_read() {
        let printed = "PING rsu1 (fd72::1) 56 data bytes\n\
            64 bytes from rsu1 (fd72::1): icmp_seq=1 ttl=64 time=0.075 ms\n\
            64 bytes from rsu1 (fd72::1): icmp_seq=2 ttl=64 time=12.3 ms\n\
            2 packets transmitted, 2 received, 0% packet loss, time 1ms\n";
        assert_eq!(round_trips(printed), [75.0, 12300.0]);
    }

    #[test]
    fn busy_is_what_is_not_idle_waiting_or_stolen() {
        assert_eq!(busy_ticks("cpu  1 2 4 800 1600 8 16 3200 0 0\ncpu0 1 1 1 1 1 1 1\n"), Some(31));
        assert_eq!(busy_ticks("cpu  1 2 4\n"), None);
        assert!(busy_seconds().unwrap() > 0.0);
    }

    #[test]
    fn what_is_missing_is_said() {
        let missing = |iperf3, ping| Tools { iperf3, ping }.missing();
        assert_eq!(missing(true, true), None);
        assert!(missing(false, true).unwrap().starts_with("iperf3 is not installed"));
        assert!(missing(false, false).unwrap().ends_with("`apt-get install iperf3 iputils-ping`"));
    }
}
