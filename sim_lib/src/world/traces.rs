//! What maps are drawn from: where nodes were, and where frames were lost.

use super::World;
use super::parties::PartyKind;
use crate::results::{LossRow, TrackRow};
use radio_lib::Locations;

impl World {
    /// Where the nodes that are up are, and how they are connected, in the order of their names.
    pub(super) fn tracks(&self, second: u64) -> impl Iterator<Item = TrackRow<'_>> {
        self.parties.in_order().filter_map(move |(rank, party)| {
            let (radio, machine) = (party.radio?, self.states[rank as usize].machine.as_ref()?);
            let position = self.places.position(radio, self.now());
            let route = machine.route();
            Some(TrackRow {
                second,
                node: &party.name,
                role: if party.kind == PartyKind::Rsu { "rsu" } else { "obu" },
                x_m: position.map(|[x, _]| centimetres(x)),
                y_m: position.map(|[_, y]| centimetres(y)),
                hops: route.map(|route| route.hops),
                rsu: route.and_then(|route| self.name_of(route.rsu)),
            })
        })
    }

    /// The measured frames that were never delivered, by flow, direction and time of sending; up to the present, if
    /// [`World::outcome`] was just asked for.
    pub fn losses(&self) -> impl Iterator<Item = LossRow<'_>> {
        self.traffic.in_order(self.parties.places()).flat_map(move |flow| {
            let vehicle = &self.parties[flow.vehicle() as usize];
            let lost = flow.legs().flat_map(|leg| leg.stream.lost().map(|frame| (leg.direction, frame)));
            lost.map(move |(direction, frame)| {
                let position = vehicle.radio.and_then(|radio| self.places.past_position(radio, frame.at));
                LossRow {
                    sent_us: frame.at.as_micros(),
                    flow: &flow.name,
                    direction: direction.name(),
                    node: &vehicle.name,
                    x_m: position.map(|[x, _]| centimetres(x)),
                    y_m: position.map(|[_, y]| centimetres(y)),
                }
            })
        })
    }
}

/// No map needs more, and shorter numbers make shorter files.
fn centimetres(metres: f64) -> f64 {
    (metres * 100.0).round() / 100.0
}
