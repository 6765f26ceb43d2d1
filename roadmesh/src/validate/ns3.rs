//! Has ns-3 measure the reference anew.

use super::failed;
use crate::error::{Failure, other};
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use validation::{NS3_PROGRAMS, Reference};

/// Installs ns-3 where that wasn't done before, runs the experiments, and reads the results.
pub(super) fn fresh(quick: bool) -> Result<Reference, Failure> {
    let folder = cache().ok_or_else(|| {
        let help = Some("set XDG_CACHE_HOME to a folder that has room for 500 MB".to_owned());
        other("there is no place for ns-3: neither XDG_CACHE_HOME nor HOME is set".to_owned(), help)
    })?;
    let trouble = |error: std::io::Error| other(format!("can't use `{}`: {error}", folder.display()), None);
    fs::create_dir_all(&folder).map_err(trouble)?;
    for (name, text) in NS3_PROGRAMS {
        let path = folder.join(name);
        // A file that is newer than the program made of it would be compiled again.
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            fs::write(path, text).map_err(trouble)?;
        }
    }
    let results = folder.join("results.csv");
    let mut script = Command::new("python3");
    script.arg(folder.join("run.py")).arg("--work").arg(&folder).arg("--out").arg(&results);
    if quick {
        script.arg("--quick");
    }
    let status = script.status().map_err(|error| {
        other(format!("can't run python3: {error}"), Some("install python3 with venv, and g++".to_owned()))
    })?;
    if !status.success() {
        let help =
            Some("what it printed above says why; it needs python3 with venv, g++ and a network".to_owned());
        return Err(other("ns-3's experiments failed".to_owned(), help));
    }
    let file = fs::File::open(&results).map_err(trouble)?;
    Reference::read(file).map_err(failed)
}

fn cache() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))?;
    Some(folder.join("roadmesh/ns3"))
}
