//! From values to pixels.

use crate::table::short;

/// What an axis is to show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axis<'a> {
    pub(crate) label: &'a str,
    pub(crate) from: f64,
    pub(crate) to: f64,
    pub(crate) kind: Kind,
}

/// What lies equally far apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Equal differences.
    Linear,
    /// The same, of whole numbers.
    Whole,
    /// Equal ratios; both ends are above 0.
    Log,
}

/// An axis on its pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    from: f64,
    to: f64,
    kind: Kind,
    pub(crate) pixels: [f64; 2],
    /// Of an axis alone: where the area above it ends.
    pub(crate) below: f64,
}

impl<'a> Axis<'a> {
    /// From 0 to a round number that no value is above.
    pub(crate) fn from_zero(label: &'a str, values: impl Iterator<Item = f64>) -> Axis<'a> {
        let most = values.fold(0.0, f64::max);
        let most = if most > 0.0 { most } else { 1.0 };
        let step = round_step(most);
        Axis { label, from: 0.0, to: (most / step).ceil() * step, kind: Kind::Linear }
    }

    /// The same for counts, which have no fractions.
    pub(crate) fn counts(label: &'a str, values: impl Iterator<Item = f64>) -> Axis<'a> {
        let axis = Axis::from_zero(label, values);
        Axis { to: axis.to.ceil(), kind: Kind::Whole, ..axis }
    }

    /// From a round number that no value is below to 100 per cent.
    pub(crate) fn share(values: impl Iterator<Item = f64>) -> Axis<'static> {
        let least = values.fold(99.0, f64::min);
        let step = round_step(100.0 - least);
        Axis { label: "%", from: (least / step).floor() * step, to: 100.0, kind: Kind::Linear }
    }

    /// From a round number that no value is below to one that none is above.
    pub(crate) fn around(label: &'a str, values: impl Iterator<Item = f64> + Clone) -> Axis<'a> {
        let least = values.clone().reduce(f64::min).unwrap_or(0.0);
        let most = values.reduce(f64::max).unwrap_or(1.0);
        let spread = if most > least { most - least } else { most.abs().max(1.0) * 0.1 };
        let step = round_step(spread);
        let (from, to) = ((least / step).floor() * step, (most / step).ceil() * step);
        Axis { label, from, to: if to > from { to } else { from + step }, kind: Kind::Linear }
    }

    /// Powers of ten around all values, none of which is drawn below `least`.
    pub(crate) fn log(label: &'a str, least: f64, values: impl Iterator<Item = f64> + Clone) -> Axis<'a> {
        let lowest = values.clone().reduce(f64::min).unwrap_or(least).max(least);
        let most = values.fold(lowest, f64::max);
        let power = |exponent: f64| 10f64.powi(exponent as i32);
        let (from, to) = (power(lowest.log10().floor()), power(most.log10().ceil()));
        Axis { label, from, to: if to > from { to } else { from * 10.0 }, kind: Kind::Log }
    }

    pub(crate) fn on(&self, pixels: [f64; 2]) -> Scale {
        Scale { from: self.from, to: self.to, kind: self.kind, pixels, below: 0.0 }
    }
}

impl Scale {
    /// Where a value lies; what is beyond the ends lies at them.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let value = value.clamp(self.from, self.to);
        let share = if self.kind == Kind::Log {
            (value / self.from).ln() / (self.to / self.from).ln()
        } else {
            (value - self.from) / (self.to - self.from)
        };
        self.pixels[0] + share * (self.pixels[1] - self.pixels[0])
    }

    /// `linear FROM TO AT AT` or `log …`: the values at both ends, and their pixels.
    pub(crate) fn attribute(&self) -> String {
        let kind = if self.kind == Kind::Log { "log" } else { "linear" };
        format!("{kind} {} {} {} {}", self.from, self.to, self.pixels[0], self.pixels[1])
    }

    /// Round values, some five of them.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        if self.kind == Kind::Log {
            let (from, to) = (self.from.log10().round() as i32, self.to.log10().round() as i32);
            let every = 1 + (to - from) / 8;
            let within: &[f64] = if to - from <= 3 { &[1.0, 2.0, 5.0] } else { &[1.0] };
            let powers = (from..=to).step_by(every as usize).map(|power| 10f64.powi(power));
            let ticks = powers.flat_map(|power| within.iter().map(move |of| of * power));
            return ticks.filter(|tick| *tick <= self.to * 1.001).collect();
        }
        let step = self.step();
        let first = (self.from / step - 1e-6).ceil();
        let count = ((self.to / step + 1e-6).floor() - first) as i64;
        (0..=count).map(|index| (first + index as f64) * step).collect()
    }

    /// Between two ticks: so that their labels don't touch.
    fn step(&self) -> f64 {
        let span = self.to - self.from;
        let step = round_step(span);
        let step = if self.kind == Kind::Whole { step.max(1.0) } else { step };
        let label = 8.0 * short_round(self.to).chars().count() as f64 + 8.0;
        let room = (self.pixels[1] - self.pixels[0]).abs() / label;
        [1.0, 2.0, 5.0, 10.0].map(|of| of * step).into_iter().find(|step| span / step <= room).unwrap_or(span)
    }

    /// A tick as text: as many places as its neighbours need.
    pub(crate) fn label(&self, tick: f64) -> String {
        if self.kind == Kind::Log {
            return if tick < 1.0 { format!("{tick}") } else { short_round(tick) };
        }
        let step = self.step();
        let places = (-step.log10().floor()).clamp(0.0, 6.0) as usize;
        if places == 0 { short_round(tick) } else { format!("{tick:.places$}") }
    }
}

/// Thousands apart.
fn short_round(value: f64) -> String {
    if value.abs() < 1e15 && value >= 0.0 {
        crate::table::grouped(value.round() as u64)
    } else {
        short(value)
    }
}

/// 1, 2 or 5 times a power of ten, of which four to ten make the span.
fn round_step(span: f64) -> f64 {
    let power = 10f64.powi((span / 4.0).log10().floor() as i32);
    [5.0, 2.0].into_iter().map(|of| of * power).find(|step| span / step >= 4.0 - 1e-9).unwrap_or(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover_the_axis() {
        let ticks = |axis: Axis<'_>| {
            let scale = axis.on([0.0, 400.0]);
            scale.ticks().into_iter().map(|tick| scale.label(tick)).collect::<Vec<_>>()
        };
        assert_eq!(
            ticks(Axis::from_zero("", [3.0, 146.0].into_iter())),
            ["0", "20", "40", "60", "80", "100", "120", "140", "160"]
        );
        assert_eq!(
            ticks(Axis::around("", [98.2, 100.0].into_iter())),
            ["98.2", "98.4", "98.6", "98.8", "99.0", "99.2", "99.4", "99.6", "99.8", "100.0"]
        );
        assert_eq!(
            ticks(Axis::log("", 0.1, [0.0, 0.4, 1200.0].into_iter())),
            ["0.1", "1", "10", "100", "1 000", "10 000"]
        );
        assert_eq!(
            ticks(Axis::from_zero("", std::iter::empty())),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(ticks(Axis::counts("", [1.0].into_iter())), ["0", "1"]);
        assert_eq!(ticks(Axis::share([99.8].into_iter())), ["99.0", "99.2", "99.4", "99.6", "99.8", "100.0"]);
        assert_eq!(
            ticks(Axis::log("", 0.1, [3.0, 80.0].into_iter())),
            ["1", "2", "5", "10", "20", "50", "100"]
        );
        // Where there is little room, ticks are farther apart.
        let narrow = Axis::counts("", [16_000.0].into_iter()).on([0.0, 250.0]);
        assert_eq!(narrow.ticks(), [0.0, 4000.0, 8000.0, 12_000.0, 16_000.0]);
        let one = Axis::around("", [7.0].into_iter());
        assert!(one.from <= 7.0 && one.to > 7.0, "{one:?}");
    }

    #[test]
    fn values_lie_where_the_attribute_says() {
        let scale = Axis::log("", 0.1, [0.1, 100.0].into_iter()).on([40.0, 340.0]);
        assert_eq!(scale.attribute(), "log 0.1 100 40 340");
        assert_eq!([0.1, 1.0, 100.0, 1e9].map(|value| scale.at(value).round()), [40.0, 140.0, 340.0, 340.0]);
        let scale = Axis::from_zero("", [10.0].into_iter()).on([200.0, 0.0]);
        assert_eq!([0.0, 5.0, 10.0].map(|value| scale.at(value)), [200.0, 100.0, 0.0]);
    }
}
