//! Counts by name.

use super::{Axis, Figure, Reading, TOP, WIDTH, axes, px};
use crate::table::grouped;
use maud::{Markup, html};

/// One bar for each name, in their order.
pub(crate) fn bars(figure: &Figure<'_>, label: &str, counts: &[(&str, u64)]) -> Markup {
    let x = Axis::counts(label, counts.iter().map(|(_, count)| *count as f64));
    let mut across = x.on([LEFT, WIDTH - 58.0]);
    across.below = TOP + ROW * counts.len() as f64;
    let reading = Reading { x: Some(across.attribute()), y: None };
    let drawing = html! {
        (axes(&x, &across, None, across.pixels))
        @for (index, (name, count)) in counts.iter().enumerate() {
            @let (top, end) = (TOP + ROW * index as f64, across.at(*count as f64));
            g.c1 data-series=(name) {
                text.up x=(px(LEFT - 6.0)) y=(px(top + 14.0)) { (name) }
                rect.bar x=(px(LEFT)) y=(px(top + 3.0)) width=(px(end - LEFT)) height=(px(ROW - 6.0)) rx="2" {}
                text x=(px(end + 5.0)) y=(px(top + 14.0)) { (grouped(*count)) }
            }
        }
    };
    figure.around([WIDTH, across.below + 40.0], &reading, &drawing)
}

const LEFT: f64 = 152.0;
const ROW: f64 = 20.0;
