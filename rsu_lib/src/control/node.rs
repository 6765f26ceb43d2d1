//! [`Rsu`]: the road-side unit as a [`Node`].

pub use node_lib::control::node::{Reply, ReplyType};

use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::NodeConfig;
use node_lib::control::drops::{Counters, DropReason};
use node_lib::control::node::{Node, Outbox, RxMeta, TimerReason, TxStatus};
use node_lib::control::status::{Explanation, Status};
use node_lib::core::{Announcement, Core, Verdict};
use node_lib::hosts::Ration;
use node_lib::messages::{Control, Data, ExtensionBuf, HeartbeatReply, PacketType};
use node_lib::time::Instant;
use std::time::Duration;

/// A road-side unit.
#[derive(Debug)]
pub struct Rsu {
    pub(super) core: Core,
    /// What may be flooded over the air.
    pub(super) floods: Ration,
    /// Who a flood goes to; kept for its memory.
    pub(super) flooded: Vec<Mac>,
    id: u32,
    epoch: u32,
    next_heartbeat: Instant,
    protected: ExtensionBuf,
}

impl Rsu {
    /// An RSU that starts now; `config.boot` is its epoch. Its first heartbeat comes within one interval.
    pub fn new(config: NodeConfig, now: Instant) -> Self {
        let config = config.within_limits();
        let interval = config.heartbeat_interval.as_micros() as u64;
        let first = config.key.with(FIRST_HEARTBEAT).with(u64::from(config.boot)).between(0, interval);
        let mut rsu = Rsu {
            floods: Ration::new(config.flood_rate, now),
            flooded: Vec::new(),
            id: 0,
            epoch: config.boot,
            next_heartbeat: now + Duration::from_micros(first),
            protected: ExtensionBuf::new(),
            core: Core::new(config, now),
        };
        rsu.tell_epoch();
        rsu
    }

    /// Calls `each` with the name of every table, how much it holds, and the most that it may.
    pub fn tables(&self, each: impl FnMut(&'static str, usize, usize)) {
        self.core.tables(each);
    }

    fn tell_epoch(&mut self) {
        self.protected.clear();
        let fits = self.protected.push_epoch(self.epoch);
        debug_assert!(fits.is_ok(), "an empty buffer has room for an epoch");
    }

    fn send_heartbeat(&mut self, now: Instant, out: &mut Outbox) {
        // Ids are compared as plain integers; when they are used up, a new epoch begins, as after a restart.
        match self.id.checked_add(1) {
            Some(id) => self.id = id,
            None => {
                (self.id, self.epoch) = (0, self.epoch.saturating_add(1));
                self.tell_epoch();
            }
        }
        let announcement = Announcement {
            source: self.core.config.mac,
            duration_ms: self.core.uptime(now).as_millis() as u64,
            id: self.id,
            hops: 1,
            lag: 0,
            class: 0,
            cost: 0,
            protected: self.protected.as_extensions().as_bytes(),
        };
        let sent = self.core.send_heartbeat(now, announcement, out);
        self.core.counters.heartbeats_sent += u64::from(sent);
        let interval = self.core.config.heartbeat_interval.as_micros() as u64;
        let key = self.core.config.key.with(HEARTBEAT).with(u64::from(self.epoch)).with(u64::from(self.id));
        let wait = key.between(interval - interval / 10, interval + interval / 10).max(1);
        self.next_heartbeat = now + Duration::from_micros(wait);
    }

    fn receive(&mut self, now: Instant, frame: Frame, out: &mut Outbox) -> Result<(), DropReason> {
        let message = self.core.receive(now, &frame)?;
        let from = message.from;
        match message.packet {
            PacketType::Control(Control::Heartbeat(heartbeat)) => {
                // An RSU needs no path to an RSU; what it learns is who its neighbours are.
                self.core.note_heartbeat(now, from, &heartbeat);
                Ok(())
            }
            PacketType::Control(Control::HeartbeatReply(reply)) => self.reply(now, from, &reply),
            PacketType::Data(Data::Upstream(data)) => {
                let (origin, routing) = (data.origin, data.routing);
                self.upstream(now, from, origin, routing, frame, out)
            }
            PacketType::Data(Data::Downstream(_)) => Err(DropReason::NotForUs),
        }
    }

    fn reply(&mut self, now: Instant, from: Mac, reply: &HeartbeatReply<'_>) -> Result<(), DropReason> {
        if reply.source != self.core.config.mac {
            return Err(DropReason::NotOurReply);
        }
        let mut named = false;
        let mut result = Ok(());
        for (sender, stamp) in reply.extensions.senders() {
            named |= sender == reply.sender;
            if let Err(reason) = self.core.learn_downstream(now, sender, from, Some(stamp))
                && let Err(earlier) = std::mem::replace(&mut result, Err(reason))
            {
                self.core.counters.drop(earlier);
            }
        }
        if !named
            && let Err(reason) = self.core.learn_downstream(now, reply.sender, from, None)
            && let Err(earlier) = std::mem::replace(&mut result, Err(reason))
        {
            self.core.counters.drop(earlier);
        }
        result
    }
}

impl Node for Rsu {
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
        let to = status.to;
        let frame = match self.core.settle(now, status) {
            Verdict::Settled => None,
            Verdict::Resend(frame) => Some(frame),
            Verdict::Failed(frame) => {
                out.withdraw.push(to);
                frame
            }
        };
        if let Some(frame) = frame
            && let Err(reason) = self.resend(now, to, frame, out)
        {
            self.core.counters.drop(reason);
        }
    }

    fn handle_timeout(&mut self, now: Instant, out: &mut Outbox) {
        let now = self.core.steady.tell(now);
        if self.next_heartbeat <= now {
            self.core.told = now;
            self.send_heartbeat(now, out);
        }
    }

    fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        Some((self.core.steady.as_told(self.next_heartbeat), TimerReason::Heartbeat))
    }

    fn config(&self) -> &NodeConfig {
        &self.core.config
    }

    fn reconfigure(&mut self, settings: &NodeConfig) {
        self.core.config.take_over(settings);
        self.floods.set_rate(self.core.config.flood_rate);
    }

    fn counters(&self) -> &Counters {
        &self.core.counters
    }

    fn status(&self) -> Status {
        let status = Status {
            mac: self.core.config.mac,
            upstream: None,
            rsus: Vec::new(),
            downstream: self.core.downstream.list(self.core.told),
        };
        status.with_times(|at| self.core.steady.as_told(at))
    }

    fn explain(&self, _rsu: Mac) -> Option<Explanation> {
        None
    }
}

/// Purposes of draws.
const FIRST_HEARTBEAT: u64 = 0x6669_7273;
const HEARTBEAT: u64 = 0x6265_6174;
