//! `roadmesh roads`: road networks, what drives on them, and what stands along them.

pub(crate) mod import;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum RoadsCommand {
    Import(import::ImportArgs),
}
