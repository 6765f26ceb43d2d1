//! One of our nodes, watched: no frame may go back to the neighbour that it came from.

use super::wire::{self, Address};
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::NodeConfig;
use node_lib::control::drops::{Counters, DropReason};
use node_lib::control::node::{Node, Outbox, Reply, RxMeta, TimerReason, TxStatus};
use node_lib::control::status::{Explanation, Status};
use node_lib::time::Instant;
use std::collections::BTreeMap;

#[derive(Debug)]
pub struct Watched<N> {
    node: N,
    /// Whose reply came from which neighbour last.
    replies: BTreeMap<Address, Address>,
}

impl<N: Node> Watched<N> {
    pub fn new(node: N) -> Self {
        Watched { node, replies: BTreeMap::new() }
    }

    /// Looks at what was put out since `before`, because of `cause` or of the time.
    fn watch(&mut self, cause: Option<&Frame>, out: &Outbox, before: usize) {
        let cause = cause.map(|frame| (wire::field(frame, wire::FROM), frame));
        if let Some((from, frame)) = cause.filter(|(_, frame)| wire::kind(frame) == wire::REPLY) {
            self.replies.extend(senders(frame).into_iter().map(|sender| (sender, from)));
        }
        for reply in &out.replies[before..] {
            let Reply::WireFlat(frame) = reply else { continue };
            let to: Address = wire::field(frame, wire::TO);
            match wire::kind(frame) {
                wire::REPLY => {
                    let back =
                        senders(frame).into_iter().find(|sender| self.replies.get(sender) == Some(&to));
                    assert_eq!(back, None, "a reply returned to {to:02x?}");
                }
                [1, _] => {
                    let returned = cause.is_some_and(|(from, came)| to == from && same(came, frame));
                    assert!(!returned, "data returned to {to:02x?}");
                }
                _ => {}
            }
        }
    }
}

/// Whose reply it is: the one in the base layout, and those in the SENDERS that may follow.
fn senders(frame: &[u8]) -> Vec<Address> {
    let mut senders = vec![wire::field(frame, wire::SENDER)];
    if let Some([SENDERS, length, list @ ..]) = frame.get(wire::REPLY_LENGTH..) {
        senders.extend(list[..usize::from(*length)].chunks(14).map(|entry| wire::field(entry, 0..6)));
    }
    senders
}

/// Whether two frames carry the same host's frame in the same direction: down again from an RSU it is a copy for others.
fn same(one: &[u8], other: &[u8]) -> bool {
    let direction = |frame| wire::kind(frame)[1] % 2;
    direction(one) == direction(other) && payload(one) == payload(other)
}

/// The host's frame; nothing in control messages.
fn payload(frame: &[u8]) -> Option<&[u8]> {
    let at = match wire::kind(frame) {
        wire::UPSTREAM => wire::UPSTREAM_LENGTH,
        wire::DOWNSTREAM => wire::DOWNSTREAM_LENGTH,
        [1, 2] => 37,
        [1, 3] => 43,
        _ => return None,
    };
    frame.get(at..)
}

const SENDERS: u8 = 0x02;

impl<N: Node> Node for Watched<N> {
    fn handle_tap(&mut self, now: Instant, frame: Frame, out: &mut Outbox) -> Result<(), DropReason> {
        self.node.handle_tap(now, frame, out)
    }

    fn handle_radio(
        &mut self,
        now: Instant,
        frame: Frame,
        meta: RxMeta,
        out: &mut Outbox,
    ) -> Result<(), DropReason> {
        let (before, copy) = (out.replies.len(), frame.clone());
        let result = self.node.handle_radio(now, frame, meta, out);
        self.watch(Some(&copy), out, before);
        result
    }

    fn handle_status(&mut self, now: Instant, status: TxStatus, out: &mut Outbox) {
        let (before, copy) = (out.replies.len(), status.frame.clone());
        let came_from = copy.and_then(|frame| frame.came_from);
        self.node.handle_status(now, status, out);
        for reply in &out.replies[before..] {
            let Reply::WireFlat(frame) = reply else { continue };
            let to = Mac(wire::field(frame, wire::TO));
            assert!(wire::kind(frame)[0] == 0 || Some(to) != came_from, "resent to where it came from");
        }
        self.watch(None, out, before);
    }

    fn handle_timeout(&mut self, now: Instant, out: &mut Outbox) {
        let before = out.replies.len();
        self.node.handle_timeout(now, out);
        self.watch(None, out, before);
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
