//! What can go wrong in a simulation.

use crate::results::Violation;
use crate::sumo::SumoError;
use config_lib::ConfigError;
use mobility_lib::MobilityError;
use node_lib::addr::Mac;
use node_lib::time::Instant;
use radio_lib::RadioError;

/// Why a run can't be started or can't go on.
///
/// A scenario that was loaded and checked, the names of its trace included, gives none of the errors about names and
/// flows; they are for scenarios that a program puts together.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The scenario.
    #[error(transparent)]
    Scenario(#[from] ConfigError),
    /// The trace.
    #[error(transparent)]
    Trace(#[from] MobilityError),
    /// SUMO can't be started.
    #[error(transparent)]
    Sumo(#[from] SumoError),
    /// Whoever tells of vehicles as the run goes.
    #[error("{0}")]
    Steps(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A node's waypoints.
    #[error("nodes.{node}: {source}")]
    Waypoints {
        /// The node.
        node: String,
        /// What is wrong with them.
        source: MobilityError,
    },
    /// A group's road.
    #[error("groups.{group}: {source}")]
    Road {
        /// The group.
        group: String,
        /// What is wrong with it.
        source: MobilityError,
    },
    /// The radio's settings.
    #[error("radio: {0}")]
    Radio(#[from] RadioError),
    /// Two things have one name.
    #[error(
        "`{name}` is the name of two of the nodes, groups, servers and vehicles of the trace: rename one"
    )]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// Two names give the same address.
    #[error("`{first}` and `{second}` would have the same address {mac}: rename one")]
    AddressCollision {
        /// One name.
        first: String,
        /// The other.
        second: String,
        /// The address.
        mac: Mac,
    },
    /// A name that nothing has.
    #[error("{place}: nothing is named `{name}`: name a node{or_host}")]
    UnknownName {
        /// Where in the scenario.
        place: String,
        /// The name.
        name: String,
        /// What else it may be.
        or_host: &'static str,
    },
    /// A flow or a fault that makes no sense.
    #[error("{place}: {message}")]
    Impossible {
        /// Where in the scenario.
        place: String,
        /// What is wrong and how to mend it.
        message: &'static str,
    },
    /// Something was to happen in the past: a fault of the program.
    #[error(
        "at {now}, `{node}` asks for something at {at}: time doesn't go back (this is a fault of the program)"
    )]
    TimeWentBack {
        /// The node it concerns.
        node: String,
        /// The present.
        now: Instant,
        /// When it was to happen.
        at: Instant,
    },
    /// A node's deadline doesn't move: a fault of the program.
    #[error("at {now}, the deadline of `{node}` doesn't move forward (this is a fault of the program)")]
    Stuck {
        /// The node.
        node: String,
        /// The present.
        now: Instant,
    },
    /// Something that must always hold doesn't: a fault of the program.
    #[error("{0} (this is a fault of the program)")]
    Violated(Box<Violation>),
    /// Results can't be written.
    #[error("the results can't be written: {0}")]
    Record(#[from] std::io::Error),
}
