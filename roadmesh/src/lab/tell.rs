//! What a node of the world says of itself.

use super::args::Question;
use super::message::Response;
use crate::ctl::protocol;
use crate::report::{CountersReport, ExplainReport, RoutesReport, StatusReport};
use node_lib::addr::Mac;
use node_lib::time::Instant;
use sim_lib::scenario::model::Role;
use sim_lib::world::{PartyKind, World, address};

/// Asks a node, live or simulated.
pub(super) fn tell(world: &World, now: Instant, node: &str, question: &Question) -> Response {
    let Some(party) = world.party(node) else { return refused(format!("nothing here is named `{node}`")) };
    let role = match world.party_name(party).1 {
        PartyKind::Obu => Role::Obu,
        PartyKind::Rsu => Role::Rsu,
        PartyKind::Server => return refused(format!("`{node}` is a host on the wire, and routes nothing")),
    };
    if world.is_plain(party) {
        return refused(format!("`{node}` leaves its radio to its host: nothing of ours routes there"));
    }
    let Some(machine) = world.node(node) else {
        return refused(format!("`{node}` isn't there, or has no power"));
    };
    let now = world.clock(node).unwrap_or(now);
    let names = |mac: Mac| world.name_of(mac).map_or_else(|| mac.to_string(), str::to_owned);
    let status = machine.status();
    let told = match question {
        Question::Status => {
            let report = StatusReport::new(role, machine.config().boot, now, &status, &names);
            protocol::Response::Status(Box::new(report))
        }
        Question::Routes => protocol::Response::Routes(RoutesReport::new(now, &status, &names)),
        Question::Explain { rsu } => {
            let only = match rsu.as_deref() {
                None => None,
                Some(rsu) => match world.party(rsu).map(|party| world.party_name(party).1) {
                    Some(PartyKind::Rsu) => Some(address::radio_mac(rsu)),
                    Some(PartyKind::Obu | PartyKind::Server) => return refused(format!("`{rsu}` is no RSU")),
                    None => return refused(format!("nothing here is named `{rsu}`")),
                },
            };
            protocol::Response::Explain(ExplainReport::new(role, now, &status, only, &names))
        }
        Question::Counters => protocol::Response::Counters(CountersReport::new(machine.counters())),
    };
    Response::Told(told)
}

fn refused(message: String) -> Response {
    Response::Refused { message, help: Some("`roadmesh lab ps` lists the live hosts".to_owned()) }
}
