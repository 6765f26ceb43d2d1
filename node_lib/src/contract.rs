//! What every role promises, as one suite that each role runs on itself.
//!
//! * No bytes, at any time, on either side, make it panic.
//! * A timeout before the deadline does nothing.
//! * After a timeout the next deadline lies ahead.
//! * A clock that is set back, seen in a timeout, brings the deadline along: nothing waits longer than it did before.
//! * Equal inputs give equal outputs.
//! * Every frame refused is counted under the reason that was given.

use crate::addr::Mac;
use crate::buffer_pool::Frame;
use crate::control::config::{DEFAULT_ETHERTYPE, NodeConfig};
use crate::control::node::{Node, Outbox, RxMeta, TxOutcome, TxStatus};
use crate::messages::{
    Control, Data, ExtensionBuf, Heartbeat, HeartbeatReply, Message, PacketType, Path, Routing, Stamp,
    ToDownstream, ToUpstream,
};
use crate::random::Key;
use crate::time::Instant;
use std::time::Duration;

/// Runs `steps` random inputs through two equal nodes, made by `make`, and panics where a promise is broken.
pub fn check<N: Node>(make: impl Fn(NodeConfig, Instant) -> N, seed: u64, steps: u64) {
    let mut config = NodeConfig::new(station(0));
    config.key = Key::seed(seed);
    config.tx_status = seed & 1 == 0;
    let (mut one, mut other) = (make(config.clone(), Instant::ZERO), make(config, Instant::ZERO));
    let (mut out, mut other_out) = (Outbox::new(), Outbox::new());
    let mut now = Instant::ZERO;
    for step in 0..steps {
        let draw = Inputs(Key::seed(seed).with_name("contract").with(step));
        assert_early_timeouts_do_nothing(&mut one, now);
        // Mostly small steps, now and then a long silence; never past a deadline unnoticed for long.
        let wait = if draw.chance(0, 0.02) { 5_000_000 } else { 20_000 };
        now += Duration::from_micros(draw.number(1, wait));
        if draw.chance(3, 0.01) {
            now = step_back([&mut one, &mut other], now, draw.number(4, 10_000_000));
        }
        let input = draw.input();
        let results = (input.give(&mut one, now, &mut out), input.give(&mut other, now, &mut other_out));
        assert_eq!(results.0, results.1, "seed {seed}, step {step}: equal inputs, other results");
        assert_eq!(
            format!("{:?}", out.events),
            format!("{:?}", other_out.events),
            "seed {seed}, step {step}"
        );
        assert_eq!(out.replies, other_out.replies, "seed {seed}, step {step}: equal inputs, other frames");
        assert_eq!(out.withdraw, other_out.withdraw, "seed {seed}, step {step}");
        assert_eq!(one.status(), other.status(), "seed {seed}, step {step}");
        assert_eq!(one.counters(), other.counters(), "seed {seed}, step {step}");
        if matches!(input, Input::Timeout)
            && let Some((at, reason)) = one.poll_timeout()
        {
            assert!(
                at > now,
                "seed {seed}, step {step}: the deadline {at} for {reason:?} is not after {now}"
            );
        }
        out.clear();
        other_out.clear();
    }
    // Inputs that never get anywhere would prove nothing.
    let delivered = one.counters().data_delivered + one.counters().data_relayed;
    assert!(steps < 1000 || delivered > 0, "seed {seed}: no data passed");
}

/// Sets the clock back by so many microseconds, or to its start, and has both nodes notice. Returns the time then.
fn step_back<N: Node>(nodes: [&mut N; 2], now: Instant, by_us: u64) -> Instant {
    let then = Instant::from_micros(now.as_micros().saturating_sub(by_us));
    for node in nodes {
        let mut out = Outbox::new();
        node.handle_timeout(now, &mut out);
        let before = node.poll_timeout().map(|(at, _)| at.since(now));
        node.handle_timeout(then, &mut out);
        let after = node.poll_timeout().map(|(at, _)| at.since(then));
        assert!(after <= before, "{before:?} to wait, and {after:?} after a step back by {by_us} µs");
    }
    then
}

fn assert_early_timeouts_do_nothing<N: Node>(node: &mut N, now: Instant) {
    let Some(deadline) = node.poll_timeout().filter(|(at, _)| *at > now) else { return };
    let (status, counters) = (node.status(), node.counters().clone());
    let mut out = Outbox::new();
    node.handle_timeout(now, &mut out);
    assert!(out.is_empty(), "an early timeout sent {out:?}");
    assert_eq!(node.poll_timeout(), Some(deadline), "an early timeout moved the deadline");
    assert_eq!((node.status(), node.counters()), (status, &counters), "an early timeout changed the node");
}

#[derive(Clone, Debug)]
enum Input {
    Radio(Vec<u8>),
    Tap(Vec<u8>),
    Status(Mac, TxOutcome, u8, Option<Vec<u8>>),
    Timeout,
}

impl Input {
    fn give<N: Node>(&self, node: &mut N, now: Instant, out: &mut Outbox) -> Result<(), &'static str> {
        let before = node.counters().clone();
        let result = match self {
            Input::Radio(bytes) => node.handle_radio(now, Frame::copy_from(bytes), RxMeta::default(), out),
            Input::Tap(bytes) => node.handle_tap(now, Frame::copy_from(bytes), out),
            Input::Status(to, outcome, attempts, frame) => {
                let frame = frame.as_ref().map(|bytes| Frame::copy_from(bytes));
                node.handle_status(
                    now,
                    TxStatus { to: *to, outcome: *outcome, attempts: *attempts, frame },
                    out,
                );
                Ok(())
            }
            Input::Timeout => {
                node.handle_timeout(now, out);
                Ok(())
            }
        };
        result.map_err(|reason| {
            assert!(node.counters().dropped(reason) > before.dropped(reason), "{reason} was not counted");
            reason.name()
        })
    }
}

struct Inputs(Key);

impl Inputs {
    fn input(&self) -> Input {
        match self.number(2, 9) {
            0 => Input::Timeout,
            1 => Input::Tap(self.host_frame(10)),
            2 => Input::Tap(self.garbage()),
            3 => Input::Radio(self.garbage()),
            4 => {
                let outcomes =
                    [TxOutcome::Acked, TxOutcome::Unacked, TxOutcome::SendError, TxOutcome::Withdrawn];
                let outcome = outcomes[self.number(20, 3) as usize];
                let frame = self.chance(21, 0.5).then(|| self.message());
                Input::Status(station(self.number(22, 5)), outcome, self.number(23, 7) as u8, frame)
            }
            5 => Input::Radio(self.spoiled()),
            _ => Input::Radio(self.message()),
        }
    }

    fn garbage(&self) -> Vec<u8> {
        (0..self.number(30, 200)).map(|i| self.0.with(31).with(i).bits() as u8).collect()
    }

    /// A message with some of its bytes changed or its end cut off.
    fn spoiled(&self) -> Vec<u8> {
        let mut bytes = self.message();
        for i in 0..self.number(40, 4) {
            let at = self.0.with(41).with(i).between(0, bytes.len() as u64 - 1) as usize;
            bytes[at] = self.0.with(42).with(i).bits() as u8;
        }
        bytes.truncate(self.0.with(43).between(0, 2 * bytes.len() as u64) as usize);
        bytes
    }

    fn host_frame(&self, salt: u64) -> Vec<u8> {
        let mut frame = vec![0; 14 + self.0.with(salt).between(0, 1600) as usize];
        let place =
            |key: Key| if key.bits().is_multiple_of(8) { Mac::BROADCAST } else { host(key.bits() % 5) };
        frame[..6].copy_from_slice(&place(self.0.with(salt + 1)).0);
        frame[6..12].copy_from_slice(&host(self.number(salt + 2, 5)).0);
        frame[12..14].copy_from_slice(&[0x86, 0xdd]);
        frame
    }

    /// A valid message; ids, durations and stamps move on slowly, as they would, and jump now and then.
    fn message(&self) -> Vec<u8> {
        let clock = self.number(50, 60) + if self.chance(51, 0.02) { 100_000 } else { 0 };
        let (id, duration_ms) = (clock as u32, clock * 200 + self.number(52, 50));
        let from = station(1 + self.number(53, 4));
        let source = station(self.number(54, 5));
        let to = if self.chance(55, 0.3) { Mac::BROADCAST } else { station(0) };
        let stamp = Stamp { boot: 1 + self.number(56, 1) as u32, seq: self.number(57, 2000) as u32 };
        let routing = self.chance(58, 0.7).then_some(Routing {
            rsu: station(self.number(59, 5)),
            stamp,
            flags: self.number(60, 7) as u8,
            hop_limit: self.number(61, 9) as u8,
        });
        let payload = self.host_frame(70);
        let mut extensions = ExtensionBuf::new();
        let kind = self.number(62, 5);
        let built = if kind == 2 {
            extensions.push_senders(&[(from, stamp), (station(self.number(63, 5)), stamp)])
        } else {
            let cost = if self.chance(64, 0.1) { Path::NO_ROUTE } else { self.number(65, 50_000) as u32 };
            let path = Path { lag: self.number(66, 4) as u8, class: 0, cost, counter: id as u16 };
            let epoch = 1 + u32::from(self.chance(67, 0.05));
            extensions
                .push_epoch(epoch)
                .and_then(|()| if self.chance(68, 0.9) { extensions.push_path(path) } else { Ok(()) })
        };
        assert!(built.is_ok(), "the extensions fit");
        let (hops, extensions) = (1 + self.number(69, 8) as u32, extensions.as_extensions());
        let packet = match kind {
            0 | 1 => PacketType::Control(Control::Heartbeat(Heartbeat {
                duration_ms,
                id,
                hops,
                source,
                extensions,
            })),
            2 => {
                let reply = HeartbeatReply { duration_ms, id, hops, source, sender: from, extensions };
                PacketType::Control(Control::HeartbeatReply(reply))
            }
            3 | 4 => {
                let origin = station(1 + self.number(80, 4));
                PacketType::Data(Data::Upstream(ToUpstream { origin, routing, payload: &payload }))
            }
            _ => {
                let (origin, destination) = (station(1 + self.number(81, 4)), station(self.number(82, 5)));
                PacketType::Data(Data::Downstream(ToDownstream {
                    origin,
                    destination,
                    routing,
                    payload: &payload,
                }))
            }
        };
        (&Message { to, from, marker: DEFAULT_ETHERTYPE, packet }).into()
    }

    /// A number from 0 to `most`.
    fn number(&self, salt: u64, most: u64) -> u64 {
        self.0.with(salt).between(0, most)
    }

    fn chance(&self, salt: u64, probability: f64) -> bool {
        self.0.with(salt).unit() < probability
    }
}

fn station(i: u64) -> Mac {
    Mac::local(2, i)
}

fn host(i: u64) -> Mac {
    Mac::local(6, i)
}
