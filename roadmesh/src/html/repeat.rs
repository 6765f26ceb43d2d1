//! How to make a run again.

use super::read::Manifest;
use crate::sweep::results::{Sweep, Varied};
use maud::{Markup, html};

/// Commands, and what identifies the run. `runs` is how many there were, if there were many.
pub(super) fn repeat(manifest: &Manifest, live: bool, runs: Option<usize>) -> Markup {
    let Manifest { seed, overrides, .. } = manifest;
    let mut command = format!("roadmesh {} scenario.yaml", if live { "lab" } else { "sim" });
    for change in overrides.iter().filter(|change| runs.is_none() || !change.starts_with("seed=")) {
        command.push_str(&format!(" --set {}", quoted(change)));
    }
    if let Some(runs) = runs {
        command.push_str(&format!(" --set seed={seed} --runs {runs}"));
    }
    told(manifest, &command, live, runs.is_some())
}

/// The same of a sweep, with the manifest of its first run.
pub(super) fn repeat_sweep(manifest: &Manifest, sweep: &Sweep) -> Markup {
    let varied = |change: &str| {
        let key = change.split_once('=').map_or(change, |(key, _)| key);
        key == "seed" || sweep.vary.iter().any(|vary| vary.key == key)
    };
    let mut command = "roadmesh sweep scenario.yaml".to_owned();
    for change in manifest.overrides.iter().filter(|change| !varied(change)) {
        command.push_str(&format!(" --set {}", quoted(change)));
    }
    for Varied { key, values } in &sweep.vary {
        command.push_str(&format!(" --vary {}", quoted(&format!("{key}={}", values.join(",")))));
    }
    command.push_str(&format!(" --set seed={} --runs {}", manifest.seed, sweep.runs));
    told(manifest, &command, false, true)
}

fn told(manifest: &Manifest, command: &str, live: bool, many: bool) -> Markup {
    let Manifest { version, seed, scenario_hash, file_hashes, scenario_text, .. } = manifest;
    html! {
        section #repeat {
            h2 { "The same again" }
            @if live {
                p { "This run was live. It can be made once more, but not to the same bytes:" }
            } @else {
                p { "Whoever has this folder can check every file in it but " code { "timing.json" } ":" }
                pre { code { "roadmesh verify ." } }
                p { "It needs no other file" @if !file_hashes.is_empty() {
                    " than those that the scenario names; " code { "--scenario" } " names the scenario's file beside which they lie" } "." }
                p { "Or, with the text below as " code { "scenario.yaml" } ":" }
            }
            pre { code { (command) } }
            dl.facts {
                div { dt { "version" } dd { "roadmesh " (version) } }
                div { dt { @if many { "first seed" } @else { "seed" } } dd { (seed) } }
                div { dt { "scenario" } dd { code { (scenario_hash) } } }
                @for (key, hash) in file_hashes { div { dt { code { (key) } } dd { code { (hash) } } } }
            }
            details {
                summary { "The scenario" }
                pre { code { (scenario_text) } }
            }
        }
    }
}

/// As a shell takes it for one word.
fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "=._-/:%+,".contains(letter);
    match text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn shells_read_what_was_meant() {
        assert_eq!(quoted("radio.attempts=3"), "radio.attempts=3");
        assert_eq!(quoted("name=it's $HOME"), r"'name=it'\''s $HOME'");
        assert_eq!(quoted("faults=[]"), "'faults=[]'");
    }
}
