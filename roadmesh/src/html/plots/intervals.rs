//! What several runs say of a few figures: each run's value, the mean, and the mean's confidence interval.

use super::{Axis, Figure, Reading, TOP, WIDTH, axes, px};
use maud::{Markup, html};

/// One figure.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) name: &'a str,
    pub(crate) mean: f64,
    /// Half the width of the interval; none of a single run.
    pub(crate) half_width: Option<f64>,
    /// By run.
    pub(crate) values: Vec<f64>,
}

/// A row for each figure over one axis, which shows their unit.
pub(crate) fn intervals(figure: &Figure<'_>, x: &Axis<'_>, rows: &[Row<'_>]) -> Markup {
    let mut across = x.on([LEFT, WIDTH - 24.0]);
    across.below = TOP + ROW * rows.len() as f64;
    let mut figure = figure.clone();
    figure.keys = vec![
        ("dot", "one run".to_owned()),
        ("c1", "mean".to_owned()),
        ("c1 bar", "its 95 % interval".to_owned()),
    ];
    let reading = Reading { x: Some(across.attribute()), y: None };
    let drawing = html! {
        (axes(x, &across, None, across.pixels))
        @for (index, row) in rows.iter().enumerate() {
            @let middle = TOP + ROW * (index as f64 + 0.5);
            g.c1 data-series=(row.name) {
                text.up x=(px(LEFT - 8.0)) y=(px(middle + 4.0)) { (row.name) }
                @for value in &row.values {
                    circle.dot cx=(px(across.at(*value))) cy=(px(middle)) r="2.5" {}
                }
                @if let Some(half) = row.half_width {
                    @let (low, high) = (across.at(row.mean - half), across.at(row.mean + half));
                    rect.bar x=(px(low)) y=(px(middle - 4.0)) width=(px((high - low).max(1.0))) height="8" rx="2" {}
                }
                line.mean x1=(px(across.at(row.mean))) x2=(px(across.at(row.mean)))
                    y1=(px(middle - 7.0)) y2=(px(middle + 7.0)) {}
            }
        }
    };
    figure.around([WIDTH, across.below + 40.0], &reading, &drawing)
}

const LEFT: f64 = 140.0;
const ROW: f64 = 26.0;
