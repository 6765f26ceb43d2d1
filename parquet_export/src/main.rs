//! `roadmesh-parquet`: the tables of results folders as Parquet files, beside the CSV.
#![forbid(unsafe_code)]

mod convert;
mod error;
mod events;
mod folders;
mod kind;
mod rows;

use clap::Parser;
use error::ExportError;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write the tables of results folders as Parquet files, beside the CSV
#[derive(Debug, Parser)]
#[command(
    name = "roadmesh-parquet",
    version,
    after_help = "Example:\n  \
        roadmesh-parquet results/town-seed1\n\n\
        Each X.csv gets an X.parquet beside it, and events.jsonl an events.parquet. In the folder of many runs or of a sweep the \
        folders of the runs are done too. The same results give the same bytes.\n\n\
        Exit codes: 0 done, 1 failed, 2 bad input."
)]
struct Cli {
    /// The folders that runs left
    #[arg(value_name = "RESULTS", required = true)]
    results: Vec<PathBuf>,

    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match export(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            if let Some(help) = error.help() {
                eprintln!("  help: {help}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}

fn export(cli: &Cli) -> Result<(), ExportError> {
    for folder in &cli.results {
        for table in folders::tables(folder)? {
            let written = convert::convert(&table)?;
            if !cli.quiet {
                // Whoever reads this may have gone.
                let _ = writeln!(std::io::stdout(), "{} ({} rows)", written.path.display(), written.rows);
            }
        }
    }
    Ok(())
}
