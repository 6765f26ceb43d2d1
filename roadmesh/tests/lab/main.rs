//! Labs with real namespaces, real interfaces and real programs in them.

mod apps;
mod clean;
mod commands;
mod faults;
mod fidelity;
mod mistakes;
mod networks;
mod runs;
mod support;
