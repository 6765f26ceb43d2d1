//! Lines over an axis, with error bars where points have them.

use super::{Axis, Figure, Reading, TOP, WIDTH, axes, px};
use maud::{Markup, html};
use std::fmt::Write;

/// One line.
#[derive(Clone, Debug)]
pub(crate) struct Series<'a> {
    pub(crate) name: &'a str,
    /// Its colour: a class of the style sheet, `c1` to `c5`.
    pub(crate) class: &'a str,
    pub(crate) points: Vec<Point>,
}

/// A point of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    /// Nothing was measured there: the line has a gap.
    pub(crate) y: Option<f64>,
    /// The ends of its error bar.
    pub(crate) between: Option<[f64; 2]>,
}

impl Point {
    pub(crate) fn new(x: f64, y: f64) -> Point {
        Point { x, y: Some(y), between: None }
    }
}

/// Draws the lines over two axes. Points with error bars are marked, and so are those that nothing joins to a line.
pub(crate) fn lines(figure: &Figure<'_>, x: &Axis<'_>, y: &Axis<'_>, series: &[Series<'_>]) -> Markup {
    let (across, up) = (x.on([LEFT, WIDTH - 20.0]), y.on([HEIGHT - BOTTOM, TOP]));
    let mut figure = figure.clone();
    figure.keys = series.iter().map(|line| (line.class, line.name.to_owned())).collect();
    let reading = Reading { x: Some(across.attribute()), y: Some(up.attribute()) };
    let at = |point: &Point| point.y.map(|y| (px(across.at(point.x)), px(up.at(y))));
    let drawing = html! {
        (axes(x, &across, Some((y, &up)), across.pixels))
        @for line in series {
            g class=(line.class) data-series=(line.name) {
                @for piece in line.points.split(|point| point.y.is_none()).filter(|piece| !piece.is_empty()) {
                    @if piece.len() > 1 {
                        polyline points=(coordinates(piece.iter().filter_map(at))) {}
                    }
                    @for point in piece.iter().filter(|point| piece.len() == 1 || point.between.is_some()) {
                        @if let Some([low, high]) = point.between {
                            @let middle = px(across.at(point.x));
                            line.error x1=(middle) x2=(middle) y1=(px(up.at(low))) y2=(px(up.at(high))) {}
                        }
                        @if let Some((x, y)) = at(point) { circle cx=(x) cy=(y) r="3" {} }
                    }
                }
            }
        }
    };
    figure.around([WIDTH, HEIGHT], &reading, &drawing)
}

fn coordinates(points: impl Iterator<Item = (String, String)>) -> String {
    let mut text = String::new();
    for (x, y) in points {
        let space = if text.is_empty() { "" } else { " " };
        // Writing to a string can't fail.
        let _ = write!(text, "{space}{x},{y}");
    }
    text
}

const HEIGHT: f64 = 270.0;
const LEFT: f64 = 52.0;
const BOTTOM: f64 = 40.0;
