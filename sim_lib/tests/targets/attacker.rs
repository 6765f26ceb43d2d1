//! A node that sends one forged frame in its life. It hears what its neighbours broadcast, so its forgeries fit.

use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::control::config::{DEFAULT_ETHERTYPE, NodeConfig};
use node_lib::control::drops::{Counters, DropReason};
use node_lib::control::node::{Node, Outbox, Reply, RxMeta, TimerReason, TxStatus};
use node_lib::control::status::{Explanation, Status};
use node_lib::messages::{
    Control, Data, ExtensionBuf, Heartbeat, HeartbeatReply, Message, PacketType, Path, Routing, Stamp,
    ToDownstream, ToUpstream,
};
use node_lib::time::Instant;
use sim_lib::world::address::{host_mac, radio_mac};
use std::cell::Cell;

/// One forged frame. Names are those of the test's network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Forgery {
    /// The RSU's own copy: this many ids ahead, this many epochs ahead, with this duration if it isn't the right one.
    Own { ahead: u32, epochs: u32, duration_ms: Option<u64> },
    /// The own copy of an RSU that doesn't exist.
    NoRsu,
    /// A copy that `from` relayed, this many ids ahead.
    Advert { from: &'static str, ahead: u32, lag: u8, cost: u32 },
    /// A reply of `sender` to `to`, from the attacker's own address.
    Reply { sender: &'static str, to: &'static str, stamp: Option<Stamp> },
    /// Data of `origin` that goes up, to `to`.
    Up { origin: &'static str, to: &'static str, stamp: Stamp },
    /// Data that goes down to `to`, numbered by the RSU.
    Down { to: &'static str, stamp: Stamp },
}

/// As far ahead as it gets.
pub const GREATEST: Stamp = Stamp { boot: u32::MAX, seq: u32::MAX };

thread_local! {
    /// What the attackers of this thread's next world send, and when.
    static PLAN: Cell<(Forgery, u64)> = const { Cell::new((Forgery::NoRsu, 0)) };
}

#[derive(Debug)]
pub struct Attacker {
    config: NodeConfig,
    counters: Counters,
    forgery: Forgery,
    at: Option<Instant>,
    /// The RSU's newest heartbeat, and when it came.
    heard: Option<(Instant, u64, u32, u32)>,
    /// The next PATH counters: of the RSU, and of the relay that was heard last.
    next: [u16; 2],
}

impl Attacker {
    /// From now on [`Attacker::make`] makes attackers that send this at that time.
    pub fn plan(forgery: Forgery, at_us: u64) {
        PLAN.set((forgery, at_us));
    }

    pub fn make(config: NodeConfig, _: Instant) -> Box<dyn Node> {
        let (forgery, at_us) = PLAN.get();
        Box::new(Attacker {
            config,
            counters: Counters::default(),
            forgery,
            at: Some(Instant::from_micros(at_us)),
            heard: None,
            next: [1; 2],
        })
    }

    fn forge(&self, now: Instant) -> Frame {
        let (heard, duration, id, epoch) = self.heard.unwrap_or((Instant::ZERO, 0, 0, 1));
        let rightly = duration + now.since(heard).as_millis() as u64;
        let rsu = radio_mac("rsu");
        let relayed = |to, from, control| message(to, from, PacketType::Control(control));
        match self.forgery {
            Forgery::Own { ahead, epochs, duration_ms } => {
                let extensions = path(epoch.saturating_add(epochs), 0, 0, self.next[0]);
                let (id, duration_ms) = (id.saturating_add(ahead), duration_ms.unwrap_or(rightly));
                let extensions = extensions.as_extensions();
                let beat = Heartbeat { duration_ms, id, hops: 1, source: rsu, extensions };
                relayed(Mac::BROADCAST, rsu, Control::Heartbeat(beat))
            }
            Forgery::NoRsu => {
                let extensions = path(7, 0, 0, 1);
                let extensions = extensions.as_extensions();
                let source = self.config.mac;
                let beat = Heartbeat { duration_ms: 5000, id: 25, hops: 1, source, extensions };
                relayed(Mac::BROADCAST, source, Control::Heartbeat(beat))
            }
            Forgery::Advert { from, ahead, lag, cost } => {
                let from = if from == "attacker" { self.config.mac } else { radio_mac(from) };
                let hops = if from == rsu { 1 } else { 2 };
                let extensions = path(epoch, lag, cost, self.next[usize::from(from != rsu)]);
                let (id, extensions) = (id.saturating_add(ahead), extensions.as_extensions());
                let beat = Heartbeat { duration_ms: rightly, id, hops, source: rsu, extensions };
                relayed(Mac::BROADCAST, from, Control::Heartbeat(beat))
            }
            Forgery::Reply { sender, to, stamp } => {
                let mut extensions = ExtensionBuf::new();
                if let Some(stamp) = stamp {
                    extensions.push_senders(&[(radio_mac(sender), stamp)]).expect("one fits");
                }
                let (sender, extensions) = (radio_mac(sender), extensions.as_extensions());
                let reply =
                    HeartbeatReply { duration_ms: duration, id, hops: 1, source: rsu, sender, extensions };
                relayed(radio_mac(to), self.config.mac, Control::HeartbeatReply(reply))
            }
            Forgery::Up { origin, to, stamp } => {
                let payload = &frame(host_mac("rsu"), host_mac(origin));
                let routing = Some(Routing { rsu, stamp, flags: 0, hop_limit: 8 });
                let data = ToUpstream { origin: radio_mac(origin), routing, payload };
                message(radio_mac(to), self.config.mac, PacketType::Data(Data::Upstream(data)))
            }
            Forgery::Down { to, stamp } => {
                let payload = &frame(host_mac(to), host_mac("rsu"));
                let routing = Some(Routing { rsu, stamp, flags: 0, hop_limit: 8 });
                let data = ToDownstream { origin: rsu, destination: radio_mac(to), routing, payload };
                message(radio_mac(to), self.config.mac, PacketType::Data(Data::Downstream(data)))
            }
        }
    }
}

fn message(to: Mac, from: Mac, packet: PacketType<'_>) -> Frame {
    Message { to, from, marker: DEFAULT_ETHERTYPE, packet }.to_frame()
}

fn path(epoch: u32, lag: u8, cost: u32, counter: u16) -> ExtensionBuf {
    let mut extensions = ExtensionBuf::new();
    extensions.push_epoch(epoch).expect("it fits");
    extensions.push_path(Path { lag, class: 0, cost, counter }).expect("it fits");
    extensions
}

/// An Ethernet frame of a host, with nothing of use in it.
fn frame(to: Mac, from: Mac) -> Vec<u8> {
    [&to.0[..], &from.0[..], &[0x88, 0xb6], &[0; 50]].concat()
}

impl Node for Attacker {
    fn handle_tap(&mut self, _: Instant, _: Frame, _: &mut Outbox) -> Result<(), DropReason> {
        Err(self.counters.drop(DropReason::NoRoute))
    }

    fn handle_radio(
        &mut self,
        now: Instant,
        frame: Frame,
        _: RxMeta,
        _: &mut Outbox,
    ) -> Result<(), DropReason> {
        let message = Message::parse(&frame, DEFAULT_ETHERTYPE)?;
        if let PacketType::Control(Control::Heartbeat(beat)) = message.packet
            && let (Some(path), Some(epoch)) = (beat.extensions.path(), beat.extensions.epoch())
        {
            let own = message.from == beat.source;
            self.next[usize::from(!own)] = path.counter.wrapping_add(1);
            if own {
                self.heard = Some((now, beat.duration_ms, beat.id, epoch));
            }
        }
        Ok(())
    }

    fn handle_status(&mut self, _: Instant, _: TxStatus, _: &mut Outbox) {}

    fn handle_timeout(&mut self, now: Instant, out: &mut Outbox) {
        if self.at.take_if(|at| *at <= now).is_some() {
            out.replies.push(Reply::WireFlat(self.forge(now)));
        }
    }

    fn poll_timeout(&self) -> Option<(Instant, TimerReason)> {
        self.at.map(|at| (at, TimerReason::Heartbeat))
    }

    fn config(&self) -> &NodeConfig {
        &self.config
    }

    fn reconfigure(&mut self, settings: &NodeConfig) {
        self.config.take_over(settings);
    }

    fn counters(&self) -> &Counters {
        &self.counters
    }

    fn status(&self) -> Status {
        Status { mac: self.config.mac, upstream: None, rsus: Vec::new(), downstream: Vec::new() }
    }

    fn explain(&self, _: Mac) -> Option<Explanation> {
        None
    }
}
