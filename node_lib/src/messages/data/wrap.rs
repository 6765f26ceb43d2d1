//! Headers in front of a payload, where it lies.

use super::{Data, Routing, ToDownstream, ToUpstream};
use crate::addr::Mac;
use crate::buffer_pool::Frame;
use crate::messages::layout::{Encode, Front};
use crate::messages::{Message, PacketType};

/// Puts the header of an Upstream message in front of `frame`, which holds the payload.
#[inline]
pub fn wrap_upstream(
    frame: &mut Frame,
    to: Mac,
    from: Mac,
    marker: u16,
    origin: Mac,
    routing: Option<Routing>,
) {
    let data = Data::Upstream(ToUpstream { origin, routing, payload: &[] });
    push_header(frame, &Message { to, from, marker, packet: PacketType::Data(data) });
}

/// Puts the header of a Downstream message in front of `frame`, which holds the payload.
#[inline]
pub fn wrap_downstream(
    frame: &mut Frame,
    to: Mac,
    from: Mac,
    marker: u16,
    origin: Mac,
    destination: Mac,
    routing: Option<Routing>,
) {
    let data = Data::Downstream(ToDownstream { origin, destination, routing, payload: &[] });
    push_header(frame, &Message { to, from, marker, packet: PacketType::Data(data) });
}

/// A data message without payload is its header.
#[inline]
fn push_header(frame: &mut Frame, message: &Message<'_>) {
    message.encode(Front(frame.push_front(message.wire_len())));
}
