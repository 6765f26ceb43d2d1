//! Bad input: one clear error, exit code 2, and nothing written.

mod common;

use common::{CHAIN, folder_with, names, printed, roadmesh};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::path::Path;

#[test]
fn help_shows_commands_options_and_examples() {
    let folder = folder_with(CHAIN);
    for (args, expected) in [
        (vec!["--help"], vec!["sim", "scenario", "Examples:", "Exit codes:"]),
        (
            vec!["sim", "--help"],
            vec![
                "--seed",
                "--duration",
                "--out",
                "--set",
                "--quiet",
                "--json",
                "Examples:",
                "Ctrl-C",
                "timing.json",
            ],
        ),
        (vec!["scenario", "--help"], vec!["check", "show"]),
        (vec!["scenario", "check", "--help"], vec!["Example:"]),
    ] {
        let (stdout, _, code) = printed(&roadmesh(folder.path(), &args));
        assert_eq!(code, Some(0));
        for text in expected {
            assert!(stdout.contains(text), "{text} in {stdout}");
        }
    }
    let (_, stderr, code) = printed(&roadmesh(folder.path(), &[]));
    assert_eq!(code, Some(2));
    assert!(stderr.contains("Usage: roadmesh <COMMAND>"), "{stderr}");
}

#[test]
fn a_scenario_without_mistakes_is_ok() {
    let folder = folder_with(CHAIN);
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &["scenario", "check", "scenario.yaml"]));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    assert_eq!(stdout, "scenario.yaml: ok (1 RSU, 3 OBUs, 2 flows, 0 faults, 60s with 5s of warm-up)\n");
    assert_eq!(names(folder.path()), ["scenario.yaml"]);
}

#[test]
fn the_examples_have_no_mistakes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for example in ["examples/chain.yaml", "examples/town/scenario.yaml"] {
        let (stdout, stderr, code) = printed(&roadmesh(root, &["scenario", "check", example]));
        assert_eq!((stderr.as_str(), code), ("", Some(0)), "{stdout}");
    }
}

#[test]
fn show_prints_a_scenario_that_shows_as_itself() {
    let folder = folder_with(CHAIN);
    let args = ["scenario", "show", "scenario.yaml", "--seed", "9", "--set", "protocol.missed=4"];
    let (first, _, code) = printed(&roadmesh(folder.path(), &args));
    assert_eq!(code, Some(0));
    assert!(
        first.contains("seed: 9\n") && first.contains("  missed: 4\n") && first.contains("  hop_limit: 8\n"),
        "{first}"
    );
    fs::write(folder.path().join("shown.yaml"), &first).unwrap();
    let (second, _, _) = printed(&roadmesh(folder.path(), &["scenario", "show", "shown.yaml"]));
    assert_eq!(first, second);
}

#[test]
fn groups_are_counted_shown_and_resized() {
    let grouped = CHAIN.replace("radio:\n", "groups: { cars: { count: 200 } }\nradio:\n");
    let folder = folder_with(&grouped);
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &["scenario", "check", "scenario.yaml"]));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    assert!(stdout.contains("1 RSU, 203 OBUs"), "{stdout}");
    let resized = ["scenario", "show", "scenario.yaml", "--set", "groups.cars.count=50"];
    let (first, _, _) = printed(&roadmesh(folder.path(), &resized));
    assert!(
        first.contains("\n    role: obu\n") && first.ends_with("# cars1 to cars50: 50 OBUs\n"),
        "{first}"
    );
    fs::write(folder.path().join("shown.yaml"), &first).unwrap();
    let (second, _, _) = printed(&roadmesh(folder.path(), &["scenario", "show", "shown.yaml"]));
    assert_eq!(first, second);
}

#[test]
fn an_unknown_key_is_shown_in_its_line_with_a_suggestion() {
    let text = CHAIN.replace("warmup: 5s", "warmpu: 5s");
    let line = 1 + CHAIN.lines().position(|line| line.starts_with("warmup")).unwrap();
    for command in [vec!["sim", "scenario.yaml"], vec!["scenario", "check", "scenario.yaml"]] {
        let stderr = refused(&text, &command);
        assert!(stderr.contains("unknown key `warmpu`"), "{stderr}");
        assert!(stderr.contains(&format!("scenario.yaml:{line}:1")), "{stderr}");
        assert!(stderr.contains("warmpu: 5s"), "{stderr}");
        assert!(stderr.contains("help: did you mean `warmup`?"), "{stderr}");
    }
}

#[test]
fn a_mistake_in_an_option_names_the_option() {
    let stderr = refused(CHAIN, &["sim", "scenario.yaml", "--set", "radio.idael.default.loss=0.1"]);
    assert!(stderr.contains("--set radio.idael.default.loss=0.1: "), "{stderr}");
    assert!(stderr.contains("did you mean `ideal`?"), "{stderr}");
    let stderr = refused(CHAIN, &["sim", "scenario.yaml", "--duration", "5s"]);
    assert!(stderr.contains("the warm-up of 5s leaves nothing of the 5s to measure"), "{stderr}");
    let stderr = refused(CHAIN, &["sim", "scenario.yaml", "--duration", "soon"]);
    assert!(stderr.contains("--duration <TIME>") && stderr.contains("not a time"), "{stderr}");
    let stderr = refused(CHAIN, &["sim", "scenario.yaml", "--set", "seed"]);
    assert!(stderr.contains("KEY=VALUE"), "{stderr}");
}

#[test]
fn a_missing_scenario_and_a_binary_one() {
    let stderr = refused(CHAIN, &["sim", "none.yaml"]);
    assert!(stderr.contains("none.yaml: can't be read"), "{stderr}");
    let folder = folder_with("");
    fs::write(folder.path().join("scenario.yaml"), b"name: \xff\xfe").unwrap();
    let (_, stderr, code) = printed(&roadmesh(folder.path(), &["sim", "scenario.yaml"]));
    assert_eq!(code, Some(2));
    assert!(stderr.contains("not UTF-8 text") && stderr.contains("scenario.yaml:1:7"), "{stderr}");
}

#[test]
fn a_broken_trace_is_shown_with_its_place() {
    let good = "<fcd-export>\n<timestep time=\"0.00\">\n<vehicle id=\"v\" x=\"1\" y=\"2\"/>\n</timestep>\n</fcd-export>\n";
    for (trace, place) in [
        (good.replace("x=\"1\"", "x=\"east\""), "trace.xml:3:"),
        (good[..60].to_owned(), "trace.xml:3:"),
        (good.replace("</timestep>", "</step>"), "trace.xml:4:"),
        ("no trace at all\n".to_owned(), "trace.xml:1:"),
    ] {
        let stderr = refused_trace(&[("trace.xml", trace.as_bytes())], "trace.xml");
        assert!(stderr.contains(place), "{place} in {stderr}");
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(good.as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let stderr = refused_trace(&[("trace.xml.gz", &packed[..packed.len() / 2])], "trace.xml.gz");
    assert!(stderr.contains("trace.xml.gz"), "{stderr}");
    let stderr = refused_trace(&[], "trace.xml");
    assert!(stderr.contains("the trace `trace.xml` can't be read"), "{stderr}");
}

#[test]
fn a_name_that_neither_scenario_nor_trace_has_is_shown_in_its_line() {
    let trace = "<fcd-export>\n<timestep time=\"0.00\">\n<vehicle id=\"v\" x=\"1\" y=\"2\"/>\n</timestep>\n\
                 <timestep time=\"1.00\">\n<vehicle id=\"v\" x=\"1\" y=\"2\"/>\n</timestep>\n</fcd-export>\n";
    let flow = "traffic:\n  - { name: f, kind: constant, to: rsu, rate: 1, size: 100, from: ";
    let folder = folder_with(&format!("{TRACED}{flow}w }}\n"));
    fs::write(folder.path().join("trace.xml"), trace).unwrap();
    let (_, stderr, code) = printed(&roadmesh(folder.path(), &["sim", "scenario.yaml"]));
    assert_eq!(code, Some(2), "{stderr}");
    assert!(
        stderr.contains("nothing here is named `w`") && stderr.contains("scenario.yaml:8:67"),
        "{stderr}"
    );
    assert_eq!(names(folder.path()), ["scenario.yaml", "trace.xml"]);

    fs::write(folder.path().join("scenario.yaml"), format!("{TRACED}{flow}v }}\n")).unwrap();
    let (_, stderr, code) = printed(&roadmesh(folder.path(), &["scenario", "check", "scenario.yaml"]));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
}

#[test]
fn a_folder_with_other_things_is_not_written_to() {
    let folder = folder_with(CHAIN);
    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/notes.txt"), "mine").unwrap();
    let (stdout, stderr, code) =
        printed(&roadmesh(folder.path(), &["sim", "scenario.yaml", "--out", "mine"]));
    assert_eq!((stdout.as_str(), code), ("", Some(2)));
    assert!(stderr.contains("`mine` is not empty") && stderr.contains("--out"), "{stderr}");
    assert_eq!(names(&folder.path().join("mine")), ["notes.txt"]);
}

#[test]
fn a_folder_that_can_not_be_made_is_no_panic() {
    let folder = folder_with(CHAIN);
    let (stdout, stderr, code) =
        printed(&roadmesh(folder.path(), &["sim", "scenario.yaml", "--out", "scenario.yaml/results"]));
    assert_eq!((stdout.as_str(), code), ("", Some(1)));
    assert!(stderr.contains("scenario.yaml/results") && !stderr.contains("panicked"), "{stderr}");
}

/// Runs the command where `text` is `scenario.yaml`; asserts that it is refused without a trace, and gives the error.
fn refused(text: &str, args: &[&str]) -> String {
    let folder = folder_with(text);
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), args));
    assert_eq!((stdout.as_str(), code), ("", Some(2)), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert_eq!(names(folder.path()), ["scenario.yaml"], "something was written");
    stderr
}

/// The same for a scenario with a trace and the files given.
fn refused_trace(files: &[(&str, &[u8])], trace: &str) -> String {
    let folder = folder_with(&TRACED.replace("trace.xml", trace));
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let before = names(folder.path());
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &["sim", "scenario.yaml"]));
    assert_eq!((stdout.as_str(), code), ("", Some(2)), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert_eq!(names(folder.path()), before, "something was written");
    stderr
}

const TRACED: &str = "name: traced\nduration: 10s\nnodes:\n  rsu: { role: rsu, position: [0, 0] }\n\
                      trace: { file: trace.xml }\nradio: { profile: geometric }\n";
