//! Everything a node knows of one RSU: the newest heartbeat, who offers a path, which one is used.

use super::advert::Advert;
use super::keyed::KeyedList;
use super::link::Link;
use super::neighbours::Neighbours;
use super::offer::{Heartbeat as Beat, Offer};
use super::relaying::Relaying;
use crate::addr::Mac;
use crate::control::config::NodeConfig;
use crate::control::drops::DropReason;
use crate::control::node::{Route, RouteCause};
use crate::control::status::{Candidate, Explanation};
use crate::messages::{ExtensionBuf, Heartbeat, Path};
use crate::time::Instant;
use std::time::Duration;

/// What a decision is made from, besides the RSU's own state.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The time.
    pub now: Instant,
    /// The links.
    pub neighbours: &'a Neighbours,
    /// The settings.
    pub config: &'a NodeConfig,
}

/// What a heartbeat was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The first copy of a new id.
    New,
    /// Another copy, or an older id.
    Copy,
    /// The neighbour's word that it has no route.
    NoRoute,
}

/// The state for one RSU.
#[derive(Clone, Debug)]
pub struct Originator {
    /// The RSU.
    pub rsu: Mac,
    /// Its epoch, if it told one.
    pub epoch: Option<u32>,
    /// The newest id known.
    pub id: u32,
    /// The duration that came with it, milliseconds.
    pub duration_ms: u64,
    /// When the newest id was first heard.
    pub heard: Instant,
    /// The protected extensions that came with it, as they stand on the wire.
    pub protected: Vec<u8>,
    /// The neighbour in use.
    pub selected: Option<Mac>,
    /// The best advert ever transmitted (FD), or, after a start, the bound that stands in for the forgotten one.
    distance: Option<Advert>,
    /// Id and hops of the newest heartbeat we transmitted: what a legacy neighbour may have its own from (N7).
    said: Option<(u32, u32)>,
    offers: KeyedList<Offer>,
    quarantine: Option<Quarantine>,
    provisional: Option<Provisional>,
    /// True once a second heartbeat agreed with the first.
    confirmed: bool,
    better_since: Option<Instant>,
    /// Whether and when the newest id is relayed.
    pub relaying: Relaying,
    /// When "no route" is to be said.
    pub no_route_at: Option<Instant>,
    /// When it was last said.
    no_route_said: Option<Instant>,
    /// True if we relayed since we last said "no route": somebody may count on us.
    advertised: bool,
    /// How long the heartbeats of a next hop may stay away.
    missed_after: Duration,
    /// What the path in use was worth when it was last looked at.
    worth: Worth,
    /// The best for which there was no room among the offers since the newest id came.
    crowded_out: Worth,
}

/// N5: the state between a start and the first adverts that can't stem from before it.
#[derive(Clone, Copy, Debug)]
struct Quarantine {
    first_duration_ms: u64,
}

/// N8: a heartbeat that the next one has to confirm.
#[derive(Clone, Copy, Debug)]
struct Provisional {
    epoch: Option<u32>,
    id: u32,
    duration_ms: u64,
}

/// What a path is worth among those that are kept: class, then cost. Lower is better.
type Worth = (u8, u32);

/// What no path is worse than.
const WORTHLESS: Worth = (u8::MAX, u32::MAX);

/// How a heartbeat stands to what is known.
enum Standing {
    Ahead,
    Known,
    Confirmed,
    Rejected(DropReason),
}

impl Originator {
    /// A new RSU. `remembers_since` is since when nothing that we transmitted was forgotten.
    pub fn new(view: View<'_>, heartbeat: &Heartbeat<'_>, remembers_since: Instant) -> Self {
        let mut new = Originator {
            rsu: heartbeat.source,
            epoch: heartbeat.extensions.epoch(),
            id: heartbeat.id,
            duration_ms: heartbeat.duration_ms,
            heard: view.now,
            protected: Vec::new(),
            selected: None,
            distance: None,
            said: None,
            offers: KeyedList::new(),
            quarantine: Some(Quarantine { first_duration_ms: heartbeat.duration_ms }),
            provisional: None,
            confirmed: false,
            better_since: None,
            relaying: Relaying::default(),
            no_route_at: None,
            no_route_said: None,
            advertised: false,
            missed_after: missed_after(view.config),
            worth: WORTHLESS,
            crowded_out: WORTHLESS,
        };
        // Heartbeats reach us within `max_age`. So one that is heard later than that after we began to remember was
        // sent after it, and so was everything derived from its id.
        if view.now.since(remembers_since) > view.config.max_age {
            new.end_quarantine(heartbeat.id);
        }
        new.advance(view, heartbeat);
        new
    }

    /// Takes a heartbeat from the neighbour `from`.
    pub fn observe(
        &mut self,
        view: View<'_>,
        from: Mac,
        heartbeat: &Heartbeat<'_>,
    ) -> Result<Heard, DropReason> {
        let path = heartbeat.extensions.path();
        let counter = path.map(|path| path.counter);
        if path.is_some_and(|path| path.cost == Path::NO_ROUTE) {
            if heartbeat.extensions.epoch().or(self.epoch) == self.epoch
                && let Some(offer) = self.offers.get_mut(from)
            {
                offer.withdraw(view.now + view.config.relay_wait.1 * 2, heartbeat.id, counter);
            }
            return Ok(Heard::NoRoute);
        }
        let lag = path.map_or(0, |path| u32::from(path.lag));
        let route_id = heartbeat.id.checked_sub(lag).ok_or(DropReason::BadExtension)?;

        let heard = match self.standing(view, heartbeat) {
            Standing::Rejected(reason) => return Err(reason),
            Standing::Known => Heard::Copy,
            Standing::Ahead => {
                self.confirmed = true;
                self.provisional.take_if(|first| first.epoch == self.epoch);
                Heard::New
            }
            Standing::Confirmed => {
                self.adopt(heartbeat);
                self.confirmed = true;
                Heard::New
            }
        };
        if heard == Heard::New {
            self.advance(view, heartbeat);
        }
        let max_age_ms = view.config.max_age.as_millis() as u64;
        if let Some(quarantine) = self.quarantine
            && heartbeat.duration_ms > quarantine.first_duration_ms.saturating_add(max_age_ms)
        {
            self.end_quarantine(heartbeat.id);
        }

        // N1, N7: the RSU's own copy costs nothing; without PATH, hops are all there is.
        let (class, cost) = match path {
            Some(_) if from == self.rsu => (0, 0),
            Some(path) => (path.class.min(1), path.cost),
            None => (1, heartbeat.hops),
        };
        let advert =
            Advert { epoch: self.epoch.unwrap_or(0), route_id, class, cost: cost.min(Path::NO_ROUTE - 1) };
        let (id, duration_ms, hops) = (heartbeat.id, heartbeat.duration_ms, heartbeat.hops);
        if id == self.id && self.as_good(view, (advert.class, advert.cost)) {
            self.relaying.copy(view, from);
        }
        self.take(view, Beat { via: from, id, duration_ms, hops, advert, counter, legacy: path.is_none() });
        Ok(heard)
    }

    /// Chooses the next hop anew. Returns why it changed, if it did; `cause` is the reason if the present one has just
    /// been given up.
    pub fn reselect(&mut self, view: View<'_>, cause: RouteCause) -> Option<RouteCause> {
        let changed = self.choose(view, cause);
        let class = |offer: &Offer| offer.latest.map_or(u8::MAX, |latest| latest.class);
        self.worth = self.selected_offer().map_or(WORTHLESS, |offer| (class(offer), self.total(view, offer)));
        changed
    }

    fn choose(&mut self, view: View<'_>, cause: RouteCause) -> Option<RouteCause> {
        let current = self.selected.and_then(|via| self.offer(via));
        let usable = current.filter(|offer| self.usable(view, offer));
        let best = self.best(view);
        let (next, why) = match (usable, best) {
            (Some(current), Some(best))
                if best.via != current.via && self.much_better(view, best, current) =>
            {
                let next = best.via;
                let since = *self.better_since.get_or_insert(view.now);
                if view.now.since(since) < view.config.heartbeat_interval * view.config.hysteresis_intervals {
                    return None;
                }
                (Some(next), RouteCause::Better)
            }
            (Some(_), _) => {
                self.better_since = None;
                return None;
            }
            (None, best) => {
                let why = match (self.selected, current) {
                    (None, _) => RouteCause::Found,
                    (Some(_), None) => RouteCause::Flushed,
                    (Some(_), Some(offer)) if offer.latest.is_none() => RouteCause::NoRoute,
                    (Some(via), Some(_)) if view.neighbours.failed(via) => cause,
                    (Some(_), Some(_)) => RouteCause::Missed,
                };
                (best.map(|offer| offer.via), why)
            }
        };
        self.better_since = None;
        let changed = next != self.selected;
        self.selected = next;
        if next.is_some() {
            self.no_route_at = None;
        } else if changed && self.advertised && self.relaying.somebody_uses_us(view) {
            // N6, at most once an interval, and only where somebody is there to fail over.
            let earliest = self.no_route_said.map_or(view.now, |said| said + view.config.heartbeat_interval);
            self.no_route_at = Some(earliest.max(view.now));
        }
        changed.then_some(why)
    }

    /// True once a second heartbeat agreed with the first: somebody is there.
    pub(super) fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// The path in use, with what it costs now.
    pub fn route(&self, view: View<'_>) -> Option<Route> {
        let offer = self.offer(self.selected?)?;
        let cost = self.total(view, offer);
        Some(Route { rsu: self.rsu, next_hop: offer.via, hops: offer.hops, cost })
    }

    /// How many neighbours' offers are kept.
    pub(super) fn offers(&self) -> usize {
        self.offers.len()
    }

    /// The offer in use.
    pub fn selected_offer(&self) -> Option<&Offer> {
        self.offer(self.selected?)
    }

    /// When the next hop in use has missed its heartbeats.
    #[inline]
    pub fn missed_at(&self) -> Option<Instant> {
        Some(self.selected_offer()?.heard + self.missed_after)
    }

    /// N3: the PATH values (lag, class, cost) and the hops that a relay of the newest id carries: those of the path in
    /// use, one link longer. `None` without a path, or where the path is as long as a frame may go.
    pub fn advert(&self, view: View<'_>) -> Option<(u8, Advert, u32)> {
        let offer = self.selected_offer()?;
        let latest = offer.latest?;
        let lag = u8::try_from(self.id.checked_sub(latest.route_id)?).ok()?;
        let hops = offer.hops.saturating_add(1);
        (hops <= u32::from(view.config.hop_limit)).then_some((
            lag,
            Advert { cost: self.total(view, offer), ..latest },
            hops,
        ))
    }

    /// An advert is about to be transmitted, with the newest id and these hops: FD must know it first.
    pub fn transmitting(&mut self, advert: Advert, hops: u32) {
        self.said = Some((self.id, hops));
        if advert.beats(self.distance) {
            self.distance = Some(advert);
        }
        self.advertised = true;
    }

    /// "No route" is about to be said.
    pub fn saying_no_route(&mut self, now: Instant) {
        self.no_route_at = None;
        self.no_route_said = Some(now);
        self.advertised = false;
    }

    /// Best total cost first; what `explain` shows.
    pub fn explain(&self, view: View<'_>) -> Explanation {
        let mut offers: Vec<&Offer> = self.offers.iter().collect();
        offers.sort_by_key(|offer| (!self.usable(view, offer), self.rank(view, offer)));
        let candidates = offers.into_iter().map(|offer| Candidate {
            neighbour: offer.via,
            advert: offer.latest.map_or((offer.best.route_id, offer.best.class, Path::NO_ROUTE), |advert| {
                (advert.route_id, advert.class, advert.cost)
            }),
            link_cost: view.neighbours.cost(offer.via),
            link: view.neighbours.get(offer.via).map(Link::parts).unwrap_or_default(),
            feasible: self.usable(view, offer) && self.feasible(offer),
            confirmed: confirmed(view, offer.via),
            heard: offer.heard,
        });
        Explanation {
            rsu: self.rsu,
            epoch: self.epoch,
            id: self.id,
            feasibility_distance: self.distance.map(|fd| (fd.epoch, fd.route_id, fd.class, fd.cost)),
            selected: self.route(view),
            candidates: candidates.collect(),
        }
    }

    /// Rank of the path in use among the paths to other RSUs; lower is better.
    pub(super) fn selected_rank(&self, view: View<'_>) -> Option<Rank> {
        self.selected_offer().map(|offer| self.rank(view, offer))
    }

    fn standing(&mut self, view: View<'_>, heartbeat: &Heartbeat<'_>) -> Standing {
        let told = heartbeat.extensions.epoch().or(self.epoch);
        let interval = view.config.heartbeat_interval;
        // What nobody confirmed, or what has been silent for long, may have been forged: then the present need not
        // agree with it, and may lie before it.
        let doubtful = !self.confirmed || view.now.since(self.heard) > interval * LONGEST_JUMP;
        match (told, self.epoch) {
            (Some(epoch), Some(known)) if epoch < known && !doubtful => {
                return Standing::Rejected(DropReason::StaleHeartbeat);
            }
            (told, known) if told != known => return self.provisional(told, heartbeat),
            _ => {}
        }
        let max_age_ms = view.config.max_age.as_millis() as u64;
        let fell = heartbeat.duration_ms.saturating_add(max_age_ms) < self.duration_ms;
        // What contradicts a first contact is as likely as that one.
        if !self.confirmed && (heartbeat.id < self.id || fell) {
            return self.provisional(told, heartbeat);
        }
        let restarted = fell && (self.epoch.is_none() || doubtful);
        // An id can't be further ahead than the time that passed allows; two more for the first jitter.
        let passed = view.now.since(self.heard).as_micros() / (interval * 9 / 10).as_micros().max(1);
        let allowed = u32::try_from(passed).unwrap_or(u32::MAX).saturating_add(2).min(LONGEST_JUMP);
        // Nor can the RSU have been up for longer; again two intervals more.
        let up = Duration::from_millis(heartbeat.duration_ms.saturating_sub(self.duration_ms));
        let rushed = up > view.now.since(self.heard) * 11 / 10 + view.config.max_age + interval * 2;
        match heartbeat.id.checked_sub(self.id) {
            Some(1..) if restarted => self.provisional(told, heartbeat),
            Some(ahead @ 1..) if ahead <= allowed && !rushed => Standing::Ahead,
            Some(1..) => self.provisional(told, heartbeat),
            _ if self.id - heartbeat.id <= LONGEST_JUMP => Standing::Known,
            _ if restarted => self.provisional(told, heartbeat),
            _ => Standing::Rejected(DropReason::StaleHeartbeat),
        }
    }

    /// N8, and N7's restarts: two in a row that agree are believed.
    fn provisional(&mut self, epoch: Option<u32>, heartbeat: &Heartbeat<'_>) -> Standing {
        if let Some(first) = self.provisional
            && first.epoch == epoch
        {
            let ahead = heartbeat.id.checked_sub(first.id);
            if ahead.is_some_and(|by| (1..=LONGEST_JUMP).contains(&by))
                && heartbeat.duration_ms > first.duration_ms
            {
                return Standing::Confirmed;
            }
            if ahead == Some(0) {
                return Standing::Rejected(DropReason::ProvisionalHeartbeat);
            }
        }
        self.provisional = Some(Provisional { epoch, id: heartbeat.id, duration_ms: heartbeat.duration_ms });
        Standing::Rejected(DropReason::ProvisionalHeartbeat)
    }

    /// The RSU tells its epoch for the first time: what we know belongs to it.
    fn relabel(&mut self, epoch: u32) {
        self.epoch = Some(epoch);
        for offer in self.offers.iter_mut() {
            offer.best.epoch = epoch;
            if let Some(latest) = &mut offer.latest {
                latest.epoch = epoch;
            }
        }
        if let Some(distance) = &mut self.distance {
            distance.epoch = epoch;
        }
    }

    /// A confirmed jump or restart.
    fn adopt(&mut self, heartbeat: &Heartbeat<'_>) {
        let told = heartbeat.extensions.epoch().or(self.epoch);
        let close = heartbeat.id.abs_diff(self.id) <= LONGEST_JUMP;
        let first_duration_ms = match self.provisional.take() {
            // Of an RSU that was only heard once, we said nothing that bears these ids: what has the second of them is new.
            Some(first) if !self.confirmed => first.duration_ms,
            _ => heartbeat.duration_ms,
        };
        if let (Some(epoch), None, true) = (told, self.epoch, close) {
            return self.relabel(epoch);
        }
        let earlier = heartbeat.duration_ms < self.duration_ms || heartbeat.id < self.id;
        let back = told < self.epoch || (told == self.epoch && earlier);
        if told != self.epoch || back {
            self.offers.clear();
            self.said = None;
            if let Some(quarantine) = &mut self.quarantine {
                quarantine.first_duration_ms = first_duration_ms;
            }
        }
        // N7, and where a forged past is left behind: adverts of the new life don't beat FD, so it starts over, as after
        // a start of our own.
        if back {
            self.distance = None;
            self.quarantine = Some(Quarantine { first_duration_ms });
        }
        self.epoch = told;
    }

    fn advance(&mut self, view: View<'_>, heartbeat: &Heartbeat<'_>) {
        self.id = heartbeat.id;
        self.duration_ms = heartbeat.duration_ms;
        self.heard = view.now;
        self.crowded_out = WORTHLESS;
        self.protected.clear();
        self.protected.extend_from_slice(heartbeat.extensions.protected());
        // A copy that came through a legacy node lost the epoch on its way; ours tells it again.
        if let (Some(epoch), None) = (self.epoch, heartbeat.extensions.epoch()) {
            let mut extension = ExtensionBuf::new();
            if extension.push_epoch(epoch).is_ok() {
                self.protected.splice(..0, extension.as_extensions().as_bytes().iter().copied());
            }
        }
        let draw = view.config.key.with(RELAY_WAIT).with(self.rsu.to_u64());
        let draw = draw.with(u64::from(self.epoch.unwrap_or(0))).with(u64::from(self.id));
        self.relaying.begin(view, draw);
    }

    /// N5 ends: whatever has this route id or a later one was sent after our start.
    fn end_quarantine(&mut self, id: u32) {
        self.quarantine = None;
        if let Some(route_id) = id.checked_sub(1) {
            let bound = Advert { epoch: self.epoch.unwrap_or(0), route_id, class: 0, cost: 0 };
            if bound.beats(self.distance) {
                self.distance = Some(bound);
            }
        }
    }

    fn take(&mut self, view: View<'_>, beat: Beat) {
        if let Some(offer) = self.offers.get_mut(beat.via) {
            return offer.update(view.now, beat);
        }
        // In a crowd most heartbeats come from neighbours that are worth less than those we keep.
        if self.offers.len() >= MOST_OFFERS {
            let worth = (beat.advert.class, beat.advert.cost);
            if worth >= self.worth.min(self.crowded_out) && beat.via != self.rsu {
                return;
            }
            if !self.make_room(view, worth) {
                self.crowded_out = worth;
                return;
            }
        }
        self.offers.push(beat.via, Offer::new(view.now, beat));
    }

    /// Drops the offer that is worth least, if it is worth less than the newcomer: one that ended, else the costliest.
    fn make_room(&mut self, view: View<'_>, newcomer: Worth) -> bool {
        let worth = |offer: &Offer| {
            let alive = view.now < offer.heard + self.missed_after;
            let latest = offer.latest.filter(|_| alive);
            latest.map_or(WORTHLESS, |latest| (latest.class, latest.cost))
        };
        let spare = self.offers.iter().enumerate().filter(|(_, offer)| Some(offer.via) != self.selected);
        let Some((at, least)) = spare.map(|(at, offer)| (at, worth(offer))).max_by_key(|(_, worth)| *worth)
        else {
            return false;
        };
        let room = least > newcomer;
        if room {
            self.offers.remove(at);
        }
        room
    }

    /// Whether an advert is worth as much as our own: nobody would change to us for less than the hysteresis.
    fn as_good(&self, view: View<'_>, (class, cost): Worth) -> bool {
        let (our_class, our_cost) = self.worth;
        let margin = u64::from(view.config.hysteresis_percent) + 100;
        class < our_class || (class == our_class && u64::from(cost) * 100 <= u64::from(our_cost) * margin)
    }

    fn offer(&self, via: Mac) -> Option<&Offer> {
        self.offers.get(via)
    }

    fn best(&self, view: View<'_>) -> Option<&Offer> {
        let open = self.offers.iter().filter(|offer| self.usable(view, offer) && self.feasible(offer));
        open.min_by_key(|offer| self.rank(view, offer))
    }

    /// N2 and N5, tested now. The RSU itself is always feasible: it has no next hop that could lead back.
    fn feasible(&self, offer: &Offer) -> bool {
        let better = offer.best.beats(self.distance) && !self.may_stem_from_us(offer);
        offer.via == self.rsu || (self.quarantine.is_none() && better)
    }

    /// N7: a legacy node's cost is a number of hops, which any cost of ours in microseconds exceeds. But it counts hops as we
    /// do: what it has from us has more of them than we said, or an older id.
    fn may_stem_from_us(&self, offer: &Offer) -> bool {
        offer.legacy
            && self.said.is_some_and(|(id, hops)| offer.id < id || (offer.id == id && offer.hops >= hops))
    }

    /// Alive: heard lately, its unicasts arrive, it has a route, and that route is not behind by `missed` ids.
    fn usable(&self, view: View<'_>, offer: &Offer) -> bool {
        let current =
            |latest: Advert| self.id.saturating_sub(latest.route_id) < u32::from(view.config.missed);
        offer.latest.is_some_and(current)
            && view.now < offer.heard + self.missed_after
            && !view.neighbours.failed(offer.via)
    }

    fn much_better(&self, view: View<'_>, a: &Offer, b: &Offer) -> bool {
        self.rank(view, a).much_better(&self.rank(view, b), view.config)
    }

    fn rank(&self, view: View<'_>, offer: &Offer) -> Rank {
        Rank {
            unconfirmed: !confirmed(view, offer.via),
            class: offer.latest.map_or(u8::MAX, |latest| latest.class),
            cost: self.total(view, offer),
            hops: offer.hops,
            mac: offer.via,
        }
    }

    fn total(&self, view: View<'_>, offer: &Offer) -> u32 {
        let advertised = offer.latest.map_or(Path::NO_ROUTE, |latest| latest.cost);
        let link = view.neighbours.cost(offer.via);
        advertised.saturating_add(link).min(Path::NO_ROUTE - 1)
    }
}

/// How paths are ordered; lower is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    unconfirmed: bool,
    class: u8,
    cost: u32,
    hops: u32,
    mac: Mac,
}

impl Rank {
    /// Better by more than the hysteresis, or of a better kind.
    pub(super) fn much_better(&self, other: &Rank, config: &NodeConfig) -> bool {
        let (kind, other_kind) = ((self.unconfirmed, self.class), (other.unconfirmed, other.class));
        let margin = u64::from(config.hysteresis_percent) + 100;
        kind < other_kind
            || (kind == other_kind && u64::from(self.cost) * margin < u64::from(other.cost) * 100)
    }
}

/// How long the heartbeats of a next hop may stay away: `missed` intervals at their longest, and two relay waits.
fn missed_after(config: &NodeConfig) -> Duration {
    let interval = config.heartbeat_interval * u32::from(config.missed);
    interval + interval / 10 + config.relay_wait.1 * 2
}

/// Where the link layer says what became of unicasts, that is how a link is known to work both ways.
fn confirmed(view: View<'_>, via: Mac) -> bool {
    let recent = view.config.heartbeat_interval * HEARD_ROUNDS;
    view.config.tx_status || view.neighbours.get(via).is_some_and(|link| link.hears_us(view.now, recent))
}

/// N8.
const LONGEST_JUMP: u32 = 32;
/// Neighbours kept per RSU: the N best are among them, and a failover finds more where the best have gone.
pub(super) const MOST_OFFERS: usize = 8;
/// HEARD names four neighbours a heartbeat; in a crowd of 64 each has its turn within this many.
const HEARD_ROUNDS: u32 = 16;
/// Purpose of a draw.
const RELAY_WAIT: u64 = 0x7265_6c61;
