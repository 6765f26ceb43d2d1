//! What can happen, and what it leads to.

use super::World;
use super::interruptions::interruption;
use super::live::HostFrame;
use super::parties::PartyKind;
use super::queue;
use super::wired::Plug;
use crate::error::SimError;
use crate::results::{Happening, RunEvent};
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::change::Change;
use node_lib::control::drops::DropReason;
use node_lib::control::node::{Event, Reply, RxMeta, TxOutcome, TxStatus};
use node_lib::messages;
use node_lib::time::Instant;
use radio_lib::{Effect, RadioId};

/// What happens to a node, a host, or the world.
#[derive(Debug)]
pub(super) enum What {
    /// The node's track begins.
    Enter,
    /// The node's track ends.
    Leave,
    /// The node's deadline, if this is still the one that was armed last.
    Timer(u32),
    /// The radio wants to be called.
    Wake,
    /// A frame from the radio, for the node that had this boot number.
    Radio(u32, Frame, RxMeta),
    /// What became of a unicast, for the node that had this boot number.
    Status(u32, TxStatus),
    /// A frame comes to the node's TAP from the wired side.
    Tap(Frame),
    /// A frame comes to the host.
    Host(Frame),
    /// The host sends a frame.
    Emit(Frame),
    /// A flow that begins here is due, if this is still its run.
    Send(u32, u32),
    /// The beacon of the node that had this boot number is due.
    Beacon(u32),
    /// A control frame of the node that had this boot number was kept from the radio until now.
    Deferred(u32, Frame),
    /// Something breaks or is mended.
    Fault(u32),
    /// A disturbance that comes in bursts: one begins or ends.
    Flicker(u32),
    /// A disturbance is over.
    Calm(u32),
    /// The warm-up is over.
    WarmedUp,
    /// Time to look at everyone.
    Sample,
}

/// A bundle is a broadcast's receptions.
impl queue::Event for (u32, What) {
    type Common = Frame;
    /// A receiver's rank and boot number, and what it knows of the frame.
    type Part = (u32, u32, RxMeta);

    #[inline]
    fn one_of(frame: &Frame, (rank, boot, meta): Self::Part) -> Self {
        (rank, What::Radio(boot, frame.clone(), meta))
    }
}

impl World {
    pub(super) fn handle(&mut self, now: Instant, rank: u32, what: What) -> Result<(), SimError> {
        match what {
            What::Timer(generation) => self.timer(now, rank, generation),
            What::Wake => {
                let Some(radio) = self.parties[rank as usize].radio else { return Ok(()) };
                self.medium.handle_wake(now, radio, &self.places, &mut self.effects);
                self.enqueue_effects()
            }
            What::Radio(boot, frame, meta) => self.radio_receives(now, rank, boot, frame, meta),
            What::Status(boot, status) => self.status_comes(now, rank, boot, status),
            What::Tap(frame) => self.tap_receives(now, rank, frame),
            What::Host(frame) => self.host_receives(now, rank, frame),
            What::Emit(frame) => self.host_sends(now, rank, frame),
            What::Send(flow, run) => self.send(now, rank, flow, run),
            What::Beacon(boot) => self.beacon(now, rank, boot),
            What::Deferred(boot, frame) => self.send_deferred(now, rank, boot, frame),
            What::Enter => self.enter(now, rank),
            What::Leave => self.leave(now, rank),
            What::Fault(index) => self.fault(now, index),
            What::Flicker(index) => self.flicker(now, index),
            What::Calm(index) => self.calm(now, index),
            What::WarmedUp => {
                self.warmed_up(now);
                Ok(())
            }
            What::Sample => self.sample(now),
        }
    }

    fn radio_receives(
        &mut self,
        now: Instant,
        rank: u32,
        boot: u32,
        frame: Frame,
        meta: RxMeta,
    ) -> Result<(), SimError> {
        if let Some(beacons) = &mut self.beacons
            && let Some(beacon) = beacons.read(&frame)
        {
            let state = &self.states[rank as usize];
            let radio =
                self.parties[rank as usize].radio.filter(|_| state.boot == boot && state.machine.is_some());
            if let Some(radio) = radio {
                beacons.receive(&self.places, &beacon, now, radio);
            }
            return Ok(());
        }
        let fate = self.fate_of(rank, &frame);
        let state = &mut self.states[rank as usize];
        let clock = state.clock(now);
        let Some(machine) = state.machine.as_mut().filter(|_| state.boot == boot) else {
            self.note_dropped(&frame, "its receiver had gone down");
            return Ok(());
        };
        // The node has counted why it dropped a frame.
        let refused = machine.handle_radio(clock, frame, meta, &mut self.out).err();
        self.note_fate(rank, fate, refused.map(DropReason::name));
        self.flush(now, rank)
    }

    fn status_comes(&mut self, now: Instant, rank: u32, boot: u32, status: TxStatus) -> Result<(), SimError> {
        let fate = status.frame.as_ref().and_then(|frame| self.fate_of(rank, frame));
        // The radio has counted it.
        let full = (status.outcome == TxOutcome::Unacked && status.attempts == 0).then_some("queue_full");
        // A node that doesn't ask for it isn't told, except of frames that it wanted back itself.
        let asked = self.config.tx_status || status.outcome == TxOutcome::Withdrawn;
        let state = &mut self.states[rank as usize];
        let clock = state.clock(now);
        let Some(machine) = state.machine.as_mut().filter(|_| state.boot == boot && asked) else {
            if let Some(frame) = &status.frame {
                self.note_dropped(frame, "not acknowledged, and nobody there to be told");
            }
            return Ok(());
        };
        machine.handle_status(clock, status, &mut self.out);
        self.note_fate(rank, fate, full);
        self.flush(now, rank)
    }

    /// Does what the node wants done, and arms its timer.
    pub(super) fn flush(&mut self, now: Instant, rank: u32) -> Result<(), SimError> {
        if !self.out.is_empty() {
            let Some(radio) = self.parties[rank as usize].radio else { return Ok(()) };
            for to in self.out.withdraw.drain(..) {
                self.medium.withdraw(now, radio, to, &mut self.effects);
            }
            // Both lists are put back, so that their memory is used again.
            let mut replies = std::mem::take(&mut self.out.replies);
            for reply in replies.drain(..) {
                match reply {
                    Reply::WireFlat(frame) => self.send_by_radio(now, rank, radio, frame)?,
                    Reply::Wire(fields) => {
                        self.send_by_radio(now, rank, radio, Frame::copy_from(&fields.concat()))?;
                    }
                    Reply::TapFlat(frame) => self.tap_sends(now, rank, frame)?,
                    Reply::Tap(fields) => {
                        self.tap_sends(now, rank, Frame::copy_from(&fields.concat()))?;
                    }
                }
            }
            self.out.replies = replies;
            let mut events = std::mem::take(&mut self.out.events);
            for event in events.drain(..) {
                self.node_event(now, rank, &event);
            }
            self.out.events = events;
            self.enqueue_effects()?;
        }
        self.arm(now, rank)
    }

    pub(super) fn enqueue_effects(&mut self) -> Result<(), SimError> {
        let mut effects = std::mem::take(&mut self.effects);
        for effect in effects.drain(..) {
            let (radios, states) = (&self.radios, &self.states);
            let party = |radio: RadioId| {
                let rank = radios[radio.0 as usize];
                (rank, states[rank as usize].boot)
            };
            match effect {
                Effect::Wake { at, radio } => self.push(at, party(radio).0, What::Wake)?,
                Effect::Deliver { at, radio, frame, meta } => {
                    let (rank, boot) = party(radio);
                    self.push(at, rank, What::Radio(boot, frame, meta))?
                }
                Effect::Broadcast { frame, receptions } => {
                    if let Some(beacons) = &mut self.beacons
                        && let Some(beacon) = beacons.read(&frame)
                    {
                        for reception in &receptions {
                            beacons.receive(&self.places, &beacon, reception.at, reception.radio);
                        }
                        self.medium.reuse(receptions);
                        continue;
                    }
                    let parts = receptions.iter().map(|reception| {
                        let (rank, boot) = party(reception.radio);
                        (reception.at, rank, (rank, boot, reception.meta))
                    });
                    self.queue.push_bundle(frame, parts).map_err(|past| self.past(past))?;
                    self.medium.reuse(receptions);
                }
                Effect::Status { at, radio, status } => {
                    let (rank, boot) = party(radio);
                    self.push(at, rank, What::Status(boot, status))?
                }
            }
        }
        self.effects = effects;
        Ok(())
    }

    fn send(&mut self, now: Instant, rank: u32, flow: u32, run: u32) -> Result<(), SimError> {
        let Some((frame, next)) = self.traffic.send(flow, run, now) else { return Ok(()) };
        if let Some(next) = next {
            self.push(next, rank, What::Send(flow, run))?;
        }
        self.second.sent(self.traffic.flows[flow as usize].forward.direction);
        self.note_sent(&frame);
        self.host_sends(now, rank, frame)
    }

    /// A host sends a frame: into the TAP that it is behind, or onto the wire.
    pub(super) fn host_sends(&mut self, now: Instant, rank: u32, frame: Frame) -> Result<(), SimError> {
        if self.is_on_wire(rank) {
            self.carry(now, Plug::Host(rank), frame)
        } else {
            self.tap_receives(now, rank, frame)
        }
    }

    /// A node gives a frame to its TAP: for its host, or onto the wire.
    fn tap_sends(&mut self, now: Instant, rank: u32, frame: Frame) -> Result<(), SimError> {
        if self.is_on_wire(rank) {
            self.carry(now, Plug::Tap(rank), frame)
        } else {
            self.host_receives(now, rank, frame)
        }
    }

    fn is_on_wire(&self, rank: u32) -> bool {
        let party = &self.parties[rank as usize];
        self.wired.is_some() && party.kind != PartyKind::Obu && !party.plain
    }

    fn carry(&mut self, now: Instant, from: Plug, frame: Frame) -> Result<(), SimError> {
        let Some(wired) = &mut self.wired else { return Ok(()) };
        let mut reached = std::mem::take(&mut self.reached);
        wired.carry(now, from, &frame, |plug, at| reached.push((plug, at)));
        if reached.is_empty() {
            self.note_dropped(&frame, "dropped on the wire");
        }
        // The last one gets the frame itself; only a flood takes copies.
        let last = reached.pop();
        for (plug, at) in reached.drain(..) {
            self.arrive(at, plug, frame.clone())?;
        }
        self.reached = reached;
        last.map_or(Ok(()), |(plug, at)| self.arrive(at, plug, frame))
    }

    /// A frame from the wire comes out at `plug`.
    fn arrive(&mut self, at: Instant, plug: Plug, frame: Frame) -> Result<(), SimError> {
        let (rank, what) = match plug {
            Plug::Tap(rank) => (rank, What::Tap(frame)),
            Plug::Host(rank) => (rank, What::Host(frame)),
        };
        self.push(at, rank, what)
    }

    fn tap_receives(&mut self, now: Instant, rank: u32, frame: Frame) -> Result<(), SimError> {
        let fate = self.fate_of(rank, &frame);
        let state = &mut self.states[rank as usize];
        let clock = state.clock(now);
        let Some(machine) = &mut state.machine else {
            self.unpowered += 1;
            self.note_dropped(&frame, "unpowered");
            return Ok(());
        };
        // The node has counted why it dropped a frame.
        let refused = machine.handle_tap(clock, frame, &mut self.out).err();
        self.note_fate(rank, fate, refused.map(DropReason::name));
        self.flush(now, rank)
    }

    fn host_receives(&mut self, now: Instant, rank: u32, frame: Frame) -> Result<(), SimError> {
        let party = &self.parties[rank as usize];
        if !self.is_powered(rank) {
            self.unpowered += 1;
            self.note_dropped(&frame, "unpowered");
            return Ok(());
        }
        if self.live[rank as usize] && !self.traffic.awaits(rank, &party.host, &frame) {
            self.for_hosts.push_back(HostFrame { party: rank, due: now, frame });
            return Ok(());
        }
        // A simulated host has no checksums to leave undone, but a live one may have sent this.
        messages::each_segment(frame, |frame| self.application_receives(now, rank, &frame))
    }

    /// A frame, complete, reaches the application.
    fn application_receives(&mut self, now: Instant, rank: u32, frame: &[u8]) -> Result<(), SimError> {
        let host = &self.parties[rank as usize].host;
        let received = self.traffic.receive(rank, host, frame, now);
        self.note_received(frame, received.is_some());
        let Some(mut delivered) = received else { return Ok(()) };
        self.second.delivered(delivered.direction);
        if let Some((vehicle, change, blackout)) = self.watcher.delivered(now, &delivered, &self.traffic) {
            self.report(now, vehicle, Happening::Resumed { kind: interruption(change), blackout });
        }
        if let Some((answer, direction)) = delivered.answer.take() {
            self.second.sent(direction);
            self.note_sent(&answer);
            self.push(now, rank, What::Emit(answer))?;
        }
        Ok(())
    }

    fn node_event(&mut self, now: Instant, rank: u32, event: &Event) {
        let Event::RouteChanged { from, to, cause } = *event;
        let change = Change::of(from, to, cause);
        self.second.route_changes += 1;
        self.watcher.changed(now, rank, (change, cause), &self.traffic);
        let name = |mac: Mac| self.name_of(mac).map_or_else(|| mac.to_string(), str::to_owned);
        let what = Happening::Route {
            kind: change.name(),
            cause: cause.name(),
            from_rsu: from.map(|route| name(route.rsu)),
            from_hop: from.map(|route| name(route.next_hop)),
            to_rsu: to.map(|route| name(route.rsu)),
            to_hop: to.map(|route| name(route.next_hop)),
            hops: to.map(|route| route.hops),
            cost_us: to.map(|route| route.cost),
        };
        self.report(now, rank, what);
        if let Some(route) = to {
            self.has_route(now, rank, route);
        }
    }

    /// Keeps something for the observer.
    pub(super) fn report(&mut self, now: Instant, rank: u32, what: Happening) {
        let node = self.parties.get(rank as usize).map_or(EVERYWHERE, |party| &party.name).to_owned();
        self.reports.push(RunEvent { at_us: now.as_micros(), node, what });
    }
}

/// Stands for a node's name where something concerns all.
const EVERYWHERE: &str = "*";
