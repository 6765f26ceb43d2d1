//! A node of ours that loses one frame, after the radio has acknowledged it.

use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::{DEFAULT_ETHERTYPE, NodeConfig};
use node_lib::control::drops::{Counters, DropReason};
use node_lib::control::node::{Node, Outbox, RxMeta, TimerReason, TxStatus};
use node_lib::control::status::{Explanation, Status};
use node_lib::messages::{Control, Data, Message, PacketType};
use node_lib::time::Instant;
use std::cell::Cell;

/// What is lost: the first of its kind from a time on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lost {
    Heartbeat,
    Reply,
    Data,
}

thread_local! {
    /// What the lossy nodes of this thread's next world lose, and from when on.
    static PLAN: Cell<(Lost, u64)> = const { Cell::new((Lost::Data, 0)) };
}

#[derive(Debug)]
pub struct Lossy {
    node: Box<dyn Node>,
    lost: Lost,
    from: Option<Instant>,
}

impl Lossy {
    /// From now on [`Lossy::make`] makes nodes that lose this from that time on.
    pub fn plan(lost: Lost, from_us: u64) {
        PLAN.set((lost, from_us));
    }

    pub fn make_obu(config: NodeConfig, now: Instant) -> Box<dyn Node> {
        Lossy::around(Box::new(obu_lib::Obu::new(config, now)))
    }

    pub fn make_rsu(config: NodeConfig, now: Instant) -> Box<dyn Node> {
        Lossy::around(Box::new(rsu_lib::Rsu::new(config, now)))
    }

    fn around(node: Box<dyn Node>) -> Box<dyn Node> {
        let (lost, from_us) = PLAN.get();
        Box::new(Lossy { node, lost, from: Some(Instant::from_micros(from_us)) })
    }

    fn is_it(&self, frame: &[u8]) -> bool {
        let Ok(message) = Message::parse(frame, DEFAULT_ETHERTYPE) else { return false };
        matches!(
            (self.lost, message.packet),
            (Lost::Heartbeat, PacketType::Control(Control::Heartbeat(_)))
                | (Lost::Reply, PacketType::Control(Control::HeartbeatReply(_)))
                | (Lost::Data, PacketType::Data(Data::Upstream(_) | Data::Downstream(_)))
        )
    }
}

impl Node for Lossy {
    fn handle_radio(
        &mut self,
        now: Instant,
        frame: Frame,
        meta: RxMeta,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        if self.from.is_some_and(|from| from <= now) && self.is_it(&frame) {
            self.from = None;
            return Ok(());
        }
        self.node.handle_radio(now, frame, meta, out)
    }

    fn handle_tap(&mut self, now: Instant, frame: Frame, out: &mut Outbox) -> Result<(), DropReason> {
        self.node.handle_tap(now, frame, out)
    }

    fn handle_status(&mut self, now: Instant, status: TxStatus, out: &mut Outbox) {
        self.node.handle_status(now, status, out);
    }

    fn handle_timeout(&mut self, now: Instant, out: &mut Outbox) {
        self.node.handle_timeout(now, out);
    }

    fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        self.node.poll_timeout()
    }

    fn config(&self) -> &NodeConfig {
        self.node.config()
    }

    fn reconfigure(&mut self, settings: &NodeConfig) {
        self.node.reconfigure(settings);
    }

    fn counters(&self) -> &Counters {
        self.node.counters()
    }

    fn status(&self) -> Status {
        self.node.status()
    }

    fn explain(&self, rsu: Mac) -> Option<Explanation> {
        self.node.explain(rsu)
    }
}
