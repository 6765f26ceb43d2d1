//! `roadmesh scenario new` and `schema`: a scenario to start from.

mod common;

use common::{names, printed, roadmesh};
use std::fs;

#[test]
fn every_kind_has_no_mistakes_and_runs() {
    let folder = tempfile::tempdir().unwrap();
    for kind in ["chain", "cell", "road", "town"] {
        let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &["scenario", "new", "--kind", kind]));
        assert_eq!((stderr.as_str(), code), ("", Some(0)));
        let file = format!("{kind}.yaml");
        assert!(stdout.starts_with(&format!("Wrote {file}")), "{stdout}");
        let text = fs::read_to_string(folder.path().join(&file)).unwrap();
        assert!(text.starts_with("# yaml-language-server: $schema=roadmesh.schema.json\n"), "{text}");
        assert!(text.contains(&format!("\nname: {kind}\n")) && !text.contains("NAME"), "{text}");
        let (_, stderr, code) = printed(&roadmesh(folder.path(), &["scenario", "check", &file]));
        assert_eq!((stderr.as_str(), code), ("", Some(0)), "{kind}");
        let (stdout, stderr, code) =
            printed(&roadmesh(folder.path(), &["sim", &file, "--json", "--out", kind]));
        assert_eq!((stderr.as_str(), code), ("", Some(0)), "{kind}");
        let summary: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        let [sent, delivered] = ["sent", "delivered"].map(|key| summary["up"][key].as_u64().unwrap());
        assert!(sent > 100 && delivered * 2 > sent, "{kind}: {delivered} of {sent}");
    }
    let schema = fs::read_to_string(folder.path().join("roadmesh.schema.json")).unwrap();
    let (printed, _, code) = printed(&roadmesh(folder.path(), &["scenario", "schema"]));
    assert_eq!((schema, code), (printed, Some(0)));
}

#[test]
fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.yaml"), "mine").unwrap();
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &["scenario", "new", "mine"]));
    assert_eq!((stdout.as_str(), code), ("", Some(2)));
    assert!(stderr.contains("`mine.yaml` exists already") && stderr.contains("another name"), "{stderr}");
    assert_eq!(names(folder.path()), ["mine.yaml"]);
    assert_eq!(fs::read(folder.path().join("mine.yaml")).unwrap(), b"mine");

    fs::write(folder.path().join("roadmesh.schema.json"), "my own").unwrap();
    let (stdout, _, code) = printed(&roadmesh(folder.path(), &["scenario", "new", "other"]));
    assert_eq!((stdout.as_str(), code), ("Wrote other.yaml. Run it: roadmesh sim other.yaml\n", Some(0)));
    assert_eq!(fs::read(folder.path().join("roadmesh.schema.json")).unwrap(), b"my own");
}

#[test]
fn names_and_kinds_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (args, wrong) in [
        (vec!["my town"], "`my town` can't be a scenario's name"),
        (vec!["../town"], "`../town` can't be a scenario's name"),
        (vec!["town.yaml"], "name it like `my-town`"),
        (vec![""], "can't be a scenario's name"),
        (vec!["--kind", "city"], "possible values: chain, cell, road, town"),
    ] {
        let (stdout, stderr, code) =
            printed(&roadmesh(folder.path(), &[vec!["scenario", "new"], args].concat()));
        assert_eq!((stdout.as_str(), code), ("", Some(2)), "{stderr}");
        assert!(stderr.contains(wrong), "{stderr}");
    }
    assert!(names(folder.path()).is_empty());
}
