//! All RSUs a node knows, and which of them it uses itself.

use super::keyed::KeyedList;
use super::originator::{Heard, MOST_OFFERS, Originator, View};
use crate::addr::Mac;
use crate::control::drops::DropReason;
use crate::control::node::{Route, RouteCause, TimerReason};
use crate::control::status::Explanation;
use crate::messages::{Heartbeat, Path};
use crate::time::Instant;

/// Where a frame for an RSU goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextHop {
    /// The neighbour.
    pub mac: Mac,
    /// True if it speaks the base layout only.
    pub legacy: bool,
}

/// What an RSU's state wants to have sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Its newest heartbeat, relayed.
    Relay,
    /// The word that there is no route any more.
    NoRoute,
}

/// The upstream side of an OBU.
#[derive(Clone, Debug)]
pub struct Upstream {
    originators: KeyedList<Originator>,
    active: Option<Mac>,
    better_since: Option<Instant>,
    /// Since when nothing that we transmitted was forgotten: the start, or the last eviction of an RSU.
    remembers_since: Instant,
    cause: RouteCause,
    /// True since a path changed, until somebody asked.
    changed: bool,
    /// The next deadline; kept, because it is asked for after every frame.
    deadline: Option<(Instant, TimerReason)>,
}

impl Upstream {
    /// A node that has just started.
    pub fn new(now: Instant) -> Self {
        Upstream {
            originators: KeyedList::new(),
            active: None,
            better_since: None,
            remembers_since: now,
            cause: RouteCause::Found,
            changed: false,
            deadline: None,
        }
    }

    /// Takes a heartbeat from the neighbour `from`.
    pub fn observe(
        &mut self,
        view: View<'_>,
        from: Mac,
        heartbeat: &Heartbeat<'_>,
    ) -> Result<(), DropReason> {
        let path = heartbeat.extensions.path();
        let at = match self.originators.position(heartbeat.source) {
            Some(at) => at,
            None if path.is_some_and(|path| path.cost == Path::NO_ROUTE) => return Ok(()),
            None if path.is_some_and(|path| u32::from(path.lag) > heartbeat.id) => {
                return Err(DropReason::BadExtension);
            }
            None => self.add(view, heartbeat),
        };
        let originator = &mut self.originators[at];
        let heard = originator.observe(view, from, heartbeat)?;
        let in_use = originator.selected;
        // A new id is when costs are compared. A copy of somebody who is not used changes nothing before that.
        if heard == Heard::Copy && in_use.is_some_and(|via| via != from) {
            return Ok(());
        }
        if let Some(cause) = originator.reselect(view, RouteCause::Unacked) {
            (self.cause, self.changed) = (cause, true);
        }
        if heard == Heard::New || in_use != self.originators[at].selected {
            self.choose(view);
        }
        self.find_deadline();
        Ok(())
    }

    /// Unicasts to a neighbour failed (it is marked in `view`), or its heartbeats may be overdue: chooses anew.
    pub fn reselect(&mut self, view: View<'_>, cause: RouteCause) {
        for originator in self.originators.iter_mut() {
            if let Some(cause) = originator.reselect(view, cause) {
                (self.cause, self.changed) = (cause, true);
            }
        }
        self.choose(view);
        self.find_deadline();
    }

    /// The path in use for this node's own frames.
    pub fn route(&self, view: View<'_>) -> Option<Route> {
        self.path(self.active)?.route(view)
    }

    /// RSU and next hop in use, without what they cost.
    #[inline]
    pub fn active(&self) -> Option<(Mac, NextHop)> {
        let rsu = self.active?;
        Some((rsu, self.next_hop(rsu)?))
    }

    /// The RSU that this node would use if the one in use went.
    pub fn next_best(&self, view: View<'_>) -> Option<Mac> {
        let others = self.originators.iter().filter(|originator| Some(originator.rsu) != self.active);
        let ranked = others.filter_map(|originator| Some((originator.selected_rank(view)?, originator.rsu)));
        ranked.min().map(|(_, rsu)| rsu)
    }

    /// True if a path changed since the last call.
    #[inline]
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Why the path last changed.
    pub fn cause(&self) -> RouteCause {
        self.cause
    }

    /// Where frames for `rsu` go (N4).
    #[inline]
    pub fn next_hop(&self, rsu: Mac) -> Option<NextHop> {
        let offer = self.path(Some(rsu))?.selected_offer()?;
        Some(NextHop { mac: offer.via, legacy: offer.legacy })
    }

    /// The duration, id and hops of the next hop's last heartbeat for `rsu`: what a reply echoes.
    pub fn echo(&self, rsu: Mac) -> Option<(u64, u32, u32)> {
        let offer = self.path(Some(rsu))?.selected_offer()?;
        Some((offer.duration_ms, offer.id, offer.hops))
    }

    /// The epoch that `rsu` last told.
    pub fn epoch(&self, rsu: Mac) -> Option<u32> {
        self.path(Some(rsu))?.epoch
    }

    /// Somebody sent a reply or data through us towards `rsu`.
    #[inline]
    pub fn used(&mut self, rsu: Mac, now: Instant) {
        if let Some(originator) = self.originators.get_mut(rsu) {
            originator.relaying.used = Some(now);
        }
    }

    /// The next deadline.
    #[inline]
    pub fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        self.deadline
    }

    /// Gives up next hops whose heartbeats are overdue.
    pub fn expire(&mut self, view: View<'_>) {
        if self.originators.iter().any(|originator| originator.missed_at().is_some_and(|at| at <= view.now)) {
            self.reselect(view, RouteCause::Missed);
        }
    }

    /// The next RSU that has something to be sent now, and what. The caller sends it through the originator's
    /// `transmitting` or `saying_no_route`; the deadline is taken off here.
    pub fn take_due(&mut self, now: Instant) -> Option<(&mut Originator, Due)> {
        if self.deadline.is_none_or(|(at, _)| at > now) {
            return None;
        }
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let at = self.originators.iter().position(|o| due(o.relaying.at) || due(o.no_route_at))?;
        let (deadline, what) = match &mut self.originators[at] {
            originator if due(originator.no_route_at) => (&mut originator.no_route_at, Due::NoRoute),
            originator => (&mut originator.relaying.at, Due::Relay),
        };
        *deadline = None;
        self.find_deadline();
        Some((&mut self.originators[at], what))
    }

    /// Calls `each` with the name of every table, how much it holds, and the most that it may.
    pub fn tables(&self, max_rsus: usize, mut each: impl FnMut(&'static str, usize, usize)) {
        each("RSUs", self.originators.len(), max_rsus.max(1));
        let fullest = self.originators.iter().map(Originator::offers).max().unwrap_or_default();
        each("offers", fullest, MOST_OFFERS);
    }

    /// What is known of `rsu`.
    pub fn explain(&self, view: View<'_>, rsu: Mac) -> Option<Explanation> {
        self.path(Some(rsu)).map(|originator| originator.explain(view))
    }

    /// What is known of every RSU, by address.
    pub fn explain_all(&self, view: View<'_>) -> Vec<Explanation> {
        let mut all: Vec<_> = self.originators.iter().map(|originator| originator.explain(view)).collect();
        all.sort_by_key(|explanation| explanation.rsu);
        all
    }

    fn find_deadline(&mut self) {
        let deadlines = self.originators.iter().flat_map(|originator| {
            [
                originator.relaying.at.map(|at| (at, TimerReason::Relay)),
                originator.no_route_at.map(|at| (at, TimerReason::Relay)),
                originator.missed_at().map(|at| (at, TimerReason::Missed)),
            ]
        });
        self.deadline = deadlines.flatten().min();
    }

    fn path(&self, rsu: Option<Mac>) -> Option<&Originator> {
        self.originators.get(rsu?)
    }

    /// Makes room for a new RSU: the one silent for longest goes, and with it the memory of what we said of it.
    fn add(&mut self, view: View<'_>, heartbeat: &Heartbeat<'_>) -> usize {
        if self.originators.len() >= view.config.max_rsus.max(1) {
            let oldest = self.originators.iter().enumerate().min_by_key(|(_, originator)| {
                (Some(originator.rsu) == self.active, originator.heard, originator.rsu)
            });
            if let Some((oldest, originator)) = oldest {
                if Some(originator.rsu) == self.active {
                    (self.active, self.changed) = (None, true);
                }
                self.originators.remove(oldest);
                self.remembers_since = view.now;
            }
        }
        let new = Originator::new(view, heartbeat, self.remembers_since);
        self.originators.push(heartbeat.source, new);
        self.originators.len() - 1
    }

    /// Picks the RSU: the present one stays until another has been better by more than the hysteresis for long enough,
    /// or it has no path any more. One that was heard but once may not exist: any other comes before it, at once.
    fn choose(&mut self, view: View<'_>) {
        let rank = |originator: &Originator| {
            originator.selected_rank(view).map(|rank| (!originator.is_confirmed(), rank))
        };
        let ranked =
            self.originators.iter().filter_map(|originator| Some((rank(originator)?, originator.rsu)));
        let Some(((doubtful, best), rsu)) = ranked.min() else {
            (self.active, self.better_since) = (None, None);
            self.changed = true;
            return;
        };
        let present = self.path(self.active).and_then(rank);
        let Some((_, present)) = present.filter(|(present_doubtful, _)| *present_doubtful <= doubtful) else {
            if present.is_some() {
                self.cause = RouteCause::Better;
            }
            (self.active, self.better_since) = (Some(rsu), None);
            self.changed = true;
            return;
        };
        if Some(rsu) == self.active || !best.much_better(&present, view.config) {
            self.better_since = None;
            return;
        }
        let since = *self.better_since.get_or_insert(view.now);
        if view.now.since(since) >= view.config.heartbeat_interval * view.config.hysteresis_intervals {
            (self.active, self.better_since, self.cause) = (Some(rsu), None, RouteCause::Better);
            self.changed = true;
        }
    }
}
