//! `roadmesh verify`: making a run again, and comparing.

use super::again::Again;
use super::one::simulate;
use super::watch::Watch;
use crate::cli::VerifyArgs;
use crate::error::{Failure, input, other};
use crate::interrupt::{INTERRUPTED, Interrupt};
use crate::output::print;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Makes the run of a results folder again, or each of those in an experiment's folder, and compares every file but
/// `timing.json`.
pub(crate) fn run(args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let interrupt = Interrupt::watch()?;
    let folders = runs_in(&args.results)?;
    let mut differ = 0;
    for folder in &folders {
        let again = Again::read(folder, args.scenario.as_deref())?;
        let space =
            tempfile::tempdir().map_err(|error| other(format!("a folder to run in: {error}"), None))?;
        let made = space.path().join("again");
        let mut watch = Watch::new(!args.quiet, interrupt.clone());
        let done = simulate(&again.loaded, &made, Instant::now(), &mut watch);
        watch.clear();
        if done?.summary.partial {
            return Ok(ExitCode::from(INTERRUPTED));
        }
        let differences = compare(folder, &made)?;
        differ += usize::from(!differences.is_empty());
        if !args.quiet {
            print(&told(&again, &differences))?;
        }
    }
    if !args.quiet && folders.len() > 1 {
        print(&format!("{} of {} runs are the same", folders.len() - differ, folders.len()))?;
    }
    Ok(if differ == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn told(again: &Again, differences: &[String]) -> String {
    let folder = again.folder.display();
    let mut text = match differences {
        [] => format!("{folder}: the same, to the last byte\n"),
        some => format!("{folder}: DIFFERS\n  {}\n", some.join("\n  ")),
    };
    if let Some(version) = again.other_version.as_ref().filter(|_| !differences.is_empty()) {
        text.push_str(&format!(
            "  It was made by version {version}, and this is {}: that alone may be why.\n",
            env!("CARGO_PKG_VERSION")
        ));
    }
    text
}

/// The folder itself, or the folders of an experiment's runs, in the order of their names.
fn runs_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    if folder.join(MANIFEST).exists() {
        return Ok(vec![folder.to_owned()]);
    }
    let unreadable = |error| input(format!("`{}` can't be read: {error}", folder.display()), None);
    let mut runs = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.join(MANIFEST).exists() {
            runs.push(path);
        } else if path.is_dir() {
            runs.extend(runs_in(&path).unwrap_or_default());
        }
    }
    runs.sort();
    if runs.is_empty() {
        let help = "name the folder that a run left, or one of many runs".to_owned();
        return Err(input(format!("`{}` holds no results", folder.display()), Some(help)));
    }
    Ok(runs)
}

/// What differs between two results folders, a line each.
fn compare(one: &Path, other_one: &Path) -> Result<Vec<String>, Failure> {
    let mut differences = Vec::new();
    let names: BTreeSet<String> = files(one)?.into_iter().chain(files(other_one)?).collect();
    for name in names {
        match [one, other_one].map(|folder| fs::read(folder.join(&name))) {
            [Ok(a), Ok(b)] if a == b => {}
            [Ok(a), Ok(b)] => differences.push(difference(&name, &a, &b)),
            [Ok(_), Err(_)] => differences.push(format!("{name}: the new run leaves no such file")),
            [Err(_), _] => differences.push(format!("{name}: it is missing")),
        }
    }
    Ok(differences)
}

fn files(folder: &Path) -> Result<Vec<String>, Failure> {
    let unreadable = |error| other(format!("`{}` can't be read: {error}", folder.display()), None);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if let (true, Ok(name)) = (entry.path().is_file(), entry.file_name().into_string()) {
            names.push(name);
        }
    }
    // What was made of the tables later is no result of the run.
    names.retain(|name| name != TIMING && !name.ends_with(".parquet"));
    Ok(names)
}

fn difference(name: &str, a: &[u8], b: &[u8]) -> String {
    let [a, b] = [a, b].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let (mut was, mut is) = (a.lines(), b.lines());
    for number in 1.. {
        match (was.next(), is.next()) {
            (None, None) => break,
            (was, is) if was != is => {
                let short = |line: Option<&str>| {
                    line.map_or("(nothing)".to_owned(), |line| line.chars().take(100).collect())
                };
                return format!("{name}, line {number}: was {}, is {}", short(was), short(is));
            }
            _ => {}
        }
    }
    format!("{name}: the ends of its lines differ")
}

const MANIFEST: &str = "manifest.json";
const TIMING: &str = "timing.json";
