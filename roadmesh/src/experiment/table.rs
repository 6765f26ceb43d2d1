//! What several runs say together, as a table of at most 80 columns.

use super::estimate::Estimate;
use super::folder::Together;
use super::pooled::{KINDS, Pooled};
use crate::table::{NONE, Section, Table, columns, grouped, no_drops, optional, short};
use std::path::Path;
use std::time::Duration;

/// The whole table, with the folder at the end.
pub(crate) fn render(together: &Together, wanted: usize, interval: Duration, folder: &Path) -> String {
    let mut text = format!("{}, {}\n{MEANS}\n", together.name, which(together));
    if together.partial {
        text.push_str(&format!(
            "PARTIAL: {wanted} runs were wanted; those that did not reach their end are left out.\n"
        ));
    }
    if !together.distorted.is_empty() {
        text.push_str(&format!(
            "DISTORTED: this machine did not keep up in {} of the runs. Their figures are its doing\n\
             as much as the network's.\n",
            together.distorted.len()
        ));
    }
    for section in sections(together, interval) {
        text.push('\n');
        text.push_str(&section.text());
    }
    text.push_str(&format!("\nResults: {}\n", folder.display()));
    text
}

/// Which runs there were.
pub(crate) fn which(together: &Together) -> String {
    match together.seeds.as_slice() {
        [first, .., last] => format!("{} runs, seeds {first} to {last}", together.seeds.len()),
        [only] => format!("one run, seed {only}"),
        [] => "no run".to_owned(),
    }
}

/// The figures with their intervals; `interval` is that of heartbeats.
pub(crate) fn sections(together: &Together, interval: Duration) -> Vec<Section> {
    let mut drops: Vec<(&str, &Estimate)> = together
        .figures
        .iter()
        .filter_map(|(name, estimate)| Some((name.strip_prefix("drops.")?, estimate)))
        .collect();
    drops.sort_by(|(a, x), (b, y)| y.mean.total_cmp(&x.mean).then(a.cmp(b)));
    let drops = match drops.is_empty() {
        true => no_drops(),
        false => {
            let mut table = headed();
            for (name, estimate) in drops {
                add(&mut table, name, Some(estimate), 1.0, "");
            }
            Section::new("DROPS by layer and reason", [table])
        }
    };
    let has_any = |rows: &[Row]| rows.iter().any(|(_, figure, ..)| together.figures.contains_key(*figure));
    let live = has_any(LIVE).then_some(("LIVE: whether this machine kept up", LIVE));
    let beacons = has_any(&BEACONS[..1]).then_some(("BEACONS, over all distances", BEACONS));
    let channel = has_any(CHANNEL).then_some(("CHANNEL busy, of 100 ms at each radio", CHANNEL));
    let titled = live.into_iter().chain(SECTIONS).chain(beacons).chain(channel);
    let sections = titled.map(|(title, rows)| Section::new(title, [table_of(together, rows)]));
    let blackouts = Section::new("BLACKOUTS of all runs together", [blackouts(together)]);
    let mut pooled = vec![blackouts];
    if !together.convergence.is_empty() {
        pooled.push(Section::new("CONVERGENCE of all runs together", [convergence(together, interval)]));
    }
    pooled.last_mut().into_iter().for_each(|last| last.note = Some(INTERVALS));
    sections.chain(pooled).chain([drops]).collect()
}

/// One row for each kind of interruption.
fn blackouts(together: &Together) -> Table {
    let mut table = columns(&["", "measured", "median", "p95", "from", "to", "p99", "max", ""], &[]);
    for kind in KINDS {
        let times = together.pooled.get(kind).cloned().unwrap_or_default();
        table.add_row([vec![format!("{kind}s")], times_of(&times), vec!["ms".to_owned()]].concat());
    }
    table
}

/// One row for each number of hops, with what the protocol has to keep beside it.
fn convergence(together: &Together, interval: Duration) -> Table {
    let mut table = columns(
        &["", "measured", "median", "p95", "from", "to", "p99", "max", "bound", ""],
        &["", "", "", "", "", "", "", "", "of p95", ""],
    );
    for (hops, times) in &together.convergence {
        let bound = interval * 2 + A_HOP * *hops as u32;
        let name = format!("{hops} hop{}", if *hops == 1 { "" } else { "s" });
        let bound = optional(Some(bound.as_secs_f64() * 1000.0));
        table.add_row([vec![name], times_of(times), vec![bound, "ms".to_owned()]].concat());
    }
    table
}

fn times_of(times: &Pooled) -> Vec<String> {
    let Pooled { measured, median_ms, p95_ms, p95_from_ms, p95_to_ms, p99_ms, max_ms } = times;
    let times = [median_ms, p95_ms, p95_from_ms, p95_to_ms, p99_ms, max_ms].map(|time| optional(*time));
    [vec![grouped(*measured as u64)], times.to_vec()].concat()
}

/// A name, a figure, what it is multiplied by, and its unit.
type Row = (&'static str, &'static str, f64, &'static str);

fn table_of(together: &Together, rows: &[Row]) -> Table {
    let mut table = headed();
    for (name, figure, scale, unit) in rows {
        add(&mut table, name, together.figures.get(*figure), *scale, unit);
    }
    table
}

fn headed() -> Table {
    columns(&["", "mean", "±", "least", "most", ""], &[])
}

/// Mean, half of the interval's width, least and most; `scale` is what they are multiplied by.
pub(crate) fn cells(estimate: Option<&Estimate>, scale: f64) -> [String; 4] {
    // Shares are often so near to all that three digits would be those of 100.
    let number = |value: f64| match scale {
        PERCENT => format!("{:.3}", value * scale),
        _ => short(value * scale),
    };
    match estimate {
        Some(Estimate { mean, half_width, min, max, .. }) => {
            [number(*mean), half_width.map_or_else(|| NONE.to_owned(), number), number(*min), number(*max)]
        }
        None => [NONE; 4].map(str::to_owned),
    }
}

/// What shares are multiplied by.
const PERCENT: f64 = 100.0;

/// What a figure is multiplied by to be shown, and its unit then; 1 and none for those that no table of ours shows.
pub(crate) fn described(figure: &str) -> (f64, &'static str) {
    let rows = SECTIONS.iter().flat_map(|(_, rows)| *rows).chain(BEACONS).chain(CHANNEL);
    let mut ours = rows.filter(|(_, name, ..)| *name == figure).map(|(_, _, scale, unit)| (*scale, *unit));
    ours.next().unwrap_or((1.0, ""))
}

fn add(table: &mut Table, name: &str, estimate: Option<&Estimate>, scale: f64, unit: &str) {
    let [mean, half, min, max] = cells(estimate, scale);
    table.add_row([name.to_owned(), mean, half, min, max, unit.to_owned()]);
}

const LIVE: &[Row] = &[
    ("late, median", "lateness.median_ms", 1.0, "ms"),
    ("late, 99 %", "lateness.p99_ms", 1.0, "ms"),
    ("late, worst", "lateness.max_ms", 1.0, "ms"),
    ("everything behind the clock for", "behind_ms", 1.0, "ms"),
    ("frames dropped by this machine", "host_drops", 1.0, ""),
];

const BEACONS: &[Row] = &[
    ("sent a second and sender", "beacons.per_sender_s", 1.0, ""),
    ("airtime of all nodes", "air.beacons.channel_share", PERCENT, "%"),
    ("received, of radios in reach", "beacons.ratio", PERCENT, "%"),
    ("gap between two receptions, mean", "beacons.gaps.mean_ms", 1.0, "ms"),
    ("gap, median", "beacons.gaps.median_ms", 1.0, "ms"),
    ("gap, 95 %", "beacons.gaps.p95_ms", 1.0, "ms"),
    ("gap, 99 %", "beacons.gaps.p99_ms", 1.0, "ms"),
];

const CHANNEL: &[Row] = &[
    ("mean", "channel.mean", PERCENT, "%"),
    ("95 %", "channel.p95", PERCENT, "%"),
    ("most", "channel.max", PERCENT, "%"),
];

/// What the figures are.
pub(crate) const MEANS: &str =
    "Means over the runs with their 95 % confidence intervals (Student's t), least and most.";
const INTERVALS: &str = "from, to: the 95 % confidence interval of the p95, by order statistics.";

/// A first route is to be found within two heartbeat intervals and this for each hop.
const A_HOP: Duration = Duration::from_millis(20);

const SECTIONS: [(&str, &[Row]); 5] = [
    (
        "VEHICLES",
        &[
            ("vehicles in all", "vehicles", 1.0, ""),
            ("time within one hop of an RSU", "in_range_share", 100.0, "%"),
            ("connected share of that time", "connected_in_range_share", 100.0, "%"),
            ("connected share of all time", "connected_share", 100.0, "%"),
            ("stays in range without any route", "stays_without_route", 1.0, ""),
        ],
    ),
    (
        "DELIVERY and latency, from application to application",
        &[
            ("up", "up.ratio", 100.0, "%"),
            ("up, median", "up.latency.median_ms", 1.0, "ms"),
            ("up, p95", "up.latency.p95_ms", 1.0, "ms"),
            ("up, p99", "up.latency.p99_ms", 1.0, "ms"),
            ("down", "down.ratio", 100.0, "%"),
            ("down, median", "down.latency.median_ms", 1.0, "ms"),
            ("down, p95", "down.latency.p95_ms", 1.0, "ms"),
            ("down, p99", "down.latency.p99_ms", 1.0, "ms"),
            ("round trip", "round_trip.ratio", 100.0, "%"),
            ("round trip, median", "round_trip.latency.median_ms", 1.0, "ms"),
            ("round trip, p95", "round_trip.latency.p95_ms", 1.0, "ms"),
            ("frames repeated, up", "up.repeated", 1.0, ""),
            ("frames repeated, down", "down.repeated", 1.0, ""),
        ],
    ),
    (
        "ROUTES",
        &[("mean hops to the RSU", "hops_mean", 1.0, ""), ("route changes", "route_changes", 1.0, "")],
    ),
    (
        "INTERRUPTIONS, by run",
        &[
            ("failovers", "failovers.count", 1.0, ""),
            ("failovers, blackout, p95", "failovers.blackout.p95_ms", 1.0, "ms"),
            ("failovers, frames lost", "failovers.lost", 1.0, ""),
            ("handovers", "handovers.count", 1.0, ""),
            ("handovers, blackout, p95", "handovers.blackout.p95_ms", 1.0, "ms"),
            ("handovers, frames lost", "handovers.lost", 1.0, ""),
            ("outages", "outages.count", 1.0, ""),
            ("outages, blackout, p95", "outages.blackout.p95_ms", 1.0, "ms"),
        ],
    ),
    (
        "AIR",
        &[
            ("heartbeats, airtime of all nodes", "air.heartbeats.channel_share", 100.0, "%"),
            ("relays, airtime of all nodes", "air.relays.channel_share", 100.0, "%"),
            ("replies, airtime of all nodes", "air.replies.channel_share", 100.0, "%"),
            ("other control, airtime of all nodes", "air.other.channel_share", 100.0, "%"),
            ("control in all, airtime of all nodes", "air.control.channel_share", 100.0, "%"),
            ("control in all, mean per node", "air.control.node_share", 100.0, "%"),
            ("relays, mean per node", "air.relays.frames_per_node_s", 1.0, "/s"),
            ("replies, mean per node", "air.replies.bytes_per_node_s", 1.0, "B/s"),
            ("data, mean per node", "air.data.node_share", 100.0, "%"),
        ],
    ),
];
