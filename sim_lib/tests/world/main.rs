//! The world as a whole: nodes, radio, mobility, traffic and faults together.

mod beacons;
mod convergence;
mod determinism;
mod failover;
mod faults;
mod formats;
mod groups;
mod handover;
mod houses;
mod joining;
mod legacy;
mod life;
mod live;
mod quiet;
mod report;
mod support;
mod town;
mod traces;
mod wire;
