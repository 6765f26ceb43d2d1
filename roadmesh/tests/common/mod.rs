//! What the tests of the command share.
#![allow(dead_code, reason = "each of them uses some of it")]

use assert_cmd::Command;
use std::fs;
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

/// Three cars behind an RSU on ideal links, and a host on the wire.
pub(crate) const CHAIN: &str = include_str!("../../../examples/chain.yaml");

/// A folder with `scenario.yaml` in it, which the command runs in.
pub(crate) fn folder_with(scenario: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("scenario.yaml"), scenario).unwrap();
    folder
}

/// Runs the command in `folder`.
pub(crate) fn roadmesh(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("roadmesh").unwrap();
    command.current_dir(folder).args(args).env("NO_COLOR", "1").output().unwrap()
}

/// What was printed, and the exit code.
pub(crate) fn printed(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

/// The names in a folder, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
