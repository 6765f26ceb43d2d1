//! Putting trains together: what a receiving interface does for its host (generic receive offload, GRO).
//!
//! Segments that follow each other cost the host's stack nearly as little as one, if they come as one frame that says so.
//! What may be merged is what Linux merges (`net/ipv4/tcp_offload.c`, `tcp_gro_receive`; `udp_offload.c`): in order, of one
//! connection, alike in everything but what a train's segments differ in, each with right checksums. Taken apart again, the
//! train gives the same segments.

use super::checksum::{add, ones_sum};
use super::headers::{self, IPV6_HEADER};
use super::segment::put16;
use super::{Network, Offload, TCP_CHECKSUM, Train, Transport, UDP_CHECKSUM, be16};
use crate::buffer_pool::{FRAME_CLASSES, Frame, HEADROOM};

/// Merges frames on their way to one host. Frames never overtake each other: the last one is held until the next one shows
/// whether it joins, or until [`Merger::flush`].
#[derive(Debug)]
pub struct Merger {
    held: Option<Held>,
    /// Whether datagrams are merged too.
    datagrams: bool,
}

/// The frame that others may join.
#[derive(Debug)]
struct Held {
    frame: Frame,
    /// What it is, if somebody may join.
    first: Option<Segment>,
    /// Segments in it.
    count: usize,
    /// Bytes of it that are in use.
    len: usize,
    /// Whether all checksums of the first segment were found right.
    sound: bool,
    /// Flags of its last segment.
    flags: u8,
}

/// A segment that others may follow or that may follow others.
#[derive(Clone, Copy, Debug)]
struct Segment {
    transport: Transport,
    network: Network,
    /// Where the IP header starts, where the TCP or UDP header does, and where the payload does.
    ip: usize,
    start: usize,
    header: usize,
    payload: usize,
    /// Whether its checksum is left to do: then it is the host's own, and there is nothing to be wrong.
    unfinished: bool,
}

impl Merger {
    /// One that holds nothing. Datagrams are merged only for hosts that can take them apart: Linux from 6.2 on.
    pub fn new(datagrams: bool) -> Self {
        Merger { held: None, datagrams }
    }

    /// Takes the next frame. Gives back the one before it, or what that has grown to, if this one doesn't join it.
    pub fn push(&mut self, frame: Frame) -> Option<Frame> {
        let segment = Segment::find(&frame, self.datagrams);
        if let (Some(held), Some(segment)) = (&mut self.held, &segment)
            && held.joins(&frame, segment)
        {
            return None;
        }
        let before = self.flush();
        self.held = Some(Held {
            len: frame.len(),
            flags: segment.map_or(0, |segment| segment.flags(&frame)),
            first: segment,
            count: 1,
            sound: false,
            frame,
        });
        before
    }

    /// Gives back what is held.
    pub fn flush(&mut self) -> Option<Frame> {
        self.held.take().map(Held::finish)
    }
}

impl Held {
    /// Takes a frame's payload in, if the frame goes on where this one ends.
    fn joins(&mut self, frame: &Frame, next: &Segment) -> bool {
        let Some(first) = self.first else { return false };
        let (size, total) = (first.payload, self.len - first.header);
        // A segment that is shorter than the others is the last one, and so is one that is to be delivered at once.
        let open = total == self.count * size && self.flags & PSH == 0;
        if !open || next.payload > size || !first.fits(total + next.payload, self.count + 1) {
            return false;
        }
        if !self.is_alike(&first, frame, next) || !next.is_sound(frame) {
            return false;
        }
        if !self.sound {
            if !first.is_sound(&self.frame) {
                return false;
            }
            self.sound = true;
            self.grow();
        }
        let payload = &frame[next.header..];
        self.frame[self.len..self.len + payload.len()].copy_from_slice(payload);
        (self.len, self.count, self.flags) = (self.len + payload.len(), self.count + 1, next.flags(frame));
        true
    }

    /// Whether the headers differ in nothing but what follows from the segment's place in a train.
    fn is_alike(&self, first: &Segment, frame: &[u8], next: &Segment) -> bool {
        if (first.ip, first.start, first.header) != (next.ip, next.start, next.header) {
            return false;
        }
        let (ours, theirs) = (&self.frame[..first.header], &frame[..first.header]);
        let same = |from: usize, to: usize| ours[from..to] == theirs[from..to];
        let Segment { ip, start, header, .. } = *first;
        let network = match first.network {
            Network::V4 => {
                let id = |headers: &[u8]| be16(headers, ip + 4).unwrap_or_default();
                // Whoever takes a train apart counts them upwards.
                id(theirs) == id(ours).wrapping_add(self.count as u16)
                    && same(0, ip + 2)
                    && same(ip + 6, ip + 10)
                    && same(ip + 12, start)
            }
            Network::V6 => same(0, ip + 4) && same(ip + 6, start),
        };
        network
            && match first.transport {
                Transport::Tcp { .. } => {
                    let sequence = |headers: &[u8]| {
                        headers[start + 4..].first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
                    };
                    let gone = (self.len - header) as u32;
                    sequence(theirs) == sequence(ours).wrapping_add(gone)
                        && same(start, start + 4)
                        && same(start + 8, start + 13)
                        && ours[start + 13] | PSH == theirs[start + 13] | PSH
                        && same(start + 14, start + 16)
                        && same(start + 18, header)
                }
                Transport::Udp => same(start, start + 4),
            }
    }

    /// Moves into a buffer for a train.
    fn grow(&mut self) {
        let mut frame = Frame::with_len(LARGEST);
        frame[..self.len].copy_from_slice(&self.frame);
        self.frame = frame;
    }

    fn finish(mut self) -> Frame {
        let Some(first) = self.first.filter(|_| self.count > 1) else { return self.frame };
        let Segment { transport, network, ip, start, header, payload: size, .. } = first;
        self.frame.truncate(self.len);
        let whole = self.len - start;
        let (front, rest) = self.frame.split_at_mut(start);
        let front = &mut front[ip..];
        match network {
            Network::V4 => {
                put16(front, 2, (front.len() + whole) as u16);
                put16(front, IPV4_CHECKSUM, 0);
                put16(front, IPV4_CHECKSUM, !ones_sum(front));
            }
            Network::V6 => put16(front, 4, (front.len() - IPV6_HEADER + whole) as u16),
        }
        let field = match transport {
            Transport::Tcp { .. } => {
                rest[13] |= self.flags & PSH;
                TCP_CHECKSUM
            }
            Transport::Udp => {
                put16(rest, 4, whole as u16);
                UDP_CHECKSUM
            }
        };
        // What a host leaves in place of a checksum.
        put16(rest, field.into(), pseudo_sum(network, front, transport, whole));
        let [ip, start, header, size] = [ip, start, header, size].map(|at| at as u16);
        let train = Train { transport, network, ip, header, size };
        let offload = Offload { len: self.len as u32, start, field, train: Some(train) };
        self.frame.set_offload(Some(offload));
        self.frame
    }
}

impl Segment {
    /// What `frame` is, if it may be a part of a train that is none yet.
    fn find(frame: &Frame, datagrams: bool) -> Option<Segment> {
        let offload = frame.offload();
        if offload.is_some_and(|offload| offload.train.is_some() || offload.inner_len() != frame.len()) {
            return None;
        }
        let (ethertype, ip) = headers::skip_link(frame)?;
        let (protocol, ip_len) = match (ethertype, *frame.get(ip)?) {
            // Options of IPv4 and extension headers of IPv6 are rare.
            (headers::IPV4, 0x45) => (*frame.get(ip + 9)?, 20),
            (headers::IPV6, 0x60..=0x6f) => (*frame.get(ip + 6)?, IPV6_HEADER),
            _ => return None,
        };
        let start = ip + ip_len;
        let transport = match protocol {
            headers::TCP => Transport::Tcp { ecn: false },
            headers::UDP if datagrams => Transport::Udp,
            _ => return None,
        };
        let (_, network, header) = headers::find(frame, start, transport).ok()?;
        let header = usize::from(header);
        let payload = frame.len() - header;
        let field = match transport {
            Transport::Tcp { .. } => TCP_CHECKSUM,
            Transport::Udp => UDP_CHECKSUM,
        };
        if offload.is_some_and(|offload| (usize::from(offload.start), offload.field) != (start, field)) {
            return None;
        }
        let unfinished = offload.is_some();
        let segment = Segment { transport, network, ip, start, header, payload, unfinished };
        let plain = match transport {
            // Anything but data and acknowledgement has to be seen by itself.
            Transport::Tcp { .. } => segment.flags(frame) & !(PSH | ECE) == ACK,
            Transport::Udp => {
                be16(frame, start + 4).map(usize::from) == Some(frame.len() - start)
                    && be16(frame, start + usize::from(UDP_CHECKSUM)) != Some(0)
            }
        };
        (plain && payload > 0).then_some(segment)
    }

    /// Flags of a TCP segment.
    fn flags(&self, frame: &[u8]) -> u8 {
        match self.transport {
            Transport::Tcp { .. } => frame[self.start + 13],
            Transport::Udp => 0,
        }
    }

    /// Whether a train with so much payload in so many segments can be.
    fn fits(&self, payload: usize, segments: usize) -> bool {
        let most = match self.transport {
            Transport::Tcp { .. } => usize::MAX,
            Transport::Udp => MOST_DATAGRAMS,
        };
        let len = self.header + payload;
        segments <= most && len <= LARGEST && len - self.ip <= LONGEST_PACKET
    }

    /// Whether the checksums of `frame`, which this is, are right. A train's are believed, so that a wrong one must not get in.
    fn is_sound(&self, frame: &[u8]) -> bool {
        let (front, rest) = frame[self.ip..].split_at(self.start - self.ip);
        let network = match self.network {
            Network::V4 => ones_sum(front) == 0xffff,
            Network::V6 => true,
        };
        let sum = || add(pseudo_sum(self.network, front, self.transport, rest.len()), ones_sum(rest));
        network && (self.unfinished || sum() == 0xffff)
    }
}

/// The sum of the pseudo-header (RFC 9293, RFC 768, RFC 8200) over an IP header, for so many bytes behind it.
fn pseudo_sum(network: Network, ip: &[u8], transport: Transport, len: usize) -> u16 {
    let addresses = match network {
        Network::V4 => &ip[12..20],
        Network::V6 => &ip[8..40],
    };
    let protocol = match transport {
        Transport::Tcp { .. } => headers::TCP,
        Transport::Udp => headers::UDP,
    };
    add(add(ones_sum(addresses), protocol.into()), len as u16)
}

/// Room for a train.
const LARGEST: usize = FRAME_CLASSES[2] - HEADROOM;
/// What the length field of IPv4 can say; IPv6 with all its headers keeps to it too.
const LONGEST_PACKET: usize = 65_535;
/// Datagrams that older kernels take in one train (`UDP_MAX_SEGMENTS`).
const MOST_DATAGRAMS: usize = 64;
const IPV4_CHECKSUM: usize = 10;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;
const ECE: u8 = 0x40;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addr::Mac;
    use crate::messages::{each_segment, split};
    use crate::sample;
    use proptest::prelude::*;
    use std::convert::Infallible;

    fn train(payload: usize, size: u16) -> Frame {
        let payload: Vec<u8> = (0..payload).map(|at| (at % 251) as u8).collect();
        sample::train(Mac::local(6, 1), Mac::local(6, 2), &payload, size)
    }

    fn segments(train: &Frame) -> Vec<Frame> {
        let mut all = Vec::new();
        let Ok(()) = split(train, |segment| -> Result<(), Infallible> {
            all.push(segment);
            Ok(())
        });
        all
    }

    fn merged(frames: impl IntoIterator<Item = Frame>) -> Vec<Frame> {
        let mut merger = Merger::new(true);
        let mut out: Vec<Frame> = frames.into_iter().filter_map(|frame| merger.push(frame)).collect();
        out.extend(merger.flush());
        out
    }

    /// A datagram over IPv6 with right checksums.
    fn datagram(payload: &[u8], from: u16) -> Frame {
        let length = (8 + payload.len()) as u16;
        let (source, destination) = ([1; 16], [2; 16]);
        let ip = [&[0x60, 0, 0, 0][..], &length.to_be_bytes(), &[17, 64], &source, &destination].concat();
        let mut udp = [&from.to_be_bytes()[..], &[0, 9], &length.to_be_bytes(), &[0, 0], payload].concat();
        let sum = add(pseudo_sum(Network::V6, &ip, Transport::Udp, udp.len()), ones_sum(&udp));
        udp[6..8].copy_from_slice(&(!sum).to_be_bytes());
        Frame::copy_from(&[&[6; 12][..], &[0x86, 0xdd], &ip, &udp].concat())
    }

    proptest! {
        /// A train that was taken apart is the same train again, to the last byte and with the same offload.
        #[test]
        fn what_was_a_train_is_one_again(payload in 1usize..60_000, size in 300u16..1500) {
            let train = train(payload, size);
            let out = merged(segments(&train));
            if train.is_train() {
                prop_assert_eq!(out, [train]);
            } else {
                prop_assert!(out.is_empty());
            }
        }

        /// Whatever comes, in whatever order and however damaged: what leaves is, taken apart, what came.
        #[test]
        fn nothing_is_lost_changed_or_overtaken(
            order in proptest::collection::vec((0usize..8, any::<bool>()), 1..30),
            flips in proptest::collection::vec((0usize..30, 0usize..1054, 0u8..8), 0..6),
        ) {
            let [one, other] = [train(8000, 1000), train(7500, 1000)].map(|train| segments(&train));
            let mut frames: Vec<Frame> =
                order.iter().map(|(at, first)| if *first { one[*at].clone() } else { other[*at].clone() }).collect();
            for (frame, at, bit) in flips {
                let count = frames.len();
                let frame = &mut frames[frame % count];
                let at = at % frame.len();
                frame[at] ^= 1 << bit;
            }
            let mut apart = Vec::new();
            for frame in merged(frames.clone()) {
                let Ok(()) = each_segment(frame, |segment| -> Result<(), Infallible> {
                    apart.push(segment);
                    Ok(())
                });
            }
            prop_assert_eq!(apart, frames);
        }
    }

    #[test]
    fn what_differs_does_not_join() {
        let parts = segments(&train(3000, 1000));
        assert_eq!(merged(parts.clone()).len(), 1);
        // Destination, ToS, TTL, address, port, acknowledgement, flags (SYN), window; none of them with a checksum that fits.
        for at in [0, 15, 22, 30, 36, 44, 47, 48] {
            let mut other = parts.clone();
            other[1][at] ^= 2;
            assert_eq!(merged(other).len(), 3, "byte {at}");
        }
        let gap = [parts[0].clone(), parts[2].clone()];
        assert_eq!(merged(gap.clone()), gap);
        let backwards = [parts[1].clone(), parts[0].clone()];
        assert_eq!(merged(backwards.clone()), backwards);
        let twice = [parts[0].clone(), parts[0].clone()];
        assert_eq!(merged(twice.clone()), twice);
    }

    #[test]
    fn wrong_checksums_stay_where_they_are() {
        let mut parts = segments(&train(3000, 1000));
        parts[1][100] ^= 1;
        assert_eq!(merged(parts.clone()), parts);
        let mut parts = segments(&train(2000, 1000));
        parts[0][100] ^= 1;
        assert_eq!(merged(parts.clone()), parts);
    }

    #[test]
    fn a_push_or_a_short_segment_ends_a_train() {
        let [one, two] = [train(2500, 1000), train(2000, 1000)].map(|train| segments(&train));
        assert_eq!(one[2][47] & PSH, PSH);
        let out = merged(one.iter().chain(&two).cloned());
        assert_eq!(out.iter().map(Frame::segments).collect::<Vec<_>>(), [3, 2]);
    }

    #[test]
    fn trains_end_at_64_kb() {
        // Two trains whose numbers follow each other.
        let whole = train(64_000, 1000);
        let mut parts = segments(&whole);
        parts[63][47] &= !PSH;
        let sum = add(ones_sum(&parts[63][50..52]), PSH.into());
        parts[63][50..52].copy_from_slice(&sum.to_be_bytes());
        let mut more = segments(&train(64_000, 1000));
        for (index, segment) in more.iter_mut().enumerate() {
            let id = be16(segment, 18).unwrap_or_default().wrapping_add(64);
            let sequence = sample::FIRST.wrapping_add(64_000 + 1000 * index as u32);
            put16(segment, 18, id);
            segment[38..42].copy_from_slice(&sequence.to_be_bytes());
            for (at, front) in [(24, false), (50, true)] {
                put16(segment, at, 0);
                let sum = match front {
                    false => ones_sum(&segment[14..34]),
                    true => {
                        let tcp = Transport::Tcp { ecn: false };
                        let pseudo = pseudo_sum(Network::V4, &segment[14..34], tcp, segment.len() - 34);
                        add(pseudo, ones_sum(&segment[34..]))
                    }
                };
                put16(segment, at, !sum);
            }
        }
        let out = merged(parts.into_iter().chain(more));
        assert_eq!(out.iter().map(Frame::segments).collect::<Vec<_>>(), [65, 63]);
        assert!(out.iter().all(|train| train.len() <= 14 + LONGEST_PACKET));
    }

    #[test]
    fn datagrams_keep_their_bounds() {
        let parts: Vec<Frame> =
            [1000, 1000, 700, 1000].iter().map(|len| datagram(&vec![7; *len], 5)).collect();
        let out = merged(parts.clone());
        assert_eq!(out.iter().map(Frame::segments).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(segments(&out[0]), parts[..3]);
        let others = [datagram(b"one", 5), datagram(b"two", 6)];
        assert_eq!(merged(others.clone()), others, "of another port");
        let many = (0..100).map(|_| datagram(&[1; 100], 5));
        assert_eq!(merged(many).iter().map(Frame::segments).collect::<Vec<_>>(), [64, 36]);
        let mut merger = Merger::new(false);
        assert_eq!(merger.push(parts[0].clone()), None);
        assert_eq!(merger.push(parts[1].clone()), Some(parts[0].clone()), "not asked for");
    }

    #[test]
    fn trains_pass_by() {
        let train = train(3000, 1000);
        let parts = segments(&train);
        let mixed = [parts[0].clone(), train, parts[1].clone()];
        assert_eq!(merged(mixed.clone()), mixed);
    }

    #[test]
    fn what_a_host_left_undone_is_as_good_as_done() {
        let train = train(3000, 1000);
        let mut parts = segments(&train);
        for part in &mut parts[1..] {
            let mut header = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            header[6..8].copy_from_slice(&34u16.to_ne_bytes());
            header[8..10].copy_from_slice(&TCP_CHECKSUM.to_ne_bytes());
            let tcp = Transport::Tcp { ecn: false };
            let pseudo = pseudo_sum(Network::V4, &part[14..34], tcp, part.len() - 34);
            put16(part, 50, pseudo);
            let offload = Offload::from_virtio(&header, part).unwrap();
            part.set_offload(offload);
        }
        assert_eq!(merged(parts), [train]);
    }
}
