//! `roadmesh scenario new`: a scenario to start from.

use crate::error::{Failure, input, other};
use crate::output::print;
use clap::{Args, ValueEnum};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write a commented scenario to start from
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  roadmesh scenario new\n  roadmesh scenario new highway --kind road\n\n\
    It is written to NAME.yaml, and its schema to roadmesh.schema.json beside it, so that editors that know YAML \
    schemas complete and check as you write. Nothing is overwritten.")]
pub(crate) struct NewArgs {
    /// The scenario's name and, with .yaml, its file's [default: the kind]
    name: Option<String>,

    /// What it is like
    #[arg(long, value_enum, default_value_t = Kind::Chain)]
    kind: Kind,
}

/// What a scenario can start from.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// Cars in a row behind an RSU, on ideal links
    Chain,
    /// Cars at random around an RSU
    Cell,
    /// Cars on a road with RSUs along it
    Road,
    /// Cars on the streets of a small town
    Town,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Kind::Chain => include_str!("starts/chain.yaml"),
            Kind::Cell => include_str!("starts/cell.yaml"),
            Kind::Road => include_str!("starts/road.yaml"),
            Kind::Town => include_str!("starts/town.yaml"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Chain => "chain",
            Kind::Cell => "cell",
            Kind::Road => "road",
            Kind::Town => "town",
        }
    }
}

/// Writes the scenario, and the schema unless it is there.
pub(crate) fn run(args: &NewArgs) -> Result<ExitCode, Failure> {
    let name = args.name.as_deref().unwrap_or(args.kind.name());
    if let Err(error) = config_lib::limits::name(name, &()) {
        let help = "name it like `my-town`: the file is my-town.yaml in this folder".to_owned();
        return Err(input(format!("`{name}` can't be a scenario's name: {error}"), Some(help)));
    }
    let file = PathBuf::from(format!("{name}.yaml"));
    let text = args.kind.text().replace("NAME", name);
    let text = format!("# yaml-language-server: $schema={SCHEMA}\n{text}");
    if !write_new(&file, &text)? {
        let help = format!("choose another name: `roadmesh scenario new NAME --kind {}`", args.kind.name());
        return Err(input(format!("`{}` exists already", file.display()), Some(help)));
    }
    let schema = write_new(Path::new(SCHEMA), &super::schema_text()?)?;
    let beside = if schema { format!(", and {SCHEMA} for your editor") } else { String::new() };
    print(&format!("Wrote {}{beside}. Run it: roadmesh sim {}", file.display(), file.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// False if the file exists.
fn write_new(file: &Path, text: &str) -> Result<bool, Failure> {
    let mut made = match File::create_new(file) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        made => made.map_err(|error| unwritten(file, &error))?,
    };
    made.write_all(text.as_bytes()).map_err(|error| unwritten(file, &error))?;
    Ok(true)
}

fn unwritten(file: &Path, error: &io::Error) -> Failure {
    let help = "check the space and the permissions of this folder".to_owned();
    other(format!("`{}` can't be written: {error}", file.display()), Some(help))
}

/// The file that editors read the schema from.
const SCHEMA: &str = "roadmesh.schema.json";
