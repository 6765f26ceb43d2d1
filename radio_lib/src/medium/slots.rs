//! The air where radios don't contend for it.

use super::{AirSlot, Attempt, Effect, Radio, RadioId, Surroundings};
use crate::queue::Pending;
use node_lib::time::Instant;

/// How a profile without contention sends: a radio's frames one after the other, each in a slot that is known beforehand.
pub(crate) trait Slots {
    /// When a frame will be on the air.
    fn plan(&self, now: Instant, radio: RadioId, pending: &Pending, number: u64, sender: &Radio) -> AirSlot;

    /// What became of a transmission whose slot is over.
    fn complete(
        &mut self,
        now: Instant,
        radio: RadioId,
        attempt: Attempt,
        radios: &mut [Radio],
        air: Surroundings<'_>,
        out: &mut Vec<Effect>,
    );
}

/// Ends the transmission that is due and begins the next, until one takes time or nothing is left.
pub(super) fn advance(
    model: &mut impl Slots,
    now: Instant,
    radio: RadioId,
    radios: &mut [Radio],
    air: Surroundings<'_>,
    out: &mut Vec<Effect>,
) {
    loop {
        let sender = &mut radios[radio.index()];
        if sender.current.as_ref().is_some_and(|attempt| now < attempt.slot.end) {
            return;
        }
        if let Some(attempt) = sender.current.take() {
            model.complete(now, radio, attempt, radios, air, out);
            continue;
        }
        let Some(pending) = sender.queues.pop() else { return };
        let number = sender.transmissions;
        sender.transmissions += 1;
        let slot = model.plan(now, radio, &pending, number, sender);
        if now < slot.end {
            out.push(Effect::Wake { at: slot.end, radio });
        }
        sender.current = Some(Attempt { pending, slot, number });
    }
}
