//! Two daemons with a wire for a radio.

use super::host::{Host, ourselves};
use super::pair::{Pair, WIRE};
use crate::error::{Failure, other};
use device_lib::spawn::Place;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// An RSU and an OBU, one at each end of a wire. They are killed when this is dropped.
#[derive(Debug)]
pub(super) struct Daemons {
    pair: Pair,
    children: Vec<Child>,
    /// What they keep is there as long as they are.
    folder: TempDir,
}

impl Daemons {
    /// Starts them on a wire that carries packets of so many bytes, and waits until one reaches the other.
    pub(super) fn start(mtu: usize) -> Result<Self, Failure> {
        let pair = Pair::new(mtu, false)?;
        let folder = tempfile::tempdir().map_err(|error| other(error.to_string(), None))?;
        let mut daemons = Daemons { pair, children: Vec::new(), folder };
        for (end, role) in [(0, "rsu"), (1, "obu")] {
            let state = daemons.folder.path().join(role);
            let mut command = ourselves();
            command.args([role, "--interface", WIRE, "--tap", TAP, "--log-level", "warn"]);
            command.args(["--address", &format!("{}/24", Self::address(end))]);
            command.arg("--state").arg(&state).arg("--socket").arg(state.with_extension("sock"));
            if mtu > 1500 {
                command.args(["--mtu", &(mtu - OVERHEAD).to_string()]);
            }
            command.stdin(Stdio::null()).stdout(Stdio::null());
            let net =
                daemons.pair.ends[end].try_clone().map_err(|error| other(error.to_string(), None))?.into();
            let place = Place { net, mounts: None, host: role.to_owned(), folder: None, foreground: false };
            daemons.children.push(place.spawn(&mut command)?);
        }
        daemons.await_contact()?;
        Ok(daemons)
    }

    /// The host of the RSU (0) or of the OBU (1).
    pub(super) fn host(&self, end: usize) -> Host<'_> {
        Host::Namespace(&self.pair.ends[end])
    }

    /// Its address.
    pub(super) fn address(end: usize) -> String {
        format!("10.112.0.{}", end + 1)
    }

    fn await_contact(&mut self) -> Result<(), Failure> {
        // Any program that fails until there is a way to the RSU does.
        let probe = format!("exec 3<>/dev/tcp/{}/9", Self::address(0));
        loop {
            for child in &mut self.children {
                if let Ok(Some(status)) = child.try_wait() {
                    return Err(other(format!("a daemon ended with {status} before it was measured"), None));
                }
            }
            // Refused is an answer; no route to it is none.
            let tried = self.host(1).spawn(&["bash", "-c", &probe])?.wait_with_output();
            let tried = tried.map_err(|error| other(error.to_string(), None))?;
            if String::from_utf8_lossy(&tried.stderr).contains("refused") {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Daemons {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

const TAP: &str = "host0";
/// What the longest packet of a host is shorter than the radio's: our header, the host's Ethernet header, and a little more
/// than the radio's own Ethernet header, so that nothing is longer than 64 KB.
const OVERHEAD: usize = 64;
