//! What theory says, computed with none of the models' code.

pub mod access;
pub mod delivery;
pub mod following;
pub mod hidden;
pub mod timing;
