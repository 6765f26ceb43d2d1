//! More than one run: many seeds of one scenario and what they say together; and the same run again, to compare it or to ask it.

mod again;
pub(crate) mod estimate;
pub(crate) mod explain;
pub(crate) mod figures;
pub(crate) mod folder;
pub(crate) mod one;
pub(crate) mod pool;
pub(crate) mod pooled;
pub(crate) mod runs;
pub(crate) mod table;
pub(crate) mod verify;
pub(crate) mod watch;
