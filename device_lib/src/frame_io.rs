//! Reading and writing one frame at a time.

use node_lib::buffer_pool::{FRAME_CLASSES, Frame, HEADROOM};
use std::io::{self, IoSliceMut, Read, Write};

/// Reads one frame, with `ahead` bytes of something in front of it; `None` where there is none to read.
///
/// Most frames are short, and a long one must not be cut off. So the kernel is given a short buffer and the rest of a long
/// one behind it. A short frame lies where it belongs; of a long one the first 2 kB are moved in front of their rest.
pub(crate) fn receive(device: &mut impl Read, ahead: usize) -> io::Result<Option<Frame>> {
    let mut short = Frame::with_len(SHORT);
    let mut long = Frame::with_len(LONG);
    short.push_front(ahead);
    long.push_front(ahead);
    let head = short.len();
    match device.read_vectored(&mut [IoSliceMut::new(&mut short), IoSliceMut::new(&mut long[head..])]) {
        Ok(length) if length <= head => {
            short.truncate(length);
            Ok(Some(short))
        }
        Ok(length) => {
            long[..head].copy_from_slice(&short);
            long.truncate(length);
            Ok(Some(long))
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes one frame by one write. Devices take a frame whole or not at all.
pub(crate) fn transmit(device: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    let written = device.write(frame)?;
    if written == frame.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
}

/// What fits behind the headroom of a buffer of the middle class.
const SHORT: usize = FRAME_CLASSES[1] - HEADROOM;
/// What fits behind that of the largest: more than a super-frame with its Ethernet header and VLAN tags.
const LONG: usize = FRAME_CLASSES[2] - HEADROOM;

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one frame, however the buffers lie.
    struct Device(Vec<u8>);

    impl Read for Device {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.read_vectored(&mut [IoSliceMut::new(buffer)])
        }

        fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
            let mut rest = &self.0[..];
            for buffer in buffers {
                let count = buffer.len().min(rest.len());
                buffer[..count].copy_from_slice(&rest[..count]);
                rest = &rest[count..];
            }
            Ok(self.0.len() - rest.len())
        }
    }

    #[test]
    fn frames_of_every_length_arrive_whole() {
        for length in [0, 10, 14, SHORT, SHORT + 9, SHORT + 10, SHORT + 11, 5000, LONG, LONG + 10] {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let frame = receive(&mut Device(bytes.clone()), 10).unwrap().unwrap();
            assert_eq!(frame[..], bytes, "{length}");
        }
    }

    #[test]
    fn buffers_come_from_the_pool_and_go_back() {
        for length in [100, 40_000] {
            let mut device = Device(vec![7; length]);
            drop(receive(&mut device, 10));
            let info = allocation_counter::measure(|| {
                for _ in 0..100 {
                    assert_eq!(receive(&mut device, 10).unwrap().unwrap().len(), length);
                }
            });
            assert_eq!(info.count_total, 0, "{length}");
        }
    }
}
