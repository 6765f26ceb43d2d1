//! Tables within their bounds.

use crate::world::World;
use crate::world::machine::Machine;

impl World {
    /// Whether a table of a node holds more than it may.
    pub(super) fn check_memory(&mut self) {
        let mut over = None;
        for (rank, state) in (0..).zip(&self.states) {
            let each = |name: &'static str, held: usize, most: usize| {
                if held > most {
                    over.get_or_insert((rank, name, held, most));
                }
            };
            match &state.machine {
                Some(Machine::Obu(obu)) => obu.tables(each),
                Some(Machine::Rsu(rsu)) => rsu.tables(each),
                Some(Machine::Other(_)) | None => {}
            }
        }
        if let Some((rank, name, held, most)) = over {
            self.violated("memory", &[rank], format!("its table of {name} holds {held} and may hold {most}"));
        }
    }
}
