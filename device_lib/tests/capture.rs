//! What is captured, as another program reads it.

mod support;

use device_lib::DeviceError;
use device_lib::capture::CaptureFile;
use device_lib::merging::Merging;
use device_lib::port::Port;
use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use node_lib::addr::Mac;
use node_lib::buffer_pool::Frame;
use node_lib::sample;
use pcap_file::DataLink;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::{Block, PcapNgReader};
use std::fs::File;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use support::memory::memory;

struct Captured {
    interfaces: Vec<InterfaceDescriptionBlock<'static>>,
    packets: Vec<EnhancedPacketBlock<'static>>,
}

fn read(path: &Path) -> Captured {
    let mut reader = PcapNgReader::new(File::open(path).unwrap()).unwrap();
    let mut captured = Captured { interfaces: Vec::new(), packets: Vec::new() };
    while let Some(block) = reader.next_block() {
        match block.unwrap().into_owned() {
            Block::InterfaceDescription(interface) => captured.interfaces.push(interface),
            Block::EnhancedPacket(packet) => captured.packets.push(packet),
            other => panic!("{other:?}"),
        }
    }
    captured
}

fn hosts() -> (Mac, Mac) {
    (Mac::local(6, 2), Mac::local(6, 1))
}

fn now_nanos() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()
}

#[test]
fn interfaces_directions_and_times_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("both.pcapng");
    let start = now_nanos();
    let file = CaptureFile::create(&path).unwrap();
    let ((tap, mut tap_end), (radio, radio_end)) = (memory(), memory());
    let (mut tap, mut radio) = (file.around(tap, "tap0"), file.around(radio, "radio0"));
    let frames: Vec<Frame> = (0..20u8).map(|byte| Frame::copy_from(&[byte; 60])).collect();
    for frame in &frames {
        tap_end.arrive(frame.clone());
        let came = tap.recv().unwrap().unwrap();
        assert_eq!(came, *frame);
        radio.send(came).unwrap();
    }
    assert_eq!(radio_end.sent(), frames);
    assert_eq!(tap.recv().unwrap(), None);
    radio_end.refuse(1);
    radio.send(Frame::copy_from(b"what is not sent is on no wire")).unwrap_err();
    assert!(file.failure().is_none());
    drop((tap, radio, file));
    let end = now_nanos();

    let captured = read(&path);
    for (interface, name) in captured.interfaces.iter().zip(["tap0", "radio0"]) {
        assert_eq!(interface.linktype, DataLink::ETHERNET);
        let options =
            [InterfaceDescriptionOption::IfName(name.into()), InterfaceDescriptionOption::IfTsResol(9)];
        assert_eq!(interface.options, options);
    }
    assert_eq!(captured.interfaces.len(), 2);
    assert_eq!(captured.packets.len(), 40);
    for (at, packet) in captured.packets.iter().enumerate() {
        let (interface, direction) = [(0, 1), (1, 2)][at % 2];
        assert_eq!(packet.interface_id, interface);
        assert_eq!(packet.options, [EnhancedPacketOption::Flags(direction)], "{at}");
        assert_eq!((&packet.data[..], packet.original_len), (&frames[at / 2][..], 60));
    }
    let times: Vec<u128> = captured.packets.iter().map(|packet| packet.timestamp.as_nanos()).collect();
    assert!(times.iter().all(|at| (start..=end).contains(at)), "{start} {times:?} {end}");
    assert!(times.iter().any(|at| at % 1000 != 0), "nanoseconds, not microseconds: {times:?}");
}

#[test]
fn a_train_is_captured_as_what_it_is_on_a_wire() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("train.pcapng");
    let file = CaptureFile::create(&path).unwrap();
    let (port, mut end) = memory();
    let mut port = file.around(port, "tap0");
    let payload: Vec<u8> = (0..54_321u32).map(|at| (at % 251) as u8).collect();
    let (to, from) = hosts();
    let train = sample::train(to, from, &payload, 1448);
    let unfinished = sample::unfinished(to, from, b"short");
    end.arrive(train.clone());
    assert_eq!(port.recv().unwrap().unwrap(), train, "the port itself is none the wiser");
    port.send(unfinished.clone()).unwrap();
    assert_eq!(end.sent(), [unfinished]);
    drop((port, file));

    let packets = read(&path).packets;
    assert_eq!(packets.len(), train.segments() + 1);
    let mut carried = Vec::new();
    for (at, packet) in packets.iter().enumerate() {
        let sliced = SlicedPacket::from_ethernet(&packet.data).unwrap();
        let (Some(NetSlice::Ipv4(ip)), Some(TransportSlice::Tcp(tcp))) = (sliced.net, sliced.transport)
        else {
            panic!("no TCP over IPv4")
        };
        let ip = ip.header();
        assert_eq!(ip.header_checksum(), ip.to_header().calc_header_checksum());
        assert_eq!(Ok(tcp.checksum()), tcp.calc_checksum_ipv4(ip.source(), ip.destination()), "{at}");
        let sequence = if at < train.segments() { carried.len() as u32 } else { 0 };
        assert_eq!(tcp.sequence_number(), sample::FIRST.wrapping_add(sequence));
        carried.extend_from_slice(tcp.payload());
    }
    assert_eq!(carried, [&payload[..], b"short"].concat());
}

/// A port that holds a frame back says of the next one what became of it.
#[test]
fn what_is_refused_later_was_on_no_wire() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("held.pcapng");
    let file = CaptureFile::create(&path).unwrap();
    let (port, end) = memory();
    let mut port = Merging::new(file.around(port, "tap0"), true);
    let [first, second] = [1, 2].map(|byte| Frame::copy_from(&[byte; 100]));
    end.refuse(1);
    port.send(first.clone()).unwrap();
    assert_eq!(port.send(second.clone()).unwrap_err().frame, first);
    port.flush().unwrap();
    assert!(file.failure().is_none(), "it is written out");
    let captured = read(&path);
    assert_eq!(captured.packets.iter().map(|packet| &packet.data[..]).collect::<Vec<_>>(), [&second[..]]);
    assert_eq!(end.sent(), [second]);
}

#[test]
fn a_disk_that_was_full_at_the_end_is_told_of() {
    let file = CaptureFile::create(Path::new("/dev/full")).unwrap();
    let (port, _end) = memory();
    file.around(port, "tap0").send(Frame::copy_from(&[7; 100])).unwrap();
    assert!(file.failure().is_some(), "it still waits in our buffer");
}

/// /dev/full takes a few kB into our buffer, and nothing after that.
#[test]
fn a_full_disk_stops_the_capture_and_nothing_else() {
    let file = CaptureFile::create(Path::new("/dev/full")).unwrap();
    let (port, mut end) = memory();
    let mut port = file.around(port, "tap0");
    let frame = Frame::copy_from(&[7; 1000]);
    for _ in 0..100 {
        end.arrive(frame.clone());
        assert_eq!(port.recv().unwrap().unwrap(), frame);
        port.send(frame.clone()).unwrap();
    }
    assert_eq!(end.sent().len(), 100);
    let Some(DeviceError::File { path, source }) = file.failure() else { panic!("the failure is told") };
    assert_eq!((path.as_path(), source.raw_os_error()), (Path::new("/dev/full"), Some(libc::ENOSPC)));
    assert!(file.failure().is_none(), "once is enough");
}

#[test]
fn a_file_that_cant_be_made_is_named() {
    let error = CaptureFile::create(Path::new("/nowhere/at/all.pcapng")).unwrap_err();
    assert!(error.to_string().starts_with("`/nowhere/at/all.pcapng`: "), "{error}");
}
