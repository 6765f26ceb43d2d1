//! A point in the plane.

/// A point in the plane, in metres. In SUMO's networks x grows to the east and y to the north.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Metres to the east.
    pub x: f64,
    /// Metres to the north.
    pub y: f64,
}

impl Position {
    /// Straight-line distance to `other`, in metres.
    #[inline]
    pub fn distance(self, other: Position) -> f64 {
        let (dx, dy) = (other.x - self.x, other.y - self.y);
        (dx * dx + dy * dy).sqrt()
    }

    /// The point that lies `fraction` (0 to 1) of the way from here to `other`.
    #[inline]
    pub(crate) fn towards(self, other: Position, fraction: f64) -> Position {
        Position { x: self.x + (other.x - self.x) * fraction, y: self.y + (other.y - self.y) * fraction }
    }

    /// Whether both coordinates are numbers within [`MAX_COORDINATE_M`] of the origin.
    pub(crate) fn is_sane(self) -> bool {
        self.x.abs() <= MAX_COORDINATE_M && self.y.abs() <= MAX_COORDINATE_M
    }
}

/// No road is farther from its map's origin: UTM northings stay below 10 000 km. It also keeps distances finite.
pub(crate) const MAX_COORDINATE_M: f64 = 1e8;
