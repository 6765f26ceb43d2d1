//! Splitting a train into its segments, and completing a checksum.

use super::checksum::{add, ones_sum};
use super::headers::IPV6_HEADER;
use super::{Network, Offload, OffloadError, Train, Transport, UDP_CHECKSUM, be16};
use std::ops::Range;

impl Offload {
    /// How many segments the frame is split into: at least 1, and 1 for a frame that is no train.
    #[inline]
    pub fn segments(&self) -> usize {
        self.train.map_or(1, |train| {
            let payload = self.inner_len() - usize::from(train.header);
            payload.div_ceil(train.size.into())
        })
    }

    /// Length of segment `i` as an Ethernet frame, bytes; 0 past the last.
    #[inline]
    pub fn segment_len(&self, i: usize) -> usize {
        match &self.train {
            None if i == 0 => self.inner_len(),
            None => 0,
            Some(train) => self.part(train, i).map_or(0, |part| usize::from(train.header) + part.len()),
        }
    }

    /// Length of the longest segment as an Ethernet frame, bytes: that of the first.
    #[inline]
    pub fn longest(&self) -> usize {
        self.segment_len(0)
    }

    /// Bytes of all segments together, each behind an outer header of `outer` bytes.
    #[inline]
    pub fn wire_len(&self, outer: usize) -> usize {
        let repeated = self.train.map_or(0, |train| usize::from(train.header));
        self.inner_len() - repeated + self.segments() * (outer + repeated)
    }

    /// Writes segment `i` of the host's frame `inner` to `out`, complete. Of a frame that is no train the only segment
    /// is the frame with its checksum.
    ///
    /// Lengths, the IPv4 identification, the TCP sequence number and the checksums are those of the segment. FIN and
    /// PSH are the last segment's, CWR is the first one's (RFC 3168, section 6.1.2). All else is as in `inner`.
    ///
    /// # Errors
    /// [`OffloadError::Mismatch`] unless `i` is below [`Self::segments`], `inner` has [`Self::inner_len`] bytes and
    /// `out` [`Self::segment_len`]; nothing is written then. A frame of that length that isn't the one the offload came
    /// with is not noticed, and gives nonsense.
    pub fn write_segment(&self, inner: &[u8], i: usize, out: &mut [u8]) -> Result<(), OffloadError> {
        // No segment is empty: a length of 0 is that of one past the last.
        if inner.len() != self.inner_len() || out.len() != self.segment_len(i) || out.is_empty() {
            return Err(OffloadError::Mismatch);
        }
        let Some(train) = &self.train else {
            out.copy_from_slice(inner);
            self.finish(out);
            return Ok(());
        };
        let part = self.part(train, i).ok_or(OffloadError::Mismatch)?;
        let last = part.end == inner.len();
        let (header, payload) = out.split_at_mut(train.header.into());
        header.copy_from_slice(&inner[..header.len()]);

        let start = usize::from(self.start);
        let (ip, transport) = header[train.ip.into()..].split_at_mut(start - usize::from(train.ip));
        let transport_len = transport.len() + payload.len();
        match train.network {
            Network::V4 => adjust_ipv4(ip, transport_len, i),
            Network::V6 => adjust_ipv6(ip, transport_len),
        }
        match train.transport {
            Transport::Tcp { .. } => adjust_tcp(transport, i, train.size, last),
            Transport::Udp => put16(transport, UDP_LENGTH, transport_len as u16),
        }
        // The pseudo-header differs from that of the whole train in the length alone.
        let field = usize::from(self.field);
        let partial = be16(transport, field).unwrap_or_default();
        let without_length = add(partial, !((inner.len() - start) as u16));
        put16(transport, field, add(without_length, transport_len as u16));

        // The payload last: by the time the header is summed, its small writes have left the store buffer.
        payload.copy_from_slice(&inner[part]);
        self.finish(out);
        Ok(())
    }

    /// Completes the checksum of the host's frame `inner` where it lies. A train becomes a single packet so.
    ///
    /// The offload is done with afterwards: a second time would spoil the checksum.
    ///
    /// # Errors
    /// [`OffloadError::Mismatch`] unless `inner` has [`Self::inner_len`] bytes; nothing is written then.
    pub fn complete(&self, inner: &mut [u8]) -> Result<(), OffloadError> {
        if inner.len() != self.inner_len() {
            return Err(OffloadError::Mismatch);
        }
        self.finish(inner);
        Ok(())
    }

    /// Replaces the sum of the pseudo-header by the checksum. The sum stands in what is summed, so it is in it already.
    fn finish(&self, frame: &mut [u8]) {
        let covered = &mut frame[self.start.into()..];
        let mut checksum = !ones_sum(covered);
        // In UDP a checksum of 0 says that there is none (RFC 768).
        if checksum == 0 && self.field == UDP_CHECKSUM {
            checksum = 0xffff;
        }
        put16(covered, self.field.into(), checksum);
    }

    /// Where the payload of segment `i` lies in the host's frame; `None` past the last.
    #[inline]
    fn part(&self, train: &Train, i: usize) -> Option<Range<usize>> {
        let size = usize::from(train.size);
        let start = size.checked_mul(i)?.checked_add(train.header.into())?;
        (start < self.inner_len()).then(|| start..self.inner_len().min(start + size))
    }
}

/// Total length, identification and checksum (RFC 791). `ip` is the header with its options.
fn adjust_ipv4(ip: &mut [u8], payload: usize, i: usize) {
    put16(ip, 2, (ip.len() + payload) as u16);
    let identification = be16(ip, 4).unwrap_or_default();
    put16(ip, 4, identification.wrapping_add(i as u16));
    put16(ip, IPV4_CHECKSUM, 0);
    put16(ip, IPV4_CHECKSUM, !ones_sum(ip));
}

/// Payload length, which counts the extension headers (RFC 8200). `ip` is the header with those.
fn adjust_ipv6(ip: &mut [u8], payload: usize) {
    put16(ip, 4, (ip.len() - IPV6_HEADER + payload) as u16);
}

/// Sequence number and flags (RFC 9293).
fn adjust_tcp(tcp: &mut [u8], i: usize, size: u16, last: bool) {
    if let Some(sequence) = tcp[4..].first_chunk_mut() {
        let first = u32::from_be_bytes(*sequence);
        *sequence = first.wrapping_add(i as u32 * u32::from(size)).to_be_bytes();
    }
    let first = i == 0;
    let flags = &mut tcp[TCP_FLAGS];
    *flags &= if first { !0 } else { !CWR };
    *flags &= if last { !0 } else { !(FIN | PSH) };
}

#[inline]
pub(super) fn put16(bytes: &mut [u8], at: usize, value: u16) {
    bytes[at..at + 2].copy_from_slice(&value.to_be_bytes());
}

const IPV4_CHECKSUM: usize = 10;
const UDP_LENGTH: usize = 4;
const TCP_FLAGS: usize = 13;
const FIN: u8 = 0x01;
const PSH: u8 = 0x08;
const CWR: u8 = 0x80;
