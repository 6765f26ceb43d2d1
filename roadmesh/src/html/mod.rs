//! `report.html`: the figures of a results folder, plotted, in one file that opens without a network.
//!
//! A report is made from the folder's files alone, so that it can be made again, and of a run that never came to its end. It holds
//! no time or place of its making: the same results give the same bytes.

mod beacons;
mod many;
mod page;
pub(crate) mod plots;
mod read;
mod repeat;
mod run;
mod sweep;

use crate::cli::ReportArgs;
use crate::error::{Failure, input, other};
use crate::output::print;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// `roadmesh report`: makes the report of a results folder.
pub(crate) fn run(args: &ReportArgs) -> Result<ExitCode, Failure> {
    let report = make(&args.results)?;
    print(&format!("{}\n", report.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Makes the report of a results folder, or of one of many runs or a sweep, and gives its path.
pub(crate) fn make(folder: &Path) -> Result<PathBuf, Failure> {
    let text = if folder.join("manifest.json").exists() {
        run::report(folder)?
    } else if folder.join("points.csv").exists() {
        sweep::report(folder)?
    } else if folder.join("runs.csv").exists() {
        many::report(folder)?
    } else {
        let help = "name the folder that a run left, or that of many runs or of a sweep".to_owned();
        return Err(input(format!("`{}` holds no results", folder.display()), Some(help)));
    };
    let path = folder.join(REPORT);
    replace(&path, &text).map_err(|error| {
        let help =
            "the other results are complete; `roadmesh report` makes the report of a folder".to_owned();
        other(format!("can't write `{}`: {error}", path.display()), Some(help))
    })?;
    Ok(path)
}

/// Whoever opens the file meanwhile sees the old one or the new one, and where this fails, no part of it stays.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let part = path.with_extension("html.part");
    fs::write(&part, text).and_then(|()| fs::rename(&part, path)).inspect_err(|_| {
        fs::remove_file(&part).ok();
    })
}

const REPORT: &str = "report.html";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cant_be_written_leaves_the_old_one_and_no_part() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(REPORT);
        replace(&path, "one").unwrap();
        replace(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        // A folder is in its place.
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        fs::write(path.join("content"), "").unwrap();
        assert!(replace(&path, "three").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
