//! Which things lie near a line: a raster of square cells, each with a list.

use std::ops::{ControlFlow, Range};

/// A raster over a rectangle. What is put in or asked for is a line with a margin, and touches every cell that is within the
/// margin of it, and some more; what lies outside the rectangle belongs to the cells at its edge.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    origin: [f64; 2],
    per_m: f64,
    columns: i64,
    rows: i64,
    /// Where each cell's items start; the last one is their number.
    starts: Vec<u32>,
    items: Vec<u32>,
    placed: Vec<(u32, u32)>,
}

/// A line from one point to another, with what is around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strip {
    pub(super) from: [f64; 2],
    pub(super) to: [f64; 2],
    pub(super) margin: f64,
}

/// The smallest rectangle around something: its lower left and upper right corners.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    pub(super) low: [f64; 2],
    pub(super) high: [f64; 2],
}

impl Cells {
    /// Fills the raster anew with these strips, numbered as they come: about as many cells as strips, at least
    /// `least_side` metres wide. It keeps its memory.
    pub(super) fn fill(&mut self, strips: impl ExactSizeIterator<Item = Strip> + Clone, least_side: f64) {
        let bounds =
            strips.clone().fold(Bounds::EMPTY, |bounds, strip| bounds.with(strip.from).with(strip.to));
        let count = strips.len().max(1) as f64;
        let [width, height] = [0, 1].map(|axis| (bounds.high[axis] - bounds.low[axis]).max(0.0));
        let side = least_side.max((width * height / count).sqrt()).max(width / count).max(height / count);
        self.origin = if strips.len() == 0 { [0.0; 2] } else { bounds.low };
        self.per_m = 1.0 / side;
        self.columns = (width * self.per_m) as i64 + 1;
        self.rows = (height * self.per_m) as i64 + 1;
        self.placed.clear();
        let mut placed = std::mem::take(&mut self.placed);
        for (item, strip) in strips.enumerate() {
            self.along(&strip, |cell| {
                placed.push((cell as u32, item as u32));
                ControlFlow::Continue(())
            });
        }
        placed.sort_unstable();
        self.starts.clear();
        self.starts.resize((self.columns * self.rows) as usize + 1, 0);
        for (cell, _) in &placed {
            self.starts[*cell as usize + 1] += 1;
        }
        for cell in 1..self.starts.len() {
            self.starts[cell] += self.starts[cell - 1];
        }
        self.items.clear();
        self.items.extend(placed.iter().map(|(_, item)| *item));
        self.placed = placed;
    }

    /// Calls `visit` with each cell that the strip touches, once, in the same order for the same strip, until it says that it is enough.
    #[inline]
    pub(super) fn along(&self, strip: &Strip, mut visit: impl FnMut(usize) -> ControlFlow<()>) {
        let Strip { from, to, margin } = *strip;
        let (low, high) = (from[1].min(to[1]) - margin, from[1].max(to[1]) + margin);
        let rise = to[1] - from[1];
        let run = to[0] - from[0];
        for row in self.row(low)..=self.row(high) {
            // The part of the line that is in the row, its margin included. Rows at the edge have no end.
            let floor = if row == 0 { low } else { self.origin[1] + row as f64 / self.per_m - margin };
            let ceiling = if row == self.rows - 1 {
                high
            } else {
                self.origin[1] + (row + 1) as f64 / self.per_m + margin
            };
            let at = |y: f64| if rise == 0.0 { None } else { Some(((y - from[1]) / rise).clamp(0.0, 1.0)) };
            let [start, end] = match (at(floor), at(ceiling)) {
                (Some(start), Some(end)) => [start, end].map(|share| from[0] + share * run),
                _ => [from[0], to[0]],
            };
            let columns = self.column(start.min(end) - margin)..=self.column(start.max(end) + margin);
            for column in columns {
                if visit((row * self.columns + column) as usize).is_break() {
                    return;
                }
            }
        }
    }

    /// What is in a cell.
    #[inline]
    pub(super) fn items(&self, cell: usize) -> &[u32] {
        &self.items[self.range(cell)]
    }

    /// Where a cell's items are in [`Cells::all`].
    #[inline]
    pub(super) fn range(&self, cell: usize) -> Range<usize> {
        match self.starts.get(cell..cell + 2) {
            Some(&[start, end]) => start as usize..end as usize,
            _ => 0..0,
        }
    }

    /// The items of all cells, one cell after the other.
    pub(super) fn all(&self) -> &[u32] {
        &self.items
    }

    /// The cell of a point.
    #[inline]
    pub(super) fn cell(&self, point: [f64; 2]) -> usize {
        (self.row(point[1]) * self.columns + self.column(point[0])) as usize
    }

    #[inline]
    fn column(&self, x: f64) -> i64 {
        (((x - self.origin[0]) * self.per_m) as i64).clamp(0, self.columns - 1)
    }

    #[inline]
    fn row(&self, y: f64) -> i64 {
        (((y - self.origin[1]) * self.per_m) as i64).clamp(0, self.rows - 1)
    }
}

/// More than rounding does to a place within 1e8 m.
pub(super) const MARGIN_M: f64 = 1e-3;

impl Bounds {
    pub(super) const EMPTY: Bounds = Bounds { low: [f64::INFINITY; 2], high: [f64::NEG_INFINITY; 2] };

    pub(super) fn with(self, point: [f64; 2]) -> Bounds {
        Bounds {
            low: [0, 1].map(|axis| self.low[axis].min(point[axis])),
            high: [0, 1].map(|axis| self.high[axis].max(point[axis])),
        }
    }

    /// A strip that covers all of it.
    pub(super) fn strip(&self) -> Strip {
        let [width, middle] = [self.high[0] - self.low[0], (self.high[0] + self.low[0]) / 2.0];
        Strip { from: [middle, self.low[1]], to: [middle, self.high[1]], margin: width / 2.0 + MARGIN_M }
    }

    #[inline]
    pub(super) fn contains(&self, point: [f64; 2]) -> bool {
        (0..2).all(|axis| self.low[axis] <= point[axis] && point[axis] <= self.high[axis])
    }

    #[inline]
    pub(super) fn overlaps(&self, other: &Bounds) -> bool {
        (0..2).all(|axis| self.low[axis] <= other.high[axis] && other.low[axis] <= self.high[axis])
    }
}
