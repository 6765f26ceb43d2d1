//! New settings for a running node.

use super::inbox::Door;
use super::options::SETTINGS;
use super::settings::{Settings, Sources};
use crate::ctl::protocol::Response;
use sd_notify::NotifyState;
use serde_json::Value;
use sim_lib::scenario::model::ProtocolSpec;
use tracing::{error, info};

/// Reads the settings again and has the loop take over what it can. Settings with a mistake change nothing.
pub(super) fn reload(sources: &Sources, door: &Door) -> Response {
    let begins: Vec<NotifyState<'_>> = [Some(NotifyState::Reloading), NotifyState::monotonic_usec_now().ok()]
        .into_iter()
        .flatten()
        .collect();
    super::tell_systemd(&begins);
    let response = match sources.load() {
        Err(wrong) => {
            let message = wrong.to_string();
            error!(help = wrong.help.as_deref(), "settings not reloaded: {message}");
            Response::error(format!("nothing was changed: {message}"), wrong.help)
        }
        Ok(loaded) => match door.apply(loaded.value) {
            None => Response::error("the daemon is ending", None),
            Some(report) => {
                info!("settings reloaded: {}", report.render());
                Response::Reload(report)
            }
        },
    };
    super::tell_systemd(&[NotifyState::Ready]);
    response
}

impl Settings {
    /// The keys whose values differ.
    pub(super) fn differing(&self, new: &Settings) -> Vec<&'static str> {
        let [old, new] = [self, new].map(|settings| serde_json::to_value(settings).unwrap_or_default());
        let value = |all: &Value, key: &str| all.pointer(&format!("/{}", key.replace('.', "/"))).cloned();
        SETTINGS
            .iter()
            .map(|setting| setting.key)
            .filter(|key| value(&old, key) != value(&new, key))
            .collect()
    }

    /// Takes over what a running node can change.
    pub(super) fn take_over(&mut self, new: &Settings) {
        let ProtocolSpec { heartbeat_interval, reply_interval, ethertype, .. } = self.protocol;
        self.protocol =
            ProtocolSpec { heartbeat_interval, reply_interval, ethertype, ..new.protocol.clone() };
        self.flood_rate = new.flood_rate;
        self.log_level = new.log_level;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use config_lib::Override;

    fn settings(text: &[(&str, &str)]) -> Settings {
        let flags = text.iter().map(|(key, value)| Override::new(*key, *value, "")).collect();
        Sources { file: None, flags }.load().unwrap().value
    }

    /// Every key with another value than its default.
    const OTHERS: [(&str, &str); 27] = [
        ("interface", "wlan1"),
        ("tap", "vehicle"),
        ("tap_mac", "\"02:00:00:00:00:09\""),
        ("addresses", "[10.0.0.1/24, \"fd00::1/64\"]"),
        ("mtu", "1300"),
        ("protocol.heartbeat_interval", "100ms"),
        ("protocol.reply_interval", "2s"),
        ("protocol.candidates", "2"),
        ("protocol.missed", "4"),
        ("protocol.tx_failures", "5"),
        ("protocol.hysteresis_percent", "20"),
        ("protocol.tx_status", "off"),
        ("protocol.hop_limit", "4"),
        ("protocol.ethertype", "0x88b6"),
        ("flood_rate", "10"),
        ("max_hosts", "100"),
        ("max_downstream", "100"),
        ("busy_poll", "50us"),
        ("capture", "node.pcapng"),
        ("faults.lose", "0.1"),
        ("faults.damage", "0.1"),
        ("faults.cut", "0.1"),
        ("faults.repeat", "0.1"),
        ("socket", "node.sock"),
        ("state", "state"),
        ("log_level", "debug"),
        ("log_format", "json"),
    ];

    #[test]
    fn every_key_is_an_option_and_its_change_is_seen() {
        assert_eq!(
            OTHERS.map(|(key, _)| key),
            *SETTINGS.iter().map(|setting| setting.key).collect::<Vec<_>>()
        );
        let before = settings(&[("interface", "wlan0")]);
        assert_eq!(before.differing(&before.clone()), [""; 0]);
        for (key, value) in OTHERS {
            let after = settings(&[("interface", "wlan0"), (key, value)]);
            assert_eq!(before.differing(&after), [key]);
        }
        assert_eq!(before.differing(&settings(&OTHERS)), OTHERS.map(|(key, _)| key));
    }

    #[test]
    fn what_is_called_changeable_is_taken_over_and_nothing_else() {
        let before = settings(&[("interface", "wlan0")]);
        for setting in SETTINGS {
            let (key, value) = *OTHERS.iter().find(|(key, _)| *key == setting.key).unwrap();
            let new = settings(&[("interface", "wlan0"), (key, value)]);
            let mut running = before.clone();
            running.take_over(&new);
            assert_eq!(running == new, setting.on_reload, "{key}");
            assert_eq!(running == before, !setting.on_reload, "{key}");
        }
    }
}
