//! Our stations on a radio of wires, beside `scripts/legacy_node.py`, which knows the base layout alone.

#[path = "../corner/mod.rs"]
mod corner;
#[path = "../support/mod.rs"]
mod support;

mod parties;
mod radio;
mod rows;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let missing: Vec<&str> =
        ["python3", "ping"].into_iter().filter(|program| !is_installed(program)).collect();
    if !missing.is_empty() {
        return corner::not_tested(&missing.join(" and "), "these programs are not in PATH");
    }
    let tests = corner::trials![
        rows::our_rsu_serves_a_legacy_obu,
        rows::our_obu_relays_for_a_legacy_obu,
        rows::a_legacy_obu_relays_for_ours,
        rows::our_obu_uses_a_legacy_rsu,
        rows::our_obu_stands_between_two_legacy_nodes,
    ];
    corner::main(tests, &[])
}

fn is_installed(program: &str) -> bool {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(program).is_file())
}
