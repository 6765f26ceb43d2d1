//! Lines of straight pieces, by the metres along them.

use crate::Position;

/// A line through places, two at least.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) points: Vec<Position>,
    /// Metres from the start to each point.
    pub(crate) along: Vec<f64>,
}

/// How long a line through these points is, metres.
pub(crate) fn length(points: &[Position]) -> f64 {
    points.windows(2).map(|ends| ends[0].distance(ends[1])).sum()
}

impl Line {
    /// The line through these points, two at least.
    pub(crate) fn new(points: Vec<Position>) -> Line {
        let mut along = vec![0.0; points.len()];
        for index in 1..points.len() {
            along[index] = along[index - 1] + points[index - 1].distance(points[index]);
        }
        Line { points, along }
    }

    /// Metres.
    pub(crate) fn length(&self) -> f64 {
        self.along[self.along.len() - 1]
    }

    /// The place so many metres from the start; before the start and beyond the end the line goes straight on.
    pub(crate) fn at(&self, along: f64) -> Position {
        let index = self.piece(along);
        let length = self.along[index + 1] - self.along[index];
        // Places of files may follow themselves.
        let fraction = if length > 0.0 { (along - self.along[index]) / length } else { 0.0 };
        self.points[index].towards(self.points[index + 1], fraction)
    }

    /// How near the line comes to a place, metres.
    pub(crate) fn distance(&self, place: Position) -> f64 {
        self.nearest(place).1
    }

    /// Where along the line it comes nearest to a place, and how near, both in metres.
    pub(crate) fn nearest(&self, place: Position) -> (f64, f64) {
        let mut best = (0.0, f64::INFINITY);
        for index in 0..self.points.len() - 1 {
            let (from, to) = (self.points[index], self.points[index + 1]);
            let (x, y) = (to.x - from.x, to.y - from.y);
            let fraction = ((place.x - from.x) * x + (place.y - from.y) * y) / (x * x + y * y);
            let fraction = fraction.clamp(0.0, 1.0);
            let distance = from.towards(to, fraction).distance(place);
            if distance < best.1 {
                best = (self.along[index] + fraction * (self.along[index + 1] - self.along[index]), distance);
            }
        }
        best
    }

    /// The line from `from` to `to` metres along this one.
    pub(crate) fn cut(&self, from: f64, to: f64) -> Vec<Position> {
        let inner = self.points.iter().zip(&self.along);
        let inner = inner.filter(|(_, along)| **along > from && **along < to).map(|(point, _)| *point);
        [self.at(from)].into_iter().chain(inner).chain([self.at(to)]).collect()
    }

    /// Places every `step` metres or a little less, both ends among them, each with how far along it is.
    pub(crate) fn samples(&self, step: f64) -> impl Iterator<Item = (f64, Position)> {
        let count = (self.length() / step).ceil().max(1.0) as usize;
        (0..=count).map(move |index| {
            let along = self.length() * index as f64 / count as f64;
            (along, self.at(along))
        })
    }

    /// The piece of the line that holds this length.
    pub(crate) fn piece(&self, along: f64) -> usize {
        let after = self.along.partition_point(|corner| *corner <= along);
        after.clamp(1, self.points.len() - 1) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places<const N: usize>(places: [(f64, f64); N]) -> Vec<Position> {
        places.map(|(x, y)| Position { x, y }).to_vec()
    }

    #[test]
    fn places_are_found_along_a_line() {
        let line = Line::new(places([(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)]));
        assert_eq!(line.length(), 20.0);
        assert_eq!(line.at(15.0), Position { x: 10.0, y: 5.0 });
        assert_eq!(line.at(-1.0), Position { x: -1.0, y: 0.0 });
        assert_eq!(line.at(21.0), Position { x: 10.0, y: 11.0 });
        assert_eq!(line.nearest(Position { x: 12.0, y: 4.0 }), (14.0, 2.0));
        assert_eq!(line.cut(5.0, 15.0), places([(5.0, 0.0), (10.0, 0.0), (10.0, 5.0)]));
        let along: Vec<f64> = line.samples(8.0).map(|(along, _)| along).collect();
        assert_eq!(along, [0.0, 20.0 / 3.0, 40.0 / 3.0, 20.0]);
    }

    #[test]
    fn a_place_that_follows_itself_does_no_harm() {
        let line = Line::new(places([(0.0, 0.0), (0.0, 0.0), (10.0, 0.0), (10.0, 0.0)]));
        assert_eq!((line.at(0.0), line.at(10.0)), (line.points[0], line.points[3]));
    }
}
