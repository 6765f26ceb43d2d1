//! What a running node says of itself, as plain data: as JSON for programs, as tables for people (see [`render`]).
//!
//! It is made from what the node's own [`Status`] and [`Counters`] say, with whatever names the caller has for addresses.

mod render;

use node_lib::addr::Mac;
use node_lib::control::drops::Counters;
use node_lib::control::node::Route;
use node_lib::control::status::{Candidate, Downstream, Explanation, Status};
use node_lib::time::Instant;
use serde::{Deserialize, Serialize};
use sim_lib::scenario::model::Role;
use std::collections::{BTreeMap, BTreeSet};

/// What an address is called.
pub(crate) type Names<'a> = &'a dyn Fn(Mac) -> String;

/// Who the node is and how it is connected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StatusReport {
    pub(crate) role: Role,
    /// The node's name, or its address again.
    pub(crate) name: String,
    pub(crate) mac: String,
    /// Seconds since it started.
    pub(crate) uptime_s: f64,
    /// An RSU's epoch, an OBU's boot number.
    pub(crate) boot: u32,
    /// The path in use; an RSU has none.
    pub(crate) route: Option<RouteReport>,
    /// RSUs that an OBU knows of.
    pub(crate) rsus: Vec<String>,
    /// OBUs that are reached through this node, or from this RSU.
    pub(crate) obus: Vec<String>,
    /// Nodes that this one has as candidates for a next hop, upstream or downstream.
    pub(crate) neighbours: Vec<String>,
    /// Its interfaces, where it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) devices: Option<DevicesReport>,
}

/// A node's interfaces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct DevicesReport {
    /// The radio's interface.
    pub(crate) interface: String,
    pub(crate) tap: String,
    pub(crate) tap_mac: String,
    pub(crate) mtu: usize,
    /// Why the MTU is what it is.
    pub(crate) mtu_because: String,
    pub(crate) addresses: Vec<String>,
    /// Whether the node counts on the radio's reports of what became of unicasts.
    pub(crate) tx_status: bool,
}

/// An upstream path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RouteReport {
    pub(crate) rsu: String,
    pub(crate) next_hop: String,
    pub(crate) hops: u32,
    pub(crate) cost_us: u32,
}

/// Where frames go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoutesReport {
    pub(crate) upstream: Vec<UpstreamReport>,
    pub(crate) downstream: Vec<DownstreamReport>,
}

/// The way to one RSU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UpstreamReport {
    pub(crate) rsu: String,
    /// Whether the node's own host uses this RSU.
    pub(crate) in_use: bool,
    /// `None` where no neighbour may be used.
    pub(crate) route: Option<RouteReport>,
    /// Neighbours that advertised it.
    pub(crate) candidates: usize,
}

/// The way to one OBU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DownstreamReport {
    pub(crate) obu: String,
    pub(crate) via: String,
    /// Milliseconds since it was refreshed.
    pub(crate) age_ms: u64,
}

/// Why the node routes as it does, RSU by RSU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ExplainReport {
    pub(crate) role: Role,
    pub(crate) rsus: Vec<RsuReport>,
}

/// Why the node routes towards one RSU as it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RsuReport {
    pub(crate) rsu: String,
    /// Whether the node's own host uses this RSU.
    pub(crate) in_use: bool,
    pub(crate) epoch: Option<u32>,
    /// The newest heartbeat known.
    pub(crate) heartbeat: u32,
    /// The best advert this node ever sent; a candidate's must be better.
    pub(crate) feasibility_distance: Option<DistanceReport>,
    pub(crate) route: Option<RouteReport>,
    /// Best first.
    pub(crate) candidates: Vec<CandidateReport>,
}

/// An advert that others are measured against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DistanceReport {
    pub(crate) epoch: u32,
    pub(crate) route_id: u32,
    pub(crate) class: u8,
    pub(crate) cost_us: u32,
}

/// One neighbour's offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CandidateReport {
    pub(crate) neighbour: String,
    pub(crate) verdict: Verdict,
    pub(crate) route_id: u32,
    pub(crate) class: u8,
    /// Cost that it advertised; `None` is "no route".
    pub(crate) cost_us: Option<u32>,
    pub(crate) link_cost_us: u32,
    /// Of that: the share of its heartbeats that arrive, percent.
    pub(crate) heartbeats_percent: f32,
    /// The share of transmissions to it that are acknowledged, percent.
    pub(crate) acknowledged_percent: Option<f32>,
    /// What round trips took beyond their airtime.
    pub(crate) delay_us: f32,
    /// Both together.
    pub(crate) total_us: Option<u32>,
    pub(crate) feasible: bool,
    /// Whether the link is known to work both ways.
    pub(crate) confirmed: bool,
    /// Milliseconds since it was heard.
    pub(crate) heard_ms_ago: u64,
}

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// It is the next hop.
    Won,
    /// It would take over.
    Spare,
    /// Its advert is not better than the feasibility distance.
    NotFeasible,
    /// It says so itself.
    NoRoute,
}

/// Everything that was counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CountersReport {
    pub(crate) node: BTreeMap<String, u64>,
    /// By reason.
    pub(crate) drops: BTreeMap<String, u64>,
    /// Between the node and its interfaces, where it has any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) devices: BTreeMap<String, u64>,
}

impl StatusReport {
    pub(crate) fn new(role: Role, boot: u32, now: Instant, status: &Status, names: Names<'_>) -> Self {
        let candidates =
            status.rsus.iter().flat_map(|rsu| &rsu.candidates).map(|candidate| candidate.neighbour);
        let neighbours: BTreeSet<Mac> =
            candidates.chain(status.downstream.iter().map(|entry| entry.via)).collect();
        StatusReport {
            role,
            name: names(status.mac),
            mac: status.mac.to_string(),
            uptime_s: now.as_secs_f64(),
            boot,
            route: status.upstream.map(|route| RouteReport::new(route, names)),
            rsus: status.rsus.iter().map(|rsu| names(rsu.rsu)).collect(),
            obus: status.downstream.iter().map(|entry| names(entry.obu)).collect(),
            neighbours: neighbours.into_iter().map(names).collect(),
            devices: None,
        }
    }
}

impl RouteReport {
    pub(crate) fn new(route: Route, names: Names<'_>) -> Self {
        let Route { rsu, next_hop, hops, cost } = route;
        RouteReport { rsu: names(rsu), next_hop: names(next_hop), hops, cost_us: cost }
    }
}

impl RoutesReport {
    pub(crate) fn new(now: Instant, status: &Status, names: Names<'_>) -> Self {
        let upstream = |rsu: &Explanation| UpstreamReport {
            rsu: names(rsu.rsu),
            in_use: in_use(rsu, status),
            route: rsu.selected.map(|route| RouteReport::new(route, names)),
            candidates: rsu.candidates.len(),
        };
        let downstream = |entry: &Downstream| DownstreamReport {
            obu: names(entry.obu),
            via: names(entry.via),
            age_ms: ago(now, entry.refreshed),
        };
        RoutesReport {
            upstream: status.rsus.iter().map(upstream).collect(),
            downstream: status.downstream.iter().map(downstream).collect(),
        }
    }
}

impl ExplainReport {
    /// About one RSU, or about all.
    pub(crate) fn new(
        role: Role,
        now: Instant,
        status: &Status,
        only: Option<Mac>,
        names: Names<'_>,
    ) -> Self {
        let wanted = status.rsus.iter().filter(|rsu| only.is_none_or(|only| only == rsu.rsu));
        ExplainReport {
            role,
            rsus: wanted.map(|rsu| RsuReport::new(now, rsu, in_use(rsu, status), names)).collect(),
        }
    }
}

impl RsuReport {
    fn new(now: Instant, explanation: &Explanation, in_use: bool, names: Names<'_>) -> Self {
        let distance = |(epoch, route_id, class, cost_us)| DistanceReport { epoch, route_id, class, cost_us };
        let next_hop = explanation.selected.map(|route| route.next_hop);
        let candidate = |candidate: &Candidate| CandidateReport::new(now, candidate, next_hop, names);
        RsuReport {
            rsu: names(explanation.rsu),
            in_use,
            epoch: explanation.epoch,
            heartbeat: explanation.id,
            feasibility_distance: explanation.feasibility_distance.map(distance),
            route: explanation.selected.map(|route| RouteReport::new(route, names)),
            candidates: explanation.candidates.iter().map(candidate).collect(),
        }
    }
}

impl CandidateReport {
    fn new(now: Instant, candidate: &Candidate, next_hop: Option<Mac>, names: Names<'_>) -> Self {
        let (route_id, class, cost) = candidate.advert;
        let cost_us = (cost != u32::MAX).then_some(cost);
        let verdict = match (Some(candidate.neighbour) == next_hop, cost_us, candidate.feasible) {
            (true, ..) => Verdict::Won,
            (_, None, _) => Verdict::NoRoute,
            (.., true) => Verdict::Spare,
            (.., false) => Verdict::NotFeasible,
        };
        CandidateReport {
            neighbour: names(candidate.neighbour),
            verdict,
            route_id,
            class,
            cost_us,
            link_cost_us: candidate.link_cost,
            heartbeats_percent: candidate.link.heartbeats * 100.0,
            acknowledged_percent: candidate.link.acknowledged.map(|share| share * 100.0),
            delay_us: candidate.link.delay_us,
            total_us: cost_us.map(|cost| cost.saturating_add(candidate.link_cost)),
            feasible: candidate.feasible,
            confirmed: candidate.confirmed,
            heard_ms_ago: ago(now, candidate.heard),
        }
    }
}

impl CountersReport {
    pub(crate) fn new(counters: &Counters) -> Self {
        let named = |(name, count): (&str, u64)| (name.to_owned(), count);
        CountersReport {
            node: counters.others().into_iter().map(named).collect(),
            drops: counters.drops().map(|(reason, count)| named((reason.name(), count))).collect(),
            devices: BTreeMap::new(),
        }
    }
}

fn in_use(rsu: &Explanation, status: &Status) -> bool {
    status.upstream.is_some_and(|route| route.rsu == rsu.rsu)
}

fn ago(now: Instant, then: Instant) -> u64 {
    now.since(then).as_millis() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use node_lib::control::drops::DropReason;
    use node_lib::control::status::LinkParts;

    fn mac(last: u8) -> Mac {
        Mac([2, 0, 0, 0, 0, last])
    }

    fn name(mac: Mac) -> String {
        match mac.0[5] {
            1 => "rsu1".to_owned(),
            other => format!("car{other}"),
        }
    }

    fn candidate(neighbour: u8, advert: (u32, u8, u32), feasible: bool) -> Candidate {
        let heard = Instant::from_millis(900);
        let link = LinkParts { heartbeats: 0.5, acknowledged: None, delay_us: 3.0 };
        let confirmed = feasible;
        Candidate { neighbour: mac(neighbour), advert, link_cost: 100, link, feasible, confirmed, heard }
    }

    fn status() -> Status {
        let route = Route { rsu: mac(1), next_hop: mac(2), hops: 2, cost: 300 };
        let rsu = Explanation {
            rsu: mac(1),
            epoch: Some(7),
            id: 42,
            feasibility_distance: Some((7, 41, 0, 300)),
            selected: Some(route),
            candidates: vec![
                candidate(2, (42, 0, 200), true),
                candidate(3, (42, 0, 250), true),
                candidate(4, (41, 0, 400), false),
                candidate(5, (40, 0, u32::MAX), false),
            ],
        };
        let entry = Downstream { obu: mac(8), via: mac(9), refreshed: Instant::from_millis(750) };
        Status { mac: mac(6), upstream: Some(route), rsus: vec![rsu], downstream: vec![entry] }
    }

    #[test]
    fn everything_has_the_callers_names() {
        let now = Instant::from_millis(1000);
        let report = StatusReport::new(Role::Obu, 3, now, &status(), &name);
        assert_eq!((report.name.as_str(), report.mac.as_str()), ("car6", "02:00:00:00:00:06"));
        assert_eq!(report.neighbours, ["car2", "car3", "car4", "car5", "car9"]);
        let route =
            RouteReport { rsu: "rsu1".to_owned(), next_hop: "car2".to_owned(), hops: 2, cost_us: 300 };
        assert_eq!(report.route, Some(route));
        let routes = RoutesReport::new(now, &status(), &name);
        assert!(routes.upstream[0].in_use);
        assert_eq!((routes.downstream[0].via.as_str(), routes.downstream[0].age_ms), ("car9", 250));
    }

    #[test]
    fn each_candidate_has_its_verdict() {
        let now = Instant::from_millis(1000);
        let report = ExplainReport::new(Role::Obu, now, &status(), None, &name);
        let verdicts: Vec<_> = report.rsus[0].candidates.iter().map(|it| (it.verdict, it.total_us)).collect();
        let expected = [
            (Verdict::Won, Some(300)),
            (Verdict::Spare, Some(350)),
            (Verdict::NotFeasible, Some(500)),
            (Verdict::NoRoute, None),
        ];
        assert_eq!(verdicts, expected);
        assert_eq!(ExplainReport::new(Role::Obu, now, &status(), Some(mac(9)), &name).rsus, []);
    }

    #[test]
    fn what_was_written_as_json_is_read_again() {
        let now = Instant::from_millis(1000);
        let report = ExplainReport::new(Role::Obu, now, &status(), Some(mac(1)), &name);
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<ExplainReport>(&text).unwrap(), report);
        let mut counters = Counters::default();
        counters.drop(DropReason::Truncated);
        counters.data_sent = 5;
        let report = CountersReport::new(&counters);
        assert_eq!((report.drops["truncated"], report.node["data_sent"]), (1, 5));
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<CountersReport>(&text).unwrap(), report);
    }

    #[test]
    fn people_see_tables() {
        let now = Instant::from_millis(1000);
        let shown = [
            StatusReport::new(Role::Obu, 3, now, &status(), &name).render(),
            RoutesReport::new(now, &status(), &name).render(),
            ExplainReport::new(Role::Obu, now, &status(), None, &name).render(),
            CountersReport::new(&Counters::default()).render(),
        ];
        insta::assert_snapshot!(shown.join("\n----\n"));
    }
}
