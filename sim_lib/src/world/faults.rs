//! What breaks and is mended, as the world knows it.

use node_lib::time::Instant;
use radio_lib::{LinkChange, RadioId};

/// One thing that breaks or is mended.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// When.
    pub(crate) at: Instant,
    /// The node it happens at; of a link, its first end.
    pub(crate) rank: u32,
    /// What.
    pub(crate) action: Action,
}

/// What breaks or is mended.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// The node loses its power.
    NodeDown,
    /// The node has power again.
    NodeUp,
    /// A link changes.
    Link {
        /// The ranks and radios of its ends.
        ends: [(u32, RadioId); 2],
        /// How.
        change: LinkChange,
        /// The same in words.
        text: String,
    },
}

/// The pairs of radios whose link is changed at some time.
pub(crate) fn links(faults: &[Fault]) -> impl Iterator<Item = (RadioId, RadioId)> {
    faults.iter().filter_map(|fault| match &fault.action {
        Action::Link { ends: [(_, a), (_, b)], .. } => Some((*a, *b)),
        Action::NodeDown | Action::NodeUp => None,
    })
}
