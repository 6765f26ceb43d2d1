//! How busy radios find the channel, and how those keep it from congestion that are to.

use super::World;
use super::events::What;
use super::samples::SAMPLING;
use crate::error::SimError;
use crate::results::ChannelLoad;
use crate::scenario::beacons::CongestionControl;
use node_lib::buffer_pool::Frame;
use node_lib::time::Instant;
use radio_lib::congestion::{Controller, Limeric, MEASURING, Reactive};
use radio_lib::{Kind, Medium, RadioId};
use std::time::Duration;

/// What is known of the channel, measured with every sample.
#[derive(Debug)]
pub(super) struct Channel {
    /// By radio.
    radios: Vec<Station>,
    /// What radios measured after the warm-up.
    all: Counts,
    /// The same of the current second.
    second: Counts,
    /// Control frames that were kept back.
    pub(super) deferred: u64,
    /// Of these, frames whose node went down meanwhile.
    pub(super) deferred_lost: u64,
}

/// One radio's part.
#[derive(Debug, Default)]
struct Station {
    /// Busy time at the last sample.
    busy: Duration,
    control: Option<Controller>,
    /// When the next control frame may be sent.
    open: Instant,
    up_since: Instant,
}

/// How often each share of busy time was measured.
#[derive(Debug)]
struct Counts {
    steps: Vec<u32>,
    count: u64,
    sum: f64,
}

impl Channel {
    /// For so many radios; `None` where they don't sense the channel.
    pub(super) fn new(medium: &Medium, radios: usize, control: CongestionControl) -> Option<Channel> {
        if !medium.senses_channel() {
            return None;
        }
        let station = |_| Station { control: controller(control), ..Station::default() };
        Some(Channel {
            radios: (0..radios).map(station).collect(),
            all: Counts::new(),
            second: Counts::new(),
            deferred: 0,
            deferred_lost: 0,
        })
    }

    /// One radio more.
    pub(super) fn add(&mut self, control: CongestionControl) {
        self.radios.push(Station { control: controller(control), ..Station::default() });
    }

    /// How long it has to be from a radio's frame that takes `airtime` to its next one.
    pub(super) fn interval(&self, radio: RadioId, airtime: Duration) -> Duration {
        let control = self.radios[radio.0 as usize].control.as_ref();
        control.map_or(Duration::ZERO, |control| control.interval(airtime))
    }

    /// A node came up: it knows nothing of what it knew of the channel.
    pub(super) fn begin(
        &mut self,
        medium: &Medium,
        now: Instant,
        radio: RadioId,
        control: CongestionControl,
    ) {
        let busy = medium.busy_time(now, radio).unwrap_or_default();
        self.radios[radio.0 as usize] =
            Station { busy, control: controller(control), open: now, up_since: now };
    }

    /// The figures of the whole run.
    pub(super) fn figures(&self) -> ChannelLoad {
        self.all.load()
    }

    /// The second that ends.
    pub(super) fn end_second(&mut self) -> ChannelLoad {
        let load = self.second.load();
        self.second.clear();
        load
    }

    fn measure(&mut self, medium: &Medium, now: Instant, radio: RadioId, measured: bool) {
        let station = &mut self.radios[radio.0 as usize];
        let busy = medium.busy_time(now, radio).unwrap_or_default();
        let before = std::mem::replace(&mut station.busy, busy);
        // One that came up since the last sample has not measured for as long.
        if station.up_since + SAMPLING > now {
            return;
        }
        let ratio = (busy.saturating_sub(before).as_secs_f64() / SAMPLING.as_secs_f64()).min(1.0);
        if let Some(control) = &mut station.control {
            control.measured(ratio);
        }
        self.second.add(ratio);
        if measured {
            self.all.add(ratio);
        }
    }

    /// When a control frame that comes now may be sent; later ones come after it.
    fn pass(&mut self, radio: RadioId, now: Instant, airtime: Duration) -> Instant {
        let station = &mut self.radios[radio.0 as usize];
        let Some(control) = &station.control else { return now };
        let at = station.open.clamp(now, now + MOST_DEFERRED);
        station.open = at + control.interval(airtime);
        self.deferred += u64::from(at > now);
        at
    }
}

impl Counts {
    fn new() -> Counts {
        Counts { steps: vec![0; STEPS + 1], count: 0, sum: 0.0 }
    }

    fn clear(&mut self) {
        self.steps.fill(0);
        (self.count, self.sum) = (0, 0.0);
    }

    fn load(&self) -> ChannelLoad {
        let [p95, max] = [0.95, 1.0].map(|share| self.quantile(share));
        ChannelLoad { mean: self.mean(), p95, max }
    }

    fn add(&mut self, ratio: f64) {
        self.steps[(ratio * STEPS as f64).round() as usize] += 1;
        self.count += 1;
        self.sum += ratio;
    }

    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }

    /// The ratio that this share of the measurements does not exceed.
    fn quantile(&self, share: f64) -> Option<f64> {
        let wanted = (share * self.count as f64).ceil() as u64;
        let mut seen = 0;
        let step = self.steps.iter().position(|count| {
            seen += u64::from(*count);
            seen >= wanted
        });
        step.filter(|_| self.count > 0).map(|step| step as f64 / STEPS as f64)
    }
}

impl World {
    /// Every radio that is up tells how busy the channel was since the last sample.
    pub(super) fn measure_channel(&mut self, now: Instant) {
        let Some(channel) = &mut self.channel else { return };
        debug_assert_eq!(SAMPLING, MEASURING);
        for (rank, party) in self.parties.in_order() {
            let Some(radio) = party.radio else { continue };
            if self.states[rank as usize].machine.is_some() {
                channel.measure(&self.medium, now, radio, now > self.warmup);
            }
        }
    }

    /// A node's frame for its radio: control frames may have to wait where congestion is controlled.
    pub(super) fn send_by_radio(
        &mut self,
        now: Instant,
        rank: u32,
        radio: RadioId,
        frame: Frame,
    ) -> Result<(), SimError> {
        if let Some(channel) = self.channel.as_mut().filter(|_| self.control != CongestionControl::None)
            && Kind::CONTROL.contains(&Kind::of(&frame))
        {
            let airtime = self.medium.airtime(frame.len(), frame.category).unwrap_or_default();
            let at = channel.pass(radio, now, airtime);
            if at > now {
                let boot = self.states[rank as usize].boot;
                return self.push(at, rank, What::Deferred(boot, frame));
            }
        }
        self.medium.send(now, radio, frame, &self.places, &mut self.effects);
        Ok(())
    }

    /// A control frame has waited for long enough.
    pub(super) fn send_deferred(
        &mut self,
        now: Instant,
        rank: u32,
        boot: u32,
        frame: Frame,
    ) -> Result<(), SimError> {
        let (party, state) = (&self.parties[rank as usize], &self.states[rank as usize]);
        let up = state.machine.is_some() && state.boot == boot;
        let Some(radio) = party.radio.filter(|_| up) else {
            if let Some(channel) = &mut self.channel {
                channel.deferred_lost += 1;
            }
            return Ok(());
        };
        self.medium.send(now, radio, frame, &self.places, &mut self.effects);
        self.enqueue_effects()
    }
}

fn controller(control: CongestionControl) -> Option<Controller> {
    match control {
        CongestionControl::None => None,
        CongestionControl::Reactive => Some(Controller::Reactive(Reactive::default())),
        CongestionControl::Limeric => Some(Controller::Limeric(Limeric::default())),
    }
}

/// No control frame waits for longer, so that half of the interval of heartbeats is the most that any of them is late.
const MOST_DEFERRED: Duration = Duration::from_millis(100);
const STEPS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_what_was_measured() {
        let mut counts = Counts::new();
        assert_eq!((counts.mean(), counts.quantile(1.0)), (None, None));
        (0..=100).for_each(|percent| counts.add(f64::from(percent) / 100.0));
        assert!((counts.mean().unwrap() - 0.5).abs() < 1e-9);
        assert_eq!((counts.quantile(0.95), counts.quantile(1.0)), (Some(0.95), Some(1.0)));
    }

    #[test]
    fn control_frames_keep_their_distance_and_none_waits_for_long() {
        let station = Station { control: controller(CongestionControl::Reactive), ..Station::default() };
        let mut channel = Channel {
            radios: vec![station],
            all: Counts::new(),
            second: Counts::new(),
            deferred: 0,
            deferred_lost: 0,
        };
        let radio = RadioId(0);
        let pass = |channel: &mut Channel, at_ms| {
            channel.pass(radio, Instant::from_millis(at_ms), Duration::from_micros(100)).as_millis()
        };
        // Relaxed: 60 ms.
        assert_eq!([0, 10, 20, 30].map(|at| pass(&mut channel, at)), [0, 60, 120, 130]);
        assert_eq!(channel.deferred, 3);
        assert_eq!(pass(&mut channel, 500), 500);
        (0..10).for_each(|_| channel.radios[0].control.iter_mut().for_each(|control| control.measured(0.9)));
        assert_eq!(
            [600, 1000, 1010].map(|at| pass(&mut channel, at)),
            [600, 1060, 1110],
            "460 ms, but never over 100 late"
        );
    }
}
