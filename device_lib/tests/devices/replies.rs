//! All four forms of a reply, through real devices.

use crate::corner::net::{inside, network, next, up, wire};
use device_lib::packet::PacketSocket;
use device_lib::tap::Tap;
use node_lib::addr::Mac;
use node_lib::control::config::DEFAULT_ETHERTYPE;
use node_lib::control::node::ReplyType;
use node_lib::messages::{
    Control, Data, ExtensionBuf, Extensions, Heartbeat, HeartbeatReply, Message, PacketType, Path, Routing,
    Stamp, ToDownstream, ToUpstream,
};

fn station(i: u64) -> Mac {
    Mac::local(2, i)
}

/// One of every type, with and without what is optional.
fn packets<'a>(extensions: Extensions<'a>, payload: &'a [u8]) -> Vec<PacketType<'a>> {
    let (source, sender) = (station(1), station(2));
    let heartbeat = |extensions| {
        Control::Heartbeat(Heartbeat { duration_ms: 90_000, id: 450, hops: 2, source, extensions })
    };
    let reply = |extensions| {
        Control::HeartbeatReply(HeartbeatReply {
            duration_ms: 90_000,
            id: 450,
            hops: 2,
            source,
            sender,
            extensions,
        })
    };
    let stamp = Stamp { boot: 3, seq: 10 };
    let routing = Some(Routing { rsu: source, stamp, flags: 1, hop_limit: 8 });
    let up = |routing| Data::Upstream(ToUpstream { origin: sender, routing, payload });
    let down =
        |routing| Data::Downstream(ToDownstream { origin: source, destination: sender, routing, payload });
    let control =
        [Extensions::EMPTY, extensions].map(|extensions| [heartbeat(extensions), reply(extensions)]);
    let data = [None, routing].map(|routing| [up(routing), down(routing)]);
    let control = control.into_iter().flatten().map(PacketType::Control);
    control.chain(data.into_iter().flatten().map(PacketType::Data)).collect()
}

/// The radio's frames are seen at the other end of its wire, the TAP's by a packet socket on its interface.
pub fn every_form_arrives_byte_for_byte() {
    let mut extensions = ExtensionBuf::new();
    extensions.push_epoch(7).unwrap();
    extensions.push_path(Path { lag: 0, class: 0, cost: 1600, counter: 42 }).unwrap();
    let payload: Vec<u8> = (0..1400).map(|at| (at % 251) as u8).collect();
    inside(&network(), || {
        wire("radio", "air");
        let mut tap = Tap::open("tap").unwrap();
        up("tap");
        let open = |interface| PacketSocket::open(interface, DEFAULT_ETHERTYPE).unwrap();
        let (mut radio, mut air, mut host) = (open("radio"), open("air"), open("tap"));
        let packets = packets(extensions.as_extensions(), &payload);
        assert_eq!(packets.len(), 8);
        for packet in packets {
            let message = Message { to: Mac::BROADCAST, from: station(2), marker: DEFAULT_ETHERTYPE, packet };
            let (flat, nested): (Vec<u8>, Vec<Vec<u8>>) = ((&message).into(), (&message).into());
            assert!(nested.len() > 5);
            let forms = [
                ReplyType::WireFlat(flat.clone()),
                ReplyType::Wire(nested.clone()),
                ReplyType::TapFlat(flat.clone()),
                ReplyType::Tap(nested.clone()),
            ];
            for form in forms {
                form.send(&mut radio, &mut tap).unwrap();
                let (there, elsewhere) =
                    if form.is_wire() { (&mut air, &mut host) } else { (&mut host, &mut air) };
                assert_eq!(next(there)[..], flat, "{form:?}");
                assert_eq!(device_lib::port::Port::recv(elsewhere).unwrap(), None, "{form:?}");
            }
        }
    });
}
