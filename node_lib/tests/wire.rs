//! The wire format, byte by byte: four tests on one literal per message, and the same bytes in docs/wire.md.

use node_lib::addr::Mac;
use node_lib::messages::{
    Control, Data, ExtensionBuf, Extensions, Heartbeat, HeartbeatReply, Message, PacketType, ParseError,
    Path, Routing, Stamp, ToDownstream, ToUpstream,
};

#[test]
fn every_literal_parses_to_its_value() {
    for case in cases() {
        assert_eq!(Message::parse(case.bytes, MARKER), Ok(case.message()), "{}", case.name);
    }
}

#[test]
fn every_value_is_emitted_as_its_literal() {
    for case in cases() {
        let message = case.message();
        assert_eq!(message.wire_len(), case.bytes.len(), "{}", case.name);
        let mut out = vec![0xaa; case.bytes.len() + 3];
        assert_eq!(message.emit(&mut out), Ok(case.bytes.len()), "{}", case.name);
        assert_eq!(out, [case.bytes, &[0xaa; 3]].concat(), "{}", case.name);
        assert_eq!(Vec::<u8>::from(&message), case.bytes, "{}", case.name);
        assert_eq!(&message.to_frame()[..], case.bytes, "{}", case.name);
    }
}

#[test]
fn nested_has_one_vector_for_each_row_of_the_documentation() {
    for case in cases() {
        let rows: Vec<Vec<u8>> = rows(case.name).into_iter().map(|row| row.bytes).collect();
        assert_eq!(rows.concat(), case.bytes, "docs/wire.md, {}", case.name);
        assert_eq!(Vec::<Vec<u8>>::from(&case.message()), rows, "{}", case.name);
    }
    assert_eq!(Vec::<Vec<u8>>::from(&cases()[0].message()).len(), 9);
}

#[test]
fn every_shorter_frame_is_an_error_or_a_shorter_message() {
    for case in cases() {
        for len in 0..case.bytes.len() {
            let parsed = Message::parse(&case.bytes[..len], MARKER);
            let at = format!("{} cut to {len}", case.name);
            if len < case.fixed {
                assert_eq!(parsed, Err(ParseError::Truncated), "{at}");
            } else if case.cuts.contains(&len) {
                assert_eq!(parsed.map(|message| message.wire_len()), Ok(len), "{at}");
            } else {
                assert_eq!(parsed, Err(ParseError::BadExtension), "{at}");
            }
        }
    }
}

#[test]
fn extensions_are_as_documented() {
    let [relayed, reply] = ["Relayed heartbeat", "HeartbeatReply"].map(|name| case(name).bytes);
    let table = |name: &str| rows(name).into_iter().flat_map(|row| row.bytes).collect::<Vec<u8>>();
    assert_eq!([table("EPOCH"), table("PATH"), table("HEARD")].concat(), relayed[46..]);
    assert_eq!(table("SENDERS"), reply[52..]);
}

#[test]
fn what_is_wrong_with_a_frame_has_a_name() {
    use ParseError::*;
    let wrong = [
        ("Heartbeat", 12, 0x08, ForeignEthertype),
        ("Heartbeat", 6, 0x03, BadTransmitter),
        ("Heartbeat", 14, 0x02, AuthUnsupported),
        ("Heartbeat", 14, 0x03, UnknownType),
        ("Heartbeat", 15, 0x02, UnknownSubtype),
        ("Heartbeat", 23, 0x01, BadDuration),
        ("Heartbeat", 16, 0x80, BadDuration),
        ("Heartbeat", 40, 0x01, BadSource),
        ("Relayed heartbeat", 47, 3, BadExtension),
        ("Relayed heartbeat", 46, 0x80, BadExtension),
        ("Relayed heartbeat", 53, 7, BadExtension),
        ("Relayed heartbeat", 63, 13, BadExtension),
        ("Relayed heartbeat", 63, 11, BadExtension),
        ("Relayed heartbeat", 64, 0x01, BadExtension),
        ("HeartbeatReply", 40, 0xff, BadSource),
        ("HeartbeatReply", 46, 0xff, BadSource),
        ("HeartbeatReply", 54, 0x01, BadSource),
        ("HeartbeatReply", 53, 0x1b, BadExtension),
        ("Upstream version 1", 15, 0x04, UnknownSubtype),
        ("Upstream version 1", 16, 0x01, BadSource),
        ("Downstream version 1", 16, 0x01, BadSource),
        ("Downstream version 1", 22, 0x01, BadSource),
        ("Upstream version 2", 16, 0x01, BadSource),
        ("Upstream version 2", 22, 0x01, BadSource),
        ("Downstream version 2", 16, 0x01, BadSource),
        ("Downstream version 2", 22, 0x01, BadSource),
        ("Downstream version 2", 28, 0x01, BadSource),
    ];
    for (name, offset, byte, error) in wrong {
        let mut bytes = case(name).bytes.to_vec();
        bytes[offset] = byte;
        assert_eq!(Message::parse(&bytes, MARKER), Err(error), "{name}, {byte:#04x} at {offset}");
    }
}

#[test]
fn addresses_of_zeros_are_not_unicast() {
    for (name, offset, error) in [
        ("Heartbeat", 6, ParseError::BadTransmitter),
        ("Heartbeat", 40, ParseError::BadSource),
        ("Upstream version 2", 22, ParseError::BadSource),
    ] {
        let mut bytes = case(name).bytes.to_vec();
        bytes[offset..offset + 6].fill(0);
        assert_eq!(Message::parse(&bytes, MARKER), Err(error), "{name}, {offset}");
    }
}

#[test]
fn ethernet_padding_is_not_part_of_a_heartbeat() {
    let heartbeat = case("Heartbeat");
    let mut padded = heartbeat.bytes.to_vec();
    padded.resize(60, 0);
    let parsed = Message::parse(&padded, MARKER).expect("padding is allowed");
    assert_eq!(parsed, heartbeat.message());
    assert_eq!(Vec::<u8>::from(&parsed), heartbeat.bytes);
}

#[test]
fn the_largest_duration_is_64_bits() {
    let mut bytes = case("Heartbeat").bytes.to_vec();
    bytes[24..32].fill(0xff);
    match Message::parse(&bytes, MARKER).map(|message| message.packet) {
        Ok(PacketType::Control(Control::Heartbeat(heartbeat))) => assert_eq!(heartbeat.duration_ms, u64::MAX),
        other => panic!("{other:?}"),
    }
}

#[test]
fn flags_and_hop_limit_share_a_byte() {
    for byte in 0..=u8::MAX {
        let mut bytes = case("Upstream version 2").bytes.to_vec();
        bytes[36] = byte;
        let message = Message::parse(&bytes, MARKER).expect("any value is allowed");
        let PacketType::Data(Data::Upstream(ToUpstream { routing: Some(routing), .. })) = message.packet
        else {
            panic!("{message:?}");
        };
        assert_eq!((routing.flags, routing.hop_limit), (byte >> 5, byte & 31));
        assert_eq!(Vec::<u8>::from(&message), bytes);
    }
}

/// One message: its bytes, and the parts its value is made of.
struct Case {
    name: &'static str,
    bytes: &'static [u8],
    to: Mac,
    from: Mac,
    body: Body,
    /// Length of the fixed part.
    fixed: usize,
    /// Shorter lengths that are messages too.
    cuts: Vec<usize>,
}

enum Body {
    Heartbeat { hops: u32, extensions: ExtensionBuf },
    Reply { extensions: ExtensionBuf },
    Data(Data<'static>),
}

impl Case {
    fn message(&self) -> Message<'_> {
        let (duration_ms, id) = (90_000, 450);
        let packet = match &self.body {
            Body::Heartbeat { hops, extensions } => PacketType::Control(Control::Heartbeat(Heartbeat {
                duration_ms,
                id,
                hops: *hops,
                source: RSU,
                extensions: extensions.as_extensions(),
            })),
            Body::Reply { extensions } => PacketType::Control(Control::HeartbeatReply(HeartbeatReply {
                duration_ms,
                id,
                hops: 2,
                source: RSU,
                sender: OBU,
                extensions: extensions.as_extensions(),
            })),
            Body::Data(data) => PacketType::Data(*data),
        };
        Message { to: self.to, from: self.from, marker: MARKER, packet }
    }
}

fn case(name: &str) -> Case {
    cases().into_iter().find(|case| case.name == name).expect("a case of that name")
}

fn cases() -> Vec<Case> {
    let up = Routing { rsu: RSU, stamp: Stamp { boot: 3, seq: 10 }, flags: 1, hop_limit: 8 };
    let down = Routing { rsu: RSU, stamp: Stamp { boot: 1, seq: 512 }, flags: 0, hop_limit: 7 };
    let upstream =
        |routing| Body::Data(Data::Upstream(ToUpstream { origin: OBU, routing, payload: PAYLOAD }));
    let downstream = |routing| {
        Body::Data(Data::Downstream(ToDownstream {
            origin: HOST,
            destination: OBU,
            routing,
            payload: PAYLOAD,
        }))
    };
    let relayed = Body::Heartbeat {
        hops: 2,
        extensions: extensions(|buf| {
            buf.push_epoch(7)?;
            buf.push_path(Path { lag: 1, class: 0, cost: 1600, counter: 42 })?;
            buf.push_heard(&[RSU, OBU])
        }),
    };
    let reply = Body::Reply {
        extensions: extensions(|buf| {
            let own = (OBU, Stamp { boot: 3, seq: 9 });
            buf.push_senders(&[own, (OTHER, Stamp { boot: 1, seq: u32::MAX })])
        }),
    };
    let base = Body::Heartbeat { hops: 1, extensions: ExtensionBuf::new() };
    let case = |name, bytes, to, from, body, fixed, cuts| Case { name, bytes, to, from, body, fixed, cuts };
    vec![
        case("Heartbeat", HEARTBEAT, Mac::BROADCAST, RSU, base, 46, vec![]),
        case("Relayed heartbeat", RELAYED, Mac::BROADCAST, RELAY, relayed, 46, vec![46, 52, 62]),
        case("HeartbeatReply", REPLY, RELAY, OBU, reply, 52, vec![52]),
        case("Upstream version 1", UPSTREAM_V1, RELAY, OBU, upstream(None), 22, (22..26).collect()),
        case("Downstream version 1", DOWNSTREAM_V1, RELAY, RSU, downstream(None), 28, (28..32).collect()),
        case("Upstream version 2", UPSTREAM_V2, RELAY, OBU, upstream(Some(up)), 37, (37..41).collect()),
        case(
            "Downstream version 2",
            DOWNSTREAM_V2,
            RELAY,
            RSU,
            downstream(Some(down)),
            43,
            (43..47).collect(),
        ),
    ]
}

fn extensions(push: impl FnOnce(&mut ExtensionBuf) -> Result<(), ParseError>) -> ExtensionBuf {
    let mut buf = ExtensionBuf::new();
    push(&mut buf).expect("valid extensions");
    assert_ne!(buf.as_extensions(), Extensions::EMPTY);
    buf
}

/// A row of a table in the documentation.
struct Row {
    bytes: Vec<u8>,
}

/// The rows of the table under a heading of docs/wire.md; their offsets and sizes must agree with their examples.
fn rows(heading: &str) -> Vec<Row> {
    let section = DOCUMENTATION.split("\n### ").find(|section| section.lines().next() == Some(heading));
    let section = section.unwrap_or_else(|| panic!("docs/wire.md has no section {heading:?}"));
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut at = 0;
    let rows: Vec<Row> = (section.lines().filter(|line| line.starts_with('|')).skip(2))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [_, offset, size, example] = cells[..] else { panic!("{heading}: four cells, not {line:?}") };
            let hex = |byte| u8::from_str_radix(byte, 16).unwrap_or_else(|_| panic!("{heading}: {line:?}"));
            let bytes: Vec<u8> = example.split(' ').map(hex).collect();
            assert_eq!((offset, size), (&*at.to_string(), &*bytes.len().to_string()), "{heading}: {line:?}");
            at += bytes.len();
            Row { bytes }
        })
        .collect();
    assert!(!rows.is_empty(), "{heading}");
    rows
}

const DOCUMENTATION: &str = include_str!("../../docs/wire.md");
const MARKER: u16 = 0x88b5;
const RSU: Mac = Mac([2, 0, 0, 0, 0, 0x01]);
const RELAY: Mac = Mac([2, 0, 0, 0, 0, 0x21]);
const OBU: Mac = Mac([2, 0, 0, 0, 0, 0x22]);
const OTHER: Mac = Mac([2, 0, 0, 0, 0, 0x23]);
const HOST: Mac = Mac([2, 0, 0, 0, 0, 0x99]);
const PAYLOAD: &[u8] = b"\xde\xad\xbe\xef";

const HEARTBEAT: &[u8] = b"\
    \xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x88\xb5\x00\x00\
    \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x5f\x90\
    \x00\x00\x01\xc2\x00\x00\x00\x01\x02\x00\x00\x00\x00\x01";
const RELAYED: &[u8] = b"\
    \xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x21\x88\xb5\x00\x00\
    \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x5f\x90\
    \x00\x00\x01\xc2\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\
    \x01\x04\x00\x00\x00\x07\
    \x80\x08\x01\x00\x00\x00\x06\x40\x00\x2a\
    \x81\x0c\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x22";
const REPLY: &[u8] = b"\
    \x02\x00\x00\x00\x00\x21\x02\x00\x00\x00\x00\x22\x88\xb5\x00\x01\
    \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x5f\x90\
    \x00\x00\x01\xc2\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x22\
    \x02\x1c\x02\x00\x00\x00\x00\x22\x00\x00\x00\x03\x00\x00\x00\x09\
    \x02\x00\x00\x00\x00\x23\x00\x00\x00\x01\xff\xff\xff\xff";
const UPSTREAM_V1: &[u8] = b"\
    \x02\x00\x00\x00\x00\x21\x02\x00\x00\x00\x00\x22\x88\xb5\x01\x00\
    \x02\x00\x00\x00\x00\x22\xde\xad\xbe\xef";
const DOWNSTREAM_V1: &[u8] = b"\
    \x02\x00\x00\x00\x00\x21\x02\x00\x00\x00\x00\x01\x88\xb5\x01\x01\
    \x02\x00\x00\x00\x00\x99\x02\x00\x00\x00\x00\x22\xde\xad\xbe\xef";
const UPSTREAM_V2: &[u8] = b"\
    \x02\x00\x00\x00\x00\x21\x02\x00\x00\x00\x00\x22\x88\xb5\x01\x02\
    \x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x22\x00\x00\x00\x03\x00\x00\x00\x0a\x28\xde\xad\xbe\xef";
const DOWNSTREAM_V2: &[u8] = b"\
    \x02\x00\x00\x00\x00\x21\x02\x00\x00\x00\x00\x01\x88\xb5\x01\x03\
    \x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x99\x02\x00\x00\x00\x00\x22\x00\x00\x00\x01\x00\x00\x02\x00\x07\
    \xde\xad\xbe\xef";
