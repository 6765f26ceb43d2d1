//! The figures of a run in tables, for terminals of 80 columns and for pages.

mod grid;

pub(crate) use grid::{Cell, Section, Table, columns, left, list, pairs, section, text};

use grid::red;
use sim_lib::fidelity::Verdict;
use sim_lib::recorder::{SummaryFile, Timing};
use sim_lib::results::{
    Air, AirUse, AppFigures, BeaconFigures, ChannelLoad, Delivery, Gaps, Interruptions, LiveFigures,
    Quantiles, Summary,
};
use std::cmp::Reverse;
use std::path::Path;

/// The whole table for a terminal, with the results folder at the end.
pub(crate) fn render(file: &SummaryFile<'_>, timing: &Timing, folder: &Path, replaced: bool) -> String {
    let note = if replaced { " (older results there were replaced)" } else { "" };
    let mut blocks = vec![heading(file, timing)];
    if file.live.is_some_and(|live| live.fidelity.distorted) {
        blocks.push(format!("{}\n", red(DISTORTED)));
    }
    blocks.extend(sections(file.summary, file.live).iter().map(Section::text));
    blocks.push(format!("Results: {}{note}\n", folder.display()));
    blocks.join("\n")
}

/// The figures, and what a live run adds.
pub(crate) fn sections(summary: &Summary, live: Option<&LiveFigures>) -> Vec<Section> {
    let live = live.map(|figures| Section::new("LIVE: whether this machine kept up", self::live(figures)));
    let before = [
        Section::new("VEHICLES", [vehicles(summary)]),
        Section::new("DELIVERY and latency, from application to application", [delivery(summary)]),
        Section::new("ROUTES", [routes(summary)]),
    ];
    let after = [
        Section::new("INTERRUPTIONS and the blackout of running traffic", interruptions(summary)),
        Section::new("AIR, acknowledgements included", [air(summary)]),
        drops(summary),
    ];
    let beacons = summary.beacons.as_ref().map(beacons);
    let channel = summary.channel.as_ref().map(channel);
    live.into_iter()
        .chain(before)
        .chain(convergence(summary))
        .chain(beacons)
        .chain(channel)
        .chain(after)
        .collect()
}

fn heading(file: &SummaryFile<'_>, timing: &Timing) -> String {
    let SummaryFile { name, seed, summary, .. } = file;
    let simulated_s = summary.simulated_s;
    let mut lines = vec![format!("{name}, seed {seed}")];
    lines.push(match timing.simulated_s_per_s {
        _ if file.live.is_some() => format!("{} s live", short(simulated_s)),
        Some(speed) => format!(
            "{} s simulated in {} s: {} simulated seconds per second",
            short(simulated_s),
            short(timing.wall_s),
            short(speed)
        ),
        None => format!("{} s simulated", short(simulated_s)),
    });
    lines.push(measured(summary));
    if summary.partial {
        lines.push(PARTIAL.to_owned());
    }
    lines.push(String::new());
    lines.join("\n")
}

/// What of the run the figures are of.
pub(crate) fn measured(summary: &Summary) -> String {
    let Summary { simulated_s, warmup_s, .. } = summary;
    if simulated_s > warmup_s {
        format!(
            "Measured from {} s to {} s: the warm-up of {} s is left out, and so are\n\
             frames sent in the last second, which had no full second to arrive.",
            short(*warmup_s),
            short(*simulated_s),
            short(*warmup_s)
        )
    } else {
        format!("Nothing was measured: it ended before the warm-up of {} s was over.", short(*warmup_s))
    }
}

/// Whether this machine kept up, and what became of the programs.
fn live(live: &LiveFigures) -> Vec<Table> {
    let Verdict { distorted: _, lateness, late_seconds, behind_ms, seconds, tolerance_ms, host_drops } =
        &live.fidelity;
    let [median, _, p99, max] = quantiles(lateness);
    let late = format!("seconds later than {} ms", short(*tolerance_ms));
    let mut tables = vec![pairs([
        ("deliveries to live hosts", grouped(lateness.count), ""),
        ("late, median", median, "ms"),
        ("late, 99 %", p99, "ms"),
        ("late, worst", max, "ms"),
        ("everything behind the clock for", short(*behind_ms), "ms"),
        (late.as_str(), grouped(*late_seconds), ""),
        ("of", grouped(*seconds), ""),
        ("frames dropped by this machine", grouped(*host_drops), ""),
    ])];
    if !live.apps.is_empty() {
        let mut programs = left(&["PROGRAM", "NODE", "STARTS", "EXIT", ""]);
        for AppFigures { app, node, starts, exit, as_expected } in &live.apps {
            let exit = exit.map_or_else(|| NONE.to_owned(), |exit| exit.to_string());
            let verdict = if *as_expected { "".into() } else { Cell::alarm("not as expected") };
            programs.add_row([app.into(), node.into(), starts.to_string().into(), exit.into(), verdict]);
        }
        tables.push(programs);
    }
    tables
}

fn vehicles(summary: &Summary) -> Table {
    pairs([
        ("vehicles in all", grouped(summary.vehicles), ""),
        ("most at once", grouped(summary.vehicles_peak), ""),
        ("RSUs", grouped(summary.rsus), ""),
        ("time within one hop of an RSU", percent(summary.in_range_share), "%"),
        ("connected share of that time", percent(summary.connected_in_range_share), "%"),
        ("connected share of all time", percent(summary.connected_share), "%"),
        ("stays in range, 3 s or longer", grouped(summary.stays_in_range), ""),
        ("of these without any route", grouped(summary.stays_without_route), ""),
    ])
}

fn delivery(summary: &Summary) -> Table {
    let mut table = columns(
        &["", "sent", "delivered", "ratio", "repeated", "goodput", "median", "p95", "p99"],
        &["", "", "", "%", "", "kb/s", "ms", "ms", "ms"],
    );
    for (name, delivery) in
        [("up", &summary.up), ("down", &summary.down), ("round trip", &summary.round_trip)]
    {
        let Delivery { sent, delivered, ratio, repeated, goodput_bps, latency } = delivery;
        let [median, p95, p99, _] = quantiles(latency);
        table.add_row([
            name.to_owned(),
            grouped(*sent),
            grouped(*delivered),
            percent(*ratio),
            grouped(*repeated),
            short(goodput_bps / 1e3),
            median,
            p95,
            p99,
        ]);
    }
    table
}

fn routes(summary: &Summary) -> Table {
    let hops: Vec<(String, String)> = (1..)
        .zip(&summary.hops_share)
        .filter(|(_, share)| **share > 0.0)
        .map(|(hops, share)| {
            (
                format!("connected time at {hops} hop{}", if hops == 1 { "" } else { "s" }),
                percent(Some(*share)),
            )
        })
        .collect();
    let mut rows = vec![("mean hops to the RSU", optional(summary.hops_mean), "")];
    rows.extend(hops.iter().map(|(name, share)| (name.as_str(), share.clone(), "%")));
    rows.push(("route changes", grouped(summary.route_changes), ""));
    pairs(rows)
}

/// How long first routes took, by hops; nothing where there was none.
fn convergence(summary: &Summary) -> Option<Section> {
    let mut table = columns(&["", "measured", "median", "p95", "p99", "max", ""], &[]);
    let measured = (1..).zip(&summary.convergence_by_hops).filter(|(_, times)| times.count > 0);
    for (hops, times) in measured {
        let name = format!("{hops} hop{}", if hops == 1 { "" } else { "s" });
        let times = [vec![grouped(times.count)], quantiles(times).to_vec()].concat();
        table.add_row([vec![name], times, vec!["ms".to_owned()]].concat());
    }
    let title = "CONVERGENCE: from where there could be a path to the first route";
    (summary.convergence.count > 0).then(|| Section::new(title, [table]))
}

/// How well beacons were received.
fn beacons(figures: &BeaconFigures) -> Section {
    let BeaconFigures { sent, per_sender_s, around, received, ratio, gaps, .. } = figures;
    let Gaps { mean_ms, times } = gaps;
    let [median, p95, p99, max] = quantiles(times);
    let table = pairs([
        ("sent", grouped(*sent), ""),
        ("a second and sender", optional(*per_sender_s), ""),
        ("radios in reach of those measured", grouped(*around), ""),
        ("of these, received", grouped(*received), ""),
        ("ratio", percent(*ratio), "%"),
        ("gap between two receptions, mean", optional(*mean_ms), "ms"),
        ("gap, median", median, "ms"),
        ("gap, 95 %", p95, "ms"),
        ("gap, 99 %", p99, "ms"),
        ("gap, longest", max, "ms"),
    ]);
    let mut section = Section::new("BEACONS, over all distances", [table]);
    if !figures.ratio_by_distance.is_empty() {
        section.note = Some("By distance: beacons.csv, gaps.csv and the report.");
    }
    section
}

/// How busy radios found the channel.
fn channel(load: &ChannelLoad) -> Section {
    let ChannelLoad { mean, p95, max } = load;
    let table =
        pairs([("mean", percent(*mean), "%"), ("95 %", percent(*p95), "%"), ("most", percent(*max), "%")]);
    Section::new("CHANNEL busy, of 100 ms at each radio", [table])
}

/// How long they were and what they cost; then what they consisted of.
fn interruptions(summary: &Summary) -> Vec<Table> {
    let kinds =
        [("failovers", &summary.failovers), ("handovers", &summary.handovers), ("outages", &summary.outages)];
    let mut lengths = columns(
        &["", "count", "measured", "median", "p95", "p99", "max", "lost", "p95"],
        &["", "", "", "ms", "ms", "ms", "ms", "frames", ""],
    );
    let mut parts = columns(
        &["made of", "detect", "p95", "decide", "p95", "first up", "p95", "first down", "p95"],
        &["", "ms", "", "ms", "", "ms", "", "ms", ""],
    );
    let mut measured = false;
    for (name, kind) in kinds {
        let Interruptions { count, blackout, detect, decide, first_up, first_down, lost, lost_p95 } = kind;
        let [median, p95, p99, max] = quantiles(blackout);
        let lost_p95 = lost_p95.map_or_else(|| NONE.to_owned(), grouped);
        let counts = [*count, blackout.count].map(grouped);
        let row = [counts.to_vec(), vec![median, p95, p99, max, grouped(*lost), lost_p95]].concat();
        lengths.add_row([vec![name.to_owned()], row].concat());
        if blackout.count > 0 {
            measured = true;
            let pairs = [detect, decide, first_up, first_down].map(|part| {
                let [median, p95, ..] = quantiles(part);
                [median, p95]
            });
            parts.add_row([vec![name.to_owned()], pairs.concat()].concat());
        }
    }
    if measured { vec![lengths, parts] } else { vec![lengths] }
}

fn air(summary: &Summary) -> Table {
    let mut table = columns(
        &["", "all nodes", "mean per node", "", ""],
        &["", "airtime, %", "airtime, %", "frames/s", "B/s"],
    );
    let Air { heartbeats, relays, replies, other, control, beacons, data } = &summary.air;
    let rows = [
        Some(("heartbeats of RSUs", heartbeats)),
        Some(("relays of heartbeats", relays)),
        Some(("replies", replies)),
        Some(("other control", other)),
        Some(("control in all", control)),
        summary.beacons.as_ref().map(|_| ("beacons", beacons)),
        Some(("data", data)),
    ];
    for (name, kind) in rows.into_iter().flatten() {
        let AirUse { channel_share, node_share, frames_per_node_s, bytes_per_node_s } = kind;
        table.add_row([
            name.to_owned(),
            percent(*channel_share),
            percent(*node_share),
            optional(*frames_per_node_s),
            optional(*bytes_per_node_s),
        ]);
    }
    table
}

fn drops(summary: &Summary) -> Section {
    let mut drops: Vec<_> = summary.drops.iter().collect();
    drops.sort_by_key(|(reason, count)| (Reverse(**count), *reason));
    let rows = drops.iter().map(|(reason, count)| (reason.as_str(), grouped(**count), ""));
    match drops.is_empty() {
        true => no_drops(),
        false => Section::new("DROPS by layer and reason", [pairs(rows)]),
    }
}

/// Where nothing was dropped.
pub(crate) fn no_drops() -> Section {
    Section::new("DROPS", [list([("none", String::new())])])
}

fn quantiles(quantiles: &Quantiles) -> [String; 4] {
    let Quantiles { median_ms, p95_ms, p99_ms, max_ms, .. } = quantiles;
    [*median_ms, *p95_ms, *p99_ms, *max_ms].map(optional)
}

pub(crate) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| NONE.to_owned(), |share| format!("{:.2}", share * 100.0))
}

pub(crate) fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), short)
}

/// About three digits, never an exponent.
pub(crate) fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 0.1 => format!("{value:.3}"),
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// `1 234 567`
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Where nothing was measured.
pub(crate) const NONE: &str = "-";
/// Of a run that was cut short.
pub(crate) const PARTIAL: &str = "PARTIAL: ended before its time. The figures hold for what was simulated.";
/// Of a live run on a machine that was too slow.
pub(crate) const DISTORTED: &str = "DISTORTED: this machine did not keep up. What follows is its doing as much as the\n\
    network's. Fewer live hosts, less traffic or an idle machine would help.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let numbers = [0.0, 0.01234, 0.1234, 9.999, 12.34, 1234.5];
        assert_eq!(numbers.map(short), ["0", "0.012", "0.12", "10.00", "12.3", "1234"]);
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1 000", "1 234 567"]);
    }
}
