//! Sends an OBU's replies through devices, and gives what a device refuses back to the OBU.

use super::node::{Obu, Reply, ReplyType};
use node_lib::addr::Mac;
use node_lib::control::node::{Device, Node, Outbox, TxOutcome, TxStatus};
use node_lib::time::Instant;
use std::io;

/// Sends `replies` in order. A radio frame that the device refuses, flat or nested, promotes the OBU's next candidate
/// and leaves again by that one; a host's frame that the TAP refuses says nothing of the route.
///
/// # Errors
/// The TAP's errors; the radio's are the OBU's to handle. What comes after a refused frame is still sent.
pub fn send_replies(
    obu: &mut Obu,
    now: Instant,
    replies: &[ReplyType],
    wire: &mut impl Device,
    tap: &mut impl Device,
) -> io::Result<()> {
    let mut out = Outbox::new();
    let mut result = Ok(());
    for reply in replies {
        let sent = send(obu, now, reply, wire, tap, &mut out);
        result = result.and(sent);
        let mut queued = std::mem::take(&mut out.replies);
        while !queued.is_empty() {
            for reply in &queued {
                let sent = send(obu, now, reply, wire, tap, &mut out);
                result = result.and(sent);
            }
            queued = std::mem::take(&mut out.replies);
        }
    }
    result
}

fn send<B: AsRef<[u8]>>(
    obu: &mut Obu,
    now: Instant,
    reply: &Reply<B>,
    wire: &mut impl Device,
    tap: &mut impl Device,
    out: &mut Outbox,
) -> io::Result<()> {
    match reply.send(wire, tap) {
        Err(_) if reply.is_wire() => {
            let frame = reply.to_frame();
            if let Some(to) = frame.first_chunk().map(|to| Mac(*to)).filter(|to| to.is_unicast()) {
                let status = TxStatus { to, outcome: TxOutcome::SendError, attempts: 0, frame: Some(frame) };
                obu.handle_status(now, status, out);
            }
            Ok(())
        }
        result => result,
    }
}
