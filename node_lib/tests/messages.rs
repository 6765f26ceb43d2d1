//! Properties of all messages: what is written is read back, all forms agree, and no byte string does harm.

use bytes::BytesMut;
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::messages::{
    BufferTooSmall, Control, Data, ExtensionBuf, Heartbeat, HeartbeatReply, Message, PacketType, ParseError,
    Path, Routing, Stamp, ToDownstream, ToUpstream, relay, wrap_downstream, wrap_upstream,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

proptest! {
    #[test]
    fn what_is_serialized_parses_to_itself(owned in message()) {
        let message = owned.view();
        let bytes = Vec::<u8>::from(&message);
        prop_assert_eq!(Message::parse(&bytes, MARKER), Ok(message));
    }

    #[test]
    fn all_forms_agree(owned in message()) {
        let message = owned.view();
        let flat = both_forms(&message)?;
        let packet = both_forms(&message.packet)?;
        prop_assert_eq!(&packet, &flat[14..]);
        match &message.packet {
            PacketType::Control(control) => {
                prop_assert_eq!(both_forms(control)?, &flat[15..]);
                match control {
                    Control::Heartbeat(heartbeat) => prop_assert_eq!(both_forms(heartbeat)?, &flat[16..]),
                    Control::HeartbeatReply(reply) => prop_assert_eq!(both_forms(reply)?, &flat[16..]),
                }
            }
            PacketType::Data(data) => {
                prop_assert_eq!(both_forms(data)?, &flat[15..]);
                match data {
                    Data::Upstream(data) => prop_assert_eq!(both_forms(data)?, &flat[16..]),
                    Data::Downstream(data) => prop_assert_eq!(both_forms(data)?, &flat[16..]),
                }
            }
        }
        let mut emitted = vec![0; flat.len()];
        prop_assert_eq!(message.emit(&mut emitted), Ok(flat.len()));
        prop_assert_eq!(&emitted, &flat);
        let mut pooled = BytesMut::from(&b"before"[..]);
        message.append_to(&mut pooled);
        prop_assert_eq!(&pooled[..], &[b"before", &flat[..]].concat()[..]);
        prop_assert_eq!(&message.to_frame()[..], &flat[..]);
    }

    #[test]
    fn a_buffer_that_is_too_small_stays_as_it_is(owned in message(), missing in 1usize..60) {
        let message = owned.view();
        let needed = message.wire_len();
        let available = needed.saturating_sub(missing);
        let mut out = vec![0xaa; available];
        prop_assert_eq!(message.emit(&mut out), Err(BufferTooSmall { needed, available }));
        prop_assert!(out.iter().all(|byte| *byte == 0xaa));
    }

    #[test]
    fn any_bytes_are_a_message_or_an_error(bytes in vec(any::<u8>(), 0..200)) {
        parses_faithfully(&bytes)?;
    }

    #[test]
    fn any_bytes_behind_a_header_are_a_message_or_an_error(
        kind in 0u8..3,
        subtype in 0u8..5,
        bytes in vec(prop_oneof![Just(0u8), any::<u8>()], 0..400),
    ) {
        let mut frame = vec![2; 12];
        frame.extend(MARKER.to_be_bytes());
        frame.extend([kind, subtype]);
        frame.extend(bytes);
        parses_faithfully(&frame)?;
    }

    #[test]
    fn a_damaged_message_is_a_message_or_an_error(
        owned in message(),
        flips in vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in option::of(any::<prop::sample::Index>()),
        tail in vec(any::<u8>(), 0..8),
    ) {
        let mut bytes = Vec::<u8>::from(&owned.view());
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
        bytes.extend(tail);
        parses_faithfully(&bytes)?;
    }

    #[test]
    fn wrapping_in_place_equals_serializing(owned in message()) {
        let message = owned.view();
        let Message { to, from, marker, .. } = message;
        if let PacketType::Data(data) = message.packet {
            let frame = match data {
                Data::Upstream(ToUpstream { origin, routing, payload }) => {
                    let mut frame = Frame::copy_from(payload);
                    wrap_upstream(&mut frame, to, from, marker, origin, routing);
                    frame
                }
                Data::Downstream(ToDownstream { origin, destination, routing, payload }) => {
                    let mut frame = Frame::copy_from(payload);
                    wrap_downstream(&mut frame, to, from, marker, origin, destination, routing);
                    frame
                }
            };
            prop_assert_eq!(&frame[..], Vec::<u8>::from(&message));
        }
    }

    #[test]
    fn a_relay_changes_what_it_names_and_nothing_else(
        owned in message(),
        (to, from, rsu) in (unicast(), unicast(), unicast()),
        (flags, hop_limit) in (0u8..8, 0u8..32),
    ) {
        let before = owned.view();
        let mut frame = Vec::<u8>::from(&before);
        relay::rewrite(&mut frame, to, from)?;
        let mut expected = Message { to, from, ..before };
        prop_assert_eq!(Message::parse(&frame, MARKER), Ok(expected));

        let is_data = matches!(expected.packet, PacketType::Data(_));
        let refused = if is_data { ParseError::UnknownSubtype } else { ParseError::UnknownType };
        let Some(routing) = routing_mut(&mut expected.packet) else {
            prop_assert_eq!(relay::set_rsu(&mut frame, rsu), Err(refused));
            prop_assert_eq!(relay::set_flags(&mut frame, flags), Err(refused));
            prop_assert_eq!(relay::set_hop_limit(&mut frame, hop_limit), Err(refused));
            return Ok(());
        };
        let was = *routing;
        relay::set_hop_limit(&mut frame, hop_limit)?;
        prop_assert_eq!(routing_of(&frame), Some(Routing { hop_limit, ..was }));
        relay::set_flags(&mut frame, flags)?;
        prop_assert_eq!(routing_of(&frame), Some(Routing { hop_limit, flags, ..was }));
        relay::set_rsu(&mut frame, rsu)?;
        prop_assert_eq!(routing_of(&frame), Some(Routing { hop_limit, flags, rsu, ..was }));
        relay::set_flags_and_hop_limit(&mut frame, 7 - flags, 31 - hop_limit)?;
        *routing = Routing { hop_limit: 31 - hop_limit, flags: 7 - flags, rsu, ..was };
        prop_assert_eq!(Message::parse(&frame, MARKER), Ok(expected));
    }

    #[test]
    fn a_relay_leaves_alone_what_it_refuses(bytes in vec(0u8..4, 0..60), mac in unicast(), value: u8) {
        for change in [
            |frame: &mut [u8], mac, _| relay::rewrite(frame, mac, mac),
            |frame: &mut [u8], mac, _| relay::set_rsu(frame, mac),
            |frame: &mut [u8], _, value| relay::set_hop_limit(frame, value),
            |frame: &mut [u8], _, value| relay::set_flags(frame, value),
            |frame: &mut [u8], _, value| relay::set_flags_and_hop_limit(frame, value, value),
        ] {
            let mut frame = bytes.clone();
            if change(&mut frame, mac, value).is_err() {
                prop_assert_eq!(&frame, &bytes);
            }
        }
    }
}

fn routing_of(frame: &[u8]) -> Option<Routing> {
    let mut message = Message::parse(frame, MARKER).ok()?;
    routing_mut(&mut message.packet).copied()
}

fn routing_mut<'m>(packet: &'m mut PacketType<'_>) -> Option<&'m mut Routing> {
    match packet {
        PacketType::Data(Data::Upstream(data)) => data.routing.as_mut(),
        PacketType::Data(Data::Downstream(data)) => data.routing.as_mut(),
        PacketType::Control(_) => None,
    }
}

/// If `bytes` are a message, it is written as they are; only padding behind a control message is left out.
fn parses_faithfully(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(message) = Message::parse(bytes, MARKER) {
        let written = Vec::<u8>::from(&message);
        let rest = bytes.strip_prefix(&written[..]);
        prop_assert!(rest.is_some(), "{message:?} is written as {written:02x?}");
        prop_assert!(matches!(rest, Some([] | [0, ..])), "{rest:?} was lost");
        prop_assert_eq!(message.wire_len(), written.len());
    }
    Ok(())
}

/// The flat form, after checking that the nested one is the same and that neither holds memory it doesn't need.
fn both_forms<'a, T>(value: &'a T) -> Result<Vec<u8>, TestCaseError>
where
    Vec<u8>: From<&'a T>,
    Vec<Vec<u8>>: From<&'a T>,
{
    let flat = Vec::<u8>::from(value);
    prop_assert_eq!(flat.capacity(), flat.len());
    let nested = Vec::<Vec<u8>>::from(value);
    prop_assert_eq!(nested.capacity(), nested.len());
    for field in &nested {
        prop_assert_eq!(field.capacity(), field.len());
    }
    prop_assert_eq!(nested.concat(), flat.clone());
    Ok(flat)
}

/// What a message is made of, with its own payload and extensions.
#[derive(Clone, Debug)]
struct Owned {
    to: Mac,
    from: Mac,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Heartbeat { duration_ms: u64, id: u32, hops: u32, source: Mac, extensions: ExtensionBuf },
    Reply { duration_ms: u64, id: u32, hops: u32, source: Mac, sender: Mac, extensions: ExtensionBuf },
    Upstream { origin: Mac, routing: Option<Routing>, payload: Vec<u8> },
    Downstream { origin: Mac, destination: Mac, routing: Option<Routing>, payload: Vec<u8> },
}

impl Owned {
    fn view(&self) -> Message<'_> {
        let packet = match self.body {
            Body::Heartbeat { duration_ms, id, hops, source, ref extensions } => {
                let extensions = extensions.as_extensions();
                PacketType::Control(Control::Heartbeat(Heartbeat {
                    duration_ms,
                    id,
                    hops,
                    source,
                    extensions,
                }))
            }
            Body::Reply { duration_ms, id, hops, source, sender, ref extensions } => {
                let extensions = extensions.as_extensions();
                let reply = HeartbeatReply { duration_ms, id, hops, source, sender, extensions };
                PacketType::Control(Control::HeartbeatReply(reply))
            }
            Body::Upstream { origin, routing, ref payload } => {
                PacketType::Data(Data::Upstream(ToUpstream { origin, routing, payload }))
            }
            Body::Downstream { origin, destination, routing, ref payload } => {
                PacketType::Data(Data::Downstream(ToDownstream { origin, destination, routing, payload }))
            }
        };
        Message { to: self.to, from: self.from, marker: MARKER, packet }
    }
}

fn message() -> impl Strategy<Value = Owned> {
    let to = prop_oneof![any::<[u8; 6]>().prop_map(Mac), Just(Mac::BROADCAST)];
    (to, unicast(), body()).prop_map(|(to, from, body)| Owned { to, from, body })
}

fn body() -> impl Strategy<Value = Body> {
    let numbers = || (any::<u64>(), any::<u32>(), any::<u32>());
    let payload = || vec(any::<u8>(), 0..100);
    prop_oneof![
        (numbers(), unicast(), extensions()).prop_map(|((duration_ms, id, hops), source, extensions)| {
            Body::Heartbeat { duration_ms, id, hops, source, extensions }
        }),
        (numbers(), unicast(), unicast(), extensions()).prop_map(
            |((duration_ms, id, hops), source, sender, extensions)| Body::Reply {
                duration_ms,
                id,
                hops,
                source,
                sender,
                extensions
            }
        ),
        (unicast(), option::of(routing()), payload()).prop_map(|(origin, routing, payload)| Body::Upstream {
            origin,
            routing,
            payload
        }),
        (unicast(), unicast(), option::of(routing()), payload()).prop_map(
            |(origin, destination, routing, payload)| Body::Downstream {
                origin,
                destination,
                routing,
                payload
            }
        ),
    ]
}

fn routing() -> impl Strategy<Value = Routing> {
    (unicast(), stamp(), 0u8..8, 0u8..32).prop_map(|(rsu, stamp, flags, hop_limit)| Routing {
        rsu,
        stamp,
        flags,
        hop_limit,
    })
}

fn stamp() -> impl Strategy<Value = Stamp> {
    any::<(u32, u32)>().prop_map(|(boot, seq)| Stamp { boot, seq })
}

fn extensions() -> impl Strategy<Value = ExtensionBuf> {
    let unknown = |kinds: std::ops::RangeInclusive<u8>| (kinds, vec(any::<u8>(), 0..8));
    let path = any::<(u8, u8, u32, u16)>().prop_map(|(lag, class, cost, counter)| Path {
        lag,
        class,
        cost,
        counter,
    });
    (
        option::of(any::<u32>()),
        option::of(vec((unicast(), stamp()), 0..=18)),
        option::of(unknown(0x20..=0x7f)),
        option::of(path),
        option::of(vec(unicast(), 0..=4)),
        option::of(unknown(0x90..=0xff)),
    )
        .prop_map(|(epoch, senders, copied, path, heard, per_hop)| {
            let mut buf = ExtensionBuf::new();
            let raw = |(kind, value): (u8, Vec<u8>)| [&[kind, value.len() as u8], &value[..]].concat();
            let pushed = [
                epoch.map(|epoch| buf.push_epoch(epoch)),
                senders.map(|senders| buf.push_senders(&senders)),
                copied.map(|unknown| buf.push_raw(&raw(unknown))),
                path.map(|path| buf.push_path(path)),
                heard.map(|heard| buf.push_heard(&heard)),
                per_hop.map(|unknown| buf.push_raw(&raw(unknown))),
            ];
            assert!(pushed.into_iter().flatten().all(|pushed| pushed.is_ok()));
            buf
        })
}

fn unicast() -> impl Strategy<Value = Mac> {
    any::<[u8; 6]>().prop_map(|mut bytes| {
        bytes[0] = (bytes[0] & 0xfe) | 2;
        Mac(bytes)
    })
}

const MARKER: u16 = 0x88b5;
