//! A kind of file that nobody has: what loading one gives, and what its mistakes look like.

mod files;
mod options;

use config_lib::{Breach, ConfigError, Interval, Kind, Loaded, Override, Rate, Way, limits};
use garde::Validate;
use serde::Deserialize;
use std::fmt::Write;
use std::fs;

const STATION: Kind<Station> = Kind {
    name: "station",
    first_key: "name",
    if_empty: "a station has at least `name`",
    if_too_large: "a station has no more than a screenful of settings",
    check,
};

#[derive(Debug, PartialEq, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
struct Station {
    #[garde(custom(limits::name))]
    name: String,
    #[serde(default = "one_second")]
    #[garde(custom(limits::period))]
    heartbeat_interval: Interval,
    #[serde(default = "one_second")]
    silence: Interval,
    #[serde(default = "experimental")]
    #[garde(custom(limits::ethertype))]
    ethertype: u16,
    #[serde(default)]
    #[garde(dive)]
    uplinks: Vec<Uplink>,
}

#[derive(Debug, PartialEq, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
struct Uplink {
    device: String,
    rate: Rate,
    #[serde(default)]
    #[garde(range(max = 100))]
    share: u8,
}

/// Silence is longer than a heartbeat's interval, and no device is used twice.
fn check(station: &Station) -> Vec<Breach> {
    let mut breaches = Vec::new();
    if station.silence < station.heartbeat_interval {
        let message = format!("silence of {} is over before the next heartbeat", station.silence);
        breaches.push(Breach::at_value(Way::root().key("silence"), message, "make it longer"));
    }
    for (index, uplink) in station.uplinks.iter().enumerate() {
        if station.uplinks[..index].iter().any(|other| other.device == uplink.device) {
            let way = Way::root().key("uplinks").index(index).key("device");
            breaches.push(Breach::at_key(way, format!("`{}` is used twice", uplink.device), ""));
        }
    }
    breaches
}

fn one_second() -> Interval {
    Interval::from_secs(1)
}

fn experimental() -> u16 {
    0x88b5
}

/// Loads a station from a file `station.yaml` with this content.
fn load(content: impl AsRef<[u8]>, overrides: &[Override]) -> Result<Loaded<Station>, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("station.yaml");
    fs::write(&file, content).unwrap();
    STATION
        .load(Some(&file), overrides)
        .map_err(|error| ConfigError { file: Some("station.yaml".into()), ..error })
}

/// The error, the marked part of its line, and the help.
fn show(error: &ConfigError) -> String {
    let mut shown = error.to_string();
    if let Some(place) = &error.place {
        write!(shown, " <{}>", &place.text[place.span.clone()]).unwrap();
    }
    if let Some(help) = &error.help {
        write!(shown, "\n  help: {help}").unwrap();
    }
    shown
}
