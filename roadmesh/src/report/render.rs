//! Reports as tables for people.

use super::{
    CandidateReport, CountersReport, DevicesReport, DistanceReport, ExplainReport, RouteReport, RoutesReport,
    RsuReport, StatusReport, UpstreamReport, Verdict,
};
use crate::table::{NONE, columns, grouped, list, pairs, section};
use sim_lib::scenario::model::Role;
use std::collections::BTreeMap;

impl StatusReport {
    /// A fact to a line.
    pub(crate) fn render(&self) -> String {
        let named = if self.name == self.mac { String::new() } else { format!("{}, ", self.name) };
        let mut rows = vec![
            ("node", format!("{named}{} {}", role(self.role), self.mac)),
            ("up for", duration(self.uptime_s)),
            ("boot number", self.boot.to_string()),
        ];
        if self.role == Role::Obu {
            rows.push(("route", self.route.as_ref().map_or_else(|| "none".to_owned(), path)));
            rows.push(("known RSUs", names(&self.rsus)));
        }
        rows.push(("OBUs behind it", names(&self.obus)));
        rows.push(("neighbours", names(&self.neighbours)));
        rows.extend(self.devices.iter().flat_map(devices));
        section("STATUS", list(rows))
    }
}

impl RoutesReport {
    /// One table for each direction.
    pub(crate) fn render(&self) -> String {
        let upstream = self.upstream.iter().map(upstream);
        let downstream = self
            .downstream
            .iter()
            .map(|entry| vec![entry.obu.clone(), entry.via.clone(), grouped(entry.age_ms)]);
        [
            rows(
                "UPSTREAM to RSUs",
                &["RSU", "next hop", "hops", "cost", "candidates", ""],
                &["", "", "", "µs", "", ""],
                upstream,
            ),
            rows("DOWNSTREAM to OBUs", &["OBU", "next hop", "refreshed"], &["", "", "ms ago"], downstream),
        ]
        .join("\n")
    }
}

impl ExplainReport {
    /// One section for each RSU.
    pub(crate) fn render(&self) -> String {
        match (self.role, self.rsus.as_slice()) {
            (Role::Rsu, []) => "An RSU is where paths end: it chooses none.\n".to_owned(),
            (Role::Obu, []) => "No RSU has been heard.\n".to_owned(),
            (_, rsus) => rsus.iter().map(RsuReport::render).collect::<Vec<_>>().join("\n"),
        }
    }
}

impl RsuReport {
    fn render(&self) -> String {
        let used = if self.in_use { ", in use" } else { "" };
        let epoch = self.epoch.map_or_else(|| "no epoch".to_owned(), |epoch| format!("epoch {epoch}"));
        let facts = [
            ("newest heartbeat", format!("{} of {epoch}", self.heartbeat)),
            ("route", self.route.as_ref().map_or_else(|| "none".to_owned(), path)),
            ("feasibility distance", self.feasibility_distance.as_ref().map_or_else(unbounded, distance)),
        ];
        let candidates = self.candidates.iter().map(candidate);
        let names = ["neighbour", "route id", "class", "cost", "link", "total", "both ways", "heard", ""];
        let units = ["", "", "", "µs", "µs", "µs", "", "ms ago", ""];
        let title = format!("RSU {}{used}", self.rsu);
        let parts = self.candidates.iter().map(parts);
        let of = ["neighbour", "heartbeats heard", "acknowledged", "delay"];
        [
            section(&title, list(facts)),
            rows("candidates, best first", &names, &units, candidates),
            rows("what the links cost that for", &of, &["", "%", "%", "µs"], parts),
        ]
        .concat()
    }
}

impl CountersReport {
    /// One section for each place where something is counted.
    pub(crate) fn render(&self) -> String {
        let counts = |title: &str, counts: &BTreeMap<String, u64>| {
            let lines = counts.iter().map(|(name, count)| (name.as_str(), grouped(*count), ""));
            if counts.is_empty() { nothing(title) } else { section(title, pairs(lines)) }
        };
        let mut blocks = vec![counts("NODE", &self.node), counts("DROPS by reason", &self.drops)];
        if !self.devices.is_empty() {
            blocks.push(counts("DEVICES", &self.devices));
        }
        blocks.join("\n")
    }
}

fn devices(devices: &DevicesReport) -> Vec<(&'static str, String)> {
    let DevicesReport { interface, tap, tap_mac, mtu, mtu_because, addresses, tx_status } = devices;
    vec![
        ("radio", interface.clone()),
        ("TAP", format!("{tap} {tap_mac}")),
        ("MTU", format!("{mtu} ({mtu_because})")),
        ("addresses", names(addresses)),
        ("transmit status", if *tx_status { "on" } else { "off" }.to_owned()),
    ]
}

fn upstream(entry: &UpstreamReport) -> Vec<String> {
    let of_route =
        |value: fn(&RouteReport) -> String| entry.route.as_ref().map_or_else(|| NONE.to_owned(), value);
    vec![
        entry.rsu.clone(),
        of_route(|route| route.next_hop.clone()),
        of_route(|route| route.hops.to_string()),
        of_route(|route| grouped(route.cost_us.into())),
        entry.candidates.to_string(),
        if entry.in_use { "in use" } else { "" }.to_owned(),
    ]
}

fn candidate(candidate: &CandidateReport) -> Vec<String> {
    let cost = |cost: Option<u32>| cost.map_or_else(|| NONE.to_owned(), |cost| grouped(cost.into()));
    vec![
        candidate.neighbour.clone(),
        candidate.route_id.to_string(),
        candidate.class.to_string(),
        cost(candidate.cost_us),
        grouped(candidate.link_cost_us.into()),
        cost(candidate.total_us),
        if candidate.confirmed { "yes" } else { "no" }.to_owned(),
        grouped(candidate.heard_ms_ago),
        verdict(candidate.verdict).to_owned(),
    ]
}

fn parts(candidate: &CandidateReport) -> Vec<String> {
    let percent = |share: f32| format!("{share:.1}");
    vec![
        candidate.neighbour.clone(),
        percent(candidate.heartbeats_percent),
        candidate.acknowledged_percent.map_or_else(|| NONE.to_owned(), percent),
        format!("{:.0}", candidate.delay_us),
    ]
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Won => "won",
        Verdict::Spare => "spare",
        Verdict::NotFeasible => "not feasible",
        Verdict::NoRoute => "no route",
    }
}

fn path(route: &RouteReport) -> String {
    let RouteReport { rsu, next_hop, hops, cost_us } = route;
    let hops = if *hops == 1 { "1 hop".to_owned() } else { format!("{hops} hops") };
    format!("RSU {rsu} via {next_hop}, {hops}, {} µs", grouped((*cost_us).into()))
}

fn distance(distance: &DistanceReport) -> String {
    let DistanceReport { epoch, route_id, class, cost_us } = distance;
    format!("epoch {epoch}, route id {route_id}, class {class}, {} µs", grouped((*cost_us).into()))
}

/// Where nothing was advertised yet, every advert will do.
fn unbounded() -> String {
    "none: nothing was advertised yet".to_owned()
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Obu => "OBU",
        Role::Rsu => "RSU",
    }
}

fn names(names: &[String]) -> String {
    if names.is_empty() { NONE.to_owned() } else { names.join(", ") }
}

/// `3 d 04:05:06`
fn duration(seconds: f64) -> String {
    let seconds = seconds as u64;
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    match seconds / 86_400 {
        0 => clock,
        days => format!("{days} d {clock}"),
    }
}

/// A header, and a line for each row.
fn rows(title: &str, names: &[&str], units: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = columns(names, units);
    rows.into_iter().for_each(|row| table.add_row(row));
    if table.is_empty() { nothing(title) } else { section(title, table) }
}

fn nothing(title: &str) -> String {
    format!("{title}\n none\n")
}
