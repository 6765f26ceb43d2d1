//! One row for each node: what it was at each time.

use super::{Axis, Figure, Reading, TOP, WIDTH, axes, px};
use maud::{Markup, html};

/// A node and its spans.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) name: &'a str,
    /// From, to, and what it was then: a class of the style sheet.
    pub(crate) spans: Vec<(f64, f64, &'a str)>,
}

/// Draws the rows over time.
pub(crate) fn strips(figure: &Figure<'_>, x: &Axis<'_>, rows: &[Row<'_>]) -> Markup {
    let mut across = x.on([LEFT, WIDTH - 14.0]);
    across.below = TOP + ROW * rows.len() as f64;
    let reading = Reading { x: Some(across.attribute()), y: None };
    let drawing = html! {
        (axes(x, &across, None, across.pixels))
        @for (index, row) in rows.iter().enumerate() {
            @let top = TOP + ROW * index as f64;
            g data-series=(row.name) {
                text.up x=(px(LEFT - 8.0)) y=(px(top + 13.0)) { (row.name) }
                @for (from, to, class) in &row.spans {
                    @let (left, right) = (across.at(*from), across.at(*to));
                    rect class={ "span " (class) } x=(px(left)) y=(px(top + 3.0)) width=(px(right - left)) height=(px(ROW - 6.0)) {}
                }
            }
        }
    };
    figure.around([WIDTH, across.below + 40.0], &reading, &drawing)
}

const LEFT: f64 = 84.0;
const ROW: f64 = 18.0;
