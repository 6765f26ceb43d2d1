//! Sends an OBU's replies through devices, and gives what a device refuses back to the OBU.

use super::node::{Obu, Reply, ReplyType};
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::node::{Device, Node, Outbox, TxOutcome, TxStatus};
use node_lib::time::Instant;
use std::io;

/// Sends `replies` in order. A radio frame that the device refuses, flat or nested, promotes the OBU's next candidate
/// and leaves again by that one; a host's frame that the TAP refuses says nothing of the route. What the OBU tells of
/// it (events, queued frames that it wants back) is added to `out`.
///
/// # Errors
/// The TAP's first error; the radio's are the OBU's to handle. What comes after a refused frame is still sent.
pub fn send_replies(
    obu: &mut Obu,
    now: Instant,
    replies: &[ReplyType],
    wire: &mut impl Device,
    tap: &mut impl Device,
    out: &mut Outbox,
) -> io::Result<()> {
    let mut result = Ok(());
    for reply in replies {
        let sent = reply.send(wire, tap);
        match sent {
            Err(_) if reply.is_wire() => refused(obu, now, reply.to_frame(), out),
            sent => result = result.and(sent),
        }
        // The same frame comes back with a count of how often it was sent, so this ends.
        while !out.replies.is_empty() {
            for reply in std::mem::take(&mut out.replies) {
                match (reply.send(wire, tap), reply) {
                    (Err(_), Reply::WireFlat(frame)) => refused(obu, now, frame, out),
                    (Err(_), reply @ Reply::Wire(_)) => refused(obu, now, reply.to_frame(), out),
                    (sent, _) => result = result.and(sent),
                }
            }
        }
    }
    result
}

fn refused(obu: &mut Obu, now: Instant, frame: Frame, out: &mut Outbox) {
    if let Some(to) = frame.first_chunk().map(|to| Mac(*to)).filter(|to| to.is_unicast()) {
        let status = TxStatus { to, outcome: TxOutcome::SendError, attempts: 0, frame: Some(frame) };
        obu.handle_status(now, status, out);
    }
}
