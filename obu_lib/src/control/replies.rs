//! Replies: this OBU's own, and those of others on their way up, several in one frame.

use super::node::Obu;
use node_lib::addr::Mac;
use node_lib::control::config::NodeConfig;
use node_lib::control::drops::DropReason;
use node_lib::control::node::{Outbox, TimerReason};
use node_lib::messages::{ExtensionBuf, Extensions, HeartbeatReply, Stamp};
use node_lib::time::Instant;

/// What waits to be sent.
#[derive(Debug, Default)]
pub(super) struct Replies {
    /// When this OBU's own reply is due.
    due: Option<Instant>,
    last: Option<Instant>,
    /// The RSU that was last told of this OBU's hosts, and its epoch then.
    told: Option<(Mac, Option<u32>)>,
    batches: Vec<Batch>,
}

/// Replies of others for one RSU that wait to share a frame.
#[derive(Debug)]
struct Batch {
    rsu: Mac,
    at: Instant,
    echo: Echo,
    senders: Vec<(Mac, Stamp)>,
}

/// What a reply echoes of a heartbeat: duration in ms, id, hops.
type Echo = (u64, u32, u32);

impl Replies {
    /// The path changed: the new one is to be learned, at most once an interval.
    pub(super) fn route_changed(&mut self, now: Instant, exists: bool, config: &NodeConfig) {
        self.due = exists.then(|| self.last.map_or(now, |last| (last + config.heartbeat_interval).max(now)));
    }

    /// Data of this OBU went up the path, which does what a reply does.
    pub(super) fn path_refreshed(&mut self, now: Instant, config: &NodeConfig) {
        self.due = Some(now + config.reply_interval);
    }

    /// Whether this life of this RSU knows of this OBU's hosts.
    pub(super) fn has_told(&self, rsu: Mac, epoch: Option<u32>) -> bool {
        self.told == Some((rsu, epoch))
    }

    /// Whether it was this RSU that was told of this OBU's hosts, in another life.
    #[inline]
    pub(super) fn told_another_life(&self, rsu: Mac, epoch: Option<u32>) -> bool {
        self.told.is_some_and(|(told, before)| told == rsu && before != epoch)
    }

    pub(super) fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        let deadlines = self.batches.iter().map(|batch| batch.at).chain(self.due);
        deadlines.min().map(|at| (at, TimerReason::Reply))
    }

    fn join(&mut self, rsu: Mac, at: Instant, echo: Echo, sender: (Mac, Stamp)) {
        match self.batches.iter_mut().find(|batch| batch.rsu == rsu) {
            Some(batch) => {
                batch.at = batch.at.min(at);
                if echo.1 > batch.echo.1 {
                    batch.echo = echo;
                }
                // Of one sender only the newest word counts.
                match batch.senders.iter_mut().find(|(waiting, _)| *waiting == sender.0) {
                    Some(waiting) => *waiting = sender,
                    None => batch.senders.push(sender),
                }
                // A full frame has nothing to wait for.
                if batch.senders.len() >= MOST_SENDERS {
                    batch.at = Instant::ZERO;
                }
            }
            None => self.batches.push(Batch { rsu, at, echo, senders: vec![sender] }),
        }
    }
}

impl Obu {
    /// A reply of somebody below us, on its way to its RSU: the way back is learned, and the reply goes on.
    pub(super) fn reply(
        &mut self,
        now: Instant,
        from: Mac,
        reply: &HeartbeatReply<'_>,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let rsu = reply.source;
        if rsu == self.core.config.mac {
            return Err(DropReason::OwnFrame);
        }
        let next = self.upstream.next_hop(rsu).ok_or(DropReason::NoRoute)?;
        if next.mac == from {
            return Err(DropReason::WouldReturn);
        }
        let echo = (reply.duration_ms, reply.id, reply.hops);
        let mut last_failure = None;
        let mut passed = 0;
        let mut named = false;
        for (sender, stamp) in reply.extensions.senders() {
            named |= sender == reply.sender;
            match self.core.learn_downstream(now, sender, from, Some(stamp)) {
                Ok(()) => {
                    self.replies.join(rsu, now + self.core.config.reply_wait, echo, (sender, stamp));
                    passed += 1;
                }
                Err(reason) => {
                    if let Some(earlier) = last_failure.replace(reason) {
                        self.core.counters.drop(earlier);
                    }
                }
            }
        }
        if !named {
            // A sender without a stamp speaks the base layout, or came through somebody who does.
            match self.core.learn_downstream(now, reply.sender, from, None) {
                Ok(()) => {
                    let bare = HeartbeatReply { extensions: Extensions::EMPTY, ..*reply };
                    self.core.send_reply(now, next.mac, bare, out);
                    passed += 1;
                }
                Err(reason) => {
                    if let Some(earlier) = last_failure.replace(reason) {
                        self.core.counters.drop(earlier);
                    }
                }
            }
        }
        self.upstream.used(rsu, now);
        match last_failure {
            Some(reason) if passed == 0 => Err(reason),
            Some(reason) => {
                self.core.counters.drop(reason);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Sends what is due: this OBU's own reply joins what waits for the same RSU, and the frame leaves at once. An RSU that is
    /// new to this OBU is told of its hosts, which does what a reply does.
    pub(super) fn send_due_replies(&mut self, now: Instant, out: &mut Outbox) {
        if self.replies.due.is_some_and(|at| at <= now) {
            self.replies.due = None;
            if let Some((rsu, next)) = self.upstream.active()
                && let Some(echo) = self.upstream.echo(rsu)
            {
                self.replies.last = Some(now);
                self.replies.due = Some(now + self.core.config.reply_interval);
                let told = Some((rsu, self.upstream.epoch(rsu)));
                let is_new = std::mem::replace(&mut self.replies.told, told) != told;
                let announced = is_new && self.announce_hosts(now, rsu, next, out);
                if !announced || next.legacy {
                    let own = (self.core.config.mac, self.core.next_stamp(1));
                    self.replies.join(rsu, now, echo, own);
                }
            }
        }
        while let Some(at) = self.replies.batches.iter().position(|batch| batch.at <= now) {
            let batch = self.replies.batches.remove(at);
            self.send_batch(now, batch, out);
        }
    }

    /// Whether a reply of this sender to this neighbour would return: the next hop may have changed since it came (N7).
    pub(super) fn would_return(&self, now: Instant, sender: Mac, to: Mac) -> bool {
        self.core.downstream.get(now, sender).is_some_and(|entry| entry.via == to)
    }

    fn send_batch(&mut self, now: Instant, mut batch: Batch, out: &mut Outbox) {
        let Some(next) = self.upstream.next_hop(batch.rsu) else {
            batch.senders.iter().for_each(|_| {
                self.core.counters.drop(DropReason::NoRoute);
            });
            return;
        };
        batch.senders.retain(|(sender, _)| {
            let returns = self.would_return(now, *sender, next.mac);
            if returns {
                self.core.counters.drop(DropReason::WouldReturn);
            }
            !returns
        });
        let (duration_ms, id, hops) = batch.echo;
        // The fixed body has no room for a stamp, so its sender stands first in SENDERS too. Legacy nodes know one
        // sender a frame and no stamps.
        for group in batch.senders.chunks(if next.legacy { 1 } else { MOST_SENDERS }) {
            let mut extensions = ExtensionBuf::new();
            if !next.legacy && extensions.push_senders(group).is_err() {
                self.core.counters.drop(DropReason::BadExtension);
                continue;
            }
            let (sender, _) = group[0];
            let extensions = extensions.as_extensions();
            let reply = HeartbeatReply { duration_ms, id, hops, source: batch.rsu, sender, extensions };
            self.core.send_reply(now, next.mac, reply, out);
        }
    }
}

/// Entries that fit the one-byte length of SENDERS, 14 bytes each.
const MOST_SENDERS: usize = 18;
