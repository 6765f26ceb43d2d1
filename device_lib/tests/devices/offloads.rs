//! TCP between two hosts, with what their kernels leave undone handed on or done by us.

use super::hosts::{Hosts, hosts};
use crate::corner::net::{addresses, counted, inside};
use crate::support::engine::{Bench, Told};
use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::messages::{
    Data, Message, PacketType, Routing, Stamp, UPSTREAM_V2_HEADER, each_segment, wrap_upstream,
};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Bytes that each host sends the other.
const BYTES: usize = 50 << 20;
/// Bytes at once.
const CHUNK: usize = 1 << 16;

pub fn trains_handed_on_whole_keep_their_order_and_lose_nothing() {
    let mut flows = Flows::default();
    let outcome = exchange(|port, frame, on| {
        flows.check(port, &frame);
        on(frame);
    });
    assert_eq!(outcome.retransmitted, 0);
    assert!(flows.0.len() >= 4, "both ways, over IPv4 and IPv6");
}

pub fn trains_taken_apart_arrive_whole() {
    exchange(|_, frame, on| {
        let Ok(()) = each_segment(frame, |segment| -> Result<(), Infallible> {
            assert!(segment.len() <= 1514 && segment.offload().is_none());
            on(segment);
            Ok(())
        });
    });
}

pub fn trains_wrapped_and_split_and_unwrapped_arrive_whole() {
    let (to, from, marker) = (Mac::local(2, 1), Mac::local(2, 2), 0x88b5);
    let mut seq = u32::MAX - 1000;
    exchange(|_, mut frame, on| {
        let segments = frame.segments();
        let routing = Routing { rsu: to, stamp: Stamp { boot: 1, seq }, flags: 0, hop_limit: 8 };
        wrap_upstream(&mut frame, to, from, marker, from, Some(routing));
        let mut count = 0;
        let Ok(()) = each_segment(frame, |mut segment| -> Result<(), Infallible> {
            let PacketType::Data(Data::Upstream(data)) = Message::parse(&segment, marker).unwrap().packet
            else {
                panic!("data")
            };
            assert_eq!(data.routing.unwrap().stamp.seq, seq.wrapping_add(count));
            count += 1;
            segment.strip_front(UPSTREAM_V2_HEADER);
            on(segment);
            Ok(())
        });
        assert_eq!(count as usize, segments);
        seq = seq.wrapping_add(count);
    });
}

/// What the kernels counted.
struct Outcome {
    retransmitted: u64,
}

/// [`BYTES`] each way over IPv4, then over IPv6, with every frame treated by `treat` on its way to the other host.
fn exchange(mut treat: impl FnMut(usize, Frame, &mut dyn FnMut(Frame))) -> Outcome {
    let Hosts { west, east, taps } = hosts();
    let mut bench = Bench::new(Hosts::ports(taps));
    let stopper = bench.stopper();
    // Of IPv4, of IPv6.
    let mut longest = [0; 2];
    let outcome = thread::scope(|scope| {
        let traffic = scope.spawn(|| {
            let _at_the_end = stopper;
            let mut outcome = Outcome { retransmitted: 0 };
            for address in addresses(2) {
                let listener = inside(&east, || TcpListener::bind((address, 0)).unwrap());
                let at = listener.local_addr().unwrap();
                // Connected before anybody waits for it, so that a failure is one and no wait for ever.
                let client = inside(&west, || TcpStream::connect(at).unwrap());
                let server = listener.accept().unwrap().0;
                let server = scope.spawn(|| inside(&east, || talk(server)));
                let client = inside(&west, || talk(client));
                let server = server.join().unwrap();
                assert_eq!((client.sent, server.sent), (server.received, client.received), "{address}");
                outcome.retransmitted += client.retransmitted + server.retransmitted;
            }
            outcome
        });
        bench.run(|_, told, wishes| match told {
            Told::Frame(port, frame) => {
                if frame.is_train() {
                    let longest = &mut longest[usize::from(frame[12..14] == [0x86, 0xdd])];
                    *longest = frame.len().max(*longest);
                }
                treat(port, frame, &mut |frame| wishes.send.push_back((1 - port, frame)));
            }
            Told::Turn => {}
            other => panic!("{other:?}"),
        });
        traffic.join().unwrap()
    });
    assert!(longest.iter().all(|longest| *longest > 30_000), "super-frames, not {longest:?} bytes at most");
    outcome
}

/// One end's story.
struct End {
    sent: blake3::Hash,
    received: blake3::Hash,
    retransmitted: u64,
}

/// Sends and receives at the same time.
fn talk(mut stream: TcpStream) -> End {
    let before = counted();
    // Where nothing gets through, that is to be a failure some day.
    stream.set_read_timeout(Some(Duration::from_secs(300))).unwrap();
    let sender = stream.try_clone().unwrap();
    let (sent, received) = thread::scope(|scope| {
        let sent = scope.spawn(|| send(sender));
        let (mut hash, mut chunk) = (blake3::Hasher::new(), vec![0; CHUNK]);
        loop {
            match stream.read(&mut chunk).unwrap() {
                0 => break,
                count => hash.update(&chunk[..count]),
            };
        }
        assert_eq!(hash.count(), BYTES as u64);
        (sent.join().unwrap(), hash.finalize())
    });
    let after = counted();
    let grown = |name: &str| after[name] - before[name];
    assert!(grown("Tcp.InSegs") > 0);
    for name in
        ["Tcp.InCsumErrors", "Udp.InCsumErrors", "Icmp.InCsumErrors", "Icmp6InCsumErrors", "Tcp.InErrs"]
    {
        assert_eq!(grown(name), 0, "{name}");
    }
    End { sent, received, retransmitted: grown("Tcp.RetransSegs") }
}

fn send(mut stream: TcpStream) -> blake3::Hash {
    let mut hash = blake3::Hasher::new();
    // Content that repeats nowhere, so that nothing can stand in for anything else.
    let mut content =
        blake3::Hasher::new().update(&stream.local_addr().unwrap().port().to_be_bytes()).finalize_xof();
    let mut chunk = vec![0; CHUNK];
    for _ in 0..BYTES / CHUNK {
        content.fill(&mut chunk);
        hash.update(&chunk);
        stream.write_all(&chunk).unwrap();
    }
    stream.shutdown(Shutdown::Write).unwrap();
    hash.finalize()
}

/// Where each flow's sequence numbers are, by the port they come from and the ends of the flow.
#[derive(Default)]
struct Flows(BTreeMap<(usize, Vec<u8>), u32>);

impl Flows {
    /// What carries payload never goes back.
    fn check(&mut self, port: usize, frame: &Frame) {
        let packet = SlicedPacket::from_ethernet(frame).unwrap();
        let Some(TransportSlice::Tcp(tcp)) = packet.transport else { return };
        if tcp.payload().is_empty() {
            return;
        }
        let mut ends = match packet.net {
            Some(NetSlice::Ipv4(ip)) => [ip.header().source(), ip.header().destination()].concat(),
            Some(NetSlice::Ipv6(ip)) => [ip.header().source(), ip.header().destination()].concat(),
            other => panic!("{other:?}"),
        };
        ends.extend([tcp.source_port().to_be_bytes(), tcp.destination_port().to_be_bytes()].concat());
        let sequence = tcp.sequence_number();
        let end = sequence.wrapping_add(tcp.payload().len() as u32);
        if let Some(expected) = self.0.insert((port, ends), end) {
            assert_eq!(sequence, expected, "each follows the one before");
        }
    }
}
