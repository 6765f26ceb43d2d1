//! Has ns-3 measure the reference anew.

use super::failed;
use crate::error::{Failure, other};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use validation::fields::{self, Cost};
use validation::{NS3_PROGRAMS, Reference};

/// Runs the experiments, and reads the results.
pub(super) fn fresh(quick: bool) -> Result<Reference, Failure> {
    let quick = if quick { &["--quick"][..] } else { &[] };
    Reference::read(run("results.csv", "--out", quick)?).map_err(failed)
}

/// Measures what fields cost.
pub(super) fn fields() -> Result<Vec<Cost>, Failure> {
    fields::read(run("fields.csv", "--fields", &[])?).map_err(failed)
}

/// Installs ns-3 where that wasn't done before, has `run.py` write a file, which `option` names, and opens it.
fn run(file: &str, option: &str, more: &[&str]) -> Result<fs::File, Failure> {
    let folder = cache().ok_or_else(|| {
        let help = Some("set XDG_CACHE_HOME to a folder that has room for 500 MB".to_owned());
        other("there is no place for ns-3: neither XDG_CACHE_HOME nor HOME is set".to_owned(), help)
    })?;
    let trouble = |error: std::io::Error| other(format!("can't use `{}`: {error}", folder.display()), None);
    unpack(&folder).map_err(trouble)?;
    let results = folder.join(file);
    let mut script = Command::new("python3");
    script.arg(folder.join("run.py")).arg("--work").arg(&folder).arg(option).arg(&results).args(more);
    let status = script.status().map_err(|error| {
        other(format!("can't run python3: {error}"), Some("install python3 with venv, and g++".to_owned()))
    })?;
    if !status.success() {
        let help =
            Some("what it printed above says why; it needs python3 with venv, g++ and a network".to_owned());
        return Err(other("ns-3's experiments failed".to_owned(), help));
    }
    fs::File::open(&results).map_err(trouble)
}

fn unpack(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, text) in NS3_PROGRAMS {
        let path = folder.join(name);
        // A file that is newer than the program made of it would be compiled again.
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            fs::write(path, text)?;
        }
    }
    Ok(())
}

fn cache() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))?;
    Some(folder.join("roadmesh/ns3"))
}
