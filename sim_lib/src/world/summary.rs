//! The figures of a run.

use super::channel::Channel;
use super::latency::Latencies;
use super::stream::{SETTLE, Settled, Stream};
use super::traffic::{Direction, Flow, Leg};
use super::{Outcome, World};
use crate::results::{Air, AirUse, Delivery, FlowRow, LatencyRow, Summary, ratio};
use radio_lib::Kind;
use std::time::Duration;

/// The figures up to the present.
pub(super) fn outcome(world: &mut World, partial: bool) -> Outcome {
    let now = world.now();
    world.traffic.settle(now);
    let measured = now.since(world.warmup);
    let sending = measured.saturating_sub(SETTLE);
    let flows = &world.traffic.flows;
    let [failovers, handovers, outages] = world.watcher.results(&world.traffic);
    let (convergence, convergence_by_hops) = world.convergence.results();
    let samples = &world.samples;
    let (stays_in_range, stays_without_route) = samples.stays();
    let up_now = world.states.iter().filter(|state| state.machine.is_some());
    let node_time = world.node_time + up_now.map(|state| now.since(state.since.max(world.warmup))).sum();
    let air = world.radio_counts();
    let air_use = |kinds: &[Kind]| {
        let sent = air.since(&world.baseline.radio, kinds);
        AirUse {
            channel_share: share(sent.with_acks(), measured),
            node_share: share(sent.with_acks(), node_time),
            frames_per_node_s: per_second(sent.frames, node_time),
            bytes_per_node_s: per_second(sent.bytes, node_time),
        }
    };
    let named = world.named().since(&world.baseline.named);
    let mut counters = named.counters;
    let reordered = legs(flows).map(|leg| leg.stream.reordered).sum();
    if reordered > 0 {
        counters.insert("host.reordered".to_owned(), reordered);
    }
    let weighted = (1..).zip(&samples.hops).map(|(hops, count): (u64, _)| hops * count).sum::<u64>();
    let one_way = |wanted| legs(flows).filter(move |leg| leg.direction == wanted).map(Part::of);
    let (up, up_latency) = delivery(one_way(Direction::Up), sending);
    let (down, down_latency) = delivery(one_way(Direction::Down), sending);
    let (round_trip, round_trip_latency) = delivery(flows.iter().filter_map(Part::of_round_trip), sending);
    let latency = [("up", up_latency), ("down", down_latency), ("round_trip", round_trip_latency)];
    let beacons = world.beacons.as_ref().map(|beacons| beacons.figures(now));
    let summary = Summary {
        partial,
        simulated_s: now.as_secs_f64(),
        warmup_s: world.warmup.as_secs_f64(),
        vehicles: world.obus.iter().filter(|rank| world.states[**rank as usize].seen).count() as u64,
        vehicles_peak: world.peak,
        rsus: world.rsus.len() as u64,
        in_range_share: ratio(samples.in_range, samples.all),
        connected_in_range_share: ratio(samples.connected_in_range, samples.in_range),
        connected_share: ratio(samples.connected, samples.all),
        stays_in_range,
        stays_without_route,
        up,
        down,
        round_trip,
        hops_mean: ratio(weighted, samples.connected),
        hops_share: samples.hops.iter().filter_map(|count| ratio(*count, samples.connected)).collect(),
        convergence,
        convergence_by_hops,
        route_changes: world.watcher.changes,
        failovers,
        handovers,
        outages,
        beacons: beacons.as_ref().map(|(figures, ..)| figures.clone()),
        channel: world.channel.as_ref().map(Channel::figures),
        air: Air {
            heartbeats: air_use(&[Kind::Heartbeat]),
            relays: air_use(&[Kind::Relay]),
            replies: air_use(&[Kind::Reply]),
            other: air_use(&[Kind::OtherControl]),
            control: air_use(&Kind::CONTROL),
            beacons: air_use(&[Kind::Beacon]),
            data: air_use(&[Kind::Data]),
        },
        drops: named.drops,
        counters,
    };
    let rows = world.traffic.in_order(world.parties.places()).flat_map(|flow| rows(world, flow)).collect();
    let latency = latency.iter().flat_map(|(direction, times)| latency_rows(direction, times)).collect();
    let (_, beacons, gaps) = beacons.unwrap_or_default();
    Outcome { summary, flows: rows, latency, beacons, gaps, events: world.events }
}

fn legs(flows: &[Flow]) -> impl Iterator<Item = &Leg> {
    flows.iter().flat_map(Flow::legs)
}

/// What one stream adds to a [`Delivery`].
struct Part<'a> {
    stream: &'a Stream,
    /// Payload of each frame, bytes.
    size: usize,
}

impl<'a> Part<'a> {
    fn of(leg: &'a Leg) -> Self {
        Part { stream: &leg.stream, size: leg.size }
    }

    fn of_round_trip(flow: &'a Flow) -> Option<Self> {
        flow.back.as_ref().map(|(leg, round_trip)| Part { stream: round_trip, size: leg.size })
    }
}

fn delivery<'a>(parts: impl Iterator<Item = Part<'a>>, sending: Duration) -> (Delivery, Latencies) {
    let mut sum = Settled::default();
    let (mut repeated, mut bytes) = (0, 0);
    for Part { stream, size } in parts {
        sum.add(&stream.settled);
        repeated += stream.repeated;
        bytes += stream.settled.delivered * size as u64;
    }
    let delivery = Delivery {
        sent: sum.sent,
        delivered: sum.delivered,
        ratio: ratio(sum.delivered, sum.sent),
        repeated,
        goodput_bps: per_second(bytes * 8, sending).unwrap_or(0.0),
        latency: sum.latency.quantiles(),
    };
    (delivery, sum.latency)
}

fn latency_rows(direction: &'static str, times: &Latencies) -> impl Iterator<Item = LatencyRow> {
    times.steps().into_iter().map(move |(up_to_ms, frames)| LatencyRow { direction, up_to_ms, frames })
}

fn rows(world: &World, flow: &Flow) -> Vec<FlowRow> {
    let [from, to] = flow.ends.map(|end| end.party as usize);
    let row = |from: usize, to: usize, direction, stream: &Stream| {
        let latency = stream.settled.latency.quantiles();
        FlowRow {
            flow: flow.name.clone(),
            from: world.parties[from].name.clone(),
            to: world.parties[to].name.clone(),
            direction,
            sent: stream.settled.sent,
            delivered: stream.settled.delivered,
            repeated: stream.repeated,
            latency_median_ms: latency.median_ms,
            latency_p95_ms: latency.p95_ms,
            latency_p99_ms: latency.p99_ms,
        }
    };
    match &flow.back {
        None => {
            vec![row(from, to, flow.forward.direction.name(), &flow.forward.stream)]
        }
        Some((back, round_trip)) => vec![
            row(from, to, "request", &flow.forward.stream),
            row(to, from, "response", &back.stream),
            row(from, to, "round_trip", round_trip),
        ],
    }
}

fn share(part: Duration, whole: Duration) -> Option<f64> {
    (!whole.is_zero()).then(|| part.as_secs_f64() / whole.as_secs_f64())
}

fn per_second(count: u64, time: Duration) -> Option<f64> {
    (!time.is_zero()).then(|| count as f64 / time.as_secs_f64())
}
