//! The interfaces at both sides: opened, configured, and made ready for the loop.

use super::settings::{FaultSpec, LONGEST_NAME, Settings};
use crate::error::{Failure, other};
use crate::mtu::{Mtu, NoMtu};
use config_lib::Loaded;
use device_lib::capture::CaptureFile;
use device_lib::fault::{Faults, Faulty};
use device_lib::merging::Merging;
use device_lib::netlink::{Link, LinkSettings, Netlink};
use device_lib::packet::{PacketSocket, is_wireless};
use device_lib::port::Port;
use device_lib::tap::Tap;
use node_lib::addr::Mac;
use node_lib::random::Key;
use sim_lib::scenario::model::Reporting;

/// Both ports, and what is known of them.
#[derive(Debug)]
pub(super) struct Devices {
    pub(super) tap: Box<dyn Port>,
    pub(super) radio: Box<dyn Port>,
    pub(super) facts: Facts,
    pub(super) capture: Option<CaptureFile>,
}

/// What a daemon has found and chosen.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// The radio's interface.
    pub(super) radio: Link,
    /// Whether it is wireless, so that its driver can report the fate of unicasts.
    pub(super) wireless: bool,
    /// Whether it was asked for these reports.
    pub(super) asked: bool,
    /// The TAP's interface.
    pub(super) tap: Link,
    pub(super) mtu: Mtu,
}

impl Devices {
    /// Opens the radio and makes the TAP. The TAP goes when this is dropped.
    pub(super) fn open(loaded: &Loaded<Settings>) -> Result<Devices, Failure> {
        let settings = &loaded.value;
        let mut radio = PacketSocket::open(&settings.interface, settings.protocol.ethertype)?;
        let link = radio.link().clone();
        if !link.mac.is_unicast() {
            let text = format!("the interface `{}` has no MAC address", link.name);
            return Err(other(text, Some("a radio is an Ethernet or a Wi-Fi interface".to_owned())));
        }
        let mtu = Mtu::choose(link.mtu, settings.mtu).map_err(|error| no_mtu(error, &link, loaded))?;
        let wireless = is_wireless(&link.name);
        let asked = settings.protocol.tx_status.resolve(wireless);
        if asked {
            radio.report_status()?;
        }
        let tap = Tap::open(&tap_name(settings))?;
        let tap_link = configure(&tap, settings, link.mac, mtu.bytes)?;

        let capture = settings.capture.as_deref().map(CaptureFile::create).transpose()?;
        let facts = Facts { wireless, asked, tap: tap_link, mtu, radio: link };
        // The file has what was on the wire, and the node what the faults left of it.
        let radio = with_faults(captured(radio, &facts.radio.name, capture.as_ref()), settings.faults);
        let datagrams = tap.takes_datagram_trains();
        let tap = Box::new(Merging::new(captured(tap, &facts.tap.name, capture.as_ref()), datagrams));
        Ok(Devices { tap, radio, facts, capture })
    }
}

impl Facts {
    /// Whether the node is to count on the radio's reports.
    pub(super) fn reports(&self, wanted: Reporting) -> bool {
        self.asked && wanted.resolve(self.wireless)
    }
}

/// Sets the TAP up and switches it on.
fn configure(tap: &Tap, settings: &Settings, radio: Mac, mtu: usize) -> Result<Link, Failure> {
    let mut netlink = Netlink::open()?;
    let mac = settings.tap_mac.map_or_else(|| beside(radio), |mac| mac.0);
    let first = LinkSettings { mac: Some(mac), mtu: Some(mtu), ..LinkSettings::default() };
    netlink.set_link(tap.name(), &first)?;
    let link = netlink.link(tap.name())?;
    for address in &settings.addresses {
        netlink.add_address(link.index, address.0.address, address.0.prefix)?;
    }
    netlink.set_link(tap.name(), &LinkSettings { up: Some(true), ..LinkSettings::default() })?;
    Ok(link)
}

/// The TAP is named after the radio, so that it has the same name at each start, and a second daemon on the same radio finds
/// it taken. The kernel allows 15 bytes; the end of a long name is what differs.
fn tap_name(settings: &Settings) -> String {
    let radio = &settings.interface;
    let kept = radio.get(radio.len().saturating_sub(LONGEST_NAME - PREFIX.len())..).unwrap_or(radio);
    settings.tap.clone().unwrap_or_else(|| format!("{PREFIX}{kept}"))
}

/// A locally administered address that always differs from the radio's and is the same at each start.
fn beside(radio: Mac) -> Mac {
    let Mac([first, rest @ ..]) = radio;
    let [b, c, d, e, f] = rest;
    Mac([(first | 0b010) ^ 0b100, b, c, d, e, f])
}

fn captured(port: impl Port + 'static, name: &str, file: Option<&CaptureFile>) -> Box<dyn Port> {
    match file {
        Some(file) => Box::new(file.around(port, name)),
        None => Box::new(port),
    }
}

fn with_faults(port: Box<dyn Port>, spec: FaultSpec) -> Box<dyn Port> {
    if spec == FaultSpec::default() {
        return port;
    }
    let FaultSpec { lose, damage, cut, repeat } = spec;
    Box::new(Faulty::new(port, Faults { lose, damage, cut, repeat }, Key::seed(FAULTS)))
}

fn no_mtu(error: NoMtu, radio: &Link, loaded: &Loaded<Settings>) -> Failure {
    let Link { name, mtu, .. } = radio;
    match error {
        NoMtu::RadioTooSmall { needed } => other(
            format!("the interface `{name}` carries {mtu} bytes; IPv6 behind our header needs {needed}"),
            Some(format!("raise it: `ip link set {name} mtu {needed}` or more")),
        ),
        NoMtu::TooLarge { most } => {
            let message =
                format!("the interface `{name}` carries {mtu} bytes, and with our header the TAP {most}");
            let help = format!("leave `mtu` out, or set it to {most} at most");
            loaded.source.mistake("mtu", message, Some(help)).into()
        }
    }
}

const PREFIX: &str = "rm-";
/// Seed of the faults' draws.
const FAULTS: u64 = 0x6661_756c;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_taps_address_is_local_and_another_one() {
        for first in (0..=0xff).step_by(2) {
            let radio = Mac([first, 1, 2, 3, 4, 5]);
            let tap = beside(radio);
            assert!(tap != radio && tap.is_unicast() && tap.0[0] & 2 == 2, "{radio} {tap}");
        }
    }
}
