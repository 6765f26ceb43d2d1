//! One OBU on a bench: frames are handed to it and what it sends is looked at.
#![allow(dead_code, reason = "each test uses its part")]

use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::{DEFAULT_ETHERTYPE, NodeConfig};
use node_lib::control::drops::DropReason;
use node_lib::control::node::{Node, Outbox, Reply, RxMeta, TxOutcome, TxStatus};
use node_lib::messages::{
    Control, Data, ExtensionBuf, Heartbeat, HeartbeatReply, Message, PacketType, Path, Routing, Stamp,
    ToDownstream, ToUpstream,
};
use node_lib::time::Instant;
use obu_lib::Obu;

pub const ME: u64 = 10;
pub const RSU: u64 = 1;
pub const LEFT: u64 = 2;
pub const RIGHT: u64 = 3;
pub const CHILD: u64 = 4;

pub struct Bench {
    pub obu: Obu,
    pub now: Instant,
    pub out: Outbox,
    counter: u16,
}

/// One heartbeat, as it is handed to the OBU.
#[derive(Clone, Copy)]
pub struct Beat {
    pub from: u64,
    pub rsu: u64,
    pub epoch: Option<u32>,
    pub id: u32,
    pub hops: u32,
    /// lag, class, cost; `None` for a legacy node.
    pub path: Option<(u8, u8, u32)>,
}

impl Beat {
    /// The RSU's own copy, or a relay's at this cost.
    pub fn new(from: u64, id: u32, cost: u32) -> Beat {
        let hops = if from == RSU { 1 } else { 2 };
        Beat { from, rsu: RSU, epoch: Some(1), id, hops, path: Some((0, 0, cost)) }
    }
}

impl Bench {
    pub fn new() -> Bench {
        Bench::with(NodeConfig::new(station(ME)))
    }

    pub fn with(config: NodeConfig) -> Bench {
        let obu = Obu::new(config, Instant::ZERO);
        // Long after its start, so that the OBU believes relays.
        Bench { obu, now: Instant::from_secs(1), out: Outbox::new(), counter: 0 }
    }

    pub fn hear(&mut self, beat: Beat) -> Result<(), DropReason> {
        self.counter += 1;
        let mut extensions = ExtensionBuf::new();
        if let Some(epoch) = beat.epoch {
            extensions.push_epoch(epoch).unwrap();
        }
        if let Some((lag, class, cost)) = beat.path {
            extensions.push_path(Path { lag, class, cost, counter: self.counter }).unwrap();
        }
        let heartbeat = Heartbeat {
            duration_ms: u64::from(beat.id) * 200,
            id: beat.id,
            hops: beat.hops,
            source: station(beat.rsu),
            extensions: extensions.as_extensions(),
        };
        self.radio(Mac::BROADCAST, beat.from, PacketType::Control(Control::Heartbeat(heartbeat)))
    }

    /// A reply of `sender`, handed over by `from`.
    pub fn reply(&mut self, from: u64, sender: u64, seq: Option<u32>) -> Result<(), DropReason> {
        let mut extensions = ExtensionBuf::new();
        if let Some(seq) = seq {
            extensions.push_senders(&[(station(sender), Stamp { boot: 1, seq })]).unwrap();
        }
        let extensions = extensions.as_extensions();
        let (source, sender) = (station(RSU), station(sender));
        let reply = HeartbeatReply { duration_ms: 200, id: 1, hops: 1, source, sender, extensions };
        self.radio(station(ME), from, PacketType::Control(Control::HeartbeatReply(reply)))
    }

    /// Data of `origin` on its way up; `routing` is (rsu, seq, flags, hop limit).
    pub fn upstream(
        &mut self,
        from: u64,
        origin: u64,
        routing: Option<(u64, u32, u8, u8)>,
        payload: &[u8],
    ) -> Result<(), DropReason> {
        let (origin, routing) = (station(origin), routing.map(routing_of));
        self.radio(
            station(ME),
            from,
            PacketType::Data(Data::Upstream(ToUpstream { origin, routing, payload })),
        )
    }

    /// Data on its way down to `destination`.
    pub fn downstream(
        &mut self,
        from: u64,
        destination: u64,
        routing: Option<(u64, u32, u8, u8)>,
        payload: &[u8],
    ) -> Result<(), DropReason> {
        let (origin, destination, routing) = (station(RSU), station(destination), routing.map(routing_of));
        let data = ToDownstream { origin, destination, routing, payload };
        self.radio(station(ME), from, PacketType::Data(Data::Downstream(data)))
    }

    pub fn radio(&mut self, to: Mac, from: u64, packet: PacketType<'_>) -> Result<(), DropReason> {
        let message = Message { to, from: station(from), marker: DEFAULT_ETHERTYPE, packet };
        self.obu.handle_radio(self.now, message.to_frame(), RxMeta::default(), &mut self.out)
    }

    pub fn tap(&mut self, payload: &[u8]) -> Result<(), DropReason> {
        self.obu.handle_tap(self.now, Frame::copy_from(payload), &mut self.out)
    }

    pub fn status(&mut self, to: u64, outcome: TxOutcome, attempts: u8, frame: Option<Frame>) {
        let status = TxStatus { to: station(to), outcome, attempts, frame };
        self.obu.handle_status(self.now, status, &mut self.out);
    }

    /// Lets the time pass, with every timeout at its time.
    pub fn pass(&mut self, micros: u64) {
        let end = Instant::from_micros(self.now.as_micros() + micros);
        while let Some((at, _)) = self.obu.poll_timeout().filter(|(at, _)| *at <= end) {
            self.now = at;
            self.obu.handle_timeout(at, &mut self.out);
        }
        self.now = end;
    }

    /// Everything put out since the last call.
    pub fn sent(&mut self) -> Vec<Reply<Frame>> {
        self.out.withdraw.clear();
        std::mem::take(&mut self.out.replies)
    }

    /// The radio frames put out since the last call.
    pub fn wires(&mut self) -> Vec<Frame> {
        let wires = self.sent().into_iter().filter_map(|reply| match reply {
            Reply::WireFlat(frame) => Some(frame),
            _ => None,
        });
        wires.collect()
    }

    pub fn next_hop(&self) -> Option<Mac> {
        self.obu.route().map(|route| route.next_hop)
    }
}

pub fn parse(frame: &Frame) -> Message<'_> {
    Message::parse(frame, DEFAULT_ETHERTYPE).expect("what the OBU sends is valid")
}

/// The heartbeats among `frames`, with their PATH.
pub fn heartbeats(frames: &[Frame]) -> Vec<(Heartbeat<'_>, Path)> {
    let beats = frames.iter().filter_map(|frame| match parse(frame).packet {
        PacketType::Control(Control::Heartbeat(beat)) => {
            Some((beat, beat.extensions.path().expect("we send PATH")))
        }
        _ => None,
    });
    beats.collect()
}

/// The data frames among `frames`: where they go, and how they are routed.
pub fn upstream_data(frames: &[Frame]) -> Vec<(Mac, ToUpstream<'_>)> {
    let data = frames.iter().filter_map(|frame| {
        let message = parse(frame);
        match message.packet {
            PacketType::Data(Data::Upstream(data)) => Some((message.to, data)),
            _ => None,
        }
    });
    data.collect()
}

pub fn station(i: u64) -> Mac {
    Mac::local(2, i)
}

/// An Ethernet frame from host 1 to host 2.
pub fn host_frame(len: usize) -> Vec<u8> {
    let mut frame = vec![0xa5; len.max(14)];
    frame[..6].copy_from_slice(&Mac::local(6, 2).0);
    frame[6..12].copy_from_slice(&Mac::local(6, 1).0);
    frame
}

fn routing_of((rsu, seq, flags, hop_limit): (u64, u32, u8, u8)) -> Routing {
    Routing { rsu: station(rsu), stamp: Stamp { boot: 1, seq }, flags, hop_limit }
}
