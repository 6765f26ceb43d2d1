//! What must always hold.

use super::World;
use super::address::radio_mac;
use crate::error::SimError;
use node_lib::addr::Mac;
use std::collections::BTreeMap;

impl World {
    /// Checks what must always hold: next hops towards an RSU form no cycle among the nodes that are up, no application
    /// got a frame that was not sent or was changed on the way, and every frame that a radio was given is accounted for.
    ///
    /// # Errors
    /// [`SimError::Invariant`] names what doesn't hold.
    pub fn check_invariants(&self) -> Result<(), SimError> {
        for rsu in &self.rsus {
            self.check_acyclic(radio_mac(&self.parties[*rsu as usize].name))?;
        }
        self.check_frames()
    }

    fn check_acyclic(&self, rsu: Mac) -> Result<(), SimError> {
        let next: BTreeMap<Mac, Mac> =
            self.obus.iter().filter_map(|rank| self.next_hop(*rank, rsu)).collect();
        for start in next.keys() {
            let mut path = vec![*start];
            while let Some(hop) = path.last().and_then(|last| next.get(last)) {
                let back = path.contains(hop);
                path.push(*hop);
                if back {
                    let names = path.iter().map(|mac| self.name_of(*mac).unwrap_or("?")).collect::<Vec<_>>();
                    let towards = self.name_of(rsu).unwrap_or("?");
                    return self
                        .broken(format!("next hops towards {towards} form a cycle: {}", names.join(" → ")));
                }
            }
        }
        Ok(())
    }

    fn next_hop(&self, rank: u32, rsu: Mac) -> Option<(Mac, Mac)> {
        let status = self.states[rank as usize].machine.as_ref()?.node().status();
        let known = status.rsus.iter().find(|known| known.rsu == rsu)?;
        Some((status.mac, known.selected?.next_hop))
    }

    fn check_frames(&self) -> Result<(), SimError> {
        if self.traffic.corrupted > 0 {
            return self
                .broken(format!("{} frames arrived otherwise than they were sent", self.traffic.corrupted));
        }
        for flow in &self.traffic.flows {
            let back = flow.back.iter().map(|(leg, _)| &leg.stream);
            for stream in std::iter::once(&flow.forward.stream).chain(back) {
                if stream.delivered_ever > stream.sent_ever {
                    return self.broken(format!("flow {} delivered more than was sent", flow.name));
                }
            }
        }
        for party in &self.parties {
            let Some(radio) = party.radio else { continue };
            let (stats, queued) = (self.medium.stats(radio), self.medium.queued(radio) as u64);
            if stats.offered != stats.settled() + queued {
                return self.broken(format!(
                    "the radio of {} was given {} frames, settled {} and holds {queued}",
                    party.name,
                    stats.offered,
                    stats.settled()
                ));
            }
        }
        Ok(())
    }

    fn broken(&self, what: String) -> Result<(), SimError> {
        Err(SimError::Invariant { now: self.now(), what })
    }
}
