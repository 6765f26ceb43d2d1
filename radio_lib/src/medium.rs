//! The medium: radios, their queues, and what happens to the frames.

mod interface;
mod radio;
mod slots;

pub use interface::{Effect, LinkChange, Locations, MeanLink, Profile, RadioId, RadioSetup, Reception};
pub(crate) use radio::{AirSlot, Attempt, Ends, Radio, Surroundings};
pub(crate) use slots::Slots;

use crate::airtime;
use crate::disturbance::{Disturbance, Disturbances};
use crate::dot11p::Dot11pModel;
use crate::error::RadioError;
use crate::field::Field;
use crate::geometric::GeometricModel;
use crate::ideal::IdealModel;
use crate::kind::Kind;
use crate::queue::{Destination, Pending};
use crate::stats::RadioStats;
use node_lib::addr::Mac;
use node_lib::buffer_pool::{AccessCategory, Frame};
use node_lib::control::node::{TxOutcome, TxStatus};
use node_lib::messages::split;
use node_lib::random::Key;
use node_lib::time::Instant;
use slots::advance;
use std::convert::Infallible;
use std::time::Duration;

/// All radios of a run and the air between them.
///
/// Calls come in order of time. Each radio has one queue for each access category and sends one frame at a time, the
/// most urgent first; a frame that still waits for its turn on the air gives way to a more urgent one. Effects already
/// given out stand: a caller that takes a radio down drops what is due there later, but for wake-ups.
///
/// Methods that name a radio panic if there is no such radio.
#[derive(Debug)]
pub struct Medium {
    radios: Vec<Radio>,
    /// Radios by address, sorted.
    by_mac: Vec<(Mac, RadioId)>,
    /// What all draws are keyed by.
    seed: Key,
    model: Model,
    disturbances: Disturbances,
    /// Frames that each queue holds.
    queue: usize,
}

#[derive(Debug)]
enum Model {
    Ideal(IdealModel),
    Geometric(Box<GeometricModel>),
    Dot11p(Box<Dot11pModel>),
}

impl Medium {
    /// A medium with these radios, numbered as they stand in the list, all of them down.
    ///
    /// # Errors
    /// [`RadioError`]: a setting out of its range, an address that is not unicast or occurs twice, an impossible link.
    pub fn new(profile: Profile, seed: Key, radios: Vec<RadioSetup>) -> Result<Medium, RadioError> {
        let by_mac = addresses(&radios)?;
        let (model, queue) = match profile {
            Profile::Ideal(ideal) => (Model::Ideal(IdealModel::new(&ideal, radios.len())?), ideal.queue),
            Profile::Geometric(geometric) => {
                (Model::Geometric(Box::new(GeometricModel::new(&geometric, radios.len())?)), geometric.queue)
            }
            Profile::Dot11p(dot11p) => {
                (Model::Dot11p(Box::new(Dot11pModel::new(&dot11p, seed, &radios)?)), dot11p.queue)
            }
        };
        let radios = radios.iter().map(|setup| Radio::new(seed, setup)).collect();
        Ok(Medium { radios, by_mac, seed, model, disturbances: Disturbances::default(), queue })
    }

    /// Adds a radio, which is down. It gets the next number; what becomes of anybody's frames depends on its key and not on when it
    /// was added. On the ideal profile it has links to all others where that joins every two radios, and otherwise none.
    ///
    /// # Errors
    /// [`RadioError`]: an address that is not unicast or that another radio has.
    pub fn add(&mut self, setup: &RadioSetup) -> Result<RadioId, RadioError> {
        let radio = RadioId(self.radios.len() as u32);
        if !setup.mac.is_unicast() {
            return Err(RadioError::NotUnicast { radio, mac: setup.mac });
        }
        match self.by_mac.binary_search_by_key(&setup.mac, |(mac, _)| *mac) {
            Ok(at) => {
                let first = self.by_mac[at].1;
                return Err(RadioError::DuplicateMac { mac: setup.mac, first, second: radio });
            }
            Err(at) => self.by_mac.insert(at, (setup.mac, radio)),
        }
        self.radios.push(Radio::new(self.seed, setup));
        match &mut self.model {
            Model::Ideal(model) => model.add(),
            Model::Geometric(model) => model.add(),
            Model::Dot11p(model) => model.add(setup.key),
        }
        Ok(radio)
    }

    /// Switches a radio on or off. While it is down it neither sends nor receives. What it has queued when it goes down
    /// is lost and counted, a frame on the air is cut off; there is no status for either. A radio receives only what
    /// began after it came up.
    pub fn set_up(&mut self, now: Instant, radio: RadioId, up: bool) {
        let sender = &mut self.radios[radio.index()];
        if up && sender.up_since.is_some() {
            return;
        }
        let on_air = match &mut self.model {
            Model::Ideal(model) if !up => {
                model.silence(radio);
                true
            }
            Model::Ideal(_) => true,
            Model::Geometric(model) => {
                model.set_up(radio, up);
                true
            }
            Model::Dot11p(model) => model.set_up(now, radio, up),
        };
        if up {
            sender.up_since = Some(now);
            return;
        }
        sender.up_since = None;
        sender.stats.lost_on_down += sender.queues.clear() as u64;
        if let Some(attempt) = sender.current.take() {
            sender.stats.lost_on_down += 1;
            if on_air && attempt.slot.start <= now {
                sender.stats.cut_off += 1;
                sender.count_transmissions(&attempt.pending, 1, now.since(attempt.slot.start));
            }
        }
    }

    /// True while a radio is up.
    pub fn is_up(&self, radio: RadioId) -> bool {
        self.radios[radio.index()].up_since.is_some()
    }

    /// Queues a frame. Its destination is its first six bytes: an address with the group bit set means everybody, any
    /// other is a unicast, which gets exactly one [`Effect::Status`] unless the radio goes down. The frame's category
    /// says how urgent it is.
    ///
    /// A train of segments (see [`Frame::is_train`]) is carried whole, as one frame, where that makes no difference: on links
    /// without loss and limit of rate. Elsewhere it is the frames that it is made of, each with a fate and a status of its own.
    ///
    /// A unicast that finds its queue full comes back as [`TxOutcome::Unacked`] with 0 attempts; one that the radio
    /// can't send (because it is down, or the frame too long) as [`TxOutcome::SendError`].
    pub fn send(
        &mut self,
        now: Instant,
        radio: RadioId,
        frame: Frame,
        loc: &dyn Locations,
        out: &mut Vec<Effect>,
    ) {
        let to = self.destination(radio, &frame);
        let whole = |to| self.disturbances.is_empty() && self.model.carries_whole(radio, to);
        if frame.is_train() && !to.is_some_and(whole) {
            let Ok(()) = split(&frame, |segment| -> Result<(), Infallible> {
                self.send(now, radio, segment, loc, out);
                Ok(())
            });
            return;
        }
        let fits = self.model.carries(frame.longest());
        let sender = &mut self.radios[radio.index()];
        sender.stats.offered += 1;
        let Some(to) = to else {
            sender.stats.refused += 1;
            return;
        };
        let category = frame.category;
        let pending = Pending { kind: Kind::of(&frame), frame, to, attempts: 0, first: 0, delivered: false };
        if sender.up_since.is_none() || !fits {
            sender.stats.refused += 1;
            hand_back(now, radio, pending, TxOutcome::SendError, out);
        } else if sender.queues.len_of(category) >= self.queue {
            sender.stats.queue_full[category as usize] += 1;
            hand_back(now, radio, pending, TxOutcome::Unacked, out);
        } else {
            sender.queues.push_back(pending);
            if let Model::Dot11p(model) = &mut self.model {
                return model.queued(now, radio, category, &mut self.radios, out);
            }
            let gives_way =
                |attempt: &mut Attempt| now < attempt.slot.start && attempt.pending.frame.category < category;
            if let Some(attempt) = sender.current.take_if(gives_way) {
                sender.queues.push_front(attempt.pending);
            }
            self.wake(now, radio, loc, out);
        }
    }

    /// Hands back the unicasts to `to` that have not been on the air, as [`TxOutcome::Withdrawn`] at `now`, the most
    /// urgent first and in their order.
    pub fn withdraw(&mut self, now: Instant, radio: RadioId, to: Mac, out: &mut Vec<Effect>) {
        let sender = &mut self.radios[radio.index()];
        let waits =
            |attempt: &mut Attempt| now < attempt.slot.start && attempt.pending.is_untried_unicast_to(to);
        if let Some(attempt) = sender.current.take_if(waits) {
            // It was its category's first: back in front, it comes out in its order. Nothing else may be on its way
            // then, so the next frame starts with the wake-up that was meant for this one.
            out.push(Effect::Wake { at: now, radio });
            sender.queues.push_front(attempt.pending);
        }
        let stats = &mut sender.stats;
        sender.queues.withdraw(to, |pending| {
            stats.withdrawn += 1;
            hand_back(now, radio, pending, TxOutcome::Withdrawn, out);
        });
    }

    /// Does what is due for a radio: the end of its transmission, the start of the next.
    pub fn handle_wake(&mut self, now: Instant, radio: RadioId, loc: &dyn Locations, out: &mut Vec<Effect>) {
        self.wake(now, radio, loc, out);
    }

    /// Takes back the list of an [`Effect::Broadcast`], so that its memory is used again.
    pub fn reuse(&mut self, receptions: Vec<Reception>) {
        match &mut self.model {
            Model::Ideal(_) => {}
            Model::Geometric(model) => model.reuse(receptions),
            Model::Dot11p(model) => model.reuse(receptions),
        }
    }

    /// Changes the link between two radios, in both directions, for transmissions that end from now on. The ideal
    /// profile changes the declared link, or makes one (without latency, jitter, loss or limit of rate unless the change
    /// says so). Where places matter `down` and `loss` are laid over propagation; with interference a link that is down concerns
    /// transmissions that begin from now on, which then don't even disturb.
    ///
    /// # Errors
    /// [`RadioError`] if `a` and `b` are the same, don't exist, or a value is out of its range; nothing changes then.
    pub fn set_link(&mut self, a: RadioId, b: RadioId, change: LinkChange) -> Result<(), RadioError> {
        check_ends(a, b, self.radios.len())?;
        match &mut self.model {
            Model::Ideal(model) => model.set_link(a, b, &change),
            Model::Geometric(model) => model.field.set_link(a, b, &change),
            Model::Dot11p(model) => model.field.set_link(a, b, &change),
        }
    }

    /// Puts a disturbance under a number of the caller's choice, for transmissions that end from now on, in place of the one
    /// that is there; `None` ends that one. The ideal profile settles all tries of a unicast when the first one ends. Trains
    /// are carried segment by segment while anything is disturbed.
    ///
    /// # Errors
    /// [`RadioError`] if a radio doesn't exist or the loss is out of its range; nothing changes then.
    pub fn disturb(&mut self, number: u32, disturbance: Option<Disturbance>) -> Result<(), RadioError> {
        self.disturbances.set(number, disturbance, self.radios.len())
    }

    /// Whether anything is disturbed.
    pub fn is_disturbed(&self) -> bool {
        !self.disturbances.is_empty()
    }

    /// Whether it matters where radios are.
    pub fn has_places(&self) -> bool {
        !matches!(self.model, Model::Ideal(_))
    }

    /// Whether there is a link between two radios that could be changed, be it up or down: between all of them, unless the
    /// links are named.
    pub fn has_link(&self, a: RadioId, b: RadioId) -> bool {
        match &self.model {
            Model::Ideal(model) => model.has_link(a, b),
            Model::Geometric(_) | Model::Dot11p(_) => a != b,
        }
    }

    /// What is between two radios on the mean, whether they are up or not, without what is laid over their link; `None` where a radio
    /// isn't there, or its place doesn't matter.
    pub fn mean_link(
        &self,
        from: RadioId,
        to: RadioId,
        at: Instant,
        loc: &dyn Locations,
    ) -> Option<MeanLink> {
        let places = [loc.position(from, at)?, loc.position(to, at)?];
        match &self.model {
            Model::Ideal(_) => None,
            Model::Geometric(model) => Some(model.mean_link(places)),
            Model::Dot11p(model) => Some(model.mean_link([from, to], places, at, loc)),
        }
    }

    /// Probability that one broadcast of `psdu_bytes` over such a link arrives: the mean over fading. It grows with the link's gain.
    /// 0 where places don't matter.
    pub fn delivery_over(&self, link: MeanLink, psdu_bytes: usize) -> f64 {
        match &self.model {
            Model::Ideal(_) => 0.0,
            Model::Geometric(model) => model.delivery_over(link, psdu_bytes),
            Model::Dot11p(model) => model.delivery_over(link, psdu_bytes),
        }
    }

    /// Probability that one broadcast of `psdu_bytes` ([`airtime::psdu_bytes`]) from one radio reaches another at `at`:
    /// the mean over fading, a link's own loss and what disturbs it. 0 if a radio or the link is down, or a radio isn't there.
    pub fn expected_delivery(
        &self,
        from: RadioId,
        to: RadioId,
        at: Instant,
        loc: &dyn Locations,
        psdu_bytes: usize,
    ) -> f64 {
        if from == to || !self.is_up(from) || !self.is_up(to) {
            return 0.0;
        }
        let over = |field: &Field| {
            let link = self.mean_link(from, to, at, loc);
            let own = field.overrides.of(from).loss(to).unwrap_or(1.0);
            link.map_or(0.0, |link| self.delivery_over(link, psdu_bytes)) * (1.0 - own)
        };
        let undisturbed = match &self.model {
            Model::Ideal(model) => model.expected_delivery(from, to),
            Model::Geometric(model) => over(&model.field),
            Model::Dot11p(model) => over(&model.field),
        };
        undisturbed * (1.0 - self.disturbances.loss(from, to, at, loc))
    }

    /// The radios that are up and that a frame from `radio` may reach at `at`, in order of number: those with a link
    /// that is up, or those within the radius beyond which less than one frame in a million arrives.
    pub fn neighbours_in_range(
        &mut self,
        radio: RadioId,
        at: Instant,
        loc: &dyn Locations,
        out: &mut Vec<RadioId>,
    ) {
        out.clear();
        match &mut self.model {
            Model::Ideal(model) => out.extend(model.linked(radio)),
            Model::Geometric(model) => model.field.within(radio, model.cutoff_m(), at, loc, out),
            Model::Dot11p(model) => model.field.within(radio, model.cutoff_m(), at, loc, out),
        }
        out.retain(|other| {
            self.radios[other.index()].up_since.is_some()
                && self.disturbances.loss(radio, *other, at, loc) < 1.0
        });
    }

    /// The radius, metres, beyond which less than one broadcast in a million arrives whatever its size; `None` where
    /// distance doesn't matter.
    pub fn cutoff_m(&self) -> Option<f64> {
        match &self.model {
            Model::Ideal(_) => None,
            Model::Geometric(model) => Some(model.cutoff_m()),
            Model::Dot11p(model) => Some(model.cutoff_m()),
        }
    }

    /// Whether radios sense the channel.
    pub fn senses_channel(&self) -> bool {
        matches!(self.model, Model::Dot11p(_))
    }

    /// How long a radio has taken the channel for busy since the run began, its own transmissions included; `None` where radios
    /// don't sense the channel.
    pub fn busy_time(&self, now: Instant, radio: RadioId) -> Option<Duration> {
        match &self.model {
            Model::Ideal(_) | Model::Geometric(_) => None,
            Model::Dot11p(model) => Some(model.busy_time(radio, now)),
        }
    }

    /// How long a frame of `frame_len` bytes (Ethernet header included) takes on the air in this category; `None` where that depends
    /// on the link.
    pub fn airtime(&self, frame_len: usize, category: AccessCategory) -> Option<Duration> {
        let rate = match &self.model {
            Model::Ideal(_) => return None,
            Model::Geometric(model) => model.rate(),
            Model::Dot11p(model) => model.rate(category),
        };
        Some(airtime::airtime(rate, airtime::psdu_bytes(frame_len)))
    }

    /// Frames that a radio has: queued, waiting for the air, on it, or waiting to be tried again.
    pub fn queued(&self, radio: RadioId) -> usize {
        let radio = &self.radios[radio.index()];
        radio.queues.len() + usize::from(radio.current.is_some())
    }

    /// The frames that [`Medium::queued`] counts.
    pub fn frames(&self, radio: RadioId) -> impl Iterator<Item = &Frame> {
        let radio = &self.radios[radio.index()];
        let current = radio.current.iter().map(|attempt| &attempt.pending.frame);
        radio.queues.frames().chain(current)
    }

    /// What a radio counted.
    pub fn stats(&self, radio: RadioId) -> &RadioStats {
        &self.radios[radio.index()].stats
    }

    /// Does what is due for a radio.
    fn wake(&mut self, now: Instant, radio: RadioId, loc: &dyn Locations, out: &mut Vec<Effect>) {
        let air = Surroundings { disturbances: &self.disturbances, loc };
        match &mut self.model {
            Model::Ideal(model) => advance(model, now, radio, &mut self.radios, air, out),
            Model::Geometric(model) => advance(&mut **model, now, radio, &mut self.radios, air, out),
            Model::Dot11p(model) => model.wake(now, radio, &mut self.radios, air, out),
        }
    }

    fn destination(&self, from: RadioId, frame: &Frame) -> Option<Destination> {
        let to = Mac(*frame.get(..airtime::ETHERNET_HEADER)?.first_chunk()?);
        if to.0[0] & 1 == 1 {
            return Some(Destination::Group);
        }
        let found = self.by_mac.binary_search_by_key(&to, |(mac, _)| *mac).ok();
        let radio = found.map(|at| self.by_mac[at].1).filter(|radio| *radio != from);
        Some(Destination::Station(to, radio))
    }
}

impl Model {
    fn carries(&self, frame_len: usize) -> bool {
        match self {
            Model::Ideal(_) => true,
            Model::Geometric(_) | Model::Dot11p(_) => airtime::psdu_bytes(frame_len) <= airtime::MAX_PSDU,
        }
    }

    /// Whether a train's segments would all fare alike.
    fn carries_whole(&self, from: RadioId, to: Destination) -> bool {
        match self {
            Model::Ideal(model) => model.is_perfect(from, to),
            Model::Geometric(_) | Model::Dot11p(_) => false,
        }
    }
}

/// Errors where two radios can't be joined.
pub(crate) fn check_ends(a: RadioId, b: RadioId, count: usize) -> Result<(), RadioError> {
    if let Some(radio) = [a, b].into_iter().find(|radio| radio.index() >= count) {
        Err(RadioError::UnknownRadio { radio, count })
    } else if a == b {
        Err(RadioError::SelfLink { radio: a })
    } else {
        Ok(())
    }
}

/// Gives a unicast that was never on the air back to its node; a broadcast has no status.
fn hand_back(at: Instant, radio: RadioId, pending: Pending, outcome: TxOutcome, out: &mut Vec<Effect>) {
    if let Destination::Station(to, _) = pending.to {
        let status = TxStatus { to, outcome, attempts: 0, frame: Some(pending.frame) };
        out.push(Effect::Status { at, radio, status });
    }
}

fn addresses(radios: &[RadioSetup]) -> Result<Vec<(Mac, RadioId)>, RadioError> {
    let mut by_mac: Vec<(Mac, RadioId)> =
        (0..).map(RadioId).zip(radios).map(|(id, setup)| (setup.mac, id)).collect();
    if let Some((mac, radio)) = by_mac.iter().find(|(mac, _)| !mac.is_unicast()) {
        return Err(RadioError::NotUnicast { radio: *radio, mac: *mac });
    }
    by_mac.sort_unstable();
    match by_mac.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(RadioError::DuplicateMac { mac: pair[0].0, first: pair[0].1, second: pair[1].1 }),
        None => Ok(by_mac),
    }
}
