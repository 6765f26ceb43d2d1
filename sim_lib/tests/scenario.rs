//! What a scenario says, what it says by default, and that its documentation says the same.

use config_lib::{ConfigError, Interval, Override};
use serde_json::Value;
use sim_lib::scenario::Loaded;
use sim_lib::scenario::model::{FaultKind, Reporting, Scenario};
use std::collections::BTreeMap;
use std::fs;

#[test]
fn every_key_is_documented_with_its_default_and_no_other() {
    let documented = documented();
    let known: BTreeMap<&str, &str> = BTreeMap::from([
        ("", ""),
        ("network", "network."),
        ("nodes", "nodes.bus1."),
        ("nodes.geo", "nodes.rsu2.geo."),
        ("groups", "groups.cars."),
        ("groups.place", "groups.cars.place."),
        ("groups.place.circle", "groups.cars.place.circle."),
        ("groups.place.grid", "groups.cars.place.grid."),
        ("groups.place.line", "groups.cars.place.line."),
        ("groups.place.rectangle", "groups.cars.place.rectangle."),
        ("groups.place.road", "groups.cars.place.road."),
        ("trace", "trace."),
        ("trace.sumo", "trace.sumo."),
        ("wired", "wired."),
        ("beacons", "beacons."),
        ("beacons.senders", "beacons.senders.0."),
        ("radio", "radio."),
        ("radio.80211p", "radio.80211p."),
        ("radio.80211p.access", "radio.80211p.access."),
        ("radio.80211p.propagation", "radio.80211p.propagation."),
        ("radio.geometric", "radio.geometric."),
        ("radio.ideal", "radio.ideal."),
        ("radio.ideal.default", "radio.ideal.default."),
        ("radio.ideal.links", "radio.ideal.links.0."),
        ("protocol", "protocol."),
        ("traffic", "traffic.0."),
        ("faults", "faults.0."),
        ("faults.link_loss", "faults.4.link_loss."),
        ("faults.clock_step", "faults.7.clock_step."),
        ("faults.burst", "faults.8.burst."),
        ("faults.dark", "faults.9.dark."),
        ("random_faults", "random_faults."),
        ("lab", "lab."),
        ("lab.apps", "lab.apps.0."),
    ]);
    assert_eq!(
        documented.keys().map(String::as_str).collect::<Vec<_>>(),
        known.keys().copied().collect::<Vec<_>>()
    );
    for (section, rows) in &documented {
        let rows: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
        assert_eq!(rows, accepted_keys(known[section.as_str()]), "keys of {section:?}");
    }

    let defaults = serde_json::to_value(load(MINIMAL).scenario).unwrap();
    let mut compared = 0;
    for (section, rows) in &documented {
        let pointer =
            if section.is_empty() { String::new() } else { format!("/{}", section.replace('.', "/")) };
        let Some(values) = defaults.pointer(&pointer).filter(|values| values.is_object()) else { continue };
        for row in rows {
            if let (Some(default), Some(stated)) = (scalar(&values[&row.key]), &row.default) {
                assert_eq!(*stated, default, "default of {section}/{}", row.key);
                compared += 1;
            }
        }
    }
    assert!(compared > 18, "only {compared} defaults were compared");
}

#[test]
fn the_documented_example_means_what_it_says() {
    let loaded = load(example());
    let scenario = &loaded.scenario;
    assert_eq!(scenario.duration, Interval::from_secs(120));
    assert_eq!(scenario.nodes["bus1"].waypoints[1], [60.0, 650.0, 5.0]);
    assert_eq!(scenario.nodes["rsu2"].position.map(|place| place.map(f64::round)), Some([0.0, 8.0]));
    assert_eq!(scenario.nodes["rsu3"].position, Some([407.91, 0.0]));
    assert_eq!(scenario.groups["cars"].count, 200);
    assert_eq!(scenario.protocol.ethertype, 0x88b5);
    assert_eq!(scenario.traffic[0].rate.per_second(), 2.0);
    let link = ["rsu1".to_owned(), "bus1".to_owned()];
    let faults: Vec<_> = scenario.faults.iter().map(|fault| fault.kind().unwrap()).collect();
    assert_eq!(
        faults[..4],
        [
            FaultKind::NodeDown("rsu1"),
            FaultKind::NodeUp("rsu1"),
            FaultKind::LinkDown(&link),
            FaultKind::LinkUp(&link)
        ]
    );
    assert!(matches!(faults[4], FaultKind::LinkLoss(loss) if loss.loss == 0.5));
    assert_eq!(faults[5..7], [FaultKind::BackhaulDown("rsu1"), FaultKind::BackhaulUp("rsu1")]);
    assert!(matches!(faults[7], FaultKind::ClockStep(step) if step.micros() == -2_000_000));
    assert!(matches!(faults[8], FaultKind::Burst(burst) if burst.loss == 0.9));
    assert!(matches!(faults[9], FaultKind::Dark(dark) if dark.circle == Some([300.0, 0.0, 100.0])));
    assert_eq!(loaded.file_hashes["trace.file"], blake3::hash(TRACE).to_hex().as_str());
}

#[test]
fn the_defaults_are_the_protocols() {
    let protocol = load(MINIMAL).scenario.protocol;
    let node = node_lib::control::config::NodeConfig::new(node_lib::addr::Mac::default());
    assert_eq!(protocol.heartbeat_interval.get(), node.heartbeat_interval);
    assert_eq!(protocol.reply_interval.get(), node.reply_interval);
    assert_eq!(
        (protocol.candidates, protocol.missed, protocol.tx_failures, protocol.hysteresis_percent),
        (node.candidates, node.missed, node.tx_failures, node.hysteresis_percent)
    );
    assert_eq!(
        (protocol.tx_status.resolve(true), protocol.hop_limit, protocol.ethertype),
        (node.tx_status, node.hop_limit, node.ethertype)
    );
}

#[test]
fn transmit_status_is_a_word_or_a_switch() {
    let read = |word: &str| load(&format!("{MINIMAL}protocol: {{ tx_status: {word} }}\n")).scenario;
    for (word, expected) in [
        ("auto", Reporting::Auto),
        ("on", Reporting::On),
        ("true", Reporting::On),
        ("off", Reporting::Off),
        ("false", Reporting::Off),
    ] {
        let scenario = read(word);
        assert_eq!(scenario.protocol.tx_status, expected, "{word}");
        assert_eq!(load(&scenario.to_yaml().unwrap()).scenario, scenario, "{word}");
    }
}

#[test]
fn what_is_shown_is_the_same_scenario() {
    for text in [MINIMAL, example(), include_str!("../../examples/chain.yaml")] {
        let first = load(text).scenario;
        let again = load(&first.to_yaml().unwrap()).scenario;
        assert_eq!(first, again);
        assert_eq!(first.hash().unwrap(), again.hash().unwrap());
    }
}

#[test]
fn the_hash_is_that_of_the_meaning() {
    let hash = |text: &str| load(text).scenario.hash().unwrap();
    let respelt = "# a comment\nduration: 1m\nname: t\nradio:\n  profile: ideal\n  queue: 64\nnodes: {a: {role: obu}}\n";
    assert_eq!(hash(MINIMAL), hash(respelt));
    assert_ne!(hash(MINIMAL), hash(&MINIMAL.replace("60s", "61s")));
    assert_eq!(hash(MINIMAL).len(), 64);
}

#[test]
fn overrides_replace_and_add_in_their_order() {
    let changes = [
        "seed=9",
        "radio.geometric.tx_power_dbm=23",
        "nodes.b={ role: rsu, position: [1, 2] }",
        "nodes.b.position.1=5",
        "traffic=[{ name: f, kind: request, from: a, to: b, rate: 1, size: 100 }]",
        "traffic.0.rate=20/s",
        "warmup=5s",
        "warmup=1500ms",
        "description=a b",
    ];
    let changes: Vec<Override> = changes.iter().map(|change| set(change)).collect();
    let scenario = load_with(MINIMAL, &changes).scenario;
    assert_eq!(scenario.seed, 9);
    assert_eq!(scenario.radio.geometric.tx_power_dbm, 23.0);
    assert_eq!(scenario.nodes["b"].position, Some([1.0, 5.0]));
    assert_eq!(scenario.traffic[0].rate.per_second(), 20.0);
    assert_eq!(scenario.warmup, Interval::from_millis(1500));
    assert_eq!(scenario.description, "a b");
}

#[test]
fn anchors_and_merges_are_understood() {
    let text = "name: t\nduration: 60s\nnodes:\n  a: &car { role: obu }\n  b: *car\n  c:\n    <<: *car\n    position: [1, 1]\n\
                radio: { profile: ideal }\n";
    let scenario = load(text).scenario;
    assert_eq!(scenario.nodes["a"], scenario.nodes["b"]);
    assert_eq!(scenario.nodes["c"].position, Some([1.0, 1.0]));
}

#[test]
fn a_mistake_found_later_is_shown_where_it_was_made() {
    let loaded = load(example());
    let place = |key: &str| {
        let error = loaded.source.mistake(key, "wrong", None);
        error.place.map(|place| place.text[place.span.clone()].to_owned())
    };
    assert_eq!(place("traffic.1.from").as_deref(), Some("bus1"));
    assert_eq!(place("nodes.bus1").as_deref(), Some("bus1"));
    assert_eq!(place("radio").as_deref(), Some("radio"));
    assert_eq!(place("radio.ideal.links.0.loss").as_deref(), Some("0.05"));
    let overridden = load_with(MINIMAL, &[set("seed=3")]).source.mistake("seed", "wrong", None);
    assert_eq!((overridden.place, overridden.option.as_deref()), (None, Some("--set seed=3")));
}

/// A row of a documented table.
struct Row {
    key: String,
    default: Option<String>,
}

/// The documented rows by section; the scenario itself is the section without a name.
fn documented() -> BTreeMap<String, Vec<Row>> {
    let mut sections = BTreeMap::new();
    let mut section = None;
    for line in DOCUMENT.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = match heading.strip_prefix('`') {
                Some(name) => Some(name.trim_end_matches('`').to_owned()),
                None => (heading == "The scenario").then(String::new),
            };
        }
        if let (Some(section), Some(row)) = (&section, line.strip_prefix("| `")) {
            let cells: Vec<&str> = row.split(" | ").collect();
            let default = cells[2].strip_prefix('`').map(|text| text.trim_end_matches('`').to_owned());
            let row = Row { key: cells[0].trim_end_matches('`').to_owned(), default };
            sections.entry(section.clone()).or_insert_with(Vec::new).push(row);
        }
    }
    sections
}

/// The keys that are accepted at a place of the example: the answer to one that isn't lists them.
fn accepted_keys(place: &str) -> Vec<String> {
    let wrong = Override::new(format!("{place}zzzzzzzzzz"), "1", "wrong");
    let help = try_load(example(), &[wrong]).unwrap_err().help.unwrap();
    help.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// The complete example of the documentation.
fn example() -> &'static str {
    let (_, example) = DOCUMENT.split_once("```yaml\n").unwrap();
    example.split_once("```").unwrap().0
}

/// `--set` with this text.
fn set(text: &str) -> Override {
    Override::set(text, "").unwrap()
}

fn load(text: &str) -> Loaded {
    load_with(text, &[])
}

fn load_with(text: &str, overrides: &[Override]) -> Loaded {
    try_load(text, overrides).unwrap_or_else(|error| panic!("{error} ({:?}) in {text}", error.help))
}

fn try_load(text: &str, overrides: &[Override]) -> Result<Loaded, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("town.fcd.xml.gz"), TRACE).unwrap();
    fs::write(folder.path().join("town.net.xml.gz"), NETWORK).unwrap();
    let file = folder.path().join("scenario.yaml");
    fs::write(&file, text).unwrap();
    Scenario::load(&file, overrides)
}

const DOCUMENT: &str = include_str!("../../docs/scenario.md");
const MINIMAL: &str = "name: t\nduration: 60s\nnodes:\n  a: { role: obu }\nradio: { profile: ideal }\n";
const NETWORK: &[u8] = include_bytes!("../../mobility_lib/tests/data/crossing.net.xml");
/// Only its hash is taken.
const TRACE: &[u8] = b"not read";
