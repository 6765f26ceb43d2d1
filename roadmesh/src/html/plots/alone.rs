//! A plot as a file of its own.

use super::{Figure, WIDTH, px};
use maud::{Markup, PreEscaped, html};
use std::fmt::Write;

/// Takes the drawing out of a figure, and gives it its colours and its keys.
pub(crate) fn alone(figure: &Figure<'_>, drawn: &Markup) -> Option<String> {
    let text = &drawn.0;
    let (start, end) = (text.find("<svg ")?, text.rfind("</svg>")?);
    let (attributes, content) = text[start + "<svg ".len()..end].split_once('>')?;
    let height: f64 = attributes.split_once("viewBox=\"0 0 ")?.1.split(['"', ' ']).nth(1)?.parse().ok()?;
    let rows = figure.keys.len().div_ceil(KEYS_A_ROW) as f64;
    let all = height + 18.0 * rows;
    let attributes = attributes.replacen(&format!(" {}\"", px(height)), &format!(" {}\"", px(all)), 1);
    let mut svg =
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" {attributes}>", px(WIDTH * 1.5));
    // Writing to a string can't fail.
    let _ = write!(svg, "<style>{COLOURS}{}</style>", include_str!("../plots.css"));
    let paper = html! { rect.paper width=(px(WIDTH)) height=(px(all)) {} };
    let keys = html! {
        g {
            @for (index, (class, name)) in figure.keys.iter().enumerate() {
                @let (column, row) = (index % KEYS_A_ROW, index / KEYS_A_ROW);
                @let x = 52.0 + column as f64 * (WIDTH - 72.0) / KEYS_A_ROW as f64;
                @let y = height + 18.0 * row as f64 + 4.0;
                g class=(class) {
                    polyline points=(format!("{},{} {},{}", px(x), px(y), px(x + 16.0), px(y))) {}
                    text x=(px(x + 22.0)) y=(px(y + 4.0)) { (name) }
                }
            }
        }
    };
    let _ = writeln!(svg, "{}{}{}</svg>", paper.0, content, keys.0);
    Some(PreEscaped(svg).0)
}

/// Of the paper as well: a file may be shown on any background.
const COLOURS: &str = concat!(include_str!("../colours.css"), "rect.paper { fill: var(--card); }\n");
const KEYS_A_ROW: usize = 3;
