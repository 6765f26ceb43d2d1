//! The beacon application: who sends, who receives, and how well.
//!
//! Beacons go from a node's application straight to its radio, and from radios straight to the books: no node sees them.
//! Nothing comes of a reception but what is counted, so the receptions of a broadcast are booked when the radio tells of them,
//! with the time at which each arrives, and are no events of their own.

mod content;
mod delivery;
mod gaps;
mod sender;

pub(crate) use sender::Sender;

use super::events::What;
use super::stream::SETTLE;
use super::{Places, World};
use crate::error::SimError;
use crate::results::{BeaconFigures, BeaconRow, GapRow, ratio};
use crate::scenario::beacons::BeaconsSpec;
use content::{Content, Measured};
use delivery::DeliveryBooks;
use gaps::GapBooks;
use node_lib::time::Instant;
use radio_lib::{Locations, Medium, RadioId};
use std::time::Duration;

/// All beacons of a run.
#[derive(Debug)]
pub(super) struct Beacons {
    /// By radio.
    senders: Vec<Option<Sender>>,
    /// Those sent from here ...
    from: Instant,
    /// ... to here are measured.
    to: Instant,
    one_in: u32,
    spec: BeaconsSpec,
    delivery: DeliveryBooks,
    gaps: GapBooks,
    /// Of those that are measured for gaps at least.
    sent: u64,
    /// How long nodes that are down have sent.
    time: Duration,
    /// Reused from beacon to beacon.
    around: Vec<RadioId>,
}

impl Beacons {
    /// For the senders by radio. What is sent during the warm-up or in the last second is not measured.
    pub(super) fn new(
        spec: &BeaconsSpec,
        senders: Vec<Option<Sender>>,
        medium: &Medium,
        [warmup, end]: [Instant; 2],
    ) -> Beacons {
        let radios = senders.len();
        Beacons {
            senders,
            from: warmup,
            to: Instant::ZERO + end.since(Instant::ZERO).saturating_sub(SETTLE),
            one_in: spec.measure_one_in,
            delivery: DeliveryBooks::new(spec.delivery_step, medium.cutoff_m()),
            gaps: GapBooks::new(radios, spec.gap_band, medium.cutoff_m()),
            spec: spec.clone(),
            sent: 0,
            time: Duration::ZERO,
            around: Vec::new(),
        }
    }

    /// One radio more, and what it sends.
    pub(super) fn add(&mut self, sender: Option<Sender>) {
        self.senders.push(sender);
        self.gaps.add();
    }

    /// A radio receives a beacon.
    #[inline]
    pub(super) fn receive(&mut self, places: &Places, beacon: &Content, at: Instant, receiver: RadioId) {
        if beacon.measured == Measured::Not {
            return;
        }
        let distance = distance(places, beacon.place, receiver, beacon.sent);
        if beacon.measured == Measured::Delivery {
            self.delivery.received(distance);
        }
        self.gaps.heard(beacon.sender, receiver, at, distance);
    }

    /// The beacon in a frame, if it is one of ours.
    #[inline]
    pub(super) fn read(&self, frame: &[u8]) -> Option<Content> {
        let content = Content::of(frame)?;
        let sender = self.senders.get(content.sender.0 as usize)?;
        sender.is_some().then_some(content)
    }

    /// The figures up to the present.
    pub(super) fn figures(&self, now: Instant) -> (BeaconFigures, Vec<BeaconRow>, Vec<GapRow>) {
        let rows: Vec<BeaconRow> = self.delivery.rows().collect();
        let sending = self.senders.iter().flatten().map(|sender| sender.time(now, self.from, self.to));
        let time = (self.time + sending.sum()).as_secs_f64();
        let figures = BeaconFigures {
            sent: self.sent,
            per_sender_s: (time > 0.0).then(|| self.sent as f64 / time),
            around: self.delivery.all.around,
            received: self.delivery.all.received,
            ratio: ratio(self.delivery.all.received, self.delivery.all.around),
            ratio_by_distance: rows.iter().map(|row| row.ratio).collect(),
            gaps: self.gaps.all(),
            gaps_by_distance: self.gaps.by_band().collect(),
        };
        let band = self.spec.gap_band;
        let gaps = (0..).zip(&figures.gaps_by_distance).map(|(index, gaps)| GapRow {
            from_m: f64::from(index) * band,
            to_m: f64::from(index + 1) * band,
            gaps: gaps.times.count,
            mean_ms: gaps.mean_ms,
            median_ms: gaps.times.median_ms,
            p95_ms: gaps.times.p95_ms,
            p99_ms: gaps.times.p99_ms,
            max_ms: gaps.times.max_ms,
        });
        let gaps = gaps.collect();
        (figures, rows, gaps)
    }
}

impl World {
    /// A node came up.
    pub(super) fn begin_beacons(&mut self, now: Instant, rank: u32, radio: RadioId) -> Result<(), SimError> {
        let boot = self.states[rank as usize].boot;
        let Some(beacons) = &mut self.beacons else { return Ok(()) };
        let Some(sender) = &mut beacons.senders[radio.0 as usize] else { return Ok(()) };
        match sender.begin(now, boot) {
            Some(at) => self.push(at, rank, What::Beacon(boot)),
            None => Ok(()),
        }
    }

    /// A node went down.
    pub(super) fn end_beacons(&mut self, now: Instant, radio: RadioId) {
        let Some(beacons) = &mut self.beacons else { return };
        beacons.gaps.forget(radio);
        if let Some(sender) = &mut beacons.senders[radio.0 as usize] {
            beacons.time += sender.end(now, beacons.from, beacons.to);
        }
    }

    /// A node's beacon is due, if this is still the same life of it.
    pub(super) fn beacon(&mut self, now: Instant, rank: u32, boot: u32) -> Result<(), SimError> {
        let (party, state) = (&self.parties[rank as usize], &self.states[rank as usize]);
        let (Some(radio), Some(beacons)) = (party.radio, &mut self.beacons) else { return Ok(()) };
        let Some(sender) = &mut beacons.senders[radio.0 as usize] else { return Ok(()) };
        if state.machine.is_none() || state.boot != boot {
            return Ok(());
        }
        let allowed = self.channel.as_ref().map_or(Duration::ZERO, |channel| {
            let airtime = self.medium.airtime(content::ETHERNET_HEADER + sender.size, sender.category);
            channel.interval(radio, airtime.unwrap_or_default())
        });
        let (chosen, next) = sender.sent(now, beacons.one_in, allowed);
        let timely = beacons.from <= now && now < beacons.to;
        let measured = match (timely, chosen) {
            (false, _) => Measured::Not,
            (true, false) => Measured::Gaps,
            (true, true) => Measured::Delivery,
        };
        let place = self.places.position(radio, now).unwrap_or([f64::NAN; 2]);
        let content = Content { sender: radio, sent: now, place, measured };
        let mut frame = content.frame(super::address::radio_mac(&party.name), sender.size);
        frame.category = sender.category;
        beacons.sent += u64::from(timely);
        if measured == Measured::Delivery {
            self.medium.neighbours_in_range(radio, now, &self.places, &mut beacons.around);
            for other in beacons.around.iter() {
                beacons.delivery.around(distance(&self.places, place, *other, now));
            }
        }
        if let Some(next) = next {
            self.push(next, rank, What::Beacon(boot))?;
        }
        self.medium.send(now, radio, frame, &self.places, &mut self.effects);
        self.enqueue_effects()
    }
}

/// How far a radio was from a place, metres; `None` if either is nowhere.
#[inline]
fn distance(places: &Places, from: [f64; 2], radio: RadioId, at: Instant) -> Option<f64> {
    let [x, y] = places.past_position(radio, at)?;
    let squared = (x - from[0]) * (x - from[0]) + (y - from[1]) * (y - from[1]);
    (!squared.is_nan()).then(|| squared.sqrt())
}
