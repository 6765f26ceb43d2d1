//! What the frames on the air are for.

use node_lib::messages::{Control, Message, PacketType, Path};

/// What a frame is for; the airtime of each kind is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An RSU's own heartbeat.
    Heartbeat,
    /// A heartbeat relayed by an OBU.
    Relay,
    /// A reply, of one OBU or of several.
    Reply,
    /// Other control and authentication frames: the word that a node has no route, and what can't be read.
    OtherControl,
    /// A beacon of the beacon application: its EtherType is [`BEACON_ETHERTYPE`].
    Beacon,
    /// Everything else.
    Data,
}

impl Kind {
    /// All of them, in the order of their numbers.
    pub const ALL: [Kind; 6] =
        [Kind::Heartbeat, Kind::Relay, Kind::Reply, Kind::OtherControl, Kind::Beacon, Kind::Data];
    /// Those that are control.
    pub const CONTROL: [Kind; 4] = [Kind::Heartbeat, Kind::Relay, Kind::Reply, Kind::OtherControl];

    /// The kind of a frame as it is sent.
    pub fn of(frame: &[u8]) -> Kind {
        if frame.get(MARKER_AT..PACKET_TYPE_AT) == Some(&BEACON_ETHERTYPE.to_be_bytes()) {
            return Kind::Beacon;
        }
        if !matches!(frame.get(PACKET_TYPE_AT), Some(&CONTROL | &AUTH)) {
            return Kind::Data;
        }
        // Whatever the marker of our frames is, it is the one that this frame has.
        let marker = u16::from_be_bytes([frame[MARKER_AT], frame[MARKER_AT + 1]]);
        let Ok(Message { from, packet: PacketType::Control(control), .. }) = Message::parse(frame, marker)
        else {
            return Kind::OtherControl;
        };
        match control {
            Control::HeartbeatReply(_) => Kind::Reply,
            Control::Heartbeat(heartbeat) if heartbeat.source == from => Kind::Heartbeat,
            Control::Heartbeat(heartbeat) => match heartbeat.extensions.path() {
                Some(path) if path.cost == Path::NO_ROUTE => Kind::OtherControl,
                _ => Kind::Relay,
            },
        }
    }
}

/// The EtherType of beacons: IEEE 802's "local experimental EtherType 2", set apart for what never leaves a laboratory
/// (RFC 9542, section 5.1). Those of GeoNetworking and WSMP are never sent.
pub const BEACON_ETHERTYPE: u16 = 0x88b6;

/// Offsets of the EtherType and of the packet type in our frames.
const MARKER_AT: usize = 12;
const PACKET_TYPE_AT: usize = 14;
const CONTROL: u8 = 0x00;
const AUTH: u8 = 0x02;

#[cfg(test)]
mod tests {
    use super::*;
    use node_lib::addr::Mac;
    use node_lib::messages::{ExtensionBuf, Extensions, Heartbeat, HeartbeatReply};

    const RSU: Mac = Mac([2, 0, 0, 0, 0, 1]);
    const OBU: Mac = Mac([2, 0, 0, 0, 0, 2]);

    fn sent(from: Mac, control: Control<'_>) -> Kind {
        let packet = PacketType::Control(control);
        Kind::of(&Vec::from(&Message { to: Mac::BROADCAST, from, marker: 0x3030, packet }))
    }

    fn heartbeat(extensions: Extensions<'_>) -> Control<'_> {
        Control::Heartbeat(Heartbeat { duration_ms: 1, id: 1, hops: 1, source: RSU, extensions })
    }

    #[test]
    fn each_kind_of_control_is_told_apart() {
        let mut no_route = ExtensionBuf::new();
        no_route.push_path(Path { lag: 0, class: 0, cost: Path::NO_ROUTE, counter: 0 }).unwrap();
        let reply = HeartbeatReply {
            duration_ms: 1,
            id: 1,
            hops: 1,
            source: RSU,
            sender: OBU,
            extensions: Extensions::EMPTY,
        };
        assert_eq!(sent(RSU, heartbeat(Extensions::EMPTY)), Kind::Heartbeat);
        assert_eq!(sent(OBU, heartbeat(Extensions::EMPTY)), Kind::Relay);
        assert_eq!(sent(OBU, heartbeat(no_route.as_extensions())), Kind::OtherControl);
        assert_eq!(sent(OBU, Control::HeartbeatReply(reply)), Kind::Reply);
    }

    #[test]
    fn any_bytes_have_a_kind() {
        for packet_type in 0..=255 {
            for len in [0, 14, 15, 16, 60] {
                let mut frame = vec![packet_type; len];
                frame.iter_mut().take(14).for_each(|byte| *byte = 0);
                let control = len > 14 && matches!(packet_type, 0 | 2);
                let kind = if control { Kind::OtherControl } else { Kind::Data };
                assert_eq!(Kind::of(&frame), kind, "{frame:?}");
            }
        }
    }

    #[test]
    fn beacons_are_told_by_their_ethertype() {
        for payload in [CONTROL, AUTH, 0x77] {
            let mut frame = vec![0; 60];
            frame[MARKER_AT..PACKET_TYPE_AT].copy_from_slice(&BEACON_ETHERTYPE.to_be_bytes());
            frame[PACKET_TYPE_AT] = payload;
            assert_eq!(Kind::of(&frame), Kind::Beacon);
        }
    }

    #[test]
    fn all_are_numbered_in_order() {
        let numbers = Kind::ALL.map(|kind| kind as usize);
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
    }
}
