//! Who sends, and when.

use super::ear::Turn;
use super::signal::SignalId;
use super::station::{Owed, Plan, Sending, categories};
use super::{ACK_BITS, ACKNOWLEDGEMENT, BACKOFF, Dot11pModel, RATE, RECEPTION, bits};
use crate::airtime::{ACK_TIMEOUT, ack_airtime, airtime, psdu_bytes};
use crate::medium::{AirSlot, Attempt, Effect, Radio, RadioId, Surroundings};
use crate::queue::{Destination, Pending};
use node_lib::buffer_pool::AccessCategory;
use node_lib::control::node::{TxOutcome, TxStatus};
use node_lib::time::Instant;

/// What the model works on besides itself.
pub(super) struct Run<'a> {
    pub(super) now: Instant,
    pub(super) radios: &'a mut [Radio],
    pub(super) air: Surroundings<'a>,
    pub(super) out: &'a mut Vec<Effect>,
}

impl Dot11pModel {
    /// A frame of this category has been queued.
    pub(crate) fn queued(
        &mut self,
        now: Instant,
        radio: RadioId,
        category: AccessCategory,
        radios: &mut [Radio],
        out: &mut Vec<Effect>,
    ) {
        let sender = &radios[radio.index()];
        let (ear, station) = (&mut self.ears[radio.index()], &mut self.stations[radio.index()]);
        ear.counting = true;
        if sender.queues.len_of(category) == 1 {
            station.begin(now, category, ear, sender.key.with(BACKOFF));
        }
        // While the channel is busy there is nothing to plan, but there may be an access that goes ahead all the same.
        if !self.ears[radio.index()].is_busy() {
            self.replan(now, radio, radios, out);
        }
    }

    /// Does what is due for a radio.
    pub(crate) fn wake(
        &mut self,
        now: Instant,
        radio: RadioId,
        radios: &mut [Radio],
        air: Surroundings<'_>,
        out: &mut Vec<Effect>,
    ) {
        let mut run = Run { now, radios, air, out };
        while let Some(at) = self.cut.iter().position(|(end, _)| *end <= now) {
            let (_, signal) = self.cut.remove(at);
            self.fade_out(signal, &mut run);
        }
        loop {
            let station = &mut self.stations[radio.index()];
            if let Some(sending) = station.sending {
                if now < sending.end {
                    return;
                }
                self.finish(radio, sending, &mut run);
            } else if let Some(owed) = station.owed.filter(|owed| owed.at <= now) {
                self.acknowledge(radio, owed, &mut run);
            } else if self.is_overdue(now, radio) {
                self.unacknowledged(radio, &mut run);
            } else if let Some(plan) = self.stations[radio.index()].planned.filter(|plan| plan.at <= now) {
                self.access(radio, plan, &mut run);
            } else {
                return;
            }
        }
    }

    /// The channel has become busy or idle for a station that has something to count down.
    pub(super) fn turned(&mut self, radio: RadioId, turn: Turn, run: &mut Run<'_>) {
        let (ear, station) = (&mut self.ears[radio.index()], &mut self.stations[radio.index()]);
        match turn {
            Turn::Busy { counts_from } => {
                station.hold(run.now, counts_from, run.now + self.sensing);
                ear.counting = station.counts() || run.radios[radio.index()].queues.waiting() != 0;
            }
            Turn::Idle if station.awaiting.is_some_and(|until| until <= run.now) => {
                run.out.push(Effect::Wake { at: run.now, radio });
            }
            Turn::Idle => self.replan(run.now, radio, run.radios, run.out),
        }
    }

    fn replan(&mut self, now: Instant, radio: RadioId, radios: &[Radio], out: &mut Vec<Effect>) {
        let (ear, station) = (&self.ears[radio.index()], &mut self.stations[radio.index()]);
        let before = station.planned;
        if let Some(Plan { at, .. }) = station.plan(now, ear, radios[radio.index()].queues.waiting())
            && before.is_none_or(|before| before.at != at)
        {
            out.push(Effect::Wake { at, radio });
        }
    }

    /// It is a station's turn.
    fn access(&mut self, radio: RadioId, plan: Plan, run: &mut Run<'_>) {
        self.stations[radio.index()].planned = None;
        let sender = &mut run.radios[radio.index()];
        let contenders = plan.ready & sender.queues.waiting();
        let Some(category) = categories(contenders).next_back() else {
            // What was to be sent has been withdrawn.
            return self.replan(run.now, radio, run.radios, run.out);
        };
        let Some(mut pending) = sender.queues.pop_of(category) else { return };
        let number = sender.transmissions;
        sender.transmissions += 1;
        let key = sender.key;
        if pending.attempts == 0 {
            pending.first = number;
        }
        let link = self.links[category as usize];
        let rate = self.rates.choose(run.now, radio, &pending, key.with(RATE)).unwrap_or(link.rate);
        let psdu = psdu_bytes(pending.frame.len());
        let slot = AirSlot { start: run.now, end: run.now + airtime(rate, psdu) };
        sender.current = Some(Attempt { pending, slot, number });
        let draws = key.with(RECEPTION).with(number);
        let signal = self.signals.begin(radio, draws, run.now, rate, bits(psdu));
        self.send(radio, Sending { signal, end: slot.end, ack_to: None }, run);
        self.emit(signal, &link, run);
        for loser in categories(contenders).filter(|loser| *loser != category) {
            self.stations[radio.index()].collide(loser, key.with(BACKOFF));
        }
    }

    /// Sends the acknowledgement that a station owes.
    fn acknowledge(&mut self, radio: RadioId, owed: Owed, run: &mut Run<'_>) {
        self.stations[radio.index()].owed = None;
        let airtime = ack_airtime(owed.rate);
        let stats = &mut run.radios[radio.index()].stats;
        stats.acks += 1;
        stats.sent[owed.kind as usize].ack_airtime += airtime;
        let key = run.radios[owed.to.index()].key.with(ACKNOWLEDGEMENT).with(owed.number);
        let signal = self.signals.begin(radio, key, run.now, owed.rate.of_ack(), ACK_BITS);
        self.send(radio, Sending { signal, end: run.now + airtime, ack_to: Some(owed.to) }, run);
        let link = self.links[owed.category as usize];
        self.emit(signal, &link, run);
    }

    fn send(&mut self, radio: RadioId, sending: Sending, run: &mut Run<'_>) {
        self.stations[radio.index()].sending = Some(sending);
        run.out.push(Effect::Wake { at: sending.end, radio });
        let ear = &mut self.ears[radio.index()];
        if let Some(followed) = ear.followed() {
            self.signals.get_mut(followed).stop_heeding(radio);
        }
        ear.set_sending(true);
        if let Some(turn) = ear.turn(run.now, &self.front) {
            self.turned(radio, turn, run);
        }
    }

    /// A transmission is over: everybody makes of it what they can.
    fn finish(&mut self, radio: RadioId, sending: Sending, run: &mut Run<'_>) {
        self.stations[radio.index()].sending = None;
        match sending.ack_to {
            Some(to) => {
                let arrived = self.hear_ack(sending.signal, to, run);
                self.stop(radio, run);
                if arrived {
                    self.acknowledged(to, run);
                }
            }
            None => self.finish_frame(radio, sending.signal, run),
        }
    }

    fn finish_frame(&mut self, radio: RadioId, signal: SignalId, run: &mut Run<'_>) {
        let sender = &mut run.radios[radio.index()];
        let Some(mut attempt) = sender.current.take() else { return };
        let airtime = attempt.slot.end.since(attempt.slot.start);
        sender.count_transmissions(&attempt.pending, 1, airtime);
        let category = attempt.pending.frame.category;
        match attempt.pending.to {
            Destination::Group => {
                sender.stats.broadcasts += 1;
                self.stations[radio.index()].renew(category, sender.key.with(BACKOFF));
                self.hear_broadcast(signal, attempt.pending.frame, run);
            }
            Destination::Station(_, to) => {
                let until = run.now + ACK_TIMEOUT;
                attempt.pending.attempts += 1;
                self.stations[radio.index()].awaiting = Some(until);
                run.out.push(Effect::Wake { at: until, radio });
                self.hear_unicast(signal, to, &mut attempt, run);
                run.radios[radio.index()].current = Some(attempt);
            }
        }
        self.stop(radio, run);
    }

    /// A radio sends no more.
    fn stop(&mut self, radio: RadioId, run: &mut Run<'_>) {
        let ear = &mut self.ears[radio.index()];
        ear.set_sending(false);
        ear.counting = true;
        if let Some(turn) = ear.turn(run.now, &self.front) {
            self.turned(radio, turn, run);
        }
    }

    /// Whether a station has waited in vain for an acknowledgement; one that has begun to arrive is waited for.
    fn is_overdue(&self, now: Instant, radio: RadioId) -> bool {
        let due = self.stations[radio.index()].awaiting.is_some_and(|until| until <= now);
        due && self.ears[radio.index()].followed().is_none()
    }

    fn acknowledged(&mut self, radio: RadioId, run: &mut Run<'_>) {
        let sender = &mut run.radios[radio.index()];
        let station = &mut self.stations[radio.index()];
        station.awaiting = None;
        let Some(Attempt { pending, .. }) = sender.current.take() else { return };
        sender.stats.acked += 1;
        station.renew(pending.frame.category, sender.key.with(BACKOFF));
        self.rates.learn(run.now, radio, &pending, true);
        status(radio, pending, TxOutcome::Acked, run);
        self.replan(run.now, radio, run.radios, run.out);
    }

    fn unacknowledged(&mut self, radio: RadioId, run: &mut Run<'_>) {
        let sender = &mut run.radios[radio.index()];
        let station = &mut self.stations[radio.index()];
        station.awaiting = None;
        // Interframe spaces count from here.
        self.ears[radio.index()].reserve(run.now);
        let Some(Attempt { pending, .. }) = sender.current.take() else { return };
        let (category, key) = (pending.frame.category, sender.key.with(BACKOFF));
        self.rates.learn(run.now, radio, &pending, false);
        if pending.attempts < self.attempts {
            station.collide(category, key);
            sender.retry(pending);
        } else {
            station.renew(category, key);
            sender.stats.unacked += 1;
            status(radio, pending, TxOutcome::Unacked, run);
        }
        self.replan(run.now, radio, run.radios, run.out);
    }
}

/// Tells a sender what became of its unicast; one that failed comes back.
fn status(radio: RadioId, pending: Pending, outcome: TxOutcome, run: &mut Run<'_>) {
    if let Destination::Station(to, _) = pending.to {
        let frame = (outcome == TxOutcome::Unacked).then_some(pending.frame);
        let status = TxStatus { to, outcome, attempts: pending.attempts, frame };
        run.out.push(Effect::Status { at: run.now, radio, status });
    }
}
