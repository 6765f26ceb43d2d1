//! A map of a run: the ways that nodes went, coloured by how they were connected, and where frames were lost.

use super::{Axis, Figure, Kind, Reading, px};
use maud::{Markup, html};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What is on the map, in metres to the east and to the north.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    /// By class of the style sheet, in the order in which they are drawn: pieces of ways.
    pub(crate) ways: Vec<(String, Vec<Vec<[f64; 2]>>)>,
    /// Road-side units.
    pub(crate) rsus: Vec<(String, [f64; 2])>,
    /// Where frames were lost, one for each frame.
    pub(crate) losses: Vec<[f64; 2]>,
}

/// Draws the map; nothing if nothing has a place.
pub(crate) fn map(figure: &Figure<'_>, content: &Content) -> Option<Markup> {
    let ways = content.ways.iter().flat_map(|(_, pieces)| pieces.iter().flatten());
    let all = || ways.clone().chain(content.rsus.iter().map(|(_, at)| at)).chain(&content.losses);
    all().next()?;
    let [x, y] = [0, 1].map(|axis| {
        let values = || all().map(|at| at[axis]);
        let (low, high) = (values().fold(f64::MAX, f64::min), values().fold(f64::MIN, f64::max));
        // A single place has a surrounding, too.
        let margin = (LEAST - (high - low)).max(0.0) / 2.0;
        (low - margin, high + margin)
    });
    let inner = WIDTH - 2.0 * MARGIN;
    let metre = (inner / (x.1 - x.0)).min(TALLEST / (y.1 - y.0));
    let drawn = [x, y].map(|(low, high)| (high - low) * metre);
    let height = drawn[1] + 2.0 * MARGIN + FOOT;
    let left = (WIDTH - drawn[0]) / 2.0;
    let axis = |(from, to)| Axis { label: "", from, to, kind: Kind::Linear };
    let across = axis(x).on([left, left + drawn[0]]);
    let up = axis(y).on([MARGIN + drawn[1], MARGIN]);
    let place = |at: &[f64; 2]| [across.at(at[0]), up.at(at[1])];
    let reading = Reading { x: Some(across.attribute()), y: Some(up.attribute()) };
    let (bar_metres, foot) = (scale_bar(x.1 - x.0), height - 14.0);
    let bar = bar_metres * metre;
    let drawing = html! {
        @for (class, pieces) in &content.ways {
            path class={ "way " (class) } data-series=(class) d=(outline(pieces, place)) {}
        }
        @for ([x, y], count) in clusters(content.losses.iter().map(place)) {
            circle.loss data-count=(count) cx=(px(x)) cy=(px(y)) r=(px((1.6 + (count as f64).sqrt()).min(14.0))) {
                title { (count) " lost" }
            }
        }
        @for (name, at) in &content.rsus {
            @let [x, y] = place(at);
            path.rsu data-series=(name) d={ "M" (px(x)) "," (px(y - 7.0)) "l6.5,11h-13z" } { title { (name) } }
            @if content.rsus.len() <= MOST_NAMES {
                text.rsu x=(px(x)) y=(px(y - 12.0)) { (name) }
            }
        }
        g.legend aria-hidden="true" {
            @for (index, (class, name)) in figure.keys.iter().enumerate() {
                // As wide as the names before it.
                @let before = figure.keys[..index].iter().map(|(_, name)| 44.0 + 7.0 * name.chars().count() as f64);
                @let x = MARGIN + before.sum::<f64>();
                @match *class {
                    "rsu" => path.rsu d={ "M" (px(x + 8.0)) "," (px(foot - 11.0)) "l6.5,11h-13z" } {},
                    "loss" => circle.loss cx=(px(x + 8.0)) cy=(px(foot - 5.0)) r="5" {},
                    class => path class={ "way " (class) } d={ "M" (px(x)) "," (px(foot - 5.0)) "h16" } {},
                }
                text x=(px(x + 22.0)) y=(px(foot)) { (name) }
            }
        }
        path.ruler d={ "M" (px(WIDTH - MARGIN - bar)) "," (px(foot - 8.0)) "v8h" (px(bar)) "v-8" } {}
        text.ruler x=(px(WIDTH - MARGIN - bar / 2.0)) y=(px(foot - 6.0)) { (bar_metres) " m" }
    };
    Some(figure.around([WIDTH, height], &reading, &drawing))
}

/// The pieces as one path. What lies on a straight line between others, as far as can be seen, is left out.
fn outline(pieces: &[Vec<[f64; 2]>], place: impl Fn(&[f64; 2]) -> [f64; 2]) -> String {
    let mut text = String::new();
    for piece in pieces {
        let points: Vec<[f64; 2]> = piece.iter().map(&place).collect();
        let mut kept = Vec::new();
        simplify(&points, &mut kept);
        for (index, [x, y]) in kept.iter().enumerate() {
            // Writing to a string can't fail.
            let _ = write!(text, "{}{x:.1},{y:.1}", if index == 0 { 'M' } else { ' ' });
        }
        if kept.len() == 1 {
            // A round end makes it a dot.
            text.push_str("h0");
        }
    }
    text
}

/// Keeps the ends, and between them what is farther than [`TOLERANCE`] from the line that would be drawn without it
/// (Douglas and Peucker's way). Ends at the same place are one point.
fn simplify(points: &[[f64; 2]], kept: &mut Vec<[f64; 2]>) {
    let [first, .., last] = points else { return kept.extend(points) };
    kept.push(*first);
    // Stretches that are still to be looked at, the next one last.
    let mut stretches = vec![(0, points.len() - 1)];
    while let Some((from, to)) = stretches.pop() {
        let farthest = (from + 1..to)
            .map(|index| (index, distance(points[index], points[from], points[to])))
            .max_by(|(_, a), (_, b)| a.total_cmp(b))
            .filter(|(_, distance)| *distance > TOLERANCE);
        match farthest {
            Some((index, _)) => stretches.extend([(index, to), (from, index)]),
            None => kept.push(points[to]),
        }
    }
    if kept.len() == 2 && distance(*first, *last, *last) <= TOLERANCE {
        kept.pop();
    }
}

/// From a point to the line between two others.
fn distance(point: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let [along, way] = [to, point].map(|end| [end[0] - from[0], end[1] - from[1]]);
    let length = along[0] * along[0] + along[1] * along[1];
    let share =
        if length > 0.0 { ((way[0] * along[0] + way[1] * along[1]) / length).clamp(0.0, 1.0) } else { 0.0 };
    let off = [way[0] - share * along[0], way[1] - share * along[1]];
    (off[0] * off[0] + off[1] * off[1]).sqrt()
}

/// Places near each other count together, at their middle.
fn clusters(places: impl Iterator<Item = [f64; 2]>) -> Vec<([f64; 2], u64)> {
    let mut cells: BTreeMap<[i64; 2], ([f64; 2], u64)> = BTreeMap::new();
    for at in places {
        let (sum, count) = cells.entry(at.map(|value| (value / CLUSTER).floor() as i64)).or_default();
        (*sum, *count) = ([sum[0] + at[0], sum[1] + at[1]], *count + 1);
    }
    cells.into_values().map(|(sum, count)| (sum.map(|sum| sum / count as f64), count)).collect()
}

/// A round length, about a sixth of the map.
fn scale_bar(width_m: f64) -> f64 {
    let power = 10f64.powi((width_m / 6.0).log10().floor() as i32);
    [5.0, 2.0].into_iter().map(|of| of * power).find(|bar| *bar <= width_m / 6.0).unwrap_or(power)
}

const WIDTH: f64 = 920.0;
const TALLEST: f64 = 760.0;
const MARGIN: f64 = 24.0;
/// Room for the legend and the scale.
const FOOT: f64 = 24.0;
/// The least that a map shows, metres.
const LEAST: f64 = 40.0;
/// Pixels.
const TOLERANCE: f64 = 0.35;
const CLUSTER: f64 = 5.0;
const MOST_NAMES: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_what_can_be_seen() {
        let mut kept = Vec::new();
        simplify(&[[0.0, 0.0], [1.0, 0.1], [2.0, 0.0], [3.0, 2.0], [4.0, 0.0]], &mut kept);
        assert_eq!(kept, [[0.0, 0.0], [2.0, 0.0], [3.0, 2.0], [4.0, 0.0]]);
        for (points, expected) in [
            (&[][..], &[][..]),
            (&[[1.0, 1.0]], &[[1.0, 1.0]]),
            (&[[1.0, 1.0], [1.1, 1.0], [1.0, 1.1]], &[[1.0, 1.0]]),
        ] {
            kept.clear();
            simplify(points, &mut kept);
            assert_eq!(kept, expected);
        }
    }

    #[test]
    fn losses_beside_each_other_count_together() {
        let found = clusters([[1.0, 1.0], [2.0, 3.0], [100.0, 1.0]].into_iter());
        assert_eq!(found, [([1.5, 2.0], 2), ([100.0, 1.0], 1)]);
        assert_eq!([400.0, 2400.0, 90.0].map(scale_bar), [50.0, 200.0, 10.0]);
    }
}
