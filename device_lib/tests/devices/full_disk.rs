//! A capture on a disk that gets full.

use crate::corner::net::{inside, network, next, wire};
use device_lib::capture::CaptureFile;
use device_lib::packet::PacketSocket;
use device_lib::port::Port;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use node_lib::buffer_pool::Frame;
use pcap_file::pcapng::{Block, PcapNgReader};
use std::fs::File;

pub fn the_port_goes_on_and_what_was_captured_stays_readable() {
    let folder = tempfile::tempdir().unwrap();
    inside(&network(), || {
        unshare(CloneFlags::CLONE_NEWNS).unwrap();
        mount(Some("tmpfs"), folder.path(), Some("tmpfs"), MsFlags::empty(), Some("size=64k")).unwrap();
        wire("radio", "air");
        let path = folder.path().join("capture.pcapng");
        let file = CaptureFile::create(&path).unwrap();
        let mut radio = file.around(PacketSocket::open("radio", 0x88b5).unwrap(), "radio");
        let mut air = PacketSocket::open("air", 0x88b5).unwrap();
        let mut frame = Frame::copy_from(&[0x5a; 1000]);
        frame[..14].copy_from_slice(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5]);
        for _ in 0..200 {
            radio.send(frame.clone()).unwrap();
            assert_eq!(next(&mut air), frame);
            air.send(frame.clone()).unwrap();
            assert_eq!(next(&mut radio), frame);
        }
        let error = file.failure().expect("400 kB don't fit 64");
        assert!(error.to_string().contains("No space left"), "{error}");
        drop((radio, file));

        let mut reader = PcapNgReader::new(File::open(&path).unwrap()).unwrap();
        let mut read = 0;
        // The last block may be cut off.
        while let Some(Ok(block)) = reader.next_block() {
            if let Block::EnhancedPacket(packet) = block {
                assert_eq!(packet.data[..], frame[..]);
                read += 1;
            }
        }
        assert!((50..64).contains(&read), "{read} of 400");
    });
}
