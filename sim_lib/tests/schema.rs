//! The schema of scenario files says what reading them says.

use jsonschema::Validator;
use serde_json::Value;
use sim_lib::scenario::schema;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_example_is_valid() {
    let validator = validator();
    let mut seen = 0;
    for file in scenarios(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")) {
        let text = fs::read_to_string(&file).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&yaml(&text)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", file.display());
        seen += 1;
    }
    assert!(seen > 3, "only {seen} examples");
    let (_, example) = include_str!("../../docs/scenario.md").split_once("```yaml\n").unwrap();
    let example = yaml(example.split_once("```").unwrap().0);
    let errors: Vec<String> = validator.iter_errors(&example).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn what_is_read_as_a_mistake_is_one() {
    let validator = validator();
    let base = include_str!("../../examples/chain.yaml");
    let traffic = base.find("\ntraffic:").unwrap();
    let base = &base[..traffic];
    assert!(validator.is_valid(&yaml(base)));
    for (right, wrong) in [
        ("name: chain", "nama: chain"),
        ("name: chain\n", "\n"),
        ("name: chain", "name: 5"),
        ("duration: 60s", "duration: soon"),
        ("duration: 60s", "duration: -5"),
        ("duration: 60s", "duration: 60 parsecs"),
        ("duration: 60s", "duration: null"),
        ("seed: 1", "seed: -1"),
        ("seed: 1", "seed: 1.5"),
        ("role: rsu", "role: tower"),
        ("{ role: rsu }", "{ position: [0, 0] }"),
        ("{ role: rsu }", "{ role: rsu, position: [0, 0, 0] }"),
        ("{ role: rsu }", "{ role: rsu, position: null }"),
        ("{ role: rsu }", "{ role: rsu, speed: 3 }"),
        ("profile: ideal", "profile: perfect"),
        ("profile: ideal", "profile: ideal\n  attempts: 0"),
        ("profile: ideal", "profile: ideal\n  geometric: { tx_power_dbm: 1000 }"),
        ("loss: 0.01", "loss: 1.5"),
        ("[rsu1, car1]", "[rsu1]"),
        ("nodes:", "groups: { cars: { count: 0 } }\nnodes:"),
        ("nodes:", "groups: { cars: { count: 5, place: {} } }\nnodes:"),
        (
            "nodes:",
            "groups: { cars: { count: 5, place: { grid: { from: [0, 0], spacing: 5 }, \
             circle: { centre: [0, 0], radius: 5 } } } }\nnodes:",
        ),
        ("nodes:", "protocol: { hop_limit: 32 }\nnodes:"),
        ("nodes:", "protocol: { tx_status: maybe }\nnodes:"),
        ("nodes:", "traffic: [{ name: f, kind: constant, from: a, to: b, size: 100, rate: often }]\nnodes:"),
        ("nodes:", "traffic: [{ name: f, kind: constant, from: a, to: b, size: 9, rate: 1 }]\nnodes:"),
        ("nodes:", "traffic: [{ name: f, kind: constant, from: a, to: b, size: 100 }]\nnodes:"),
    ] {
        let changed = base.replacen(right, wrong, 1);
        assert_ne!(changed, base, "{right}");
        assert!(!validator.is_valid(&yaml(&changed)), "{wrong:?} is valid");
    }
}

#[test]
fn keys_have_their_meaning_default_and_limits() {
    let schema = schema();
    let key = |pointer: &str| schema.pointer(pointer).unwrap_or_else(|| panic!("{pointer} in {schema:#}"));
    assert_eq!(key("/properties/duration/description"), "Simulated time, warm-up included.");
    assert_eq!(key("/properties/seed/default"), 1);
    assert_eq!(key("/$defs/ProtocolSpec/properties/heartbeat_interval/default"), "200ms");
    assert_eq!(key("/$defs/RadioSpec/properties/attempts/maximum"), 32);
    assert_eq!(key("/$defs/GroupSpec/properties/count/maximum"), 100_000);
    assert_eq!(key("/additionalProperties"), false);
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&schema()).unwrap()
}

/// The scenarios in a folder and those below it.
fn scenarios(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let yaml = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "yaml");
    files.into_iter().filter(yaml).chain(folders.iter().flat_map(|folder| scenarios(folder))).collect()
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}
