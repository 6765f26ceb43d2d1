//! Stations from options alone.

use crate::{STATION, Station, experimental, one_second, show};
use config_lib::{ConfigError, Loaded, Override};
use proptest::prelude::*;
use std::fmt::Write;
use std::path::Path;

#[test]
fn options_alone_make_a_station() {
    let changes = [option("name", "north"), option("uplinks", "[{ device: eth0, rate: 1 }]")];
    let loaded = load(&changes).unwrap();
    assert_eq!((loaded.value.name.as_str(), loaded.value.uplinks.len()), ("north", 1));
    let rest = Station { uplinks: Vec::new(), ..loaded.value };
    let defaults = Station {
        name: "north".to_owned(),
        heartbeat_interval: one_second(),
        silence: one_second(),
        ethertype: experimental(),
        uplinks: Vec::new(),
    };
    assert_eq!(rest, defaults);

    let source = &loaded.source;
    assert_eq!((source.file.as_deref(), source.text.as_str()), (None, ""));
    assert_eq!((source.base.as_path(), source.overrides.as_slice()), (Path::new(""), changes.as_slice()));
    let later = |key: &str| source.mistake(key, "it is gone", None).to_string();
    assert_eq!(later("uplinks.0.device"), "--uplinks [{ device: eth0, rate: 1 }]: it is gone");
    assert_eq!(later("silence"), "it is gone");
}

#[test]
fn options_make_up_for_an_empty_file() {
    for empty in ["", "# nothing yet\n", "---\n"] {
        let loaded = crate::load(empty, &[option("name", "north")]).unwrap();
        assert_eq!((loaded.value.name.as_str(), loaded.source.text.as_str()), ("north", empty));
        let wrong = crate::load(empty, &[option("name", "north"), option("silence", "5x")]).unwrap_err();
        assert!(
            wrong.to_string().starts_with("station.yaml: --silence 5x: in `silence`: not a time"),
            "{wrong}"
        );
    }
}

#[test]
fn a_mistake_names_its_option_and_a_remedy() {
    let name = option("name", "north");
    let cases: [(&str, &[Override]); 10] = [
        ("nothing at all", &[]),
        ("no name", &[option("silence", "5s")]),
        ("no time", &[name.clone(), option("heartbeat-interval", "5x")]),
        ("no period", &[name.clone(), option("heartbeat-interval", "0")]),
        ("no such key", &[name.clone(), Override::set("silense=5s", "").unwrap()]),
        ("no such section", &[name.clone(), Override::set("silence.long=5s", "").unwrap()]),
        ("half an entry", &[name.clone(), option("uplinks", "[{ device: eth0 }]")]),
        ("no YAML", &[name.clone(), option("uplinks", "[eth0")]),
        ("two documents", &[name.clone(), option("uplinks", "a\n---\nb")]),
        (
            "options that contradict each other",
            &[name.clone(), option("heartbeat-interval", "5s"), option("silence", "2s")],
        ),
    ];
    let mut shown = String::new();
    for (name, changes) in cases {
        let error = load(changes).expect_err(name);
        assert_eq!((&error.file, &error.place), (&None, &None));
        writeln!(shown, "# {name}\n{}\n", show(&error)).unwrap();
    }
    insta::assert_snapshot!(shown);
}

proptest! {
    #[test]
    fn any_options_make_a_station_or_a_mistake(
        changes in prop::collection::vec(("name|silence|uplinks(\\.0)?(\\.rate)?|[a-z0-9.]{0,12}", "[ -~]{0,12}"), 0..4),
    ) {
        let changes: Vec<_> = changes.iter().map(|(key, value)| option(key, value)).collect();
        if let Err(error) = load(&changes) {
            prop_assert!(!error.message.is_empty());
            prop_assert_eq!((error.file, error.place), (None, None));
            prop_assert!(error.option.is_none_or(|option| changes.iter().any(|change| change.option == option)));
        }
    }
}

/// An option of a command line: `--heartbeat-interval 5s`.
fn option(name: &str, value: &str) -> Override {
    Override::new(name.replace('-', "_"), value, format!("--{name} {value}"))
}

fn load(changes: &[Override]) -> Result<Loaded<Station>, ConfigError> {
    STATION.load(None, changes)
}
