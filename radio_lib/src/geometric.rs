//! The geometric profile: IEEE 802.11p from positions, without contention between radios.

use crate::airtime::{
    ACK_BYTES, ACK_TIMEOUT, ETHERNET_HEADER, Rate, SIFS, SLOT, ack_airtime, aifs, airtime, contention_window,
    psdu_bytes,
};
use crate::error::{RadioError, check};
use crate::fading::{Fader, Fading};
use crate::field::Field;
use crate::grid::squared_distance;
use crate::medium::{
    AirSlot, Attempt, Effect, Ends, Locations, MeanLink, Radio, RadioId, Reception, Slots, Surroundings,
};
use crate::propagation::{DualSlope, MeanGain, free_space_db, from_db, travel_time};
use crate::queue::{Destination, Pending};
use crate::reception::{Decoder, Verdict, noise_dbm};
use crate::stats::RadioStats;
use node_lib::buffer_pool::Frame;
use node_lib::control::node::{RxMeta, TxOutcome, TxStatus};
use node_lib::random::Key;
use node_lib::time::Instant;
use std::time::Duration;

/// IEEE 802.11p in a 10 MHz channel: path loss, fading, packet errors, and the timing of EDCA.
///
/// **Contention between radios is not modelled**: a radio sends one frame at a time, after AIFS and a backoff drawn
/// from its category's window for every attempt, but it doesn't hear others before it sends, and frames don't disturb
/// each other: reception depends on the ratio of signal to noise alone.
///
/// Reception is evaluated at a transmission's end, with the positions at that time; a radio that is down then, came up
/// after its start or isn't there receives nothing. A unicast is acknowledged after SIFS by a frame of 14 bytes at
/// [`Rate::of_ack`], which may be lost in the same way; where none comes, the window doubles and the frame is tried again
/// up to `attempts` times. A repetition is not delivered again. The air time of a frame counts 38 bytes of 802.11 and LLC
/// headers instead of its Ethernet header ([`psdu_bytes`]).
#[derive(Clone, Debug)]
pub struct Geometric {
    /// Transmission power with antenna gains, dBm.
    pub tx_power_dbm: f64,
    /// Noise figure of the receivers, dB.
    pub noise_figure_db: f64,
    /// What a real receiver loses against the model, dB.
    pub implementation_loss_db: f64,
    /// Rate of all frames but acknowledgements.
    pub rate: Rate,
    /// Carrier frequency, GHz.
    pub frequency_ghz: f64,
    /// Path loss.
    pub path_loss: DualSlope,
    /// Fading.
    pub fading: Fading,
    /// Transmissions that a unicast may make, at least 1.
    pub attempts: u8,
    /// Frames that each of a radio's queues (one for each access category) holds, at least 1.
    pub queue: usize,
}

impl Default for Geometric {
    /// 20 dBm, noise figure 6 dB, 6 Mb/s at 5.9 GHz, dual slope, Nakagami fading, 5 attempts, 64 frames a queue.
    fn default() -> Self {
        Geometric {
            tx_power_dbm: 20.0,
            noise_figure_db: 6.0,
            implementation_loss_db: 0.0,
            rate: Rate::default(),
            frequency_ghz: 5.9,
            path_loss: DualSlope::default(),
            fading: Fading::default(),
            attempts: 5,
            queue: 64,
        }
    }
}

/// The state behind the profile.
#[derive(Debug)]
pub(crate) struct GeometricModel {
    rate: Rate,
    attempts: u8,
    air: Air,
    data: Decoder,
    ack: Decoder,
    pub(crate) field: Field,
    /// An empty list.
    spare: Vec<Reception>,
    /// When each radio's last transmission is over, acknowledgement or the wait for it included.
    free_at: Vec<Instant>,
}

/// Propagation and noise.
#[derive(Debug)]
struct Air {
    /// Mean ratio of signal to noise at 1 m.
    ratio_at_1m: f64,
    mean: MeanGain,
    fader: Fader,
    /// Power of a signal as strong as the noise, dBm.
    floor_dbm: f64,
    cutoff_m: f64,
    /// Draws of fading below these are surely too weak, by squared distance in equal steps up to the cut-off radius.
    hopeless: Vec<u32>,
    /// Steps a m².
    steps: f64,
}

/// How one reception ended.
enum Fate {
    /// With this ratio of signal to noise.
    Received(f64),
    BelowSensitivity,
    DecodeError,
    LinkLoss,
}

impl Slots for GeometricModel {
    fn plan(&self, now: Instant, radio: RadioId, pending: &Pending, number: u64, sender: &Radio) -> AirSlot {
        let category = pending.frame.category;
        let window = contention_window(category, pending.attempts);
        let slots = sender.key.with(BACKOFF).with(number).between(0, u64::from(window));
        let start = now.max(self.free_at[radio.index()]) + aifs(category) + SLOT * slots as u32;
        AirSlot { start, end: start + self.airtime(pending) }
    }

    fn complete(
        &mut self,
        now: Instant,
        radio: RadioId,
        attempt: Attempt,
        radios: &mut [Radio],
        air: Surroundings<'_>,
        out: &mut Vec<Effect>,
    ) {
        let airtime = self.airtime(&attempt.pending);
        radios[radio.index()].count_transmissions(&attempt.pending, 1, airtime);
        self.free_at[radio.index()] = now;
        match attempt.pending.to {
            Destination::Group => self.broadcast(now, radio, attempt, radios, air, out),
            Destination::Station(mac, to) => {
                self.unicast(now, Ends { from: radio, mac, to }, attempt, radios, air, out)
            }
        }
    }
}

impl GeometricModel {
    pub(crate) fn new(settings: &Geometric, radios: usize) -> Result<GeometricModel, RadioError> {
        settings.check()?;
        let data = Decoder::new(settings.rate);
        let air = Air::new(settings, &data);
        Ok(GeometricModel {
            rate: settings.rate,
            attempts: settings.attempts,
            field: Field::new(radios, air.cutoff_m),
            spare: Vec::with_capacity(radios),
            air,
            data,
            ack: Decoder::new(settings.rate.of_ack()),
            free_at: vec![Instant::ZERO; radios],
        })
    }

    /// One radio more.
    pub(crate) fn add(&mut self) {
        self.field.add();
        self.free_at.push(Instant::ZERO);
    }

    pub(crate) fn rate(&self) -> Rate {
        self.rate
    }

    pub(crate) fn cutoff_m(&self) -> f64 {
        self.air.cutoff_m
    }

    pub(crate) fn mean_link(&self, [here, there]: [[f64; 2]; 2]) -> MeanLink {
        let squared = squared_distance(here, there);
        let gain = if self.air.reaches(squared) { self.air.mean.at(squared) } else { 0.0 };
        MeanLink { gain, near: self.air.fader.is_near(squared) }
    }

    pub(crate) fn delivery_over(&self, MeanLink { gain, near }: MeanLink, psdu: usize) -> f64 {
        let (ratio, bits) = (self.air.ratio_at_1m * gain, bits(psdu));
        self.air.fader.mean(near, |gain| self.data.success(ratio * gain, bits))
    }

    /// A radio that goes down forgets what it was doing.
    pub(crate) fn set_up(&mut self, radio: RadioId, up: bool) {
        self.field.up.set(radio, up);
        if !up {
            self.free_at[radio.index()] = Instant::ZERO;
        }
    }

    /// Keeps a list's memory for the next broadcast.
    pub(crate) fn reuse(&mut self, mut receptions: Vec<Reception>) {
        receptions.clear();
        self.spare = receptions;
    }

    fn broadcast(
        &mut self,
        now: Instant,
        radio: RadioId,
        attempt: Attempt,
        radios: &mut [Radio],
        air: Surroundings<'_>,
        out: &mut Vec<Effect>,
    ) {
        let Attempt { pending, slot, number } = attempt;
        let sender = &mut radios[radio.index()];
        sender.stats.broadcasts += 1;
        let key = sender.key.with(RECEPTION).with(number);
        let Some(here) = air.loc.position(radio, now) else { return };
        let bits = bits(psdu_bytes(pending.frame.len()));
        let mut receptions = std::mem::take(&mut self.spare);
        self.field.refresh(now, air.loc);
        let overrides = self.field.overrides.of(radio);
        for other in self.field.grid.search(now, here, self.air.cutoff_m, &self.field.up).iter().copied() {
            let receiver = &mut radios[other.index()];
            if other == radio || !receiver.listens_since(slot.start) {
                continue;
            }
            let Some(there) = air.loc.position(other, now) else { continue };
            let squared = squared_distance(here, there);
            if !self.air.reaches(squared) {
                continue;
            }
            let Some(loss) = overrides.loss(other) else { continue };
            let own = key.with(receiver.name);
            match self.air.receive(&self.data, own, squared, bits, loss) {
                Fate::Received(_) if air.swallow(own, radio, other, now) => receiver.stats.disturbed += 1,
                Fate::Received(ratio) => {
                    receiver.count_received(&pending.frame);
                    let (at, meta) = (now + travel_time(squared), self.air.meta(ratio));
                    receptions.push(Reception { at, radio: other, meta });
                }
                failed => failed.count(&mut receiver.stats),
            }
        }
        if receptions.is_empty() {
            self.spare = receptions;
        } else {
            out.push(Effect::Broadcast { frame: pending.frame, receptions });
        }
    }

    fn unicast(
        &mut self,
        now: Instant,
        ends: Ends,
        attempt: Attempt,
        radios: &mut [Radio],
        air: Surroundings<'_>,
        out: &mut Vec<Effect>,
    ) {
        let Ends { from: radio, mac, to } = ends;
        let Attempt { mut pending, slot, number } = attempt;
        let key = radios[radio.index()].key;
        pending.attempts += 1;
        let (mut arrived, mut acked) = (None, None);
        if let Some((to, squared, loss)) =
            to.and_then(|to| self.path(now, radio, to, &radios[to.index()], slot, air.loc))
        {
            let receiver = &mut radios[to.index()];
            let bits_sent = bits(psdu_bytes(pending.frame.len()));
            let forth = key.with(RECEPTION).with(number).with(receiver.name);
            match self.air.receive(&self.data, forth, squared, bits_sent, loss) {
                Fate::Received(_) if air.swallow(forth, radio, to, now) => receiver.stats.disturbed += 1,
                Fate::Received(ratio) => {
                    let travel = travel_time(squared);
                    if pending.delivered {
                        receiver.stats.duplicates += 1;
                    } else {
                        receiver.count_received(&pending.frame);
                        arrived = Some((now + travel, to, self.air.meta(ratio)));
                        pending.delivered = true;
                    }
                    let ack = ack_airtime(self.rate);
                    receiver.stats.acks += 1;
                    receiver.stats.sent[pending.kind as usize].ack_airtime += ack;
                    let back = key.with(ACKNOWLEDGEMENT).with(number).with(receiver.name);
                    let heard = self.air.receive(&self.ack, back, squared, bits(ACK_BYTES), loss);
                    let arrives = matches!(heard, Fate::Received(_)) && !air.swallow(back, to, radio, now);
                    acked = arrives.then(|| now + (travel + SIFS + ack + travel));
                }
                failed => failed.count(&mut receiver.stats),
            }
        }
        let at = acked.unwrap_or(now + ACK_TIMEOUT);
        self.free_at[radio.index()] = at;
        let sender = &mut radios[radio.index()];
        let attempts = pending.attempts;
        let (outcome, back) = if acked.is_some() {
            sender.stats.acked += 1;
            (TxOutcome::Acked, false)
        } else if attempts >= self.attempts {
            sender.stats.unacked += 1;
            (TxOutcome::Unacked, true)
        } else {
            deliver(arrived, || pending.frame.clone(), out);
            sender.retry(pending);
            return;
        };
        // The receiver gets the frame itself, unless the sender is to have it back as well.
        let frame = if back {
            deliver(arrived, || pending.frame.clone(), out);
            Some(pending.frame)
        } else {
            deliver(arrived, || pending.frame, out);
            None
        };
        out.push(Effect::Status { at, radio, status: TxStatus { to: mac, outcome, attempts, frame } });
    }

    /// The receiver of a unicast, its squared distance and its link's own loss, if anything can arrive there.
    fn path(
        &self,
        now: Instant,
        from: RadioId,
        to: RadioId,
        receiver: &Radio,
        slot: AirSlot,
        loc: &dyn Locations,
    ) -> Option<(RadioId, f64, f64)> {
        if !receiver.listens_since(slot.start) {
            return None;
        }
        let squared = squared_distance(loc.position(from, now)?, loc.position(to, now)?);
        let loss = self.field.overrides.of(from).loss(to)?;
        self.air.reaches(squared).then_some((to, squared, loss))
    }

    fn airtime(&self, pending: &Pending) -> Duration {
        airtime(self.rate, psdu_bytes(pending.frame.len()))
    }
}

impl Air {
    fn new(settings: &Geometric, data: &Decoder) -> Air {
        let floor_dbm = noise_dbm(settings.noise_figure_db) + settings.implementation_loss_db;
        let ratio_db = settings.tx_power_dbm - free_space_db(settings.frequency_ghz) - floor_dbm;
        let mut air = Air {
            ratio_at_1m: from_db(ratio_db),
            mean: MeanGain::new(&settings.path_loss),
            fader: Fader::new(settings.fading),
            floor_dbm,
            cutoff_m: 0.0,
            hopeless: Vec::new(),
            steps: 0.0,
        };
        // The smallest frame reaches furthest.
        let bits = bits(psdu_bytes(ETHERNET_HEADER));
        let matters = |distance: f64| {
            let ratio = air.mean_ratio(distance * distance);
            air.fader.largest_mean(|gain| data.success(ratio * gain, bits)) >= NEGLIGIBLE
        };
        let mut far = 1.0;
        while far < LARGEST_CUTOFF_M && matters(far) {
            far *= 2.0;
        }
        let mut near = far / 2.0;
        for _ in 0..20 {
            let middle = (near + far) / 2.0;
            if matters(middle) { near = middle } else { far = middle }
        }
        air.cutoff_m = far;
        air.steps = HOPELESS_STEPS as f64 / (far * far);
        let weakest = data.sensitivity(bits) * (1.0 - MARGIN);
        air.hopeless = (0..HOPELESS_STEPS).map(|step| air.hopeless_below(step as f64, weakest)).collect();
        air
    }

    /// The draws of fading that bring the ratio to less than `weakest` anywhere in a step of squared distance. The mean
    /// falls over a step, and fading may change in it.
    fn hopeless_below(&self, step: f64, weakest: f64) -> u32 {
        let ends = [step - MARGIN, step + 1.0 + MARGIN].map(|edge| edge.max(0.0) / self.steps);
        let strongest = |draw: u32| {
            let gains = ends.map(|squared| self.fader.gain(draw, squared));
            self.mean_ratio(ends[0]) * gains[0].max(gains[1])
        };
        // Gains grow with the draw.
        let (mut low, mut high) = (0, u32::MAX);
        while low < high {
            let middle = low + (high - low) / 2;
            if strongest(middle) < weakest { low = middle + 1 } else { high = middle }
        }
        low
    }

    #[inline]
    fn mean_ratio(&self, squared: f64) -> f64 {
        self.ratio_at_1m * self.mean.at(squared)
    }

    #[inline]
    fn reaches(&self, squared: f64) -> bool {
        squared <= self.cutoff_m * self.cutoff_m
    }

    /// One reception. Its draw's upper half fades, its lower half decides on bit errors.
    #[inline]
    fn receive(&self, decoder: &Decoder, key: Key, squared: f64, bits: f64, loss: f64) -> Fate {
        if loss > 0.0 && key.with(LINK).unit() < loss {
            return Fate::LinkLoss;
        }
        let draw = key.bits();
        let fade = (draw >> 32) as u32;
        // Most receivers are far away. This spares them the table of gains.
        if self.hopeless.get((squared * self.steps) as usize).is_some_and(|below| fade < *below) {
            return Fate::BelowSensitivity;
        }
        let ratio = self.mean_ratio(squared) * self.fader.gain(fade, squared);
        let uniform = (f64::from(draw as u32) + 0.5) / 4_294_967_296.0;
        match decoder.decide(ratio, bits, uniform) {
            Verdict::Received => Fate::Received(ratio),
            Verdict::BelowSensitivity => Fate::BelowSensitivity,
            Verdict::DecodeError => Fate::DecodeError,
        }
    }

    #[inline]
    fn meta(&self, ratio: f64) -> RxMeta {
        RxMeta { power_dbm: Some(10.0 * libm::log10f(ratio as f32) + self.floor_dbm as f32) }
    }
}

impl Fate {
    /// Counts a failure at its receiver.
    fn count(self, stats: &mut RadioStats) {
        match self {
            Fate::Received(_) => {}
            Fate::BelowSensitivity => stats.below_sensitivity += 1,
            Fate::DecodeError => stats.decode_errors += 1,
            Fate::LinkLoss => stats.link_losses += 1,
        }
    }
}

impl Geometric {
    fn check(&self) -> Result<(), RadioError> {
        let Geometric { tx_power_dbm, noise_figure_db, implementation_loss_db, frequency_ghz, .. } = *self;
        check(
            (-100.0..=100.0).contains(&tx_power_dbm),
            "tx_power_dbm",
            tx_power_dbm,
            "between -100 and 100 dBm",
        )?;
        check(
            (0.0..=50.0).contains(&noise_figure_db),
            "noise_figure_db",
            noise_figure_db,
            "between 0 and 50 dB",
        )?;
        check(
            (0.0..=50.0).contains(&implementation_loss_db),
            "implementation_loss_db",
            implementation_loss_db,
            "between 0 and 50 dB",
        )?;
        check(
            (0.1..=100.0).contains(&frequency_ghz),
            "frequency_ghz",
            frequency_ghz,
            "between 0.1 and 100 GHz",
        )?;
        check(self.attempts > 0, "attempts", 0.0, "at least 1")?;
        check(self.queue > 0, "queue", 0.0, "at least 1")?;
        self.path_loss.check()?;
        self.fading.check()
    }
}

/// Hands a frame over where it has arrived.
fn deliver(
    arrived: Option<(Instant, RadioId, RxMeta)>,
    frame: impl FnOnce() -> Frame,
    out: &mut Vec<Effect>,
) {
    if let Some((at, radio, meta)) = arrived {
        out.push(Effect::Deliver { at, radio, frame: frame(), meta });
    }
}

fn bits(psdu: usize) -> f64 {
    (8 * psdu) as f64
}

/// A mean probability of reception that doesn't matter.
const NEGLIGIBLE: f64 = 1e-6;
const LARGEST_CUTOFF_M: f64 = 1e7;
const HOPELESS_STEPS: u32 = 1024;
/// More than what rounding does.
const MARGIN: f64 = 1e-6;

/// Purposes of draws.
const BACKOFF: u64 = 0x20;
const RECEPTION: u64 = 0x21;
const ACKNOWLEDGEMENT: u64 = 0x22;
const LINK: u64 = 0x23;
