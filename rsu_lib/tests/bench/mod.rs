//! One RSU on a bench: frames are handed to it from both sides and what it sends is looked at.
#![allow(dead_code, reason = "each test uses its part")]

use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::{DEFAULT_ETHERTYPE, NodeConfig};
use node_lib::control::drops::DropReason;
use node_lib::control::node::{Node, Outbox, Reply, RxMeta};
use node_lib::messages::{
    Control, Data, ExtensionBuf, HeartbeatReply, Message, PacketType, Routing, Stamp, ToUpstream,
};
use node_lib::time::Instant;
use rsu_lib::Rsu;

pub const ME: u64 = 1;
pub const RELAY: u64 = 2;
pub const CAR: u64 = 3;
pub const OTHER_CAR: u64 = 4;

pub struct Bench {
    pub rsu: Rsu,
    pub now: Instant,
    pub out: Outbox,
}

impl Bench {
    pub fn new() -> Bench {
        Bench::with_mac(ME)
    }

    pub fn with_mac(mac: u64) -> Bench {
        Bench::with(NodeConfig { boot: 7, ..NodeConfig::new(station(mac)) })
    }

    pub fn with(config: NodeConfig) -> Bench {
        Bench { rsu: Rsu::new(config, Instant::ZERO), now: Instant::from_secs(1), out: Outbox::new() }
    }

    pub fn reply(&mut self, from: u64, rsu: u64, senders: &[(u64, u32)]) -> Result<(), DropReason> {
        let mut extensions = ExtensionBuf::new();
        let list: Vec<_> =
            senders.iter().map(|(car, seq)| (station(*car), Stamp { boot: 1, seq: *seq })).collect();
        extensions.push_senders(&list).unwrap();
        let reply = HeartbeatReply {
            duration_ms: 0,
            id: 1,
            hops: 1,
            source: station(rsu),
            sender: list[0].0,
            extensions: extensions.as_extensions(),
        };
        self.radio(from, PacketType::Control(Control::HeartbeatReply(reply)))
    }

    pub fn upstream(&mut self, car: u64, rsu: u64, seq: u32, payload: &[u8]) -> Result<(), DropReason> {
        let routing = Routing { rsu: station(rsu), stamp: Stamp { boot: 1, seq }, flags: 0, hop_limit: 7 };
        let data = ToUpstream { origin: station(car), routing: Some(routing), payload };
        self.radio(RELAY, PacketType::Data(Data::Upstream(data)))
    }

    pub fn radio(&mut self, from: u64, packet: PacketType<'_>) -> Result<(), DropReason> {
        let message =
            Message { to: self.rsu.config().mac, from: station(from), marker: DEFAULT_ETHERTYPE, packet };
        self.rsu.handle_radio(self.now, message.to_frame(), RxMeta::default(), &mut self.out)
    }

    pub fn tap(&mut self, payload: &[u8]) -> Result<(), DropReason> {
        self.rsu.handle_tap(self.now, Frame::copy_from(payload), &mut self.out)
    }

    /// (next hop, OBU, payload) of the downstream frames sent since the last call.
    pub fn down(&mut self) -> Vec<(Mac, Mac, Vec<u8>)> {
        let replies = std::mem::take(&mut self.out.replies);
        let down = replies.iter().filter_map(|reply| {
            let Reply::WireFlat(frame) = reply else { return None };
            let message = Message::parse(frame, DEFAULT_ETHERTYPE).unwrap();
            match message.packet {
                PacketType::Data(Data::Downstream(data)) => {
                    Some((message.to, data.destination, data.payload.to_vec()))
                }
                _ => None,
            }
        });
        down.collect()
    }

    /// The frames given to the host side since the last call.
    pub fn delivered(&mut self) -> Vec<Vec<u8>> {
        let replies = std::mem::take(&mut self.out.replies);
        let taps = replies.iter().filter_map(|reply| match reply {
            Reply::TapFlat(frame) => Some(frame.to_vec()),
            _ => None,
        });
        taps.collect()
    }
}

pub fn station(i: u64) -> Mac {
    Mac::local(2, i)
}

pub fn host(i: u64) -> Mac {
    Mac::local(6, i)
}

pub fn ethernet(to: Mac, from: Mac, len: usize) -> Vec<u8> {
    let mut frame = vec![0x5a; len];
    frame[..6].copy_from_slice(&to.0);
    frame[6..12].copy_from_slice(&from.0);
    frame
}
