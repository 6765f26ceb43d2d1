//! What becomes of a signal: everybody it reaches begins to hear it, and makes of it what they can when it ends.

use super::access::Run;
use super::ear::{Arrival, Decoded, FrontEnd, Heed};
use super::signal::{Heard, Signal, SignalId, luck};
use super::station::Owed;
use super::{Dot11pModel, LINK, Link};
use crate::airtime::{SIFS, ack_airtime};
use crate::grid::squared_distance;
use crate::medium::{Attempt, Effect, RadioId, Reception};
use crate::propagation::travel_time;
use crate::reception::Verdict;
use node_lib::buffer_pool::Frame;
use node_lib::control::node::RxMeta;

impl Dot11pModel {
    /// A signal begins: everybody within reach hears it from now on.
    pub(super) fn emit(&mut self, id: SignalId, link: &Link, run: &mut Run<'_>) {
        let Run { now, air, .. } = *run;
        let Signal { from: radio, key, ref mut heard, .. } = *self.signals.get_mut(id);
        let mut heard = std::mem::take(heard);
        self.places.refresh(now, air.loc);
        self.field.refresh(now, air.loc);
        let overrides = self.field.overrides.of(radio);
        let here = self.places.of(radio, now, air.loc);
        let near =
            here.map_or(&[][..], |here| self.field.grid.search(now, here, link.reach_m, &self.field.up));
        for other in near.iter().copied() {
            if other == radio || overrides.loss(other).is_none() {
                continue;
            }
            let (Some(here), Some(there)) = (here, self.places.of(other, now, air.loc)) else { continue };
            let gain = self.channel.mean_gain(now, (radio, here), (other, there), air.loc);
            if gain < link.least_gain {
                continue;
            }
            let squared = squared_distance(here, there);
            let (mut power, mut draw, mut heed) = (link.milliwatts * gain, 0, Heed::Far);
            // What is too far to be received is a part of the noise: it arrives with its mean power.
            if gain >= link.heard_gain {
                // Of the draw one half fades, the other decides on bit errors.
                let bits = key.with(self.names[other.index()]).bits();
                power *= self.channel.fade((bits >> 32) as u32, squared);
                (draw, heed) = (bits as u32, Heed::Missed);
            }
            let power = FrontEnd::power(power);
            heard.push(Heard { radio: other, draw, power, squared: squared as f32, heed });
        }
        for Heard { radio, draw, power, heed, .. } in &mut heard {
            let ear = &mut self.ears[radio.index()];
            if *heed == Heed::Far {
                ear.disturb(now, *power, &self.front);
            } else {
                *heed = ear.begin(now, Arrival { signal: id, power: *power, draw: *draw }, &self.front);
            }
            if let Some(turn) = ear.turn(now, &self.front)
                && ear.counting
            {
                self.turned(*radio, turn, run);
            }
        }
        self.signals.get_mut(id).heard = heard;
    }

    /// A broadcast ends.
    pub(super) fn hear_broadcast(&mut self, signal: SignalId, frame: Frame, run: &mut Run<'_>) {
        let mut receptions = std::mem::take(&mut self.spare);
        self.hear(signal, run, |model, signal, one, decoded, run| {
            if let Some(meta) = model.receive(signal, one, decoded, run) {
                run.radios[one.radio.index()].count_received(&frame);
                let at = run.now + travel_time(f64::from(one.squared));
                receptions.push(Reception { at, radio: one.radio, meta });
            }
        });
        if receptions.is_empty() {
            self.spare = receptions;
        } else {
            run.out.push(Effect::Broadcast { frame, receptions });
        }
    }

    /// A unicast ends. Whoever it is for owes an acknowledgement, everybody else keeps quiet for as long as that takes.
    pub(super) fn hear_unicast(
        &mut self,
        signal: SignalId,
        to: Option<RadioId>,
        attempt: &mut Attempt,
        run: &mut Run<'_>,
    ) {
        let category = attempt.pending.frame.category;
        let answer = run.now + SIFS;
        self.hear(signal, run, |model, signal, one, decoded, run| {
            if Some(one.radio) != to {
                if decoded == Decoded::Intact {
                    model.ears[one.radio.index()].reserve(answer + ack_airtime(signal.rate));
                }
                return;
            }
            let Some(meta) = model.receive(signal, one, decoded, run) else { return };
            let receiver = &mut run.radios[one.radio.index()];
            if attempt.pending.delivered {
                receiver.stats.duplicates += 1;
            } else {
                receiver.count_received(&attempt.pending.frame);
                let at = run.now + travel_time(f64::from(one.squared));
                // The sender keeps its own until it knows that this one has arrived.
                let frame = attempt.pending.frame.clone();
                run.out.push(Effect::Deliver { at, radio: one.radio, frame, meta });
                attempt.pending.delivered = true;
            }
            let (kind, number) = (attempt.pending.kind, attempt.number);
            let owed = Owed { at: answer, to: signal.from, rate: signal.rate, kind, category, number };
            model.stations[one.radio.index()].owed = Some(owed);
            run.out.push(Effect::Wake { at: answer, radio: one.radio });
        });
    }

    /// An acknowledgement ends. Returns whether the one it is for has it.
    pub(super) fn hear_ack(&mut self, signal: SignalId, to: RadioId, run: &mut Run<'_>) -> bool {
        let mut arrived = false;
        self.hear(signal, run, |model, signal, one, decoded, run| {
            if one.radio == to && decoded == Decoded::Intact && model.stations[to.index()].awaiting.is_some()
            {
                arrived = model.lost(signal, one, run).is_none();
            }
        });
        arrived
    }

    /// What is left of a signal whose sender was switched off ends.
    pub(super) fn fade_out(&mut self, signal: SignalId, run: &mut Run<'_>) {
        self.hear(signal, run, |_, _, _, _, _| {});
    }

    /// A signal ends at everybody it reached: tells `each` what they made of it, and their stations of the channel.
    fn hear(
        &mut self,
        id: SignalId,
        run: &mut Run<'_>,
        mut each: impl FnMut(&mut Dot11pModel, &Signal, &Heard, Decoded, &mut Run<'_>),
    ) {
        let signal = self.signals.take(id);
        for one in &signal.heard {
            let (ear, decoder) = (&mut self.ears[one.radio.index()], &self.decoders[signal.rate as usize]);
            let decoded = ear.end(id, one.power, &self.front, |ratio| {
                !signal.cut && decoder.decide(ratio, signal.bits, luck(one.draw)) == Verdict::Received
            });
            each(self, &signal, one, decoded, run);
            let ear = &mut self.ears[one.radio.index()];
            if let Some(turn) = ear.turn(run.now, &self.front)
                && ear.counting
            {
                self.turned(one.radio, turn, run);
            }
        }
        self.signals.end(id, signal);
    }

    /// Somebody a frame is for has it, unless something else swallows it; otherwise it is counted why not.
    fn receive(&self, signal: &Signal, one: &Heard, decoded: Decoded, run: &mut Run<'_>) -> Option<RxMeta> {
        if decoded == Decoded::Intact {
            let meta = RxMeta { power_dbm: Some(FrontEnd::dbm(one.power)) };
            let lost = self.lost(signal, one, run);
            let stats = &mut run.radios[one.radio.index()].stats;
            match lost {
                Some(Loss::OfLink) => stats.link_losses += 1,
                Some(Loss::Disturbed) => stats.disturbed += 1,
                None => return Some(meta),
            }
            return None;
        }
        // Most of those that a frame reaches are too far away to make anything of it: for them no more memory is touched.
        if one.heed == Heed::Far || self.front.is_deaf_to(one.power) {
            return None;
        }
        let receiver = &mut run.radios[one.radio.index()];
        if !receiver.listens_since(signal.start) {
            return None;
        }
        let alone = self.decoders[signal.rate as usize].decide(
            self.front.ratio(one.power, 0),
            signal.bits,
            luck(one.draw),
        );
        let stats = &mut receiver.stats;
        match (alone, one.heed) {
            (Verdict::BelowSensitivity, _) => stats.below_sensitivity += 1,
            (Verdict::DecodeError, _) => stats.decode_errors += 1,
            (Verdict::Received, Heed::Deaf) => stats.half_duplex += 1,
            (Verdict::Received, Heed::Occupied) => stats.occupied += 1,
            (Verdict::Received, Heed::Follows | Heed::Missed | Heed::Far) => stats.interfered += 1,
        }
        None
    }

    /// What swallows a frame that was decoded, if anything does.
    fn lost(&self, signal: &Signal, one: &Heard, run: &Run<'_>) -> Option<Loss> {
        let key = signal.key.with(self.names[one.radio.index()]);
        let loss = self.field.overrides.of(signal.from).loss(one.radio).unwrap_or(1.0);
        if loss > 0.0 && key.with(LINK).unit() < loss {
            return Some(Loss::OfLink);
        }
        run.air.swallow(key, signal.from, one.radio, run.now).then_some(Loss::Disturbed)
    }
}

/// What swallows a frame that would be received.
enum Loss {
    OfLink,
    Disturbed,
}
