//! What each form of a message allocates, counted by a counting allocator.

use allocation_counter::{AllocationInfo, measure};
use node_lib::addr::Mac;
use node_lib::buffer_pool::{Frame, get_buffer, return_buffer};
use node_lib::messages::{
    Control, Data, ExtensionBuf, Extensions, Heartbeat, Message, PacketType, Path, Routing, Stamp,
    ToUpstream, relay, wrap_upstream,
};
use std::hint::black_box;

#[test]
fn flat_allocates_once_and_exactly() {
    for message in messages(&[0x5a; 1400]) {
        let info = measured(|| drop(black_box(Vec::<u8>::from(black_box(&message)))));
        assert_eq!((info.count_total, info.bytes_total), (1, message.wire_len() as u64), "{message:?}");
    }
}

#[test]
fn nested_allocates_once_a_field_and_once_for_the_list() {
    let [heartbeat, ..] = messages(&[]);
    let info = measured(|| drop(black_box(Vec::<Vec<u8>>::from(black_box(&heartbeat)))));
    assert_eq!(info.count_total, 9 + 1);
    assert_eq!(info.bytes_total as usize, heartbeat.wire_len() + 9 * size_of::<Vec<u8>>());
    assert_eq!(9 * size_of::<Vec<u8>>(), 216);
}

#[test]
fn the_other_forms_allocate_nothing() {
    for message in messages(&[0x5a; 1400]) {
        let mut out = [0; 1500];
        let emit = || assert_eq!(message.emit(black_box(&mut out)), Ok(message.wire_len()));
        assert_eq!(measured(emit).count_total, 0, "emit");
        let pooled = || {
            let mut buf = get_buffer(message.wire_len());
            message.append_to(&mut buf);
            assert_eq!(buf.len(), message.wire_len());
            return_buffer(buf);
        };
        assert_eq!(after_warm_up(pooled).count_total, 0, "append_to");
        assert_eq!(after_warm_up(|| drop(black_box(message.to_frame()))).count_total, 0, "to_frame");
    }
}

#[test]
fn parsing_allocates_nothing() {
    for message in messages(&[0x5a; 1400]) {
        let bytes = Vec::<u8>::from(&message);
        let info = measured(|| assert_eq!(Message::parse(black_box(&bytes), MARKER), Ok(message)));
        assert_eq!(info.count_total, 0, "{message:?}");
    }
}

#[test]
fn wrapping_and_relaying_allocate_nothing() {
    let [_, _, message] = messages(&[]);
    let PacketType::Data(Data::Upstream(ToUpstream { origin, routing, .. })) = message.packet else {
        panic!("{message:?}");
    };
    let path = || {
        let mut frame = Frame::copy_from(&[0x5a; 1400]);
        wrap_upstream(&mut frame, message.to, message.from, MARKER, origin, routing);
        assert!(Message::parse(&frame, MARKER).is_ok());
        assert_eq!(relay::rewrite(&mut frame, RSU, OBU), Ok(()));
        assert_eq!(relay::set_hop_limit(&mut frame, 3), Ok(()));
        assert_eq!(relay::set_rsu(&mut frame, OBU), Ok(()));
    };
    assert_eq!(after_warm_up(path).count_total, 0);
}

#[test]
fn building_and_reading_extensions_allocates_nothing() {
    let info = measured(|| {
        let mut buf = ExtensionBuf::new();
        assert!(buf.push_epoch(1).is_ok() && buf.push_heard(&[RSU, OBU]).is_ok());
        assert_eq!((buf.as_extensions().epoch(), buf.as_extensions().heard().count()), (Some(1), 2));
    });
    assert_eq!(info.count_total, 0);
}

/// A heartbeat, a heartbeat with extensions, and data.
fn messages(payload: &[u8]) -> [Message<'_>; 3] {
    let heartbeat = |extensions| {
        PacketType::Control(Control::Heartbeat(Heartbeat {
            duration_ms: 1,
            id: 2,
            hops: 3,
            source: RSU,
            extensions,
        }))
    };
    let extensions = Extensions::parse(&[0x80, 8, 0, 0, 0, 0, 6, 0x40, 0, 1]).expect("PATH");
    assert_eq!(extensions.path(), Some(Path { lag: 0, class: 0, cost: 1600, counter: 1 }));
    let routing = Routing { rsu: RSU, stamp: Stamp { boot: 1, seq: 7 }, flags: 0, hop_limit: 8 };
    let data = Data::Upstream(ToUpstream { origin: OBU, routing: Some(routing), payload });
    [heartbeat(Extensions::EMPTY), heartbeat(extensions), PacketType::Data(data)].map(|packet| Message {
        to: RSU,
        from: OBU,
        marker: MARKER,
        packet,
    })
}

/// What `work` allocates once the pools hold what it needs.
fn after_warm_up(work: impl Fn()) -> AllocationInfo {
    work();
    measured(&work)
}

/// What `work` allocates. The counter must be alive: a test that counts nothing would pass by accident.
fn measured(work: impl FnOnce()) -> AllocationInfo {
    assert_eq!(measure(|| drop(black_box(Box::new(black_box(1u8))))).count_total, 1);
    measure(work)
}

const MARKER: u16 = 0x88b5;
const RSU: Mac = Mac([2, 0, 0, 0, 0, 1]);
const OBU: Mac = Mac([2, 0, 0, 0, 0, 2]);
