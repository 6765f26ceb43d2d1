//! The TAP side: who is behind which port, and how much may be flooded.

use crate::addr::Mac;
use crate::buffer_pool::AccessCategory;
use crate::mac_map::MacMap;
use crate::time::Instant;
use std::time::Duration;

/// Where a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Behind our own TAP.
    Tap,
    /// Behind this OBU.
    Obu(Mac),
}

/// What a learning switch knows: which host is where. Bounded; where it is full, the host silent for longest goes.
#[derive(Clone, Debug)]
pub struct Hosts {
    table: MacMap<(Place, Instant)>,
}

impl Hosts {
    /// A table of at most `capacity` hosts.
    pub fn new(capacity: usize) -> Self {
        Hosts { table: MacMap::new(capacity.max(1)) }
    }

    /// How many are held, whether they still count or not.
    pub fn held(&self) -> usize {
        self.table.len()
    }

    /// A frame from `host` came from `place`.
    pub fn learn(&mut self, host: Mac, place: Place, now: Instant) {
        if !host.is_unicast() {
            return;
        }
        if self.table.is_full() && self.table.get(host).is_none() {
            let oldest = self.table.iter().min_by_key(|(_, (_, seen))| *seen).map(|(mac, _)| mac);
            if let Some(oldest) = oldest {
                self.table.remove(oldest);
            }
        }
        if let Some(entry) = self.table.get_or_insert_with(host, || (place, now)) {
            *entry = (place, now);
        }
    }

    /// Hosts behind our own TAP that were heard within [`AGEING`], those heard latest first, at most `most`.
    pub fn at_tap(&self, now: Instant, most: usize) -> Vec<Mac> {
        let here = |(_, (place, seen)): &(Mac, &(Place, Instant))| {
            *place == Place::Tap && now.since(*seen) <= AGEING
        };
        let mut hosts: Vec<(Instant, Mac)> =
            self.table.iter().filter(here).map(|(mac, (_, seen))| (*seen, mac)).collect();
        hosts.sort_unstable_by(|a, b| b.cmp(a));
        hosts.into_iter().map(|(_, mac)| mac).take(most).collect()
    }

    /// Where `host` is, if it was heard within [`AGEING`].
    #[inline]
    pub fn find(&self, host: Mac, now: Instant) -> Option<Place> {
        let (place, seen) = self.table.get(host)?;
        (now.since(*seen) <= AGEING).then_some(*place)
    }
}

/// How long a host is remembered; the default of IEEE 802.1D.
pub const AGEING: Duration = Duration::from_secs(300);

/// A ration: so many a second, saved up for at most a second.
#[derive(Clone, Debug)]
pub struct Ration {
    per_second: u32,
    /// Millionths of one.
    saved: u64,
    since: Instant,
}

impl Ration {
    /// A full second's ration at `now`.
    pub fn new(per_second: u32, now: Instant) -> Self {
        Ration { per_second, saved: u64::from(per_second) * 1_000_000, since: now }
    }

    /// From now on so many a second; what is saved stays, up to a second's ration.
    pub fn set_rate(&mut self, per_second: u32) {
        self.per_second = per_second;
    }

    /// Takes `count`, if there are so many.
    pub fn take(&mut self, now: Instant, count: usize) -> bool {
        let micros = u64::try_from(now.since(self.since).as_micros()).unwrap_or(u64::MAX);
        let most = u64::from(self.per_second) * 1_000_000;
        self.saved = self.saved.saturating_add(micros.saturating_mul(u64::from(self.per_second))).min(most);
        self.since = now;
        let wanted = (count as u64).saturating_mul(1_000_000);
        let enough = self.saved >= wanted;
        if enough {
            self.saved -= wanted;
        }
        enough
    }
}

/// Destination and source of an Ethernet frame; `None` if it is too short to have a header.
#[inline]
pub fn ethernet(frame: &[u8]) -> Option<(Mac, Mac)> {
    let header = frame.first_chunk::<14>()?;
    let [a, b, c, d, e, f, g, h, i, j, k, l, _, _] = *header;
    Some((Mac([a, b, c, d, e, f]), Mac([g, h, i, j, k, l])))
}

/// The access category of a host's frame: by its DSCP where it is IP, as RFC 8325 (section 4) maps them, except that
/// the default is background, so that user data never competes with heartbeats.
#[inline]
pub fn category(frame: &[u8]) -> AccessCategory {
    let dscp = match frame {
        [_, _, _, _, _, _, _, _, _, _, _, _, 0x08, 0x00, _, tos, ..] => tos >> 2,
        [_, _, _, _, _, _, _, _, _, _, _, _, 0x86, 0xdd, high, low, ..] => (high << 2 | low >> 6) & 0x3f,
        _ => return AccessCategory::Background,
    };
    match dscp {
        44 | 46 | 48 | 56 => AccessCategory::Voice,
        24..=40 => AccessCategory::Video,
        16..=22 => AccessCategory::BestEffort,
        _ => AccessCategory::Background,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dscp_decides_the_category() {
        let ipv4 = |dscp: u8| {
            let mut frame = [0; 34];
            (frame[12], frame[13], frame[15]) = (0x08, 0x00, dscp << 2);
            category(&frame)
        };
        let ipv6 = |dscp: u8| {
            let mut frame = [0; 54];
            (frame[12], frame[13], frame[14], frame[15]) = (0x86, 0xdd, 0x60 | dscp >> 2, dscp << 6);
            category(&frame)
        };
        let expected = [
            (0, AccessCategory::Background),
            (8, AccessCategory::Background),
            (18, AccessCategory::BestEffort),
            (34, AccessCategory::Video),
            (46, AccessCategory::Voice),
        ];
        for (dscp, wanted) in expected {
            assert_eq!((ipv4(dscp), ipv6(dscp)), (wanted, wanted), "{dscp}");
        }
        assert_eq!(category(&[0; 14]), AccessCategory::Background);
    }

    #[test]
    fn a_ration_is_spent_and_comes_back() {
        let mut ration = Ration::new(10, Instant::ZERO);
        let taken = (0..100).filter(|_| ration.take(Instant::ZERO, 1)).count();
        assert_eq!(taken, 10);
        assert!(!ration.take(Instant::from_millis(99), 1));
        assert!(ration.take(Instant::from_millis(100), 1));
        assert_eq!((0..100).filter(|_| ration.take(Instant::from_secs(50), 1)).count(), 10);
        assert!(!ration.take(Instant::from_secs(60), 11), "more than there can ever be");
        assert!(ration.take(Instant::from_secs(60), 10) && !ration.take(Instant::from_secs(60), 1));
    }

    #[test]
    fn hosts_age_and_move() {
        let mut hosts = Hosts::new(2);
        let (a, b, c) = (Mac::local(6, 1), Mac::local(6, 2), Mac::local(6, 3));
        hosts.learn(a, Place::Tap, Instant::ZERO);
        hosts.learn(a, Place::Obu(b), Instant::from_secs(1));
        assert_eq!(hosts.find(a, Instant::from_secs(300)), Some(Place::Obu(b)));
        assert_eq!(hosts.find(a, Instant::from_secs(302)), None);
        hosts.learn(b, Place::Tap, Instant::from_secs(2));
        hosts.learn(c, Place::Tap, Instant::from_secs(3));
        assert_eq!(hosts.find(a, Instant::from_secs(3)), None);
        hosts.learn(Mac::BROADCAST, Place::Tap, Instant::from_secs(4));
        assert_eq!(hosts.find(Mac::BROADCAST, Instant::from_secs(4)), None);
    }
}
