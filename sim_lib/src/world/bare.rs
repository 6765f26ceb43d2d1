//! [`Bare`]: no routing at all.

use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::NodeConfig;
use node_lib::control::drops::{Counters, DropReason};
use node_lib::control::node::{Node, Outbox, Reply, RxMeta, TimerReason, TxOutcome, TxStatus};
use node_lib::control::status::{Explanation, Status};
use node_lib::hosts;
use node_lib::time::Instant;

/// A node whose host has the radio itself: each frame of the host goes on the air as it is, and what the radio receives
/// goes to the host.
#[derive(Debug)]
pub(crate) struct Bare {
    config: NodeConfig,
    counters: Counters,
}

impl Bare {
    /// A node of this kind.
    pub(crate) fn make(config: NodeConfig, _: Instant) -> Box<dyn Node> {
        Box::new(Bare { config, counters: Counters::default() })
    }
}

impl Node for Bare {
    fn handle_tap(&mut self, _: Instant, mut frame: Frame, out: &mut Outbox) -> Result<(), DropReason> {
        if frame.longest() > self.config.radio_mtu {
            return Err(self.counters.drop(DropReason::TooLong));
        }
        frame.arrive();
        frame.category = hosts::category(&frame);
        self.counters.data_sent += frame.segments() as u64;
        out.replies.push(Reply::WireFlat(frame));
        Ok(())
    }

    fn handle_radio(
        &mut self,
        _: Instant,
        mut frame: Frame,
        _: RxMeta,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        frame.arrive();
        self.counters.data_delivered += frame.segments() as u64;
        out.replies.push(Reply::TapFlat(frame));
        Ok(())
    }

    fn handle_status(&mut self, _: Instant, status: TxStatus, _: &mut Outbox) {
        // A host's stack has no use for it. What was never on the air, the radio has counted.
        if status.outcome == TxOutcome::Unacked && status.attempts > 0 {
            self.counters.drop(DropReason::Undeliverable);
        }
    }

    fn handle_timeout(&mut self, _: Instant, _: &mut Outbox) {}

    fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        None
    }

    fn config(&self) -> &NodeConfig {
        &self.config
    }

    fn reconfigure(&mut self, settings: &NodeConfig) {
        self.config.take_over(settings);
    }

    fn counters(&self) -> &Counters {
        &self.counters
    }

    fn status(&self) -> Status {
        Status { mac: self.config.mac, upstream: None, rsus: Vec::new(), downstream: Vec::new() }
    }

    fn explain(&self, _: Mac) -> Option<Explanation> {
        None
    }
}
