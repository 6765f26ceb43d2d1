//! How long it is from one reception to the next.

use super::super::latency::Latencies;
use crate::results::Gaps;
use node_lib::time::Instant;
use radio_lib::RadioId;
use std::time::Duration;

/// The times between receptions of one sender's beacons at one receiver, by distance.
///
/// When a receiver last heard a sender lies in a row for each sender, so that the receivers of one beacon lie side by side.
#[derive(Debug)]
pub(crate) struct GapBooks {
    /// By sender, then by receiver: ticks since the start of the run, plus 1; 0 where it was not heard yet. A sender whose gaps
    /// are not measured has an empty row.
    rows: Vec<Vec<u32>>,
    /// By band of distance; empty where distance doesn't matter.
    bands: Vec<Band>,
    all: Band,
    width_m: f64,
    radios: usize,
    /// One in so many senders is measured, so that the rows don't take more than [`MOST_MEMORY`].
    one_in: usize,
}

/// The gaps in one band.
#[derive(Clone, Debug, Default)]
struct Band {
    times: Latencies,
    count: u64,
    ticks: u64,
}

impl GapBooks {
    /// For so many radios, in bands of `width_m` metres up to `cutoff_m`, if distance matters.
    pub(crate) fn new(radios: usize, width_m: f64, cutoff_m: Option<f64>) -> GapBooks {
        let bands = cutoff_m.map_or(0, |cutoff| (cutoff / width_m).ceil() as usize);
        GapBooks {
            rows: vec![Vec::new(); radios],
            bands: vec![Band::default(); bands],
            all: Band::default(),
            width_m,
            radios,
            one_in: one_in(radios),
        }
    }

    /// One radio more.
    pub(crate) fn add(&mut self) {
        self.rows.push(Vec::new());
        self.radios += 1;
        let one_in = one_in(self.radios);
        if one_in != self.one_in {
            self.one_in = one_in;
            let unmeasured =
                (0..).zip(&mut self.rows).filter(|(sender, _): &(usize, _)| !sender.is_multiple_of(one_in));
            unmeasured.for_each(|(_, row)| *row = Vec::new());
        }
    }

    /// A beacon of `sender` reached `receiver`, over this distance.
    #[inline]
    pub(crate) fn heard(&mut self, sender: RadioId, receiver: RadioId, at: Instant, distance: Option<f64>) {
        if !(sender.0 as usize).is_multiple_of(self.one_in) {
            return;
        }
        let row = &mut self.rows[sender.0 as usize];
        if row.len() <= receiver.0 as usize {
            row.resize(self.radios, 0);
        }
        let now = (at.as_micros() / TICK_US) as u32;
        let last = std::mem::replace(&mut row[receiver.0 as usize], now.wrapping_add(1));
        let ticks = now.wrapping_sub(last.wrapping_sub(1));
        if last == 0 || ticks > LONGEST {
            return;
        }
        self.all.record(ticks);
        if let Some(band) =
            distance.and_then(|distance| self.bands.get_mut((distance / self.width_m) as usize))
        {
            band.record(ticks);
        }
    }

    /// A node goes down: what it hears and what is heard of it later begins anew.
    pub(crate) fn forget(&mut self, radio: RadioId) {
        self.rows[radio.0 as usize].fill(0);
        for row in self.rows.iter_mut().filter(|row| !row.is_empty()) {
            row.get_mut(radio.0 as usize).into_iter().for_each(|heard| *heard = 0);
        }
    }

    /// The gaps at all distances.
    pub(crate) fn all(&self) -> Gaps {
        self.all.figures()
    }

    /// The gaps by distance.
    pub(crate) fn by_band(&self) -> impl Iterator<Item = Gaps> {
        self.bands.iter().map(Band::figures)
    }
}

impl Band {
    #[inline]
    fn record(&mut self, ticks: u32) {
        self.times.record(Duration::from_micros(u64::from(ticks) * TICK_US));
        self.count += 1;
        self.ticks += u64::from(ticks);
    }

    fn figures(&self) -> Gaps {
        let mean = self.ticks as f64 * TICK_US as f64 / 1000.0 / self.count as f64;
        Gaps { mean_ms: (self.count > 0).then_some(mean), times: self.times.quantiles() }
    }
}

/// One in how many senders is measured, of so many radios.
fn one_in(radios: usize) -> usize {
    let memory = radios.saturating_mul(radios).saturating_mul(size_of::<u32>());
    memory.div_ceil(MOST_MEMORY).max(1)
}

/// Times are kept in steps of this, so that 32 bits last for 19 hours.
const TICK_US: u64 = 16;
/// Who was not heard for a minute is met anew: that is no gap.
const LONGEST: u32 = (60_000_000 / TICK_US) as u32;
/// Bytes.
const MOST_MEMORY: usize = 256 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    const A: RadioId = RadioId(0);
    const B: RadioId = RadioId(1);
    const C: RadioId = RadioId(2);

    #[test]
    fn a_gap_lies_between_two_receptions_of_one_pair() {
        let mut books = GapBooks::new(3, 100.0, Some(250.0));
        for (sender, receiver, at_ms, distance) in [
            (A, B, 100, 50.0),
            (A, C, 100, 50.0),
            (B, A, 120, 50.0),
            (A, B, 200, 99.0),
            (A, C, 500, 100.0),
            (A, B, 61_000, 50.0),
            (A, B, 61_300, 249.0),
        ] {
            books.heard(sender, receiver, Instant::from_millis(at_ms), Some(distance));
        }
        let bands: Vec<_> = books.by_band().map(|gaps| (gaps.times.count, gaps.mean_ms)).collect();
        assert_eq!(bands, [(1, Some(100.0)), (1, Some(400.0)), (1, Some(300.0))], "60.8 s are no gap");
        assert_eq!(books.all().mean_ms, Some(800.0 / 3.0));
        books.forget(B);
        books.heard(A, B, Instant::from_millis(61_400), Some(50.0));
        books.heard(B, A, Instant::from_millis(61_400), Some(50.0));
        assert_eq!(books.all().times.count, 3, "it began anew");
        books.heard(A, C, Instant::from_millis(800), None);
        assert_eq!((books.all().times.count, books.by_band().map(|gaps| gaps.times.count).sum()), (4, 3));
    }

    #[test]
    fn rows_that_would_take_too_much_are_left_out() {
        let mut books = GapBooks::new(20_000, 100.0, None);
        assert_eq!(books.one_in, 6);
        for sender in 0..12 {
            for at_ms in [100, 200] {
                books.heard(RadioId(sender), RadioId(19_999), Instant::from_millis(at_ms), None);
            }
        }
        assert_eq!(books.all().times.count, 2);
    }
}
