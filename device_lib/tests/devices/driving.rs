//! The driver with real devices: what it costs when they work, and when they don't.

use super::hosts::{Hosts, hosts};
use crate::corner::net::{addresses, inside, network, switch, up, wire};
use crate::support::engine::{Bench, Told};
use device_lib::driver::BATCH;
use device_lib::netlink::Netlink;
use device_lib::packet::PacketSocket;
use device_lib::port::Port;
use device_lib::tap::Tap;
use node_lib::buffer_pool::Frame;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// A device that is down or gone is no reason to stay awake.
pub fn devices_that_dont_work_let_the_driver_sleep() {
    inside(&network(), || {
        wire("radio", "air");
        let tap = Tap::open("tap").unwrap();
        up("tap");
        let radio = PacketSocket::open("radio", 0x88b5).unwrap();
        let ports: [Box<dyn Port>; 2] = [Box::new(tap), Box::new(radio)];
        let mut bench = Bench::new(ports);
        let mut turns = || {
            let (mut turns, mut deadlines, mut sent, mut refused) = (0, 0, 0, 0);
            bench.set_deadline(node_lib::time::Instant::ZERO);
            bench.run(|now, told, wishes| match told {
                Told::Turn => {
                    turns += 1;
                    if wishes.deadline.is_some_and(|at| at <= now) {
                        deadlines += 1;
                        wishes.deadline = Some(now + Duration::from_millis(10));
                        wishes.stop = deadlines == DEADLINES;
                        wishes.send.extend((0..2).map(|port| (port, Frame::copy_from(&[0xff; 60]))));
                        sent += 2;
                    }
                }
                Told::Refused(_, why) => {
                    assert!(!why.is_full(), "{why:?}");
                    refused += 1;
                }
                _ => {}
            });
            // The last ones are sent after the end.
            (turns, refused == sent || refused == sent - 2)
        };
        // Frames of the kernel's own may come in while the interfaces are up.
        let (_, refused) = turns();
        assert!(!refused);
        type Change = fn(&str);
        let changes: [(&str, Change); 2] = [
            ("down", |name| switch(name, false)),
            ("gone", |name| Netlink::open().unwrap().delete_link(name).unwrap()),
        ];
        for (state, change) in changes {
            change("tap");
            change("radio");
            let (turns, refused) = turns();
            assert!(turns <= 3 * DEADLINES, "{state}: {turns} turns for {DEADLINES} deadlines");
            assert!(refused, "{state}: nothing can be sent");
        }
    });
}

pub fn no_small_frame_takes_an_allocation() {
    let Hosts { west, east, taps } = hosts();
    let target = (addresses(2)[0], 5001);
    let sink = inside(&east, || UdpSocket::bind(target).unwrap());
    let allocations = measured(
        taps,
        |frame| !frame.is_train(),
        |stop| {
            let source = inside(&west, || UdpSocket::bind((addresses(1)[0], 0)).unwrap());
            while !stop.load(Ordering::Relaxed) {
                // What the queue has no room for is lost, as it would be on a wire.
                let _ = source.send_to(&[0x5a; 100], target);
            }
        },
    );
    drop(sink);
    assert_eq!(allocations, 0);
}

pub fn no_super_frame_takes_an_allocation() {
    let Hosts { west, east, taps } = hosts();
    let listener = inside(&east, || TcpListener::bind((addresses(2)[0], 0)).unwrap());
    let target = listener.local_addr().unwrap();
    let allocations = measured(
        taps,
        |frame| frame.len() > 30_000,
        |stop| {
            let mut stream = inside(&west, || TcpStream::connect(target).unwrap());
            let mut sink = listener.accept().unwrap().0;
            thread::scope(move |scope| {
                scope.spawn(move || {
                    let mut chunk = vec![0; 1 << 16];
                    while sink.read(&mut chunk).unwrap() > 0 {}
                });
                while !stop.load(Ordering::Relaxed) {
                    stream.write_all(&[0x5a; 1 << 16]).unwrap();
                }
                drop(stream);
            });
        },
    );
    assert_eq!(allocations, 0);
}

/// Hands on whatever the hosts send, and counts the driver's allocations while [`MEASURED`] frames of a kind pass.
fn measured(taps: [Tap; 2], is_counted: fn(&Frame) -> bool, traffic: impl FnOnce(&AtomicBool) + Send) -> u64 {
    let mut bench = Bench::new(Hosts::ports(taps));
    let stopper = bench.stopper();
    // As in the busiest turn there can be: both give all they may, and one more is tried.
    let most = 2 * BATCH + 1;
    bench.make_room(most);
    drop((0..most).map(|_| [1500, 60_000].map(Frame::with_len)).collect::<Vec<_>>());
    let (enough, mut passed) = (AtomicBool::new(false), 0);
    let mut pass = |bench: &mut Bench, count: u64| {
        let until = passed + count;
        bench.run(|_, told, wishes| {
            let (port, frame) = match told {
                Told::Frame(port, frame) => (port, frame),
                Told::Turn => return,
                other => panic!("{other:?}"),
            };
            passed += u64::from(is_counted(&frame));
            wishes.send.push_back((1 - port, frame));
            wishes.stop = passed >= until && count > 0;
        });
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            let _at_the_end = stopper;
            traffic(&enough);
        });
        pass(&mut bench, WARMED_UP);
        let counted = allocation_counter::measure(|| pass(&mut bench, MEASURED));
        enough.store(true, Ordering::Relaxed);
        // What is under way may still arrive.
        pass(&mut bench, 0);
        counted.count_total
    })
}

const DEADLINES: usize = 50;
const WARMED_UP: u64 = 2000;
const MEASURED: u64 = 5000;
