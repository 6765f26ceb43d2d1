//! What goes beside the program where it is installed: completions for shells, and manual pages.

use crate::cli::Cli;
use crate::error::{Failure, other};
use crate::output::print;
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Print what makes a shell complete roadmesh's commands and options
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    source <(roadmesh completions bash)                                   for this shell\n  \
    roadmesh completions bash > ~/.local/share/bash-completion/completions/roadmesh\n  \
    roadmesh completions zsh > ~/.zfunc/_roadmesh                         with ~/.zfunc in fpath\n  \
    roadmesh completions fish > ~/.config/fish/completions/roadmesh.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Write the manual pages, one for each command
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  roadmesh man --out ~/.local/share/man/man1 && man roadmesh-sim")]
pub(crate) struct ManArgs {
    /// The folder that they are written to; it is made if need be
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn completions(args: &CompletionsArgs) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "roadmesh", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn man(args: &ManArgs) -> Result<ExitCode, Failure> {
    let unwritten = |error: std::io::Error| {
        let help =
            "check the space and the permissions there, or choose another folder with --out".to_owned();
        other(format!("manual pages can't be written to `{}`: {error}", args.out.display()), Some(help))
    };
    fs::create_dir_all(&args.out).map_err(unwritten)?;
    clap_mangen::generate_to(Cli::command(), &args.out).map_err(unwritten)?;
    Ok(ExitCode::SUCCESS)
}
