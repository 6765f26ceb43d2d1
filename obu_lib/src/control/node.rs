//! [`Obu`]: the on-board unit as a [`Node`].

pub use node_lib::control::node::{Reply, ReplyType};

use super::replies::Replies;
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::NodeConfig;
use node_lib::control::drops::{Counters, DropReason};
use node_lib::control::node::{
    Event, Node, Outbox, Route, RouteCause, RxMeta, TimerReason, TxOutcome, TxStatus,
};
use node_lib::control::status::{Explanation, Status};
use node_lib::core::{Announcement, Core, Verdict};
use node_lib::messages::{Control, Data, Heartbeat, PacketType, Path};
use node_lib::routing::{Due, Interest, NextHop, Upstream};
use node_lib::time::Instant;

/// An on-board unit.
#[derive(Debug)]
pub struct Obu {
    pub(super) core: Core,
    pub(super) upstream: Upstream,
    pub(super) replies: Replies,
    /// The path that was last told as an event.
    told: Option<Route>,
}

impl Obu {
    /// An OBU that starts now.
    pub fn new(config: NodeConfig, now: Instant) -> Self {
        Obu {
            core: Core::new(config, now),
            upstream: Upstream::new(now),
            replies: Replies::default(),
            told: None,
        }
    }

    /// The path that frames of this OBU's host take, if there is one.
    pub fn route(&self) -> Option<Route> {
        self.upstream.route(self.core.view(self.core.told))
    }

    /// Calls `each` with the name of every table, how much it holds, and the most that it may.
    pub fn tables(&self, mut each: impl FnMut(&'static str, usize, usize)) {
        self.core.tables(&mut each);
        self.upstream.tables(self.core.config.max_rsus, each);
    }

    /// Where a frame that names `rsu` goes from here.
    pub fn next_hop(&self, rsu: Mac) -> Option<Mac> {
        self.upstream.next_hop(rsu).map(|next| next.mac)
    }

    /// When something is to be done, as this node counts time.
    fn deadline(&self) -> Option<(Instant, TimerReason)> {
        self.upstream.poll_timeout().into_iter().chain(self.replies.poll_timeout()).min()
    }

    fn receive(&mut self, now: Instant, frame: Frame, out: &mut Outbox) -> Result<(), DropReason> {
        let message = self.core.receive(now, &frame)?;
        let from = message.from;
        match message.packet {
            PacketType::Control(Control::Heartbeat(heartbeat)) => {
                let result = self.heartbeat(now, from, &heartbeat);
                self.run_due(now, out);
                result
            }
            PacketType::Control(Control::HeartbeatReply(reply)) => {
                let result = self.reply(now, from, &reply, out);
                self.run_due(now, out);
                result
            }
            PacketType::Data(Data::Upstream(data)) => {
                let (origin, routing) = (data.origin, data.routing);
                self.relay_upstream(now, from, origin, routing, frame, out)
            }
            PacketType::Data(Data::Downstream(data)) => {
                let (origin, destination, routing) = (data.origin, data.destination, data.routing);
                self.downstream(now, from, (origin, destination), routing, frame, out)
            }
        }
    }

    fn heartbeat(&mut self, now: Instant, from: Mac, heartbeat: &Heartbeat<'_>) -> Result<(), DropReason> {
        // We are no RSU. Relayed, this would look like an RSU's own copy.
        if heartbeat.source == self.core.config.mac {
            return Err(DropReason::OwnFrame);
        }
        self.core.note_heartbeat(now, from, heartbeat);
        let rsu = heartbeat.source;
        let result = self.upstream.observe(self.core.view(now), from, heartbeat);
        // An RSU that has restarted knows nothing of us any more.
        if self.replies.told_another_life(rsu, heartbeat.extensions.epoch())
            && self.upstream.epoch(rsu) == heartbeat.extensions.epoch()
        {
            self.replies.route_changed(now, true, &self.core.config);
        }
        result
    }

    /// Does everything whose time has come, and tells of a changed path.
    fn run_due(&mut self, now: Instant, out: &mut Outbox) {
        if self.upstream.poll_timeout().is_some_and(|(at, _)| at <= now) {
            self.upstream.expire(self.core.view(now));
            self.send_due_heartbeats(now, out);
        }
        if self.upstream.take_changed() {
            self.tell(now, out);
        }
        self.send_due_replies(now, out);
    }

    fn send_due_heartbeats(&mut self, now: Instant, out: &mut Outbox) {
        let in_use = self.upstream.active().map(|(rsu, _)| rsu);
        let next = self.upstream.next_best(self.core.view(now));
        while let Some((originator, due)) = self.upstream.take_due(now) {
            let view = self.core.view(now);
            let (lag, class, cost, hops) = match due {
                Due::Relay => {
                    let Some((lag, advert, hops)) = originator.advert(view) else { continue };
                    let interest = match Some(originator.rsu) {
                        rsu if rsu == in_use => Interest::InUse,
                        rsu if rsu == next => Interest::Next,
                        _ => Interest::Other,
                    };
                    if originator.relaying.suppress(view, interest) {
                        self.core.counters.relays_suppressed += 1;
                        continue;
                    }
                    originator.transmitting(advert, hops);
                    (lag, advert.class, advert.cost, hops)
                }
                Due::NoRoute if originator.selected.is_some() => continue,
                Due::NoRoute => {
                    originator.saying_no_route(now);
                    (0, 0, Path::NO_ROUTE, UNREACHABLE_HOPS)
                }
            };
            let announcement = Announcement {
                source: originator.rsu,
                duration_ms: originator.duration_ms,
                id: originator.id,
                hops,
                lag,
                class,
                cost,
                protected: &originator.protected,
            };
            let sent = u64::from(self.core.send_heartbeat(now, announcement, out));
            match due {
                Due::Relay => self.core.counters.heartbeats_relayed += sent,
                Due::NoRoute => self.core.counters.no_route_sent += sent,
            }
        }
    }

    /// Tells of a path that differs from the one last told.
    fn tell(&mut self, now: Instant, out: &mut Outbox) {
        let same = |route: Option<Route>, active: Option<(Mac, NextHop)>| {
            route.map(|route| (route.rsu, route.next_hop)) == active.map(|(rsu, next)| (rsu, next.mac))
        };
        if same(self.told, self.upstream.active()) {
            return;
        }
        let to = self.upstream.route(self.core.view(now));
        let cause = if self.told.is_none() { RouteCause::Found } else { self.upstream.cause() };
        out.events.push(Event::RouteChanged { from: self.told, to, cause });
        self.told = to;
        self.replies.route_changed(now, to.is_some(), &self.core.config);
    }
}

impl Node for Obu {
    fn handle_tap(&mut self, now: Instant, mut frame: Frame, out: &mut Outbox) -> Result<(), DropReason> {
        let now = self.core.tell(now);
        frame.arrive();
        self.send_from_host(now, frame, out).map_err(|reason| self.core.counters.drop(reason))
    }

    fn handle_radio(
        &mut self,
        now: Instant,
        mut frame: Frame,
        _meta: RxMeta,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let now = self.core.tell(now);
        frame.arrive();
        self.receive(now, frame, out).map_err(|reason| self.core.counters.drop(reason))
    }

    fn handle_status(&mut self, now: Instant, status: TxStatus, out: &mut Outbox) {
        let now = self.core.tell(now);
        let (to, outcome) = (status.to, status.outcome);
        let frame = match self.core.settle(now, status) {
            Verdict::Settled => None,
            Verdict::Resend(frame) => Some(frame),
            Verdict::Failed(frame) => {
                let cause =
                    if outcome == TxOutcome::SendError { RouteCause::SendError } else { RouteCause::Unacked };
                self.upstream.reselect(self.core.view(now), cause);
                out.withdraw.push(to);
                frame
            }
        };
        if let Some(frame) = frame
            && let Err(reason) = self.resend(now, to, frame, out)
        {
            self.core.counters.drop(reason);
        }
        self.run_due(now, out);
    }

    fn handle_timeout(&mut self, now: Instant, out: &mut Outbox) {
        let now = self.core.steady.tell(now);
        if self.deadline().is_some_and(|(at, _)| at <= now) {
            self.core.told = now;
            self.run_due(now, out);
        }
    }

    fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        self.deadline().map(|(at, reason)| (self.core.steady.as_told(at), reason))
    }

    fn config(&self) -> &NodeConfig {
        &self.core.config
    }

    fn reconfigure(&mut self, settings: &NodeConfig) {
        self.core.config.take_over(settings);
    }

    fn counters(&self) -> &Counters {
        &self.core.counters
    }

    fn status(&self) -> Status {
        let view = self.core.view(self.core.told);
        let status = Status {
            mac: self.core.config.mac,
            upstream: self.upstream.route(view),
            rsus: self.upstream.explain_all(view),
            downstream: self.core.downstream.list(self.core.told),
        };
        status.with_times(|at| self.core.steady.as_told(at))
    }

    fn explain(&self, rsu: Mac) -> Option<Explanation> {
        let explanation = self.upstream.explain(self.core.view(self.core.told), rsu)?;
        Some(explanation.with_times(|at| self.core.steady.as_told(at)))
    }
}

/// Hops of a heartbeat that says "no route": so many that a legacy node, which can't read PATH, prefers anyone else.
const UNREACHABLE_HOPS: u32 = 255;
