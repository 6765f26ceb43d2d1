//! Stations from files.

use crate::{STATION, load, show};
use config_lib::{Interval, Override};
use proptest::prelude::*;
use std::fmt::Write;
use std::fs::{self, File};
use std::path::Path;

#[test]
fn a_file_gives_its_value_and_says_where_it_came_from() {
    let text = "name: north\nuplinks:\n  - { device: eth0, rate: 20/s }\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("station.yaml");
    fs::write(&file, text).unwrap();
    let changes = [
        Override::set("silence=5s", "").unwrap(),
        Override::new("uplinks.0.share", "40", "--share 40"),
        Override::new("silence", "7s", "--silence 7s"),
    ];
    let loaded = STATION.load(Some(&file), &changes).unwrap();
    assert_eq!(loaded.value.name, "north");
    assert_eq!(loaded.value.heartbeat_interval, Interval::from_secs(1));
    assert_eq!(loaded.value.silence, Interval::from_secs(7));
    assert_eq!((loaded.value.uplinks[0].rate.per_second(), loaded.value.uplinks[0].share), (20.0, 40));

    let source = &loaded.source;
    assert_eq!((source.text.as_str(), source.base.as_path()), (text, folder.path()));
    assert_eq!(source.overrides, changes);
    let later = |key: &str| {
        let error = source.mistake(key, "it is gone", None);
        show(&error).replace(&format!("{}", file.display()), "station.yaml")
    };
    assert_eq!(later("uplinks.0.device"), "station.yaml:3:15: it is gone <eth0>");
    assert_eq!(later("uplinks"), "station.yaml:2:1: it is gone <uplinks>");
    assert_eq!(later("uplinks.0.share"), "station.yaml: --share 40: it is gone");
    assert_eq!(later("ethertype"), "station.yaml:1:1: it is gone <name: north>");
}

#[test]
fn each_stage_shows_its_mistakes_in_the_same_way() {
    let cases = [
        ("no YAML", "name: [north"),
        ("another document", "name: north\n---\nname: south\n"),
        ("no section", "north"),
        ("an unknown key", "name: north\nsilense: 1s\n"),
        ("a missing key", "name: north\nuplinks: [{ device: eth0 }]\n"),
        ("a wrong type", "name: north\nuplinks: eth0\n"),
        ("no time", "name: north\nheartbeat_interval: 5x\n"),
        ("no rate", "name: north\nuplinks: [{ device: eth0, rate: fast }]\n"),
        ("out of range", "name: north\nuplinks: [{ device: eth0, rate: 1, share: 101 }]\n"),
        ("no name", "name: ../north\n"),
        ("no period", "name: north\nheartbeat_interval: 0\n"),
        ("somebody else's EtherType", "name: north\nethertype: 0x86dd\n"),
        ("values that contradict each other", "name: north\nheartbeat_interval: 2s\nsilence: 1s\n"),
        (
            "several at once",
            "name: north\nuplinks:\n  - { device: a, rate: 1 }\n  - { device: a, rate: 1 }\n\
             heartbeat_interval: 2s\nsilence: 1s\nethertype: 1\n",
        ),
    ];
    let mut shown = String::new();
    for (name, text) in cases {
        writeln!(shown, "# {name}\n{}\n", show(&load(text, &[]).expect_err(name))).unwrap();
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn files_that_can_not_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let missing = STATION.load(Some(&folder.path().join("none.yaml")), &[]).unwrap_err();
    assert!(missing.message.starts_with("can't be read: "), "{missing}");
    assert_eq!(missing.help.as_deref(), Some("check the path"));
    let directory = STATION.load(Some(folder.path()), &[]).unwrap_err();
    assert!(directory.message.starts_with("can't be read: "), "{directory}");
    assert_eq!(directory.help.as_deref(), Some("name the station's file, not its folder"));

    let error = |content: &[u8]| load(content, &[]).unwrap_err();
    for empty in ["", "\n\n", "# nothing\n", "---\n", "~\n"] {
        let error = error(empty.as_bytes());
        assert_eq!(error.message, "the file is empty", "{empty:?}");
        assert_eq!(error.help.as_deref(), Some("a station has at least `name`"));
    }
    let latin1 = error(b"name: t\nplace: Stra\xdfe\n");
    assert_eq!(latin1.message, "not UTF-8 text");
    assert_eq!(latin1.place.map(|place| (place.line, place.column)), Some((2, 12)));

    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{below}]").unwrap();
    }
    assert_eq!(error(bomb.as_bytes()).message, "the aliases expand to too much");
    let deep = format!("name: {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(error(deep.as_bytes()).place.is_some());

    let file = folder.path().join("station.yaml");
    File::create(&file).unwrap().set_len(1 << 30).unwrap();
    let huge = STATION.load(Some(&file), &[]).unwrap_err();
    assert_eq!(huge.message, "larger than 16 MiB: this can't be a station");
    assert_eq!(huge.help.as_deref(), Some(STATION.if_too_large));
}

#[test]
fn a_file_without_a_folder_is_beside_us() {
    let error = STATION.load(Some(Path::new("no such file.yaml")), &[]).unwrap_err();
    assert!(error.to_string().starts_with("no such file.yaml: can't be read: "), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_are_a_station_or_a_mistake(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "([a-z]{1,3}|name|uplinks|silence|[ \n:,&*#'\"\\[\\]{}|>?!%@-]|[0-9]|é){0,40}".prop_map(String::into_bytes),
        ],
        key in "[a-z0-9.]{0,12}",
        value in "[ -~]{0,12}",
    ) {
        for overrides in [&[][..], &[Override::new(key, value, "--set")]] {
            if let Err(error) = load(&bytes, overrides) {
                prop_assert!(!error.message.is_empty());
                if let Some(place) = error.place {
                    prop_assert!(place.line > 0 && place.column > 0 && place.text.get(place.span).is_some());
                }
            }
        }
    }
}
