//! Looking at the world: samples, rows of seconds, counts.

use super::World;
use super::channel::Channel;
use super::counts::{Named, NodeCounts, RadioCounts};
use super::events::What;
use super::machine::Machine;
use super::queue::EVERYTHING;
use super::samples::{SAMPLING, Sample};
use super::traffic::Direction;
use crate::error::SimError;
use crate::results::SecondRow;
use node_lib::time::Instant;
use radio_lib::Kind;

/// What happened in the current second.
#[derive(Debug, Default)]
pub(super) struct Second {
    sent: [u64; 2],
    delivered: [u64; 2],
    pub(super) route_changes: u64,
    /// Totals at its beginning.
    radio: RadioCounts,
    drops: u64,
}

/// Counts at the end of the warm-up.
#[derive(Debug, Default)]
pub(super) struct Baseline {
    pub(super) named: Named,
    pub(super) radio: RadioCounts,
}

impl Second {
    /// An application sent a frame.
    #[inline]
    pub(super) fn sent(&mut self, direction: Direction) {
        self.sent[direction as usize] += 1;
    }

    /// An application got a frame.
    #[inline]
    pub(super) fn delivered(&mut self, direction: Direction) {
        self.delivered[direction as usize] += 1;
    }
}

impl World {
    /// From here on everything is measured.
    pub(super) fn warmed_up(&mut self, now: Instant) {
        self.baseline = Baseline { named: self.named(), radio: self.radio_counts() };
        self.peak = self.vehicles;
        for state in &mut self.states {
            state.seen = state.machine.is_some();
        }
        debug_assert_eq!(now, self.warmup);
    }

    pub(super) fn sample(&mut self, now: Instant) -> Result<(), SimError> {
        self.measure_channel(now);
        let (mut in_range, mut connected) = (0, 0);
        for index in 0..self.obus.len() {
            let rank = self.obus[index];
            let Some(machine) = &self.states[rank as usize].machine else { continue };
            let hops = machine.route().map(|route| route.hops);
            let sample = Sample { in_range: self.is_in_range(now, rank), hops };
            in_range += u64::from(sample.in_range);
            connected += u64::from(hops.is_some());
            if now > self.warmup {
                self.samples.add(rank, sample);
            }
        }
        if now.as_micros().is_multiple_of(1_000_000) {
            self.end_second(now, in_range, connected);
        }
        if self.is_checked() {
            self.check_sample(now)?;
        }
        self.sampled = true;
        self.push(now + SAMPLING, EVERYTHING, What::Sample)
    }

    /// Everything that was counted in nodes, radios, wire and hosts since the start.
    pub(super) fn named(&self) -> Named {
        let mut named = Named::default();
        let mut nodes: NodeCounts = self.gone.clone();
        let machines = self.states.iter().filter_map(|state| state.machine.as_ref());
        machines.for_each(|machine| nodes.add(Machine::counters(machine)));
        nodes.name(&mut named);
        self.radio_counts().name(&mut named);
        named.drop("wire", "unpowered", self.unpowered);
        if let Some(wired) = &self.wired {
            named.drop("wire", "backhaul_down", wired.cut_off);
            named.drop("wire", "too_short", wired.switch.too_short);
            named.count("wire", "flooded", wired.switch.flooded);
            named.count("wire", "filtered", wired.switch.filtered);
        }
        if let Some(channel) = &self.channel {
            named.count("radio", "deferred", channel.deferred);
            named.drop("radio", "deferred_lost_on_down", channel.deferred_lost);
        }
        named.drop("host", "corrupted", self.traffic.corrupted);
        named.drop("host", "not_for_us", self.traffic.not_for_us);
        named.count("host", "foreign", self.traffic.foreign);
        named
    }

    /// Everything that radios counted since the start.
    pub(super) fn radio_counts(&self) -> RadioCounts {
        let mut sum = RadioCounts::default();
        for radio in self.parties.iter().filter_map(|party| party.radio) {
            sum.add(self.medium.stats(radio));
        }
        sum
    }

    fn is_in_range(&mut self, now: Instant, rank: u32) -> bool {
        let Some(vehicle) = self.parties[rank as usize].radio else { return false };
        let (states, parties, range) = (&self.states, &self.parties, &mut self.range);
        let (medium, places) = (&self.medium, &self.places);
        self.rsus.iter().any(|rsu| {
            let up = states[*rsu as usize].machine.is_some();
            let radio = parties[*rsu as usize].radio.filter(|_| up);
            radio.is_some_and(|rsu| range.reaches(medium, places, now, rsu, vehicle))
        })
    }

    fn end_second(&mut self, now: Instant, in_range: u64, connected: u64) {
        let (air, drops) = (self.radio_counts(), self.named().dropped());
        let next = Second { radio: air.clone(), drops, ..Second::default() };
        let past = std::mem::replace(&mut self.second, next);
        let millis = |kinds: &[Kind]| air.since(&past.radio, kinds).with_acks().as_nanos() as f64 / 1e6;
        let channel = self.channel.as_mut().map(Channel::end_second).unwrap_or_default();
        self.row = Some(SecondRow {
            second: now.as_micros() / 1_000_000,
            vehicles: self.vehicles,
            in_range,
            connected,
            up_sent: past.sent[0],
            up_delivered: past.delivered[0],
            down_sent: past.sent[1],
            down_delivered: past.delivered[1],
            route_changes: past.route_changes,
            control_airtime_ms: millis(&Kind::CONTROL),
            relays_airtime_ms: millis(&[Kind::Relay]),
            replies_airtime_ms: millis(&[Kind::Reply]),
            beacons_airtime_ms: millis(&[Kind::Beacon]),
            data_airtime_ms: millis(&[Kind::Data]),
            drops: drops - past.drops,
            cbr_mean: channel.mean,
            cbr_p95: channel.p95,
            cbr_max: channel.max,
        });
    }
}
