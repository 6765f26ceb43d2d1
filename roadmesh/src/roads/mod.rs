//! `roadmesh roads`: road networks, what drives on them, and what stands along them.

pub(crate) mod import;
pub(crate) mod place;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum RoadsCommand {
    Import(import::ImportArgs),
    Place(place::PlaceArgs),
}
