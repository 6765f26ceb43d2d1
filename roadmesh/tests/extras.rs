//! `roadmesh completions` and `roadmesh man`.

mod common;

use common::{names, printed, roadmesh};
use std::fs;
use std::io::ErrorKind;
use std::process::Command;

#[test]
fn shells_take_their_completions() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (script, stderr, code) = printed(&roadmesh(folder.path(), &["completions", shell]));
        assert_eq!((stderr.as_str(), code), ("", Some(0)));
        for word in ["roadmesh", "scenario", "--duration", "completions"] {
            // Fish has options without their dashes.
            assert!(script.contains(word.trim_start_matches('-')), "{word} in those of {shell}");
        }
        let file = folder.path().join(shell);
        fs::write(&file, script).unwrap();
        // Those that are installed say whether it is a script of theirs.
        let no_exec = if shell == "fish" { "--no-execute" } else { "-n" };
        if ["bash", "fish", "zsh"].contains(&shell) {
            match Command::new(shell).arg(no_exec).arg(&file).output() {
                Err(error) if error.kind() == ErrorKind::NotFound && shell != "bash" => {}
                output => {
                    assert_eq!(printed(&output.unwrap()), (String::new(), String::new(), Some(0)), "{shell}")
                }
            }
        }
    }
}

#[test]
fn bash_completes_commands_and_options() {
    let folder = tempfile::tempdir().unwrap();
    let (script, _, _) = printed(&roadmesh(folder.path(), &["completions", "bash"]));
    let ask = |words: &str, count: usize| {
        let ask = format!(
            "{script}\nCOMP_WORDS=({words}); COMP_CWORD={count}\n\
             _roadmesh roadmesh \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"\n\
             echo \"${{COMPREPLY[@]}}\""
        );
        let (stdout, stderr, _) = printed(&Command::new("bash").args(["-c", &ask]).output().unwrap());
        assert_eq!(stderr, "");
        stdout.trim().to_owned()
    };
    assert_eq!(ask("roadmesh comp", 1), "completions");
    assert_eq!(ask("roadmesh sim --dur", 2), "--duration");
    assert_eq!(ask("roadmesh scenario sc", 2), "schema");
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let folder = tempfile::tempdir().unwrap();
    let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &["man", "--out", "a/man1"]));
    assert_eq!((stdout.as_str(), stderr.as_str(), code), ("", "", Some(0)));
    let pages = folder.path().join("a/man1");
    let written = names(&pages);
    for page in [
        "roadmesh.1",
        "roadmesh-sim.1",
        "roadmesh-lab.1",
        "roadmesh-scenario-new.1",
        "roadmesh-ctl-explain.1",
    ] {
        assert!(written.iter().any(|name| name == page), "{page} in {written:?}");
    }
    for page in written {
        let text = fs::read_to_string(pages.join(&page)).unwrap();
        for part in [".TH ", ".SH NAME\n", ".SH SYNOPSIS\n"] {
            assert!(text.contains(part), "{part} in {page}");
        }
        // The formatter of man, where it is installed.
        match Command::new("groff").args(["-man", "-Tutf8", "-ww", "-z"]).arg(pages.join(&page)).output() {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            output => {
                assert_eq!(printed(&output.unwrap()), (String::new(), String::new(), Some(0)), "{page}")
            }
        }
    }
}

#[test]
fn mistakes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for (args, wrong, expected) in [
        (vec!["completions"], "<SHELL>", 2),
        (vec!["completions", "cmd.exe"], "possible values: bash, elvish, fish, powershell, zsh", 2),
        (vec!["man"], "--out <DIR>", 2),
        (vec!["man", "--out", "/proc/man1"], "manual pages can't be written to `/proc/man1`", 1),
    ] {
        let (stdout, stderr, code) = printed(&roadmesh(folder.path(), &args));
        assert_eq!((stdout.as_str(), code), ("", Some(expected)), "{stderr}");
        assert!(stderr.contains(wrong), "{stderr}");
    }
}
