//! A check's curves as a drawing.

use crate::html::plots::alone::alone;
use crate::html::plots::lines::{Point, Series, lines};
use crate::html::plots::{Axis, Figure};
use validation::{Curve, Origin, Plot};

/// The drawing as a file.
pub(super) fn draw(plot: &Plot) -> Option<String> {
    let many = plot.curves.iter().filter(|curve| curve.origin == Origin::Ours).count() > 1;
    let names: Vec<String> = plot.curves.iter().map(|curve| name(curve, many)).collect();
    let series: Vec<Series<'_>> =
        plot.curves.iter().zip(&names).map(|(curve, name)| series(curve, name)).collect();
    let values = |of: fn(&validation::Point) -> f64| {
        plot.curves.iter().flat_map(|curve| &curve.points).map(of).collect::<Vec<f64>>()
    };
    let x = Axis::from_zero(plot.x, values(|point| point.x).into_iter());
    let y = Axis::from_zero(plot.y, values(|point| point.y.mean).into_iter());
    let keys = series.iter().map(|line| (line.class, line.name.to_owned())).collect();
    let figure = Figure { id: plot.id, title: plot.title, text: plot.title, keys };
    alone(&figure, &lines(&figure, &x, &y, &series))
}

fn name(curve: &Curve, many: bool) -> String {
    let origin = match curve.origin {
        Origin::Ours => "roadmesh",
        Origin::Theory => "theory",
        Origin::Ns3 => "ns-3",
    };
    if many { format!("{origin}, {}", curve.name) } else { origin.to_owned() }
}

fn series<'a>(curve: &Curve, name: &'a str) -> Series<'a> {
    // Where our curve has as many points as theory's it is a formula, too: a line without marks.
    let marked = curve.origin != Origin::Theory && curve.points.len() < MOST_MARKS;
    let point = |point: &validation::Point| {
        let (mean, half) = (point.y.mean, point.y.half_width);
        let between = marked.then_some([mean - half, mean + half]);
        Point { x: point.x, y: Some(mean), between }
    };
    let class = match curve.origin {
        Origin::Ours => "c1",
        Origin::Theory => "c4",
        Origin::Ns3 => "c2",
    };
    Series { name, class, points: curve.points.iter().map(point).collect() }
}

const MOST_MARKS: usize = 60;
