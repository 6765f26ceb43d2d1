//! Plots as inline SVG.
//!
//! Each is a `figure` with its title, what it shows in words, its keys and an `svg`. The drawing tells how to read it back: the
//! attributes `data-x` and `data-y` say which values lie at which pixels (see [`Scale::attribute`]), so that a test, or whoever
//! wants the numbers, gets them from the very coordinates that are drawn.
//!
//! - [`lines`]: lines, with error bars where the points have them: a sweep's figure over the key that it varies
//! - [`intervals`]: the values of several runs, their mean and its confidence interval
//! - [`bars`]: counts by name
//! - [`strips`]: one row for each node over time
//! - [`map`]: where it was

pub(crate) mod alone;
pub(crate) mod bars;
pub(crate) mod intervals;
pub(crate) mod lines;
pub(crate) mod map;
mod scale;
pub(crate) mod strips;

pub(crate) use scale::{Axis, Kind, Scale};

use maud::{Markup, html};

/// What is around a drawing.
#[derive(Clone, Debug)]
pub(crate) struct Figure<'a> {
    /// Unique in the page.
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    /// For those who can't see it, and for those who can.
    pub(crate) text: &'a str,
    /// What the colours are: a class of the style sheet, and a name.
    pub(crate) keys: Vec<(&'a str, String)>,
}

impl Figure<'_> {
    /// The figure with its drawing; `marks` are attributes by which the drawing can be read.
    fn around(&self, [width, height]: [f64; 2], reading: &Reading, drawing: &Markup) -> Markup {
        let (title, text) = (format!("{}-title", self.id), format!("{}-text", self.id));
        html! {
            figure id=(self.id) {
                figcaption {
                    h3 { (self.title) }
                    p { (self.text) }
                    @if !self.keys.is_empty() {
                        ul.keys {
                            @for (class, name) in &self.keys { li { i class=(class) {} (name) } }
                        }
                    }
                }
                svg viewBox=(format!("0 0 {} {}", px(width), px(height))) role="img"
                    aria-labelledby={ (title) " " (text) } data-x=[&reading.x] data-y=[&reading.y] {
                    title id=(title) { (self.title) }
                    desc id=(text) { (self.text) }
                    (drawing)
                }
            }
        }
    }
}

/// How a drawing's coordinates become values again.
#[derive(Clone, Debug, Default)]
struct Reading {
    x: Option<String>,
    y: Option<String>,
}

/// The axes of an area with its grid, and their labels.
fn axes(x: &Axis<'_>, across: &Scale, y: Option<(&Axis<'_>, &Scale)>, [left, right]: [f64; 2]) -> Markup {
    let [top, bottom] = y.map_or([TOP, across.below], |(_, up)| [up.pixels[1], up.pixels[0]]);
    html! {
        g.grid aria-hidden="true" {
            @for tick in across.ticks() {
                @let at = px(across.at(tick));
                line x1=(at) x2=(at) y1=(px(top)) y2=(px(bottom)) {}
                text.across x=(at) y=(px(bottom + 16.0)) { (across.label(tick)) }
            }
            @if let Some((axis, up)) = y {
                @for tick in up.ticks() {
                    @let at = up.at(tick);
                    line x1=(px(left)) x2=(px(right)) y1=(px(at)) y2=(px(at)) {}
                    text.up x=(px(left - 6.0)) y=(px(at + 4.0)) { (up.label(tick)) }
                }
                text.name x="2" y=(px(top - 8.0)) { (axis.label) }
            }
            text.name.end x=(px(right)) y=(px(bottom + 32.0)) { (x.label) }
        }
    }
}

/// A coordinate: hundredths of a pixel.
fn px(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

const WIDTH: f64 = 460.0;
const TOP: f64 = 22.0;
